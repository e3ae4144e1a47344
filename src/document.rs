//! Whole documents: texts of any length, cleaned in pieces if they are very long, and filters on the result.

use std::borrow::Cow;
use std::ops::AddAssign;

use crate::cleaned::Cleaned;
use crate::cleaner::{Cleaner, MAX_PAGE};
use crate::markup::Markup;
use crate::metadata::Metadata;
use crate::named_enum::named_enum;

/// Longer texts are cleaned in pieces to bound memory. Pages are cleaned whole, since distant lines affect the result;
/// the longest page in the training corpora has 435,339 bytes.
const MAX_PIECE_BYTES: usize = 4 << 20;
/// The same in lines: the features of a line take some 600 bytes.
const MAX_PIECE_LINES: usize = 65_536;

named_enum! {
    /// A condition that dropped a document.
    pub enum Filter {
        /// The cleaned text has too few words.
        MinWords = "min-words",
        /// Too large a share of the words was removed.
        MaxRemoved = "max-removed",
    }
}

/// The conditions for keeping a document. Without any, all are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Filters {
    /// The minimum number of words of its cleaned text.
    pub min_words: Option<usize>,
    /// The share of its words that may be removed, 0 to 1.
    pub max_removed: Option<f64>,
}

impl Filters {
    /// The filter that drops a document with these numbers of words before and after cleaning.
    pub fn drops(&self, (before, after): (usize, usize)) -> Option<Filter> {
        if self.min_words.is_some_and(|least| after < least) {
            return Some(Filter::MinWords);
        }
        let removed = 1.0 - after as f64 / before.max(1) as f64;
        (before > 0 && self.max_removed.is_some_and(|most| removed > most)).then_some(Filter::MaxRemoved)
    }
}

/// A document after cleaning.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct CleanedDocument<'t> {
    /// The cleaned text, borrowed from the input if nothing changed.
    pub text: Cow<'t, str>,
    /// Words before and after, as in a [`Report`](crate::Report).
    pub words: (usize, usize),
    /// The filter that drops it.
    pub dropped: Option<Filter>,
}

impl<'t> CleanedDocument<'t> {
    /// A document that was not cleaned.
    #[doc(hidden)]
    pub fn unchanged(text: Cow<'t, str>) -> CleanedDocument<'t> {
        CleanedDocument { text, words: (0, 0), dropped: None }
    }
}

impl Cleaner {
    /// Cleans a text of any length as one document, as the command does: in pieces if it is very long, which
    /// bounds the memory that it takes.
    pub fn clean_document<'t, 'm>(
        &self,
        text: &'t str,
        about: impl Into<Metadata<'m>>,
        filters: &Filters,
    ) -> CleanedDocument<'t> {
        let (mut whole, about) = (PieceJoiner::new(text.len()), about.into());
        self.pieces(text, about.markup).for_each(|piece| whole.push(self.clean_text(piece, about)));
        whole.finish(filters)
    }

    /// The pieces in which a text is cleaned: one piece, unless it is longer than any page. A web page is never split.
    #[doc(hidden)]
    pub fn pieces<'t>(&self, text: &'t str, known: Option<Markup>) -> impl Iterator<Item = &'t str> + use<'t> {
        let page = (text.len() > MAX_PIECE_LINES && self.is_page(text, known)).then_some(text);
        let parts = page.is_none().then(|| pieces(text));
        page.into_iter().chain(parts.into_iter().flatten())
    }
}

#[doc(hidden)]
impl Cleaner {
    /// Whether a text would be read as a web page if it were smaller.
    pub fn is_too_large_page(&self, text: &str, known: Option<Markup>) -> bool {
        text.len() > MAX_PAGE && self.is_page(&text[..char_end(text, MAX_PAGE)], known)
    }
}

/// Lines and bytes of the normalised text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Offset {
    /// Lines before it.
    pub lines: usize,
    /// Bytes before it.
    pub bytes: usize,
}

impl AddAssign for Offset {
    fn add_assign(&mut self, other: Offset) {
        *self = Offset { lines: self.lines + other.lines, bytes: self.bytes + other.bytes };
    }
}

/// Joins the cleaned [pieces](Cleaner::pieces) of a text.
#[derive(Debug)]
pub struct PieceJoiner<'t> {
    text: Option<Cow<'t, str>>,
    words: (usize, usize),
    offset: Offset,
    /// The length of the whole text.
    length: usize,
}

impl<'t> PieceJoiner<'t> {
    /// For a text of this many bytes.
    pub fn new(length: usize) -> PieceJoiner<'t> {
        PieceJoiner { text: None, words: (0, 0), offset: Offset::default(), length }
    }

    /// Where the next piece begins.
    pub fn offset(&self) -> Offset {
        self.offset
    }

    /// Appends the next piece.
    pub fn push(&mut self, cleaned: Cleaned<'t>) {
        self.offset += Offset { lines: cleaned.lines.len(), bytes: cleaned.normalized.len() };
        let (before, after) = cleaned.report.words;
        self.words = (self.words.0 + before, self.words.1 + after);
        self.text = Some(match self.text.take() {
            None => cleaned.into_document(),
            Some(text) => {
                let mut text = text.into_owned();
                // Room for all pieces at once: growing by doubling would take twice the memory.
                text.reserve_exact(self.length.saturating_sub(text.len()));
                text.push_str(cleaned.text());
                Cow::Owned(text)
            }
        });
    }

    /// The whole document.
    pub fn finish(self, filters: &Filters) -> CleanedDocument<'t> {
        let PieceJoiner { text, words, .. } = self;
        CleanedDocument { text: text.unwrap_or_default(), words, dropped: filters.drops(words) }
    }
}

/// Splits a text into pieces that end with a line if possible: one piece, unless it is longer than any page.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut first = true;
    std::iter::from_fn(move || {
        // An empty text is one piece too.
        if rest.is_empty() && !std::mem::take(&mut first) {
            return None;
        }
        first = false;
        let (piece, after) = rest.split_at(piece_end(rest));
        rest = after;
        Some(piece)
    })
}

/// The end of a text's first piece: after a line directly followed by another, since blank lines at the edges of a
/// piece are removed; else after any line; else between two sentences, or words.
fn piece_end(text: &str) -> usize {
    let line_end = if text.len() > MAX_PIECE_LINES {
        memchr::memchr_iter(b'\n', text.as_bytes()).nth(MAX_PIECE_LINES - 1)
    } else {
        None
    };
    let most = line_end.map_or(text.len(), |at| at + 1).min(MAX_PIECE_BYTES);
    if most >= text.len() {
        return text.len();
    }
    let (window, bytes) = (&text.as_bytes()[..most], text.as_bytes());
    let mut line_ends = memchr::memrchr_iter(b'\n', &window[most / 2..]).map(|at| most / 2 + at);
    if let Some(at) = line_ends.find(|&at| bytes[at - 1] > b' ' && bytes[at + 1] > b' ') {
        return at + 1;
    }
    if let Some(at) = memchr::memrchr(b'\n', window) {
        return at + 1;
    }
    let window = &text[..char_end(text, most)];
    window.rfind(". ").map(|at| at + 2).or_else(|| window.rfind(' ').map(|at| at + 1)).unwrap_or(window.len())
}

/// The last end of a character in the first `most` bytes.
fn char_end(text: &str, most: usize) -> usize {
    (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;

    fn check(text: &str) {
        let all: Vec<&str> = pieces(text).collect();
        assert_eq!(all.concat().len(), text.len());
        assert!(all.len() > 1 && all.iter().all(|piece| piece.len() <= MAX_PIECE_BYTES));
        assert!(all.iter().all(|piece| piece.matches('\n').count() <= MAX_PIECE_LINES));
        assert!(all[..all.len() - 1].iter().all(|piece| piece.ends_with('\n')) || !text.contains('\n'));
    }

    #[test]
    fn pieces_end_behind_lines_and_sentences() {
        check(&"A line.\nAnother.\n\n".repeat(300_000));
        check(&"A line.\n\n".repeat(600_000));
        check(&"A sentence of one line. ".repeat(200_000));
        check(&"é".repeat(3_000_000));
        check(&"\n".repeat(5_000_000));
        assert_eq!(pieces("").collect::<Vec<_>>(), [""]);
        assert_eq!(pieces("one\ntwo").collect::<Vec<_>>(), ["one\ntwo"]);
    }
    #[test]
    fn pages_are_cleaned_whole_and_long_texts_piece_by_piece() {
        let cleaner = Cleaner::builtin(Options::default());
        let page = "Share this story:\n\nThe ferry left the pier late on Monday.\n\nLeave a Reply\n";
        let document = cleaner.clean_document(page, None, &Filters::default());
        assert_eq!(document.text, cleaner.clean_text(page, None).text());
        let long = "Share this story:\nThe ferry left the pier late on Monday evening.\n".repeat(40_000);
        let document = cleaner.clean_document(&long, None, &Filters::default());
        let joined: String = pieces(&long).map(|piece| cleaner.clean_text(piece, None).into_text()).collect();
        assert!(document.text == joined && joined.len() < long.len());
        let words = pieces(&long).map(|piece| cleaner.clean_text(piece, None).report.words);
        assert_eq!(document.words, words.fold((0, 0), |sum, words| (sum.0 + words.0, sum.1 + words.1)));
    }

    #[test]
    fn filters_drop_short_and_shrunken_documents() {
        let both = Filters { min_words: Some(10), max_removed: Some(0.5) };
        for (filters, words, expected) in [
            (Filters::default(), (9, 0), None),
            (both, (9, 9), Some(Filter::MinWords)),
            (both, (100, 49), Some(Filter::MaxRemoved)),
            (both, (100, 50), None),
            (Filters { min_words: None, ..both }, (0, 0), None),
        ] {
            assert_eq!(filters.drops(words), expected, "{words:?}");
        }
    }
}
