//! The command `clean`: plan, run, summary. The default command.

use std::io::{self, IsTerminal};
use std::mem::ManuallyDrop;
use std::time::Instant;

use bodytext::Markup;

use crate::args::{CleanArgs, OutputFormat, SummaryFormat};
use crate::error::{Error, ExitCode};
use crate::input::Format;
use crate::interrupt;
use crate::plan::{Destination, Plan, Resume, timings_path};
use crate::progress::Progress;
use crate::run::run_plan;
use crate::run_log::Manifest;
use crate::stats::{Counter, RunStats};
use crate::summary::{self, SHOWN_FAILURES, Summary};
use crate::terminal::{self, eprint, shown};
use crate::write::{atomic_file, remove_if_there};

use super::print_help;

pub(crate) fn run(args: &CleanArgs) -> Result<ExitCode, Error> {
    if args.paths.is_empty() && terminal::stdin_is_terminal() {
        return print_help();
    }
    interrupt::listen();
    let mut args = args.clone();
    if args.files.to == Some(OutputFormat::Markdown) {
        args.files.to = Some(OutputFormat::Text);
        args.cleaning.pages_as = Markup::Markdown.name().to_owned();
    }
    let args = &args;
    // The process ends soon after; to free the memory of the model piece by piece takes a twentieth of a short run.
    let plan = ManuallyDrop::new(Plan::new(args)?);
    let warns = !args.run.quiet && args.run.summary == SummaryFormat::Text;
    if plan.files.resume == Resume::Finished {
        return finish_earlier_run(&plan);
    }
    let progress = progress(args, &plan);
    let start = Instant::now();
    let result = run_plan(&plan, &progress);
    progress.finish();
    let (stats, elapsed) = (result?, start.elapsed());
    write_timings(&plan, &stats, elapsed.as_secs_f64())?;
    if args.run.summary == SummaryFormat::Text {
        summary::print_failures(&stats, if args.run.quiet { usize::MAX } else { SHOWN_FAILURES });
    }
    if plan.inputs.is_empty() && plan.failures.is_empty() && warns {
        eprint(match &plan.shard {
            Some(_) => "bodytext: no input is in this shard; check --shard, the folder, --include and --exclude",
            None => "bodytext: no file was found; check the folder, --include and --exclude",
        });
    }
    // The summary has the hash of the rules, which takes half as long as all that is before it in a short run.
    match args.run.summary {
        _ if args.run.quiet => {}
        SummaryFormat::Json => eprint(serde_json::json!(Summary::new(&stats, &plan, elapsed))),
        SummaryFormat::Text if args.run.verbose => eprint(format_args!("{:#}", Summary::new(&stats, &plan, elapsed))),
        SummaryFormat::Text if is_filter(&plan) && is_whole(&stats) => {}
        SummaryFormat::Text => eprint(Summary::new(&stats, &plan, elapsed)),
    }
    Ok(exit_code(stats.failed))
}

/// Whether the run turns one text into another, as `sed` does, which says nothing when all went well.
fn is_filter(plan: &Plan) -> bool {
    matches!(plan.inputs.as_slice(), [text] if text.from == Format::Text)
        && plan.destination == Destination::Stdout
        && !plan.dry_run
}

/// Whether no document was left out, and no character lost.
fn is_whole(stats: &RunStats) -> bool {
    stats.records.dropped.is_empty() && stats.get(Counter::UndecodableCharacters) == 0
}

fn exit_code(failed: u64) -> ExitCode {
    if failed > 0 { ExitCode::SomeFailed } else { ExitCode::Success }
}

/// Reports that nothing is left to do, if the finished run in that place is the requested one.
fn finish_earlier_run(plan: &Plan) -> Result<ExitCode, Error> {
    let files = &plan.files;
    let manifest = files.manifest.as_deref().map(Manifest::read).transpose();
    let manifest = manifest.map_err(|why| Error::usage(format!("{why}; rerun with --force instead of --resume")))?;
    if let Some(manifest) = &manifest {
        if !manifest.is_of(&files.run, &plan.inputs) {
            return Err(Error::usage(
                "the run that has finished there had other inputs, rules or flags; rerun with --force instead of --resume",
            ));
        }
        if let Destination::Dir(root) = &plan.destination
            && let Some(missing) = manifest.missing(root)
        {
            let missing = shown(missing);
            return Err(Error::usage(format!("{missing} is missing; rerun with --force instead of --resume")));
        }
    }
    // It may have been cut off after its last output, while it cleaned up; its locks go with these.
    let _locks = plan.locks()?;
    if let Some(log) = &files.log {
        remove_if_there(log)?;
    }
    files.manifest.iter().for_each(|path| atomic_file::discard(&timings_path(path)));
    eprint("bodytext: nothing is left to do: the run has finished; --force does it again");
    Ok(exit_code(manifest.map_or(0, |manifest| manifest.summary.failed)))
}

/// Writes the measured times next to the manifest.
fn write_timings(plan: &Plan, stats: &RunStats, seconds: f64) -> Result<(), Error> {
    let Some(manifest) = &plan.files.manifest else { return Ok(()) };
    let text = serde_json::json!({ "seconds": seconds, "documents": stats.get(Counter::Documents) });
    atomic_file::write_atomic(&timings_path(manifest), format!("{text}\n").as_bytes(), true)
}

fn progress(args: &CleanArgs, plan: &Plan) -> Progress {
    let bytes = plan.inputs.iter().map(|input| input.bytes).sum();
    // A bar among texts on one terminal would spoil both, and without sizes there is nothing to show.
    let on_terminal = plan.destination == Destination::Stdout && !plan.dry_run && io::stdout().is_terminal();
    Progress::new(!args.run.quiet && !on_terminal && bytes > 0, bytes)
}
