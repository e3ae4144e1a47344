//! The final summary on standard error: two lines for people and more with `-v`, or one JSON object for programs.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use bodytext::{LineClass, Step};
use indicatif::HumanCount;
use serde::Serialize;

use crate::plan::Plan;
use crate::stats::{Counter, Failure, NO_TEXT, RecordCounts, RunStats};
use crate::terminal::eprint;

/// The numbers of rules and failures in the text; the JSON has all.
const SHOWN_RULES: usize = 12;
pub(crate) const SHOWN_FAILURES: usize = 100;

/// The results of a run, or of a library call, which has no destination. Its text is for people, its serialised form for programs; `{:#}` has all that was counted.
#[derive(Serialize)]
pub(crate) struct Summary<'s> {
    documents: u64,
    unchanged: u64,
    dry_run: bool,
    lines: InOut,
    characters: InOut,
    removed: &'s BTreeMap<LineClass, u64>,
    rules: BTreeMap<&'s str, u64>,
    shortened_lines: u64,
    encodings: Vec<EncodingCount<'s>>,
    undecodable_characters: u64,
    steps: BTreeMap<Step, StepCount>,
    kept_whole: u64,
    empty_files: u64,
    records_without_text: u64,
    records_with_text_not_a_string: u64,
    records_with_repeated_text: u64,
    lone_surrogates: u64,
    malformed_lines: u64,
    records: &'s RecordCounts,
    rule_set: RuleSetSummary<'s>,
    failed: u64,
    failures: &'s [Failure],
    /// Rules and heuristics, the most frequent first.
    #[serde(skip)]
    reasons: Vec<(&'s str, u64)>,
    /// Where the results are and how long it took, for people.
    #[serde(skip)]
    run: Option<(String, Duration)>,
}

#[derive(Serialize)]
struct InOut {
    #[serde(rename = "in")]
    before: u64,
    #[serde(rename = "out")]
    after: u64,
}

#[derive(Serialize)]
struct EncodingCount<'s> {
    encoding: &'s str,
    how: &'static str,
    documents: u64,
}

#[derive(Serialize)]
struct StepCount {
    documents: u64,
    places: u64,
}

#[derive(Serialize)]
pub(crate) struct RuleSetSummary<'s> {
    pub(crate) hash: &'s str,
    pub(crate) rules: usize,
}

impl<'s> Summary<'s> {
    pub(crate) fn new(stats: &'s RunStats, plan: &'s Plan, elapsed: Duration) -> Summary<'s> {
        let rules = plan.cleaner.rules();
        let rule_set = RuleSetSummary { hash: rules.hash(), rules: rules.rules().len() };
        let run = Some((plan.destination.to_string(), elapsed));
        Summary { dry_run: plan.dry_run, run, ..Summary::of(stats, stats.reasons(rules), rule_set) }
    }

    /// The summary of what a library call did.
    pub(crate) fn of(stats: &'s RunStats, reasons: Vec<(&'s str, u64)>, rule_set: RuleSetSummary<'s>) -> Summary<'s> {
        let mut encodings = Vec::new();
        for (encoding, sources) in &stats.encodings {
            encodings.extend(sources.iter().map(|(source, &documents)| EncodingCount {
                encoding,
                how: source.name(),
                documents,
            }));
        }
        let steps = stats.steps.iter();
        Summary {
            documents: stats.get(Counter::Documents),
            unchanged: stats.get(Counter::Unchanged),
            dry_run: false,
            lines: InOut { before: stats.get(Counter::LinesIn), after: stats.get(Counter::LinesOut) },
            characters: InOut { before: stats.get(Counter::CharactersIn), after: stats.get(Counter::CharactersOut) },
            removed: &stats.removed,
            rules: reasons.iter().copied().collect(),
            shortened_lines: stats.get(Counter::ShortenedLines),
            encodings,
            undecodable_characters: stats.get(Counter::UndecodableCharacters),
            steps: steps.map(|(&step, &[documents, places])| (step, StepCount { documents, places })).collect(),
            kept_whole: stats.get(Counter::RolledBack),
            empty_files: stats.get(Counter::EmptyFiles),
            records_without_text: stats.get(Counter::WithoutText),
            records_with_text_not_a_string: stats.get(Counter::NotAString),
            records_with_repeated_text: stats.get(Counter::RepeatedField),
            lone_surrogates: stats.get(Counter::LoneSurrogates),
            malformed_lines: stats.get(Counter::MalformedLines),
            records: &stats.records,
            rule_set,
            failed: stats.failed,
            failures: &stats.failures,
            reasons,
            run: None,
        }
    }

    /// Further counts to report, each with its singular and plural wording.
    fn notes(&self) -> [(u64, &'static str, &'static str); 10] {
        let dropped = &self.records.dropped;
        [
            (self.shortened_lines, "line was shortened", "lines were shortened"),
            (
                self.undecodable_characters,
                "character could not be decoded (U+FFFD)",
                "characters could not be decoded (U+FFFD)",
            ),
            (
                self.kept_whole,
                "document kept whole, since nearly nothing would have been left",
                "documents kept whole, since nearly nothing would have been left",
            ),
            (self.empty_files, "file was empty", "files were empty"),
            (self.records_without_text, "record has no text field", "records have no text field"),
            (self.records_with_text_not_a_string, "record's text is not a string", "records' texts are not strings"),
            (
                self.records_with_repeated_text,
                "record names the text field twice; the last one was cleaned",
                "records name the text field twice; the last one was cleaned",
            ),
            (
                self.lone_surrogates,
                "lone surrogate in a text; a changed text has U+FFFD for it",
                "lone surrogates in texts; a changed text has U+FFFD for them",
            ),
            (self.malformed_lines, "record is malformed", "records are malformed"),
            (
                dropped.get(NO_TEXT).copied().unwrap_or_default(),
                "record of an archive holds no text",
                "records of archives hold no text",
            ),
        ]
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let documents = count(self.documents, "document");
        match &self.run {
            _ if self.dry_run => write!(f, "{documents}, nothing written (dry run)")?,
            Some((destination, _)) => write!(f, "{documents} -> {destination}")?,
            None => f.write_str(&documents)?,
        }
        if self.characters.before > 0 {
            let kept = 100.0 * self.characters.after as f64 / self.characters.before as f64;
            write!(f, "   {kept:.0} % of the characters kept")?;
        }
        if let Some((_, elapsed)) = &self.run {
            write!(f, "   {:.1} s", elapsed.as_secs_f64())?;
        }
        let left_out: u64 = self.records.dropped.values().sum();
        let not_done: Vec<String> = [
            (self.failed, "input or line failed", "inputs or lines failed"),
            (self.records.quarantined, "record is in the quarantine", "records are in the quarantine"),
            (left_out, "record was left out", "records were left out"),
            (self.undecodable_characters, "character could not be decoded", "characters could not be decoded"),
        ]
        .into_iter()
        .filter(|(n, ..)| *n > 0)
        .map(|(n, one, many)| format!("{} {}", HumanCount(n), if n == 1 { one } else { many }))
        .collect();
        if !not_done.is_empty() {
            write!(f, "\n{}", not_done.join(", "))?;
            if self.failed > 0 {
                f.write_str("; see above")?;
            }
        }
        if f.alternate() { self.details(f) } else { Ok(()) }
    }
}

impl Summary<'_> {
    /// What was removed, found and repaired. Blank lines are among the repairs, and counted once.
    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Summary { lines, characters, .. } = self;
        let [lines_in, lines_out] = [lines.before, lines.after].map(HumanCount);
        let [characters_in, characters_out] = [characters.before, characters.after].map(HumanCount);
        write!(f, "\n  lines      {lines_in} in, {lines_out} out")?;
        write!(f, "\n  characters {characters_in} in, {characters_out} out")?;
        write!(f, "\n  unchanged  {}", count(self.unchanged, "document"))?;
        let removed = self.removed.iter().filter(|(class, _)| **class != LineClass::Blank);
        row(f, "removed", removed.map(|(class, n)| (class.to_string(), *n)), usize::MAX)?;
        row(f, "by rule", self.reasons.iter().map(|(name, n)| (name.to_string(), *n)), SHOWN_RULES)?;
        let encodings = self.encodings.iter().map(|e| (format!("{} ({})", e.encoding, e.how), e.documents));
        row(f, "encodings", encodings, usize::MAX)?;
        row(f, "repaired", self.steps.iter().map(|(step, n)| (step.to_string(), n.places)), usize::MAX)?;
        row(f, "left out", self.records.dropped.iter().map(|(reason, n)| (reason.clone(), *n)), usize::MAX)?;
        for (n, one, many) in self.notes().into_iter().filter(|(n, ..)| *n > 0) {
            write!(f, "\n  {} {}", HumanCount(n), if n == 1 { one } else { many })?;
        }
        let RuleSetSummary { hash, rules } = self.rule_set;
        let hash = if hash.is_empty() { "none" } else { hash };
        write!(f, "\n  rule set   {hash} ({})", count(rules as u64, "rule"))
    }
}

fn row(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    entries: impl Iterator<Item = (String, u64)>,
    shown: usize,
) -> fmt::Result {
    let entries: Vec<String> = entries.map(|(key, n)| format!("{key} {}", HumanCount(n))).collect();
    if entries.is_empty() {
        return Ok(());
    }
    write!(f, "\n  {name:<10} {}", entries[..entries.len().min(shown)].join(", "))?;
    match entries.len().saturating_sub(shown) {
        0 => Ok(()),
        more => write!(f, ", and {more} more"),
    }
}

/// Prints the failures, one line each; in a summary of two lines no more than a screen can hold.
pub(crate) fn print_failures(stats: &RunStats, shown: usize) {
    stats.failures.iter().take(shown).for_each(eprint);
    let more = stats.failed - stats.failures.len().min(shown) as u64;
    if more > 0 {
        eprint(format_args!("and {} more failures", HumanCount(more)));
    }
}

pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", HumanCount(n), if n == 1 { "" } else { "s" })
}
