//! Scores each line by how likely it belongs to the body: computes the [`features`] of a page, from which a
//! [`ScoringModel`] predicts the scores.

mod ensemble;
pub(crate) mod features;
mod format;
mod model;
mod quantized;
mod scores;
pub(crate) mod segments;
mod tree;

pub use ensemble::Ensemble;
pub use features::{FeatureMatrix, Spacing};
pub use format::ModelError;
pub use model::{Prediction, ScoringModel, sigmoid};
pub use scores::{Profile, Scores, Threshold};
pub use tree::{MAX_DEPTH, Split, Tree};
