//! Inputs of the features of a line's context: prose and rules above and below it, its run of similar lines, and the
//! main segment of prose.

use std::ops::Range;

use super::columns::running_sums;
use super::rows::Rows;
use crate::scoring::segments::max_sum_segment;

/// A paragraph adds its words to the weight of a segment, up to this many.
const PARAGRAPH_WORDS: usize = 50;
/// Weight subtracted for a short line. With 4 or 6 the segments are the same; 12 splits articles at their lists.
const SHORT_LINE_COST: i64 = 5;
/// Weight subtracted for a line on which a rule fired: one button does not split an article, three do.
const BOILERPLATE_COST: i64 = 20;

pub(super) struct Context {
    pub(super) prose: Vec<bool>,
    pub(super) words: Vec<f32>,
    /// Whether a rule fired, and whether it ends articles.
    pub(super) fired: Vec<bool>,
    pub(super) ends: Vec<bool>,
    /// What kind of line each row is, as a number; see the feature `kind-above`.
    pub(super) kinds: Vec<f32>,
    pub(super) segment: Range<usize>,
    /// Neighbours that are all prose or all not.
    pub(super) runs: Vec<Range<usize>>,
    // Running sums.
    pub(super) prose_words: Vec<f64>,
    pub(super) all_words: Vec<f64>,
    pub(super) paragraphs: Vec<f64>,
    pub(super) rules: Vec<f64>,
    pub(super) titles: Vec<f64>,
    pub(super) bullets: Vec<f64>,
}

impl Context {
    pub(super) fn new(rows: &Rows<'_>) -> Context {
        let prose: Vec<bool> = rows.stats().map(|stats| stats.is_prose()).collect();
        let fired: Vec<bool> = rows.hits.iter().map(|hits| hits.whole_line).collect();
        let words = || rows.stats().map(|stats| stats.words as i64 as f64);
        Context {
            words: rows.stats().map(|stats| stats.words as i64 as f32).collect(),
            ends: rows.hits.iter().map(|hits| hits.cut_after).collect(),
            kinds: kinds(rows, &prose),
            segment: main_segment(rows, &prose),
            runs: runs(&prose),
            prose_words: running_sums(prose.iter().zip(words()).map(|(&prose, words)| count(prose) * words)),
            all_words: running_sums(words()),
            paragraphs: running_sums(prose.iter().map(|&prose| count(prose))),
            rules: running_sums(fired.iter().map(|&fired| count(fired))),
            titles: running_sums(rows.stats().map(|stats| count(stats.is_title_case()))),
            bullets: running_sums(rows.stats().map(|stats| count(stats.bulleted))),
            prose,
            fired,
        }
    }
}

#[inline(always)]
fn count(is_so: bool) -> f64 {
    f64::from(u8::from(is_so))
}

fn kinds(rows: &Rows<'_>, prose: &[bool]) -> Vec<f32> {
    let rows = rows.stats().zip(prose).zip(&rows.hits);
    rows.map(|((stats, &prose), hits)| match (hits.whole_line, prose, stats.ends_sentence) {
        (true, ..) => 5.0,
        (_, true, true) => 4.0,
        (_, true, false) => 3.0,
        (_, _, true) => 2.0,
        _ if stats.words >= 5 => 1.0,
        _ => 0.0,
    })
    .collect()
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
    let mut start = 0;
    let runs = prose.chunk_by(|a, b| a == b).map(|run| {
        start += run.len();
        start - run.len()..start
    });
    runs.collect()
}
