//! Parquet files: the values of the text column change, and nothing else. Other columns are copied as they stand in the
//! file, page for page, unless a filter leaves rows out; row groups, compression and what writers noted stay.
//! It decides nothing of texts. Memory is bounded by the largest row group's texts.
//! Beside `records`; `batch` hands it the files.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use bodytext::EncodingSource;
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

use crate::documents::{Done, Job};
use crate::limits::shown;
use crate::source::text::{CHANGED, State};
use crate::tally::Failure;
use crate::trace::{Base, Named};

/// Rows that one thread cleans at a time.
const ROWS: usize = 64;
/// Rows that are read before it is asked how much came out.
const STEP: usize = 4096;

/// Why a file could not be cleaned.
pub(crate) enum Fault {
    /// It cannot be read, or is not what is needed. The text says what.
    Input(String),
    /// The output cannot be written.
    Output(io::Error),
}

impl From<ParquetError> for Fault {
    fn from(error: ParquetError) -> Fault {
        if let ParquetError::External(inner) = &error
            && let Some(Unwritable(inner)) = inner.downcast_ref::<io::Error>().and_then(|e| e.get_ref()?.downcast_ref())
        {
            return Fault::Output(
                inner.raw_os_error().map_or_else(|| inner.kind().into(), io::Error::from_raw_os_error),
            );
        }
        let what = error.to_string().trim_start_matches("Parquet error: ").to_owned();
        Fault::Input(format!("damaged or no Parquet file: {what}"))
    }
}

/// An output whose errors can be told from those of the input.
struct Out<W>(W);

/// An error of the output.
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

/// What stands in the column of a row group: the values that are there, and how deep each row is defined.
struct Values<T: DataType> {
    values: Vec<T::T>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
}

impl Job<'_> {
    /// Cleans the texts of the file at `path` and writes the file to `out`. `label` names it in messages.
    pub(crate) fn parquet<W: Write + Send>(
        &self,
        path: &Path,
        label: &str,
        out: W,
        done: &mut Done,
    ) -> Result<W, Fault> {
        let open = || File::open(path).map_err(|error| Fault::Input(error.to_string()));
        let reader = SerializedFileReader::new(open()?)?;
        let metadata = reader.metadata();
        let column = self.text_column(metadata)?;
        let raw = open()?;
        let before = State::of(&raw).map_err(|error| Fault::Input(error.to_string()))?;
        let most = self.limits.unpacked_from(before.bytes());
        let mut writer = SerializedFileWriter::new(
            Out(out),
            metadata.file_metadata().schema_descr().root_schema_ptr(),
            properties(metadata),
        )?;
        let mut row = 0;
        for (number, group) in metadata.row_groups().iter().enumerate() {
            let reader = reader.get_row_group(number)?;
            let (texts, keep) = self.texts(&*reader, column, most, row, label, done)?;
            row += group.num_rows() as u64;
            let mut group_writer = writer.next_row_group()?;
            for (index, chunk) in group.columns().iter().enumerate() {
                if index == column {
                    write_texts(&mut group_writer, &texts)?;
                } else if keep.iter().all(|keep| *keep) {
                    group_writer.append_column(&raw, as_it_stands(chunk, group))?;
                } else {
                    copy_rows(&*reader, index, most, &keep, &mut group_writer)?;
                }
            }
            group_writer.close()?;
        }
        let out = writer.into_inner()?.0;
        if State::of(&raw).is_ok_and(|now| now != before) {
            return Err(Fault::Input(CHANGED.to_owned()));
        }
        Ok(out)
    }

    /// The index of the text column among the leaves of the schema.
    fn text_column(&self, metadata: &ParquetMetaData) -> Result<usize, Fault> {
        let schema = metadata.file_metadata().schema_descr();
        let wanted = self.fields.text.column();
        let names = || schema.columns().iter().map(|column| column.path().string()).collect::<Vec<_>>().join(", ");
        let Some(index) = schema.columns().iter().position(|column| column.path().string() == wanted) else {
            return Err(Fault::Input(format!("no column `{wanted}`; name the text with --text-field: {}", names())));
        };
        let column = schema.column(index);
        if column.physical_type() != Type::BYTE_ARRAY || column.max_rep_level() > 0 {
            return Err(Fault::Input(format!(
                "the column `{wanted}` holds no single text; see --text-field: {}",
                names()
            )));
        }
        Ok(index)
    }

    /// The cleaned texts of a row group, and which rows stay.
    fn texts(
        &self,
        reader: &dyn RowGroupReader,
        column: usize,
        most: u64,
        before: u64,
        label: &str,
        done: &mut Done,
    ) -> Result<(Values<ByteArrayType>, Vec<bool>), Fault> {
        let ColumnReader::ByteArrayColumnReader(reader_of_texts) = reader.get_column_reader(column)? else {
            return Err(Fault::Input("the text column holds no texts".to_owned()));
        };
        let deepest = reader.metadata().column(column).column_descr().max_def_level();
        let rows = reader.metadata().num_rows() as usize;
        let Values { values, definitions, .. } = read(reader_of_texts, rows, most)?;
        // Where a column cannot be null no definitions are kept.
        let defined = |row: usize| definitions.get(row).is_none_or(|depth| *depth == deepest);
        let mut value = values.into_iter();
        let all: Vec<Option<ByteArray>> = (0..rows).map(|row| if defined(row) { value.next() } else { None }).collect();
        let cleaned: Vec<(Vec<Option<ByteArray>>, Vec<bool>, Done)> = all
            .par_chunks(ROWS)
            .enumerate()
            .map(|(chunk, values)| {
                let mut done = Done::default();
                let first = before + (chunk * ROWS) as u64 + 1;
                let (texts, keep) =
                    (first..).zip(values).map(|(row, value)| self.value(value, row, label, &mut done)).unzip();
                (texts, keep, done)
            })
            .collect();
        let (mut values, mut stay, mut kept) = (Vec::new(), Vec::with_capacity(rows), Vec::new());
        for (texts, keep, part) in cleaned {
            for (text, keep) in texts.into_iter().zip(keep) {
                let row = stay.len();
                stay.push(keep);
                if keep {
                    kept.extend(definitions.get(row));
                    values.extend(text);
                }
            }
            done.trace.extend_from_slice(&part.trace);
            done.tally.add(part.tally);
        }
        Ok((Values { values, definitions: kept, repetitions: Vec::new() }, stay))
    }

    /// What becomes of a row's text, and whether the row stays.
    fn value(&self, value: &Option<ByteArray>, row: u64, label: &str, done: &mut Done) -> (Option<ByteArray>, bool) {
        done.tally.records.read += 1;
        let text = value.as_ref().map(|value| std::str::from_utf8(value.data()));
        let Some(Ok(text)) = text else {
            done.tally.not_a_string += 1;
            done.tally.records.written += 1;
            return (value.clone(), true);
        };
        let name = Named { path: label, record: Some(row), id: None, base: Base::default() };
        match self.text(text, None, name, done) {
            Ok((clean, stays)) => {
                done.tally.document("UTF-8", EncodingSource::Given, 0, clean.text() != text);
                (stays.then(|| ByteArray::from(clean.into_text().into_bytes())), stays)
            }
            Err(reason) => {
                done.tally.fail(Failure { path: label.to_owned(), line: Some(row), reason });
                done.tally.records.written += 1;
                (value.clone(), true)
            }
        }
    }
}

/// What the new file shares with the old one.
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
) -> Result<(), Fault> {
    let Some(mut writer) = group.next_column()? else {
        return Err(Fault::Input("the file has fewer columns than its schema".to_owned()));
    };
    if let ColumnWriter::ByteArrayColumnWriter(writer) = writer.untyped() {
        write(writer, texts)?;
    }
    Ok(writer.close()?)
}

/// Reads a column of a row group, of which so many bytes may come out at `most`.
fn read<T: DataType>(mut reader: ColumnReaderImpl<T>, rows: usize, most: u64) -> Result<Values<T>, Fault> {
    let (mut values, mut definitions, mut repetitions) = (Vec::new(), Vec::new(), Vec::new());
    let (mut read, mut bytes) = (0, 0);
    while read < rows {
        let (seen, levels) = (values.len(), definitions.len());
        let step = (rows - read).min(STEP);
        let (records, _, _) = reader.read_records(step, Some(&mut definitions), Some(&mut repetitions), &mut values)?;
        if records == 0 {
            return Err(Fault::Input(format!("damaged: a column ends after {read} of {rows} rows")));
        }
        read += records;
        // Rows without a value take room too.
        let rows = records.max(definitions.len() - levels) * (size_of::<T::T>() + size_of::<i16>());
        bytes += (rows + values[seen..].iter().map(|value| value.as_bytes().len()).sum::<usize>()) as u64;
        if bytes > most {
            let most = shown(most);
            let message = format!("a column unpacks to more than {most}; give a larger --max-ratio if you trust it");
            return Err(Fault::Input(message));
        }
    }
    Ok(Values { values, definitions, repetitions })
}

fn write<T: DataType>(
    writer: &mut ColumnWriterImpl<'_, T>,
    Values { values, definitions, repetitions }: &Values<T>,
) -> Result<(), Fault> {
    let definitions = (!definitions.is_empty()).then_some(definitions.as_slice());
    let repetitions = (!repetitions.is_empty()).then_some(repetitions.as_slice());
    writer.write_batch(values, definitions, repetitions)?;
    Ok(())
}

/// Copies the rows of a column that stay.
fn copy_rows<W: Write + Send>(
    reader: &dyn RowGroupReader,
    column: usize,
    most: u64,
    keep: &[bool],
    group: &mut SerializedRowGroupWriter<'_, W>,
) -> Result<(), Fault> {
    let deepest = reader.metadata().column(column).column_descr().max_def_level();
    let reader = reader.get_column_reader(column)?;
    let Some(mut writer) = group.next_column()? else {
        return Err(Fault::Input("the file has fewer columns than its schema".to_owned()));
    };
    macro_rules! copy {
        ($($reader:ident $writer:ident),*) => {
            match (reader, writer.untyped()) {
                $((ColumnReader::$reader(reader), ColumnWriter::$writer(writer)) => {
                    write(writer, &kept(read(reader, keep.len(), most)?, keep, deepest))?;
                })*
                _ => return Err(Fault::Input("a column is read and written as different types".to_owned())),
            }
        };
    }
    copy!(
        BoolColumnReader BoolColumnWriter, Int32ColumnReader Int32ColumnWriter, Int64ColumnReader Int64ColumnWriter,
        Int96ColumnReader Int96ColumnWriter, FloatColumnReader FloatColumnWriter,
        DoubleColumnReader DoubleColumnWriter, ByteArrayColumnReader ByteArrayColumnWriter,
        FixedLenByteArrayColumnReader FixedLenByteArrayColumnWriter
    );
    Ok(writer.close()?)
}

/// The values of the rows that stay. A row begins at each repetition level of zero.
fn kept<T: DataType>(all: Values<T>, keep: &[bool], deepest: i16) -> Values<T> {
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
        let value = if all.definitions.get(level).is_none_or(|depth| *depth == deepest) { values.next() } else { None };
        if keep.get(row).copied().unwrap_or(false) {
            kept.values.extend(value);
            kept.definitions.extend(all.definitions.get(level));
            kept.repetitions.extend(all.repetitions.get(level));
        }
    }
    kept
}
