//! Counts what a run did. Every worker counts for itself; the counts are added up in the order of the inputs.
//! It words nothing; `summary` does.
//! Filled by `documents` and `records`, read by `summary`.

use std::collections::BTreeMap;
use std::path::Path;

use bodytext::EncodingSource;
use bodytext::Step;
use bodytext::{Cleaned, RuleSet};
use bodytext::{LineClass, Reason};
use serde::{Deserialize, Serialize};

use crate::source::warc::Notes;

/// More failures than this are counted but not kept: a file of a million broken lines must not fill the memory.
pub(crate) const MAX_FAILURES: usize = 10_000;

/// Records of archives that hold no text: requests, metadata.
pub(crate) const NO_TEXT: &str = "no-text";
/// Records of archives that are pages of HTML.
pub(crate) const HTML: &str = "html";
/// Records without a text, where texts are to be written.
pub(crate) const WITHOUT_TEXT: &str = "without-text";

/// An input that failed, or a part of it that was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    pub(crate) classes: BTreeMap<LineClass, u64>,
    /// Lines removed or cut, by the rule or heuristic that spoke for it. A line counts for each of its reasons.
    pub(crate) reasons: BTreeMap<Reason, u64>,
    /// Lines of which a part was cut.
    pub(crate) cut: u64,
    /// Documents by encoding and how it was found.
    pub(crate) encodings: BTreeMap<(&'static str, EncodingSource), u64>,
    /// Characters that could not be decoded.
    pub(crate) replaced: u64,
    /// Documents each normalisation step changed, and places in them.
    pub(crate) steps: BTreeMap<Step, (u64, u64)>,
    /// Documents of which so little would have been left that the removals were taken back.
    pub(crate) rolled_back: u64,
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
    /// Blank lines among records.
    pub(crate) blank: u64,
    /// What became of the records.
    pub(crate) records: Records,
    /// Failures, as many as are kept.
    pub(crate) failures: Vec<Failure>,
    /// Failures, all.
    pub(crate) failed: u64,
}

impl Tally {
    /// Counts a cleaned document, of which the pieces are counted.
    pub(crate) fn document(&mut self, encoding: &'static str, how: EncodingSource, replaced: usize, changed: bool) {
        self.documents += 1;
        self.unchanged += u64::from(!changed);
        self.replaced += replaced as u64;
        *self.encodings.entry((encoding, how)).or_default() += 1;
    }

    /// Counts what happened in a document or a piece of it.
    pub(crate) fn piece(&mut self, cleaned: &Cleaned<'_>) {
        let report = &cleaned.report;
        self.lines.0 += report.lines.0 as u64;
        self.lines.1 += report.lines.1 as u64;
        self.chars.0 += report.chars.0 as u64;
        self.chars.1 += report.chars.1 as u64;
        self.rolled_back += u64::from(report.rolled_back);
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
        self.records.read += notes.other + notes.html + notes.broken;
        self.records.failed += notes.broken;
        self.records.drop(NO_TEXT, notes.other);
        self.records.drop(HTML, notes.html);
        self.failed += notes.broken - notes.faults.len() as u64;
        for (number, what) in &notes.faults {
            self.fail(Failure { path: path.to_owned(), line: None, reason: format!("record {number}: {what}") });
        }
    }

    /// Adds the counts of a later part.
    pub(crate) fn add(&mut self, mut other: Tally) {
        let numbers = other.numbers().map(|n| *n);
        self.numbers().into_iter().zip(numbers).for_each(|(sum, more)| *sum += more);
        self.records.add(&other.records);
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

    /// The plain counts.
    fn numbers(&mut self) -> [&mut u64; 16] {
        let Tally { lines, chars, .. } = self;
        [
            &mut self.documents,
            &mut self.unchanged,
            &mut lines.0,
            &mut lines.1,
            &mut chars.0,
            &mut chars.1,
            &mut self.cut,
            &mut self.replaced,
            &mut self.rolled_back,
            &mut self.empty,
            &mut self.without_text,
            &mut self.not_a_string,
            &mut self.repeated_field,
            &mut self.surrogates,
            &mut self.malformed,
            &mut self.blank,
        ]
    }

    /// The counts in a form that can be written down, for a run that may be cut off.
    pub(crate) fn save(&self) -> Saved {
        let reason = |reason: &Reason| match reason {
            Reason::Rule(index) => format!("{index}"),
            Reason::Heuristic(heuristic) => heuristic.to_string(),
            _ => String::new(),
        };
        Saved {
            numbers: self.clone().numbers().map(|n| *n).to_vec(),
            records: self.records.clone(),
            classes: self.classes.iter().map(|(class, &n)| (class.name().to_owned(), n)).collect(),
            reasons: self.reasons.iter().map(|(r, &n)| (reason(r), n)).collect(),
            encodings: self
                .encodings
                .iter()
                .map(|((e, how), &n)| ((*e).to_owned(), how.name().to_owned(), n))
                .collect(),
            steps: self.steps.iter().map(|(step, &(d, p))| (step.name().to_owned(), d, p)).collect(),
            failures: self.failures.clone(),
            failed: self.failed,
        }
    }

    /// The counts that [`save`](Tally::save) wrote down in a run with the same rules.
    pub(crate) fn restore(saved: Saved) -> Tally {
        // A few dozen names, once in a run.
        let name = |name: String| -> &'static str { Box::leak(name.into_boxed_str()) };
        let reason = |text: &str| match text.parse() {
            Ok(index) => Some(Reason::Rule(index)),
            Err(_) => text.parse().ok().map(Reason::Heuristic),
        };
        let mut tally = Tally {
            records: saved.records,
            classes: saved.classes.iter().filter_map(|(c, n)| Some((c.parse().ok()?, *n))).collect(),
            reasons: saved.reasons.iter().filter_map(|(r, n)| Some((reason(r)?, *n))).collect(),
            encodings: saved
                .encodings
                .into_iter()
                .filter_map(|(e, h, n)| Some(((name(e), h.parse().ok()?), n)))
                .collect(),
            steps: saved.steps.iter().filter_map(|(s, d, p)| Some((s.parse().ok()?, (*d, *p)))).collect(),
            failures: saved.failures,
            failed: saved.failed,
            ..Tally::default()
        };
        tally.numbers().into_iter().zip(saved.numbers).for_each(|(number, was)| *number = was);
        tally
    }
}

/// Counts as they are written down.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Saved {
    numbers: Vec<u64>,
    records: Records,
    classes: Vec<(String, u64)>,
    reasons: Vec<(String, u64)>,
    encodings: Vec<(String, String, u64)>,
    steps: Vec<(String, u64, u64)>,
    failures: Vec<Failure>,
    failed: u64,
}

/// What became of the records: the texts of files, the records of JSON lines and archives. None is ever lost, so what
/// was read is what was written, set aside, dropped or failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Records {
    /// Records read.
    pub(crate) read: u64,
    /// Records in the output, cleaned or passed on as they are.
    pub(crate) written: u64,
    /// Records in the quarantine.
    pub(crate) quarantined: u64,
    /// Records that could not be cleaned and are in no output. The failures say why.
    pub(crate) failed: u64,
    /// Records left out because this rule says so.
    pub(crate) dropped: BTreeMap<String, u64>,
}

impl Records {
    /// Adds the counts of a later part.
    pub(crate) fn add(&mut self, other: &Records) {
        self.read += other.read;
        self.written += other.written;
        self.quarantined += other.quarantined;
        self.failed += other.failed;
        add_all(&mut self.dropped, other.dropped.clone());
    }

    /// Counts so many records as failed that were written to an output which does not stand.
    pub(crate) fn unwrite(&mut self, count: u64) {
        self.written -= count;
        self.failed += count;
    }

    /// Counts a record left out by a rule.
    pub(crate) fn drop(&mut self, rule: &str, count: u64) {
        if count > 0 {
            *self.dropped.entry(rule.to_owned()).or_default() += count;
        }
    }

    /// Whether each record that was read is somewhere.
    pub(crate) fn add_up(&self) -> bool {
        self.read == self.written + self.quarantined + self.failed + self.dropped.values().sum::<u64>()
    }
}

/// The name of a reason: the rule's id, or the heuristic's name.
pub(crate) fn reason_name(reason: Reason, rules: &RuleSet) -> &str {
    reason.name(rules)
}

fn add_all<K: Ord>(counts: &mut BTreeMap<K, u64>, more: BTreeMap<K, u64>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}
