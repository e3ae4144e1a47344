//! Texts far larger than any page: they are cleaned piece by piece, so that memory stays near the size of the text.
//! A page is cleaned as a whole, since what stands far away counts; no page is as large as this. It decides nothing.
//! Between `documents`, `records` and the library.

use bodytext::Cleaned;
use rayon::prelude::*;

use crate::cli::documents::{Done, Job};
use crate::cli::guard::guarded;
use crate::cli::tally::Tally;
use crate::cli::trace::{Base, Named};

/// Texts of more bytes are cleaned in pieces. The longest page of the corpora that the decision was learned from has a
/// sixteenth of it.
pub(crate) const LARGE: usize = 8 << 20;
/// Bytes of a piece, as long as it can end with a line. The numbers on its lines take some fifteen times of it.
const PIECE: usize = 1 << 20;
/// A line that is longer is cut between two sentences, or at least two words.
const LONG_LINE: usize = 2 * PIECE;

/// A large text that was cleaned.
pub(crate) struct Whole {
    /// The text.
    pub(crate) text: String,
    /// Words before and after.
    pub(crate) words: (usize, usize),
    /// The counts, but for the document itself and its encoding.
    pub(crate) tally: Tally,
}

impl Job<'_> {
    /// Cleans a large text. The trace goes to `done`.
    pub(crate) fn large(
        &self,
        text: &str,
        host: Option<&str>,
        name: Named<'_>,
        done: &mut Done,
    ) -> Result<Whole, String> {
        let mut whole = Whole { text: String::with_capacity(text.len()), words: (0, 0), tally: Tally::default() };
        let mut base = Base::default();
        let mut rest = text;
        while !rest.is_empty() {
            let mut pieces = Vec::with_capacity(rayon::current_num_threads());
            while pieces.len() < pieces.capacity() && !rest.is_empty() {
                let (piece, after) = rest.split_at(end(rest));
                pieces.push(piece);
                rest = after;
            }
            let cleaned: Vec<Result<Cleaned<'_>, String>> =
                pieces.par_iter().map(|piece| guarded(|| self.cleaner.clean_text(piece, host))).collect();
            for cleaned in cleaned {
                let cleaned = cleaned?;
                if let Some(trace) = self.trace {
                    trace.add(Named { base, ..name }, &cleaned, None, self.cleaner.rules(), &mut done.trace);
                }
                base.lines += cleaned.lines.len();
                base.bytes += cleaned.normalized.len();
                whole.words.0 += cleaned.report.words.0;
                whole.words.1 += cleaned.report.words.1;
                whole.tally.piece(&cleaned);
                whole.text.push_str(cleaned.text());
            }
        }
        Ok(whole)
    }
}

/// Where the first piece of a text ends: behind a line with another right below, since blank lines at the edges of a
/// piece go; else behind any line.
fn end(text: &str) -> usize {
    if text.len() <= LONG_LINE {
        return text.len();
    }
    let bytes = text.as_bytes();
    let window = PIECE / 2..PIECE;
    let solid = |at: usize| bytes[at - 1] > b' ' && bytes[at + 1] > b' ';
    if let Some(at) =
        memchr::memrchr_iter(b'\n', &bytes[window.clone()]).map(|at| window.start + at).find(|&at| solid(at))
    {
        return at + 1;
    }
    if let Some(at) = memchr::memrchr(b'\n', &bytes[..PIECE]) {
        return at + 1;
    }
    if let Some(at) = memchr::memchr(b'\n', &bytes[..LONG_LINE]) {
        return at + 1;
    }
    // No line end far and wide.
    let long = &text[..floor(text, PIECE)];
    long.rfind(". ").map(|at| at + 2).or_else(|| long.rfind(' ').map(|at| at + 1)).unwrap_or(long.len())
}

/// The last place between two characters that is not beyond `at`.
fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_end_behind_lines_and_sentences() {
        let ends = |text: &str| {
            let (mut rest, mut longest, mut count) = (text, 0, 0);
            while !rest.is_empty() {
                let (piece, after) = rest.split_at(end(rest));
                assert!(after.is_empty() || piece.ends_with('\n') || !text.contains('\n'));
                (longest, count, rest) = (longest.max(piece.len()), count + 1, after);
            }
            assert!(longest <= LONG_LINE && count >= text.len() / LONG_LINE);
        };
        ends(&"A line.\nAnother.\n\n".repeat(300_000));
        ends(&"A line.\n\n".repeat(600_000));
        ends(&"A sentence of one line. ".repeat(200_000));
        ends(&"é".repeat(3_000_000));
        ends(&"\n".repeat(5_000_000));
    }
}
