//! Finds the headline. Candidates are the lines above the body and around its first paragraphs; each is scored by what
//! headlines have: words of the body, the length of a title, names and dates below it. The best of those that would be
//! lost is put back, and with a standfirst the headline above it. Where the title of the page is known, the line that has
//! it is the headline.

use hashbrown::HashMap;

use super::thresholds::{
    CLEAN_PAGE, DATE_REACH, DATE_WORDS, HEADLINE_LINES_BELOW, HEADLINE_MAX_ABOVE, HEADLINE_MAX_SCORE,
    HEADLINE_MAX_SCORE_CLEAN, HEADLINE_MAX_WORDS, HEADLINE_MIN_SCORE, HEADLINE_MIN_SCORE_FRAMED, HEADLINE_MIN_WORDS,
    HEADLINE_PARAGRAPHS, HEADLINE_REACH, LEAD_SCORE, MENU_WORDS, STANDFIRST_MAX_LEAD, STANDFIRST_MIN_WORDS,
    STANDFIRST_REACH,
};
use super::{Classifier, Scored};
use crate::blocks::is_numbered;
use crate::line_class::LineClass;
use crate::text::Row;
use crate::text::tokens::Token;
use crate::verdict::{Heuristic, Reason};

/// The first rows of a page, which may be its title.
const PAGE_TITLE_ROWS: usize = 2;
/// Longer rows below a candidate are counted up to this.
const LONGER_BELOW: usize = 5;

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
    /// Longer words, and how many of them are in the body, in its first paragraphs, and how often, as a sum of
    /// logarithms.
    long: usize,
    in_body: usize,
    in_lead: usize,
    frequency: f32,
    ends_sentence: bool,
    bulleted: bool,
    capitals_only: bool,
    /// The share of words that begin with a capital.
    capitalized: f32,
    has_digits: bool,
    /// It has a sign that stands between the parts of a path or of a page's title.
    has_separator: bool,
    is_first_row: bool,
    /// Another line above the body is the same.
    is_repeated: bool,
    /// The first rows, which may be the page's title, have it.
    in_page_title: bool,
    /// The rows between it and the first paragraph; negative below that.
    distance: i32,
    /// Of these rows, as long as itself or longer: five at the most.
    longer_below: usize,
    /// Rows among the next four on which rules for names, dates, credits or buttons fired.
    meta_below: usize,
    /// Of the four rows around it, those that have about as many words and end no sentence.
    alike_around: usize,
    /// A rule fired on it.
    has_rule: bool,
    /// One of the two rows below it is a sentence.
    sentence_below: bool,
    /// The score of the line itself.
    line_score: f32,
    /// The level of heading that its markup says it is, 0 for none.
    heading: u8,
}

/// Reads a sign as a number.
type Sign = fn(&Signs) -> f32;

/// Each sign with its weight. The weights are those of a conditional logit: the probability that one of a page's
/// candidates is its title, fitted to pages of news and guides as four extractors give them (see docs/quality.md).
const WEIGHTS: [(f32, Sign); 29] = [
    (0.69, |s| s.in_body as f32 / (s.long as f32 + 1.0)),
    (1.09, |s| s.in_lead as f32 / (s.long as f32 + 1.0)),
    (3.20, |s| s.frequency / (s.long as f32 + 1.0)),
    (-0.11, |s| (s.in_body as f32).ln_1p()),
    (2.66, |s| holds((3..=5).contains(&s.words))),
    (3.86, |s| holds((6..=14).contains(&s.words))),
    (2.48, |s| holds((15..=25).contains(&s.words))),
    (-3.74, |s| holds(s.ends_sentence)),
    (-5.28, |s| holds(s.bulleted)),
    (-1.00, |s| holds(s.capitals_only)),
    (2.00, |s| s.capitalized),
    (1.24, |s| holds(s.has_digits)),
    (-2.51, |s| holds(s.has_separator)),
    (1.32, |s| holds(s.is_first_row)),
    (0.66, |s| holds(s.is_repeated)),
    (1.17, |s| holds(s.in_page_title)),
    (-0.65, |s| (s.distance.max(0) as f32).ln_1p()),
    (-1.94, |s| holds(s.distance <= 2)),
    (-2.94, |s| holds(s.distance < 0)),
    (-0.85, |s| s.longer_below as f32 / LONGER_BELOW as f32),
    (1.37, |s| s.meta_below.min(3) as f32 / 3.0),
    (-1.13, |s| s.alike_around as f32 / 4.0),
    (-1.40, |s| holds(s.has_rule)),
    (0.39, |s| holds(s.sentence_below)),
    (-1.79, |s| holds(s.line_score < 0.02)),
    (-0.63, |s| holds((0.02..0.05).contains(&s.line_score))),
    (-1.01, |s| holds(s.line_score > 0.3)),
    // Chosen, not fitted: of plain texts, from which the others are, none has headings.
    (3.00, |s| holds(s.heading == 1)),
    (1.00, |s| holds(s.heading == 2)),
];

fn holds(sign: bool) -> f32 {
    f32::from(u8::from(sign))
}

impl Signs {
    fn score(&self) -> f32 {
        WEIGHTS.iter().map(|(weight, value)| weight * value(self)).sum()
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
                && self.verdicts[*line].reasons.iter().eq(&[Reason::Heuristic(Heuristic::LowScore)])
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
        let [title, headline] = [title, headline].map(|line| self.page.folded(line).text);
        let name = title.strip_prefix(headline).filter(|_| !headline.is_empty());
        name.is_some_and(|name| [" | ", " - ", " · ", " » "].iter().any(|sign| name.starts_with(sign)))
    }

    /// Removes what says the headline again: the page's title with what stands between them, and lines above and below
    /// the paragraphs that are the same as the headline.
    fn remove_repeats(&mut self, headline: usize, first: usize) {
        let text = self.page.folded(headline).text;
        let last = (first..self.verdicts.len()).rev().find(|&line| self.is_kept_prose(line)).unwrap_or(first);
        let mut repeats: Vec<usize> = (0..first)
            .chain(last + 1..self.verdicts.len())
            .filter(|&line| line != headline && !self.page.stats[line].blank && self.page.folded(line).text == text)
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
        let title = self.page.folded(headline).text;
        let words: Vec<&str> = title.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        let last = (first..self.verdicts.len()).rev().find(|&line| self.is_kept_prose(line)).unwrap_or(first);
        let is_own = |line: &usize| {
            let address = self.page.folded(*line).text;
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

    fn restore(&mut self, line: usize, class: LineClass) {
        let verdict = &mut self.verdicts[line];
        verdict.class = class;
        verdict.keep = self.keep.contains(&class);
        verdict.reasons.push(Reason::Heuristic(Heuristic::Headline));
    }

    /// The headline, and the standfirst, if they were removed.
    fn lost_headline(&self, scored: Option<&Scored<'_>>) -> (Option<usize>, Option<usize>) {
        let candidates = self.candidates(scored);
        let Some(best) = best_of(candidates.iter()) else { return (None, None) };
        let min_score = self.min_score();
        let least = min_score.max(best.score - STANDFIRST_MAX_LEAD);
        let good = candidates.iter().filter(|candidate| candidate.lost && candidate.score >= least);
        let near_above = best.row.saturating_sub(STANDFIRST_REACH)..best.row;
        match best_of(good.clone().filter(|candidate| near_above.contains(&candidate.row))) {
            Some(above) => (Some(above.line), (best.lost && best.score >= min_score).then_some(best.line)),
            // The best itself, if it is lost and good.
            None => (best_of(good).map(|candidate| candidate.line), None),
        }
    }

    /// The standfirst below the headline in this row, if it was removed.
    fn lost_standfirst(&self, headline: usize, scored: Option<&Scored<'_>>) -> Option<usize> {
        let text = |row: usize| self.page.folded(self.page.rows()[row].line).text;
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
        // Nothing was removed there: nothing can be put back.
        if rows[begin..=last].iter().all(|row| self.verdicts[row.line].keep) {
            return Vec::new();
        }
        let possible: Vec<usize> = (begin..=last).filter(|&row| self.may_be_headline(row, first)).collect();
        let counts = self.words_of_body(&possible, &body);
        let mut same: HashMap<&str, usize> = HashMap::with_capacity(last + 1 - begin);
        rows[begin..=last].iter().for_each(|row| *same.entry(page.folded(row.line).text).or_default() += 1);
        let words = |row: usize| page.stats[rows[row].line].words;
        let titles: Vec<&[Token]> = (0..rows.len().min(PAGE_TITLE_ROWS)).map(|row| page.tokens_of(row)).collect();
        let in_page_title = |row: usize, folded: &str| {
            let first_word = page.tokens_of(row).first();
            row >= PAGE_TITLE_ROWS
                && titles.iter().zip(rows).any(|(title, row)| {
                    // Most titles lack the first word of a line, which is found out sooner.
                    first_word.is_none_or(|word| title.contains(word)) && page.folded(row.line).text.contains(folded)
                })
        };
        // The words of the five longest rows between the candidate and the first paragraph.
        let (mut longest, mut known_from) = ([0; LONGER_BELOW], first);
        let is_sentence = |line: usize| page.stats[line].ends_sentence && page.stats[line].words >= 8;
        let candidate = |row: usize| {
            while known_from > row + 1 {
                known_from -= 1;
                keep_longest(&mut longest, words(known_from));
            }
            let (line, text) = (rows[row].line, page.row_text(&rows[row]));
            let (stats, folded) = (&page.stats[line], page.folded(rows[row].line).text);
            let has_lowercase = text.contains(char::is_lowercase);
            // Some scripts have no capitals: then they say nothing.
            let has_case = has_lowercase || text.contains(char::is_uppercase);
            let mut signs = Signs {
                words: stats.words,
                ends_sentence: stats.ends_sentence && !text.ends_with(['?', '!']),
                bulleted: stats.bulleted || is_numbered(text),
                capitals_only: has_case && !has_lowercase,
                capitalized: if has_case { stats.capitalized as f32 / stats.words.max(1) as f32 } else { 0.5 },
                has_digits: stats.digits > 0,
                has_separator: has_separator(text),
                is_first_row: row == 0,
                is_repeated: same[folded] > 1,
                in_page_title: in_page_title(row, folded),
                distance: first as i32 - row as i32,
                longer_below: longest.iter().filter(|&&words| words >= stats.words).count(),
                meta_below: rows[row + 1..].iter().take(4).filter(|row| self.is_meta(row.line)).count(),
                has_rule: self.has_rule(line),
                sentence_below: rows[row + 1..].iter().take(2).any(|row| is_sentence(row.line)),
                heading: page.roles.get(line).map_or(0, |role| role.heading),
                line_score: scored.and_then(|scored| scored.score_of(line)).unwrap_or(0.5),
                ..Signs::default()
            };
            let around = (row.saturating_sub(2)..(row + 3).min(rows.len())).filter(|&other| other != row);
            let is_alike =
                |&other: &usize| words(other).abs_diff(stats.words) <= 3 && !page.stats[rows[other].line].ends_sentence;
            signs.alike_around = around.filter(is_alike).count();
            for token in page.tokens_of(row).iter().filter(|token| token.is_long()) {
                signs.long += 1;
                if let Some(&(count, in_lead)) = counts.get(&token.hash).filter(|(count, _)| *count > 0) {
                    signs.in_body += 1;
                    signs.in_lead += usize::from(in_lead);
                    signs.frequency += (count as f32).ln_1p();
                }
            }
            Candidate { line, row, lost: !self.verdicts[line].keep, score: signs.score() }
        };
        let mut candidates: Vec<Candidate> = possible.into_iter().rev().map(candidate).collect();
        candidates.reverse();
        candidates
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

    /// How often the longer words of candidates are in the body, and whether they are in its first paragraphs.
    fn words_of_body(&self, candidates: &[usize], body: &[usize]) -> HashMap<u64, (u32, bool)> {
        let long = |row: usize| self.page.tokens_of(row).iter().filter(|token| token.is_long()).map(|token| token.hash);
        let words = candidates.iter().map(|&row| long(row).count()).sum();
        let mut counts: HashMap<u64, (u32, bool)> = HashMap::with_capacity(words);
        counts.extend(candidates.iter().flat_map(|&row| long(row)).map(|word| (word, (0, false))));
        for (nth, &row) in body.iter().enumerate() {
            for word in long(row) {
                if let Some((count, in_lead)) = counts.get_mut(&word) {
                    *count += 1;
                    *in_lead |= nth < HEADLINE_PARAGRAPHS;
                }
            }
        }
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

    fn kept_lines(&self, lines: std::ops::Range<usize>) -> impl Iterator<Item = usize> {
        lines.filter(|&line| !self.page.stats[line].blank && self.verdicts[line].keep)
    }

    fn reads_like_title(&self, line: usize) -> bool {
        let stats = &self.page.stats[line];
        (!stats.ends_sentence || self.page.line(line).trim_end().ends_with(['?', '!', ':']))
            && !stats.bulleted
            && !self.pinned[line]
            && (HEADLINE_MIN_WORDS..=HEADLINE_MAX_WORDS).contains(&stats.words)
    }
}

/// Whether a text has a sign that stands between the parts of a path or of a page's title.
fn has_separator(text: &str) -> bool {
    let bytes = text.as_bytes();
    let is_alone = |at: usize| at > 0 && bytes[at - 1] == b' ' && bytes.get(at + 1) == Some(&b' ');
    let is_separator = |at: usize| match bytes[at] {
        b'|' | b'>' => true,
        b'-' | b'/' => is_alone(at),
        _ => text[at..].starts_with(['»', '›', '▸']),
    };
    // 0xC2 and 0xE2 are the first bytes of the others.
    memchr::memchr3_iter(b'|', b'-', b'/', bytes).any(is_separator)
        || memchr::memchr3_iter(b'>', 0xc2, 0xe2, bytes).any(is_separator)
}

/// Puts a number in place of the least of the largest, if it is larger.
fn keep_longest(longest: &mut [usize; LONGER_BELOW], words: usize) {
    if let Some(least) = longest.iter_mut().min().filter(|least| **least < words) {
        *least = words;
    }
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
