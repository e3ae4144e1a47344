//! Finds regexes that take more time than they need: they run on too many lines, or take long on each.

use bodytext_pattern::{Prefilter, expected_frequency, has_long_repetition, has_unicode_boundary};

use super::matcher::rewrite;
use super::rule::Rule;
use super::rule_set::RuleSet;
use crate::location::Location;

/// A regex that takes more time than it needs.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: rule {id}: the regex {regex:?} is slow: {why}; {remedy}")]
pub struct SlowRegex {
    /// The rule it belongs to.
    pub id: String,
    /// The location of the rule.
    pub location: Location,
    /// The regex as it is written.
    pub regex: String,
    /// Why it is slow.
    pub why: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
}

/// Keywords expected more than once in this many characters are on so many lines that they save little work.
const MIN_CHARS_BETWEEN_KEYWORDS: f64 = 400.0;
/// With more first bytes than the ten digits and a bracket, a regex runs on too many lines.
const MAX_FIRST_BYTES: u32 = 12;

/// The slow regexes of a set, built-in ones excluded.
pub fn lint(set: &RuleSet) -> Vec<SlowRegex> {
    let mut slow = Vec::new();
    for rule in set.rules().iter().filter(|rule| rule.built_in.is_none()) {
        for regex in &rule.pattern.regex {
            if let Some((why, remedy)) = why_slow(rule, regex) {
                let (id, location) = (rule.id.to_string(), rule.location.clone());
                slow.push(SlowRegex { id, location, regex: regex.clone(), why, remedy });
            }
        }
    }
    slow
}

fn why_slow(rule: &Rule, regex: &str) -> Option<(&'static str, &'static str)> {
    let pattern = &rule.pattern;
    let rewritten = rewrite(regex, pattern.unicode);
    if pattern.unicode && has_unicode_boundary(&rewritten) {
        return Some((
            "Unicode word boundaries must be found letter by letter on every line that is not ASCII",
            "remove `unicode = true`, or write `(?:^|[^\\p{L}])` instead of `\\b`",
        ));
    }
    if has_long_repetition(&rewritten) {
        return Some(("it counts a hundred or more characters of nearly any kind", "write `.*`, or a smaller number"));
    }
    let Prefilter { literals, first_bytes } = Prefilter::of(&rewritten, pattern.raw);
    match first_bytes {
        _ if !literals.is_empty() => None,
        Some(first) if first.count() > MAX_FIRST_BYTES => Some((
            "it may begin with many letters, and has no word that could be searched for",
            "add a word that every match has, or let it begin with fewer letters",
        )),
        None if expected_frequency(&pattern.keywords) * MIN_CHARS_BETWEEN_KEYWORDS > 1.0 => {
            Some(("its keywords are on very many lines", "write longer or rarer `keywords`"))
        }
        _ => None,
    }
}
