//! A regex as a small program, run by backtracking.
//!
//! The program is made when packs are built in or loaded and needs nothing compiled, and no states of its own, when it
//! runs. It only tells whether the regex matches somewhere in a line, which needs no order of alternatives. After a few
//! hundred steps it remembers each (instruction, place) that it has tried, so that its time is linear in the line.

use std::borrow::Cow;
use std::collections::BTreeSet;

use regex_syntax::hir::Look;
use zerocopy::little_endian::{U32, U64};

use crate::ByteSet;
use crate::beginning::extend_beginning;
use crate::blob::{Reader, Writer};

/// The splits after which places are remembered: nearly all runs end before. To remember them costs as much as these.
const SPLITS_UNMARKED: u32 = 1_000;
/// The most places that are remembered: 4 MB of bits.
const MAX_MARKS: usize = 1 << 25;

/// One step of a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Match,
    /// The bytes at `literal` of the shared literals, the first of which is their number.
    Literal {
        literal: usize,
        next: usize,
    },
    /// One character of a class.
    Class {
        class: usize,
        next: usize,
    },
    /// A condition on the place.
    Look {
        look: Look,
        next: usize,
    },
    Split {
        first: usize,
        second: usize,
    },
}

/// The looks of programs, by their number.
pub(crate) const LOOKS: [Look; 4] = [Look::Start, Look::End, Look::WordAscii, Look::WordAsciiNegate];

impl Step {
    /// The step at `index` as one number: 3 bits for the kind, 13 for the set of first bytes, 24 for each operand. Other
    /// steps are told by their distance, which differs less than their numbers: packages compress it.
    pub(crate) fn packed(self, index: usize, first_bytes: usize) -> u64 {
        let to = |step: usize| step.wrapping_sub(index) & OPERAND;
        let (kind, a, b) = match self {
            Step::Match => (0, 0, 0),
            Step::Literal { literal, next } => (1, literal, to(next)),
            Step::Class { class, next } => (2, class, to(next)),
            Step::Look { look, next } => (3, LOOKS.iter().position(|l| *l == look).unwrap_or(0), to(next)),
            Step::Split { first, second } => (4, to(first), to(second)),
        };
        kind | (first_bytes as u64) << 3 | (a as u64) << 16 | (b as u64) << 40
    }

    #[inline(always)]
    fn unpacked(index: usize, packed: u64) -> Step {
        let a = (packed >> 16) as usize & OPERAND;
        // The upper 24 bits with their sign.
        let step_at = |operand: u64| index.wrapping_add_signed((operand as i64 >> 40) as isize);
        let next = step_at(packed);
        match packed & 7 {
            0 => Step::Match,
            1 => Step::Literal { literal: a, next },
            2 => Step::Class { class: a, next },
            3 => Step::Look { look: LOOKS[a & 3], next },
            _ => Step::Split { first: step_at(packed << 24), second: next },
        }
    }
}

/// The number of the set of first bytes of a packed step.
#[inline(always)]
fn byte_set(packed: u64) -> usize {
    (packed >> 3) as usize & (BYTE_SETS - 1)
}

/// The bits of an operand of a step.
pub(crate) const OPERAND: usize = 0xFF_FFFF;
/// The most steps of all programs: half of what an operand can tell, since a distance has a sign.
pub(crate) const MAX_STEPS: usize = OPERAND / 2;
/// The most sets of first bytes: a step has the number of its set in 13 bits.
pub(crate) const BYTE_SETS: usize = 1 << 13;

/// Many programs. They share their literals, classes and sets of bytes.
#[derive(Debug, Clone, Default)]
pub struct Programs {
    pub(crate) steps: Cow<'static, [U64]>,
    pub(crate) literals: Cow<'static, [u8]>,
    /// The ASCII characters of a class as 128 bits, then where its other ranges begin and end.
    pub(crate) classes: Cow<'static, [[U64; 3]]>,
    pub(crate) ranges: Cow<'static, [[U32; 2]]>,
    pub(crate) first_bytes: Cow<'static, [[U64; 4]]>,
}

/// One of the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// Its first step.
    pub start: u32,
    /// Its steps are those from here to `end`.
    pub from: u32,
    /// The end of its steps.
    pub end: u32,
    /// Whether a match must begin the line.
    pub anchored: bool,
}

/// What a run needs: kept, so that no run allocates.
#[derive(Debug, Default)]
pub struct Backtracking {
    tried: Vec<u64>,
    stack: Vec<(u32, u32)>,
}

impl Programs {
    /// Whether a program matches in a text; `None` if that would take more memory than is sensible, because the text is
    /// very long.
    pub fn is_match(&self, program: Program, text: &str, run: &mut Backtracking) -> Option<bool> {
        let text = text.as_bytes();
        let marks = (program.end - program.from) as usize * (text.len() + 1);
        if marks > MAX_MARKS {
            return None;
        }
        if let Some(found) = self.search(program, text, run, None) {
            return Some(found);
        }
        run.tried.clear();
        run.tried.resize(marks.div_ceil(64), 0);
        self.search(program, text, run, Some(program.from as usize))
    }

    /// Tries each place of the text, or only the first. With `marked`, the first step of the program, it tries no step
    /// twice at one place; without, it gives up after some steps.
    fn search(&self, program: Program, text: &[u8], run: &mut Backtracking, marked: Option<usize>) -> Option<bool> {
        let mut left = SPLITS_UNMARKED;
        let first_bytes = self.first_bytes(program);
        let (steps, literals): (&[U64], &[u8]) = (&self.steps, &self.literals);
        let byte_sets: &[[U64; 4]] = &self.first_bytes;
        // Whether a step can go on with the next byte; at the end of the text it may.
        let may_go_on = |step: usize, next: Option<u8>| {
            let Some(byte) = next else { return true };
            let set = byte_set(steps[step].get());
            byte_sets[set][usize::from(byte >> 6)].get() >> (byte & 63) & 1 != 0
        };
        for from in 0..=if program.anchored { 0 } else { text.len() } {
            // No match begins inside a character.
            if text.get(from).is_some_and(|&byte| byte & 0xC0 == 0x80 || !first_bytes.has(byte)) {
                continue;
            }
            run.stack.clear();
            run.stack.push((program.start, from as u32));
            while let Some((step, at)) = run.stack.pop() {
                let (mut step, mut at) = (step as usize, at as usize);
                loop {
                    (step, at) = match Step::unpacked(step, steps[step].get()) {
                        Step::Match => return Some(true),
                        Step::Literal { literal, next } => {
                            let length = usize::from(literals[literal]);
                            let expected = &literals[literal + 1..literal + 1 + length];
                            if !text[at..].starts_with(expected) {
                                break;
                            }
                            (next, at + length)
                        }
                        Step::Class { class, next } => match self.class_at(class, text, at) {
                            Some(length) => (next, at + length),
                            None => break,
                        },
                        Step::Look { look, next } if holds(look, text, at) => (next, at),
                        Step::Look { .. } => break,
                        Step::Split { first, second } => {
                            if let Some(from) = marked {
                                let mark = (step - from) * (text.len() + 1) + at;
                                let bit = 1 << (mark % 64);
                                if run.tried[mark / 64] & bit != 0 {
                                    break;
                                }
                                run.tried[mark / 64] |= bit;
                            } else {
                                left = left.checked_sub(1)?;
                            }
                            let byte = text.get(at).copied();
                            if !may_go_on(first, byte) {
                                (second, at)
                            } else {
                                if may_go_on(second, byte) {
                                    run.stack.push((second as u32, at as u32));
                                }
                                (first, at)
                            }
                        }
                    }
                }
            }
        }
        Some(false)
    }

    /// The length of the character at a place, if it is of the class.
    fn class_at(&self, class: usize, text: &[u8], at: usize) -> Option<usize> {
        let byte = *text.get(at)?;
        let [low, high, ranges] = self.classes[class];
        if byte < 0x80 {
            let bits = if byte < 64 { low.get() } else { high.get() };
            return (bits >> (byte & 63) & 1 != 0).then_some(1);
        }
        let (c, length) = decode(text, at);
        let ranges = &self.ranges[(ranges.get() >> 32) as usize..ranges.get() as u32 as usize];
        let range = ranges.get(ranges.partition_point(|range| range[1].get() < c))?;
        (range[0].get() <= c).then_some(length)
    }

    /// Whether a program can match no text of ASCII characters alone.
    pub fn needs_other_than_ascii(&self, program: Program) -> bool {
        let (mut seen, mut stack) = (BTreeSet::new(), vec![program.start as usize]);
        while let Some(step) = stack.pop() {
            if !seen.insert(step) {
                continue;
            }
            match Step::unpacked(step, self.steps[step].get()) {
                Step::Match => return false,
                Step::Literal { literal, next } => stack.extend(self.literal(literal).is_ascii().then_some(next)),
                Step::Class { class, next } => {
                    let [low, high, _] = self.classes[class];
                    stack.extend((low.get() | high.get() != 0).then_some(next));
                }
                Step::Look { next, .. } => stack.push(next),
                Step::Split { first, second } => stack.extend([first, second]),
            }
        }
        true
    }

    /// All texts that a program matches, if it matches whole lines only and those are at most `limit`: such a regex is a
    /// list.
    pub fn all_texts(&self, program: Program, limit: usize) -> Option<Vec<Vec<u8>>> {
        const MAX_STEPS: usize = 40_000;
        if !program.anchored {
            return None;
        }
        let mut texts = BTreeSet::new();
        let mut stack = vec![(program.start as usize, Vec::new(), false)];
        for _ in 0..MAX_STEPS {
            let Some((step, text, ended)) = stack.pop() else { return Some(texts.into_iter().collect()) };
            match Step::unpacked(step, self.steps[step].get()) {
                Step::Match if !ended => return None,
                Step::Match => {
                    texts.insert(text);
                    if texts.len() > limit {
                        return None;
                    }
                }
                Step::Look { look: Look::End, next } => stack.push((next, text, true)),
                Step::Look { look: Look::Start, next } if text.is_empty() => stack.push((next, text, ended)),
                Step::Look { .. } => return None,
                Step::Split { first, second } => stack.extend([(first, text.clone(), ended), (second, text, ended)]),
                _ if ended => {}
                Step::Literal { literal, next } => stack.push((next, [&text, self.literal(literal)].concat(), false)),
                Step::Class { class, next } => {
                    let members = self.members(class, 12)?;
                    stack.extend(members.iter().map(|c| (next, [&text[..], c.as_bytes()].concat(), false)));
                }
            }
        }
        None
    }

    /// What a line that matches can begin with: texts of up to `length` bytes, one of which each such line begins with, in
    /// the form in which numbers are one sign. Where the line must end, zeros follow up to `length`. `None` if a match
    /// need not begin the line, or if there are more than `limit`. Only those are made that agree with `known`, which
    /// may be empty.
    pub fn beginnings(&self, program: Program, length: usize, limit: usize, known: &[u8]) -> Option<BTreeSet<Vec<u8>>> {
        const MAX_STEPS: usize = 60_000;
        if !program.anchored {
            return None;
        }
        let (mut beginnings, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut stack = vec![(program.start as usize, Vec::new(), false)];
        while let Some((step, mut text, ended)) = stack.pop() {
            if text.iter().zip(known).any(|(byte, known)| byte != known) {
                continue;
            }
            if text.len() >= length {
                text.truncate(length);
                beginnings.insert(text);
                if beginnings.len() > limit {
                    return None;
                }
                continue;
            }
            if !seen.insert((step, text.clone(), ended)) {
                continue;
            }
            if seen.len() > MAX_STEPS {
                return None;
            }
            match Step::unpacked(step, self.steps[step].get()) {
                Step::Match if text.is_empty() => return None,
                Step::Match if ended => {
                    text.resize(length, 0);
                    stack.push((step, text, true));
                }
                Step::Match => drop(beginnings.insert(text)),
                Step::Look { look, next } => stack.push((next, text, ended || look == Look::End)),
                Step::Split { first, second } => stack.extend([(first, text.clone(), ended), (second, text, ended)]),
                Step::Literal { .. } | Step::Class { .. } if ended => {}
                Step::Literal { literal, next } => {
                    extend_beginning(&mut text, self.literal(literal));
                    stack.push((next, text, false));
                }
                Step::Class { class, next } => match self.members(class, 70) {
                    Some(members) => {
                        for c in members {
                            let mut longer = text.clone();
                            extend_beginning(&mut longer, c.as_bytes());
                            stack.push((next, longer, false));
                        }
                    }
                    None if text.is_empty() => return None,
                    None => drop(beginnings.insert(text)),
                },
            }
        }
        Some(beginnings)
    }

    /// The bytes a match can begin with.
    pub fn first_bytes(&self, program: Program) -> ByteSet {
        let set = byte_set(self.steps[program.start as usize].get());
        ByteSet(self.first_bytes[set].map(U64::get))
    }

    fn literal(&self, literal: usize) -> &[u8] {
        &self.literals[literal + 1..literal + 1 + usize::from(self.literals[literal])]
    }

    /// The characters of a class, if they are few.
    fn members(&self, class: usize, few: u32) -> Option<Vec<String>> {
        let [low, high, ranges] = self.classes[class];
        let bits = u128::from(low.get()) | u128::from(high.get()) << 64;
        let ranges = &self.ranges[(ranges.get() >> 32) as usize..ranges.get() as u32 as usize];
        let ranges = ranges.iter().map(|range| range[0].get()..=range[1].get());
        let others: u32 = ranges.clone().map(|range| range.end() - range.start() + 1).sum();
        if bits.count_ones() + others > few {
            return None;
        }
        let ascii = (0..128_u32).filter(|c| bits >> c & 1 != 0);
        Some(ascii.chain(ranges.flatten()).filter_map(char::from_u32).map(String::from).collect())
    }

    pub(crate) fn write(&self, out: &mut Writer) {
        out.section(&self.steps);
        out.section(&self.literals);
        out.section(&self.classes);
        out.section(&self.ranges);
        out.section(&self.first_bytes);
    }

    pub(crate) fn read(from: &mut Reader) -> Programs {
        Programs {
            steps: from.section(),
            literals: from.section(),
            classes: from.section(),
            ranges: from.section(),
            first_bytes: from.section(),
        }
    }
}

fn holds(look: Look, text: &[u8], at: usize) -> bool {
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let at_boundary = || is_word(at.checked_sub(1).and_then(|before| text.get(before))) != is_word(text.get(at));
    match look {
        Look::Start => at == 0,
        Look::End => at == text.len(),
        Look::WordAscii => at_boundary(),
        _ => !at_boundary(),
    }
}

/// The character that begins at a place of valid UTF-8, which is not ASCII, and its length.
fn decode(text: &[u8], at: usize) -> (u32, usize) {
    let next = |n: usize| u32::from(text.get(at + n).copied().unwrap_or(0x80)) & 0x3F;
    let lead = u32::from(text[at]);
    match lead {
        0..0xE0 => ((lead & 0x1F) << 6 | next(1), 2),
        0xE0..0xF0 => ((lead & 0x0F) << 12 | next(1) << 6 | next(2), 3),
        _ => ((lead & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::compiler::Compiler;

    impl Programs {
        /// A text that a program may match, if looks are forgotten: `choose` picks one of so many ways.
        pub(crate) fn example(&self, program: Program, mut choose: impl FnMut(usize) -> usize) -> String {
            let (mut step, mut text) = (program.start as usize, Vec::new());
            for _ in 0..500 {
                step = match Step::unpacked(step, self.steps[step].get()) {
                    Step::Match => break,
                    Step::Literal { literal, next } => {
                        text.extend(self.literal(literal));
                        next
                    }
                    Step::Class { class, next } => {
                        let [low, high, ranges] = self.classes[class];
                        let bits = u128::from(low.get()) | u128::from(high.get()) << 64;
                        let mut members: Vec<u32> = (0..128).filter(|c| bits >> c & 1 != 0).collect();
                        for range in &self.ranges[(ranges.get() >> 32) as usize..ranges.get() as u32 as usize] {
                            members.extend([range[0].get(), range[1].get()]);
                        }
                        let c = char::from_u32(members[choose(members.len())]).unwrap_or('\u{FFFD}');
                        text.extend(c.to_string().bytes());
                        next
                    }
                    Step::Look { next, .. } => next,
                    Step::Split { first, second } => [first, second][choose(2)],
                };
            }
            String::from_utf8_lossy(&text).into_owned()
        }
    }

    fn compiled(regex: &str) -> (Programs, Program) {
        let mut compiler = Compiler::default();
        let program = compiler.add(regex).unwrap();
        (compiler.finish(), program)
    }

    const REGEXES: [&str; 12] = [
        "^by [a-z]+$",
        "letter",
        r"(?-u:\b)12(?-u:\b)",
        r"a(?-u:\B)",
        "^.{0,30}letter",
        "(?:a|b)+$",
        "(?:a*)*b",
        "",
        "é|[à-ü]{2,3}x",
        "^(?:a|ab)(?:c|bcd)?(?:d*)$",
        "(?:aa?){3,9}c",
        "[^a]東",
    ];

    proptest! {
        #[test]
        fn programs_match_where_regexes_do(text in "[abcdxé東1 ]{0,12}|by [a-b]{0,3}|a{0,40}c?|.{0,5}letter") {
            for regex in REGEXES {
                let (programs, program) = compiled(regex);
                let expected = regex::Regex::new(regex).unwrap().is_match(&text);
                prop_assert_eq!(programs.is_match(program, &text, &mut Backtracking::default()), Some(expected), "{}", regex);
            }
        }
    }

    #[test]
    fn time_is_linear_where_backtracking_alone_is_exponential() {
        let (programs, program) = compiled("(?:a*)*(?:a*)*(?:a*)*b");
        let text = "a".repeat(3_000);
        assert_eq!(programs.is_match(program, &text, &mut Backtracking::default()), Some(false));
        let long = "a".repeat(10_000_000);
        assert_eq!(programs.is_match(program, &long, &mut Backtracking::default()), None);
    }

    #[test]
    fn what_programs_cannot_do_has_none() {
        for regex in ["(", r"\bé", "(?m)^a", "a{9999}"] {
            assert!(Compiler::default().add(regex).is_none(), "{regex}");
        }
    }

    #[test]
    fn lists_and_beginnings_are_known() {
        let texts = |regex, limit| {
            let (programs, program) = compiled(regex);
            let all = programs.all_texts(program, limit)?;
            Some(all.into_iter().map(|text| String::from_utf8(text).unwrap()).collect::<Vec<_>>())
        };
        assert_eq!(texts("^(?:a|b)c?$", 9).unwrap(), ["a", "ac", "b", "bc"]);
        assert!(texts("^ab", 9).is_none() && texts("ab$", 9).is_none() && texts("^a*$", 9).is_none());
        assert!(texts("^[a-f]$", 5).is_none());
        let (programs, program) = compiled("^(?:by|von [0-9]) .*");
        let beginnings = programs.beginnings(program, 4, 9, &[]).unwrap();
        assert_eq!(beginnings, ["by ", "von "].map(|text| text.as_bytes().to_vec()).into());
        assert!(programs.first_bytes(program).has(b'v') && !programs.first_bytes(program).has(b'x'));
        let (programs, program) = compiled("^[0-9] (?:коммент|東)");
        assert!(programs.needs_other_than_ascii(program));
    }
}
