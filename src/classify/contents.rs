//! Removes the list of contents of a page: short lines below a label that a rule removed, each of which is a heading
//! further below.

use super::Classifier;
use super::thresholds::{CONTENTS_ENTRIES, CONTENTS_LABEL_WORDS, CONTENTS_SHARE, CONTENTS_WORDS};
use crate::line_class::LineClass;
use crate::verdict::Heuristic;

impl Classifier<'_> {
    pub(super) fn remove_contents(&mut self) {
        let rows = self.page.rows();
        let is_label = |row: &usize| {
            let verdict = &self.verdicts[rows[*row].line];
            !verdict.keep
                && verdict.class == LineClass::Navigation
                && self.page.stats[rows[*row].line].words <= CONTENTS_LABEL_WORDS
        };
        let contents = (0..rows.len()).filter(is_label).find_map(|row| Some(row + 1..self.entries_below(row)?));
        for row in &rows[contents.unwrap_or_default()] {
            self.remove(row.line, LineClass::Navigation, Heuristic::Repeated);
        }
    }

    /// The end of the entries below a label, if they are the contents of the page.
    fn entries_below(&self, label: usize) -> Option<usize> {
        let rows = self.page.rows();
        let is_entry = |row: &usize| {
            let stats = &self.page.stats[rows[*row].line];
            let text = self.page.row_text(&rows[*row]);
            stats.words <= CONTENTS_WORDS
                && (!stats.ends_sentence || text.ends_with('?'))
                && text.starts_with(|c: char| c.is_ascii_digit())
        };
        let end = (label + 1..rows.len()).find(|row| !is_entry(row)).unwrap_or(rows.len());
        if end - label - 1 < CONTENTS_ENTRIES {
            return None;
        }
        let headings: Vec<&str> = (end..rows.len())
            .filter(|&row| self.page.stats[rows[row].line].words <= CONTENTS_WORDS)
            .map(|row| without_number(self.page.folded_text(rows[row].line)))
            .collect();
        let entries = || (label + 1..end).map(|row| self.page.folded_text(rows[row].line));
        let found = entries().filter(|entry| headings.contains(&without_number(entry))).count();
        (found as f64 >= (end - label - 1) as f64 * CONTENTS_SHARE).then_some(end)
    }
}

/// A heading without the number in front of it, and without the link to edit it in brackets.
fn without_number(text: &str) -> &str {
    let text = text.split('[').next().unwrap_or_default();
    text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.' || c == ')').trim()
}
