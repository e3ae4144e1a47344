//! The features of stage 2: what the scores of stage 1 say about the lines around a line, and where the body seems to be.

use std::hash::Hash;
use std::ops::Range;

use hashbrown::HashMap;

use super::{Feature, FeatureMatrix, features};
use crate::scoring::segments::{Direction, PrefixSums, distance, distances, max_sum_segment, position};

pub(crate) type StackedFeature = Feature<fn(&StackedInputs<'_>) -> Vec<f32>>;

/// The features that stage 2 has beside those of stage 1. "Score" is the score of stage 1.
pub(crate) const STACKED_FEATURES: &[StackedFeature] = features! { StackedInputs<'_>:
    /// score of the line
    "score" = |x, row| x.scores[row];
    /// score of the third line above; -1 where there is none
    "score-3-above" = |x, row| x.score_of(row.checked_sub(3));
    /// score of the second line above
    "score-2-above" = |x, row| x.score_of(row.checked_sub(2));
    /// score of the line above
    "score-above" = |x, row| x.score_of(row.checked_sub(1));
    /// score of the line below
    "score-below" = |x, row| x.score_of(Some(row + 1));
    /// score of the second line below
    "score-2-below" = |x, row| x.score_of(Some(row + 2));
    /// score of the third line below
    "score-3-below" = |x, row| x.score_of(Some(row + 3));
    /// mean score of the lines up to 2 lines away, weighted by words
    "score-within-2" = |x, row| x.mean_score(row, 2);
    /// the same, up to 5 lines away
    "score-within-5" = |x, row| x.mean_score(row, 5);
    /// the same, up to 15 lines away
    "score-within-15" = |x, row| x.mean_score(row, 15);
    /// mean score of the lines up to 5 lines away, each line counted alike
    "lines-within-5" = |x, row| x.line_scores.window_mean(row, 5);
    /// share of the page's body that stands above, in words times scores
    "body-share-above" = |x, row| (x.body.before(row) / x.body.total().max(1.0)) as f32;
    /// words times scores above
    "body-above" = |x, row| x.body.before(row) as f32;
    /// words times scores below
    "body-below" = |x, row| x.body.after(row) as f32;
    /// words times scores on the page
    "page-body" = |x, _row| x.body.total() as f32;
    /// mean score of the page, weighted by words
    "page-body-share" = |x, _row| (x.body.total() / x.words.total().max(1.0)) as f32;
    /// lines to the next line above that is surely body
    "to-body-above" = |x, row| x.to_body_above[row];
    /// the same, below
    "to-body-below" = |x, row| x.to_body_below[row];
    /// lines to the next line above that is likely boilerplate
    "to-boilerplate-above" = |x, row| x.to_boilerplate_above[row];
    /// the same, below
    "to-boilerplate-below" = |x, row| x.to_boilerplate_below[row];
    /// 0 inside the main segment of body, 1 above it, 2 below it
    "body-position" = |x, row| f32::from(position(&x.segment, row));
    /// lines to the main segment of body: negative above it, positive below it
    "body-distance" = |x, row| distance(&x.segment, row);
    /// words above that are likely boilerplate
    "boilerplate-above" = |x, row| x.boilerplate.before(row) as f32;
    /// words of the line and below it that are likely boilerplate
    "boilerplate-below" = |x, row| (x.boilerplate.total() - x.boilerplate.before(row)) as f32;
    /// sum of the scores of lines of 8 words and more, up to 5 lines away, over the number of all lines there
    "long-within-5" = |x, row| x.long_line_scores.window_mean(row, 5);
    /// mean score of the other lines with the same indent, weighted by words; -1 where there are none
    "indent-score" = |x, row| x.indent_scores[row];
    /// the same, of those with as many blank lines above and below too
    "spacing-score" = |x, row| x.spacing_scores[row];
    /// words of the run of lines that score on the same side of one half; negative below one half
    "body-run" = |x, row| x.run_words[row];
};

/// A line of at least [`LONG_LINE`] words that scores more is surely body.
const SURELY_BODY: f32 = 0.8;
/// Lines that score less are likely boilerplate.
const LIKELY_BOILERPLATE: f32 = 0.2;
/// A line of this many words is as long as a sentence.
const LONG_LINE: usize = 8;
/// A paragraph adds to the weight of a segment its words, at most this many, ...
const PARAGRAPH_WORDS: usize = 50;
/// ... times what its score is above this, ...
const EVEN: f32 = 0.45;
/// ... and each line that scores less takes this from it besides, in words.
const LOW_LINE_COST: f32 = 3.0;

/// Computes the columns of the stacked features from the scores of stage 1.
pub fn stacked_features(scores: &[f32], features: &FeatureMatrix) -> Vec<Vec<f32>> {
    let inputs = StackedInputs::new(scores, features);
    STACKED_FEATURES.iter().map(|feature| (feature.column)(&inputs)).collect()
}

/// What the stacked features are computed from. A line weighs its words and one more, so that lines without words count
/// as well.
pub(crate) struct StackedInputs<'s> {
    scores: &'s [f32],
    words: PrefixSums,
    body: PrefixSums,
    line_scores: PrefixSums,
    long_line_scores: PrefixSums,
    boilerplate: PrefixSums,
    to_body_above: Vec<f32>,
    to_body_below: Vec<f32>,
    to_boilerplate_above: Vec<f32>,
    to_boilerplate_below: Vec<f32>,
    segment: Range<usize>,
    run_words: Vec<f32>,
    indent_scores: Vec<f32>,
    spacing_scores: Vec<f32>,
}

impl<'s> StackedInputs<'s> {
    fn new(scores: &'s [f32], features: &FeatureMatrix) -> StackedInputs<'s> {
        let pairs = scores.iter().zip(&features.words);
        let lines: Vec<ScoredLine> = pairs.map(|(&score, &words)| ScoredLine { words, score }).collect();
        let words = PrefixSums::new(lines.iter().map(ScoredLine::weight));
        let spacings = features.spacings.iter().map(|spacing| (spacing.indent, spacing.above, spacing.below));
        StackedInputs {
            body: PrefixSums::new(lines.iter().map(ScoredLine::body)),
            line_scores: PrefixSums::new(lines.iter().map(|line| f64::from(line.score))),
            long_line_scores: PrefixSums::new(
                lines.iter().map(|line| if line.words >= LONG_LINE { f64::from(line.score) } else { 0.0 }),
            ),
            boilerplate: PrefixSums::new(
                lines.iter().map(|line| if line.is_boilerplate() { line.weight() } else { 0.0 }),
            ),
            to_body_above: distances(lines.len(), Direction::Above, |row| lines[row].is_body()),
            to_body_below: distances(lines.len(), Direction::Below, |row| lines[row].is_body()),
            to_boilerplate_above: distances(lines.len(), Direction::Above, |row| lines[row].is_boilerplate()),
            to_boilerplate_below: distances(lines.len(), Direction::Below, |row| lines[row].is_boilerplate()),
            segment: max_sum_segment(lines.iter().map(ScoredLine::segment_weight)),
            run_words: run_words(scores, &words),
            indent_scores: mean_of_others(&lines, spacings.clone().map(|(indent, ..)| indent)),
            spacing_scores: mean_of_others(&lines, spacings),
            scores,
            words,
        }
    }

    fn len(&self) -> usize {
        self.scores.len()
    }

    /// The score of a row; -1 outside the page.
    fn score_of(&self, row: Option<usize>) -> f32 {
        row.and_then(|row| self.scores.get(row)).copied().unwrap_or(-1.0)
    }

    /// The mean score of the rows up to `reach` away, weighted by words.
    fn mean_score(&self, row: usize, reach: usize) -> f32 {
        let window = self.body.window(row, reach);
        (self.body.sum(window.clone()) / self.words.sum(window)) as f32
    }
}

#[derive(Clone, Copy)]
struct ScoredLine {
    words: usize,
    score: f32,
}

impl ScoredLine {
    fn weight(&self) -> f64 {
        self.words as f64 + 1.0
    }

    fn body(&self) -> f64 {
        self.weight() * f64::from(self.score)
    }

    fn is_body(&self) -> bool {
        self.score > SURELY_BODY && self.words >= LONG_LINE
    }

    fn is_boilerplate(&self) -> bool {
        self.score < LIKELY_BOILERPLATE
    }

    /// What the line adds to the weight of a segment, in thousandths of a word.
    fn segment_weight(&self) -> i64 {
        let cost = if self.score < EVEN { LOW_LINE_COST } else { 0.0 };
        (1000.0 * (self.words.min(PARAGRAPH_WORDS) as f32 * (self.score - EVEN) - cost)) as i64
    }
}

/// For each row, the words of the run of rows that score on the same side of one half; negative below one half.
fn run_words(scores: &[f32], words: &PrefixSums) -> Vec<f32> {
    let mut all = Vec::with_capacity(scores.len());
    for run in scores.chunk_by(|a, b| (*a >= 0.5) == (*b >= 0.5)) {
        let of_run = words.sum(all.len()..all.len() + run.len()) as f32;
        all.extend(std::iter::repeat_n(if run[0] >= 0.5 { of_run } else { -of_run }, run.len()));
    }
    all
}

/// For each row, the mean score of the other rows with the same key, weighted by words; -1 where there are none.
fn mean_of_others<K: Hash + Eq>(lines: &[ScoredLine], keys: impl Iterator<Item = K>) -> Vec<f32> {
    let mut group_of_key: HashMap<K, usize> = HashMap::new();
    let mut totals: Vec<(usize, f64, f64)> = Vec::new();
    let mut groups = Vec::with_capacity(lines.len());
    for (line, key) in lines.iter().zip(keys) {
        let group = *group_of_key.entry(key).or_insert(totals.len());
        if group == totals.len() {
            totals.push((0, 0.0, 0.0));
        }
        let (count, weights, body) = &mut totals[group];
        *count += 1;
        *weights += line.weight();
        *body += line.body();
        groups.push(group);
    }
    let rows = lines.iter().zip(groups);
    rows.map(|(line, group)| match totals[group] {
        (1, ..) => -1.0,
        (_, weights, body) => ((body - line.body()) / (weights - line.weight())) as f32,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::Spacing;
    use crate::scoring::segments::NO_NEIGHBOUR;

    #[test]
    fn every_row_has_a_value_of_every_stacked_feature() {
        let features = FeatureMatrix {
            words: vec![2, 20, 30, 1],
            spacings: [0, 2, 2, 4].map(|indent| Spacing { indent, above: 0, below: 0 }).to_vec(),
            ..FeatureMatrix::default()
        };
        let columns = stacked_features(&[0.1, 0.9, 0.95, 0.3], &features);
        assert_eq!(columns.len(), STACKED_FEATURES.len());
        assert!(columns.iter().all(|c| c.len() == 4 && c.iter().all(|x| x.is_finite())));
        for (name, expected) in [
            ("body-position", [1.0, 0.0, 0.0, 2.0]),
            ("to-body-below", [1.0, 1.0, NO_NEIGHBOUR, NO_NEIGHBOUR]),
            ("body-run", [-3.0, 52.0, 52.0, -2.0]),
            ("indent-score", [-1.0, 0.95, 0.9, -1.0]),
        ] {
            let at = STACKED_FEATURES.iter().position(|feature| feature.name == name).unwrap();
            assert_eq!(columns[at], expected, "{name}");
        }
        assert!(stacked_features(&[], &FeatureMatrix::default()).iter().all(Vec::is_empty));
    }
}
