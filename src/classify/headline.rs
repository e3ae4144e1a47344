//! Finds the headline. Candidates are the lines above the body and around its first paragraphs; each is scored by what
//! headlines have: words of the body, the length of a title, blank lines around it, names and dates below it. The best of
//! those that would be lost is put back, and with a standfirst the headline above it. Where the title of the page is known,
//! the line that has it is the headline.

use hashbrown::HashMap;

use super::thresholds::{
    CLEAN_PAGE, DATE_REACH, DATE_WORDS, HEADLINE_LINES_BELOW, HEADLINE_MAX_ABOVE, HEADLINE_MAX_LEAD,
    HEADLINE_MAX_SCORE, HEADLINE_MAX_SCORE_CLEAN, HEADLINE_MAX_WORDS, HEADLINE_MIN_SCORE, HEADLINE_MIN_SCORE_FRAMED,
    HEADLINE_MIN_WORDS, HEADLINE_PARAGRAPHS, HEADLINE_REACH, LEAD_SCORE, MENU_WORDS, STANDFIRST_MAX_LEAD,
    STANDFIRST_MIN_WORDS, STANDFIRST_REACH,
};
use super::{Classifier, Scored};
use crate::blocks::is_item;
use crate::line_class::LineClass;
use crate::text::Row;
use crate::text::lexicon::WordFilter;
use crate::text::tokens::Token;
use crate::verdict::{Heuristic, Reason};

/// A line with fewer words is in others by chance.
const WORDS_TO_TELL: usize = 3;
/// Lines that tell it again are at most so many rows away.
const TOLD_WITHIN: usize = 12;

/// A line that may be the headline, and what it is scored by.
struct Candidate {
    line: usize,
    /// Its row.
    row: usize,
    /// Whether it is removed so far.
    lost: bool,
    score: f32,
}

/// What a score is made of.
#[derive(Default)]
struct Signs {
    words: usize,
    /// Longer words, and how often they are in the body, as a sum of logarithms.
    long: usize,
    frequency: f32,
    ends_sentence: bool,
    bulleted: bool,
    /// The share of words that begin with a capital.
    capitalized: f32,
    has_digits: bool,
    /// It has a sign that stands between the parts of a path or of a page's title, or the space between buttons.
    has_separator: bool,
    is_first_row: bool,
    /// The rows between it and the first paragraph; negative below that.
    distance: i32,
    /// Rows among the next four on which rules for names, dates, credits or buttons fired.
    meta_below: usize,
    /// A rule fired on it.
    has_rule: bool,
    /// The score of the line itself.
    line_score: f32,
    /// The level of heading that its markup says it is, 0 for none.
    heading: u8,
    /// 1 for a blank line above it, 0 for none, less the share of all lines there that have one: where all have one, or
    /// none, blank lines say nothing.
    blank_above: f32,
    /// The same below it.
    blank_below: f32,
}

/// Reads a sign as a number.
type Sign = fn(&Signs) -> f32;

/// Each sign with its weight. The weights are those of a conditional logit: the probability that one of a page's
/// candidates is its title, fitted to pages of news, guides and other kinds as four extractors give them, one of them as
/// Markdown (see docs/quality.md).
const WEIGHTS: [(f32, Sign); 21] = [
    (3.09, |s| s.frequency / (s.long as f32 + 1.0)),
    (0.84, |s| holds((3..=5).contains(&s.words))),
    (2.08, |s| holds((6..=14).contains(&s.words))),
    (1.20, |s| holds((15..=25).contains(&s.words))),
    (-3.82, |s| holds(s.ends_sentence)),
    (-2.37, |s| holds(s.bulleted)),
    (1.81, |s| s.capitalized),
    (0.84, |s| holds(s.has_digits)),
    (-1.68, |s| holds(s.has_separator)),
    (2.50, |s| holds(s.is_first_row)),
    (-0.47, |s| (s.distance.max(0) as f32).ln_1p()),
    (-1.18, |s| holds(s.distance <= 2)),
    (-3.07, |s| holds(s.distance < 0)),
    (2.68, |s| s.meta_below.min(3) as f32 / 3.0),
    (-1.99, |s| holds(s.has_rule)),
    (-0.92, |s| holds(s.line_score < 0.02)),
    (-0.60, |s| holds(s.line_score > 0.3)),
    (5.52, |s| holds(s.heading == 1)),
    (2.36, |s| holds(s.heading == 2)),
    (2.81, |s| s.blank_above),
    (2.67, |s| s.blank_below),
];
/// The weight of one more sign: a longer line near it has all its words.
const TOLD_AGAIN: f32 = 1.32;

fn holds(sign: bool) -> f32 {
    f32::from(u8::from(sign))
}

impl Signs {
    fn score(&self) -> f32 {
        WEIGHTS.iter().map(|(weight, value)| weight * value(self)).sum()
    }
}

/// How often some words were counted.
struct WordCounts {
    counts: HashMap<u64, u32>,
    filter: WordFilter<64>,
}

impl WordCounts {
    /// Each of these words, counted 0 times.
    fn of<'w>(words: impl Iterator<Item = &'w Token> + Clone) -> WordCounts {
        let mut counts =
            WordCounts { counts: HashMap::with_capacity(words.clone().count()), filter: WordFilter::EMPTY };
        for word in words {
            counts.counts.insert(word.hash, 0);
            counts.filter.add(word.hash);
        }
        counts
    }

    /// Counts a word, if it is one of these.
    #[inline]
    fn count(&mut self, word: Token) {
        if self.filter.may_have(word.hash)
            && let Some(count) = self.counts.get_mut(&word.hash)
        {
            *count += 1;
        }
    }

    fn of_word(&self, word: Token) -> u32 {
        self.counts.get(&word.hash).copied().unwrap_or(0)
    }
}

impl Classifier<'_> {
    /// Marks the headline and, if it was removed, puts it back; with it the standfirst that scores better.
    pub(super) fn mark_headline(&mut self, scored: Option<&Scored<'_>>) {
        let Some(first) = (0..self.verdicts.len()).find(|&line| self.is_kept_prose(line)) else { return };
        let (headline, standfirst) = match self.titled_row() {
            Some(row) => (Some(self.page.rows()[row].line), self.lost_standfirst(row, scored)),
            None => self.lost_headline(scored),
        };
        if let Some(line) = standfirst.filter(|_| self.keep.contains(&LineClass::Headline)) {
            self.restore(line, LineClass::Standfirst);
        }
        let headline = headline.or_else(|| self.kept_headline(first, scored)).or_else(|| self.told_twice(first));
        if let Some(line) = headline {
            self.restore(line, LineClass::Headline);
            // Without scores, rules alone decide what goes.
            if let Some(scored) = scored {
                self.restore_lead(line, first, scored);
                self.remove_repeats(line, first);
                self.remove_own_address(line, first);
                self.remove_date_below(line);
            }
        }
    }

    /// Puts back a paragraph between the headline and the first paragraph that went for its score alone.
    fn restore_lead(&mut self, headline: usize, first: usize, scored: &Scored<'_>) {
        let is_lead = |line: &usize| {
            self.page.stats[*line].is_prose()
                && self.went_for_its_score(*line)
                && scored.score_of(*line).is_some_and(|score| score >= LEAD_SCORE)
        };
        for line in (headline + 1..first).filter(is_lead).collect::<Vec<_>>() {
            self.restore_as_body(line);
        }
    }

    /// Removes the date of the article where it stands directly below the headline, in whatever language. Where there are
    /// more dates, they are headings, as in a diary.
    fn remove_date_below(&mut self, headline: usize) {
        let rows = self.page.rows();
        let is_date = |row: &Row| {
            let stats = &self.page.stats[row.line];
            row.counts.year
                && stats.words <= DATE_WORDS
                && stats.digits * 5 > stats.chars
                && self.verdicts[row.line].keep
        };
        let mut dates = (0..rows.len()).filter(|&row| is_date(&rows[row]));
        let (Some(row), None) = (dates.next(), dates.next()) else { return };
        let below = rows[..row].iter().rposition(|row| row.line == headline);
        if below.is_some_and(|headline| row - headline <= DATE_REACH) {
            self.remove(rows[row].line, LineClass::Dateline, Heuristic::Headline);
        }
    }

    /// The last line above the first paragraph that the page's title on the first line begins with.
    fn told_twice(&self, first: usize) -> Option<usize> {
        let title = self.page.rows().first()?.line;
        let mut above =
            (title + 1..first).rev().filter(|&line| self.verdicts[line].keep && self.reads_like_title(line));
        above.find(|&line| self.is_title_of(title, line))
    }

    /// Whether a line is a headline and the name of the site behind it.
    fn is_title_of(&self, title: usize, headline: usize) -> bool {
        let [title, headline] = [title, headline].map(|line| self.page.folded_text(line));
        let name = title.strip_prefix(headline).filter(|_| !headline.is_empty());
        name.is_some_and(|name| [" | ", " - ", " · ", " » "].iter().any(|sign| name.starts_with(sign)))
    }

    /// Removes what says the headline again: the page's title with what stands between them, and lines above and below
    /// the paragraphs that are the same as the headline.
    fn remove_repeats(&mut self, headline: usize, first: usize) {
        let text = self.page.folded_text(headline);
        let last = (first..self.verdicts.len()).rev().find(|&line| self.is_kept_prose(line)).unwrap_or(first);
        let mut repeats: Vec<usize> = (0..first)
            .chain(last + 1..self.verdicts.len())
            .filter(|&line| line != headline && !self.page.stats[line].blank && self.page.folded_text(line) == text)
            .collect();
        if let Some(title) =
            self.page.rows().first().map(|row| row.line).filter(|&line| self.is_title_of(line, headline))
        {
            let is_menu = |line: usize| {
                let stats = &self.page.stats[line];
                stats.words <= MENU_WORDS && !stats.ends_sentence
            };
            let begin =
                repeats.iter().copied().chain([headline]).filter(|&line| line > title).min().unwrap_or(headline);
            if (title + 1..begin).all(is_menu) {
                repeats.extend((title..begin).filter(|&line| !self.page.stats[line].blank));
            } else {
                repeats.push(title);
            }
        }
        for line in repeats {
            let class = if line < first { LineClass::Navigation } else { LineClass::Related };
            self.remove(line, class, Heuristic::Repeated);
        }
    }

    /// Removes the page's own address above and below the paragraphs: its last part is made of words of the headline.
    fn remove_own_address(&mut self, headline: usize, first: usize) {
        let title = self.page.folded_text(headline);
        let words: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let last = (first..self.verdicts.len()).rev().find(|&line| self.is_kept_prose(line)).unwrap_or(first);
        let is_own = |line: &usize| {
            let address = self.page.folded_text(*line);
            // Few lines begin so.
            if !address.starts_with("http") || address.contains(' ') {
                return false;
            }
            let Some((_, path)) = address.split_once("://").and_then(|(_, rest)| rest.split_once('/')) else {
                return false;
            };
            let end = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
            let end = end.split(['?', '#', '.']).next().unwrap_or_default();
            let mut parts =
                end.split(['-', '_']).filter(|part| !part.bytes().all(|byte| byte.is_ascii_digit())).peekable();
            parts.peek().is_some() && parts.all(|part| words.contains(&part))
        };
        for line in (0..first).chain(last + 1..self.verdicts.len()).filter(is_own).collect::<Vec<_>>() {
            self.remove(line, LineClass::Navigation, Heuristic::Repeated);
        }
    }

    pub(super) fn restore(&mut self, line: usize, class: LineClass) {
        let verdict = &mut self.verdicts[line];
        verdict.class = class;
        verdict.keep = self.keep.contains(&class);
        verdict.reasons.push(Reason::Heuristic(Heuristic::Headline));
    }

    /// The headline if it was removed, and the standfirst, or a second line that may as well be it.
    fn lost_headline(&self, scored: Option<&Scored<'_>>) -> (Option<usize>, Option<usize>) {
        let candidates = self.candidates(scored);
        let Some(best) = best_of(candidates.iter()) else { return (None, None) };
        let min_score = self.min_score();
        // Where the headline is there already, only what is as good is put back.
        let max_lead = if best.lost { STANDFIRST_MAX_LEAD } else { HEADLINE_MAX_LEAD };
        let least = min_score.max(best.score - max_lead);
        // Beside the best, no line on which a rule fired is a headline.
        let is_good = |candidate: &&Candidate| {
            candidate.lost && candidate.score >= least && (candidate.row == best.row || !self.has_rule(candidate.line))
        };
        let good = candidates.iter().filter(is_good);
        let near_above = best.row.saturating_sub(STANDFIRST_REACH)..best.row;
        let is_above = |other: &&Candidate| {
            near_above.contains(&other.row) && self.page.stats[other.line].words >= HEADLINE_MIN_WORDS
        };
        if let Some(above) = best_of(good.clone().filter(is_above)) {
            return (Some(above.line), (best.lost && best.score >= min_score).then_some(best.line));
        }
        // The best itself, if it is lost and good.
        let Some(headline) = best_of(good.clone()) else { return (None, None) };
        let as_good = good.filter(|other| {
            other.row != headline.row
                && other.score >= best.score - HEADLINE_MAX_LEAD
                && self.page.stats[other.line].words >= STANDFIRST_MIN_WORDS
        });
        (Some(headline.line), best_of(as_good).map(|other| other.line))
    }

    /// The standfirst below the headline in this row, if it was removed.
    fn lost_standfirst(&self, headline: usize, scored: Option<&Scored<'_>>) -> Option<usize> {
        let text = |row: usize| self.page.folded_text(self.page.rows()[row].line);
        let candidates = self.candidates(scored);
        let best = best_of(candidates.iter().filter(|candidate| text(candidate.row) != text(headline)))?;
        let is_near_below = (headline + 1..=headline + STANDFIRST_REACH).contains(&best.row);
        let is_long = self.page.stats[best.line].words >= STANDFIRST_MIN_WORDS;
        (best.lost && best.score >= self.min_score() && is_near_below && is_long).then_some(best.line)
    }

    fn min_score(&self) -> f32 {
        if self.framed { HEADLINE_MIN_SCORE_FRAMED } else { HEADLINE_MIN_SCORE }
    }

    fn candidates(&self, scored: Option<&Scored<'_>>) -> Vec<Candidate> {
        let (page, rows) = (self.page, self.page.rows());
        let body: Vec<usize> = (0..rows.len()).filter(|&row| self.is_kept_prose(rows[row].line)).collect();
        let lead = &body[..body.len().min(HEADLINE_PARAGRAPHS)];
        let (Some(&first), Some(&last)) = (lead.first(), lead.last()) else { return Vec::new() };
        let begin = first.saturating_sub(HEADLINE_REACH);
        // Sentences of a menu may stand above the article.
        let start = scored.map_or(first, |scored| scored.body().start);
        let last = body
            .iter()
            .filter(|&&row| row >= start)
            .take(HEADLINE_PARAGRAPHS)
            .last()
            .map_or(last, |&row| row.max(last));
        // Nothing was removed there: nothing can be put back.
        if rows[begin..=last].iter().all(|row| self.verdicts[row.line].keep) {
            return Vec::new();
        }
        let possible: Vec<usize> = (begin..=last).filter(|&row| self.may_be_headline(row, first)).collect();
        let counts = self.words_of_body(&possible, &body);
        let has_blank_above = |row: usize| row.checked_sub(1).map_or(0, |above| rows[above].line + 1) < rows[row].line;
        let spaced = (begin..=last).filter(|&row| has_blank_above(row)).count() as f32 / (last + 1 - begin) as f32;
        let is_meta: Vec<bool> =
            rows[begin..].iter().take(last + 5 - begin).map(|row| self.is_meta(row.line)).collect();
        let min_score = self.min_score();
        let candidate = |row: usize| {
            let (line, text) = (rows[row].line, page.row_text(&rows[row]));
            let stats = &page.stats[line];
            // Some scripts have no capitals: then they say nothing.
            let has_case = text.contains(|c: char| c.is_lowercase() || c.is_uppercase());
            let mut signs = Signs {
                words: stats.words,
                ends_sentence: stats.ends_sentence && !text.ends_with(['?', '!']),
                bulleted: is_item(stats, text),
                capitalized: if has_case { stats.capitalized as f32 / stats.words.max(1) as f32 } else { 0.5 },
                has_digits: stats.digits > 0,
                has_separator: has_separator(text),
                is_first_row: row == 0,
                distance: first as i32 - row as i32,
                meta_below: is_meta[row + 1 - begin..].iter().take(4).filter(|is_meta| **is_meta).count(),
                has_rule: self.has_rule(line),
                heading: page.roles.get(line).map_or(0, |role| role.heading),
                line_score: scored.and_then(|scored| scored.score_of(line)).unwrap_or(0.5),
                blank_above: holds(has_blank_above(row)) - spaced,
                blank_below: holds(row + 1 < rows.len() && has_blank_above(row + 1)) - spaced,
                ..Signs::default()
            };
            for token in page.tokens_of(row).iter().filter(|token| token.is_long()) {
                signs.long += 1;
                let count = counts.of_word(*token);
                if count > 0 {
                    signs.frequency += (count as f32).ln_1p();
                }
            }
            let mut score = signs.score();
            // To ask this takes the longest, and where the score stays too low nobody needs to know.
            if score + TOLD_AGAIN >= min_score && self.is_told_again(row) {
                score += TOLD_AGAIN;
            }
            Candidate { line, row, lost: !self.verdicts[line].keep, score }
        };
        possible.into_iter().map(candidate).collect()
    }

    fn may_be_headline(&self, row: usize, first: usize) -> bool {
        let line = self.page.rows()[row].line;
        let (stats, verdict) = (&self.page.stats[line], &self.verdicts[line]);
        let is_paragraph = self.is_kept_prose(line) && row != first;
        // A line of which a fifth are digits is a date, a number, a time.
        (2..=40).contains(&stats.words)
            && stats.digits * 5 <= stats.chars
            && !is_paragraph
            && !self.pinned[line]
            && (verdict.keep || !NOT_HEADLINES.contains(&verdict.class) && !self.by_own_rule(line))
    }

    /// Whether a longer line near a row has all its words: the title of the page, the end of a path, a button to share it.
    fn is_told_again(&self, row: usize) -> bool {
        let words = self.page.tokens_of(row);
        let near = row.saturating_sub(TOLD_WITHIN)..(row + TOLD_WITHIN + 1).min(self.page.rows().len());
        words.len() >= WORDS_TO_TELL
            && near
                .map(|other| self.page.tokens_of(other))
                .any(|other| other.len() > words.len() && other.windows(words.len()).any(|part| part == words))
    }

    /// How often the longer words of candidates are in the body.
    fn words_of_body(&self, candidates: &[usize], body: &[usize]) -> WordCounts {
        let long = |row: usize| self.page.tokens_of(row).iter().filter(|token| token.is_long());
        let mut counts = WordCounts::of(candidates.iter().flat_map(|&row| long(row)));
        body.iter().flat_map(|&row| long(row)).for_each(|word| counts.count(*word));
        counts
    }

    fn has_rule(&self, line: usize) -> bool {
        self.verdicts[line].reasons.iter().any(|reason| matches!(reason, Reason::Rule(_)))
    }

    fn is_meta(&self, line: usize) -> bool {
        self.has_rule(line) && META.contains(&self.verdicts[line].class)
    }

    /// The headline among the kept lines above the first paragraph. An article title is followed by paragraphs, not by
    /// another list.
    fn kept_headline(&self, first: usize, scored: Option<&Scored<'_>>) -> Option<usize> {
        let above: Vec<usize> = self.kept_lines(0..first).collect();
        let below: Vec<usize> = self.kept_lines(first..self.verdicts.len()).take(HEADLINE_LINES_BELOW).collect();
        let paragraphs = below.iter().filter(|&&line| self.page.stats[line].is_prose()).count();
        if above.len() > HEADLINE_MAX_ABOVE || paragraphs < 2 || paragraphs * 3 < below.len() * 2 {
            return None;
        }
        above.into_iter().find(|&line| self.reads_like_title(line) && !is_first_paragraph(line, scored))
    }

    fn reads_like_title(&self, line: usize) -> bool {
        let stats = &self.page.stats[line];
        (!stats.ends_sentence || self.page.line(line).trim_end().ends_with(['?', '!', ':']))
            && !stats.bulleted
            && !self.pinned[line]
            && (HEADLINE_MIN_WORDS..=HEADLINE_MAX_WORDS).contains(&stats.words)
    }
}

/// Whether a text has a sign that stands between the parts of a path or of a page's title, or the space between buttons.
pub(super) fn has_separator(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_alone = |at: usize| at > 0 && bytes[at - 1] == b' ' && bytes.get(at + 1) == Some(&b' ');
    let begins_with = |at: usize, signs: &[&str]| signs.iter().any(|sign| bytes[at..].starts_with(sign.as_bytes()));
    bytes.iter().enumerate().any(|(at, byte)| match byte {
        b'|' | b'>' | b'\t' => true,
        b'-' | b'/' => is_alone(at),
        b' ' => begins_with(at, &["   "]),
        0xc2 | 0xe2 => begins_with(at, &["»", "›", "▸", "\u{a0}\u{a0}\u{a0}"]),
        _ => false,
    })
}

fn best_of<'c>(candidates: impl Iterator<Item = &'c Candidate>) -> Option<&'c Candidate> {
    candidates.max_by(|a, b| a.score.total_cmp(&b.score))
}

/// Classes of which no line is a headline.
pub(super) const NOT_HEADLINES: [LineClass; 15] = [
    LineClass::Byline,
    LineClass::Dateline,
    LineClass::Credit,
    LineClass::Share,
    LineClass::Follow,
    LineClass::Newsletter,
    LineClass::Comments,
    LineClass::Counter,
    LineClass::Advert,
    LineClass::Paywall,
    LineClass::Consent,
    LineClass::Legal,
    LineClass::AuthorBio,
    LineClass::Technical,
    LineClass::Caption,
];
/// Classes of lines that follow a headline.
const META: [LineClass; 7] = [
    LineClass::Byline,
    LineClass::Dateline,
    LineClass::Credit,
    LineClass::Share,
    LineClass::Counter,
    LineClass::AuthorBio,
    LineClass::Comments,
];

/// Whether a short line scores high enough to be the first paragraph.
fn is_first_paragraph(line: usize, scored: Option<&Scored<'_>>) -> bool {
    let Some(scored) = scored else { return false };
    let clean = scored.scores.boilerplate_ratio < CLEAN_PAGE;
    let max_score = if clean { HEADLINE_MAX_SCORE_CLEAN } else { HEADLINE_MAX_SCORE };
    scored.score_of(line).is_some_and(|score| score > max_score)
}
