//! What is done to the arrays of one type: where the texts are, which columns are added, how rows are cleaned.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, StructArray};
use arrow_schema::{ArrowError, DataType, Field, FieldRef, Fields};
use arrow_select::filter::filter;
use bodytext::{Fields as PageFields, Filters, Metadata};
use bodytext_cli::embed::{CleaningFigures, Counts, Source, host_of};

use super::ArrowArguments;
use super::columns::{
    FieldBuilder, NewColumns, Removed, RemovedBuilder, StatsBuilder, field_type, removed_type, stats_type,
};
use super::dictionary::{self, Dictionary};
use super::texts::{Strings, TextBuilder, Texts, Value, is_string};

/// What cannot be done, found before anything is cleaned.
pub(super) enum PlanError {
    NoColumn(String),
    Type(String),
    Value(String),
}

pub(super) struct Plan {
    arguments: ArrowArguments,
    place: Place,
    /// The type of what comes out.
    pub(super) output: FieldRef,
}

/// Where the texts are.
enum Place {
    /// The array is one of texts.
    Array,
    /// In columns of these numbers.
    Column { text: usize, url: Option<usize>, title: Option<usize> },
}

/// A type for messages: the columns of a batch, or the type of an array.
pub(super) fn describe(field: &Field) -> String {
    match field.data_type() {
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| format!("{}: {}", field.name(), field.data_type()));
            format!("rows of {}", columns.collect::<Vec<_>>().join(", "))
        }
        other => format!("values of {other}"),
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_string(values),
        // A column of nothing but nulls has nothing to clean.
        DataType::Null => true,
        other => is_string(other),
    }
}

impl Plan {
    pub(super) fn new(field: &FieldRef, arguments: ArrowArguments) -> Result<Plan, PlanError> {
        let DataType::Struct(fields) = field.data_type() else {
            return Plan::of_array(field, arguments);
        };
        let names = || fields.iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ");
        let find = |name: &str| fields.iter().position(|field| field.name() == name);
        let missing = |name: &str| PlanError::NoColumn(format!("no column {name:?}; the columns are: {}", names()));
        let text = find(&arguments.column).ok_or_else(|| missing(&arguments.column))?;
        if !is_text(fields[text].data_type()) {
            let strings = fields.iter().filter(|field| is_text(field.data_type())).map(|field| field.name().as_str());
            return Err(PlanError::Type(format!(
                "column {:?} is {}, not strings; the columns are: {}; those of strings: {}",
                arguments.column,
                fields[text].data_type(),
                names(),
                strings.collect::<Vec<_>>().join(", ")
            )));
        }
        let optional = |name: &str, usual: &str| match find(name) {
            None if name != usual => Err(missing(name)),
            found => Ok(found.filter(|&column| is_text(fields[column].data_type()))),
        };
        let (url, title) = (optional(&arguments.url_column, "url")?, optional(&arguments.title_column, "title")?);
        let mut columns: Vec<FieldRef> = fields.iter().cloned().collect();
        let named = [(&arguments.removed, removed_type()), (&arguments.stats, stats_type())];
        let named = named.into_iter().filter_map(|(name, kind)| Some((name.as_deref()?, kind, "name another")));
        let of_page = arguments.fields.iter().map(|name| (name.name(), field_type(*name), "leave it out of fields"));
        for (name, data_type, remedy) in named.chain(of_page) {
            if columns.iter().any(|field| field.name() == name) {
                return Err(PlanError::Value(format!("there is a column {name:?} already; {remedy}")));
            }
            columns.push(Arc::new(Field::new(name, data_type, true)));
        }
        let output = field.as_ref().clone().with_data_type(DataType::Struct(Fields::from(columns)));
        Ok(Plan { arguments, place: Place::Column { text, url, title }, output: Arc::new(output) })
    }

    fn of_array(field: &FieldRef, arguments: ArrowArguments) -> Result<Plan, PlanError> {
        if !is_text(field.data_type()) {
            let data_type = field.data_type();
            return Err(PlanError::Type(format!("the array is {data_type}, not strings, and not a table of columns")));
        }
        if arguments.removed.is_some() || arguments.stats.is_some() || !arguments.fields.is_empty() {
            return Err(PlanError::Value("removed, stats and fields add columns; pass a table".to_owned()));
        }
        if arguments.inner.filters != Filters::default() {
            return Err(PlanError::Value("min_words and max_removed leave rows out; pass a table".to_owned()));
        }
        Ok(Plan { arguments, place: Place::Array, output: Arc::clone(field) })
    }

    /// Cleans an array: one array, or several where the texts would be more than offsets can count.
    pub(super) fn clean(&self, array: &ArrayRef) -> Result<Vec<ArrayRef>, ArrowError> {
        let mut counts = Counts::default();
        let cleaned = match &self.place {
            Place::Array => {
                let chunks = self.texts(array, [None, None], &mut counts)?;
                chunks.into_iter().map(|chunk| chunk.texts).collect()
            }
            Place::Column { text, url, title } => {
                let batch = array.as_struct();
                if batch.null_count() > 0 {
                    return Err(ArrowError::InvalidArgumentError("a row of the table is null as a whole".to_owned()));
                }
                let about = [url, title].map(|column| column.map(|column| batch.column(column)));
                let chunks = self.texts(batch.column(*text), about, &mut counts)?;
                chunks.into_iter().map(|chunk| self.batch(batch, *text, chunk)).collect::<Result<_, ArrowError>>()?
            }
        };
        if let Some(report) = &self.arguments.report {
            report.get().push(counts.report(self.arguments.inner.cleaner.rules()));
        }
        Ok(cleaned)
    }

    /// The rows of a chunk with their new columns.
    fn batch(&self, batch: &StructArray, text: usize, chunk: Chunk) -> Result<ArrayRef, ArrowError> {
        let DataType::Struct(fields) = self.output.data_type() else {
            return Err(ArrowError::ComputeError("a batch is not a struct".to_owned()));
        };
        let Range { start, end } = chunk.rows;
        let mut columns: Vec<ArrayRef> =
            batch.columns().iter().map(|column| column.slice(start, end - start)).collect();
        columns[text] = chunk.texts;
        columns.extend([chunk.removed, chunk.stats].into_iter().flatten().chain(chunk.fields));
        if let Some(keep) = chunk.keep {
            let keep = BooleanArray::from(keep);
            columns = columns.iter().map(|column| filter(column, &keep)).collect::<Result<_, ArrowError>>()?;
        }
        Ok(Arc::new(StructArray::try_new(fields.clone(), columns, None)?))
    }

    /// Cleans texts; `about` are the columns of addresses and titles.
    fn texts(
        &self,
        array: &ArrayRef,
        about: [Option<&ArrayRef>; 2],
        counts: &mut Counts,
    ) -> Result<Vec<Chunk>, ArrowError> {
        let rows = array.len();
        let [urls, titles] = about.map(|column| column.and_then(|column| Strings::of(column)));
        let about = |row: usize| About {
            host: urls.as_ref().and_then(|urls| host_of(urls.get(row)?)),
            title: titles.as_ref().and_then(|titles| Some(titles.get(row)?.to_owned())),
        };
        if let Some(dictionary) = Dictionary::of(array) {
            return self.dictionary(array, &dictionary, about, counts);
        }
        let Some(texts) = Texts::of(array.as_ref()) else {
            // Nulls only.
            let mut columns = self.columns(TextBuilder::View(Default::default()));
            for _ in 0..rows {
                counts.not_a_string();
                columns.push(&Row::Null);
            }
            return Ok(vec![columns.chunk(0..rows, Some(Arc::clone(array)), None)]);
        };
        let mut chunks = Chunks::new(self, &texts, rows);
        for row in 0..rows {
            match texts.get(row) {
                Value::Text(text) => {
                    let source = Source::text(text, 0);
                    self.row(&source, &about(row), counts, |cleaned| chunks.push(row, cleaned));
                }
                Value::Null => {
                    counts.not_a_string();
                    chunks.push(row, &Row::Null);
                }
                Value::Invalid(bytes) => {
                    counts.not_a_string();
                    chunks.push(row, &Row::Bytes(bytes));
                }
            }
        }
        Ok(chunks.finish(array))
    }

    /// Cleans one text.
    fn row<T>(&self, source: &Source<'_>, about: &About, counts: &mut Counts, then: impl FnOnce(&Row<'_>) -> T) -> T {
        let inner = &*self.arguments.inner;
        let mut removed = self.arguments.removed.as_ref().map(|_| Vec::new());
        let mut fields = PageFields::default();
        let about = Metadata { host: about.host.as_deref(), title: about.title.as_deref(), ..Metadata::default() };
        let cleaned = counts.clean((&inner.cleaner, &inner.filters), source, about, |offset, cleaned| {
            if !self.arguments.fields.is_empty() {
                fields.append(cleaned.fields());
            }
            removed.iter_mut().for_each(|all| all.extend(Removed::of(inner, offset, cleaned)));
        });
        match cleaned {
            Err(reason) => {
                counts.failed(&reason);
                then(&Row::Unchanged(source.as_str()))
            }
            Ok(done) => match (done.figures, done.document.dropped) {
                (None, _) => then(&Row::Unchanged(source.as_str())),
                (Some(_), Some(_)) => then(&Row::Dropped),
                (Some(figures), None) => {
                    let removed = removed.unwrap_or_default();
                    then(&Row::Cleaned {
                        text: &done.document.text,
                        figures: &figures,
                        removed: &removed,
                        fields: &fields,
                    })
                }
            },
        }
    }

    fn columns(&self, texts: TextBuilder) -> NewColumns {
        NewColumns {
            texts,
            removed: self.arguments.removed.as_ref().map(|_| RemovedBuilder::new()),
            stats: self.arguments.stats.as_ref().map(|_| StatsBuilder::new()),
            fields: self.arguments.fields.iter().map(|name| FieldBuilder::new(*name)).collect(),
        }
    }

    /// Cleans each value of a dictionary once for each site and title that it has.
    fn dictionary(
        &self,
        array: &ArrayRef,
        dictionary: &Dictionary<'_>,
        about: impl Fn(usize) -> About,
        counts: &mut Counts,
    ) -> Result<Vec<Chunk>, ArrowError> {
        let Some(texts) = Texts::of(dictionary.values.as_ref()) else {
            return Err(ArrowError::ComputeError("a dictionary of other values than strings".to_owned()));
        };
        let mut known: HashMap<(usize, About), (usize, OwnedRow, Counts)> = HashMap::new();
        let mut values = TextBuilder::like(&texts, dictionary.values.len(), texts.bytes().min(self.arguments.most));
        let mut columns = self.columns(TextBuilder::View(Default::default()));
        let (mut keys, mut keep, mut bytes) = (Vec::new(), Vec::new(), 0);
        for (row, &key) in dictionary.keys.iter().enumerate() {
            let Some((key, text)) = key.and_then(|key| match texts.get(key) {
                Value::Text(text) => Some((key, Ok(text))),
                Value::Invalid(bytes) => Some((key, Err(bytes))),
                Value::Null => None,
            }) else {
                counts.not_a_string();
                keys.push(None);
                keep.push(true);
                columns.push(&Row::Null);
                continue;
            };
            let next = known.len();
            let (index, cleaned, counted) = known.entry((key, about(row))).or_insert_with_key(|(_, about)| {
                let mut counted = Counts::default();
                let owned = match text {
                    Ok(text) => {
                        let source = Source::text(text, 0);
                        self.row(&source, about, &mut counted, OwnedRow::of)
                    }
                    Err(bytes) => {
                        counted.not_a_string();
                        OwnedRow::of(&Row::Bytes(bytes))
                    }
                };
                owned.with(|row| {
                    bytes += row.bytes();
                    row.append_to(&mut values);
                });
                (next, owned, counted)
            });
            counts.add(counted.clone());
            keys.push(Some(*index));
            cleaned.with(|row| {
                keep.push(!matches!(row, Row::Dropped));
                columns.push(&row.without_text());
            });
        }
        if values.is_bounded() && bytes > self.arguments.most {
            return Err(ArrowError::OffsetOverflowError(bytes));
        }
        let rows = dictionary.keys.len();
        let array = dictionary::build(array.as_ref(), &keys, values.finish())?;
        Ok(vec![columns.chunk(0..rows, Some(array), Some(keep))])
    }
}

/// What is known about a text.
#[derive(PartialEq, Eq, Hash)]
struct About {
    host: Option<String>,
    title: Option<String>,
}

/// What comes of a row.
enum Row<'r> {
    Null,
    /// Not UTF-8: copied.
    Bytes(&'r [u8]),
    /// HTML, or a text on which the library failed.
    Unchanged(&'r str),
    Dropped,
    Cleaned {
        text: &'r str,
        figures: &'r CleaningFigures,
        removed: &'r [Removed],
        fields: &'r PageFields,
    },
}

impl Row<'_> {
    fn bytes(&self) -> usize {
        match self {
            Row::Null | Row::Dropped => 0,
            Row::Bytes(bytes) => bytes.len(),
            Row::Unchanged(text) => text.len(),
            Row::Cleaned { text, removed, .. } => text.len().max(removed.iter().map(Removed::bytes).sum()),
        }
    }

    fn is_changed(&self) -> bool {
        match self {
            Row::Null | Row::Bytes(_) | Row::Unchanged(_) => false,
            Row::Dropped => true,
            Row::Cleaned { figures, .. } => !figures.unchanged,
        }
    }

    fn append_to(&self, texts: &mut TextBuilder) {
        match self {
            Row::Null => texts.push(None),
            Row::Bytes(bytes) => texts.push_unchecked(bytes),
            Row::Dropped => texts.push(Some("")),
            Row::Unchanged(text) | Row::Cleaned { text, .. } => texts.push(Some(text)),
        }
    }

    fn without_text(&self) -> Row<'_> {
        match self {
            Row::Cleaned { figures, removed, fields, .. } => Row::Cleaned { text: "", figures, removed, fields },
            _ => Row::Null,
        }
    }
}

/// A row of a dictionary, which may come again.
struct OwnedRow {
    kind: Row<'static>,
    text: Vec<u8>,
    cleaned: Option<(CleaningFigures, Vec<Removed>, PageFields)>,
}

impl OwnedRow {
    fn of(row: &Row<'_>) -> OwnedRow {
        let (kind, text): (Row<'static>, &[u8]) = match row {
            Row::Null => (Row::Null, b""),
            Row::Dropped => (Row::Dropped, b""),
            Row::Bytes(bytes) => (Row::Bytes(b""), bytes),
            Row::Unchanged(text) | Row::Cleaned { text, .. } => (Row::Unchanged(""), text.as_bytes()),
        };
        let cleaned = match row {
            Row::Cleaned { figures, removed, fields, .. } => {
                Some(((*figures).clone(), removed.to_vec(), (*fields).clone()))
            }
            _ => None,
        };
        OwnedRow { kind, text: text.to_vec(), cleaned }
    }

    fn with<T>(&self, then: impl FnOnce(&Row<'_>) -> T) -> T {
        let text = || std::str::from_utf8(&self.text).unwrap_or_default();
        match (&self.kind, &self.cleaned) {
            (Row::Unchanged(_), Some((figures, removed, fields))) => {
                then(&Row::Cleaned { text: text(), figures, removed, fields })
            }
            (Row::Unchanged(_), None) => then(&Row::Unchanged(text())),
            (Row::Bytes(_), _) => then(&Row::Bytes(&self.text)),
            (Row::Dropped, _) => then(&Row::Dropped),
            _ => then(&Row::Null),
        }
    }
}

/// The rows of an array while they are cleaned.
struct Chunks<'a> {
    plan: &'a Plan,
    texts: &'a Texts<'a>,
    /// The number of rows of the array.
    rows: usize,
    done: Vec<Chunk>,
    current: Building,
}

/// Rows that become a chunk.
struct Building {
    columns: NewColumns,
    /// The first row.
    start: usize,
    /// The bytes of their texts.
    bytes: usize,
    changed: bool,
    keep: Vec<bool>,
}

impl<'a> Chunks<'a> {
    fn new(plan: &'a Plan, texts: &'a Texts<'a>, rows: usize) -> Chunks<'a> {
        Chunks { plan, texts, rows, done: Vec::new(), current: Building::new(plan, texts, 0..rows) }
    }

    /// Adds a row to the chunk, or to a new one where the offsets of its texts could not count them.
    fn push(&mut self, row: usize, cleaned: &Row<'_>) {
        let bytes = cleaned.bytes();
        let arguments = &self.plan.arguments;
        let is_bounded = self.current.columns.texts.is_bounded() || arguments.removed.is_some();
        if is_bounded && row > self.current.start && self.current.bytes + bytes > arguments.most {
            let next = Building::new(self.plan, self.texts, row..self.rows);
            let Building { columns, start, keep, .. } = std::mem::replace(&mut self.current, next);
            self.done.push(columns.chunk(start..row, None, Some(keep)));
        }
        let current = &mut self.current;
        current.bytes += bytes;
        current.changed |= cleaned.is_changed();
        current.keep.push(!matches!(cleaned, Row::Dropped));
        current.columns.push(cleaned);
    }

    /// All chunks. Where no text of the last one changed, it is the array's own.
    fn finish(self, array: &ArrayRef) -> Vec<Chunk> {
        let Chunks { rows, mut done, current: Building { columns, start, changed, keep, .. }, .. } = self;
        let same = (!changed).then(|| array.slice(start, rows - start));
        done.push(columns.chunk(start..rows, same, Some(keep)));
        done
    }
}

impl Building {
    fn new(plan: &Plan, texts: &Texts<'_>, rows: Range<usize>) -> Building {
        let bytes = texts.bytes().min(plan.arguments.most);
        let columns = plan.columns(TextBuilder::like(texts, rows.len(), bytes));
        let keep = Vec::with_capacity(rows.len());
        Building { columns, start: rows.start, bytes: 0, changed: false, keep }
    }
}

/// Cleaned rows.
struct Chunk {
    rows: Range<usize>,
    texts: ArrayRef,
    removed: Option<ArrayRef>,
    stats: Option<ArrayRef>,
    fields: Vec<ArrayRef>,
    /// The rows that stay, if not all.
    keep: Option<Vec<bool>>,
}

impl NewColumns {
    fn push(&mut self, row: &Row<'_>) {
        row.append_to(&mut self.texts);
        let (figures, removed, fields) = match row {
            Row::Cleaned { figures, removed, fields, .. } => (Some(*figures), Some(*removed), Some(*fields)),
            _ => (None, None, None),
        };
        self.removed.iter_mut().for_each(|column| column.push(removed));
        self.stats.iter_mut().for_each(|column| column.push(figures));
        self.fields.iter_mut().for_each(|column| column.push(fields));
    }

    /// The rows, with `texts` in place of the texts that were built.
    fn chunk(self, rows: Range<usize>, texts: Option<ArrayRef>, keep: Option<Vec<bool>>) -> Chunk {
        Chunk {
            rows,
            texts: texts.unwrap_or_else(|| self.texts.finish()),
            removed: self.removed.map(RemovedBuilder::finish),
            stats: self.stats.map(StatsBuilder::finish),
            fields: self.fields.into_iter().map(FieldBuilder::finish).collect(),
            keep: keep.filter(|keep| keep.contains(&false)),
        }
    }
}
