//! What the second ensemble sees of the first: the scores around a line and where the body seems to be.

use std::collections::BTreeMap;

use super::FeatureMatrix;
use crate::scoring::segments::{PrefixSums, distance, distances, max_sum_segment, side};

/// The columns of the second ensemble that come before those of the first, with their meaning. "Score" is the first ensemble's.
pub const STACKED_FEATURES: &[(&str, &str)] = &[
    ("score", "score of the line"),
    ("score-3-above", "score of the third line above; -1 where there is none"),
    ("score-2-above", "score of the second line above"),
    ("score-above", "score of the line above"),
    ("score-below", "score of the line below"),
    ("score-2-below", "score of the second line below"),
    ("score-3-below", "score of the third line below"),
    ("score-within-2", "scores up to 2 lines away, on average over words"),
    ("score-within-5", "the same, up to 5 lines away"),
    ("score-within-15", "the same, up to 15 lines away"),
    ("lines-within-5", "scores up to 5 lines away, on average over lines"),
    ("body-share-above", "share of the page's body that stands above, in words times scores"),
    ("body-above", "words times scores above"),
    ("body-below", "words times scores below"),
    ("page-body", "words times scores on the page"),
    ("page-body-share", "scores of the page, on average over words"),
    ("to-body-above", "lines to the next line above that is surely body"),
    ("to-body-below", "the same below"),
    ("to-boilerplate-above", "lines to the next line above that is likely boilerplate"),
    ("to-boilerplate-below", "the same below"),
    ("body-position", "0 inside the main segment of body, 1 above it, 2 below it"),
    ("body-distance", "lines to the main segment of body: negative above it, positive below it"),
    ("boilerplate-above", "words above that are likely boilerplate"),
    ("boilerplate-below", "words below that are likely boilerplate"),
    ("long-within-5", "scores of lines of 8 words and more, up to 5 lines away, over all lines there"),
    ("indent-score", "scores of the other lines with its indent, on average over words; -1 where there are none"),
    ("spacing-score", "the same, of those with as many blank lines above and below too"),
    ("body-run", "words of the run of lines that score on the same side of one half; negative below it"),
];

/// Scores above this are surely body where the line is a sentence long.
const SURELY: f32 = 0.8;
/// Words from which a line is a sentence long.
const LONG: usize = 8;
/// Scores below this are likely boilerplate.
const BOILERPLATE: f32 = 0.2;
/// In the weight of a segment a paragraph counts with its words, up to so many, ...
const PARAGRAPH_WORDS: usize = 50;
/// ... times its score less this, ...
const EVEN: f32 = 0.45;
/// ... and each line below it costs so much more, in words.
const SHORT_LINE_COST: f32 = 3.0;

/// The columns, from the scores of the first ensemble.
pub fn stacked_features(scores: &[f32], features: &FeatureMatrix) -> Vec<Vec<f32>> {
    let (rows, words) = (scores.len(), features.words.as_slice());
    // One more, so that lines of no word count as something.
    let weight = |r: usize| words[r] as f64 + 1.0;
    let score = |r: usize| f64::from(scores[r]);
    let of_words = PrefixSums::of((0..rows).map(weight));
    let body = PrefixSums::of((0..rows).map(|r| weight(r) * score(r)));
    let plain = PrefixSums::of((0..rows).map(score));
    let boilerplate = PrefixSums::of((0..rows).map(|r| if scores[r] < BOILERPLATE { weight(r) } else { 0.0 }));
    let long = PrefixSums::of((0..rows).map(|r| if words[r] >= LONG { score(r) } else { 0.0 }));
    let all = body.all();

    let by_words = |row: usize, reach: usize| {
        let near = body.near(row, reach);
        (body.sum(near.clone()) / of_words.sum(near)) as f32
    };
    let at = |row: Option<usize>| row.and_then(|r| scores.get(r)).copied().unwrap_or(-1.0);

    let weights: Vec<i64> = (0..rows)
        .map(|r| {
            let cost = if scores[r] < EVEN { SHORT_LINE_COST } else { 0.0 };
            (1000.0 * (words[r].min(PARAGRAPH_WORDS) as f32 * (scores[r] - EVEN) - cost)) as i64
        })
        .collect();
    let segment = max_sum_segment(&weights, 0..rows).0;
    let mut run = Vec::with_capacity(rows);
    for same in scores.chunk_by(|a, b| (*a >= 0.5) == (*b >= 0.5)) {
        let (start, end) = (run.len(), run.len() + same.len());
        let size = of_words.sum(start..end) as f32;
        run.extend(std::iter::repeat_n(if same[0] >= 0.5 { size } else { -size }, same.len()));
    }
    let surely = |r: usize| scores[r] > SURELY && words[r] >= LONG;
    let likely_boilerplate = |r: usize| scores[r] < BOILERPLATE;
    let column = |f: &dyn Fn(usize) -> f32| (0..rows).map(f).collect::<Vec<f32>>();
    vec![
        scores.to_vec(),
        column(&|r| at(r.checked_sub(3))),
        column(&|r| at(r.checked_sub(2))),
        column(&|r| at(r.checked_sub(1))),
        column(&|r| at(Some(r + 1))),
        column(&|r| at(Some(r + 2))),
        column(&|r| at(Some(r + 3))),
        column(&|r| by_words(r, 2)),
        column(&|r| by_words(r, 5)),
        column(&|r| by_words(r, 15)),
        column(&|r| plain.mean_near(r, 5)),
        column(&|r| (body.before(r) / all.max(1.0)) as f32),
        column(&|r| body.before(r) as f32),
        column(&|r| body.after(r) as f32),
        column(&|_| all as f32),
        column(&|_| (all / of_words.all().max(1.0)) as f32),
        distances(rows, false, surely),
        distances(rows, true, surely),
        distances(rows, false, likely_boilerplate),
        distances(rows, true, likely_boilerplate),
        column(&|r| f32::from(side(&segment, r))),
        column(&|r| distance(&segment, r)),
        column(&|r| boilerplate.before(r) as f32),
        column(&|r| (boilerplate.all() - boilerplate.before(r)) as f32),
        column(&|r| long.mean_near(r, 5)),
        of_others(rows, |r| features.spacings[r].indent, weight, score),
        of_others(rows, |r| features.spacings[r], weight, score),
        run,
    ]
}

/// For each row, the mean score of the other rows that are set like it.
fn of_others<K: Ord>(
    rows: usize,
    set: impl Fn(usize) -> K,
    weight: impl Fn(usize) -> f64,
    score: impl Fn(usize) -> f64,
) -> Vec<f32> {
    let mut totals: BTreeMap<K, (usize, f64, f64)> = BTreeMap::new();
    for r in 0..rows {
        let (lines, weights, scores) = totals.entry(set(r)).or_default();
        *lines += 1;
        *weights += weight(r);
        *scores += weight(r) * score(r);
    }
    let mean = |r: usize| match totals[&set(r)] {
        (1, ..) => -1.0,
        (_, weights, scores) => ((scores - weight(r) * score(r)) / (weights - weight(r))) as f32,
    };
    (0..rows).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::Spacing;
    use crate::scoring::segments::NONE;

    #[test]
    fn every_column_has_a_number_for_every_row() {
        let features = |words: &[usize], indents: &[usize]| FeatureMatrix {
            words: words.to_vec(),
            spacings: indents.iter().map(|&indent| Spacing { indent, above: 0, below: 0 }).collect(),
            ..FeatureMatrix::default()
        };
        let columns = stacked_features(&[0.1, 0.9, 0.95, 0.3], &features(&[2, 20, 30, 1], &[0, 2, 2, 4]));
        assert_eq!(columns.len(), STACKED_FEATURES.len());
        assert!(columns.iter().all(|c| c.len() == 4 && c.iter().all(|x| x.is_finite())));
        let of = |name: &str| &columns[STACKED_FEATURES.iter().position(|c| c.0 == name).unwrap()];
        assert_eq!(of("body-position"), &[1.0, 0.0, 0.0, 2.0]);
        assert_eq!(of("to-body-below"), &[1.0, 1.0, NONE, NONE]);
        assert_eq!(of("body-run"), &[-3.0, 52.0, 52.0, -2.0]);
        assert_eq!(of("indent-score"), &[-1.0, 0.95, 0.9, -1.0]);
        assert!(stacked_features(&[], &FeatureMatrix::default()).iter().all(Vec::is_empty));
    }
}
