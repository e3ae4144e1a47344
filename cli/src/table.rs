//! Parquet files: only the values of the text column change, or columns for the cleaned text and the figures are added. Other columns are copied page for page, unless a filter
//! drops rows; row groups, compression and metadata are preserved. Memory is bounded by the texts of the largest row
//! group.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::column::writer::{ColumnCloseResult, ColumnWriter};
use parquet::data_type::{AsBytes, ByteArray, ByteArrayType, DataType};
use parquet::errors::ParquetError;
use parquet::file::metadata::{ColumnChunkMetaData, ParquetMetaData, RowGroupMetaData};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader, RowGroupReader, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnDescriptor, ColumnPath, Type as SchemaType, TypePtr};
use rayon::prelude::*;

use crate::extra_fields::{Added, ExtraFields};
use crate::json::field::Field;
use crate::limits::human_bytes;
use crate::read::Document;
use crate::read::text::{MODIFIED, Snapshot};
use crate::removals::DocumentRef;
use crate::stats::{Counter, Failure};
use crate::worker::{Processed, Worker, count_document};
use crate::write::parquet::{CREATED_BY, Out, Values, output_error, text_type};

/// The key of Arrow's own description of the columns in the metadata of a file.
const ARROW_SCHEMA: &str = "ARROW:schema";
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
        if let Some(error) = output_error(&error) {
            return TableError::Output(error);
        }
        let what = error.to_string().trim_start_matches("Parquet error: ").to_owned();
        TableError::Input(format!("damaged or not a Parquet file: {what}"))
    }
}

struct Table<'t, 'w> {
    worker: &'t Worker<'w>,
    path: &'t str,
    /// The index of the text column among the leaves of the schema.
    column: usize,
    /// Those of the columns with the id, the address and the title, if there are such.
    id: Option<usize>,
    url: Option<usize>,
    title: Option<usize>,
    output: OutputSchema,
    /// The most bytes that a column of a row group may unpack to.
    most: u64,
    /// The number of rows in earlier row groups.
    rows: u64,
}

/// What is read of a row.
struct Row {
    text: Option<ByteArray>,
    id: Option<String>,
    url: Option<String>,
    title: Option<String>,
}

/// The columns of the output.
struct OutputSchema {
    root: TypePtr,
    /// The columns that are written anew, with their indices among the leaves of the schema.
    written: Vec<(usize, ColumnContent)>,
    /// The names of those that the input does not have. They are the last.
    added: Vec<String>,
}

/// What a column is written with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ColumnContent {
    Text,
    Added(Added),
}

/// The rows of a group after cleaning.
struct CleanedRows {
    /// The kept rows.
    rows: Vec<CleanedRow>,
    /// For each kept row the definition level of its text; empty where no text can be null.
    definitions: Vec<i16>,
    /// For each row that was read whether it is kept.
    keep: Vec<bool>,
}

#[derive(Default)]
struct CleanedRow {
    text: Option<ByteArray>,
    /// The values of the other fields that are added, if the row has a text: strings, and JSON of other values.
    added: Vec<(Added, Option<ByteArray>)>,
    is_dropped: bool,
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
    let column = text_column(metadata, &worker.fields.text)?;
    let names = name_columns(metadata);
    let mut table = Table {
        worker,
        path: name,
        column,
        id: worker.fields.id.optional_column(&names, "--id-field").map_err(TableError::Input)?,
        url: worker.fields.url.optional_column(&names, "--url-field").map_err(TableError::Input)?,
        title: worker.fields.title.evidence_column(&names, "--title-field").map_err(TableError::Input)?,
        output: output_schema(metadata, column, worker.extra_fields)?,
        most: worker.limits.unpacked_from(before.bytes),
        rows: 0,
    };
    let mut writer = SerializedFileWriter::new(Out(out), Arc::clone(&table.output.root), properties(metadata, &table))?;
    for (number, group) in metadata.row_groups().iter().enumerate() {
        let reader = reader.get_row_group(number)?;
        let cleaned = table.clean_group(&*reader, processed)?;
        table.rows += group.num_rows() as u64;
        let mut group_writer = writer.next_row_group()?;
        for (index, chunk) in group.columns().iter().enumerate() {
            if let Some(content) = table.content(index) {
                cleaned.values(content, index == table.column).write_column(&mut group_writer)?;
            } else if cleaned.keep.iter().all(|keep| *keep) {
                group_writer.append_column(&raw, as_it_stands(chunk, group))?;
            } else {
                table.copy_rows(&*reader, index, &cleaned.keep, &mut group_writer)?;
            }
        }
        for (_, content) in table.output.written.iter().filter(|(index, _)| *index >= group.num_columns()) {
            cleaned.values(*content, false).write_column(&mut group_writer)?;
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
fn text_column(metadata: &ParquetMetaData, field: &Field) -> Result<usize, TableError> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let (wanted, flag) = (field.column(), "--text-field");
    let texts = columns.iter().filter(|column| column.physical_type() == Type::BYTE_ARRAY);
    let single: Vec<String> =
        texts.filter(|column| column.max_rep_level() == 0).map(|column| column.path().string()).collect();
    // Lists are named by their field or by what the schema lists below it.
    let below = columns.iter().position(|column| {
        let path = column.path().string();
        path == wanted || path.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with('.'))
    });
    match below.map(|index| (index, &columns[index])) {
        Some((index, column)) if column.path().string() == wanted && single.contains(&wanted) => Ok(index),
        Some((_, column)) if column.max_rep_level() > 0 => {
            let list = column.path().parts()[0].clone();
            Err(TableError::Input(format!(
                "the column `{list}` holds lists ({}), and only single texts are cleaned; join them first, for example: \
                 duckdb -c \"COPY (SELECT * REPLACE (array_to_string({list}, chr(10)) AS {list}) FROM 'FILE') TO 'NEW.parquet'\"",
                column.path().string()
            )))
        }
        Some((_, column)) if column.path().string() == wanted => Err(TableError::Input(format!(
            "the column `{wanted}` does not hold texts; name one that does with {flag}: {}",
            single.join(", ")
        ))),
        _ => field.single_column(&single, flag).map_err(TableError::Input),
    }
}

/// The columns that may have a name for each row, such as its address. The others have no name here.
fn name_columns(metadata: &ParquetMetaData) -> Vec<String> {
    let columns = metadata.file_metadata().schema_descr().columns();
    let name = |column: &Arc<ColumnDescriptor>| match (column.max_rep_level(), column.physical_type()) {
        (0, Type::BYTE_ARRAY | Type::INT32 | Type::INT64) => column.path().string(),
        _ => String::new(),
    };
    columns.iter().map(name).collect()
}

/// The schema of the output, and the columns that are written anew.
fn output_schema(metadata: &ParquetMetaData, text: usize, extra: &ExtraFields) -> Result<OutputSchema, TableError> {
    let schema = metadata.file_metadata().schema_descr();
    let (mut written, mut added) = (Vec::new(), Vec::new());
    if extra.text.is_none() {
        written.push((text, ColumnContent::Text));
    }
    for (added_field, field) in extra.named() {
        let content = match added_field {
            Added::Text => ColumnContent::Text,
            other => ColumnContent::Added(other),
        };
        let name = field.column();
        let Some(index) = (0..schema.num_columns()).find(|&index| schema.column(index).path().parts()[0] == name)
        else {
            written.push((schema.num_columns() + added.len(), content));
            added.push(name);
            continue;
        };
        if !is_optional_text(&schema.column(index)) {
            let remedy = added_field.remedy();
            return Err(TableError::Input(format!(
                "the column `{name}` is there and is not an optional string; {remedy}"
            )));
        }
        written.push((index, content));
    }
    let mut root = schema.root_schema_ptr();
    if !added.is_empty() {
        let mut fields = root.get_fields().to_vec();
        for name in &added {
            fields.push(Arc::new(text_type(name)?));
        }
        root = Arc::new(SchemaType::group_type_builder(root.name()).with_fields(fields).build()?);
    }
    Ok(OutputSchema { root, written, added })
}

fn is_optional_text(column: &ColumnDescriptor) -> bool {
    let is_string =
        column.logical_type_ref() == Some(&LogicalType::String) || column.converted_type() == ConvertedType::UTF8;
    let is_text = is_string && column.physical_type() == Type::BYTE_ARRAY && column.path().parts().len() == 1;
    is_text && column.max_def_level() == 1 && column.max_rep_level() == 0
}

impl CleanedRows {
    /// The values of a column; `in_place` if it is the one that was read.
    fn values(&self, content: ColumnContent, in_place: bool) -> Values<ByteArrayType> {
        let value = |row: &CleanedRow| match content {
            ColumnContent::Text => row.text.clone(),
            ColumnContent::Added(wanted) => {
                row.added.iter().find(|(added, _)| *added == wanted).and_then(|(_, value)| value.clone())
            }
        };
        let all: Vec<Option<ByteArray>> = self.rows.iter().map(value).collect();
        let definitions = match in_place {
            true => self.definitions.clone(),
            false => all.iter().map(|value| i16::from(value.is_some())).collect(),
        };
        Values { values: all.into_iter().flatten().collect(), definitions, repetitions: Vec::new() }
    }
}

impl Table<'_, '_> {
    /// What the column at `index` is written with; `None` if it is copied.
    fn content(&self, index: usize) -> Option<ColumnContent> {
        self.output.written.iter().find(|(written, _)| *written == index).map(|(_, content)| *content)
    }

    fn clean_group(&self, reader: &dyn RowGroupReader, processed: &mut Processed) -> Result<CleanedRows, TableError> {
        let ColumnReader::ByteArrayColumnReader(texts) = reader.get_column_reader(self.column)? else {
            return Err(TableError::Input("the text column does not hold texts".to_owned()));
        };
        let max_definition = reader.metadata().column(self.column).column_descr().max_def_level();
        let rows = reader.metadata().num_rows() as usize;
        let texts = read(texts, rows, self.most)?;
        let definitions = texts.definitions.clone();
        let names = |column| Ok::<_, TableError>(self.names(reader, column, rows)?.into_iter());
        let (mut ids, mut urls, mut titles) = (names(self.id)?, names(self.url)?, names(self.title)?);
        let all = by_row(texts, rows, max_definition).into_iter().map(|text| Row {
            text,
            id: ids.next().flatten(),
            url: urls.next().flatten(),
            title: titles.next().flatten(),
        });
        let all: Vec<Row> = all.collect();
        let cleaned: Vec<_> = all
            .par_chunks(ROWS)
            .enumerate()
            .map(|(chunk, rows)| {
                let mut processed = Processed::default();
                let first = self.rows + (chunk * ROWS) as u64 + 1;
                (self.clean_rows(rows, first, &mut processed), processed)
            })
            .collect();
        let mut all = CleanedRows { rows: Vec::new(), definitions: Vec::new(), keep: Vec::with_capacity(rows) };
        for (rows, part) in cleaned {
            for row in rows {
                let row_is_kept = !row.is_dropped;
                if row_is_kept {
                    all.definitions.extend(definitions.get(all.keep.len()));
                    all.rows.push(row);
                }
                all.keep.push(row_is_kept);
            }
            processed.removals.extend_from_slice(&part.removals);
            processed.stats.add(part.stats);
        }
        Ok(all)
    }

    /// The values of a column as names, where they are texts or whole numbers.
    fn names(
        &self,
        reader: &dyn RowGroupReader,
        column: Option<usize>,
        rows: usize,
    ) -> Result<Vec<Option<String>>, TableError> {
        let Some(column) = column else { return Ok(Vec::new()) };
        let depth = reader.metadata().column(column).column_descr().max_def_level();
        Ok(match reader.get_column_reader(column)? {
            ColumnReader::ByteArrayColumnReader(reader) => by_row(read(reader, rows, self.most)?, rows, depth)
                .into_iter()
                .map(|name| String::from_utf8(name?.data().to_vec()).ok())
                .collect(),
            ColumnReader::Int32ColumnReader(reader) => to_names(by_row(read(reader, rows, self.most)?, rows, depth)),
            ColumnReader::Int64ColumnReader(reader) => to_names(by_row(read(reader, rows, self.most)?, rows, depth)),
            _ => Vec::new(),
        })
    }

    fn clean_rows(&self, rows: &[Row], first: u64, processed: &mut Processed) -> Vec<CleanedRow> {
        (first..).zip(rows).map(|(number, row)| self.clean_row(row, number, processed)).collect()
    }

    /// Cleans the text of a row.
    fn clean_row(&self, row: &Row, number: u64, processed: &mut Processed) -> CleanedRow {
        let Row { text: value, id, url, title } = row;
        // In a column of its own there is nothing where nothing was cleaned.
        let in_place = self.worker.extra_fields.text.is_none();
        let as_it_was = CleanedRow { text: value.clone().filter(|_| in_place), ..CleanedRow::default() };
        processed.stats.records.read += 1;
        let Some(Ok(text)) = value.as_ref().map(|value| std::str::from_utf8(value.data())) else {
            processed.stats.count(Counter::NotAString, 1);
            processed.stats.records.written += 1;
            return as_it_was;
        };
        let document = Document { url: url.clone(), title: title.clone(), ..Document::new(text.into()) };
        let reference = DocumentRef { path: self.path, record: Some(number), id: id.as_deref() };
        match self.worker.clean(&document, reference, processed) {
            Ok(outcome) => {
                count_document(&document, outcome.text != text, &mut processed.stats);
                let others = self.worker.extra_fields.named().filter(|(added, _)| *added != Added::Text);
                let added = others
                    .map(|(added, _)| {
                        (added, added.column_value(&outcome.figures, &outcome.fields).map(ByteArray::from))
                    })
                    .collect();
                let text = Some(outcome.text.into_owned().into_bytes().into());
                CleanedRow { text, added, is_dropped: outcome.dropped.is_some() }
            }
            Err(reason) => {
                processed.stats.fail(Failure::new(self.path, Some(number), reason));
                processed.stats.records.written += 1;
                as_it_was
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
                        kept(read(reader, keep.len(), self.most)?, keep, max_definition).write_to(writer)?;
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
fn properties(metadata: &ParquetMetaData, table: &Table<'_, '_>) -> Arc<WriterProperties> {
    let file = metadata.file_metadata();
    let mut pairs = file.key_value_metadata().cloned();
    if !table.output.added.is_empty() {
        // Arrow's own description of the columns would lack one; then some readers refuse the file. The types of the
        // columns are in the file's schema too.
        pairs.iter_mut().for_each(|pairs| pairs.retain(|pair| pair.key != ARROW_SCHEMA));
    }
    let mut properties = WriterProperties::builder()
        .set_created_by(CREATED_BY.to_owned())
        .set_key_value_metadata(pairs)
        // Columns that are copied have no index of their pages, and a file has one for all columns or for none.
        .set_statistics_enabled(EnabledStatistics::Chunk)
        .set_offset_index_disabled(true);
    for column in metadata.row_groups().first().into_iter().flat_map(RowGroupMetaData::columns) {
        let path = ColumnPath::new(column.column_path().parts().to_vec());
        properties = properties.set_column_compression(path, column.compression());
    }
    if let Some(group) = metadata.row_groups().first() {
        let like = group.column(table.column).compression();
        for name in &table.output.added {
            properties = properties.set_column_compression(name.as_str().into(), like);
        }
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

/// The value of each row, if it has one. Where a column cannot be null no definitions are kept.
fn by_row<T: DataType>(column: Values<T>, rows: usize, max_definition: i16) -> Vec<Option<T::T>> {
    let Values { values, definitions, .. } = column;
    let mut value = values.into_iter();
    (0..rows)
        .map(|row| definitions.get(row).is_none_or(|depth| *depth == max_definition))
        .map(|is_defined| if is_defined { value.next() } else { None })
        .collect()
}

fn to_names<T: ToString>(values: Vec<Option<T>>) -> Vec<Option<String>> {
    values.into_iter().map(|value| value.map(|value| value.to_string())).collect()
}

/// The values of the kept rows. A row begins at each repetition level of zero.
fn kept<T: DataType>(all: Values<T>, keep: &[bool], max_definition: i16) -> Values<T> {
    let levels = all.definitions.len().max(all.repetitions.len());
    let mut kept = Values::default();
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
