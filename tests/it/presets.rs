//! The presets do what their sources do, line by line: the cases in which those are easily misread. The corpora were
//! compared as `tests/reference/line_rules.py` says.

use bodytext::Selection;
use bodytext::Steps;
use bodytext::{Cleaner, LineClass, Options, Pack, RuleSet};

#[test]
fn c4_drops_and_cuts_in_the_order_of_its_source() {
    for (line, left) in [
        // Marks are cut before the end is checked, and the space before them stays.
        ("The pier is old.[1][2]", Some("The pier is old.")),
        ("The pier is old. [1]", None),
        ("The pier[1] is [edit] old.", Some("The pier is  old.")),
        ("The pier is old...[1]", None),
        ("The pier is old[1]...", None),
        // Words are counted before the marks go.
        ("Ibid. [1] [2].", Some("Ibid.  .")),
        ("[1] [2] [3].", Some("  .")),
        ("Ibid. [1].", None),
        // Lowercase only, digits of all scripts, and only one number.
        ("The pier [Edit] is old.", Some("The pier [Edit] is old.")),
        ("The pier[\u{663}] is old[].", Some("The pier is old.")),
        ("The pier [1, 2] is old.", Some("The pier [1, 2] is old.")),
        // A mark can hide a word.
        ("They like java[1]script here.", None),
        ("The terms of[1] use are old.", None),
        ("The terms[1]  of use are old.", Some("The terms  of use are old.")),
        // The end is that of the line itself: ASCII quotes only, whitespace ignored.
        ("He said \"The pier is old\"", Some("He said \"The pier is old\"")),
        ("He said \u{201C}The pier is old.\u{201D}", None),
        ("The pier is old\u{2026}", None),
        ("The pier is old (and wet.)", None),
        ("The pier is old\u{FF01}", None),
        ("  The pier is old. \u{A0}", Some("  The pier is old. \u{A0}")),
        // Punctuation counts as words.
        ("- He left.", Some("- He left.")),
        ("He left.", None),
        ("It is { here } as well.", Some("It is { here } as well.")),
    ] {
        assert_eq!(one_line("c4", line).as_deref(), left, "{line:?}");
    }
}

#[test]
fn refinedweb_drops_and_cuts_in_the_order_of_its_source() {
    for (line, left) in [
        // Shares are of all characters, whitespace included, and a line of exactly half stays.
        ("ABC de", Some("ABC de")),
        ("ABC d", None),
        ("   ABC", None),
        ("A B C D", None),
        ("A B C d", Some("A B C d")),
        // Counters, with any signs around them.
        ("\u{2022} 1,200.5K Views!", None),
        ("_ 12 views", Some("_ 12 views")),
        ("12 views today", Some("12 views today")),
        // Each cut sees what the last one left.
        ("You have 2 items in cart", Some("You have 2")),
        ("Read more... items in cart", None),
        ("Read items in cart more...", None),
        ("The pier. Read more\u{2026}..", Some("The pier.")),
        ("The pier. Read more of it", Some("The pier. Read more of it")),
        ("The pier. Read more now", Some("The pier. Read more now")),
        ("The pier. Read more: it", Some("The pier. Read more: it")),
        ("The pier. Read moreish", Some("The pier.")),
        ("items in cart Sign-in here", Some(" Sign-in here")),
        ("Sign-in Read more...", None),
        ("sign-in  here", Some(" here")),
        (" Sign-in here", Some(" Sign-in here")),
        // Only whitespace counts as nothing left.
        ("\u{2022} items in cart", Some("\u{2022}")),
        // The cuts are for lines of ten words.
        ("One two three four five six seven items in cart", Some("One two three four five six seven")),
        (
            "One two three four five six seven eight items in cart",
            Some("One two three four five six seven eight items in cart"),
        ),
    ] {
        assert_eq!(one_line("refinedweb", line).as_deref(), left, "{line:?}");
    }
}

#[test]
fn with_a_preset_nothing_else_decides() {
    // One line of many sentences is one line; nothing is taken back; no menu is seen as one.
    let cleaner = cleaner("c4", &[]);
    let long = "The ferry left the harbour at nine in the morning, and nobody stood on the pier. ".repeat(20);
    let line = format!("{long}Back home\n");
    assert_eq!(cleaner.clean_text(&line, None).text(), "");
    assert!(!cleaner.clean_text(&line, None).report.rolled_back);
    let page = "Share this story.\nSubscribe to our newsletter.\nLeave a reply, please.\n";
    assert_eq!(cleaner.clean_text(page, None).text(), page);
    assert!(cleaner.rules().rules_only() && !RuleSet::builtin().rules_only());
}

#[test]
fn packs_of_ones_own_lie_over_a_preset() {
    let own = r#"
schema = 1
name = "own"
disable = ["c4.navigation.few-words"]

[[rule]]
id = "own.body.board"
kind = "keep"
class = "body"
why = "The board has headings."
phrases = ["the board of the harbour"]
matches = ["The board of the harbour"]
near_misses = ["On the board of the harbour sit nine."]

[[rule]]
id = "own.comments.below"
kind = "cut-after"
class = "comments"
why = "Comments stand below."
phrases = ["what readers say"]
min_body = 3
matches = ["What readers say"]
near_misses = ["What readers say counts."]
"#;
    let own = Pack::parse("own.toml", own).unwrap();
    let cleaner = cleaner("c4", &[own]);
    let page = "The board of the harbour\nHe left.\nA heading\nThe pier, which is old, is shut for the winter.\n\
        What readers say\nMe too.\n";
    let kept = "The board of the harbour\nHe left.\nThe pier, which is old, is shut for the winter.\n";
    assert_eq!(cleaner.clean_text(page, None).text(), kept);
}

#[test]
fn a_preset_has_a_hash_of_its_own() {
    let hash = |packs: &[Pack]| RuleSet::new(packs.to_vec(), &Selection::default()).unwrap().hash().to_owned();
    let preset = hash(&[Pack::preset("c4").unwrap()]);
    let same_rules = hash(&[Pack::parse("c4.toml", include_str!("../../rules/presets/c4.toml")).unwrap()]);
    assert_ne!(preset, same_rules, "the same rules decide otherwise where they are not a preset");
    assert_ne!(preset, hash(&[Pack::preset("refinedweb").unwrap()]));
}

/// Marks and cuts again and again are what breaks loops over all pairs of them.
#[test]
fn one_line_of_marks_takes_linear_time() {
    for (preset, piece) in [("c4", "[1]"), ("c4", "[1] it. "), ("refinedweb", "items in cart"), ("refinedweb", "A")] {
        let line = piece.repeat(300_000 / piece.len());
        assert!(cleaner(preset, &[]).clean_text(&line, None).text().len() <= line.len());
    }
}

fn one_line(preset: &str, line: &str) -> Option<String> {
    let cleaned = cleaner(preset, &[]);
    let cleaned = cleaned.clean_text(line, None);
    assert!(cleaned.verdicts.iter().all(|v| v.keep || v.class != LineClass::Body), "{line:?}");
    cleaned.verdicts[0].keep.then(|| cleaned.text().to_owned())
}

fn cleaner(preset: &str, own: &[Pack]) -> Cleaner {
    let packs: Vec<Pack> = std::iter::once(Pack::preset(preset).unwrap()).chain(own.iter().cloned()).collect();
    let rules = RuleSet::new(packs, &Selection::default()).unwrap();
    Cleaner::new(rules, None, Options { steps: Steps::NONE, ..Options::default() })
}
