//! What the matcher gives: a hit for each rule that fired on a line.

use std::ops::Range;

/// A rule that fired on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The line, counted from 0.
    pub line: usize,
    /// The rule, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    pub rule: usize,
    /// For span rules: the bytes of the text to cut. Otherwise the line's own span.
    pub span: Range<usize>,
}

/// Observes each run of a regex on a line, so that the time of rules can be measured.
pub trait MatchObserver {
    /// A regex of this rule is about to run.
    fn begins(&mut self, rule: usize);
    /// It has run, and found something or not.
    fn ends(&mut self, rule: usize, found: bool);
}

/// Observes nothing.
impl MatchObserver for () {
    fn begins(&mut self, _: usize) {}
    fn ends(&mut self, _: usize, _: bool) {}
}
