//! What becomes of each line, and why.

use std::ops::Range;

use crate::line_class::LineClass;
use crate::named_enum::named_enum;
use crate::rules::RuleSet;

/// Why a line got its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Reason {
    /// This rule fired, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    Rule(usize),
    /// No rule alone, but the page as a whole.
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
        /// It stands after a line on which a `cut-after` rule fired.
        AfterEnd = "after-end",
        /// It stands before a line on which a `cut-before` rule fired.
        BeforeStart = "before-start",
        /// A blank line at an edge of what stays, or one of several.
        BlankLines = "blank-lines",
        /// It is taken for the headline.
        Headline = "headline",
        /// Its score is below the threshold.
        LowScore = "low-score",
    }
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Verdict {
    /// Whether the line stays.
    pub keep: bool,
    /// What the line was taken for.
    pub class: LineClass,
    /// All reasons for the verdict: the rules that fired, then the heuristics.
    pub reasons: Vec<Reason>,
    /// Byte ranges of the normalised text that `span` rules cut from a line that stays.
    pub cuts: Vec<Range<usize>>,
}

impl Verdict {
    /// A line of the body that stays and of which nothing is known.
    pub(crate) const KEEP: Verdict =
        Verdict { keep: true, class: LineClass::Body, reasons: Vec::new(), cuts: Vec::new() };

    /// Removes the line as one of this class.
    pub(crate) fn remove(&mut self, class: LineClass) {
        (self.keep, self.class) = (false, class);
        self.cuts.clear();
    }
}
