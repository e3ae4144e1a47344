//! Reads the words of a line as numbers, to tell whether lines have words in common.
//! It knows nothing of what they mean.
//! Below the stages.

use crate::fold::is_unspaced;

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
    const SEED: u64 = 0xcbf2_9ce4_8422_2325;
    let mix = |hash: u64, c: char| (hash ^ c as u64).wrapping_mul(0x0100_0000_01b3);
    let (mut hash, mut letters) = (SEED, 0);
    let mut before: Option<char> = None;
    for c in line.chars().chain(std::iter::once(' ')) {
        let unspaced = is_unspaced(c);
        if unspaced && let Some(before) = before {
            each(Word { number: mix(mix(SEED, before), c), long: true });
        }
        before = unspaced.then_some(c);
        if !unspaced && c.is_alphanumeric() {
            hash = mix(hash, c.to_lowercase().next().unwrap_or(c));
            letters += 1;
        } else {
            if letters > 0 {
                each(Word { number: hash, long: letters >= LONG_WORD });
            }
            (hash, letters) = (SEED, 0);
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
    fn two_characters_are_a_word_in_scripts_without_spaces() {
        assert_eq!(words("東京都").len(), 2);
        assert_eq!(words("東京都")[0], words("東京")[0]);
        assert!(words(" - ").is_empty());
    }
}
