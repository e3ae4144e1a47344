//! The verdict on each line, and the reasons for it.

use std::ops::Range;

use crate::line_class::LineClass;
use crate::named_enum::named_enum;
use crate::rules::RuleSet;

/// A reason for the verdict on a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// A rule fired: an index into [`RuleSet::rules`](crate::RuleSet::rules).
    Rule(usize),
    /// A heuristic over the page as a whole.
    Heuristic(Heuristic),
}

impl Reason {
    /// The id of the rule, one of `rules`, or the name of the heuristic.
    pub fn name(self, rules: &RuleSet) -> &str {
        match self {
            Reason::Rule(index) => rules.rules().get(index).map_or("unknown", |rule| &rule.id),
            Reason::Heuristic(heuristic) => heuristic.name(),
        }
    }
}

named_enum! {
    /// A reason that does not come from a rule.
    pub enum Heuristic {
        /// The line follows one on which a `cut-after` rule fired.
        AfterEnd = "after-end",
        /// The line precedes one on which a `cut-before` rule fired.
        BeforeStart = "before-start",
        /// The line is blank, at an edge of the kept text or one of several in a row.
        BlankLines = "blank-lines",
        /// The line is taken for the headline.
        Headline = "headline",
        /// The line's score is below the threshold.
        LowScore = "low-score",
    }
}

/// The decision on a line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the line is kept.
    pub keep: bool,
    /// The class assigned to the line.
    pub class: LineClass,
    /// All reasons for the verdict: the rules that fired, then the heuristics.
    pub reasons: Vec<Reason>,
    /// Byte ranges of the normalised text that `span` rules cut from a kept line.
    pub cuts: Vec<Range<usize>>,
}

impl Verdict {
    /// Keeps the line as body, without a reason.
    pub(crate) const KEEP: Verdict =
        Verdict { keep: true, class: LineClass::Body, reasons: Vec::new(), cuts: Vec::new() };

    /// Removes the line as one of this class.
    pub(crate) fn remove(&mut self, class: LineClass) {
        (self.keep, self.class) = (false, class);
        self.cuts.clear();
    }
}
