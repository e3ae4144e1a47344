//! Scores each line: how likely it belongs to the body. [`features`] are extracted, a [`ScoringModel`] predicts from them.

pub(crate) mod features;
pub(crate) mod format;
pub(crate) mod model;
mod quantized;
pub(crate) mod scores;
pub(crate) mod segments;

pub use features::{FeatureMatrix, Spacing};
pub use format::ModelError;
pub use model::{Ensemble, MAX_DEPTH, Prediction, ScoringModel, Split, Tree, sigmoid};
pub use scores::{Profile, Scores, Threshold};
