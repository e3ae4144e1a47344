//! The command `eval`: cleans texts with known bodies, and reports how similar the results are to the bodies.
//! `bodytext_eval` defines the figures.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use bodytext_eval::{CleanerId, DocumentScores, DocumentSet, Evaluator};
use rayon::prelude::*;

use crate::args::eval::EvalArgs;
use crate::args::{CleaningArgs, RecordArgs};
use crate::catch_panic::catch_panic;
use crate::config;
use crate::error::{Error, ExitCode};
use crate::input;
use crate::interrupt;
use crate::plan;
use crate::progress::Progress;
use crate::read::documents::{Request, display_name, read_documents};
use crate::run::thread_pool;
use crate::stats::Failure;
use crate::terminal::{self, Stdout};

pub(super) mod gold;
mod report;

use gold::Gold;
use report::{Baseline, EvalReport};

pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode, Error> {
    input::check_stdin_once(args.inputs.iter().chain([&args.gold.gold]))?;
    interrupt::listen();
    thread_pool(args.work.threads.map(NonZeroUsize::get))?.install(|| evaluate(args))
}

fn evaluate(args: &EvalArgs) -> Result<ExitCode, Error> {
    let by = args.by.as_deref().map(|by| gold::field("--by", by)).transpose()?;
    let gold = gold::read(&args.gold, &args.records, by.as_slice())?;
    let Gold { mut corpus, without_text, repeated, mut failures } = gold;
    if by.is_some() {
        corpus.group_by(0);
    }
    // A gold body has no headline. `--keep headline` keeps it, here as elsewhere.
    let cleaning = CleaningArgs { body_only: true, ..args.cleaning.clone() };
    let cleaner = config::cleaner(&cleaning)?;
    let with_headline = config::cleaner(&args.cleaning)?;
    let baseline = args.baseline.as_deref().map(|name| config::baseline(&cleaning, name)).transpose()?;
    let verbose = !args.work.quiet && !args.json;
    let texts = read_inputs(&args.inputs, &args.records, &args.cleaning, &mut failures)?;
    let bytes = texts.iter().map(|(_, texts)| texts).chain([&corpus.gold]).map(DocumentSet::bytes).sum();
    let progress = Progress::new(!args.work.quiet && bytes > 0, bytes);
    let of_gold = Evaluator { corpus: &corpus, cleaner: &cleaner, baseline: baseline.as_ref(), with_headline: None };
    let scores = score_texts(&of_gold, "the gold", &corpus.gold, &progress, &mut failures)?;
    let clean_text = of_gold.clean_text(&scores);
    let evaluator = Evaluator { with_headline: Some(&with_headline), ..of_gold };
    let mut inputs = Vec::with_capacity(texts.len());
    for (name, texts) in &texts {
        let scores = score_texts(&evaluator, name, texts, &progress, &mut failures)?;
        inputs.push(evaluator.input(name, texts, &scores, args.worst));
    }
    progress.finish();
    let baseline = args.baseline.as_deref().zip(baseline.as_ref());
    let report = EvalReport {
        documents: corpus.gold.documents.len(),
        gold_without_text: without_text,
        repeated_gold_ids: repeated,
        cleaner: CleanerId::of(&cleaner),
        baseline: baseline.map(|(name, cleaner)| Baseline { name, cleaner: CleanerId::of(cleaner) }),
        inputs,
        clean_text,
        failures,
    };
    if args.json {
        let mut out = Stdout::new();
        out.json(&report)?;
        out.finish()?;
    } else if !report.inputs.is_empty() {
        report.print(&corpus)?;
    }
    if verbose {
        report.print_notes(&display_name(&args.gold.gold));
    }
    report.failures.iter().for_each(terminal::eprint);
    Ok(if report.failures.is_empty() { ExitCode::Success } else { ExitCode::SomeFailed })
}

/// Loads the texts of inputs, with the names of the inputs. Unreadable ones are added to `failures`.
pub(super) fn read_inputs(
    paths: &[PathBuf],
    records: &RecordArgs,
    cleaning: &CleaningArgs,
    failures: &mut Vec<Failure>,
) -> Result<Vec<(String, DocumentSet)>, Error> {
    let fields = plan::fields(records)?;
    let encoding = config::encoding(cleaning.encoding.as_deref())?;
    let request = Request { fields: &fields, values: &[], encoding, by_id: true, max_bytes: u64::MAX };
    let mut inputs = Vec::with_capacity(paths.len());
    for path in paths {
        interrupt::check()?;
        match read_documents(path, &request) {
            Ok(found) => {
                failures.extend(found.failures);
                inputs.push((display_name(path), found.documents.into_iter().collect()));
            }
            Err(why) => {
                failures.push(Failure::of(path, format!("{why}; an input is JSON Lines or a folder of texts")));
            }
        }
    }
    Ok(inputs)
}

/// Scores the texts of an input in parallel, one for each gold document. Texts on which the library panics count as
/// missing.
fn score_texts(
    evaluator: &Evaluator<'_>,
    name: &str,
    texts: &DocumentSet,
    progress: &Progress,
    failures: &mut Vec<Failure>,
) -> Result<Vec<DocumentScores>, Error> {
    let gold = &evaluator.corpus.gold.documents;
    let results = gold.par_iter().map(|gold| {
        let text = texts.get(&gold.id);
        progress.advance(text.map_or(0, |text| text.bytes().len() as u64));
        (!interrupt::requested()).then(|| catch_panic(|| evaluator.score(gold, text)))
    });
    let results: Vec<Result<DocumentScores, String>> = results.while_some().collect();
    interrupt::check()?;
    let mut scores = Vec::with_capacity(results.len());
    for (gold, result) in std::iter::zip(gold, results) {
        scores.push(result.unwrap_or_else(|fault| {
            failures.push(Failure::of(Path::new(name), format!("{}: {fault}", gold.id)));
            evaluator.score(gold, None)
        }));
    }
    Ok(scores)
}
