//! The folded view of a line, and what a line must hold for a regex to be worth running on it.
//!
//! A crate of its own since two need it: the library when it loads rule packs of users, and its build script, which
//! prepares the built-in ones.

pub mod fold;
mod prefilter;

pub use prefilter::*;
