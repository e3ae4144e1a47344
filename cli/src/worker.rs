//! Cleans records: takes documents, returns outcomes. Only this module calls the cleaner in a run.

use std::borrow::Cow;

use bodytext::unstable::{MAX_PAGE, Offset, PieceJoiner};
use bodytext::{Cleaned, CleanedDocument, Cleaner, Fields as PageFields, Filter, Filters, Markup, Metadata};
use rayon::prelude::*;

use crate::catch_panic::catch_panic;
use crate::extra_fields::{CleaningFigures, ExtraFields};
use crate::input::{Format, Input};
use crate::limits::{Limits, human_bytes, too_large};
use crate::read::jsonl::{Fields, string_fields};
use crate::read::saved_page::{saved_address, saved_page};
use crate::read::text::{TextFormat, misfit};
use crate::read::{Chunk, Document, Record, RecordError, RecordFormat, sniff};
use crate::removals::{DocumentRef, RemovalsLog};
use crate::stats::{Counter, Failure, RunStats, WITHOUT_TEXT};

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
    pub(crate) dropped: Option<Filter>,
    pub(crate) figures: CleaningFigures,
    /// What the page says about its article, if that is asked for.
    pub(crate) fields: PageFields,
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
        let mut processed = Processed::default();
        let result = self.text_record(input, bytes, &mut processed);
        processed.stats.records.read = 1;
        result.map_or_else(|reason| Processed::failed(&path, reason), |()| processed)
    }

    /// Cleans the only record of a text file. The error is the reason that it cannot be cleaned.
    fn text_record(&self, input: &Input, bytes: &[u8], processed: &mut Processed) -> Result<(), String> {
        let saved = catch_panic(|| saved_page(&input.relative, bytes, self.cleaner.options().markup))??;
        let bytes = saved.as_ref().map_or(bytes, |page| &page.html);
        if let Some(what) = sniff::sniff_text(bytes, self.text.encoding) {
            return Err(what);
        }
        let document = catch_panic(|| match &saved {
            Some(page) => Ok(page.document(self.text.encoding)),
            None => self.text.parse(bytes),
        })?;
        let Ok(document) = document else { return Ok(()) };
        let markup = if saved.is_some() { Some(Markup::Html) } else { input.markup() };
        let url = document.url.clone().or_else(|| saved_address(&document.text));
        let document = Document { id: Some(input.record_name()), url, markup, ..document };
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
        if let Some(fault) = saved.as_ref().and_then(|page| page.fault.as_ref()) {
            processed.stats.fail(Failure::new(&path, None, fault));
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
        out.append(&mut self.extra_fields.line(record, document, &outcome.text, (&outcome.figures, &outcome.fields)));
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
        let reference = DocumentRef { id: document.id.as_deref(), ..reference };
        let outcome = self.clean(&document, reference, processed)?;
        count_document(&document, outcome.text != document.text, &mut processed.stats);
        match input.to {
            _ if outcome.dropped.is_some() => {}
            Format::Text => {
                let (id, text) = (document.id.clone(), outcome.text.into_owned());
                processed.texts.push(RecordText { id, number, text });
            }
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

    /// Cleans a document, counts the results and logs the removals. The caller counts the document itself.
    pub(crate) fn clean<'t>(
        &self,
        document: &'t Document<'_>,
        reference: DocumentRef<'_>,
        processed: &mut Processed,
    ) -> Result<Outcome<'t>, String> {
        self.limits.check(&document.text)?;
        if self.cleaner.is_too_large_page(&document.text, document.markup) {
            let most = human_bytes(MAX_PAGE as u64);
            return Err(format!("HTML of more than {most}, which no page has; split it, or give --markup none"));
        }
        let host = document.host();
        let may_drop = self.removals.is_some() && self.filters != Filters::default();
        // A panic in one of the pieces leaves nothing counted.
        let (mut removals, mut normalized, mut fields) = (Vec::new(), String::new(), PageFields::default());
        let about = Metadata { host: host.as_deref(), title: document.title.as_deref(), markup: document.markup };
        let cleaning =
            DocumentCleaning { cleaner: self.cleaner, filters: &self.filters, threads: rayon::current_num_threads() };
        let (CleanedDocument { text, words, dropped, .. }, stats) =
            cleaning.run(&document.text, about, |offset, cleaned| {
                if !self.extra_fields.page.is_empty() {
                    fields.append(cleaned.fields());
                }
                if let Some(log) = self.removals {
                    log.add(reference, offset, cleaned, &mut removals);
                }
                if may_drop {
                    normalized.push_str(&cleaned.normalized);
                }
            })?;
        let figures = CleaningFigures::new(document, &text, &stats, words);
        if let Some(filter) = dropped {
            removals.clear();
            if let Some(log) = self.removals {
                log.add_dropped(reference, &normalized, filter.name(), &mut removals);
            }
        }
        processed.stats.add(stats);
        processed.removals.append(&mut removals);
        Ok(Outcome { text, dropped, figures, fields })
    }
}

/// How texts become documents.
pub(crate) struct DocumentCleaning<'a> {
    pub(crate) cleaner: &'a Cleaner,
    pub(crate) filters: &'a Filters,
    /// The number of pieces of a long text that are cleaned at once; with more than 1, by the threads of rayon.
    pub(crate) threads: usize,
}

impl DocumentCleaning<'_> {
    /// Cleans a text, in pieces if it is long, and counts the results, except the document itself. `each` sees every
    /// cleaned piece. The error is the message of a panic.
    pub(crate) fn run<'t>(
        &self,
        text: &'t str,
        about: Metadata<'_>,
        mut each: impl FnMut(Offset, &Cleaned<'t>),
    ) -> Result<(CleanedDocument<'t>, RunStats), String> {
        let mut pieces = self.cleaner.pieces(text, about.markup);
        let mut whole = PieceJoiner::new(text.len());
        let mut stats = RunStats::default();
        loop {
            let some: Vec<&'t str> = pieces.by_ref().take(self.threads).collect();
            if some.is_empty() {
                break;
            }
            let clean = |piece: &'t str| catch_panic(|| self.cleaner.clean_text(piece, about));
            let cleaned: Vec<Result<Cleaned<'t>, String>> = match some[..] {
                [only] => vec![clean(only)],
                _ => some.par_iter().map(|piece| clean(piece)).collect(),
            };
            for cleaned in cleaned {
                let cleaned = cleaned?;
                each(whole.offset(), &cleaned);
                stats.piece(&cleaned);
                whole.push(cleaned);
            }
        }
        let document = whole.finish(self.filters);
        match document.dropped {
            None => stats.records.written += 1,
            Some(filter) => {
                stats.nothing_came_out();
                stats.records.drop(filter.name(), 1);
            }
        }
        Ok((document, stats))
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
