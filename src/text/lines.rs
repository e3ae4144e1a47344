//! Splits text into lines and recognises how they are laid out.

use std::ops::Range;

use crate::named_enum::named_enum;

/// One line of the normalised text. Lines end at `\n` and nothing else; a `\r` before it belongs to the ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// Byte offset of its first byte.
    pub start: usize,
    /// Byte offset after its last byte, the ending not counted.
    pub end: usize,
    /// Byte offset of the next line: after the ending, or the end of the text.
    pub next: usize,
}

impl Line {
    /// The line's bytes without its ending.
    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

named_enum! {
    /// How the lines of a document relate to its paragraphs.
    #[derive(Default)]
    pub enum Layout {
        /// A line is a paragraph, a heading or a list item, as extractors write them.
        #[default]
        Blocks = "blocks",
        /// Paragraphs are broken into many lines of about the same length.
        HardWrapped = "hard-wrapped",
        /// The whole document is on one line.
        OneLine = "one-line",
    }
}

/// A text on one line is split into sentences when it has at least this many bytes: shorter ones are headings, notes or
/// single paragraphs.
const ONE_LINE_BYTES: usize = 400;
/// The most characters of a line in hard-wrapped paragraphs: mail and old news systems wrap at 72 to 80, with some
/// slack.
const WRAP_CHARS: usize = 100;
/// Pairs of neighbouring lines required before a layout is called hard-wrapped.
const WRAP_PAIRS: usize = 6;
/// The share of them that must break inside a sentence: no sentence end above, a lowercase letter below. Scripts
/// without lowercase letters are never taken for wrapped: their lists of headlines have the same shape.
const WRAP_SHARE: f64 = 0.4;

/// Splits a text into lines and finds its layout. A text that ends in `\n` has no empty line after it; an empty text
/// has no lines. In a text on a single line the sentences are the lines, and the spaces between them the endings.
pub(crate) fn split(text: &str) -> (Vec<Line>, Layout) {
    let lines = split_at_line_breaks(text);
    let mut not_blank = lines.iter().filter(|line| !text[line.span()].trim().is_empty());
    if let (Some(only), None) = (not_blank.next(), not_blank.next())
        && only.end - only.start >= ONE_LINE_BYTES
    {
        let mut sentences = Vec::with_capacity(16);
        for line in &lines {
            if line == only {
                split_into_sentences(text, line, &mut sentences);
            } else {
                sentences.push(*line);
            }
        }
        let layout = if sentences.len() > lines.len() { Layout::OneLine } else { Layout::Blocks };
        return (sentences, layout);
    }
    let layout = if is_hard_wrapped(text, &lines) { Layout::HardWrapped } else { Layout::Blocks };
    (lines, layout)
}

pub(crate) fn split_at_line_breaks(text: &str) -> Vec<Line> {
    let bytes = text.as_bytes();
    let mut lines = Vec::with_capacity(bytes.len() / 32 + 1);
    let mut start = 0;
    crate::simd::each_newline(bytes, |at| {
        let end = if at > start && bytes[at - 1] == b'\r' { at - 1 } else { at };
        lines.push(Line { start, end, next: at + 1 });
        start = at + 1;
    });
    if start < bytes.len() {
        lines.push(Line { start, end: bytes.len(), next: bytes.len() });
    }
    lines
}

/// Sentences end at `.`, `!` or `?` and whitespace, at their full-width forms, and at two spaces or a tab.
fn split_into_sentences(text: &str, line: &Line, pieces: &mut Vec<Line>) {
    let mut start = line.start;
    let mut ended = false;
    let mut chars = text[line.span()].char_indices().peekable();
    while let Some((offset, c)) = chars.next() {
        let at = line.start + offset;
        let after = at + c.len_utf8();
        if c.is_whitespace() {
            let mut next = after;
            while let Some((_, s)) = chars.next_if(|(_, s)| s.is_whitespace()) {
                next += s.len_utf8();
            }
            if at > start && next < line.end && (ended || c == '\t' || text[at..next].chars().count() > 1) {
                pieces.push(Line { start, end: at, next });
                start = next;
            }
            ended = false;
        } else if matches!(c, '。' | '！' | '？') {
            let close = chars.next_if(|(_, s)| matches!(s, '」' | '』' | '”' | '）')).map_or(0, |(_, s)| s.len_utf8());
            if after + close < line.end {
                pieces.push(Line { start, end: after + close, next: after + close });
                start = after + close;
            }
            ended = false;
        } else {
            ended = matches!(c, '.' | '!' | '?' | '…') || ended && matches!(c, '"' | '\'' | '”' | '’' | ')' | '»');
        }
    }
    if start < line.next {
        pieces.push(Line { start, end: line.end, next: line.next });
    }
}

/// Whether most neighbouring lines break inside a sentence, and no line is far above the width.
fn is_hard_wrapped(text: &str, lines: &[Line]) -> bool {
    let (mut pairs, mut broken) = (0usize, 0usize);
    for pair in lines.windows(2) {
        let (above, below) = (trimmed_end(&text[pair[0].span()]), trimmed_start(&text[pair[1].span()]));
        if above.is_empty() || below.is_empty() {
            continue;
        }
        pairs += 1;
        // No line has more characters than bytes, so those of most lines need not be counted.
        if above.len() < WRAP_CHARS / 3 {
            continue;
        }
        let wrapped = below.chars().next().is_some_and(char::is_lowercase)
            && !above.ends_with(['.', '!', '?', ':', '"', '”', '。', '！', '？', '؟', '।', '۔']);
        if !wrapped && above.len() <= 3 * WRAP_CHARS {
            continue;
        }
        let width = above.chars().count();
        if width > 3 * WRAP_CHARS {
            return false;
        }
        broken += usize::from(wrapped && (WRAP_CHARS / 3..=WRAP_CHARS).contains(&width));
    }
    pairs >= WRAP_PAIRS && broken as f64 >= pairs as f64 * WRAP_SHARE
}

/// `str::trim_end`, quicker for lines that end in no whitespace.
#[inline]
pub(super) fn trimmed_end(line: &str) -> &str {
    if line.chars().next_back().is_some_and(char::is_whitespace) { line.trim_end() } else { line }
}

/// `str::trim_start`, quicker for lines that begin with no whitespace.
#[inline]
pub(super) fn trimmed_start(line: &str) -> &str {
    if line.chars().next().is_some_and(char::is_whitespace) { line.trim_start() } else { line }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(text: &str) -> (Vec<&str>, Layout) {
        let (lines, layout) = split(text);
        // Whatever the layout, lines and endings together are the text.
        assert_eq!(lines.iter().map(|l| &text[l.start..l.next]).collect::<String>(), text);
        (lines.iter().map(|l| &text[l.span()]).collect(), layout)
    }

    /// [`is_hard_wrapped`], with the characters of all lines counted.
    fn is_wrapped_by_widths(text: &str, lines: &[Line]) -> bool {
        let (mut pairs, mut broken) = (0usize, 0usize);
        for pair in lines.windows(2) {
            let (above, below) = (text[pair[0].span()].trim_end(), text[pair[1].span()].trim_start());
            if above.is_empty() || below.is_empty() {
                continue;
            }
            let width = above.chars().count();
            if width > 3 * WRAP_CHARS {
                return false;
            }
            pairs += 1;
            let wrapped = (WRAP_CHARS / 3..=WRAP_CHARS).contains(&width)
                && !above.ends_with(['.', '!', '?', ':', '"', '”', '。', '！', '？', '؟', '।', '۔'])
                && below.chars().next().is_some_and(char::is_lowercase);
            broken += usize::from(wrapped);
        }
        pairs >= WRAP_PAIRS && broken as f64 >= pairs as f64 * WRAP_SHARE
    }

    proptest! {
        #[test]
        fn few_lines_need_to_be_counted(
            lines in prop::collection::vec("( |\u{a0}|)([a-zé]{1,12} ){0,12}[a-zA-ZÉ.”]?", 0..24), long in "x?", length in 295_usize..305,
        ) {
            let text = lines.join("\n") + "\n" + &long.repeat(length) + "\nword";
            let lines = split_at_line_breaks(&text);
            assert_eq!(is_hard_wrapped(&text, &lines), is_wrapped_by_widths(&text, &lines));
        }
    }

    #[test]
    fn lines_end_at_newlines_only() {
        assert_eq!(texts("a\r\nb\u{2028}c\rd\n\ne").0, ["a", "b\u{2028}c\rd", "", "e"]);
        assert_eq!(texts("").0, [""; 0]);
        assert_eq!(texts("\n").0, [""]);
        assert_eq!(texts("a\n").0, ["a"]);
    }

    #[test]
    fn one_long_line_is_taken_apart_into_sentences() {
        let sentence = "The harbour master said that the last ferry had left before the storm reached the pier. ";
        let text = format!("{}Sign up for our newsletter.  Share", sentence.repeat(5));
        let (lines, layout) = texts(&text);
        assert_eq!(layout, Layout::OneLine);
        assert_eq!(lines.len(), 7);
        assert_eq!(lines[5..], ["Sign up for our newsletter.", "Share"]);
    }

    #[test]
    fn wrapped_paragraphs_are_recognised_and_lists_are_not() {
        let wrapped = "The council met on Tuesday evening to hear what\nthe engineers had found under the old bridge, and\n\
            the report was worse than anybody in the room\nhad feared; three of the pillars stand on sand\nand the fourth \
            one, which carries the tramway\nand the water main, has moved by a hand's breadth\nsince the spring.\n";
        assert_eq!(texts(wrapped).1, Layout::HardWrapped);
        let list = "Apples\nPears\nFigs\nPlums\nQuinces\nMedlars\nCherries\nDamsons\n";
        assert_eq!(texts(list).1, Layout::Blocks);
    }
}
