//! The promises of README.md and docs/ that a change of the code could break unseen: every command works, and prints what
//! is shown. The Rust examples are documentation tests of the library.

use std::collections::BTreeSet;

use bodytext::{LineClass, Options, Pack};
use bodytext::{Step, Steps};

use crate::cli::bodytext;
use crate::rules::schema_keys;

const README: &str = include_str!("../../README.md");
const GUIDE: &str = include_str!("../../docs/guide.md");
const RULES: &str = include_str!("../../docs/rules.md");

#[test]
fn the_page_shown_is_the_sample() {
    let shown = blocks(README, "text").next().unwrap();
    assert_eq!(shown, include_str!("../../samples/pages/harbour.txt"));
}

#[test]
fn every_class_is_listed_with_what_becomes_of_it() {
    let keep = Options::default().keep;
    for class in LineClass::ALL.into_iter().filter(|&c| c != LineClass::Blank) {
        let row = row(class.name(), 3);
        let what = if keep.contains(&class) { "kept" } else { "removed" };
        assert_eq!(row[2], what, "{class}");
    }
}

#[test]
fn every_step_is_listed_with_the_sets_it_belongs_to() {
    for step in Step::ALL {
        let row = row(step.name(), 4);
        let yes = |set: Steps| if set.contains(step) { "yes" } else { "" };
        assert_eq!(row[2..], [yes(Steps::DEFAULT), yes(Steps::FTFY)], "{}", step.name());
    }
}

#[test]
fn the_guide_has_every_flag_and_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut known = BTreeSet::new();
    for command in
        ["", "explain", "eval", "tune", "bench", "verify", "rules list", "rules test", "rules profile", "rules show"]
    {
        let output = bodytext(dir.path()).args(command.split_whitespace()).arg("--help").output().unwrap();
        known.extend(flags(&String::from_utf8(output.stdout).unwrap()));
    }
    let shown = flags(GUIDE);
    let missing: Vec<&String> = known.difference(&shown).filter(|flag| *flag != "--version").collect();
    assert!(missing.is_empty(), "not in docs/guide.md: {missing:?}");
    let readme: Vec<&str> = README.lines().filter(|line| !line.contains("cargo ")).collect();
    let shown = &shown | &flags(&readme.join("\n"));
    let unknown: Vec<&String> = shown.difference(&known).collect();
    assert!(unknown.is_empty(), "not a flag: {unknown:?}");
}

#[test]
fn the_rules_shown_are_right() {
    let mut shown = blocks(RULES, "toml");
    let (pack, rule) = (shown.next().unwrap(), shown.next().unwrap());
    Pack::parse("docs/rules.md", &format!("{pack}\n{rule}")).unwrap();
    // Boilerplate words are shown without a pack; the files of tests/rules hold whole ones.
    let runs: Vec<String> = shown.filter(|block| !block.starts_with("boilerplate_words")).collect();
    assert_eq!(runs.len(), 5);
    for run in runs {
        let rest = "id = \"a.b\"\nclass = \"share\"\nwhy = \"It is shown.\"";
        Pack::parse("docs/rules.md", &format!("schema = 1\nname = \"a\"\n[[rule]]\n{rest}\n{run}")).unwrap();
    }
}

#[test]
fn every_key_of_a_rule_file_is_described() {
    let dir = tempfile::tempdir().unwrap();
    let output = bodytext(dir.path()).args(["rules", "schema"]).output().unwrap();
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_rest = ["Rule", "Extend", "Near"].iter().flat_map(|part| schema_keys(&schema["$defs"][part]));
    for key in schema_keys(&schema).into_iter().chain(of_rest) {
        let named = [
            format!("`{key}`"),
            format!("{key} = "),
            format!("\"{key}\" = "),
            format!("[[{key}]]"),
            format!("`[{key}]`"),
        ];
        assert!(named.iter().any(|n| RULES.contains(n)), "{key} is not in docs/rules.md");
    }
}

/// The code blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> impl Iterator<Item = String> + 'a {
    let fence = format!("```{language}\n");
    page.split("\n```\n").filter_map(move |part| Some(part.split_once(&fence)?.1.to_owned() + "\n"))
}

/// The long flags that a text names.
fn flags(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_lowercase() && c != '-');
    words.filter(|word| word.starts_with("--") && word.len() > 3).map(str::to_owned).collect()
}

/// The cells of the table row that begins with `name`.
/// The row of a table in the guide that has so many columns.
fn row(name: &str, columns: usize) -> Vec<&str> {
    let start = format!("| `{name}` |");
    let rows = GUIDE.lines().filter(|line| line.starts_with(&start));
    let mut rows = rows.map(|row| row[1..row.len() - 1].split('|').map(str::trim).collect::<Vec<_>>());
    rows.find(|row| row.len() == columns).unwrap_or_else(|| panic!("docs/guide.md has no row for {name}"))
}
