//! Runs the tests that rules carry: each rule must fire on its `matches`, and no removing rule of the whole set on any
//! of its `near_misses`.
//! It does not judge documents.
//! Used by `cargo test`, by `bodytext rules test` and when packs of users are loaded.

use super::{Place, Rule, RuleSet};
use crate::features;
use crate::fold::folded;
use crate::model::Document;

/// A rule that does not do what its tests say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub fault: Fault,
    /// The rule whose test failed.
    pub id: String,
    /// Where the rule stands.
    pub place: Place,
    /// The example, empty where the fault is in none.
    pub example: String,
    /// The rules that fired on it.
    pub fired: Vec<String>,
}

/// How a rule's test can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The rule does not fire on a text of its `matches`.
    Missing,
    /// A removing rule of the set fires on a text of `near_misses`.
    Noisy,
    /// A near miss contains none of the rule's phrases and keywords, so it is not near.
    Far,
    /// The rule has no `matches` or no `near_misses`.
    Untested,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: rule {}: ", self.place, self.id)?;
        match self.fault {
            Fault::Missing => {
                write!(f, "Missing: does not fire on {:?}", self.example)?;
                match self.fired.is_empty() {
                    true => write!(f, "; add a phrase for it or remove it from `matches`"),
                    false => write!(f, "; these do: {}", self.fired.join(", ")),
                }
            }
            Fault::Noisy => {
                write!(
                    f,
                    "Noisy: {} fires on the near miss {:?}; make that rule narrower",
                    self.fired.join(", "),
                    self.example
                )
            }
            Fault::Far => write!(
                f,
                "Far: the near miss {:?} has none of the rule's phrases; write a text that does",
                self.example
            ),
            Fault::Untested => write!(f, "Untested: add `matches` and `near_misses`, at least one text each"),
        }
    }
}

/// Runs the tests of all rules against the whole set.
pub fn check(rules: &RuleSet) -> Vec<Failure> {
    rules.rules().iter().flat_map(|rule| check_rule(rules, rule)).collect()
}

fn check_rule(set: &RuleSet, rule: &Rule) -> Vec<Failure> {
    let host = rule.hosts.first().map(String::as_str);
    let failure = |fault, example: &str, fired| Failure {
        fault,
        id: rule.id.clone(),
        place: rule.place.clone(),
        example: example.to_owned(),
        fired,
    };
    let mut failures = Vec::new();
    if rule.matches.is_empty() || rule.near_misses.is_empty() {
        failures.push(failure(Fault::Untested, "", Vec::new()));
    }
    for example in &rule.matches {
        let fired: Vec<String> = fired(set, example, host).map(|r| r.id.clone()).collect();
        if !fired.contains(&rule.id) {
            failures.push(failure(Fault::Missing, example, fired));
        }
    }
    for example in &rule.near_misses {
        let fired: Vec<String> = fired(set, example, host).filter(|r| r.kind.removes()).map(|r| r.id.clone()).collect();
        if !fired.is_empty() {
            failures.push(failure(Fault::Noisy, example, fired));
        }
        let mut literals = rule.phrases.iter().chain(&rule.keywords).peekable();
        let seen = folded(example);
        if literals.peek().is_some() && !literals.any(|l| seen.contains(l.as_str())) {
            failures.push(failure(Fault::Far, example, Vec::new()));
        }
    }
    failures
}

/// The rules that fire on a text, as if it were a whole document.
fn fired<'a>(set: &'a RuleSet, text: &str, host: Option<&str>) -> impl Iterator<Item = &'a Rule> {
    let (lines, _) = set.split(text);
    let features = features::measure(text, &lines);
    let mut hits: Vec<usize> =
        set.signals(&Document { text, lines: &lines, features: &features, host }).iter().map(|s| s.rule).collect();
    hits.sort_unstable();
    hits.dedup();
    hits.into_iter().map(|rule| &set.rules()[rule])
}
