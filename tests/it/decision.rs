//! What becomes of lines by the rules and the page together: guards, kept classes, cuts, site packs.

use bodytext::{Cleaner, LineClass, Options, Pack, RuleSet, Selection};

const PARAGRAPH: &str = "The ferry left the harbour at nine in the morning, and nobody stood on the pier to wave it off, \
    since the storm had taken the railings and most of the benches the night before, and half of the lamps as well.";

#[test]
fn a_cut_after_rule_needs_enough_body_before_it() {
    let short = format!("{PARAGRAPH}\nLeave a reply\nI was there and it was not like that at all, believe me.\n");
    assert!(cleaned(&short).contains("I was there"), "35 words are not enough");
    let long = format!("{PARAGRAPH}\n{PARAGRAPH}\nLeave a reply\nI was there.\n");
    assert_eq!(cleaned(&long), format!("{PARAGRAPH}\n{PARAGRAPH}\n"));
}

#[test]
fn a_kept_class_stays_among_boilerplate() {
    let page = format!(
        "By Jane Roe\nShare this story\nFacebook\nTwitter\nCopy link\n{PARAGRAPH}\n{PARAGRAPH}\n{PARAGRAPH}\n{PARAGRAPH}\n"
    );
    let keep = vec![LineClass::Body, LineClass::Byline];
    let cleaner = Cleaner::builtin(Options { keep, ..Options::default() });
    let cleaned = cleaner.clean_text(&page, None);
    assert!(cleaned.text().starts_with("By Jane Roe\nThe ferry"), "{}", cleaned.text());
}

#[test]
fn overlapping_cuts_are_merged() {
    let pack = r#"
schema = 1
name = "cuts"

[[rule]]
id = "my.cut.long"
kind = "span"
class = "share"
why = "Two rules can find the same label."
phrases = ["read the rest here", "the rest here today"]
at = "anywhere"
matches = ["A tale, read the rest here today."]
near_misses = ["They read the rest here, in bed: read the rest hereafter."]
"#;
    let pack = Pack::parse("cuts.toml", pack).unwrap();
    let rules = RuleSet::new(vec![pack], &Selection::default()).unwrap();
    let cleaner = Cleaner::new(rules, None, Options::default());
    assert_eq!(cleaner.clean_text("A tale read the rest here today, she said.", None).text(), "A tale, she said.");
    assert_eq!(cleaner.clean_text("Read the rest here today\nA tale.\n", None).text(), "A tale.\n");
    assert_eq!(cleaner.clean_text("Read the rest here now or never.", None).text(), "now or never.");
}

#[test]
fn a_site_pack_cannot_change_rules_of_other_sites() {
    for change in [
        "disable = [\"en.share.prompt\"]\n",
        "[[extend]]\nid = \"en.share.prompt\"\n\"phrases+\" = [\"share this tale\"]\n",
    ] {
        let pack = Pack::parse("site/example.org.toml", &format!("schema = 1\nname = \"site\"\n{change}")).unwrap();
        let mut packs = RuleSet::builtin_packs();
        packs.push(pack.for_host("example.org"));
        let error = RuleSet::new(packs, &Selection::default()).unwrap_err().to_string();
        assert!(error.contains("would hold for all sites"), "{error}");
    }
}

/// With a loop over all pairs of hits these would take minutes.
#[test]
fn repeated_lines_take_linear_time() {
    for line in ["Home\n", "Leave a Reply\n", "Share this story\n", "Related articles\n", "Read more\n", "may not be "]
    {
        let page = line.repeat(600_000 / line.len());
        assert!(cleaned(&page).len() <= page.len());
    }
}

fn cleaned(text: &str) -> String {
    Cleaner::builtin(Options::default()).clean_text(text, None).into_text().into_owned()
}
