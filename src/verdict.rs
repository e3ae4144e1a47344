//! The verdict on each line, and the reasons for it.

use std::ops::Range;

use crate::line_class::LineClass;
use crate::named_enum::named_enum;
use crate::rules::RuleSet;
use crate::text::lines::Line;

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
        /// The line is one of many short ones above or below all paragraphs, on a page on which rules found little.
        Frame = "frame",
        /// The line is taken for the headline, or for the date below it.
        Headline = "headline",
        /// The line's score is below the threshold.
        LowScore = "low-score",
        /// The line is nothing but marks of Markdown, and says nothing or belongs to what is removed; in a kept line, an
        /// anchor was cut.
        Marks = "marks",
        /// The line is the headline again.
        Repeated = "repeated",
    }
}

/// The reasons for the verdict on a line, a slice. A page has many removed lines, and nearly all of them have one reason
/// or two, so these need no memory of their own.
#[derive(Clone)]
pub struct Reasons(Stored);

#[derive(Clone)]
enum Stored {
    /// The first of them, and their number.
    Few([Reason; 2], u8),
    Many(Vec<Reason>),
}

impl Reasons {
    pub(crate) const NONE: Reasons = Reasons(Stored::Few([Reason::Rule(0); 2], 0));

    pub(crate) fn push(&mut self, reason: Reason) {
        match &mut self.0 {
            Stored::Few(few, length) if usize::from(*length) < few.len() => {
                few[usize::from(*length)] = reason;
                *length += 1;
            }
            Stored::Few(few, _) => self.0 = Stored::Many([few.as_slice(), &[reason]].concat()),
            Stored::Many(all) => all.push(reason),
        }
    }
}

impl std::ops::Deref for Reasons {
    type Target = [Reason];

    fn deref(&self) -> &[Reason] {
        match &self.0 {
            Stored::Few(few, length) => &few[..usize::from(*length)],
            Stored::Many(all) => all,
        }
    }
}

impl<'r> IntoIterator for &'r Reasons {
    type Item = &'r Reason;
    type IntoIter = std::slice::Iter<'r, Reason>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl PartialEq for Reasons {
    fn eq(&self, other: &Reasons) -> bool {
        **self == **other
    }
}

impl std::fmt::Debug for Reasons {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self).finish()
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
    pub reasons: Reasons,
    /// Byte ranges of the normalised text that `span` rules cut from a kept line.
    pub cuts: Vec<Range<usize>>,
}

impl Verdict {
    /// Keeps the line as body, without a reason.
    pub(crate) const KEEP: Verdict =
        Verdict { keep: true, class: LineClass::Body, reasons: Reasons::NONE, cuts: Vec::new() };

    /// Verdicts that keep this many lines.
    pub(crate) fn keep_all(lines: usize) -> Vec<Verdict> {
        std::iter::repeat_with(|| Verdict::KEEP).take(lines).collect()
    }

    /// A line of a text without what is cut from it.
    pub(crate) fn without_cuts(&self, text: &str, line: &Line) -> String {
        let (mut out, mut at) = (String::with_capacity(line.end - line.start), line.start);
        for cut in &self.cuts {
            out.push_str(&text[at..cut.start.max(at)]);
            at = at.max(cut.end);
        }
        out + &text[at..line.end]
    }

    /// Removes the line as one of this class.
    pub(crate) fn remove(&mut self, class: LineClass) {
        (self.keep, self.class) = (false, class);
        self.cuts.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_stay_in_order_however_many() {
        let mut reasons = Reasons::NONE;
        for n in 0..5 {
            assert_eq!(*reasons, (0..n).map(Reason::Rule).collect::<Vec<_>>());
            reasons.push(Reason::Rule(n));
            assert_eq!(reasons, reasons.clone());
        }
    }
}
