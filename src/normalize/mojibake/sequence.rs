//! Finds characters that would form one UTF-8 sequence if converted back to bytes. `anomaly` scores how likely that is.

use crate::normalize::encodings::{self, byte_of};

/// A character whose UTF-8 bytes were decoded as several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// The bytes of text that it takes up.
    pub(crate) len: usize,
    /// The character.
    pub(crate) decoded: char,
    pub(crate) kind: SequenceKind,
    /// Whether a space follows in the output, one that was merged with the last byte.
    pub(crate) space_after: bool,
}

/// What happened to the bytes of a sequence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SequenceKind {
    /// Nothing.
    Exact,
    /// They are two sequences for the two halves of a surrogate pair, as CESU-8 writes them.
    Surrogates,
    /// A byte 0xA0, decoded as a no-break space, was turned into a plain space.
    LostSpace,
    /// A byte was replaced by U+FFFD or a question mark: the character is lost and decoded as U+FFFD.
    Lossy,
}

/// The kinds to search for, besides `Exact`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allow {
    pub(crate) surrogates: bool,
    pub(crate) lost_spaces: bool,
    pub(crate) lossy: bool,
}

/// The byte of a lost space: a no-break space in the Windows encodings.
const LOST_SPACE: u8 = 0xA0;

/// The sequence at the start of `text`, if that was decoded from `encoding`.
pub(crate) fn at_start(text: &str, encoding: usize, allow: Allow) -> Option<Sequence> {
    let mut chars = text.chars();
    let first = chars.next()?;
    let lead = byte_of(first, encoding);
    let length = match lead {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return None,
    };
    let mut bytes = [lead; 4];
    let mut len = first.len_utf8();
    let (mut spaces, mut lost, mut substituted) = (0, 0, 0);
    for slot in &mut bytes[1..length] {
        let c = chars.next()?;
        len += c.len_utf8();
        *slot = match c {
            ' ' => {
                spaces += 1;
                LOST_SPACE
            }
            '\u{fffd}' => {
                lost += 1;
                0
            }
            '?' => {
                substituted += 1;
                0
            }
            c => match byte_of(c, encoding) {
                byte @ 0x80..=0xBF => byte,
                _ => return None,
            },
        };
    }
    if lost + substituted > 0 {
        // One question mark at most, and as the second of two bytes only after the two leads that western text has:
        // question marks follow letters in good text too.
        let readable = spaces == 0 && substituted <= 1 && (substituted == 0 || length > 2 || lead <= 0xC3);
        return (allow.lossy && readable).then_some(Sequence {
            len,
            decoded: char::REPLACEMENT_CHARACTER,
            kind: SequenceKind::Lossy,
            space_after: false,
        });
    }
    if spaces > 0 {
        if spaces > 1 || !allow.lost_spaces || encoding == encodings::MAC {
            return None;
        }
        let decoded = decode(&bytes[..length])?;
        // "à" is a word, and its no-break space was merged with the space after it.
        let space_after = lead == 0xC3 && !continues_a_grave(chars.as_str());
        return Some(Sequence { len, decoded, kind: SequenceKind::LostSpace, space_after });
    }
    if let Some(decoded) = decode(&bytes[..length]) {
        return Some(Sequence { len, decoded, kind: SequenceKind::Exact, space_after: false });
    }
    let high = surrogate(bytes)?;
    if !allow.surrogates || length != 3 {
        return None;
    }
    let mut second = [0; 4];
    for slot in &mut second[..3] {
        let c = chars.next()?;
        len += c.len_utf8();
        *slot = byte_of(c, encoding);
    }
    let low = surrogate(second)?;
    let decoded = char::decode_utf16([high, low]).next()?.ok()?;
    Some(Sequence { len, decoded, kind: SequenceKind::Surrogates, space_after: false })
}

/// Where the sequence begins that the end of `text` cuts off, if it follows another character beyond ASCII.
pub(crate) fn cut_sequence(text: &str, encoding: usize) -> Option<usize> {
    let end = text.trim_end_matches(|c: char| c.is_ascii_whitespace() || c == '.').len();
    let mut found = 0;
    for (at, c) in text[..end].char_indices().rev().take(3) {
        found += 1;
        let length = match byte_of(c, encoding) {
            0x80..=0xBF => continue,
            0xC2..=0xDF => 2,
            0xE0..=0xEF => 3,
            0xF0..=0xF4 => 4,
            _ => return None,
        };
        return (found < length && text[..at].ends_with(|c: char| !c.is_ascii())).then_some(at);
    }
    None
}

/// The UTF-16 surrogate that three bytes encode.
fn surrogate(bytes: [u8; 4]) -> Option<u16> {
    let [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, _] = bytes else { return None };
    Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
}

fn decode(bytes: &[u8]) -> Option<char> {
    std::str::from_utf8(bytes).ok()?.chars().next()
}

/// Whether the text after "à" and a space continues the same word: Portuguese has "às" and "àquele" with its forms. A
/// second space means that the first one was the lost byte.
fn continues_a_grave(rest: &str) -> bool {
    rest.starts_with(' ')
        || rest.starts_with("s ")
        || ["quele", "quela", "quilo"].iter().any(|end| rest.starts_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Allow = Allow { surrogates: true, lost_spaces: true, lossy: true };

    fn found(text: &str) -> Option<(char, SequenceKind, usize)> {
        at_start(text, encodings::WESTERN, ALL).map(|s| (s.decoded, s.kind, s.len))
    }

    #[test]
    fn sequences_of_each_kind_are_found() {
        assert_eq!(found("Ã©t"), Some(('é', SequenceKind::Exact, 4)));
        assert_eq!(found("â€™"), Some(('’', SequenceKind::Exact, "â€™".len())));
        assert_eq!(found("í\u{a0}½í¸€"), Some(('😀', SequenceKind::Surrogates, 13)));
        assert_eq!(found("Ð°"), Some(('а', SequenceKind::Exact, 4)));
        assert_eq!(found("Ã la"), Some(('à', SequenceKind::LostSpace, 3)));
        assert_eq!(found("Å\u{fffd}"), Some(('\u{fffd}', SequenceKind::Lossy, 5)));
        assert_eq!(found("Ã?"), Some(('\u{fffd}', SequenceKind::Lossy, 3)));
        assert_eq!(found("É?"), None);
        assert_eq!(found("éa"), None);
        assert_eq!(found("é"), None);
        assert_eq!(found(""), None);
    }

    #[test]
    fn the_word_a_grave_keeps_its_space() {
        for (text, space_after) in [("Ã la carte", true), ("Ã s dez", false), ("Ã quela hora", false)] {
            assert_eq!(at_start(text, encodings::WESTERN, ALL).map(|s| s.space_after), Some(space_after), "{text}");
        }
    }
}
