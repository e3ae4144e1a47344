//! The rows of a feature matrix: the lines of a page that are not blank, and the rules that fired on each.

use crate::rules::{Action, Hit, Rule};
use crate::text::Page;
use crate::text::line_stats::LineStats;

/// The lines of a page that are not blank, numbered from 0.
pub(super) struct Rows<'p> {
    pub(super) page: &'p Page<'p>,
    /// The line of each row, an index into the lines of the page.
    pub(super) lines: Vec<usize>,
    pub(super) hits: Vec<RuleHits>,
}

/// The removing rules that fired on a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RuleHits {
    /// How many hits would remove the line or a part of it.
    pub(super) count: usize,
    pub(super) whole_line: bool,
    pub(super) cut_after: bool,
    /// The classes of those that remove the whole line, one bit each.
    pub(super) classes: u32,
}

impl<'p> Rows<'p> {
    pub(super) fn new(page: &'p Page<'p>, hits: &[Hit], rules: &[Rule]) -> Rows<'p> {
        let lines: Vec<usize> = (0..page.lines.len()).filter(|&line| !page.stats[line].blank).collect();
        let hits = rule_hits(page.lines.len(), &lines, hits, rules);
        Rows { page, lines, hits }
    }

    pub(super) fn len(&self) -> usize {
        self.lines.len()
    }

    pub(super) fn text(&self, row: usize) -> &'p str {
        self.page.line(self.lines[row])
    }

    pub(super) fn stats_of(&self, row: usize) -> &'p LineStats {
        &self.page.stats[self.lines[row]]
    }

    pub(super) fn stats(&self) -> impl ExactSizeIterator<Item = &'p LineStats> {
        self.lines.iter().map(|&line| &self.page.stats[line])
    }

    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = &'p str> {
        self.lines.iter().map(|&line| self.page.line(line))
    }
}

fn rule_hits(all_lines: usize, lines: &[usize], hits: &[Hit], rules: &[Rule]) -> Vec<RuleHits> {
    let mut row_of = vec![usize::MAX; all_lines];
    for (row, &line) in lines.iter().enumerate() {
        row_of[line] = row;
    }
    let mut rows = vec![RuleHits::default(); lines.len()];
    for hit in hits {
        let rule = &rules[hit.rule];
        let Some(row) = rows.get_mut(row_of[hit.line]).filter(|_| rule.action.removes()) else { continue };
        row.count += 1;
        if rule.action != Action::Span {
            row.whole_line = true;
            row.cut_after |= matches!(rule.action, Action::CutAfter { .. });
            row.classes |= 1 << rule.class as u32;
        }
    }
    rows
}
