//! Makes [programs](crate::program) of regexes.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use regex_syntax::hir::{Class, Hir, HirKind, Look};
use zerocopy::little_endian::{U32, U64};

use crate::prefilter::parse;
use crate::program::{BYTE_SETS, LOOKS, MAX_STEPS, OPERAND, Program, Programs, Step};

/// A program with more instructions is not made: the `regex` crate is better at large counted repetitions.
const MAX_INSTRUCTIONS: usize = 5_000;
/// A literal is stored with its length in one byte.
const MAX_LITERAL: usize = 255;

/// Makes programs.
#[derive(Default)]
pub(crate) struct Compiler {
    steps: Vec<Step>,
    /// For each step, the bytes that it can go on with: an index into `byte_sets`.
    first_bytes: Vec<usize>,
    literals: Vec<u8>,
    literal_at: HashMap<Vec<u8>, usize>,
    classes: Vec<[U64; 3]>,
    class_at: HashMap<Vec<(u32, u32)>, usize>,
    ranges: Vec<[U32; 2]>,
    byte_sets: Vec<[u64; 4]>,
    byte_set_at: BTreeMap<[u64; 4], usize>,
}

impl Compiler {
    /// The program of a regex; `None` if it is not valid, too large, or has something that programs cannot do.
    pub(crate) fn add(&mut self, regex: &str) -> Option<Program> {
        let hir = parse(regex)?;
        let from = self.steps.len();
        self.steps.push(Step::Match);
        let start = self.compile(&hir, from, from);
        let fits = self.steps.len() < MAX_STEPS && self.literals.len() <= OPERAND;
        let Some(start) = start.filter(|_| fits) else {
            self.steps.truncate(from);
            return None;
        };
        self.find_first_bytes(from);
        let anchored = hir.properties().look_set_prefix().contains(Look::Start);
        Some(Program { start: start as u32, from: from as u32, end: self.steps.len() as u32, anchored })
    }

    /// All programs, once made.
    pub(crate) fn finish(self) -> Programs {
        let steps = self.steps.iter().zip(&self.first_bytes).enumerate();
        let steps = steps.map(|(index, (step, &set))| U64::new(step.packed(index, set))).collect();
        Programs {
            steps: Cow::Owned(steps),
            literals: self.literals.into(),
            classes: self.classes.into(),
            ranges: self.ranges.into(),
            first_bytes: self.byte_sets.into_iter().map(|set| set.map(U64::new)).collect(),
        }
    }

    fn push(&mut self, step: Step, from: usize) -> Option<usize> {
        self.steps.push(step);
        (self.steps.len() - from <= MAX_INSTRUCTIONS).then_some(self.steps.len() - 1)
    }

    /// Adds the steps of a part of a regex, which go on with `next`. Returns the first.
    fn compile(&mut self, hir: &Hir, next: usize, from: usize) -> Option<usize> {
        match hir.kind() {
            HirKind::Empty => Some(next),
            HirKind::Literal(literal) => literal.0.chunks(MAX_LITERAL).rev().try_fold(next, |next, bytes| {
                let literal = self.literal(bytes);
                self.push(Step::Literal { literal, next }, from)
            }),
            HirKind::Class(class) => {
                let class = self.class(class)?;
                self.push(Step::Class { class, next }, from)
            }
            HirKind::Look(look) if LOOKS.contains(look) => self.push(Step::Look { look: *look, next }, from),
            HirKind::Look(_) => None,
            HirKind::Capture(capture) => self.compile(&capture.sub, next, from),
            HirKind::Concat(parts) => parts.iter().rev().try_fold(next, |next, part| self.compile(part, next, from)),
            HirKind::Alternation(branches) => {
                // A run only tells whether there is a match, so their order is free: sorted, most splits go on one way.
                let mut branches: Vec<&Hir> = branches.iter().collect();
                branches.sort_by_key(|branch| least_first_byte(branch));
                self.compile_branches(&branches, next, from)
            }
            HirKind::Repetition(repetition) => {
                let mut entry = next;
                match repetition.max {
                    None => {
                        entry = self.push(Step::Split { first: next, second: next }, from)?;
                        let first = self.compile(&repetition.sub, entry, from)?;
                        self.steps[entry] = Step::Split { first, second: next };
                    }
                    Some(max) => {
                        for _ in repetition.min..max {
                            let first = self.compile(&repetition.sub, entry, from)?;
                            entry = self.push(Step::Split { first, second: next }, from)?;
                        }
                    }
                }
                (0..repetition.min).try_fold(entry, |next, _| self.compile(&repetition.sub, next, from))
            }
        }
    }

    /// Adds the steps of alternatives, as a tree of splits that is as low as can be.
    fn compile_branches(&mut self, branches: &[&Hir], next: usize, from: usize) -> Option<usize> {
        if let [branch] = branches {
            return self.compile(branch, next, from);
        }
        let (first, second) = branches.split_at(branches.len() / 2);
        let first = self.compile_branches(first, next, from)?;
        let second = self.compile_branches(second, next, from)?;
        self.push(Step::Split { first, second }, from)
    }

    fn literal(&mut self, bytes: &[u8]) -> usize {
        let Compiler { literals, literal_at, .. } = self;
        *literal_at.entry(bytes.to_vec()).or_insert_with(|| {
            literals.push(bytes.len() as u8);
            literals.extend(bytes);
            literals.len() - 1 - bytes.len()
        })
    }

    fn class(&mut self, class: &Class) -> Option<usize> {
        let ranges: Vec<(u32, u32)> = match class {
            Class::Unicode(class) => class.iter().map(|range| (range.start() as u32, range.end() as u32)).collect(),
            Class::Bytes(class) => {
                class.iter().map(|range| (u32::from(range.start()), u32::from(range.end()))).collect()
            }
        };
        if matches!(class, Class::Bytes(_)) && ranges.iter().any(|range| range.1 >= 0x80) {
            return None;
        }
        if let Some(&known) = self.class_at.get(&ranges) {
            return Some(known);
        }
        let ascii =
            ranges.iter().flat_map(|&(first, last)| first..=last.min(127)).fold(0_u128, |bits, c| bits | 1 << c);
        let begin = self.ranges.len();
        let others = ranges.iter().filter(|range| range.1 >= 0x80);
        self.ranges.extend(others.map(|&(first, last)| [first.max(0x80), last].map(U32::new)));
        let place = (begin as u64) << 32 | self.ranges.len() as u64;
        self.classes.push([ascii as u64, (ascii >> 64) as u64, place].map(U64::new));
        self.class_at.insert(ranges, self.classes.len() - 1);
        Some(self.classes.len() - 1)
    }

    /// Finds the bytes that each new step can go on with: all bytes where it can end.
    fn find_first_bytes(&mut self, from: usize) {
        let mut sets = vec![[0_u64; 4]; self.steps.len() - from];
        loop {
            let mut changed = false;
            for index in 0..sets.len() {
                let set = match self.steps[from + index] {
                    Step::Match => [!0; 4],
                    Step::Literal { literal, .. } => one_byte(self.literals[literal + 1]),
                    Step::Class { class, .. } => self.leads(class),
                    Step::Look { next, .. } => sets[next - from],
                    Step::Split { first, second } => {
                        let (first, second) = (sets[first - from], sets[second - from]);
                        std::array::from_fn(|part| first[part] | second[part])
                    }
                };
                changed |= set != sets[index];
                sets[index] = set;
            }
            if !changed {
                break;
            }
        }
        for mut set in sets {
            let next = self.byte_sets.len();
            if next == BYTE_SETS && !self.byte_set_at.contains_key(&set) {
                // That of step 0, which is a match, so there is one: any byte may be next.
                set = [!0; 4];
            }
            let known = *self.byte_set_at.entry(set).or_insert(next);
            if known == next {
                self.byte_sets.push(set);
            }
            self.first_bytes.push(known);
        }
    }

    /// The bytes that characters of a class begin with.
    fn leads(&self, class: usize) -> [u64; 4] {
        let [low, high, ranges] = self.classes[class].map(U64::get);
        let mut leads = [low, high, 0, 0];
        for range in &self.ranges[(ranges >> 32) as usize..ranges as u32 as usize] {
            let [first, last] = range.map(|c| lead(c.get()));
            (first..=last).for_each(|byte| leads[usize::from(byte >> 6)] |= 1 << (byte & 63));
        }
        leads
    }
}

/// The least byte that a match can begin with; 0 where it is not plain to see.
fn least_first_byte(hir: &Hir) -> u8 {
    match hir.kind() {
        HirKind::Literal(literal) => literal.0.first().copied().unwrap_or_default(),
        HirKind::Class(Class::Unicode(class)) => class.iter().next().map_or(0, |range| lead(range.start() as u32)),
        HirKind::Class(Class::Bytes(class)) => class.iter().next().map_or(0, |range| range.start()),
        HirKind::Capture(capture) => least_first_byte(&capture.sub),
        HirKind::Concat(parts) => parts.first().map_or(0, least_first_byte),
        HirKind::Repetition(repetition) if repetition.min > 0 => least_first_byte(&repetition.sub),
        _ => 0,
    }
}

fn one_byte(byte: u8) -> [u64; 4] {
    let mut set = [0; 4];
    set[usize::from(byte >> 6)] = 1 << (byte & 63);
    set
}

/// The first byte of a character in UTF-8.
fn lead(c: u32) -> u8 {
    match c {
        0..0x80 => c as u8,
        0x80..0x800 => 0xC0 | (c >> 6) as u8,
        0x800..0x1_0000 => 0xE0 | (c >> 12) as u8,
        _ => 0xF0 | (c >> 18) as u8,
    }
}
