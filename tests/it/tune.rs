//! The command `tune`: from a few pages it learns a convention of theirs, the same way every time, and writes a model
//! file.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::cli::bodytext;

/// The pages of sites that put notes of the desk, in parentheses, between their paragraphs. No rule matches them, and they
/// are sentences.
fn write(folder: &Path, sites: std::ops::Range<usize>) {
    let people = ["the pilot", "a baker", "the council", "her neighbour", "the keeper", "an old sailor", "the mayor"];
    let deeds = ["mended the wall", "closed the road", "counted the boats", "opened the mill", "moved the stones"];
    let whens = ["on Monday", "in the spring", "before the storm", "at the fair", "after the flood", "by night"];
    let (mut gold, mut pages) = (String::new(), String::new());
    for site in sites {
        for page in 0..5 {
            let pick = |list: &[&str], n: usize| list[(site * 7 + page * 3 + n) % list.len()].to_owned();
            let sentence = |n: usize| {
                let (who, what, when) = (pick(&people, n), pick(&deeds, n * 2 + 1), pick(&whens, n * 5));
                format!("It was told that {who} {what} {when}, and nobody in the valley {} had seen the like.", n + 2)
            };
            let paragraph = |n: usize| format!("{} {}", sentence(n), sentence(n + 1));
            let note = |n: usize| {
                format!(
                    "(Note {n} of the desk, {}: this was \"{}\" and {} said so too.)",
                    2001 + n,
                    pick(&deeds, n),
                    pick(&people, n)
                )
            };
            let body: Vec<String> = (0..6).map(|n| paragraph(n * 2)).collect();
            let mut lines =
                vec!["Home".to_owned(), "Share this story:".into(), "Share on Facebook".into(), "Tweet".into()];
            for (n, paragraph) in body.iter().enumerate() {
                lines.push(paragraph.clone());
                lines.push(note(n));
            }
            lines.extend(
                ["Subscribe to our newsletter", "Leave a Reply", "© 2026 The Valley Post. All rights reserved."]
                    .map(String::from),
            );
            let id = format!("{site}-{page}");
            gold += &format!("{}\n", json!({ "id": id, "site": site.to_string(), "gold": body.join("\n") }));
            pages += &format!("{}\n", json!({ "id": id, "text": lines.join("\n") }));
        }
    }
    fs::write(folder.join("gold.jsonl"), gold).unwrap();
    fs::write(folder.join("pages.jsonl"), pages).unwrap();
}

fn tune(folder: &Path, output: &str, threads: &str) {
    let arguments = ["tune", "gold.jsonl", "pages.jsonl", "-o", output, "--threads", threads, "--quiet"];
    let run = bodytext(folder).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
}

fn shingle_f1(folder: &Path, flags: &[&str]) -> f64 {
    let mut arguments = vec!["eval", "gold.jsonl", "pages.jsonl", "--json"];
    arguments.extend(flags);
    let run = bodytext(folder).args(arguments).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let json: Value = serde_json::from_slice(&run.stdout).unwrap();
    json["inputs"][0]["after"]["shingle"]["f1"].as_f64().unwrap()
}

#[test]
fn a_convention_learned_from_fifty_pages_holds_on_other_sites() {
    let (known, unseen) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    write(known.path(), 0..10);
    write(unseen.path(), 10..14);
    tune(known.path(), "model.toml", "2");
    let model = fs::read(known.path().join("model.toml")).unwrap();
    fs::write(unseen.path().join("model.toml"), &model).unwrap();
    let (before, after) = (shingle_f1(unseen.path(), &[]), shingle_f1(unseen.path(), &["--model", "model.toml"]));
    assert!(after > before + 0.05, "before {before}, after {after}");
}

#[test]
fn the_same_pages_give_the_same_model() {
    let folder = tempfile::tempdir().unwrap();
    write(folder.path(), 0..4);
    for (output, threads) in [("one.toml", "1"), ("two.toml", "2")] {
        tune(folder.path(), output, threads);
    }
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(read("one.toml"), read("two.toml"));
}
