//! The figures on labelled corpora, which are not part of the project: `BODYTEXT_CORPORA` names their folder.
//! A plain `cargo test` ignores these tests; where the corpora are missing they fail.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use bodytext::Steps;
use bodytext::unstable::normalize;
use bodytext::{Cleaner, LineClass, Options, RuleSet};
use serde_json::{Value, json};

use crate::system;

const EXTRACTORS: [&str; 5] = ["inscriptis", "resiliparse-full", "resiliparse-main", "readability", "trafilatura"];
const CORPORA: [&str; 4] = ["news-en", "news-world", "wcxb-articles", "wcxb-other-pages"];

#[test]
#[ignore = "needs the corpora"]
fn mojibake_cases_come_out_as_expected() {
    let (mut passed, mut failed) = (0, Vec::new());
    for name in ["in-the-wild", "language-names", "negative", "synthetic", "known-failures"] {
        let file = std::fs::read(folder().join(format!("ftfy-cases/{name}.json"))).unwrap();
        for case in serde_json::from_slice::<Vec<Value>>(&file).unwrap() {
            let original = case["original"].as_str().unwrap();
            if case["expect"] == "pass" {
                if normalize(Cow::Borrowed(original), Steps::FTFY).text == case["fixed"].as_str().unwrap() {
                    passed += 1;
                } else {
                    failed.push(case["label"].to_string());
                }
            }
            if name == "negative" {
                let letters = |text: &str| text.chars().filter(|c| c.is_alphabetic()).collect::<String>();
                let kept = normalize(Cow::Borrowed(original), Steps::DEFAULT).text;
                assert_eq!(letters(&kept), letters(original), "{}", case["label"]);
            }
        }
    }
    assert_eq!((passed, failed), (151, Vec::new()));
}

#[test]
#[ignore = "needs the corpora and the program zstd"]
fn bytes_are_read_in_their_encoding() {
    let cleaner = Cleaner::new(RuleSet::empty(), None, Options { steps: Steps::NONE, ..Options::default() });
    let mut hits: BTreeMap<(&str, &str), (usize, usize)> = BTreeMap::new();
    for sample in read("encodings", "samples") {
        let bytes = base64(sample["b64"].as_str().unwrap());
        let (category, text) = (sample["cat"].as_str().unwrap(), sample["text"].as_str().unwrap());
        let size = match bytes.len() {
            0..500 => "100 B",
            500..5_000 => "1 KB",
            _ => "10 KB",
        };
        let cleaned = cleaner.clean(&bytes, None);
        let (class, hit) = match text.strip_prefix('~') {
            Some(label) => {
                let wanted = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
                ("one bad byte", cleaned.report.encoding == wanted.name())
            }
            None => (class_of(category), cleaned.text() == text),
        };
        let cell = hits.entry((class, size)).or_default();
        cell.0 += usize::from(hit);
        cell.1 += 1;
    }
    for ((class, size), (hit, all)) in hits {
        let required = match (class, size) {
            ("unicode", _) => 1.0,
            ("legacy", "100 B") => 0.975,
            ("legacy", "1 KB") => 0.99,
            ("legacy", _) => 0.995,
            ("broken", "100 B") => 0.85,
            ("broken", "1 KB") => 0.93,
            ("broken", _) => 1.0,
            ("mixed", _) => 0.98,
            _ => 0.95,
        };
        assert!(hit as f64 >= required * all as f64, "{class} {size}: {hit} of {all}, required {required}");
    }
}

#[test]
#[ignore = "needs the corpora and the program zstd"]
fn gold_bodies_lose_next_to_nothing() {
    let keep = vec![LineClass::Body, LineClass::Standfirst, LineClass::Caption];
    let cleaner = Cleaner::builtin(Options { keep, ..Options::default() });
    for corpus in CORPORA {
        let (mut recall, mut documents) = (0.0, 0);
        for record in read(corpus, "gold").filter(|r| r["fold"] != 4) {
            let Some(gold) = record["gold"].as_str().filter(|g| !g.is_empty()) else { continue };
            let cleaned = cleaner.clean_text(gold, None);
            assert!(!cleaned.text().trim().is_empty(), "{corpus} {} is emptied", record["id"]);
            recall += word_recall(cleaned.text(), gold);
            documents += 1;
        }
        let recall = recall / f64::from(documents);
        // The gold of pages other than articles has buttons, dates and names that are boilerplate elsewhere.
        let required = if corpus == "wcxb-other-pages" { 0.985 } else { 0.997 };
        assert!(recall >= required, "{corpus}: word recall {recall:.4}");
    }
}

#[test]
#[ignore = "needs the corpora and the program zstd"]
fn every_text_of_every_extractor_is_cleaned() {
    let cleaner = Cleaner::builtin(Options::default());
    for corpus in CORPORA {
        for extractor in EXTRACTORS {
            for record in read(corpus, extractor) {
                let text = record["text"].as_str().unwrap_or_default();
                let cleaned = cleaner.clean(text.as_bytes(), None);
                assert_eq!(cleaned.text(), cleaner.clean_text(text, None).text(), "{corpus} {}", record["id"]);
            }
        }
    }
}

/// The scorer is the one beside the corpora, `scoring/score.py`, written in Python by other people.
#[test]
#[ignore = "needs the corpora, their scorer, python3 and the program zstd"]
fn eval_agrees_with_an_independent_scorer() {
    let dir = tempfile::tempdir().unwrap();
    let at = |name: &str| dir.path().join(name);
    for corpus in CORPORA {
        // A record without gold says nothing about its page; the scorer would take its body for empty.
        let gold: Vec<Value> = read(corpus, "gold").filter(|record| record["gold"].is_string()).collect();
        write(&at("gold.jsonl"), gold.iter().cloned());
        let of_gold = gold.iter().map(|record| json!({ "id": record["id"], "text": record["gold"] }));
        write(&at("clean-text.jsonl"), of_gold);
        EXTRACTORS.iter().for_each(|extractor| write(&at(&format!("{extractor}.jsonl")), read(corpus, extractor)));

        let inputs = EXTRACTORS.map(|extractor| format!("{extractor}.jsonl"));
        let run = bodytext(dir.path(), &["eval", "gold.jsonl", "--json"], &inputs);
        let report: Value = serde_json::from_slice(&run.stdout).unwrap();
        for (input, found) in inputs.iter().zip(report["inputs"].as_array().unwrap()) {
            assert_eq!(independent_scores(dir.path(), input), rounded(&found["before"]), "{corpus} {input}, before");
            clean(dir.path(), input);
            assert_eq!(independent_scores(dir.path(), "cleaned.jsonl"), rounded(&found["after"]), "{corpus} {input}");
        }
        clean(dir.path(), "clean-text.jsonl");
        let recall = &independent_scores(dir.path(), "cleaned.jsonl")[1];
        assert_eq!(*recall, four_digits(&report["clean_text"]["word_recall"]), "{corpus}, clean text");
    }
}

fn clean(folder: &Path, input: &str) {
    // Exit code 1: a record holds HTML and is passed on untouched, as `eval` does.
    let run = bodytext(folder, &["clean", "--body-only", "--quiet", "-o", "cleaned.jsonl", "--force"], &[input.into()]);
    assert!(matches!(run.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&run.stderr));
}

/// The optimised binary, where there is one: without, the corpora take five minutes.
fn bodytext(folder: &Path, args: &[&str], inputs: &[String]) -> Output {
    Command::new(system::binary()).args(args).args(inputs).current_dir(folder).output().unwrap()
}

/// Word precision, recall and F1, the same of shingles, and exact, as the scorer prints them.
fn independent_scores(folder: &Path, texts: &str) -> Vec<String> {
    let scorer = self::folder().join("../scoring/score.py");
    let run = Command::new("python3").arg(scorer).args(["gold.jsonl", texts]).current_dir(folder).output().unwrap();
    let lines = String::from_utf8(run.stdout).unwrap();
    lines.lines().skip(1).map(|line| line.split_whitespace().nth(1).unwrap().to_owned()).collect()
}

/// The same figures of a report of `eval`.
fn rounded(measures: &Value) -> Vec<String> {
    let of = |measure: &str| ["precision", "recall", "f1"].map(|figure| four_digits(&measures[measure][figure]));
    [&of("word")[..], &of("shingle")[..], &[four_digits(&measures["exact"])]].concat()
}

fn four_digits(number: &Value) -> String {
    format!("{:.4}", number.as_f64().unwrap())
}

fn write(path: &Path, records: impl Iterator<Item = Value>) {
    std::fs::write(path, records.map(|record| format!("{record}\n")).collect::<String>()).unwrap();
}

fn folder() -> PathBuf {
    PathBuf::from(std::env::var_os("BODYTEXT_CORPORA").expect("BODYTEXT_CORPORA names the folder of the corpora"))
}

fn read(corpus: &str, file: &str) -> impl Iterator<Item = Value> {
    let path = folder().join(corpus).join(format!("{file}.jsonl.zst"));
    let run = Command::new("zstd").arg("-dcq").arg(&path).output().expect("the program zstd");
    assert!(run.status.success(), "{} cannot be read", path.display());
    let lines: Vec<Value> = run.stdout.split(|b| *b == b'\n').filter_map(|l| serde_json::from_slice(l).ok()).collect();
    lines.into_iter()
}

fn class_of(category: &str) -> &'static str {
    match category {
        c if c.contains("broken") || c.contains("cut") => "broken",
        c if c.contains("mixed") => "mixed",
        c if c.starts_with("utf") => "unicode",
        _ => "legacy",
    }
}

fn word_recall(text: &str, gold: &str) -> f64 {
    let words = |text: &str| {
        let mut counts: HashMap<String, i64> = HashMap::new();
        for word in text.to_lowercase().split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()) {
            *counts.entry(word.to_owned()).or_default() += 1;
        }
        counts
    };
    let (text, gold) = (words(text), words(gold));
    let hit: i64 = gold.iter().map(|(word, n)| *text.get(word).unwrap_or(&0).min(n)).sum();
    hit as f64 / gold.values().sum::<i64>().max(1) as f64
}

/// Standard base64, the padding ignored.
fn base64(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut buffer, mut bits) = (0u32, 0);
    for b in text.bytes() {
        let value = match b {
            b'A'..=b'Z' => b - b'A',
            b'a'..=b'z' => b - b'a' + 26,
            b'0'..=b'9' => b - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        buffer = buffer << 6 | u32::from(value);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((buffer >> bits) as u8);
        }
    }
    bytes
}
