//! What rules search for, and how it is found: the folded view of a line, its [words](tokens), and an [index] of phrases
//! and regexes.
//!
//! Both the library and its build script use this crate: the library for the rule packs of users, the build script to
//! prepare the built-in ones.

mod ascii_classes;
mod beginning;
mod blob;
mod compiler;
mod edges;
mod filter;
pub mod fold;
mod frequency;
pub mod index;
mod index_builder;
mod key_table;
pub mod phrase;
mod prefilter;
pub mod program;
pub mod signature;
pub mod tokens;

pub use ascii_classes::to_ascii_classes;
pub use frequency::{byte_frequency, expected_frequency};
pub use prefilter::{ByteSet, Prefilter, has_long_repetition, has_unicode_boundary};
