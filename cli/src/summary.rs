//! Words the closing summary: for people as text, for programs as one JSON object. It goes to standard error.
//! It counts nothing; `tally` did.
//! Last step of `clean`.

use std::fmt::Write;

use bodytext::RuleSet;
use serde_json::{Map, Value, json};

use crate::output;
use crate::tally::{Failure, HTML, NO_TEXT, Tally, reason_name};

/// Rules and failures that the text shows; the JSON has all.
const SHOWN_RULES: usize = 12;
const SHOWN_FAILURES: usize = 100;

/// Prints the summary as text.
pub(crate) fn print_text(tally: &Tally, rules: &RuleSet, dry: bool) {
    output::note(text(tally, rules, dry).trim_end());
}

/// Prints the summary as one JSON object on one line.
pub(crate) fn print_json(tally: &Tally, rules: &RuleSet, dry: bool) {
    output::note(object(tally, rules, dry));
}

/// Prints nothing but the failures, one line each.
pub(crate) fn print_failures(tally: &Tally) {
    for failure in &tally.failures {
        output::note(line(failure));
    }
    if tally.failed > tally.failures.len() as u64 {
        output::note(format_args!("and {} more", tally.failed - tally.failures.len() as u64));
    }
}

fn text(tally: &Tally, rules: &RuleSet, dry: bool) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(
        out,
        "{}{}: {} lines in, {} out; {} characters in, {} out{}",
        if dry { "dry run, nothing written; " } else { "" },
        count(tally.documents, "document"),
        number(tally.lines.0),
        number(tally.lines.1),
        number(tally.chars.0),
        number(tally.chars.1),
        if tally.unchanged > 0 { format!("; {} unchanged", number(tally.unchanged)) } else { String::new() },
    );
    row(
        &mut out,
        "removed",
        tally.classes.iter().map(|(class, n)| (class.name().to_owned(), *n)).collect(),
        usize::MAX,
    );
    row(&mut out, "by rule", reasons(tally, rules), SHOWN_RULES);
    let encodings = tally.encodings.iter().map(|((name, how), n)| (format!("{name} ({})", how.name()), *n)).collect();
    row(&mut out, "encodings", encodings, usize::MAX);
    row(
        &mut out,
        "repaired",
        tally.steps.iter().map(|(step, (_, n))| (step.name().to_owned(), *n)).collect(),
        usize::MAX,
    );
    let dropped = tally.records.dropped.iter().filter(|(rule, _)| ![HTML, NO_TEXT].contains(&rule.as_str()));
    row(&mut out, "left out", dropped.map(|(rule, n)| (rule.clone(), *n)).collect(), usize::MAX);
    for (n, one, many) in notes(tally) {
        if n > 0 {
            let _ = writeln!(out, "  {} {}", number(n), if n == 1 { one } else { many });
        }
    }
    let _ = writeln!(out, "  rule set   {} ({})", hash(rules), count(rules.rules().len() as u64, "rule"));
    if tally.failed > 0 {
        let _ = writeln!(
            out,
            "{} failed:",
            count(tally.failed, "input or line").replace("input or lines", "inputs or lines")
        );
        for failure in tally.failures.iter().take(SHOWN_FAILURES) {
            let _ = writeln!(out, "  {}", line(failure));
        }
        let shown = tally.failures.len().min(SHOWN_FAILURES) as u64;
        if tally.failed > shown {
            let _ = writeln!(out, "  and {} more; --summary json lists them", number(tally.failed - shown));
        }
    }
    out
}

/// What else is worth telling: how often, and how to say it of one and of many.
fn notes(tally: &Tally) -> [(u64, &'static str, &'static str); 11] {
    [
        (tally.cut, "line was shortened", "lines were shortened"),
        (tally.replaced, "character could not be decoded (U+FFFD)", "characters could not be decoded (U+FFFD)"),
        (
            tally.rolled_back,
            "document kept whole, since nearly nothing would have been left",
            "documents kept whole, since nearly nothing would have been left",
        ),
        (tally.empty, "file was empty", "files were empty"),
        (tally.without_text, "record has no text field", "records have no text field"),
        (tally.not_a_string, "record's text is no string", "records' texts are no strings"),
        (
            tally.repeated_field,
            "record names the text field twice; the last one was cleaned",
            "records name the text field twice; the last one was cleaned",
        ),
        (tally.surrogates, "lone surrogate passed through", "lone surrogates passed through"),
        (tally.malformed, "JSON line is malformed", "JSON lines are malformed"),
        (
            tally.records.dropped.get(HTML).copied().unwrap_or_default(),
            "record of an archive is HTML, not text, and was left out; extract its text first",
            "records of archives are HTML, not text, and were left out; extract their texts first",
        ),
        (
            tally.records.dropped.get(NO_TEXT).copied().unwrap_or_default(),
            "record of an archive holds no text",
            "records of archives hold no text",
        ),
    ]
}

fn object(tally: &Tally, rules: &RuleSet, dry: bool) -> Value {
    let map = |entries: Vec<(String, u64)>| -> Value {
        entries.into_iter().map(|(name, n)| (name, Value::from(n))).collect::<Map<_, _>>().into()
    };
    let steps: Map<String, Value> = tally
        .steps
        .iter()
        .map(|(step, (documents, places))| {
            (step.name().to_owned(), json!({ "documents": documents, "places": places }))
        })
        .collect();
    let encodings: Vec<Value> = tally
        .encodings
        .iter()
        .map(|((name, how), n)| json!({ "encoding": name, "how": how.name(), "documents": n }))
        .collect();
    let failures: Vec<Value> = tally
        .failures
        .iter()
        .map(|f| match f.line {
            Some(line) => json!({ "path": f.path, "line": line, "reason": f.reason }),
            None => json!({ "path": f.path, "reason": f.reason }),
        })
        .collect();
    json!({
        "documents": tally.documents,
        "unchanged": tally.unchanged,
        "dry_run": dry,
        "lines": { "in": tally.lines.0, "out": tally.lines.1 },
        "characters": { "in": tally.chars.0, "out": tally.chars.1 },
        "removed": map(tally.classes.iter().map(|(class, n)| (class.name().to_owned(), *n)).collect()),
        "rules": map(reasons(tally, rules)),
        "shortened_lines": tally.cut,
        "encodings": encodings,
        "undecodable_characters": tally.replaced,
        "steps": steps,
        "kept_whole": tally.rolled_back,
        "empty_files": tally.empty,
        "records_without_text": tally.without_text,
        "records_with_text_not_a_string": tally.not_a_string,
        "records_with_repeated_text": tally.repeated_field,
        "lone_surrogates": tally.surrogates,
        "malformed_lines": tally.malformed,
        "records": tally.records,
        "rule_set": { "hash": rules.hash(), "rules": rules.rules().len() },
        "failed": tally.failed,
        "failures": failures,
    })
}

/// Rules and heuristics with their counts, the most frequent first.
fn reasons(tally: &Tally, rules: &RuleSet) -> Vec<(String, u64)> {
    let mut all: Vec<(String, u64)> =
        tally.reasons.iter().map(|(&reason, &n)| (reason_name(reason, rules).to_owned(), n)).collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all
}

fn row(out: &mut String, name: &str, entries: Vec<(String, u64)>, shown: usize) {
    if entries.is_empty() {
        return;
    }
    let rest = entries.len().saturating_sub(shown);
    let mut parts: Vec<String> =
        entries.into_iter().take(shown).map(|(key, n)| format!("{key} {}", number(n))).collect();
    if rest > 0 {
        parts.push(format!("and {rest} more"));
    }
    let _ = writeln!(out, "  {name:<10} {}", parts.join(", "));
}

/// A failure on one line.
pub(crate) fn line(failure: &Failure) -> String {
    match failure.line {
        Some(line) => format!("{}:{line}: {}", failure.path, failure.reason),
        None => format!("{}: {}", failure.path, failure.reason),
    }
}

fn hash(rules: &RuleSet) -> &str {
    if rules.hash().is_empty() { "none" } else { rules.hash() }
}

/// A number and its noun.
pub(crate) fn count(n: u64, noun: &str) -> String {
    format!("{} {noun}{}", number(n), if n == 1 { "" } else { "s" })
}

/// A number with commas, as in 12,345,678.
pub(crate) fn number(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        assert_eq!(
            ["0", "999", "1,000", "12,345,678"],
            [0, 999, 1_000, 12_345_678].map(number).each_ref().map(|s| &**s)
        );
    }

    #[test]
    fn failures_are_listed_with_their_line() {
        let mut tally = Tally::default();
        tally.fail(Failure { path: "a.jsonl".to_owned(), line: Some(3), reason: "bad".to_owned() });
        let text = text(&tally, &RuleSet::empty(), true);
        assert!(text.starts_with("dry run") && text.contains("1 input or line failed:\n  a.jsonl:3: bad"), "{text}");
        assert_eq!(object(&tally, &RuleSet::empty(), false)["failures"][0]["line"], 3);
    }
}
