//! Checks a record and finds the values of its fields in one pass. It takes plain records, which nearly all are; what is
//! broken, nested deeply or unusual it leaves to the parser of serde_json, which also knows the error.

use std::ops::Range;

use super::field::{Field, Segment};
use super::locate::Located;
use super::string::next_special;

/// Objects and arrays inside each other, each a bit.
const DEEPEST: u32 = 64;

/// Locates the values of fields at the top of the object `json`; `None` if that takes a parser. An object that is found
/// here is valid.
pub(super) fn locate<const N: usize>(json: &str, fields: [&Field; N]) -> Option<[Located; N]> {
    let mut names = [""; N];
    for (name, field) in names.iter_mut().zip(fields) {
        let [Segment::Key(key)] = field.segments() else { return None };
        *name = key;
    }
    let mut located = std::array::from_fn(|_| Located::default());
    let mut seen = [false; N];
    let mut scan = Scan { bytes: json.as_bytes(), at: 0 };
    scan.space();
    scan.byte(b'{')?;
    scan.space();
    if !scan.takes(b'}') {
        loop {
            let key = scan.key()?;
            let value = scan.value()?;
            for n in (0..N).filter(|&n| names[n].as_bytes() == &scan.bytes[key.clone()]) {
                located[n] = Located { span: Some(value.clone()), repeated: seen[n] };
                seen[n] = true;
            }
            if !scan.goes_on(b'}')? {
                break;
            }
        }
    }
    scan.space();
    (scan.at == json.len()).then_some(located)
}

struct Scan<'j> {
    bytes: &'j [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// Whether the next byte is this one; then it is passed.
    fn takes(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == Some(byte);
        self.at += usize::from(is_next);
        is_next
    }

    fn byte(&mut self, byte: u8) -> Option<()> {
        self.takes(byte).then_some(())
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t')) {
            self.at += 1;
        }
    }

    /// After a member or an element: whether another one follows, or the end.
    fn goes_on(&mut self, end: u8) -> Option<bool> {
        self.space();
        let more = self.takes(b',');
        if more {
            self.space()
        } else {
            self.byte(end)?
        }
        Some(more)
    }

    /// Passes a name and its colon; returns the position of the name, without its quotes. A name with escapes is left to
    /// the parser.
    fn key(&mut self) -> Option<Range<usize>> {
        self.byte(b'"')?;
        let start = self.at;
        self.at = next_special(self.bytes, start);
        let key = start..self.at;
        self.byte(b'"')?;
        self.space();
        self.byte(b':')?;
        self.space();
        Some(key)
    }

    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        // The objects and arrays that are open, the innermost in the lowest bit; a one is an object.
        let (mut open, mut depth) = (0_u64, 0);
        loop {
            let begins = self.peek()?;
            let is_empty = match begins {
                b'{' | b'[' => {
                    self.at += 1;
                    self.space();
                    open = open << 1 | u64::from(begins == b'{');
                    depth += 1;
                    if depth > DEEPEST {
                        return None;
                    }
                    self.takes(if begins == b'{' { b'}' } else { b']' })
                }
                _ => {
                    self.scalar(begins)?;
                    false
                }
            };
            let mut complete = is_empty || !matches!(begins, b'{' | b'[');
            if is_empty {
                (open, depth) = (open >> 1, depth - 1);
            }
            while complete && depth > 0 {
                complete = !self.goes_on(if open & 1 == 1 { b'}' } else { b']' })?;
                if complete {
                    (open, depth) = (open >> 1, depth - 1);
                }
            }
            if depth == 0 {
                return Some(start..self.at);
            }
            if open & 1 == 1 {
                self.key()?;
            }
        }
    }

    fn scalar(&mut self, begins: u8) -> Option<()> {
        match begins {
            b'"' => self.string(),
            b't' => self.word(b"true"),
            b'f' => self.word(b"false"),
            b'n' => self.word(b"null"),
            _ => self.number(),
        }
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        let is_there = self.bytes[self.at..].starts_with(word);
        self.at += word.len();
        is_there.then_some(())
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            self.at = next_special(self.bytes, self.at);
            match self.peek()? {
                b'"' => break,
                b'\\' => match *self.bytes.get(self.at + 1)? {
                    b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => self.at += 2,
                    b'u' => {
                        let digits = self.bytes.get(self.at + 2..self.at + 6)?;
                        digits.iter().all(u8::is_ascii_hexdigit).then_some(())?;
                        self.at += 6;
                    }
                    _ => return None,
                },
                _ => return None,
            }
        }
        self.at += 1;
        Some(())
    }

    fn number(&mut self) -> Option<()> {
        self.takes(b'-');
        if !self.takes(b'0') {
            self.digits()?;
        }
        if self.takes(b'.') {
            self.digits()?;
        }
        if self.takes(b'e') || self.takes(b'E') {
            let _ = self.takes(b'+') || self.takes(b'-');
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        (self.at > start).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::locate::parse;
    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]
        #[test]
        fn what_is_found_is_what_the_parser_finds(
            json in r#"( ?[{\[]){0,2}((("(text|id|x|\\n|\\ud83d|\\u00e9|é)*"|[\[{]|0|-1.5e+7|true|null) ?[,:}\]]? ?){0,9})[}\]]{0,3}"#,
        ) {
            let [text, id] = ["text", "id"].map(|name| Field::parse(name).unwrap());
            for json in [json.clone(), format!("{{\"text\":{json},\"id\":1}}"), format!("{{\"id\":[],\"text\":[{json}]}} ")] {
                if let Some(found) = locate(&json, [&text, &id]) {
                    prop_assert_eq!(Some(found), parse(&json, [&text, &id]).ok(), "{}", json);
                }
            }
        }
    }

    #[test]
    fn plain_records_need_no_parser() {
        let [text, id] = ["text", "id"].map(|name| Field::parse(name).unwrap());
        for json in [
            r#"{"id":-12.5E+3,"text":"a\n\u00e9\"b"}"#,
            r#" { "x" : [ [ ] , {} , { "y" : [ true , false , null , 0 ] } ] , "text" : "" , "text" : "é" } "#,
            "{}",
        ] {
            let found = locate(json, [&text, &id]);
            assert!(found.is_some() && found == parse(json, [&text, &id]).ok(), "{json}");
        }
        for json in
            ["", "{", "{\"a\":01}", "{\"a\":\"\t\"}", "{\"a\":\"\\u00g0\"}", "{\"a\":1,}", "{\"a\":[1 2]}", "[]"]
        {
            assert_eq!(locate(json, [&text, &id]), None, "{json}");
        }
        let deep = format!("{{\"x\":{}{}}}", "[".repeat(99), "]".repeat(99));
        assert_eq!(locate(&deep, [&text]), None);
    }
}
