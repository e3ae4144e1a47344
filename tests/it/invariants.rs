//! What holds for every input: no panic, normalising again changes nothing, what stays was there before.

use bodytext::unstable::normalize;
use bodytext::{Cleaner, LineClass, Options, RuleSet, Steps};
use proptest::prelude::*;
use std::borrow::Cow;
use std::sync::OnceLock;

use crate::fuzzing::check;

/// Cases of each property, as the README promises.
const CASES: u32 = 4_000;

proptest! {
    #![proptest_config(ProptestConfig { cases: CASES, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_cleaned(bytes in bytes()) {
        check(&cleaner().clean(&bytes, None));
    }

    #[test]
    fn any_text_is_cleaned(text in document()) {
        check(&cleaner().clean_text(&text, Some("news.example.org")));
        check(&body_only().clean_text(&text, None));
    }

    #[test]
    fn normalizing_again_changes_nothing(text in document()) {
        for steps in [Steps::NONE, Steps::DEFAULT, Steps::FTFY] {
            let once = normalize(Cow::Borrowed(&text), steps);
            let twice = normalize(Cow::Borrowed(&once.text), steps);
            prop_assert_eq!(&once.text, &twice.text);
        }
    }

    #[test]
    fn without_rules_and_steps_the_decoded_text_comes_out(text in document()) {
        let cleaner = Cleaner::new(RuleSet::empty(), None, Options { steps: Steps::NONE, ..Options::default() });
        let cleaned = cleaner.clean(text.as_bytes(), None);
        // A short text with control characters may rightly be taken for UTF-16 without a byte-order mark.
        let is_control = |c: char| c < ' ' && !matches!(c, '\t' | '\n' | '\r');
        if !text.starts_with('\u{FEFF}') && !text.contains(is_control) {
            prop_assert_eq!(cleaned.text(), text.as_str());
            prop_assert!(matches!(cleaned.into_text(), Cow::Borrowed(_)));
        }
    }
}

#[test]
fn clean_text_is_borrowed() {
    let text = "The ferry left the harbour at nine in the morning.\n\nNobody was on the pier to wave it off.\n";
    assert!(matches!(cleaner().clean(text.as_bytes(), None).into_text(), Cow::Borrowed(_)));
}

fn cleaner() -> &'static Cleaner {
    static CLEANER: OnceLock<Cleaner> = OnceLock::new();
    CLEANER.get_or_init(|| Cleaner::builtin(Options::default()))
}

fn body_only() -> &'static Cleaner {
    static CLEANER: OnceLock<Cleaner> = OnceLock::new();
    let keep = vec![LineClass::Body, LineClass::Standfirst, LineClass::Caption];
    CLEANER.get_or_init(|| Cleaner::builtin(Options { keep, ..Options::default() }))
}

/// Random bytes, and bytes that look like encodings with faults.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..300),
        proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b' '), 0x20..0x7Fu8, 0x80..0xFFu8, Just(0)], 0..300),
        (document(), any::<prop::sample::Index>(), any::<u8>()).prop_map(|(text, at, byte)| {
            let mut bytes = text.into_bytes();
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes
        }),
    ]
}

/// Texts made of what pages are made of: prose, boilerplate, odd characters, odd line endings.
fn document() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => prop::sample::select(PROSE).prop_map(str::to_owned),
        4 => prop::sample::select(BOILERPLATE).prop_map(str::to_owned),
        1 => "\\PC{0,40}",
        1 => any::<String>(),
        1 => "[ÃÂâ€™žœ¢£¤¥¦§¨©ª«¬\u{80}-\u{BF} a-z&;#0-9]{0,30}",
        1 => "[\u{200B}-\u{200F}\u{AD}\u{FEFF}\u{A0}\u{0}-\u{1F}a-zא-ת]{0,20}",
    ];
    let ending = prop::sample::select(vec!["\n", "\n\n", "\r\n", "\n\n\n", "\r", "\u{2028}", " "]);
    (proptest::collection::vec((piece, ending), 0..14), any::<bool>()).prop_map(|(pieces, newline)| {
        let mut text: String = pieces.into_iter().map(|(piece, ending)| piece + ending).collect();
        if newline {
            text.push('\n');
        }
        text
    })
}

const PROSE: &[&str] = &[
    "The ferry left the harbour at nine in the morning, and nobody was on the pier to wave it off.",
    "“We have never seen a winter like this one,” said the keeper of the lighthouse, who has been here for forty years.",
    "Der Bürgermeister sagte, die Brücke werde im Frühjahr wieder geöffnet, wenn das Geld dafür reicht.",
    "港は冬の間閉鎖されると市議会は述べた。船は春まで戻らない見込みだ。",
    "Порт закрыт на зиму, сообщил городской совет, и паромы вернутся не раньше апреля.",
    "A short one.",
];

const BOILERPLATE: &[&str] = &[
    "Share this story:",
    "  • 1",
    "Leave a Reply",
    "One Comment",
    "Sign up for our newsletter and never miss a story",
    "Facebook",
    "Twitter",
    "Related articles",
    "Harbour bridge to close for a year",
    "© 2026 The Northern Post. All rights reserved.",
    "We use cookies to improve your experience.",
    "By Jane Roe",
    "Published on 12 December 2023",
    "Home > World > Europe",
    "The report (opens in new tab) was long",
    "Skip to main content",
    "Tags: rivers, ports",
    "",
];
