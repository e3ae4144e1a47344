//! The table of features: the only place where a feature of stage 1 is declared. A feature may be added anywhere; one that
//! a model uses may not be renamed without the model.
//!
//! "Prose" is a line that [reads like prose](crate::text::line_stats::LineStats::is_prose), the "main segment" the part
//! of the page that holds most of it. "A rule fired" means that a rule would remove the whole line. Distances are 999
//! where there is no such line.

use super::Feature;
use super::columns::{
    above, below, copy, distance_above, distance_below, mean_of_run, mean_within, rows_above, rows_below, run_lengths,
    segment_distance, segment_position, share_above, share_of_rows_above, share_within, sum_above, sum_below,
};
use super::context::Context;
use super::layout::{Spacing, SpacingShares};
use super::line::{beginning, ending};
use super::markup::Markup;
use super::page::{PageTotals, ratio};
use super::repetition::Repetition;
use super::rows::{Rows, RuleHits};
use crate::text::Row;
use crate::text::lexicon::Lexicon;
use crate::text::line_stats::LineStats;

/// What features are computed from.
pub(crate) struct FeatureInputs<'p> {
    /// For each row what the page knows of it, its statistics, its text and the rules that fired.
    pub(super) row: &'p [Row],
    pub(super) stats: Vec<&'p LineStats>,
    text: Vec<&'p str>,
    hits: Vec<RuleHits>,
    context: Context,
    pub(super) spacing: Vec<Spacing>,
    layout: SpacingShares,
    repetition: Repetition,
    markup: Markup,
    page: PageTotals,
}

impl<'p> FeatureInputs<'p> {
    pub(super) fn new(rows: Rows<'p>, boilerplate_words: &Lexicon) -> FeatureInputs<'p> {
        let context = Context::new(&rows);
        let text: Vec<&str> = rows.texts().collect();
        let spacing: Vec<Spacing> = (0..rows.len()).map(|row| Spacing::of(&rows, row)).collect();
        FeatureInputs {
            stats: rows.stats().collect(),
            layout: SpacingShares::new(&rows, &spacing, &context),
            repetition: Repetition::new(&rows, &text, &context, boilerplate_words),
            markup: Markup::new(&rows),
            page: PageTotals::new(&rows, &context),
            context,
            text,
            spacing,
            row: rows.rows,
            hits: rows.hits,
        }
    }
}

/// 1 for yes, 0 for no.
#[inline(always)]
fn flag(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}

#[inline(always)]
fn share(part: u32, all: u32) -> f32 {
    part as f32 / all.max(1) as f32
}

/// Declares the table: the description of each feature, its name, and how its column is filled:
/// - `each(|input, ...| value)`: the value of each row, from its entries in these fields of [`FeatureInputs`];
/// - `page(field)`: a number of the page, the same for each row;
/// - `function(input, ...; argument, ...)`: by a function of [`columns`](super::columns).
macro_rules! features {
    ($($(#[doc = $doc:literal])+ $name:literal = $fill:ident $inputs:tt;)+) => {
        &[$(Feature { name: $name, doc: concat!($($doc),+), column: column!($fill $inputs) }),+]
    };
}

macro_rules! column {
    (each(|$($input:ident),+| $value:expr)) => {
        |x: &FeatureInputs<'_>, out: &mut [f32]| {
            // Slices of one length need no checks in the loop.
            let rows = out.len();
            $(let $input = &x.$input[..rows];)+
            for row in 0..rows {
                $(let $input = &$input[row];)+
                out[row] = $value;
            }
        }
    };
    (page($field:ident)) => {
        |x: &FeatureInputs<'_>, out: &mut [f32]| out.fill(x.page.$field)
    };
    ($function:ident($($($input:ident).+),* $(; $($argument:expr),+)?)) => {
        |_x: &FeatureInputs<'_>, out: &mut [f32]| $function($(&_x.$($input).+,)* $($($argument,)+)? out)
    };
}

pub(crate) type PageFeature = Feature<fn(&FeatureInputs<'_>, &mut [f32])>;

/// All features of stage 1, in the order of the columns.
pub(crate) const FEATURES: &[PageFeature] = features! {
    // The line itself.

    /// words of the line
    "words" = copy(context.words);
    /// mean number of characters in a word
    "word-length" = each(|stats| ratio(stats.chars, stats.words));
    /// share of words that begin with a capital
    "capitalized" = each(|stats| ratio(stats.capitalized, stats.words));
    /// share of words that begin with a lowercase letter
    "lowercase" = each(|row| share(row.counts.lowercase, row.counts.spaced_words));
    /// share of words of up to three lowercase letters: in many languages articles, prepositions, pronouns
    "short-words" = each(|row| share(row.counts.short, row.counts.spaced_words));
    /// share of characters that are letters
    "letters" = each(|stats| ratio(stats.letters, stats.chars));
    /// share of characters of scripts without spaces
    "unspaced-script" = each(|row, stats| ratio(row.counts.unspaced as usize, stats.chars));
    /// how it ends: 0 a word, 1 full stop, 2 ?, 3 !, 4 colon, 5 ellipsis, 6 comma or dash, 7 digit,
    /// 8 closing quote or bracket
    "ends-with" = each(|text| ending(text));
    /// how it begins: 1 capital, 2 lowercase letter, 3 digit, 4 quote or dash, 5 bracket, 6 letter without case,
    /// 7 bullet, 0 other
    "starts-with" = each(|text| beginning(text));
    /// sentences that end inside the line
    "sentences" = each(|row| row.counts.sentences as f32);
    /// commas
    "commas" = each(|row| row.counts.commas as f32);
    /// characters that separate the entries of menus: | / > · » •
    "separators" = each(|row| row.counts.separators as f32);
    /// quotation marks
    "quotes" = each(|row| row.counts.quotes as f32);
    /// parentheses
    "brackets" = each(|row| row.counts.brackets as f32);
    /// 1 for a web address, 2 for an @, 3 for both
    "web-address" = each(|row| flag(row.counts.web_address) + 2.0 * flag(row.counts.at_sign));
    /// 1 where it has a year from 1900 to 2099
    "year" = each(|row| flag(row.counts.year));
    /// 1 where it has a copyright or trade mark sign
    "copyright-sign" = each(|row| flag(row.counts.copyright));
    /// 1 where it has a question or exclamation mark
    "exclaims" = each(|row| flag(row.counts.exclaims));
    /// 1 for a blank line above, 2 for one below, 3 for both
    "blank-around" = each(|spacing| flag(spacing.above > 0) + 2.0 * flag(spacing.below > 0));
    /// hits of rules on the line that would remove it or a part of it
    "rule-hits" = each(|hits| hits.count as f32);

    // What stands around it.

    /// lines above
    "from-top" = rows_above();
    /// lines below
    "from-bottom" = rows_below();
    /// share of the page's lines that stand above
    "position" = share_of_rows_above();
    /// words of prose above
    "prose-above" = sum_above(context.prose_words);
    /// words of prose below
    "prose-below" = sum_below(context.prose_words);
    /// share of the page's prose that stands above
    "prose-share-above" = share_above(context.prose_words);
    /// lines to the next prose below
    "to-prose-below" = distance_below(context.prose);
    /// lines to the next line above on which a rule fired
    "to-rule-above" = distance_above(context.fired);
    /// the same, below
    "to-rule-below" = distance_below(context.fired);
    /// lines to the next line above that ends articles by a rule
    "to-end-above" = distance_above(context.ends);
    /// lines of its run, that is of neighbours that are all prose (negative) or all not (positive)
    "run" = run_lengths(context.runs, context.prose);
    /// share of the run's lines on which rules fired
    "run-rules" = mean_of_run(context.runs, context.rules);
    /// share of the run's lines in title case
    "run-titles" = mean_of_run(context.runs, context.titles);
    /// mean number of words of the run's lines
    "run-words" = mean_of_run(context.runs, context.all_words);
    /// share of the run's lines with bullets
    "run-bullets" = mean_of_run(context.runs, context.bullets);
    /// share of the lines up to 3 lines away on which rules fired
    "rules-within-3" = mean_within(context.rules; 3);
    /// the same, up to 10 lines away
    "rules-within-10" = mean_within(context.rules; 10);
    /// share of the lines up to 3 lines away that are prose
    "prose-within-3" = mean_within(context.paragraphs; 3);
    /// the same, up to 10 lines away
    "prose-within-10" = mean_within(context.paragraphs; 10);
    /// mean number of words of the lines up to 3 lines away
    "words-within-3" = mean_within(context.all_words; 3);
    /// the same, up to 10 lines away
    "words-within-10" = mean_within(context.all_words; 10);
    /// share of the lines up to 5 lines away that are in title case
    "titles-within-5" = mean_within(context.titles; 5);
    /// share of the lines up to 3 lines away that have bullets
    "bullets-within-3" = mean_within(context.bullets; 3);
    /// 0 inside the main segment, 1 above it, 2 below it
    "segment-position" = segment_position(context.segment);
    /// lines to the main segment: negative above it, positive below it
    "segment-distance" = segment_distance(context.segment);
    /// the line above: -1 none, 0 up to four words, 1 more words, 2 short but a whole sentence, 3 prose without an end,
    /// 4 prose, 5 a rule fired
    "kind-above" = above(context.kinds; 1, -1.0);
    /// the line below, in the same way
    "kind-below" = below(context.kinds; 1, -1.0);
    /// the third line above, in the same way
    "kind-3-above" = above(context.kinds; 3, -1.0);
    /// words of the line above
    "words-above" = above(context.words; 1, 0.0);
    /// words of the second line above
    "words-2-above" = above(context.words; 2, 0.0);
    /// words of the line below
    "words-below" = below(context.words; 1, 0.0);
    /// words of the second line below
    "words-2-below" = below(context.words; 2, 0.0);

    // How it is set.

    /// characters of whitespace before its text
    "indent" = each(|row| row.indent as i64 as f32);
    /// its indent less the one that most prose of the main segment has
    "indent-to-segment" = copy(layout.indent_to_segment);
    /// share of the page's prose that has its indent
    "indent-share" = copy(layout.indent_share);
    /// share of the page's prose that has its indent and as many blank lines above and below
    "spacing-share" = copy(layout.spacing_share);

    // What it shares with other lines.

    /// lines with the same text, itself included
    "duplicate-lines" = copy(repetition.duplicates);
    /// lines with the same first two words, itself included
    "same-start" = copy(repetition.same_start);
    /// share of its longer words that other prose of the main segment has too; -1 without longer words
    "vocabulary-in-segment" = copy(repetition.in_segment);
    /// share of its longer words that other lines have too; -1 without longer words
    "vocabulary-in-page" = copy(repetition.on_page);
    /// share of its longer words that other lines on which rules fired have too; -1 without longer words
    "vocabulary-in-boilerplate" = copy(repetition.in_boilerplate);
    /// share of its sequences of four words that a line above has too; -1 without such sequences
    "repeated-4grams-above" = copy(repetition.ngrams_above);
    /// the same, below
    "repeated-4grams-below" = copy(repetition.ngrams_below);
    /// words of the line that boilerplate uses more than articles do, as listed in the rule packs
    "boilerplate-words" = copy(repetition.boilerplate_words);
    /// share of its words that are such boilerplate words
    "boilerplate-word-share" = share_within(repetition.boilerplate, repetition.all; 0);
    /// share of the words up to 3 lines away that are boilerplate words
    "boilerplate-words-within-3" = share_within(repetition.boilerplate, repetition.all; 3);

    // What markup says of it; -1 for a text without.

    /// level of the heading that it is, 0 for none; -1 in a text without markup
    "heading" = copy(markup.heading);
    /// lines to the next heading above
    "to-heading-above" = distance_above(markup.is_heading);
    /// share of its characters that are the text of links; -1 in a text without markup
    "linked" = copy(markup.linked);
    /// mean of the same over the lines up to 3 lines away
    "linked-within-3" = mean_within(markup.linked_sums; 3);
    /// 1 in a table, 2 in a list, 0 elsewhere; -1 in a text without markup
    "block" = copy(markup.block);

    // The page, the same on each of its lines.

    /// lines of the page
    "page-lines" = page(lines);
    /// words of prose on the page
    "page-prose" = page(prose);
    /// lines of prose on the page
    "page-paragraphs" = page(paragraphs);
    /// share of the page's words that stand in prose
    "page-prose-share" = page(prose_share);
    /// share of the page's lines that are prose
    "page-paragraph-share" = page(paragraph_share);
    /// share of the page's lines on which rules fired
    "page-rule-share" = page(rule_share);
    /// lines of the page on which rules fired
    "page-rule-lines" = page(rule_lines);
    /// classes of boilerplate that rules found on the page
    "page-classes" = page(classes);
    /// median number of words of the page's lines
    "page-median" = page(median);
    /// mean number of words of the page's lines
    "page-mean" = page(mean);
    /// share of the page's lines that are blank
    "page-blank" = page(blank);
    /// share of the page's prose that stands in its main segment
    "page-segment" = page(segment);
};
