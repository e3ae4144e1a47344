//! The scores of a page's lines, and the threshold below which a line is removed.

use super::FeatureMatrix;
use crate::named_enum::named_enum;

named_enum! {
    /// How much is removed.
    #[derive(Default)]
    pub enum Profile {
        /// Removes only lines that are almost certainly boilerplate.
        Recall = "recall",
        /// The best balance on the pages that the model was trained on.
        #[default]
        Balanced = "balanced",
        /// Removes lines that are more likely boilerplate than body.
        Precision = "precision",
    }
}

/// The score below which a line is removed. It rises with the boilerplate on the page: in clean text nearly all lines are
/// body, and a low score is more likely a mistake than boilerplate.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The threshold on a page without boilerplate.
    pub min: f32,
    /// The threshold on a page whose boilerplate ratio is `boilerplate_ratio` or more.
    pub max: f32,
    /// The boilerplate ratio from which `max` holds.
    pub boilerplate_ratio: f32,
    /// The factor for lines of prose: a sentence is removed only if its score is very low.
    pub prose: f32,
}

impl Threshold {
    /// The threshold on a page with this [boilerplate ratio](Scores::boilerplate_ratio).
    pub fn at(&self, boilerplate_ratio: f32, prose: bool) -> f32 {
        let threshold = self.min
            + (self.max - self.min) * (boilerplate_ratio / self.boilerplate_ratio.max(f32::MIN_POSITIVE)).min(1.0);
        if prose { threshold * self.prose } else { threshold }
    }
}

/// The scores of a page.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// The score of each row, from 0 (boilerplate) to 1 (body).
    pub rows: Vec<f32>,
    /// The share of the page's words on lines that score below one half.
    pub boilerplate_ratio: f32,
}

impl Scores {
    /// The given scores, and the boilerplate ratio computed from them.
    pub fn new(rows: Vec<f32>, features: &FeatureMatrix) -> Scores {
        let words: usize = features.words.iter().sum();
        let low = rows.iter().zip(&features.words).filter(|(score, _)| **score < 0.5);
        let low: usize = low.map(|(_, words)| words).sum();
        Scores { rows, boilerplate_ratio: low as f32 / words.max(1) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_rises_with_the_boilerplate_ratio() {
        let threshold = Threshold { min: 0.1, max: 0.5, boilerplate_ratio: 0.5, prose: 0.5 };
        assert_eq!(threshold.at(0.0, false), 0.1);
        assert!((threshold.at(0.25, false) - 0.3).abs() < 1e-6);
        assert_eq!(threshold.at(0.9, true), 0.25);
    }
}
