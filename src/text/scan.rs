//! One pass over the lines of a page, which finds all that later stages need of each.
//!
//! A line is read in blocks of up to 64 bytes, each of which gives a mask for each class of bytes. Words, sentences and
//! the like are then counted by a few operations on masks. A block ends behind a space or at the end of the line, so no
//! word is in two blocks. Lines for which this does not work (a word of 64 bytes, a script without spaces, a letter
//! whose lowercase form has another length) are read character by character.

use std::ops::Range;

use super::block::{Block, OtherMasks, Sums, Words};
use super::byte_classes::ByteClasses;
use super::char_class::CharClass;
use super::fold::{fold, strip_bullets};
use super::line_counts::LineCounts;
use super::line_stats::{self, LineStats, ends_sentence};
use super::lines::{Line, trimmed_end, trimmed_start};
use super::tokens::{Token, tokenize};

/// Follows the folded texts: the 64 bytes after each can be read, and words in pieces of eight.
const PADDING: &str = match str::from_utf8(&[0; 72]) {
    Ok(padding) => padding,
    Err(_) => panic!(),
};

/// What a page knows of its lines besides their statistics.
#[derive(Debug, Clone, Default)]
pub(super) struct Scan {
    pub(super) rows: Vec<Row>,
    pub(super) tokens: Vec<Token>,
    /// The folded text of each line, as a part of `folded_text`; empty for blank lines.
    pub(super) folded: Vec<Range<usize>>,
    /// The text in lowercase, of which the folded texts of most lines are parts, and then those of the other lines.
    pub(super) folded_text: String,
}

/// A line that is not blank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Row {
    /// Its index in the lines of the page.
    pub(crate) line: usize,
    /// Characters of whitespace before its text.
    pub(crate) indent: usize,
    /// Byte offsets of its text without whitespace at the edges.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where its first two words end.
    pub(crate) two_words_end: usize,
    /// Where its words end among the words of the page.
    pub(crate) tokens_end: usize,
    pub(crate) counts: LineCounts,
}

pub(super) fn scan(text: &str, lines: &[Line]) -> (Vec<LineStats>, Scan) {
    let mut scanner = Scanner::new(text, lines);
    crate::simd::scan(&mut scanner);
    scanner.finish()
}

/// The pass, and what it has found so far.
pub(crate) struct Scanner<'t> {
    text: &'t str,
    lines: &'t [Line],
    /// The text in lowercase: ASCII from the start, the rest as it is read. Then padding, and the folded texts that are not
    /// parts of it.
    folded_text: String,
    /// Where the line has characters whose folded form is not their lowercase form.
    folded_at: Vec<usize>,
    stats: Vec<LineStats>,
    scan: Scan,
}

impl<'t> Scanner<'t> {
    fn new(text: &'t str, lines: &'t [Line]) -> Scanner<'t> {
        let rows = lines.len();
        Scanner {
            text,
            lines,
            // Of most pages less than a quarter is folded apart.
            folded_text: String::with_capacity(text.len() + text.len() / 4 + 2 * PADDING.len()),
            folded_at: Vec::new(),
            stats: Vec::with_capacity(rows),
            scan: Scan {
                rows: Vec::with_capacity(rows),
                tokens: Vec::with_capacity(text.len() / 6),
                folded: Vec::with_capacity(rows),
                ..Scan::default()
            },
        }
    }

    /// Reads all lines. `classes` gives the classes of a block's bytes, of which only the first few are needed.
    #[inline(always)]
    pub(crate) fn lines(&mut self, classes: impl Fn(&[u8; 64], usize) -> ByteClasses) {
        self.folded_text.push_str(self.text);
        self.folded_text.make_ascii_lowercase();
        self.folded_text.push_str(PADDING);
        for (index, line) in self.lines.iter().enumerate() {
            let (start, end) = trim(self.text, line);
            if start == end {
                self.stats.push(LineStats { blank: true, ..LineStats::default() });
                self.scan.folded.push(0..0);
                continue;
            }
            let tokens_before = self.scan.tokens.len();
            let mut sums = Sums::default();
            if !self.blocks(start, end, &mut sums, &classes) {
                self.scan.tokens.truncate(tokens_before);
                sums = self.by_characters(start..end);
            }
            self.end_line(index, start..end, sums);
        }
    }

    /// Adds up the blocks of a line; false if it must be read character by character.
    #[inline(always)]
    fn blocks(
        &mut self,
        start: usize,
        end: usize,
        sums: &mut Sums,
        classes: &impl Fn(&[u8; 64], usize) -> ByteClasses,
    ) -> bool {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < end {
            let mut size = (end - at).min(64);
            let class = match bytes[at..].first_chunk() {
                Some(block) => classes(block, size),
                None => {
                    let mut block = [0; 64];
                    block[..size].copy_from_slice(&bytes[at..end]);
                    classes(&block, size)
                }
            };
            if end - at > 64 {
                size = 64 - (class.blank | class.other_space).leading_zeros() as usize;
                if size == 0 {
                    return false;
                }
            }
            let all = u64::MAX >> (64 - size);
            let mut other = OtherMasks::default();
            if class.high & all != 0
                && !self.other_characters(at, [class.high & all, class.blank & all], sums, &mut other)
            {
                return false;
            }
            let block = Block { start: at, all, class, other, after_space: at > start };
            let words = sums.add(&block, &bytes[at..]);
            self.add_tokens(at, &words);
            at += size;
        }
        true
    }

    /// Adds the words of a block.
    #[inline(always)]
    fn add_tokens(&mut self, block: usize, words: &Words) {
        let Some(bytes) = self.folded_text.as_bytes()[block..].first_chunk::<{ PADDING.len() }>() else { return };
        let Words { mut begins, mut ends, long } = *words;
        while begins != 0 {
            let (begin, end) = (begins.trailing_zeros() as usize, ends.trailing_zeros() as usize);
            self.scan.tokens.push(Token::new(bytes, begin, end + 1 - begin, long >> begin & 1 == 1));
            begins &= begins - 1;
            ends &= ends - 1;
        }
    }

    /// Finds the classes of the characters beyond ASCII in a block, whose bytes are `high`; false for a line that must be
    /// read character by character.
    fn other_characters(
        &mut self,
        block: usize,
        [mut high, blank]: [u64; 2],
        sums: &mut Sums,
        masks: &mut OtherMasks,
    ) -> bool {
        while high != 0 {
            let at = high.trailing_zeros();
            let Some(c) = self.text[block + at as usize..].chars().next() else { return false };
            let first = 1_u64 << at;
            let bytes = (1_u64 << c.len_utf8()).wrapping_sub(1) << at;
            high &= !bytes;
            masks.continuation |= bytes & !first;
            let class = CharClass::of(c);
            let is = |kind| class.is(kind);
            if is(CharClass::ODD) {
                return false;
            }
            if is(CharClass::CASED) {
                let (start, lower) = (block + at as usize, c.to_lowercase().next().unwrap_or(c));
                self.folded_text.replace_range(start..start + c.len_utf8(), lower.encode_utf8(&mut [0; 4]));
            }
            let when = |kind, mask: u64| if is(kind) { mask } else { 0 };
            masks.space |= when(CharClass::SPACE, bytes);
            masks.alphanumeric |= when(CharClass::ALPHANUMERIC, bytes);
            masks.joiner |= when(CharClass::JOINER, bytes);
            if is(CharClass::ALPHANUMERIC) {
                masks.upper |= when(CharClass::UPPER, first);
                masks.lower |= when(CharClass::LOWER, first);
                masks.numeric |= when(CharClass::NUMERIC, first);
            }
            if is(CharClass::FOLDED) {
                self.folded_at.push(block + at as usize);
            }
            sums.odd |= is(CharClass::INVISIBLE);
            sums.counts.commas += u32::from(is(CharClass::COMMA));
            sums.counts.separators += u32::from(is(CharClass::SEPARATOR));
            sums.counts.quotes += u32::from(is(CharClass::QUOTE));
            let before_blank = blank & bytes.wrapping_add(first) != 0;
            sums.counts.sentences += u32::from(is(CharClass::STOP) || is(CharClass::SPACED_STOP) && before_blank);
            sums.counts.copyright |= is(CharClass::COPYRIGHT);
        }
        true
    }

    /// The same as the blocks of a line, character by character.
    #[cold]
    #[inline(never)]
    fn by_characters(&mut self, span: Range<usize>) -> Sums {
        let line = &self.text[span.clone()];
        let mut gaps = line.match_indices(char::is_whitespace).map(|(at, _)| span.start + at);
        tokenize(line, |token| self.scan.tokens.push(token));
        Sums {
            stats: line_stats::measure_line(line),
            counts: LineCounts::of(line),
            odd: true,
            gaps: 2,
            second_gap: gaps.nth(1),
        }
    }

    fn end_line(&mut self, index: usize, span: Range<usize>, sums: Sums) {
        let line = &self.text[span.clone()];
        let body = without_bullets(line);
        let folded = self.fold(span.end - body.len()..span.end, sums.odd);
        self.scan.folded.push(folded);
        let bulleted = body.len() < line.len();
        self.stats.push(LineStats { bulleted, ends_sentence: ends_sentence(line), ..sums.stats });
        self.scan.rows.push(Row {
            line: index,
            indent: self.text.as_bytes()[self.lines[index].start..span.start]
                .iter()
                .filter(|byte| is_first(**byte))
                .count(),
            start: span.start,
            end: span.end,
            two_words_end: sums.second_gap.unwrap_or(span.end),
            tokens_end: self.scan.tokens.len(),
            counts: sums.counts,
        });
    }

    /// Where the folded text of a line without its bullets is.
    fn fold(&mut self, body: Range<usize>, odd: bool) -> Range<usize> {
        if !odd && self.folded_at.is_empty() {
            return body;
        }
        let out = &mut self.folded_text;
        let start = out.len();
        if odd {
            fold(&self.text[body], out);
        } else {
            let mut from = body.start;
            for at in self.folded_at.drain(..).filter(|&at| at >= body.start) {
                let length = self.text[at..].chars().next().map_or(0, char::len_utf8);
                out.extend_from_within(from..at);
                fold(&self.text[at..at + length], out);
                from = at + length;
            }
            out.extend_from_within(from..body.end);
        }
        self.folded_at.clear();
        start..self.folded_text.len()
    }

    fn finish(mut self) -> (Vec<LineStats>, Scan) {
        line_stats::add_positions(&mut self.stats);
        self.folded_text.push_str(PADDING);
        self.scan.folded_text = self.folded_text;
        (self.stats, self.scan)
    }
}

/// Whether a byte is the first of a character.
fn is_first(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// The line without whitespace at its edges.
#[inline(always)]
fn trim(text: &str, line: &Line) -> (usize, usize) {
    let bytes = text.as_bytes();
    let (mut start, mut end) = (line.start, line.end);
    while start < end && matches!(bytes[start], b'\t'..=b'\r' | b' ') {
        start += 1;
    }
    while start < end && matches!(bytes[end - 1], b'\t'..=b'\r' | b' ') {
        end -= 1;
    }
    if start < end && !(bytes[start].is_ascii() && bytes[end - 1].is_ascii()) {
        let trimmed = trimmed_start(&text[start..end]);
        start = end - trimmed.len();
        end = start + trimmed_end(trimmed).len();
    }
    (start, end)
}

/// The line without bullets at its start.
#[inline(always)]
fn without_bullets(line: &str) -> &str {
    match line.as_bytes() {
        [first, ..] if first.is_ascii_alphanumeric() => line,
        [0xe2, 0x80, 0xa2, b' ', next, ..] if next.is_ascii_alphanumeric() => &line["• ".len()..],
        _ => strip_bullets(line),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::fold::folded;
    use crate::text::lines::split_at_line_breaks;
    use crate::text::tokens::tokens;

    /// Every class of characters, and some that are odd.
    const CHARACTERS: &str = "abhwpXZ019 \t.,!?'()|/>@\"*#\u{1}_-•’“…–©»éÉßžЖж，。\u{a0}\u{200b}\u{ad}ⅣªǅİK٣Ｃ東ไ🔥\u{300}ि्ం।۔؟أیάς״\u{200c}\u{64b}\u{5b7}";

    fn characters(most: usize) -> impl Strategy<Value = String> {
        let one = prop::sample::select(CHARACTERS.chars().collect::<Vec<char>>());
        prop::collection::vec(one, 0..=most).prop_map(String::from_iter)
    }

    fn check(text: &str) {
        let lines = split_at_line_breaks(text);
        let mut plain = Scanner::new(text, &lines);
        plain.lines(ByteClasses::of);
        let mut chosen = Scanner::new(text, &lines);
        crate::simd::scan(&mut chosen);
        for scanner in [plain, chosen] {
            let (stats, scan) = scanner.finish();
            assert_eq!((stats.len(), scan.folded.len()), (lines.len(), lines.len()));
            let mut rows = scan.rows.iter();
            let mut tokens_start = 0;
            for ((index, line), stats) in lines.iter().enumerate().zip(&stats) {
                let whole = &text[line.span()];
                let stats = LineStats { from_top: 0, from_bottom: 0, ..*stats };
                assert_eq!(stats, line_stats::measure_line(whole), "{whole:?}");
                if stats.blank {
                    continue;
                }
                let row = rows.next().unwrap();
                let range = scan.folded[index].clone();
                assert_eq!(scan.folded_text[range.clone()], folded(whole), "{whole:?}");
                assert!(scan.folded_text.len() >= range.end + 64);
                assert_eq!(scan.tokens[tokens_start..row.tokens_end], tokens(whole), "{whole:?}");
                tokens_start = row.tokens_end;
                let trimmed = whole.trim();
                let mut gaps = trimmed.match_indices(char::is_whitespace).map(|(at, _)| row.start + at);
                let expected = Row {
                    line: index,
                    indent: whole.chars().take_while(|c| c.is_whitespace()).count(),
                    start: line.start + whole.len() - whole.trim_start().len(),
                    end: line.start + whole.trim_end().len(),
                    two_words_end: gaps.nth(1).unwrap_or(row.end),
                    counts: LineCounts::of(trimmed),
                    ..*row
                };
                assert_eq!(*row, expected, "{whole:?}");
            }
            assert!(rows.next().is_none());
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3_000))]
        #[test]
        fn blocks_give_what_characters_give(lines in prop::collection::vec(characters(9), 0..5)) {
            check(&lines.join("\n"));
        }

        /// The odd character comes around the places where blocks end.
        #[test]
        fn long_lines_give_what_characters_give(
            before in "([a-z]{1,9}[ ,.] ?){9,12}", odd in characters(4), after in "([A-Za-z1920]{1,70} ?){0,4}",
        ) {
            check(&format!("{before}{odd}{after}"));
            for at in 60..68 {
                if let Some((start, end)) = before.split_at_checked(at) {
                    check(&format!("{start}{odd}{end}{after}"));
                }
            }
        }
    }

    #[test]
    fn words_end_at_the_end_of_a_line() {
        check(
            "• The HTTP of http://www.example.org was 1999, not 20010; the 2 or 3 of us (\"we\") said: it\u{2019}s so!\n\n  \nx",
        );
        check("  * - A. B.  1987 ");
        check(&format!("{}\n{} b", "x".repeat(64), "x".repeat(65)));
    }
}
