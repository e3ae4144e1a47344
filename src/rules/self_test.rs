//! Runs the tests in rules: each rule must fire on its `matches`, and no removing rule of the whole set may fire on any
//! of its `near_misses`.

use super::rule::Rule;
use super::rule_set::RuleSet;
use crate::location::Location;
use crate::text::fold::folded;

/// A rule that fails its tests.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: rule {id}: {problem}")]
pub struct TestFailure {
    /// The rule whose test failed.
    pub id: String,
    /// Where the rule is.
    pub location: Location,
    /// What is wrong.
    pub problem: TestProblem,
}

/// How a rule's test can fail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are described with their variants")]
pub enum TestProblem {
    /// The rule does not fire on a text of its `matches`; the rules in `fired` do.
    #[error("NoMatch: does not fire on {example:?}; {}", others(.fired))]
    NoMatch { example: String, fired: Vec<String> },
    /// These removing rules of the set fire on a text of `near_misses`.
    #[error("FalsePositive: {} fires on the near miss {example:?}; make that rule narrower, or change the near miss if it is boilerplate", .fired.join(", "))]
    FalsePositive { example: String, fired: Vec<String> },
    /// A text of `near_misses` contains none of the rule's phrases and keywords, so it is not near.
    #[error("NotANearMiss: {example:?} has none of the rule's phrases; write a text that does")]
    NotANearMiss { example: String },
    /// The rule has no `matches` or no `near_misses`.
    #[error("NoTests: add `matches` and `near_misses`, at least one text each")]
    NoTests,
}

fn others(fired: &[String]) -> String {
    match fired {
        [] => "add a phrase for it or remove it from `matches`".to_owned(),
        _ => format!("these do: {}", fired.join(", ")),
    }
}

/// Runs the tests of all rules against the whole set.
pub fn self_test(set: &RuleSet) -> Vec<TestFailure> {
    let mut failures = Vec::new();
    for rule in set.rules() {
        let (id, location) = (&rule.id, &rule.location);
        failures.extend(problems(set, rule).into_iter().map(|problem| TestFailure {
            id: id.to_string(),
            location: location.clone(),
            problem,
        }));
    }
    failures
}

fn problems(set: &RuleSet, rule: &Rule) -> Vec<TestProblem> {
    let host = rule.scope.hosts.first().map(String::as_str);
    let mut problems = Vec::new();
    if rule.tests.matches.is_empty() || rule.tests.near_misses.is_empty() {
        problems.push(TestProblem::NoTests);
    }
    for example in &rule.tests.matches {
        let fired: Vec<String> = fired(set, example, host).map(|fired| fired.id.to_string()).collect();
        if !fired.iter().any(|fired| *fired == rule.id) {
            problems.push(TestProblem::NoMatch { example: example.clone(), fired });
        }
    }
    for example in &rule.tests.near_misses {
        let removing = fired(set, example, host).filter(|fired| fired.action.removes());
        let fired: Vec<String> = removing.map(|fired| fired.id.to_string()).collect();
        if !fired.is_empty() {
            problems.push(TestProblem::FalsePositive { example: example.clone(), fired });
        }
        let mut literals = rule.pattern.phrases.iter().chain(&rule.pattern.keywords).peekable();
        let seen = folded(example);
        if literals.peek().is_some() && !literals.any(|literal| seen.contains(literal.as_str())) {
            problems.push(TestProblem::NotANearMiss { example: example.clone() });
        }
    }
    problems
}

/// The rules that fire on a text, as if it were a whole document.
fn fired<'s>(set: &'s RuleSet, text: &str, host: Option<&str>) -> impl Iterator<Item = &'s Rule> {
    let hits = set.hits(&set.page(text, host));
    let mut rules: Vec<usize> = hits.iter().map(|hit| hit.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    rules.into_iter().map(|rule| &set.rules()[rule])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::pack::Pack;
    use crate::rules::rule_set::Selection;

    #[test]
    fn every_built_in_rule_passes_its_tests_against_its_whole_set() {
        let presets = Pack::presets().map(|name| vec![Pack::preset(name).unwrap()]);
        for packs in presets.chain([RuleSet::builtin_packs()]) {
            let set = RuleSet::new(packs, &Selection::default()).unwrap();
            let failures: Vec<String> = self_test(&set).iter().map(ToString::to_string).collect();
            assert!(failures.is_empty(), "{}", failures.join("\n"));
        }
    }
}
