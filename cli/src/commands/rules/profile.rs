//! The command `rules profile`: which rules' regexes take the most time on these texts.
//! What phrases cost is not told apart: all of them are searched for at once.
//! For writers of rules.

use std::time::{Duration, Instant};

use bodytext::unstable::MatchObserver;
use bodytext::{Cleaner, Options};
use serde_json::json;

use super::super::sample::Sample;
use crate::args::ProfileArgs;
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::output::{self, Stdout};
use crate::summary::{count, number};

/// What the regexes of a rule did.
#[derive(Clone, Default)]
struct Cost {
    looks: u64,
    found: u64,
    time: Duration,
}

/// The costs of all rules.
struct Clock {
    costs: Vec<Cost>,
    began: Instant,
}

impl MatchObserver for Clock {
    fn begins(&mut self, _: usize) {
        self.began = Instant::now();
    }

    fn ends(&mut self, rule: usize, found: bool) {
        let cost = &mut self.costs[rule];
        cost.time += self.began.elapsed();
        cost.looks += 1;
        cost.found += u64::from(found);
    }
}

/// Lists the costliest rules.
pub(super) fn run(args: &ProfileArgs) -> Result<ExitCode, Stop> {
    let rules = config::rule_set(&args.rules, None)?;
    let sample = Sample::load(&args.input, &args.records, args.max_mb)?;
    let cleaner = Cleaner::new(rules, None, Options::default());
    let rules = cleaner.rules().rules();
    let mut clock = Clock { costs: Vec::new(), began: Instant::now() };
    let mut all = Duration::ZERO;
    // The first pass makes what is made when it is first asked for, such as the regexes themselves.
    for _ in 0..2 {
        clock.costs = vec![Cost::default(); rules.len()];
        let start = Instant::now();
        for document in &sample.documents {
            cleaner.observe_rules(&document.bytes, document.host.as_deref(), &mut clock);
        }
        all = start.elapsed();
    }
    let mut order: Vec<usize> = (0..rules.len()).filter(|&rule| clock.costs[rule].looks > 0).collect();
    order.sort_by_key(|&rule| std::cmp::Reverse(clock.costs[rule].time));
    let regexes: Duration = clock.costs.iter().map(|cost| cost.time).sum();
    let mut out = Stdout::new();
    if !args.json {
        out.line(format_args!("{:>8} {:>7} {:>10} {:>9}  rule", "ms", "share", "looks", "found"))?;
    }
    for &index in order.iter().take(args.top) {
        let (rule, Cost { looks, found, time }) = (&rules[index], &clock.costs[index]);
        let (seconds, share) = (time.as_secs_f64(), time.as_secs_f64() / regexes.as_secs_f64().max(1e-9));
        if args.json {
            out.line(json!({
                "id": rule.id, "file": rule.location.file, "line": rule.location.line,
                "seconds": seconds, "share": share, "looks": looks, "found": found,
            }))?;
        } else {
            let (looks, found) = (number(*looks), number(*found));
            let (ms, share) = (seconds * 1e3, share * 100.0);
            out.line(format_args!("{ms:>8.2} {share:>6.1}% {looks:>10} {found:>9}  {}", rule.id))?;
        }
    }
    out.finish()?;
    if !args.json {
        let documents = count(sample.documents.len() as u64, "document");
        output::note(format_args!(
            "{documents}, {:.1} MB; all regexes together {:.0} ms of {:.0} ms with the clock running. Many looks and few \
             finds: begin the regex with a word, or name rarer `keywords`",
            sample.bytes() as f64 / 1e6,
            regexes.as_secs_f64() * 1e3,
            all.as_secs_f64() * 1e3,
        ));
    }
    Ok(ExitCode::Success)
}
