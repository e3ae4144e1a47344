//! Splits a line into words and hashes them, to find the words that lines share.

use crate::fold::{is_unspaced, is_word_char};

/// Words with fewer letters are short: all lines share them.
pub const LONG_WORD: u32 = 4;

/// A word. Equal words have equal hashes, whatever their capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Never 0 for a long word.
    pub hash: u64,
}

impl Token {
    /// A word in lowercase. The seven bytes after it must be there too: it is read in pieces of eight.
    #[inline(always)]
    pub fn new(bytes: &[u8], start: usize, length: usize, long: bool) -> Token {
        let (mut hash, mut at, mut left) = (0x9e37_79b9_7f4a_7c15, start, length);
        while left > 8 {
            hash = mix(hash, piece(bytes, at));
            at += 8;
            left -= 8;
        }
        hash = mix(hash, piece(bytes, at) & u64::MAX >> (64 - 8 * left));
        // The lowest bit says whether the word is long.
        Token { hash: hash & !1 | u64::from(long) }
    }

    /// Whether it has four letters and digits or more. Words of scripts without spaces are long.
    #[inline(always)]
    pub fn is_long(self) -> bool {
        self.hash & 1 == 1
    }
}

#[inline(always)]
fn piece(bytes: &[u8], at: usize) -> u64 {
    bytes.get(at..at + 8).and_then(<[u8]>::first_chunk).map_or(0, |piece| u64::from_le_bytes(*piece))
}

/// The product of both, its upper half added to the lower.
#[inline(always)]
pub fn mix(hash: u64, piece: u64) -> u64 {
    let product = u128::from(hash ^ piece) * 0xd6e8_feb8_6659_fd93;
    product as u64 ^ (product >> 64) as u64
}

/// Calls `each` with every word of a line. In scripts without spaces every two neighbouring characters are a word.
pub fn tokenize(line: &str, mut each: impl FnMut(Token)) {
    let (mut word, mut letters) = (String::new(), 0);
    // The character before, in a script without spaces.
    let mut before: Option<char> = None;
    // What is not a letter at the end ends the last word.
    for c in line.chars().chain([' ']) {
        let unspaced = is_unspaced(c);
        if unspaced && let Some(before) = before {
            each(token(&mut String::from_iter([before, c]), LONG_WORD));
        }
        before = unspaced.then_some(c);
        if !unspaced && is_word_char(c) {
            word.extend(c.to_lowercase().next());
            letters += 1;
        } else if letters > 0 {
            each(token(&mut word, letters));
            word.clear();
            letters = 0;
        }
    }
}

fn token(word: &mut String, letters: u32) -> Token {
    let length = word.len();
    word.push_str("\0\0\0\0\0\0\0");
    Token::new(word.as_bytes(), 0, length, letters >= LONG_WORD)
}

/// The words of a line.
pub fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    tokenize(line, |token| tokens.push(token));
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_have_equal_hashes() {
        let tokens = tokens("The harbour, THE ferry's deck");
        assert_eq!(
            tokens.iter().map(|token| token.is_long()).collect::<Vec<_>>(),
            [false, true, false, true, false, true]
        );
        assert_eq!(tokens[0], tokens[2]);
        assert_ne!(tokens[0].hash, tokens[1].hash);
    }

    #[test]
    fn words_may_mix_ascii_and_other_letters() {
        assert_eq!(tokens("CAFÉS"), tokens("cafés"));
        assert_eq!(tokens("cafés café").len(), 2);
        assert_eq!(tokens("\u{212A}elvin"), tokens("kelvin"));
        assert_eq!(tokens("a\u{2019}b").len(), 2);
    }

    #[test]
    fn words_of_any_length_differ_in_any_letter() {
        for length in 1..30 {
            let word = "x".repeat(length);
            for at in 0..length {
                let mut other = word.clone();
                other.replace_range(at..=at, "y");
                assert_ne!(tokens(&word), tokens(&other));
            }
            assert_ne!(tokens(&word), tokens(&format!("{word}x")));
        }
    }

    #[test]
    fn marks_do_not_end_words() {
        assert_eq!(tokens("हिन्दी").len(), 1);
        assert_eq!(tokens("தமிழ் செய்தி").len(), 2);
        assert_ne!(tokens("পরিবর্তন"), tokens("পরিবরতন"));
    }

    #[test]
    fn pairs_of_characters_are_words_in_scripts_without_spaces() {
        assert_eq!(tokens("東京都").len(), 2);
        assert_eq!(tokens("東京都")[0], tokens("東京")[0]);
        assert_eq!(tokens("東a京"), tokens("a"));
        assert!(tokens(" - ").is_empty());
    }
}
