//! Computes the statistics of a line: characters, words, how it ends.

use crate::text::fold::{is_unspaced, is_unspaced_alphabet, is_word_char, strip_bullets};

/// The statistics of a line. For a blank line only `blank` is meaningful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineStats {
    /// Nothing but whitespace.
    pub blank: bool,
    /// Characters, whitespace not counted.
    pub chars: usize,
    /// Letters.
    pub letters: usize,
    /// Digits and other numerals.
    pub digits: usize,
    /// ASCII punctuation and symbols, without apostrophes, hyphens, full stops and commas.
    pub symbols: usize,
    /// Words; in scripts without spaces two characters count as one, in their alphabets (Thai) four.
    pub words: usize,
    /// Words that begin with a capital.
    pub capitalized: usize,
    /// Whether the line begins with a bullet.
    pub bulleted: bool,
    /// Whether it ends like a sentence.
    pub ends_sentence: bool,
    /// Lines above it, blank ones not counted.
    pub from_top: usize,
    /// Lines below it, blank ones not counted.
    pub from_bottom: usize,
}

impl LineStats {
    /// Whether the line reads like prose: it has as many words as a sentence and ends like one, or so many words that
    /// it can be nothing else. Scripts and data are not prose, however long: more than an eighth of their characters
    /// are symbols, as in 1 of 400 paragraphs, nearly all of them tables and code.
    pub fn is_prose(&self) -> bool {
        match self.words {
            0..8 => false,
            8..25 => self.ends_sentence,
            25.. => self.symbols * 8 <= self.chars,
        }
    }

    /// Whether more than half of the words begin with a capital, as in names and titles.
    pub fn is_title_case(&self) -> bool {
        self.capitalized * 2 > self.words
    }
}

/// Adds to the stats of all lines how many are above and below each.
pub(super) fn add_positions(stats: &mut [LineStats]) {
    let not_blank = stats.iter().filter(|line| !line.blank).count();
    for (above, line) in stats.iter_mut().filter(|line| !line.blank).enumerate() {
        line.from_top = above;
        line.from_bottom = not_blank - 1 - above;
    }
}

/// The stats of one line, without its place on the page, character by character.
pub(super) fn measure_line(line: &str) -> LineStats {
    let mut stats = LineStats::default();
    let mut in_word = false;
    let mut unspaced_quarters = 0usize;
    for c in line.chars() {
        match char_kind(c) {
            CharKind::Space => {
                in_word = false;
                continue;
            }
            CharKind::Unspaced => {
                unspaced_quarters += if is_unspaced_alphabet(c) { 1 } else { 2 };
                stats.letters += 1;
                in_word = false;
            }
            CharKind::Alphanumeric { digit, capital } => {
                stats.digits += usize::from(digit);
                stats.letters += usize::from(!digit);
                stats.words += usize::from(!in_word);
                stats.capitalized += usize::from(!in_word && capital);
                in_word = true;
            }
            // An apostrophe, hyphen or decimal point inside a word does not end it; followed by a space, the space does.
            CharKind::Joiner => {}
            CharKind::Symbol => {
                in_word = false;
                stats.symbols += usize::from(c.is_ascii_punctuation());
            }
        }
        stats.chars += 1;
    }
    stats.blank = stats.chars == 0;
    // A word of Chinese or Japanese is about two characters long, one of Thai with its vowels and tones four.
    stats.words += unspaced_quarters.div_ceil(4);
    stats.bulleted = !stats.blank && strip_bullets(line).len() < line.trim_start().len();
    stats.ends_sentence = ends_sentence(line);
    stats
}

/// The role of a character in counting words.
#[derive(Clone, Copy)]
enum CharKind {
    Space,
    Unspaced,
    Alphanumeric { digit: bool, capital: bool },
    Joiner,
    Symbol,
}

fn char_kind(c: char) -> CharKind {
    match c {
        'a'..='z' => CharKind::Alphanumeric { digit: false, capital: false },
        'A'..='Z' => CharKind::Alphanumeric { digit: false, capital: true },
        '0'..='9' => CharKind::Alphanumeric { digit: true, capital: false },
        // Joiners without width are between the parts of a Persian word.
        '\'' | '’' | '-' | '.' | ',' | '\u{200c}' | '\u{200d}' => CharKind::Joiner,
        c if c.is_whitespace() => CharKind::Space,
        c if c.is_ascii() => CharKind::Symbol,
        c if is_unspaced(c) => CharKind::Unspaced,
        c if is_word_char(c) => CharKind::Alphanumeric { digit: c.is_numeric(), capital: c.is_uppercase() },
        _ => CharKind::Symbol,
    }
}

/// Whether a line ends like a sentence: with a full stop or similar, perhaps with closing quotation marks or brackets;
/// not with an ellipsis, which ends teasers.
pub(super) fn ends_sentence(line: &str) -> bool {
    match line.as_bytes() {
        // Most lines end so, and the last byte decides.
        [.., b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9'] => return false,
        [.., before, b'.'] if *before != b'.' => return true,
        _ => {}
    }
    let core = line.trim_end().trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '“', ' ']);
    if core.ends_with("...") || core.ends_with('…') {
        return false;
    }
    core.ends_with(['.', '!', '?', '。', '！', '？', '．', '।', '۔', '؟', '։', '።', ':', ';', '：', '；'])
}
