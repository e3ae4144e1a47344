//! What the weights make of a line, and what it must reach to stay.
//! It weighs nothing.
//! Among the nouns.

use super::FeatureMatrix;

/// How much is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Profile {
    /// Only what is nearly surely boilerplate.
    Recall,
    /// The best balance on the pages that the weights were made from.
    #[default]
    Balanced,
    /// What is more likely boilerplate than body.
    Precision,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Profile; 3] = [Profile::Recall, Profile::Balanced, Profile::Precision];

    /// The name used in flags and weight files.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Recall => "recall",
            Profile::Balanced => "balanced",
            Profile::Precision => "precision",
        }
    }
}

/// The score that a line must reach to stay. It follows how much boilerplate the page holds: in clean text real paragraphs
/// are nearly all there is, and a mistake is more likely than a find.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// On a page without boilerplate.
    pub min: f32,
    /// On a page whose boilerplate ratio is `boilerplate ratio` or more.
    pub max: f32,
    /// The share of words on lines that score below one half, from which a page counts as max.
    pub boilerplate_ratio: f32,
    /// What both are multiplied with for lines of prose: a sentence goes on strong features only.
    pub prose: f32,
}

impl Threshold {
    /// The threshold on a page of this [`boilerplate_ratio`](Scores::boilerplate_ratio).
    pub fn at(&self, boilerplate_ratio: f32, prose: bool) -> f32 {
        let threshold = self.min
            + (self.max - self.min) * (boilerplate_ratio / self.boilerplate_ratio.max(f32::MIN_POSITIVE)).min(1.0);
        if prose { threshold * self.prose } else { threshold }
    }
}

/// The scores of a document's rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// The score of each row, from 0 (boilerplate) to 1 (body).
    pub rows: Vec<f32>,
    /// The share of the page's words on lines that score below one half.
    pub boilerplate_ratio: f32,
}

impl Scores {
    /// Scores with the boilerplate ratio they amount to.
    pub fn new(rows: Vec<f32>, features: &FeatureMatrix) -> Scores {
        let words: usize = features.words.iter().sum();
        let low: usize =
            rows.iter().zip(&features.words).filter(|(score, _)| **score < 0.5).map(|(_, words)| words).sum();
        Scores { rows, boilerplate_ratio: low as f32 / words.max(1) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_follows_the_dirt() {
        let threshold = Threshold { min: 0.1, max: 0.5, boilerplate_ratio: 0.5, prose: 0.5 };
        assert_eq!(threshold.at(0.0, false), 0.1);
        assert!((threshold.at(0.25, false) - 0.3).abs() < 1e-6);
        assert_eq!(threshold.at(0.9, true), 0.25);
    }
}
