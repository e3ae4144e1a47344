//! How a run can end: the exit codes, and the reasons to stop before the end.
//! It prints nothing; `output` words the reasons.
//! Everything of the command line may use it; it depends on nothing.

use std::io;
use std::path::{Path, PathBuf};

/// The exit codes of every command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ExitCode {
    /// Everything was done.
    Success,
    /// The run came to its end, but some inputs failed or were set aside. The summary lists them.
    SomeFailed,
    /// The command line or a rule file is wrong. Nothing was done.
    Usage,
    /// The output cannot be written.
    OutputFailed,
    /// Stopped by SIGINT.
    Interrupted,
    /// Stopped by SIGTERM.
    Terminated,
}

impl ExitCode {
    /// The number handed to the shell.
    pub(crate) const fn number(self) -> u8 {
        match self {
            ExitCode::Success => 0,
            ExitCode::SomeFailed => 1,
            ExitCode::Usage => 2,
            ExitCode::OutputFailed => 3,
            ExitCode::Interrupted => 130,
            ExitCode::Terminated => 143,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        std::process::ExitCode::from(code.number())
    }
}

/// Why a command ended before its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Something to type differently. The text says what.
    Usage(String),
    /// An output cannot be written.
    Output {
        /// The file, or `standard output`.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Whoever read standard output has had enough. That is no fault: `bodytext ... | head -1` is everyday use.
    ClosedStdout,
    /// A signal asked for the end.
    Signal(ExitCode),
    /// The records that were read are not those that were written: a fault of this program. The text says where.
    Lost(String),
}

impl Stop {
    /// A usage error with this text.
    pub(crate) fn usage(text: impl Into<String>) -> Stop {
        Stop::Usage(text.into())
    }

    /// A failure to write `path`.
    pub(crate) fn output(path: &Path, source: io::Error) -> Stop {
        Stop::Output { path: path.to_owned(), source }
    }

    /// A failure to write standard output.
    pub(crate) fn stdout(source: io::Error) -> Stop {
        if source.kind() == io::ErrorKind::BrokenPipe {
            return Stop::ClosedStdout;
        }
        Stop::Output { path: PathBuf::from("standard output"), source }
    }

    /// Records that cannot be accounted for.
    pub(crate) fn lost(place: &str) -> Stop {
        Stop::Lost(place.to_owned())
    }

    /// The exit code it leads to.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            Stop::Usage(_) => ExitCode::Usage,
            Stop::Output { .. } | Stop::Lost(_) => ExitCode::OutputFailed,
            Stop::ClosedStdout => ExitCode::Success,
            Stop::Signal(code) => *code,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_stdout_is_success_and_a_full_one_is_not() {
        assert_eq!(Stop::stdout(io::ErrorKind::BrokenPipe.into()).code(), ExitCode::Success);
        assert_eq!(Stop::stdout(io::ErrorKind::StorageFull.into()).code(), ExitCode::OutputFailed);
    }
}
