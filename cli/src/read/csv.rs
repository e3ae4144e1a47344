//! CSV and TSV: tables as text, below a row of names. Only the bytes of a row's text change, and nothing if the text
//! does not change.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read};
use std::ops::Range;

use bodytext::unstable::decode;
use csv_core::ReadFieldResult;

use super::jsonl::Fields;
use super::sniff::sniff_records;
use super::{BATCH, Batch, Document, Position, ReadError, Record, RecordError, RecordFormat, RecordReader, read_more};
use crate::compression::InputError;
use crate::json::string;
use crate::limits::{Limits, human_bytes};

const BOM: &[u8] = b"\xef\xbb\xbf";
/// The delimiters to try where the usual one does not give the text column: spreadsheets write semicolons in many
/// countries, and some programs write tabs whatever the name.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// The rows of one file.
pub(crate) struct CsvFormat {
    delimiter: u8,
    /// The row of names, without byte-order mark and line ending.
    header: Vec<u8>,
    names: Vec<String>,
    /// The column with the text, and those with the id, the address and the title, if there are such.
    text: usize,
    id: Option<usize>,
    url: Option<usize>,
    title: Option<usize>,
    /// Whether rows are written as JSON.
    to_jsonl: bool,
}

impl CsvFormat {
    /// The format of a file with these first bytes. The error names the columns.
    fn new(start: &[u8], delimiter: u8, fields: &Fields) -> Result<CsvFormat, String> {
        let mut found = CsvFormat::with_delimiter(start, delimiter);
        for delimiter in DELIMITERS {
            if found.as_ref().is_ok_and(|format| format.names.contains(&fields.text.column())) {
                break;
            }
            let other = CsvFormat::with_delimiter(start, delimiter);
            let names = found.as_ref().map_or(0, |format| format.names.len());
            if other
                .as_ref()
                .is_ok_and(|other| other.names.len() > names || other.names.contains(&fields.text.column()))
            {
                found = other;
            }
        }
        let format = found?;
        if format.names.is_empty() {
            // Nothing is there but blank lines.
            return Ok(format);
        }
        Ok(CsvFormat {
            text: fields.text.single_column(&format.names, "--text-field")?,
            id: fields.id.optional_column(&format.names, "--id-field")?,
            url: fields.url.optional_column(&format.names, "--url-field")?,
            title: fields.title.evidence_column(&format.names, "--title-field")?,
            ..format
        })
    }

    fn with_delimiter(start: &[u8], delimiter: u8) -> Result<CsvFormat, String> {
        let start = start.strip_prefix(BOM).unwrap_or(start);
        let blank = start.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        let (cells, end) = cells(&start[blank..], delimiter);
        if end == start.len() - blank && start.len() >= BATCH {
            return Err(format!("its row of names has no end within {}", human_bytes(BATCH as u64)));
        }
        let header = &start[blank..blank + end];
        let text = utf8(header)?;
        let names = cells.into_iter().map(|cell| unquote(&text[cell]).map(Cow::into_owned));
        let names = names.collect::<Result<_, _>>().map_err(|what| format!("its row of names: {what}"))?;
        let header = header.to_vec();
        Ok(CsvFormat { delimiter, header, names, text: 0, id: None, url: None, title: None, to_jsonl: false })
    }

    /// The same, but rows are written as objects with the columns as strings. An object names a field once, so a name
    /// that is empty becomes `column-3`, and one that is taken `note-2`.
    pub(crate) fn with_json_output(mut self, to_jsonl: bool) -> CsvFormat {
        for column in 0..self.names.len() * usize::from(to_jsonl) {
            let (before, rest) = self.names.split_at_mut(column);
            if rest[0].is_empty() {
                rest[0] = format!("column-{}", column + 1);
            }
            let name = rest[0].clone();
            let mut number = 2;
            while before.contains(&rest[0]) {
                rest[0] = format!("{name}-{number}");
                number += 1;
            }
        }
        CsvFormat { to_jsonl, ..self }
    }

    /// The cell of a row that was parsed, by the name of its column; `None` if it is empty.
    pub(crate) fn value(&self, raw: &[u8], name: &str) -> Option<String> {
        let column = self.names.iter().position(|other| other == name)?;
        let cell = cells(raw, self.delimiter).0.into_iter().nth(column)?;
        let text = unquote(std::str::from_utf8(&raw[cell]).ok()?).ok()?;
        (!text.is_empty()).then(|| text.into_owned())
    }

    fn write_json(&self, raw: &[u8], cleaned: &str, out: &mut Vec<u8>) {
        let cells = cells(raw, self.delimiter).0;
        for (column, (name, cell)) in self.names.iter().zip(cells).enumerate() {
            out.push(if column == 0 { b'{' } else { b',' });
            string::encode(name, false, out);
            out.push(b':');
            let text = String::from_utf8_lossy(&raw[cell]);
            let value = if column == self.text { Cow::Borrowed(cleaned) } else { unquote(&text).unwrap_or_default() };
            string::encode(&value, false, out);
        }
        out.extend_from_slice(b"}\n");
    }
}

impl RecordFormat for CsvFormat {
    fn parse<'r>(&self, raw: &'r [u8]) -> Result<Document<'r>, RecordError> {
        let (cells, _) = cells(raw, self.delimiter);
        let row = without_ending(raw);
        // Where files were joined, the row of names stands among the others too.
        if cells.is_empty() || row.strip_prefix(BOM).unwrap_or(row) == self.header {
            return Err(RecordError::Blank);
        }
        let text = utf8(raw).map_err(RecordError::Malformed)?;
        let mut values = Vec::with_capacity(cells.len());
        for (number, cell) in (1..).zip(&cells) {
            let value = unquote(&text[cell.clone()]);
            values.push(value.map_err(|what| RecordError::Malformed(format!("in column {number} {what}")))?);
        }
        if values.len() != self.names.len() {
            let (is, names) = (values.len(), self.names.len());
            return Err(RecordError::Malformed(format!(
                "its number of cells is {is}, not {names} as in the row of names"
            )));
        }
        let cell = |column: Option<usize>| Some(values[column?].to_string()).filter(|cell| !cell.is_empty());
        Ok(Document {
            id: cell(self.id),
            url: cell(self.url),
            title: cell(self.title),
            value: cells[self.text].clone(),
            ..Document::new(values.swap_remove(self.text))
        })
    }

    fn write(&self, raw: &[u8], document: &Document<'_>, cleaned: &str, out: &mut Vec<u8>) {
        if self.to_jsonl {
            return self.write_json(raw, cleaned, out);
        }
        if cleaned == document.text {
            return out.extend_from_slice(raw);
        }
        let Range { start, end } = document.value;
        out.extend_from_slice(&raw[..start]);
        // A row of one empty cell would be a blank line.
        let is_blank = cleaned.is_empty() && self.names.len() == 1;
        let special = [self.delimiter, b'"', b'\r', b'\n'];
        if is_blank || raw[start..end].starts_with(b"\"") || cleaned.bytes().any(|byte| special.contains(&byte)) {
            out.push(b'"');
            out.extend_from_slice(cleaned.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cleaned.as_bytes());
        }
        out.extend_from_slice(&raw[end..]);
    }

    fn count(&self, written: &[u8]) -> u64 {
        if self.to_jsonl {
            return line_ends(written);
        }
        let (mut rows, mut rest) = (0, written);
        while !rest.is_empty() {
            let end = cells(rest, self.delimiter).1;
            rest = &rest[end + line_ending(&rest[end..])..];
            rows += 1;
        }
        rows
    }
}

/// The text of a cell: without its quotation marks, if it has any. The error says what is wrong with them.
fn unquote(cell: &str) -> Result<Cow<'_, str>, String> {
    let Some(inside) = cell.strip_prefix('"') else { return Ok(Cow::Borrowed(cell)) };
    let mut quotes = memchr::memchr_iter(b'"', inside.as_bytes());
    let mut doubled = false;
    while let Some(at) = quotes.next() {
        if inside.as_bytes().get(at + 1) == Some(&b'"') {
            quotes.next();
            doubled = true;
        } else if at + 1 < inside.len() {
            return Err("something stands behind the closing quotation mark; write marks inside as \"\"".to_owned());
        } else {
            let inside = &inside[..at];
            return Ok(if doubled { Cow::Owned(inside.replace("\"\"", "\"")) } else { Cow::Borrowed(inside) });
        }
    }
    let lines = line_ends(inside.as_bytes());
    let until = if lines == 0 { String::new() } else { format!("; {lines} more lines were taken for the same cell") };
    Err(format!("the quotation mark is never closed{until}"))
}

fn utf8(bytes: &[u8]) -> Result<&str, String> {
    std::str::from_utf8(bytes).map_err(|error| {
        let (at, guess) = (error.valid_up_to() + 1, decode(bytes, None).encoding);
        format!(
            "byte {at} of the row is not UTF-8; convert the file first; if it is in {guess}: iconv -f {guess} -t UTF-8 \
             FILE > NEW"
        )
    })
}

fn without_ending(row: &[u8]) -> &[u8] {
    let row = row.strip_suffix(b"\n").unwrap_or(row);
    row.strip_suffix(b"\r").unwrap_or(row)
}

thread_local! {
    /// To build a scanner takes longer than most rows, and copies of one do not work (csv-core 0.1.13).
    static SCANNER: RefCell<Scanner> = RefCell::new(Scanner::new(b','));
}

/// The cells of the row that begins here, and its end before the line ending. A blank line has no cells.
fn cells(row: &[u8], delimiter: u8) -> (Vec<Range<usize>>, usize) {
    SCANNER.with_borrow_mut(|scanner| {
        if scanner.delimiter != delimiter {
            *scanner = Scanner::new(delimiter);
        }
        scanner.cells(row)
    })
}

/// Finds the ends of cells and rows.
struct Scanner {
    core: csv_core::Reader,
    delimiter: u8,
}

impl Scanner {
    fn new(delimiter: u8) -> Scanner {
        let mut scanner = Scanner { core: csv_core::ReaderBuilder::new().delimiter(delimiter).build(), delimiter };
        scanner.restart();
        scanner
    }

    /// Goes to the start of a row.
    fn restart(&mut self) {
        self.core.reset();
        // It would skip a byte-order mark at its beginning, which is not always that of the file.
        self.core.read_field(b"\n", &mut [0]);
    }

    /// The next end in the bytes that come next, and the number of bytes up to it. No bytes are the end of the file.
    fn cell(&mut self, bytes: &[u8]) -> (ReadFieldResult, usize) {
        // What it holds is not used: cells are taken from the bytes themselves.
        let mut copy = [0; 1024];
        let mut at = 0;
        loop {
            let (result, read, _) = self.core.read_field(&bytes[at..], &mut copy);
            at += read;
            match result {
                ReadFieldResult::OutputFull if at < bytes.len() => {}
                ReadFieldResult::OutputFull => return (ReadFieldResult::InputEmpty, at),
                _ => return (result, at),
            }
        }
    }

    fn cells(&mut self, row: &[u8]) -> (Vec<Range<usize>>, usize) {
        self.restart();
        let mut cells = Vec::new();
        let mut start = if row.starts_with(BOM) { BOM.len() } else { 0 };
        if matches!(row[start..], [] | [b'\r' | b'\n', ..]) {
            return (cells, start);
        }
        let mut at = start;
        loop {
            let (result, read) = self.cell(&row[at..]);
            at += read;
            let ReadFieldResult::Field { record_end } = result else {
                if at < row.len() || result == ReadFieldResult::End {
                    return (cells, at);
                }
                continue;
            };
            // The end of the file is not a byte.
            let end = at - usize::from(read > 0);
            cells.push(start..end);
            start = at;
            if record_end {
                return (cells, end);
            }
        }
    }
}

fn line_ends(bytes: &[u8]) -> u64 {
    memchr::memchr_iter(b'\n', bytes).count() as u64
}

/// The length of the line ending with which the bytes begin, if they do.
fn line_ending(bytes: &[u8]) -> usize {
    match bytes {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => 0,
    }
}

/// Reads the rows of a table in batches.
pub(crate) struct CsvReader<R> {
    reader: R,
    scanner: Scanner,
    /// The size of a batch in bytes, up to one row more.
    batch: usize,
    /// The number of bytes kept of a row that is longer than this and than a batch.
    longest: usize,
    /// What was read from the start of the next batch on.
    buffer: Vec<u8>,
    position: Position,
    /// The error that ended the table early.
    fault: Option<io::Error>,
    ended: bool,
}

/// The end of a row that is being read.
enum RowEnd {
    At(usize),
    /// It is too long for the current batch.
    TooLong,
    /// There is no further row, or not all of it.
    Missing,
}

impl<R: Read> CsvReader<R> {
    /// Reads the table in `reader` after its row of names, from which the format follows.
    pub(crate) fn open(
        reader: R,
        delimiter: u8,
        fields: &Fields,
        limits: &Limits,
    ) -> io::Result<(CsvReader<R>, CsvFormat)> {
        let mut reader = CsvReader {
            reader,
            scanner: Scanner::new(delimiter),
            batch: BATCH,
            longest: limits.record,
            buffer: Vec::new(),
            position: Position::default(),
            fault: None,
            ended: false,
        };
        while reader.buffer.len() < BATCH && reader.more() {}
        if let Some(what) = sniff_records(&reader.buffer) {
            return Err(InputError::io(what));
        }
        match (CsvFormat::new(&reader.buffer, delimiter, fields), reader.fault.take()) {
            (Err(_), Some(fault)) => Err(fault),
            (Err(what), None) => Err(InputError::io(what)),
            (Ok(format), fault) => {
                let scanner = Scanner::new(format.delimiter);
                Ok((CsvReader { scanner, fault, ..reader }, format))
            }
        }
    }

    #[cfg(any(test, fuzzing))]
    pub(crate) fn with_batches_of(self, batch: usize) -> CsvReader<R> {
        CsvReader { batch, ..self }
    }

    /// Reads more bytes; returns false at the end.
    fn more(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let (grown, fault) = read_more(&mut self.reader, &mut self.buffer);
        self.ended = !grown || fault.is_some();
        self.fault = fault;
        grown
    }

    /// The end of the row, or blank line, that begins at `start`. Of a long row at the start of the buffer only the
    /// first bytes are kept there; `passed_over` counts the others.
    fn row_end(&mut self, start: usize, passed_over: &mut u64) -> RowEnd {
        while self.buffer.len() < start + BOM.len() && self.more() {}
        if start == self.buffer.len() {
            return RowEnd::Missing;
        }
        let at = if self.buffer[start..].starts_with(BOM) { start + BOM.len() } else { start };
        let is_blank = self.buffer.get(at).is_none_or(|byte| matches!(byte, b'\r' | b'\n'));
        let end = if is_blank { RowEnd::At(at) } else { self.last_cell_end(start, at, passed_over) };
        let RowEnd::At(at) = end else { return end };
        while self.buffer.len() < at + 2 && self.more() {}
        RowEnd::At(at + line_ending(&self.buffer[at..]))
    }

    /// The end of the last cell of the row that begins at `start`, with its first cell `at`.
    fn last_cell_end(&mut self, start: usize, mut at: usize, passed_over: &mut u64) -> RowEnd {
        loop {
            if at == self.buffer.len() {
                if at - start > self.longest.max(self.batch) {
                    if start > 0 {
                        return RowEnd::TooLong;
                    }
                    *passed_over += (at - self.longest) as u64;
                    self.position.record += line_ends(&self.buffer[self.longest..]);
                    self.buffer.truncate(self.longest);
                    at = self.longest;
                }
                match self.more() {
                    true => {}
                    false if self.fault.is_some() => return RowEnd::Missing,
                    false => return self.limited(start, at, passed_over),
                }
            }
            let (result, read) = self.scanner.cell(&self.buffer[at..]);
            at += read;
            if result == (ReadFieldResult::Field { record_end: true }) {
                // The first byte of the line ending is read.
                return self.limited(start, at - 1, passed_over);
            }
        }
    }

    /// The end of a row that was found. Whether it is too long depends on its length alone, not on how much was read.
    fn limited(&mut self, start: usize, end: usize, passed_over: &mut u64) -> RowEnd {
        if *passed_over > 0 || end - start <= self.longest.max(self.batch) {
            return RowEnd::At(end);
        }
        if start > 0 {
            return RowEnd::TooLong;
        }
        *passed_over += (end - self.longest) as u64;
        self.position.record += line_ends(&self.buffer[self.longest..end]);
        self.buffer.drain(self.longest..end);
        RowEnd::At(self.longest)
    }
}

impl<R: Read + Send> RecordReader for CsvReader<R> {
    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let mut batch = Batch { start: self.position, ..Batch::default() };
        let (mut start, mut passed_over) = (0, 0);
        while start < self.batch {
            let number = self.position.record;
            match self.row_end(start, &mut passed_over) {
                RowEnd::At(end) => {
                    batch.records.push(Record { number, range: start..end });
                    self.position.record += line_ends(&self.buffer[start..end]);
                    start = end;
                }
                RowEnd::TooLong | RowEnd::Missing => {
                    // It is read again, from its start.
                    self.scanner.restart();
                    break;
                }
            }
        }
        if batch.records.is_empty() {
            return match self.fault.take() {
                Some(error) => Err(ReadError::of(error, &self.buffer)),
                None => Ok(None),
            };
        }
        let rest = self.buffer.split_off(start);
        batch.bytes = std::mem::replace(&mut self.buffer, rest);
        batch.truncated = passed_over > 0;
        self.position.offset += batch.bytes.len() as u64 + passed_over;
        batch.end = self.position;
        Ok(Some(batch))
    }

    fn skip_to(&mut self, position: Position) -> io::Result<()> {
        let buffered = self.buffer.len().min(usize::try_from(position.offset).unwrap_or(usize::MAX));
        self.buffer.drain(..buffered);
        let missing = position.offset - buffered as u64;
        let skipped = io::copy(&mut (&mut self.reader).take(missing), &mut io::sink())?;
        self.position = position;
        if skipped == missing { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}
