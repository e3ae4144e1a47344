//! An index of the rules by what they search for: one pass over a line finds those that may fire on it.

use std::hash::BuildHasher;
use std::ops::Range;

use bodytext_pattern::{ByteSet, Prefilter};
use hashbrown::{DefaultHashBuilder, HashTable};

use super::conditions::{LineView, conditions_hold, contains_any};
use super::lazy_regex::LazyRegex;
use super::literal_search::{LiteralSearcher, PADDING, prefix};
use super::prefilter::prepare;
use crate::rules::hit::MatchObserver;
use crate::rules::rule::{At, Rule};
use crate::text::fold::{fold, is_boundary};

/// The rules for lines of one length, by what they search for.
#[derive(Debug, Default)]
pub(super) struct RuleIndex {
    /// Whole-line phrases, by their text up to its last letter, digit or meaningful symbol: rule and phrase.
    whole: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
    /// The searcher for all literals.
    literals: LiteralSearcher,
    /// For each literal, the range of its patterns in `patterns`.
    postings: Vec<Range<u32>>,
    /// The patterns of all literals.
    patterns: Vec<PatternRef>,
    /// The regexes without a selective literal, by the bytes a match may begin with.
    unfiltered: Vec<Vec<u32>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PatternRef {
    Phrase(u32),
    Regex(u32),
}

/// The regexes of all rules that the index finds.
#[derive(Debug, Default)]
pub(super) struct Regexes {
    all: Vec<RuleRegex>,
    of_rule: Vec<Range<usize>>,
}

#[derive(Debug)]
pub(super) struct RuleRegex {
    rule: usize,
    regex: LazyRegex,
    /// The bytes a match may begin with, if it must begin the line and they are few.
    first_bytes: Option<ByteSet>,
    literals: Vec<String>,
}

impl Regexes {
    pub(super) fn new(rules: &[Rule], is_chosen: impl Fn(usize) -> bool) -> Regexes {
        let mut regexes = Regexes::default();
        for (index, rule) in rules.iter().enumerate() {
            let from = regexes.all.len();
            if is_chosen(index) {
                regexes.all.extend(rule.pattern.regex.iter().map(|regex| RuleRegex::new(index, rule, regex)));
            }
            regexes.of_rule.push(from..regexes.all.len());
        }
        regexes
    }

    pub(super) fn len(&self) -> usize {
        self.all.len()
    }

    /// All ranges of the folded line that a rule matches.
    pub(super) fn occurrences(&self, index: usize, rule: &Rule, folded: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        for phrase in &rule.pattern.phrases {
            let places = folded.match_indices(phrase.as_str()).map(|(at, phrase)| at..at + phrase.len());
            found.extend(places.filter(|place| phrase_fits(rule.pattern.at, folded, place.clone())));
        }
        for regex in self.all[self.of_rule[index].clone()].iter().filter_map(|regex| regex.regex.full()) {
            found.extend(regex.find_iter(folded).map(|found| found.range()).filter(|range| !range.is_empty()));
        }
        found
    }
}

impl RuleRegex {
    fn new(index: usize, rule: &Rule, regex: &str) -> RuleRegex {
        let (rewritten, prefilter) = prepare(regex, rule.pattern.unicode, rule.pattern.raw);
        let Prefilter { mut literals, first_bytes } = prefilter;
        let first_bytes = first_bytes.filter(|_| !rule.pattern.unicode);
        if literals.is_empty() && first_bytes.is_none() {
            literals.clone_from(&rule.pattern.keywords);
        }
        RuleRegex { rule: index, regex: LazyRegex::new(rewritten), first_bytes, literals }
    }

    fn may_begin_with(&self, byte: u8) -> bool {
        self.first_bytes.is_none_or(|first| first.has(byte))
    }

    /// Whether the regex matches a line, the rule's conditions included.
    fn matches(&self, rule: &Rule, line: FoldedLine<'_>, observer: &mut impl MatchObserver) -> bool {
        let FoldedLine { view, folded } = line;
        let begins = self.first_bytes.is_none_or(|first| folded.bytes().next().is_some_and(|byte| first.has(byte)));
        if !begins || !conditions_hold(rule, view) {
            return false;
        }
        observer.begins(self.rule);
        let keywords = &rule.pattern.keywords;
        // Keywords are used only if the first bytes are unknown.
        let found = self.regex.is_match(if rule.pattern.raw { view.text } else { folded })
            && (self.first_bytes.is_some() || keywords.is_empty() || contains_any(folded, keywords));
        observer.ends(self.rule, found);
        found
    }
}

#[derive(Clone, Copy)]
struct FoldedLine<'l> {
    view: LineView<'l>,
    folded: &'l str,
}

/// The search of one document, line by line.
pub(super) struct Search<'s, O> {
    pub(super) rules: &'s [Rule],
    pub(super) regexes: &'s Regexes,
    observer: &'s mut O,
    /// The rules that hit the last line, in order.
    pub(super) hits: Vec<usize>,
    folded: String,
    /// The number of the line on which each regex last ran.
    ran: Vec<u32>,
    line: u32,
}

impl<'s, O: MatchObserver> Search<'s, O> {
    pub(super) fn new(rules: &'s [Rule], regexes: &'s Regexes, observer: &'s mut O) -> Search<'s, O> {
        let ran = vec![0; regexes.len()];
        Search { rules, regexes, observer, hits: Vec::new(), folded: String::new(), ran, line: 0 }
    }

    /// Runs a regex on the line, once, however many of its literals are in it.
    fn run(&mut self, regex: u32, line: FoldedLine<'_>) {
        if std::mem::replace(&mut self.ran[regex as usize], self.line) == self.line {
            return;
        }
        let regex = &self.regexes.all[regex as usize];
        if regex.matches(&self.rules[regex.rule], line, self.observer) {
            self.hits.push(regex.rule);
        }
    }

    fn check(&mut self, rule: u32, found: Range<usize>, line: FoldedLine<'_>) {
        let of_phrase = &self.rules[rule as usize];
        if phrase_fits(of_phrase.pattern.at, line.folded, found) && conditions_hold(of_phrase, line.view) {
            self.hits.push(rule as usize);
        }
    }
}

impl RuleIndex {
    pub(super) fn new(rules: &[Rule], chosen: &[usize], regexes: &Regexes) -> RuleIndex {
        let phrases = chosen.iter().map(|&rule| rules[rule].pattern.phrases.len()).sum();
        let mut index = RuleIndex { whole: HashTable::with_capacity(phrases), ..RuleIndex::default() };
        let mut literals: Vec<(u64, &str, PatternRef)> = Vec::new();
        for &rule in chosen {
            for (number, phrase) in rules[rule].pattern.phrases.iter().enumerate() {
                if rules[rule].pattern.at == At::Whole {
                    index.add_whole(rules, rule, number);
                } else {
                    literals.push(sortable(phrase, PatternRef::Phrase(rule as u32)));
                }
            }
            for place in regexes.of_rule[rule].clone() {
                let regex = &regexes.all[place];
                let of_regex = PatternRef::Regex(place as u32);
                literals.extend(regex.literals.iter().map(|literal| sortable(literal, of_regex)));
                if regex.literals.is_empty() {
                    index.unfiltered.resize(256, Vec::new());
                    let first_bytes = (0..=255).filter(|&byte| regex.may_begin_with(byte));
                    first_bytes.for_each(|byte| index.unfiltered[usize::from(byte)].push(place as u32));
                }
            }
        }
        literals.sort_unstable();
        literals.dedup();
        let mut texts = Vec::new();
        for same in literals.chunk_by(|a, b| a.1 == b.1) {
            texts.push(same[0].1);
            let from = index.patterns.len() as u32;
            index.patterns.extend(same.iter().map(|literal| literal.2));
            index.postings.push(from..index.patterns.len() as u32);
        }
        index.literals = LiteralSearcher::new(texts.into_iter());
        index
    }

    fn add_whole(&mut self, rules: &[Rule], rule: usize, phrase: usize) {
        let RuleIndex { whole, hasher, .. } = self;
        let hash = |&(rule, phrase): &(u32, u32)| {
            hasher.hash_one(without_punctuation(&rules[rule as usize].pattern.phrases[phrase as usize]))
        };
        let entry = (rule as u32, phrase as u32);
        whole.insert_unique(hash(&entry), entry, hash);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.whole.is_empty() && self.literals.is_empty() && self.unfiltered.is_empty()
    }

    /// Leaves the rules that hit a line in `search.hits`, in order.
    pub(super) fn find<O: MatchObserver>(&self, view: LineView<'_>, search: &mut Search<'_, O>) {
        search.hits.clear();
        search.line += 1;
        let mut padded = std::mem::take(&mut search.folded);
        padded.clear();
        fold(view.text, &mut padded);
        let end = padded.len();
        padded.push_str(PADDING);
        let line = FoldedLine { view, folded: &padded[..end] };
        self.find_whole(line, search);
        self.literals.find(&padded, |literal, start| {
            let postings = self.postings[literal].clone();
            for pattern in &self.patterns[postings.start as usize..postings.end as usize] {
                match *pattern {
                    PatternRef::Regex(regex) => search.run(regex, line),
                    PatternRef::Phrase(rule) => search.check(rule, start..start + self.literals.len_of(literal), line),
                }
            }
        });
        let first = line.folded.bytes().next().map_or(0, usize::from);
        for &regex in self.unfiltered.get(first).into_iter().flatten() {
            search.run(regex, line);
        }
        search.hits.sort_unstable();
        search.hits.dedup();
        search.folded = padded;
    }

    fn find_whole<O: MatchObserver>(&self, line: FoldedLine<'_>, search: &mut Search<'_, O>) {
        if self.whole.is_empty() {
            return;
        }
        for &(rule, phrase) in self.whole.iter_hash(self.hasher.hash_one(without_punctuation(line.folded))) {
            let phrase = search.rules[rule as usize].pattern.phrases[phrase as usize].as_str();
            if line.folded.starts_with(phrase) {
                search.check(rule, 0..phrase.len(), line);
            }
        }
    }
}

/// A literal with its first eight bytes in front, in which most literals differ: as a number they sort in half the time.
fn sortable(literal: &str, pattern: PatternRef) -> (u64, &str, PatternRef) {
    (prefix(literal.as_bytes()).swap_bytes(), literal, pattern)
}

/// Whether a phrase was found at its required position, from word boundary to word boundary.
fn phrase_fits(at: At, folded: &str, found: Range<usize>) -> bool {
    let (before, phrase, after) = (&folded[..found.start], &folded[found.clone()], &folded[found.end..]);
    is_boundary(before.chars().next_back(), phrase.chars().next())
        && is_boundary(phrase.chars().next_back(), after.chars().next())
        && match at {
            At::Whole => before.chars().all(is_mere_punctuation) && after.chars().all(is_mere_punctuation),
            At::Start => before.is_empty(),
            At::End => after.chars().all(is_mere_punctuation),
            At::Anywhere => true,
        }
}

/// Punctuation and symbols around a line's words that carry no meaning: colons, arrows, brackets.
fn is_mere_punctuation(c: char) -> bool {
    !c.is_alphanumeric() && c != '?' && c != '%'
}

fn without_punctuation(text: &str) -> &str {
    text.trim_end_matches(is_mere_punctuation)
}
