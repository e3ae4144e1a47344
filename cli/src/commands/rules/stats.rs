//! The command `rules list --stats`: which rules fire on given texts, how often and on what, which never do, and which
//! phrases the packs of several languages have.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use bodytext::unstable::Rule;
use bodytext::{Cleaner, Options};
use bodytext_eval::{Firings, count_firings};
use indicatif::HumanCount;
use serde_json::json;

use crate::args::ListArgs;
use crate::commands::bench;
use crate::config;
use crate::error::{Error, ExitCode};
use crate::summary::count;
use crate::terminal::{Stdout, eprint, fitted};

/// In how many packs a phrase must be to be listed as text. Two packs are mostly those of neighbours, such as Danish and
/// Norwegian, which share words that no third language has.
const LISTED_FROM: usize = 3;

/// The packs that have a phrase.
type Packs<'r> = BTreeSet<&'r str>;

pub(super) fn run(args: &ListArgs, path: &std::path::Path) -> Result<ExitCode, Error> {
    let rules = config::rule_set(&args.rules, None)?;
    let documents = bench::load(path, &args.records, args.max_mb)?.documents;
    let cleaner = Cleaner::new(rules, None, Options::default());
    let firings = count_firings(&cleaner, &documents);
    let duplicates = duplicates(cleaner.rules().rules());
    let mut rows: Vec<(&Rule, Firings)> = std::iter::zip(cleaner.rules().rules(), firings).collect();
    rows.sort_by_key(|(_, firings)| Reverse((firings.lines, firings.documents)));
    let mut out = Stdout::new();
    let width = rows.iter().map(|(rule, _)| rule.id.len()).max().unwrap_or_default();
    if !args.json {
        out.print(format_args!("{:>9} {:>9} {:>9}  {:width$}  first line", "lines", "removed", "documents", "rule"))?;
    }
    for (rule, firings) in &rows {
        let Firings { documents, lines, removed, sample } = firings;
        if args.json {
            out.print(json!({
                "id": rule.id, "kind": rule.action.name(), "class": rule.class.name(), "pack": rule.pack,
                "lines": lines, "removed": removed, "documents": documents, "sample": sample,
                "duplicates": duplicates_of(rule, &duplicates),
            }))?;
            continue;
        }
        let [lines, removed, documents] = [lines, removed, documents].map(|n| HumanCount(*n).to_string());
        let sample = sample.as_deref().unwrap_or_default();
        let row = format!("{lines:>9} {removed:>9} {documents:>9}  {:width$}  {sample}", rule.id);
        out.print(fitted(&row).trim_end())?;
    }
    if !args.json {
        print_duplicates(&mut out, &duplicates)?;
    }
    out.finish()?;
    if !args.json {
        let silent = rows.iter().filter(|(_, firings)| firings.lines == 0).count();
        eprint(format_args!(
            "{}, {} in {}, {silent} of them on no line",
            count(documents.len() as u64, "document"),
            count(rows.iter().map(|(_, firings)| firings.lines).sum(), "hit"),
            count(rows.len() as u64, "rule"),
        ));
    }
    Ok(ExitCode::Success)
}

/// The phrases that the packs of two languages or more have, with these packs. What is the same word in every language is
/// written once, in a pack for all languages.
fn duplicates(rules: &[Rule]) -> BTreeMap<&str, Packs<'_>> {
    let mut packs: BTreeMap<&str, Packs<'_>> = BTreeMap::new();
    for rule in rules.iter().filter(|rule| !rule.languages().is_empty()) {
        for phrase in rule.phrases() {
            packs.entry(phrase).or_default().insert(&rule.pack);
        }
    }
    packs.retain(|_, packs| packs.len() > 1);
    packs
}

/// The phrases of a rule that packs of other languages have too, with all packs that have them.
fn duplicates_of<'r>(rule: &'r Rule, duplicates: &BTreeMap<&'r str, Packs<'r>>) -> BTreeMap<&'r str, Packs<'r>> {
    let of_language = !rule.languages().is_empty();
    let phrases = rule.phrases().iter().filter(|_| of_language);
    phrases.filter_map(|phrase| Some((phrase.as_str(), duplicates.get(phrase.as_str())?.clone()))).collect()
}

fn print_duplicates(out: &mut Stdout, duplicates: &BTreeMap<&str, Packs<'_>>) -> Result<(), Error> {
    let mut listed: Vec<_> = duplicates.iter().filter(|(_, packs)| packs.len() >= LISTED_FROM).collect();
    listed.sort_by_key(|(_, packs)| Reverse(packs.len()));
    if listed.is_empty() {
        return Ok(());
    }
    let width = listed.iter().map(|(phrase, _)| phrase.chars().count()).max().unwrap_or_default();
    out.print(format_args!("\n{:>9}  {:width$}  in the packs", "packs", "phrase"))?;
    for (phrase, packs) in listed {
        let names: Vec<&str> = packs.iter().copied().collect();
        out.print(format_args!("{:>9}  {phrase:width$}  {}", packs.len(), names.join(", ")))?;
    }
    Ok(())
}
