//! The output of the matcher: a hit for each rule that fired on a line.

use std::ops::Range;

/// A rule that fired on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The line, counted from 0.
    pub line: usize,
    /// The rule, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    pub rule: usize,
    /// The byte range to cut for span rules; the line's own span for others.
    pub span: Range<usize>,
}

/// Observes each run of a regex on a line, so that the time of rules can be measured.
pub trait MatchObserver {
    /// A regex of this rule is about to run.
    fn begins(&mut self, rule: usize);
    /// The regex has run; `found` says whether it matched.
    fn ends(&mut self, rule: usize, found: bool);
}

/// Observes nothing.
impl MatchObserver for () {
    fn begins(&mut self, _: usize) {}
    fn ends(&mut self, _: usize, _: bool) {}
}
