//! WARC files, including WET files: a document for each page and each text in the archive. Headers are not trusted: after a broken
//! record, reading continues at the next one.

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use bodytext::unstable::{Decoded, decode};
use bodytext::{Markup, TextEncoding};

use super::http::Response;
use super::text::write_record;
use super::{
    BATCH, Batch, Document, Notes, Position, ReadError, Record, RecordError, RecordFormat, RecordReader, STEP,
    read_more,
};
use crate::compression::InputError;
use crate::limits::{Limits, human_bytes};
use crate::stats::MAX_FAILURES;

const BEGIN: &[u8] = b"WARC/";
/// The size limit of a record's header in bytes; real ones are far smaller.
const MAX_HEADER: usize = 64 << 10;

/// The records of archives: a header, a blank line, the text or the response of a server.
pub(crate) struct WarcFormat {
    /// The most bytes of an unpacked page.
    pub(crate) max_page: usize,
}

impl RecordFormat for WarcFormat {
    fn parse<'r>(&self, raw: &'r [u8]) -> Result<Document<'r>, RecordError> {
        let end = header_end(raw).ok_or_else(|| RecordError::Malformed("its header has no end".to_owned()))?;
        let (header, body) = (Header::new(&raw[..end.start]), &raw[end.end..]);
        let is_page = is_response(&header);
        let decoded = if is_page { self.page(body)? } else { decode(body, None) };
        Ok(Document {
            markup: is_page.then_some(Markup::Html),
            encoding: decoded.encoding,
            encoding_source: decoded.source,
            undecodable: decoded.replaced as u64,
            id: header.get("warc-record-id").map(without_brackets),
            url: header.get("warc-target-uri").map(without_brackets),
            date: header.get("warc-date").map(without_brackets),
            ..Document::new(decoded.text)
        })
    }

    fn write(&self, _: &[u8], document: &Document<'_>, cleaned: &str, out: &mut Vec<u8>) {
        write_record(document, cleaned, out);
    }
}

impl WarcFormat {
    /// The page of a response.
    fn page<'r>(&self, response: &[u8]) -> Result<Decoded<'r>, RecordError> {
        let response = Response::parse(response).map_err(RecordError::Malformed)?;
        let body = response.body(self.max_page).map_err(RecordError::Malformed)?;
        let decoded = decode_page(&body, response.charset);
        Ok(Decoded { text: Cow::Owned(decoded.text.into_owned()), ..decoded })
    }
}

/// Decodes a page. Servers name an encoding for all of their pages, and some pages are in another.
pub(super) fn decode_page(body: &[u8], charset: Option<TextEncoding>) -> Decoded<'_> {
    let named = charset.map(|charset| decode(body, Some(charset)));
    named.filter(|named| named.replaced == 0 && named.encoding_fits).unwrap_or_else(|| decode(body, None))
}

/// Whether a record is what a server answered.
fn is_response(header: &Header<'_>) -> bool {
    let is = |name: &str, value: &str| header.get(name).is_some_and(|found| found.starts_with(value));
    is("warc-type", "response") && is("content-type", "application/http")
}

/// Identifiers and addresses are in angle brackets.
fn without_brackets(value: String) -> String {
    value.trim_start_matches('<').trim_end_matches('>').to_owned()
}

/// The lines of a header. Headers are UTF-8; older crawlers wrote addresses in other encodings.
struct Header<'h>(Cow<'h, str>);

impl<'h> Header<'h> {
    fn new(bytes: &'h [u8]) -> Header<'h> {
        Header(String::from_utf8_lossy(bytes))
    }

    /// The value of a header field, by its lowercase name.
    fn get(&self, name: &str) -> Option<String> {
        self.0.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    }
}

/// The blank line that ends the header of a record: from its first byte to the first of the body.
pub(super) fn header_end(record: &[u8]) -> Option<Range<usize>> {
    let mut start = 0;
    for end in memchr::memchr_iter(b'\n', record) {
        if matches!(&record[start..end], b"" | b"\r") {
            return Some(start..end + 1);
        }
        start = end + 1;
    }
    None
}

/// Reads the texts of an archive in batches.
pub(crate) struct WarcReader<R> {
    reader: R,
    limits: Limits,
    /// The bytes of the archive that were read; those from `at` on are not processed yet.
    buffer: Vec<u8>,
    at: usize,
    /// The number of bytes of the archive before the buffer.
    before: u64,
    position: Position,
    /// The error that ended the archive early.
    fault: Option<io::Error>,
    ended: bool,
}

impl<R: Read> WarcReader<R> {
    /// Reads the texts of the archive in `reader`.
    pub(crate) fn new(reader: R, limits: &Limits) -> WarcReader<R> {
        WarcReader {
            reader,
            limits: *limits,
            buffer: Vec::new(),
            at: 0,
            before: 0,
            position: Position::default(),
            fault: None,
            ended: false,
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Reads more bytes; returns false at the end.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        // What is used up goes when it is half of all: then each byte is moved once, however long a record claims to be.
        if self.at > STEP && self.at > self.buffer.len() / 2 {
            // The byte before tells whether a line begins here.
            self.before += self.at as u64 - 1;
            self.buffer.drain(..self.at - 1);
            self.at = 1;
        }
        let (grown, fault) = read_more(&mut self.reader, &mut self.buffer);
        self.ended = !grown || fault.is_some();
        self.fault = fault;
        grown
    }

    /// Moves to the next position at which a record begins: at the start of a line.
    fn find_begin(&mut self) -> bool {
        loop {
            if self.rest().starts_with(BEGIN) && (self.at == 0 || self.buffer[self.at - 1] == b'\n') {
                return true;
            }
            if let Some(found) = memchr::memmem::find(self.rest(), b"\nWARC/") {
                self.at += found + 1;
                return true;
            }
            // What was read last may end within the first word.
            let keep = self.rest().len().min(BEGIN.len() + 1);
            self.at = self.buffer.len() - keep;
            if !self.more() {
                self.at = self.buffer.len();
                return false;
            }
        }
    }

    /// Adds the record that begins here to the batch if it is a text, or counts it otherwise. A broken record is not
    /// consumed.
    fn take_record(&mut self, batch: &mut Batch) -> Result<(), String> {
        let body = self.body_start()?;
        let header = Header::new(&self.rest()[..body]);
        let length: u64 = header
            .get("content-length")
            .and_then(|length| length.parse().ok())
            .ok_or("its header has no Content-Length that is a number")?;
        if length > self.limits.record as u64 {
            let most = human_bytes(self.limits.record as u64);
            return Err(format!(
                "it claims {length} bytes, more than {most}; give a larger --max-record if that is true"
            ));
        }
        let kind = header.get("warc-type").unwrap_or_default();
        let content = header.get("content-type").unwrap_or_default();
        let is_response = is_response(&header);
        let end = body + length as usize;
        // Two line ends stand after each record; in the wild there may be none or more. Text means the length is wrong.
        let behind = end + BEGIN.len() + 4;
        while self.rest().len() < behind && self.more() {}
        if self.rest().len() < end {
            return Err("truncated: it ends before its Content-Length".to_owned());
        }
        let after = self.rest()[end..self.rest().len().min(behind)].trim_ascii_start();
        if !after.is_empty() && !after.starts_with(BEGIN) && !BEGIN.starts_with(after) {
            return Err("its Content-Length is wrong: no record begins behind it".to_owned());
        }
        let is_text = content.starts_with("text/plain") && matches!(kind.as_str(), "conversion" | "resource");
        // A response whose head is wrong is listed when it is parsed.
        let is_page =
            is_response && Response::parse(&self.rest()[body..end]).map_or(true, |response| response.is_page());
        if is_text || is_page {
            let from = batch.bytes.len();
            batch.bytes.extend_from_slice(&self.buffer[self.at..self.at + end]);
            batch.records.push(Record { number: self.position.record, range: from..batch.bytes.len() });
            self.position.record += 1;
        } else {
            batch.notes.other += 1;
        }
        self.at += end;
        Ok(())
    }

    /// The start of the body of the current record, as an offset from the start of the record.
    fn body_start(&mut self) -> Result<usize, String> {
        loop {
            let rest = &self.rest()[..self.rest().len().min(MAX_HEADER)];
            let mut start = 0;
            for end in memchr::memchr_iter(b'\n', rest) {
                match &rest[start..end] {
                    b"" | b"\r" => return Ok(end + 1),
                    line if start > 0 && line.starts_with(BEGIN) => {
                        return Err("its header has no end: another record begins in it".to_owned());
                    }
                    _ => start = end + 1,
                }
            }
            if rest.len() == MAX_HEADER {
                return Err(format!("its header has no end within {}", human_bytes(MAX_HEADER as u64)));
            }
            if !self.more() {
                return Err("truncated: it ends within its header".to_owned());
            }
        }
    }
}

impl<R: Read + Send> RecordReader for WarcReader<R> {
    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut batch = Batch { start: self.position, ..Batch::default() };
        // Archives may hold little text: the run looks at signals between batches.
        let far = self.position.offset + 8 * BATCH as u64;
        while batch.bytes.len() < BATCH && self.before + (self.at as u64) < far && self.find_begin() {
            self.position.skipped += 1;
            if let Err(what) = self.take_record(&mut batch) {
                batch.notes.broken += 1;
                if batch.notes.faults.len() < MAX_FAILURES {
                    batch.notes.faults.push((self.position.skipped, what));
                }
                // The next record begins somewhere behind the first letter of this one.
                self.at += 1;
            }
        }
        self.position.offset = self.before + self.at as u64;
        batch.end = self.position;
        if batch.start != batch.end && (batch.notes != Notes::default() || !batch.records.is_empty()) {
            return Ok(Some(batch));
        }
        let nothing = self.position.skipped == 0 && !self.buffer.is_empty();
        let fault = nothing.then(|| InputError::io("not a WARC file: no record begins in it; see --from"));
        match self.fault.take().or(fault) {
            Some(error) => Err(ReadError::of(error, &[])),
            None => Ok(None),
        }
    }

    fn skip_to(&mut self, position: Position) -> io::Result<()> {
        // The byte before tells whether a line begins here.
        let before = position.offset.saturating_sub(1);
        let skipped = io::copy(&mut (&mut self.reader).take(before), &mut io::sink())?;
        self.before = skipped;
        self.position = position;
        while self.buffer.is_empty() && self.more() {}
        self.at = usize::from(position.offset > 0).min(self.buffer.len());
        if skipped == before { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(kind: &str, content: &str, url: &str, body: &str) -> String {
        format!(
            "WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\nWARC-Date: 2026-11-02T10:00:00Z\r\n\
             WARC-Record-ID: <urn:uuid:{url}>\r\nContent-Type: {content}\r\nContent-Length: {}\r\n\r\n{body}\r\n\r\n",
            body.len()
        )
    }

    fn text(url: &str, body: &str) -> String {
        record("conversion", "text/plain", url, body)
    }

    /// The texts of an archive, and what else it holds.
    fn read(archive: &[u8]) -> (Vec<String>, Notes) {
        let limits = Limits { record: 1 << 20, ..Limits::DEFAULT };
        let mut reader = WarcReader::new(archive, &limits);
        let (mut texts, mut notes) = (Vec::new(), Notes::default());
        while let Some(batch) = reader.next_batch().unwrap() {
            let bytes = batch.records.iter().map(|record| &batch.bytes[record.range.clone()]);
            texts.extend(bytes.map(|raw| WarcFormat { max_page: 1 << 20 }.parse(raw).unwrap().text.into_owned()));
            notes.other += batch.notes.other;
            notes.broken += batch.notes.broken;
            notes.faults.extend(batch.notes.faults);
        }
        (texts, notes)
    }

    #[test]
    fn texts_come_out_with_their_addresses() {
        let archive = [
            record("warcinfo", "application/warc-fields", "", "software: x\r\n"),
            text("http://a.example/", "The \"first\".\nWARC/1.0 is a format.\n"),
            text("http://b.example/", ""),
        ]
        .concat();
        let batch = WarcReader::new(archive.as_bytes(), &Limits::DEFAULT).next_batch().unwrap().unwrap();
        let document = WarcFormat { max_page: 1 << 20 }.parse(&batch.bytes[batch.records[0].range.clone()]).unwrap();
        let mut line = Vec::new();
        WarcFormat { max_page: 1 << 20 }.write(b"", &document, &document.text, &mut line);
        assert_eq!(
            String::from_utf8(line).unwrap(),
            "{\"id\":\"urn:uuid:http://a.example/\",\"url\":\"http://a.example/\",\"date\":\"2026-11-02T10:00:00Z\",\
             \"text\":\"The \\\"first\\\".\\nWARC/1.0 is a format.\\n\"}\n"
        );
        let (texts, notes) = read(archive.as_bytes());
        assert_eq!((texts.len(), notes.broken, notes.other), (2, 0, 1));
    }

    #[test]
    fn after_a_broken_record_the_next_is_read() {
        let good = text("http://g.example/", "Good.");
        let wrong = |length: &str| {
            let record = text("http://w.example/", "Wrong.");
            record.replace("Content-Length: 6", &format!("Content-Length: {length}"))
        };
        for length in ["10000000000000", "18446744073709551615", "-1", "x", "2", "300", ""] {
            let archive = [good.clone(), wrong(length), good.clone()].concat();
            let (texts, notes) = read(archive.as_bytes());
            assert_eq!(texts, ["Good.", "Good."], "{length}");
            assert_eq!(notes.faults.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2], "{length}: {notes:?}");
        }
        let latin: Vec<u8> =
            good.replace("g.example", "g\u{1}.example").bytes().map(|b| if b == 1 { 0xE9 } else { b }).collect();
        assert_eq!(read(&[latin.as_slice(), b"\r\n\r\n\r\n", good.as_bytes()].concat()).0, ["Good.", "Good."]);
        let (lines, body) = (good.replace("\r\n", "\n"), "One.\r\n\r\nTwo.\r\n");
        let mixed = lines.replace("Good.", body).replace("Length: 5", &format!("Length: {}", body.len()));
        assert_eq!(read([mixed.as_str(), &good].concat().as_bytes()).0, [body, "Good."]);
        let unended = good.trim_end();
        assert_eq!(read([unended, "\n", unended].concat().as_bytes()).0, ["Good.", "Good."]);
    }

    #[test]
    fn a_million_broken_records_take_little() {
        let archive = format!("{}{}", "WARC/\n".repeat(1_000_000), text("http://g.example/", "Good."));
        let batch = WarcReader::new(archive.as_bytes(), &Limits::DEFAULT).next_batch().unwrap().unwrap();
        assert_eq!((batch.notes.broken, batch.notes.faults.len()), (1_000_000, MAX_FAILURES));
        assert_eq!(batch.records.len(), 1);
    }

    #[test]
    fn whatever_is_cut_off_the_records_before_it_come_out() {
        let archive: String = (0..20).map(|i| text("http://a.example/", &format!("Text {i}."))).collect();
        let size = archive.len() / 20;
        for end in BEGIN.len()..archive.len() {
            let (texts, notes) = read(&archive.as_bytes()[..end]);
            assert!(texts.len() + 1 >= end / size && texts.len() <= end / size + 1, "{end}: {}", texts.len());
            assert!(notes.broken <= 1, "{end}: {notes:?}");
        }
    }

    #[test]
    fn reading_goes_on_where_a_batch_ended() {
        let long = "A line.\n".repeat(BATCH / 8);
        let archive: String = (0..5).map(|i| text("http://a.example/", &format!("Text {i}. {long}"))).collect();
        let mut reader = WarcReader::new(archive.as_bytes(), &Limits::DEFAULT);
        let first = reader.next_batch().unwrap().unwrap();
        let second = reader.next_batch().unwrap().unwrap();
        let mut again = WarcReader::new(archive.as_bytes(), &Limits::DEFAULT);
        again.skip_to(first.end).unwrap();
        let resumed = again.next_batch().unwrap().unwrap();
        assert!(resumed.bytes == second.bytes && (resumed.start, resumed.end) == (second.start, second.end));
    }
}
