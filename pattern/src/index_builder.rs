//! Builds the index of patterns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use regex_syntax::hir::Look;
use zerocopy::little_endian::{U32, U64};

use crate::compiler::Compiler;
use crate::filter::{Filter, Literal, required_literals};
use crate::index::{LineIndex, Pattern, PatternIndex, PatternKind, RegexPattern, RulePatterns};
use crate::key_table::{BEGINNING_KEYS, Entry, Key, KeyTable, PairSet, QuadSet, eight, hash_text, part_of};
use crate::phrase::{PhrasePlace, without_punctuation};
use crate::prefilter::{Prefilter, parse};
use crate::signature::{LiteralBits, literal_bits};
use crate::{expected_frequency, to_ascii_classes};

/// The bits in front of a table for each key: the more, the fewer lines pass by chance.
const BITS_PER_KEY: usize = 16;
/// So many sets of literals are required by a regex at the most: others hardly ever decide.
const MAX_REQUIRED: usize = 4;

/// The index of the patterns of some rules.
pub fn build(rules: &[RulePatterns<'_>]) -> PatternIndex {
    let mut compiler = Compiler::default();
    let regexes: Vec<_> = rules
        .iter()
        .flat_map(|rule| rule.regexes.iter().enumerate().map(move |(number, regex)| (rule, number, regex)))
        .map(|(rule, number, regex)| {
            let rewritten = if rule.unicode { regex.clone() } else { to_ascii_classes(regex) };
            let program = compiler.add(&rewritten);
            (rule, number, rewritten, program)
        })
        .collect();
    let programs = compiler.finish();
    let (mut patterns, mut short, mut long) = (Vec::new(), Builder::default(), Builder::default());
    let mut required = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.phrases.is_empty()) {
        for builder in [&mut short, &mut long].into_iter().take(1 + usize::from(rule.long_lines)) {
            rule.phrases.iter().for_each(|phrase| builder.add_phrase(phrase, rule.place, patterns.len() as u32));
        }
        patterns.push(Pattern { rule: rule.rule, kind: PatternKind::Phrases(rule.place) });
    }
    for (rule, number, regex, program) in regexes {
        let Prefilter { mut literals, first_bytes } = Prefilter::of(&regex, rule.raw);
        // Keywords are used only if nothing else is known of the regex.
        let first_bytes = first_bytes.filter(|_| !rule.unicode);
        if literals.is_empty() && first_bytes.is_none() {
            literals = rule.keywords.to_vec();
        }
        let filter = Filter::of(&regex, rule.raw, &literals, program, &programs);
        for builder in [&mut short, &mut long].into_iter().take(1 + usize::from(rule.long_lines)) {
            builder.add_regex(&filter, patterns.len() as u32);
        }
        let other = program.filter(|_| !rule.raw);
        let (shortest, longest) = lengths(&regex);
        let sets =
            if matches!(filter, Filter::Lines(_)) { Vec::new() } else { required_bits(&regex, rule.raw, &filter) };
        let of_regex = (required.len() as u32, sets.len() as u16);
        required.extend(sets);
        let regex = RegexPattern {
            number: number as u16,
            program,
            raw: rule.raw,
            needs_keyword: first_bytes.is_none() && !rule.keywords.is_empty(),
            needs_other_than_ascii: other.is_some_and(|program| programs.needs_other_than_ascii(program)),
            is_list: matches!(filter, Filter::Lines(_)),
            shortest,
            longest,
            required: of_regex,
        };
        patterns.push(Pattern { rule: rule.rule, kind: PatternKind::Regex(regex) });
    }
    let patterns = patterns.into_iter().map(Into::into).collect();
    PatternIndex { programs, patterns, required: required.into(), short: short.finish(), long: long.finish() }
}

/// The bytes of the shortest and the longest text that a regex can match; `u16::MAX` where there is no longest.
fn lengths(regex: &str) -> (u16, u16) {
    let Some(hir) = parse(regex) else { return (0, u16::MAX) };
    let properties = hir.properties();
    let is_whole =
        properties.look_set_prefix().contains(Look::Start) && properties.look_set_suffix().contains(Look::End);
    let length = |bytes: Option<usize>| bytes.and_then(|bytes| u16::try_from(bytes).ok());
    let longest = length(properties.maximum_len()).filter(|_| is_whole).unwrap_or(u16::MAX);
    (length(properties.minimum_len()).unwrap_or_default(), longest)
}

/// The sets of literals that a regex requires beside those that it is looked up by.
fn required_bits(regex: &str, raw: bool, filter: &Filter) -> Vec<LiteralBits> {
    let mut sets = required_literals(regex, raw);
    sets.retain(|literals| !matches!(filter, Filter::Literals(looked_up) if looked_up == literals));
    sets.iter().filter_map(|literals| literal_bits(literals)).take(MAX_REQUIRED).collect()
}

/// An entry, after the hash of its key.
type KeyedEntry = (u64, Entry);

/// Builds the index for lines of some length.
#[derive(Default)]
struct Builder {
    lines: Vec<KeyedEntry>,
    beginnings: Vec<KeyedEntry>,
    edges: Vec<KeyedEntry>,
    long_at_edge: Vec<Vec<u8>>,
    short_at_edge: Vec<Vec<u8>>,
    before_edge: Vec<Vec<u8>>,
    anywhere: Vec<[U32; 2]>,
    anywhere_texts: Vec<u8>,
    of_first_byte: BTreeMap<u8, Vec<u32>>,
    texts: Vec<u8>,
    longest_line: Option<usize>,
}

impl Builder {
    fn add_phrase(&mut self, phrase: &str, place: PhrasePlace, pattern: u32) {
        match place {
            PhrasePlace::Whole => self.add_line(phrase, pattern),
            // Wherever a phrase is, a word begins with it.
            PhrasePlace::Start | PhrasePlace::End | PhrasePlace::Anywhere => {
                self.add_literal(&Literal { text: phrase.to_owned(), begins_at_edge: true }, pattern);
            }
        }
    }

    fn add_regex(&mut self, filter: &Filter, pattern: u32) {
        match filter {
            Filter::Lines(lines) => {
                lines.iter().for_each(|line| self.add_line(&String::from_utf8_lossy(line), pattern));
            }
            Filter::Beginnings(beginnings) => {
                beginnings.iter().for_each(|beginning| self.add_beginning(beginning, pattern));
            }
            Filter::Literals(literals) => literals.iter().for_each(|literal| self.add_literal(literal, pattern)),
            Filter::Anywhere(literals) => {
                for literal in literals {
                    self.anywhere_texts.extend(literal.as_bytes());
                    self.anywhere.push([self.anywhere_texts.len() as u32, pattern].map(U32::new));
                }
            }
            Filter::FirstByte(bytes) => {
                let bytes = (0..=255).filter(|&byte| bytes.has(byte));
                bytes.for_each(|byte| self.of_first_byte.entry(byte).or_default().push(pattern));
            }
        }
    }

    fn add_line(&mut self, line: &str, pattern: u32) {
        // No line that is searched is empty.
        if line.is_empty() {
            return;
        }
        let core = without_punctuation(line).as_bytes();
        self.longest_line = self.longest_line.max(Some(core.len()));
        let entry = self.entry(line.as_bytes(), 0, pattern);
        self.lines.push((Key::Line.hash(hash_text(core)), entry));
    }

    fn add_beginning(&mut self, beginning: &[u8], pattern: u32) {
        let Some(key) = BEGINNING_KEYS.into_iter().find(|&key| key as usize <= beginning.len()) else { return };
        let entry = self.entry(beginning, 0, pattern);
        self.beginnings.push((key.hash(eight(beginning)), entry));
    }

    /// Adds a literal under the rarest bytes at one of its edges.
    fn add_literal(&mut self, literal: &Literal, pattern: u32) {
        let text = literal.text.as_bytes();
        let frequency = |from: usize| {
            let bytes = String::from_utf8_lossy(&text[from..text.len().min(from + 6)]).into_owned();
            expected_frequency(&[bytes])
        };
        let keys = literal.edges().map(|edge| match text.len() - edge {
            0..4 if edge >= 3 => (Key::Around, edge - 3),
            1 => (Key::One, edge),
            2 | 3 => (Key::Two, edge),
            4 | 5 => (Key::Four, edge),
            _ => (Key::Six, edge),
        });
        let Some((key, at)) = keys.min_by(|a, b| frequency(a.1).total_cmp(&frequency(b.1))) else { return };
        let key_bytes = |length: usize| text[at..at + length].to_vec();
        match key {
            Key::Around => self.before_edge.push(key_bytes(4)),
            Key::One | Key::Two => self.short_at_edge.push(key_bytes(key as usize)),
            _ => self.long_at_edge.push(key_bytes(4)),
        }
        let entry = self.entry(text, at, pattern);
        self.edges.push((key.hash(eight(&text[at..])), entry));
    }

    fn entry(&mut self, text: &[u8], offset: usize, pattern: u32) -> Entry {
        let begin = self.texts.len();
        if text.len() > 8 {
            self.texts.extend(text);
        }
        Entry {
            head: eight(text).into(),
            text: (begin as u32).into(),
            pattern: pattern.into(),
            length: (text.len() as u16).into(),
            offset: (offset as u16).into(),
        }
    }

    fn finish(self) -> LineIndex {
        let mut first_byte_ends = Vec::new();
        let mut of_first_byte = Vec::new();
        if !self.of_first_byte.is_empty() {
            for byte in 0..=255 {
                of_first_byte
                    .extend(self.of_first_byte.get(&byte).into_iter().flatten().map(|&pattern| U32::new(pattern)));
                first_byte_ends.push(U32::new(of_first_byte.len() as u32));
            }
        }
        LineIndex {
            lines: table(self.lines),
            beginnings: table(self.beginnings),
            edges: table(self.edges),
            long_at_edge: QuadSet::of(self.long_at_edge.iter().map(Vec::as_slice)),
            short_at_edge: PairSet::of(self.short_at_edge.iter().map(Vec::as_slice)),
            before_edge: QuadSet::of(self.before_edge.iter().map(Vec::as_slice)),
            anywhere: Cow::Owned(self.anywhere),
            anywhere_texts: Cow::Owned(self.anywhere_texts),
            first_byte_ends: Cow::Owned(first_byte_ends),
            of_first_byte: Cow::Owned(of_first_byte),
            texts: Cow::Owned(self.texts),
            longest_line: self.longest_line.map(|longest| U32::new(longest as u32)).into_iter().collect(),
        }
    }
}

/// The table of some entries.
fn table(mut keyed: Vec<KeyedEntry>) -> KeyTable {
    keyed.sort_by_key(|(hash, _)| *hash);
    let keys = keyed.chunk_by(|a, b| a.0 == b.0).count();
    if keys == 0 {
        return KeyTable::default();
    }
    let mut bits = vec![0_u64; (keys * BITS_PER_KEY / 64).next_power_of_two()];
    let parts = 2 * keys;
    let mut begins = vec![0_u32; parts + 1];
    for (hash, _) in &keyed {
        let bit = *hash as usize & (bits.len() * 64 - 1);
        bits[bit / 64] |= 1 << (bit % 64);
        begins[part_of(*hash, parts) + 1] += 1;
    }
    for part in 0..parts {
        begins[part + 1] += begins[part];
    }
    KeyTable {
        bits: bits.into_iter().map(U64::new).collect(),
        begins: begins.into_iter().map(U32::new).collect(),
        entries: keyed.into_iter().map(|(_, entry)| entry).collect(),
    }
}
