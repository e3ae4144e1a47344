//! The properties that fuzzing looks for breaches of. They stand beside the tests that try what it found: those of the
//! library in `tests/it/untrusted.rs`, those of the command line in `src/cli/untrusted.rs`.

/// What the library reads.
#[path = "../../tests/it/untrusted.rs"]
pub mod library;
