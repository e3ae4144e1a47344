//! Reads WARC files, WET files among them, as JSON lines: a record with `id`, `url`, `date` and `text` for each text in
//! the archive. From there on they are cleaned like any other JSON lines.
//! It cleans nothing and trusts no header: after a record that is broken it goes on at the next that begins as one.
//! `batch` lays it over the reader of the file.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use bodytext::unstable::decode;

use crate::json::string;
use crate::limits::{Limits, shown};
use crate::packing::Damage;
use crate::tally::MAX_FAILURES;

/// What every record begins with.
const BEGIN: &[u8] = b"WARC/";
/// Bytes read at a time.
const STEP: usize = 64 << 10;
/// Headers of records are far below this.
const MAX_HEADER: usize = 64 << 10;

/// What an archive holds beside its texts.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Records of other kinds: requests, metadata, the archive's own description.
    pub(crate) other: u64,
    /// Pages of HTML, whose text nobody has extracted yet.
    pub(crate) html: u64,
    /// Broken records.
    pub(crate) broken: u64,
    /// Of the first of them the number in the archive, counted from 1, and what is wrong.
    pub(crate) faults: Vec<(u64, String)>,
}

/// The texts of an archive as JSON lines.
pub(crate) struct Lines<R> {
    reader: R,
    limits: Limits,
    notes: Arc<Mutex<Notes>>,
    /// What was read of the archive and is not done with begins at `at`.
    buffer: Vec<u8>,
    at: usize,
    /// Where the archive ends early, why.
    fault: Option<io::Error>,
    ended: bool,
    /// Records so far.
    records: u64,
    /// The line that is being handed out, and how much of it is.
    line: Vec<u8>,
    given: usize,
}

impl<R: Read> Lines<R> {
    /// The texts of the archive in `reader`. What else it holds is told to `notes`.
    pub(crate) fn new(reader: R, limits: &Limits, notes: Arc<Mutex<Notes>>) -> Lines<R> {
        Lines {
            reader,
            limits: *limits,
            notes,
            buffer: Vec::new(),
            at: 0,
            fault: None,
            ended: false,
            records: 0,
            line: Vec::new(),
            given: 0,
        }
    }

    /// What is read and not done with.
    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// Reads on; false at the end.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        // What is used up goes when it is half of all: then each byte is moved once, however long a record claims to be.
        if self.at > STEP && self.at > self.buffer.len() / 2 {
            // The byte before tells whether a line begins here.
            self.buffer.drain(..self.at - 1);
            self.at = 1;
        }
        let before = self.buffer.len();
        // Of a damaged archive what was read before the damage is used up first.
        if let Err(error) = (&mut self.reader).take(STEP as u64).read_to_end(&mut self.buffer) {
            self.fault = Some(error);
            self.ended = true;
        }
        self.ended |= self.buffer.len() == before;
        self.buffer.len() > before
    }

    /// Makes the line of the next text; false at the end of the archive.
    fn next_line(&mut self) -> io::Result<bool> {
        loop {
            self.line.clear();
            self.given = 0;
            if !self.find_begin() {
                let nothing = self.records == 0 && !self.buffer.is_empty();
                let fault = nothing.then(|| Damage::error("no WARC file: no record begins in it; see --from"));
                return self.fault.take().or(fault).map_or(Ok(false), Err);
            }
            self.records += 1;
            match self.record() {
                Ok(true) => return Ok(true),
                Ok(false) => {}
                Err(what) => {
                    let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
                    notes.broken += 1;
                    if notes.faults.len() < MAX_FAILURES {
                        notes.faults.push((self.records, what));
                    }
                    drop(notes);
                    // The next record begins somewhere behind the first letter of this one.
                    self.at += 1;
                }
            }
        }
    }

    /// Goes to the next place where a record begins: at the beginning of a line.
    fn find_begin(&mut self) -> bool {
        loop {
            if self.rest().starts_with(BEGIN) && (self.at == 0 || self.buffer[self.at - 1] == b'\n') {
                return true;
            }
            match memchr::memmem::find(self.rest(), b"\nWARC/") {
                Some(found) => {
                    self.at += found + 1;
                    return true;
                }
                None => {
                    // What was read last may end within the sign.
                    let keep = self.rest().len().min(BEGIN.len() + 1);
                    self.at = self.buffer.len() - keep;
                    if !self.more() {
                        self.at = self.buffer.len();
                        return false;
                    }
                }
            }
        }
    }

    /// Reads the record that begins here. Whether it is a text, or what is wrong with it; then nothing of it is used up.
    fn record(&mut self) -> Result<bool, String> {
        let (header, body) = self.header()?;
        let text = |name: &str| header_value(&header, name);
        let length: u64 = text("content-length")
            .and_then(|n| n.trim().parse().ok())
            .ok_or("its header has no Content-Length that is a number")?;
        if length > self.limits.record as u64 {
            let most = shown(self.limits.record as u64);
            return Err(format!(
                "it claims {length} bytes, more than {most}; give a larger --max-record if that is true"
            ));
        }
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
        let kind = text("warc-type").unwrap_or_default();
        let content = text("content-type").unwrap_or_default();
        let plain = content.starts_with("text/plain");
        let html = kind == "response" || content.contains("html");
        if plain && matches!(kind.as_str(), "conversion" | "resource") {
            self.line_of(&header, body..end);
        } else {
            let mut notes = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
            notes.html += u64::from(html);
            notes.other += u64::from(!html);
        }
        self.at += end;
        Ok(!self.line.is_empty())
    }

    /// The lines of the header that begins here, and where the body begins, counted from here.
    fn header(&mut self) -> Result<(String, usize), String> {
        loop {
            let rest = &self.rest()[..self.rest().len().min(MAX_HEADER)];
            let mut begin = 0;
            for end in memchr::memchr_iter(b'\n', rest) {
                let line = &rest[begin..end];
                if matches!(line, b"" | b"\r") {
                    // Headers are UTF-8; older crawlers wrote addresses in other encodings.
                    return Ok((String::from_utf8_lossy(&rest[..begin]).into_owned(), end + 1));
                }
                if begin > 0 && line.starts_with(BEGIN) {
                    return Err("its header has no end: another record begins in it".to_owned());
                }
                begin = end + 1;
            }
            if rest.len() == MAX_HEADER {
                return Err(format!("its header has no end within {}", shown(MAX_HEADER as u64)));
            }
            if !self.more() {
                return Err("truncated: it ends within its header".to_owned());
            }
        }
    }

    fn line_of(&mut self, header: &str, body: std::ops::Range<usize>) {
        let mut line = String::with_capacity(body.len() + body.len() / 8 + 256);
        line.push('{');
        for (name, field) in [("id", "warc-record-id"), ("url", "warc-target-uri"), ("date", "warc-date")] {
            if let Some(value) = header_value(header, field) {
                line.push_str(&format!("\"{name}\":\""));
                string::escape(value.trim_start_matches('<').trim_end_matches('>'), false, &mut line);
                line.push_str("\",");
            }
        }
        line.push_str("\"text\":\"");
        string::escape(&decode(&self.rest()[body], None).text, false, &mut line);
        line.push_str("\"}\n");
        self.line = line.into_bytes();
    }
}

impl<R: Read> Read for Lines<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given == self.line.len() && !self.next_line()? {
            return Ok(0);
        }
        let left = &self.line[self.given..];
        let n = left.len().min(buffer.len());
        buffer[..n].copy_from_slice(&left[..n]);
        self.given += n;
        Ok(n)
    }
}

/// The value of a header line, by its name in small letters.
fn header_value(header: &str, name: &str) -> Option<String> {
    header.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
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

    /// The texts of an archive, what is broken in it, and how many records are of other kinds.
    fn read(archive: &[u8]) -> (Vec<String>, Vec<(u64, String)>, u64) {
        let notes = Arc::new(Mutex::new(Notes::default()));
        let limits = Limits { record: 1 << 20, ..Limits::DEFAULT };
        let mut out = Vec::new();
        Lines::new(archive, &limits, Arc::clone(&notes)).read_to_end(&mut out).unwrap();
        let lines = String::from_utf8(out).unwrap();
        let value = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
        let texts = lines.lines().map(|line| value(line)["text"].as_str().unwrap().to_owned()).collect();
        let notes = Arc::into_inner(notes).unwrap().into_inner().unwrap();
        assert_eq!(notes.broken, notes.faults.len() as u64);
        (texts, notes.faults, notes.other)
    }

    #[test]
    fn texts_come_out_with_their_addresses() {
        let archive = [
            record("warcinfo", "application/warc-fields", "", "software: x\r\n"),
            text("http://a.example/", "The \"first\".\nWARC/1.0 is a format.\n"),
            text("http://b.example/", ""),
        ]
        .concat();
        let mut out = Vec::new();
        Lines::new(archive.as_bytes(), &Limits::DEFAULT, Arc::default()).read_to_end(&mut out).unwrap();
        let first = String::from_utf8(out).unwrap().lines().next().unwrap().to_owned();
        assert_eq!(
            first,
            "{\"id\":\"urn:uuid:http://a.example/\",\"url\":\"http://a.example/\",\"date\":\"2026-11-02T10:00:00Z\",\
             \"text\":\"The \\\"first\\\".\\nWARC/1.0 is a format.\\n\"}"
        );
        let (texts, broken, other) = read(archive.as_bytes());
        assert_eq!((texts.len(), broken.len(), other), (2, 0, 1));
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
            let (texts, broken, _) = read(archive.as_bytes());
            assert_eq!(texts, ["Good.", "Good."], "{length}");
            assert_eq!(broken.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [2], "{length}: {broken:?}");
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
        let notes = Arc::new(Mutex::new(Notes::default()));
        let mut out = Vec::new();
        Lines::new(archive.as_bytes(), &Limits::DEFAULT, Arc::clone(&notes)).read_to_end(&mut out).unwrap();
        let notes = Arc::into_inner(notes).unwrap().into_inner().unwrap();
        assert_eq!((notes.broken, notes.faults.len()), (1_000_000, MAX_FAILURES));
        assert!(String::from_utf8(out).unwrap().contains("Good."));
    }

    #[test]
    fn whatever_is_cut_off_the_records_before_it_come_out() {
        let archive: String = (0..20).map(|i| text("http://a.example/", &format!("Text {i}."))).collect();
        let size = archive.len() / 20;
        for end in BEGIN.len()..archive.len() {
            let (texts, broken, _) = read(&archive.as_bytes()[..end]);
            assert!(texts.len() + 1 >= end / size && texts.len() <= end / size + 1, "{end}: {}", texts.len());
            assert!(broken.len() <= 1, "{end}: {broken:?}");
        }
    }
}
