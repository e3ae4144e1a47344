//! One text, wherever it stands: cleaned, counted, traced, asked about by the filters. A text far larger than any page is
//! cleaned piece by piece, so that memory stays near its size.
//! A page is cleaned as a whole, since what stands far away counts; no page is as large as that. It decides nothing.
//! Between `documents`, `records`, `parquet` and the library.

use bodytext::Cleaned;
use rayon::prelude::*;

use crate::documents::{Done, Job};
use crate::filters::Filters;
use crate::guard::guarded;
use crate::tally::Tally;
use crate::trace::{Base, Named};

/// Texts of more bytes are cleaned in pieces. The longest page of the corpora that the decision was learned from has
/// 435,339.
const LARGE: usize = 8 << 20;
/// Bytes of a piece, as long as it can end with a line. The numbers on its lines take some fifteen times of it.
const PIECE: usize = 1 << 20;
/// A line that is longer is cut between two sentences, or at least two words.
const LONG_LINE: usize = 2 * PIECE;

/// A text that was cleaned.
pub(crate) enum Clean<'t> {
    /// A page, with all that is known of it.
    Page(Cleaned<'t>),
    /// A text that was cleaned in pieces.
    Large(String),
}

/// What comes of a text in pieces.
#[derive(Default)]
struct Pieces {
    /// The cleaned text.
    text: String,
    /// Words before and after.
    words: (usize, usize),
    /// The normalised text, where it may have to be told.
    normalized: String,
}

impl Clean<'_> {
    /// The cleaned text.
    pub(crate) fn text(&self) -> &str {
        match self {
            Clean::Page(cleaned) => cleaned.text(),
            Clean::Large(text) => text,
        }
    }

    /// The cleaned text, as one's own.
    pub(crate) fn into_text(self) -> String {
        match self {
            Clean::Page(cleaned) => cleaned.into_text().into_owned(),
            Clean::Large(text) => text,
        }
    }
}

impl Job<'_> {
    /// Cleans a text, counts what happened in it and tells the trace of it. Also whether it stays: where a filter leaves
    /// it out, that is counted. The document itself the caller counts.
    pub(crate) fn text<'t>(
        &self,
        text: &'t str,
        host: Option<&str>,
        name: Named<'_>,
        done: &mut Done,
    ) -> Result<(Clean<'t>, bool), String> {
        self.limits.text(text)?;
        let before = (done.tally.lines.1, done.tally.chars.1);
        let (clean, dropped) = if text.len() > LARGE {
            let told = done.trace.len();
            let Pieces { text, words, normalized } = self.large(text, host, name, done)?;
            let dropped = self.filters.drops(words);
            if let (Some(trace), Some(filter)) = (self.trace, dropped) {
                done.trace.truncate(told);
                trace.add_dropped(name, &normalized, filter, &mut done.trace);
            }
            (Clean::Large(text), dropped)
        } else {
            let cleaned = guarded(|| self.cleaner.clean_text(text, host))?;
            let dropped = self.filters.drops(cleaned.report.words);
            match (self.trace, dropped) {
                (None, _) => {}
                (Some(trace), None) => trace.add(name, &cleaned, self.cleaner.rules(), &mut done.trace),
                (Some(trace), Some(filter)) => {
                    trace.add_dropped(name, &cleaned.normalized, filter, &mut done.trace);
                }
            }
            done.tally.piece(&cleaned);
            (Clean::Page(cleaned), dropped)
        };
        match dropped {
            Some(filter) => {
                // Nothing of it came out.
                (done.tally.lines.1, done.tally.chars.1) = before;
                done.tally.records.drop(filter, 1);
            }
            None => done.tally.records.written += 1,
        }
        Ok((clean, dropped.is_none()))
    }

    /// Cleans a text in pieces.
    fn large(&self, text: &str, host: Option<&str>, name: Named<'_>, done: &mut Done) -> Result<Pieces, String> {
        let mut all = Pieces { text: String::with_capacity(text.len()), ..Pieces::default() };
        let may_drop = self.trace.is_some() && self.filters != Filters::default();
        let mut base = Base::default();
        // A fault in one of the pieces leaves nothing counted.
        let mut tally = Tally::default();
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
                    trace.add(Named { base, ..name }, &cleaned, self.cleaner.rules(), &mut done.trace);
                }
                base.lines += cleaned.lines.len();
                base.bytes += cleaned.normalized.len();
                all.words.0 += cleaned.report.words.0;
                all.words.1 += cleaned.report.words.1;
                tally.piece(&cleaned);
                all.text.push_str(cleaned.text());
                if may_drop {
                    all.normalized.push_str(&cleaned.normalized);
                }
            }
        }
        done.tally.add(tally);
        Ok(all)
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
