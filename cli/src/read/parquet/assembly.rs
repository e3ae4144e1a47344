//! Puts the columns of a table together to rows again, as JSON. A column is a list of values with levels, which say
//! where a list begins, continues, is empty or missing: <https://parquet.apache.org/docs/file-format/nestedencoding/>.

use std::io;
use std::ops::Range;

use parquet::basic::{ConvertedType, Repetition};
use parquet::column::reader::{ColumnReader, ColumnReaderImpl};
use parquet::data_type::DataType;
use parquet::schema::types::{ColumnDescriptor, Type};

use super::value::{JsonForm, ToJson};
use super::{damaged, too_large};
use crate::compression::InputError;
use crate::json::string;

/// The most levels of nested columns. Tables in the wild have a few.
const MAX_DEPTH: usize = 64;

/// A column of the schema, or a part of one.
pub(super) struct Node {
    kind: NodeKind,
    /// The leaves of the schema below it.
    leaves: Range<usize>,
    /// The definition level at which it is not null.
    definition: i16,
}

enum NodeKind {
    Value,
    /// The members with their names, which are JSON with a colon.
    Struct(Vec<(Vec<u8>, Node)>),
    List(Box<Node>, Levels),
    Map(Box<[Node; 2]>, Levels),
}

/// The levels of a place in the schema.
#[derive(Clone, Copy, Default)]
struct Levels {
    definition: i16,
    repetition: i16,
    depth: usize,
}

impl Node {
    /// The node of the whole schema.
    pub(super) fn root(schema: &Type) -> io::Result<Node> {
        let mut leaves = 0;
        let kind = NodeKind::Struct(members(schema, Levels::default(), &mut leaves)?);
        Ok(Node { kind, leaves: 0..leaves, definition: 0 })
    }

    /// The node of a type in a group with these levels. A repeated one is a list by itself.
    fn new(
        field: &Type,
        Levels { mut definition, mut repetition, depth }: Levels,
        leaves: &mut usize,
    ) -> io::Result<Node> {
        if depth > MAX_DEPTH {
            return Err(InputError::io(format!("its columns are nested in more than {MAX_DEPTH} levels")));
        }
        let (first, own) = (*leaves, repetition_of(field));
        definition += i16::from(own != Repetition::REQUIRED);
        repetition += i16::from(own == Repetition::REPEATED);
        let levels = Levels { definition, repetition, depth: depth + 1 };
        let kind = if field.is_primitive() {
            *leaves += 1;
            NodeKind::Value
        } else {
            match field.get_basic_info().converted_type() {
                ConvertedType::LIST => list(field, levels, leaves)?,
                ConvertedType::MAP | ConvertedType::MAP_KEY_VALUE => map(field, levels, leaves)?,
                _ => NodeKind::Struct(members(field, levels, leaves)?),
            }
        };
        let node = Node { kind, leaves: first..*leaves, definition };
        if own != Repetition::REPEATED {
            return Ok(node);
        }
        Ok(Node { kind: NodeKind::List(Box::new(node), levels), leaves: first..*leaves, definition: definition - 1 })
    }

    /// Appends the next value and goes on to the one after it.
    pub(super) fn write(&self, leaves: &mut [Leaf], out: &mut Vec<u8>) {
        let definition = leaves[self.leaves.clone()].first().map_or(-1, Leaf::definition);
        if definition < self.definition {
            leaves[self.leaves.clone()].iter_mut().for_each(|leaf| _ = leaf.next());
            return out.extend_from_slice(b"null");
        }
        match &self.kind {
            NodeKind::Value => out.extend_from_slice(leaves[self.leaves.start].next().unwrap_or(b"null")),
            NodeKind::Struct(members) => {
                out.push(b'{');
                for (number, (key, member)) in members.iter().enumerate() {
                    out.extend_from_slice(if number > 0 { b"," } else { b"" });
                    out.extend_from_slice(key);
                    member.write(leaves, out);
                }
                out.push(b'}');
            }
            NodeKind::List(element, levels) => {
                out.push(b'[');
                self.write_elements(*levels, leaves, out, |leaves, out| element.write(leaves, out));
                out.push(b']');
            }
            NodeKind::Map(entry, levels) => {
                let [key, value] = &**entry;
                out.push(b'{');
                self.write_elements(*levels, leaves, out, |leaves, out| {
                    write_key(key, leaves, out);
                    value.write(leaves, out);
                });
                out.push(b'}');
            }
        }
    }

    /// Appends the elements of a list, each by `write`, with commas in between.
    fn write_elements(
        &self,
        levels: Levels,
        leaves: &mut [Leaf],
        out: &mut Vec<u8>,
        write: impl Fn(&mut [Leaf], &mut Vec<u8>),
    ) {
        let first = self.leaves.start;
        if leaves[first].definition() < levels.definition {
            return leaves[self.leaves.clone()].iter_mut().for_each(|leaf| _ = leaf.next());
        }
        write(leaves, out);
        // Every element takes a level of the first leaf, so this ends.
        while leaves[first].repetition() == levels.repetition {
            out.push(b',');
            write(leaves, out);
        }
    }
}

/// Appends a key of a map: JSON has strings only.
fn write_key(key: &Node, leaves: &mut [Leaf], out: &mut Vec<u8>) {
    let mut json = Vec::new();
    key.write(leaves, &mut json);
    match json.first() {
        Some(b'"') => out.append(&mut json),
        _ => string::encode(&String::from_utf8_lossy(&json), false, out),
    }
    out.push(b':');
}

fn repetition_of(field: &Type) -> Repetition {
    let info = field.get_basic_info();
    if info.has_repetition() { info.repetition() } else { Repetition::REQUIRED }
}

fn members(group: &Type, levels: Levels, leaves: &mut usize) -> io::Result<Vec<(Vec<u8>, Node)>> {
    let mut members = Vec::new();
    for field in group.get_fields() {
        let mut key = Vec::new();
        string::encode(field.name(), false, &mut key);
        key.push(b':');
        members.push((key, Node::new(field, levels, leaves)?));
    }
    Ok(members)
}

/// The only member of a list or a map, which is repeated. Groups of another form are read as they stand.
fn repeated_member(field: &Type) -> Option<&Type> {
    match field.get_fields() {
        [only] => Some(&**only).filter(|only| repetition_of(only) == Repetition::REPEATED),
        _ => None,
    }
}

/// A list: its repeated member is the element, or a group around it. Files of old writers are told apart by the rules
/// of <https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists>.
fn list(field: &Type, levels: Levels, leaves: &mut usize) -> io::Result<NodeKind> {
    let Some(repeated) = repeated_member(field) else { return Ok(NodeKind::Struct(members(field, levels, leaves)?)) };
    let inside = Levels { definition: levels.definition + 1, repetition: levels.repetition + 1, ..levels };
    let is_tuple = repeated.name() == "array" || repeated.name() == format!("{}_tuple", field.name());
    match repeated {
        Type::GroupType { fields, .. }
            if fields.len() == 1 && !is_tuple && repetition_of(&fields[0]) != Repetition::REPEATED =>
        {
            Ok(NodeKind::List(Box::new(Node::new(&fields[0], inside, leaves)?), inside))
        }
        // A repeated member is a list by itself.
        _ => Ok(Node::new(repeated, levels, leaves)?.kind),
    }
}

fn map(field: &Type, levels: Levels, leaves: &mut usize) -> io::Result<NodeKind> {
    let entry = repeated_member(field).filter(|entry| entry.is_group()).map(Type::get_fields);
    let Some([key, value]) = entry else { return Ok(NodeKind::Struct(members(field, levels, leaves)?)) };
    let inside = Levels { definition: levels.definition + 1, repetition: levels.repetition + 1, ..levels };
    let entry = [Node::new(key, inside, leaves)?, Node::new(value, inside, leaves)?];
    Ok(NodeKind::Map(Box::new(entry), inside))
}

/// A leaf of the schema in a row group: the rows that were read last, each value already in JSON.
pub(super) struct Leaf {
    reader: ColumnReader,
    values: DecodedValues,
}

#[derive(Default)]
struct DecodedValues {
    form: JsonForm,
    max_definition: i16,
    json: Vec<u8>,
    /// The end of each value in `json`.
    ends: Vec<usize>,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// The numbers of the next level and of the next value.
    level: usize,
    value: usize,
}

impl Leaf {
    pub(super) fn new(reader: ColumnReader, column: &ColumnDescriptor) -> Leaf {
        let (form, max_definition) = (JsonForm::of(column), column.max_def_level());
        Leaf { reader, values: DecodedValues { form, max_definition, ..DecodedValues::default() } }
    }

    /// Reads the next rows, whose values may take `most` bytes.
    pub(super) fn read(&mut self, rows: usize, most: u64) -> io::Result<()> {
        let Leaf { reader, values } = self;
        let DecodedValues { form, max_definition, .. } = *values;
        *values = DecodedValues { form, max_definition, ..DecodedValues::default() };
        match reader {
            ColumnReader::BoolColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::Int32ColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::Int64ColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::Int96ColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::FloatColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::DoubleColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::ByteArrayColumnReader(reader) => values.fill(reader, rows, most),
            ColumnReader::FixedLenByteArrayColumnReader(reader) => values.fill(reader, rows, most),
        }
    }

    /// The next definition level. A column that cannot be null has none.
    fn definition(&self) -> i16 {
        self.values.definitions.get(self.values.level).copied().unwrap_or(self.values.max_definition)
    }

    /// The next repetition level, 0 at the end.
    fn repetition(&self) -> i16 {
        self.values.repetitions.get(self.values.level).copied().unwrap_or_default()
    }

    /// Goes on by one level; returns the value there, if there is one.
    fn next(&mut self) -> Option<&[u8]> {
        let is_value = self.definition() == self.values.max_definition;
        self.values.level += 1;
        if !is_value {
            return None;
        }
        let DecodedValues { ends, json, value, .. } = &mut self.values;
        let start = value.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or_default();
        let end = *ends.get(*value)?;
        *value += 1;
        Some(&json[start..end])
    }

    /// Goes on to the next row, should a damaged file have left a part of this one.
    pub(super) fn end_row(&mut self) {
        while self.repetition() > 0 {
            self.next();
        }
    }
}

impl DecodedValues {
    fn fill<T: DataType<T: ToJson>>(
        &mut self,
        reader: &mut ColumnReaderImpl<T>,
        rows: usize,
        most: u64,
    ) -> io::Result<()> {
        let mut read = 0;
        while read < rows {
            let (mut values, levels) = (Vec::new(), self.definitions.len());
            let (definitions, repetitions) = (&mut self.definitions, &mut self.repetitions);
            let records = reader.read_records(rows - read, Some(definitions), Some(repetitions), &mut values);
            let (records, _, _) = records.map_err(damaged)?;
            if records == 0 {
                return Err(InputError::io("damaged: a column ends before its row group"));
            }
            read += records;
            for value in values {
                value.write(self.form, &mut self.json);
                self.ends.push(self.json.len());
                if self.json.len() as u64 > most {
                    return Err(too_large(most));
                }
            }
            if ((self.definitions.len() - levels) * size_of::<i16>()) as u64 > most {
                return Err(too_large(most));
            }
        }
        Ok(())
    }
}
