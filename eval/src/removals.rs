//! Compares what cleaning did to each line of a document with what the gold says of it.

use std::collections::BTreeMap;

use bodytext::{Cleaned, Kind, LineClass, Reason, RuleSet};
use serde::Serialize;

use crate::metrics::{gold_lines, words};

/// The removals of one class, rule or heuristic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Removed {
    /// Lines, and parts of lines.
    pub lines: usize,
    /// Words in them.
    pub words: usize,
    /// Words of those that are lines of the gold.
    pub gold_words: usize,
    /// The share of the words that are not gold.
    pub precision: f64,
}

/// The removals of one document or many, by class and by rule or heuristic.
#[derive(Debug, Clone, Default)]
pub(crate) struct Removals {
    pub(crate) classes: BTreeMap<&'static str, Removed>,
    /// A line counts for each of its reasons.
    pub(crate) reasons: BTreeMap<Reason, Removed>,
}

/// A line that cleaning got wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongLine {
    /// The line's number, counted from 1.
    pub line: usize,
    /// What was wrong.
    #[serde(flatten)]
    pub wrongly: Wrongly,
    /// The line, or the part of it.
    pub text: String,
}

/// How a line is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "wrongly", rename_all = "lowercase")]
pub enum Wrongly {
    /// Kept, though the gold does not have it.
    Kept,
    /// Removed, though the gold has it.
    Removed {
        /// Its class.
        class: &'static str,
        /// The rules and heuristics that removed it.
        reasons: Vec<String>,
    },
}

/// A line, or a part of a line that a rule cut.
pub(crate) struct Piece<'a> {
    /// The line's number, counted from 1.
    line: usize,
    pub(crate) text: &'a str,
    /// Its class and the reasons, where it was removed.
    removed: Option<(LineClass, Vec<Reason>)>,
    /// Whether the gold has it.
    pub(crate) gold: bool,
}

impl Removed {
    fn add(&mut self, other: Removed) {
        self.lines += other.lines;
        self.words += other.words;
        self.gold_words += other.gold_words;
        self.precision = 1.0 - self.gold_words as f64 / self.words.max(1) as f64;
    }
}

impl Removals {
    /// Counts the removals of a document.
    pub(crate) fn of(pieces: &[Piece<'_>]) -> Removals {
        let mut removals = Removals::default();
        for piece in pieces {
            let Some((class, reasons)) = &piece.removed else { continue };
            let words = words(piece.text).len();
            let removed = Removed { lines: 1, words, gold_words: if piece.gold { words } else { 0 }, precision: 0.0 };
            removals.classes.entry(class.name()).or_default().add(removed);
            reasons.iter().for_each(|&reason| removals.reasons.entry(reason).or_default().add(removed));
        }
        removals
    }

    /// Adds the removals of another document.
    pub(crate) fn add(&mut self, other: &Removals) {
        other.classes.iter().for_each(|(&class, &removed)| self.classes.entry(class).or_default().add(removed));
        other.reasons.iter().for_each(|(&reason, &removed)| self.reasons.entry(reason).or_default().add(removed));
    }
}

/// The lines of a cleaned document, split where a rule cut out a part, and whether the gold has them. Blank lines are left
/// out.
pub(crate) fn pieces<'a>(cleaned: &'a Cleaned<'_>, rules: &RuleSet, gold: &str) -> Vec<Piece<'a>> {
    let mut pieces = Vec::with_capacity(cleaned.lines.len());
    for (index, verdict) in cleaned.verdicts.iter().enumerate() {
        let (line, span) = (index + 1, cleaned.lines[index].span());
        if !verdict.keep {
            let removed = Some((verdict.class, verdict.reasons.clone()));
            pieces.push(Piece { line, text: &cleaned.normalized[span], removed, gold: false });
            continue;
        }
        let mut at = span.start;
        for cut in &verdict.cuts {
            pieces.push(Piece { line, text: &cleaned.normalized[at..cut.start], removed: None, gold: false });
            let removed = Some(cut_by(&verdict.reasons, rules));
            pieces.push(Piece { line, text: &cleaned.normalized[cut.clone()], removed, gold: false });
            at = cut.end;
        }
        pieces.push(Piece { line, text: &cleaned.normalized[at..span.end], removed: None, gold: false });
    }
    pieces.retain(|piece| !piece.text.trim().is_empty());
    let texts: Vec<&str> = pieces.iter().map(|piece| piece.text).collect();
    for (piece, gold) in pieces.iter_mut().zip(gold_lines(&texts, gold)) {
        piece.gold = gold;
    }
    pieces
}

/// The lines wrongly kept or removed. Lines without words make no difference.
pub(crate) fn wrong_lines(pieces: Vec<Piece<'_>>, rules: &RuleSet) -> Vec<WrongLine> {
    let mut wrong = pieces;
    wrong.retain(|piece| piece.removed.is_some() == piece.gold && !words(piece.text).is_empty());
    wrong
        .into_iter()
        .map(|piece| WrongLine {
            line: piece.line,
            wrongly: match piece.removed {
                None => Wrongly::Kept,
                Some((class, reasons)) => Wrongly::Removed {
                    class: class.name(),
                    reasons: reasons.iter().map(|reason| reason_name(*reason, rules).to_owned()).collect(),
                },
            },
            text: piece.text.trim().to_owned(),
        })
        .collect()
}

/// The id of the rule, or the name of the heuristic.
pub(crate) fn reason_name(reason: Reason, rules: &RuleSet) -> &str {
    match reason {
        Reason::Rule(index) => &rules.rules()[index].id,
        Reason::Heuristic(name) => name,
    }
}

/// The rules that cut a part of a line, and the class of the first of them: the line itself is kept and has its own.
fn cut_by(reasons: &[Reason], rules: &RuleSet) -> (LineClass, Vec<Reason>) {
    let spans: Vec<(Reason, LineClass)> = reasons
        .iter()
        .filter_map(|&reason| match reason {
            Reason::Rule(index) if rules.rules()[index].kind == Kind::Span => {
                Some((reason, rules.rules()[index].class))
            }
            _ => None,
        })
        .collect();
    let class = spans.first().map_or(LineClass::Technical, |(_, class)| *class);
    (class, spans.into_iter().map(|(reason, _)| reason).collect())
}
