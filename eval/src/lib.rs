//! Measures cleaned texts against gold article bodies, and trains the [`ScoringModel`](bodytext::ScoringModel).

mod metrics;
mod random;
pub mod training;

pub use metrics::*;
