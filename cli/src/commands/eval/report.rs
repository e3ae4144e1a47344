//! Words the report for people: the table of figures, the removals by class, the comparison, the worst documents.
//! It averages nothing; `figures` did. Programs take `json`.
//! Last step of `eval`.

use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::path::Path;

use bodytext_eval::{Difference, Harm, RESAMPLES};

use crate::exit_code::Stop;
use crate::output::{self, Stdout};
use crate::summary::{count, number};

use super::Report;
use super::figures::{Comparison, Figures};
use super::measure::{Evaluation, Worst, Wrong};

/// Lines of a document that are listed, wrongly kept as wrongly removed: those with most words. The JSON has all.
const SHOWN_LINES: usize = 10;
/// What the row of the gold itself is called.
const GOLD: &str = "gold fed back";

/// Prints the report.
pub(super) fn print(report: &Report<'_>) -> Result<(), Stop> {
    let mut out = Stdout::new();
    let names = names(&report.evaluations);
    let labels = names.iter().map(|name| width(name));
    let groups = report.gold.groups.keys().map(|name| width(name) + 2);
    let name_width = labels.chain(groups).chain([GOLD.len()]).max().unwrap_or_default();
    out.line(format_args!(
        "{:name_width$}  documents  word P       R      F1  shingle P       R               F1  possible            exact",
        "",
    ))?;
    for (evaluation, name) in report.evaluations.iter().zip(&names) {
        out.line(row(name, name_width, &Figures::all(evaluation)))?;
        for (name, figures) in Figures::groups(evaluation, report.gold) {
            out.line(row(&format!("  {name}"), name_width, &figures))?;
        }
    }
    out.line(harm(GOLD, name_width, &report.gold_back.harm()))?;
    for (name, of_group) in report.gold_back.groups(report.gold) {
        out.line(harm(&format!("  {name}"), name_width, &of_group))?;
    }
    for (evaluation, name) in report.evaluations.iter().zip(&names) {
        removals(name, evaluation, &mut out)?;
    }
    if report.baseline.is_some() {
        comparison(report, &names, name_width, &mut out)?;
    }
    for (evaluation, name) in report.evaluations.iter().zip(&names).filter(|(e, _)| !e.worst.is_empty()) {
        out.line(format_args!("\nfurthest below what is possible, {name}:"))?;
        evaluation.worst.iter().try_for_each(|document| worst(document, &mut out))?;
    }
    out.finish()
}

/// What the inputs are called: the last part of their paths where that tells them apart.
fn names(evaluations: &[Evaluation]) -> Vec<String> {
    let last = |evaluation: &Evaluation| match Path::new(&evaluation.label).file_name() {
        Some(name) => name.to_string_lossy().into_owned(),
        None => evaluation.label.clone(),
    };
    let short: Vec<String> = evaluations.iter().map(last).collect();
    let distinct = short.iter().collect::<BTreeSet<_>>().len() == short.len();
    if distinct { short } else { evaluations.iter().map(|evaluation| evaluation.label.clone()).collect() }
}

fn row(name: &str, name_width: usize, figures: &Figures) -> String {
    let (before, after) = (&figures.before, &figures.after);
    format!(
        "{}  {:>9}  {:.4}  {:.4}  {:.4}     {:.4}  {:.4}  {}    {:.4}  {}",
        padded(name, name_width),
        number(after.documents as u64),
        after.word.precision,
        after.word.recall,
        after.word.f1,
        after.shingle.precision,
        after.shingle.recall,
        change(before.shingle.f1, after.shingle.f1),
        figures.possible.shingle.f1,
        change(before.exact, after.exact),
    )
}

fn harm(name: &str, name_width: usize, harm: &Harm) -> String {
    let name = padded(name, name_width);
    format!("{name}  {:>9}          {:.4}  {} emptied", number(harm.documents as u64), harm.recall, harm.emptied)
}

fn removals(name: &str, evaluation: &Evaluation, out: &mut Stdout) -> Result<(), Stop> {
    if evaluation.removals.classes.is_empty() {
        return Ok(());
    }
    out.line(format_args!("\nremoved from {name}:"))?;
    out.line("  class            lines       words  of the gold  precision")?;
    for (class, removed) in &evaluation.removals.classes {
        out.line(format_args!(
            "  {:<12} {:>9}  {:>10}  {:>11}     {:.4}",
            class.name(),
            number(removed.lines as u64),
            number(removed.words as u64),
            number(removed.gold_words as u64),
            removed.precision()
        ))?;
    }
    Ok(())
}

fn comparison(report: &Report<'_>, names: &[String], name_width: usize, out: &mut Stdout) -> Result<(), Stop> {
    let noun = if report.gold.groups.is_empty() { "document" } else { "group" };
    let units = report.gold.units.iter().max().map_or(0, |max| max + 1);
    out.line(format_args!(
        "\nagainst --baseline {} (95 % interval, {} drawn {} times):",
        report.baseline.unwrap_or_default(),
        count(units as u64, noun),
        number(RESAMPLES as u64)
    ))?;
    for (evaluation, name) in report.evaluations.iter().zip(names) {
        if let Some(Comparison { word_f1, shingle_f1, .. }) = Comparison::of(evaluation, report.gold) {
            let label = padded(name, name_width);
            out.line(format_args!("{label}  shingle F1 {}", difference(&shingle_f1)))?;
            out.line(format_args!("{:name_width$}  word F1    {}", "", difference(&word_f1)))?;
        }
    }
    if let Some(from) = report.gold_back.of_baseline() {
        let to = report.gold_back.harm();
        let recall = change(from.recall, to.recall);
        let name = padded(GOLD, name_width);
        out.line(format_args!("{name}  word recall {recall}, {} → {} emptied", from.emptied, to.emptied))?;
    }
    Ok(())
}

fn worst(document: &Worst, out: &mut Stdout) -> Result<(), Stop> {
    let figures = format!("shingle F1 {:.4}, possible {:.4}", document.after, document.possible);
    out.line(format_args!("  {}  {figures}", output::visible(&document.id)))?;
    let shown = longest(&document.lines);
    for wrong in &shown {
        let line = match &wrong.removed {
            None => format!("    {:>5} + {}", wrong.line, wrong.text),
            Some((class, reasons)) => {
                format!("    {:>5} - {class} [{}] {}", wrong.line, reasons.join(", "), wrong.text)
            }
        };
        out.line(output::fitted(&line))?;
    }
    if document.lines.len() > shown.len() {
        let more = document.lines.len() - shown.len();
        out.line(format_args!("          and {more} more; --json lists them"))?;
    }
    Ok(())
}

/// The longest of the lines wrongly kept, and of those wrongly removed, in the order of the document.
fn longest(lines: &[Wrong]) -> Vec<&Wrong> {
    let mut shown = Vec::new();
    for removed in [false, true] {
        let mut some: Vec<&Wrong> = lines.iter().filter(|wrong| wrong.removed.is_some() == removed).collect();
        some.sort_by_key(|wrong| Reverse(wrong.text.len()));
        shown.extend(some.into_iter().take(SHOWN_LINES));
    }
    shown.sort_by_key(|wrong| wrong.line);
    shown
}

fn difference(difference: &Difference) -> String {
    let (low, high) = difference.interval;
    let change = change(difference.from, difference.to);
    format!("{change}, {:+.4} ({low:+.4} to {high:+.4})", difference.difference())
}

fn change(from: f64, to: f64) -> String {
    format!("{from:.4} → {to:.4}")
}

/// Columns that a name takes on the screen.
fn width(name: &str) -> usize {
    console::measure_text_width(name)
}

fn padded(name: &str, to: usize) -> String {
    let name = output::visible(name);
    let gap = to.saturating_sub(width(&name));
    name + &" ".repeat(gap)
}
