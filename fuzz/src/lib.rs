//! The properties that fuzzing tries to break. They are in the tests that replay its seeds and finds: those of the library
//! in `tests/it/untrusted.rs`, those of the command in `cli/src/fuzzing.rs`.

/// Properties of the library.
#[path = "../../tests/it/untrusted.rs"]
pub mod library;
