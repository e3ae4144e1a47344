//! The command `explain`: every line of a text with what becomes of it and why.
//! It cleans exactly as `clean` does and writes no files.
//! For people who wonder about a line, and for writers of rules.

use std::io::{self, Read};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use bodytext::Heuristic;
use bodytext::LineClass;
use bodytext::unstable::Prediction;
use bodytext::unstable::Scores;
use bodytext::{Cleaned, Reason, RuleSet};
use serde_json::json;

use crate::args::{self, ExplainArgs};
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::guard::guarded;
use crate::output::{self, Stdout};
use crate::packing;
use crate::source::recognise;
use crate::tally::reason_name;

const REMOVED: Style = AnsiColor::Red.on_default();
const FAINT: Style = Style::new().dimmed();

/// Explains the file that the arguments name, or standard input.
pub(crate) fn run(args: &ExplainArgs) -> Result<ExitCode, Stop> {
    let path = args.file.as_deref().filter(|path| *path != Path::new("-"));
    if args.file.is_none() && output::stdin_is_terminal() {
        let mut out = Stdout::new();
        out.text(&args::help())?;
        out.finish()?;
        return Ok(ExitCode::Success);
    }
    if let Some(path) = path
        && path.extension().is_some_and(|e| e == "jsonl" || e == "ndjson")
    {
        return Err(Stop::usage(format!(
            "explain takes a text, not JSON lines; pick one, for example: sed -n 1p {} | jq -r .text | bodytext explain",
            path.display()
        )));
    }
    if let Some(path) = path
        && path.is_dir()
    {
        return Err(Stop::usage(format!(
            "explain takes one file, and {} is a folder; name a file in it: bodytext explain {}",
            path.display(),
            path.join("FILE").display()
        )));
    }
    let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
    let cleaner = config::cleaner(&args.cleaning)?;
    if let Some(warning) = config::unknown_languages(&args.cleaning.rules, cleaner.rules()).filter(|_| !args.json) {
        output::note(warning);
    }
    let label = path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string());
    let bytes = match read(path) {
        Ok(bytes) => bytes,
        Err(error) => return failed(&label, &output::reason(&error)),
    };
    if let Some(what) = recognise::no_text(&bytes, encoding) {
        return failed(&label, &what);
    }
    let cleaned = match guarded(|| cleaner.clean(&bytes, None)) {
        Ok(cleaned) => cleaned,
        Err(fault) => return failed(&label, &fault),
    };
    let features = cleaner.features(&cleaned, None).unwrap_or_default();
    let decision = cleaner.model().filter(|_| !features.lines.is_empty());
    let explained = decision.map(|decision| Explained::new(decision.predict(&features), &features.lines));
    let mut out = Stdout::new();
    for index in 0..cleaned.lines.len() {
        if args.json {
            out.line(object(&cleaned, index, cleaner.rules(), explained.as_ref()))?;
        } else {
            out.line(line(&cleaned, index, cleaner.rules(), explained.as_ref()))?;
        }
    }
    out.finish()?;
    if !args.json {
        output::note(conclusion(&cleaned));
    }
    Ok(ExitCode::Success)
}

/// So many of the columns that moved a score are named in the text form.
const NAMED_COLUMNS: usize = 3;

/// The scores of a document's lines and where they come from.
struct Explained<'a> {
    weighing: Prediction<'a>,
    lines: &'a [usize],
    scores: Scores,
}

/// Why a line scores what it scores.
struct Part {
    score: f32,
    contributions: Vec<(&'static str, f32)>,
}

impl<'a> Explained<'a> {
    fn new(weighing: Prediction<'a>, lines: &'a [usize]) -> Explained<'a> {
        Explained { scores: weighing.scores(), weighing, lines }
    }

    fn on(&self, line: usize) -> Option<Part> {
        let row = self.lines.binary_search(&line).ok()?;
        Some(Part { score: self.scores.rows[row], contributions: self.weighing.contributions(row) })
    }
}

fn failed(label: &str, reason: &str) -> Result<ExitCode, Stop> {
    output::note(format_args!("{label}: {reason}"));
    Ok(ExitCode::SomeFailed)
}

fn read(path: Option<&Path>) -> io::Result<Vec<u8>> {
    let Some(path) = path else {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes)?;
        return Ok(bytes);
    };
    packing::read(path)
}

fn line(cleaned: &Cleaned<'_>, index: usize, rules: &RuleSet, explained: Option<&Explained<'_>>) -> String {
    let verdict = &cleaned.verdicts[index];
    let text = cleaned.line(index);
    let width = cleaned.lines.len().to_string().len();
    let class = if text.trim().is_empty() && verdict.class == LineClass::Body { "" } else { verdict.class.name() };
    let (mark, style) = match (verdict.keep, verdict.cuts.is_empty()) {
        (true, true) => ('+', Style::new()),
        (true, false) => ('~', Style::new()),
        (false, _) => ('-', REMOVED),
    };
    let told = |reason: &Reason| match explained
        .filter(|_| *reason == Reason::Heuristic(Heuristic::LowScore))
        .and_then(|explained| explained.on(index))
    {
        None => reason_name(*reason, rules).to_owned(),
        Some(weight) => {
            let parts = weight.contributions.iter().take(NAMED_COLUMNS);
            let parts: Vec<String> = parts.map(|(name, part)| format!("{name} {part:+.1}")).collect();
            format!("{} {:.2}: {}", reason_name(*reason, rules), weight.score, parts.join(", "))
        }
    };
    let reasons = verdict.reasons.iter().map(told).collect::<Vec<_>>().join(", ");
    let why = if reasons.is_empty() { String::new() } else { format!("  {FAINT}[{reasons}]{FAINT:#}") };
    let shown = with_cuts(cleaned, index);
    let line = format!("{FAINT}{:>width$}{FAINT:#} {style}{mark} {class:<11} {shown}{style:#}{why}", index + 1);
    line.trim_end().to_owned()
}

/// The line with its control characters shown and what is cut from it marked.
fn with_cuts(cleaned: &Cleaned<'_>, index: usize) -> String {
    let span = cleaned.lines[index].span();
    let mut out = String::new();
    let mut at = span.start;
    for cut in &cleaned.verdicts[index].cuts {
        if cut.start < at {
            continue; // Two rules that cut the same words.
        }
        out.push_str(&output::visible(&cleaned.normalized[at..cut.start]));
        out.push_str(&format!("{REMOVED}{{-{}-}}{REMOVED:#}", output::visible(&cleaned.normalized[cut.clone()])));
        at = cut.end;
    }
    out.push_str(&output::visible(&cleaned.normalized[at..span.end]));
    out
}

fn object(
    cleaned: &Cleaned<'_>,
    index: usize,
    rules: &RuleSet,
    explained: Option<&Explained<'_>>,
) -> serde_json::Value {
    let verdict = &cleaned.verdicts[index];
    let span = cleaned.lines[index].span();
    let reasons: Vec<&str> = verdict.reasons.iter().map(|&reason| reason_name(reason, rules)).collect();
    let cuts: Vec<&str> = verdict.cuts.iter().map(|cut| &cleaned.normalized[cut.clone()]).collect();
    let mut object = json!({
        "line": index + 1,
        "keep": verdict.keep,
        "class": verdict.class.name(),
        "reasons": reasons,
        "cuts": cuts,
        "text": &cleaned.normalized[span],
    });
    if let Some(weight) = explained.and_then(|explained| explained.on(index)) {
        let thousandth = |x: f32| (f64::from(x) * 1000.0).round() / 1000.0;
        let parts = weight.contributions.iter().map(|(name, part)| ((*name).to_owned(), json!(thousandth(*part))));
        object["score"] = json!(thousandth(weight.score));
        object["contributions"] = serde_json::Value::Object(parts.collect());
    }
    object
}

fn conclusion(cleaned: &Cleaned<'_>) -> String {
    let report = &cleaned.report;
    let steps: Vec<String> = report.steps.iter().map(|(step, places)| format!("{} {places}", step.name())).collect();
    let mut text = format!(
        "{} of {} lines stay; {} ({}), layout {}",
        report.lines.1,
        report.lines.0,
        report.encoding,
        report.encoding_source.name(),
        report.layout.name()
    );
    if !steps.is_empty() {
        text.push_str(&format!("; repaired: {}", steps.join(", ")));
    }
    if report.rolled_back {
        text.push_str("; the removals were taken back, since nearly nothing would have been left");
    }
    text
}
