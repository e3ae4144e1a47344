//! Judges bytes that are not quite UTF-8: broken UTF-8, UTF-8 lines among windows-1252 lines, or a legacy encoding.
//! It does not tell legacy encodings apart (see `legacy`).
//! Asked by `decode` once the bytes are known not to be valid UTF-8.
//!
//! Each sequence that is not UTF-8 has two readings. As windows-1252 it may read well: an accented letter inside a
//! word, a quote at the edge of one. As broken UTF-8 it is the lead of a character that lost a byte. A document is
//! judged by the sum of these, and a line of it is read as windows-1252 only if both the document and the line say so.

use std::ops::Range;

use encoding_rs::{UTF_8, WINDOWS_1252};

use super::append;

/// What bytes that are not valid UTF-8 are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reading {
    /// UTF-8, some characters of which are damaged.
    Broken,
    /// Lines of UTF-8 and lines of windows-1252.
    Mixed,
    /// Not UTF-8.
    Legacy,
}

/// In text of another encoding, one accented character in this many (or far fewer) is valid UTF-8 by accident and yet
/// reads badly in windows-1252.
const ACCIDENT: usize = 256;

/// Some hundred kilobytes of legacy text, past which a big document is not judged further.
const HOPELESS: usize = 1 << 16;

/// Judges the document. `bytes` are not valid UTF-8.
pub(super) fn judge(bytes: &[u8]) -> Reading {
    let mut all = Tally::default();
    let mut clean = 0;
    let mut for_mixed = 0;
    let mut against_mixed = 0;
    for line in lines(bytes) {
        if simdutf8::basic::from_utf8(line.bytes).is_ok() {
            let (everyday, rare) = count_valid(line.bytes, 0..line.bytes.len());
            all.everyday += everyday;
            all.rare += rare;
            clean += everyday;
            continue;
        }
        let tally = Tally::take(&line);
        if tally.is_legacy() {
            // Lines without a strong sign follow the document: they say nothing about it.
            for_mixed += if tally.strong > 0 { tally.legacy } else { 0 };
        } else {
            against_mixed += tally.bad();
        }
        all.add(&tally);
        // So many sequences that neither reading explains settle it, whatever follows: legacy text of another script.
        if all.other > HOPELESS && all.other > (all.everyday + all.rare + all.gaps + all.legacy) * 4 {
            return Reading::Legacy;
        }
    }
    // The lines that read as windows-1252 must outweigh the damage elsewhere, and UTF-8 must be more than an accident.
    if clean > 0 && for_mixed > against_mixed && clean * ACCIDENT >= for_mixed {
        return Reading::Mixed;
    }
    if all.is_utf8() || is_noise(bytes, &all) { Reading::Broken } else { Reading::Legacy }
}

/// Decodes a document of lines of UTF-8 and of windows-1252; returns the text and how many U+FFFD were put in.
pub(super) fn read_mixed(bytes: &[u8]) -> (String, usize) {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut replaced = 0;
    for line in lines(bytes) {
        match simdutf8::basic::from_utf8(line.bytes) {
            Ok(clean) => text.push_str(clean),
            Err(_) => {
                let encoding = if Tally::take(&line).is_legacy() { WINDOWS_1252 } else { UTF_8 };
                replaced += append(&mut text, line.bytes, encoding);
            }
        }
    }
    (text, replaced)
}

/// One high byte in an ASCII document that reads as nothing in windows-1252 either: a damaged byte, not an encoding.
/// Inside a word it is taken for a letter of some other encoding, unless it is 0xFF.
fn is_noise(bytes: &[u8], all: &Tally) -> bool {
    let mut high = bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii());
    let (Some((at, byte)), None) = (high.next(), high.next()) else { return false };
    let in_word = at > 0 && [at - 1, at + 1].iter().all(|at| Kind::of(bytes.get(*at).copied()).is_letter());
    // In a handful of bytes one is no exception.
    all.other == 1 && bytes.len() > 8 && (*byte == 0xFF || !in_word)
}

/// A line with its line end, and where it stands.
struct Line<'a> {
    bytes: &'a [u8],
    first: bool,
    last: bool,
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = Line<'_>> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain([bytes.len()]).filter_map(move |end| {
        let line = Line { bytes: &bytes[start..end], first: start == 0, last: end == bytes.len() };
        start = end;
        (!line.bytes.is_empty()).then_some(line)
    })
}

/// What a segment of bytes holds, taken as UTF-8.
#[derive(Default, Debug)]
struct Tally {
    /// Characters of two bytes or more in leads that text commonly has.
    everyday: usize,
    /// Characters in leads that windows-1252 makes by accident, such as sharp s before a closing quote (0xDF 0x93).
    rare: usize,
    /// Bad sequences that are a character which lost a byte, and read as nothing in windows-1252.
    gaps: usize,
    /// Bad sequences that read well in windows-1252.
    legacy: usize,
    /// Those of them that the remains of a broken character cannot well be.
    strong: usize,
    /// One of them at the document's end, if it is the beginning of a character as well.
    cut: usize,
    /// All other bad sequences.
    other: usize,
}

impl Tally {
    fn take(line: &Line<'_>) -> Tally {
        let bytes = line.bytes;
        let mut tally = Tally::default();
        let mut at = 0;
        // Where the remains of a character that lost a byte in its middle would go on: one byte after the gap.
        let mut remains = if line.first { Some(0) } else { None };
        // Where the present run of bad sequences began, and whether it counts already.
        let mut run = 0;
        let mut counted = false;
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            let valid = chunk.valid().as_bytes();
            let (everyday, rare) = count_valid(bytes, at..at + valid.len());
            tally.everyday += everyday;
            tally.rare += rare;
            at += valid.len();
            let bad = chunk.invalid();
            if bad.is_empty() {
                break;
            }
            let end = at + bad.len();
            let before_valid = ends_in_everyday(valid);
            let after_valid =
                chunks.peek().is_some_and(|next| next.valid().bytes().next().is_some_and(is_everyday_lead));
            let well = !before_valid && !after_valid && (at..end).all(|place| reads_well(bytes, place));
            let adjacent = valid.is_empty() && at > 0;
            if !adjacent {
                run = at;
                counted = false;
            }
            if remains == Some(at) && matches!(bad[0], 0x80..=0xBF) {
                // Counted with its gap. At the document's first byte there was none: a cut through a character.
                tally.gaps += usize::from(at == 0 && !well);
                remains = Some(end).filter(|_| end - run < 3);
                counted = true;
            } else if well {
                tally.legacy += 1;
                tally.strong += usize::from(!adjacent && is_strong(bytes, at));
                tally.cut += usize::from(line.last && end == bytes.len() && is_beginning(bad));
                remains = None;
            } else if counted && end - run <= 3 {
                // Still the same damaged character; the longest has four bytes.
                remains = None;
            } else if !adjacent && is_gap(bytes, at, end) {
                tally.gaps += 1;
                remains = Some(end + 1);
                counted = true;
            } else {
                tally.other += 1;
                remains = Some(end + 1).filter(|_| before_valid && matches!(bad[0], 0xC2..=0xF4));
                counted = true;
            }
            at = end;
        }
        tally
    }

    fn add(&mut self, other: &Tally) {
        self.everyday += other.everyday;
        self.rare += other.rare;
        self.gaps += other.gaps;
        self.legacy += other.legacy;
        self.strong += other.strong;
        self.cut += other.cut;
        self.other += other.other;
    }

    fn bad(&self) -> usize {
        self.gaps + self.legacy + self.other
    }

    /// Whether the line is windows-1252. In a line with valid UTF-8 the reading would spoil that, so it must be
    /// outnumbered twice by sequences which all read well; elsewhere one odd sequence in three is forgiven.
    fn is_legacy(&self) -> bool {
        let doubtful = self.gaps + self.other;
        let legacy = self.legacy - self.cut;
        match self.everyday {
            0 => legacy > 0 && legacy >= doubtful * 2,
            valid => doubtful == 0 && legacy > valid * 2,
        }
    }

    /// Whether UTF-8 explains more than it leaves unexplained. Rare characters count a quarter: accidents in a legacy
    /// document stay below its bad sequences, and in Hebrew or Arabic UTF-8 a quarter is still far above them.
    fn is_utf8(&self) -> bool {
        let against = self.legacy + self.other;
        match self.everyday + self.rare / 4 {
            // Gaps alone, such as a text with one accented letter, cut in two: they must be the clear majority.
            0 => self.gaps > against * 2,
            valid => valid + self.gaps >= against,
        }
    }
}

/// Counts the characters beyond ASCII in the valid `range` of a line: (everyday, rare). One that reads well in
/// windows-1252 is rare, whatever its lead: an accented letter, a no-break space and a closing quote, as French has
/// them, are valid UTF-8.
fn count_valid(line: &[u8], range: Range<usize>) -> (usize, usize) {
    let (mut everyday, mut rare) = (0, 0);
    let mut at = range.start;
    while let Some(ahead) = line[at..range.end].iter().position(|byte| *byte >= 0xC0) {
        let lead = at + ahead;
        let length = match line[lead] {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        at = lead + length;
        if is_everyday_lead(line[lead]) && !(lead..at).all(|place| reads_well(line, place)) {
            everyday += 1;
        } else {
            rare += 1;
        }
    }
    (everyday, rare)
}

/// Latin, Greek, Cyrillic, and all of three bytes and more. The other leads are capitals in windows-1252 that end
/// words in capitals (or sharp s), before a quote or an ellipsis: together valid UTF-8.
fn is_everyday_lead(byte: u8) -> bool {
    matches!(byte, 0xC2..=0xC5 | 0xCE..=0xD1 | 0xE0..=0xF4)
}

fn ends_in_everyday(valid: &[u8]) -> bool {
    valid.iter().rev().take(4).find(|byte| !matches!(byte, 0x80..=0xBF)).is_some_and(|lead| is_everyday_lead(*lead))
}

/// A lead and perhaps some of its continuation, then ASCII, 0xFF or the end: a byte was overwritten or lost.
fn is_gap(bytes: &[u8], at: usize, end: usize) -> bool {
    let cut_short = |next: &u8| next.is_ascii() || *next == 0xFF || end - at > 1;
    matches!(bytes[at], 0xC2..=0xF4) && bytes.get(end).is_none_or(cut_short)
}

/// The beginning of a character: nothing in it is wrong but that it ends.
fn is_beginning(bad: &[u8]) -> bool {
    std::str::from_utf8(bad).is_err_and(|error| error.error_len().is_none())
}

/// Whether a byte that reads well is one that damage does not easily leave behind: a letter, a quote, a dash, or a
/// sign at a number. What is left of a UTF-8 character that lost its lead reads as other signs and spaces.
fn is_strong(bytes: &[u8], at: usize) -> bool {
    let neighbour_digit = || {
        let before = at.checked_sub(1).map(|before| bytes[before]);
        [before, bytes.get(at + 1).copied()].iter().flatten().any(u8::is_ascii_digit)
    };
    match Kind::of(Some(bytes[at])) {
        Kind::Lower | Kind::Upper => bytes[at] >= 0xC0,
        Kind::Quote | Kind::Apostrophe => true,
        Kind::Joiner => matches!(bytes[at], 0x96 | 0x97),
        Kind::Symbol => neighbour_digit(),
        _ => false,
    }
}

/// What a byte is in windows-1252, as far as its place in a word goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Lower,
    Upper,
    Digit,
    /// Spaces, ASCII punctuation, the edge of the line.
    Edge,
    /// Quotes of either side: languages differ in which opens.
    Quote,
    Apostrophe,
    /// Inverted marks that open a sentence.
    Opener,
    /// Ordinal signs, which follow a digit or a letter.
    Ordinal,
    /// Dashes, no-break space, soft hyphen, middle dot: may stand anywhere.
    Joiner,
    /// Currency, fractions, copyright and the like.
    Symbol,
    /// Control characters, unassigned bytes, and signs that prose does not have.
    Never,
}

impl Kind {
    fn of(byte: Option<u8>) -> Kind {
        byte.map_or(Kind::Edge, |byte| KINDS[usize::from(byte)])
    }

    const fn name(byte: u8) -> Kind {
        match byte {
            b'a'..=b'z' | 0xDF..=0xF6 | 0xF8..=0xFF | 0x9A | 0x9C | 0x9E => Kind::Lower,
            b'A'..=b'Z' | 0xC0..=0xD6 | 0xD8..=0xDE | 0x8A | 0x8C | 0x8E | 0x9F => Kind::Upper,
            b'0'..=b'9' => Kind::Digit,
            b'\t' | b'\n' | b'\r' | 0x20..=0x7E => Kind::Edge,
            0x82 | 0x84 | 0x8B | 0x91 | 0x93 | 0x94 | 0x9B | 0xAB | 0xBB => Kind::Quote,
            0x92 | 0xB4 => Kind::Apostrophe,
            0xA1 | 0xBF => Kind::Opener,
            0xAA | 0xBA => Kind::Ordinal,
            0x96 | 0x97 | 0xA0 | 0xAD | 0xB7 => Kind::Joiner,
            0x80 | 0x85 | 0x86 | 0x87 | 0x89 | 0x95 | 0x99 | 0xD7 | 0xF7 => Kind::Symbol,
            0xA2 | 0xA3 | 0xA5..=0xA7 | 0xA9 | 0xAC | 0xAE | 0xB0..=0xB3 | 0xB5 | 0xB6 | 0xB9 | 0xBC..=0xBE => {
                Kind::Symbol
            }
            _ => Kind::Never,
        }
    }

    fn is_letter(self) -> bool {
        matches!(self, Kind::Lower | Kind::Upper)
    }

    fn is_wordlike(self) -> bool {
        self.is_letter() || self == Kind::Digit
    }
}

/// The kinds of all bytes, since they are asked for many times a character.
const KINDS: [Kind; 256] = {
    let mut kinds = [Kind::Never; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = Kind::name(byte as u8);
        byte += 1;
    }
    kinds
};

/// Whether the byte at `place` reads as a sensible character of windows-1252 between its neighbours.
pub(super) fn reads_well(bytes: &[u8], place: usize) -> bool {
    let before = |count: usize| Kind::of(place.checked_sub(count).map(|at| bytes[at]));
    let (previous, next) = (before(1), Kind::of(bytes.get(place + 1).copied()));
    let byte = bytes[place];
    let kind = Kind::of(Some(byte));
    if kind.is_letter() && next == Kind::Never {
        return false;
    }
    let fits = match kind {
        // As a letter it is found inside a few French names; as a byte it is the commonest of all noise.
        Kind::Lower if byte == 0xFF => previous.is_letter() && bytes.get(place + 1).is_none_or(u8::is_ascii),
        // No western word ends in a with circumflex; but 0xE2 is the lead of all of UTF-8's curly quotes and dashes.
        Kind::Lower if byte == 0xE2 => next.is_letter() && bytes.get(place + 1) != Some(&0xFF),
        Kind::Lower => previous.is_letter() || next.is_letter() || is_word(byte),
        Kind::Upper => match (previous, next) {
            (Kind::Lower, _) | (Kind::Upper, Kind::Lower) => false,
            (Kind::Upper, Kind::Upper) => true,
            // The end of a word in capitals. 0xC2 to 0xC5 are also UTF-8's leads for all of Latin, so for them one
            // capital before is not enough.
            (Kind::Upper, _) => before(2) == Kind::Upper || !matches!(byte, 0xC2..=0xC5),
            // No word begins with a capital A with tilde; it is UTF-8's commonest lead in western Europe.
            (_, Kind::Lower | Kind::Upper) => byte != 0xC3,
            _ => is_word(byte),
        },
        // Only angle quotes have spaces on both sides.
        Kind::Quote if !matches!(byte, 0xAB | 0xBB) && is_alone(bytes, place) => false,
        Kind::Quote => !(previous.is_wordlike() && next.is_wordlike()),
        Kind::Apostrophe => previous.is_wordlike() || next.is_wordlike(),
        Kind::Opener => !previous.is_wordlike() && next != Kind::Never,
        Kind::Ordinal => previous.is_wordlike(),
        Kind::Joiner => true,
        Kind::Symbol => next != Kind::Lower && !(previous.is_letter() && next.is_letter()),
        Kind::Digit | Kind::Edge | Kind::Never => false,
    };
    fits && !(kind.is_letter() && is_in_long_run(bytes, place))
}

fn is_alone(bytes: &[u8], place: usize) -> bool {
    place > 0 && bytes[place - 1] == b' ' && bytes.get(place + 1) == Some(&b' ')
}

/// Whether the letter stands in a row of four or more beyond ASCII, as no western word has them, but every Cyrillic
/// one.
fn is_in_long_run(bytes: &[u8], place: usize) -> bool {
    let is_high_letter = |byte: &&u8| **byte >= 0xC0;
    let before = bytes[..place].iter().rev().take(3).take_while(is_high_letter).count();
    before + bytes[place..].iter().take(4).take_while(is_high_letter).count() >= 4
}

/// Letters of windows-1252 that are words: a, e, i, o, u with grave or acute, Scandinavian and Icelandic ones.
fn is_word(byte: u8) -> bool {
    matches!(byte, 0xC0 | 0xC1 | 0xC8 | 0xC9 | 0xCD | 0xD3 | 0xD6 | 0xE0 | 0xE1 | 0xE5 | 0xE6 | 0xE8 | 0xE9 | 0xED)
        || matches!(byte, 0xF2 | 0xF3 | 0xF6 | 0xF8 | 0xFA)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn western(text: &str) -> Vec<u8> {
        WINDOWS_1252.encode(text).0.into_owned()
    }

    #[test]
    fn reads_letters_and_quotes_by_their_neighbours() {
        let well = |before: &str, sign: char, after: &str| {
            let bytes = western(&format!("{before}{sign}{after}"));
            reads_well(&bytes, before.len())
        };
        assert!(well("Gr", 'ü', "ße"));
        assert!(well("Entr", 'é', ""));
        assert!(well("CAF", 'É', " DU PORT"));
        assert!(well("", 'Ä', "pfel"));
        assert!(well("voil", 'à', " tout"));
        assert!(well("Ich kam ", '„', "nur kurz"));
        assert!(well("it", '’', "s"));
        assert!(well("costs ", '£', "100"));
        assert!(!well("popul", 'Ã', "r"));
        assert!(!well("K", 'Ã', " nig"));
        assert!(!well("their", 'â', " own"));
        assert!(!well("zost", '¶', "y"));
        assert!(!well("w", '\u{81}', "rd"));
        assert!(!reads_well(b"\xef\xf0\xe8\xe2\xe5\xf2", 2), "a Russian word");
    }

    #[test]
    fn tells_broken_from_mixed_from_legacy() {
        assert_eq!(judge(b"Sch\xc3\xb6ne Gr\xc3 \xc3\x9fe"), Reading::Broken);
        assert_eq!(judge(b"Sch\xf6ne Gr\xfc\xdfe"), Reading::Legacy);
        assert_eq!(judge(b"Sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9fe\nan alle G\xe4ste\n"), Reading::Mixed);
    }

    #[test]
    fn takes_no_accident_for_utf8() {
        // Sharp s and a closing quote, and an accent, a no-break space and a quote: valid UTF-8, and both plain
        // windows-1252.
        assert_eq!(judge(&western("Das war „der ganze Spaß“\nf\u{fc}r alle.\n")), Reading::Legacy);
        assert_eq!(judge(&western("«\u{a0}déjà\u{a0}»\nil a été là\n")), Reading::Legacy);
    }

    #[test]
    fn keeps_utf8_in_a_line_that_holds_both() {
        // One legacy byte in a line of UTF-8 is lost rather than all of the line spoilt.
        let (text, replaced) = read_mixed(b"\xc3\xa4lter, gr\xc3\xb6\xc3\x9fer, sch\xf6ner\nf\xfcr\n");
        assert_eq!(text, "älter, größer, sch\u{fffd}ner\nfür\n");
        assert_eq!(replaced, 1);
    }
}
