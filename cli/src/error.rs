//! The errors that end a command early, and the exit codes of all commands.

use std::io;
use std::path::{Path, PathBuf};

use crate::terminal::shown;
/// What messages call standard output.
const STDOUT: &str = "standard output";

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum ExitCode {
    Success = 0,
    /// The run finished, but some inputs failed or were rejected. The summary lists them.
    SomeFailed = 1,
    /// The command line or a rule file is invalid. Nothing was done.
    Usage = 2,
    OutputFailed = 3,
    Interrupted = 130,
    Terminated = 143,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        std::process::ExitCode::from(code as u8)
    }
}

/// An error that ends a command early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// An error of usage. The text says what to type instead.
    #[error("{0}")]
    Usage(String),
    #[error("cannot write {}: {}; {}", shown(path), io_reason(source), remedy(path, source))]
    Write {
        /// The file, or `standard output`.
        path: PathBuf,
        source: io::Error,
    },
    /// The reader closed standard output. This is not a failure: `bodytext ... | head -1` is everyday use.
    #[error("the reader closed standard output")]
    StdoutClosed,
    #[error("stopped by a signal; what was not finished was not written; --resume goes on with files and folders")]
    Signal(ExitCode),
    /// The counts of records read and written differ: a bug in this program. The text says where.
    #[error("the records {0} do not add up: a fault in bodytext, please report it; do not trust the output")]
    LostRecords(String),
}

impl Error {
    pub(crate) fn usage(text: impl Into<String>) -> Error {
        Error::Usage(text.into())
    }

    /// A failure to write `path`. [`stdout`](Error::stdout) handles a closed pipe at that path.
    pub(crate) fn write(path: &Path, source: io::Error) -> Error {
        Error::Write { path: path.to_owned(), source }
    }

    /// A failure to write to standard output, or to a pipe used in its place.
    pub(crate) fn stdout(source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::BrokenPipe => Error::StdoutClosed,
            _ => Error::write(Path::new(STDOUT), source),
        }
    }

    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Error::Usage(_) => ExitCode::Usage,
            Error::Write { .. } | Error::LostRecords(_) => ExitCode::OutputFailed,
            Error::StdoutClosed => ExitCode::Success,
            Error::Signal(code) => *code,
        }
    }
}

/// The system's message, without the error number.
pub(crate) fn io_reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_lowercase(),
        None => text,
    }
}

fn remedy(path: &Path, error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded if path == Path::new(STDOUT) => {
            "free some space where it goes, and run it again"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run it again, with --resume to go on or --force to start over"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "name an output you may write to with -o"
        }
        _ => "name another place for it",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_stdout_is_success_and_a_full_one_is_not() {
        assert_eq!(Error::stdout(io::ErrorKind::BrokenPipe.into()).code(), ExitCode::Success);
        assert_eq!(Error::stdout(io::ErrorKind::StorageFull.into()).code(), ExitCode::OutputFailed);
    }
}
