//! Checks the conditions of a rule on a line: its position, length, ending, composition and site.
//!
//! Values that are not in the line's stats are computed here, and only for rules that need them.

use bodytext_pattern::index::FoldedLine;

use crate::markup::LineRole;
use crate::rules::rule::Rule;
use crate::text::Page;
use crate::text::fold::is_space;
use crate::text::line_stats::LineStats;

/// Longer lines (in bytes) are paragraphs: 98 of 100 hits of rules without `long_lines` are on lines up to this.
const SHORT_LINE: usize = 200;

/// A line as the conditions of a rule see it.
#[derive(Debug, Clone, Copy)]
pub(super) struct LineView<'a> {
    pub(super) stats: &'a LineStats,
    pub(super) text: &'a str,
    /// The folded text of the whole line.
    pub(super) folded: FoldedLine<'a>,
    /// Where the whitespace at the line's end begins, if that is known already.
    pub(super) end: Option<usize>,
    pub(super) host: Option<&'a str>,
    /// What the markup says of it.
    pub(super) role: Option<&'a LineRole>,
}

impl<'a> LineView<'a> {
    /// A line without cuts.
    #[inline(always)]
    pub(super) fn of(document: &'a Page<'a>, line: usize) -> LineView<'a> {
        let (stats, text, folded) = (&document.stats[line], document.line(line), document.folded(line));
        LineView { stats, text, folded, end: None, host: document.host, role: document.roles.get(line) }
    }
}

/// Whether a line is short enough for all rules to see it.
pub(super) fn is_short(line: &str) -> bool {
    line.len() <= SHORT_LINE
}

/// Whether all conditions on the line itself hold. The shape conditions do not apply to the line that opens a run.
pub(super) fn conditions_hold(rule: &Rule, line: LineView<'_>) -> bool {
    let (top, bottom) = (line.stats.from_top, line.stats.from_bottom);
    let placed = match (rule.conditions.head, rule.conditions.tail) {
        (None, None) => true,
        (head, tail) => head.is_some_and(|n| top < n) || tail.is_some_and(|n| bottom < n),
    };
    placed && is_inside(rule, line) && (rule.opens_run() || has_shape(rule, line)) && host_matches(rule, line.host)
}

/// Whether the conditions on the shape of the line hold.
pub(super) fn has_shape(rule: &Rule, line: LineView<'_>) -> bool {
    let shape = &rule.conditions;
    shape.min_words.is_none_or(|n| words(rule, line, n) >= n)
        && shape.max_words.is_none_or(|n| words(rule, line, n.saturating_add(1)) <= n)
        && shape.sentence.is_none_or(|sentence| line.stats.ends_sentence == sentence)
        && shape.title_case.is_none_or(|title_case| line.stats.is_title_case() == title_case)
        && (shape.ends.is_empty() || ends_with_any(rule, line, &shape.ends))
        && (shape.not_ends.is_empty() || !ends_with_any(rule, line, &shape.not_ends))
        && shape.min_longest_word.is_none_or(|n| has_word_of(line.text, n))
        && shape.uppercase_share.is_none_or(|s| share(line.text, char::is_uppercase) > s)
        && shape.digit_share.is_none_or(|s| share(line.text, char::is_numeric) > s)
        && shape.linked.is_none_or(|s| linked_share(line) > s)
        && is_inside(rule, line)
}

/// Whether the line is in one of the places that the rule names, if it names any.
fn is_inside(rule: &Rule, line: LineView<'_>) -> bool {
    let places = &rule.conditions.inside;
    places.is_empty() || line.role.is_some_and(|role| places.iter().any(|place| role.places.has(*place)))
}

/// The share of the line's bytes that are the text of links.
fn linked_share(line: LineView<'_>) -> f64 {
    line.role.map_or(0.0, |role| f64::from(role.linked) / line.text.trim().len().max(1) as f64)
}

/// Whether the rule is for this site, or for a domain that it is a subdomain of.
pub(super) fn host_matches(rule: &Rule, host: Option<&str>) -> bool {
    let hosts = &rule.scope.hosts;
    hosts.is_empty() || host.is_some_and(|host| hosts.iter().any(|domain| is_in_domain(host, domain)))
}

fn is_in_domain(host: &str, domain: &str) -> bool {
    let Some(start) = host.len().checked_sub(domain.len()) else { return false };
    let (before, end) = host.as_bytes().split_at(start);
    end.eq_ignore_ascii_case(domain.as_bytes()) && matches!(before.last(), None | Some(b'.'))
}

pub(super) fn contains_any(text: &str, literals: &[String]) -> bool {
    literals.iter().any(|literal| memchr::memmem::find(text.as_bytes(), literal.as_bytes()).is_some())
}

/// Where the whitespace at the end of a line begins.
pub(super) fn trimmed_len(line: &str) -> usize {
    line.trim_end_matches(is_space).len()
}

fn ends_with_any(rule: &Rule, line: LineView<'_>, endings: &[String]) -> bool {
    let text = if rule.pattern.raw {
        &line.text[..line.end.unwrap_or_else(|| trimmed_len(line.text))]
    } else {
        // Only raw rules see lines with cuts.
        line.folded.text
    };
    let last = text.as_bytes().last();
    endings.iter().any(|ending| ending.as_bytes().last() == last && text.ends_with(ending.as_str()))
}

/// The number of words of a line. For raw rules they are counted again for each rule, up to `enough`.
fn words(rule: &Rule, line: LineView<'_>, enough: usize) -> usize {
    if rule.pattern.raw { between_spaces(line.text).take(enough).count() } else { line.stats.words }
}

fn between_spaces(text: &str) -> impl Iterator<Item = &str> {
    text.split(is_space).filter(|word| !word.is_empty())
}

fn has_word_of(text: &str, chars: usize) -> bool {
    // A character has at least one byte, so such a word has as many without a blank. Most lines have a blank among so
    // many bytes everywhere.
    let (bytes, mut start) = (text.as_bytes(), 0);
    loop {
        let Some(window) = bytes.get(start..start + chars) else { return false };
        match window.iter().rposition(|byte| *byte == b' ') {
            Some(blank) => start += blank + 1,
            None => return between_spaces(text).any(|word| word.chars().count() >= chars),
        }
    }
}

/// The share of the characters of a line, whitespace included, for which `counts` holds.
fn share(text: &str, counts: impl Fn(char) -> bool) -> f64 {
    let (counted, all) = text.chars().fold((0usize, 0usize), |(n, all), c| (n + usize::from(counts(c)), all + 1));
    if all == 0 { 0.0 } else { counted as f64 / all as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_between_whitespace_of_any_kind() {
        assert_eq!(between_spaces(" a\u{A0}b \u{1C}- c\u{3000}").collect::<Vec<_>>(), ["a", "b", "-", "c"]);
        assert!(has_word_of("an éé", 2) && !has_word_of("a éé", 3));
        assert!(has_word_of("a an and\tthere", 5) && !has_word_of("a an and\tthe", 5) && !has_word_of("", 1));
    }

    #[test]
    fn shares_are_of_all_characters() {
        assert_eq!(share("ABC de", char::is_uppercase), 0.5);
        assert_eq!(share("ÄÖ", char::is_uppercase), 1.0);
        assert_eq!(share("", char::is_uppercase), 0.0);
    }
}
