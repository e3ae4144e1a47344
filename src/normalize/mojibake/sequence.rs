//! Finds what would be one UTF-8 sequence if the characters at a place were bytes again.
//! It does not say whether that is likely; `likelihood` does.
//! Under the mojibake step of the second stage.

use super::encodings::{self, byte_of};

/// One character, hidden in several.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// Bytes of the text that it takes up.
    pub(crate) len: usize,
    /// What it stands for.
    pub(crate) decoded: char,
    pub(crate) kind: Kind,
    /// A space that is not part of it but was merged with its last byte follows in the output.
    pub(crate) space_after: bool,
}

/// How a sequence came down to us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Whole.
    Exact,
    /// Two sequences for the two halves of a surrogate pair, as CESU-8 writes them.
    Surrogates,
    /// A byte 0xA0, read as a no-break space, has become a plain space.
    LostSpace,
    /// A byte has become U+FFFD or a split mark, so the character is lost; U+FFFD stands for it.
    Lossy,
}

/// Which of the kinds beyond `Exact` are looked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Allow {
    pub(crate) surrogates: bool,
    pub(crate) lost_spaces: bool,
    pub(crate) lossy: bool,
}

/// A byte that stands for one that is gone.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Byte {
    Known(u8),
    Space,
    Lost,
    Split,
}

/// The sequence at the start of `text`, read as `encoding`.
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
    let mut bytes = [Byte::Known(lead); 4];
    let mut len = first.len_utf8();
    let (mut spaces, mut lost, mut splits) = (0, 0, 0);
    for slot in &mut bytes[1..length] {
        let c = chars.next()?;
        len += c.len_utf8();
        *slot = match c {
            ' ' => {
                spaces += 1;
                Byte::Space
            }
            '\u{fffd}' => {
                lost += 1;
                Byte::Lost
            }
            '?' => {
                splits += 1;
                Byte::Split
            }
            c => match byte_of(c, encoding) {
                byte @ 0x80..=0xBF => Byte::Known(byte),
                _ => return None,
            },
        };
    }
    if lost + splits > 0 {
        // One split mark at most, and as the second of two bytes only after the two leads that Western text has:
        // split marks follow letters in good text too.
        let readable = spaces == 0 && splits <= 1 && (splits == 0 || length > 2 || lead <= 0xC3);
        return (allow.lossy && readable).then_some(Sequence {
            len,
            decoded: char::REPLACEMENT_CHARACTER,
            kind: Kind::Lossy,
            space_after: false,
        });
    }
    if spaces > 0 {
        if spaces > 1 || !allow.lost_spaces || encoding == encodings::MAC {
            return None;
        }
        let decoded = decode(&known(&bytes)[..length])?;
        // "à" is a word, and its no-break space has run together with the real space behind it.
        let space_after = lead == 0xC3 && !continues_a_grave(chars.as_str());
        return Some(Sequence { len, decoded, kind: Kind::LostSpace, space_after });
    }
    let bytes = known(&bytes);
    if let Some(decoded) = decode(&bytes[..length]) {
        return Some(Sequence { len, decoded, kind: Kind::Exact, space_after: false });
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
    Some(Sequence { len, decoded, kind: Kind::Surrogates, space_after: false })
}

/// The UTF-16 surrogate that three bytes stand for.
fn surrogate(bytes: [u8; 4]) -> Option<u16> {
    let [0xED, second @ 0xA0..=0xBF, third @ 0x80..=0xBF, _] = bytes else { return None };
    Some(0xD000 | u16::from(second & 0x3F) << 6 | u16::from(third & 0x3F))
}

fn known(bytes: &[Byte; 4]) -> [u8; 4] {
    bytes.map(|byte| if let Byte::Known(byte) = byte { byte } else { 0xA0 })
}

fn decode(bytes: &[u8]) -> Option<char> {
    std::str::from_utf8(bytes).ok()?.chars().next()
}

/// Whether what follows "à" and a space is the rest of one word: Portuguese writes "às" and "àquele" with its forms.
/// A second space says that the first one was the lost byte.
fn continues_a_grave(rest: &str) -> bool {
    rest.starts_with(' ')
        || rest.starts_with("s ")
        || ["quele", "quela", "quilo"].iter().any(|end| rest.starts_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Allow = Allow { surrogates: true, lost_spaces: true, lossy: true };

    fn read(text: &str) -> Option<(char, Kind, usize)> {
        at_start(text, encodings::WESTERN, ALL).map(|s| (s.decoded, s.kind, s.len))
    }

    #[test]
    fn kinds() {
        assert_eq!(read("Ã©t"), Some(('é', Kind::Exact, 4)));
        assert_eq!(read("â€™"), Some(('’', Kind::Exact, "â€™".len())));
        assert_eq!(read("í\u{a0}½í¸€"), Some(('😀', Kind::Surrogates, 13)));
        assert_eq!(read("Ð°"), Some(('а', Kind::Exact, 4)));
        assert_eq!(read("Ã la"), Some(('à', Kind::LostSpace, 3)));
        assert_eq!(read("Å\u{fffd}"), Some(('\u{fffd}', Kind::Lossy, 5)));
        assert_eq!(read("Ã?"), Some(('\u{fffd}', Kind::Lossy, 3)));
        assert_eq!(read("É?"), None);
        assert_eq!(read("éa"), None);
        assert_eq!(read("é"), None);
        assert_eq!(read(""), None);
    }

    #[test]
    fn the_word_a_grave_keeps_its_space() {
        let space_after = |text| at_start(text, encodings::WESTERN, ALL).map(|s| s.space_after);
        assert_eq!(space_after("Ã la carte"), Some(true));
        assert_eq!(space_after("Ã s dez"), Some(false));
        assert_eq!(space_after("Ã quela hora"), Some(false));
    }
}
