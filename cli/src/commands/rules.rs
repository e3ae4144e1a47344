//! The command `rules`: lists them and what they fire on, shows one, runs their tests, measures their cost, prints a new
//! pack or the schema.

mod profile;
mod stats;

use std::path::Path;

use bodytext::RuleSet;
use bodytext::unstable::{lint, schema, self_test};
use serde_json::json;

use crate::args::{RuleArgs, RulesCommand};
use crate::config;
use crate::error::{Error, ExitCode};
use crate::summary::count;
use crate::terminal::{Stdout, eprint};

/// The pack that `rules init` prints; `NAME` becomes its name.
const TEMPLATE: &str = include_str!("rules/template.toml");

pub(crate) fn run(command: &RulesCommand) -> Result<ExitCode, Error> {
    match command {
        RulesCommand::List(args) => match &args.stats {
            Some(path) => stats::run(args, path),
            None => list(&config::rule_set(&args.rules, None)?, args.json),
        },
        RulesCommand::Show { id, rules } => show(id, &config::rule_set(rules, None)?),
        RulesCommand::Test { path, rules } => test(path.as_deref(), rules),
        RulesCommand::Profile(args) => profile::run(args),
        RulesCommand::Init { name } => init(name),
        RulesCommand::Schema => {
            let mut out = Stdout::new();
            out.print(schema().trim_end())?;
            out.finish().map(|()| ExitCode::Success)
        }
    }
}

fn list(rules: &RuleSet, as_json: bool) -> Result<ExitCode, Error> {
    let mut out = Stdout::new();
    let width = rules.rules().iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in rules.rules() {
        let kind = rule.action.name();
        if as_json {
            out.print(json!({
                "id": rule.id, "kind": kind, "class": rule.class.name(), "pack": rule.pack,
                "file": rule.location.file, "line": rule.location.line, "why": rule.why,
            }))?;
        } else {
            out.print(format_args!("{:width$}  {kind:<10}  {:<11}  {}", rule.id, rule.class.name(), rule.pack))?;
        }
    }
    out.finish()?;
    if !as_json {
        eprint(format_args!("{}, set {}", count(rules.rules().len() as u64, "rule"), rules.hash()));
    }
    Ok(ExitCode::Success)
}

fn show(id: &str, rules: &RuleSet) -> Result<ExitCode, Error> {
    let Some(rule) = rules.rules().iter().find(|rule| rule.id == id) else {
        return Err(Error::usage(format!(
            "no rule is called {id}; {}",
            config::suggest(id, rules.rules().iter().map(|rule| &*rule.id))
        )));
    };
    let mut out = Stdout::new();
    out.print(format_args!("# {}:{}, pack {}", rule.location.file, rule.location.line, rule.pack))?;
    out.print(rule.to_toml().trim_end())?;
    out.finish()?;
    Ok(ExitCode::Success)
}

/// Tests the rules of `path`, or all of them. In both cases no rule of the whole set may fire on a near miss.
fn test(path: Option<&Path>, args: &RuleArgs) -> Result<ExitCode, Error> {
    let rules = config::rule_set(args, path)?;
    let failures = self_test(&rules);
    let mut out = Stdout::new();
    for failure in &failures {
        out.print(failure)?;
    }
    out.finish()?;
    for slow in lint(&rules) {
        eprint(format_args!("warning: {slow}"));
    }
    let all = count(rules.rules().len() as u64, "rule");
    if failures.is_empty() {
        eprint(format_args!("{all}, all pass their tests"));
        return Ok(ExitCode::Success);
    }
    eprint(format_args!("{all}, {} failed", count(failures.len() as u64, "test")));
    Ok(ExitCode::SomeFailed)
}

fn init(name: &str) -> Result<ExitCode, Error> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(Error::usage(format!(
            "rules init {name}: a pack's name consists of lowercase letters, digits and hyphens, for example my-site"
        )));
    }
    let mut out = Stdout::new();
    out.text(&TEMPLATE.replace("NAME", name))?;
    out.finish()?;
    Ok(ExitCode::Success)
}
