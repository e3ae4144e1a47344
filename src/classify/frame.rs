//! Finds the frame of a page by shape alone: menus above the article, and lists of links below it, in languages whose
//! phrases no rule knows.

use std::ops::Range;

use super::Classifier;
use super::thresholds::{
    FRAME_ABOVE, FRAME_BELOW, FRAME_DIGITS, FRAME_LINE_WORDS, FRAME_MAX, FRAME_MEAN_WORDS, FRAME_PARAGRAPHS,
    FRAME_SHORT, FRAME_WORDS, SHORT_LINE_COST,
};
use crate::line_class::LineClass;
use crate::scoring::segments::max_sum_segment;
use crate::text::Row;
use crate::verdict::Heuristic;

impl Classifier<'_> {
    /// Removes the frame of a page on which rules found little, if it has one.
    pub(super) fn remove_frame(&mut self) {
        let rows = self.page.rows();
        let value = |row: &Row| {
            let stats = &self.page.stats[row.line];
            if stats.is_prose() { stats.words as i64 } else { -SHORT_LINE_COST }
        };
        let body = max_sum_segment(rows.iter().map(value));
        let paragraphs =
            rows[body.clone()].iter().map(|row| &self.page.stats[row.line]).filter(|stats| stats.is_prose());
        let words: usize = paragraphs.clone().map(|stats| stats.words).sum();
        let framed = paragraphs.count() >= FRAME_PARAGRAPHS
            && words >= FRAME_WORDS
            && self.is_frame(0..body.start, FRAME_ABOVE)
            && self.is_frame(body.end..rows.len(), FRAME_BELOW);
        self.framed = framed;
        if framed {
            self.remove_rows(0..body.start, LineClass::Navigation);
            self.remove_rows(body.end..rows.len(), LineClass::Related);
        }
    }

    /// Whether rows are many, nearly all of them short, and few with numbers: not a list of ingredients or results.
    fn is_frame(&self, rows: Range<usize>, least: usize) -> bool {
        let all = rows.len();
        let stats = || self.page.rows()[rows.clone()].iter().map(|row| &self.page.stats[row.line]);
        let short = stats().filter(|stats| stats.words <= FRAME_LINE_WORDS && !stats.ends_sentence).count();
        let with_digits = stats().filter(|stats| stats.digits > 0).count();
        let words: usize = stats().map(|stats| stats.words).sum();
        (least..=FRAME_MAX).contains(&all)
            && short as f64 >= all as f64 * FRAME_SHORT
            && with_digits as f64 <= all as f64 * FRAME_DIGITS
            && words <= all * FRAME_MEAN_WORDS
    }

    fn remove_rows(&mut self, rows: Range<usize>, class: LineClass) {
        for row in &self.page.rows()[rows] {
            self.remove(row.line, class, Heuristic::Frame);
        }
    }
}
