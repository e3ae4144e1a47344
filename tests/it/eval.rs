//! The command `eval`: its figures are the same on any number of threads and for folders as for records, and they are
//! those of the library over the output of `clean`. The cases of tests/cmd show what it prints.

use std::fs;
use std::path::Path;

use bodytext_eval::{Measures, Score};
use serde_json::{Value, json};

use crate::cli::{bodytext, piped};

const RULES: &str = r#"
schema = 1
name = "zebra"
[[rule]]
id = "zebra.letter"
kind = "line"
class = "newsletter"
why = "The prompt of the letter."
phrases = ["zebra letter"]
matches = ["Zebra letter"]
near_misses = ["The zebra letter was in the post."]
[[rule]]
id = "zebra.aside"
kind = "span"
class = "related"
why = "An aside in the line."
phrases = ["see the zebra page"]
at = "anywhere"
matches = ["He went home. See the zebra page"]
near_misses = ["You can see the zebra pages."]
"#;

/// Bodies and the texts they stand in, in several scripts, one of them missing.
fn documents() -> Vec<(String, String, Option<String>)> {
    let bodies = [
        "The harbour opened again on Friday after the repair of its wall.\nBoats went out at once.",
        "Το πηγάδι του χωριού καθαρίστηκε το Σάββατο.\nΤο νερό του πίνεται ξανά.",
        "東京へ行く電車は速い。窓の外は雨。\n駅で傘を買った。",
        "Zebra letter\nThe mill grinds flour again since the volunteers mended its wheel.",
        "Nobody crossed the bridge.",
    ];
    let text = |(number, body): (usize, &str)| {
        let text = format!("{body} See the zebra page\nZebra letter\nAnother line that is left in.\n");
        (format!("page-{number}"), body.to_owned(), (number != 4).then_some(text))
    };
    bodies.into_iter().enumerate().map(text).collect()
}

fn write(folder: &Path) {
    let (mut gold, mut pages) = (String::new(), String::new());
    fs::create_dir_all(folder.join("gold")).unwrap();
    fs::create_dir_all(folder.join("pages")).unwrap();
    for (id, body, text) in documents() {
        gold += &format!("{}\n", json!({ "id": id, "gold": body }));
        fs::write(folder.join(format!("gold/{id}.txt")), body).unwrap();
        if let Some(text) = text {
            pages += &format!("{}\n", json!({ "id": id, "text": text }));
            fs::write(folder.join(format!("pages/{id}.txt")), text).unwrap();
        }
    }
    fs::write(folder.join("gold.jsonl"), gold).unwrap();
    fs::write(folder.join("pages.jsonl"), pages).unwrap();
    fs::write(folder.join("zebra.toml"), RULES).unwrap();
}

fn eval(folder: &Path, args: &[&str]) -> Value {
    let rules = ["--rules", "zebra.toml", "--no-builtin-rules", "--json"];
    let output = bodytext(folder).arg("eval").args(args).args(rules).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn threads_and_folders_change_nothing() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let more = ["--worst", "3", "--baseline", "none"];
    let one = eval(dir.path(), &[&["gold.jsonl", "pages.jsonl", "--threads", "1"], &more[..]].concat());
    let many = eval(dir.path(), &[&["gold.jsonl", "pages.jsonl", "--threads", "7"], &more[..]].concat());
    assert_eq!(one, many);
    let mut folders = eval(dir.path(), &[&["gold", "pages"], &more[..]].concat());
    folders["inputs"][0]["input"] = "pages.jsonl".into();
    assert_eq!(one, folders);
}

#[test]
fn figures_are_those_of_the_library_over_the_output_of_clean() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let args = ["--from", "jsonl", "--body-only", "--rules", "zebra.toml", "--no-builtin-rules", "--quiet"];
    let cleaned =
        String::from_utf8(piped(dir.path(), &args, &fs::read(dir.path().join("pages.jsonl")).unwrap())).unwrap();
    let mut texts = cleaned.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let scores: Vec<Score> = documents()
        .iter()
        .map(|(_, body, text)| match text {
            Some(_) => Score::of(texts.next().unwrap()["text"].as_str().unwrap(), body),
            None => Score::of("", body),
        })
        .collect();
    let expected = Measures::of(&scores);
    let report = eval(dir.path(), &["gold.jsonl", "pages.jsonl"]);
    let after = &report["inputs"][0]["after"];
    assert_eq!(report["inputs"][0]["missing"], 1);
    for (found, expected) in [
        (&after["word"]["f1"], expected.word.f1),
        (&after["shingle"]["precision"], expected.shingle.precision),
        (&after["shingle"]["f1"], expected.shingle.f1),
        (&after["exact"], expected.exact),
    ] {
        assert_eq!(found.as_f64().unwrap(), expected);
    }
}

#[test]
fn words_removed_are_counted_by_class_and_rule() {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path());
    let report = eval(dir.path(), &["gold.jsonl", "pages.jsonl"]);
    // Four texts have the letter below the body and one as a line of the gold; each has an aside cut out of a line.
    let removed = &report["inputs"][0]["removed"];
    assert_eq!(removed["newsletter"], json!({ "lines": 5, "words": 10, "gold_words": 2, "precision": 0.8 }));
    assert_eq!(removed["related"], json!({ "lines": 4, "words": 16, "gold_words": 0, "precision": 1.0 }));
    assert_eq!(report["inputs"][0]["rules"]["zebra.aside"], removed["related"]);
}

#[test]
fn the_headline_is_removed_unless_it_is_kept() {
    let dir = tempfile::tempdir().unwrap();
    let body = "The harbour opened again on Friday after the repair of its northern wall, said the master.\n\n\
                Boats went out the same evening, and the first of them came back with herring for the town.\n\n\
                The market will be held on the quay again, where it had stood for two hundred years before.\n";
    let record = |field: &str, text: &str| format!("{}\n", json!({ "id": 1, field: text }));
    fs::write(dir.path().join("gold.jsonl"), record("gold", body)).unwrap();
    fs::write(dir.path().join("pages.jsonl"), record("text", &format!("Harbour opens again\n\n{body}"))).unwrap();
    fs::write(dir.path().join("zebra.toml"), RULES).unwrap();
    let exact = |args: &[&str]| eval(dir.path(), args)["inputs"][0]["after"]["exact"].as_f64().unwrap();
    assert_eq!(exact(&["gold.jsonl", "pages.jsonl"]), 1.0);
    assert_eq!(exact(&["gold.jsonl", "pages.jsonl", "--keep", "headline"]), 0.0);
}
