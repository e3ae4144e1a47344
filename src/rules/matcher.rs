//! Finds every hit of every rule on a document.
//! It decides nothing: it gives signals.
//! Fifth stage of the line.
//!
//! Three engines see each folded line, and the cost of none grows with the number of rules: a table of the phrases that
//! are whole lines, tables of the first bytes of everything else that begins the line, and a search for the literals that
//! may stand anywhere. Regexes run only on lines that begin like them, or hold one of their keywords. Lines of more than
//! 200 bytes are seen by a second, smaller set of them, made of the rules that ask for such lines. Rules that need to see
//! the line as it stands, or have conditions alone, are left to `one_by_one`.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::OnceLock;

use aho_corasick::AhoCorasick;

use super::Rule;
use super::compile::{beginnings, lower};
use super::one_by_one::{OneByOne, is_one};
use super::schema::{At, Kind};
use super::shape::{Sight, has_shape};
use crate::error::{RuleError, RuleErrors};
use crate::fold::{fold, fold_with_origins, is_boundary};
use crate::model::{Document, Signal};

/// Longer lines are paragraphs: 98 of 100 hits of short-line rules are on lines below it.
pub(super) const SHORT_LINE: usize = 200;
/// What begins a line is looked up by at most so many bytes: with 4, common words lead to twice as many regexes.
const BEGINNING: usize = 6;

/// The compiled tables.
#[derive(Debug, Clone, Default)]
pub(super) struct Matcher {
    short: Engines,
    long: Engines,
    /// Runs found by shape alone.
    shapes: Vec<usize>,
    one_by_one: OneByOne,
    /// The regexes of span rules, by rule.
    spans: Vec<Vec<Lazy>>,
}

impl Matcher {
    pub(super) fn new(rules: &[Rule]) -> Result<Matcher, RuleErrors> {
        let all: Vec<usize> = (0..rules.len()).filter(|&r| !is_one(&rules[r])).collect();
        let long: Vec<usize> = all.iter().copied().filter(|&r| rules[r].long_lines).collect();
        let shapes = all.iter().copied().filter(|&r| !rules[r].has_patterns()).collect();
        let spans = rules.iter().map(|r| match r.kind {
            Kind::Span if !r.raw => r.regex.iter().map(|p| Lazy::new(lower(p, r.unicode))).collect(),
            _ => Vec::new(),
        });
        let spans = spans.collect();
        let prepared: Vec<Vec<Prepared>> =
            rules.iter().map(|r| r.regex.iter().map(|p| Prepared::new(p, r.unicode)).collect()).collect();
        let (short, long) = (Engines::new(rules, &all, &prepared)?, Engines::new(rules, &long, &prepared)?);
        Ok(Matcher { short, long, shapes, one_by_one: OneByOne::new(rules)?, spans })
    }

    pub(super) fn signals(&self, rules: &[Rule], document: &Document<'_>) -> Vec<Signal> {
        let mut scratch = Scratch::default();
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
            engines.find(rules, text, &mut scratch);
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
    /// The phrases that are whole lines, by their text up to its last letter, digit or telling sign.
    whole: HashMap<String, Vec<Whole>>,
    /// What begins the line: phrases and regexes, ...
    starts: Vec<(usize, Start)>,
    /// ... by the bytes they may begin with: a table for each length.
    beginnings: [HashMap<Vec<u8>, Vec<usize>>; BEGINNING],
    anywhere: Option<AhoCorasick>,
    anywhere_rules: Vec<Literal>,
    regexes: Vec<(usize, Lazy)>,
}

/// A phrase that is a whole line.
#[derive(Debug, Clone)]
struct Whole {
    rule: usize,
    phrase: String,
}

/// A regex that is compiled when a line first asks for it: most documents ask for few of the set's. That it can be
/// compiled was checked when its pack was read.
#[derive(Debug, Clone)]
pub(super) struct Lazy {
    pattern: String,
    compiled: OnceLock<Option<regex::Regex>>,
}

impl Lazy {
    pub(super) fn new(pattern: String) -> Lazy {
        Lazy { pattern, compiled: OnceLock::new() }
    }

    pub(super) fn get(&self) -> Option<&regex::Regex> {
        self.compiled.get_or_init(|| regex::Regex::new(&self.pattern).ok()).as_ref()
    }
}

/// A regex in the form the engines take, and what its matches begin with, where they must begin the line.
struct Prepared {
    lowered: String,
    beginnings: Option<Vec<Vec<u8>>>,
}

impl Prepared {
    fn new(pattern: &str, unicode: bool) -> Prepared {
        let lowered = lower(pattern, unicode);
        let beginnings = if unicode { None } else { beginnings(&lowered) };
        Prepared { lowered, beginnings }
    }
}

/// What begins a line.
#[derive(Debug, Clone)]
enum Start {
    Phrase(String),
    Regex(Lazy),
}

/// What one literal of the search belongs to.
#[derive(Debug, Clone)]
enum Literal {
    Phrase(usize),
    /// A keyword of the regexes in this range of `regexes`.
    Keyword(Range<usize>),
}

impl Engines {
    fn new(rules: &[Rule], chosen: &[usize], prepared: &[Vec<Prepared>]) -> Result<Engines, RuleErrors> {
        let mut engines = Engines::default();
        let mut literals = Vec::new();
        for &index in chosen {
            let rule = &rules[index];
            for phrase in &rule.phrases {
                if rule.at == At::Whole {
                    let whole = Whole { rule: index, phrase: phrase.clone() };
                    engines.whole.entry(without_signs(phrase).to_owned()).or_default().push(whole);
                } else if rule.at == At::Start {
                    engines.add_start(index, Start::Phrase(phrase.clone()), [phrase.as_bytes()]);
                } else {
                    literals.push(phrase.clone());
                    engines.anywhere_rules.push(Literal::Phrase(index));
                }
            }
            let first = engines.regexes.len();
            for Prepared { lowered, beginnings } in &prepared[index] {
                match beginnings {
                    Some(all) => {
                        let all = all.iter().map(Vec::as_slice);
                        engines.add_start(index, Start::Regex(Lazy::new(lowered.clone())), all);
                    }
                    None => engines.regexes.push((index, Lazy::new(lowered.clone()))),
                }
            }
            if first < engines.regexes.len() {
                for keyword in &rule.keywords {
                    literals.push(keyword.clone());
                    engines.anywhere_rules.push(Literal::Keyword(first..engines.regexes.len()));
                }
            }
        }
        if !literals.is_empty() {
            engines.anywhere = Some(AhoCorasick::new(&literals).map_err(|e| too_large(&e.to_string()))?);
        }
        Ok(engines)
    }

    fn add_start<'a>(&mut self, rule: usize, start: Start, beginnings: impl IntoIterator<Item = &'a [u8]>) {
        let place = self.starts.len();
        for beginning in beginnings {
            let beginning = &beginning[..beginning.len().min(BEGINNING)];
            let places = self.beginnings[beginning.len() - 1].entry(beginning.to_vec()).or_default();
            if places.last() != Some(&place) {
                places.push(place);
            }
        }
        self.starts.push((rule, start));
    }

    fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.starts.is_empty() && self.anywhere.is_none()
    }

    /// Leaves the rules whose patterns match in `scratch.hits`, in order, and the folded line in `scratch.folded`.
    fn find(&self, rules: &[Rule], text: &str, scratch: &mut Scratch) {
        scratch.hits.clear();
        scratch.tried.clear();
        scratch.folded.clear();
        fold(text, &mut scratch.folded);
        let folded = scratch.folded.as_str();
        for Whole { rule, phrase } in self.whole.get(without_signs(folded)).into_iter().flatten() {
            if folded.starts_with(phrase.as_str()) && phrase_fits(At::Whole, folded, 0..phrase.len()) {
                scratch.hits.push(*rule);
            }
        }
        for (length, table) in (1..).zip(&self.beginnings) {
            let places = folded.as_bytes().get(..length).and_then(|beginning| table.get(beginning));
            for &place in places.into_iter().flatten() {
                let (rule, start) = &self.starts[place];
                let begins = match start {
                    Start::Phrase(phrase) => {
                        folded.starts_with(phrase.as_str()) && phrase_fits(At::Start, folded, 0..phrase.len())
                    }
                    Start::Regex(regex) => regex.get().is_some_and(|regex| regex.is_match(folded)),
                };
                if begins {
                    scratch.hits.push(*rule);
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
                            if !scratch.hits.contains(rule) && regex.get().is_some_and(|r| r.is_match(folded)) {
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
#[derive(Default)]
struct Scratch {
    folded: String,
    hits: Vec<usize>,
    /// The first regex of each group whose keyword was met on the line.
    tried: Vec<usize>,
}

/// Whether the phrase that stands at `found` stands where it must, from word boundary to word boundary.
fn phrase_fits(at: At, folded: &str, found: Range<usize>) -> bool {
    let (before, phrase, after) = (&folded[..found.start], &folded[found.clone()], &folded[found.end..]);
    let begins = is_boundary(before.chars().next_back(), phrase.chars().next());
    let ends = is_boundary(phrase.chars().next_back(), after.chars().next());
    let signs = |text: &str| text.chars().all(is_mere_sign);
    begins
        && ends
        && match at {
            At::Whole => signs(before) && signs(after),
            At::Start => before.is_empty(),
            At::End => signs(after),
            At::Anywhere => true,
        }
}

/// Signs around a line's words that carry no meaning: colons, arrows, brackets.
fn is_mere_sign(c: char) -> bool {
    !c.is_alphanumeric() && c != '?' && c != '%'
}

/// The text without the mere signs at its end.
fn without_signs(text: &str) -> &str {
    text.trim_end_matches(is_mere_sign)
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
fn occurrences(rule: &Rule, regexes: &[Lazy], folded: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for phrase in &rule.phrases {
        let places = folded.match_indices(phrase.as_str()).map(|(at, p)| at..at + p.len());
        found.extend(places.filter(|range| phrase_fits(rule.at, folded, range.clone())));
    }
    for regex in regexes.iter().filter_map(Lazy::get) {
        found.extend(regex.find_iter(folded).map(|m| m.range()).filter(|r| !r.is_empty()));
    }
    found
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
