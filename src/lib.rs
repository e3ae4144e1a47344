//! Clean article bodies from scraped text.
//!
//! Text from crawlers and extractors contains boilerplate (share prompts, counters, comment forms, newsletter prompts,
//! menus, related headlines, bylines) and broken encodings. This crate decodes and repairs it, removes the boilerplate
//! with rule files and a small model, and reports why each line was removed.
//!
//! ```
//! use bodytext::{Cleaner, LineClass, Options};
//!
//! let cleaner = Cleaner::builtin(Options::default());
//! let page = "Storm closes the harbour\n\nShare this story:\n  • 1\n\nThe port was shut on Monday.\n\nLeave a Reply\n";
//! let cleaned = cleaner.clean(page.as_bytes(), None);
//! assert_eq!(cleaned.text(), "Storm closes the harbour\n\nThe port was shut on Monday.\n");
//! assert_eq!(cleaned.verdicts[2].class, LineClass::Share);
//! ```
//!
//! Cleaning never fails: any bytes give some text and a report. Only reading rules and models can fail. The library
//! opens no files, starts no threads and prints nothing.
//!
//! The enums have names for flags and reports: `Display` writes them, `FromStr` parses them.

#![cfg_attr(not(test), deny(clippy::print_stdout, clippy::print_stderr, clippy::unwrap_used))]
#![deny(missing_docs, unsafe_code)]

mod blocks;
mod classify;
mod cleaned;
mod cleaner;
mod decode;
mod document;
mod fields;
mod html;
mod join;
mod line_class;
mod location;
mod markup;
mod metadata;
mod named_enum;
mod normalize;
mod options;
mod rules;
mod scoring;
mod simd;
mod text;
mod verdict;

pub use cleaned::{Cleaned, Removal, Report};
pub use cleaner::Cleaner;
pub use decode::{EncodingSource, TextEncoding};
pub use document::{CleanedDocument, Filter, Filters};
pub use fields::{FieldName, Fields};
pub use line_class::LineClass;
pub use location::Location;
pub use markup::Markup;
pub use metadata::Metadata;
pub use named_enum::UnknownName;
pub use normalize::{Step, Steps};
pub use options::Options;
pub use rules::{Pack, RuleError, RuleErrors, RuleSet, Selection};
pub use scoring::{ModelError, Profile, ScoringModel};
pub use text::lines::Layout;
pub use verdict::{Heuristic, Reason, Reasons, Verdict};

/// API for the command line, the evaluation and the benchmarks of this repository. It changes without notice.
#[doc(hidden)]
pub mod unstable {
    pub use crate::blocks::{Block, BlockKind};
    pub use crate::cleaner::{MAX_PAGE, Stage};
    pub use crate::decode::{Decoded, decode};
    pub use crate::document::{Offset, PieceJoiner};
    pub use crate::html::is_html;
    pub use crate::normalize::normalize;
    #[cfg(feature = "schema")]
    pub use crate::rules::schema;
    pub use crate::rules::{
        Action, Hit, MatchObserver, Rule, SlowRegex, TestFailure, TestProblem, lint, names_rule, nearest, self_test,
        suggest_rule,
    };
    pub use crate::scoring::features::{extract, feature_docs, stacked_features};
    pub use crate::scoring::{
        Ensemble, FeatureMatrix, MAX_DEPTH, Prediction, Scores, Spacing, Split, Threshold, Tree, sigmoid,
    };
    pub use crate::text::Page;
    pub use crate::text::lines::Line;
}

/// Tests the Rust examples of the README and the guide.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
#[doc = include_str!("../docs/guide.md")]
struct DocumentationTests;
