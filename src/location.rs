//! Where something stands in a TOML file, for error messages.

use std::fmt;

use toml::de::{DeTable, DeValue};

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Location {
    /// The file, as the caller named it.
    pub file: String,
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

/// One part of the path to a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathPart<'p> {
    /// The key of a table.
    Key(&'p str),
    /// The index of an array.
    Index(usize),
}

/// A TOML file with the place of each of its keys and values.
#[derive(Debug)]
pub(crate) struct SourceMap<'s> {
    file: &'s str,
    source: &'s str,
    line_starts: Vec<usize>,
    root: DeValue<'s>,
}

impl<'s> SourceMap<'s> {
    /// The places of a file. One that is not valid TOML has lines and columns, but no keys.
    pub(crate) fn new(file: &'s str, source: &'s str) -> SourceMap<'s> {
        let ends = memchr::memchr_iter(b'\n', source.as_bytes());
        let line_starts = std::iter::once(0).chain(ends.map(|end| end + 1)).collect();
        let (root, _) = DeTable::parse_recoverable(source);
        SourceMap { file, source, line_starts, root: DeValue::Table(root.into_inner()) }
    }

    /// The place of a byte of the file.
    pub(crate) fn location(&self, offset: usize) -> Location {
        let offset = offset.min(self.source.len());
        let line = self.line_starts.partition_point(|&start| start <= offset);
        let column = self.source[self.line_starts[line - 1]..offset].chars().count() + 1;
        Location { file: self.file.to_owned(), line, column }
    }

    /// The place of a key or, where the path ends in an index, of a value. Where the file has no such value, the place
    /// of the nearest one around it.
    pub(crate) fn find(&self, path: &[PathPart<'_>]) -> Location {
        let (mut offset, mut value) = (0, &self.root);
        for part in path {
            let found = match (part, value) {
                (PathPart::Key(key), DeValue::Table(table)) => {
                    table.get_key_value(*key).map(|(key, value)| (key.span().start, value))
                }
                (PathPart::Index(index), DeValue::Array(array)) => {
                    array.get(*index).map(|value| (value.span().start, value))
                }
                _ => None,
            };
            let Some((start, inner)) = found else { break };
            (offset, value) = (start, inner.get_ref());
        }
        self.location(offset)
    }
}
