//! Writes records as a Parquet file: a column for each top-level field. Which columns there are, and of what types, is
//! decided by the first 64 MiB of records; later records that do not fit are returned.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parquet::basic::{Compression, LogicalType, Repetition, Type as PhysicalType, ZstdLevel};
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::Type;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use super::atomic_file::AtomicFile;
use crate::error::Error;
use crate::json::locate::ObjectKey;
use crate::json::string;
use crate::read::{self, Record};

/// The size of a row group, and of the records that decide the columns: the bytes of their JSON.
const ROW_GROUP: usize = 64 << 20;
/// The bytes that a value takes in memory beyond its JSON.
const VALUE: usize = 16;
/// The most columns. Records with more fields use them as keys of a map.
const MAX_COLUMNS: usize = 1000;
/// Whole numbers up to this one are exact in a double.
const MAX_EXACT: u64 = 1 << 53;
/// The default level of zstd.
const ZSTD_LEVEL: i32 = 3;
/// What a Parquet file says it was written by.
pub(crate) const CREATED_BY: &str = concat!("bodytext version ", env!("CARGO_PKG_VERSION"));

/// A Parquet file that records are appended to.
pub(crate) struct TableWriter {
    target: PathBuf,
    state: WriterState,
    /// The field of the texts: no other record may make their column one of JSON.
    text: String,
    /// The columns by name.
    index: HashMap<String, usize>,
    columns: Vec<TableColumn>,
    /// The bytes of the rows that wait for their row group, in the columns.
    pending: usize,
    rows: usize,
}

enum WriterState {
    /// The first records, as long as the columns are not decided.
    Gathering(AtomicFile, Vec<u8>),
    Writing(SerializedFileWriter<Out<BufWriter<AtomicFile>>>),
    Failed,
}

/// A record that the columns cannot hold.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// Its number among the records that were added with it, from 0.
    pub(crate) index: usize,
    pub(crate) bytes: Vec<u8>,
    pub(crate) reason: String,
}

struct TableColumn {
    name: String,
    kind: ColumnType,
    /// The values of the rows that wait for their row group.
    values: ColumnValues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ColumnType {
    /// Nothing but nulls so far.
    Null,
    Bool,
    /// Whether all of them are exact in a double, too.
    Int(bool),
    Double,
    Text,
    /// The JSON of values of any type.
    Json,
}

enum ColumnValues {
    Bool(Values<BoolType>),
    Int(Values<Int64Type>),
    Double(Values<DoubleType>),
    Text(Values<ByteArrayType>),
}

/// The values of a column, with their definition and repetition levels. A column without nulls or lists has no levels.
pub(crate) struct Values<T: DataType> {
    pub(crate) values: Vec<T::T>,
    pub(crate) definitions: Vec<i16>,
    pub(crate) repetitions: Vec<i16>,
}

/// A value of a record.
enum FieldValue<'j> {
    Null,
    Bool(bool),
    Int(i64),
    Double(f64),
    Text(Cow<'j, str>),
    /// A list, an object, or a number that no other type holds exactly.
    Json,
}

impl TableWriter {
    /// A table in `file`. Without any record it has the column `text`.
    pub(crate) fn new(file: AtomicFile, text: &str) -> TableWriter {
        let target = file.target().to_owned();
        let state = WriterState::Gathering(file, Vec::new());
        let columns = vec![TableColumn::new(text.to_owned(), ColumnType::Null)];
        TableWriter { target, state, text: text.to_owned(), index: HashMap::new(), columns, pending: 0, rows: 0 }
    }

    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// Adds records, which are lines of JSON; returns those that do not fit.
    pub(crate) fn add(&mut self, lines: &[u8]) -> Result<Vec<Misfit>, Error> {
        let mut misfits = Vec::new();
        for (index, Record { range, .. }) in read::lines(lines, 1).into_iter().enumerate() {
            let bytes = &lines[range];
            let added = match &self.state {
                WriterState::Gathering(..) => self.gather(bytes),
                _ => self.push(bytes)?,
            };
            if let Err(reason) = added {
                misfits.push(Misfit { index, bytes: bytes.to_vec(), reason });
            }
            if matches!(&self.state, WriterState::Gathering(_, gathered) if gathered.len() >= ROW_GROUP) {
                self.decide()?;
            }
        }
        Ok(misfits)
    }

    /// Completes the file, which gets its final name.
    pub(crate) fn finish(mut self) -> Result<(), Error> {
        if matches!(self.state, WriterState::Gathering(..)) {
            self.decide()?;
        }
        self.write_group()?;
        let WriterState::Writing(writer) = self.state else { return Ok(()) };
        let out = writer.into_inner().map_err(|error| write_error(&self.target, error))?.0;
        out.into_inner().map_err(|error| Error::write(&self.target, error.into_error()))?.finish()
    }

    /// Keeps a record and widens the columns for it.
    fn gather(&mut self, line: &[u8]) -> Result<(), String> {
        let members = members(line)?;
        if let Some((_, raw)) = members.iter().find(|(name, _)| *name == self.text) {
            let value = FieldValue::parse(raw);
            if !ColumnType::Text.holds(&value) {
                return Err(format!("its `{}` is {value}, and the column holds strings; {REMEDY}", self.text));
            }
        }
        let new = members.iter().filter(|(name, _)| !self.index.contains_key(&**name)).count();
        if self.index.len() + new > MAX_COLUMNS {
            return Err(format!("it has {new} more fields, and a Parquet file has {MAX_COLUMNS} at most; {REMEDY}"));
        }
        for (name, raw) in members {
            let number = match self.index.get(&*name) {
                Some(number) => *number,
                None => {
                    // The column of an empty table gives way to the first field.
                    if self.index.is_empty() {
                        self.columns.clear();
                    }
                    self.columns.push(TableColumn::new(name.clone().into_owned(), ColumnType::Null));
                    self.index.insert(name.into_owned(), self.columns.len() - 1);
                    self.columns.len() - 1
                }
            };
            let kind = &mut self.columns[number].kind;
            *kind = kind.with(&FieldValue::parse(raw));
        }
        if let WriterState::Gathering(_, gathered) = &mut self.state {
            gathered.extend_from_slice(line.trim_ascii_end());
            gathered.push(b'\n');
        }
        Ok(())
    }

    /// Decides the columns, and writes what was gathered.
    fn decide(&mut self) -> Result<(), Error> {
        let WriterState::Gathering(file, gathered) = std::mem::replace(&mut self.state, WriterState::Failed) else {
            return Ok(());
        };
        for column in &mut self.columns {
            column.decide();
        }
        let writer = self.open(BufWriter::new(file)).map_err(|error| write_error(&self.target, error))?;
        self.state = WriterState::Writing(writer);
        for Record { range, .. } in read::lines(&gathered, 1) {
            // The columns were made for it.
            let _ = self.push(&gathered[range])?;
        }
        Ok(())
    }

    fn open(
        &self,
        out: BufWriter<AtomicFile>,
    ) -> Result<SerializedFileWriter<Out<BufWriter<AtomicFile>>>, ParquetError> {
        let mut fields = Vec::with_capacity(self.columns.len());
        for column in &self.columns {
            fields.push(Arc::new(column.schema()?));
        }
        let root = Type::group_type_builder("schema").with_fields(fields).build()?;
        let properties = WriterProperties::builder()
            .set_created_by(CREATED_BY.to_owned())
            .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?));
        SerializedFileWriter::new(Out(out), Arc::new(root), Arc::new(properties.build()))
    }

    /// Adds a row. The inner error is the reason why the record does not fit.
    fn push(&mut self, line: &[u8]) -> Result<Result<(), String>, Error> {
        let members = match members(line) {
            Ok(members) => members,
            Err(reason) => return Ok(Err(reason)),
        };
        let mut row = Vec::with_capacity(members.len());
        for (name, raw) in &members {
            let Some(&number) = self.index.get(&**name) else {
                return Ok(Err(format!("its field `{name}` is new, and the columns are decided already; {REMEDY}")));
            };
            let (column, value) = (&self.columns[number], FieldValue::parse(raw));
            if !column.kind.holds(&value) {
                let kind = column.kind;
                return Ok(Err(format!("its `{name}` is {value}, and the column holds {kind}; {REMEDY}")));
            }
            row.push((number, value, *raw));
        }
        for (number, value, raw) in row {
            self.columns[number].push(value, raw);
        }
        self.rows += 1;
        for column in &mut self.columns {
            column.pad(self.rows);
        }
        self.pending += line.len() + VALUE * self.columns.len();
        if self.pending >= ROW_GROUP {
            self.write_group()?;
        }
        Ok(Ok(()))
    }

    fn write_group(&mut self) -> Result<(), Error> {
        if std::mem::take(&mut self.rows) == 0 {
            return Ok(());
        }
        self.pending = 0;
        let WriterState::Writing(writer) = &mut self.state else { return Ok(()) };
        write_columns(writer, &mut self.columns).map_err(|error| write_error(&self.target, error))
    }
}

fn write_columns<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    columns: &mut [TableColumn],
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    for column in columns {
        match std::mem::replace(&mut column.values, ColumnValues::of(column.kind)) {
            ColumnValues::Bool(values) => values.write_column(&mut group)?,
            ColumnValues::Int(values) => values.write_column(&mut group)?,
            ColumnValues::Double(values) => values.write_column(&mut group)?,
            ColumnValues::Text(values) => values.write_column(&mut group)?,
        }
    }
    group.close().map(drop)
}

/// What to do with a record that does not fit.
const REMEDY: &str = "write JSON Lines instead (-o NAME.jsonl), or make the records alike";

/// The members of a record.
fn members(line: &[u8]) -> Result<Vec<(Cow<'_, str>, &str)>, String> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let JsonObject(members) = serde_json::from_slice(line)
        .map_err(|_| format!("it is not a JSON object, which a row of a Parquet file must be; {REMEDY}"))?;
    let mut names: Vec<&str> = members.iter().map(|(name, _)| &**name).collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("it has the field `{}` twice; {REMEDY}", pair[0])),
        None => Ok(members),
    }
}

struct JsonObject<'j>(Vec<(Cow<'j, str>, &'j str)>);

impl<'j> Deserialize<'j> for JsonObject<'j> {
    fn deserialize<D: Deserializer<'j>>(deserializer: D) -> Result<JsonObject<'j>, D::Error> {
        struct Visit;
        impl<'j> Visitor<'j> for Visit {
            type Value = JsonObject<'j>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<JsonObject<'j>, A::Error> {
                let mut members = Vec::new();
                while let Some((ObjectKey(key), value)) = map.next_entry::<ObjectKey<'j>, &'j RawValue>()? {
                    members.push((key, value.get()));
                }
                Ok(JsonObject(members))
            }
        }
        deserializer.deserialize_map(Visit)
    }
}

impl<'j> FieldValue<'j> {
    /// The value of valid JSON.
    fn parse(raw: &'j str) -> FieldValue<'j> {
        match raw.as_bytes().first() {
            Some(b'n') => FieldValue::Null,
            Some(b't') => FieldValue::Bool(true),
            Some(b'f') => FieldValue::Bool(false),
            // A column of strings is UTF-8, which has no lone surrogates: each becomes U+FFFD, as in a changed text.
            Some(b'"') => FieldValue::Text(string::decode(raw).text),
            Some(b'-' | b'0'..=b'9') => FieldValue::number(raw),
            _ => FieldValue::Json,
        }
    }

    fn number(raw: &str) -> FieldValue<'j> {
        match (raw.parse(), raw.parse::<f64>()) {
            (Ok(number), _) if raw != "-0" => FieldValue::Int(number),
            (_, Ok(number)) if number.is_finite() && decimal(raw) == decimal(&format!("{number:e}")) => {
                FieldValue::Double(number)
            }
            _ => FieldValue::Json,
        }
    }
}

/// The digits of a number from the first to the last that is not zero, and the power of ten of the first.
fn decimal(number: &str) -> (String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let mantissa = mantissa.trim_start_matches('-');
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let zeros = digits.len() - digits.trim_start_matches('0').len();
    let digits = digits.trim_matches('0').to_owned();
    let power = exponent.parse::<i64>().unwrap_or(i64::MAX / 2) + whole.len() as i64 - zeros as i64;
    // Zero has no first digit.
    let power = if digits.is_empty() { 0 } else { power };
    (digits, power)
}

impl fmt::Display for FieldValue<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            FieldValue::Null => "null",
            FieldValue::Bool(_) => "true or false",
            FieldValue::Int(_) => "a whole number",
            FieldValue::Double(_) => "a number",
            FieldValue::Text(_) => "a string",
            FieldValue::Json => "a list, an object or a number of too many digits",
        })
    }
}

impl ColumnType {
    /// The type that holds this value too.
    fn with(self, value: &FieldValue<'_>) -> ColumnType {
        match (self, value) {
            (_, FieldValue::Null) => self,
            (ColumnType::Null | ColumnType::Bool, FieldValue::Bool(_)) => ColumnType::Bool,
            (ColumnType::Null, FieldValue::Int(number)) => ColumnType::Int(number.unsigned_abs() <= MAX_EXACT),
            (ColumnType::Int(exact), FieldValue::Int(number)) => {
                ColumnType::Int(exact && number.unsigned_abs() <= MAX_EXACT)
            }
            (ColumnType::Double, FieldValue::Int(number)) if number.unsigned_abs() <= MAX_EXACT => ColumnType::Double,
            (ColumnType::Null | ColumnType::Int(true) | ColumnType::Double, FieldValue::Double(_)) => {
                ColumnType::Double
            }
            // Ids are often numbers here and strings there; in a column of strings numbers stand as they are written.
            (ColumnType::Null | ColumnType::Text | ColumnType::Int(_) | ColumnType::Double, FieldValue::Text(_))
            | (ColumnType::Text, FieldValue::Int(_) | FieldValue::Double(_)) => ColumnType::Text,
            _ => ColumnType::Json,
        }
    }

    fn holds(self, value: &FieldValue<'_>) -> bool {
        match self {
            ColumnType::Int(_) => matches!(value, FieldValue::Null | FieldValue::Int(_)),
            _ => self.with(value) == self,
        }
    }
}

impl fmt::Display for ColumnType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ColumnType::Null => "nothing",
            ColumnType::Bool => "true and false",
            ColumnType::Int(_) => "whole numbers",
            ColumnType::Double => "numbers",
            ColumnType::Text => "strings and numbers",
            ColumnType::Json => "JSON",
        })
    }
}

impl TableColumn {
    fn new(name: String, kind: ColumnType) -> TableColumn {
        TableColumn { name, kind, values: ColumnValues::of(kind) }
    }

    /// Fixes the type. A column of nulls becomes one of strings.
    fn decide(&mut self) {
        if self.kind == ColumnType::Null {
            self.kind = ColumnType::Text;
        }
        self.values = ColumnValues::of(self.kind);
    }

    fn schema(&self) -> Result<Type, ParquetError> {
        let physical = match self.kind {
            ColumnType::Bool => PhysicalType::BOOLEAN,
            ColumnType::Int(_) => PhysicalType::INT64,
            ColumnType::Double => PhysicalType::DOUBLE,
            ColumnType::Null | ColumnType::Text | ColumnType::Json => return text_type(&self.name),
        };
        Type::primitive_type_builder(&self.name, physical).with_repetition(Repetition::OPTIONAL).build()
    }

    /// Adds a value that the column holds; `raw` is its JSON.
    fn push(&mut self, value: FieldValue<'_>, raw: &str) {
        match (&mut self.values, value) {
            (_, FieldValue::Null) => {}
            (ColumnValues::Bool(values), FieldValue::Bool(value)) => values.push(value),
            (ColumnValues::Int(values), FieldValue::Int(value)) => values.push(value),
            (ColumnValues::Double(values), FieldValue::Double(value)) => values.push(value),
            (ColumnValues::Double(values), FieldValue::Int(value)) => values.push(value as f64),
            (ColumnValues::Text(values), FieldValue::Text(text)) if self.kind != ColumnType::Json => {
                values.push(ByteArray::from(text.into_owned().into_bytes()));
            }
            (ColumnValues::Text(values), _) => values.push(ByteArray::from(raw)),
            _ => {}
        }
    }

    /// Adds a null if the last of `rows` rows has no value.
    fn pad(&mut self, rows: usize) {
        let definitions = match &mut self.values {
            ColumnValues::Bool(values) => &mut values.definitions,
            ColumnValues::Int(values) => &mut values.definitions,
            ColumnValues::Double(values) => &mut values.definitions,
            ColumnValues::Text(values) => &mut values.definitions,
        };
        definitions.resize(rows, 0);
    }
}

impl ColumnValues {
    fn of(kind: ColumnType) -> ColumnValues {
        match kind {
            ColumnType::Bool => ColumnValues::Bool(Values::default()),
            ColumnType::Int(_) => ColumnValues::Int(Values::default()),
            ColumnType::Double => ColumnValues::Double(Values::default()),
            ColumnType::Null | ColumnType::Text | ColumnType::Json => ColumnValues::Text(Values::default()),
        }
    }
}

impl<T: DataType> Default for Values<T> {
    fn default() -> Values<T> {
        Values { values: Vec::new(), definitions: Vec::new(), repetitions: Vec::new() }
    }
}

impl<T: DataType> Values<T> {
    /// Adds a value to a column that may be null.
    fn push(&mut self, value: T::T) {
        self.values.push(value);
        self.definitions.push(1);
    }

    /// Writes the next column of a row group.
    pub(crate) fn write_column<W: Write + Send>(
        &self,
        group: &mut SerializedRowGroupWriter<'_, W>,
    ) -> Result<(), ParquetError> {
        let Some(mut writer) = group.next_column()? else {
            return Err(ParquetError::General("the file has fewer columns than its schema".to_owned()));
        };
        self.write_to(writer.typed::<T>())?;
        writer.close()
    }

    pub(crate) fn write_to(&self, writer: &mut ColumnWriterImpl<'_, T>) -> Result<(), ParquetError> {
        let definitions = (!self.definitions.is_empty()).then_some(self.definitions.as_slice());
        let repetitions = (!self.repetitions.is_empty()).then_some(self.repetitions.as_slice());
        writer.write_batch(&self.values, definitions, repetitions).map(drop)
    }
}

/// The type of a column of texts that may be null.
pub(crate) fn text_type(name: &str) -> Result<Type, ParquetError> {
    Type::primitive_type_builder(name, PhysicalType::BYTE_ARRAY)
        .with_repetition(Repetition::OPTIONAL)
        .with_logical_type(Some(LogicalType::String))
        .build()
}

/// An output whose errors can be distinguished from those of the input.
pub(crate) struct Out<W>(pub(crate) W);

#[derive(Debug)]
struct Unwritable(io::Error);

impl fmt::Display for Unwritable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

/// The error of the output that an error of the crate stands for, if it is one of [`Out`].
pub(crate) fn output_error(error: &ParquetError) -> Option<io::Error> {
    let ParquetError::External(inner) = error else { return None };
    let Unwritable(inner) = inner.downcast_ref::<io::Error>()?.get_ref()?.downcast_ref()?;
    Some(inner.raw_os_error().map_or_else(|| inner.kind().into(), io::Error::from_raw_os_error))
}

fn write_error(target: &Path, error: ParquetError) -> Error {
    Error::write(target, output_error(&error).unwrap_or_else(|| io::Error::other(error)))
}
