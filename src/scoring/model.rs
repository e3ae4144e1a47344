//! The model: predicts the score of each line from its [`features`].
//!
//! A model for texts has two stages (stacking, Wolpert 1992), each an ensemble of trees. Stage 1 sees the features. Stage 2 also sees
//! the stage-1 scores of nearby lines, as stacked features. A line's raw score is the sum of one leaf value of each
//! tree; the sigmoid of the raw score is the score, from 0 (boilerplate) to 1 (body).
//!
//! A model for web pages has one stage, which sees the features and the hints of the page's elements: with hints a second
//! stage brings nothing.

use super::ensemble::Ensemble;
use super::features::{self, FeatureMatrix};
use super::scores::{Profile, Scores, Threshold};
use super::tree::{Split, Tree};
use crate::html::HINTS;

/// The trees that score lines, and the threshold that the scores must reach.
#[derive(Debug, Clone, PartialEq)]
pub struct ScoringModel {
    /// Whether it scores the lines of web pages, not of texts.
    #[doc(hidden)]
    pub for_pages: bool,
    /// Stage 1, over the features, and stage 2, over the stacked features and then the features. For pages stage 1 is
    /// empty, and stage 2 is over the features and then the hints.
    #[doc(hidden)]
    pub ensembles: [Ensemble; 2],
    /// The threshold of each profile.
    #[doc(hidden)]
    pub thresholds: [Threshold; 3],
}

impl ScoringModel {
    /// A model, for texts or for pages, that keeps every line that no rule removes.
    #[doc(hidden)]
    pub fn keeping(for_pages: bool) -> ScoringModel {
        let threshold = Threshold { min: 0.0, max: 0.0, boilerplate_ratio: 1.0, prose: 1.0 };
        ScoringModel { for_pages, ensembles: [Ensemble::default(), Ensemble::default()], thresholds: [threshold; 3] }
    }

    /// Runs stage 1 on the features of a page, and prepares stage 2.
    #[doc(hidden)]
    pub fn predict<'a>(&'a self, features: &'a FeatureMatrix) -> Prediction<'a> {
        let [first, second] = &self.ensembles;
        if self.for_pages {
            return Prediction { stage_2: second, features, stacked: Vec::new() };
        }
        let raw_scores = first.raw_scores(&features.slices(), features.lines.len());
        let scores: Vec<f32> = raw_scores.into_iter().map(sigmoid).collect();
        Prediction { stage_2: second, features, stacked: features::stacked_features(&scores, features) }
    }

    pub(crate) fn threshold(&self, profile: Profile) -> &Threshold {
        &self.thresholds[profile as usize]
    }

    /// Calls `each` with every number of the model; equal models give equal numbers.
    pub(crate) fn each_number(&self, mut each: impl FnMut(u32)) {
        if self.for_pages {
            each(1);
        }
        for Threshold { min, max, boilerplate_ratio, prose } in self.thresholds {
            [min, max, boilerplate_ratio, prose].map(f32::to_bits).into_iter().for_each(&mut each);
        }
        for ensemble in &self.ensembles {
            each(ensemble.trees().len() as u32);
            for Tree { splits, leaves } in ensemble.trees() {
                each(splits.len() as u32);
                splits.iter().flat_map(|split| [split.feature as u32, split.threshold.to_bits()]).for_each(&mut each);
                leaves.iter().map(|leaf| leaf.to_bits()).for_each(&mut each);
            }
        }
    }
}

/// A page as stage 2 sees it.
#[derive(Debug, Clone)]
pub struct Prediction<'a> {
    stage_2: &'a Ensemble,
    features: &'a FeatureMatrix,
    stacked: Vec<Vec<f32>>,
}

impl Prediction<'_> {
    /// The scores of the page.
    pub fn scores(&self) -> Scores {
        Scores::new(self.raw_scores().into_iter().map(sigmoid).collect(), self.features)
    }

    /// The raw scores of stage 2.
    pub fn raw_scores(&self) -> Vec<f32> {
        self.stage_2.raw_scores(&self.columns(), self.features.lines.len())
    }

    /// The columns of stage 2: the stacked features, if it has any, then the features.
    pub fn columns(&self) -> Vec<&[f32]> {
        self.stacked.iter().map(Vec::as_slice).chain(self.features.slices()).collect()
    }

    /// What each feature contributes to the raw score of a row, largest first. A tree's leaf value is divided among its
    /// splits: each gets the difference that its outcome makes to the mean of the leaves still possible. The
    /// contributions and the mean of all leaves, which no split changes, add up to the raw score.
    pub fn contributions(&self, row: usize) -> Vec<(&'static str, f32)> {
        let columns = self.columns();
        let mut sums = vec![0.0; columns.len()];
        for tree in self.stage_2.trees() {
            let mut possible: Vec<f32> = tree.leaves.clone();
            let mut last_mean = mean(&possible);
            for &Split { feature, threshold } in &tree.splits {
                let holds = usize::from(columns[feature][row] >= threshold);
                possible = possible.into_iter().skip(holds).step_by(2).collect();
                let mean = mean(&possible);
                sums[feature] += mean - last_mean;
                last_mean = mean;
            }
        }
        let stage = if self.stacked.is_empty() { Stage::Pages } else { Stage::Second };
        let mut named: Vec<(&str, f32)> = stage.column_names().zip(sums).collect();
        named.retain(|(_, sum)| *sum != 0.0);
        named.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
        named
    }
}

fn mean(values: &[f32]) -> f32 {
    values.iter().sum::<f32>() / values.len() as f32
}

/// A stage, by what it sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The features.
    First,
    /// The stacked features, then the features.
    Second,
    /// The features, then the hints.
    Pages,
}

impl Stage {
    /// The names of its columns.
    pub(crate) fn column_names(self) -> impl Iterator<Item = &'static str> {
        let stacked = features::STACKED_FEATURES.iter().map(|feature| feature.name);
        let stacked = stacked.take(if self == Stage::Second { usize::MAX } else { 0 });
        let hints = HINTS.iter().map(|hint| hint.name).take(if self == Stage::Pages { usize::MAX } else { 0 });
        stacked.chain(features::FEATURES.iter().map(|feature| feature.name)).chain(hints)
    }
}

/// Converts a raw score to a score.
pub fn sigmoid(raw_score: f32) -> f32 {
    1.0 / (1.0 + (-raw_score).exp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scoring::Spacing;
    use crate::scoring::features::{FEATURES, STACKED_FEATURES};

    #[test]
    fn contributions_add_up_to_the_raw_score_less_the_mean() {
        let mut features = FeatureMatrix {
            lines: vec![0],
            words: vec![3],
            spacings: vec![Spacing { indent: 0, above: 0, below: 0 }],
            values: vec![1.0; FEATURES.len()],
        };
        features.values[0] = 7.0;
        let first = STACKED_FEATURES.len();
        let splits = vec![Split { feature: first, threshold: 2.0 }, Split { feature: first + 1, threshold: 0.5 }];
        let stage_2 = Ensemble::new(vec![Tree { splits, leaves: vec![-1.0, 0.5, -0.25, 2.0] }]);
        let model = ScoringModel { ensembles: [Ensemble::default(), stage_2], ..ScoringModel::keeping(false) };
        let parts = model.predict(&features).contributions(0);
        assert_eq!(parts.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["words", "word-length"]);
        let mean = (-1.0 + 0.5 - 0.25 + 2.0) / 4.0;
        assert!((parts.iter().map(|(_, part)| part).sum::<f32>() - (2.0 - mean)).abs() < 1e-6);
    }
}
