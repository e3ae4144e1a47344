//! The command `bench`: measures the cleaning speed of this machine by stage, on one thread and on all. Documents are
//! loaded into memory before timing, so disk reads are not measured.

use std::num::NonZeroUsize;
use std::path::Path;

use bodytext_eval::speed::{self, SpeedReport, Timing};
use bodytext_eval::{LoadedDocument, synthetic_corpus};
use serde::Serialize;

use crate::args::RecordArgs;
use crate::args::bench::BenchArgs;
use crate::config;
use crate::error::{Error, ExitCode};
use crate::plan;
use crate::read::documents::{Documents, Request, read_documents};
use crate::run::thread_pool;
use crate::terminal::Stdout;
use indicatif::HumanCount;

use crate::summary::count;

const BAR: f64 = 32.0;

pub(super) struct Workload {
    pub(super) documents: Vec<LoadedDocument>,
    /// Files and records without text.
    left_out: usize,
    /// Whether documents beyond the limit were not loaded.
    truncated: bool,
}

/// The report, as `--json` prints it.
#[derive(Serialize)]
struct BenchReport {
    version: &'static str,
    #[serde(flatten)]
    speed: SpeedReport,
    left_out: usize,
}

/// Runs the benchmark on the documents that the arguments name.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode, Error> {
    let cleaner = config::cleaner(&args.cleaning)?;
    let Workload { documents, left_out, truncated } = match args.path.as_deref() {
        Some(path) => load(path, &args.records, args.max_mb)?,
        None => Workload { documents: synthetic_corpus(cleaner.rules().rules()), left_out: 0, truncated: false },
    };
    let mut pools = vec![thread_pool(args.threads.map(NonZeroUsize::get))?];
    if pools[0].current_num_threads() > 1 {
        pools.insert(0, thread_pool(Some(1))?);
    }
    let speed = speed::measure(&cleaner, &documents, args.passes.get(), &pools);
    let report = BenchReport { version: env!("CARGO_PKG_VERSION"), speed, left_out };
    let mut out = Stdout::new();
    if args.json {
        out.json(&report)?;
    } else {
        let name = args.path.as_ref().map(|path| path.display().to_string());
        print(&report, name.as_deref(), truncated, &mut out)?;
    }
    out.finish().map(|()| ExitCode::Success)
}

/// Loads up to `max_mb` megabytes.
pub(super) fn load(path: &Path, records: &RecordArgs, max_mb: u64) -> Result<Workload, Error> {
    let fields = plan::fields(records)?;
    let max_bytes = max_mb.saturating_mul(1_000_000);
    let request = Request { fields: &fields, values: &[], encoding: None, by_id: false, max_bytes };
    let Documents { documents, without_text, failures, truncated } = read_documents(path, &request)
        .map_err(|why| Error::usage(format!("{}: {why}; name a file or a folder", path.display())))?;
    if documents.is_empty() {
        return Err(Error::usage(format!("{}: no text was found in it; name texts or JSON Lines", path.display())));
    }
    Ok(Workload { documents, left_out: without_text + failures.len(), truncated })
}

fn print(report: &BenchReport, name: Option<&str>, truncated: bool, out: &mut Stdout) -> Result<(), Error> {
    let SpeedReport { documents, bytes, stages, all, lines, copy, .. } = &report.speed;
    let name = name.unwrap_or("synthetic pages from the rules' examples");
    let documents = count(*documents as u64, "document");
    out.print(format_args!("{name}: {documents}, {:.1} MB in memory", *bytes as f64 / 1e6))?;
    if truncated {
        out.print("There is more of it; --max-mb takes more.")?;
    }
    if report.left_out > 0 {
        out.print(format_args!("Left out: {}.", count(report.left_out as u64, "file or record without text")))?;
    }
    out.print(format_args!("\n{:<22}{:>9}{:>13}{:>8}", "one thread", "MB/s", "documents/s", "share"))?;
    let total: f64 = stages.iter().map(|stage| stage.seconds).sum();
    for stage in stages {
        let share = stage.seconds / total.max(f64::MIN_POSITIVE);
        let bar = "█".repeat((share * BAR).round() as usize);
        out.print(format_args!("{}{:>7.1}%  {bar}", row(stage.name, stage), share * 100.0))?;
    }
    out.print("")?;
    for pool in all {
        out.print(row(&format!("all, {}", count(pool.threads as u64, "thread")), pool))?;
    }
    out.print(row("lines, split and trimmed", lines))?;
    out.print(row("bare copy", copy))
}

fn row(name: &str, timing: &Timing) -> String {
    let mb = timing.mb_per_second;
    let mb = if mb < 100.0 { format!("{mb:.1}") } else { HumanCount(mb as u64).to_string() };
    format!("{name:<24}{mb:>7}{:>13}", HumanCount(timing.documents_per_second as u64).to_string())
}
