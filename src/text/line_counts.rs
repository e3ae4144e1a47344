//! Counts the words and the punctuation of a line that its statistics lack.

use crate::text::fold::{is_unspaced, is_word_char};

/// Counts of one line that its [`LineStats`](crate::text::line_stats::LineStats) lack.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct LineCounts {
    /// Words separated by whitespace.
    pub(crate) spaced_words: u32,
    /// Of these, words that begin with a lowercase letter.
    pub(crate) lowercase: u32,
    /// Of these, words of up to three letters, all lowercase.
    pub(crate) short: u32,
    /// Characters of scripts without spaces.
    pub(crate) unspaced: u32,
    pub(crate) sentences: u32,
    pub(crate) commas: u32,
    pub(crate) separators: u32,
    pub(crate) quotes: u32,
    pub(crate) brackets: u32,
    pub(crate) at_sign: bool,
    pub(crate) year: bool,
    pub(crate) copyright: bool,
    pub(crate) exclaims: bool,
    /// Whether it has `http` or `www.`.
    pub(crate) web_address: bool,
}

#[derive(Clone, Copy)]
struct Word {
    letters: usize,
    begins_lowercase: bool,
    all_lowercase: bool,
}

const NO_WORD: Word = Word { letters: 0, begins_lowercase: false, all_lowercase: true };

impl LineCounts {
    /// Counts character by character. The line has no whitespace at its edges.
    pub(super) fn of(line: &str) -> LineCounts {
        let web_address = line.contains("http") || line.contains("www.");
        let mut counts = LineCounts { web_address, ..LineCounts::default() };
        let mut previous = ' ';
        let mut digits = 0;
        let mut word = NO_WORD;
        for (at, c) in line.char_indices() {
            // Most characters are these, and these count as nothing else.
            if c.is_ascii_lowercase() {
                counts.year |= digits == 4 && is_year(&line.as_bytes()[at - 4..at]);
                digits = 0;
                word.begins_lowercase |= word.letters == 0;
                word.letters += 1;
                previous = c;
                continue;
            }
            counts.add_punctuation(c, previous);
            if c.is_ascii_digit() {
                digits += 1;
            } else {
                counts.year |= digits == 4 && is_year(&line.as_bytes()[at - 4..at]);
                digits = 0;
            }
            if c.is_whitespace() {
                counts.add_word(word);
                word = NO_WORD;
            } else if is_word_char(c) {
                word.begins_lowercase |= word.letters == 0 && c.is_lowercase();
                word.all_lowercase &= c.is_lowercase();
                word.letters += 1;
            }
            counts.unspaced += u32::from(!c.is_ascii() && is_unspaced(c));
            previous = c;
        }
        counts.year |= digits == 4 && is_year(&line.as_bytes()[line.len() - 4..]);
        counts.add_word(word);
        counts
    }

    fn add_punctuation(&mut self, c: char, previous: char) {
        match c {
            ',' | '，' | '、' | '،' => self.commas += 1,
            '|' | '»' | '›' | '·' | '•' | '>' | '/' => self.separators += 1,
            '"' | '“' | '”' | '„' | '«' => self.quotes += 1,
            '(' | ')' => self.brackets += 1,
            '@' => self.at_sign = true,
            '©' | '®' | '™' => self.copyright = true,
            '!' | '?' => self.exclaims = true,
            ' ' => self.sentences += u32::from(matches!(previous, '.' | '!' | '?' | '।' | '۔' | '؟')),
            '。' | '！' | '？' => self.sentences += 1,
            _ => {}
        }
    }

    fn add_word(&mut self, word: Word) {
        if word.letters > 0 {
            self.spaced_words += 1;
            self.lowercase += u32::from(word.begins_lowercase);
            self.short += u32::from(word.all_lowercase && word.letters <= 3);
        }
    }
}

pub(super) fn is_year(digits: &[u8]) -> bool {
    digits.starts_with(b"19") || digits.starts_with(b"20")
}
