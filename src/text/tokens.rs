//! Reads the words of a line as numbers, to tell whether lines have words in common.
//! It knows nothing of what they mean.
//! Below the stages.

use crate::text::fold::is_unspaced;

/// Words of fewer letters are short: every line shares them.
const LONG_WORD: usize = 4;

/// A word. Equal words have equal numbers, however they are capitalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Word {
    /// A number for the word.
    pub number: u64,
    /// Whether it has four letters and digits or more. Words of scripts without spaces are long.
    pub long: bool,
}

/// Gives the words of a line to `each`. In scripts without spaces every two neighbouring characters are a word.
pub fn read(line: &str, mut each: impl FnMut(Word)) {
    let mut word = Reading::default();
    let mut rest = line;
    // Most lines have no other characters than ASCII, and most others few.
    while let Some(at) = rest.bytes().position(|byte| !byte.is_ascii()) {
        word.ascii(&rest.as_bytes()[..at], &mut each);
        let others = rest[at..].bytes().position(|byte| byte.is_ascii()).map_or(rest.len(), |more| at + more);
        rest[at..others].chars().for_each(|c| word.other(c, &mut each));
        rest = &rest[others..];
    }
    word.ascii(rest.as_bytes(), &mut each);
    word.end(&mut each);
}

/// The word that is being read.
struct Reading {
    hash: u64,
    letters: usize,
    /// The character before, in a script without spaces.
    before: Option<char>,
}

impl Default for Reading {
    fn default() -> Reading {
        Reading { hash: Reading::SEED, letters: 0, before: None }
    }
}

impl Reading {
    // FNV-1a, over characters.
    const SEED: u64 = 0xcbf2_9ce4_8422_2325;

    fn mix(hash: u64, c: u32) -> u64 {
        (hash ^ u64::from(c)).wrapping_mul(0x0100_0000_01b3)
    }

    fn ascii(&mut self, bytes: &[u8], each: &mut impl FnMut(Word)) {
        if !bytes.is_empty() {
            self.before = None;
        }
        for byte in bytes {
            if byte.is_ascii_alphanumeric() {
                self.hash = Reading::mix(self.hash, u32::from(byte.to_ascii_lowercase()));
                self.letters += 1;
            } else {
                self.end(each);
            }
        }
    }

    fn other(&mut self, c: char, each: &mut impl FnMut(Word)) {
        let unspaced = is_unspaced(c);
        if unspaced && let Some(before) = self.before {
            each(Word { number: Reading::mix(Reading::mix(Reading::SEED, before as u32), c as u32), long: true });
        }
        self.before = unspaced.then_some(c);
        if !unspaced && c.is_alphanumeric() {
            self.hash = Reading::mix(self.hash, c.to_lowercase().next().unwrap_or(c) as u32);
            self.letters += 1;
        } else {
            self.end(each);
        }
    }

    fn end(&mut self, each: &mut impl FnMut(Word)) {
        if self.letters > 0 {
            each(Word { number: self.hash, long: self.letters >= LONG_WORD });
            (self.hash, self.letters) = (Reading::SEED, 0);
        }
    }
}

/// The words of a line.
pub fn words(line: &str) -> Vec<Word> {
    let mut words = Vec::new();
    read(line, |word| words.push(word));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_words_have_equal_numbers() {
        let words = words("The harbour, THE ferry's deck");
        assert_eq!(words.iter().map(|w| w.long).collect::<Vec<_>>(), [false, true, false, true, false, true]);
        assert_eq!(words[0], words[2]);
        assert_ne!(words[0].number, words[1].number);
    }

    #[test]
    fn words_go_on_over_letters_beyond_ascii() {
        assert_eq!(words("CAFÉS"), words("cafés"));
        assert_eq!(words("cafés café").len(), 2);
        assert_eq!(words("\u{212A}elvin"), words("kelvin"));
        assert_eq!(words("a\u{2019}b").len(), 2);
    }

    #[test]
    fn two_characters_are_a_word_in_scripts_without_spaces() {
        assert_eq!(words("東京都").len(), 2);
        assert_eq!(words("東京都")[0], words("東京")[0]);
        assert_eq!(words("東a京"), words("a"));
        assert!(words(" - ").is_empty());
    }
}
