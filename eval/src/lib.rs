//! Measures cleaned texts against gold article bodies, trains the [`ScoringModel`](bodytext::ScoringModel) and times
//! the cleaning.
//!
//! This crate reads no files and prints nothing. Work is distributed over the rayon pool of the caller, and the numbers
//! are the same for any number of threads.

#![allow(missing_docs, reason = "documented is what names do not say")]

mod corpus;
mod evaluate;
mod firings;
mod headline;
mod metrics;
mod random;
mod removals;
pub mod speed;
mod synthetic;
pub mod training;

pub use corpus::{Content, Corpus, DocumentSet, LoadedDocument};
pub use evaluate::*;
pub use firings::{Firings, count_firings};
pub use headline::HeadlineReport;
pub use metrics::*;
pub use removals::{Removals, Removed, Treatment, WrongLine};
pub use synthetic::synthetic_corpus;
