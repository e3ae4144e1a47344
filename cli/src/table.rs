//! Parquet files: only the values of the text column change. Other columns are copied page for page, unless a filter
//! drops rows; row groups, compression and metadata are preserved. Memory is bounded by the texts of the largest row
//! group.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::Type;
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter, ColumnWriterImpl};
use parquet::data_type::{AsBytes, ByteArray, ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::ColumnPath;
use rayon::prelude::*;

use crate::limits::human_bytes;
use crate::read::Document;
use crate::read::text::{MODIFIED, Snapshot};
use crate::removals::DocumentRef;
use crate::stats::{Counter, Failure};
use crate::worker::{Processed, Worker, count_document};

/// The number of rows that one thread cleans at a time.
const ROWS: usize = 64;
/// The number of rows read between checks of the unpacked size.
const STEP: usize = 4096;

/// The error of cleaning a table.
pub(crate) enum TableError {
    /// It cannot be read, or has the wrong content. The text says what.
    Input(String),
    Output(io::Error),
}

impl From<ParquetError> for TableError {
    fn from(error: ParquetError) -> TableError {
        if let ParquetError::External(inner) = &error
            && let Some(Unwritable(inner)) = inner.downcast_ref::<io::Error>().and_then(|e| e.get_ref()?.downcast_ref())
        {
            return TableError::Output(
                inner.raw_os_error().map_or_else(|| inner.kind().into(), io::Error::from_raw_os_error),
            );
        }
        let what = error.to_string().trim_start_matches("Parquet error: ").to_owned();
        TableError::Input(format!("damaged or not a Parquet file: {what}"))
    }
}

/// An output whose errors can be distinguished from those of the input.
struct Out<W>(W);

#[derive(Debug)]
struct Unwritable(io::Error);

impl std::fmt::Display for Unwritable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Unwritable {}

impl<W: Write> Write for Out<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes).map_err(|error| io::Error::other(Unwritable(error)))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush().map_err(|error| io::Error::other(Unwritable(error)))
    }
}

/// A column of a row group: its values, and the definition level of each row.
struct Values<T: DataType> {
    values: Vec<T::T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

struct Table<'t, 'w> {
    worker: &'t Worker<'w>,
    path: &'t str,
    /// The index of the text column among the leaves of the schema.
    column: usize,
    /// The most bytes that a column of a row group may unpack to.
    most: u64,
    /// The number of rows in earlier row groups.
    rows: u64,
}

/// The cleaned texts of a row group, and which rows are kept.
struct CleanedRows {
    texts: Values<ByteArrayType>,
    keep: Vec<bool>,
}

/// Cleans the texts of the file at `path` and writes the result to `out`. `name` is for messages.
pub(crate) fn clean_table<W: Write + Send>(
    worker: &Worker<'_>,
    path: &Path,
    name: &str,
    out: W,
    processed: &mut Processed,
) -> Result<W, TableError> {
    let reader = SerializedFileReader::new(open(path)?)?;
    let metadata = reader.metadata();
    let raw = open(path)?;
    let before = Snapshot::of(&raw).map_err(|error| TableError::Input(error.to_string()))?;
    let schema = metadata.file_metadata().schema_descr().root_schema_ptr();
    let mut table = Table {
        worker,
        path: name,
        column: text_column(metadata, &worker.fields.text.column())?,
        most: worker.limits.unpacked_from(before.bytes),
        rows: 0,
    };
    let mut writer = SerializedFileWriter::new(Out(out), schema, properties(metadata))?;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        let reader = reader.get_row_group(number)?;
        let cleaned = table.clean_group(&*reader, processed)?;
        table.rows += group.num_rows() as u64;
        let mut group_writer = writer.next_row_group()?;
        for (index, chunk) in group.columns().iter().enumerate() {
            if index == table.column {
                write_texts(&mut group_writer, &cleaned.texts)?;
            } else if cleaned.keep.iter().all(|keep| *keep) {
                group_writer.append_column(&raw, as_it_stands(chunk, group))?;
            } else {
                table.copy_rows(&*reader, index, &cleaned.keep, &mut group_writer)?;
            }
        }
        group_writer.close()?;
    }
    let out = writer.into_inner()?.0;
    if Snapshot::of(&raw).is_ok_and(|now| now != before) {
        return Err(TableError::Input(MODIFIED.to_owned()));
    }
    Ok(out)
}

fn open(path: &Path) -> Result<File, TableError> {
    File::open(path).map_err(|error| TableError::Input(error.to_string()))
}

/// The index of the text column among the leaves of the schema.
fn text_column(metadata: &ParquetMetaData, wanted: &str) -> Result<usize, TableError> {
    let schema = metadata.file_metadata().schema_descr();
    let paths: Vec<String> = schema.columns().iter().map(|column| column.path().string()).collect();
    let Some(index) = paths.iter().position(|path| path == wanted) else {
        let names = paths.join(", ");
        return Err(TableError::Input(format!(
            "there is no column `{wanted}`; name the text with --text-field: {names}"
        )));
    };
    let column = schema.column(index);
    if column.physical_type() != Type::BYTE_ARRAY || column.max_rep_level() > 0 {
        let names = paths.join(", ");
        return Err(TableError::Input(format!(
            "the column `{wanted}` does not hold single texts; see --text-field: {names}"
        )));
    }
    Ok(index)
}

impl Table<'_, '_> {
    fn clean_group(&self, reader: &dyn RowGroupReader, processed: &mut Processed) -> Result<CleanedRows, TableError> {
        let ColumnReader::ByteArrayColumnReader(texts) = reader.get_column_reader(self.column)? else {
            return Err(TableError::Input("the text column does not hold texts".to_owned()));
        };
        let max_definition = reader.metadata().column(self.column).column_descr().max_def_level();
        let rows = reader.metadata().num_rows() as usize;
        let Values { values, definitions, .. } = read(texts, rows, self.most)?;
        let mut value = values.into_iter();
        // Where a column cannot be null no definitions are kept.
        let all: Vec<Option<ByteArray>> = (0..rows)
            .map(|row| definitions.get(row).is_none_or(|depth| *depth == max_definition))
            .map(|is_defined| if is_defined { value.next() } else { None })
            .collect();
        let cleaned: Vec<_> = all
            .par_chunks(ROWS)
            .enumerate()
            .map(|(chunk, values)| {
                let mut processed = Processed::default();
                let first = self.rows + (chunk * ROWS) as u64 + 1;
                (self.clean_values(values, first, &mut processed), processed)
            })
            .collect();
        let (mut values, mut keep, mut kept) = (Vec::new(), Vec::with_capacity(rows), Vec::new());
        for (texts, part) in cleaned {
            for (text, stays) in texts {
                if stays {
                    kept.extend(definitions.get(keep.len()));
                    values.extend(text);
                }
                keep.push(stays);
            }
            processed.removals.extend_from_slice(&part.removals);
            processed.stats.add(part.stats);
        }
        Ok(CleanedRows { texts: Values { values, definitions: kept, repetitions: Vec::new() }, keep })
    }

    fn clean_values(
        &self,
        values: &[Option<ByteArray>],
        first: u64,
        processed: &mut Processed,
    ) -> Vec<(Option<ByteArray>, bool)> {
        (first..).zip(values).map(|(row, value)| self.clean_value(value, row, processed)).collect()
    }

    /// Cleans the text of a row; returns whether the row is kept.
    fn clean_value(&self, value: &Option<ByteArray>, row: u64, processed: &mut Processed) -> (Option<ByteArray>, bool) {
        processed.stats.records.read += 1;
        let Some(Ok(text)) = value.as_ref().map(|value| std::str::from_utf8(value.data())) else {
            processed.stats.count(Counter::NotAString, 1);
            processed.stats.records.written += 1;
            return (value.clone(), true);
        };
        let document = Document::new(text.into());
        let reference = DocumentRef { path: self.path, record: Some(row), id: None };
        match self.worker.clean(&document, reference, processed) {
            Ok(outcome) => {
                let stays = outcome.dropped.is_none();
                count_document(&document, outcome.text != text, &mut processed.stats);
                (stays.then(|| ByteArray::from(outcome.text.into_owned().into_bytes())), stays)
            }
            Err(reason) => {
                processed.stats.fail(Failure::new(self.path, Some(row), reason));
                processed.stats.records.written += 1;
                (value.clone(), true)
            }
        }
    }

    /// Copies the kept rows of a column.
    fn copy_rows<W: Write + Send>(
        &self,
        reader: &dyn RowGroupReader,
        column: usize,
        keep: &[bool],
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), TableError> {
        let max_definition = reader.metadata().column(column).column_descr().max_def_level();
        let reader = reader.get_column_reader(column)?;
        let Some(mut writer) = group.next_column()? else {
            return Err(TableError::Input("the file has fewer columns than its schema".to_owned()));
        };
        macro_rules! copy {
            ($($reader:ident $writer:ident),*) => {
                match (reader, writer.untyped()) {
                    $((ColumnReader::$reader(reader), ColumnWriter::$writer(writer)) => {
                        write(writer, &kept(read(reader, keep.len(), self.most)?, keep, max_definition))?;
                    })*
                    _ => return Err(TableError::Input("a column is read and written as different types".to_owned())),
                }
            };
        }
        copy!(
            BoolColumnReader BoolColumnWriter, Int32ColumnReader Int32ColumnWriter,
            Int64ColumnReader Int64ColumnWriter, Int96ColumnReader Int96ColumnWriter,
            FloatColumnReader FloatColumnWriter, DoubleColumnReader DoubleColumnWriter,
            ByteArrayColumnReader ByteArrayColumnWriter, FixedLenByteArrayColumnReader FixedLenByteArrayColumnWriter
        );
        Ok(writer.close()?)
    }
}

/// The properties of the old file that the new one keeps.
fn properties(metadata: &ParquetMetaData) -> Arc<WriterProperties> {
    let file = metadata.file_metadata();
    let mut properties = WriterProperties::builder()
        .set_created_by(concat!("bodytext version ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(file.key_value_metadata().cloned())
        // Columns that are copied have no index of their pages, and a file has one for all columns or for none.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for column in metadata.row_groups().first().into_iter().flat_map(RowGroupMetaData::columns) {
        let path = ColumnPath::new(column.column_path().parts().to_vec());
        properties = properties.set_column_compression(path, column.compression());
    }
    Arc::new(properties.build())
}

/// A column that is copied page for page.
fn as_it_stands(chunk: &ColumnChunkMetaData, group: &RowGroupMetaData) -> ColumnCloseResult {
    ColumnCloseResult {
        bytes_written: chunk.compressed_size() as u64,
        rows_written: group.num_rows() as u64,
        metadata: chunk.clone(),
        bloom_filter: None,
        column_index: None,
        offset_index: None,
    }
}

fn write_texts<W: Write + Send>(
    group: &mut SerializedRowGroupWriter<'_, W>,
    texts: &Values<ByteArrayType>,
) -> Result<(), TableError> {
    let Some(mut writer) = group.next_column()? else {
        return Err(TableError::Input("the file has fewer columns than its schema".to_owned()));
    };
    if let ColumnWriter::ByteArrayColumnWriter(writer) = writer.untyped() {
        write(writer, texts)?;
    }
    Ok(writer.close()?)
}

/// Reads a column of a row group, of at most `most` bytes.
fn read<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize, most: u64) -> Result<Values<T>, TableError> {
    let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut read, mut bytes) = (0, 0);
    while read < rows {
        let (seen, levels) = (values.len(), definitions.len());
        let step = (rows - read).min(STEP);
        let (records, _, _) = reader.read_records(step, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
        if records == 0 {
            return Err(TableError::Input(format!("damaged: a column ends after {read} of {rows} rows")));
        }
        read += records;
        // Rows without a value take room too.
        let rows = records.max(definitions.len() - levels) * (size_of::<T::T>() + size_of::<i16>());
        bytes += (rows + values[seen..].iter().map(|value| value.as_bytes().len()).sum::<usize>()) as u64;
        if bytes > most {
            let most = human_bytes(most);
            let message = format!("a column unpacks to more than {most}; give a larger --max-ratio if you trust it");
            return Err(TableError::Input(message));
        }
    }
    Ok(Values { values, definitions, repetitions })
}

fn write<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    Values { values, definitions, repetitions }: &Values<T>,
) -> Result<(), TableError> {
    let definitions = (!definitions.is_empty()).then_some(definitions.as_slice());
    let repetitions = (!repetitions.is_empty()).then_some(repetitions.as_slice());
    writer.write_batch(values, definitions, repetitions)?;
    Ok(())
}

/// The values of the kept rows. A row begins at each repetition level of zero.
fn kept<T: DataType>(all: Values<T>, keep: &[bool], max_definition: i16) -> Values<T> {
    let levels = all.definitions.len().max(all.repetitions.len());
    let mut kept = Values { values: Vec::new(), definitions: Vec::new(), repetitions: Vec::new() };
    if levels == 0 {
        kept.values = all.values.into_iter().zip(keep).filter(|(_, keep)| **keep).map(|(value, _)| value).collect();
        return kept;
    }
    let mut values = all.values.into_iter();
    let mut row = 0;
    for level in 0..levels {
        if level > 0 && all.repetitions.get(level).is_none_or(|depth| *depth == 0) {
            row += 1;
        }
        let value =
            if all.definitions.get(level).is_none_or(|depth| *depth == max_definition) { values.next() } else { None };
        if keep.get(row).copied().unwrap_or(false) {
            kept.values.extend(value);
            kept.definitions.extend(all.definitions.get(level));
            kept.repetitions.extend(all.repetitions.get(level));
        }
    }
    kept
}
