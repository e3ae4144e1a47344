//! Splits a line into words and hashes them, to find the words that lines share.

use crate::text::fold::is_unspaced;

/// Words with fewer letters are short: all lines share them.
const LONG_WORD: usize = 4;

/// A word. Equal words have equal hashes, whatever their capitals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) hash: u64,
    /// Whether it has four letters and digits or more. Words of scripts without spaces are long.
    pub(crate) long: bool,
}

/// Calls `each` with every word of a line. In scripts without spaces every two neighbouring characters are a word.
pub(crate) fn tokenize(line: &str, mut each: impl FnMut(Token)) {
    let mut tokenizer = Tokenizer::default();
    let mut rest = line;
    // Most lines are ASCII alone, and most others nearly.
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        tokenizer.ascii(&rest.as_bytes()[..at], &mut each);
        let end = rest[at..].bytes().position(|byte| byte.is_ascii()).map_or(rest.len(), |length| at + length);
        rest[at..end].chars().for_each(|c| tokenizer.other(c, &mut each));
        rest = &rest[end..];
    }
    tokenizer.ascii(rest.as_bytes(), &mut each);
    tokenizer.end_word(&mut each);
}

pub(crate) fn tokens(line: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    tokenize(line, |token| tokens.push(token));
    tokens
}

struct Tokenizer {
    hash: u64,
    letters: usize,
    /// The character before, in a script without spaces.
    before: Option<char>,
}

impl Default for Tokenizer {
    fn default() -> Tokenizer {
        Tokenizer { hash: SEED, letters: 0, before: None }
    }
}

// FNV-1a, over characters.
const SEED: u64 = 0xcbf2_9ce4_8422_2325;

fn mix(hash: u64, c: u32) -> u64 {
    (hash ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3)
}

impl Tokenizer {
    fn ascii(&mut self, bytes: &[u8], each: &mut impl FnMut(Token)) {
        if !bytes.is_empty() {
            self.before = None;
        }
        for byte in bytes {
            if byte.is_ascii_alphanumeric() {
                self.hash = mix(self.hash, u32::from(byte.to_ascii_lowercase()));
                self.letters += 1;
            } else {
                self.end_word(each);
            }
        }
    }

    fn other(&mut self, c: char, each: &mut impl FnMut(Token)) {
        let unspaced = is_unspaced(c);
        if unspaced && let Some(before) = self.before {
            each(Token { hash: mix(mix(SEED, before as u32), c as u32), long: true });
        }
        self.before = unspaced.then_some(c);
        if !unspaced && c.is_alphanumeric() {
            self.hash = mix(self.hash, c.to_lowercase().next().unwrap_or(c) as u32);
            self.letters += 1;
        } else {
            self.end_word(each);
        }
    }

    fn end_word(&mut self, each: &mut impl FnMut(Token)) {
        if self.letters > 0 {
            each(Token { hash: self.hash, long: self.letters >= LONG_WORD });
            (self.hash, self.letters) = (SEED, 0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_have_equal_hashes() {
        let tokens = tokens("The harbour, THE ferry's deck");
        assert_eq!(tokens.iter().map(|token| token.long).collect::<Vec<_>>(), [false, true, false, true, false, true]);
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
    fn pairs_of_characters_are_words_in_scripts_without_spaces() {
        assert_eq!(tokens("東京都").len(), 2);
        assert_eq!(tokens("東京都")[0], tokens("東京")[0]);
        assert_eq!(tokens("東a京"), tokens("a"));
        assert!(tokens(" - ").is_empty());
    }
}
