//! The command `bodytext` as a library: [`run`] takes the arguments and returns the exit code.

mod args;
mod batch;
mod checkpoint;
mod commands;
mod config;
mod documents;
mod exit_code;
mod filters;
mod guard;
mod interrupt;
mod json;
mod large;
mod limits;
mod manifest;
mod output;
mod packing;
mod parquet;
mod plan;
mod progress;
mod records;
mod sink;
mod source;
mod summary;
mod tally;
mod trace;
#[cfg(any(test, fuzzing))]
pub mod untrusted;

use std::ffi::OsString;

use args::Command;
use exit_code::{ExitCode, Stop};

/// Runs the command that the arguments name; the first is the program's name, as in [`std::env::args_os`].
pub fn run(args: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    match args::parse(args) {
        Ok(arguments) => match run_command(arguments.command) {
            Ok(code) => code.into(),
            Err(stop) => output::last_words(&stop).into(),
        },
        Err(message) => output::usage_message(&message).into(),
    }
}

fn run_command(command: Command) -> Result<ExitCode, Stop> {
    match command {
        Command::Clean(args) => commands::clean::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Tune(args) => commands::tune::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Rules(command) => commands::rules::run(&command),
    }
}
