//! Weighs the features of each line: how likely it belongs to the body.
//! It reads no text, and holds no weights: they stand in rule files, made by [`tune`](crate::tune).
//! Seventh stage of the line.
//!
//! A model ensembles twice. The first ensemble knows the [features](crate::scoring::features) alone. The second sees the scores of the
//! first on the lines around as well, see [`STACKED_FEATURES`]. Each ensemble is a sum: a tree asks a few splits, such as
//! whether the line has 8 words or more, and what it leaves depends on the answers. The sigmoid function of the sum is
//! the score, from 0 (boilerplate) to 1 (body).

use std::sync::OnceLock;

use super::features::{FeatureMatrix, STACKED_FEATURES, feature_docs, stacked_features};
use super::quantized::Forest;
use super::scores::{Profile, Scores, Threshold};

/// A tree asks at most so many splits: its sums are looked up by one byte.
pub const MAX_DEPTH: usize = 8;

/// How scores are reached and what they must be.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoringModel {
    /// The first ensemble, over [`FEATURES`], and the second, over [`STACKED_FEATURES`] and then [`FEATURES`].
    pub ensembles: [Ensemble; 2],
    /// What a line must score to stay, by profile.
    pub thresholds: [Threshold; 3],
}

/// A sum over trees.
#[derive(Debug, Clone, Default)]
pub struct Ensemble {
    trees: Vec<Tree>,
    /// The same trees for speed, laid out when the first document is weighed.
    forest: OnceLock<Forest>,
}

impl PartialEq for Ensemble {
    fn eq(&self, other: &Ensemble) -> bool {
        self.trees == other.trees
    }
}

/// Questions, and what each way to answer them leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The splits, at most [`MAX_DEPTH`].
    pub splits: Vec<Split>,
    /// What is added. Answer `k` counts as 2 to the `k` where it is yes; the sum is the index.
    pub leaves: Vec<f32>,
}

/// Whether the number in a column is at least so large.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The column, an index.
    pub column: usize,
    /// The number.
    pub threshold: f32,
}

impl ScoringModel {
    /// A model by which every line stays that no rule removes.
    pub fn keeping() -> ScoringModel {
        let threshold = Threshold { min: 0.0, max: 0.0, boilerplate_ratio: 1.0, prose: 1.0 };
        ScoringModel { ensembles: [Ensemble::default(), Ensemble::default()], thresholds: [threshold; 3] }
    }

    /// Weighs the features on a document.
    pub fn predict<'a>(&'a self, features: &'a FeatureMatrix) -> Prediction<'a> {
        let first = self.ensembles[0].sums(&features.slices(), features.lines.len()).into_iter().map(sigmoid);
        let second = stacked_features(&first.collect::<Vec<f32>>(), features);
        Prediction { ensemble: &self.ensembles[1], features, second }
    }

    /// All that it is made of, as numbers: equal for equal decisions.
    pub(crate) fn each_number(&self, mut each: impl FnMut(u32)) {
        for Threshold { min, max, boilerplate_ratio, prose } in self.thresholds {
            [min, max, boilerplate_ratio, prose].map(f32::to_bits).into_iter().for_each(&mut each);
        }
        for ensemble in &self.ensembles {
            each(ensemble.trees.len() as u32);
            for tree in &ensemble.trees {
                each(tree.splits.len() as u32);
                tree.splits.iter().flat_map(|q| [q.column as u32, q.threshold.to_bits()]).for_each(&mut each);
                tree.leaves.iter().map(|add| add.to_bits()).for_each(&mut each);
            }
        }
    }

    /// What a line must score to stay.
    pub fn threshold(&self, profile: Profile) -> &Threshold {
        &self.thresholds[profile as usize]
    }
}

/// The features on a document as the second ensemble sees it.
#[derive(Debug, Clone)]
pub struct Prediction<'a> {
    ensemble: &'a Ensemble,
    features: &'a FeatureMatrix,
    second: Vec<Vec<f32>>,
}

impl Prediction<'_> {
    /// The scores of the document.
    pub fn scores(&self) -> Scores {
        Scores::new(self.sums().into_iter().map(sigmoid).collect(), self.features)
    }

    /// What each column added to the sum of one row, largest first. A tree's sum is shared out along its splits:
    /// each gets the difference that its answer made to the mean of what was still possible. With what no split
    /// changes, they add up to the row's sum.
    pub fn contributions(&self, row: usize) -> Vec<(&'static str, f32)> {
        let columns = self.columns();
        let mut sums = vec![0.0; columns.len()];
        for tree in self.ensemble.trees() {
            let mut possible: Vec<f32> = tree.leaves.clone();
            let mut mean = possible.iter().sum::<f32>() / possible.len() as f32;
            for split in &tree.splits {
                let yes = usize::from(columns[split.column][row] >= split.threshold);
                possible = possible.into_iter().skip(yes).step_by(2).collect();
                let now = possible.iter().sum::<f32>() / possible.len() as f32;
                sums[split.column] += now - mean;
                mean = now;
            }
        }
        let mut named: Vec<(&str, f32)> = column_names(1).zip(sums).collect();
        named.retain(|(_, sum)| *sum != 0.0);
        named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        named
    }

    /// The sums of the second ensemble.
    pub fn sums(&self) -> Vec<f32> {
        self.ensemble.sums(&self.columns(), self.features.lines.len())
    }

    /// The columns of the second ensemble: those that the first amounts to, then the features.
    pub fn columns(&self) -> Vec<&[f32]> {
        self.second.iter().map(Vec::as_slice).chain(self.features.slices()).collect()
    }
}

impl Ensemble {
    /// A ensemble by these trees.
    pub fn new(trees: Vec<Tree>) -> Ensemble {
        Ensemble { trees, forest: OnceLock::new() }
    }

    /// The trees.
    pub fn trees(&self) -> &[Tree] {
        &self.trees
    }

    /// The sum of each row.
    pub fn sums(&self, columns: &[&[f32]], rows: usize) -> Vec<f32> {
        self.forest.get_or_init(|| Forest::of(self)).sums(columns, rows)
    }
}

/// The columns of a ensemble.
pub(crate) fn column_names(ensemble: usize) -> impl Iterator<Item = &'static str> {
    let stacked = if ensemble == 0 { STACKED_FEATURES.len() } else { 0 };
    feature_docs().map(|(name, _)| name).skip(stacked)
}

/// From a sum to a score.
pub fn sigmoid(sum: f32) -> f32 {
    1.0 / (1.0 + (-sum).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::Spacing;
    use crate::scoring::features::FEATURES;

    fn one_tree() -> Ensemble {
        let splits = vec![Split { column: 0, threshold: 2.0 }, Split { column: 1, threshold: 0.5 }];
        Ensemble::new(vec![Tree { splits, leaves: vec![-1.0, 0.5, -0.25, 2.0] }])
    }

    #[test]
    fn sums_are_those_of_the_trees_one_by_one() {
        // More rows than fit a block, more limits than fit a byte, and a tree of full depth.
        let mut state = 7_u64;
        let mut number = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            ((state >> 33) % 1_000) as f32 / 10.0
        };
        let columns: Vec<Vec<f32>> = (0..3).map(|_| (0..150).map(|_| number()).collect()).collect();
        let columns: Vec<&[f32]> = columns.iter().map(Vec::as_slice).collect();
        for depth in [0, 3, 6, MAX_DEPTH] {
            let split = |k: usize, threshold: f32| Split { column: k % 3, threshold };
            let mut tree = || Tree {
                splits: (0..depth).map(|k| split(k, number())).collect(),
                leaves: (0..1 << depth).map(|_| number()).collect(),
            };
            let ensemble = Ensemble::new((0..200).map(|_| tree()).collect());
            let sum = |row: usize| {
                ensemble.trees().iter().fold(0.0, |sum, tree| {
                    let bit = |(k, q): (usize, &Split)| usize::from(columns[q.column][row] >= q.threshold) << k;
                    sum + tree.leaves[tree.splits.iter().enumerate().map(bit).sum::<usize>()]
                })
            };
            // Blocks of every width, full and not.
            for rows in [0, 1, 8, 9, 30, 64, 65, 100, 128, 150] {
                let columns: Vec<&[f32]> = columns.iter().map(|column| &column[..rows]).collect();
                assert_eq!(ensemble.sums(&columns, rows), (0..rows).map(sum).collect::<Vec<f32>>());
            }
        }
    }

    #[test]
    fn answers_choose_what_is_added() {
        let columns: [&[f32]; 2] = [&[1.0, 2.0, 1.0, 5.0], &[0.0, 0.0, 1.0, 1.0]];
        assert_eq!(one_tree().sums(&columns, 4), [-1.0, 0.5, -0.25, 2.0]);
    }

    #[test]
    fn contributions_add_up_to_the_sum_less_the_mean() {
        let spacings = vec![Spacing { indent: 0, above: 0, below: 0 }];
        let columns = vec![vec![1.0]; FEATURES.len()];
        let mut features = FeatureMatrix { lines: vec![0], words: vec![3], spacings, columns };
        features.columns[0] = vec![7.0];
        let thresholds = [Threshold { min: 0.5, max: 0.5, boilerplate_ratio: 0.5, prose: 1.0 }; 3];
        let mut second = one_tree();
        second.trees[0].splits.iter_mut().for_each(|q| q.column += STACKED_FEATURES.len());
        let model = ScoringModel { ensembles: [Ensemble::default(), second], thresholds };
        let parts = model.predict(&features).contributions(0);
        assert_eq!(parts.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["words", "word-length"]);
        let mean = (-1.0 + 0.5 - 0.25 + 2.0) / 4.0;
        assert!((parts.iter().map(|(_, sum)| sum).sum::<f32>() - (2.0 - mean)).abs() < 1e-6);
    }
}
