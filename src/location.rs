//! Locations in TOML files, for error messages.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A location in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The file, as the caller named it.
    pub file: Cow<'static, str>,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathPart<'p> {
    Key(&'p str),
    Index(usize),
}

/// A TOML file with the location of each of its keys and values.
#[derive(Debug)]
pub(crate) struct SourceMap<'s> {
    file: &'s str,
    source: &'s str,
    line_starts: Vec<usize>,
    root: DeValue<'s>,
}

impl<'s> SourceMap<'s> {
    /// Locates the keys of a file. If it is not valid TOML, some keys are missing.
    pub(crate) fn new(file: &'s str, source: &'s str) -> SourceMap<'s> {
        let ends = memchr::memchr_iter(b'\n', source.as_bytes());
        let line_starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        let (root, _) = DeTable::parse_recoverable(source);
        SourceMap { file, source, line_starts, root: DeValue::Table(root.into_inner()) }
    }

    pub(crate) fn location(&self, offset: usize) -> Location {
        let offset = offset.min(self.source.len());
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let column = self.source[self.line_starts[line - 1]..offset].chars().count() + 1;
        Location { file: self.file.to_owned().into(), line, column }
    }

    pub(crate) fn text(&self, span: Range<usize>) -> &'s str {
        self.source.get(span).unwrap_or_default()
    }

    /// The location of a key, or of an element if the path ends in an index. If the file has no such value, the
    /// location of the nearest one around it.
    pub(crate) fn key(&self, path: &[PathPart<'_>]) -> Location {
        let (mut offset, mut value) = (0, &self.root);
        for part in path {
            let Some((start, inner)) = step(value, *part) else { break };
            (offset, value) = (start, inner.get_ref());
        }
        self.location(offset)
    }

    /// The location of a value, or that of its [`key`](Self::key).
    pub(crate) fn value(&self, path: &[PathPart<'_>]) -> Location {
        self.get(path).map_or_else(|| self.key(path), |value| self.location(value.span().start))
    }

    pub(crate) fn get(&self, path: &[PathPart<'_>]) -> Option<&Spanned<DeValue<'s>>> {
        let (first, rest) = path.split_first()?;
        let (_, value) = step(&self.root, *first)?;
        rest.iter().try_fold(value, |value, part| step(value.get_ref(), *part).map(|(_, inner)| inner))
    }

    /// The value of `key` in the table at a byte offset of the file, if that table is an element of the array `name`.
    pub(crate) fn key_around(&self, name: &str, key: &str, offset: usize) -> Option<&str> {
        let arrays = self.root.as_table()?.iter().filter_map(|(key, value)| Some((key, value.get_ref().as_array()?)));
        let tables = arrays.flat_map(|(key, tables)| tables.iter().map(move |table| (key, table)));
        let before = tables.filter(|(_, table)| table.span().start <= offset);
        let (array, table) = before.max_by_key(|(_, table)| table.span().start)?;
        table.get_ref().get(key)?.get_ref().as_str().filter(|_| array.get_ref() == name)
    }
}

/// One step into a value: where the key or the element begins, and the value inside.
fn step<'v, 's>(value: &'v DeValue<'s>, part: PathPart<'_>) -> Option<(usize, &'v Spanned<DeValue<'s>>)> {
    match part {
        PathPart::Key(name) => value.as_table()?.get_key_value(name).map(|(key, value)| (key.span().start, value)),
        PathPart::Index(index) => value.as_array()?.get(index).map(|value| (value.span().start, value)),
    }
}
