//! What a line must hold for a regex to be worth a ensemble: found out from the regex alone, once, so that regexes run on
//! few lines.
//! It matches nothing, and knows nothing of rules. The build script includes this file, to find out beforehand what the
//! built-in rules need: it takes most of a second.
//! It stands at the edge of the rules, before the line begins.

use regex_syntax::ast::{self, Ast};
use regex_syntax::hir::literal::Extractor;
use regex_syntax::hir::{Class, Hir, HirKind, Look};

use crate::fold::{folded, strip_bullets};

/// Literals of a set, when more are needed the set says too little.
const MAX_LITERALS: usize = 500;
/// Longer literals tell lines apart no better, and are more: of words with one beginning it is enough.
const MAX_LITERAL_BYTES: usize = 8;
/// Of so many literals it is not asked which are in one another: that would take a time that grows with their square.
const MANY_LITERALS: usize = 100;
/// A set whose literals together are met more often than once in so many characters does not tell lines apart.
const MIN_CHARS_BETWEEN: f64 = 40.0;
/// The same where it is known how matches begin, which tells lines apart better than such literals.
const MIN_CHARS_BETWEEN_IF_FIRST: f64 = 400.0;

/// A set of bytes: a bit for each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bytes(pub [u64; 4]);

impl Bytes {
    /// Whether the byte is in the set.
    pub fn has(self, byte: u8) -> bool {
        self.0[usize::from(byte >> 6)] >> (byte & 63) & 1 != 0
    }

    /// How many bytes are in the set.
    pub fn count(self) -> u32 {
        self.0.iter().map(|part| part.count_ones()).sum()
    }
}

/// What must be in a text that a regex finds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// The literals one of which is in every match; empty where none are known, or where they are too common to help.
    pub literals: Vec<String>,
    /// The bytes a match may begin with, where it must begin the text and what it may begin with is little; not known
    /// of raw texts.
    pub first: Option<Bytes>,
}

impl Needs {
    /// What a pattern needs of the text it runs on, or, where that is `raw`, of what folding makes of the text. Nothing
    /// is known of a pattern that is no regex.
    pub fn of(pattern: &str, raw: bool) -> Needs {
        let Some(hir) = parse(pattern) else { return Needs::default() };
        let first = first(&hir).filter(|_| !raw);
        let required = Search { raw }.required(&hir);
        let required = required.filter(|set| first.is_none() || set.met * MIN_CHARS_BETWEEN_IF_FIRST < 1.0);
        Needs { literals: required.map(|set| set.literals).unwrap_or_default(), first }
    }
}

/// A regex in the form the engines take: `\b \w \d \s` made ASCII unless the rule asks for Unicode.
pub fn lower(pattern: &str, unicode: bool) -> String {
    // Without a backslash there is nothing that is different in ASCII.
    if unicode || !pattern.contains('\\') {
        return pattern.to_owned();
    }
    let Ok(ast) = ast::parse::Parser::new().parse(pattern) else { return pattern.to_owned() };
    let mut lowered = pattern.to_owned();
    let mut edits = Collector::default();
    if ast::visit(&ast, &mut edits).is_err() {
        return lowered;
    }
    edits.0.sort_by_key(|(span, _)| std::cmp::Reverse(span.start.offset));
    for (span, text) in edits.0 {
        lowered.replace_range(span.start.offset..span.end.offset, text);
    }
    lowered
}

/// A number for a regex and what tells how to read it, by which what it needs is looked up. FNV-1a.
pub fn number(pattern: &str, unicode: bool, raw: bool) -> u64 {
    let mix = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    [u8::from(unicode), u8::from(raw)].into_iter().chain(pattern.bytes()).fold(0xcbf2_9ce4_8422_2325, mix)
}

fn parse(pattern: &str) -> Option<Hir> {
    regex_syntax::ParserBuilder::new().utf8(false).build().parse(pattern).ok()
}

fn first(hir: &Hir) -> Option<Bytes> {
    let mut extractor = Extractor::new();
    // The defaults are meant for searching; here a sign out of a class of forty is still few.
    extractor.limit_class(40).limit_total(1_000);
    if !hir.properties().look_set_prefix().contains(Look::Start) {
        return None;
    }
    let mut bytes = Bytes::default();
    for literal in extractor.extract(hir).literals()? {
        let first = *literal.as_bytes().first()?;
        bytes.0[usize::from(first >> 6)] |= 1 << (first & 63);
    }
    Some(bytes)
}

/// Collects the places of `\b \w \d \s` with their ASCII forms.
#[derive(Default)]
struct Collector(Vec<(ast::Span, &'static str)>);

impl Collector {
    fn perl(&mut self, class: &ast::ClassPerl) {
        self.0.push((
            class.span,
            match (&class.kind, class.negated) {
                (ast::ClassPerlKind::Digit, false) => "[0-9]",
                (ast::ClassPerlKind::Digit, true) => "[^0-9]",
                (ast::ClassPerlKind::Space, false) => "[\\t ]",
                (ast::ClassPerlKind::Space, true) => "[^\\t ]",
                (ast::ClassPerlKind::Word, false) => "[0-9A-Za-z_]",
                (ast::ClassPerlKind::Word, true) => "[^0-9A-Za-z_]",
            },
        ));
    }
}

impl ast::Visitor for &mut Collector {
    type Output = ();
    type Err = ();

    fn finish(self) -> Result<(), ()> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), ()> {
        match ast {
            Ast::ClassPerl(class) => self.perl(class),
            Ast::Assertion(a) if a.kind == ast::AssertionKind::WordBoundary => self.0.push((a.span, "(?-u:\\b)")),
            _ => {}
        }
        Ok(())
    }

    fn visit_class_set_item_pre(&mut self, item: &ast::ClassSetItem) -> Result<(), ()> {
        if let ast::ClassSetItem::Perl(class) = item {
            self.perl(class);
        }
        Ok(())
    }
}

/// What a literal costs, in meetings a character: a place in the tables. A set of few is better than one of many that is
/// met a little less.
const COST: f64 = 5e-6;

/// Literals one of which is in every match.
#[derive(Clone)]
struct Set {
    literals: Vec<String>,
    /// How often any of them is met, a character.
    met: f64,
}

impl Set {
    fn new(mut literals: Vec<String>) -> Option<Set> {
        literals.sort_by(|a, b| a.len().cmp(&b.len()).then_with(|| a.cmp(b)));
        literals.dedup();
        let mut few: Vec<String> = Vec::new();
        for literal in literals {
            // Where a shorter one is in it, that one is enough.
            if few.len() > MANY_LITERALS || !few.iter().any(|short| literal.contains(short.as_str())) {
                few.push(literal);
            }
        }
        let met = met(&few);
        (few.len() <= MAX_LITERALS && met * MIN_CHARS_BETWEEN < 1.0).then_some(Set { literals: few, met })
    }

    fn cost(&self) -> f64 {
        self.met + self.literals.len() as f64 * COST
    }

    fn better(a: Option<Set>, b: Option<Set>) -> Option<Set> {
        match (a, b) {
            (Some(a), Some(b)) => Some(if b.cost() < a.cost() { b } else { a }),
            (a, b) => a.or(b),
        }
    }
}

/// Looks for sets of literals.
struct Search {
    /// Whether they are needed as folding makes them.
    raw: bool,
}

impl Search {
    /// The cheapest set of literals one of which is in every match.
    fn required(&self, hir: &Hir) -> Option<Set> {
        match hir.kind() {
            HirKind::Concat(parts) => {
                let mut best = None;
                for at in 0..parts.len() {
                    // What the rest begins with stands inside the whole.
                    best = Set::better(best, self.beginning(&Hir::concat(parts[at..].to_vec())));
                    best = Set::better(best, self.required(&parts[at]));
                }
                best
            }
            HirKind::Alternation(branches) => {
                let sets: Option<Vec<Set>> = branches.iter().map(|branch| self.required(branch)).collect();
                let all = sets.and_then(|sets| Set::new(sets.into_iter().flat_map(|set| set.literals).collect()));
                Set::better(self.beginning(hir), all)
            }
            HirKind::Capture(capture) => self.required(&capture.sub),
            HirKind::Repetition(repetition) if repetition.min > 0 => self.required(&repetition.sub),
            _ => self.beginning(hir),
        }
    }

    /// The literals that every match begins with; `None` where one of them could be met anywhere.
    fn beginning(&self, hir: &Hir) -> Option<Set> {
        let mut extractor = Extractor::new();
        extractor.limit_class(10).limit_total(MAX_LITERALS).limit_literal_len(MAX_LITERAL_BYTES);
        let sequence = extractor.extract(hir);
        Set::new(sequence.literals()?.iter().map(|literal| self.text(literal.as_bytes())).collect::<Option<_>>()?)
    }

    /// A literal as it is looked for. It may have been cut off inside of a character.
    fn text(&self, literal: &[u8]) -> Option<String> {
        let text = String::from_utf8_lossy(literal);
        let mut text = text.trim_end_matches(char::REPLACEMENT_CHARACTER).to_owned();
        if self.raw {
            // Folding takes bullets and whitespace away at the start of a line, and whitespace at its end.
            let sign = |c: char| c.is_whitespace() || !c.is_alphanumeric() && strip_bullets(&format!("{c} a")) == "a";
            text = folded(text.trim_start_matches(sign));
        }
        let end =
            text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|&end| end <= MAX_LITERAL_BYTES).last();
        text.truncate(end.unwrap_or(text.len()));
        (!text.is_empty() && !text.contains(char::REPLACEMENT_CHARACTER)).then_some(text)
    }
}

/// Whether a regex asks for a word boundary of Unicode.
pub fn has_unicode_boundary(lowered: &str) -> bool {
    parse(lowered).is_some_and(|hir| hir.properties().look_set().contains_word_unicode())
}

/// Whether a regex counts a hundred characters or more of nearly any kind: an automaton needs a state for each.
pub fn has_long_repetition(lowered: &str) -> bool {
    fn in_hir(hir: &Hir) -> bool {
        match hir.kind() {
            HirKind::Concat(parts) | HirKind::Alternation(parts) => parts.iter().any(in_hir),
            HirKind::Capture(capture) => in_hir(&capture.sub),
            HirKind::Repetition(repetition) => {
                let counts = repetition.min.max(repetition.max.unwrap_or(0)) >= 100;
                let any = matches!(repetition.sub.kind(), HirKind::Class(Class::Unicode(class))
                    if class.iter().map(|range| range.len()).sum::<usize>() > 1_000);
                counts && any || in_hir(&repetition.sub)
            }
            _ => false,
        }
    }
    parse(lowered).is_some_and(|hir| in_hir(&hir))
}

/// How often any of these literals is met, a character.
pub fn met(literals: &[String]) -> f64 {
    literals.iter().map(|literal| share(literal)).sum()
}

/// How often a literal is met, a character: as if letters came by chance, each as often as it does in English; and
/// words that stand in every text as often as they do there.
fn share(literal: &str) -> f64 {
    const COMMON: [&str; 48] = [
        "the", "of", "and", "to", "in", "is", "you", "that", "it", "for", "on", "are", "as", "with", "at", "be",
        "this", "have", "from", "or", "by", "but", "not", "what", "all", "were", "we", "when", "your", "can", "there",
        "an", "which", "their", "if", "will", "up", "about", "out", "them", "some", "our", "like", "has", "more",
        "how", "new", "one",
    ];
    const SHARE: f64 = 0.001;
    let by_letters = literal.bytes().map(byte_share).product();
    if COMMON.contains(&literal.trim()) { SHARE.max(by_letters) } else { by_letters }
}

/// How often a byte is met in text. For letters and the space: their share in English, rounded.
pub fn byte_share(byte: u8) -> f64 {
    const LETTERS: [f64; 26] = [
        0.065, 0.012, 0.022, 0.034, 0.102, 0.018, 0.016, 0.049, 0.056, 0.002, 0.006, 0.032, 0.019, 0.055, 0.06, 0.015,
        0.001, 0.048, 0.051, 0.073, 0.022, 0.008, 0.019, 0.002, 0.016, 0.001,
    ];
    match byte {
        b' ' => 0.17,
        b'a'..=b'z' => LETTERS[usize::from(byte - b'a')],
        b'0'..=b'9' => 0.01,
        b'.' | b',' => 0.01,
        // Other signs; and the bytes of other scripts, of which a text in one has many.
        0..0x80 => 0.002,
        0x80.. => 0.05,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rarest_literals_are_needed() {
        let of = |pattern: &str| Needs::of(pattern, false).literals;
        assert_eq!(of(r"^(?:[0-9]+|no|one) comments?$"), [" comment"]);
        assert_eq!(of(r"^[a-z0-9.]+@[a-z]+\.[a-z]+$"), ["@"]);
        assert_eq!(of(r"^by .{2,40}[Ww]riter"), ["riter"]);
        assert_eq!(of(r"(?:share|tweet) (?:this|it)"), ["share", "tweet"]);
        assert_eq!(of(r"^(?:the )?(?:news(?:letter)?|bulletin)$"), ["news", "bulletin"]);
    }

    #[test]
    fn literals_of_raw_rules_are_those_of_the_folded_line() {
        let of = |pattern: &str| Needs::of(pattern, true).literals;
        assert_eq!(of(r"^.{4,}\s© ?\p{L}[^.!?]+$"), ["©"]);
        assert_eq!(of(r"[/|]  ?(?:Getty Images|IMAGO)"), ["imago", "getty im"]);
        assert_eq!(of(r"- AP$"), ["ap"]);
        assert!(of("•").is_empty());
    }

    #[test]
    fn nothing_is_needed_where_anything_may_come() {
        for pattern in [r"^[0-9]{1,2} ?(?:f|e)$", r"^[0-9]{1,2} [a-z]+$", r"^(?:share)?$", "^.*$", "(", ""] {
            assert!(Needs::of(pattern, false).literals.is_empty(), "{pattern}");
        }
    }

    #[test]
    fn the_bytes_of_few_beginnings_are_known() {
        let first = Needs::of("^(?:by|von|é) ", false).first.unwrap();
        assert_eq!((0..=255).filter(|&b| first.has(b)).collect::<Vec<u8>>(), [b'b', b'v', 0xC3]);
        assert!(Needs::of("by ", false).first.is_none() && Needs::of("^.by", false).first.is_none());
    }
}
