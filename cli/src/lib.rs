//! The command `bodytext` as a library: [`run`] takes the arguments and returns the exit code.

mod args;
mod catch_panic;
mod commands;
mod compression;
mod config;
mod error;
mod extra_fields;
mod filters;

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
    match args::parse(args) {
        Ok(arguments) => {
            terminal::use_color(arguments.color);
            match run_command(arguments.command) {
                Ok(code) => code.into(),
                Err(error) => terminal::report_error(&error).into(),
            }
        }
        Err(message) => terminal::print_clap(&message).into(),
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
