//! The one place that prints: standard output with a closed pipe handled, and lines on standard error.
//! It decides no wording but that of the last message of a run that stopped early.
//! Commands and the summary write through it.

use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};

use serde::Serialize;

use crate::exit_code::{ExitCode, Stop};

/// Columns where there is no terminal to ask: as many as in the help texts.
const USUAL_WIDTH: u16 = 100;

/// Standard output, buffered. A reader that has gone turns into [`Stop::ClosedStdout`].
pub(crate) struct Stdout(BufWriter<anstream::AutoStream<io::Stdout>>);

impl Stdout {
    /// Standard output for messages: colours are dropped where it is no terminal.
    pub(crate) fn new() -> Stdout {
        Stdout(BufWriter::new(anstream::AutoStream::auto(io::stdout())))
    }

    /// Writes a line.
    pub(crate) fn line(&mut self, line: impl Display) -> Result<(), Stop> {
        writeln!(self.0, "{line}").map_err(Stop::stdout)
    }

    /// Writes a value as JSON on one line.
    pub(crate) fn json(&mut self, value: &impl Serialize) -> Result<(), Stop> {
        serde_json::to_writer(&mut self.0, value).map_err(|error| Stop::stdout(error.into()))?;
        self.line("")
    }

    /// Writes text as it is.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), Stop> {
        self.0.write_all(text.as_bytes()).map_err(Stop::stdout)
    }

    /// Writes out what is still buffered. To be called at the end: a full disk shows only here.
    pub(crate) fn finish(mut self) -> Result<(), Stop> {
        self.0.flush().map_err(Stop::stdout)
    }
}

/// Writes a line to standard error. Where that is closed there is nobody to tell, so errors are dropped.
pub(crate) fn note(line: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Prints what clap has to say: help and version on standard output, errors on standard error.
pub(crate) fn usage_message(message: &clap::Error) -> ExitCode {
    // A closed pipe is fine here too, and there is no other way to complain.
    let _ = message.print();
    if message.use_stderr() { ExitCode::Usage } else { ExitCode::Success }
}

/// Words the reason why a run stopped, and gives its exit code.
pub(crate) fn last_words(stop: &Stop) -> ExitCode {
    match stop {
        Stop::Usage(text) => note(format_args!("bodytext: {text}")),
        Stop::Output { path, source } => {
            note(format_args!("bodytext: cannot write {}: {}; {}", path.display(), reason(source), remedy(source)));
        }
        Stop::ClosedStdout => {}
        Stop::Lost(place) => note(format_args!(
            "bodytext: the records {place} do not add up: a fault in bodytext, please report it; do not trust the output"
        )),
        Stop::Signal(_) => note(
            "bodytext: stopped by a signal; what was not finished was not written; --resume goes on with files and folders",
        ),
    }
    stop.code()
}

/// What the system said, without the number that only programmers read.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    match text.find(" (os error") {
        Some(at) => text[..at].to_lowercase(),
        None => text,
    }
}

/// A text from the web must not steer the terminal it is shown on.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\t' { '\u{FFFD}' } else { c }).collect()
}

/// The beginning of a line that fits the terminal, or a usual one where standard output is none; its control characters
/// are shown.
pub(crate) fn fitted(line: &str) -> String {
    let (_, columns) = console::Term::stdout().size_checked().unwrap_or((0, USUAL_WIDTH));
    console::truncate_str(&visible(line).replace('\t', " "), usize::from(columns), "…").into_owned()
}

/// Whether somebody sits before standard input rather than a file or a pipe.
pub(crate) fn stdin_is_terminal() -> bool {
    io::stdin().is_terminal()
}

fn remedy(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "free some space and run it again, with --resume to go on or --force to begin anew"
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "name an output you may write to with -o"
        }
        _ => "name another place for it",
    }
}
