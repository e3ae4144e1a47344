//! Inputs of the features of a single line: counts of its words and punctuation, how it begins and how it ends.

use crate::text::fold::is_unspaced;

/// Counts of one line that its [`LineStats`](crate::text::line_stats::LineStats) lack.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LineCounts {
    /// Words separated by whitespace.
    pub(super) spaced_words: usize,
    /// Of these, words that begin with a lowercase letter.
    pub(super) lowercase: usize,
    /// Of these, words of up to three letters, all lowercase.
    pub(super) short: usize,
    /// Characters of scripts without spaces.
    pub(super) unspaced: usize,
    pub(super) sentences: usize,
    pub(super) commas: usize,
    pub(super) separators: usize,
    pub(super) quotes: usize,
    pub(super) brackets: usize,
    pub(super) at_sign: bool,
    pub(super) year: bool,
    pub(super) copyright: bool,
    pub(super) exclaims: bool,
}

#[derive(Clone, Copy)]
struct Word {
    letters: usize,
    begins_lowercase: bool,
    all_lowercase: bool,
}

const NO_WORD: Word = Word { letters: 0, begins_lowercase: false, all_lowercase: true };

impl LineCounts {
    pub(super) fn of(line: &str) -> LineCounts {
        let mut counts = LineCounts::default();
        let mut previous = ' ';
        let mut digits = 0;
        let mut word = NO_WORD;
        for (at, c) in line.char_indices() {
            // Most characters are these, and these count as nothing else.
            if c.is_ascii_lowercase() {
                counts.year |= digits == 4 && is_year(&line[at - 4..at]);
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
                counts.year |= digits == 4 && is_year(&line[at - 4..at]);
                digits = 0;
            }
            if c.is_whitespace() {
                counts.add_word(word);
                word = NO_WORD;
            } else if c.is_alphanumeric() {
                word.begins_lowercase |= word.letters == 0 && c.is_lowercase();
                word.all_lowercase &= c.is_lowercase();
                word.letters += 1;
            }
            counts.unspaced += usize::from(!c.is_ascii() && is_unspaced(c));
            previous = c;
        }
        counts.year |= digits == 4 && is_year(&line[line.len() - 4..]);
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
            ' ' => self.sentences += usize::from(matches!(previous, '.' | '!' | '?')),
            '。' | '！' | '？' => self.sentences += 1,
            _ => {}
        }
    }

    fn add_word(&mut self, word: Word) {
        if word.letters > 0 {
            self.spaced_words += 1;
            self.lowercase += usize::from(word.begins_lowercase);
            self.short += usize::from(word.all_lowercase && word.letters <= 3);
        }
    }
}

fn is_year(digits: &str) -> bool {
    digits.starts_with("19") || digits.starts_with("20")
}

/// How a line ends, as a number; see the feature `ends-with`.
pub(super) fn ending(line: &str) -> f32 {
    let core = line.trim_end_matches(['"', '\'', '”', '’', '»', ')', ']', '」', '』', '“', ' ']);
    if core.ends_with("...") {
        return 5.0;
    }
    match core.chars().next_back() {
        Some('…') => 5.0,
        Some('.' | '。' | '．' | '।' | '۔' | '։' | '።') => 1.0,
        Some('?' | '？' | '؟') => 2.0,
        Some('!' | '！') => 3.0,
        Some(':' | '：') => 4.0,
        Some(',' | ';' | '-' | '–' | '—') => 6.0,
        Some(c) if c.is_numeric() => 7.0,
        _ if core.len() < line.len() => 8.0,
        _ => 0.0,
    }
}

/// How a line begins, as a number; see the feature `starts-with`.
pub(super) fn beginning(line: &str) -> f32 {
    match line.chars().next() {
        Some(c) if c.is_uppercase() => 1.0,
        Some(c) if c.is_lowercase() => 2.0,
        Some(c) if c.is_numeric() => 3.0,
        Some('"' | '“' | '„' | '«' | '‘' | '\'' | '「' | '—' | '–') => 4.0,
        Some('[' | '(') => 5.0,
        Some(c) if c.is_alphabetic() => 6.0,
        Some('-' | '*' | '•' | '·' | '»' | '>' | '+') => 7.0,
        _ => 0.0,
    }
}

/// 1 for a web address, 2 for an `@`, 3 for both.
pub(super) fn addresses(line: &str, at_sign: bool) -> f32 {
    let web = line.contains("http") || line.contains("www.");
    f32::from(u8::from(web)) + if at_sign { 2.0 } else { 0.0 }
}
