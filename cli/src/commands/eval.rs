//! The command `eval`: cleans texts whose right bodies are known, and says how near they come.
//! What the figures mean is for the library (`bodytext_eval`); texts are cleaned exactly as by `clean`.
//! For tuning, and for people who have gold of their own.

use std::fs;
use std::path::Path;

use crate::args::CleaningArgs;
use crate::args::eval::EvalArgs;
use crate::batch;
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::interrupt;
use crate::output::{self, Stdout};
use crate::plan;
use crate::progress::Progress;
use crate::source::folder::{self, Filter};
use crate::summary::{self, count};
use crate::tally::Failure;

mod figures;
pub(super) mod gold;
mod json;
mod measure;
mod removals;
mod report;
pub(super) mod texts;

use figures::GoldBack;
use gold::Gold;
use measure::{Evaluation, Job};

/// All that is told in the end.
struct Report<'a> {
    gold: &'a Gold,
    evaluations: Vec<Evaluation>,
    gold_back: GoldBack,
    /// The name of the baseline.
    baseline: Option<&'a str>,
    /// Failures of whole inputs, and of the gold.
    failed: Vec<Failure>,
}

impl Report<'_> {
    fn failures(&self) -> impl Iterator<Item = &Failure> {
        self.gold.failures.iter().chain(&self.failed).chain(self.evaluations.iter().flat_map(|e| &e.failures))
    }
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
    let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
    let gold = gold::read(&args.gold, &args.records, &[], args.by.as_deref())?;
    // A gold body has no headline. `--keep headline` is the way to keep it, here as elsewhere.
    let cleaning = CleaningArgs { body_only: true, ..args.cleaning.clone() };
    let cleaner = config::cleaner(&cleaning)?;
    let baseline = args.baseline.as_deref().map(|name| config::baseline(&cleaning, name)).transpose()?;
    let talks = !args.work.quiet && !args.json;
    if let Some(warning) = config::unknown_languages(&cleaning.rules, cleaner.rules()).filter(|_| talks) {
        output::note(warning);
    }
    let of_gold: u64 = gold.documents.iter().map(|named| named.text.len() as u64).sum();
    let all = args.inputs.iter().map(|path| size(path)).sum::<u64>() + of_gold;
    let progress = Progress::new(!args.work.quiet && all > 0, args.inputs.len() + 1, all);
    let job = Job { gold: &gold, cleaner: &cleaner, baseline: baseline.as_ref(), encoding, progress: &progress };
    let (kept, mut failed) = job.gold_back(&cleaner)?;
    let of_baseline = baseline.as_ref().map(|baseline| job.gold_back(baseline)).transpose()?.map(|(kept, _)| kept);
    progress.file_done();
    let mut evaluations = Vec::with_capacity(args.inputs.len());
    for path in &args.inputs {
        interrupt::check()?;
        match texts::read(path, &fields, &[], encoding) {
            Ok(texts) => evaluations.push(job.input(texts::label(path), texts, args.worst)?),
            Err(why) => failed.push(texts::not_read(path, &why)),
        }
        progress.file_done();
    }
    progress.finish();
    let gold_back = GoldBack { kept, baseline: of_baseline };
    let report = Report { gold: &gold, evaluations, gold_back, baseline: args.baseline.as_deref(), failed };
    if args.json {
        let mut out = Stdout::new();
        out.line(json::object(&report, &cleaner, baseline.as_ref()))?;
        out.finish()?;
    } else if !report.evaluations.is_empty() {
        report::print(&report)?;
    }
    if talks {
        notes(&report, &texts::label(&args.gold.gold));
    }
    report.failures().for_each(|failure| output::note(summary::line(failure)));
    Ok(if report.failures().next().is_some() { ExitCode::SomeFailed } else { ExitCode::Success })
}

/// What bears on the figures without being wrong.
fn notes(report: &Report<'_>, gold: &str) {
    let note = |label: &str, n: usize, noun: &str, what: &str| {
        if n > 0 {
            output::note(format_args!("{label}: {} {what}", count(n as u64, noun)));
        }
    };
    note(gold, report.gold.without_text, "record", "without a gold body, left out");
    note(gold, report.gold.repeated, "id", "more than once; the last one counts");
    for evaluation in &report.evaluations {
        note(&evaluation.label, evaluation.missing, "document", "of the gold not here; counted as empty");
        note(&evaluation.label, evaluation.without_gold, "text", "without gold, left out");
        note(&evaluation.label, evaluation.repeated, "id", "more than once; the last one counts");
        if evaluation.missing == evaluation.outcomes.len() {
            output::note(format_args!("{}: no id is in the gold; check --id-field", evaluation.label));
        }
    }
}

/// The bytes that are to be read, as far as is known.
fn size(path: &Path) -> u64 {
    if path.is_dir() {
        let filter = Filter::new(&[], &[]).ok();
        return filter.map_or(0, |filter| folder::list(path, &filter, &mut Vec::new()).iter().map(|f| f.bytes).sum());
    }
    fs::metadata(path).map_or(0, |meta| meta.len())
}
