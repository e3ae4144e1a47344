//! Opens a stream of records by its format, and finds single records in it.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use super::csv::CsvReader;
use super::documents::read_bytes;
use super::jsonl::{Fields, LineReader};
use super::parquet::RowReader;
use super::sniff::{SAMPLE, sniff_records};
use super::warc::{WarcFormat, WarcReader};
use super::{Document, ReadError, RecordError, RecordFormat, RecordReader};
use crate::error::io_reason;
use crate::input::Format;
use crate::limits::Limits;
use crate::terminal::escaped;

/// The ids to name if none is the one that was asked for.
const SHOWN_IDS: usize = 5;

/// What the records of an input are read and parsed with.
pub(crate) type Opened = (Box<dyn RecordReader>, Box<dyn RecordFormat>);

/// Opens the records of a stream, or of a table, which must be a file.
pub(crate) fn open_records(
    stream: Box<dyn Read + Send>,
    file: Option<&File>,
    (from, to): (Format, Format),
    fields: &Fields,
    limits: &Limits,
) -> io::Result<Opened> {
    Ok(match (from, file) {
        (Format::Parquet, Some(file)) => {
            (Box::new(RowReader::new(file.try_clone()?, limits)?), Box::new(fields.clone()))
        }
        (Format::Warc, _) => {
            (Box::new(WarcReader::new(stream, limits)), Box::new(WarcFormat { max_page: limits.record }))
        }
        (Format::Csv(delimiter), _) => {
            let (reader, format) = CsvReader::open(stream, delimiter, fields, limits)?;
            (Box::new(reader), Box::new(format.with_json_output(to != from)))
        }
        _ => (Box::new(LineReader::new(stream, limits.record)), Box::new(fields.clone())),
    })
}

/// The format of a file for a command that takes one document; of standard input by its first byte.
pub(crate) fn single_format(path: &Path, bytes: &[u8]) -> Format {
    match path == Path::new("-") && bytes.trim_ascii_start().starts_with(b"{") && sniff_records(bytes).is_none() {
        true => Format::Jsonl,
        false => Format::of_file(path, || bytes[..bytes.len().min(SAMPLE)].to_vec()),
    }
}

/// The first record with a text, or the one with this id. The error says why there is none.
pub(crate) fn find_record(
    path: &Path,
    bytes: Vec<u8>,
    format: Format,
    fields: &Fields,
    id: Option<&str>,
) -> Result<Document<'static>, String> {
    let limits = &Limits::DEFAULT;
    let file = (format == Format::Parquet).then(|| File::open(path)).transpose().map_err(|error| io_reason(&error))?;
    let opened = open_records(Box::new(Cursor::new(bytes)), file.as_ref(), (format, format), fields, limits);
    let (mut reader, format) = opened.map_err(|error| io_reason(&error))?;
    let (mut ids, mut malformed): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let batch = match reader.next_batch() {
            Ok(Some(batch)) => batch,
            Ok(None) => break,
            Err(ReadError::Damaged(error, _) | ReadError::Io(error)) => return Err(io_reason(&error)),
        };
        for record in &batch.records {
            let document = match format.parse(&batch.bytes[record.range.clone()]) {
                Ok(document) => document,
                Err(RecordError::Malformed(why)) => {
                    malformed.get_or_insert_with(|| format!("line {}: {why}", record.number));
                    continue;
                }
                Err(_) => continue,
            };
            if id.is_none() || document.id.as_deref() == id {
                return Ok(Document { text: document.text.into_owned().into(), ..document });
            }
            ids.extend(document.id.filter(|_| ids.len() < SHOWN_IDS));
        }
    }
    Err(match (id, ids.is_empty()) {
        (_, true) if malformed.is_some() => malformed.unwrap_or_default(),
        (Some(id), false) => format!("no record has the id {id}; there are {}", escaped(&ids.join(", "))),
        (Some(id), true) => format!("no record has the id {id}; name the field of the ids with --id-field"),
        (None, _) => format!("no record has a text in the field {}; name it with --text-field", fields.text.column()),
    })
}

/// The bytes of a file for [`find_record`], decompressed. A table is read from its file.
pub(crate) fn record_bytes(path: &Path) -> io::Result<Vec<u8>> {
    if Format::of_name(path) == Format::Parquet { Ok(Vec::new()) } else { read_bytes(path, u64::MAX) }
}
