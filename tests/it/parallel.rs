//! The same text gives the same result whatever way it comes in and however many threads there are.
//! What the result is, other tests say.
//! On generated documents with boilerplate that the built-in rules know.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::cli::{bodytext, piped};

const BOILERPLATE: &[&str] = &["• Search", "Share this story:", "12", "Leave a comment", "", "", "Read more", "© 2020"];
const WORDS: &[&str] =
    &["council", "bridge", "naïve", "река", "\"quoted\"", "a\\b", "2019", "über", "the", "said", "市場"];

/// Documents from a small generator of random numbers: the same on every machine.
fn documents(count: usize) -> BTreeMap<String, String> {
    let mut state = 20_260_101_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    (0..count)
        .map(|number| {
            let mut text = String::new();
            for _ in 0..next(40) {
                if next(3) == 0 {
                    text.push_str(BOILERPLATE[next(BOILERPLATE.len())]);
                } else {
                    for _ in 0..next(30) {
                        text.push_str(WORDS[next(WORDS.len())]);
                        text.push(' ');
                    }
                    text.push('.');
                }
                text.push_str(if next(20) == 0 { "\r\n" } else { "\n" });
            }
            if next(2) == 0 {
                text.pop();
            }
            (format!("{}/{number:04}.txt", number % 3), text)
        })
        .collect()
}

fn write_folder(root: &Path, documents: &BTreeMap<String, String>) {
    for (name, text) in documents {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

fn read_folder(root: &Path, documents: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    documents.keys().map(|name| (name.clone(), fs::read_to_string(root.join(name)).unwrap())).collect()
}

fn records(documents: &BTreeMap<String, String>) -> String {
    documents.iter().map(|(id, text)| format!("{}\n", serde_json::json!({ "id": id, "text": text }))).collect()
}

fn texts(jsonl: &[u8]) -> BTreeMap<String, String> {
    let record = |line: &str| {
        let record: serde_json::Value = serde_json::from_str(line).unwrap();
        (record["id"].as_str().unwrap().to_owned(), record["text"].as_str().unwrap().to_owned())
    };
    std::str::from_utf8(jsonl).unwrap().lines().map(record).collect()
}

#[test]
fn folder_stream_pipe_and_records_give_the_same_texts() {
    let dir = tempfile::tempdir().unwrap();
    let documents = documents(60);
    write_folder(&dir.path().join("in"), &documents);
    bodytext(dir.path()).args(["in", "-o", "out", "--threads", "1", "--quiet"]).assert().success();
    let expected = read_folder(&dir.path().join("out"), &documents);
    assert_ne!(expected, documents);

    bodytext(dir.path()).args(["in", "-o", "out4", "--threads", "4", "--quiet"]).assert().success();
    assert_eq!(read_folder(&dir.path().join("out4"), &documents), expected);

    let stream = bodytext(dir.path()).args(["in", "--to", "jsonl", "--quiet"]).output().unwrap();
    assert_eq!(texts(&stream.stdout), expected);

    for (name, text) in documents.iter().take(4) {
        assert_eq!(piped(dir.path(), &["--quiet"], text.as_bytes()), expected[name].as_bytes(), "{name}");
        let one = bodytext(&dir.path().join("in")).args([name, "--quiet"]).output().unwrap();
        assert_eq!(one.stdout, expected[name].as_bytes(), "{name}");
    }

    let input = records(&documents);
    let cleaned = piped(dir.path(), &["--from", "jsonl", "--quiet"], input.as_bytes());
    assert_eq!(texts(&cleaned), expected);
}

#[test]
fn records_come_in_order_and_alike_for_any_number_of_threads() {
    let dir = tempfile::tempdir().unwrap();
    // Larger than a batch, so that there are several batches and pieces.
    let mut input = records(&documents(400));
    while input.len() < 3 << 20 {
        input.push_str(&input.clone());
    }
    let run =
        |threads: &str| piped(dir.path(), &["--from", "jsonl", "--quiet", "--threads", threads], input.as_bytes());
    let expected = run("1");
    assert_eq!(memchr::memchr_iter(b'\n', &expected).count(), input.lines().count());
    for threads in ["2", "7"] {
        assert!(run(threads) == expected, "{threads} threads");
    }
}

#[test]
fn records_become_texts_and_texts_become_records() {
    let dir = tempfile::tempdir().unwrap();
    let documents = documents(12);
    fs::write(dir.path().join("in.jsonl"), records(&documents)).unwrap();
    let raw = ["--no-builtin-rules", "--normalize", "none", "--quiet"];
    bodytext(dir.path()).args(["in.jsonl", "--to", "text", "-o", "texts"]).args(raw).assert().success();
    for (id, text) in &documents {
        assert_eq!(fs::read_to_string(dir.path().join("texts").join(id.replace('/', "_"))).unwrap(), *text);
    }
    bodytext(dir.path()).args(["texts", "--to", "jsonl", "-o", "out.jsonl"]).args(raw).assert().success();
    let back = texts(&fs::read(dir.path().join("out.jsonl")).unwrap());
    assert_eq!(back.values().collect::<Vec<_>>(), documents.values().collect::<Vec<_>>());
}
