//! What README.md and rules/README.md say, where a change of the code could make it wrong.

use bodytext::{Cleaner, LineClass, Options, Pack};
use bodytext::{Step, Steps};

use crate::cli::bodytext;
use crate::rules::schema_keys;

const README: &str = include_str!("../../README.md");
const RULES: &str = include_str!("../../rules/README.md");

#[test]
fn before_becomes_after() {
    let mut texts = blocks(README, "text");
    let (before, after) = (texts.next().unwrap(), texts.next().unwrap());
    let cleaner = Cleaner::builtin(Options::default());
    assert_eq!(cleaner.clean_text(&before, None).text(), after);
}

#[test]
fn every_class_is_listed_with_what_becomes_of_it() {
    let keep = Options::default().keep;
    for class in LineClass::ALL.into_iter().filter(|&c| c != LineClass::Blank) {
        let row = row(class.name());
        let what = if keep.contains(&class) { "stays" } else { "goes" };
        assert_eq!(row.last().map(String::as_str), Some(what), "{class}");
    }
}

#[test]
fn every_step_is_listed_with_the_sets_it_belongs_to() {
    for step in Step::ALL {
        let row = row(step.name());
        let yes = |set: Steps| if set.contains(step) { "yes" } else { "" };
        assert_eq!(row[row.len() - 2..], [yes(Steps::DEFAULT), yes(Steps::FTFY)], "{}", step.name());
    }
}

#[test]
fn the_example_of_the_library_is_the_one_that_is_run() {
    let example = blocks(README, "rust").next().unwrap();
    let tested: String = include_str!("../../src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//!"))
        .map(|line| format!("{}\n", line.strip_prefix(' ').unwrap_or(line)))
        .collect();
    assert!(tested.contains(&example));
}

#[test]
fn the_rules_shown_are_right() {
    let shown = blocks(README, "toml").find(|block| block.starts_with("schema")).unwrap();
    Pack::parse("README.md", &shown).unwrap();
    let mut shown = blocks(RULES, "toml");
    let (pack, rule) = (shown.next().unwrap(), shown.next().unwrap());
    Pack::parse("rules/README.md", &format!("{pack}\n{rule}")).unwrap();
    // Boilerplate words are shown without a pack; the files of tests/rules hold whole ones.
    let runs: Vec<String> = shown.filter(|block| !block.starts_with("boilerplate_words")).collect();
    assert_eq!(runs.len(), 4);
    for run in runs {
        let rest = "id = \"a.b\"\nclass = \"share\"\nwhy = \"It is shown.\"";
        Pack::parse("rules/README.md", &format!("schema = 1\nname = \"a\"\n[[rule]]\n{rest}\n{run}")).unwrap();
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
        assert!(named.iter().any(|n| RULES.contains(n)), "{key} is not in rules/README.md");
    }
}

/// The code blocks of a language.
fn blocks<'a>(page: &'a str, language: &str) -> impl Iterator<Item = String> + 'a {
    let fence = format!("```{language}\n");
    page.split("\n```\n").filter_map(move |part| Some(part.split_once(&fence)?.1.to_owned() + "\n"))
}

/// The cells of the table row that begins with `name`.
fn row(name: &str) -> Vec<String> {
    let start = format!("| `{name}` |");
    let row = README.lines().find(|line| line.starts_with(&start));
    let row = row.unwrap_or_else(|| panic!("README.md has no row for {name}"));
    row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
}
