//! Clean article bodies from scraped text.
//!
//! What crawlers and extractors leave is text with furniture in it: share prompts, counters, comment forms, newsletter
//! prompts, menus, related headlines, bylines, broken encodings. This crate decodes it, repairs it, removes the
//! furniture by rule files and says why each line went.
//!
//! ```
//! use bodytext::{Cleaner, Options, RuleSet};
//!
//! let cleaner = Cleaner::new(RuleSet::builtin(), Options::default());
//! let page = "Storm closes the harbour\n\nShare this story:\n  • 1\n\nThe port was shut on Monday.\n\nLeave a Reply\n";
//! let cleaned = cleaner.clean(page.as_bytes(), None);
//! assert_eq!(cleaned.text(), "Storm closes the harbour\n\nThe port was shut on Monday.\n");
//! assert_eq!(cleaned.verdicts[2].class.name(), "share");
//! ```
//!
//! # The map
//!
//! One document flows once through the stages; [`cleaner`] alone knows their order:
//!
//! | stage | from | to |
//! |---|---|---|
//! | [`decode`] | bytes | text, its encoding, how it was found, what was replaced |
//! | [`normalize`] | text | repaired text and the steps that fired |
//! | [`lines`] | text | lines and how they are laid out |
//! | [`features`] | lines | what each line shows |
//! | [`rules`] | lines, features | all hits of all rules |
//! | [`evidence`] | features, hits | numbers on each line and what stands around it |
//! | [`decision`] | evidence | a score a line |
//! | [`classify`] | features, hits, scores | one verdict a line |
//!
//! Below them stand [`model`] (the nouns), [`fold`] (the view of a line that rules see), [`words`], [`rows`] (numbers in a
//! row), [`options`] and [`error`]. No stage knows another, and none knows files, threads or a terminal: those live in the
//! command-line tool, behind the default feature `cli`. With `default-features = false` the library has no such
//! dependency.
//!
//! Beside the line stands [`score`], which measures cleaned texts against gold bodies.
//!
//! Nothing on this line can fail: any bytes give some text and an honest report. Errors exist where rules are read.
//! The format of rule files is described in [`rules`].

#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used))]
#![deny(missing_docs, unsafe_code)]

pub mod classify;
pub mod cleaner;
// Only for `fuzz/`, which could not reach the inside of a program.
#[cfg(all(fuzzing, feature = "cli"))]
#[doc(hidden)]
#[allow(missing_docs, dead_code, clippy::print_stdout, clippy::print_stderr)]
pub mod cli;
#[cfg(all(fuzzing, feature = "cli"))]
extern crate self as bodytext;
pub mod decision;
pub mod decode;
pub mod error;
pub mod evidence;
pub mod features;
pub mod fold;
pub mod lines;
pub mod model;
pub mod normalize;
pub mod options;
mod random;
pub mod rows;
pub mod rules;
pub mod score;
pub mod tune;
pub mod words;

pub use cleaner::{Cleaned, Cleaner, Stage};
pub use error::{RuleError, RuleErrors};
pub use model::{Class, ClassSet, Line, Reason, Report, Verdict};
pub use options::Options;
pub use rules::{Pack, RuleSet};
