//! What a line must be like for a regex to match it, in a form that can be looked up.

use std::collections::BTreeSet;

use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::edges::{Before, EdgeKind, is_edge};
use crate::fold::folded;
use crate::prefilter::{ByteSet, parse, searched_text};
use crate::program::{Program, Programs};
use crate::{byte_frequency, expected_frequency};

/// A regex that matches no more lines than this is a list of lines.
const MAX_LINES: usize = 1_500;
/// For each number of bytes, how many beginnings of a regex are looked up at the most: fewer of the longer ones, since
/// those are of no use where classes multiply them.
const MAX_BEGINNINGS: [(usize, usize); 5] = [(8, 150), (6, 250), (4, 600), (3, 1_500), (2, 3_000)];
/// Beginnings are made as long as this in the end,
const LONG: usize = 8;
/// unless there are more than this for one that is shorter.
const LONGER: usize = 16;
/// A longer beginning is taken if it is found on so much fewer lines.
const GAIN: f64 = 0.7;
/// More literals are not looked up.
const MAX_LITERALS: usize = 500;
/// Longer literals are cut: they are hardly rarer. Most words of this length and the next have an edge in them.
const MAX_LITERAL_BYTES: usize = 16;
/// The characters of a line, to compare what is looked for anywhere with what begins it.
const LINE_LENGTH: f64 = 65.0;
/// The cost of a literal, as an expected frequency: a small set is better than a large one that is a little rarer.
const LITERAL_COST: f64 = 5e-6;
/// Literals that are on more than this share of lines filter nothing.
const MAX_SHARE: f64 = 0.5;

/// What a line must be like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Filter {
    /// It is one of these: exactly those match.
    Lines(Vec<Vec<u8>>),
    /// It begins with one of these.
    Beginnings(Vec<Vec<u8>>),
    /// It has one of these literals.
    Literals(Vec<Literal>),
    /// It has one of these literals, anywhere.
    Anywhere(Vec<String>),
    /// It begins with one of these bytes, or with any.
    FirstByte(ByteSet),
}

/// A literal, each occurrence of which has an edge in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Literal {
    pub(crate) text: String,
    /// Whether it begins at an edge wherever the regex matches.
    pub(crate) begins_at_edge: bool,
}

impl Literal {
    /// Where edges are in it.
    pub(crate) fn edges(&self) -> impl Iterator<Item = usize> {
        let bytes = self.text.as_bytes();
        let inside = (1..bytes.len()).filter(|&at| is_edge(Some(bytes[at - 1]), bytes[at]));
        let is_edge = self.begins_at_edge || bytes.first().is_some_and(|&byte| EdgeKind::of(byte) == EdgeKind::Always);
        is_edge.then_some(0).into_iter().chain(inside)
    }
}

impl Filter {
    /// The filter of a regex, which may have a program. `literals` are some of which each match has one, anywhere.
    pub(crate) fn of(
        regex: &str,
        raw: bool,
        literals: &[String],
        program: Option<Program>,
        programs: &Programs,
    ) -> Filter {
        let any = ByteSet([!0; 4]);
        let Some(hir) = parse(regex) else { return Filter::FirstByte(any) };
        // What a raw regex sees of a line may begin and end elsewhere.
        let of_line = program.filter(|_| !raw);
        if let Some(lines) = of_line.and_then(|program| programs.all_texts(program, MAX_LINES)) {
            return Filter::Lines(lines);
        }
        let beginnings = of_line.and_then(|program| beginnings(program, programs));
        let with_edges = LiteralSearch { raw }.required(&hir, Before::UNKNOWN).0;
        let share = beginnings.as_ref().map_or(1.0, |beginnings| share(beginnings));
        match (beginnings, with_edges) {
            (_, Some(literals)) if literals.share() < share => Filter::Literals(literals.literals),
            (Some(beginnings), _) => Filter::Beginnings(beginnings),
            (None, _) if !literals.is_empty() => Filter::Anywhere(literals.to_vec()),
            (None, _) => {
                let anchored = of_line.filter(|program| program.anchored);
                Filter::FirstByte(anchored.map_or(any, |program| programs.first_bytes(program)))
            }
        }
    }
}

/// Sets of literals of each of which every match of a regex has one, the rarest first.
pub(crate) fn required_literals(regex: &str, raw: bool) -> Vec<Vec<Literal>> {
    let Some(hir) = parse(regex) else { return Vec::new() };
    let mut sets = Vec::new();
    LiteralSearch { raw }.all_required(&hir, Before::UNKNOWN, &mut sets);
    sets.sort_by(|a, b| a.cost().total_cmp(&b.cost()));
    sets.into_iter().map(|set| set.literals).collect()
}

/// The most selective of the beginnings of different lengths, those of them made longer that do not become many.
fn beginnings(program: Program, programs: &Programs) -> Option<Vec<Vec<u8>>> {
    let mut best: Option<Vec<Vec<u8>>> = None;
    for (length, limit) in MAX_BEGINNINGS {
        let Some(all) = programs.beginnings(program, length, limit, &[]) else { continue };
        let few = shortest(all);
        if best.as_ref().is_none_or(|best| share(&few) < share(best) * GAIN) {
            best = Some(few);
        }
    }
    // Some of them go on in few ways.
    let longer = best?.into_iter().flat_map(|short| {
        let long = programs.beginnings(program, LONG, LONGER, &short).map(shortest);
        long.filter(|long| !long.is_empty()).unwrap_or_else(|| vec![short])
    });
    Some(longer.collect())
}

/// The beginnings without those that begin with another.
fn shortest(all: BTreeSet<Vec<u8>>) -> Vec<Vec<u8>> {
    let mut few: Vec<Vec<u8>> = Vec::new();
    for beginning in all {
        // They are sorted, so what begins with another follows it.
        if few.last().is_none_or(|last| !beginning.starts_with(last)) {
            few.push(beginning);
        }
    }
    few
}

/// The share of lines that begin with one of these.
fn share(beginnings: &[Vec<u8>]) -> f64 {
    beginnings.iter().map(|text| text.iter().map(|&byte| byte_frequency(byte)).product::<f64>()).sum()
}

/// Literals of which every match contains one.
#[derive(Clone)]
struct LiteralSet {
    literals: Vec<Literal>,
    /// The expected occurrences of any of them per character.
    frequency: f64,
}

impl LiteralSet {
    fn new(mut literals: Vec<Literal>) -> Option<LiteralSet> {
        if literals.len() > MAX_LITERALS || literals.iter().any(|literal| literal.edges().next().is_none()) {
            return None;
        }
        literals.sort_by(|a, b| a.text.len().cmp(&b.text.len()).then_with(|| a.cmp(b)));
        let mut few: Vec<Literal> = Vec::new();
        for literal in literals {
            // Where it begins with a shorter one, that one is enough.
            let has = |short: &Literal| {
                literal.text.starts_with(&short.text) && (!short.begins_at_edge || literal.begins_at_edge)
            };
            if !few.iter().any(has) {
                few.push(literal);
            }
        }
        let texts: Vec<String> = few.iter().map(|literal| literal.text.clone()).collect();
        let set = LiteralSet { literals: few, frequency: expected_frequency(&texts) };
        (set.share() < MAX_SHARE).then_some(set)
    }

    /// The share of lines that have one of them.
    fn share(&self) -> f64 {
        self.frequency * LINE_LENGTH
    }

    fn cost(&self) -> f64 {
        self.frequency + self.literals.len() as f64 * LITERAL_COST
    }

    fn cheaper(a: Option<LiteralSet>, b: Option<LiteralSet>) -> Option<LiteralSet> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.cost() < a.cost() { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// Finds sets of literals that have edges.
struct LiteralSearch {
    /// Whether the regex runs on unfolded text, so that its literals must be folded.
    raw: bool,
}

impl LiteralSearch {
    /// The cheapest set of literals of which every match contains one, and what may be before the place after a match.
    fn required(&self, hir: &Hir, before: Before) -> (Option<LiteralSet>, Before) {
        match hir.kind() {
            HirKind::Empty => (None, before),
            HirKind::Look(look) => (None, self.after_look(*look, before)),
            HirKind::Literal(literal) => {
                let last = literal.0.last().copied().unwrap_or_default();
                let after = Before { letter: last.is_ascii_alphabetic(), digit: last.is_ascii_digit() };
                let text = std::str::from_utf8(&literal.0).ok().filter(|_| self.raw && !last.is_ascii());
                (self.prefixes(hir, before), text.and_then(|text| text.chars().last()).map_or(after, after_folded))
            }
            HirKind::Class(class) => (self.prefixes(hir, before), self.after_class(class)),
            HirKind::Capture(capture) => self.required(&capture.sub, before),
            HirKind::Concat(parts) => {
                let (mut best, mut before) = (None, before);
                for (at, part) in parts.iter().enumerate() {
                    // What the rest begins with is inside the whole.
                    let rest = Hir::concat(parts[at..].to_vec());
                    best = LiteralSet::cheaper(best, self.prefixes(&rest, before));
                    let (of_part, after) = self.required(part, before);
                    best = LiteralSet::cheaper(best, of_part);
                    before = after;
                }
                (best, before)
            }
            HirKind::Alternation(branches) => {
                let branches: Vec<_> = branches.iter().map(|branch| self.required(branch, before)).collect();
                let after = branches.iter().map(|branch| branch.1).reduce(Before::or).unwrap_or(before);
                let sets: Option<Vec<LiteralSet>> = branches.into_iter().map(|branch| branch.0).collect();
                let all =
                    sets.and_then(|sets| LiteralSet::new(sets.into_iter().flat_map(|set| set.literals).collect()));
                (LiteralSet::cheaper(self.prefixes(hir, before), all), after)
            }
            HirKind::Repetition(repetition) => {
                let (set, after) = self.required(&repetition.sub, before);
                // From the second time on, what is before it is its own end.
                let after =
                    if repetition.max == Some(1) { after } else { self.required(&repetition.sub, after).1.or(after) };
                if repetition.min == 0 { (None, before.or(after)) } else { (set, after) }
            }
        }
    }

    /// The same, but adds the sets of all parts.
    fn all_required(&self, hir: &Hir, before: Before, sets: &mut Vec<LiteralSet>) -> Before {
        match hir.kind() {
            HirKind::Capture(capture) => self.all_required(&capture.sub, before, sets),
            HirKind::Concat(parts) => {
                let mut before = before;
                for (at, part) in parts.iter().enumerate() {
                    sets.extend(self.prefixes(&Hir::concat(parts[at..].to_vec()), before));
                    before = self.all_required(part, before, sets);
                }
                before
            }
            _ => {
                let (set, after) = self.required(hir, before);
                sets.extend(set);
                after
            }
        }
    }

    /// The literals that every match begins with one of.
    fn prefixes(&self, hir: &Hir, before: Before) -> Option<LiteralSet> {
        let mut extractor = Extractor::new();
        extractor.limit_class(10).limit_total(MAX_LITERALS).limit_literal_len(MAX_LITERAL_BYTES);
        let sequence = extractor.extract(hir);
        let literal = |literal: &[u8]| {
            let text = searched_text(literal, self.raw, MAX_LITERAL_BYTES)?;
            // Where folding takes away what it begins with, it begins later than the regex.
            let is_beginning = text.as_bytes()[0].eq_ignore_ascii_case(&literal[0]);
            let begins_at_edge = is_beginning && before.makes_edge(text.as_bytes()[0]);
            Some(Literal { text, begins_at_edge })
        };
        LiteralSet::new(sequence.literals()?.iter().map(|found| literal(found.as_bytes())).collect::<Option<_>>()?)
    }

    fn after_look(&self, look: Look, before: Before) -> Before {
        match look {
            Look::Start => Before::NO_WORD,
            // Before a letter or digit, what is before a boundary is neither; before others an edge is anyway. In a raw
            // line it may be a character that folding removes.
            Look::WordAscii if !self.raw => Before::NO_WORD,
            _ => before,
        }
    }

    /// What may be before a place after a character of a class.
    fn after_class(&self, class: &Class) -> Before {
        /// Of so many characters beyond ASCII each is folded, to see what it becomes.
        const FEW: u32 = 100;
        let ranges: Vec<(u32, u32)> = match class {
            Class::Unicode(class) => class.iter().map(|range| (range.start() as u32, range.end() as u32)).collect(),
            Class::Bytes(class) => class.iter().map(|range| (range.start().into(), range.end().into())).collect(),
        };
        let has =
            |first: char, last: char| ranges.iter().any(|range| range.0 <= last as u32 && range.1 >= first as u32);
        let of_ascii = Before { letter: has('a', 'z') || has('A', 'Z'), digit: has('0', '9') };
        if !self.raw {
            return of_ascii;
        }
        let others = ranges.iter().map(|range| range.0.max(0x80)..range.1.max(0x7F) + 1);
        if others.clone().map(|range| range.end - range.start).sum::<u32>() > FEW {
            return Before::UNKNOWN;
        }
        others.flatten().filter_map(char::from_u32).map(after_folded).fold(of_ascii, Before::or)
    }
}

/// What may be before a place after a character that is then folded. Some are removed, and leave what was before them.
fn after_folded(c: char) -> Before {
    let in_word = folded(&format!("a{c}a"));
    match in_word[1..in_word.len() - 1].bytes().last() {
        None => Before::UNKNOWN,
        Some(last) => Before { letter: last.is_ascii_alphabetic(), digit: last.is_ascii_digit() },
    }
}
