//! What the raw inside of a JSON string says, which of its bytes say which line, and how to write text as such.
//! It expects what stands between the quotes of a valid string. A lone surrogate, which no Rust string can hold, is read
//! as U+FFFD and counted, so that its raw bytes can be put back.
//! Used by `find` for keys and by `records` for texts.

use std::borrow::Cow;
use std::ops::Range;

/// A raw string read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Decoded<'a> {
    /// What it says; borrowed where nothing was escaped.
    pub(crate) text: Cow<'a, str>,
    /// Lone surrogates, each U+FFFD in the text.
    pub(crate) surrogates: usize,
}

/// A line of a raw string.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawLine {
    /// The raw bytes that say it, without the ending.
    pub(crate) raw: Range<usize>,
    /// The raw bytes of its ending: `\n`, `\r\n` or nothing, in whatever escapes.
    pub(crate) raw_ending: Range<usize>,
    /// Its place in the decoded text, without the ending.
    pub(crate) text: Range<usize>,
    /// The place of its ending in the decoded text.
    pub(crate) text_ending: Range<usize>,
    /// Whether it holds a lone surrogate.
    pub(crate) surrogate: bool,
}

/// Reads a raw string.
pub(crate) fn decode(raw: &str) -> Decoded<'_> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Decoded { text: Cow::Borrowed(raw), surrogates: 0 };
    }
    let mut text = String::with_capacity(raw.len());
    let mut surrogates = 0;
    for unit in Units::of(raw) {
        match unit {
            Unit::Plain(span) => text.push_str(&raw[span]),
            Unit::Escaped(c, _) => text.push(c),
            Unit::Surrogate => {
                text.push('\u{FFFD}');
                surrogates += 1;
            }
        }
    }
    Decoded { text: Cow::Owned(text), surrogates }
}

/// Whether the raw string says `text`.
pub(crate) fn says(raw: &str, text: &str) -> bool {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return raw == text;
    }
    let decoded = decode(raw);
    decoded.surrogates == 0 && decoded.text == text
}

/// The lines of a raw string, by the rule of the library: they end at `\n`, and a `\r` before it belongs to the ending.
pub(crate) fn lines(raw: &str) -> Vec<RawLine> {
    let mut lines = Vec::new();
    let mut line = RawLine { raw: 0..0, raw_ending: 0..0, text: 0..0, text_ending: 0..0, surrogate: false };
    // Where the last character began if it was `\r`, in raw and in text.
    let mut carriage: Option<(usize, usize)> = None;
    let mut at = 0;
    for unit in Units::of(raw) {
        match unit {
            Unit::Escaped('\n', span) => {
                let (raw_end, text_end) = carriage.take().unwrap_or((span.start, at));
                at += 1;
                line.raw.end = raw_end;
                line.raw_ending = raw_end..span.end;
                line.text.end = text_end;
                line.text_ending = text_end..at;
                let next = RawLine {
                    raw: span.end..span.end,
                    raw_ending: span.end..span.end,
                    text: at..at,
                    text_ending: at..at,
                    surrogate: false,
                };
                lines.push(std::mem::replace(&mut line, next));
            }
            Unit::Escaped(c, span) => {
                carriage = (c == '\r').then_some((span.start, at));
                at += c.len_utf8();
            }
            Unit::Plain(span) => {
                carriage = None;
                at += span.len();
            }
            Unit::Surrogate => {
                carriage = None;
                line.surrogate = true;
                at += '\u{FFFD}'.len_utf8();
            }
        }
    }
    if line.text.start < at {
        line.raw.end = raw.len();
        line.raw_ending = raw.len()..raw.len();
        line.text.end = at;
        line.text_ending = at..at;
        lines.push(line);
    }
    lines
}

/// Writes `text` as the inside of a JSON string; with `ascii`, everything else as `\u` escapes.
pub(crate) fn escape(text: &str, ascii: bool, out: &mut String) {
    use std::fmt::Write;
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' || (ascii && !c.is_ascii()) => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    // Writing to a String cannot fail.
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            c => out.push(c),
        }
    }
}

/// A piece of a raw string.
enum Unit {
    /// Bytes that stand for themselves.
    Plain(Range<usize>),
    /// An escape, and the character it says.
    Escaped(char, Range<usize>),
    /// An escape that says half a character.
    Surrogate,
}

struct Units<'a> {
    raw: &'a str,
    at: usize,
}

impl<'a> Units<'a> {
    fn of(raw: &'a str) -> Units<'a> {
        Units { raw, at: 0 }
    }

    /// The number of the `\uXXXX` at `at`, where one stands there.
    fn unit(&self, at: usize) -> Option<u16> {
        let digits = self.raw.get(at..at + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    }
}

impl Iterator for Units<'_> {
    type Item = Unit;

    fn next(&mut self) -> Option<Unit> {
        let rest = self.raw.as_bytes().get(self.at..).filter(|rest| !rest.is_empty())?;
        let start = self.at;
        let plain = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
        if plain > 0 {
            self.at += plain;
            return Some(Unit::Plain(start..self.at));
        }
        let simple = match rest.get(1) {
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => {
                let Some(first) = self.unit(start) else {
                    self.at = self.raw.len();
                    return Some(Unit::Plain(start..self.at));
                };
                let pair = [first, self.unit(start + 6).unwrap_or_default()];
                let (length, c) = match char::decode_utf16(pair).next() {
                    Some(Ok(c)) => (6 * c.len_utf16(), Some(c)),
                    _ => (6, None),
                };
                self.at = start + length;
                return Some(match c {
                    Some(c) => Unit::Escaped(c, start..self.at),
                    None => Unit::Surrogate,
                });
            }
            Some(&byte) if byte.is_ascii() => char::from(byte), // `"`, `\` and `/`
            _ => {
                self.at = self.raw.len();
                return Some(Unit::Plain(start..self.at));
            }
        };
        self.at = start + 2;
        Some(Unit::Escaped(simple, start..self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_read_as_serde_json_reads_them() {
        for raw in [r"plain é", r#"a\"\\\/\b\f\n\r\tz"#, r"\u00e9\ud83d\ude00\u0000", r"\u00E9x", ""] {
            let expected: String = serde_json::from_str(&format!("\"{raw}\"")).unwrap();
            assert_eq!(decode(raw).text, expected, "{raw}");
            let mut again = String::new();
            escape(&expected, false, &mut again);
            assert_eq!(decode(&again).text, expected);
            let mut ascii = String::new();
            escape(&expected, true, &mut ascii);
            assert!(ascii.is_ascii() && decode(&ascii).text == expected, "{ascii}");
        }
    }

    #[test]
    fn lone_surrogates_are_counted() {
        for (raw, text) in [(r"a\ud83d", "a\u{FFFD}"), (r"\ude00b", "\u{FFFD}b"), (r"\ud83d\u0041", "\u{FFFD}A")] {
            assert_eq!(decode(raw), Decoded { text: Cow::Borrowed(text), surrogates: 1 }, "{raw}");
        }
        assert_eq!(decode(r"\ud83d\ud83d\ude00").text, "\u{FFFD}\u{1F600}");
    }

    #[test]
    fn lines_know_their_raw_bytes() {
        let raw = r"a\u00e9\r\u000ab\r\n\ud83d\n\nend\r";
        let decoded = decode(raw);
        let lines = lines(raw);
        let said: Vec<(&str, &str)> =
            lines.iter().map(|l| (&decoded.text[l.text.clone()], &raw[l.raw.clone()])).collect();
        assert_eq!(said, [("aé", r"a\u00e9"), ("b", "b"), ("\u{FFFD}", r"\ud83d"), ("", ""), ("end\r", r"end\r")]);
        let endings: Vec<&str> = lines.iter().map(|l| &raw[l.raw_ending.clone()]).collect();
        assert_eq!(endings, [r"\r\u000a", r"\r\n", r"\n", r"\n", ""]);
        assert!(lines[2].surrogate && !lines[0].surrogate);
    }

    #[test]
    fn broken_escapes_do_not_panic() {
        for raw in ["\\", "\\u", "\\u12", "\\é", "\\uéabc", "x\\u00"] {
            let _ = (decode(raw), lines(raw));
        }
    }
}
