//! Repairs text: an ordered list of named steps, each of which can be switched off, and a record of which fired.
//! It removes no lines and judges nothing.
//! Second stage of the line.

mod characters;
mod entities;
mod invisible;
mod mojibake;
mod prescan;
mod whitespace;

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use self::characters::Change;

use crate::named_enum::named_enum;

named_enum! {
    /// A step of normalisation, in the order in which they run.
    #[repr(u8)]
    pub enum Step {
        /// Terminal escapes go: colours, cursor movements, window titles.
        TerminalEscapes = "terminal-escapes",
        /// HTML entities become the characters they name, up to the first line with a tag.
        Entities = "entities",
        /// A closing quotation mark whose last byte nothing could show (`â€`) is put right.
        LostQuotes = "lost-quotes",
        /// Text decoded in the wrong encoding is put right. The next four refine it and do nothing without it.
        Mojibake = "mojibake",
        /// ... where a no-break space that was one of its bytes has become a plain space.
        LostSpaces = "lost-spaces",
        /// ... where a byte was replaced by U+FFFD or `?`: the character is lost, and U+FFFD says so.
        Lossy = "lossy",
        /// ... where the line has other characters beyond ASCII that are good as they are.
        Inconsistent = "inconsistent",
        /// ... where a character was written as its two surrogates.
        Surrogates = "surrogates",
        /// Vertical tabs, form feeds and next-line controls end a line.
        OddBreaks = "odd-breaks",
        /// C1 controls become the Windows-1252 characters of the same number.
        C1Controls = "c1-controls",
        /// Latin ligatures are taken apart.
        Ligatures = "ligatures",
        /// Full-width and half-width forms become the usual ones.
        Width = "width",
        /// Curly quotes become straight.
        UncurlQuotes = "uncurl-quotes",
        /// Carriage returns, line and paragraph separators end a line; line ends become uniform. A text whose every line
        /// ends in CRLF keeps it.
        LineBreaks = "line-breaks",
        /// CRLF becomes LF even there. Does nothing without `LineBreaks`.
        Crlf = "crlf",
        /// Control characters go.
        ControlChars = "control-chars",
        /// Soft hyphens, zero-width characters and marks of direction go where no script needs them, and what no step could
        /// read.
        Invisible = "invisible",
        /// Letters and their accents are composed (normal form C).
        Nfc = "nfc",
        /// Blank lines at the edges go, runs of them close to one. Done when lines are joined, after the removals.
        BlankLines = "blank-lines",
    }
}

/// A set of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps(u32);

impl Steps {
    /// No step: the text stays exactly as it was decoded.
    pub const NONE: Steps = Steps(0);
    /// The least change: repairs what is broken, and leaves spaces, quotes, ligatures, width and letters alone.
    pub const DEFAULT: Steps = Steps::of(&[
        Step::TerminalEscapes,
        Step::Entities,
        Step::LostQuotes,
        Step::Mojibake,
        Step::LostSpaces,
        Step::Lossy,
        Step::Inconsistent,
        Step::Surrogates,
        Step::OddBreaks,
        Step::C1Controls,
        Step::LineBreaks,
        Step::ControlChars,
        Step::Invisible,
        Step::Nfc,
        Step::BlankLines,
    ]);
    /// All that ftfy does by default.
    pub const FTFY: Steps = Steps::DEFAULT
        .without(Step::LostQuotes)
        .without(Step::OddBreaks)
        .without(Step::Invisible)
        .with(Step::Ligatures)
        .with(Step::Width)
        .with(Step::UncurlQuotes)
        .with(Step::Crlf);

    /// These steps and `step`.
    #[must_use]
    pub const fn with(self, step: Step) -> Steps {
        Steps(self.0 | 1 << step as u8)
    }

    /// These steps less `step`.
    #[must_use]
    pub const fn without(self, step: Step) -> Steps {
        Steps(self.0 & !(1 << step as u8))
    }

    /// Whether `step` is among them.
    pub const fn contains(self, step: Step) -> bool {
        self.0 & 1 << step as u8 != 0
    }

    /// Reads a list such as `default`, `ftfy,-uncurl-quotes`, `default,+width` or `mojibake,nfc`: words apart by commas,
    /// each a set or a step, added or, with `-` before it, taken away, from left to right. A list that begins with a sign
    /// changes the default.
    ///
    /// # Errors
    ///
    /// Says which word is none of them, and what there is instead.
    pub fn parse(list: &str) -> Result<Steps, String> {
        let mut steps = if list.trim_start().starts_with(['-', '+']) { Steps::DEFAULT } else { Steps::NONE };
        for word in list.split(',').map(str::trim) {
            let (name, takes_away) = match word.strip_prefix('-') {
                Some(name) => (name, true),
                None => (word.strip_prefix('+').unwrap_or(word), false),
            };
            let set = match (name, name.parse::<Step>()) {
                (_, Ok(step)) => Steps::of(&[step]),
                ("none", _) => Steps::NONE,
                ("default", _) => Steps::DEFAULT,
                ("ftfy", _) => Steps::FTFY,
                _ => {
                    let known: Vec<_> = Step::ALL.iter().map(|step| step.name()).collect();
                    return Err(format!(
                        "no step is called '{name}'; there are none, default, ftfy, {}",
                        known.join(", ")
                    ));
                }
            };
            steps = Steps(if takes_away { steps.0 & !set.0 } else { steps.0 | set.0 });
        }
        Ok(steps)
    }

    const fn of(list: &[Step]) -> Steps {
        let mut steps = Steps::NONE;
        let mut at = 0;
        while at < list.len() {
            steps = steps.with(list[at]);
            at += 1;
        }
        steps
    }
}

/// Text, and the steps that changed it.
#[derive(Debug, Clone, PartialEq)]
pub struct Normalized<'a> {
    /// The text; borrowed where no step changed it.
    pub text: Cow<'a, str>,
    /// The steps that fired, with how many places each changed.
    pub steps: Vec<(Step, usize)>,
}

/// Runs `steps` over `text`. Running it again changes nothing more.
pub fn normalize(text: Cow<'_, str>, steps: Steps) -> Normalized<'_> {
    let mut work = Work {
        steps,
        end: whitespace::line_end(&text, !steps.contains(Step::Crlf)),
        counts: Counts::default(),
        tag_seen: false,
    };
    let repaired = work.repair(&text);
    let counts = work.counts.fired();
    Normalized { text: repaired.map_or(text, Cow::Owned), steps: counts }
}

/// How many places each step has changed.
#[derive(Debug, Default)]
struct Counts([usize; Step::ALL.len()]);

impl Counts {
    fn add(&mut self, step: Step, places: usize) {
        self.0[step as usize] += places;
    }

    fn fired(&self) -> Vec<(Step, usize)> {
        Step::ALL.iter().map(|&step| (step, self.0[step as usize])).filter(|(_, places)| *places > 0).collect()
    }
}

/// Rounds over one line. One step can make work for another: an entity hides a byte of mojibake, a control character
/// removed brings two bytes together. Nearly all lines settle in two; the bound is for those made to go on for ever.
const ROUNDS: usize = 32;

struct Work {
    steps: Steps,
    end: &'static str,
    counts: Counts,
    /// Whether a line before had a tag: from there on entities are the source's own.
    tag_seen: bool,
}

impl Work {
    /// Repairs a text line by line; ensembles only at lines that have something besides plain ASCII.
    fn repair(&mut self, text: &str) -> Option<String> {
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
            if let Some(line_repaired) = self.settle(line) {
                out.push_str(&text[copied..start]);
                out.push_str(&line_repaired);
                copied = start + line.len();
            }
            if start + line.len() < stop && self.end == "\n" && self.steps.contains(Step::LineBreaks) {
                out.push_str(&text[copied..start + line.len()]);
                copied = stop;
                self.counts.add(Step::LineBreaks, 1);
            }
            at = stop;
        }
        if copied == 0 {
            // Steps that undid one another have changed nothing.
            self.counts = Counts::default();
            return None;
        }
        out.push_str(&text[copied..]);
        Some(out)
    }

    fn watch_tags(&mut self, plain: &str) {
        self.tag_seen = self.tag_seen || (self.steps.contains(Step::Entities) && entities::has_tag(plain));
    }

    /// Repairs one line until nothing changes, and what new line ends make of it.
    fn settle(&mut self, line: &str) -> Option<String> {
        let had_tag = self.steps.contains(Step::Entities) && !self.tag_seen && entities::has_tag(line);
        let mut settled: Option<String> = None;
        for _ in 0..ROUNDS {
            match self.round(settled.as_deref().unwrap_or(line)) {
                Some(next) => settled = Some(next),
                None => break,
            }
        }
        // What a step broke into lines is judged line by line, as it will be the next time it is read.
        if let Some(text) = &settled
            && memchr(b'\n', text.as_bytes()).is_some()
        {
            let mut out = String::with_capacity(text.len());
            for piece in text.split_inclusive('\n') {
                let body = piece.strip_suffix('\n').unwrap_or(piece);
                let body = body.strip_suffix('\r').unwrap_or(body);
                out.push_str(self.settle(body).as_deref().unwrap_or(body));
                // An entity may have named a line feed where lines end otherwise.
                let end = &piece[body.len()..];
                out.push_str(if end.is_empty() || !self.steps.contains(Step::LineBreaks) { end } else { self.end });
            }
            settled = Some(out);
        }
        // A tag that was decoded, or broken by a repair, does not make the text HTML.
        self.tag_seen |= had_tag && settled.as_deref().is_none_or(entities::has_tag);
        settled
    }

    /// Runs all steps once over a line.
    fn round(&mut self, line: &str) -> Option<String> {
        let seen = prescan::ensemble(line);
        if !seen.calls_for(self.steps) {
            return None;
        }
        let mut text = Cow::Borrowed(line);
        for step in Step::ALL {
            if !self.steps.contains(step) || !seen.may_need(step) {
                continue;
            }
            if let Some((changed, places)) = self.run(step, &text) {
                self.counts.add(step, places);
                text = Cow::Owned(changed);
            }
        }
        match text {
            Cow::Owned(text) if text != line => Some(text),
            _ => None,
        }
    }

    fn run(&mut self, step: Step, text: &str) -> Change {
        match step {
            Step::TerminalEscapes => characters::strip_escapes(text),
            Step::Entities if self.tag_seen || entities::has_tag(text) => None,
            Step::Entities => entities::decode(text),
            Step::LostQuotes => characters::close_quotes(text),
            Step::Mojibake => {
                mojibake::repair(text, prescan::encodings(text), self.steps, &mut self.counts).map(|text| (text, 0))
            }
            Step::OddBreaks => whitespace::end_odd_lines(text),
            Step::C1Controls => characters::read_c1(text),
            Step::Ligatures => characters::split_ligatures(text),
            Step::Width => characters::usual_width(text),
            Step::UncurlQuotes => characters::uncurl(text),
            Step::LineBreaks => whitespace::end_lines(text),
            Step::ControlChars => characters::strip_controls(text),
            Step::Invisible => invisible::strip(text),
            Step::Nfc => characters::compose(text),
            // Parts of other steps, and one that is done elsewhere.
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

    fn run(text: &str, steps: Steps) -> String {
        normalize(Cow::Borrowed(text), steps).text.into_owned()
    }

    #[test]
    fn clean_text_is_borrowed() {
        for text in ["", "plain\nlines\n", "Grüße, ça va?\n日本語。\n", "a\r\nb\r\n", "\u{a0}“quoted” ﬁne Ａ\n"]
        {
            let done = normalize(Cow::Borrowed(text), Steps::DEFAULT);
            assert!(matches!(done.text, Cow::Borrowed(same) if same == text), "{text:?}");
            assert!(done.steps.is_empty());
        }
    }

    #[test]
    fn no_step_no_change() {
        let text = "Ã©\r\u{200b}&amp;\0";
        assert_eq!(run(text, Steps::NONE), text);
    }

    #[test]
    fn steps_are_counted() {
        let done = normalize(Cow::Borrowed("cafÃ© crÃ¨me\nsalt &amp; pepper\0\nso\u{ad}ft\n"), Steps::DEFAULT);
        assert_eq!(done.text, "café crème\nsalt & pepper\nsoft\n");
        let expected = [(Step::Entities, 1), (Step::Mojibake, 2), (Step::ControlChars, 1), (Step::Invisible, 1)];
        assert_eq!(done.steps, expected);
    }

    #[test]
    fn one_step_makes_work_for_another() {
        // An entity is one of the bytes, a control character parts two, a curly quote holds up the rest.
        assert_eq!(run("5 Â&deg;C", Steps::DEFAULT), "5 °C");
        assert_eq!(run("caf\u{c3}\0\u{a9}", Steps::DEFAULT), "café");
        assert_eq!(run("&amp;amp;lt;", Steps::DEFAULT), "<");
    }

    #[test]
    fn html_source_keeps_its_entities() {
        assert_eq!(run("R&amp;D\n<p>R&amp;D\nR&amp;D", Steps::DEFAULT), "R&D\n<p>R&amp;D\nR&amp;D");
        assert_eq!(run("1 < 2 &amp;&amp; 3 &gt; 2", Steps::DEFAULT), "1 < 2 && 3 > 2");
        assert_eq!(run("&lt;b&gt;\n&amp;", Steps::DEFAULT), "<b>\n&");
    }

    #[test]
    fn line_ends() {
        assert_eq!(run("a\rb\r\nc\nd", Steps::DEFAULT), "a\nb\nc\nd");
        assert_eq!(run("a\r\nb\u{2028}c\r\n", Steps::DEFAULT), "a\r\nb\r\nc\r\n");
        assert_eq!(run("a\r\nb\r\n", Steps::FTFY), "a\nb\n");
        assert_eq!(run("a\r\n&#10;b\r\n", Steps::DEFAULT), "a\r\n\r\nb\r\n");
        assert_eq!(run("page\u{c}\n", Steps::DEFAULT), "page\n\n");
        assert_eq!(run("a\r\nb\n", Steps::DEFAULT.without(Step::LineBreaks)), "a\r\nb\n");
    }

    #[test]
    fn the_two_sets() {
        let text = "“ﬁne” Ａ　so\u{200b}ft\u{85}";
        assert_eq!(run(text, Steps::DEFAULT), "“ﬁne” Ａ　soft…");
        assert_eq!(run(text, Steps::FTFY), "\"fine\" A so\u{200b}ft…");
    }

    #[test]
    fn sets_from_words() {
        assert_eq!(Steps::parse("default"), Ok(Steps::DEFAULT));
        assert_eq!(Steps::parse("none"), Ok(Steps::NONE));
        assert_eq!(Steps::parse("nfc, mojibake"), Ok(Steps::NONE.with(Step::Nfc).with(Step::Mojibake)));
        assert_eq!(Steps::parse("ftfy,-uncurl-quotes"), Ok(Steps::FTFY.without(Step::UncurlQuotes)));
        assert_eq!(Steps::parse("default,+width"), Ok(Steps::DEFAULT.with(Step::Width)));
        assert_eq!(Steps::parse("-entities"), Ok(Steps::DEFAULT.without(Step::Entities)));
        assert_eq!(Steps::parse("+width,-nfc"), Ok(Steps::DEFAULT.with(Step::Width).without(Step::Nfc)));
        let error = Steps::parse("default,wdth").unwrap_err();
        assert!(error.contains("'wdth'") && error.contains("uncurl-quotes"), "{error}");
        assert!(Steps::parse("").is_err());
        for step in Step::ALL {
            assert_eq!(step.name().parse::<Step>(), Ok(step));
            assert_eq!(Step::ALL[step as usize], step);
        }
    }

    #[test]
    fn long_lines_of_every_kind_of_trouble() {
        for trouble in
            ["Ã©é â€™Ã ", "&amp;", "&amp", "\u{1b}]", "\u{200d}", "Ã", "\r", "a\u{301}", "â€™é", "&lt;b", "\u{1b}[;"]
        {
            let text = trouble.repeat(30_000);
            let once = run(&text, Steps::DEFAULT);
            assert_eq!(run(&once, Steps::DEFAULT), once, "{trouble:?}");
        }
    }

    /// Pieces that steps act on, so that random text is not mostly harmless.
    fn suspicious() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            any::<char>().prop_map(String::from),
            prop::char::range('\0', '\u{ff}').prop_map(String::from),
            prop::sample::select(vec![
                "Ã", "Â", "â", "€", "™", "©", "œ", "\u{9d}", "\u{a0}", " ", "?", "\u{fffd}", "ð", "Ÿ", "í", "Р", "С",
                "в", "Ђ", "√", "├", "Ä", "&amp;", "&", "amp;", "&Acirc;", "&#10;", "&#13;", "<b", "<", "\r", "\n",
                "\r\n", "\u{85}", "\u{c}", "\u{2028}", "\u{1b}[", "m", "\u{301}", "e", "E", "’", "ﬁ", "＆", "\u{200d}",
                "\u{200e}", "ا", "\0", ".",
            ])
            .prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(500))]

        #[test]
        fn running_again_changes_nothing(text in suspicious(), odd in any::<u32>()) {
            for steps in [Steps::DEFAULT, Steps::FTFY, Steps(odd & ((1 << Step::ALL.len()) - 1))] {
                let once = run(&text, steps);
                let again = normalize(Cow::Borrowed(&once), steps);
                prop_assert_eq!(&again.text, &once);
                prop_assert!(again.steps.is_empty());
            }
        }

        #[test]
        fn any_text_is_taken(text in any::<String>()) {
            run(&text, Steps::DEFAULT);
            run(&text, Steps::FTFY);
        }
    }
}
