//! Normalises text in an ordered list of named steps. Each can be switched off, and its changes are counted.

mod characters;
mod encodings;
mod entities;
mod invisible;
mod mojibake;
mod prescan;
mod steps;
mod whitespace;

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use characters::Change;
use steps::StepCounts;
pub use steps::{Step, Steps};

/// Text, and the steps that changed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized<'a> {
    /// The text; borrowed if no step changed it.
    pub text: Cow<'a, str>,
    /// The steps that changed something, with how many places each changed.
    pub steps: Vec<(Step, usize)>,
}

/// Runs the steps over a text. Running them again changes nothing more.
pub fn normalize(text: Cow<'_, str>, steps: Steps) -> Normalized<'_> {
    let mut normalizer = Normalizer {
        steps,
        line_end: whitespace::line_end(&text, !steps.contains(Step::Crlf)),
        counts: StepCounts::default(),
        tag_seen: false,
    };
    let normalized = normalizer.run(&text);
    let steps = normalizer.counts.fired();
    Normalized { text: normalized.map_or(text, Cow::Owned), steps }
}

/// The most rounds over one line. One step can create work for another: an entity hides a byte of mojibake, removing a
/// control character joins two bytes. Nearly all lines settle in two rounds; the limit is for adversarial lines.
const MAX_ROUNDS: usize = 32;

struct Normalizer {
    steps: Steps,
    line_end: &'static str,
    counts: StepCounts,
    /// Whether an earlier line had a tag: entities after it belong to the HTML source.
    tag_seen: bool,
}

impl Normalizer {
    /// Normalises a text line by line, skipping lines of plain ASCII.
    fn run(&mut self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let mut copied = 0;
        let mut at = 0;
        loop {
            let marked = prescan::skip_plain(bytes, at);
            if marked == bytes.len() {
                break;
            }
            let start = memrchr(b'\n', &bytes[at..marked]).map_or(at, |n| at + n + 1);
            let stop = memchr(b'\n', &bytes[marked..]).map_or(bytes.len(), |n| marked + n);
            self.watch_tags(&text[at..start]);
            // A carriage return before the line feed belongs to the line end, not to the line.
            let line = match text[start..stop].strip_suffix('\r') {
                Some(line) if stop < bytes.len() => line,
                _ => &text[start..stop],
            };
            if let Some(settled) = self.settle(line) {
                out.push_str(&text[copied..start]);
                out.push_str(&settled);
                copied = start + line.len();
            }
            if start + line.len() < stop && self.line_end == "\n" && self.steps.contains(Step::LineBreaks) {
                out.push_str(&text[copied..start + line.len()]);
                copied = stop;
                self.counts.add(Step::LineBreaks, 1);
            }
            at = stop;
        }
        if copied == 0 {
            // Steps that undid each other have changed nothing.
            self.counts = StepCounts::default();
            return None;
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    fn watch_tags(&mut self, plain: &str) {
        self.tag_seen = self.tag_seen || (self.steps.contains(Step::Entities) && entities::has_tag(plain));
    }

    /// Runs all steps over a line until nothing changes, and over the lines that new line ends split it into.
    fn settle(&mut self, line: &str) -> Option<String> {
        let had_tag = self.steps.contains(Step::Entities) && !self.tag_seen && entities::has_tag(line);
        let mut settled: Option<String> = None;
        for _ in 0..MAX_ROUNDS {
            match self.round(settled.as_deref().unwrap_or(line)) {
                Some(next) => settled = Some(next),
                None => break,
            }
        }
        // Lines that a step created are normalised one by one, as normalising the result again would do.
        if let Some(text) = &settled
            && memchr(b'\n', text.as_bytes()).is_some()
        {
            let mut out = String::with_capacity(text.len());
            for piece in text.split_inclusive('\n') {
                let body = piece.strip_suffix('\n').unwrap_or(piece);
                let body = body.strip_suffix('\r').unwrap_or(body);
                out.push_str(self.settle(body).as_deref().unwrap_or(body));
                // An entity may have decoded to a line feed in a text with other line ends.
                let end = &piece[body.len()..];
                out.push_str(if end.is_empty() || !self.steps.contains(Step::LineBreaks) {
                    end
                } else {
                    self.line_end
                });
            }
            settled = Some(out);
        }
        // A tag that was decoded, or broken by a step, does not make the text HTML.
        self.tag_seen |= had_tag && settled.as_deref().is_none_or(entities::has_tag);
        settled
    }

    /// Runs all steps once over a line.
    fn round(&mut self, line: &str) -> Option<String> {
        let findings = prescan::scan(line);
        if !findings.needs_any(self.steps) {
            return None;
        }
        let mut text = Cow::Borrowed(line);
        for step in Step::ALL {
            if !self.steps.contains(step) || !findings.needs(step) {
                continue;
            }
            if let Some((changed, places)) = self.run_step(step, &text) {
                self.counts.add(step, places);
                text = Cow::Owned(changed);
            }
        }
        match text {
            Cow::Owned(text) if text != line => Some(text),
            _ => None,
        }
    }

    fn run_step(&mut self, step: Step, text: &str) -> Change {
        match step {
            Step::TerminalEscapes => characters::strip_escapes(text),
            Step::Entities if self.tag_seen || entities::has_tag(text) => None,
            Step::Entities => entities::decode(text),
            Step::LostQuotes => characters::close_quotes(text),
            Step::Mojibake => {
                // It counts the changes of its refinements itself.
                mojibake::repair(text, self.steps, &mut self.counts).map(|text| (text, 0))
            }
            Step::OddBreaks => whitespace::end_odd_lines(text),
            Step::C1Controls => characters::decode_c1(text),
            Step::Ligatures => characters::split_ligatures(text),
            Step::Width => characters::usual_width(text),
            Step::UncurlQuotes => characters::straighten_quotes(text),
            Step::LineBreaks => whitespace::end_lines(text),
            Step::ControlChars => characters::strip_controls(text),
            Step::Invisible => invisible::strip(text),
            Step::Nfc => characters::compose(text),
            // Parts of other steps, and one that runs elsewhere.
            Step::LostSpaces | Step::Lossy | Step::Inconsistent | Step::Surrogates | Step::Crlf | Step::BlankLines => {
                None
            }
        }
    }
}
