//! Counts the results of a run. Every worker counts separately; the counts are added in the order of the inputs and
//! stored in the run log.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use bodytext::{Cleaned, EncodingSource, Heuristic, LineClass, Reason, RuleSet, Step};
use serde::{Deserialize, Serialize};

use crate::terminal::escaped;

/// The most failures that are kept, further ones are only counted: a million broken lines must not fill the memory.
pub(crate) const MAX_FAILURES: usize = 10_000;

/// An input that failed, or a part of it that was rejected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Failure {
    pub(crate) path: String,
    /// The line of the input, counted from 1, if the failure is in one line.
    pub(crate) line: Option<u64>,
    /// The error and, after a semicolon, the remedy.
    pub(crate) reason: String,
}

impl Failure {
    pub(crate) fn of(path: &Path, reason: impl Into<String>) -> Failure {
        Failure::new(path.display().to_string(), None, reason)
    }

    pub(crate) fn new(path: impl Into<String>, line: Option<u64>, reason: impl Into<String>) -> Failure {
        Failure { path: path.into(), line, reason: reason.into() }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (path, reason) = (escaped(&self.path), escaped(&self.reason));
        match self.line {
            Some(line) => write!(f, "{path}:{line}: {reason}"),
            None => write!(f, "{path}: {reason}"),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Counter {
    /// Texts cleaned: files, or records with a text.
    Documents,
    Unchanged,
    LinesIn,
    LinesOut,
    CharactersIn,
    CharactersOut,
    ShortenedLines,
    UndecodableCharacters,
    /// Documents whose removals were rolled back because almost nothing would have been left.
    RolledBack,
    EmptyFiles,
    /// Records with the text field, whatever its value.
    WithText,
    WithoutText,
    /// Records whose text is null or not a string.
    NotAString,
    /// Those of them whose text is null.
    NullTexts,
    /// Records that name the text field more than once.
    RepeatedField,
    LoneSurrogates,
    MalformedLines,
    BlankLines,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct RunStats {
    counts: BTreeMap<Counter, u64>,
    pub(crate) removed: BTreeMap<LineClass, u64>,
    /// Lines removed or cut, by the first of their reasons: a line counts once.
    pub(crate) rules: BTreeMap<usize, u64>,
    pub(crate) heuristics: BTreeMap<Heuristic, u64>,
    pub(crate) encodings: BTreeMap<Cow<'static, str>, BTreeMap<EncodingSource, u64>>,
    /// For each normalisation step, the documents that it changed and the places in them.
    pub(crate) steps: BTreeMap<Step, [u64; 2]>,
    pub(crate) records: RecordCounts,
    /// The fields with strings of the first record without a text: one of them may be meant.
    #[serde(skip)]
    pub(crate) other_fields: Vec<String>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) failed: u64,
}

impl RunStats {
    pub(crate) fn get(&self, counter: Counter) -> u64 {
        self.counts.get(&counter).copied().unwrap_or_default()
    }

    pub(crate) fn count(&mut self, counter: Counter, n: u64) {
        if n > 0 {
            *self.counts.entry(counter).or_default() += n;
        }
    }

    /// Counts a document. Its pieces are counted separately.
    pub(crate) fn document(&mut self, encoding: &'static str, source: EncodingSource, changed: bool) {
        self.count(Counter::Documents, 1);
        self.count(Counter::Unchanged, u64::from(!changed));
        *self.encodings.entry(Cow::Borrowed(encoding)).or_default().entry(source).or_default() += 1;
    }

    /// Counts the lines, words and repairs of a document or a piece of it.
    pub(crate) fn piece(&mut self, cleaned: &Cleaned<'_>) {
        let report = &cleaned.report;
        self.count(Counter::LinesIn, report.lines.0 as u64);
        self.count(Counter::LinesOut, report.lines.1 as u64);
        self.count(Counter::CharactersIn, report.chars.0 as u64);
        self.count(Counter::CharactersOut, report.chars.1 as u64);
        self.count(Counter::RolledBack, u64::from(report.rolled_back));
        for &(step, places) in &report.steps {
            let entry = self.steps.entry(step).or_default();
            *entry = [entry[0] + 1, entry[1] + places as u64];
        }
        let mut removed = [0; LineClass::ALL.len()];
        let mut heuristics = [0; Heuristic::ALL.len()];
        for verdict in cleaned.verdicts.iter().filter(|verdict| !verdict.keep || !verdict.cuts.is_empty()) {
            if verdict.keep {
                self.count(Counter::ShortenedLines, 1);
            } else {
                removed[verdict.class as usize] += 1;
            }
            match verdict.reasons.first() {
                Some(&Reason::Rule(rule)) => *self.rules.entry(rule).or_default() += 1,
                // Closed blank lines are counted among the repairs.
                Some(&Reason::Heuristic(heuristic)) if verdict.class != LineClass::Blank => {
                    heuristics[heuristic as usize] += 1;
                }
                _ => {}
            }
        }
        // Once a document, as there are many lines and few classes.
        add_all(&mut self.removed, LineClass::ALL.into_iter().zip(removed).filter(|(_, n)| *n > 0));
        add_all(&mut self.heuristics, Heuristic::ALL.into_iter().zip(heuristics).filter(|(_, n)| *n > 0));
    }

    /// Removes the output lines and characters of a document that a filter dropped.
    pub(crate) fn nothing_came_out(&mut self) {
        self.counts.remove(&Counter::LinesOut);
        self.counts.remove(&Counter::CharactersOut);
    }

    pub(crate) fn fail(&mut self, failure: Failure) {
        self.failed += 1;
        if self.failures.len() < MAX_FAILURES {
            self.failures.push(failure);
        }
    }

    /// Adds the counts of a later part.
    pub(crate) fn add(&mut self, other: RunStats) {
        add_all(&mut self.counts, other.counts);
        add_all(&mut self.removed, other.removed);
        add_all(&mut self.rules, other.rules);
        add_all(&mut self.heuristics, other.heuristics);
        for (encoding, sources) in other.encodings {
            add_all(self.encodings.entry(encoding).or_default(), sources);
        }
        for (step, [documents, places]) in other.steps {
            let entry = self.steps.entry(step).or_default();
            *entry = [entry[0] + documents, entry[1] + places];
        }
        self.records.add(&other.records);
        self.failed += other.failed;
        let room = MAX_FAILURES - self.failures.len();
        self.failures.extend(other.failures.into_iter().take(room));
    }

    /// Rules and heuristics with their counts, the most frequent first.
    pub(crate) fn reasons<'s>(&'s self, rules: &'s RuleSet) -> Vec<(&'s str, u64)> {
        let of_rules = self.rules.iter().map(|(&rule, &n)| (Reason::Rule(rule).name(rules), n));
        let mut all: Vec<(&str, u64)> = of_rules.chain(self.heuristics.iter().map(|(h, &n)| (h.name(), n))).collect();
        all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(b.0)));
        all
    }
}

/// The outcome of the records: texts of files, records of JSON Lines and archives. None is lost: the number of records
/// read equals the sum of those written, quarantined, dropped and failed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct RecordCounts {
    pub(crate) read: u64,
    /// Records in the output, cleaned or passed on unchanged.
    pub(crate) written: u64,
    pub(crate) quarantined: u64,
    /// Records that could not be cleaned and are in no output. The failures give the reasons.
    pub(crate) failed: u64,
    /// Records that were left out, by filter or other reason.
    pub(crate) dropped: BTreeMap<String, u64>,
}

/// Reason to drop a record of an archive that holds no page and no text, such as a request.
pub(crate) const NO_TEXT: &str = "no-text";
/// Reason to drop a record without a text, if the output is texts.
pub(crate) const WITHOUT_TEXT: &str = "without-text";

impl RecordCounts {
    /// Adds the counts of a later part.
    pub(crate) fn add(&mut self, other: &RecordCounts) {
        self.read += other.read;
        self.written += other.written;
        self.quarantined += other.quarantined;
        self.failed += other.failed;
        for (reason, &n) in &other.dropped {
            self.drop(reason, n);
        }
    }

    /// Counts all written records as failed: the output that they were written to was discarded.
    pub(crate) fn rollback_written(&mut self) {
        self.failed += std::mem::take(&mut self.written);
    }

    /// Counts records that were dropped for this reason.
    pub(crate) fn drop(&mut self, reason: &str, n: u64) {
        if n > 0 {
            *self.dropped.entry(reason.to_owned()).or_default() += n;
        }
    }

    /// Whether every record that was read is accounted for.
    pub(crate) fn is_balanced(&self) -> bool {
        self.read == self.written + self.quarantined + self.failed + self.dropped.values().sum::<u64>()
    }
}

fn add_all<K: Ord>(counts: &mut BTreeMap<K, u64>, more: impl IntoIterator<Item = (K, u64)>) {
    for (key, count) in more {
        *counts.entry(key).or_default() += count;
    }
}
