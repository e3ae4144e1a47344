//! Inputs of the features that are the same on every line of a page.

use super::context::Context;
use super::rows::Rows;

pub(super) struct PageTotals {
    pub(super) lines: f32,
    pub(super) prose: f32,
    pub(super) paragraphs: f32,
    pub(super) prose_share: f32,
    pub(super) paragraph_share: f32,
    pub(super) rule_share: f32,
    pub(super) rule_lines: f32,
    pub(super) classes: f32,
    pub(super) median: f32,
    pub(super) mean: f32,
    pub(super) blank: f32,
    pub(super) segment: f32,
}

impl PageTotals {
    pub(super) fn new(rows: &Rows<'_>, context: &Context) -> PageTotals {
        let paragraphs = context.prose.iter().filter(|prose| **prose).count();
        let Context { segment, prose_words, all_words, .. } = context;
        // Sums of whole numbers are exact.
        let (words, prose) = (all_words[rows.len()] as usize, prose_words[rows.len()] as usize);
        let segment_prose = (prose_words[segment.end] - prose_words[segment.start]) as usize;
        let mut lengths: Vec<usize> = rows.stats().map(|stats| stats.words).collect();
        let middle = rows.len() / 2;
        let median = if rows.len() > 0 { *lengths.select_nth_unstable(middle).1 } else { 0 };
        let rule_lines = rows.hits.iter().filter(|hits| hits.whole_line).count();
        let classes = rows.hits.iter().fold(0, |all, hits| all | hits.classes).count_ones();
        let all_lines = rows.page.lines.len();
        PageTotals {
            lines: rows.len() as f32,
            prose: prose as f32,
            paragraphs: paragraphs as f32,
            prose_share: ratio(prose, words),
            paragraph_share: ratio(paragraphs, rows.len()),
            rule_share: ratio(rule_lines, rows.len()),
            rule_lines: rule_lines as f32,
            classes: classes as f32,
            median: median as f32,
            mean: ratio(words, rows.len()),
            blank: ratio(all_lines - rows.len(), all_lines),
            segment: ratio(segment_prose, prose),
        }
    }
}

/// `part` divided by `all`, or by 1 if `all` is 0.
#[inline(always)]
pub(super) fn ratio(part: usize, all: usize) -> f32 {
    part as i64 as f32 / all.max(1) as i64 as f32
}
