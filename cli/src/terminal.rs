//! Prints to standard output, handling closed pipes, and to standard error. What comes from files, names and the web
//! cannot control the terminal.

use std::borrow::Cow;
use std::fmt::Display;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

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

/// Sets whether standard output and standard error have colours.
pub(crate) fn use_color(choice: clap::ColorChoice) {
    match choice {
        clap::ColorChoice::Auto => anstream::ColorChoice::Auto,
        clap::ColorChoice::Always => anstream::ColorChoice::Always,
        clap::ColorChoice::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// Prints lines on standard error. Errors are ignored, since there is nowhere to report them.
pub(crate) fn eprint(lines: impl Display) {
    let lines = lines.to_string();
    let safe: Vec<Cow<'_, str>> = lines.split('\n').map(escaped).collect();
    let _ = writeln!(io::stderr().lock(), "{}", safe.join("\n"));
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

/// A text from the web with U+FFFD for each character that controls the terminal.
pub(crate) fn visible(text: &str) -> String {
    text.chars().map(|c| if controls_terminal(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// A name with escapes such as `\n` or `\u{1b}` for the characters that control the terminal.
pub(crate) fn escaped(name: &str) -> Cow<'_, str> {
    if !name.contains(controls_terminal) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        match controls_terminal(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A path for messages, escaped.
pub(crate) fn shown(path: impl AsRef<Path>) -> impl Display {
    escaped(&path.as_ref().to_string_lossy()).into_owned()
}

/// Whether a character moves the cursor, begins a command of the terminal, or turns the direction of what follows, so
/// that a name looks like another.
fn controls_terminal(c: char) -> bool {
    c.is_control() && c != '\t'
        || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}')
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_control_the_terminal() {
        assert_eq!(escaped("café\tau lait.txt"), "café\tau lait.txt");
        assert_eq!(escaped("a\u{1b}[31m\u{7}\nb"), "a\\u{1b}[31m\\u{7}\\nb");
        assert_eq!(escaped("exe.\u{202e}txt\u{9b}"), "exe.\\u{202e}txt\\u{9b}");
        assert_eq!(visible("a\u{1b}\u{202e}b"), "a\u{FFFD}\u{FFFD}b");
    }
}
