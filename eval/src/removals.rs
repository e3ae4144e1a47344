//! Compares the treatment of each line of a document with the gold.

use std::collections::BTreeMap;

use bodytext::unstable::Action;
use bodytext::{Cleaned, LineClass, Reason, RuleSet};
use serde::Serialize;

use crate::metrics::{gold_lines, words};

/// The removals of one document or many.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Removals {
    /// By class.
    #[serde(rename = "removed")]
    pub classes: BTreeMap<&'static str, Removed>,
    /// By rule or heuristic; a line counts for each of its reasons.
    pub rules: BTreeMap<String, Removed>,
}

/// The removals of one class, rule or heuristic.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Removed {
    /// Lines, and parts of lines.
    pub lines: usize,
    pub words: usize,
    /// Words on lines that are in the gold.
    pub gold_words: usize,
    /// The share of the words that are not gold.
    pub precision: f64,
}

/// A line, or a part of one, that was wrongly kept or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongLine {
    /// The line's number, counted from 1.
    pub line: usize,
    #[serde(flatten)]
    pub wrongly: Treatment,
    pub text: String,
}

/// The treatment of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "wrongly", rename_all = "lowercase")]
pub enum Treatment {
    Kept,
    Removed { class: &'static str, reasons: Vec<String> },
}

/// A line, or a part of a line that a cut split.
pub(crate) struct RemovedPart<'a> {
    /// The line's number, counted from 1.
    line: usize,
    pub(crate) text: &'a str,
    treatment: Treatment,
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
    pub(crate) fn of(parts: &[RemovedPart<'_>]) -> Removals {
        let mut removals = Removals::default();
        for part in parts {
            let Treatment::Removed { class, reasons } = &part.treatment else { continue };
            let words = words(part.text).len();
            let removed = Removed { lines: 1, words, gold_words: if part.gold { words } else { 0 }, precision: 0.0 };
            removals.classes.entry(class).or_default().add(removed);
            reasons.iter().for_each(|reason| removals.rules.entry(reason.clone()).or_default().add(removed));
        }
        removals
    }

    /// Adds the removals of another document.
    pub(crate) fn add(&mut self, other: &Removals) {
        other.classes.iter().for_each(|(&class, &removed)| self.classes.entry(class).or_default().add(removed));
        other.rules.iter().for_each(|(rule, &removed)| self.rules.entry(rule.clone()).or_default().add(removed));
    }
}

/// The lines of a cleaned document, split at cuts, and whether the gold contains them. Blank lines are left out.
pub(crate) fn line_parts<'a>(cleaned: &'a Cleaned<'_>, rules: &RuleSet, gold: &str) -> Vec<RemovedPart<'a>> {
    let mut parts = Vec::with_capacity(cleaned.lines.len());
    for (index, verdict) in cleaned.verdicts.iter().enumerate() {
        let span = cleaned.lines[index].span();
        let mut spans = Vec::new();
        let mut at = span.start;
        for cut in verdict.cuts.iter().filter(|_| verdict.keep) {
            spans.push((at..cut.start, Treatment::Kept));
            spans.push((cut.clone(), cut_out(&verdict.reasons, rules)));
            at = cut.end;
        }
        let rest = if verdict.keep { Treatment::Kept } else { removed(verdict.class, &verdict.reasons, rules) };
        spans.push((at..span.end, rest));
        for (span, treatment) in spans {
            parts.push(RemovedPart { line: index + 1, text: &cleaned.normalized[span], treatment, gold: false });
        }
    }
    parts.retain(|part| !part.text.trim().is_empty());
    let texts: Vec<&str> = parts.iter().map(|part| part.text).collect();
    let labels = gold_lines(&texts, gold);
    std::iter::zip(&mut parts, labels).for_each(|(part, gold)| part.gold = gold);
    parts
}

/// The lines wrongly kept or removed. Lines without words make no difference.
pub(crate) fn wrong_lines(parts: Vec<RemovedPart<'_>>) -> Vec<WrongLine> {
    parts
        .into_iter()
        .filter(|part| (part.treatment == Treatment::Kept) != part.gold && !words(part.text).is_empty())
        .map(|part| WrongLine { line: part.line, wrongly: part.treatment, text: part.text.trim().to_owned() })
        .collect()
}

fn removed(class: LineClass, reasons: &[Reason], rules: &RuleSet) -> Treatment {
    let reasons = reasons.iter().map(|reason| reason.name(rules).to_owned()).collect();
    Treatment::Removed { class: class.name(), reasons }
}

/// The treatment of a part cut out of a line. Its class is that of the first rule that cut; the line has its own.
fn cut_out(reasons: &[Reason], rules: &RuleSet) -> Treatment {
    let mut cuts = reasons.to_vec();
    cuts.retain(|reason| matches!(reason, Reason::Rule(index) if rules.rules()[*index].action == Action::Span));
    let class = match cuts.first() {
        Some(Reason::Rule(index)) => rules.rules()[*index].class,
        _ => LineClass::Technical,
    };
    removed(class, &cuts, rules)
}
