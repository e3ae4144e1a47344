//! Parquet files as records: each row becomes a line of JSON, with its columns in their order. A few rows are read at a
//! time, so that memory is bounded by the pages of one row group.

mod assembly;
mod value;

use std::fs::File;
use std::io;

use parquet::errors::ParquetError;
use parquet::file::reader::{FileReader, SerializedFileReader};

use self::assembly::{Leaf, Node};
use super::{BATCH, Batch, Position, ReadError, RecordReader};
use crate::catch_panic::catch_panic;
use crate::compression::InputError;
use crate::limits::{Limits, human_bytes};

/// The number of rows that are decoded at a time: few, since a row may hold a book.
const STEP: usize = 16;

/// Reads the rows of a Parquet file as lines of JSON.
pub(crate) struct RowReader {
    file: SerializedFileReader<File>,
    schema: Node,
    /// The number of the next row group, and the columns of the one that is read.
    next_group: usize,
    columns: Vec<Leaf>,
    /// The rows that are left in the group, and those of the file that were read.
    rows_left: usize,
    rows_read: u64,
    rows: u64,
    /// The size of the file in bytes, and what its rows may unpack to.
    bytes: u64,
    most: u64,
    unpacked: u64,
    position: Position,
    has_failed: bool,
    fault: Option<io::Error>,
}

impl RowReader {
    pub(crate) fn new(file: File, limits: &Limits) -> io::Result<RowReader> {
        let bytes = file.metadata()?.len();
        let opened = catch_panic(|| SerializedFileReader::new(file)).map_err(InputError::io)?;
        let file = opened.map_err(damaged)?;
        let metadata = file.metadata();
        let schema = Node::root(metadata.file_metadata().schema_descr().root_schema())?;
        let rows = metadata.row_groups().iter().map(|group| group.num_rows().unsigned_abs()).sum();
        Ok(RowReader {
            file,
            schema,
            next_group: 0,
            columns: Vec::new(),
            rows_left: 0,
            rows_read: 0,
            rows,
            bytes,
            most: limits.unpacked_from(bytes),
            unpacked: 0,
            position: Position::default(),
            has_failed: false,
            fault: None,
        })
    }

    /// Appends the next rows as lines, at most `wanted`; returns their number, 0 at the end of the file.
    fn step(&mut self, wanted: usize, out: &mut Vec<u8>) -> io::Result<usize> {
        while self.rows_left == 0 {
            if self.next_group == self.file.num_row_groups() {
                return Ok(0);
            }
            let group = self.file.get_row_group(self.next_group).map_err(damaged)?;
            self.rows_left = usize::try_from(group.metadata().num_rows()).unwrap_or_default();
            self.columns.clear();
            for (index, chunk) in group.metadata().columns().iter().enumerate() {
                let reader = group.get_column_reader(index).map_err(damaged)?;
                self.columns.push(Leaf::new(reader, chunk.column_descr()));
            }
            self.next_group += 1;
        }
        let rows = self.rows_left.min(wanted).min(STEP);
        let before = out.len();
        for column in &mut self.columns {
            column.read(rows, self.most)?;
        }
        for _ in 0..rows {
            self.schema.write(&mut self.columns, out);
            out.push(b'\n');
            self.columns.iter_mut().for_each(Leaf::end_row);
        }
        self.rows_left -= rows;
        self.rows_read += rows as u64;
        self.unpacked += (out.len() - before) as u64;
        if self.unpacked > self.most { Err(too_large(self.most)) } else { Ok(rows) }
    }

    /// Appends rows until there is a batch of them; `whole` is where the last row that is whole ends.
    fn lines(&mut self, lines: &mut Vec<u8>, whole: &mut usize) -> io::Result<()> {
        while lines.len() < BATCH && self.step(STEP, lines)? > 0 {
            *whole = lines.len();
        }
        Ok(())
    }
}

impl RecordReader for RowReader {
    fn next_batch(&mut self) -> Result<Option<Batch>, ReadError> {
        let (mut bytes, mut whole) = (Vec::new(), 0);
        if !self.has_failed {
            // The decoders of the crate panic on some damaged files.
            let lines = catch_panic(|| self.lines(&mut bytes, &mut whole)).map_err(InputError::io).flatten();
            self.fault = lines.err();
            self.has_failed = self.fault.is_some();
            bytes.truncate(whole);
        }
        if bytes.is_empty() {
            // The rows before the damage came first.
            return self.fault.take().map_or(Ok(None), |error| Err(ReadError::of(error, &[])));
        }
        // The columns are read side by side, so the share of the rows tells how far the file is read.
        let offset = u128::from(self.bytes) * u128::from(self.rows_read) / u128::from(self.rows.max(1));
        let end = Position { offset: offset as u64, record: self.rows_read + 1, skipped: 0 };
        let start = std::mem::replace(&mut self.position, end);
        Ok(Some(Batch { end, ..Batch::of_lines(bytes, start) }))
    }

    fn skip_to(&mut self, position: Position) -> io::Result<()> {
        while let missing @ 1.. = (position.record - 1).saturating_sub(self.rows_read) {
            let groups = self.file.metadata().row_groups();
            let rows = groups.get(self.next_group).map_or(0, |group| group.num_rows().unsigned_abs());
            if self.rows_left == 0 && (1..=missing).contains(&rows) {
                self.next_group += 1;
                self.rows_read += rows;
                continue;
            }
            let wanted = usize::try_from(missing).unwrap_or(usize::MAX);
            if catch_panic(|| self.step(wanted, &mut Vec::new())).map_err(InputError::io)?? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        self.position = position;
        Ok(())
    }
}

fn damaged(error: ParquetError) -> io::Error {
    let what = error.to_string().trim_start_matches("Parquet error: ").to_owned();
    InputError::io(format!("damaged or not a Parquet file: {what}"))
}

/// The error of rows that unpack to more than `most` bytes.
fn too_large(most: u64) -> io::Error {
    let most = human_bytes(most);
    InputError::io(format!("its rows unpack to more than {most}; give a larger --max-ratio if you trust it"))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use parquet::data_type::{ByteArray, ByteArrayType};
    use parquet::file::properties::WriterProperties;
    use parquet::file::writer::SerializedFileWriter;
    use parquet::schema::parser::parse_message_type;

    use super::*;

    /// A file with row groups of these sizes, each row with a text of `bytes` bytes.
    fn table(groups: &[usize], bytes: usize) -> File {
        let schema = parse_message_type("message m { required binary text (string); }").unwrap();
        let properties = WriterProperties::builder().set_dictionary_page_size_limit(4 << 20).build();
        let mut writer = SerializedFileWriter::new(Vec::new(), schema.into(), properties.into()).unwrap();
        for (number, rows) in groups.iter().enumerate() {
            let mut group = writer.next_row_group().unwrap();
            let mut column = group.next_column().unwrap().unwrap();
            let text = |row: usize| ByteArray::from(format!("{number}.{row} {}", "x".repeat(bytes)).into_bytes());
            let texts: Vec<ByteArray> = (0..*rows).map(text).collect();
            column.typed::<ByteArrayType>().write_batch(&texts, None, None).unwrap();
            column.close().unwrap();
            group.close().unwrap();
        }
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&writer.into_inner().unwrap()).unwrap();
        file
    }

    #[test]
    fn reading_goes_on_where_a_batch_ended() {
        let file = table(&[50, 1, 70, 200], 30_000);
        let mut reader = RowReader::new(file.try_clone().unwrap(), &Limits::DEFAULT).unwrap();
        let (mut rows, mut batches) = (0, 0);
        let mut expected = None;
        while let Some(batch) = reader.next_batch().unwrap() {
            assert!(expected.is_none_or(|bytes| batch.bytes == bytes));
            rows += batch.records.len() as u64;
            batches += 1;
            assert_eq!(batch.end.record, rows + 1);
            let mut again = RowReader::new(file.try_clone().unwrap(), &Limits::DEFAULT).unwrap();
            again.skip_to(batch.end).unwrap();
            expected = again.next_batch().unwrap().map(|batch| batch.bytes);
        }
        assert!(rows == 321 && batches > 3 && expected.is_none(), "{rows} {batches}");
        let beyond = Position { record: 323, ..Position::default() };
        assert!(RowReader::new(file, &Limits::DEFAULT).unwrap().skip_to(beyond).is_err());
    }

    #[test]
    fn rows_beyond_the_limit_are_refused() {
        let limits = Limits { unpacked: 1 << 20, ..Limits::DEFAULT };
        let mut reader = RowReader::new(table(&[100], 30_000), &limits).unwrap();
        // The rows before it come first.
        assert!(reader.next_batch().unwrap().is_some());
        let Err(ReadError::Damaged(error, _)) = reader.next_batch() else { panic!("no error") };
        assert!(error.to_string().contains("--max-ratio"));
        assert!(reader.next_batch().unwrap().is_none());
    }
}
