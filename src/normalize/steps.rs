//! The steps of normalisation, sets of them, and how often each fired.

use crate::named_enum::{UnknownName, named_enum};

named_enum! {
    /// A step of normalisation, in the order in which they run.
    #[repr(u8)]
    pub enum Step {
        /// Removes terminal escapes: colours, cursor movements, window titles.
        TerminalEscapes = "terminal-escapes",
        /// Decodes HTML entities, up to the first line with a tag.
        Entities = "entities",
        /// Repairs closing quotation marks whose last byte was dropped (`â€`).
        LostQuotes = "lost-quotes",
        /// Repairs text that was decoded from the wrong encoding. The next four extend it and do nothing without it.
        Mojibake = "mojibake",
        /// Repairs mojibake in which a no-break space became a plain space.
        LostSpaces = "lost-spaces",
        /// Repairs mojibake in which a byte became U+FFFD or `?`: the character is lost and becomes U+FFFD.
        Lossy = "lossy",
        /// Repairs mojibake in lines with other non-ASCII characters that are good as they are.
        Inconsistent = "inconsistent",
        /// Repairs mojibake of characters that were encoded as two surrogates.
        Surrogates = "surrogates",
        /// Turns vertical tabs, form feeds and next-line controls into line ends.
        OddBreaks = "odd-breaks",
        /// Decodes C1 controls as the Windows-1252 characters of the same number.
        C1Controls = "c1-controls",
        /// Takes Latin ligatures apart.
        Ligatures = "ligatures",
        /// Replaces full-width and half-width forms by the usual ones.
        Width = "width",
        /// Straightens curly quotes.
        UncurlQuotes = "uncurl-quotes",
        /// Turns carriage returns, line and paragraph separators into line ends, and makes all line ends the same. A
        /// text whose lines all end in CRLF keeps it.
        LineBreaks = "line-breaks",
        /// Replaces CRLF by LF in such a text too. Does nothing without `LineBreaks`.
        Crlf = "crlf",
        /// Removes control characters.
        ControlChars = "control-chars",
        /// Removes soft hyphens, zero-width characters and direction marks that no script needs, and characters that no
        /// step could decode.
        Invisible = "invisible",
        /// Composes letters with their accents (normalisation form C).
        Nfc = "nfc",
        /// Removes blank lines at the edges and all but one in between. It runs when the kept lines are joined.
        BlankLines = "blank-lines",
    }
}

/// A set of steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Steps(u32);

impl Steps {
    /// No steps: the text stays exactly as it was decoded.
    pub const NONE: Steps = Steps(0);
    /// The least change: repairs errors, and leaves spaces, quotes, ligatures, width and letters alone.
    pub const DEFAULT: Steps =
        Steps::all().without(Step::Ligatures).without(Step::Width).without(Step::UncurlQuotes).without(Step::Crlf);
    /// Everything that ftfy does by default.
    pub const FTFY: Steps = Steps::all().without(Step::LostQuotes).without(Step::OddBreaks).without(Step::Invisible);

    /// Parses a list such as `default`, `ftfy,-uncurl-quotes`, `default,+width` or `mojibake,nfc`: comma-separated sets
    /// and steps, applied from left to right; `-` removes one. A list that begins with `+` or `-` changes the default.
    ///
    /// # Errors
    ///
    /// An unknown name; the message lists the known ones.
    pub fn parse(list: &str) -> Result<Steps, UnknownName> {
        let mut steps = if list.trim_start().starts_with(['-', '+']) { Steps::DEFAULT } else { Steps::NONE };
        for word in list.split(',').map(str::trim) {
            match word.strip_prefix('-') {
                Some(name) => steps.0 &= !Steps::named(name)?.0,
                None => steps.0 |= Steps::named(word.strip_prefix('+').unwrap_or(word))?.0,
            }
        }
        Ok(steps)
    }

    /// The set of that name, or the single step.
    fn named(name: &str) -> Result<Steps, UnknownName> {
        match name {
            "none" => Ok(Steps::NONE),
            "default" => Ok(Steps::DEFAULT),
            "ftfy" => Ok(Steps::FTFY),
            step => step.parse().map(|step| Steps::NONE.with(step)).map_err(|_| {
                let known: Vec<&str> =
                    ["none", "default", "ftfy"].into_iter().chain(Step::ALL.map(Step::name)).collect();
                UnknownName::new(name, &known)
            }),
        }
    }

    const fn all() -> Steps {
        Steps((1 << Step::ALL.len()) - 1)
    }

    /// These steps and `step`.
    #[must_use]
    #[doc(hidden)]
    pub const fn with(self, step: Step) -> Steps {
        Steps(self.0 | 1 << step as u8)
    }

    /// These steps without `step`.
    #[must_use]
    #[doc(hidden)]
    pub const fn without(self, step: Step) -> Steps {
        Steps(self.0 & !(1 << step as u8))
    }

    /// Whether the set contains `step`.
    #[doc(hidden)]
    pub const fn contains(self, step: Step) -> bool {
        self.0 & 1 << step as u8 != 0
    }
}

/// How many places each step has changed.
#[derive(Debug, Default)]
pub(super) struct StepCounts([usize; Step::ALL.len()]);

impl StepCounts {
    pub(super) fn add(&mut self, step: Step, places: usize) {
        self.0[step as usize] += places;
    }

    /// The steps that changed something.
    pub(super) fn fired(&self) -> Vec<(Step, usize)> {
        Step::ALL.into_iter().zip(self.0).filter(|(_, places)| *places > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_sets_and_steps_are_parsed() {
        assert_eq!(Steps::parse("default"), Ok(Steps::DEFAULT));
        assert_eq!(Steps::parse("none"), Ok(Steps::NONE));
        assert_eq!(Steps::parse("nfc, mojibake"), Ok(Steps::NONE.with(Step::Nfc).with(Step::Mojibake)));
        assert_eq!(Steps::parse("ftfy,-uncurl-quotes"), Ok(Steps::FTFY.without(Step::UncurlQuotes)));
        assert_eq!(Steps::parse("default,+width"), Ok(Steps::DEFAULT.with(Step::Width)));
        assert_eq!(Steps::parse("-entities"), Ok(Steps::DEFAULT.without(Step::Entities)));
        assert_eq!(Steps::parse("+width,-nfc"), Ok(Steps::DEFAULT.with(Step::Width).without(Step::Nfc)));
        let error = Steps::parse("default,wdth").unwrap_err().to_string();
        assert!(error.contains("'wdth'") && error.contains("uncurl-quotes"), "{error}");
        assert!(Steps::parse("").is_err());
    }
}
