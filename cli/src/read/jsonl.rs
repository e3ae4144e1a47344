//! JSON Lines: one record per line. Only the value of the text changes, and nothing if the text does not change. Lines
//! end at `\n` only.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::ops::Range;

use serde_json::value::RawValue;

use super::{BATCH, Batch, Document, Position, ReadError, RecordError, RecordFormat, RecordReader};
use crate::json::field::Field;
use crate::json::locate::locate;
use crate::json::string;

#[derive(Debug, Clone)]
pub(crate) struct Fields {
    pub(crate) text: Field,
    pub(crate) id: Field,
    pub(crate) url: Field,
    pub(crate) title: Field,
}

impl RecordFormat for Fields {
    fn parse<'r>(&self, raw: &'r [u8]) -> Result<Document<'r>, RecordError> {
        let start = if raw.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
        let body = &raw[start..];
        if body.trim_ascii().is_empty() {
            return Err(RecordError::Blank);
        }
        // Without its line ending, so that a line that is cut in a string ends there.
        let json = simdutf8::compat::from_utf8(body.trim_ascii_end()).map_err(|error| {
            let at = error.valid_up_to() + 1;
            RecordError::Malformed(format!("byte {at} is not UTF-8, which JSON must be; convert the file first"))
        })?;
        let fields = [&self.text, &self.id, &self.url, &self.title];
        let [text, id, url, title] = locate(json, fields).map_err(|error| RecordError::Malformed(malformed(&error)))?;
        let span = text.span.ok_or(RecordError::WithoutText)?;
        let decoded = string_at(json, &span).ok_or(match &json[span.clone()] {
            "null" => RecordError::Null,
            _ => RecordError::NotAString,
        })?;
        let string = |span: Option<Range<usize>>| Some(string_at(json, &span?)?.text.into_owned());
        Ok(Document {
            id: id.span.and_then(|span| name_at(json, &span)),
            url: string(url.span),
            title: string(title.span),
            value: start + span.start..start + span.end,
            repeated: text.repeated,
            surrogates: decoded.surrogates,
            ..Document::new(decoded.text)
        })
    }

    fn write(&self, raw: &[u8], document: &Document<'_>, cleaned: &str, out: &mut Vec<u8>) {
        let Range { start, end } = document.value;
        if cleaned == document.text {
            return out.extend_from_slice(raw);
        }
        out.extend_from_slice(&raw[..start]);
        // Where the whole string was written in ASCII, somebody wants it that way.
        string::encode(cleaned, raw[start..end].is_ascii() && !document.text.is_ascii(), out);
        out.extend_from_slice(&raw[end..]);
    }
}

pub(crate) fn string_at<'j>(json: &'j str, span: &Range<usize>) -> Option<string::JsonString<'j>> {
    let raw = &json[span.clone()];
    raw.starts_with('"').then(|| string::decode(raw))
}

/// The value at this position as a name. A number is a name as well as a string; null, lists and objects are not.
fn name_at(json: &str, span: &Range<usize>) -> Option<String> {
    let raw = &json[span.clone()];
    let is_number = raw.starts_with(|c: char| c == '-' || c.is_ascii_digit());
    string_at(json, span).map(|name| name.text).or(is_number.then_some(Cow::Borrowed(raw))).map(Cow::into_owned)
}

/// The names of the fields at the top of a record whose values are strings, no more than fit a message.
pub(crate) fn string_fields(raw: &[u8]) -> Vec<String> {
    const MOST: usize = 20;
    let fields: BTreeMap<String, &RawValue> = serde_json::from_slice(raw).unwrap_or_default();
    fields.into_iter().filter(|(_, value)| value.get().starts_with('"')).map(|(name, _)| name).take(MOST).collect()
}

/// The error of serde_json in plain words, without the line number, which is always 1.
fn malformed(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = match text.split(" at line ").next().unwrap_or(&text) {
        "expected ident" | "expected value" => "a value is missing, or its quotes",
        text if text.starts_with("EOF while parsing") => "the line ends too early",
        "trailing characters" => "something stands after the record",
        "key must be a string" => "the name of a field has no quotes",
        text if text.starts_with("control character") => {
            "a control character stands in a string; write it as an escape"
        }
        text => text,
    };
    format!("malformed JSON at column {}: {what}", error.column())
}

/// Reads lines in batches. Only the last line of the stream may lack its `\n`.
pub(crate) struct LineReader<R> {
    reader: R,
    /// The size of a batch in bytes, up to one line more or less.
    batch: usize,
    rest: Vec<u8>,
    position: Position,
    ended: bool,
    /// The number of bytes kept of a line that is longer than this and than a batch.
    longest: usize,
    /// The bytes left out of the first line of the next batch.
    passed_over: u64,
    /// The error that ended the stream early.
    fault: Option<io::Error>,
}

impl<R: Read> LineReader<R> {
    /// Reads the lines of `reader`. Of a line longer than a batch and than `longest`, only `longest` bytes are kept.
    pub(crate) fn new(reader: R, longest: usize) -> LineReader<R> {
        let (rest, position) = (Vec::new(), Position::default());
        LineReader { reader, batch: BATCH, rest, position, ended: false, longest, passed_over: 0, fault: None }
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn with_batches_of(self, batch: usize) -> LineReader<R> {
        LineReader { batch, ..self }
    }

    /// Appends up to `wanted` bytes to the rest; records the end and errors.
    fn fill(&mut self, wanted: usize) {
        let before = self.rest.len();
        match (&mut self.reader).take(wanted as u64).read_to_end(&mut self.rest) {
            Ok(_) => self.ended = self.rest.len() - before < wanted,
            Err(error) => self.fault = Some(error),
        }
    }

    /// Reads until the rest holds the next batch; returns the end of its whole lines.
    fn find_end(&mut self) -> usize {
        // Only what was read last can hold the line ending that is looked for; a long line is not searched twice.
        let mut searched = 0;
        loop {
            if self.rest.len() >= self.batch || self.ended || self.fault.is_some() {
                if self.ended {
                    return self.rest.len();
                }
                match memchr::memrchr(b'\n', &self.rest[searched..]) {
                    Some(at) => return searched + at + 1,
                    None if self.fault.is_some() => return 0,
                    None => searched = self.rest.len(),
                }
                if searched > self.longest {
                    self.pass_over();
                    searched = self.longest;
                    continue;
                }
            }
            // The size of a batch depends on nothing but where it begins.
            let missing = self.batch.saturating_sub(self.rest.len());
            // Growing by doubling would take up to twice the memory.
            self.rest.reserve_exact(missing);
            self.fill(if missing > 0 { missing } else { self.batch / 4 });
        }
    }

    /// Reads to the end of a line that is too long, keeping only its first bytes.
    fn pass_over(&mut self) {
        loop {
            let end = memchr::memchr(b'\n', &self.rest[self.longest..]).map(|at| self.longest + at);
            let end_of_excess = end.unwrap_or(self.rest.len());
            self.passed_over += (end_of_excess - self.longest) as u64;
            self.rest.drain(self.longest..end_of_excess);
            if end.is_some() || self.ended || self.fault.is_some() {
                return;
            }
            self.fill(self.batch);
        }
    }
}

impl<R: Read + Send> RecordReader for LineReader<R> {
    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        if self.fault.is_none() || memchr::memchr(b'\n', &self.rest).is_some() {
            let end = self.find_end();
            if end > 0 {
                let rest = self.rest.split_off(end);
                let mut batch = Batch::of_lines(std::mem::replace(&mut self.rest, rest), self.position);
                batch.truncated = self.passed_over > 0;
                self.position.record += batch.records.len() as u64;
                self.position.offset += batch.bytes.len() as u64 + std::mem::take(&mut self.passed_over);
                batch.end = self.position;
                return Ok(Some(batch));
            }
        }
        match self.fault.take() {
            Some(error) => Err(ReadError::of(error, &self.rest)),
            None => Ok(None),
        }
    }

    fn skip_to(&mut self, position: Position) -> io::Result<()> {
        let skipped = io::copy(&mut (&mut self.reader).take(position.offset), &mut io::sink())?;
        self.position = position;
        if skipped == position.offset { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compression::InputError;

    /// A reader that returns a few bytes at a time, like a pipe.
    struct Dribble<'a>(&'a [u8]);

    impl Read for Dribble<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let n = self.0.len().min(buffer.len()).min(70_001);
            self.0.read(&mut buffer[..n])
        }
    }

    #[test]
    fn batches_are_whole_lines_and_lose_nothing() {
        let mut text = Vec::new();
        for i in 0..200_000 {
            text.extend_from_slice(format!("line {i} {}\n", "x".repeat(i % 97)).as_bytes());
        }
        text.extend(vec![b'y'; 9 << 20]);
        text.extend_from_slice(b"\nthe end");
        let mut reader = LineReader::new(Dribble(&text), usize::MAX);
        let (mut all, mut records, mut expected) = (Vec::new(), 0, None);
        while let Some(batch) = reader.next_batch().unwrap() {
            assert!(expected.is_none_or(|bytes| batch.bytes.len() == bytes));
            let mut again = LineReader::new(text.as_slice(), usize::MAX);
            again.skip_to(batch.end).unwrap();
            expected = again.next_batch().unwrap().map(|batch| batch.bytes.len());
            records += batch.records.len() as u64;
            assert_eq!(batch.end.record, records + 1);
            all.extend_from_slice(&batch.bytes);
            assert!(all.ends_with(b"\n") || all.len() == text.len());
        }
        assert!(all == text);
        assert!(LineReader::new(&b""[..], usize::MAX).next_batch().unwrap().is_none());
    }

    #[test]
    fn before_a_fault_the_whole_lines_come_out() {
        struct Broken<'a>(&'a [u8]);
        impl Read for Broken<'_> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                if self.0.is_empty() { Err(InputError::io("broken")) } else { self.0.read(buffer) }
            }
        }
        for (text, whole, begun) in [("a\nb\nc", "a\nb\n", "c"), ("a", "", "a"), ("a\n", "a\n", ""), ("", "", "")] {
            let mut reader = LineReader::new(Broken(text.as_bytes()), usize::MAX);
            if !whole.is_empty() {
                assert_eq!(reader.next_batch().unwrap().unwrap().bytes, whole.as_bytes());
            }
            let Err(ReadError::Damaged(_, rest)) = reader.next_batch() else { panic!("no fault") };
            assert_eq!(rest, begun.as_bytes());
        }
    }

    #[test]
    fn a_line_beyond_the_limit_is_truncated_and_those_after_it_come() {
        const MOST: usize = 4 << 20;
        for end in ["", "\n", "\nb", "\nb\nc\n"] {
            let text = [b"a\n".as_slice(), &vec![b'y'; 9 << 20], end.as_bytes()].concat();
            let mut reader = LineReader::new(Dribble(&text), MOST);
            let (mut all, mut last) = (Vec::new(), Position::default());
            while let Some(batch) = reader.next_batch().unwrap() {
                assert_eq!(batch.truncated, batch.bytes.starts_with(b"y"));
                last = batch.end;
                all.extend(batch.bytes);
            }
            assert!(all == [b"a\n".as_slice(), &vec![b'y'; MOST], end.as_bytes()].concat(), "{end:?}");
            assert_eq!(last.offset, text.len() as u64);
        }
    }

    #[test]
    fn the_reason_names_the_column_only() {
        let field = |path: &str| Field::parse(path).unwrap();
        let fields = Fields { text: field("text"), id: field("id"), url: field("url"), title: field("title") };
        let error = fields.parse(b"{\"a\":nul}").unwrap_err();
        assert_eq!(
            error,
            RecordError::Malformed("malformed JSON at column 9: a value is missing, or its quotes".to_owned())
        );
    }
}
