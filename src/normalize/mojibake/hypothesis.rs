//! The hypothesis that a line is UTF-8 which was decoded from one single-byte encoding: the sequences it implies, how
//! well they explain the line, and the line with them decoded.

use super::anomaly::{ABSURD, ScriptHistogram, SequenceScore, Surroundings, score};
use super::sequence::{Allow, Sequence, SequenceKind, at_start, cut_sequence};
use crate::normalize::encodings::{self, WESTERN};
use crate::normalize::steps::{Step, StepCounts, Steps};

/// Minimum points of a line in which every non-ASCII character belongs to a sequence.
const CONSISTENT: i32 = 3;

/// The same if no single sequence is anomalous: four that fit well.
const CONSISTENT_WITHOUT_ANOMALY: i32 = 12;

/// Minimum points of one sequence if the line has other non-ASCII characters: "Ã©" after a lowercase letter has them;
/// "Ã¥" by itself does not, and may be intended.
const ALONE: i32 = 6;

/// The same if the line has one other anomalous sequence, or several.
const WITH_ONE_MORE: i32 = 5;
const WITH_SEVERAL_MORE: i32 = 3;

/// Minimum points of each further sequence of a run without gaps.
const EACH_FURTHER: i32 = 2;

/// From this anomaly on, a sequence indicates a decoding error.
const ANOMALOUS: i32 = 2;

/// The most anomaly points that one sequence adds to its line.
const MAX_ANOMALY: i32 = 6;

/// A line as UTF-8 that was decoded from one encoding.
pub(super) struct Hypothesis<'a> {
    line: &'a str,
    encoding: usize,
    allow: Allow,
    /// Where a sequence begins that the end of the line cuts off, after another sequence; else the end.
    cut: usize,
    /// Whether a line may be repaired in part if some characters are unexplained.
    allow_partial: bool,
    scripts: ScriptHistogram,
    /// Characters beyond ASCII that belong to no sequence.
    unexplained: usize,
    /// Sequences that are anomalous and whose decoded character fits.
    anomalous: usize,
    total: i32,
    sequences: i32,
    /// Whether the line has C1 controls.
    has_controls: bool,
}

impl<'a> Hypothesis<'a> {
    pub(super) fn new(line: &'a str, encoding: usize, steps: Steps) -> Hypothesis<'a> {
        let mut hypothesis = Hypothesis {
            line,
            encoding,
            allow: Allow {
                surrogates: steps.contains(Step::Surrogates),
                lost_spaces: false,
                lossy: steps.contains(Step::Lossy),
            },
            cut: cut_sequence(line, encoding).unwrap_or(line.len()),
            allow_partial: steps.contains(Step::Inconsistent),
            scripts: ScriptHistogram::EMPTY,
            unexplained: 0,
            anomalous: 0,
            total: 0,
            sequences: 0,
            has_controls: line.contains(|c: char| matches!(c, '\u{80}'..='\u{9f}')),
        };
        hypothesis.count_scripts();
        if !hypothesis.scripts.is_empty() {
            hypothesis.measure();
        }
        // A space is a lost byte only where something else shows that the line was decoded wrongly, or where it alone
        // explains a capital at the end of a small word.
        if steps.contains(Step::LostSpaces)
            && (hypothesis.explains_enough() || encoding == WESTERN && has_stray_capital(line))
        {
            hypothesis.allow.lost_spaces = true;
            hypothesis.measure();
        }
        hypothesis
    }

    fn count_scripts(&mut self) {
        let mut rest = self.line;
        while let Some(at) = rest.bytes().position(|b| !b.is_ascii()) {
            rest = &rest[at..];
            let sequence = at_start(rest, self.encoding, self.allow);
            if let Some(sequence) = sequence {
                self.scripts.add(sequence.decoded);
            }
            let len = sequence.map_or_else(|| rest.chars().next().map_or(1, char::len_utf8), |sequence| sequence.len);
            rest = &rest[len..];
        }
    }

    fn measure(&mut self) {
        let (mut unexplained, mut anomalous) = (0, 0);
        let (mut total, mut sequences) = (0_i32, 0_i32);
        let mut parts = self.parts();
        loop {
            let at = parts.at;
            let Some(part) = parts.next() else { break };
            match part {
                LinePart::Sequence(_, SequenceScore { anomaly, fit }) => {
                    sequences = sequences.saturating_add(1);
                    anomalous += usize::from(anomaly >= ANOMALOUS && fit > ABSURD);
                    total = total.saturating_add(anomaly.min(MAX_ANOMALY) + fit);
                }
                // The sequence that is cut off stays, and says nothing against the others.
                LinePart::Other(_) if at >= self.cut && sequences > 1 => {}
                LinePart::Other(c) => unexplained += usize::from(c != char::REPLACEMENT_CHARACTER),
                LinePart::Ascii(_) => {}
            }
        }
        (self.unexplained, self.anomalous, self.total, self.sequences) = (unexplained, anomalous, total, sequences);
    }

    /// Whether every character beyond ASCII belongs to a sequence, and the line has enough points.
    pub(super) fn is_consistent(&self) -> bool {
        let needed = if self.anomalous > 0 { CONSISTENT } else { CONSISTENT_WITHOUT_ANOMALY };
        self.unexplained == 0 && self.total >= needed
    }

    /// Whether the line should be repaired, entirely or in part.
    pub(super) fn explains_enough(&self) -> bool {
        self.is_consistent() || (self.allow_partial && self.anomalous > 0)
    }

    pub(super) fn rank(&self) -> (bool, i32) {
        // ISO-8859-2 and Windows-1250 both explain where they differ; but only text that went through the first is full of
        // C1 controls. The points for each sequence are more than one letter can weigh more than another.
        let for_controls = match (self.encoding == encodings::ISO_CENTRAL, self.has_controls) {
            (false, _) => 0,
            (true, true) => 2,
            (true, false) => -2,
        };
        (self.is_consistent(), self.total.saturating_add(self.sequences.saturating_mul(for_controls)))
    }

    pub(super) fn repaired(&self, counts: &mut StepCounts) -> String {
        let mut out = String::with_capacity(self.line.len());
        let consistent = self.is_consistent();
        let mut parts = self.parts();
        // The sequences since the last other character, which are decoded all or none.
        let mut run = SequenceRun::default();
        loop {
            let at = parts.at;
            let part = parts.next();
            if let Some(LinePart::Sequence(sequence, score)) = part {
                if consistent {
                    decode(sequence, &mut out, counts, Step::Mojibake);
                } else {
                    run.add(at, score);
                }
                continue;
            }
            if self.is_credible(&run, at) {
                let mut rest = &self.line[run.start..at];
                while let Some(sequence) = at_start(rest, self.encoding, self.allow) {
                    decode(sequence, &mut out, counts, Step::Inconsistent);
                    rest = &rest[sequence.len..];
                }
            } else if run.sequences > 0 {
                out.push_str(&self.line[run.start..at]);
            }
            run = SequenceRun::default();
            match part {
                Some(LinePart::Other(c)) => out.push(c),
                Some(LinePart::Ascii(text)) => out.push_str(text),
                _ => break,
            }
        }
        out
    }

    /// Whether a run of sequences that ends at `end`, in a line with other non-ASCII characters, has enough points to
    /// be decoded on its own.
    fn is_credible(&self, run: &SequenceRun, end: usize) -> bool {
        let needed = match self.anomalous {
            0 | 1 => ALONE,
            2 => WITH_ONE_MORE,
            _ => WITH_SEVERAL_MORE,
        };
        let further = i32::try_from(run.sequences).unwrap_or(i32::MAX) - 1;
        if run.anomalous == 0 || run.absurd || run.total < needed.saturating_add(further.saturating_mul(EACH_FURTHER)) {
            return false;
        }
        // Next to a character that could be one of the bytes, the run may begin or end elsewhere.
        let around = [self.line[..run.start].chars().next_back(), self.line[end..].chars().next()];
        around.into_iter().flatten().all(|c| c.is_ascii() || is_typographic(c))
    }

    fn parts(&self) -> LineParts<'_> {
        LineParts { hypothesis: self, at: 0, before: [None; 2], source_before: None, seen: [(usize::MAX, None); 2] }
    }
}

/// Whether the line has a capital that only a lost space explains: "Ã" or "Â" at the start of the line, at the end of a
/// small word or as a word after it ("voilÃ le", "jusqu' Ã nos"), and "Â" straight after punctuation.
fn has_stray_capital(line: &str) -> bool {
    line.match_indices("Ã ").any(|(at, _)| is_stray(&line[..at], false))
        || line.match_indices("Â ").any(|(at, _)| is_stray(&line[..at], true))
}

fn is_stray(before: &str, after_punctuation: bool) -> bool {
    let mut before = before.chars().rev();
    match before.next() {
        None => true,
        Some(' ') => before.next().is_some_and(char::is_lowercase),
        Some(c) => c.is_lowercase() || (after_punctuation && matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | ')')),
    }
}

/// Quotes, dashes and dots that occur next to any letter in good text, and characters that belong in no text.
fn is_typographic(c: char) -> bool {
    matches!(c, '‘' | '’' | '“' | '”' | '«' | '»' | '–' | '—' | '…' | '•' | '\u{a0}' | '\u{fffd}' | '\u{80}'..='\u{9f}')
}

/// Sequences without a gap between them.
#[derive(Default)]
struct SequenceRun {
    start: usize,
    sequences: usize,
    anomalous: usize,
    total: i32,
    absurd: bool,
}

impl SequenceRun {
    fn add(&mut self, at: usize, SequenceScore { anomaly, fit }: SequenceScore) {
        if self.sequences == 0 {
            self.start = at;
        }
        self.sequences += 1;
        self.anomalous += usize::from(anomaly >= ANOMALOUS);
        self.total = self.total.saturating_add(anomaly + fit);
        self.absurd |= fit <= ABSURD;
    }
}

/// Writes the character of a sequence, and counts it for its step: `exact` or one of its refinements.
fn decode(sequence: Sequence, out: &mut String, counts: &mut StepCounts, exact: Step) {
    out.push(sequence.decoded);
    if sequence.space_after {
        out.push(' ');
    }
    let step = match sequence.kind {
        SequenceKind::Exact => exact,
        SequenceKind::LostSpace => Step::LostSpaces,
        SequenceKind::Lossy => Step::Lossy,
        SequenceKind::Surrogates => Step::Surrogates,
    };
    counts.add(step, 1);
}

enum LinePart<'a> {
    Sequence(Sequence, SequenceScore),
    /// A character beyond ASCII that belongs to no sequence.
    Other(char),
    Ascii(&'a str),
}

/// Walks over a line, sequence by sequence and character by character.
struct LineParts<'a> {
    hypothesis: &'a Hypothesis<'a>,
    at: usize,
    before: [Option<char>; 2],
    source_before: Option<char>,
    /// The results at the last two positions; the next part is mostly one of them.
    seen: [(usize, Option<Sequence>); 2],
}

impl<'a> Iterator for LineParts<'a> {
    type Item = LinePart<'a>;

    fn next(&mut self) -> Option<LinePart<'a>> {
        let Hypothesis { line, encoding, scripts, .. } = self.hypothesis;
        let rest = &line[self.at..];
        let c = rest.chars().next()?;
        if c.is_ascii() {
            let (ascii, _) = rest.split_at(rest.bytes().position(|b| !b.is_ascii()).unwrap_or(rest.len()));
            let mut back = ascii.chars().rev();
            let last = back.next();
            self.before = [last, back.next().or(self.before[0])];
            self.source_before = last;
            self.at += ascii.len();
            return Some(LinePart::Ascii(ascii));
        }
        let Some(sequence) = self.sequence_at(self.at) else {
            return Some(self.step_over(c));
        };
        let (source, tail) = rest.split_at(sequence.len);
        let around = Surroundings {
            encoding: *encoding,
            source,
            source_before: self.source_before,
            source_after: tail.chars().next(),
            before: self.before,
            after: self.chars_after(&sequence, tail),
        };
        let score = score(&sequence, &around, scripts);
        // Spaces follow letters everywhere, so a lost one must make a character that fits.
        if sequence.kind == SequenceKind::LostSpace && score.fit < 1 {
            return Some(self.step_over(c));
        }
        self.at += sequence.len;
        self.before = [Some(sequence.decoded), self.before[0]];
        self.source_before = source.chars().next_back();
        Some(LinePart::Sequence(sequence, score))
    }
}

impl<'a> LineParts<'a> {
    /// The two characters that follow a sequence after repair.
    fn chars_after(&mut self, sequence: &Sequence, tail: &str) -> [Option<char>; 2] {
        let line = self.hypothesis.line;
        let mut after = [None; 2];
        let mut rest = tail;
        for slot in &mut after {
            if sequence.space_after && rest.len() == tail.len() {
                *slot = Some(' ');
                continue;
            }
            let Some(next) = rest.chars().next() else { break };
            let sequence = self.sequence_at(line.len() - rest.len());
            let (decoded, len) = sequence.map_or((next, next.len_utf8()), |next| (next.decoded, next.len));
            *slot = Some(decoded);
            rest = &rest[len..];
        }
        after
    }

    fn sequence_at(&mut self, at: usize) -> Option<Sequence> {
        if let Some((_, found)) = self.seen.iter().find(|(seen, _)| *seen == at) {
            return *found;
        }
        let Hypothesis { line, encoding, allow, .. } = self.hypothesis;
        let found = at_start(&line[at..], *encoding, *allow);
        self.seen = [self.seen[1], (at, found)];
        found
    }

    fn step_over(&mut self, c: char) -> LinePart<'a> {
        self.at += c.len_utf8();
        self.before = [Some(c), self.before[0]];
        self.source_before = Some(c);
        LinePart::Other(c)
    }
}
