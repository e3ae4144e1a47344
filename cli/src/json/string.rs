//! Reads and writes JSON strings. A lone surrogate, which no Rust string can hold, is read as U+FFFD and counted.

use std::borrow::Cow;
use std::fmt;
use std::io;

use serde::Serialize;
use serde::de::{Deserialize, Deserializer, Visitor};
use serde_json::ser::Formatter;

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct JsonString<'a> {
    /// The decoded text; borrowed if nothing was escaped.
    pub(crate) text: Cow<'a, str>,
    /// The number of lone surrogates, each U+FFFD in the text.
    pub(crate) surrogates: u64,
}

/// Decodes a valid JSON string, given with its quotes.
pub(crate) fn decode(raw: &str) -> JsonString<'_> {
    let inside = &raw[1..raw.len() - 1];
    if memchr::memchr(b'\\', inside.as_bytes()).is_none() {
        return JsonString { text: Cow::Borrowed(inside), surrogates: 0 };
    }
    match without_escapes(inside) {
        Some(text) => JsonString { text: Cow::Owned(text), surrogates: 0 },
        None => with_surrogates(raw),
    }
}

/// The text of a string with its escapes resolved; `None` if it has lone surrogates.
fn without_escapes(inside: &str) -> Option<String> {
    let mut text = String::with_capacity(inside.len());
    let mut rest = inside;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        text.push_str(&rest[..at]);
        let escape = rest.as_bytes().get(at + 1)?;
        let mut length = 2;
        text.push(match escape {
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'u' => {
                let (c, digits) = unicode_escape(&rest[at + 2..])?;
                length += digits;
                c
            }
            _ => char::from(*escape),
        });
        rest = &rest[at + length..];
    }
    text.push_str(rest);
    Some(text)
}

/// The character of the hexadecimal digits after `\u`, or of two such escapes for the halves of one character, and their
/// length.
fn unicode_escape(digits: &str) -> Option<(char, usize)> {
    let unit = |digits: Option<&str>| digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
    let first = unit(digits.get(..4))?;
    if !matches!(first, 0xD800..=0xDFFF) {
        return Some((char::from_u32(u32::from(first))?, 4));
    }
    let second = unit(digits[4..].strip_prefix("\\u").and_then(|digits| digits.get(..4)))?;
    Some((char::decode_utf16([first, second]).next()?.ok()?, 10))
}

/// The first position at or after `from` of a byte that cannot stand in a JSON string as it is: a quote, a backslash or a
/// control character; the length of `bytes` if there is none.
pub(super) fn next_special(bytes: &[u8], from: usize) -> usize {
    const ONES: u64 = u64::MAX / 0xFF;
    const HIGH: u64 = ONES * 0x80;
    // Eight bytes at once: subtracting sets the high bit of each byte that was smaller. A carry can set further ones, but
    // only after the first.
    let smaller = |word: u64, than: u64| word.wrapping_sub(ONES * than) & !word & HIGH;
    let (words, _) = bytes[from..].as_chunks::<8>();
    for (n, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let equals = |byte: u8| smaller(word ^ (ONES * u64::from(byte)), 1);
        let found = smaller(word, 0x20) | equals(b'"') | equals(b'\\');
        if found != 0 {
            return from + n * 8 + found.trailing_zeros() as usize / 8;
        }
    }
    let rest = from + words.len() * 8;
    bytes[rest..].iter().position(|byte| is_special(*byte)).map_or(bytes.len(), |at| rest + at)
}

fn is_special(byte: u8) -> bool {
    matches!(byte, ..b' ' | b'"' | b'\\')
}

/// Decodes a string with lone surrogates, which serde_json gives as bytes, three for each as if it were a character.
fn with_surrogates(raw: &str) -> JsonString<'_> {
    let Ok(Bytes(bytes)) = serde_json::from_str(raw) else {
        return JsonString { text: Cow::Borrowed(""), surrogates: 0 };
    };
    let (mut text, mut surrogates, mut broken) = (String::with_capacity(bytes.len()), 0, 0);
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        broken += chunk.invalid().len();
        if broken == 3 {
            text.push(char::REPLACEMENT_CHARACTER);
            (surrogates, broken) = (surrogates + 1, 0);
        }
    }
    JsonString { text: Cow::Owned(text), surrogates }
}

struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Bytes, D::Error> {
        struct Visit;
        impl Visitor<'_> for Visit {
            type Value = Bytes;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Bytes, E> {
                Ok(Bytes(bytes.to_vec()))
            }
        }
        deserializer.deserialize_bytes(Visit)
    }
}

/// Appends `text` as a JSON string; with `ascii`, all non-ASCII characters as `\u` escapes.
pub(crate) fn encode(text: &str, ascii: bool, out: &mut Vec<u8>) {
    if ascii {
        // Writing into memory cannot fail, and a string is valid JSON.
        let _ = text.serialize(&mut serde_json::Serializer::with_formatter(out, Ascii));
        return;
    }
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + bytes.len() / 16 + 2);
    out.push(b'"');
    let mut copied = 0;
    loop {
        let at = next_special(bytes, copied);
        out.extend_from_slice(&bytes[copied..at]);
        let Some(&special) = bytes.get(at) else { break };
        let letter = match special {
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            8 => b'b',
            0xC => b'f',
            b'"' | b'\\' => special,
            _ => b'u',
        };
        out.extend_from_slice(&[b'\\', letter]);
        if letter == b'u' {
            out.extend_from_slice(format!("{special:04x}").as_bytes());
        }
        copied = at + 1;
    }
    out.push(b'"');
}

struct Ascii;

impl Formatter for Ascii {
    fn write_string_fragment<W: io::Write + ?Sized>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for c in fragment.chars() {
            if c.is_ascii() {
                out.write_all(&[c as u8])?;
                continue;
            }
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn strings_are_written_and_read_as_by_serde(text in r#"([a é"\\\\/😀\u{fffd}\u{7f}\u{0}-\u{1f}]|plain text){0,40}"#) {
            let expected = serde_json::to_string(&text).unwrap();
            let mut written = Vec::new();
            encode(&text, false, &mut written);
            prop_assert_eq!(&written, expected.as_bytes());
            prop_assert_eq!(&*decode(&expected).text, &text);
            let mut ascii = Vec::new();
            encode(&text, true, &mut ascii);
            prop_assert_eq!(&*decode(std::str::from_utf8(&ascii).unwrap()).text, &text);
            let special = (0..=text.len()).map(|from| text.bytes().skip(from).position(is_special).map_or(text.len(), |n| from + n));
            for (from, expected) in special.enumerate() {
                prop_assert_eq!(next_special(text.as_bytes(), from), expected);
            }
        }
    }

    #[test]
    fn strings_come_back_as_they_were() {
        for raw in [r#""plain é""#, r#""a\"\\\/\b\f\n\r\tz""#, r#""\u00e9\ud83d\ude00\u0000""#, r#""""#] {
            let decoded = decode(raw);
            assert_eq!((decoded.surrogates, &*decoded.text), (0, &*serde_json::from_str::<String>(raw).unwrap()));
            for ascii in [false, true] {
                let mut again = Vec::new();
                encode(&decoded.text, ascii, &mut again);
                let again = String::from_utf8(again).unwrap();
                assert!(decode(&again).text == decoded.text && (!ascii || again.is_ascii()), "{again}");
            }
        }
    }

    #[test]
    fn lone_surrogates_are_counted() {
        for (raw, text) in [
            (r#""a\ud83d""#, "a\u{FFFD}"),
            (r#""\ude00b""#, "\u{FFFD}b"),
            (r#""\ud83d\u0041é""#, "\u{FFFD}Aé"),
            (r#""\ud83d\ud83d\ude00""#, "\u{FFFD}\u{1F600}"),
        ] {
            assert_eq!(decode(raw), JsonString { text: Cow::Borrowed(text), surrogates: 1 }, "{raw}");
        }
    }
}
