//! Prints to standard output, handling closed pipes, and to standard error.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use crate::error::{Error, ExitCode};

/// The width in columns if there is no terminal: that of the help texts.
const DEFAULT_WIDTH: u16 = 100;

/// Buffered standard output for messages; colours are dropped if it is not a terminal.
pub(crate) struct Stdout(BufWriter<anstream::AutoStream<io::Stdout>>);

impl Stdout {
    pub(crate) fn new() -> Stdout {
        Stdout(BufWriter::new(anstream::AutoStream::auto(io::stdout())))
    }

    pub(crate) fn print(&mut self, line: impl Display) -> Result<(), Error> {
        writeln!(self.0, "{line}").map_err(Error::stdout)
    }

    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Error> {
        serde_json::to_writer(&mut self.0, value).map_err(|error| Error::stdout(error.into()))?;
        self.print("")
    }

    pub(crate) fn text(&mut self, text: &str) -> Result<(), Error> {
        self.0.write_all(text.as_bytes()).map_err(Error::stdout)
    }

    /// Flushes the buffer. It must be called at the end: a full disk shows only here.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        self.0.flush().map_err(Error::stdout)
    }
}

/// Prints a line on standard error. Errors are ignored, since there is nowhere to report them.
pub(crate) fn eprint(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints a message of clap: help and version on standard output, errors on standard error.
pub(crate) fn print_clap(message: &clap::Error) -> ExitCode {
    // A closed pipe is fine here too, and there is no other way to complain.
    let _ = message.print();
    if message.use_stderr() { ExitCode::Usage } else { ExitCode::Success }
}

/// Prints the error that ended a command, and returns its exit code.
pub(crate) fn report_error(error: &Error) -> ExitCode {
    if !matches!(error, Error::StdoutClosed) {
        eprint(format_args!("bodytext: {error}"));
    }
    error.code()
}

/// Escapes a text from the web so that it cannot control the terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c }).collect()
}

/// The start of a line that fits the terminal, or the default width if standard output is not one.
pub(crate) fn fitted(line: &str) -> String {
    let (_, columns) = console::Term::stdout().size_checked().unwrap_or((0, DEFAULT_WIDTH));
    console::truncate_str(&visible(line).replace('\t', " "), usize::from(columns), "…").into_owned()
}

/// Whether standard input is a terminal rather than a file or a pipe.
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}
