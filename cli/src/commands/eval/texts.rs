//! Reads texts with their ids: records of JSON lines, or the files of a folder, whose names without endings are the ids.
//! It cleans nothing and knows no gold. A file is read whole: what is measured is small beside what is cleaned.
//! For the gold as for the inputs of `eval`.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, Read};
use std::path::Path;

use bodytext::unstable::decode;
use bodytext::{Cleaned, Cleaner};
use encoding_rs::Encoding;
use rayon::prelude::*;

use crate::documents::Fields;
use crate::json::field::Field;
use crate::json::find::find;
use crate::json::string;
use crate::limits::Limits;
use crate::output;
use crate::packing;
use crate::plan::{self, Format};
use crate::records::{self, Value};
use crate::source::folder::{self, Filter};
use crate::source::recognise;
use crate::tally::Failure;

/// A text with its name.
#[derive(Debug)]
pub(in crate::commands) struct Named {
    pub(in crate::commands) id: String,
    pub(in crate::commands) text: Text,
    /// The values of the further fields that were asked for.
    pub(in crate::commands) values: Vec<Option<String>>,
}

/// A text as it was found.
#[derive(Debug)]
pub(in crate::commands) enum Text {
    /// From a record, with the site it comes from.
    Record { text: String, host: Option<String> },
    /// A file, not decoded yet.
    File(Vec<u8>),
}

/// The texts of one path.
#[derive(Debug, Default)]
pub(in crate::commands) struct Texts {
    /// In the order they were found, one for each id.
    pub(in crate::commands) named: Vec<Named>,
    /// Records that hold no text, or none but null.
    pub(in crate::commands) without_text: usize,
    /// Ids that stand more than once; the last text counts.
    pub(in crate::commands) repeated: usize,
    /// What could not be read.
    pub(in crate::commands) failures: Vec<Failure>,
}

impl Text {
    /// The text as it comes.
    pub(in crate::commands) fn decoded(&self, encoding: Option<&'static Encoding>) -> Cow<'_, str> {
        match self {
            Text::Record { text, .. } => Cow::Borrowed(text),
            Text::File(bytes) => decode(bytes, encoding).text,
        }
    }

    /// The site it comes from, where known.
    pub(in crate::commands) fn host(&self) -> Option<&str> {
        match self {
            Text::Record { host, .. } => host.as_deref(),
            Text::File(_) => None,
        }
    }

    /// The text cleaned.
    pub(in crate::commands) fn cleaned(&self, cleaner: &Cleaner) -> Cleaned<'_> {
        match self {
            Text::Record { text, host } => cleaner.clean_text(text, host.as_deref()),
            Text::File(bytes) => cleaner.clean(bytes, None),
        }
    }

    pub(in crate::commands) fn len(&self) -> usize {
        match self {
            Text::Record { text, .. } => text.len(),
            Text::File(bytes) => bytes.len(),
        }
    }
}

/// Reads the texts of `path`, and of each record the further fields `more`. The error is that it cannot be read at all.
pub(in crate::commands) fn read(
    path: &Path,
    fields: &Fields,
    more: &[Field],
    encoding: Option<&'static Encoding>,
) -> Result<Texts, String> {
    let label = label(path);
    let found = if path.is_dir() {
        files(path, encoding)?
    } else {
        let bytes = bytes(path).map_err(|error| output::reason(&error))?;
        recognise::no_records(&bytes).map_or(Ok(()), Err)?;
        let mut number = 0;
        let lines: Vec<(u64, &[u8])> = bytes
            .split(|b| *b == b'\n')
            .map(|line| {
                number += 1;
                (number, line)
            })
            .collect();
        let lone = |(line, bytes): &(u64, &[u8])| {
            record(bytes, *line == 1, fields, more).map_err(|reason| {
                let reason = format!("{reason}; a record is an object with an id and a text on one line");
                Failure { path: label.clone(), line: Some(*line), reason }
            })
        };
        lines.par_iter().map(lone).collect()
    };
    Ok(gather(found))
}

/// That an input cannot be read, and what it must be.
pub(in crate::commands) fn not_read(path: &Path, why: &str) -> Failure {
    Failure::of(path, format!("{why}; an input is JSON lines or a folder of texts"))
}

/// What a path is called in messages and tables.
pub(in crate::commands) fn label(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

enum Found {
    Text(Named),
    WithoutText,
    Blank,
}

fn gather(found: Vec<Result<Found, Failure>>) -> Texts {
    let mut texts = Texts::default();
    let mut places: HashMap<String, usize> = HashMap::new();
    for found in found {
        match found {
            Ok(Found::Text(named)) => match places.get(&named.id) {
                Some(&place) => {
                    texts.repeated += 1;
                    texts.named[place] = named;
                }
                None => {
                    places.insert(named.id.clone(), texts.named.len());
                    texts.named.push(named);
                }
            },
            Ok(Found::WithoutText) => texts.without_text += 1,
            Ok(Found::Blank) => {}
            Err(failure) => texts.failures.push(failure),
        }
    }
    texts
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    if path != Path::new("-") {
        return packing::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn record(line: &[u8], first: bool, fields: &Fields, more: &[Field]) -> Result<Found, String> {
    let body = if first { line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line) } else { line };
    if body.trim_ascii().is_empty() {
        return Ok(Found::Blank);
    }
    let record = records::read(fields, body, Limits::DEFAULT.depth)?;
    let id = record.id.ok_or("it has no id; name the field with --id-field")?;
    let Value::String(raw, _) = record.text else { return Ok(Found::WithoutText) };
    let text = Text::Record { text: string::decode(raw).text.into_owned(), host: record.host };
    let json = std::str::from_utf8(body).unwrap_or_default();
    let values = more.iter().map(|field| value(json, field)).collect::<Result<_, _>>()?;
    Ok(Found::Text(Named { id, text, values }))
}

/// The value of a field: what a string says, or the JSON of anything else; nothing for null.
fn value(json: &str, field: &Field) -> Result<Option<String>, String> {
    let [found] = find(json, [field], Limits::DEFAULT.depth)?;
    Ok(found.span.map(|span| &json[span]).filter(|raw| *raw != "null").map(|raw| {
        match raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"')) {
            Some(inside) => string::decode(inside).text.into_owned(),
            None => raw.to_owned(),
        }
    }))
}

fn files(root: &Path, encoding: Option<&'static Encoding>) -> Result<Vec<Result<Found, Failure>>, String> {
    let mut failures = Vec::new();
    let files = folder::list(root, &Filter::new(&[], &[])?, &mut failures);
    let read = |file: &folder::Found| {
        if plan::by_extension(&file.relative) == Format::Jsonl {
            return Err(Failure::of(&file.path, "JSON lines in a folder of texts; name the file by itself"));
        }
        let bytes = packing::read(&file.path).map_err(|error| Failure::of(&file.path, output::reason(&error)))?;
        if let Some(what) = recognise::no_text(&bytes, encoding) {
            return Err(Failure::of(&file.path, what));
        }
        let name = file.relative.with_extension("");
        let parts: Vec<_> = name.iter().map(|part| part.to_string_lossy()).collect();
        Ok(Found::Text(Named { id: parts.join("/"), text: Text::File(bytes), values: Vec::new() }))
    };
    let mut found: Vec<_> = files.par_iter().map(read).collect();
    found.extend(failures.into_iter().map(Err));
    Ok(found)
}
