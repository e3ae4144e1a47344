//! The steps of normalisation together: their order, their counts, and that a second run changes nothing.

use std::borrow::Cow;

use bodytext::unstable::normalize;
use bodytext::{Step, Steps};
use proptest::prelude::*;

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
fn steps_run_until_nothing_changes() {
    // An entity is one of the bytes, or a control character stands between two.
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
fn the_sets_differ() {
    let text = "“ﬁne” Ａ　so\u{200b}ft\u{85}";
    assert_eq!(run(text, Steps::DEFAULT), "“ﬁne” Ａ　soft…");
    assert_eq!(run(text, Steps::FTFY), "\"fine\" A so\u{200b}ft…");
}

#[test]
fn long_lines_of_every_kind_of_damage() {
    for damage in
        ["Ã©é â€™Ã ", "&amp;", "&amp", "\u{1b}]", "\u{200d}", "Ã", "\r", "a\u{301}", "â€™é", "&lt;b", "\u{1b}[;"]
    {
        let text = damage.repeat(30_000);
        let once = run(&text, Steps::DEFAULT);
        assert_eq!(run(&once, Steps::DEFAULT), once, "{damage:?}");
    }
}

/// Pieces that steps act on, so that random text is not mostly good.
fn suspicious() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::char::range('\0', '\u{ff}').prop_map(String::from),
        prop::sample::select(vec![
            "Ã", "Â", "â", "€", "™", "©", "œ", "\u{9d}", "\u{a0}", " ", "?", "\u{fffd}", "ð", "Ÿ", "í", "Р", "С", "в",
            "Ђ", "√", "├", "Ä", "&amp;", "&", "amp;", "&Acirc;", "&#10;", "&#13;", "<b", "<", "\r", "\n", "\r\n",
            "\u{85}", "\u{c}", "\u{2028}", "\u{1b}[", "m", "\u{301}", "e", "E", "’", "ﬁ", "＆", "\u{200d}", "\u{200e}",
            "ا", "\0", ".",
        ])
        .prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn running_again_changes_nothing(text in suspicious(), chosen in prop::collection::vec(prop::sample::select(&Step::ALL[..]), 0..12)) {
        let some = chosen.into_iter().fold(Steps::NONE, Steps::with);
        for steps in [Steps::DEFAULT, Steps::FTFY, some] {
            let once = run(&text, steps);
            let again = normalize(Cow::Borrowed(&once), steps);
            prop_assert_eq!(&again.text, &once);
            prop_assert!(again.steps.is_empty());
        }
    }

    #[test]
    fn any_text_is_normalized(text in any::<String>()) {
        run(&text, Steps::DEFAULT);
        run(&text, Steps::FTFY);
    }
}
