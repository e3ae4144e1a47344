//! Oblivious decision trees: all nodes of one level have the same split, as in CatBoost.

/// The most splits of a tree, so that the index of a leaf fits into a byte.
pub const MAX_DEPTH: usize = 8;

/// Splits, and a value for each combination of their outcomes.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// The splits, at most [`MAX_DEPTH`].
    pub splits: Vec<Split>,
    /// The leaf values. Bit `k` of a leaf's index says whether split `k` holds.
    pub leaves: Vec<f32>,
}

/// A split: holds for a line whose feature has at least this value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// The feature, an index into the columns of the stage.
    pub feature: usize,
    /// The least value for which the split holds.
    pub threshold: f32,
}
