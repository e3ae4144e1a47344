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
    match serde_json::from_str(raw) {
        Ok(text) => JsonString { text: Cow::Owned(text), surrogates: 0 },
        Err(_) => with_surrogates(raw),
    }
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
    // Writing into memory cannot fail, and a string is valid JSON.
    let _ = match ascii {
        true => text.serialize(&mut serde_json::Serializer::with_formatter(out, Ascii)),
        false => serde_json::to_writer(out, text),
    };
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
    use super::*;

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
