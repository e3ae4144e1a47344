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
use prescan::Prescan;
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
    let line_end = whitespace::line_end(&text, !steps.contains(Step::Crlf));
    let mut normalizer = Normalizer { steps, line_end, counts: StepCounts::default(), tag_seen: false };
    let prescan = Prescan::new(&text, steps, normalizer.replaces_crlf());
    let normalized = normalizer.run(&text, |from| prescan.next(from));
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
    /// Whether CRLF becomes LF.
    fn replaces_crlf(&self) -> bool {
        self.line_end == "\n" && self.steps.contains(Step::LineBreaks)
    }

    /// Normalises the lines of a text that a step could change: those with a place that `next` returns, the first one at
    /// or after a position.
    fn run(&mut self, text: &str, next: impl Fn(usize) -> Option<usize>) -> Option<String> {
        let bytes = text.as_bytes();
        let mut out = String::new();
        let (mut copied, mut at) = (0, 0);
        while let Some(found) = next(at) {
            let start = memrchr(b'\n', &bytes[at..found]).map_or(at, |n| at + n + 1);
            let stop = memchr(b'\n', &bytes[found..]).map_or(bytes.len(), |n| found + n);
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
            if start + line.len() < stop && self.replaces_crlf() {
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

    /// Watches for tags in lines that no step changes.
    fn watch_tags(&mut self, lines: &str) {
        self.tag_seen = self.tag_seen || (self.steps.contains(Step::Entities) && entities::has_tag(lines));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]
        #[test]
        fn lines_that_the_prescan_skips_need_no_step(
            text in "([a ]|•|’|Ã|©|Â| |&|&amp;|&#39;|＆|;|<p>|<|\u{0}|\u{85}|\u{ad}|\u{301}|é|ﬁ|日|\u{fffd}|\u{1b}\\[1m|\r|\n|\n|\r\n|(plain text, longer than a block)){0,30}",
        ) {
            for steps in [Steps::DEFAULT, Steps::FTFY, Steps::NONE, Steps::FTFY.without(Step::LineBreaks)] {
                let line_end = whitespace::line_end(&text, !steps.contains(Step::Crlf));
                let mut normalizer = Normalizer { steps, line_end, counts: StepCounts::default(), tag_seen: false };
                // All lines with more than printable ASCII.
                let plain = |b: &u8| matches!(b, b'\n' | b'\t' | b' '..=b'~') && *b != b'&';
                let every = |from| text.bytes().skip(from).position(|b| !plain(&b)).map(|n| from + n);
                let expected = normalizer.run(&text, every);
                let Normalized { text: found, steps } = normalize(Cow::Borrowed(&text), steps);
                prop_assert_eq!(&found, expected.as_ref().unwrap_or(&text));
                prop_assert_eq!(steps, normalizer.counts.fired());
            }
        }
    }
}
