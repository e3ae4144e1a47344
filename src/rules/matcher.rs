//! Finds every hit of every rule on a document.
//! It decides nothing: it gives signals.
//! Fifth stage of the line.
//!
//! Two engines see each folded line: one lazy automaton for everything that begins the line, whose cost does not grow
//! with the number of rules, and one search for the literals that may stand anywhere. Lines of more than 200 bytes are
//! seen by a second, smaller pair, made of the rules that ask for them. Rules that need to see the line as it stands, or
//! have conditions alone, are left to `one_by_one`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use aho_corasick::AhoCorasick;
use regex_automata::{Anchored, Input, MatchKind, PatternSet, meta};

use super::Rule;
use super::compile::{is_selective, lower};
use super::one_by_one::{OneByOne, is_one};
use super::schema::{At, Kind};
use super::shape::{Sight, has_shape};
use crate::error::{RuleError, RuleErrors};
use crate::fold::{fold, fold_with_origins, is_boundary};
use crate::model::{Document, Signal};

/// Longer lines are paragraphs: 98 of 100 hits of short-line rules are on lines below it.
pub(super) const SHORT_LINE: usize = 200;
/// What the automaton over all anchored patterns may take in memory, in bytes, before it is built.
const AUTOMATON_LIMIT: usize = 256 << 20;

/// The compiled tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Matcher {
    short: Engines,
    long: Engines,
    /// Runs found by shape alone.
    shapes: Vec<usize>,
    one_by_one: OneByOne,
    /// The regexes of span rules, by rule.
    spans: Vec<Vec<regex::Regex>>,
}

impl Matcher {
    pub(super) fn new(rules: &[Rule]) -> Result<Matcher, RuleErrors> {
        let all: Vec<usize> = (0..rules.len()).filter(|&r| !is_one(&rules[r])).collect();
        let long: Vec<usize> = all.iter().copied().filter(|&r| rules[r].long_lines).collect();
        let shapes = all.iter().copied().filter(|&r| !rules[r].has_patterns()).collect();
        let spans = rules.iter().map(|r| match r.kind {
            Kind::Span if !r.raw => r.regex.iter().map(|p| compiled(r, &lower(p, r.unicode))).collect(),
            _ => Ok(Vec::new()),
        });
        let spans = spans.collect::<Result<_, RuleErrors>>()?;
        let (short, long) = (Engines::new(rules, &all)?, Engines::new(rules, &long)?);
        Ok(Matcher { short, long, shapes, one_by_one: OneByOne::new(rules)?, spans })
    }

    pub(super) fn signals(&self, rules: &[Rule], document: &Document<'_>) -> Vec<Signal> {
        let mut scratch = Scratch::new(&self.short, &self.long);
        let mut signals = Vec::new();
        // Where the last run of each opening rule ended: an opening inside it opens nothing new.
        let mut opened: HashMap<usize, usize> = HashMap::new();
        for (line, _) in document.features.iter().enumerate().filter(|(_, f)| !f.blank) {
            if !self.one_by_one.is_empty() {
                self.one_by_one.find(rules, document, line, &mut signals);
            }
            let text = document.line(line);
            let engines = if text.len() <= SHORT_LINE { &self.short } else { &self.long };
            if engines.is_empty() {
                continue;
            }
            engines.find(rules, text, text.len() <= SHORT_LINE, &mut scratch);
            for &rule in &scratch.hits {
                if !holds(&rules[rule], Sight::of(document, line), document.host) {
                    continue;
                }
                if rules[rule].opens {
                    if opened.get(&rule).is_none_or(|&end| line > end) {
                        opened.insert(rule, run_after(&rules[rule], rule, line, document, &mut signals));
                    }
                } else {
                    self.record(rules, document, line, rule, &scratch.folded, &mut signals);
                }
            }
        }
        for &rule in &self.shapes {
            runs_by_shape(&rules[rule], rule, document, &mut signals);
        }
        drop_short_runs(rules, document, &mut signals);
        signals.sort_by_key(|s| (s.line, s.rule, s.span.start));
        signals.dedup();
        drop_lonely(rules, document, &mut signals);
        signals
    }

    fn record(
        &self,
        rules: &[Rule],
        document: &Document<'_>,
        line: usize,
        rule: usize,
        folded: &str,
        signals: &mut Vec<Signal>,
    ) {
        let span = document.lines[line].span();
        match rules[rule].kind {
            Kind::Span => {
                let (mut again, mut origins) = (String::with_capacity(folded.len()), Vec::with_capacity(folded.len()));
                fold_with_origins(document.line(line), &mut again, &mut origins);
                for found in occurrences(&rules[rule], &self.spans[rule], &again) {
                    let start = span.start + origins[found.start];
                    let end = span.start + origins[found.end];
                    signals.push(Signal { line, rule, span: start..end });
                }
            }
            _ => signals.push(Signal { line, rule, span }),
        }
    }
}

/// The engines for lines of one length.
#[derive(Debug, Clone, Default)]
struct Engines {
    anchored: Option<meta::Regex>,
    anchored_rules: Vec<Pattern>,
    anywhere: Option<AhoCorasick>,
    anywhere_rules: Vec<Literal>,
    regexes: Vec<(usize, regex::Regex)>,
}

/// What one pattern of the anchored automaton belongs to.
#[derive(Debug, Clone)]
enum Pattern {
    /// A phrase of that many bytes, whose end must still be looked at.
    Phrase(usize, usize),
    Regex(usize),
}

/// What one literal of the search belongs to.
#[derive(Debug, Clone)]
enum Literal {
    Phrase(usize),
    /// A keyword of the regexes in this range of `regexes`.
    Keyword(Range<usize>),
}

impl Engines {
    fn new(rules: &[Rule], chosen: &[usize]) -> Result<Engines, RuleErrors> {
        let mut engines = Engines::default();
        let (mut anchored, mut literals) = (Vec::new(), Vec::new());
        for &index in chosen {
            let rule = &rules[index];
            for phrase in &rule.phrases {
                if matches!(rule.at, At::Whole | At::Start) {
                    anchored.push(format!("^{}", regex_syntax::escape(phrase)));
                    engines.anchored_rules.push(Pattern::Phrase(index, phrase.len()));
                } else {
                    literals.push(phrase.clone());
                    engines.anywhere_rules.push(Literal::Phrase(index));
                }
            }
            let first = engines.regexes.len();
            for pattern in &rule.regex {
                let lowered = lower(pattern, rule.unicode);
                if !rule.unicode && is_selective(&lowered) {
                    anchored.push(lowered);
                    engines.anchored_rules.push(Pattern::Regex(index));
                } else {
                    engines.regexes.push((index, compiled(rule, &lowered)?));
                }
            }
            if first < engines.regexes.len() {
                for keyword in &rule.keywords {
                    literals.push(keyword.clone());
                    engines.anywhere_rules.push(Literal::Keyword(first..engines.regexes.len()));
                }
            }
        }
        if !anchored.is_empty() {
            let config = meta::Config::new()
                .match_kind(MatchKind::All)
                .utf8_empty(false)
                .nfa_size_limit(Some(AUTOMATON_LIMIT))
                .hybrid_cache_capacity(16 << 20)
                .which_captures(regex_automata::nfa::thompson::WhichCaptures::None);
            let syntax = regex_automata::util::syntax::Config::new().utf8(false);
            let built = meta::Builder::new().configure(config).syntax(syntax).build_many(&anchored);
            engines.anchored = Some(built.map_err(|e| too_large(&e.to_string()))?);
        }
        if !literals.is_empty() {
            engines.anywhere = Some(AhoCorasick::new(&literals).map_err(|e| too_large(&e.to_string()))?);
        }
        Ok(engines)
    }

    fn is_empty(&self) -> bool {
        self.anchored.is_none() && self.anywhere.is_none()
    }

    /// Leaves the rules whose patterns match in `scratch.hits`, in order, and the folded line in `scratch.folded`.
    fn find(&self, rules: &[Rule], text: &str, short: bool, scratch: &mut Scratch) {
        scratch.hits.clear();
        scratch.tried.clear();
        scratch.folded.clear();
        fold(text, &mut scratch.folded);
        let folded = scratch.folded.as_str();
        if let Some(anchored) = &self.anchored {
            let set = if short { &mut scratch.short } else { &mut scratch.long };
            set.clear();
            let input = Input::new(folded).anchored(Anchored::Yes);
            anchored.which_overlapping_matches(&input, set);
            for pattern in set.iter() {
                match self.anchored_rules[pattern.as_usize()] {
                    Pattern::Regex(rule) => scratch.hits.push(rule),
                    Pattern::Phrase(rule, len) if phrase_fits(rules[rule].at, folded, 0..len) => {
                        scratch.hits.push(rule)
                    }
                    Pattern::Phrase(..) => {}
                }
            }
        }
        if let Some(anywhere) = &self.anywhere {
            for found in anywhere.find_overlapping_iter(folded) {
                match &self.anywhere_rules[found.pattern().as_usize()] {
                    Literal::Phrase(rule) => {
                        if phrase_fits(rules[*rule].at, folded, found.range()) {
                            scratch.hits.push(*rule);
                        }
                    }
                    // A keyword can stand in a line many times; its regexes look at the line once.
                    Literal::Keyword(range) if scratch.tried.contains(&range.start) => {}
                    Literal::Keyword(range) => {
                        scratch.tried.push(range.start);
                        for (rule, regex) in &self.regexes[range.clone()] {
                            if !scratch.hits.contains(rule) && regex.is_match(folded) {
                                scratch.hits.push(*rule);
                            }
                        }
                    }
                }
            }
        }
        scratch.hits.sort_unstable();
        scratch.hits.dedup();
    }
}

/// What a document needs while it is matched.
struct Scratch {
    folded: String,
    hits: Vec<usize>,
    /// The first regex of each group whose keyword was met on the line.
    tried: Vec<usize>,
    short: PatternSet,
    long: PatternSet,
}

impl Scratch {
    fn new(short: &Engines, long: &Engines) -> Scratch {
        let set = |e: &Engines| PatternSet::new(e.anchored_rules.len());
        Scratch { folded: String::new(), hits: Vec::new(), tried: Vec::new(), short: set(short), long: set(long) }
    }
}

/// Whether the phrase that stands at `found` stands where it must, from word boundary to word boundary.
fn phrase_fits(at: At, folded: &str, found: Range<usize>) -> bool {
    let (before, phrase, after) = (&folded[..found.start], &folded[found.clone()], &folded[found.end..]);
    let begins = is_boundary(before.chars().next_back(), phrase.chars().next());
    let ends = is_boundary(phrase.chars().next_back(), after.chars().next());
    // Signs around a line's words that carry no meaning: colons, arrows, brackets.
    let signs = |text: &str| text.chars().all(|c| !c.is_alphanumeric() && c != '?' && c != '%');
    begins
        && ends
        && match at {
            At::Whole => signs(before) && signs(after),
            At::Start => before.is_empty(),
            At::End => signs(after),
            At::Anywhere => true,
        }
}

/// Whether the conditions on the line alone hold.
pub(super) fn holds(rule: &Rule, line: Sight<'_>, host: Option<&str>) -> bool {
    let (top, bottom) = (line.features.from_top, line.features.from_bottom);
    let placed = match (rule.head, rule.tail) {
        (None, None) => true,
        (head, tail) => head.is_some_and(|n| top < n) || tail.is_some_and(|n| bottom < n),
    };
    placed && (rule.opens || has_shape(rule, line)) && is_for(rule, host)
}

fn is_for(rule: &Rule, host: Option<&str>) -> bool {
    rule.hosts.is_empty()
        || host.is_some_and(|host| {
            rule.hosts.iter().any(|h| {
                host.eq_ignore_ascii_case(h)
                    || (host.len() > h.len()
                        && host.as_bytes()[host.len() - h.len() - 1] == b'.'
                        && host.as_bytes()[host.len() - h.len()..].eq_ignore_ascii_case(h.as_bytes()))
            })
        })
}

/// The opening line and the lines of the rule's shape that follow it.
///
/// Returns the last line it looked at as a member, or the opening itself.
fn run_after(rule: &Rule, index: usize, opening: usize, document: &Document<'_>, signals: &mut Vec<Signal>) -> usize {
    let members: Vec<usize> = (opening + 1..document.lines.len())
        .filter(|&l| !document.features[l].blank)
        .take_while(|&l| has_shape(rule, Sight::of(document, l)))
        .collect();
    let last = members.last().copied().unwrap_or(opening);
    if members.len() >= rule.min_lines {
        for line in std::iter::once(opening).chain(members) {
            signals.push(Signal { line, rule: index, span: document.lines[line].span() });
        }
    }
    last
}

/// All runs of neighbouring lines of the rule's shape, where they stand where the rule says.
fn runs_by_shape(rule: &Rule, index: usize, document: &Document<'_>, signals: &mut Vec<Signal>) {
    if !is_for(rule, document.host) {
        return;
    }
    let mut run: Vec<usize> = Vec::new();
    let mut close = |run: &mut Vec<usize>| {
        let placed = run.iter().any(|&l| holds(rule, Sight::of(document, l), document.host));
        if run.len() >= rule.min_lines && placed {
            signals.extend(run.iter().map(|&line| Signal { line, rule: index, span: document.lines[line].span() }));
        }
        run.clear();
    };
    for (line, _) in document.features.iter().enumerate().filter(|(_, f)| !f.blank) {
        if has_shape(rule, Sight::of(document, line)) {
            run.push(line);
        } else {
            close(&mut run);
        }
    }
    close(&mut run);
}

/// Takes back the hits of run rules that are fewer in a row than the rule asks for.
fn drop_short_runs(rules: &[Rule], document: &Document<'_>, signals: &mut Vec<Signal>) {
    let counted = |s: &Signal| rules[s.rule].kind == Kind::Run && !rules[s.rule].opens;
    if !signals.iter().any(counted) {
        return;
    }
    let mut members: Vec<(usize, usize)> =
        signals.iter().filter(|s| counted(s)).map(|s| (s.rule, document.features[s.line].from_top)).collect();
    members.sort_unstable();
    members.dedup();
    let mut long_enough = HashSet::new();
    for run in members.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1) {
        if run.len() >= rules[run[0].0].min_lines {
            long_enough.extend(run.iter().copied());
        }
    }
    signals.retain(|s| !counted(s) || long_enough.contains(&(s.rule, document.features[s.line].from_top)));
}

/// Takes back the hits of rules that ask for a neighbour where there is none. A hit that itself asks for a neighbour is
/// no neighbour to others, so that the order of rules does not matter. The signals are in the order of their lines.
fn drop_lonely(rules: &[Rule], document: &Document<'_>, signals: &mut Vec<Signal>) {
    if signals.iter().all(|s| rules[s.rule].near.is_none()) {
        return;
    }
    let solid: Vec<usize> = signals.iter().map(|s| document.features[s.line].from_top).collect();
    let keep: Vec<bool> = signals
        .iter()
        .zip(&solid)
        .map(|(signal, &at)| {
            rules[signal.rule].near.as_ref().is_none_or(|near| {
                let from = solid.partition_point(|&there| there + near.within < at);
                let to = solid.partition_point(|&there| there <= at + near.within);
                signals[from..to].iter().any(|other| {
                    let rule = &rules[other.rule];
                    other.line != signal.line && rule.near.is_none() && near.classes.contains(&rule.class)
                })
            })
        })
        .collect();
    let mut keep = keep.into_iter();
    signals.retain(|_| keep.next().unwrap_or(true));
}

/// Every place of the folded line where a span rule matches.
fn occurrences(rule: &Rule, regexes: &[regex::Regex], folded: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for phrase in &rule.phrases {
        let places = folded.match_indices(phrase.as_str()).map(|(at, p)| at..at + p.len());
        found.extend(places.filter(|range| phrase_fits(rule.at, folded, range.clone())));
    }
    for regex in regexes {
        found.extend(regex.find_iter(folded).map(|m| m.range()).filter(|r| !r.is_empty()));
    }
    found
}

pub(super) fn compiled(rule: &Rule, lowered: &str) -> Result<regex::Regex, RuleErrors> {
    regex::Regex::new(lowered).map_err(|e| {
        RuleErrors(vec![RuleError {
            file: rule.place.file.clone(),
            line: rule.place.line,
            column: rule.place.column,
            id: Some(rule.id.clone()),
            message: format!("the regex cannot be used: {e}"),
            remedy: String::new(),
        }])
    })
}

pub(super) fn too_large(message: &str) -> RuleErrors {
    RuleErrors(vec![RuleError {
        file: "all rules together".into(),
        line: 1,
        column: 1,
        id: None,
        message: message.to_owned(),
        remedy: "use fewer or smaller regexes".into(),
    }])
}
