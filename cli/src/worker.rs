//! Cleans records: takes documents, returns outcomes. Only this module calls the cleaner in a run.

use std::borrow::Cow;

use bodytext::{Cleaned, Cleaner};
use rayon::prelude::*;

use crate::catch_panic::catch_panic;
use crate::extra_fields::{CleaningFigures, ExtraFields};
use crate::filters::Filters;
use crate::input::{Format, Input};
use crate::limits::{Limits, too_large};
use crate::read::jsonl::{Fields, string_fields};
use crate::read::text::{TextFormat, misfit};
use crate::read::{Chunk, Document, Record, RecordError, RecordFormat, sniff};
use crate::removals::{DocumentRef, Offset, RemovalsLog};
use crate::stats::{Counter, Failure, RunStats, WITHOUT_TEXT};

/// Longer texts are cleaned in pieces to bound memory. Pages are cleaned whole, since distant lines affect the result;
/// the longest page in the training corpora has 435,339 bytes.
const MAX_PIECE_BYTES: usize = 4 << 20;
/// The same in lines: the features of a line take some 600 bytes.
const MAX_PIECE_LINES: usize = 65_536;

/// The state shared by all threads.
pub(crate) struct Worker<'a> {
    pub(crate) cleaner: &'a Cleaner,
    /// The fields of JSON Lines records; the text field is also the text column of tables.
    pub(crate) fields: &'a Fields,
    pub(crate) text: TextFormat,
    pub(crate) limits: Limits,
    pub(crate) filters: Filters,
    pub(crate) extra_fields: &'a ExtraFields,
    /// Whether malformed records are left out of the output, because a quarantine keeps them.
    pub(crate) quarantine: bool,
    pub(crate) removals: Option<RemovalsLog<'a>>,
}

/// A file of records, and how they are encoded.
#[derive(Clone, Copy)]
pub(crate) struct RecordFile<'f> {
    pub(crate) input: &'f Input,
    pub(crate) format: &'f dyn RecordFormat,
}

pub(crate) struct Outcome<'t> {
    pub(crate) text: Cow<'t, str>,
    pub(crate) dropped: Option<&'static str>,
    pub(crate) figures: CleaningFigures,
}

/// The result of cleaning an input or a chunk of its records.
#[derive(Debug, Default)]
pub(crate) struct Processed {
    pub(crate) bytes: Vec<u8>,
    /// For each record in `bytes` its number in the input, counted from 1, if the output is a table.
    pub(crate) numbers: Vec<u64>,
    pub(crate) texts: Vec<RecordText>,
    pub(crate) rejected: Vec<Rejected>,
    pub(crate) stats: RunStats,
    pub(crate) removals: Vec<u8>,
    /// Whether there is an output; a skipped file has none.
    pub(crate) has_output: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RecordText {
    pub(crate) id: Option<String>,
    /// The number of the record, counted from 1.
    pub(crate) number: u64,
    pub(crate) text: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rejected {
    /// Its number, counted from 1.
    pub(crate) number: u64,
    /// Its bytes, the line ending included.
    pub(crate) bytes: Vec<u8>,
    pub(crate) reason: String,
}

impl Processed {
    pub(crate) fn failed(path: &str, reason: impl Into<String>) -> Processed {
        let mut processed = Processed::default();
        processed.stats.fail(Failure::new(path, None, reason));
        processed
    }
}

impl Worker<'_> {
    pub(crate) fn text_file(&self, input: &Input, bytes: &[u8]) -> Processed {
        let path = input.display_name();
        if let Some(what) = sniff::sniff_text(bytes, self.text.encoding) {
            return Processed::failed(&path, what);
        }
        let mut processed = Processed::default();
        let result = self.text_record(input, bytes, &mut processed);
        processed.stats.records.read = 1;
        result.map_or_else(|reason| Processed::failed(&path, reason), |()| processed)
    }

    /// Cleans the only record of a text file. The error is the reason that it cannot be cleaned.
    fn text_record(&self, input: &Input, bytes: &[u8], processed: &mut Processed) -> Result<(), String> {
        let parsed = catch_panic(|| self.text.parse(bytes))?;
        let Ok(document) = parsed.map(|document| Document { id: Some(input.record_name()), ..document }) else {
            return Ok(());
        };
        let path = input.display_name();
        let reference = DocumentRef { path: &path, record: None, id: document.id.as_deref() };
        let outcome = self.clean(&document, reference, processed)?;
        processed.stats.count(Counter::EmptyFiles, u64::from(bytes.is_empty()));
        count_document(&document, outcome.text.as_bytes() != bytes, &mut processed.stats);
        if !document.encoding_fits {
            // It is written nevertheless: perhaps the text is damaged, and the encoding right.
            let reason = misfit(document.encoding, document.encoding_source, document.undecodable);
            processed.stats.fail(Failure::new(&path, None, reason));
        }
        processed.has_output = outcome.dropped.is_none();
        match input.to {
            _ if outcome.dropped.is_some() => {}
            Format::Text => processed.bytes = outcome.text.into_owned().into_bytes(),
            _ => self.write((&self.text, bytes), &document, &outcome, &mut processed.bytes),
        }
        Ok(())
    }

    /// Appends a cleaned record as a line of JSON Lines, or in its own format.
    fn write(
        &self,
        record: (&dyn RecordFormat, &[u8]),
        document: &Document<'_>,
        outcome: &Outcome<'_>,
        out: &mut Vec<u8>,
    ) {
        if self.extra_fields.is_empty() {
            let (format, raw) = record;
            return format.write(raw, document, &outcome.text, out);
        }
        out.append(&mut self.extra_fields.line(record, document, &outcome.text, &outcome.figures));
    }

    pub(crate) fn records(&self, file: RecordFile<'_>, chunk: &Chunk<'_>) -> Processed {
        let mut processed = Processed { has_output: true, ..Processed::default() };
        let path = file.input.display_name();
        for (index, Record { number, range }) in chunk.records.iter().enumerate() {
            let (number, raw) = (*number, &chunk.bytes[range.clone()]);
            let before = processed.bytes.len();
            if chunk.truncated && index == 0 {
                // A part of a record is not a record, so it goes nowhere.
                processed.stats.records.read += 1;
                processed.stats.records.failed += 1;
                let reason = too_large(file.input.from.record_noun(), self.limits.record);
                processed.stats.fail(Failure::new(&path, Some(number), reason));
            } else {
                let reference = DocumentRef { path: &path, record: Some(number), id: None };
                if let Err(reason) = self.record(file, raw, reference, &mut processed) {
                    processed.stats.fail(Failure::new(&path, Some(number), &reason));
                    self.reject(file.input, Rejected { number, bytes: raw.to_vec(), reason }, &mut processed);
                }
            }
            if file.input.to == Format::Parquet && processed.bytes.len() > before {
                processed.numbers.push(number);
            }
        }
        processed
    }

    /// Cleans one record. The error is the reason it is malformed.
    fn record(
        &self,
        RecordFile { input, format }: RecordFile<'_>,
        raw: &[u8],
        reference: DocumentRef<'_>,
        processed: &mut Processed,
    ) -> Result<(), String> {
        let parsed = if raw.len() > self.limits.record && matches!(input.from, Format::Jsonl | Format::Csv(_)) {
            processed.stats.records.read += 1;
            return Err(too_large(input.from.record_noun(), self.limits.record));
        } else {
            catch_panic(|| format.parse(raw))?
        };
        processed.stats.records.read += u64::from(parsed.as_ref().err() != Some(&RecordError::Blank));
        let document = match parsed {
            Ok(document) => document,
            Err(RecordError::Malformed(reason)) => {
                processed.stats.count(Counter::MalformedLines, 1);
                return Err(reason);
            }
            Err(error) => {
                pass_on(&error, raw, input, processed);
                return Ok(());
            }
        };
        processed.stats.count(Counter::WithText, 1);
        let number = reference.record.unwrap_or_default();
        let is_html = sniff::is_html(&document.text);
        let outcome = if is_html {
            processed.stats.html(number);
            processed.stats.records.written += 1;
            Outcome { text: Cow::Borrowed(&*document.text), dropped: None, figures: CleaningFigures::default() }
        } else {
            let reference = DocumentRef { id: document.id.as_deref(), ..reference };
            let outcome = self.clean(&document, reference, processed)?;
            count_document(&document, outcome.text != document.text, &mut processed.stats);
            outcome
        };
        match input.to {
            _ if outcome.dropped.is_some() => {}
            Format::Text => {
                let (id, text) = (document.id.clone(), outcome.text.into_owned());
                processed.texts.push(RecordText { id, number, text });
            }
            // Nothing is added to what is passed on untouched.
            _ if is_html => format.write(raw, &document, &outcome.text, &mut processed.bytes),
            _ => self.write((format, raw), &document, &outcome, &mut processed.bytes),
        }
        Ok(())
    }

    /// Handles a malformed record, or one on which the library panicked: it goes to the quarantine or, without one, is
    /// passed on in place.
    fn reject(&self, input: &Input, rejected: Rejected, processed: &mut Processed) {
        if self.quarantine {
            processed.stats.records.quarantined += 1;
            processed.rejected.push(rejected);
        } else if input.copies_records() {
            processed.stats.records.written += 1;
            processed.bytes.extend_from_slice(&rejected.bytes);
        } else {
            processed.stats.records.failed += 1;
        }
    }

    /// Cleans a document, in pieces if it is long, counts the results and logs the removals. The caller counts the
    /// document itself.
    pub(crate) fn clean<'t>(
        &self,
        document: &'t Document<'_>,
        reference: DocumentRef<'_>,
        processed: &mut Processed,
    ) -> Result<Outcome<'t>, String> {
        self.limits.check(&document.text)?;
        let host = document.host();
        let may_drop = self.removals.is_some() && self.filters != Filters::default();
        let mut pieces = pieces(&document.text);
        let mut text: Option<Cow<'t, str>> = None;
        // A panic in one of the pieces leaves nothing counted.
        let (mut stats, mut removals, mut normalized) = (RunStats::default(), Vec::new(), String::new());
        let (mut words, mut offset) = ([0, 0], Offset::default());
        loop {
            let some: Vec<&'t str> = pieces.by_ref().take(rayon::current_num_threads()).collect();
            if some.is_empty() {
                break;
            }
            let cleaned: Vec<Result<Cleaned<'t>, String>> = match some[..] {
                [only] => vec![catch_panic(|| self.cleaner.clean_text(only, host.as_deref()))],
                _ => some
                    .par_iter()
                    .map(|piece| catch_panic(|| self.cleaner.clean_text(piece, host.as_deref())))
                    .collect(),
            };
            for cleaned in cleaned {
                let cleaned = cleaned?;
                if let Some(log) = self.removals {
                    log.add(reference, offset, &cleaned, &mut removals);
                }
                if may_drop {
                    normalized.push_str(&cleaned.normalized);
                }
                offset = Offset {
                    lines: offset.lines + cleaned.lines.len(),
                    bytes: offset.bytes + cleaned.normalized.len(),
                };
                words = [words[0] + cleaned.report.words.0, words[1] + cleaned.report.words.1];
                stats.piece(&cleaned);
                text = Some(match text {
                    None => cleaned.into_text(),
                    Some(text) => {
                        let mut text = text.into_owned();
                        // Room for all pieces at once: growing by doubling would take twice the memory.
                        text.reserve_exact(document.text.len().saturating_sub(text.len()));
                        text.push_str(cleaned.text());
                        Cow::Owned(text)
                    }
                });
            }
        }
        let text = text.unwrap_or_default();
        let figures = CleaningFigures::new(document, &text, &stats, words);
        let dropped = self.filters.drops(words);
        match dropped {
            None => stats.records.written += 1,
            Some(filter) => {
                stats.nothing_came_out();
                stats.records.drop(filter, 1);
                removals.clear();
                if let Some(log) = self.removals {
                    log.add_dropped(reference, &normalized, filter, &mut removals);
                }
            }
        }
        processed.stats.add(stats);
        processed.removals.append(&mut removals);
        Ok(Outcome { text, dropped, figures })
    }
}

/// Counts a document that was cleaned, and what was found when it was read.
pub(crate) fn count_document(document: &Document<'_>, changed: bool, stats: &mut RunStats) {
    stats.document(document.encoding, document.encoding_source, changed);
    stats.count(Counter::UndecodableCharacters, document.undecodable);
    stats.count(Counter::LoneSurrogates, document.surrogates);
    stats.count(Counter::RepeatedField, u64::from(document.repeated));
}

/// Passes on a record that has no text. An output of texts cannot hold it.
fn pass_on(error: &RecordError, raw: &[u8], input: &Input, processed: &mut Processed) {
    let counter = match error {
        RecordError::Blank => Counter::BlankLines,
        RecordError::WithoutText => Counter::WithoutText,
        _ => Counter::NotAString,
    };
    processed.stats.count(counter, 1);
    processed.stats.count(Counter::NullTexts, u64::from(*error == RecordError::Null));
    processed.stats.count(Counter::WithText, u64::from(counter == Counter::NotAString));
    if counter == Counter::WithoutText && processed.stats.other_fields.is_empty() {
        processed.stats.other_fields = string_fields(raw);
    }
    let is_record = u64::from(counter != Counter::BlankLines);
    if input.copies_records() || (input.to == Format::Parquet && is_record > 0) {
        processed.bytes.extend_from_slice(raw);
        processed.stats.records.written += is_record;
    } else {
        processed.stats.records.drop(WITHOUT_TEXT, is_record);
    }
}

/// Splits a text into pieces that end with a line if possible: one piece, unless it is longer than any page.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut first = true;
    std::iter::from_fn(move || {
        // An empty text is one piece too.
        if rest.is_empty() && !std::mem::take(&mut first) {
            return None;
        }
        first = false;
        let (piece, after) = rest.split_at(piece_end(rest));
        rest = after;
        Some(piece)
    })
}

/// The end of a text's first piece: after a line directly followed by another, since blank lines at the edges of a
/// piece are removed; else after any line; else between two sentences, or words.
fn piece_end(text: &str) -> usize {
    let line_end = if text.len() > MAX_PIECE_LINES {
        memchr::memchr_iter(b'\n', text.as_bytes()).nth(MAX_PIECE_LINES - 1)
    } else {
        None
    };
    let most = line_end.map_or(text.len(), |at| at + 1).min(MAX_PIECE_BYTES);
    if most >= text.len() {
        return text.len();
    }
    let (window, bytes) = (&text.as_bytes()[..most], text.as_bytes());
    let mut line_ends = memchr::memrchr_iter(b'\n', &window[most / 2..]).map(|at| most / 2 + at);
    if let Some(at) = line_ends.find(|&at| bytes[at - 1] > b' ' && bytes[at + 1] > b' ') {
        return at + 1;
    }
    if let Some(at) = memchr::memrchr(b'\n', window) {
        return at + 1;
    }
    let char_end = (0..=most).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    let window = &text[..char_end];
    window.rfind(". ").map(|at| at + 2).or_else(|| window.rfind(' ').map(|at| at + 1)).unwrap_or(window.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str) {
        let all: Vec<&str> = pieces(text).collect();
        assert_eq!(all.concat().len(), text.len());
        assert!(all.len() > 1 && all.iter().all(|piece| piece.len() <= MAX_PIECE_BYTES));
        assert!(all.iter().all(|piece| piece.matches('\n').count() <= MAX_PIECE_LINES));
        assert!(all[..all.len() - 1].iter().all(|piece| piece.ends_with('\n')) || !text.contains('\n'));
    }

    #[test]
    fn pieces_end_behind_lines_and_sentences() {
        check(&"A line.\nAnother.\n\n".repeat(300_000));
        check(&"A line.\n\n".repeat(600_000));
        check(&"A sentence of one line. ".repeat(200_000));
        check(&"é".repeat(3_000_000));
        check(&"\n".repeat(5_000_000));
        assert_eq!(pieces("").collect::<Vec<_>>(), [""]);
        assert_eq!(pieces("one\ntwo").collect::<Vec<_>>(), ["one\ntwo"]);
    }
}
