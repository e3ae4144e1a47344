//! The report of `eval`: serialised for programs, printed as tables for people.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use bodytext_eval::{
    CleanTextReport, CleanerId, Comparison, Corpus, Difference, Figures, HeadlineReport, InputReport, OverRemoval,
    RESAMPLES, Treatment, WorstDocument, WrongLine,
};
use serde::Serialize;

use crate::error::Error;
use crate::stats::Failure;
use crate::summary::count;
use crate::terminal::{self, Stdout};
use indicatif::HumanCount;

/// The number of the longest wrongly kept, and of wrongly removed, lines to list per document. The JSON has all.
const SHOWN_LINES: usize = 10;
const COLUMNS: &str =
    "  documents  word P       R      F1  shingle P       R               F1    oracle            exact";
const HEADLINE_COLUMNS: &str = "  headlines     kept  recall  first lines  of the article  precision";
/// The name of the row for the gold itself.
const CLEAN_TEXT: &str = "clean text";

/// The report, as `--json` prints it. Its keys are stable; new ones may be added.
#[derive(Serialize)]
pub(super) struct EvalReport<'a> {
    pub(super) documents: usize,
    pub(super) gold_without_text: usize,
    pub(super) repeated_gold_ids: usize,
    #[serde(flatten)]
    pub(super) cleaner: CleanerId,
    pub(super) baseline: Option<Baseline<'a>>,
    pub(super) inputs: Vec<InputReport>,
    pub(super) clean_text: CleanTextReport,
    pub(super) failures: Vec<Failure>,
}

#[derive(Serialize)]
pub(super) struct Baseline<'a> {
    pub(super) name: &'a str,
    #[serde(flatten)]
    pub(super) cleaner: CleanerId,
}

impl EvalReport<'_> {
    pub(super) fn print(&self, corpus: &Corpus) -> Result<(), Error> {
        let mut out = Stdout::new();
        let names = short_names(&self.inputs);
        let groups = corpus.groups.keys().map(|name| width(name) + 2);
        let name_width =
            names.iter().map(|name| width(name)).chain(groups).chain([CLEAN_TEXT.len()]).max().unwrap_or(0);
        out.print(format_args!("{:name_width$}{COLUMNS}", ""))?;
        for (input, name) in self.inputs.iter().zip(&names) {
            out.print(figures_row(name, name_width, &input.figures))?;
            for (group, figures) in &input.groups {
                out.print(figures_row(&format!("  {group}"), name_width, figures))?;
            }
        }
        out.print(clean_text_row(CLEAN_TEXT, name_width, &self.clean_text.all))?;
        for (group, over_removal) in &self.clean_text.groups {
            out.print(clean_text_row(&format!("  {group}"), name_width, over_removal))?;
        }
        if self.inputs.iter().any(|input| input.headline.texts > 0) {
            out.print(format_args!("\n{:name_width$}{HEADLINE_COLUMNS}", ""))?;
            for (input, name) in self.inputs.iter().zip(&names) {
                out.print(headline_row(name, name_width, &input.headline))?;
            }
        }
        for (input, name) in self.inputs.iter().zip(&names).filter(|(input, _)| !input.removals.classes.is_empty()) {
            print_removals(name, input, &mut out)?;
        }
        if let Some(baseline) = &self.baseline {
            let noun = if corpus.groups.is_empty() { "document" } else { "group" };
            let clusters = corpus.clusters().into_iter().max().map_or(0, |last| last + 1);
            let (clusters, times) = (count(clusters as u64, noun), HumanCount(RESAMPLES as u64).to_string());
            let name = baseline.name;
            out.print(format_args!(
                "\nagainst --baseline {name} (95 % interval, {clusters} resampled {times} times):"
            ))?;
            for (input, name) in self.inputs.iter().zip(&names) {
                if let Some(comparison) = &input.comparison {
                    print_comparison(&padded(name, name_width), comparison, &mut out)?;
                }
            }
            if let Some(from) = &self.clean_text.baseline {
                let (name, to) = (padded(CLEAN_TEXT, name_width), &self.clean_text.all);
                let recall = change(from.word_recall, to.word_recall);
                out.print(format_args!("{name}  word recall {recall}, {} → {} emptied", from.emptied, to.emptied))?;
            }
        }
        for (input, name) in self.inputs.iter().zip(&names).filter(|(input, _)| !input.worst.is_empty()) {
            out.print(format_args!("\nfurthest below the oracle, {name}:"))?;
            input.worst.iter().try_for_each(|document| print_worst(document, &mut out))?;
        }
        out.finish()
    }

    /// Prints notes that may explain the figures.
    pub(super) fn print_notes(&self, gold: &str) {
        let repeated = "more than once; the last one counts";
        let mut notes = vec![
            (gold, self.gold_without_text, "record", "without a gold body, left out"),
            (gold, self.repeated_gold_ids, "id", repeated),
        ];
        for input in &self.inputs {
            notes.push((&input.input, input.missing, "document", "of the gold not here; counted as empty"));
            notes.push((&input.input, input.without_gold, "text", "without gold, left out"));
            notes.push((&input.input, input.repeated_ids, "id", repeated));
        }
        for (name, n, noun, what) in notes.into_iter().filter(|(_, n, ..)| *n > 0) {
            terminal::eprint(format_args!("{name}: {} {what}", count(n as u64, noun)));
        }
        for input in self.inputs.iter().filter(|input| input.missing == self.documents) {
            terminal::eprint(format_args!("{}: no id is in the gold; check --id-field", input.input));
        }
    }
}

/// The names of the inputs: the last components of their paths if these are distinct.
fn short_names(inputs: &[InputReport]) -> Vec<&str> {
    let full = inputs.iter().map(|input| input.input.as_str());
    let short = full.clone().map(|name| Path::new(name).file_name().and_then(OsStr::to_str).unwrap_or(name));
    let distinct = short.clone().collect::<BTreeSet<_>>().len() == inputs.len();
    if distinct { short.collect() } else { full.collect() }
}

fn figures_row(name: &str, name_width: usize, figures: &Figures) -> String {
    let (before, after) = (&figures.before, &figures.after);
    format!(
        "{}  {:>9}  {:.4}  {:.4}  {:.4}     {:.4}  {:.4}  {}    {:.4}  {}",
        padded(name, name_width),
        HumanCount(figures.documents as u64).to_string(),
        after.word.precision,
        after.word.recall,
        after.word.f1,
        after.shingle.precision,
        after.shingle.recall,
        change(before.shingle.f1, after.shingle.f1),
        figures.oracle.shingle.f1,
        change(before.exact, after.exact),
    )
}

fn clean_text_row(name: &str, name_width: usize, over_removal: &OverRemoval) -> String {
    let OverRemoval { documents, word_recall, emptied } = over_removal;
    let documents = HumanCount(*documents as u64).to_string();
    format!("{}  {documents:>9}          {word_recall:.4}  {emptied} emptied", padded(name, name_width))
}

fn headline_row(name: &str, name_width: usize, report: &HeadlineReport) -> String {
    let [headlines, kept, texts, good] = [report.headlines, report.kept, report.texts, report.begin_with_article]
        .map(|n| HumanCount(n as u64).to_string());
    let [recall, precision] = [report.recall, report.precision].map(|share| match share {
        Some(share) => format!("{share:.4}"),
        None => "-".to_owned(),
    });
    let name = padded(name, name_width);
    format!("{name}  {headlines:>9}  {kept:>7}  {recall:>6}  {texts:>11}  {good:>14}  {precision:>9}")
}

fn print_removals(name: &str, input: &InputReport, out: &mut Stdout) -> Result<(), Error> {
    out.print(format_args!("\nremoved from {name}:"))?;
    out.print("  class            lines       words  of the gold  precision")?;
    for (class, removed) in &input.removals.classes {
        let [lines, words, gold] =
            [removed.lines, removed.words, removed.gold_words].map(|n| HumanCount(n as u64).to_string());
        out.print(format_args!("  {class:<12} {lines:>9}  {words:>10}  {gold:>11}     {:.4}", removed.precision))?;
    }
    Ok(())
}

fn print_comparison(name: &str, comparison: &Comparison, out: &mut Stdout) -> Result<(), Error> {
    let indent = width(name);
    out.print(format_args!("{name}  shingle F1 {}", difference(&comparison.shingle_f1)))?;
    out.print(format_args!("{:indent$}  word F1    {}", "", difference(&comparison.word_f1)))
}

fn print_worst(document: &WorstDocument, out: &mut Stdout) -> Result<(), Error> {
    let figures = format!("shingle F1 {:.4}, oracle {:.4}", document.shingle_f1, document.oracle);
    out.print(format_args!("  {}  {figures}", terminal::visible(&document.id)))?;
    let shown = longest(&document.lines);
    for WrongLine { line, wrongly, text } in &shown {
        let row = match wrongly {
            Treatment::Kept => format!("    {line:>5} + {text}"),
            Treatment::Removed { class, reasons } => format!("    {line:>5} - {class} [{}] {text}", reasons.join(", ")),
        };
        out.print(terminal::fitted(&row))?;
    }
    if document.lines.len() > shown.len() {
        let more = document.lines.len() - shown.len();
        out.print(format_args!("          and {more} more; --json lists them"))?;
    }
    Ok(())
}

/// The longest of the lines wrongly kept, and of those wrongly removed, in the order of the document.
fn longest(lines: &[WrongLine]) -> Vec<&WrongLine> {
    let (mut kept, mut removed): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.wrongly == Treatment::Kept);
    for lines in [&mut kept, &mut removed] {
        lines.sort_by_key(|line| Reverse(line.text.len()));
        lines.truncate(SHOWN_LINES);
    }
    kept.append(&mut removed);
    kept.sort_by_key(|line| line.line);
    kept
}

fn difference(difference: &Difference) -> String {
    let Difference { from, to, difference, low, high } = *difference;
    format!("{}, {difference:+.4} ({low:+.4} to {high:+.4})", change(from, to))
}

fn change(from: f64, to: f64) -> String {
    format!("{from:.4} → {to:.4}")
}

/// The width of a name on the terminal, in columns.
fn width(name: &str) -> usize {
    console::measure_text_width(name)
}

fn padded(name: &str, to: usize) -> String {
    let name = terminal::visible(name);
    let gap = to.saturating_sub(width(&name));
    name + &" ".repeat(gap)
}
