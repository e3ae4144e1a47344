//! What the weights make of a line, and what it must reach to stay.
//! It weighs nothing.
//! Among the nouns.

use super::Evidence;

/// How much is removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub enum Profile {
    /// Only what is nearly surely furniture.
    Gentle,
    /// The best balance on the pages that the weights were made from.
    #[default]
    Balanced,
    /// What is more likely furniture than body.
    Strict,
}

impl Profile {
    /// All profiles.
    pub const ALL: [Profile; 3] = [Profile::Gentle, Profile::Balanced, Profile::Strict];

    /// The name used in flags and weight files.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Gentle => "gentle",
            Profile::Balanced => "balanced",
            Profile::Strict => "strict",
        }
    }
}

/// The score that a line must reach to stay. It follows how much furniture the page holds: in clean text real paragraphs
/// are nearly all there is, and a mistake is more likely than a find.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// On a page without furniture.
    pub clean: f32,
    /// On a page whose dirt is `dirt` or more.
    pub dirty: f32,
    /// The share of words on lines that score below one half, from which a page counts as dirty.
    pub dirt: f32,
    /// What both are multiplied with for lines of prose: a sentence goes on strong evidence only.
    pub prose: f32,
}

impl Threshold {
    /// The threshold on a page of this [`dirt`](Scores::dirt).
    pub fn at(&self, dirt: f32, prose: bool) -> f32 {
        let threshold = self.clean + (self.dirty - self.clean) * (dirt / self.dirt.max(f32::MIN_POSITIVE)).min(1.0);
        if prose { threshold * self.prose } else { threshold }
    }
}

/// The scores of a document's rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Scores {
    /// The score of each row, from 0 (furniture) to 1 (body).
    pub rows: Vec<f32>,
    /// The share of the page's words on lines that score below one half.
    pub dirt: f32,
}

impl Scores {
    /// Scores with the dirt they amount to.
    pub fn new(rows: Vec<f32>, evidence: &Evidence) -> Scores {
        let words: usize = evidence.words.iter().sum();
        let low: usize =
            rows.iter().zip(&evidence.words).filter(|(score, _)| **score < 0.5).map(|(_, words)| words).sum();
        Scores { rows, dirt: low as f32 / words.max(1) as f32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_follows_the_dirt() {
        let threshold = Threshold { clean: 0.1, dirty: 0.5, dirt: 0.5, prose: 0.5 };
        assert_eq!(threshold.at(0.0, false), 0.1);
        assert!((threshold.at(0.25, false) - 0.3).abs() < 1e-6);
        assert_eq!(threshold.at(0.9, true), 0.25);
    }
}
