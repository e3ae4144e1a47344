//! Whether a line has the shape a rule asks for: its words, how it ends, what it is made of.
//! It finds no phrases and decides nothing.
//! Part of the fifth stage of the line.
//!
//! Everything beyond the stats of the line is counted here, and only for rules that ask for it.

use super::Rule;
use crate::text::Page;
use crate::text::fold::{folded, is_space};
use crate::text::line_stats::LineStats;

/// A line as the conditions of a rule see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sight<'a> {
    /// What is known of the line as a whole.
    pub(super) stats: &'a LineStats,
    /// The line as it stands, or what is left of it.
    pub(super) text: &'a str,
    /// Where the whitespace at the line's end begins.
    pub(super) end: usize,
}

impl<'a> Sight<'a> {
    /// A line of which nothing has been cut.
    pub(super) fn of(document: &'a Page<'_>, line: usize) -> Sight<'a> {
        let text = document.line(line);
        Sight { stats: &document.stats[line], text, end: end(text) }
    }
}

/// Whether the conditions on the shape hold.
pub(super) fn has_shape(rule: &Rule, line: Sight<'_>) -> bool {
    let has = |endings: &[String]| match rule.raw {
        true => endings.iter().any(|e| line.text[..line.end].ends_with(e.as_str())),
        false => {
            let seen = folded(line.text);
            endings.iter().any(|e| seen.ends_with(e.as_str()))
        }
    };
    rule.min_words.is_none_or(|n| words(rule, line, n) >= n)
        && rule.max_words.is_none_or(|n| words(rule, line, n.saturating_add(1)) <= n)
        && rule.sentence.is_none_or(|s| line.stats.ends_sentence == s)
        && rule.title_case.is_none_or(|t| line.stats.is_title_case() == t)
        && (rule.ends.is_empty() || has(&rule.ends))
        && (rule.not_ends.is_empty() || !has(&rule.not_ends))
        && rule.min_longest_word.is_none_or(|n| has_word_of(line.text, n))
        && rule.uppercase_share.is_none_or(|s| share(line.text, char::is_uppercase) > s)
        && rule.digit_share.is_none_or(|s| share(line.text, char::is_numeric) > s)
}

/// Where the whitespace at the end of a line begins.
pub(super) fn end(line: &str) -> usize {
    line.trim_end_matches(is_space).len()
}

/// The words of a line; of raw ones, which are counted for each rule anew, no more than `enough`.
fn words(rule: &Rule, line: Sight<'_>, enough: usize) -> usize {
    if rule.raw { between_spaces(line.text).take(enough).count() } else { line.stats.words }
}

fn between_spaces(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

fn has_word_of(text: &str, chars: usize) -> bool {
    // A character has one byte at least, so most lines need not be counted.
    text.len() >= chars && between_spaces(text).any(|word| word.chars().count() >= chars)
}

/// The part of the characters of a line, whitespace included, that `counts`.
fn share(text: &str, counts: impl Fn(char) -> bool) -> f64 {
    let (counted, all) = text.chars().fold((0usize, 0usize), |(n, all), c| (n + usize::from(counts(c)), all + 1));
    if all == 0 { 0.0 } else { counted as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_between_any_white_space() {
        assert_eq!(between_spaces(" a\u{A0}b \u{1C}- c\u{3000}").collect::<Vec<_>>(), ["a", "b", "-", "c"]);
        assert!(has_word_of("an éé", 2) && !has_word_of("a éé", 3));
    }

    #[test]
    fn shares_are_of_all_characters() {
        assert_eq!(share("ABC de", char::is_uppercase), 0.5);
        assert_eq!(share("ÄÖ", char::is_uppercase), 1.0);
        assert_eq!(share("", char::is_uppercase), 0.0);
    }
}
