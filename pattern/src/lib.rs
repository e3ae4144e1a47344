//! The folded view of a line, and what a line must contain for a regex to be worth running on it.
//!
//! Two need this crate: the library, when it loads rule packs of users, and its build script, which prepares the built-in
//! ones.

mod ascii_classes;
pub mod fold;
mod frequency;
mod prefilter;

pub use ascii_classes::to_ascii_classes;
pub use frequency::{byte_frequency, expected_frequency};
pub use prefilter::{ByteSet, Prefilter, has_long_repetition, has_unicode_boundary};
