//! Times the cleaning of documents in memory: by stage, by number of threads, and by rule.

use std::cmp::Reverse;
use std::hint::black_box;
use std::time::{Duration, Instant};

use bodytext::Cleaner;
use bodytext::unstable::{MatchObserver, Stage};
use rayon::ThreadPool;
use rayon::prelude::*;
use serde::Serialize;

use crate::corpus::LoadedDocument;
use crate::evaluate::CleanerId;

/// A measurement is repeated until it has taken this long.
const MIN_TIME: Duration = Duration::from_millis(100);

/// How fast documents are cleaned.
#[derive(Debug, Clone, Serialize)]
pub struct SpeedReport {
    #[serde(flatten)]
    pub cleaner: CleanerId,
    pub documents: usize,
    pub bytes: usize,
    /// The stages on one thread, in order.
    pub stages: Vec<Timing>,
    /// All stages together, by the number of threads.
    pub all: Vec<Timing>,
    /// Only finding and trimming lines: the minimum for any line-based cleaner.
    pub lines: Timing,
    /// Only copying the documents.
    pub copy: Timing,
}

/// The time of one pass over all documents.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Timing {
    pub name: &'static str,
    pub threads: usize,
    pub seconds: f64,
    /// Megabytes per second.
    pub mb_per_second: f64,
    pub documents_per_second: f64,
}

/// The cost of the regexes of all rules. Phrases are not listed, because they are all searched for at once.
#[derive(Debug, Clone)]
pub struct RuleProfile {
    /// The rules whose regexes ran, the most expensive first.
    pub rules: Vec<RuleCost>,
    /// The seconds spent in all regexes.
    pub regex_seconds: f64,
    /// The seconds of matching as a whole, including the timing of each regex.
    pub seconds: f64,
}

/// The cost of the regexes of one rule.
#[derive(Debug, Clone, Serialize)]
pub struct RuleCost {
    pub id: String,
    pub file: String,
    pub line: usize,
    pub seconds: f64,
    /// The share of the time spent in all regexes.
    pub share: f64,
    /// How often a regex ran.
    pub runs: u64,
    /// How often it matched.
    pub hits: u64,
}

/// Times the cleaning of documents: by stage on one thread, and as a whole in each of the pools.
pub fn measure(cleaner: &Cleaner, documents: &[LoadedDocument], passes: usize, pools: &[ThreadPool]) -> SpeedReport {
    let bytes = documents.iter().map(|document| document.bytes().len()).sum();
    let timing = |name, threads, time: Duration| {
        let (seconds, divisor) = (time.as_secs_f64(), time.as_secs_f64().max(1e-9));
        let (mb_per_second, documents_per_second) = (bytes as f64 / 1e6 / divisor, documents.len() as f64 / divisor);
        Timing { name, threads, seconds, mb_per_second, documents_per_second }
    };
    let stages = std::iter::zip(Stage::ALL, stage_times(cleaner, documents, passes));
    let pools = pools.iter().map(|pool| (pool.current_num_threads(), clean_all(cleaner, documents, passes, pool)));
    let lines = repeated(|| documents.iter().for_each(|d| _ = black_box(trimmed_length(d.bytes()))));
    let copy = repeated(|| documents.iter().for_each(|d| _ = black_box(d.bytes().to_vec())));
    SpeedReport {
        cleaner: CleanerId::of(cleaner),
        documents: documents.len(),
        bytes,
        stages: stages.map(|(stage, time)| timing(stage.name(), 1, time)).collect(),
        all: pools.map(|(threads, time)| timing("all", threads, time)).collect(),
        lines: timing("lines", 1, lines),
        copy: timing("copy", 1, copy),
    }
}

/// Times the regexes of each rule.
pub fn profile_rules(cleaner: &Cleaner, documents: &[LoadedDocument]) -> RuleProfile {
    let rules = cleaner.rules().rules();
    let mut clock = RuleClock { costs: Vec::new(), started: Instant::now() };
    let mut total = Duration::ZERO;
    // The first pass builds what is built on first use, such as the regexes themselves.
    for _ in 0..2 {
        clock.costs.clear();
        clock.costs.resize(rules.len(), (Duration::ZERO, 0, 0));
        let start = Instant::now();
        for document in documents {
            cleaner.observe_rules(document.bytes(), document.host.as_deref(), &mut clock);
        }
        total = start.elapsed();
    }
    let regex_seconds = clock.costs.iter().map(|(time, ..)| *time).sum::<Duration>().as_secs_f64();
    let mut costs: Vec<_> = std::iter::zip(rules, clock.costs).filter(|(_, (_, runs, _))| *runs > 0).collect();
    costs.sort_by_key(|(_, (time, ..))| Reverse(*time));
    let rules = costs.into_iter().map(|(rule, (time, runs, hits))| RuleCost {
        id: rule.id.to_string(),
        file: rule.location.file.to_string(),
        line: rule.location.line,
        seconds: time.as_secs_f64(),
        share: time.as_secs_f64() / regex_seconds.max(1e-9),
        runs,
        hits,
    });
    RuleProfile { rules: rules.collect(), regex_seconds, seconds: total.as_secs_f64() }
}

struct RuleClock {
    /// The time, the runs and the hits of each rule's regexes.
    costs: Vec<(Duration, u64, u64)>,
    started: Instant,
}

impl MatchObserver for RuleClock {
    fn begins(&mut self, _: usize) {
        self.started = Instant::now();
    }

    fn ends(&mut self, rule: usize, found: bool) {
        let (time, runs, hits) = &mut self.costs[rule];
        *time += self.started.elapsed();
        *runs += 1;
        *hits += u64::from(found);
    }
}

fn stage_times(cleaner: &Cleaner, documents: &[LoadedDocument], passes: usize) -> [Duration; Stage::ALL.len()] {
    let mut stages = [Duration::ZERO; Stage::ALL.len()];
    // The first pass is a warm-up, for caches and for what is built on first use.
    for pass in 0..=passes {
        for document in documents {
            let mut last = Instant::now();
            let cleaned = cleaner.clean_observed(document.bytes(), document.about(), |stage| {
                let now = Instant::now();
                if pass > 0 {
                    stages[stage as usize] += now - last;
                }
                last = now;
            });
            black_box(cleaned);
        }
    }
    stages.map(|time| time / passes as u32)
}

/// The shortest time to clean all documents: disturbances only make it longer.
fn clean_all(cleaner: &Cleaner, documents: &[LoadedDocument], passes: usize, pool: &ThreadPool) -> Duration {
    let times = (0..passes).map(|_| {
        pool.install(|| {
            let start = Instant::now();
            documents.par_iter().for_each(|d| _ = black_box(cleaner.clean(d.bytes(), d.about())));
            start.elapsed()
        })
    });
    times.min().unwrap_or_default()
}

/// The time of `work`, averaged over enough repetitions.
fn repeated(work: impl Fn()) -> Duration {
    work();
    let (start, mut times) = (Instant::now(), 0);
    while start.elapsed() < MIN_TIME {
        work();
        times += 1;
    }
    start.elapsed() / times
}

/// The total length of all lines without the whitespace around them.
fn trimmed_length(bytes: &[u8]) -> usize {
    let mut start = 0;
    let mut length = 0;
    for end in memchr::memchr_iter(b'\n', bytes).chain(std::iter::once(bytes.len())) {
        length += bytes[start..end].trim_ascii().len();
        start = end + 1;
    }
    length
}
