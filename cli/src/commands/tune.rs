//! The command `tune`: trains a scoring model on pages with known bodies. The built-in model is trained with it.
//! `bodytext_eval::training` defines the training.

use std::num::NonZeroUsize;
use std::path::Path;

use bodytext::ScoringModel;
use bodytext_eval::LoadedDocument;
use bodytext_eval::training::{
    CLEAN_TEXT_WEIGHT, TrainingConfig, TrainingFigures, TrainingSet, folds_by_site, renumber_folds, train,
};

use crate::args::CleaningArgs;
use crate::args::tune::TuneArgs;
use crate::config;
use crate::error::{Error, ExitCode};
use crate::interrupt;
use crate::run::thread_pool;
use crate::summary::count;
use crate::terminal::{self, Stdout, shown};
use crate::write::atomic_file::write_atomic;

use super::eval::gold::{self, Gold};
use super::eval::read_inputs;

/// The positions of values of a gold document: the fields are requested in this order.
const WEIGHT: usize = 0;
const SITE: usize = 1;
const FOLD: usize = 2;
/// The fold numbers in the gold must be below this.
const MAX_FOLD: usize = 100;

pub(crate) fn run(args: &TuneArgs) -> Result<ExitCode, Error> {
    if let Some(path) = args.output.as_deref().filter(|path| path.exists() && !args.force) {
        return Err(Error::usage(format!("{} exists; name another file with -o, or write --force", shown(path))));
    }
    if let Some(wrong) = args.keep_preference.filter(|k| !k.is_finite() || *k <= 0.0) {
        return Err(Error::usage(format!("--keep-preference {wrong}: write a number above 0, for example 1.5")));
    }
    interrupt::listen();
    thread_pool(args.work.threads.map(NonZeroUsize::get))?.install(|| tune(args))
}

fn tune(args: &TuneArgs) -> Result<ExitCode, Error> {
    let cleaning = CleaningArgs { body_only: true, ..args.cleaning.clone() };
    let base = config::model(&args.from, args.cleaning.rules.max_rule_file)?;
    let before =
        config::cleaner(&cleaning)?.with_model(ScoringModel::keeping(true)).with_model(ScoringModel::keeping(false));
    let before = base.iter().fold(before, |cleaner, base| cleaner.with_model(base.clone()));
    let Gold { corpus, mut failures, .. } = read_gold(args)?;
    let inputs = read_inputs(&args.inputs, &args.records, &args.cleaning, &mut failures)?;
    let gold = &corpus.gold.documents;
    let mut set = TrainingSet::new(&corpus, folds(args, gold)?, weights(args, gold)?);
    for (name, texts) in &inputs {
        interrupt::check()?;
        set.add(name, texts, &before, 1.0);
    }
    check(&set)?;
    let for_pages = set.examples()[0].of_page;
    if !for_pages {
        set.add("clean text", &corpus.gold, &before, CLEAN_TEXT_WEIGHT);
    }
    if !args.work.quiet {
        let lines: usize = set.examples().iter().map(|example| example.body.len()).sum();
        let (pages, lines) = (count(set.examples().len() as u64, "page"), count(lines as u64, "line"));
        terminal::eprint(format_args!("training on {pages} with {lines}"));
    }
    let mut config = match base {
        Some(_) => TrainingConfig::FINE_TUNING,
        None if for_pages => TrainingConfig::NEW_PAGE_MODEL,
        None => TrainingConfig::NEW_MODEL,
    };
    config.rounds = args.rounds.map_or(config.rounds, NonZeroUsize::get);
    config.positive_weight = args.keep_preference.unwrap_or(config.positive_weight);
    let trained = train(set.examples(), base.as_ref(), &config);
    interrupt::check()?;
    if let Some(path) = &args.output {
        let made_from =
            format!("{} pages, {} trees in each stage, from {}", set.examples().len(), config.rounds, args.from);
        write_model(path, &made_from, &trained.model)?;
    }
    let after = before.with_model(trained.model.clone());
    let mut figures = Vec::with_capacity(set.inputs());
    for input in 0..set.inputs() {
        interrupt::check()?;
        figures.push(set.figures(input, &before, &after, &trained.out_of_fold));
    }
    print(&figures, if base.is_some() { "before" } else { "rules" }, !for_pages)?;
    failures.iter().for_each(terminal::eprint);
    Ok(if failures.is_empty() { ExitCode::Success } else { ExitCode::SomeFailed })
}

fn read_gold(args: &TuneArgs) -> Result<Gold, Error> {
    if args.gold.gold.is_dir() {
        return gold::read(&args.gold, &args.records, &[]);
    }
    let mut fields =
        vec![gold::field("--weight-field", &args.weight_field)?, gold::field("--site-field", &args.site_field)?];
    if let Some(fold) = &args.fold_field {
        fields.push(gold::field("--fold-field", fold)?);
    }
    gold::read(&args.gold, &args.records, &fields)
}

fn check(set: &TrainingSet<'_>) -> Result<(), Error> {
    let Some(first) = set.examples().first() else {
        return Err(Error::usage("no text of the inputs is in the gold; check --id-field"));
    };
    if set.examples().iter().any(|example| example.of_page != first.of_page) {
        return Err(Error::usage(
            "some of the texts are HTML and some are not, and a model is for texts or for web pages; name inputs of one kind",
        ));
    }
    if set.examples().iter().all(|example| example.fold == first.fold) {
        return Err(Error::usage(
            "all pages are of one site; a model is judged on sites it was not trained on, so name two or more",
        ));
    }
    Ok(())
}

fn weights(args: &TuneArgs, gold: &[LoadedDocument]) -> Result<Vec<f32>, Error> {
    let weight = |document: &LoadedDocument| {
        let Some(text) = value(document, WEIGHT) else { return Ok(1.0) };
        text.parse().ok().filter(|weight: &f32| weight.is_finite() && *weight >= 0.0).ok_or_else(|| {
            let field = &args.weight_field;
            Error::usage(format!(
                "{}: field {field} is not a number from 0; name another with --weight-field",
                document.id
            ))
        })
    };
    gold.iter().map(weight).collect()
}

/// The fold of each page: from the gold, or by its site.
fn folds(args: &TuneArgs, gold: &[LoadedDocument]) -> Result<Vec<usize>, Error> {
    if args.fold_field.is_none() {
        let sites: Vec<&str> = gold
            .iter()
            .map(|document| value(document, SITE).or(document.host.as_deref()).unwrap_or(&document.id))
            .collect();
        return Ok(folds_by_site(&sites));
    }
    let mut folds = Vec::with_capacity(gold.len());
    for document in gold {
        let text = value(document, FOLD).unwrap_or_default();
        let fold = text.parse().ok().filter(|fold| *fold < MAX_FOLD).ok_or_else(|| {
            Error::usage(format!("{}: the fold is `{text}`; write a number from 0 to {}", document.id, MAX_FOLD - 1))
        })?;
        folds.push(fold);
    }
    Ok(renumber_folds(&folds))
}

fn value(document: &LoadedDocument, field: usize) -> Option<&str> {
    document.values.get(field)?.as_deref()
}

/// Prints the shingle F1 of each input and, for the last one, if it is the clean text, the recall of words.
fn print(figures: &[TrainingFigures], before: &str, with_clean_text: bool) -> Result<(), Error> {
    let mut out = Stdout::new();
    let width = figures.iter().map(|row| row.name.chars().count()).max().unwrap_or(0);
    out.print(format_args!(
        "{:<width$}  documents  input   {before:<6}  in-sample  out-of-fold  exact (out-of-fold)",
        ""
    ))?;
    for (index, TrainingFigures { name, input, before, in_sample, out_of_fold }) in figures.iter().enumerate() {
        let columns = [input, before, in_sample, out_of_fold];
        let is_clean_text = with_clean_text && index + 1 == figures.len();
        let (columns, last) = if is_clean_text {
            (columns.map(|measures| measures.word.recall), "word recall".to_owned())
        } else {
            (columns.map(|measures| measures.shingle.f1), format!("{:.3}", out_of_fold.exact))
        };
        let documents = input.documents;
        let [input, before, in_sample, out_of_fold] = columns;
        out.print(format_args!(
            "{name:<width$}  {documents:>9}  {input:.4}  {before:.4}  {in_sample:>9.4}  {out_of_fold:>11.4}  {last}"
        ))?;
    }
    out.finish()
}

fn write_model(path: &Path, made_from: &str, model: &ScoringModel) -> Result<(), Error> {
    let version = env!("CARGO_PKG_VERSION");
    let head = format!("# Made by `bodytext tune` {version}: {made_from}. Generated; do not edit.\n");
    let written = head + &model.to_toml();
    // Nothing can be renamed onto a pipe or a device.
    if path.metadata().is_ok_and(|meta| !meta.is_file()) {
        return std::fs::write(path, written).map_err(|error| Error::write(path, error));
    }
    write_atomic(path, written.as_bytes(), false)
}
