//! Inputs of the features of a line's context: prose and rules above and below it, its run of similar lines, and the
//! main segment of prose.

use std::ops::Range;

use super::rows::Rows;
use crate::scoring::segments::{Direction, PrefixSums, distances, max_sum_segment};

/// A paragraph adds its words to the weight of a segment, up to this many.
const PARAGRAPH_WORDS: usize = 50;
/// Weight subtracted for a short line. With 4 or 6 the segments are the same; 12 splits articles at their lists.
const SHORT_LINE_COST: i64 = 5;
/// Weight subtracted for a line on which a rule fired: one button does not split an article, three do.
const BOILERPLATE_COST: i64 = 20;

pub(super) struct Context {
    pub(super) prose: Vec<bool>,
    pub(super) words: Vec<f64>,
    pub(super) segment: Range<usize>,
    /// The run of each row: neighbours that are all prose or all not.
    pub(super) runs: Vec<Range<usize>>,
    pub(super) to_prose_below: Vec<f32>,
    pub(super) to_rule_above: Vec<f32>,
    pub(super) to_rule_below: Vec<f32>,
    pub(super) to_end_above: Vec<f32>,
    pub(super) prose_words: PrefixSums,
    pub(super) all_words: PrefixSums,
    pub(super) paragraphs: PrefixSums,
    pub(super) rules: PrefixSums,
    pub(super) titles: PrefixSums,
    pub(super) bullets: PrefixSums,
}

impl Context {
    pub(super) fn new(rows: &Rows<'_>) -> Context {
        let prose: Vec<bool> = rows.stats().map(|stats| stats.is_prose()).collect();
        let words: Vec<f64> = rows.stats().map(|stats| stats.words as f64).collect();
        Context {
            segment: main_segment(rows, &prose),
            runs: runs(&prose),
            to_prose_below: distances(rows.len(), Direction::Below, |r| prose[r]),
            to_rule_above: distances(rows.len(), Direction::Above, |r| rows.hits[r].whole_line),
            to_rule_below: distances(rows.len(), Direction::Below, |r| rows.hits[r].whole_line),
            to_end_above: distances(rows.len(), Direction::Above, |r| rows.hits[r].cut_after),
            prose_words: PrefixSums::new(prose.iter().zip(&words).map(|(&prose, words)| count(prose) * words)),
            all_words: PrefixSums::new(words.iter().copied()),
            paragraphs: PrefixSums::new(prose.iter().map(|&prose| count(prose))),
            rules: PrefixSums::new(rows.hits.iter().map(|hits| count(hits.whole_line))),
            titles: PrefixSums::new(rows.stats().map(|stats| count(stats.is_title_case()))),
            bullets: PrefixSums::new(rows.stats().map(|stats| count(stats.bulleted))),
            prose,
            words,
        }
    }

    /// Whether a row is prose of the main segment.
    pub(super) fn in_segment_prose(&self, row: usize) -> bool {
        self.prose[row] && self.segment.contains(&row)
    }

    /// The words of a row; 0 outside the page.
    pub(super) fn words_of(&self, row: Option<usize>) -> f32 {
        row.and_then(|row| self.words.get(row)).map_or(0.0, |&words| words as f32)
    }

    /// What kind of line a row is, as a number; see the feature `kind-above`.
    pub(super) fn kind(&self, rows: &Rows<'_>, row: Option<usize>) -> f32 {
        let Some(row) = row.filter(|&row| row < rows.len()) else { return -1.0 };
        let stats = rows.stats_of(row);
        match (rows.hits[row].whole_line, self.prose[row], stats.ends_sentence) {
            (true, ..) => 5.0,
            (_, true, true) => 4.0,
            (_, true, false) => 3.0,
            (_, _, true) => 2.0,
            _ if stats.words >= 5 => 1.0,
            _ => 0.0,
        }
    }
}

fn count(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn main_segment(rows: &Rows<'_>, prose: &[bool]) -> Range<usize> {
    let weights =
        rows.stats().zip(prose).zip(&rows.hits).map(|((stats, prose), hits)| match (prose, hits.whole_line) {
            (true, _) => stats.words.min(PARAGRAPH_WORDS) as i64,
            (false, true) => -BOILERPLATE_COST,
            (false, false) => -SHORT_LINE_COST,
        });
    max_sum_segment(weights)
}

fn runs(prose: &[bool]) -> Vec<Range<usize>> {
    let mut runs: Vec<Range<usize>> = Vec::with_capacity(prose.len());
    for run in prose.chunk_by(|a, b| a == b) {
        let start = runs.len();
        runs.extend(std::iter::repeat_n(start..start + run.len(), run.len()));
    }
    runs
}
