//! The features of stage 2: what the scores of stage 1 say about the lines around a line, and where the body seems to be.

use std::hash::Hash;
use std::ops::Range;

use hashbrown::HashMap;

use super::{Feature, FeatureMatrix};
use crate::scoring::segments::{Direction, PrefixSums, distance, distances, max_sum_segment};

/// Declares the table: the description of each feature, its name, and its column.
macro_rules! stacked_features {
    ($($(#[doc = $doc:literal])+ $name:literal = |$x:ident| $column:expr;)+) => {
        &[$(Feature { name: $name, doc: concat!($($doc),+), column: |$x| $column }),+]
    };
}

pub(crate) type StackedFeature = Feature<fn(&StackedInputs<'_>) -> Vec<f32>>;

/// The features that stage 2 has beside those of stage 1. "Score" is the score of stage 1.
pub(crate) const STACKED_FEATURES: &[StackedFeature] = stacked_features! {
    /// score of the line
    "score" = |x| x.scores.to_vec();
    /// score of the third line above; -1 where there is none
    "score-3-above" = |x| above(x.scores, 3);
    /// score of the second line above
    "score-2-above" = |x| above(x.scores, 2);
    /// score of the line above
    "score-above" = |x| above(x.scores, 1);
    /// score of the line below
    "score-below" = |x| below(x.scores, 1);
    /// score of the second line below
    "score-2-below" = |x| below(x.scores, 2);
    /// score of the third line below
    "score-3-below" = |x| below(x.scores, 3);
    /// mean score of the lines up to 2 lines away, weighted by words
    "score-within-2" = |x| x.body.ratios_within(&x.words, 2);
    /// the same, up to 5 lines away
    "score-within-5" = |x| x.body.ratios_within(&x.words, 5);
    /// the same, up to 15 lines away
    "score-within-15" = |x| x.body.ratios_within(&x.words, 15);
    /// mean score of the lines up to 5 lines away, each line counted alike
    "lines-within-5" = |x| x.line_scores.ratios_within(&x.lines, 5);
    /// share of the page's body that stands above, in words times scores
    "body-share-above" = |x| {
        let all = x.body.total().max(1.0);
        x.body.all_before().map(|body| (body / all) as f32).collect()
    };
    /// words times scores above
    "body-above" = |x| x.body.all_before().map(|body| body as f32).collect();
    /// words times scores below
    "body-below" = |x| x.body.all_after().map(|body| body as f32).collect();
    /// words times scores on the page
    "page-body" = |x| x.page(x.body.total());
    /// mean score of the page, weighted by words
    "page-body-share" = |x| x.page(x.body.total() / x.words.total().max(1.0));
    /// lines to the next line above that is surely body
    "to-body-above" = |x| x.distances(Direction::Above, ScoredLine::is_body);
    /// the same, below
    "to-body-below" = |x| x.distances(Direction::Below, ScoredLine::is_body);
    /// lines to the next line above that is likely boilerplate
    "to-boilerplate-above" = |x| x.distances(Direction::Above, ScoredLine::is_boilerplate);
    /// the same, below
    "to-boilerplate-below" = |x| x.distances(Direction::Below, ScoredLine::is_boilerplate);
    /// 0 inside the main segment of body, 1 above it, 2 below it
    "body-position" = |x| {
        let mut column = vec![1.0; x.scores.len()];
        column[x.segment.clone()].fill(0.0);
        column[x.segment.end..].fill(2.0);
        column
    };
    /// lines to the main segment of body: negative above it, positive below it
    "body-distance" = |x| (0..x.scores.len()).map(|row| distance(&x.segment, row)).collect();
    /// words above that are likely boilerplate
    "boilerplate-above" = |x| x.boilerplate.all_before().map(|words| words as f32).collect();
    /// words of the line and below it that are likely boilerplate
    "boilerplate-below" = |x| {
        let all = x.boilerplate.total();
        x.boilerplate.all_before().map(|words| (all - words) as f32).collect()
    };
    /// sum of the scores of lines of 8 words and more, up to 5 lines away, over the number of all lines there
    "long-within-5" = |x| x.long_line_scores.ratios_within(&x.lines, 5);
    /// mean score of the other lines with the same indent, weighted by words; -1 where there are none
    "indent-score" = |x| x.mean_of_others(&x.indents);
    /// the same, of those with as many blank lines above and below too
    "spacing-score" = |x| x.mean_of_others(&x.spacings);
    /// words of the run of lines that score on the same side of one half; negative below one half
    "body-run" = |x| x.run_words();
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
    scored: Vec<ScoredLine>,
    lines: PrefixSums,
    words: PrefixSums,
    body: PrefixSums,
    line_scores: PrefixSums,
    long_line_scores: PrefixSums,
    boilerplate: PrefixSums,
    segment: Range<usize>,
    /// The same number for rows with the same indent.
    indents: Vec<usize>,
    /// The same number for rows with the same spacing.
    spacings: Vec<usize>,
}

impl<'s> StackedInputs<'s> {
    fn new(scores: &'s [f32], features: &FeatureMatrix) -> StackedInputs<'s> {
        let pairs = scores.iter().zip(&features.words);
        let scored: Vec<ScoredLine> = pairs.map(|(&score, &words)| ScoredLine::new(score, words)).collect();
        let all_spacings = features.spacings.iter().map(|spacing| (spacing.indent, spacing.above, spacing.below));
        let (spacings, distinct) = numbered(all_spacings);
        let (indent_of_spacing, _) = numbered(distinct.into_iter().map(|(indent, ..)| indent));
        let sums = |value: fn(&ScoredLine) -> f64| PrefixSums::new(scored.iter().map(value));
        StackedInputs {
            lines: sums(|_| 1.0),
            words: sums(|line| line.weight),
            body: sums(|line| line.body),
            line_scores: sums(|line| f64::from(line.score)),
            long_line_scores: sums(|line| if line.words >= LONG_LINE { f64::from(line.score) } else { 0.0 }),
            boilerplate: sums(|line| if line.is_boilerplate() { line.weight } else { 0.0 }),
            segment: max_sum_segment(scored.iter().map(ScoredLine::segment_weight)),
            indents: spacings.iter().map(|spacing| indent_of_spacing[*spacing]).collect(),
            spacings,
            scores,
            scored,
        }
    }

    /// The same value for each row.
    fn page(&self, value: f64) -> Vec<f32> {
        vec![value as f32; self.scores.len()]
    }

    fn distances(&self, direction: Direction, is_so: impl Fn(&ScoredLine) -> bool) -> Vec<f32> {
        distances(self.scored.len(), direction, |row| is_so(&self.scored[row]))
    }

    /// For each row, the words of the run of rows that score on the same side of one half; negative below one half.
    fn run_words(&self) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.scores.len());
        for run in self.scores.chunk_by(|a, b| (*a >= 0.5) == (*b >= 0.5)) {
            let of_run = self.words.sum(all.len()..all.len() + run.len()) as f32;
            all.extend(std::iter::repeat_n(if run[0] >= 0.5 { of_run } else { -of_run }, run.len()));
        }
        all
    }

    /// For each row, the mean score of the other rows of its group, weighted by words; -1 where there are none.
    fn mean_of_others(&self, groups: &[usize]) -> Vec<f32> {
        let mut totals = vec![(0, 0.0, 0.0); groups.iter().max().map_or(0, |last| last + 1)];
        for (line, group) in self.scored.iter().zip(groups) {
            let (count, weights, body) = &mut totals[*group];
            *count += 1;
            *weights += line.weight;
            *body += line.body;
        }
        let rows = self.scored.iter().zip(groups);
        rows.map(|(line, group)| match totals[*group] {
            (1, ..) => -1.0,
            (_, weights, body) => ((body - line.body) / (weights - line.weight)) as f32,
        })
        .collect()
    }
}

#[derive(Clone, Copy)]
struct ScoredLine {
    words: usize,
    score: f32,
    weight: f64,
    /// The weight times the score.
    body: f64,
}

impl ScoredLine {
    fn new(score: f32, words: usize) -> ScoredLine {
        let weight = words as f64 + 1.0;
        ScoredLine { words, score, weight, body: weight * f64::from(score) }
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

/// The values of the rows so many above; -1 where there are none.
fn above(values: &[f32], rows: usize) -> Vec<f32> {
    let mut column = vec![-1.0; values.len()];
    if let Some(end) = values.len().checked_sub(rows) {
        column[rows..].copy_from_slice(&values[..end]);
    }
    column
}

/// The values of the rows so many below; -1 where there are none.
fn below(values: &[f32], rows: usize) -> Vec<f32> {
    let mut column = vec![-1.0; values.len()];
    if let Some(end) = values.len().checked_sub(rows) {
        column[..end].copy_from_slice(&values[rows..]);
    }
    column
}

/// For each key its number, the same for equal keys, counted from 0; and the key of each number.
fn numbered<K: Hash + Eq + Copy>(keys: impl ExactSizeIterator<Item = K>) -> (Vec<usize>, Vec<K>) {
    let mut number_of: HashMap<K, usize> = HashMap::new();
    let mut distinct: Vec<K> = Vec::new();
    let mut numbers: Vec<usize> = Vec::with_capacity(keys.len());
    for key in keys {
        // Neighbours often have the same key.
        let number = match numbers.last() {
            Some(&above) if distinct[above] == key => above,
            _ => *number_of.entry(key).or_insert(distinct.len()),
        };
        if number == distinct.len() {
            distinct.push(key);
        }
        numbers.push(number);
    }
    (numbers, distinct)
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
