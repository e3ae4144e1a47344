//! The command `eval`: cleans texts whose bodies are known, and reports how near they come.
//! What the figures mean is defined in `bodytext_eval`.

use std::path::Path;

use bodytext_eval::{
    CleanTextReport, CleanTextScores, CleanerId, CorpusDocument, DocumentScores, DocumentSet, Evaluator, InputReport,
    Pair,
};
use rayon::prelude::*;
use serde::Serialize;

use crate::args::CleaningArgs;
use crate::args::eval::EvalArgs;
use crate::batch;
use crate::exit_code::{ExitCode, Stop};
use crate::guard::guarded;
use crate::interrupt;
use crate::output::{self, Stdout};
use crate::plan;
use crate::progress::Progress;
use crate::read::documents::{Request, display_name, read_documents, total_size};
use crate::settings;
use crate::summary::{self, count};
use crate::tally::Failure;

pub(super) mod gold;
mod table;

use gold::Gold;

/// The report, as `--json` prints it. Its keys stay; new ones may be added.
#[derive(Serialize)]
struct EvalReport<'a> {
    documents: usize,
    gold_without_text: usize,
    repeated_gold_ids: usize,
    #[serde(flatten)]
    cleaner: CleanerId,
    baseline: Option<Baseline<'a>>,
    inputs: Vec<InputReport>,
    clean_text: CleanTextReport,
    failures: Vec<Failure>,
}

#[derive(Serialize)]
struct Baseline<'a> {
    name: &'a str,
    #[serde(flatten)]
    cleaner: CleanerId,
}

/// Scores documents in parallel, until a signal asks to stop.
struct Scoring<'a> {
    evaluator: Evaluator<'a>,
    progress: &'a Progress,
    failures: Vec<Failure>,
}

/// Measures what the arguments name.
pub(crate) fn run(args: &EvalArgs) -> Result<ExitCode, Stop> {
    if args.inputs.iter().chain([&args.gold.gold]).filter(|path| *path == Path::new("-")).count() > 1 {
        return Err(Stop::usage("- is given twice, but standard input can be read only once; leave one out"));
    }
    interrupt::listen();
    batch::pool(args.work.threads.map(std::num::NonZeroUsize::get))?.install(|| measure(args))
}

fn measure(args: &EvalArgs) -> Result<ExitCode, Stop> {
    let fields = plan::fields(&args.records)?;
    let encoding = settings::encoding(args.cleaning.encoding.as_deref())?;
    let by = args.by.as_deref().map(|by| gold::field("--by", by)).transpose()?;
    let Gold { mut corpus, without_text, repeated, failures } = gold::read(&args.gold, &args.records, by.as_slice())?;
    if by.is_some() {
        corpus.group_by(0);
    }
    // A gold body has no headline. `--keep headline` keeps it, here as elsewhere.
    let cleaning = CleaningArgs { body_only: true, ..args.cleaning.clone() };
    let cleaner = settings::cleaner(&cleaning)?;
    let baseline = args.baseline.as_deref().map(|name| settings::baseline(&cleaning, name)).transpose()?;
    let verbose = !args.work.quiet && !args.json;
    if let Some(warning) = settings::unknown_languages(&cleaning.rules, cleaner.rules()).filter(|_| verbose) {
        output::note(warning);
    }
    let gold_bytes: usize = corpus.gold().documents().iter().map(|document| document.text.len()).sum();
    let all_bytes = args.inputs.iter().map(|path| total_size(path)).sum::<u64>() + gold_bytes as u64;
    let progress = Progress::new(!args.work.quiet && all_bytes > 0, args.inputs.len() + 1, all_bytes);
    let evaluator = Evaluator { corpus: &corpus, cleaner: &cleaner, baseline: baseline.as_ref() };
    let mut scoring = Scoring { evaluator, progress: &progress, failures };
    let clean_text = scoring.clean_texts()?;
    progress.file_done();
    let mut inputs = Vec::with_capacity(args.inputs.len());
    let request = Request { fields: &fields, values: &[], encoding, by_id: true, max_bytes: u64::MAX };
    for path in &args.inputs {
        interrupt::check()?;
        match read_documents(path, &request) {
            Ok(found) => {
                scoring.failures.extend(found.failures);
                let texts = found.documents.into_iter().map(|document| document.into_corpus(encoding)).collect();
                inputs.push(scoring.input(&display_name(path), &texts, args.worst)?);
            }
            Err(why) => scoring.failures.push(unreadable(path, &why)),
        }
        progress.file_done();
    }
    progress.finish();
    let report = EvalReport {
        documents: corpus.gold().documents().len(),
        gold_without_text: without_text,
        repeated_gold_ids: repeated,
        cleaner: CleanerId::of(&cleaner),
        baseline: std::iter::zip(&args.baseline, &baseline)
            .map(|(name, cleaner)| Baseline { name, cleaner: CleanerId::of(cleaner) })
            .next(),
        inputs,
        clean_text,
        failures: scoring.failures,
    };
    if args.json {
        let mut out = Stdout::new();
        out.json(&report)?;
        out.finish()?;
    } else if !report.inputs.is_empty() {
        table::print(&report, &corpus)?;
    }
    if verbose {
        print_notes(&report, &display_name(&args.gold.gold));
    }
    report.failures.iter().for_each(|failure| output::note(summary::line(failure)));
    Ok(if report.failures.is_empty() { ExitCode::Success } else { ExitCode::SomeFailed })
}

impl Scoring<'_> {
    /// Scores the texts of an input, and finds its `worst` documents.
    fn input(&mut self, name: &str, texts: &DocumentSet, worst: usize) -> Result<InputReport, Stop> {
        let (evaluator, progress) = (self.evaluator, self.progress);
        let pairing = evaluator.corpus.pair(texts);
        let results = score(&pairing.pairs, |pair| {
            let scores = evaluator.document(*pair);
            progress.advance(pair.text.map_or(0, |text| text.text.len() as u64));
            scores
        })?;
        let mut scores: Vec<DocumentScores> = Vec::with_capacity(results.len());
        for (pair, result) in std::iter::zip(&pairing.pairs, results) {
            scores.push(result.unwrap_or_else(|fault| {
                self.failures.push(failure(name, pair.gold, &fault));
                evaluator.document(Pair { text: None, ..*pair })
            }));
        }
        Ok(evaluator.input(name, &pairing, &scores, worst))
    }

    /// Cleans the gold bodies.
    fn clean_texts(&mut self) -> Result<CleanTextReport, Stop> {
        let (evaluator, progress) = (self.evaluator, self.progress);
        let gold = evaluator.corpus.gold().documents();
        let results = score(gold, |document| {
            let scores = evaluator.clean_text(document);
            progress.advance(document.text.len() as u64);
            scores
        })?;
        let mut scores: Vec<CleanTextScores> = Vec::with_capacity(results.len());
        for (document, result) in std::iter::zip(gold, results) {
            scores.push(result.unwrap_or_else(|fault| {
                self.failures.push(failure("the gold", document, &fault));
                CleanTextScores::default()
            }));
        }
        Ok(evaluator.clean_texts(&scores))
    }
}

/// Scores in parallel, in order. Where the library panics, the result has the message.
fn score<T: Sync, S: Send>(items: &[T], score: impl Fn(&T) -> S + Sync + Send) -> Result<Vec<Result<S, String>>, Stop> {
    let results = items.par_iter().map(|item| (!interrupt::requested()).then(|| guarded(|| score(item))));
    let results = results.while_some().collect();
    interrupt::check()?;
    Ok(results)
}

fn failure(name: &str, document: &CorpusDocument, fault: &str) -> Failure {
    Failure { path: name.to_owned(), line: None, reason: format!("{}: {fault}", document.id) }
}

/// An input that cannot be read at all.
pub(super) fn unreadable(path: &Path, why: &str) -> Failure {
    Failure::of(path, format!("{why}; an input is JSON Lines or a folder of texts"))
}

/// Prints what may explain the figures.
fn print_notes(report: &EvalReport<'_>, gold: &str) {
    let repeated = "more than once; the last one counts";
    let mut notes = vec![
        (gold, report.gold_without_text, "record", "without a gold body, left out"),
        (gold, report.repeated_gold_ids, "id", repeated),
    ];
    for input in &report.inputs {
        notes.push((&input.input, input.missing, "document", "of the gold not here; counted as empty"));
        notes.push((&input.input, input.without_gold, "text", "without gold, left out"));
        notes.push((&input.input, input.repeated_ids, "id", repeated));
    }
    for (name, n, noun, what) in notes.into_iter().filter(|(_, n, ..)| *n > 0) {
        output::note(format_args!("{name}: {} {what}", count(n as u64, noun)));
    }
    for input in report.inputs.iter().filter(|input| input.missing == report.documents) {
        output::note(format_args!("{}: no id is in the gold; check --id-field", input.input));
    }
}
