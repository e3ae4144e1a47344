//! Phrases: texts that a line has between word boundaries.

use std::ops::Range;

use crate::fold::{is_boundary, is_word_char};

/// Where in the folded line a phrase must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PhrasePlace {
    /// It is the whole line, except for punctuation around it.
    Whole,
    /// The line begins with it.
    Start,
    /// The line ends with it, except for punctuation after it.
    End,
    /// Anywhere.
    Anywhere,
}

impl PhrasePlace {
    pub(crate) const ALL: [PhrasePlace; 4] =
        [PhrasePlace::Whole, PhrasePlace::Start, PhrasePlace::End, PhrasePlace::Anywhere];
}

/// Whether a phrase was found at its place, from word boundary to word boundary.
#[inline]
pub fn phrase_fits(place: PhrasePlace, folded: &str, found: Range<usize>) -> bool {
    let (before, phrase, after) = (&folded[..found.start], &folded[found.clone()], &folded[found.end..]);
    is_boundary(before.chars().next_back(), phrase.chars().next())
        && is_boundary(phrase.chars().next_back(), after.chars().next())
        && match place {
            PhrasePlace::Whole => before.chars().all(is_mere_punctuation) && after.chars().all(is_mere_punctuation),
            PhrasePlace::Start => before.is_empty(),
            PhrasePlace::End => after.chars().all(is_mere_punctuation),
            PhrasePlace::Anywhere => true,
        }
}

/// Punctuation and symbols around a line's words that carry no meaning: colons, arrows, brackets.
fn is_mere_punctuation(c: char) -> bool {
    !is_word_char(c) && c != '?' && c != '%'
}

/// A line without the punctuation at its end.
#[inline]
pub fn without_punctuation(text: &str) -> &str {
    match text.as_bytes().last() {
        Some(last) if last.is_ascii_alphanumeric() => text,
        _ => text.trim_end_matches(is_mere_punctuation),
    }
}
