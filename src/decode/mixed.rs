//! Classifies bytes that are almost UTF-8: damaged UTF-8, lines of UTF-8 mixed with lines of windows-1252, or a legacy
//! encoding.
//!
//! Each malformed sequence has two possible explanations. As windows-1252 it may be plausible: an accented letter
//! inside a word, a quote at the edge of one. As damaged UTF-8 it is a character that lost a byte. The sums of both
//! classify the document; a line is decoded as windows-1252 only if the document and the line agree.

use std::ops::Range;

use encoding_rs::{UTF_8, WINDOWS_1252};

use super::TextEncoding;
use super::letters::is_mac_roman;

/// The kinds of bytes that are not valid UTF-8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NearUtf8 {
    /// UTF-8 with some damaged characters.
    Damaged,
    /// Lines of UTF-8 and lines of windows-1252.
    Mixed,
    /// Not UTF-8.
    Legacy,
}

/// In text of another encoding, at most one accented character in this many is valid UTF-8 by accident and implausible
/// in windows-1252.
const ACCIDENT: usize = 256;

/// After this many malformed sequences that fit neither explanation, the rest of the document is skipped: some hundred
/// kilobytes of legacy text.
const HOPELESS: usize = 1 << 16;

/// From so many valid characters on, or in a text of so many bytes, a single malformed place is damage even if it could
/// be a letter of windows-1252: text in two encodings has more than one such letter.
const ENOUGH_VALID: usize = 4;
const ENOUGH_BYTES: usize = 800;

/// In a text of fewer bytes, a letter that occurs so many times is one of its language. Longer texts have all letters.
const SHORT: usize = 2000;
const FREQUENT: usize = 2;

/// The longest malformed place that one wrong byte makes: it splits a character of four bytes, or stands beside one.
const MAX_PLACE: usize = 5;

/// Classifies bytes that are not valid UTF-8.
pub(super) fn judge(bytes: &[u8]) -> NearUtf8 {
    if single_place(bytes).is_some_and(|place| is_damage(bytes, place)) {
        return NearUtf8::Damaged;
    }
    let mut all = SequenceCounts::default();
    let mut common_elsewhere = 0;
    let mut for_mixed = 0;
    let mut against_mixed = 0;
    for line in lines(bytes) {
        if simdutf8::basic::from_utf8(line.bytes).is_ok() {
            let (common, rare) = count_valid(line.bytes, 0..line.bytes.len());
            all.common += common;
            all.rare += rare;
            common_elsewhere += common;
            continue;
        }
        let counts = SequenceCounts::of(&line);
        if counts.is_legacy() {
            // Lines without strong sequences follow the document and do not count.
            for_mixed += if counts.strong > 0 { counts.legacy } else { 0 };
        } else {
            against_mixed += counts.malformed();
        }
        all.add(&counts);
        // Legacy text of another script, whatever follows.
        if all.other > HOPELESS && all.other > (all.common + all.rare + all.gaps + all.legacy) * 4 {
            return NearUtf8::Legacy;
        }
    }
    // The windows-1252 lines must outweigh the damage elsewhere, and UTF-8 must be more than an accident.
    if common_elsewhere > 0 && for_mixed > against_mixed && common_elsewhere * ACCIDENT >= for_mixed {
        return NearUtf8::Mixed;
    }
    // Without a single valid character, what looks like damage may be another encoding.
    let damaged = all.is_utf8() && (all.common > 0 || !is_mac_roman(bytes));
    if damaged || is_noise(bytes, &all) { NearUtf8::Damaged } else { NearUtf8::Legacy }
}

/// Decodes lines of UTF-8 and windows-1252; returns the text and the number of malformed sequences that became U+FFFD.
pub(super) fn decode_lines(bytes: &[u8]) -> (String, usize) {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut replaced = 0;
    for line in lines(bytes) {
        match simdutf8::basic::from_utf8(line.bytes) {
            Ok(valid) => text.push_str(valid),
            Err(_) => {
                let encoding = if SequenceCounts::of(&line).is_legacy() { WINDOWS_1252 } else { UTF_8 };
                replaced += TextEncoding::web(encoding).append_decoded(&mut text, line.bytes);
            }
        }
    }
    (text, replaced)
}

/// Whether the only non-ASCII byte is implausible in windows-1252 too: a damaged byte, not an encoding. Inside a word
/// it counts as a letter of another encoding, unless it is 0xFF.
fn is_noise(bytes: &[u8], all: &SequenceCounts) -> bool {
    let mut high = bytes.iter().enumerate().filter(|(_, byte)| !byte.is_ascii());
    let (Some((at, byte)), None) = (high.next(), high.next()) else { return false };
    let in_word = at > 0 && [at - 1, at + 1].iter().all(|at| ByteKind::at(bytes, Some(*at)).is_letter());
    // One in a handful of bytes is not an exception.
    all.other == 1 && bytes.len() > 8 && (*byte == 0xFF || !in_word)
}

/// The malformed bytes, if they are all in one place.
fn single_place(bytes: &[u8]) -> Option<Range<usize>> {
    let mut place: Option<Range<usize>> = None;
    loop {
        let from = place.as_ref().map_or(0, |place| place.end);
        let Err(error) = simdutf8::compat::from_utf8(&bytes[from..]) else { return place };
        let start = from + error.valid_up_to();
        let end = error.error_len().map_or(bytes.len(), |length| start + length);
        let first = place.map_or(start, |place| place.start);
        if end - first > MAX_PLACE {
            return None;
        }
        place = Some(first..end);
    }
}

/// Whether the only malformed place of a text is damage: it is not plausible in windows-1252, or there is enough valid
/// UTF-8 elsewhere. It is a letter nevertheless if the text has that letter elsewhere, after the same and before the same
/// neighbour, or often.
fn is_damage(bytes: &[u8], place: Range<usize>) -> bool {
    // The run of characters beyond ASCII around the place does not count: it may be a word of another script.
    let before = bytes[..place.start].iter().rposition(u8::is_ascii).map_or(0, |at| at + 1);
    let after = bytes[place.end..].iter().position(u8::is_ascii).map_or(bytes.len(), |at| place.end + at);
    let [left, right] = [0..before, after..bytes.len()].map(|range| count_valid(bytes, range));
    let valid = left.0 + right.0 + (left.1 + right.1) / 4;
    if valid == 0 {
        return false;
    }
    let plausible = place.len() < 3 && place.clone().all(|at| bytes[at] != 0xFF && reads_well(bytes, at));
    if !plausible {
        return true;
    }
    (valid >= ENOUGH_VALID || bytes.len() >= ENOUGH_BYTES) && !occurs_elsewhere(bytes, place)
}

/// Whether the text has the characters of windows-1252 at a place in UTF-8 too.
fn occurs_elsewhere(bytes: &[u8], place: Range<usize>) -> bool {
    let letters = WINDOWS_1252.decode_without_bom_handling(&bytes[place.clone()]).0;
    if bytes.len() < SHORT && memchr::memmem::find_iter(bytes, letters.as_bytes()).count() >= FREQUENT {
        return true;
    }
    let (before, after) = (&bytes[..place.start], &bytes[place.end..]);
    let first = before.iter().rposition(|byte| !matches!(byte, 0x80..=0xBF)).unwrap_or(0);
    let next = after.iter().skip(1).position(|byte| !matches!(byte, 0x80..=0xBF)).map_or(after.len(), |at| at + 1);
    memchr::memmem::find(bytes, &[&before[first..], letters.as_bytes()].concat()).is_some()
        && memchr::memmem::find(bytes, &[letters.as_bytes(), &after[..next]].concat()).is_some()
}

struct ByteLine<'a> {
    bytes: &'a [u8],
    /// Whether the line is the first, and the last, of the document.
    first: bool,
    last: bool,
}

fn lines(bytes: &[u8]) -> impl Iterator<Item = ByteLine<'_>> {
    let mut start = 0;
    memchr::memchr_iter(b'\n', bytes).map(|at| at + 1).chain([bytes.len()]).filter_map(move |end| {
        let line = ByteLine { bytes: &bytes[start..end], first: start == 0, last: end == bytes.len() };
        start = end;
        (!line.bytes.is_empty()).then_some(line)
    })
}

/// Counts of the non-ASCII sequences in bytes read as UTF-8.
#[derive(Default, Debug)]
struct SequenceCounts {
    /// Valid characters with a lead byte that is common in text.
    common: usize,
    /// Valid characters that windows-1252 text forms by accident, such as a sharp s before a closing quote (0xDF 0x93).
    rare: usize,
    /// Malformed sequences that are a character missing a byte, and are implausible in windows-1252.
    gaps: usize,
    /// Malformed sequences that are plausible in windows-1252.
    legacy: usize,
    /// Of these, those unlikely to be the rest of a damaged character.
    strong: usize,
    /// Of these, one at the end of the document that could be a character cut off.
    cut: usize,
    other: usize,
}

impl SequenceCounts {
    fn of(line: &ByteLine<'_>) -> SequenceCounts {
        let bytes = line.bytes;
        let mut counts = SequenceCounts::default();
        let mut at = 0;
        // Where the rest of a character that lost a byte in its middle would be: one byte after the gap.
        let mut remains = if line.first { Some(0) } else { None };
        // Where the current run of malformed sequences began, and whether it is counted already.
        let mut run = 0;
        let mut counted = false;
        let mut chunks = bytes.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            let valid = chunk.valid().as_bytes();
            let (common, rare) = count_valid(bytes, at..at + valid.len());
            counts.common += common;
            counts.rare += rare;
            at += valid.len();
            let malformed = chunk.invalid();
            if malformed.is_empty() {
                break;
            }
            let end = at + malformed.len();
            let before_valid = ends_in_common(valid);
            let after_valid = chunks.peek().is_some_and(|next| next.valid().bytes().next().is_some_and(is_common_lead));
            let well = !before_valid && !after_valid && (at..end).all(|place| reads_well(bytes, place));
            let adjacent = valid.is_empty() && at > 0;
            if !adjacent {
                run = at;
                counted = false;
            }
            if remains == Some(at) && matches!(malformed[0], 0x80..=0xBF) {
                // Counted with its gap; at the first byte of the document there was none, but a cut through a character.
                counts.gaps += usize::from(at == 0 && !well);
                remains = Some(end).filter(|_| end - run < 3);
                counted = true;
            } else if well {
                counts.legacy += 1;
                counts.strong += usize::from(!adjacent && is_strong(bytes, at));
                counts.cut += usize::from(line.last && end == bytes.len() && is_beginning(malformed));
                remains = None;
            } else if counted && end - run <= 3 {
                // Still the same damaged character; the longest has four bytes.
                remains = None;
            } else if !adjacent && is_gap(bytes, at, end) {
                counts.gaps += 1;
                remains = Some(end + 1);
                counted = true;
            } else {
                counts.other += 1;
                remains = Some(end + 1).filter(|_| before_valid && matches!(malformed[0], 0xC2..=0xF4));
                counted = true;
            }
            at = end;
        }
        counts
    }

    fn add(&mut self, other: &SequenceCounts) {
        self.common += other.common;
        self.rare += other.rare;
        self.gaps += other.gaps;
        self.legacy += other.legacy;
        self.strong += other.strong;
        self.cut += other.cut;
        self.other += other.other;
    }

    fn malformed(&self) -> usize {
        self.gaps + self.legacy + self.other
    }

    /// Whether the line is windows-1252. If it also has valid UTF-8, which would be corrupted, it needs more than twice
    /// as many malformed sequences, all of them plausible; otherwise one in three may be implausible.
    fn is_legacy(&self) -> bool {
        let doubtful = self.gaps + self.other;
        let legacy = self.legacy - self.cut;
        match self.common {
            0 => legacy > 0 && legacy >= doubtful * 2,
            valid => doubtful == 0 && legacy > valid * 2,
        }
    }

    /// Whether UTF-8 explains more than it leaves unexplained. Rare characters count a quarter: accidents in legacy text are
    /// then fewer than its malformed sequences, and in Hebrew or Arabic UTF-8 there are still far more.
    fn is_utf8(&self) -> bool {
        let against = self.legacy + self.other;
        match self.common + self.rare / 4 {
            // Gaps alone, such as in a text with one accented letter, which is damaged: they must be a clear majority.
            0 => self.gaps > against * 2,
            valid => valid + self.gaps >= against,
        }
    }
}

/// Counts the non-ASCII characters in a valid range of a line: (common, rare). One that is plausible in windows-1252 is
/// rare, whatever its lead: an accented letter, a no-break space and a closing quote, as in French, are valid UTF-8.
fn count_valid(line: &[u8], range: Range<usize>) -> (usize, usize) {
    let (mut common, mut rare) = (0, 0);
    let mut at = range.start;
    while let Some(ahead) = line[at..range.end].iter().position(|byte| *byte >= 0xC0) {
        let lead = at + ahead;
        let length = match line[lead] {
            0xC0..=0xDF => 2,
            0xE0..=0xEF => 3,
            _ => 4,
        };
        at = lead + length;
        if is_common_lead(line[lead]) && !(lead..at).all(|place| reads_well(line, place)) {
            common += 1;
        } else {
            rare += 1;
        }
    }
    (common, rare)
}

/// Whether a lead byte is of Latin, Greek or Cyrillic, or of a character of three bytes or more. The others are
/// capitals in windows-1252 (or sharp s) and form valid UTF-8 at the end of a word before a quote or an ellipsis.
fn is_common_lead(byte: u8) -> bool {
    matches!(byte, 0xC2..=0xC5 | 0xCE..=0xD1 | 0xE0..=0xF4)
}

fn ends_in_common(valid: &[u8]) -> bool {
    valid.iter().rev().take(4).find(|byte| !matches!(byte, 0x80..=0xBF)).is_some_and(|lead| is_common_lead(*lead))
}

/// Whether a lead byte, perhaps with part of its continuation, precedes ASCII, 0xFF or the end: a byte was lost.
fn is_gap(bytes: &[u8], at: usize, end: usize) -> bool {
    let cut_short = bytes.get(end).is_none_or(|next| next.is_ascii() || *next == 0xFF || end - at > 1);
    matches!(bytes[at], 0xC2..=0xF4) && cut_short
}

/// Whether a malformed sequence is the start of a truncated character.
fn is_beginning(malformed: &[u8]) -> bool {
    std::str::from_utf8(malformed).is_err_and(|error| error.error_len().is_none())
}

/// Whether a plausible byte is one that damage rarely leaves: a letter, a quote, a dash, or a symbol next to a digit.
/// The rest of a UTF-8 character without its lead byte reads as other symbols and spaces.
fn is_strong(bytes: &[u8], at: usize) -> bool {
    match BYTE_KINDS[usize::from(bytes[at])] {
        ByteKind::Lower | ByteKind::Upper => bytes[at] >= 0xC0,
        ByteKind::Quote | ByteKind::Apostrophe => true,
        ByteKind::Joiner => matches!(bytes[at], 0x96 | 0x97),
        ByteKind::Symbol => bytes[at.saturating_sub(1)..bytes.len().min(at + 2)].iter().any(u8::is_ascii_digit),
        _ => false,
    }
}

/// The kinds of windows-1252 bytes, by their position in a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum ByteKind {
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
    /// Dashes, no-break space, soft hyphen, middle dot: may occur anywhere.
    Joiner,
    /// Currency, fractions, copyright and the like.
    Symbol,
    /// Control characters, unassigned bytes, and symbols that prose does not have.
    Never,
}

impl ByteKind {
    /// The kind of the byte at a place; outside of the line it is an edge.
    fn at(bytes: &[u8], place: Option<usize>) -> ByteKind {
        place.and_then(|place| bytes.get(place)).map_or(ByteKind::Edge, |byte| BYTE_KINDS[usize::from(*byte)])
    }

    const fn classify(byte: u8) -> ByteKind {
        match byte {
            b'a'..=b'z' | 0xDF..=0xF6 | 0xF8..=0xFF | 0x9A | 0x9C | 0x9E => ByteKind::Lower,
            b'A'..=b'Z' | 0xC0..=0xD6 | 0xD8..=0xDE | 0x8A | 0x8C | 0x8E | 0x9F => ByteKind::Upper,
            b'0'..=b'9' => ByteKind::Digit,
            b'\t' | b'\n' | b'\r' | 0x20..=0x7E => ByteKind::Edge,
            0x82 | 0x84 | 0x8B | 0x91 | 0x93 | 0x94 | 0x9B | 0xAB | 0xBB => ByteKind::Quote,
            0x92 | 0xB4 => ByteKind::Apostrophe,
            0xA1 | 0xBF => ByteKind::Opener,
            0xAA | 0xBA => ByteKind::Ordinal,
            0x96 | 0x97 | 0xA0 | 0xAD | 0xB7 => ByteKind::Joiner,
            0x80 | 0x85 | 0x86 | 0x87 | 0x89 | 0x95 | 0x99 | 0xD7 | 0xF7 => ByteKind::Symbol,
            0xA2 | 0xA3 | 0xA5..=0xA7 | 0xA9 | 0xAC | 0xAE | 0xB0..=0xB3 | 0xB5 | 0xB6 | 0xB9 | 0xBC..=0xBE => {
                ByteKind::Symbol
            }
            _ => ByteKind::Never,
        }
    }

    fn is_letter(self) -> bool {
        matches!(self, ByteKind::Lower | ByteKind::Upper)
    }

    fn is_wordlike(self) -> bool {
        self.is_letter() || self == ByteKind::Digit
    }
}

/// The kinds of all bytes, precomputed because each is needed several times per character.
const BYTE_KINDS: [ByteKind; 256] = {
    let mut kinds = [ByteKind::Never; 256];
    let mut byte = 0;
    while byte < 256 {
        kinds[byte] = ByteKind::classify(byte as u8);
        byte += 1;
    }
    kinds
};

/// Whether the byte at `place` is a plausible character of windows-1252 between its neighbours.
pub(super) fn reads_well(bytes: &[u8], place: usize) -> bool {
    let (previous, next) = (ByteKind::at(bytes, place.checked_sub(1)), ByteKind::at(bytes, Some(place + 1)));
    let byte = bytes[place];
    let kind = BYTE_KINDS[usize::from(byte)];
    if kind.is_letter() && next == ByteKind::Never {
        return false;
    }
    let fits = match kind {
        // The letter occurs in a few French names; the byte is the most common noise.
        ByteKind::Lower if byte == 0xFF => previous.is_letter() && bytes.get(place + 1).is_none_or(u8::is_ascii),
        // No western word ends in an a with circumflex, and 0xE2 is the lead of all curly quotes and dashes in UTF-8.
        ByteKind::Lower if byte == 0xE2 => next.is_letter() && bytes.get(place + 1) != Some(&0xFF),
        ByteKind::Lower => previous.is_letter() || next.is_letter() || is_word(byte),
        ByteKind::Upper => match (previous, next) {
            (ByteKind::Lower, _) | (ByteKind::Upper, ByteKind::Lower) => false,
            (ByteKind::Upper, ByteKind::Upper) => true,
            // The end of a word in capitals. 0xC2 to 0xC5 are also the leads of all Latin letters in UTF-8, so for them
            // one capital before is not enough.
            (ByteKind::Upper, _) => {
                ByteKind::at(bytes, place.checked_sub(2)) == ByteKind::Upper || !matches!(byte, 0xC2..=0xC5)
            }
            // No word begins with a capital A with tilde, the commonest lead of UTF-8 in western Europe.
            (_, ByteKind::Lower | ByteKind::Upper) => byte != 0xC3,
            _ => is_word(byte),
        },
        // Only angle quotes have spaces on both sides.
        ByteKind::Quote if !matches!(byte, 0xAB | 0xBB) && is_alone(bytes, place) => false,
        ByteKind::Quote => !(previous.is_wordlike() && next.is_wordlike()),
        ByteKind::Apostrophe => previous.is_wordlike() || next.is_wordlike(),
        ByteKind::Opener => !previous.is_wordlike() && next != ByteKind::Never,
        ByteKind::Ordinal => previous.is_wordlike(),
        ByteKind::Joiner => true,
        ByteKind::Symbol => next != ByteKind::Lower && !(previous.is_letter() && next.is_letter()),
        ByteKind::Digit | ByteKind::Edge | ByteKind::Never => false,
    };
    fits && !(kind.is_letter() && is_in_long_run(bytes, place))
}

fn is_alone(bytes: &[u8], place: usize) -> bool {
    place > 0 && bytes[place - 1] == b' ' && bytes.get(place + 1) == Some(&b' ')
}

/// Whether the letter is one of four or more in a row beyond ASCII, as in Cyrillic words, but in no western ones.
fn is_in_long_run(bytes: &[u8], place: usize) -> bool {
    let before = bytes[..place].iter().rev().take(3).take_while(|byte| **byte >= 0xC0).count();
    before + bytes[place..].iter().take(4).take_while(|byte| **byte >= 0xC0).count() >= 4
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
    fn letters_and_quotes_read_well_by_their_neighbours() {
        for (before, c, after, well) in [
            ("Gr", 'ü', "ße", true),
            ("Entr", 'é', "", true),
            ("CAF", 'É', " DU PORT", true),
            ("", 'Ä', "pfel", true),
            ("voil", 'à', " tout", true),
            ("Ich kam ", '„', "nur kurz", true),
            ("it", '’', "s", true),
            ("costs ", '£', "100", true),
            ("popul", 'Ã', "r", false),
            ("K", 'Ã', " nig", false),
            ("their", 'â', " own", false),
            ("zost", '¶', "y", false),
            ("w", '\u{81}', "rd", false),
        ] {
            let bytes = western(&format!("{before}{c}{after}"));
            assert_eq!(reads_well(&bytes, before.len()), well, "{before}{c}{after}");
        }
        assert!(!reads_well(b"\xef\xf0\xe8\xe2\xe5\xf2", 2), "a Russian word");
    }

    #[test]
    fn damaged_mixed_and_legacy_bytes_are_distinguished() {
        assert_eq!(judge(b"Sch\xc3\xb6ne Gr\xc3 \xc3\x9fe"), NearUtf8::Damaged);
        assert_eq!(judge(b"Sch\xf6ne Gr\xfc\xdfe"), NearUtf8::Legacy);
        assert_eq!(judge(b"Sch\xc3\xb6ne Gr\xc3\xbc\xc3\x9fe\nan alle G\xe4ste\n"), NearUtf8::Mixed);
    }

    #[test]
    fn accidental_utf8_in_windows_1252_is_ignored() {
        // Sharp s and a closing quote, and an accent, a no-break space and a quote: valid UTF-8, and both plain
        // windows-1252.
        assert_eq!(judge(&western("Das war „der ganze Spaß“\nf\u{fc}r alle.\n")), NearUtf8::Legacy);
        assert_eq!(judge(&western("«\u{a0}déjà\u{a0}»\nil a été là\n")), NearUtf8::Legacy);
    }

    #[test]
    fn a_line_with_both_encodings_is_decoded_as_utf8() {
        // One legacy byte is lost rather than the whole line spoilt.
        let (text, replaced) = decode_lines(b"\xc3\xa4lter, gr\xc3\xb6\xc3\x9fer, sch\xf6ner\nf\xfcr\n");
        assert_eq!(text, "älter, größer, sch\u{fffd}ner\nfür\n");
        assert_eq!(replaced, 1);
    }
}
