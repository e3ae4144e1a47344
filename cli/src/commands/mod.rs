//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod clean;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod install;
pub(crate) mod rules;
pub(crate) mod tune;
pub(crate) mod verify;

use crate::args;
use crate::error::{Error, ExitCode};
use crate::terminal::Stdout;

/// Prints the first screen, for a command without a file or a pipe to read.
fn print_help() -> Result<ExitCode, Error> {
    let mut out = Stdout::new();
    out.text(&args::help().ansi().to_string())?;
    out.finish()?;
    Ok(ExitCode::Success)
}
