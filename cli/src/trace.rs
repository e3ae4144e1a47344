//! Tells of every removal: one JSON line each, with the bytes that went and the rules that spoke for it. The cleaned text
//! and the trace of a document together are its normalised text.
//! It decides nothing and writes no file; `batch` does.
//! Between the library and the sinks, beside `documents` and `records`.

use bodytext::{Cleaned, RuleSet};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::tally::reason_name;

/// Which documents are traced.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Trace {
    /// The share of documents, 0 to 1.
    pub(crate) share: f64,
}

/// The document that is traced.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Named<'a> {
    /// The input.
    pub(crate) path: &'a str,
    /// The number of the record in it, where it holds records: its line, counted from 1.
    pub(crate) record: Option<u64>,
    /// The name of the record.
    pub(crate) id: Option<&'a str>,
    /// What stands before the piece of it that is told of.
    pub(crate) base: Base,
}

/// A place in a normalised text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Base {
    /// Lines before it.
    pub(crate) lines: usize,
    /// Bytes before it.
    pub(crate) bytes: usize,
}

impl Trace {
    /// Whether a document is traced: the same ones in every run.
    fn wants(self, name: Named<'_>) -> bool {
        if self.share >= 1.0 {
            return true;
        }
        let digest =
            Sha256::new().chain_update(name.path).chain_update(name.record.unwrap_or(0).to_le_bytes()).finalize();
        let number = digest.iter().take(4).fold(0_u32, |number, byte| number << 8 | u32::from(*byte));
        f64::from(number) < self.share * f64::from(u32::MAX)
    }

    /// Adds a document that a filter dropped: all of its normalised text went.
    pub(crate) fn add_dropped(self, name: Named<'_>, normalized: &str, filter: &str, out: &mut Vec<u8>) {
        let Named { path, record, id, .. } = name;
        if self.wants(name) {
            let entry = json!({
                "path": path, "record": record, "id": id, "line": null, "start": 0, "end": normalized.len(),
                "class": null, "rules": [filter], "text": normalized,
            });
            line(&entry, out);
        }
    }

    /// Adds what went of a document or a piece of one.
    pub(crate) fn add(self, name: Named<'_>, cleaned: &Cleaned<'_>, rules: &RuleSet, out: &mut Vec<u8>) {
        if !self.wants(name) {
            return;
        }
        let Named { path, record, id, base } = name;
        for removal in cleaned.removals() {
            let verdict = &cleaned.verdicts[removal.line];
            let names: Vec<&str> = verdict.reasons.iter().map(|&reason| reason_name(reason, rules)).collect();
            let entry = json!({
                "path": path, "record": record, "id": id, "line": base.lines + removal.line + 1,
                "start": base.bytes + removal.span.start, "end": base.bytes + removal.span.end,
                "class": verdict.class.name(), "rules": names, "text": cleaned.normalized[removal.span],
            });
            line(&entry, out);
        }
    }
}

fn line(entry: &serde_json::Value, out: &mut Vec<u8>) {
    out.extend_from_slice(entry.to_string().as_bytes());
    out.push(b'\n');
}
