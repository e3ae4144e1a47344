//! What becomes of each line and why, and the report on a document.

use std::ops::Range;

use crate::decode::EncodingSource;
use crate::line_class::LineClass;
use crate::normalize::Step;
use crate::text::lines::Layout;

/// Why a line got its verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// This rule fired, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    Rule(usize),
    /// A named heuristic of [`classify`](crate::classify), for example `after-end`.
    Heuristic(&'static str),
}

/// What becomes of a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// Whether the line stays.
    pub keep: bool,
    /// What the line was taken for.
    pub class: LineClass,
    /// Everything that spoke for the verdict: all rules that fired, then the heuristics.
    pub reasons: Vec<Reason>,
    /// Byte ranges of the normalised text that span rules cut out of a line that stays.
    pub cuts: Vec<Range<usize>>,
}

impl Verdict {
    /// A line of the body that stays and of which nothing is known.
    pub const KEEP: Verdict = Verdict { keep: true, class: LineClass::Body, reasons: Vec::new(), cuts: Vec::new() };
}

/// A segment of the normalised text that is not in the cleaned one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removal {
    /// The line it belongs to, an index.
    pub line: usize,
    /// The bytes of the normalised text that went: a line with the line ending that went with it, or a part of a line.
    pub span: Range<usize>,
}

/// What happened to one document.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The encoding the bytes were read in, by its WHATWG name.
    pub encoding: &'static str,
    /// How the encoding was found.
    pub how: EncodingSource,
    /// Characters that could not be decoded and became U+FFFD.
    pub replaced: usize,
    /// The normalisation steps that changed something, with how many places each changed.
    pub steps: Vec<(Step, usize)>,
    /// How the document is laid out.
    pub layout: Layout,
    /// Lines before and after.
    pub lines: (usize, usize),
    /// Characters (Unicode scalar values) before and after.
    pub chars: (usize, usize),
    /// Words before and after. In scripts without spaces two characters count as a word; a line of which a part is cut
    /// counts as a whole.
    pub words: (usize, usize),
    /// Whether the model was taken back because nearly nothing would have been left.
    pub rolled_back: bool,
}
