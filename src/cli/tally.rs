//! Counts what a run did. Every worker counts for itself; the counts are added up in the order of the inputs.
//! It words nothing; `summary` does.
//! Filled by `documents` and `records`, read by `summary`.

use std::collections::BTreeMap;
use std::path::Path;

use bodytext::decode::How;
use bodytext::model::{Class, Reason};
use bodytext::normalize::Step;
use bodytext::{Cleaned, RuleSet};

use crate::cli::source::warc::Notes;

/// More failures than this are counted but not kept: a file of a million broken lines must not fill the memory.
const MAX_FAILURES: usize = 10_000;

/// An input that failed, or a part of it that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    /// The input.
    pub(crate) path: String,
    /// The line of the input, counted from 1, where it is one line.
    pub(crate) line: Option<u64>,
    /// What is wrong and, after a semicolon, what to do about it.
    pub(crate) reason: String,
}

impl Failure {
    /// A failure of a whole input.
    pub(crate) fn of(path: &Path, reason: impl Into<String>) -> Failure {
        Failure { path: path.display().to_string(), line: None, reason: reason.into() }
    }
}

/// The counts of a run or a part of it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tally {
    /// Texts cleaned: files, or records with a text.
    pub(crate) documents: u64,
    /// Of these, texts in which nothing changed.
    pub(crate) unchanged: u64,
    /// Lines before and after.
    pub(crate) lines: (u64, u64),
    /// Characters before and after.
    pub(crate) chars: (u64, u64),
    /// Lines removed, by class.
    pub(crate) classes: BTreeMap<Class, u64>,
    /// Lines removed or cut, by the rule or heuristic that spoke for it. A line counts for each of its reasons.
    pub(crate) reasons: BTreeMap<Reason, u64>,
    /// Lines of which a part was cut.
    pub(crate) cut: u64,
    /// Documents by encoding and how it was found.
    pub(crate) encodings: BTreeMap<(&'static str, How), u64>,
    /// Characters that could not be decoded.
    pub(crate) replaced: u64,
    /// Documents each normalisation step changed, and places in them.
    pub(crate) steps: BTreeMap<Step, (u64, u64)>,
    /// Documents of which so little would have been left that the removals were taken back.
    pub(crate) taken_back: u64,
    /// Empty files.
    pub(crate) empty: u64,
    /// Records without the text field.
    pub(crate) without_text: u64,
    /// Records whose text is null or no string.
    pub(crate) not_a_string: u64,
    /// Records that name the text field more than once.
    pub(crate) repeated_field: u64,
    /// Lone surrogates in texts of records.
    pub(crate) surrogates: u64,
    /// Malformed lines.
    pub(crate) malformed: u64,
    /// Records of archives that hold no text: requests, metadata.
    pub(crate) other_records: u64,
    /// Records of archives that are pages of HTML.
    pub(crate) html_records: u64,
    /// Failures, as many as are kept.
    pub(crate) failures: Vec<Failure>,
    /// Failures, all.
    pub(crate) failed: u64,
}

impl Tally {
    /// Counts a cleaned document.
    pub(crate) fn document(&mut self, cleaned: &Cleaned<'_>, changed: bool) {
        let report = &cleaned.report;
        self.documents += 1;
        self.unchanged += u64::from(!changed);
        self.lines.0 += report.lines.0 as u64;
        self.lines.1 += report.lines.1 as u64;
        self.chars.0 += report.chars.0 as u64;
        self.chars.1 += report.chars.1 as u64;
        self.replaced += report.replaced as u64;
        self.taken_back += u64::from(report.taken_back);
        *self.encodings.entry((report.encoding, report.how)).or_default() += 1;
        for &(step, places) in &report.steps {
            let entry = self.steps.entry(step).or_default();
            entry.0 += 1;
            entry.1 += places as u64;
        }
        for verdict in &cleaned.verdicts {
            if verdict.keep && verdict.cuts.is_empty() {
                continue;
            }
            if verdict.keep {
                self.cut += 1;
            } else {
                *self.classes.entry(verdict.class).or_default() += 1;
            }
            for &reason in &verdict.reasons {
                *self.reasons.entry(reason).or_default() += 1;
            }
        }
    }

    /// Notes a failure.
    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(failure);
        }
    }

    /// Counts what an archive holds beside its texts.
    pub(crate) fn archive(&mut self, path: &str, notes: &Notes) {
        self.other_records += notes.other;
        self.html_records += notes.html;
        for (number, what) in &notes.broken {
            self.fail(Failure { path: path.to_owned(), line: None, reason: format!("record {number}: {what}") });
        }
    }

    /// Adds the counts of a later part.
    pub(crate) fn add(&mut self, other: Tally) {
        self.documents += other.documents;
        self.unchanged += other.unchanged;
        self.lines = (self.lines.0 + other.lines.0, self.lines.1 + other.lines.1);
        self.chars = (self.chars.0 + other.chars.0, self.chars.1 + other.chars.1);
        self.cut += other.cut;
        self.replaced += other.replaced;
        self.taken_back += other.taken_back;
        self.empty += other.empty;
        self.without_text += other.without_text;
        self.not_a_string += other.not_a_string;
        self.other_records += other.other_records;
        self.html_records += other.html_records;
        self.repeated_field += other.repeated_field;
        self.surrogates += other.surrogates;
        self.malformed += other.malformed;
        add_all(&mut self.classes, other.classes);
        add_all(&mut self.reasons, other.reasons);
        add_all(&mut self.encodings, other.encodings);
        for (step, (documents, places)) in other.steps {
            let entry = self.steps.entry(step).or_default();
            *entry = (entry.0 + documents, entry.1 + places);
        }
        let not_kept = other.failed - other.failures.len() as u64;
        other.failures.into_iter().for_each(|failure| self.fail(failure));
        self.failed += not_kept;
    }
}

/// The name of a reason: the rule's id, or the heuristic's name.
pub(crate) fn reason_name(reason: Reason, rules: &RuleSet) -> &str {
    match reason {
        Reason::Rule(index) => rules.rules().get(index).map_or("unknown", |rule| &rule.id),
        Reason::Heuristic(name) => name,
    }
}

fn add_all<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}
