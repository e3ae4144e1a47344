//! Holds what cleaning did to the lines of a document against what the gold says of them.
//! It scores no texts; it counts words of lines, and finds the lines that went wrong.
//! Between a cleaned document and the figures of `eval`.

use std::collections::BTreeMap;

use bodytext::unstable::Action;
use bodytext::{Cleaned, RuleSet};
use bodytext::{LineClass, Reason};
use bodytext_eval::{gold_lines, words};

/// The removals of one class, rule or heuristic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Removed {
    /// Lines, and parts of lines.
    pub(super) lines: usize,
    /// Words in them.
    pub(super) words: usize,
    /// Words of those that are lines of the gold.
    pub(super) gold_words: usize,
}

/// All removals of a document or many.
#[derive(Debug, Clone, Default)]
pub(super) struct Removals {
    pub(super) classes: BTreeMap<LineClass, Removed>,
    /// A line counts for each of its reasons.
    pub(super) reasons: BTreeMap<Reason, Removed>,
}

/// A line, or what is left of it or cut from it.
pub(super) struct Piece<'a> {
    /// The line's number, counted from 1.
    pub(super) line: usize,
    pub(super) text: &'a str,
    /// What it was taken for and why, where it was removed.
    pub(super) removed: Option<(LineClass, Vec<Reason>)>,
    /// Whether the gold has it.
    pub(super) gold: bool,
}

impl Removed {
    /// The share of the removed words that are no gold.
    pub(super) fn precision(&self) -> f64 {
        1.0 - self.gold_words as f64 / self.words.max(1) as f64
    }

    fn add(&mut self, other: Removed) {
        self.lines += other.lines;
        self.words += other.words;
        self.gold_words += other.gold_words;
    }
}

impl Removals {
    /// Counts what was removed of a document.
    pub(super) fn of(pieces: &[Piece<'_>]) -> Removals {
        let mut removals = Removals::default();
        for piece in pieces {
            let Some((class, reasons)) = &piece.removed else { continue };
            let words = words(piece.text).len();
            let removed = Removed { lines: 1, words, gold_words: if piece.gold { words } else { 0 } };
            removals.classes.entry(*class).or_default().add(removed);
            reasons.iter().for_each(|&reason| removals.reasons.entry(reason).or_default().add(removed));
        }
        removals
    }

    /// Adds the removals of another document.
    pub(super) fn add(&mut self, other: &Removals) {
        other.classes.iter().for_each(|(&class, &removed)| self.classes.entry(class).or_default().add(removed));
        other.reasons.iter().for_each(|(&reason, &removed)| self.reasons.entry(reason).or_default().add(removed));
    }
}

/// The lines of a cleaned document, those that a rule cut taken apart, and whether the gold has them. Blank lines are
/// left out.
pub(super) fn pieces<'a>(cleaned: &'a Cleaned<'_>, rules: &RuleSet, gold: &str) -> Vec<Piece<'a>> {
    let mut pieces = Vec::with_capacity(cleaned.lines.len());
    for (index, verdict) in cleaned.verdicts.iter().enumerate() {
        let span = cleaned.lines[index].span();
        let mut push = |text: &'a str, removed| {
            if !text.trim().is_empty() {
                pieces.push(Piece { line: index + 1, text, removed, gold: false });
            }
        };
        if !verdict.keep {
            push(&cleaned.normalized[span], Some((verdict.class, verdict.reasons.clone())));
            continue;
        }
        let mut at = span.start;
        for cut in &verdict.cuts {
            push(&cleaned.normalized[at..cut.start], None);
            push(&cleaned.normalized[cut.clone()], Some(cutters(&verdict.reasons, rules)));
            at = cut.end;
        }
        push(&cleaned.normalized[at..span.end], None);
    }
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text).collect();
    for (piece, gold) in pieces.iter_mut().zip(gold_lines(&texts, gold)) {
        piece.gold = gold;
    }
    pieces
}

/// The rules that cut a part of a line, and the class of the first of them: the line itself stays and has its own.
fn cutters(reasons: &[Reason], rules: &RuleSet) -> (LineClass, Vec<Reason>) {
    let span = |reason: &Reason| match reason {
        Reason::Rule(index) => rules.rules().get(*index).filter(|rule| rule.action == Action::Span),
        _ => None,
    };
    let class = reasons.iter().find_map(span).map_or(LineClass::Technical, |rule| rule.class);
    (class, reasons.iter().copied().filter(|reason| span(reason).is_some()).collect())
}
