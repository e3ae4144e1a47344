//! An index of many patterns: which of them a line may match, found in one look at the line.
//!
//! Most patterns can match only a line that is one of a list, that begins in one of a few ways, or that has one of a few
//! literals. A literal is searched for only where one can be: at the *edges* of a line, that is, where the kind of byte
//! (letter, digit, other) changes. The tables are made by the build script for the built-in packs, and when they are
//! loaded for others.

use std::borrow::Cow;

use zerocopy::little_endian::{U16, U32};
use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::beginning::beginning;
use crate::blob::{Reader, Writer};
use crate::edges::each_edge;
pub use crate::edges::is_edge;
pub use crate::index_builder::build;
use crate::key_table::{BEGINNING_KEYS, Entry, Key, KeyTable, PairSet, QuadSet, hash_text};
use crate::phrase::{PhrasePlace, without_punctuation};
use crate::program::{Program, Programs};
use crate::signature::LiteralBits;

/// So many bytes must be readable after a line, so that eight can be read at each of its places.
pub const PADDING: usize = 8;

/// What a rule searches for.
#[derive(Debug, Clone, Copy)]
pub struct RulePatterns<'a> {
    /// Its number among all rules of the index.
    pub rule: u32,
    /// Its phrases.
    pub phrases: &'a [String],
    /// Where they must be.
    pub place: PhrasePlace,
    /// Its regexes.
    pub regexes: &'a [String],
    /// Literals one of which is in every line that a regex can match.
    pub keywords: &'a [String],
    /// The regexes have Unicode's classes.
    pub unicode: bool,
    /// The regexes run on the line itself.
    pub raw: bool,
    /// It is matched against long lines too.
    pub long_lines: bool,
}

/// A pattern: the phrases of a rule, or one of its regexes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pattern {
    /// The rule.
    pub rule: u32,
    /// What is searched for.
    pub kind: PatternKind,
}

/// What a pattern searches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PatternKind {
    /// Phrases at a place.
    Phrases(PhrasePlace),
    /// A regex.
    Regex(RegexPattern),
}

/// A regex of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegexPattern {
    /// Its number among the regexes of its rule.
    pub number: u16,
    /// Its program; `None` if only the `regex` crate can run it.
    pub program: Option<Program>,
    /// It runs on the line itself.
    pub raw: bool,
    /// A line that it matches must have a keyword of the rule too.
    pub needs_keyword: bool,
    /// It matches no line of ASCII characters alone.
    pub needs_other_than_ascii: bool,
    /// It matches exactly the lines that the index lists.
    pub is_list: bool,
    /// The bytes of the shortest text that it can match.
    pub shortest: u16,
    /// The bytes of the longest text that it can match; `u16::MAX` if there is none.
    pub longest: u16,
    /// Where the sets of literals that it requires begin among those of all regexes, and how many there are.
    pub required: (u32, u16),
}

impl RegexPattern {
    /// Whether a text has a length that it can match.
    #[inline]
    pub fn has_length_of(self, text: &str) -> bool {
        text.len() >= usize::from(self.shortest)
            && (text.len() <= usize::from(self.longest) || self.longest == u16::MAX)
    }
}

/// A [`Pattern`] as it is stored.
#[derive(Debug, Clone, Copy, FromBytes, IntoBytes, Immutable, KnownLayout)]
#[repr(C)]
pub(crate) struct PackedPattern {
    rule: U32,
    start: U32,
    from: U32,
    end: U32,
    required: U32,
    number: U16,
    flags: U16,
    shortest: U16,
    longest: U16,
}

const REGEX: u16 = 1 << 4;
const PROGRAM: u16 = 1 << 5;
const ANCHORED: u16 = 1 << 6;
const RAW: u16 = 1 << 7;
const NEEDS_KEYWORD: u16 = 1 << 8;
const NEEDS_OTHER: u16 = 1 << 9;
const IS_LIST: u16 = 1 << 10;
/// From here on the flags are the number of sets of literals that are required.
const REQUIRED: u16 = 11;

impl From<Pattern> for PackedPattern {
    fn from(Pattern { rule, kind }: Pattern) -> PackedPattern {
        let flag = |is_set: bool, flag: u16| if is_set { flag } else { 0 };
        let (number, program, flags, lengths, required) = match kind {
            PatternKind::Phrases(place) => (0, None, place as u16, [0, u16::MAX], 0),
            PatternKind::Regex(regex) => {
                let anchored = regex.program.is_some_and(|program| program.anchored);
                let flags = REGEX
                    | flag(regex.program.is_some(), PROGRAM)
                    | flag(anchored, ANCHORED)
                    | flag(regex.raw, RAW)
                    | flag(regex.needs_keyword, NEEDS_KEYWORD)
                    | flag(regex.needs_other_than_ascii, NEEDS_OTHER)
                    | flag(regex.is_list, IS_LIST)
                    | regex.required.1 << REQUIRED;
                (regex.number, regex.program, flags, [regex.shortest, regex.longest], regex.required.0)
            }
        };
        let [start, from, end] = program.map_or([0; 3], |program| [program.start, program.from, program.end]);
        PackedPattern {
            rule: rule.into(),
            start: start.into(),
            from: from.into(),
            end: end.into(),
            required: required.into(),
            number: number.into(),
            flags: flags.into(),
            shortest: lengths[0].into(),
            longest: lengths[1].into(),
        }
    }
}

impl From<PackedPattern> for Pattern {
    fn from(packed: PackedPattern) -> Pattern {
        let flags = packed.flags.get();
        let has = |flag: u16| flags & flag != 0;
        let program = Program {
            start: packed.start.get(),
            from: packed.from.get(),
            end: packed.end.get(),
            anchored: has(ANCHORED),
        };
        let kind = if has(REGEX) {
            PatternKind::Regex(RegexPattern {
                number: packed.number.get(),
                program: has(PROGRAM).then_some(program),
                raw: has(RAW),
                needs_keyword: has(NEEDS_KEYWORD),
                needs_other_than_ascii: has(NEEDS_OTHER),
                is_list: has(IS_LIST),
                shortest: packed.shortest.get(),
                longest: packed.longest.get(),
                required: (packed.required.get(), flags >> REQUIRED),
            })
        } else {
            PatternKind::Phrases(PhrasePlace::ALL[usize::from(flags & 3)])
        };
        Pattern { rule: packed.rule.get(), kind }
    }
}

/// The patterns of many rules.
#[derive(Debug, Clone, Default)]
pub struct PatternIndex {
    /// The programs of the regexes.
    pub programs: Programs,
    pub(crate) patterns: Cow<'static, [PackedPattern]>,
    /// The sets of literals that regexes require beside what is looked up.
    pub(crate) required: Cow<'static, [LiteralBits]>,
    /// All patterns, for short lines.
    pub short: LineIndex,
    /// The patterns of the rules for long lines.
    pub long: LineIndex,
}

impl PatternIndex {
    /// How many patterns there are.
    pub fn len(&self) -> usize {
        self.patterns.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.patterns.is_empty()
    }

    /// A pattern.
    #[inline]
    pub fn pattern(&self, number: u32) -> Pattern {
        self.patterns[number as usize].into()
    }

    /// The sets of literals that a regex requires: each line that it matches has one of each.
    #[inline]
    pub fn required_by(&self, regex: RegexPattern) -> &[LiteralBits] {
        let (from, sets) = (regex.required.0 as usize, usize::from(regex.required.1));
        &self.required[from..from + sets]
    }

    /// The patterns, by number.
    pub fn patterns(&self) -> impl Iterator<Item = Pattern> {
        self.patterns.iter().map(|packed| Pattern::from(*packed))
    }

    /// The patterns that nothing can be looked up for, so that they are tried or searched for on every line.
    pub fn not_looked_up(&self) -> Vec<Pattern> {
        let LineIndex { anywhere, of_first_byte, .. } = &self.short;
        let numbers = anywhere.iter().map(|[_, pattern]| pattern).chain(of_first_byte.iter());
        numbers.map(|pattern| self.pattern(pattern.get())).collect()
    }

    /// The index as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = Writer::default();
        self.programs.write(&mut out);
        out.section(&self.patterns);
        out.section(&self.required);
        self.short.write(&mut out);
        self.long.write(&mut out);
        out.0
    }

    /// The index whose bytes these are.
    ///
    /// # Panics
    ///
    /// If they are not such bytes.
    pub fn from_bytes(bytes: &'static [u8]) -> PatternIndex {
        let from = &mut Reader(bytes);
        PatternIndex {
            programs: Programs::read(from),
            patterns: from.section(),
            required: from.section(),
            short: LineIndex::read(from),
            long: LineIndex::read(from),
        }
    }
}

/// The index for lines of some length.
#[derive(Debug, Clone, Default)]
pub struct LineIndex {
    /// Whole lines, by their text without the punctuation at its end.
    pub(crate) lines: KeyTable,
    /// What lines begin with.
    pub(crate) beginnings: KeyTable,
    /// Literals, by the bytes at an edge in them.
    pub(crate) edges: KeyTable,
    /// What their keys of four and six bytes begin with, those of one or two, and those that begin three bytes before an
    /// edge.
    pub(crate) long_at_edge: QuadSet,
    pub(crate) short_at_edge: PairSet,
    pub(crate) before_edge: QuadSet,
    /// Literals that may be anywhere in a line: where each ends in `anywhere_texts`, and its pattern.
    pub(crate) anywhere: Cow<'static, [[U32; 2]]>,
    pub(crate) anywhere_texts: Cow<'static, [u8]>,
    /// The patterns for which nothing can be looked up, by the first byte of the line: where those of each byte end.
    pub(crate) first_byte_ends: Cow<'static, [U32]>,
    pub(crate) of_first_byte: Cow<'static, [U32]>,
    /// The texts of all entries.
    pub(crate) texts: Cow<'static, [u8]>,
    /// The length of the longest whole line, without punctuation at its end.
    pub(crate) longest_line: Cow<'static, [U32]>,
}

/// A line, folded, in which patterns are looked up.
#[derive(Debug, Clone, Copy)]
pub struct FoldedLine<'l> {
    /// The text, and [`PADDING`] more bytes.
    padded: &'l [u8],
    /// The text.
    pub text: &'l str,
}

impl<'l> FoldedLine<'l> {
    /// The line that is the first `length` bytes of a text, which go on for at least [`PADDING`] bytes.
    ///
    /// # Panics
    ///
    /// If they do not.
    #[inline]
    pub fn new(padded: &'l str, length: usize) -> FoldedLine<'l> {
        assert!(padded.len() >= length + PADDING);
        FoldedLine { padded: padded.as_bytes(), text: &padded[..length] }
    }

    #[inline]
    pub(crate) fn eight_at(&self, at: usize) -> u64 {
        self.padded[at..].first_chunk().map_or(0, |bytes| u64::from_le_bytes(*bytes))
    }
}

/// A pattern that may match a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    /// Its number.
    pub pattern: u32,
    /// Where the text that was found begins, and its length.
    pub start: u32,
    /// The length of the text.
    pub length: u32,
}

impl LineIndex {
    /// Calls `found` for each pattern that may match a line: for a phrase, where it is. `edges` has a bit for
    /// each byte of the line, 32 in a number, that says whether it is at an edge. A pattern may be found several times.
    pub fn find(&self, line: FoldedLine<'_>, edges: &[u32], mut found: impl FnMut(Candidate)) {
        if line.text.is_empty() {
            return;
        }
        self.find_whole(line, &mut found);
        self.find_beginning(line, &mut found);
        self.find_at_edges(line, edges, &mut found);
        let first = usize::from(line.padded[0]);
        if let Some(end) = self.first_byte_ends.get(first) {
            let begin = first.checked_sub(1).map_or(0, |before| self.first_byte_ends[before].get());
            for pattern in &self.of_first_byte[begin as usize..end.get() as usize] {
                found(Candidate { pattern: pattern.get(), start: 0, length: 0 });
            }
        }
        let mut begin = 0;
        for [end, pattern] in self.anywhere.iter() {
            let text = &self.anywhere_texts[begin..end.get() as usize];
            begin = end.get() as usize;
            if memchr::memmem::find(line.text.as_bytes(), text).is_some() {
                found(Candidate { pattern: pattern.get(), start: 0, length: 0 });
            }
        }
    }

    fn find_whole(&self, line: FoldedLine<'_>, found: &mut impl FnMut(Candidate)) {
        let Some(longest) = self.longest_line.first() else { return };
        let core = without_punctuation(line.text).as_bytes();
        if core.len() > longest.get() as usize {
            return;
        }
        let hash = Key::Line.hash(hash_text(core));
        if self.lines.keys().may_have(hash) {
            self.find_entries(self.lines.of(hash), 0, line, found);
        }
    }

    fn find_beginning(&self, line: FoldedLine<'_>, found: &mut impl FnMut(Candidate)) {
        if self.beginnings.is_empty() {
            return;
        }
        let beginning = beginning(line.eight_at(0), line.text.as_bytes());
        let keys = self.beginnings.keys();
        // All are hashed first: the compiler then knows which key each is.
        for hash in BEGINNING_KEYS.map(|key| key.hash(beginning)) {
            if keys.may_have(hash) {
                let entries = self.beginnings.of(hash).iter();
                let matching = entries.filter(|entry| entry.differs_from(beginning) == 0);
                matching.for_each(|entry| found(Candidate { pattern: entry.pattern.get(), start: 0, length: 0 }));
            }
        }
    }

    fn find_at_edges(&self, line: FoldedLine<'_>, edges: &[u32], found: &mut impl FnMut(Candidate)) {
        if self.edges.is_empty() {
            return;
        }
        let keys = self.edges.keys();
        let (long_at_edge, before_edge) = (self.long_at_edge.bits(), self.before_edge.bits());
        let short_at_edge = self.short_at_edge.bits();
        let mut find = |hash: u64, at: usize| {
            if keys.may_have(hash) {
                self.find_entries(self.edges.of(hash), at, line, found);
            }
        };
        each_edge(edges, |edge| {
            let next = line.eight_at(edge);
            if long_at_edge.has(next) {
                find(Key::Six.hash(next), edge);
                find(Key::Four.hash(next), edge);
            }
            if short_at_edge.has(next) {
                find(Key::Two.hash(next), edge);
                find(Key::One.hash(next), edge);
            }
            if let Some(before) = edge.checked_sub(3) {
                let around = line.eight_at(before);
                if before_edge.has(around) {
                    find(Key::Around.hash(around), before);
                }
            }
        });
    }

    /// Calls `found` for the entries whose text is in the line, if their key is at a place.
    #[inline(never)]
    fn find_entries(&self, entries: &[Entry], at: usize, line: FoldedLine<'_>, found: &mut impl FnMut(Candidate)) {
        for entry in entries {
            let length = usize::from(entry.length.get());
            let Some(start) = at.checked_sub(usize::from(entry.offset.get())) else { continue };
            if start + length > line.text.len() {
                continue;
            }
            let differs = entry.differs_from(line.eight_at(start)) != 0;
            if differs || length > 8 && !self.has_text(entry, &line.padded[start..start + length]) {
                continue;
            }
            found(Candidate { pattern: entry.pattern.get(), start: start as u32, length: length as u32 });
        }
    }

    fn has_text(&self, entry: &Entry, bytes: &[u8]) -> bool {
        let text = entry.text.get() as usize;
        self.texts[text..text + bytes.len()] == *bytes
    }

    fn write(&self, out: &mut Writer) {
        self.lines.write(out);
        self.beginnings.write(out);
        self.edges.write(out);
        self.long_at_edge.write(out);
        self.short_at_edge.write(out);
        self.before_edge.write(out);
        out.section(&self.anywhere);
        out.section(&self.anywhere_texts);
        out.section(&self.first_byte_ends);
        out.section(&self.of_first_byte);
        out.section(&self.texts);
        out.section(&self.longest_line);
    }

    fn read(from: &mut Reader) -> LineIndex {
        LineIndex {
            lines: KeyTable::read(from),
            beginnings: KeyTable::read(from),
            edges: KeyTable::read(from),
            long_at_edge: QuadSet::read(from),
            short_at_edge: PairSet::read(from),
            before_edge: QuadSet::read(from),
            anywhere: from.section(),
            anywhere_texts: from.section(),
            first_byte_ends: from.section(),
            of_first_byte: from.section(),
            texts: from.section(),
            longest_line: from.section(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::program::Backtracking;
    use crate::signature::LineSignature;

    fn find(index: &PatternIndex, text: &str) -> Vec<u32> {
        let padded = format!("{text}        ");
        let bytes = text.as_bytes();
        let before = |at: usize| at.checked_sub(1).map(|before| bytes[before]);
        let mut edges = vec![0; bytes.len().div_ceil(32)];
        for at in (0..bytes.len()).filter(|&at| is_edge(before(at), bytes[at])) {
            edges[at / 32] |= 1 << (at % 32);
        }
        let line = FoldedLine::new(&padded, text.len());
        let mut found = Vec::new();
        index.short.find(line, &edges, |candidate| found.push(candidate.pattern));
        let signature = LineSignature::of(line, &edges);
        found.retain(|&pattern| match index.pattern(pattern).kind {
            PatternKind::Phrases(_) => true,
            PatternKind::Regex(regex) => index.required_by(regex).iter().all(|set| signature.may_have_any(set)),
        });
        found
    }

    /// The regexes of the built-in rules.
    fn regexes() -> Vec<String> {
        let folders =
            ["../rules", "../rules/platforms"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
        let mut regexes = Vec::new();
        for file in folders.iter().flat_map(|folder| std::fs::read_dir(folder).unwrap()) {
            let Ok(source) = std::fs::read_to_string(file.unwrap().path()) else { continue };
            // Each is between single quotes, on a line of its own or after `regex = [`.
            let quoted = source.lines().filter_map(|line| {
                let line = line.trim().trim_start_matches("regex = [");
                line.strip_prefix('\'')?.trim_end_matches([',', ']']).strip_suffix('\'')
            });
            regexes.extend(quoted.map(str::to_owned));
        }
        assert!(regexes.len() > 500);
        regexes
    }

    #[test]
    fn every_text_that_a_regex_matches_passes_its_filter() {
        let regexes = regexes();
        let rule = RulePatterns {
            rule: 0,
            phrases: &[],
            place: PhrasePlace::Whole,
            regexes: &regexes,
            keywords: &[],
            unicode: false,
            raw: false,
            long_lines: false,
        };
        let index = build(&[rule]);
        let (mut seed, mut matched) = (1_usize, 0);
        let mut choose = |ways: usize| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) % ways
        };
        for (number, pattern) in index.patterns().enumerate() {
            let PatternKind::Regex(RegexPattern { program: Some(program), is_list, .. }) = pattern.kind else {
                continue;
            };
            for around in ["", "", "x ", "9", "é"] {
                let text = format!("{around}{}{around}", index.programs.example(program, &mut choose));
                if index.programs.is_match(program, &text, &mut Backtracking::default()) == Some(true) {
                    let regex = &regexes[number];
                    assert!(find(&index, &text).contains(&(number as u32)), "{regex} {text:?} {is_list}");
                    matched += 1;
                }
            }
        }
        assert!(matched > regexes.len(), "{matched}");
    }

    #[test]
    fn phrases_are_found_at_their_place() {
        let phrases: Vec<String> = ["share", "©", "read more about", "東京"].map(str::to_owned).into();
        let at = |place| RulePatterns {
            rule: 7,
            phrases: &phrases,
            place,
            regexes: &[],
            keywords: &[],
            unicode: false,
            raw: false,
            long_lines: false,
        };
        let whole = build(&[at(PhrasePlace::Whole)]);
        assert_eq!(find(&whole, "share:"), [0]);
        assert!(find(&whole, "to share").is_empty() && find(&whole, "").is_empty());
        assert_eq!(find(&build(&[at(PhrasePlace::Start)]), "read more about it"), [0]);
        let anywhere = build(&[at(PhrasePlace::Anywhere)]);
        for text in ["© a", "we share it", "in 東京", "now read more about it"] {
            assert_eq!(find(&anywhere, text), [0], "{text}");
        }
        assert!(find(&anywhere, "reshare").is_empty());
        assert_eq!(anywhere.pattern(0), Pattern { rule: 7, kind: PatternKind::Phrases(PhrasePlace::Anywhere) });
        let bytes = anywhere.to_bytes().leak();
        assert_eq!(find(&PatternIndex::from_bytes(bytes), "we share it"), [0]);
    }
}
