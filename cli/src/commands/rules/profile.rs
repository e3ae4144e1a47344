//! The command `rules profile`: finds the rules whose regexes take the most time on given texts.

use bodytext::{Cleaner, Options};
use bodytext_eval::speed::{RuleCost, profile_rules};

use crate::args::ProfileArgs;
use crate::commands::bench;
use crate::config;
use crate::error::{Error, ExitCode};
use crate::terminal::{self, Stdout};
use indicatif::HumanCount;

use crate::summary::count;

pub(super) fn run(args: &ProfileArgs) -> Result<ExitCode, Error> {
    let rules = config::rule_set(&args.rules, None)?;
    let documents = bench::load(&args.input, &args.records, args.max_mb)?.documents;
    let profile = profile_rules(&Cleaner::new(rules, None, Options::default()), &documents);
    let mut out = Stdout::new();
    if args.json {
        profile.rules.iter().take(args.top).try_for_each(|rule| out.json(rule))?;
        out.finish()?;
        return Ok(ExitCode::Success);
    }
    out.print(format_args!("{:>8} {:>7} {:>10} {:>9}  rule", "ms", "share", "runs", "hits"))?;
    for RuleCost { id, seconds, share, runs, hits, .. } in profile.rules.iter().take(args.top) {
        let (ms, percent) = (seconds * 1e3, share * 100.0);
        let [runs, hits] = [runs, hits].map(|n| HumanCount(*n).to_string());
        out.print(format_args!("{ms:>8.2} {percent:>6.1}% {runs:>10} {hits:>9}  {id}"))?;
    }
    out.finish()?;
    terminal::eprint(format_args!(
        "{}, {:.1} MB; all regexes together {:.0} ms of {:.0} ms, timing included. Many runs and few hits: begin the regex \
         with a word, or name rarer `keywords`",
        count(documents.len() as u64, "document"),
        documents.iter().map(|document| document.bytes().len()).sum::<usize>() as f64 / 1e6,
        profile.regex_seconds * 1e3,
        profile.seconds * 1e3,
    ));
    Ok(ExitCode::Success)
}
