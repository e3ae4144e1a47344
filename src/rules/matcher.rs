//! Finds every hit of every rule on a document.
//! It decides nothing: it gives hits.
//! Fifth stage of the line.
//!
//! Each folded line is looked up among the phrases that are whole lines, and searched once for thousands of literals:
//! phrases that may stand anywhere, and what the regexes cannot match without, see [`needs`](bodytext_pattern). The cost of
//! neither grows with the number of rules. A regex runs only on lines that hold one of its literals and begin like it.
//! Lines of more than 200 bytes are seen by a second, smaller set of tables, made of the rules that ask for such lines.
//! Rules of conditions alone, and raw rules that depend on what others cut, are left to `one_by_one`.

use std::collections::{HashMap, HashSet};
use std::hash::BuildHasher;
use std::ops::Range;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::Rule;
use super::builtin::{Prepared, prepare};
use super::lazy::Lazy;
use super::literals::{Literals, PADDING};
use super::one_by_one::OneByOne;
use super::schema::{At, Kind};
use super::shape::{Sight, has_shape};
use crate::text::Page;
use crate::text::fold::{fold, fold_with_origins, is_boundary};
use bodytext_pattern::{Bytes, Needs};

/// A rule that fired on a line.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The line, counted from 0.
    pub line: usize,
    /// The rule, an index into [`RuleSet::rules`](crate::RuleSet::rules).
    pub rule: usize,
    /// For span rules: the bytes of the text to cut. Otherwise the line's own span.
    pub span: Range<usize>,
}

/// Longer lines are paragraphs: 98 of 100 hits of short-line rules are on lines below it.
pub(super) const SHORT_LINE: usize = 200;

/// Is told of each time a regex ensembles at a line, so that the time of rules can be measured.
pub trait MatchObserver {
    /// A regex of this rule begins to ensemble at a line.
    fn begins(&mut self, rule: usize);
    /// It has looked, and found something or not.
    fn ends(&mut self, rule: usize, found: bool);
}

/// Nobody watches.
impl MatchObserver for () {
    fn begins(&mut self, _: usize) {}
    fn ends(&mut self, _: usize, _: bool) {}
}

/// The compiled tables.
#[derive(Debug, Default)]
pub(super) struct Matcher {
    short: Engines,
    long: Engines,
    /// The regexes of the rules that are matched here, and where those of each rule stand.
    regexes: Vec<Pattern>,
    of_rule: Vec<Range<usize>>,
    /// Runs found by shape alone.
    shapes: Vec<usize>,
    one_by_one: OneByOne,
}

/// A regex of a rule.
#[derive(Debug)]
struct Pattern {
    rule: usize,
    regex: Lazy,
    /// The bytes a match may begin with, where it must begin the line and they are few.
    first: Option<Bytes>,
    /// The literals one of which is in every match.
    literals: Vec<String>,
}

impl Matcher {
    pub(super) fn new(rules: &[Rule]) -> Matcher {
        let one_by_one = OneByOne::new(rules);
        let all: Vec<usize> = (0..rules.len()).filter(|&r| !one_by_one.has(r)).collect();
        let long: Vec<usize> = all.iter().copied().filter(|&r| rules[r].long_lines).collect();
        let shapes = all.iter().copied().filter(|&r| !rules[r].has_patterns()).collect();
        let (mut regexes, mut of_rule) = (Vec::new(), Vec::with_capacity(rules.len()));
        for (index, rule) in rules.iter().enumerate() {
            let from = regexes.len();
            if !one_by_one.has(index) {
                regexes.extend(rule.regex.iter().map(|pattern| Pattern::new(index, rule, pattern)));
            }
            of_rule.push(from..regexes.len());
        }
        let engines = |chosen: &[usize]| Engines::new(rules, chosen, &regexes, &of_rule);
        let (short, long) = (engines(&all), engines(&long));
        Matcher { short, long, regexes, of_rule, shapes, one_by_one }
    }

    pub(super) fn hits(&self, rules: &[Rule], document: &Page<'_>, observer: &mut impl MatchObserver) -> Vec<Hit> {
        let mut scratch = Scratch { tried: vec![0; self.regexes.len()], ..Scratch::default() };
        let mut hits = Vec::new();
        // Where the last run of each opening rule ended: an opening inside it opens nothing new.
        let mut opened: HashMap<usize, usize> = HashMap::new();
        for (line, _) in document.stats.iter().enumerate().filter(|(_, f)| !f.blank) {
            if !self.one_by_one.is_empty() {
                self.one_by_one.find(rules, document, line, &mut hits);
            }
            let text = document.line(line);
            let engines = if text.len() <= SHORT_LINE { &self.short } else { &self.long };
            if engines.is_empty() {
                continue;
            }
            let sight = Sight::of(document, line);
            engines.find(rules, &self.regexes, sight, document.host, &mut scratch, observer);
            for &rule in &scratch.hits {
                if rules[rule].opens {
                    if opened.get(&rule).is_none_or(|&end| line > end) {
                        opened.insert(rule, run_after(&rules[rule], rule, line, document, &mut hits));
                    }
                } else {
                    self.record(rules, document, line, rule, &mut hits);
                }
            }
        }
        for &rule in &self.shapes {
            runs_by_shape(&rules[rule], rule, document, &mut hits);
        }
        drop_short_runs(rules, document, &mut hits);
        hits.sort_by_key(|s| (s.line, s.rule, s.span.start));
        hits.dedup();
        drop_lonely(rules, document, &mut hits);
        hits
    }

    fn record(&self, rules: &[Rule], document: &Page<'_>, line: usize, rule: usize, hits: &mut Vec<Hit>) {
        let span = document.lines[line].span();
        match rules[rule].kind {
            Kind::Span => {
                let (mut folded, mut origins) = (String::with_capacity(span.len()), Vec::with_capacity(span.len()));
                fold_with_origins(document.line(line), &mut folded, &mut origins);
                for found in occurrences(&rules[rule], &self.regexes[self.of_rule[rule].clone()], &folded) {
                    let start = span.start + origins[found.start];
                    let end = span.start + origins[found.end];
                    hits.push(Hit { line, rule, span: start..end });
                }
            }
            _ => hits.push(Hit { line, rule, span }),
        }
    }
}

impl Pattern {
    fn new(index: usize, rule: &Rule, pattern: &str) -> Pattern {
        let Prepared { lowered, needs: Needs { mut literals, first } } = prepare(pattern, rule.unicode, rule.raw);
        let first = first.filter(|_| !rule.unicode);
        if literals.is_empty() && first.is_none() {
            literals.clone_from(&rule.keywords);
        }
        Pattern { rule: index, regex: Lazy::new(lowered), first, literals }
    }

    /// Whether it matches a line that is as its rule asks, given as it stands and folded.
    fn finds(
        &self,
        rule: &Rule,
        line: Sight<'_>,
        host: Option<&str>,
        folded: &str,
        observer: &mut impl MatchObserver,
    ) -> bool {
        let begins = self.first.is_none_or(|first| folded.bytes().next().is_some_and(|byte| first.has(byte)));
        if !begins || !holds(rule, line, host) {
            return false;
        }
        // Keywords count where nothing is known of how matches begin.
        let asked = || self.first.is_some() || rule.keywords.is_empty() || has_any(folded, &rule.keywords);
        observer.begins(self.rule);
        let found = self.regex.is_match(if rule.raw { line.text } else { folded }) && asked();
        observer.ends(self.rule, found);
        found
    }
}

/// Whether one of the literals stands in the text.
pub(super) fn has_any(text: &str, literals: &[String]) -> bool {
    literals.iter().any(|literal| memchr::memmem::find(text.as_bytes(), literal.as_bytes()).is_some())
}

/// The tables for lines of one length.
#[derive(Debug, Default)]
struct Engines {
    /// The phrases that are whole lines, by their text up to its last letter, digit or telling sign: rule and number.
    whole: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
    /// What is searched for, ...
    literals: Literals,
    /// ... where each of them is asked for ...
    asked: Vec<Range<u32>>,
    /// ... and by whom.
    askers: Vec<Asker>,
    /// The regexes of which no literal is known that tells lines apart, by the bytes they may begin with.
    others: Vec<Vec<u32>>,
}

/// The first eight bytes of a text as a number that sorts as they do, with zeros after the text.
fn first_bytes(text: &str) -> u64 {
    text.bytes().chain(std::iter::repeat(0)).take(8).fold(0, |number, byte| number << 8 | u64::from(byte))
}

/// What a literal belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Asker {
    /// It is a phrase of this rule.
    Phrase(u32),
    /// This regex needs it.
    Regex(u32),
}

impl Engines {
    fn new<'a>(rules: &'a [Rule], chosen: &[usize], regexes: &'a [Pattern], of_rule: &[Range<usize>]) -> Engines {
        let phrases = chosen.iter().map(|&rule| rules[rule].phrases.len()).sum();
        let mut engines = Engines { whole: HashTable::with_capacity(phrases), ..Engines::default() };
        // Each with its first bytes as a number, in which most differ: that sorts in half the time.
        let mut asked: Vec<(u64, &str, Asker)> = Vec::new();
        for &index in chosen {
            let rule = &rules[index];
            for (number, phrase) in rule.phrases.iter().enumerate() {
                if rule.at == At::Whole {
                    engines.add_whole(rules, index, number);
                } else {
                    asked.push((first_bytes(phrase), phrase, Asker::Phrase(index as u32)));
                }
            }
            for place in of_rule[index].clone() {
                let literals = &regexes[place].literals;
                let asks = |literal: &'a String| (first_bytes(literal), literal.as_str(), Asker::Regex(place as u32));
                asked.extend(literals.iter().map(asks));
                if literals.is_empty() {
                    let begins = |byte| regexes[place].first.is_none_or(|first| first.has(byte));
                    engines.others.resize(256, Vec::new());
                    (0..=255).filter(|&b| begins(b)).for_each(|b| engines.others[usize::from(b)].push(place as u32));
                }
            }
        }
        asked.sort_unstable();
        asked.dedup();
        let mut texts = Vec::new();
        for same in asked.chunk_by(|a, b| a.1 == b.1) {
            texts.push(same[0].1);
            let from = engines.askers.len() as u32;
            engines.askers.extend(same.iter().map(|(_, _, asker)| *asker));
            engines.asked.push(from..engines.askers.len() as u32);
        }
        engines.literals = Literals::new(texts.into_iter());
        engines
    }

    fn add_whole(&mut self, rules: &[Rule], rule: usize, number: usize) {
        let Engines { whole, hasher, .. } = self;
        let hash = |rule: usize, number: usize| hasher.hash_one(without_signs(&rules[rule].phrases[number]));
        let again = |entry: &(u32, u32)| hash(entry.0 as usize, entry.1 as usize);
        whole.insert_unique(hash(rule, number), (rule as u32, number as u32), again);
    }

    fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.literals.is_empty() && self.others.is_empty()
    }

    /// Leaves the rules that hit a line in `scratch.hits`, in order.
    fn find(
        &self,
        rules: &[Rule],
        regexes: &[Pattern],
        line: Sight<'_>,
        host: Option<&str>,
        scratch: &mut Scratch,
        observer: &mut impl MatchObserver,
    ) {
        let Scratch { folded, hits, tried, lines } = scratch;
        hits.clear();
        folded.clear();
        *lines += 1;
        fold(line.text, folded);
        let end = folded.len();
        folded.push_str(PADDING);
        let (padded, folded) = (folded.as_str(), &folded[..end]);
        if !self.whole.is_empty() {
            for &(rule, number) in self.whole.iter_hash(self.hasher.hash_one(without_signs(folded))) {
                let phrase = rules[rule as usize].phrases[number as usize].as_str();
                let fits = || phrase_fits(At::Whole, folded, 0..phrase.len());
                if folded.starts_with(phrase) && fits() && holds(&rules[rule as usize], line, host) {
                    hits.push(rule as usize);
                }
            }
        }
        let mut ensemble = |place: usize, hits: &mut Vec<usize>| {
            let pattern = &regexes[place];
            // A literal can stand in a line many times; its regexes ensemble at the line once.
            if std::mem::replace(&mut tried[place], *lines) != *lines
                && pattern.finds(&rules[pattern.rule], line, host, folded, observer)
            {
                hits.push(pattern.rule);
            }
        };
        self.literals.find(padded, |literal, start| {
            let asked = self.asked[literal].clone();
            for asker in &self.askers[asked.start as usize..asked.end as usize] {
                match *asker {
                    Asker::Regex(place) => ensemble(place as usize, hits),
                    Asker::Phrase(rule) => {
                        let end = start + self.literals.len_of(literal);
                        let rule_of = &rules[rule as usize];
                        if phrase_fits(rule_of.at, folded, start..end) && holds(rule_of, line, host) {
                            hits.push(rule as usize);
                        }
                    }
                }
            }
        });
        let first = folded.bytes().next().map_or(0, usize::from);
        self.others.get(first).into_iter().flatten().for_each(|&place| ensemble(place as usize, hits));
        hits.sort_unstable();
        hits.dedup();
    }
}

/// What a document needs while it is matched.
#[derive(Default)]
struct Scratch {
    folded: String,
    hits: Vec<usize>,
    /// The number of the line on which each regex was last tried.
    tried: Vec<u32>,
    lines: u32,
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
    let (top, bottom) = (line.stats.from_top, line.stats.from_bottom);
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
fn run_after(rule: &Rule, index: usize, opening: usize, document: &Page<'_>, hits: &mut Vec<Hit>) -> usize {
    let members: Vec<usize> = (opening + 1..document.lines.len())
        .filter(|&l| !document.stats[l].blank)
        .take_while(|&l| has_shape(rule, Sight::of(document, l)))
        .collect();
    let last = members.last().copied().unwrap_or(opening);
    if members.len() >= rule.min_lines {
        for line in std::iter::once(opening).chain(members) {
            hits.push(Hit { line, rule: index, span: document.lines[line].span() });
        }
    }
    last
}

/// All runs of neighbouring lines of the rule's shape, where they stand where the rule says.
fn runs_by_shape(rule: &Rule, index: usize, document: &Page<'_>, hits: &mut Vec<Hit>) {
    if !is_for(rule, document.host) {
        return;
    }
    let mut run: Vec<usize> = Vec::new();
    let mut close = |run: &mut Vec<usize>| {
        let placed = run.iter().any(|&l| holds(rule, Sight::of(document, l), document.host));
        if run.len() >= rule.min_lines && placed {
            hits.extend(run.iter().map(|&line| Hit { line, rule: index, span: document.lines[line].span() }));
        }
        run.clear();
    };
    for (line, _) in document.stats.iter().enumerate().filter(|(_, f)| !f.blank) {
        if has_shape(rule, Sight::of(document, line)) {
            run.push(line);
        } else {
            close(&mut run);
        }
    }
    close(&mut run);
}

/// Takes back the hits of run rules that are fewer in a row than the rule asks for.
fn drop_short_runs(rules: &[Rule], document: &Page<'_>, hits: &mut Vec<Hit>) {
    let counted = |s: &Hit| rules[s.rule].kind == Kind::Run && !rules[s.rule].opens;
    if !hits.iter().any(counted) {
        return;
    }
    let mut members: Vec<(usize, usize)> =
        hits.iter().filter(|s| counted(s)).map(|s| (s.rule, document.stats[s.line].from_top)).collect();
    members.sort_unstable();
    members.dedup();
    let mut long_enough = HashSet::new();
    for run in members.chunk_by(|a, b| a.0 == b.0 && a.1 + 1 == b.1) {
        if run.len() >= rules[run[0].0].min_lines {
            long_enough.extend(run.iter().copied());
        }
    }
    hits.retain(|s| !counted(s) || long_enough.contains(&(s.rule, document.stats[s.line].from_top)));
}

/// Takes back the hits of rules that ask for a neighbour where there is none. A hit that itself asks for a neighbour is
/// no neighbour to others, so that the order of rules does not matter. The hits are in the order of their lines.
fn drop_lonely(rules: &[Rule], document: &Page<'_>, hits: &mut Vec<Hit>) {
    if hits.iter().all(|s| rules[s.rule].near.is_none()) {
        return;
    }
    let solid: Vec<usize> = hits.iter().map(|s| document.stats[s.line].from_top).collect();
    let keep: Vec<bool> = hits
        .iter()
        .zip(&solid)
        .map(|(hit, &at)| {
            rules[hit.rule].near.as_ref().is_none_or(|near| {
                let from = solid.partition_point(|&there| there + near.within < at);
                let to = solid.partition_point(|&there| there <= at + near.within);
                hits[from..to].iter().any(|other| {
                    let rule = &rules[other.rule];
                    other.line != hit.line && rule.near.is_none() && near.classes.contains(&rule.class)
                })
            })
        })
        .collect();
    let mut keep = keep.into_iter();
    hits.retain(|_| keep.next().unwrap_or(true));
}

/// Every place of the folded line where a span rule matches.
fn occurrences(rule: &Rule, regexes: &[Pattern], folded: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    for phrase in &rule.phrases {
        let places = folded.match_indices(phrase.as_str()).map(|(at, p)| at..at + p.len());
        found.extend(places.filter(|range| phrase_fits(rule.at, folded, range.clone())));
    }
    for regex in regexes.iter().filter_map(|pattern| pattern.regex.finder()) {
        found.extend(regex.find_iter(folded).map(|m| m.range()).filter(|r| !r.is_empty()));
    }
    found
}
