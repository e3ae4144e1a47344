//! A regex that is compiled on first use: few are ever needed. Reading the pack has checked that it compiles.

use std::sync::OnceLock;

use super::rewrite;
use crate::rules::rule::Rule;

#[derive(Debug)]
pub(super) struct LazyRegex {
    pattern: String,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl LazyRegex {
    /// The regexes of a rule.
    pub(super) fn all_of(rule: &Rule) -> Vec<LazyRegex> {
        let rewritten = rule.pattern.regex.iter().map(|regex| rewrite(regex, rule.pattern.unicode));
        rewritten.map(|pattern| LazyRegex { pattern, compiled: OnceLock::new() }).collect()
    }

    pub(super) fn get(&self) -> Option<&regex::Regex> {
        self.compiled.get_or_init(|| regex::Regex::new(&self.pattern).ok()).as_ref()
    }

    pub(super) fn is_match(&self, text: &str) -> bool {
        self.get().is_some_and(|regex| regex.is_match(text))
    }
}
