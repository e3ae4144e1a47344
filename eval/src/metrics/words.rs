//! Splits texts into the words to score. Unlike the words that rules see, they are not folded.

use std::sync::LazyLock;

use regex::Regex;

#[allow(clippy::expect_used, reason = "the pattern is a constant, and the tests run it")]
static WORD: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\p{L}\p{N}_]+").expect("a constant pattern"));

/// The words of a text: runs of letters, numerals and `_`.
///
/// They are the words that `\w+` finds in a Python string, so that scores can be checked against tools in that language.
/// Combining marks separate words there (the general categories L* and N* are words, M* are not), which cuts the words of
/// Thai and the Indic scripts into pieces; for a comparison of two texts in one script this makes no difference.
pub fn words(text: &str) -> Vec<&str> {
    WORD.find_iter(text).map(|found| found.as_str()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FNV-1a, which is as short in Python as here.
    fn digest(numbers: impl Iterator<Item = u32>) -> u64 {
        numbers.fold(0xcbf2_9ce4_8422_2325, |hash, n| (hash ^ u64::from(n)).wrapping_mul(0x100_0000_01b3))
    }

    /// The characters of Unicode 14, the version of Python 3.11, which does not know those added later.
    fn characters() -> impl Iterator<Item = char> {
        let old = Regex::new(r"^\p{Age=14.0}$").unwrap();
        ('\0'..=char::MAX).filter(move |c| c.is_ascii() || old.is_match(c.encode_utf8(&mut [0; 4])))
    }

    /// The expected numbers come from Python 3.11:
    ///
    /// ```python
    /// import re, unicodedata
    /// def digest(numbers):
    ///     h = 0xcbf29ce484222325
    ///     for n in numbers: h = (h ^ n) * 0x100000001b3 % 2**64
    ///     return h
    /// all = [chr(c) for c in range(0x110000) if not 0xD800 <= c < 0xE000 and unicodedata.category(chr(c)) != "Cn"
    ///        or 0xFDD0 <= c <= 0xFDEF or c % 0x10000 >= 0xFFFE]
    /// words = [ord(c) for c in all if re.match(r"\w", c)]
    /// print(len(all), len(words), hex(digest(words)))
    /// print(hex(digest(ord(l) for c in all for l in c.lower())))
    /// ```
    #[test]
    fn words_and_lowercase_are_those_of_python_over_all_of_unicode() {
        let words: Vec<u32> = characters().filter(|c| !words(&c.to_string()).is_empty()).map(u32::from).collect();
        assert_eq!(
            (characters().count(), words.len(), digest(words.into_iter())),
            (282_296, 133_548, 0x2c89_46d0_a6de_ffc5)
        );
        let lowercase = characters().flat_map(char::to_lowercase).map(u32::from);
        assert_eq!(digest(lowercase), 0xc756_86d9_6935_7011);
    }

    #[test]
    fn marks_separate_words_and_underscores_do_not() {
        assert_eq!(words("It's a snake_case, 3½ times"), ["It", "s", "a", "snake_case", "3½", "times"]);
        // Vowel signs above and below the line, which are marks.
        assert_eq!(words("ที่นี่"), ["ท", "น"]);
        assert_eq!(words("हिन्दी में"), ["ह", "न", "द", "म"]);
        // With and without vowel marks.
        assert_eq!(words("كَتَبَ كتب"), ["ك", "ت", "ب", "كتب"]);
        assert_eq!(words("東京へ。行く、Ⅳ 〇"), ["東京へ", "行く", "Ⅳ", "〇"]);
        // A dotted capital I becomes a letter and a mark, and the mark splits the word.
        assert_eq!(words(&"İstanbul ΟΔΟΣ".to_lowercase()), ["i", "stanbul", "οδος"]);
    }
}
