//! The command `clean`: plan, run, summary.
//! The steps themselves stand in `plan`, `batch` and `summary`.
//! The default command.

use std::io::{self, IsTerminal};
use std::mem::ManuallyDrop;
use std::path::Path;
use std::time::Instant;

use crate::args::{self, CleanArgs, SummaryFormat};
use crate::batch;
use crate::checkpoint::Places;
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::interrupt;
use crate::manifest;
use crate::output::{self, Stdout};
use crate::plan::{Plan, Target};
use crate::progress::Progress;
use crate::sink::temporary;
use crate::summary;
use crate::tally::Tally;

/// Cleans what the arguments name.
pub(crate) fn run(args: &CleanArgs) -> Result<ExitCode, Stop> {
    if args.paths.is_empty() && output::stdin_is_terminal() {
        let mut out = Stdout::new();
        out.text(&args::help())?;
        out.finish()?;
        return Ok(ExitCode::Success);
    }
    interrupt::listen();
    // The process ends soon after; to give back the memory of all rules piece by piece takes a tenth of a short run.
    let plan = ManuallyDrop::new(Plan::new(args)?);
    let talks = !args.run.quiet && args.run.summary == SummaryFormat::Text;
    if talks && let Some(warning) = config::unknown_languages(&args.cleaning.rules, plan.cleaner.rules()) {
        output::note(warning);
    }
    if plan.finished {
        let manifest = plan.manifest.as_deref().map(manifest::read).transpose();
        let manifest = manifest.map_err(|why| Stop::usage(format!("{why}; run without --resume, with --force")))?;
        let inputs = || plan.items.iter().map(|item| (item.relative.as_path(), item.bytes));
        if manifest.as_ref().is_some_and(|manifest| !manifest.is_of(&plan.run, inputs())) {
            return Err(Stop::usage(
                "the run that has come to its end there had other inputs, rules or flags; run without --resume, with --force",
            ));
        }
        if let Some(missing) = manifest.as_ref().and_then(|manifest| manifest.missing(&plan.target)) {
            return Err(Stop::usage(format!("{} is missing; run without --resume, with --force", missing.display())));
        }
        // It may have been cut off after its last output, while it cleaned up; its locks go with these.
        let _locks = plan.locks()?;
        plan.places.as_ref().map_or(Ok(()), Places::remove)?;
        plan.manifest.iter().for_each(|path| temporary::forget(&manifest::timings(path)));
        output::note("bodytext: nothing is left to do: the run has come to its end; --force does it again");
        let failed = manifest.map_or(0, |manifest| manifest.head.failed);
        return Ok(if failed > 0 { ExitCode::SomeFailed } else { ExitCode::Success });
    }
    let progress = progress(args, &plan);
    let began = Instant::now();
    let result = batch::run(&plan, &progress);
    progress.finish();
    let tally = result?;
    if let Some(path) = &plan.manifest {
        timings(&manifest::timings(path), &tally, began.elapsed().as_secs_f64())?;
    }
    if plan.items.is_empty() && plan.failures.is_empty() && talks {
        output::note(match &plan.shard {
            Some(_) => "bodytext: no input is in this shard; check --shard, the folder, --include and --exclude",
            None => "bodytext: no file was found; check the folder, --include and --exclude",
        });
    }
    let rules = plan.cleaner.rules();
    match args.run.summary {
        _ if args.run.quiet => summary::print_failures(&tally),
        SummaryFormat::Text => summary::print_text(&tally, rules, plan.dry),
        SummaryFormat::Json => summary::print_json(&tally, rules, plan.dry),
    }
    Ok(if tally.failed > 0 { ExitCode::SomeFailed } else { ExitCode::Success })
}

/// What the clock measured, beside the manifest.
fn timings(path: &Path, tally: &Tally, seconds: f64) -> Result<(), Stop> {
    let text = serde_json::json!({ "seconds": seconds, "documents": tally.documents });
    temporary::write_whole(path, format!("{text}\n").as_bytes(), true)
}

fn progress(args: &CleanArgs, plan: &Plan) -> Progress {
    let bytes = plan.items.iter().map(|item| item.bytes).sum();
    // A bar among texts on one terminal would spoil both, and without sizes there is nothing to show.
    let on_terminal = plan.target == Target::Stdout && !plan.dry && io::stdout().is_terminal();
    Progress::new(!args.run.quiet && !on_terminal && bytes > 0, plan.items.len(), bytes)
}
