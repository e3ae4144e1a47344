//! The table of features: the only place where a feature of stage 1 is declared. A feature may be added anywhere; one that
//! a model uses may not be renamed without the model.
//!
//! "Prose" is a line that [reads like prose](crate::text::line_stats::LineStats::is_prose), the "main segment" the part
//! of the page that holds most of it. "A rule fired" means that a rule would remove the whole line. Distances are 999
//! where there is no such line.

use hashbrown::HashSet;

use super::context::Context;
use super::layout::Spacings;
use super::line::{LineCounts, addresses, beginning, ending};
use super::page::{PageTotals, ratio};
use super::repetition::Repetition;
use super::rows::Rows;
use super::{Feature, features};
use crate::scoring::segments::{distance, position};
use crate::text::line_stats::LineStats;

/// What features are computed from.
pub(crate) struct FeatureInputs<'p> {
    pub(super) rows: Rows<'p>,
    counts: Vec<LineCounts>,
    context: Context,
    pub(super) layout: Spacings,
    repetition: Repetition,
    page: PageTotals,
}

impl<'p> FeatureInputs<'p> {
    pub(super) fn new(rows: Rows<'p>, boilerplate_words: &HashSet<u64>) -> FeatureInputs<'p> {
        let context = Context::new(&rows);
        FeatureInputs {
            counts: rows.texts().map(|text| LineCounts::of(text.trim())).collect(),
            layout: Spacings::new(&rows, &context.segment),
            repetition: Repetition::new(&rows, &context, boilerplate_words),
            page: PageTotals::new(&rows, &context),
            context,
            rows,
        }
    }

    fn len(&self) -> usize {
        self.rows.len()
    }

    fn stats(&self, row: usize) -> &LineStats {
        self.rows.stats_of(row)
    }

    fn is_blank(&self, line: Option<usize>) -> bool {
        line.and_then(|line| self.rows.page.stats.get(line)).is_some_and(|stats| stats.blank)
    }

    fn blank_around(&self, row: usize) -> f32 {
        let line = self.rows.lines[row];
        flag(self.is_blank(line.checked_sub(1))) + 2.0 * flag(self.is_blank(Some(line + 1)))
    }
}

/// 1 for yes, 0 for no.
fn flag(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}

pub(crate) type PageFeature = Feature<fn(&FeatureInputs<'_>) -> Vec<f32>>;

/// All features of stage 1, in the order of the columns.
pub(crate) const FEATURES: &[PageFeature] = features! { FeatureInputs<'_>:
    // The line itself.

    /// words of the line
    "words" = |x, row| x.stats(row).words as f32;
    /// mean number of characters in a word
    "word-length" = |x, row| ratio(x.stats(row).chars, x.stats(row).words);
    /// share of words that begin with a capital
    "capitalized" = |x, row| ratio(x.stats(row).capitalized, x.stats(row).words);
    /// share of words that begin with a lowercase letter
    "lowercase" = |x, row| ratio(x.counts[row].lowercase, x.counts[row].spaced_words);
    /// share of words of up to three lowercase letters: in many languages articles, prepositions, pronouns
    "short-words" = |x, row| ratio(x.counts[row].short, x.counts[row].spaced_words);
    /// share of characters that are letters
    "letters" = |x, row| ratio(x.stats(row).letters, x.stats(row).chars);
    /// share of characters of scripts without spaces
    "unspaced-script" = |x, row| ratio(x.counts[row].unspaced, x.stats(row).chars);
    /// how it ends: 0 a word, 1 full stop, 2 ?, 3 !, 4 colon, 5 ellipsis, 6 comma or dash, 7 digit,
    /// 8 closing quote or bracket
    "ends-with" = |x, row| ending(x.rows.text(row).trim());
    /// how it begins: 1 capital, 2 lowercase letter, 3 digit, 4 quote or dash, 5 bracket, 6 letter without case,
    /// 7 bullet, 0 other
    "starts-with" = |x, row| beginning(x.rows.text(row).trim());
    /// sentences that end inside the line
    "sentences" = |x, row| x.counts[row].sentences as f32;
    /// commas
    "commas" = |x, row| x.counts[row].commas as f32;
    /// characters that separate the entries of menus: | / > · » •
    "separators" = |x, row| x.counts[row].separators as f32;
    /// quotation marks
    "quotes" = |x, row| x.counts[row].quotes as f32;
    /// parentheses
    "brackets" = |x, row| x.counts[row].brackets as f32;
    /// 1 for a web address, 2 for an @, 3 for both
    "web-address" = |x, row| addresses(x.rows.text(row), x.counts[row].at_sign);
    /// 1 where it has a year from 1900 to 2099
    "year" = |x, row| flag(x.counts[row].year);
    /// 1 where it has a copyright or trade mark sign
    "copyright-sign" = |x, row| flag(x.counts[row].copyright);
    /// 1 where it has a question or exclamation mark
    "exclaims" = |x, row| flag(x.counts[row].exclaims);
    /// 1 for a blank line above, 2 for one below, 3 for both
    "blank-around" = |x, row| x.blank_around(row);
    /// hits of rules on the line that would remove it or a part of it
    "rule-hits" = |x, row| x.rows.hits[row].count as f32;

    // What stands around it.

    /// lines above
    "from-top" = |_x, row| row as f32;
    /// lines below
    "from-bottom" = |x, row| (x.len() - 1 - row) as f32;
    /// share of the page's lines that stand above
    "position" = |x, row| row as f32 / x.len() as f32;
    /// words of prose above
    "prose-above" = |x, row| x.context.prose_words.before(row) as f32;
    /// words of prose below
    "prose-below" = |x, row| x.context.prose_words.after(row) as f32;
    /// share of the page's prose that stands above
    "prose-share-above" = |x, row| (x.context.prose_words.before(row) / x.context.prose_words.total().max(1.0)) as f32;
    /// lines to the next prose below
    "to-prose-below" = |x, row| x.context.to_prose_below[row];
    /// lines to the next line above on which a rule fired
    "to-rule-above" = |x, row| x.context.to_rule_above[row];
    /// the same, below
    "to-rule-below" = |x, row| x.context.to_rule_below[row];
    /// lines to the next line above that ends articles by a rule
    "to-end-above" = |x, row| x.context.to_end_above[row];
    /// lines of its run, that is of neighbours that are all prose (negative) or all not (positive)
    "run" = |x, row| x.context.runs[row].len() as f32 * if x.context.prose[row] { -1.0 } else { 1.0 };
    /// share of the run's lines on which rules fired
    "run-rules" = |x, row| x.context.rules.mean(x.context.runs[row].clone());
    /// share of the run's lines in title case
    "run-titles" = |x, row| x.context.titles.mean(x.context.runs[row].clone());
    /// mean number of words of the run's lines
    "run-words" = |x, row| x.context.all_words.mean(x.context.runs[row].clone());
    /// share of the run's lines with bullets
    "run-bullets" = |x, row| x.context.bullets.mean(x.context.runs[row].clone());
    /// share of the lines up to 3 lines away on which rules fired
    "rules-within-3" = |x, row| x.context.rules.window_mean(row, 3);
    /// the same, up to 10 lines away
    "rules-within-10" = |x, row| x.context.rules.window_mean(row, 10);
    /// share of the lines up to 3 lines away that are prose
    "prose-within-3" = |x, row| x.context.paragraphs.window_mean(row, 3);
    /// the same, up to 10 lines away
    "prose-within-10" = |x, row| x.context.paragraphs.window_mean(row, 10);
    /// mean number of words of the lines up to 3 lines away
    "words-within-3" = |x, row| x.context.all_words.window_mean(row, 3);
    /// the same, up to 10 lines away
    "words-within-10" = |x, row| x.context.all_words.window_mean(row, 10);
    /// share of the lines up to 5 lines away that are in title case
    "titles-within-5" = |x, row| x.context.titles.window_mean(row, 5);
    /// share of the lines up to 3 lines away that have bullets
    "bullets-within-3" = |x, row| x.context.bullets.window_mean(row, 3);
    /// 0 inside the main segment, 1 above it, 2 below it
    "segment-position" = |x, row| f32::from(position(&x.context.segment, row));
    /// lines to the main segment: negative above it, positive below it
    "segment-distance" = |x, row| distance(&x.context.segment, row);
    /// the line above: -1 none, 0 up to four words, 1 more words, 2 short but a whole sentence, 3 prose without an end,
    /// 4 prose, 5 a rule fired
    "kind-above" = |x, row| x.context.kind(&x.rows, row.checked_sub(1));
    /// the line below, in the same way
    "kind-below" = |x, row| x.context.kind(&x.rows, Some(row + 1));
    /// the third line above, in the same way
    "kind-3-above" = |x, row| x.context.kind(&x.rows, row.checked_sub(3));
    /// words of the line above
    "words-above" = |x, row| x.context.words_of(row.checked_sub(1));
    /// words of the second line above
    "words-2-above" = |x, row| x.context.words_of(row.checked_sub(2));
    /// words of the line below
    "words-below" = |x, row| x.context.words_of(Some(row + 1));
    /// words of the second line below
    "words-2-below" = |x, row| x.context.words_of(Some(row + 2));

    // How it is set.

    /// characters of whitespace before its text
    "indent" = |x, row| x.layout.spacings[row].indent as f32;
    /// its indent less the one that most prose of the main segment has
    "indent-to-segment" = |x, row| x.layout.spacings[row].indent as f32 - x.layout.usual_indent as f32;
    /// share of the page's prose that has its indent
    "indent-share" = |x, row| x.layout.indents[&x.layout.spacings[row].indent] as f32 / x.layout.prose_words;
    /// share of the page's prose that has its indent and as many blank lines above and below
    "spacing-share" = |x, row| x.layout.spacing_words[&x.layout.spacings[row]] as f32 / x.layout.prose_words;

    // What it shares with other lines.

    /// lines with the same text, itself included
    "duplicate-lines" = |x, row| x.repetition.duplicates[row];
    /// lines with the same first two words, itself included
    "same-start" = |x, row| x.repetition.same_start[row];
    /// share of its longer words that other prose of the main segment has too; -1 without longer words
    "vocabulary-in-segment" = |x, row| x.repetition.known_in_segment(row, x.context.in_segment_prose(row));
    /// share of its longer words that other lines have too; -1 without longer words
    "vocabulary-in-page" = |x, row| x.repetition.known_on_page(row);
    /// share of its longer words that other lines on which rules fired have too; -1 without longer words
    "vocabulary-in-boilerplate" = |x, row| x.repetition.known_in_boilerplate(row, x.rows.hits[row].whole_line);
    /// share of its sequences of four words that a line above has too; -1 without such sequences
    "repeated-4grams-above" = |x, row| x.repetition.repeated_above(row);
    /// the same, below
    "repeated-4grams-below" = |x, row| x.repetition.repeated_below(row);
    /// words of the line that boilerplate uses more than articles do, as listed in the rule packs
    "boilerplate-words" = |x, row| x.repetition.boilerplate_words(row);
    /// share of its words that are such boilerplate words
    "boilerplate-word-share" = |x, row| x.repetition.boilerplate_share(row, 0);
    /// share of the words up to 3 lines away that are boilerplate words
    "boilerplate-words-within-3" = |x, row| x.repetition.boilerplate_share(row, 3);

    // The page, the same on each of its lines.

    /// lines of the page
    "page-lines" = |x, _row| x.page.lines;
    /// words of prose on the page
    "page-prose" = |x, _row| x.page.prose;
    /// lines of prose on the page
    "page-paragraphs" = |x, _row| x.page.paragraphs;
    /// share of the page's words that stand in prose
    "page-prose-share" = |x, _row| x.page.prose_share;
    /// share of the page's lines that are prose
    "page-paragraph-share" = |x, _row| x.page.paragraph_share;
    /// share of the page's lines on which rules fired
    "page-rule-share" = |x, _row| x.page.rule_share;
    /// lines of the page on which rules fired
    "page-rule-lines" = |x, _row| x.page.rule_lines;
    /// classes of boilerplate that rules found on the page
    "page-classes" = |x, _row| x.page.classes;
    /// median number of words of the page's lines
    "page-median" = |x, _row| x.page.median;
    /// mean number of words of the page's lines
    "page-mean" = |x, _row| x.page.mean;
    /// share of the page's lines that are blank
    "page-blank" = |x, _row| x.page.blank;
    /// share of the page's prose that stands in its main segment
    "page-segment" = |x, _row| x.page.segment;
};
