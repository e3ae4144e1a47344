//! The integration tests, one binary.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

// The library does no input or output.
mod architecture;
// The measuring commands.
mod bench;
// What a run may take, however much it is given.
mod bounds;
// The command line as its users see it: the cases of tests/cmd, and records byte for byte.
mod cli;
// The figures on labelled corpora, where there are any.
mod corpora;
mod decode;
// What rules and the shape of a page make of lines together.
mod decision;
// Measuring against gold.
mod eval;
// Bad inputs, outputs that cannot be written, closed pipes, signals.
mod faults;
// What platforms and plugins leave around an article, in many languages.
mod footprints;
mod formats;
// Sentences with the words of boilerplate, in many languages.
mod near_misses;
mod normalize;
// Properties for untrusted input, tried on the seeds and finds of fuzzing.
mod fuzzing;
// The samples, byte for byte.
mod golden;
// Web pages.
mod html;
// What holds for every input.
mod invariants;
// The same text gives the same result from file, folder, pipe and records, with one thread and with many.
mod parallel;
// The presets do what their sources do.
mod presets;
// Rule files: the messages for their writers, sites, hashes, the schema.
mod rules;
mod saved_pages;
// What README.md and docs/ promise.
mod docs;
#[cfg(unix)]
mod docs_commands;
mod resume;
// No space left, calls that fail.
mod removals;
mod system;
// Tables from records, records from tables, and the fields that a run adds.
mod tables;
// Fitting weights.
mod tune;
