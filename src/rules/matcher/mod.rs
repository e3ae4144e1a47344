//! Finds every hit of every rule on a document.
//!
//! Each folded line is looked up once in an [index](bodytext_pattern::index) of all patterns: as a whole, by what it
//! begins with, and by what it has at its edges. That takes the same time for any number of rules. A regex runs only on
//! lines that the index finds for it. Lines of more than 200 bytes have their own index, of the few rules for such
//! lines. The few rules that consist of conditions, and raw rules that depend on the cuts of others, are matched one
//! after another.

mod conditions;
mod lazy_regex;
mod search;
mod sequential;

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use bodytext_pattern::phrase::phrase_fits;
use bodytext_pattern::{ByteSet, to_ascii_classes};

use super::hit::{Hit, MatchObserver};
use super::rule::{Action, Rule};
use crate::text::fold::fold_with_origins;
use crate::text::{Page, Row};
use conditions::{LineView, conditions_hold, has_shape, host_matches, is_short};
use search::{PatternRules, Search, place};
use sequential::SequentialMatcher;

/// The form of a regex that is used: with ASCII classes unless the rule asks for Unicode.
pub(super) fn rewrite(pattern: &str, unicode: bool) -> String {
    if unicode { pattern.to_owned() } else { to_ascii_classes(pattern) }
}

/// The rules, prepared for matching.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    patterns: PatternRules,
    shape_runs: Vec<usize>,
    /// The rules for single lines that consist of conditions.
    conditions: Vec<usize>,
    /// What lines end with on which one of these can fire.
    conditions_end: ByteSet,
    sequential: SequentialMatcher,
}

impl Matcher {
    pub(super) fn new(rules: &[Rule]) -> Matcher {
        let sequential = SequentialMatcher::new(rules);
        let without_pattern = (0..rules.len()).filter(|&rule| !sequential.has(rule) && rules[rule].pattern.is_empty());
        let (shape_runs, mut conditions): (Vec<usize>, Vec<usize>) =
            without_pattern.partition(|&rule| matches!(rules[rule].action, Action::Run { .. }));
        // Nothing says where the spans of these would be.
        conditions.retain(|&rule| rules[rule].action != Action::Span);
        let patterns = PatternRules::new(rules, |rule| !sequential.has(rule) && !rules[rule].pattern.is_empty());
        let conditions_end = last_bytes(conditions.iter().map(|&rule| &rules[rule]));
        Matcher { patterns, shape_runs, conditions, conditions_end, sequential }
    }

    pub(super) fn hits(&self, rules: &[Rule], document: &Page<'_>, observer: &mut impl MatchObserver) -> Vec<Hit> {
        let mut search = Search::new(rules, &self.patterns, observer);
        let mut hits = Vec::new();
        // Where the last run of each opening rule ended: an opening inside it opens nothing new.
        let mut opened: HashMap<usize, usize> = HashMap::new();
        for (line, _) in document.stats.iter().enumerate().filter(|(_, stats)| !stats.blank) {
            if !self.sequential.is_empty() {
                self.sequential.find(rules, document, line, &mut hits);
            }
            let view = LineView::of(document, line);
            let last = view.folded.text.as_bytes().last();
            let may_fire = last.is_none_or(|&last| self.conditions_end.has(last));
            for &rule in self.conditions.iter().filter(|_| may_fire) {
                let sees = is_short(view.text) || rules[rule].pattern.long_lines;
                if sees && conditions_hold(&rules[rule], view) {
                    hits.push(whole_line(document, line, rule));
                }
            }
            search.find(view);
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
        let found = self.occurrences(hit.rule, rule, &folded).into_iter();
        hits.extend(found.map(|found| Hit { span: start + origins[found.start]..start + origins[found.end], ..hit }));
    }

    /// All ranges of the folded line that a rule matches.
    fn occurrences(&self, index: usize, rule: &Rule, folded: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for phrase in &rule.pattern.phrases {
            let places = folded.match_indices(phrase.as_str()).map(|(at, phrase)| at..at + phrase.len());
            found.extend(places.filter(|range| phrase_fits(place(rule.pattern.at), folded, range.clone())));
        }
        for regex in self.patterns.regexes(index, rule).iter().filter_map(|regex| regex.get()) {
            found.extend(regex.find_iter(folded).map(|found| found.range()).filter(|range| !range.is_empty()));
        }
        found
    }
}

/// The last bytes of the endings that rules name; all bytes where one of them names none, or sees the line unfolded.
fn last_bytes<'r>(rules: impl Iterator<Item = &'r Rule>) -> ByteSet {
    let mut bytes = ByteSet::default();
    for Rule { conditions, pattern, .. } in rules {
        if conditions.ends.is_empty() || pattern.raw {
            return ByteSet([!0; 4]);
        }
        for last in conditions.ends.iter().filter_map(|ending| ending.bytes().last()) {
            bytes.0[usize::from(last >> 6)] |= 1 << (last & 63);
        }
    }
    bytes
}

fn whole_line(document: &Page<'_>, line: usize, rule: usize) -> Hit {
    Hit { line, rule, span: document.lines[line].span() }
}

/// Adds the opening line and the lines of the rule's shape that follow it, if there are enough. Returns the last of
/// them, or the opening.
fn run_after(rule: &Rule, opening: Hit, document: &Page<'_>, hits: &mut Vec<Hit>) -> usize {
    let stats = &document.stats;
    let mut lines = (opening.line + 1..document.lines.len()).filter(|&line| !stats[line].blank).peekable();
    // A list that has bullets ends where they end.
    let listed = lines.peek().is_some_and(|&line| stats[line].bulleted);
    let belongs = |&line: &usize| has_shape(rule, LineView::of(document, line)) && (!listed || stats[line].bulleted);
    let mut members: Vec<usize> = std::iter::from_fn(|| lines.next_if(belongs)).collect();
    // The last line may be the heading of the paragraph below it.
    if lines.peek().is_some_and(|&below| stats[below].is_prose()) {
        members.pop_if(|&mut line| !stats[line].bulleted);
    }
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
    let view = |row: &Row| LineView::of(document, row.line);
    for run in document.rows().split(|row| !has_shape(rule, view(row))) {
        if run.len() >= rule.min_lines() && run.iter().any(|row| conditions_hold(rule, view(row))) {
            hits.extend(run.iter().map(|row| whole_line(document, row.line, index)));
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
                other.line != hit.line
                    && rule.conditions.near.is_none()
                    && near.classes.contains(&rule.class)
                    && (!near.pack || rule.pack() == rules[hit.rule].pack())
            })
        })
        .collect();
    let mut has_neighbour = has_neighbour.into_iter();
    hits.retain(|_| has_neighbour.next().unwrap_or(true));
}
