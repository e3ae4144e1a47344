//! The properties that fuzzing tries to break. They are in the tests that replay its seeds and finds: those of the library
//! in `tests/it/fuzzing.rs`, those of the command line in `cli/src/fuzzing.rs`.

/// Properties of the library.
#[path = "../../tests/it/fuzzing.rs"]
pub mod library;
