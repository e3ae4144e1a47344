//! The rows of a feature matrix: the lines of a page that are not blank, and the rules that fired on each.

use crate::rules::{Action, Hit, Rule};
use crate::text::line_stats::LineStats;
use crate::text::{Page, Row};

/// The lines of a page that are not blank, numbered from 0.
pub(super) struct Rows<'p> {
    pub(super) page: &'p Page<'p>,
    pub(super) rows: &'p [Row],
    pub(super) hits: Vec<RuleHits>,
}

/// The removing rules that fired on a row.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RuleHits {
    /// How many hits would remove the line or a part of it.
    pub(super) count: u32,
    pub(super) whole_line: bool,
    pub(super) cut_after: bool,
    /// The classes of those that remove the whole line, one bit each.
    pub(super) classes: u32,
}

impl<'p> Rows<'p> {
    pub(super) fn new(page: &'p Page<'p>, hits: &[Hit], rules: &[Rule]) -> Rows<'p> {
        let mut rows = Rows { page, rows: page.rows(), hits: rule_hits(page.rows(), hits, rules) };
        rows.forget_headings();
        rows
    }

    /// Forgets the hits on lines with which articles end where such a line stands between two paragraphs: it is the
    /// heading of a section, and what follows is not behind the end.
    fn forget_headings(&mut self) {
        let is_paragraph =
            |row: usize, hits: &RuleHits| !hits.whole_line && self.page.stats[self.rows[row].line].is_prose();
        let is_heading = |(above, near): (usize, &[RuleHits])| {
            near[1].cut_after && is_paragraph(above, &near[0]) && is_paragraph(above + 2, &near[2])
        };
        let headings: Vec<usize> =
            self.hits.windows(3).enumerate().filter(|near| is_heading(*near)).map(|(above, _)| above + 1).collect();
        headings.into_iter().for_each(|row| self.hits[row] = RuleHits::default());
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn stats(&self) -> impl ExactSizeIterator<Item = &'p LineStats> {
        self.rows.iter().map(|row| &self.page.stats[row.line])
    }

    pub(super) fn texts(&self) -> impl ExactSizeIterator<Item = &'p str> {
        self.rows.iter().map(|row| self.page.row_text(row))
    }
}

/// `hits` are in the order of the lines.
fn rule_hits(rows: &[Row], hits: &[Hit], rules: &[Rule]) -> Vec<RuleHits> {
    let mut all = vec![RuleHits::default(); rows.len()];
    let mut row = 0;
    for hit in hits {
        let rule = &rules[hit.rule];
        if !rule.action.removes() {
            continue;
        }
        while rows.get(row).is_some_and(|row| row.line < hit.line) {
            row += 1;
        }
        let Some(hits) = all.get_mut(row).filter(|_| rows[row].line == hit.line) else { continue };
        hits.count += 1;
        if rule.action != Action::Span {
            hits.whole_line = true;
            hits.cut_after |= matches!(rule.action, Action::CutAfter { .. });
            hits.classes |= 1 << rule.class as u32;
        }
    }
    all
}
