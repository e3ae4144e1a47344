//! Searches a document for the patterns of many rules, line by line.

use std::sync::OnceLock;

use bodytext_pattern::index::{Candidate, Pattern, PatternIndex, PatternKind, RegexPattern, RulePatterns, build};
use bodytext_pattern::phrase::{PhrasePlace, phrase_fits};
use bodytext_pattern::program::Backtracking;
use bodytext_pattern::signature::LineSignature;

use super::conditions::{LineView, conditions_hold, contains_any, is_short};
use super::lazy_regex::LazyRegex;
use crate::rules::builtin;
use crate::rules::hit::MatchObserver;
use crate::rules::rule::{At, Rule};
use crate::simd::find_edges;

/// The rules that patterns are looked up for.
#[derive(Debug, Default)]
pub(super) struct PatternRules {
    /// The index of the built-in rules, if any of them are used, and that of all others.
    indexes: Vec<RuleIndex>,
    /// The regexes of each rule, for those that need more than their program.
    regexes: Vec<OnceLock<Vec<LazyRegex>>>,
}

#[derive(Debug)]
struct RuleIndex {
    patterns: PatternIndex,
    /// The rule of the set for each rule of the index; `UNUSED` for those that are not used.
    rules: Vec<u32>,
}

const UNUSED: u32 = u32::MAX;

impl PatternRules {
    pub(super) fn new(rules: &[Rule], is_chosen: impl Fn(usize) -> bool) -> PatternRules {
        let mut all = PatternRules::default();
        all.regexes.resize_with(rules.len(), OnceLock::new);
        let chosen = || rules.iter().enumerate().filter(|(index, _)| is_chosen(*index));
        let built_in: Vec<(u32, u32)> =
            chosen().filter_map(|(index, rule)| Some((rule.built_in?, index as u32))).collect();
        if !built_in.is_empty() {
            let mut of_set = vec![UNUSED; builtin::rules().len()];
            built_in.into_iter().for_each(|(rule, index)| of_set[rule as usize] = index);
            all.indexes.push(RuleIndex { patterns: builtin::patterns(), rules: of_set });
        }
        let others: Vec<_> = chosen().filter(|(_, rule)| rule.built_in.is_none()).collect();
        if !others.is_empty() {
            let patterns: Vec<_> =
                others.iter().zip(0..).map(|((_, rule), number)| patterns_of(rule, number)).collect();
            let of_set = others.iter().map(|(index, _)| *index as u32).collect();
            all.indexes.push(RuleIndex { patterns: build(&patterns), rules: of_set });
        }
        all
    }

    /// The regexes of a rule.
    pub(super) fn regexes(&self, index: usize, rule: &Rule) -> &[LazyRegex] {
        self.regexes[index].get_or_init(|| LazyRegex::all_of(rule))
    }
}

/// What a rule searches for, for its index.
fn patterns_of(rule: &Rule, number: u32) -> RulePatterns<'_> {
    let pattern = &rule.pattern;
    RulePatterns {
        rule: number,
        phrases: &pattern.phrases,
        place: place(pattern.at),
        regexes: &pattern.regex,
        keywords: &pattern.keywords,
        unicode: pattern.unicode,
        raw: pattern.raw,
        long_lines: pattern.long_lines,
    }
}

pub(super) fn place(at: At) -> PhrasePlace {
    match at {
        At::Whole => PhrasePlace::Whole,
        At::Start => PhrasePlace::Start,
        At::End => PhrasePlace::End,
        At::Anywhere => PhrasePlace::Anywhere,
    }
}

/// A line, in the forms that are searched.
struct SearchedLine<'l> {
    view: LineView<'l>,
    edges: &'l [u32],
}

impl<'l> SearchedLine<'l> {
    /// The form that a regex runs on.
    fn searched_by(&self, regex: RegexPattern) -> &'l str {
        if regex.raw { self.view.text } else { self.view.folded.text }
    }
}

/// The search of one document.
pub(super) struct Search<'s, O> {
    rules: &'s [Rule],
    of_rules: &'s PatternRules,
    observer: &'s mut O,
    /// The rules that hit the last line, in order.
    pub(super) hits: Vec<usize>,
    edges: Vec<u32>,
    /// The index and the number of each regex that was tried on the line. They are few.
    tried: Vec<(usize, u32)>,
    /// What the line has of the regexes' literals, once it is asked for.
    signature: Option<LineSignature>,
    run: Backtracking,
}

impl<'s, O: MatchObserver> Search<'s, O> {
    pub(super) fn new(rules: &'s [Rule], of_rules: &'s PatternRules, observer: &'s mut O) -> Search<'s, O> {
        Search {
            rules,
            of_rules,
            observer,
            hits: Vec::new(),
            edges: Vec::new(),
            tried: Vec::new(),
            signature: None,
            run: Backtracking::default(),
        }
    }

    /// Leaves the rules that hit a line in `hits`, in order.
    pub(super) fn find(&mut self, view: LineView<'_>) {
        self.hits.clear();
        self.tried.clear();
        self.signature = None;
        let mut edges = std::mem::take(&mut self.edges);
        find_edges(view.folded.text.as_bytes(), &mut edges);
        let line = &SearchedLine { view, edges: &edges };
        for (number, index) in self.of_rules.indexes.iter().enumerate() {
            let of_length = if is_short(view.text) { &index.patterns.short } else { &index.patterns.long };
            of_length.find(view.folded, line.edges, |candidate| self.check(number, candidate, line));
        }
        self.edges = edges;
        if self.hits.len() > 1 {
            self.hits.sort_unstable();
            self.hits.dedup();
        }
    }

    /// Adds a hit if a pattern of an index that may match the line does, and the conditions of its rule hold.
    fn check(&mut self, number: usize, candidate: Candidate, line: &SearchedLine<'_>) {
        let index = &self.of_rules.indexes[number];
        let Pattern { rule: in_index, kind } = index.patterns.pattern(candidate.pattern);
        let rule = index.rules[in_index as usize];
        if rule == UNUSED {
            return;
        }
        let found = match kind {
            PatternKind::Phrases(place) => {
                let start = candidate.start as usize;
                let found = start..start + candidate.length as usize;
                phrase_fits(place, line.view.folded.text, found)
                    && conditions_hold(&self.rules[rule as usize], line.view)
            }
            PatternKind::Regex(regex) if regex.is_list && candidate.length as usize != line.view.folded.text.len() => {
                false
            }
            PatternKind::Regex(regex) if !regex.has_length_of(line.searched_by(regex)) => false,
            PatternKind::Regex(regex) if regex.needs_other_than_ascii && line.view.folded.text.is_ascii() => false,
            PatternKind::Regex(regex) => {
                self.is_first_try((number, candidate.pattern))
                    && conditions_hold(&self.rules[rule as usize], line.view)
                    && self.has_literals(regex, &index.patterns, line)
                    && self.matches(rule as usize, regex, &index.patterns, line)
            }
        };
        if found {
            self.hits.push(rule as usize);
        }
    }

    /// Whether a regex is tried on this line for the first time.
    fn is_first_try(&mut self, regex: (usize, u32)) -> bool {
        let is_first = !self.tried.contains(&regex);
        if is_first {
            self.tried.push(regex);
        }
        is_first
    }

    /// Whether a line may have the literals that a regex requires.
    fn has_literals(&mut self, regex: RegexPattern, patterns: &PatternIndex, line: &SearchedLine<'_>) -> bool {
        let required = patterns.required_by(regex);
        if required.is_empty() {
            return true;
        }
        let signature = self.signature.get_or_insert_with(|| LineSignature::of(line.view.folded, line.edges));
        required.iter().all(|literals| signature.may_have_any(literals))
    }

    /// Whether a regex of a rule matches a line.
    fn matches(&mut self, rule: usize, regex: RegexPattern, patterns: &PatternIndex, line: &SearchedLine<'_>) -> bool {
        let of_rule = &self.rules[rule];
        let has_keyword = || !regex.needs_keyword || contains_any(line.view.folded.text, &of_rule.pattern.keywords);
        if regex.is_list {
            return has_keyword();
        }
        let text = line.searched_by(regex);
        self.observer.begins(rule);
        let known = regex.program.and_then(|program| patterns.programs.is_match(program, text, &mut self.run));
        let by_regex = || self.of_rules.regexes(rule, of_rule)[usize::from(regex.number)].is_match(text);
        let found = known.unwrap_or_else(by_regex) && has_keyword();
        self.observer.ends(rule, found);
        found
    }
}
