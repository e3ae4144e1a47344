//! Reads documents: finds files, detects formats, and returns the records of an input in batches.

pub(crate) mod ahead;
pub(crate) mod csv;
pub(crate) mod documents;
mod http;
pub(crate) mod jsonl;
pub(crate) mod open;
pub(crate) mod parquet;
pub(crate) mod saved_page;
pub(crate) mod sniff;
pub(crate) mod text;
pub(crate) mod walk;
pub(crate) mod warc;

use std::borrow::Cow;
use std::io::{self, Read};
use std::ops::Range;

use bodytext::{EncodingSource, Markup};
use serde::{Deserialize, Serialize};

use crate::compression::InputError;

/// The size of a batch in bytes, up to one record more or less. Large enough to keep a few threads busy for some
/// milliseconds, small enough that memory stays at a few times this size.
pub(crate) const BATCH: usize = 2 << 20;
/// The least size of a chunk in bytes, about a page: small enough that many threads end a batch at about the same time.
const CHUNK: usize = 16 << 10;

/// The number of bytes read at a time.
const STEP: usize = 64 << 10;

/// Reads more bytes into a buffer. Returns whether there were any, and the error that ended them: of a damaged input,
/// what was read before the damage is used up first.
fn read_more(reader: &mut impl Read, buffer: &mut Vec<u8>) -> (bool, Option<io::Error>) {
    let before = buffer.len();
    let fault = reader.take(STEP as u64).read_to_end(buffer).err();
    (buffer.len() > before, fault)
}

/// Reads the records of an input in batches, which do not depend on how the input arrives.
pub(crate) trait RecordReader: Send {
    /// The next batch; `None` at the end.
    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError>;

    /// Continues at `position`, which an earlier reader of the same input returned. The batches from there on are the
    /// same.
    fn skip_to(&mut self, position: Position) -> io::Result<()>;
}

/// A format of records. Nothing else knows how a record is encoded.
pub(crate) trait RecordFormat: Sync {
    fn parse<'r>(&self, raw: &'r [u8]) -> Result<Document<'r>, RecordError>;

    /// Appends the record with the cleaned text: as a line of JSON Lines, or in its own format.
    fn write(&self, raw: &[u8], document: &Document<'_>, cleaned: &str, out: &mut Vec<u8>);

    /// The number of records in what was written, blank ones included.
    fn count(&self, written: &[u8]) -> u64 {
        let open = written.last().is_some_and(|byte| *byte != b'\n');
        memchr::memchr_iter(b'\n', written).count() as u64 + u64::from(open)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Document<'r> {
    pub(crate) text: Cow<'r, str>,
    /// The name of the encoding it was read in.
    pub(crate) encoding: &'static str,
    pub(crate) encoding_source: EncodingSource,
    /// Characters that could not be decoded.
    pub(crate) undecodable: u64,
    /// Whether the text fits its encoding.
    pub(crate) encoding_fits: bool,
    pub(crate) id: Option<String>,
    pub(crate) url: Option<String>,
    /// The title of the page.
    pub(crate) title: Option<String>,
    /// The markup of the text, if its source says it.
    pub(crate) markup: Option<Markup>,
    /// When the page was fetched.
    pub(crate) date: Option<String>,
    /// The position of the text's value in the record.
    pub(crate) value: Range<usize>,
    /// Whether the record names the text field more than once.
    pub(crate) repeated: bool,
    pub(crate) surrogates: u64,
}

impl<'r> Document<'r> {
    /// A text without metadata.
    pub(crate) fn new(text: Cow<'r, str>) -> Document<'r> {
        Document {
            text,
            encoding: "UTF-8",
            encoding_source: EncodingSource::Given,
            undecodable: 0,
            encoding_fits: true,
            id: None,
            url: None,
            title: None,
            markup: None,
            date: None,
            value: 0..0,
            repeated: false,
            surrogates: 0,
        }
    }

    /// The host of the address.
    pub(crate) fn host(&self) -> Option<String> {
        self.url.as_deref().and_then(host_of)
    }
}

/// The host of an address: `https://user@www.example.org:8080/x` is on `www.example.org`.
pub(crate) fn host_of(url: &str) -> Option<String> {
    let rest = url.trim().split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

/// The reason a record has no document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum RecordError {
    Blank,
    WithoutText,
    /// Its text is null.
    Null,
    /// Its text is a number, a list or an object.
    NotAString,
    Malformed(String),
}

/// The error that ends the reading of an input.
#[derive(Debug)]
pub(crate) enum ReadError {
    /// Its bytes are damaged or break a limit; earlier records are good. Holds the bytes of the record that was begun.
    Damaged(io::Error, Vec<u8>),
    Io(io::Error),
}

impl ReadError {
    /// The error of a reader that had begun the record `begun`.
    fn of(error: io::Error, begun: &[u8]) -> ReadError {
        if InputError::is(&error) { ReadError::Damaged(error, begun.to_vec()) } else { ReadError::Io(error) }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Position {
    /// The number of bytes of the decompressed input before it.
    pub(crate) offset: u64,
    /// The number of its first record; see [`Record::number`].
    pub(crate) record: u64,
    /// The number of records of all kinds before it, in an archive.
    pub(crate) skipped: u64,
}

impl Default for Position {
    fn default() -> Position {
        Position { offset: 0, record: 1, skipped: 0 }
    }
}

/// A record in a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Record {
    /// The line on which it begins, or its number among the texts of an archive, counted from 1.
    pub(crate) number: u64,
    /// Its bytes, the line ending included.
    pub(crate) range: Range<usize>,
}

#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub(crate) bytes: Vec<u8>,
    pub(crate) records: Vec<Record>,
    /// The positions of the batch and of the next one.
    pub(crate) start: Position,
    pub(crate) end: Position,
    /// Whether only the start of the first record is in the batch, because the rest is beyond the limit.
    pub(crate) truncated: bool,
    pub(crate) notes: Notes,
}

/// Counts of what an archive holds besides its texts.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Notes {
    /// Records of other kinds: requests, metadata, the archive's own description.
    pub(crate) other: u64,
    pub(crate) broken: u64,
    /// For the first of them: the number in the archive, counted from 1, and the error.
    pub(crate) faults: Vec<(u64, String)>,
}

#[derive(Debug)]
pub(crate) struct Chunk<'b> {
    pub(crate) bytes: &'b [u8],
    pub(crate) records: &'b [Record],
    /// See [`Batch::truncated`].
    pub(crate) truncated: bool,
}

impl Batch {
    /// The lines that begin at `start`.
    pub(crate) fn of_lines(bytes: Vec<u8>, start: Position) -> Batch {
        Batch { records: lines(&bytes, start.record), bytes, start, ..Batch::default() }
    }

    /// Splits it into about `count` chunks.
    pub(crate) fn chunks(&self, count: usize) -> Vec<Chunk<'_>> {
        let size = (self.bytes.len() / count.max(1)).max(CHUNK);
        let mut chunks: Vec<Chunk<'_>> = Vec::with_capacity(count + 1);
        let mut from = 0;
        while from < self.records.len() {
            let end = self.records[from].range.start + size;
            let to = self.records[from..].partition_point(|record| record.range.start < end) + from;
            let truncated = self.truncated && from == 0;
            chunks.push(Chunk { bytes: &self.bytes, records: &self.records[from..to], truncated });
            from = to;
        }
        chunks
    }
}

/// Each line of the bytes as a record, the first with the number `first`.
pub(crate) fn lines(bytes: &[u8], first: u64) -> Vec<Record> {
    let mut lines = Vec::new();
    let mut start = 0;
    for (number, end) in (first..).zip(memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain([bytes.len()])) {
        if start < end {
            lines.push(Record { number, range: start..end });
        }
        start = end;
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_from_addresses() {
        for (url, expected) in [
            ("https://www.Example.org/a?b#c", Some("www.example.org")),
            ("http://user:pw@example.org:8080", Some("example.org")),
            ("https://example.org.", Some("example.org")),
            ("example.org/a", None),
            ("", None),
            ("https://", None),
        ] {
            let document = Document { url: Some(url.to_owned()), ..Document::new(Cow::Borrowed("")) };
            assert_eq!(document.host().as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn chunks_are_all_the_records_in_order() {
        let lines: String = (0..50_000).map(|i| format!("line {i} {}\n", "x".repeat(i % 97))).collect();
        let batch = Batch::of_lines(format!("{lines}\nthe end").into_bytes(), Position::default());
        let chunks = batch.chunks(8);
        assert_eq!(chunks.len(), 8);
        let mut next = 1;
        for chunk in &chunks {
            assert_eq!(chunk.records[0].number, next);
            next += chunk.records.len() as u64;
        }
        let all: Vec<u8> =
            chunks.iter().flat_map(|c| c.records.iter().flat_map(|r| &c.bytes[r.range.clone()])).copied().collect();
        assert!(all == batch.bytes && next == 50_003);
    }
}
