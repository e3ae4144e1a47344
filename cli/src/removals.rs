//! The removals log: one JSON line for each removal, with the removed bytes and the rules that removed them. The
//! cleaned text of a document and its removals together are its normalised text.

use bodytext::unstable::Offset;
use bodytext::{Cleaned, RuleSet};
use serde::Serialize;
use sha2::{Digest, Sha256};

#[derive(Debug, Clone, Copy)]
pub(crate) struct RemovalsLog<'a> {
    /// The share of documents to log, 0 to 1.
    pub(crate) sample: f64,
    pub(crate) rules: &'a RuleSet,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct DocumentRef<'a> {
    pub(crate) path: &'a str,
    /// The number of the record in it, if it holds records, counted from 1.
    pub(crate) record: Option<u64>,
    pub(crate) id: Option<&'a str>,
}

#[derive(Serialize)]
struct RemovalEntry<'a> {
    path: &'a str,
    record: Option<u64>,
    id: Option<&'a str>,
    line: Option<usize>,
    start: usize,
    end: usize,
    class: Option<&'a str>,
    rules: &'a [&'a str],
    text: &'a str,
}

impl RemovalEntry<'_> {
    fn append_to(&self, out: &mut Vec<u8>) {
        // Writing into memory cannot fail.
        let _ = serde_json::to_writer(&mut *out, self);
        out.push(b'\n');
    }
}

impl RemovalsLog<'_> {
    /// Whether a document is logged; the choice is the same in every run.
    fn wants(self, document: DocumentRef<'_>) -> bool {
        if self.sample >= 1.0 {
            return true;
        }
        let record = document.record.unwrap_or(0).to_le_bytes();
        let digest = Sha256::new().chain_update(document.path).chain_update(record).finalize();
        let number = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        f64::from(number) < self.sample * f64::from(u32::MAX)
    }

    /// Logs a document that a filter dropped: all of its normalised text is removed.
    pub(crate) fn add_dropped(self, document: DocumentRef<'_>, normalized: &str, filter: &str, out: &mut Vec<u8>) {
        let DocumentRef { path, record, id } = document;
        if self.wants(document) {
            let (end, rules) = (normalized.len(), &[filter][..]);
            RemovalEntry { path, record, id, line: None, start: 0, end, class: None, rules, text: normalized }
                .append_to(out);
        }
    }

    /// Logs what was removed from a document, or from the piece of it that begins at `offset`.
    pub(crate) fn add(self, document: DocumentRef<'_>, offset: Offset, cleaned: &Cleaned<'_>, out: &mut Vec<u8>) {
        if !self.wants(document) {
            return;
        }
        let DocumentRef { path, record, id } = document;
        for removal in cleaned.removals() {
            let verdict = &cleaned.verdicts[removal.line];
            let names: Vec<&str> = verdict.reasons.iter().map(|reason| reason.name(self.rules)).collect();
            let entry = RemovalEntry {
                path,
                record,
                id,
                line: Some(offset.lines + removal.line + 1),
                start: offset.bytes + removal.span.start,
                end: offset.bytes + removal.span.end,
                class: Some(verdict.class.name()),
                rules: &names,
                text: &cleaned.normalized[removal.span],
            };
            entry.append_to(out);
        }
    }
}
