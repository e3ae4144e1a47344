//! Records of JSON lines: only the bytes of the text's value change, and nothing at all where the text does not.
//! No record is ever written anew; what is not the text is copied, whatever it says. Reads and writes no file.
//! Between `source::jsonl` and the library, beside `documents`.

use std::ops::Range;

use bodytext::EncodingSource;
use serde::de::IgnoredAny;

use crate::documents::{Done, Fields, Job};
use crate::json::find::find;
use crate::json::string;
use crate::large::Clean;
use crate::limits::too_large;
use crate::plan::Format;
use crate::source::jsonl::Piece;
use crate::tally::{Failure, WITHOUT_TEXT};
use crate::trace::{Base, Named};

mod splice;

/// A line set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Aside {
    /// Its number, counted from 1.
    pub(crate) line: u64,
    /// Its bytes, the ending included.
    pub(crate) bytes: Vec<u8>,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// The cleaned text of a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Text {
    /// The record's name, where it has one.
    pub(crate) id: Option<String>,
    /// Its line, counted from 1.
    pub(crate) line: u64,
    /// The text.
    pub(crate) text: String,
}

/// What a record's line is.
pub(crate) struct Record<'a> {
    /// Its text.
    pub(crate) text: Value<'a>,
    /// Whether it names the text field more than once.
    repeated: bool,
    /// Its name.
    pub(crate) id: Option<String>,
    /// The site it comes from.
    pub(crate) host: Option<String>,
}

/// The value of the text field.
pub(crate) enum Value<'a> {
    /// There is no such field.
    Missing,
    /// It is null, a number, a list ...
    NotAString,
    /// The raw inside of the string and its place in the line.
    String(&'a str, Range<usize>),
}

impl Job<'_> {
    /// Cleans the records of a piece. `path` names the input in messages.
    pub(crate) fn records(&self, piece: &Piece<'_>, path: &str, to: Format) -> Done {
        let mut done = Done { written: true, ..Done::default() };
        if to == Format::Jsonl {
            done.bytes.reserve(piece.bytes.len());
        }
        let mut rest = piece.bytes;
        let mut number = piece.first_line;
        while !rest.is_empty() {
            let end = memchr::memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
            let (line, after) = rest.split_at(end);
            let start = if number == 1 && line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
            if piece.cut && number == piece.first_line {
                // A part of a record is no record, so it goes nowhere.
                done.tally.records.read += 1;
                done.tally.records.failed += 1;
                let reason = too_large("line", self.limits.record);
                done.tally.fail(Failure { path: path.to_owned(), line: Some(number), reason });
            } else if line[start..].trim_ascii().is_empty() {
                done.tally.blank += 1;
                if to == Format::Jsonl {
                    done.bytes.extend_from_slice(line);
                }
            } else {
                done.tally.records.read += 1;
                if let Err(reason) = self.record(line, start, number, path, to, &mut done) {
                    self.set_aside(line, number, path, reason, to, &mut done);
                }
            }
            rest = after;
            number += 1;
        }
        done
    }

    /// Cleans the record that begins at `start` in its line. The error says what is wrong with the line.
    fn record(
        &self,
        line: &[u8],
        start: usize,
        number: u64,
        path: &str,
        to: Format,
        done: &mut Done,
    ) -> Result<(), String> {
        if line.len() > self.limits.record {
            return Err(too_large("line", self.limits.record));
        }
        let record = read(self.fields, &line[start..], self.limits.depth).inspect_err(|_| done.tally.malformed += 1)?;
        let (raw, span) = match record.text {
            Value::Missing => {
                done.tally.without_text += 1;
                pass(line, to, done);
                return Ok(());
            }
            Value::NotAString => {
                done.with_text += 1;
                done.tally.not_a_string += 1;
                pass(line, to, done);
                return Ok(());
            }
            Value::String(raw, span) => (raw, start + span.start..start + span.end),
        };
        done.with_text += 1;
        let decoded = string::decode(raw);
        let name = Named { path, record: Some(number), id: record.id.as_deref(), base: Base::default() };
        let (clean, stays) = self.text(&decoded.text, record.host.as_deref(), name, done)?;
        let changed = clean.text() != decoded.text;
        done.tally.document("UTF-8", EncodingSource::Given, 0, changed);
        done.tally.surrogates += decoded.surrogates as u64;
        done.tally.repeated_field += u64::from(record.repeated);
        match to {
            _ if !stays => {}
            Format::Text => done.texts.push(Text { id: record.id, line: number, text: clean.into_text() }),
            _ if !changed => done.bytes.extend_from_slice(line),
            _ => {
                let value = match &clean {
                    Clean::Page(cleaned) => splice::rewrite(raw, &decoded.text, cleaned),
                    Clean::Large(text) => {
                        let mut value = String::with_capacity(text.len() + text.len() / 16);
                        string::escape(text, raw.is_ascii(), &mut value);
                        value
                    }
                };
                done.bytes.extend_from_slice(&line[..span.start]);
                done.bytes.extend_from_slice(value.as_bytes());
                done.bytes.extend_from_slice(&line[span.end..]);
            }
        }
        Ok(())
    }

    /// A malformed line, or one whose text the library fell over, goes to the quarantine; without one it is passed on
    /// where it stands. Either way it is listed.
    fn set_aside(&self, line: &[u8], number: u64, path: &str, reason: String, to: Format, done: &mut Done) {
        if self.quarantine {
            done.aside.push(Aside { line: number, bytes: line.to_vec(), reason: reason.clone() });
            done.tally.records.quarantined += 1;
        } else if to == Format::Jsonl {
            pass(line, to, done);
        } else {
            done.tally.records.failed += 1;
        }
        done.tally.fail(Failure { path: path.to_owned(), line: Some(number), reason });
    }
}

/// Reads a record's line. The error says what is wrong with it.
pub(crate) fn read<'j>(fields: &Fields, body: &'j [u8], depth: usize) -> Result<Record<'j>, String> {
    let json = std::str::from_utf8(body).map_err(|error| {
        format!("byte {} is not UTF-8, which JSON must be; convert the file first", error.valid_up_to() + 1)
    })?;
    serde_json::from_str::<IgnoredAny>(json).map_err(|error| malformed(&error))?;
    let [text, id, url] = find(json, [&fields.text, &fields.id, &fields.url], depth)?;
    let inside = |span: &Range<usize>| json[span.clone()].starts_with('"').then_some(span.start + 1..span.end - 1);
    let value = match text.span {
        None => Value::Missing,
        Some(span) => inside(&span).map_or(Value::NotAString, |span| Value::String(&json[span.clone()], span)),
    };
    let id = id.span.and_then(|span| match inside(&span) {
        Some(inside) => Some(string::decode(&json[inside]).text.into_owned()),
        // A number names a record as well as a string; null, lists and objects do not.
        None => {
            Some(&json[span]).filter(|v| v.starts_with(|c: char| c == '-' || c.is_ascii_digit())).map(str::to_owned)
        }
    });
    let url = url.span.as_ref().and_then(inside).map(|span| string::decode(&json[span]).text);
    Ok(Record { text: value, repeated: text.repeated, id, host: url.and_then(|url| host(&url)) })
}

/// Passes a line on as it is. Among texts there is no place for it.
fn pass(line: &[u8], to: Format, done: &mut Done) {
    if to == Format::Jsonl {
        done.bytes.extend_from_slice(line);
        done.tally.records.written += 1;
    } else {
        done.tally.records.drop(WITHOUT_TEXT, 1);
    }
}

/// What serde_json says, without the line, which for it is always the first.
fn malformed(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    format!("malformed JSON at column {}: {what}", error.column())
}

/// The host of an address: `https://user@www.example.org:8080/x` is from `www.example.org`.
fn host(url: &str) -> Option<String> {
    let rest = url.trim().split_once("://")?.1;
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = if host.starts_with('[') { host } else { host.split(':').next()? };
    let host = host.trim_end_matches('.').to_lowercase();
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_come_from_addresses() {
        for (url, expected) in [
            ("https://www.Example.org/a?b#c", Some("www.example.org")),
            ("http://user:pw@example.org:8080", Some("example.org")),
            ("https://example.org.", Some("example.org")),
            ("example.org/a", None),
            ("", None),
            ("https://", None),
        ] {
            assert_eq!(host(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn the_reason_names_the_column_only() {
        let error = serde_json::from_str::<IgnoredAny>("{\"a\":nul}").unwrap_err();
        assert_eq!(malformed(&error), "malformed JSON at column 9: expected ident");
    }
}
