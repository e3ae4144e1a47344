//! Runs the tests that rules carry: each rule must fire on its `matches`, and no removing rule of the whole set on any
//! of its `near_misses`.
//! It does not judge documents.
//! Used by `cargo test`, by `bodytext rules test` and when packs of users are loaded.

use super::builtin::{Prepared, prepare};
use super::{Place, Rule, RuleSet};
use crate::text::fold::folded;
use bodytext_pattern::{has_long_repetition, has_unicode_boundary, met};

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

/// A regex that takes more time than others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Slow {
    /// The rule it stands in.
    pub id: String,
    /// Where the rule stands.
    pub place: Place,
    /// The regex as it is written.
    pub regex: String,
    /// Why it is slow.
    pub why: &'static str,
    /// What to write instead.
    pub remedy: &'static str,
}

impl std::fmt::Display for Slow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: rule {}: the regex {:?} is slow: {}; {}", self.place, self.id, self.regex, self.why, self.remedy)
    }
}

/// Keywords that are met more often than once in so many characters, by the letters they are made of, stand in so many
/// lines that they spare little work.
const CHARS_BETWEEN_KEYWORDS: f64 = 400.0;
/// More ways to begin than the ten digits and a bracket leave too many lines to ensemble at.
const FEW_BEGINNINGS: u32 = 12;

/// The regexes that take more time than they need: they must ensemble at too many lines, or take long over each.
pub fn slow(rules: &RuleSet) -> Vec<Slow> {
    let of_rule = |rule: &Rule| -> Vec<Slow> {
        let slow = |regex: &String| {
            let (why, remedy) = why_slow(rule, regex)?;
            Some(Slow { id: rule.id.clone(), place: rule.place.clone(), regex: regex.clone(), why, remedy })
        };
        rule.regex.iter().filter_map(slow).collect()
    };
    rules.rules().iter().flat_map(of_rule).collect()
}

fn why_slow(rule: &Rule, regex: &str) -> Option<(&'static str, &'static str)> {
    let Prepared { lowered, needs } = prepare(regex, rule.unicode, rule.raw);
    if rule.unicode && has_unicode_boundary(&lowered) {
        return Some((
            "Unicode's word boundaries must be found letter by letter on every line that is not ASCII",
            "leave `unicode = true` out, or write `(?:^|[^\\p{L}])` instead of `\\b`",
        ));
    }
    if has_long_repetition(&lowered) {
        return Some(("it counts a hundred characters or more of nearly any kind", "write `.*`, or a smaller number"));
    }
    if !needs.literals.is_empty() {
        return None;
    }
    match needs.first {
        Some(first) if first.count() > FEW_BEGINNINGS => Some((
            "it may begin with many letters, and holds no word that could be searched for",
            "put a word into it that every match has, or let it begin with fewer letters",
        )),
        Some(_) => None,
        None if met(&rule.keywords) * CHARS_BETWEEN_KEYWORDS > 1.0 => {
            Some(("its keywords stand in very many lines", "name longer or rarer `keywords`"))
        }
        None => None,
    }
}

/// The rules that fire on a text, as if it were a whole document.
fn fired<'a>(set: &'a RuleSet, text: &str, host: Option<&str>) -> impl Iterator<Item = &'a Rule> {
    let mut hits: Vec<usize> = set.hits(&set.page(text, host)).iter().map(|hit| hit.rule).collect();
    hits.sort_unstable();
    hits.dedup();
    hits.into_iter().map(|rule| &set.rules()[rule])
}
