//! The command `bodytext` as a library: [`run`] takes the arguments and returns the exit code.

mod args;
mod catch_panic;
mod commands;
mod compression;
mod config;
#[doc(hidden)]
pub mod embed;
mod error;
mod extra_fields;

#[cfg(any(test, fuzzing))]
pub mod fuzzing;
mod input;
mod interrupt;
mod json;
mod limits;
mod plan;
mod progress;
mod read;
mod removals;
mod run;
mod run_log;
mod stats;
mod summary;
mod table;
mod terminal;
mod worker;
mod write;

use std::ffi::OsString;

use args::Command;
use error::{Error, ExitCode};

/// Runs the command that the arguments name; the first is the program's name, as in [`std::env::args_os`].
pub fn run(args: impl IntoIterator<Item = OsString>) -> std::process::ExitCode {
    exit_code(args).into()
}

fn exit_code(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    match args::parse(args) {
        Ok(arguments) => {
            terminal::use_color(arguments.color);
            run_command(arguments.command).unwrap_or_else(|error| terminal::report_error(&error))
        }
        Err(message) => terminal::print_clap(&message),
    }
}

fn run_command(command: Command) -> Result<ExitCode, Error> {
    match command {
        Command::Clean(args) => commands::clean::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Tune(args) => commands::tune::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Rules(command) => commands::rules::run(&command),
        Command::Completions { shell } => commands::install::completions(shell),
        Command::Man { dir } => commands::install::man(&dir),
    }
}
