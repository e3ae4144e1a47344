//! Finds every hit of every rule on a document.
//!
//! Each folded line is looked up among the whole-line phrases, and searched once for thousands of literals: phrases
//! that may be anywhere, and literals that the regexes require. Neither cost grows with the number of rules. A regex
//! runs only on lines that contain one of its literals and begin with one of its first bytes. Lines of more than 200
//! bytes have their own index, of the few rules for such lines. Rules that consist of conditions, and raw rules that
//! depend on the cuts of others, are matched one after another.

mod conditions;
mod index;
mod lazy_regex;
mod literal_search;
mod prefilter;
mod sequential;

use std::collections::{HashMap, HashSet};

use super::hit::{Hit, MatchObserver};
use super::rule::{Action, Rule};
use crate::text::Page;
use crate::text::fold::fold_with_origins;
use conditions::{LineView, conditions_hold, has_shape, host_matches, is_short};
use index::{Regexes, RuleIndex, Search};
use sequential::SequentialMatcher;

pub(super) use prefilter::{is_built_in, rewrite};

/// The rules, compiled for matching.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    short: RuleIndex,
    long: RuleIndex,
    regexes: Regexes,
    shape_runs: Vec<usize>,
    sequential: SequentialMatcher,
}

impl Matcher {
    pub(super) fn new(rules: &[Rule]) -> Matcher {
        let sequential = SequentialMatcher::new(rules);
        let all: Vec<usize> = (0..rules.len()).filter(|&rule| !sequential.has(rule)).collect();
        let long: Vec<usize> = all.iter().copied().filter(|&rule| rules[rule].pattern.long_lines).collect();
        let shape_runs = all.iter().copied().filter(|&rule| rules[rule].pattern.is_empty()).collect();
        let regexes = Regexes::new(rules, |rule| !sequential.has(rule));
        let (short, long) = (RuleIndex::new(rules, &all, &regexes), RuleIndex::new(rules, &long, &regexes));
        Matcher { short, long, regexes, shape_runs, sequential }
    }

    pub(super) fn hits(&self, rules: &[Rule], document: &Page<'_>, observer: &mut impl MatchObserver) -> Vec<Hit> {
        let mut search = Search::new(rules, &self.regexes, observer);
        let mut hits = Vec::new();
        // Where the last run of each opening rule ended: an opening inside it opens nothing new.
        let mut opened: HashMap<usize, usize> = HashMap::new();
        for (line, _) in document.stats.iter().enumerate().filter(|(_, stats)| !stats.blank) {
            if !self.sequential.is_empty() {
                self.sequential.find(rules, document, line, &mut hits);
            }
            let view = LineView::of(document, line);
            let index = if is_short(view.text) { &self.short } else { &self.long };
            if index.is_empty() {
                continue;
            }
            index.find(view, &mut search);
            for &rule in &search.hits {
                let hit = whole_line(document, line, rule);
                if !rules[rule].opens_run() {
                    self.record(&rules[rule], hit, document, &mut hits);
                } else if opened.get(&rule).is_none_or(|&end| line > end) {
                    opened.insert(rule, run_after(&rules[rule], hit, document, &mut hits));
                }
            }
        }
        for &rule in &self.shape_runs {
            runs_by_shape(&rules[rule], rule, document, &mut hits);
        }
        drop_short_runs(rules, document, &mut hits);
        hits.sort_by_key(|hit| (hit.line, hit.rule, hit.span.start));
        hits.dedup();
        drop_without_neighbour(rules, document, &mut hits);
        hits
    }

    /// Adds a hit on a line or, for span rules, those of each match in it.
    fn record(&self, rule: &Rule, hit: Hit, document: &Page<'_>, hits: &mut Vec<Hit>) {
        if rule.action != Action::Span {
            return hits.push(hit);
        }
        let (mut folded, mut origins) = (String::with_capacity(hit.span.len()), Vec::with_capacity(hit.span.len()));
        fold_with_origins(document.line(hit.line), &mut folded, &mut origins);
        let start = hit.span.start;
        let found = self.regexes.occurrences(hit.rule, rule, &folded).into_iter();
        hits.extend(found.map(|found| Hit { span: start + origins[found.start]..start + origins[found.end], ..hit }));
    }
}

fn whole_line(document: &Page<'_>, line: usize, rule: usize) -> Hit {
    Hit { line, rule, span: document.lines[line].span() }
}

/// Adds the opening line and the lines of the rule's shape that follow it, if there are enough. Returns the last of
/// them, or the opening.
fn run_after(rule: &Rule, opening: Hit, document: &Page<'_>, hits: &mut Vec<Hit>) -> usize {
    let members: Vec<usize> = (opening.line + 1..document.lines.len())
        .filter(|&line| !document.stats[line].blank)
        .take_while(|&line| has_shape(rule, LineView::of(document, line)))
        .collect();
    let (last, index) = (members.last().copied().unwrap_or(opening.line), opening.rule);
    if members.len() >= rule.min_lines() {
        hits.push(opening);
        hits.extend(members.into_iter().map(|line| whole_line(document, line, index)));
    }
    last
}

/// Adds all runs of neighbouring lines of the rule's shape that have a line at the position the rule requires.
fn runs_by_shape(rule: &Rule, index: usize, document: &Page<'_>, hits: &mut Vec<Hit>) {
    if !host_matches(rule, document.host) {
        return;
    }
    let lines = document.stats.iter().enumerate().filter(|(_, stats)| !stats.blank);
    let lines: Vec<(LineView<'_>, usize)> = lines.map(|(line, _)| (LineView::of(document, line), line)).collect();
    for run in lines.split(|(view, _)| !has_shape(rule, *view)) {
        if run.len() >= rule.min_lines() && run.iter().any(|(view, _)| conditions_hold(rule, *view)) {
            hits.extend(run.iter().map(|&(_, line)| whole_line(document, line, index)));
        }
    }
}

/// Drops the hits of run rules that have fewer lines in a row than the rule requires.
fn drop_short_runs(rules: &[Rule], document: &Page<'_>, hits: &mut Vec<Hit>) {
    let mut members: Vec<(usize, usize)> = hits
        .iter()
        .filter(|hit| rules[hit.rule].is_run_of_hits())
        .map(|hit| (hit.rule, document.stats[hit.line].from_top))
        .collect();
    if members.is_empty() {
        return;
    }
    members.sort_unstable();
    members.dedup();
    let mut long_enough = HashSet::new();
    for run in members.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1) {
        if run.len() >= rules[run[0].0].min_lines() {
            long_enough.extend(run.iter().copied());
        }
    }
    hits.retain(|hit| {
        !rules[hit.rule].is_run_of_hits() || long_enough.contains(&(hit.rule, document.stats[hit.line].from_top))
    });
}

/// Drops the hits of rules that require a neighbouring hit and have none. A hit that itself requires one does not count
/// as a neighbour, so the order of rules does not matter. The hits must be sorted by line.
fn drop_without_neighbour(rules: &[Rule], document: &Page<'_>, hits: &mut Vec<Hit>) {
    if hits.iter().all(|hit| rules[hit.rule].conditions.near.is_none()) {
        return;
    }
    let positions: Vec<usize> = hits.iter().map(|hit| document.stats[hit.line].from_top).collect();
    let has_neighbour: Vec<bool> = hits
        .iter()
        .zip(&positions)
        .map(|(hit, &at)| {
            let Some(near) = &rules[hit.rule].conditions.near else { return true };
            let from = positions.partition_point(|&position| position + near.within < at);
            let to = positions.partition_point(|&position| position <= at + near.within);
            hits[from..to].iter().any(|other| {
                let rule = &rules[other.rule];
                other.line != hit.line && rule.conditions.near.is_none() && near.classes.contains(&rule.class)
            })
        })
        .collect();
    let mut has_neighbour = has_neighbour.into_iter();
    hits.retain(|_| has_neighbour.next().unwrap_or(true));
}
