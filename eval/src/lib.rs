//! Measures cleaned texts against gold article bodies, trains the [`ScoringModel`](bodytext::ScoringModel) and times
//! the cleaning.
//!
//! Texts go in, numbers come out: nothing here reads a file or prints. Work is shared out over the rayon pool in which
//! the caller runs it, and the numbers are the same for any number of threads.

#![allow(missing_docs, reason = "documented is what names do not say")]

mod corpus;
mod evaluate;
mod metrics;
mod random;
mod removals;
pub mod speed;
mod synthetic;
pub mod training;

pub use corpus::{Content, Corpus, DocumentSet, LoadedDocument};
pub use evaluate::*;
pub use metrics::*;
pub use removals::{Removals, Removed, Treatment, WrongLine};
pub use synthetic::synthetic_corpus;
