//! Reads a line as bytes of one encoding: what its sequences predict together, and the line with them decoded.
//! It knows of no other encoding; which reading is the best, `mojibake` decides.
//! Under the mojibake step of the second stage.

use super::encodings::{self, WESTERN};
use super::likelihood::{ABSURD, Company, Place, Weight, predict};
use super::sequence::{Allow, Kind, Sequence, at_start};
use crate::normalize::{Counts, Step, Steps};

/// The points that a line needs, all together, when every character of it beyond ASCII can be read.
const CONSISTENT: i32 = 3;

/// The same when no single sequence is odd enough to be a sign: four that fit well together.
const UNMARKED: i32 = 12;

/// The points that one sequence needs when the line has other characters beyond ASCII besides: "Ã©" after a small letter
/// has them, a lone "Ã¥" has not, and might be text that someone meant.
const ALONE: i32 = 6;

/// What the same sequence needs when the line has others that are odd: two, or more.
const SUPPORTED: i32 = 5;
const WELL_SUPPORTED: i32 = 3;

/// What each sequence after the first leaves to the need of a run of them without a gap.
const EACH_FURTHER: i32 = 2;

/// Oddness from which a sequence counts as a sign that something is wrong.
const SIGN: i32 = 2;

/// A line read as bytes of one encoding.
pub(super) struct Reading<'a> {
    line: &'a str,
    encoding: usize,
    allow: Allow,
    company: Company,
    /// Characters beyond ASCII that belong to no sequence.
    others: usize,
    /// Sequences that are signs of misreading and fit.
    signs: usize,
    /// All points of the line.
    total: i32,
    sequences: i32,
    /// Whether the line has C1 controls.
    controls: bool,
    /// Whether a line that cannot be read as a whole may be read in part.
    inconsistent: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(line: &'a str, encoding: usize, steps: Steps) -> Reading<'a> {
        let mut reading = Reading {
            line,
            encoding,
            allow: Allow {
                surrogates: steps.contains(Step::Surrogates),
                lost_spaces: false,
                lossy: steps.contains(Step::Lossy),
            },
            company: Company::NONE,
            others: 0,
            signs: 0,
            total: 0,
            sequences: 0,
            controls: line.contains(|c: char| matches!(c, '\u{80}'..='\u{9f}')),
            inconsistent: steps.contains(Step::Inconsistent),
        };
        let mut rest = line;
        while let Some(at) = rest.bytes().position(|b| !b.is_ascii()) {
            rest = &rest[at..];
            let len = match at_start(rest, encoding, reading.allow) {
                Some(sequence) => {
                    reading.company.add(sequence.decoded);
                    sequence.len
                }
                None => rest.chars().next().map_or(1, char::len_utf8),
            };
            rest = &rest[len..];
        }
        if !reading.company.is_empty() {
            reading.measure();
        }
        // A space is a byte only where something else shows that the line was misread, or where it alone explains a
        // capital at the end of a small word.
        if steps.contains(Step::LostSpaces) && (reading.is_wanted() || ends_in_capital(line, encoding)) {
            reading.allow.lost_spaces = true;
            reading.measure();
        }
        reading
    }

    fn measure(&mut self) {
        let (mut others, mut signs) = (0, 0);
        let (mut total, mut sequences) = (0_i32, 0_i32);
        for piece in self.pieces() {
            match piece {
                Piece::Sequence(_, weight) => {
                    sequences = sequences.saturating_add(1);
                    signs += usize::from(weight.odd >= SIGN && weight.fits > ABSURD);
                    total = total.saturating_add(weight.odd.min(6) + weight.fits);
                }
                Piece::Other(c) => others += usize::from(c != char::REPLACEMENT_CHARACTER),
                Piece::Plain(_) => {}
            }
        }
        (self.others, self.signs, self.total, self.sequences) = (others, signs, total, sequences);
    }

    /// Whether every character beyond ASCII is part of a sequence, and the whole is odd enough.
    pub(super) fn is_consistent(&self) -> bool {
        self.others == 0 && self.total >= if self.signs > 0 { CONSISTENT } else { UNMARKED }
    }

    pub(super) fn is_wanted(&self) -> bool {
        self.is_consistent() || (self.inconsistent && self.signs > 0)
    }

    pub(super) fn rank(&self) -> (bool, i32) {
        // What differs between ISO-8859-2 and Windows-1250, both can read; but only text that passed through the first
        // is full of C1 controls. The margin for each sequence is more than one letter can predict more than another.
        let telling = match (self.encoding == encodings::ISO_CENTRAL, self.controls) {
            (false, _) => 0,
            (true, true) => 2,
            (true, false) => -2,
        };
        (self.is_consistent(), self.total.saturating_add(self.sequences.saturating_mul(telling)))
    }

    /// The text with this reading's sequences decoded.
    pub(super) fn write(&self, counts: &mut Counts) -> String {
        let mut out = String::with_capacity(self.line.len());
        let consistent = self.is_consistent();
        let mut pieces = self.pieces();
        // The sequences since the last other character, waiting for a verdict on all of them.
        let mut run = Run::default();
        loop {
            let at = pieces.at;
            let piece = pieces.next();
            if let Some(Piece::Sequence(sequence, weight)) = piece {
                if consistent {
                    decode(sequence, &mut out, counts, Step::Mojibake);
                } else {
                    run.add(at, weight);
                }
                continue;
            }
            if self.stands(&run, at) {
                let mut rest = &self.line[run.start..at];
                while let Some(sequence) = at_start(rest, self.encoding, self.allow) {
                    decode(sequence, &mut out, counts, Step::Inconsistent);
                    rest = &rest[sequence.len..];
                }
            } else if run.sequences > 0 {
                out.push_str(&self.line[run.start..at]);
            }
            run = Run::default();
            match piece {
                Some(Piece::Other(c)) => out.push(c),
                Some(Piece::Plain(text)) => out.push_str(text),
                _ => break,
            }
        }
        out
    }

    /// Whether a run of sequences that ends at `end`, in a line that has other characters beyond ASCII, is odd enough to
    /// be decoded by itself.
    fn stands(&self, run: &Run, end: usize) -> bool {
        let needed = match self.signs {
            0 | 1 => ALONE,
            2 => SUPPORTED,
            _ => WELL_SUPPORTED,
        };
        let further = i32::try_from(run.sequences).unwrap_or(i32::MAX) - 1;
        if run.signs == 0 || run.absurd || run.total < needed.saturating_add(further.saturating_mul(EACH_FURTHER)) {
            return false;
        }
        // Glued to a character that could be one of the bytes, the run may begin or end elsewhere.
        let glued = |c: Option<char>| c.is_some_and(|c| !c.is_ascii() && !is_typographic(c));
        !glued(self.line[..run.start].chars().next_back()) && !glued(self.line[end..].chars().next())
    }

    fn pieces(&self) -> Pieces<'_> {
        Pieces { reading: self, at: 0, before: [None; 2], source_before: None, seen: [(usize::MAX, None); 2] }
    }
}

/// Where a lost space can be told without other signs: "Ã" or "Â" at the start of the line, at the end of a small word or
/// a word after it ("voilÃ le", "jusqu' Ã nos"), and "Â" straight after the mark that ends a sentence.
fn ends_in_capital(line: &str, encoding: usize) -> bool {
    let told = |at: usize, stray: bool| {
        let mut before = line[..at].chars().rev();
        match before.next() {
            None => true,
            Some(' ') => before.next().is_some_and(char::is_lowercase),
            Some(c) => c.is_lowercase() || (stray && matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')')),
        }
    };
    encoding == WESTERN
        && (line.match_indices("Ã ").any(|(at, _)| told(at, false))
            || line.match_indices("Â ").any(|(at, _)| told(at, true)))
}

/// Quotes, dashes and dots that good text has next to any letter, and what is no text in any case.
fn is_typographic(c: char) -> bool {
    matches!(c, '‘' | '’' | '“' | '”' | '«' | '»' | '–' | '—' | '…' | '•' | '\u{a0}' | '\u{fffd}' | '\u{80}'..='\u{9f}')
}

/// Sequences without a gap between them.
#[derive(Default)]
struct Run {
    start: usize,
    sequences: usize,
    signs: usize,
    total: i32,
    absurd: bool,
}

impl Run {
    fn add(&mut self, at: usize, weight: Weight) {
        if self.sequences == 0 {
            self.start = at;
        }
        self.sequences += 1;
        self.signs += usize::from(weight.odd >= SIGN);
        self.total = self.total.saturating_add(weight.odd + weight.fits);
        self.absurd |= weight.fits <= ABSURD;
    }
}

/// Writes what a sequence stands for, and notes which step did it: the plain one, or one that refines it.
fn decode(sequence: Sequence, out: &mut String, counts: &mut Counts, plain: Step) {
    out.push(sequence.decoded);
    if sequence.space_after {
        out.push(' ');
    }
    let step = match sequence.kind {
        Kind::Exact => plain,
        Kind::LostSpace => Step::LostSpaces,
        Kind::Lossy => Step::Lossy,
        Kind::Surrogates => Step::Surrogates,
    };
    counts.add(step, 1);
}

enum Piece<'a> {
    Sequence(Sequence, Weight),
    /// A character beyond ASCII that is part of none.
    Other(char),
    /// ASCII.
    Plain(&'a str),
}

/// Walks over a line, sequence by sequence and character by character.
struct Pieces<'a> {
    reading: &'a Reading<'a>,
    at: usize,
    before: [Option<char>; 2],
    source_before: Option<char>,
    /// What was found at the last two places looked at; the next piece is mostly one of them.
    seen: [(usize, Option<Sequence>); 2],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Piece<'a>;

    fn next(&mut self) -> Option<Piece<'a>> {
        let Reading { line, encoding, company, .. } = self.reading;
        let rest = &line[self.at..];
        let c = rest.chars().next()?;
        if c.is_ascii() {
            let (plain, _) = rest.split_at(rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len()));
            let mut back = plain.chars().rev();
            let last = back.next();
            self.before = [last, back.next().or(self.before[0])];
            self.source_before = last;
            self.at += plain.len();
            return Some(Piece::Plain(plain));
        }
        let Some(sequence) = self.look_ahead(self.at) else {
            return Some(self.step_over(c));
        };
        let (source, tail) = rest.split_at(sequence.len);
        let mut after = [None; 2];
        let mut ahead = tail;
        for slot in &mut after {
            if sequence.space_after && ahead.len() == tail.len() {
                *slot = Some(' ');
                continue;
            }
            let Some(next) = ahead.chars().next() else { break };
            let sequence = self.look_ahead(line.len() - ahead.len());
            let (decoded, len) = sequence.map_or((next, next.len_utf8()), |next| (next.decoded, next.len));
            *slot = Some(decoded);
            ahead = &ahead[len..];
        }
        let place = Place {
            source,
            source_before: self.source_before,
            source_after: tail.chars().next(),
            before: self.before,
            after,
        };
        let weight = predict(&sequence, &place, company, *encoding);
        // Spaces follow letters everywhere, so a lost one must make something that fits.
        if sequence.kind == Kind::LostSpace && weight.fits < 1 {
            return Some(self.step_over(c));
        }
        self.at += sequence.len;
        self.before = [Some(sequence.decoded), self.before[0]];
        self.source_before = source.chars().next_back();
        Some(Piece::Sequence(sequence, weight))
    }
}

impl<'a> Pieces<'a> {
    /// The sequence at `at`.
    fn look_ahead(&mut self, at: usize) -> Option<Sequence> {
        if let Some((_, found)) = self.seen.iter().find(|(seen, _)| *seen == at) {
            return *found;
        }
        let found = at_start(&self.reading.line[at..], self.reading.encoding, self.reading.allow);
        self.seen = [self.seen[1], (at, found)];
        found
    }

    fn step_over(&mut self, c: char) -> Piece<'a> {
        self.at += c.len_utf8();
        self.before = [Some(c), self.before[0]];
        self.source_before = Some(c);
        Piece::Other(c)
    }
}
