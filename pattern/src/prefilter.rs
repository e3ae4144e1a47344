//! Finds the prefilter of a regex: what a line must contain, or begin with, for the regex to be worth running on it. It
//! is derived once, from the regex alone.

use regex_syntax::hir::literal::{Extractor, Literal};
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::expected_frequency;
use crate::fold::{folded, strip_bullets};

/// A larger set of literals is not selective.
const MAX_LITERALS: usize = 500;
/// Longer literals are hardly more selective, and more numerous: this is enough for words of one beginning.
const MAX_LITERAL_BYTES: usize = 8;
/// From this many literals on, literals that contain others are not removed: that would take quadratic time.
const MANY_LITERALS: usize = 100;
/// A set whose literals together are expected more than once in this many characters is not selective.
const MIN_CHARS_BETWEEN: f64 = 40.0;
/// The same if the first bytes of matches are known, which are more selective than such literals.
const MIN_CHARS_BETWEEN_IF_FIRST: f64 = 400.0;
/// The cost of a literal, as an expected frequency: a small set is better than a large one that is a little rarer.
const LITERAL_COST: f64 = 5e-6;

/// A set of bytes: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByteSet(pub [u64; 4]);

impl ByteSet {
    /// Whether the byte is in the set.
    pub fn has(self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// How many bytes are in the set.
    pub fn count(self) -> u32 {
        self.0.iter().map(|part| part.count_ones()).sum()
    }
}

/// What a text must contain for a regex to match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prefilter {
    /// Literals of which every match contains one; empty if none are known, or if they are too common to help.
    pub literals: Vec<String>,
    /// The bytes a match may begin with, if it must begin the text in one of a few ways; unknown for raw texts.
    pub first_bytes: Option<ByteSet>,
}

impl Prefilter {
    /// The prefilter of a regex for the text it runs on or, if `raw`, for the folded text. It is empty for an invalid
    /// regex.
    pub fn of(pattern: &str, raw: bool) -> Prefilter {
        let Some(hir) = parse(pattern) else { return Prefilter::default() };
        let first_bytes = first_bytes(&hir).filter(|_| !raw);
        let required = LiteralSearch { raw }
            .required(&hir)
            .filter(|set| first_bytes.is_none() || set.frequency * MIN_CHARS_BETWEEN_IF_FIRST < 1.0);
        Prefilter { literals: required.map(|set| set.literals).unwrap_or_default(), first_bytes }
    }
}

pub(crate) fn parse(pattern: &str) -> Option<Hir> {
    regex_syntax::ParserBuilder::new().utf8(false).build().parse(pattern).ok()
}

fn first_bytes(hir: &Hir) -> Option<ByteSet> {
    if !hir.properties().look_set_prefix().contains(Look::Start) {
        return None;
    }
    let mut extractor = Extractor::new();
    // The defaults are meant for searching; here a character out of a class of forty is still selective.
    extractor.limit_class(40).limit_total(1_000);
    let mut bytes = ByteSet::default();
    for literal in extractor.extract(hir).literals()? {
        let first = *literal.as_bytes().first()?;
        bytes.0[usize::from(first >> 6)] |= 1 << (first & 63);
    }
    Some(bytes)
}

/// Literals of which every match contains one.
#[derive(Clone)]
struct LiteralSet {
    literals: Vec<String>,
    /// The expected occurrences of any of them per character.
    frequency: f64,
}

impl LiteralSet {
    fn new(mut literals: Vec<String>) -> Option<LiteralSet> {
        literals.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        literals.dedup();
        let mut few: Vec<String> = Vec::new();
        for literal in literals {
            // Where it contains a shorter one, that one is enough.
            if few.len() > MANY_LITERALS || !few.iter().any(|short| literal.contains(short.as_str())) {
                few.push(literal);
            }
        }
        let frequency = expected_frequency(&few);
        let is_selective = few.len() <= MAX_LITERALS && frequency * MIN_CHARS_BETWEEN < 1.0;
        is_selective.then_some(LiteralSet { literals: few, frequency })
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

/// Finds sets of literals.
struct LiteralSearch {
    /// Whether the regex runs on unfolded text, so that its literals must be folded.
    raw: bool,
}

impl LiteralSearch {
    /// The cheapest set of literals of which every match contains one.
    fn required(&self, hir: &Hir) -> Option<LiteralSet> {
        match hir.kind() {
            HirKind::Concat(parts) => (0..parts.len()).fold(None, |best, at| {
                // What the rest begins with is inside the whole.
                let best = LiteralSet::cheaper(best, self.prefixes(&Hir::concat(parts[at..].to_vec())));
                LiteralSet::cheaper(best, self.required(&parts[at]))
            }),
            HirKind::Alternation(branches) => {
                let sets: Option<Vec<LiteralSet>> = branches.iter().map(|branch| self.required(branch)).collect();
                let all =
                    sets.and_then(|sets| LiteralSet::new(sets.into_iter().flat_map(|set| set.literals).collect()));
                LiteralSet::cheaper(self.prefixes(hir), all)
            }
            HirKind::Capture(capture) => self.required(&capture.sub),
            HirKind::Repetition(repetition) if repetition.min > 0 => self.required(&repetition.sub),
            _ => self.prefixes(hir),
        }
    }

    /// The literals that every match begins with one of.
    fn prefixes(&self, hir: &Hir) -> Option<LiteralSet> {
        let mut extractor = Extractor::new();
        extractor.limit_class(10).limit_total(MAX_LITERALS).limit_literal_len(MAX_LITERAL_BYTES);
        let sequence = extractor.extract(hir);
        let text = |literal: &Literal| searched_text(literal.as_bytes(), self.raw, MAX_LITERAL_BYTES);
        let literals = sequence.literals()?.iter().map(text).collect::<Option<_>>();
        LiteralSet::new(literals?)
    }
}

/// A literal of a regex in the form that is searched for, of at most so many bytes: folded if the regex is raw. The
/// literal may have been cut inside a character.
pub(crate) fn searched_text(literal: &[u8], raw: bool, max_bytes: usize) -> Option<String> {
    let text = String::from_utf8_lossy(literal);
    let mut text = text.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned();
    if raw {
        text = folded(text.trim_start_matches(is_folded_away));
    }
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    let end = ends.take_while(|&end| end <= max_bytes).last();
    text.truncate(end.unwrap_or(text.len()));
    (!text.is_empty() && !text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
}

/// Whether folding may remove a character from the start of a line: whitespace and bullets.
fn is_folded_away(c: char) -> bool {
    c.is_whitespace() || !c.is_alphanumeric() && strip_bullets(&format!("{c} a")) == "a"
}

/// Whether a regex has a Unicode word boundary.
pub fn has_unicode_boundary(pattern: &str) -> bool {
    parse(pattern).is_some_and(|hir| hir.properties().look_set().contains_word_unicode())
}

/// Whether a regex repeats nearly any character a hundred times or more: an automaton needs a state for each.
pub fn has_long_repetition(pattern: &str) -> bool {
    parse(pattern).is_some_and(|hir| repeats_long(&hir))
}

fn repeats_long(hir: &Hir) -> bool {
    match hir.kind() {
        HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(repeats_long),
        HirKind::Capture(capture) => repeats_long(&capture.sub),
        HirKind::Repetition(repetition) => {
            let counts = repetition.min.max(repetition.max.unwrap_or(0)) >= 100;
            let any = matches!(repetition.sub.kind(), HirKind::Class(Class::Unicode(class))
                if class.iter().map(|range| range.len()).sum::<usize>() > 1_000);
            counts && any || repeats_long(&repetition.sub)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn literals(raw: bool, pattern: &str) -> Vec<String> {
        Prefilter::of(pattern, raw).literals
    }

    #[test]
    fn the_rarest_literals_are_required() {
        assert_eq!(literals(false, r"^(?:[0-9]+|no|one) comments?$"), [" comment"]);
        assert_eq!(literals(false, r"^[a-z0-9.]+@[a-z]+\.[a-z]+$"), ["@"]);
        assert_eq!(literals(false, r"^by .{2,40}[Ww]riter"), ["riter"]);
        assert_eq!(literals(false, r"(?:share|tweet) (?:this|it)"), ["share", "tweet"]);
        assert_eq!(literals(false, r"^(?:the )?(?:news(?:letter)?|bulletin)$"), ["news", "bulletin"]);
    }

    #[test]
    fn literals_of_raw_rules_are_those_of_the_folded_line() {
        assert_eq!(literals(true, r"^.{4,}\s© ?\p{L}[^.!?]+$"), ["©"]);
        assert_eq!(literals(true, r"[/|]  ?(?:Getty Images|IMAGO)"), ["imago", "getty im"]);
        assert_eq!(literals(true, r"- AP$"), ["ap"]);
        assert!(literals(true, "•").is_empty());
    }

    #[test]
    fn nothing_is_required_where_anything_may_match() {
        for pattern in [r"^[0-9]{1,2} ?(?:f|e)$", r"^[0-9]{1,2} [a-z]+$", r"^(?:share)?$", "^.*$", "(", ""] {
            assert!(Prefilter::of(pattern, false).literals.is_empty(), "{pattern}");
        }
    }

    #[test]
    fn first_bytes_are_known_where_they_are_few() {
        let first = Prefilter::of("^(?:by|von|é) ", false).first_bytes.unwrap();
        assert_eq!((0..=255).filter(|&b| first.has(b)).collect::<Vec<u8>>(), [b'b', b'v', 0xC3]);
        assert!(
            Prefilter::of("by ", false).first_bytes.is_none() && Prefilter::of("^.by", false).first_bytes.is_none()
        );
    }
}
