//! The command `tune`: fits the weights to pages whose bodies are known, and writes them as a rule file.
//! How weights are fitted is for the library (`bodytext_eval::training`); gold and inputs are read as by `eval`.
//! For people with pages of their own; the built-in weights are made by it.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use bodytext::Cleaner;
use bodytext::ScoringModel;
use bodytext::unstable::Scores;
use bodytext_eval::training::{Page, Settings, Tuned, fit as train};
use bodytext_eval::{Measures, Score, gold_lines};
use encoding_rs::Encoding;
use rayon::prelude::*;

use crate::args::CleaningArgs;
use crate::args::tune::TuneArgs;
use crate::batch;
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::interrupt;
use crate::json::field::Field;
use crate::output::{self, Stdout};
use crate::plan;
use crate::sink::temporary;
use crate::summary::{self, count};

use super::eval::gold::{self, Gold};
use super::eval::texts::{self, Named};

/// Sites are dealt out to so many folds where the gold names none.
const FOLDS: usize = 5;
/// The name of the input that the gold is.
const GOLD: &str = "gold fed back";

/// A text of an input, with what it is to become.
struct Lesson<'a> {
    /// The document of the gold.
    gold: usize,
    text: std::borrow::Cow<'a, str>,
    host: Option<&'a str>,
    /// Where it stands among the pages; `None` where nothing is weighed, because its lines are no paragraphs.
    page: Option<usize>,
}

/// Fits weights to what the arguments name.
pub(crate) fn run(args: &TuneArgs) -> Result<ExitCode, Stop> {
    if let Some(path) = args.output.as_deref().filter(|path| path.exists() && !args.force) {
        return Err(Stop::usage(format!("{} exists; name another file with -o, or write --force", path.display())));
    }
    if let Some(wrong) = args.keep_preference.filter(|k| !k.is_finite() || *k <= 0.0) {
        return Err(Stop::usage(format!("--keep-preference {wrong}: write a number above 0, for example 1.5")));
    }
    interrupt::listen();
    batch::pool(args.work.threads.map(std::num::NonZeroUsize::get))?.install(|| fit(args))
}

fn fit(args: &TuneArgs) -> Result<ExitCode, Stop> {
    let cleaning = CleaningArgs { body_only: true, ..args.cleaning.clone() };
    let from = config::model(&args.from, args.cleaning.rules.max_rule_file)?;
    let weights = from.clone().unwrap_or_else(ScoringModel::keeping);
    let start = config::cleaner(&cleaning)?.with_model(weights);
    let fields = plan::fields(&args.records)?;
    let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
    let gold = read_gold(args)?;
    let mut failures = Vec::new();
    let mut inputs: Vec<(String, Vec<Named>)> = Vec::new();
    for path in &args.inputs {
        match texts::read(path, &fields, &[], encoding) {
            Ok(texts) => {
                failures.extend(texts.failures);
                inputs.push((texts::label(path), texts.named));
            }
            Err(why) => failures.push(texts::not_read(path, &why)),
        }
    }
    let folds = folds(args, &gold)?;
    let mut pages: Vec<Page> = Vec::new();
    let mut lessons: Vec<(String, Vec<Lesson<'_>>)> = Vec::new();
    let named: Vec<(String, &[Named])> = inputs
        .iter()
        .map(|(label, named)| (label.clone(), named.as_slice()))
        .chain([(GOLD.to_owned(), gold.documents.as_slice())])
        .collect();
    let places: HashMap<&str, usize> = gold.documents.iter().enumerate().map(|(i, d)| (&*d.id, i)).collect();
    for (label, named) in named {
        interrupt::check()?;
        let made: Vec<(Lesson<'_>, Option<Page>)> = named
            .par_iter()
            .filter_map(|named| places.get(&*named.id).map(|&at| lesson(&start, named, at, &gold, &folds, encoding)))
            .collect();
        let of_input = made.into_iter().map(|(mut lesson, page)| {
            lesson.page = page.map(|page| {
                pages.push(page);
                pages.len() - 1
            });
            lesson
        });
        lessons.push((label, of_input.collect()));
    }
    if pages.is_empty() {
        return Err(Stop::usage("no text of the inputs is in the gold; check --id-field"));
    }
    if folds.of.iter().max() == folds.of.iter().min() {
        return Err(Stop::usage(
            "all pages are of one site; weights are judged on sites they were not made from, so name two or more",
        ));
    }
    let talks = !args.work.quiet;
    if talks {
        let lines: usize = pages.iter().map(|page| page.body.len()).sum();
        let (pages, lines) = (count(pages.len() as u64, "page"), count(lines as u64, "line"));
        output::note(format_args!("fitting to {pages} with {lines}"));
    }
    let mut fitting = if from.is_some() { Settings::MORE } else { Settings::NEW };
    fitting.rounds = args.rounds.map_or(fitting.rounds, std::num::NonZeroUsize::get);
    fitting.keep = args.keep_preference.unwrap_or(fitting.keep);
    let each = |n: usize, job: &(dyn Fn(usize) + Sync)| (0..n).into_par_iter().with_max_len(1).for_each(job);
    let tuned = train(&pages, from.as_ref(), &fitting, &each);
    interrupt::check()?;
    let end = start.with_model(tuned.model.clone());
    if let Some(path) = &args.output {
        write(path, args, &fitting, &tuned.model, pages.len())?;
    }
    print(&lessons, &gold, &start, &end, &tuned, from.is_some())?;
    failures.extend(gold.failures);
    failures.iter().for_each(|failure| output::note(summary::line(failure)));
    Ok(if failures.is_empty() { ExitCode::Success } else { ExitCode::SomeFailed })
}

/// The folds of the gold's documents, and how much each counts.
struct Folds {
    of: Vec<usize>,
    weights: Vec<f32>,
}

fn read_gold(args: &TuneArgs) -> Result<Gold, Stop> {
    if args.gold.gold.is_dir() {
        return gold::read(&args.gold, &args.records, &[], None);
    }
    let field = |flag: &str, text: &str| Field::parse(text).map_err(|why| Stop::usage(format!("{flag} {why}")));
    let mut more = vec![field("--weight-field", &args.weight_field)?, field("--site-field", &args.site_field)?];
    if let Some(fold) = &args.fold_field {
        more.push(field("--fold-field", fold)?);
    }
    gold::read(&args.gold, &args.records, &more, None)
}

/// Deals sites out to folds, the largest first, each to the fold that has fewest pages.
fn folds(args: &TuneArgs, gold: &Gold) -> Result<Folds, Stop> {
    let more = 2 + usize::from(args.fold_field.is_some());
    // The fields asked for stand last, behind those that documents were chosen by.
    let value = |named: &Named, n: usize| -> Option<String> {
        named.values.len().checked_sub(more).and_then(|first| named.values[first + n].clone())
    };
    let mut weights = Vec::with_capacity(gold.documents.len());
    for named in &gold.documents {
        let weight = value(named, 0).map_or(Ok(1.0), |text| text.parse::<f32>());
        match weight {
            Ok(weight) if weight.is_finite() && weight >= 0.0 => weights.push(weight),
            _ => {
                let field = &args.weight_field;
                return Err(Stop::usage(format!(
                    "{}: field {field} is no number from 0; name another with --weight-field",
                    named.id
                )));
            }
        }
    }
    if args.fold_field.is_some() {
        let fold = |named: &Named| {
            let text = value(named, 2).unwrap_or_default();
            text.parse::<usize>()
                .ok()
                .filter(|fold| *fold < 100)
                .ok_or_else(|| Stop::usage(format!("{}: the fold is `{text}`; write a number from 0 to 99", named.id)))
        };
        let named: Vec<usize> = gold.documents.iter().map(fold).collect::<Result<_, _>>()?;
        // Without gaps: folds that were left out on purpose would be fitted to nothing.
        let mut there = named.clone();
        there.sort_unstable();
        there.dedup();
        let of = named.iter().map(|fold| there.partition_point(|t| t < fold)).collect();
        return Ok(Folds { of, weights });
    }
    let mut sites: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, named) in gold.documents.iter().enumerate() {
        let host = named.text.host().map(str::to_owned);
        let site = value(named, 1).or(host).unwrap_or_else(|| named.id.clone());
        sites.entry(site).or_default().push(index);
    }
    let mut sites: Vec<Vec<usize>> = sites.into_values().collect();
    sites.sort_by_key(|pages| std::cmp::Reverse(pages.len()));
    let mut of = vec![0; gold.documents.len()];
    let mut sizes = [0; FOLDS];
    for pages in sites {
        let smallest = (0..FOLDS).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[smallest] += pages.len();
        pages.into_iter().for_each(|page| of[page] = smallest);
    }
    Ok(Folds { of, weights })
}

fn lesson<'a>(
    cleaner: &Cleaner,
    named: &'a Named,
    at: usize,
    gold: &Gold,
    folds: &Folds,
    encoding: Option<&'static Encoding>,
) -> (Lesson<'a>, Option<Page>) {
    let text = named.text.decoded(encoding);
    let host = named.text.host();
    let cleaned = cleaner.clean_text(&text, host);
    let page = cleaner.features(&cleaned, host).filter(|features| !features.lines.is_empty()).map(|features| {
        let lines: Vec<&str> = features.lines.iter().map(|&line| cleaned.line(line)).collect();
        let body = gold_lines(&lines, &gold.documents[at].text.decoded(None));
        Page { features, body, fold: folds.of[at], weight: folds.weights[at] }
    });
    drop(cleaned);
    (Lesson { gold: at, text, host, page: None }, page)
}

/// The figures of an input, before and after.
struct Row {
    label: String,
    comes: Measures,
    from: Measures,
    plain: Measures,
    crossed: Measures,
}

fn print(
    lessons: &[(String, Vec<Lesson<'_>>)],
    gold: &Gold,
    start: &Cleaner,
    end: &Cleaner,
    tuned: &Tuned,
    had_weights: bool,
) -> Result<(), Stop> {
    let mut out = Stdout::new();
    let mut rows = Vec::new();
    for (label, lessons) in lessons {
        interrupt::check()?;
        let scores: Vec<[Score; 4]> = lessons
            .par_iter()
            .map(|lesson| {
                let wanted = gold.documents[lesson.gold].text.decoded(None);
                let crossed = crossed(end, lesson, &tuned.crossed);
                [
                    Score::of(&lesson.text, &wanted),
                    Score::of(start.clean_text(&lesson.text, lesson.host).text(), &wanted),
                    Score::of(end.clean_text(&lesson.text, lesson.host).text(), &wanted),
                    Score::of(&crossed, &wanted),
                ]
            })
            .collect();
        let of = |k: usize| Measures::of(scores.iter().map(|s| &s[k]));
        rows.push(Row { label: label.clone(), comes: of(0), from: of(1), plain: of(2), crossed: of(3) });
    }
    let width = rows.iter().map(|row| row.label.chars().count()).max().unwrap_or(0).max(5);
    let head = if had_weights { "before" } else { "rules" };
    out.line(format_args!("{:<width$}  texts  comes   {head:<6}  plain   crossed  exact (crossed)", "input"))?;
    for row in rows.iter().filter(|row| row.label != GOLD) {
        out.line(format_args!(
            "{:<width$}  {:>5}  {:.4}  {:.4}  {:.4}  {:.4}   {:.3}",
            row.label,
            row.comes.documents,
            row.comes.shingle.f1,
            row.from.shingle.f1,
            row.plain.shingle.f1,
            row.crossed.shingle.f1,
            row.crossed.exact
        ))?;
    }
    for row in rows.iter().filter(|row| row.label == GOLD) {
        out.line(format_args!(
            "{:<width$}  {:>5}  {:.4}  {:.4}  {:.4}  {:.4}   words that stay",
            row.label, row.comes.documents, 1.0, row.from.word.recall, row.plain.word.recall, row.crossed.word.recall
        ))?;
    }
    out.finish()
}

/// The text cleaned by weights that were made without its site.
fn crossed(cleaner: &Cleaner, lesson: &Lesson<'_>, crossed: &[Scores]) -> String {
    match lesson.page {
        Some(page) => cleaner.clean_scored(&lesson.text, lesson.host, &crossed[page]).text().to_owned(),
        None => cleaner.clean_text(&lesson.text, lesson.host).text().to_owned(),
    }
}

fn write(path: &Path, args: &TuneArgs, fitting: &Settings, model: &ScoringModel, pages: usize) -> Result<(), Stop> {
    let head = format!(
        "# Made by `bodytext tune` {}: {pages} pages, {} trees in each stage, from {}. Generated; do not edit.\n",
        env!("CARGO_PKG_VERSION"),
        fitting.rounds,
        args.from,
    );
    let written = head + &model.to_toml();
    // Nothing can be renamed onto a pipe or a device.
    if path.metadata().is_ok_and(|meta| !meta.is_file()) {
        return std::fs::write(path, written).map_err(|error| Stop::output(path, error));
    }
    temporary::write_whole(path, written.as_bytes(), false)
}
