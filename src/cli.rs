//! The command line: from arguments to a checked plan, from the plan to the run, from the run to an exit code.
//! It holds no rule of cleaning; the library knows nothing of files, threads or terminals, and this does.
//! It stands above the public API of the library and uses nothing else of it.

pub(crate) mod args;
mod batch;
mod checkpoint;
mod commands;
mod documents;
mod exit_code;
mod filters;
mod guard;
mod interrupt;
mod json;
mod large;
mod limits;
mod manifest;
pub(crate) mod output;
mod packing;
mod parquet;
mod plan;
mod progress;
mod records;
mod settings;
mod sink;
mod source;
mod summary;
mod tally;
mod trace;
#[cfg(any(test, fuzzing))]
pub mod untrusted;

use args::{Arguments, Command};
use exit_code::{ExitCode, Stop};

/// Runs the command the arguments name.
pub(crate) fn run(arguments: Arguments) -> Result<ExitCode, Stop> {
    match arguments.command {
        Command::Clean(args) => commands::clean::run(&args),
        Command::Explain(args) => commands::explain::run(&args),
        Command::Eval(args) => commands::eval::run(&args),
        Command::Tune(args) => commands::tune::run(&args),
        Command::Bench(args) => commands::bench::run(&args),
        Command::Verify(args) => commands::verify::run(&args),
        Command::Rules(command) => commands::rules::run(&command),
    }
}
