//! What becomes of lines by the rules and the page together: guards, kept classes, cuts, site packs.

use bodytext::{Cleaner, Heuristic, LineClass, Metadata, Options, Pack, Reason, RuleSet, Selection};

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

/// A page whose headline could as well be one of the labels around it.
fn page_of_labels() -> String {
    let above = "Home\nNews\nSport\nFish market\nMost read\nThe wall\nNight boats\nBy Jane Roe\n12 March 2026\n";
    format!("{above}Share this story:\nFacebook\nTwitter\n{PARAGRAPH}\n{PARAGRAPH}\n{PARAGRAPH}\nLeave a Reply\n")
}

#[test]
fn the_line_with_the_title_of_the_page_is_the_headline() {
    let (page, cleaner) = (page_of_labels(), Cleaner::builtin(Options::default()));
    let headlines = |title: Option<&str>, cleaner: &Cleaner| -> Vec<(String, bool)> {
        let cleaned = cleaner.clean_text(&page, Metadata { title, ..Metadata::default() });
        let lines = cleaned.verdicts.iter().enumerate().filter(|(_, verdict)| verdict.class == LineClass::Headline);
        lines.map(|(line, verdict)| (cleaned.line(line).to_owned(), verdict.keep)).collect()
    };
    let kept = |line: &str| vec![(line.to_owned(), true)];
    assert_ne!(headlines(None, &cleaner), kept("The wall"));
    assert_eq!(headlines(Some("The Wall"), &cleaner), kept("The wall"));
    assert_eq!(headlines(Some("The wall – The Post"), &cleaner), kept("The wall"));
    // A rule takes it for a label.
    assert!(!cleaner.clean_text(&page, None).text().contains("Most read"));
    assert_eq!(headlines(Some("Most read"), &cleaner), kept("Most read"));
    for title in ["By Jane Roe", "12 March 2026", "Share this story", "Nothing of the page"] {
        assert_eq!(headlines(Some(title), &cleaner), headlines(None, &cleaner), "{title}");
    }
    let body_only = Cleaner::builtin(Options { keep: vec![LineClass::Body], ..Options::default() });
    assert_eq!(headlines(Some("The wall"), &body_only), [("The wall".to_owned(), false)]);
}

#[test]
fn fields_are_lines_as_a_reader_sees_them() {
    let title = Metadata { title: Some("The wall"), ..Metadata::default() };
    let page = format!("{}Tags: wall, harbour\n", page_of_labels());
    let body_only = Cleaner::builtin(Options { keep: vec![LineClass::Body], ..Options::default() });
    for cleaner in [Cleaner::builtin(Options::default()), body_only] {
        let fields = cleaner.clean_text(&page, title).fields();
        assert_eq!((fields.headline.as_deref(), fields.byline.as_deref()), (Some("The wall"), Some("By Jane Roe")));
        assert_eq!((fields.dateline.as_deref(), fields.standfirst.as_deref()), (Some("12 March 2026"), None));
        assert_eq!(fields.tags, ["Tags: wall, harbour"]);
    }
    let marked = format!(
        "# The *wall* of the harbour is mended\n\nBy [Jane Roe](/jane)\n\n* 12 March 2026\n\n{PARAGRAPH}\n\n{PARAGRAPH}\n\n\
         ![](wall.png)\n\n{PARAGRAPH}\n\nLeave a Reply\n"
    );
    let fields = Cleaner::builtin(Options::default()).clean_text(&marked, None).fields();
    assert_eq!(fields.headline.as_deref(), Some("The wall of the harbour is mended"));
    assert_eq!((fields.byline.as_deref(), fields.dateline.as_deref()), (Some("By Jane Roe"), Some("12 March 2026")));
    assert_eq!(Cleaner::builtin(Options::default()).clean_text(PARAGRAPH, None).fields(), bodytext::Fields::default());
}

/// What only the score removes says by its class where it was, and no class of rules brings it back.
#[test]
fn classes_of_low_scores_say_where_a_line_was() {
    let page = include_str!("../../samples/documents/mill-with-a-box-of-labels-inside/input.txt");
    let removed_by_score = |keep: &[LineClass]| {
        let mut options = Options::default();
        options.keep.extend(keep);
        let cleaned = Cleaner::builtin(options).clean_text(page, None).verdicts;
        let low = |reason: &Reason| *reason == Reason::Heuristic(Heuristic::LowScore);
        let removed = cleaned.iter().filter(|verdict| !verdict.keep && verdict.reasons.iter().any(low));
        removed.map(|verdict| verdict.class).collect::<Vec<_>>()
    };
    let usual = removed_by_score(&[]);
    assert!(usual.contains(&LineClass::Boilerplate), "{usual:?}");
    let places = [LineClass::Navigation, LineClass::Boilerplate, LineClass::Related];
    assert!(usual.iter().all(|class| places.contains(class)), "{usual:?}");
    assert_eq!(removed_by_score(&[LineClass::Byline, LineClass::Credit, LineClass::Tags]), usual);
    assert!(!removed_by_score(&[LineClass::Boilerplate]).contains(&LineClass::Boilerplate));
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
