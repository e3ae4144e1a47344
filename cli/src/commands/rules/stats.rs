//! The command `rules list --stats`: which rules fire on given texts, how often and on what, and which never do.

use std::cmp::Reverse;

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

pub(super) fn run(args: &ListArgs, path: &std::path::Path) -> Result<ExitCode, Error> {
    let rules = config::rule_set(&args.rules, None)?;
    let documents = bench::load(path, &args.records, args.max_mb)?.documents;
    let cleaner = Cleaner::new(rules, None, Options::default());
    let firings = count_firings(&cleaner, &documents);
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
            }))?;
            continue;
        }
        let [lines, removed, documents] = [lines, removed, documents].map(|n| HumanCount(*n).to_string());
        let sample = sample.as_deref().unwrap_or_default();
        let row = format!("{lines:>9} {removed:>9} {documents:>9}  {:width$}  {sample}", rule.id);
        out.print(fitted(&row).trim_end())?;
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
