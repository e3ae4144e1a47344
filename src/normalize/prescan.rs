//! Determines in one cheap pass which steps could change a line. It may name too many steps, never too few; most lines
//! need none. [`Prescan`] finds these lines in a text, and [`scan`] their steps.

use std::sync::OnceLock;

use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, is_nfc_quick};

use super::encodings::{self, continuation_mask, lead_mask};
use super::{Step, Steps, characters, invisible};
use crate::simd::marks::{self, Marks};

/// The result of a scan: the low bits are encodings, the others groups of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Findings(u32);

/// One bit for each encoding, and one for "Ã" or "Â" before a plain space, which is a pair of bytes like the others except
/// that the second was lost. Any other letter before a space is too common to mean anything.
const SHIFT: usize = encodings::COUNT + 1;
const LOST_SPACE: u32 = 1 << encodings::COUNT;
const LEADS: u32 = (1 << SHIFT) - 1;
const CONTROL: u32 = 1 << 20;
const C1: u32 = 1 << 21;
const INVISIBLE: u32 = 1 << 22;
const BREAK: u32 = 1 << 23;
const ODD_BREAK: u32 = 1 << 24;
const QUOTE: u32 = 1 << 25;
const LIGATURE: u32 = 1 << 26;
const WIDTH: u32 = 1 << 27;
const COMBINING: u32 = 1 << 28;
const AMPERSAND: u32 = 1 << 29;
const ESCAPE: u32 = 1 << 30;
/// The low bits of a table entry are leads, the next ones continuation bytes, the rest these.
const GROUPS: u32 = !(LEADS | LEADS << SHIFT);

/// What each character of the basic plane could call for, in blocks that are computed when a text first needs them: a
/// text has characters of few blocks.
static BLOCKS: [OnceLock<[u32; BLOCK]>; 0x1_0000 / BLOCK] = [const { OnceLock::new() }; 0x1_0000 / BLOCK];
const BLOCK: usize = 256;

impl Findings {
    /// The encodings in which a lead byte precedes a continuation byte.
    pub(super) fn encodings(self) -> u32 {
        let lost_space = u32::from(self.0 & LOST_SPACE != 0) << encodings::WESTERN;
        (self.0 & (LOST_SPACE - 1)) | lost_space
    }

    /// Whether `step` could change anything.
    pub(super) fn needs(self, step: Step) -> bool {
        self.0 & bits_of(step) != 0
    }

    /// Whether any of `steps` could change anything.
    pub(super) fn needs_any(self, steps: Steps) -> bool {
        self.0 & bits_of_all(steps) != 0
    }
}

/// The findings that call for `step`.
const fn bits_of(step: Step) -> u32 {
    match step {
        Step::TerminalEscapes => ESCAPE,
        Step::Entities => AMPERSAND,
        Step::LostQuotes | Step::Mojibake => LEADS,
        Step::OddBreaks => ODD_BREAK,
        Step::C1Controls => C1,
        Step::Ligatures => LIGATURE,
        Step::Width => WIDTH,
        Step::UncurlQuotes => QUOTE,
        Step::LineBreaks => BREAK,
        Step::ControlChars => CONTROL,
        Step::Invisible => INVISIBLE,
        Step::Nfc => COMBINING,
        Step::LostSpaces | Step::Lossy | Step::Inconsistent | Step::Surrogates | Step::Crlf | Step::BlankLines => 0,
    }
}

fn bits_of_all(steps: Steps) -> u32 {
    Step::ALL.into_iter().filter(|&step| steps.contains(step)).fold(0, |bits, step| bits | bits_of(step))
}

/// Finds the places of a text where a step could change something.
pub(super) struct Prescan<'t> {
    text: &'t str,
    marks: Marks,
    /// The findings that call for one of the steps.
    wanted: u32,
    /// Whether CRLF becomes LF.
    replaces_crlf: bool,
}

impl<'t> Prescan<'t> {
    pub(super) fn new(text: &'t str, steps: Steps, replaces_crlf: bool) -> Prescan<'t> {
        Prescan { text, marks: marks::find(text), wanted: bits_of_all(steps), replaces_crlf }
    }

    /// The first such place at or after `from`, which begins a character.
    pub(super) fn next(&self, from: usize) -> Option<usize> {
        self.marks.iter_from(from).find(|&at| self.may_change(at))
    }

    /// Whether a step could change the character at `at`, alone or with the next one.
    fn may_change(&self, at: usize) -> bool {
        let mut chars = self.text[at..].chars();
        let c = chars.next();
        match c {
            // An entity has a name or a number.
            Some('&') => {
                self.wanted & AMPERSAND != 0
                    && chars.next().is_some_and(|next| next.is_ascii_alphanumeric() || next == '#')
            }
            Some('\r') if chars.as_str().starts_with('\n') => self.replaces_crlf,
            _ => {
                let found = c.map_or(0, entry_of) & self.wanted;
                // Bytes of mojibake come at least in pairs.
                let leads = found & LEADS;
                found & GROUPS != 0
                    || leads != 0 && chars.next().is_some_and(|next| leads & entry_of(next) >> SHIFT != 0)
            }
        }
    }
}

pub(super) fn scan(text: &str) -> Findings {
    let mut findings = 0;
    let mut leads = 0;
    for c in text.chars() {
        let entry = entry_of(c);
        findings |= (entry & GROUPS) | (leads & entry >> SHIFT);
        leads = entry & LEADS;
    }
    Findings(findings)
}

fn entry_of(c: char) -> u32 {
    let n = c as usize;
    let Some(block) = BLOCKS.get(n / BLOCK) else { return entry(c) };
    let first = n - n % BLOCK;
    block.get_or_init(|| {
        std::array::from_fn(|at| u32::try_from(first + at).ok().and_then(char::from_u32).map_or(0, entry))
    })[n % BLOCK]
}

fn bytes(c: char) -> u32 {
    let mut leads = lead_mask(c);
    let mut continuations = continuation_mask(c);
    match c {
        'Ã' | 'Â' => leads |= LOST_SPACE,
        ' ' => continuations = LOST_SPACE,
        // It may have been any byte.
        char::REPLACEMENT_CHARACTER => continuations = LOST_SPACE - 1,
        _ => {}
    }
    leads | continuations << SHIFT
}

fn entry(c: char) -> u32 {
    match c {
        // Han, and the Hangul syllables, which are composed already.
        '\u{3100}'..='\u{a66e}' | '\u{ac00}'..='\u{d7a3}' | '\u{1f000}'..='\u{1fbff}' | '\u{20000}'..='\u{2f7ff}' => 0,
        c => groups(c) | bytes(c),
    }
}

fn groups(c: char) -> u32 {
    let combines =
        !c.is_ascii() && (canonical_combining_class(c) != 0 || is_nfc_quick(std::iter::once(c)) != IsNormalized::Yes);
    let groups = [
        (c == '&' || c == '＆', AMPERSAND),
        (c == '\u{1b}', ESCAPE),
        (characters::is_control(c), CONTROL),
        (matches!(c, '\u{80}'..='\u{9f}'), C1),
        (invisible::may_be_invisible(c), INVISIBLE),
        (matches!(c, '\r' | '\u{2028}' | '\u{2029}'), BREAK),
        (matches!(c, '\u{b}' | '\u{c}' | '\u{85}'), ODD_BREAK),
        (characters::straight(c).is_some(), QUOTE),
        (characters::is_ligature(c), LIGATURE),
        (characters::is_wide(c), WIDTH),
        (combines, COMBINING),
    ];
    groups.into_iter().filter(|(is_in, _)| *is_in).fold(0, |bits, (_, bit)| bits | bit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_text_of_many_scripts_needs_no_step() {
        for text in [
            "Der Fluß fließt über die Wiese.",
            "日本語の文章です。",
            "Доброе утро, мир!",
            "Καλημέρα κόσμε",
            "한국어 문장",
        ] {
            assert!(!scan(text).needs_any(Steps::DEFAULT), "{text}");
        }
        assert!(scan("Ã©").needs_any(Steps::DEFAULT));
    }

    #[test]
    fn only_what_a_step_could_change_is_found() {
        let next = |text: &str, steps| Prescan::new(text, steps, false).next(0);
        for text in ["• “Déjà vu” – x & y\r\n", "Ãb", "日本 R & D", "&; &"] {
            assert_eq!(next(text, Steps::DEFAULT), None, "{text}");
        }
        assert_eq!(next("• CafÃ© &amp;", Steps::DEFAULT), Some(7));
        assert_eq!(next("• Café &amp;", Steps::DEFAULT), Some(10));
        assert_eq!(next("a\rb", Steps::DEFAULT), Some(1));
        assert_eq!(next("Ã la", Steps::DEFAULT), Some(0));
        assert_eq!(next("“it”", Steps::FTFY), Some(0));
        assert_eq!(next("a\0", Steps::NONE), None);
        assert_eq!(Prescan::new("a\r\n", Steps::FTFY, true).next(0), Some(1));
    }
}
