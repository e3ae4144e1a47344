//! Properties that must hold for untrusted input, at each place where the command reads it. `fuzz/` searches for bytes
//! that break them; its findings and its seeds are replayed here. The library has its own properties, in
//! `tests/it/fuzzing.rs`.

#![allow(unreachable_pub, reason = "fuzzing reaches it from another crate")]

use std::io::{self, Read, Write};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::LazyLock;

use bodytext::{Cleaner, Filters, Options, Pack, RuleSet, Selection};

use crate::catch_panic::catch_panic;
use crate::compression::{self, Compression};
use crate::extra_fields::ExtraFields;
use crate::input::{Format, Input, Source};
use crate::json::field::Field;
use crate::json::string;
use crate::limits::Limits;
use crate::read::csv::CsvReader;
use crate::read::jsonl::{Fields, LineReader};
use crate::read::parquet::RowReader;
use crate::read::saved_page::find_page;
use crate::read::text::TextFormat;
use crate::read::warc::{WarcFormat, WarcReader};
use crate::read::{self, Batch, Chunk, ReadError, RecordError, RecordFormat, RecordReader};
use crate::stats::Counter;
use crate::table::clean_table;
use crate::worker::{Processed, RecordFile, Worker};
use crate::write::atomic_file::AtomicFile;
use crate::write::parquet::TableWriter;

/// A few rules that remove lines and cut parts of lines, and match fast.
const RULES: &str = r#"
schema = 1
name = "few"

[[rule]]
id = "few.share"
kind = "line"
class = "share"
why = "Lines that are removed."
phrases = ["share this story", "x"]
matches = ["Share this story:"]
near_misses = ["Share this story with everybody."]

[[rule]]
id = "few.tab"
kind = "span"
class = "technical"
why = "Parts of lines that are cut."
phrases = ["(opens in new tab)"]
at = "anywhere"
matches = ["The report (opens in new tab) was long."]
near_misses = ["It opens in new tabs."]
"#;

static CLEANER: LazyLock<Cleaner> = LazyLock::new(|| {
    let pack = Pack::parse("few.toml", RULES).expect("the rules are right");
    let rules = RuleSet::new(vec![pack], &Selection::default()).expect("the rules are right");
    Cleaner::new(rules, None, Options::default())
});

static EXTRA_FIELDS: ExtraFields = ExtraFields { text: None, stats: None, page: Vec::new() };

static FIELDS: LazyLock<Fields> =
    LazyLock::new(|| Fields { text: field("text"), id: field("id"), url: field("url"), title: field("title") });

fn field(path: &str) -> Field {
    Field::parse(path).expect("the field is right")
}

const LIMITS: Limits = Limits { unpacked: 1 << 20, record: 1 << 16, ..Limits::DEFAULT };

fn worker() -> Worker<'static> {
    Worker {
        cleaner: &CLEANER,
        fields: &FIELDS,
        text: TextFormat { encoding: None },
        limits: LIMITS,
        filters: Filters::default(),
        extra_fields: &EXTRA_FIELDS,
        quarantine: false,
        removals: None,
    }
}

/// The number of lines of records stays the same. All bytes but those of a text are the same, and the text is the
/// cleaned one. A reader passes on every byte but the end of lines that are too long.
pub fn jsonl(bytes: &[u8]) {
    let (source, relative) = (Source::Stdin, PathBuf::from("in.jsonl"));
    let input = Input { source, relative, from: Format::Jsonl, to: Format::Jsonl, bytes: 0, output: None };
    let chunk = Chunk { bytes, records: &read::lines(bytes, 1), truncated: false };
    let processed = worker().records(RecordFile { input: &input, format: &*FIELDS }, &chunk);
    let records = &processed.stats.records;
    assert!(records.is_balanced() && records.read == records.written);
    let after = lines(&processed.bytes);
    assert_eq!(lines(bytes).len(), after.len());
    for (before, after) in lines(bytes).into_iter().zip(after) {
        if before == after {
            continue;
        }
        let (Some((start, text, end)), Some((new_start, new_text, new_end))) = (parts(before), parts(after)) else {
            panic!("{:?} became {:?}", String::from_utf8_lossy(before), String::from_utf8_lossy(after));
        };
        assert_eq!((start, end), (new_start, new_end));
        assert_eq!(new_text, CLEANER.clean_text(&text, None).text());
    }
    table_of_lines(bytes);
    let mut left = bytes;
    let mut reader = LineReader::new(Trickle(bytes), 1000).with_batches_of(256);
    while let Some(Batch { bytes, records, truncated, .. }) = reader.next_batch().expect("nothing prevents reading") {
        for (number, record) in records.into_iter().enumerate() {
            let end = left.iter().position(|b| *b == b'\n').map_or(left.len(), |at| at + 1);
            let (whole, after) = left.split_at(end);
            let line = &bytes[record.range];
            let kept = line.strip_suffix(b"\n").unwrap_or(line);
            let is_cut = truncated && number == 0;
            assert!(if is_cut { kept.len() == 1000 && whole.starts_with(kept) } else { whole == line });
            left = after;
        }
    }
    assert!(left.is_empty());
}

/// Every record is in the table or is returned.
fn table_of_lines(bytes: &[u8]) {
    let dir = tempfile::tempdir().expect("a temporary folder");
    let target = dir.path().join("out.parquet");
    let file = AtomicFile::create(&target, None).expect("a temporary file");
    let mut table = TableWriter::new(file, "text");
    let misfits = table.add(bytes).expect("nothing prevents writing");
    table.finish().expect("nothing prevents writing");
    let mut rows =
        RowReader::new(std::fs::File::open(target).expect("it was written"), &Limits::DEFAULT).expect("a table");
    let mut count = misfits.len();
    while let Some(batch) = rows.next_batch().expect("it was written just now") {
        count += batch.records.len();
    }
    assert_eq!(count, lines(bytes).len());
}

fn lines(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// The bytes of a record before its text, the text, and the bytes after it.
fn parts(line: &[u8]) -> Option<(&[u8], String, &[u8])> {
    let document = FIELDS.parse(line).ok()?;
    let value = document.value;
    let raw = std::str::from_utf8(&line[value.clone()]).expect("checked before");
    Some((&line[..value.start], string::decode(raw).text.into_owned(), &line[value.end..]))
}

/// The same for the rows of a table. What is written has as many rows, of which the malformed ones are the same.
pub fn csv(bytes: &[u8]) {
    let (source, relative) = (Source::Stdin, PathBuf::from("in.csv"));
    let input = Input { source, relative, from: Format::CSV, to: Format::CSV, bytes: 0, output: None };
    let Ok((reader, format)) = CsvReader::open(Trickle(bytes), b',', &FIELDS, &LIMITS) else { return };
    let file = RecordFile { input: &input, format: &format };
    let (mut reader, mut all, mut out) = (reader.with_batches_of(256), Vec::new(), Vec::new());
    while let Some(batch) = reader.next_batch().expect("nothing prevents reading") {
        let chunk = Chunk { bytes: &batch.bytes, records: &batch.records, truncated: batch.truncated };
        let processed = worker().records(file, &chunk);
        let records = &processed.stats.records;
        assert!(records.is_balanced() && (batch.truncated || records.read == records.written));
        let blank = processed.stats.get(Counter::BlankLines);
        assert_eq!(format.count(&processed.bytes), records.written + blank);
        for record in &batch.records {
            let raw = &batch.bytes[record.range.clone()];
            let Ok(document) = format.parse(raw) else { continue };
            let mut row = Vec::new();
            let cleaned = CLEANER.clean_text(&document.text, None);
            format.write(raw, &document, cleaned.text(), &mut row);
            let Range { start, end } = document.value;
            assert!(row.starts_with(&raw[..start]) && row.ends_with(&raw[end..]));
            match format.parse(&row) {
                Ok(again) => assert_eq!((&*again.text, again.value.start), (cleaned.text(), start)),
                // It has become the row of names.
                Err(error) => assert_eq!(error, RecordError::Blank),
            }
        }
        let mut again =
            CsvReader::open(bytes, b',', &FIELDS, &LIMITS).expect("it was read before").0.with_batches_of(256);
        again.skip_to(batch.start).expect("the position is in the table");
        assert!(again.next_batch().expect("nothing prevents reading").is_some_and(|other| other.bytes == batch.bytes));
        all.extend_from_slice(&batch.bytes);
        out.extend_from_slice(&processed.bytes);
    }
    assert!(all == bytes || bytes.len() > LIMITS.record);
    assert!(bytes.len() > LIMITS.record || format.count(&out) == format.count(bytes));
}

/// The texts of an archive do not depend on the sizes of the reads.
pub fn warc(bytes: &[u8]) {
    let whole = read_archive(bytes);
    assert_eq!(whole, read_archive(Trickle(bytes)));
}

/// The records of an archive as lines, the numbers of records without text and of broken ones, and the final error.
fn read_archive(reader: impl Read + Send) -> (Vec<u8>, [u64; 2], Option<String>) {
    let mut reader = WarcReader::new(reader, &LIMITS);
    let (mut out, mut counts) = (Vec::new(), [0; 2]);
    loop {
        let batch = match reader.next_batch() {
            Ok(Some(batch)) => batch,
            Ok(None) => return (out, counts, None),
            Err(ReadError::Damaged(error, _) | ReadError::Io(error)) => return (out, counts, Some(error.to_string())),
        };
        for record in &batch.records {
            let raw = &batch.bytes[record.range.clone()];
            let format = WarcFormat { max_page: 1 << 20 };
            if let Ok(document) = format.parse(raw) {
                format.write(raw, &document, &document.text, &mut out);
            }
        }
        counts[0] += batch.notes.other;
        counts[1] += batch.notes.broken;
    }
}

/// The page of an MHTML file, of any name, is read or refused. It is no longer than the file, and cleaned like any other.
pub fn mhtml(bytes: &[u8]) {
    for name in ["a.mht", "-"] {
        let (source, relative) = (Source::Stdin, PathBuf::from(name));
        let input = Input { source, relative, from: Format::Text, to: Format::Text, bytes: 0, output: None };
        let processed = worker().text_file(&input, bytes);
        assert!(processed.has_output || !processed.stats.failures.is_empty());
        if let Ok(Some(page)) = find_page(&input.relative, bytes) {
            assert!(page.html.len() <= bytes.len());
        }
    }
}

/// Compressed data is decompressed within the limits, independently of the sizes of the reads, and the output can be
/// compressed again.
pub fn decompress(bytes: &[u8]) {
    let (plain, error) = read_compressed(bytes);
    assert!(plain.len() as u64 <= LIMITS.record as u64 + 1);
    let (trickled, end) = read_compressed(Trickle(bytes));
    // How much comes out before damage is noticed depends on the portions.
    let (short, long) = if plain.len() < trickled.len() { (&plain, &trickled) } else { (&trickled, &plain) };
    assert!(long.starts_with(short) && (short.len() == long.len() || error.is_some() && end.is_some()));
    for kind in [Compression::Gzip, Compression::Zstd] {
        let compressed = compression::compress(&plain, kind).expect("memory takes all bytes");
        let limits = Limits { record: usize::MAX, ..Limits::DEFAULT };
        assert!(compression::decompress_all(&compressed, &limits).expect("it was compressed just now") == plain);
    }
}

fn read_compressed(reader: impl Read + Send) -> (Vec<u8>, Option<io::Error>) {
    let mut plain = Vec::new();
    let end = compression::decompressed(reader, &LIMITS)
        .and_then(|reader| reader.take(LIMITS.record as u64 + 1).read_to_end(&mut plain));
    (plain, end.err())
}

/// A table is either refused, or the number of rows stays the same and the output can be cleaned again. Its rows are
/// lines of JSON, as many as were announced.
pub fn parquet(bytes: &[u8]) {
    read_rows(bytes);
    let Some((out, processed)) = clean_parquet(bytes) else { return };
    assert!(processed.stats.records.is_balanced());
    // Pages of other columns are copied as they stand, so whatever is wrong with them is wrong still.
    if let Some((_, again)) = clean_parquet(&out) {
        assert_eq!(again.stats.records.read, processed.stats.records.written);
    }
}

fn read_rows(bytes: &[u8]) {
    let mut file = tempfile::tempfile().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file");
    let Ok(mut reader) = RowReader::new(file, &LIMITS) else { return };
    let mut next = 1;
    while let Ok(Some(batch)) = reader.next_batch() {
        next += batch.records.len() as u64;
        assert_eq!(batch.end.record, next);
        for record in batch.records {
            serde_json::from_slice::<serde::de::IgnoredAny>(&batch.bytes[record.range]).expect("a row is JSON");
        }
    }
}

fn clean_parquet(bytes: &[u8]) -> Option<(Vec<u8>, Processed)> {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).expect("a temporary file");
    let mut processed = Processed::default();
    let out = catch_panic(|| clean_table(&worker(), file.path(), "in.parquet", Vec::new(), &mut processed));
    Some((out.ok()?.ok()?, processed))
}

/// A reader that returns one byte at a time.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let one = buffer.len().min(1);
        self.0.read(&mut buffer[..one])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay(target: &str, property: fn(&[u8])) {
        let fuzz = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
        // The published package has no seeds.
        if !fuzz.is_dir() {
            return;
        }
        for kind in ["seeds", "found"] {
            let folder = fuzz.join(kind).join(target);
            assert!(kind != "seeds" || folder.is_dir(), "{} is missing", folder.display());
            for path in std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
                property(&std::fs::read(&path).unwrap());
            }
        }
    }

    #[test]
    fn corpus_replays_without_panic() {
        replay("jsonl", jsonl);
        replay("csv", csv);
        replay("warc", warc);
        replay("mhtml", mhtml);
        replay("decompress", decompress);
        replay("parquet", parquet);
    }
}
