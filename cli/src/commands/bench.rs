//! The command `bench`: how fast this machine cleans these documents, by stage, on one thread and on all.
//! It writes no texts, and reads all of them before it measures: the disk is not what is measured.
//! For people who plan a run, and for those who write rules.

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use bodytext::Cleaner;
use bodytext::unstable::Stage;
use rayon::prelude::*;
use serde_json::json;

use super::sample::Sample;
use crate::args::bench::BenchArgs;
use crate::batch;
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::output::Stdout;
use crate::summary::{count, number};

/// A measurement of what takes no time is repeated for so long.
const LEAST: Duration = Duration::from_millis(100);
/// Characters of the longest bar.
const BAR: f64 = 32.0;

/// Measures the documents that the arguments name.
pub(crate) fn run(args: &BenchArgs) -> Result<ExitCode, Stop> {
    let cleaner = config::cleaner(&args.cleaning)?;
    let sample = match args.path.as_deref() {
        Some(path) => Sample::load(path, &args.records, args.max_mb)?,
        None => Sample::made_up(cleaner.rules().rules()),
    };
    let threads = batch::pool(args.threads.map(std::num::NonZeroUsize::get))?.current_num_threads();
    let figures = Figures::measure(&cleaner, &sample, args.passes.get(), threads)?;
    let mut out = Stdout::new();
    if args.json {
        out.line(figures.json(&cleaner, &sample))?;
    } else {
        figures.print(&sample, args.path.as_deref(), &mut out)?;
    }
    out.finish().map(|()| ExitCode::Success)
}

/// The times of one pass over all documents.
struct Figures {
    stages: [Duration; Stage::ALL.len()],
    /// The whole line, by the number of threads.
    whole: Vec<(usize, Duration)>,
    /// The documents copied, and nothing else.
    copy: Duration,
    /// Their lines found and trimmed, and nothing else.
    lines: Duration,
}

impl Figures {
    fn measure(cleaner: &Cleaner, sample: &Sample, passes: usize, threads: usize) -> Result<Figures, Stop> {
        let mut stages = [Duration::ZERO; Stage::ALL.len()];
        // The first pass is for the caches, and for what is made when it is first asked for.
        for pass in 0..=passes {
            for document in &sample.documents {
                let mut last = Instant::now();
                let cleaned = cleaner.clean_observed(&document.bytes, document.host.as_deref(), |stage| {
                    let now = Instant::now();
                    if pass > 0 {
                        stages[stage as usize] += now - last;
                    }
                    last = now;
                });
                black_box(cleaned);
            }
        }
        stages.iter_mut().for_each(|time| *time /= passes as u32);
        let mut whole = Vec::new();
        for threads in if threads > 1 { vec![1, threads] } else { vec![1] } {
            whole.push((threads, best(passes, || clean_all(cleaner, sample, threads))?));
        }
        let copy = repeated(|| sample.documents.iter().for_each(|d| _ = black_box(d.bytes.clone())));
        let lines = repeated(|| sample.documents.iter().for_each(|d| _ = black_box(trimmed(&d.bytes))));
        Ok(Figures { stages, whole, copy, lines })
    }

    fn print(&self, sample: &Sample, path: Option<&Path>, out: &mut Stdout) -> Result<(), Stop> {
        let name = path.map_or("pages made up from the rules' examples".to_owned(), |path| path.display().to_string());
        let documents = count(sample.documents.len() as u64, "document");
        out.line(format_args!("{name}: {documents}, {:.1} MB in memory", sample.bytes() as f64 / 1e6))?;
        if sample.more {
            out.line("There is more of it; --max-mb takes more.")?;
        }
        if sample.left_out > 0 {
            out.line(format_args!("Left out: {}.", count(sample.left_out as u64, "file or record without text")))?;
        }
        out.line(format_args!("\n{:<22}{:>9}{:>13}{:>8}", "one thread", "MB/s", "documents/s", "share"))?;
        let all: Duration = self.stages.iter().sum();
        for (stage, time) in Stage::ALL.into_iter().zip(self.stages) {
            let share = time.as_secs_f64() / all.as_secs_f64().max(f64::MIN_POSITIVE);
            let bar = "█".repeat((share * BAR).round() as usize);
            out.line(format_args!("{}{:>7.1}%  {bar}", self.row(stage.name(), time, sample), share * 100.0))?;
        }
        out.line("")?;
        for (threads, time) in &self.whole {
            let name = format!("all, {}", count(*threads as u64, "thread"));
            out.line(self.row(&name, *time, sample))?;
        }
        out.line(self.row("lines, split and trimmed", self.lines, sample))?;
        out.line(self.row("bare copy", self.copy, sample))
    }

    fn row(&self, name: &str, time: Duration, sample: &Sample) -> String {
        let per_second = |amount: f64| amount / time.as_secs_f64().max(1e-9);
        let mb = per_second(sample.bytes() as f64 / 1e6);
        let mb = if mb < 100.0 { format!("{mb:.1}") } else { number(mb as u64) };
        let documents = number(per_second(sample.documents.len() as f64) as u64);
        format!("{name:<24}{mb:>7}{documents:>13}")
    }

    fn json(&self, cleaner: &Cleaner, sample: &Sample) -> serde_json::Value {
        let rate = |time: Duration| sample.bytes() as f64 / 1e6 / time.as_secs_f64().max(1e-9);
        let timed = |time: Duration| json!({ "seconds": time.as_secs_f64(), "mb_per_second": rate(time) });
        let with = |mut value: serde_json::Value, key: &str, more: serde_json::Value| {
            value[key] = more;
            value
        };
        let stages: Vec<_> =
            Stage::ALL.iter().zip(self.stages).map(|(s, time)| with(timed(time), "name", json!(s.name()))).collect();
        let whole: Vec<_> =
            self.whole.iter().map(|(threads, time)| with(timed(*time), "threads", json!(threads))).collect();
        json!({
            "version": env!("CARGO_PKG_VERSION"),
            "rule_set": { "hash": cleaner.rules().hash(), "rules": cleaner.rules().rules().len() },
            "documents": sample.documents.len(), "bytes": sample.bytes(), "left_out": sample.left_out,
            "stages": stages, "all": whole, "lines": timed(self.lines), "copy": timed(self.copy),
        })
    }
}

/// Cleans all documents once.
fn clean_all(cleaner: &Cleaner, sample: &Sample, threads: usize) -> Result<Duration, Stop> {
    let clean = |d: &super::sample::Document| _ = black_box(cleaner.clean(&d.bytes, d.host.as_deref()));
    let pool = batch::pool(Some(threads))?;
    Ok(pool.install(|| {
        let start = Instant::now();
        sample.documents.par_iter().for_each(clean);
        start.elapsed()
    }))
}

/// The shortest of so many times: what disturbs makes only longer.
fn best(passes: usize, mut measure: impl FnMut() -> Result<Duration, Stop>) -> Result<Duration, Stop> {
    let mut best = measure()?;
    for _ in 1..passes {
        best = best.min(measure()?);
    }
    Ok(best)
}

/// The time of `work`, on average over as many times as take long enough.
fn repeated(mut work: impl FnMut()) -> Duration {
    work();
    let (start, mut times) = (Instant::now(), 0);
    while start.elapsed() < LEAST {
        work();
        times += 1;
    }
    start.elapsed() / times
}

/// The bytes of all lines without the whitespace around them.
fn trimmed(bytes: &[u8]) -> usize {
    let mut start = 0;
    let mut length = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len())) {
        length += bytes[start..end].trim_ascii().len();
        start = end + 1;
    }
    length
}
