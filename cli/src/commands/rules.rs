//! The command `rules`: lists them, shows one, runs their tests, measures their cost, prints a new pack or the schema.

mod profile;

use std::path::Path;

use bodytext::RuleSet;
use bodytext::unstable::{lint, schema, self_test, suggest_rule};
use serde_json::json;

use crate::args::{RuleArgs, RulesCommand};
use crate::config;
use crate::exit_code::{ExitCode, Stop};
use crate::output::{self, Stdout};
use crate::summary::count;

/// The pack that `rules init` prints; `NAME` becomes its name.
const TEMPLATE: &str = include_str!("rules/template.toml");

/// Runs one of the `rules` commands.
pub(crate) fn run(command: &RulesCommand) -> Result<ExitCode, Stop> {
    match command {
        RulesCommand::List { rules, json } => list(&config::rule_set(rules, None)?, *json),
        RulesCommand::Show { id, rules } => show(id, &config::rule_set(rules, None)?),
        RulesCommand::Test { path, rules } => test(path.as_deref(), rules),
        RulesCommand::Profile(args) => profile::run(args),
        RulesCommand::Init { name } => init(name),
        RulesCommand::Schema => {
            let mut out = Stdout::new();
            out.line(schema().trim_end())?;
            out.finish().map(|()| ExitCode::Success)
        }
    }
}

fn list(rules: &RuleSet, as_json: bool) -> Result<ExitCode, Stop> {
    let mut out = Stdout::new();
    let width = rules.rules().iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for rule in rules.rules() {
        let kind = rule.action.name();
        if as_json {
            out.line(json!({
                "id": rule.id, "kind": kind, "class": rule.class.name(), "pack": rule.pack,
                "file": rule.location.file, "line": rule.location.line, "why": rule.why,
            }))?;
        } else {
            out.line(format_args!("{:width$}  {kind:<10}  {:<11}  {}", rule.id, rule.class.name(), rule.pack))?;
        }
    }
    out.finish()?;
    if !as_json {
        output::note(format_args!("{}, set {}", count(rules.rules().len() as u64, "rule"), rules.hash()));
    }
    Ok(ExitCode::Success)
}

fn show(id: &str, rules: &RuleSet) -> Result<ExitCode, Stop> {
    let Some(rule) = rules.rules().iter().find(|rule| rule.id == id) else {
        return Err(Stop::usage(format!(
            "no rule is called {id}; {}",
            suggest_rule(id, rules.rules().iter().map(|rule| rule.id.as_str()))
        )));
    };
    let mut out = Stdout::new();
    out.line(format_args!("# {}:{}, pack {}", rule.location.file, rule.location.line, rule.pack))?;
    out.line(rule.to_toml().trim_end())?;
    out.finish()?;
    Ok(ExitCode::Success)
}

/// Runs the tests of all rules, with the packs of `path` on top.
fn test(path: Option<&Path>, args: &RuleArgs) -> Result<ExitCode, Stop> {
    let rules = config::rule_set(args, path)?;
    let failures = self_test(&rules);
    let mut out = Stdout::new();
    for failure in &failures {
        out.line(failure)?;
    }
    out.finish()?;
    for slow in lint(&rules) {
        output::note(format_args!("warning: {slow}"));
    }
    let all = count(rules.rules().len() as u64, "rule");
    if failures.is_empty() {
        output::note(format_args!("{all}, all pass their tests"));
        return Ok(ExitCode::Success);
    }
    output::note(format_args!("{all}, {} failed", count(failures.len() as u64, "test")));
    Ok(ExitCode::SomeFailed)
}

fn init(name: &str) -> Result<ExitCode, Stop> {
    if name.is_empty() || !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-') {
        return Err(Stop::usage(format!(
            "rules init {name}: a pack's name consists of lowercase letters, digits and hyphens, for example my-site"
        )));
    }
    let mut out = Stdout::new();
    out.text(&TEMPLATE.replace("NAME", name))?;
    out.finish()?;
    Ok(ExitCode::Success)
}
