//! Runs the tests in rules: each rule must fire on its `matches`, and no removing rule of the whole set may fire on any
//! of its `near_misses`.

use super::rule::Rule;
use super::rule_set::RuleSet;
use crate::html;
use crate::location::Location;
use crate::text::Page;
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
    // Without the feature `html` nothing reads web pages.
    let testable = |rule: &&Rule| cfg!(feature = "html") || !rule.conditions.need_markup();
    for rule in set.rules().iter().filter(testable) {
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
    let mut problems = Vec::new();
    if rule.tests.matches.is_empty() || rule.tests.near_misses.is_empty() {
        problems.push(TestProblem::NoTests);
    }
    for example in &rule.tests.matches {
        let fired: Vec<String> = fired(set, rule, example).map(|fired| fired.id.to_string()).collect();
        if !fired.iter().any(|fired| *fired == rule.id) {
            problems.push(TestProblem::NoMatch { example: example.clone(), fired });
        }
    }
    for example in &rule.tests.near_misses {
        let removing = fired(set, rule, example).filter(|fired| fired.action.removes());
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

/// The rules that fire on a text of this rule's tests, as if it were a whole document: a web page for rules that ask
/// what the page says.
fn fired<'s>(set: &'s RuleSet, rule: &Rule, text: &str) -> impl Iterator<Item = &'s Rule> {
    let host = rule.scope.hosts.first().map(String::as_str);
    let hits = if rule.conditions.need_markup() {
        let (text, roles) = html::text_and_roles(text);
        set.hits(&Page::at_line_breaks(&text, host).with_roles(&roles))
    } else {
        set.hits(&set.page(text, host))
    };
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

    #[cfg(feature = "html")]
    #[test]
    fn rules_may_ask_what_a_web_page_says_of_a_line() {
        let failures = |conditions: &str, near_miss: &str| {
            let source = format!(
                "schema = 1\nname = \"a\"\nabout = \"A test.\"\nlicense = \"MIT\"\n[[rule]]\nid = \"a.b\"\nkind = \"line\"\nclass = \"navigation\"\nwhy = \"A test.\"\n{conditions}\n\
                 matches = ['<nav><ul><li><a href=/>Ferries</a></nav>']\nnear_misses = ['{near_miss}']\n"
            );
            let set = RuleSet::new(vec![Pack::parse("a.toml", &source).unwrap()], &Selection::default()).unwrap();
            self_test(&set).iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        let in_menu = "in = [\"nav\", \"footer\"]";
        assert_eq!(failures(in_menu, "<p><a href=/>Ferries</a>"), [""; 0]);
        assert!(failures(in_menu, "<footer>Ferries</footer>")[0].contains("FalsePositive"));
        let linked = "linked = 0.8";
        assert_eq!(failures(linked, "<nav>All <a href=/>ferries</a></nav>"), [""; 0]);
        assert!(failures(linked, "<p>(<a href=/>Ferries today</a>)")[0].contains("FalsePositive"));
        assert!(failures("in = [\"aside\"]", "<nav>Ferries</nav>")[0].contains("NoMatch"));
    }

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
