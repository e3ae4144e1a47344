//! The final summary on standard error: text for people, or one JSON object for programs.

use std::collections::BTreeMap;
use std::fmt;

use bodytext::{LineClass, RuleSet, Step};
use indicatif::HumanCount;
use serde::Serialize;

use crate::stats::{Counter, Failure, HTML, NO_TEXT, RecordCounts, RunStats};
use crate::terminal::eprint;

/// The numbers of rules and failures in the text; the JSON has all.
const SHOWN_RULES: usize = 12;
const SHOWN_FAILURES: usize = 100;

/// The results of a run. Its text is for people, its serialised form for programs.
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
struct RuleSetSummary<'s> {
    hash: &'s str,
    rules: usize,
}

impl<'s> Summary<'s> {
    pub(crate) fn new(stats: &'s RunStats, rules: &'s RuleSet, dry_run: bool) -> Summary<'s> {
        let reasons = stats.reasons(rules);
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
            dry_run,
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
            rule_set: RuleSetSummary { hash: rules.hash(), rules: rules.rules().len() },
            failed: stats.failed,
            failures: &stats.failures,
            reasons,
        }
    }

    /// Further counts to report, each with its singular and plural wording.
    fn notes(&self) -> [(u64, &'static str, &'static str); 11] {
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
                dropped.get(HTML).copied().unwrap_or_default(),
                "record of an archive is HTML, not text, and was left out; extract its text first",
                "records of archives are HTML, not text, and were left out; extract their texts first",
            ),
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
        let prefix = if self.dry_run { "dry run, nothing written; " } else { "" };
        write!(
            f,
            "{prefix}{}: {} lines in, {} out; {} characters in, {} out",
            count(self.documents, "document"),
            HumanCount(self.lines.before),
            HumanCount(self.lines.after),
            HumanCount(self.characters.before),
            HumanCount(self.characters.after),
        )?;
        if self.unchanged > 0 {
            write!(f, "; {} unchanged", HumanCount(self.unchanged))?;
        }
        writeln!(f)?;
        row(f, "removed", self.removed.iter().map(|(class, n)| (class.to_string(), *n)), usize::MAX)?;
        row(f, "by rule", self.reasons.iter().map(|(name, n)| (name.to_string(), *n)), SHOWN_RULES)?;
        let encodings = self.encodings.iter().map(|e| (format!("{} ({})", e.encoding, e.how), e.documents));
        row(f, "encodings", encodings, usize::MAX)?;
        row(f, "repaired", self.steps.iter().map(|(step, n)| (step.to_string(), n.places)), usize::MAX)?;
        let dropped = self.records.dropped.iter().filter(|(reason, _)| ![HTML, NO_TEXT].contains(&reason.as_str()));
        row(f, "left out", dropped.map(|(reason, n)| (reason.clone(), *n)), usize::MAX)?;
        for (n, one, many) in self.notes().into_iter().filter(|(n, ..)| *n > 0) {
            writeln!(f, "  {} {}", HumanCount(n), if n == 1 { one } else { many })?;
        }
        let RuleSetSummary { hash, rules } = self.rule_set;
        let hash = if hash.is_empty() { "none" } else { hash };
        write!(f, "  rule set   {hash} ({})", count(rules as u64, "rule"))?;
        if self.failed == 0 {
            return Ok(());
        }
        let noun = if self.failed == 1 { "input or line" } else { "inputs or lines" };
        write!(f, "\n{} {noun} failed:", HumanCount(self.failed))?;
        for failure in self.failures.iter().take(SHOWN_FAILURES) {
            write!(f, "\n  {failure}")?;
        }
        let more = self.failed - self.failures.len().min(SHOWN_FAILURES) as u64;
        if more > 0 {
            write!(f, "\n  and {} more; --summary json lists them", HumanCount(more))?;
        }
        Ok(())
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
    write!(f, "  {name:<10} {}", entries[..entries.len().min(shown)].join(", "))?;
    match entries.len().saturating_sub(shown) {
        0 => writeln!(f),
        more => writeln!(f, ", and {more} more"),
    }
}

/// Prints only the failures, one line each.
pub(crate) fn print_failures(stats: &RunStats) {
    stats.failures.iter().for_each(eprint);
    let more = stats.failed - stats.failures.len() as u64;
    if more > 0 {
        eprint(format_args!("and {} more", HumanCount(more)));
    }
}

pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", HumanCount(n), if n == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_are_listed_with_their_line() {
        let mut stats = RunStats::default();
        stats.fail(Failure::new("a.jsonl", Some(3), "bad"));
        let rules = RuleSet::empty();
        let summary = Summary::new(&stats, &rules, true);
        let text = summary.to_string();
        assert!(text.starts_with("dry run") && text.ends_with("1 input or line failed:\n  a.jsonl:3: bad"), "{text}");
        assert_eq!(serde_json::to_value(&summary).unwrap()["failures"][0]["line"], 3);
    }
}
