//! Finds where the values of fields stand in the raw bytes of a record, in one pass.
//! It expects valid JSON; on anything else it finds nothing or the wrong thing, but does not panic.
//! Where an object names a key twice the last one counts, as parsers have it.

use std::ops::Range;

use crate::json::field::{Field, Segment};
use crate::json::string;

/// What was found of one field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Found {
    /// The raw value, quotes and all.
    pub(crate) span: Option<Range<usize>>,
    /// Whether a key on the way was there more than once.
    pub(crate) repeated: bool,
}

/// Where the values of `fields` stand in `json`. The error is that it nests deeper than `most` levels.
pub(crate) fn find<const N: usize>(json: &str, fields: [&Field; N], most: usize) -> Result<[Found; N], String> {
    let mut scan = Scan { bytes: json.as_bytes(), json, at: 0, most, found: std::array::from_fn(|_| Found::default()) };
    let ways: [Option<&[Segment]>; N] = std::array::from_fn(|i| Some(fields[i].segments()));
    scan.value(ways)?;
    Ok(scan.found)
}

struct Scan<'a, const N: usize> {
    bytes: &'a [u8],
    json: &'a str,
    at: usize,
    most: usize,
    found: [Found; N],
}

impl<const N: usize> Scan<'_, N> {
    /// Passes the value at hand. `ways` is what is left of the way to each field that leads through it. The recursion is
    /// as deep as the longest field is long.
    fn value(&mut self, ways: [Option<&[Segment]>; N]) -> Result<(), String> {
        self.space();
        let start = self.at;
        let open = ways.iter().flatten().any(|way| !way.is_empty());
        match self.peek() {
            Some(b'{') if open => self.object(ways)?,
            Some(b'[') if open => self.array(ways)?,
            _ => self.skip()?,
        }
        for (found, way) in self.found.iter_mut().zip(ways) {
            if way.is_some_and(<[Segment]>::is_empty) {
                found.span = Some(start..self.at);
            }
        }
        Ok(())
    }

    fn object(&mut self, ways: [Option<&[Segment]>; N]) -> Result<(), String> {
        let mut seen = [false; N];
        self.at += 1;
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                self.at += 1; // The closing brace.
                return Ok(());
            }
            let key = self.at..self.string();
            self.at = key.end;
            let key = self.json.get(key.start + 1..key.end - 1).unwrap_or_default();
            let mut inner = [None; N];
            for (i, way) in ways.iter().enumerate() {
                let Some([Segment::Key(name), rest @ ..]) = way else { continue };
                if string::says(key, name) {
                    self.found[i].repeated |= seen[i];
                    self.found[i].span = None;
                    seen[i] = true;
                    inner[i] = Some(rest);
                }
            }
            self.space();
            self.at += 1; // The colon.
            self.value(inner)?;
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
            }
        }
    }

    fn array(&mut self, ways: [Option<&[Segment]>; N]) -> Result<(), String> {
        let mut index = 0;
        self.at += 1;
        loop {
            self.space();
            if matches!(self.peek(), Some(b']') | None) {
                self.at += 1;
                return Ok(());
            }
            let inner = ways.map(|way| match way {
                Some([Segment::Index(wanted), rest @ ..]) if *wanted == index => Some(rest),
                _ => None,
            });
            self.value(inner)?;
            index += 1;
            self.space();
            if self.peek() == Some(b',') {
                self.at += 1;
            }
        }
    }

    /// Passes a value nothing is wanted from, without recursion.
    fn skip(&mut self) -> Result<(), String> {
        let mut depth = 0;
        while let Some(byte) = self.peek() {
            match byte {
                b'"' => self.at = self.string(),
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                    if depth > self.most {
                        let most = self.most;
                        return Err(format!("nested deeper than {most} levels; give a larger --max-depth"));
                    }
                }
                b'}' | b']' if depth > 0 => {
                    depth -= 1;
                    self.at += 1;
                }
                b'}' | b']' | b',' if depth == 0 => return Ok(()),
                _ => self.at += 1,
            }
            if depth == 0 && (byte == b'"' || byte == b'}' || byte == b']') {
                return Ok(());
            }
            if depth == 0 && matches!(self.peek(), Some(b' ' | b'\t' | b'\r')) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// The end of the string that begins here, after its closing quote.
    fn string(&self) -> usize {
        let mut at = self.at + 1;
        while let Some(offset) = memchr::memchr2(b'"', b'\\', self.bytes.get(at..).unwrap_or_default()) {
            at += offset;
            if self.bytes[at] == b'"' {
                return at + 1;
            }
            at += 2;
        }
        self.bytes.len()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(json: &'a str, field: &str) -> Option<&'a str> {
        let field = Field::parse(field).unwrap();
        let [found] = find(json, [&field], 1_000).unwrap();
        found.span.map(|span| &json[span])
    }

    #[test]
    fn values_are_found_where_they_stand() {
        let json = r#" { "id" : 1e400 , "a": {"b" : [ {"c":"x"}, {"c": "y\"}"} ]}, "text":"t" } "#;
        assert_eq!(one(json, "id"), Some("1e400"));
        assert_eq!(one(json, "text"), Some("\"t\""));
        assert_eq!(one(json, "a.b[0].c"), Some("\"x\""));
        assert_eq!(one(json, "a.b[1].c"), Some(r#""y\"}""#));
        assert_eq!(one(json, "a.b[1]"), Some(r#"{"c": "y\"}"}"#));
        assert_eq!(one(json, "a.b[2].c"), None);
        assert_eq!(one(json, "a.b.c"), None);
        assert_eq!(one("[1, {\"t\": null}]", "[1].t"), Some("null"));
        assert_eq!(one("{}", "t"), None);
        assert_eq!(one("{\"t\":[]}", "t[0]"), None);
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let field = Field::parse("a.t").unwrap();
        let [found] = find(r#"{"a":{"t":"1","t":"2"}}"#, [&field], 1_000).unwrap();
        assert!(found.repeated && found.span == Some(18..21), "{found:?}");
        let [found] = find(r#"{"a":{"t":"1"},"a":{}}"#, [&field], 1_000).unwrap();
        assert!(found.repeated && found.span.is_none());
    }

    #[test]
    fn keys_may_be_written_with_escapes() {
        assert_eq!(one(r#"{"\u0074ext":"x"}"#, "text"), Some("\"x\""));
    }

    #[test]
    fn depth_is_limited_without_recursion() {
        let deep = format!("{{\"x\":{}{},\"t\":\"y\"}}", "[".repeat(900), "]".repeat(900));
        assert_eq!(one(&deep, "t"), Some("\"y\""));
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(find(&deep, [&Field::parse("t").unwrap()], 1_000).is_err());
    }

    #[test]
    fn broken_json_does_not_panic() {
        let json = r#"{"a":{"b":[{"c":"x\"}]},"t":"é\u00e9"}"#;
        let field = Field::parse("a.b[0].c").unwrap();
        for end in (0..json.len()).filter(|&i| json.is_char_boundary(i)) {
            let _ = find(&json[..end], [&field], 1_000);
        }
    }
}
