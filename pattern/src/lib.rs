//! The folded view of a line, and what a line must contain for a regex to be worth running on it.
//!
//! Both the library and its build script use this crate: the library for the rule packs of users, the build script to
//! prepare the built-in ones.

mod ascii_classes;
mod beginning;
pub mod blob;
mod edges;
mod filter;
pub mod fold;
mod frequency;
pub mod index;
mod index_builder;
pub mod phrase;
mod prefilter;
pub mod program;

pub use ascii_classes::to_ascii_classes;
pub use frequency::{byte_frequency, expected_frequency};
pub use prefilter::{ByteSet, Prefilter, has_long_repetition, has_unicode_boundary};
