//! The commands `bench` and `rules profile`: what they measure, and that programs can read the figures. How large the
//! figures are is not tested.

use std::fs;

use serde_json::Value;

use crate::cli::bodytext;

fn command(args: &[&str]) -> std::process::Output {
    bodytext(std::path::Path::new(".")).args(args).output().unwrap()
}

fn json(args: &[&str]) -> Vec<Value> {
    let output = command(args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn a_folder_and_its_records_are_the_same_documents() {
    let dir = tempfile::tempdir().unwrap();
    let pages = dir.path().join("pages");
    fs::create_dir(&pages).unwrap();
    let text = "Share this story:\nThe ferry left the harbour at nine, although the wind had not dropped.\n";
    fs::write(pages.join("a.txt"), text).unwrap();
    fs::write(pages.join("b.txt"), text).unwrap();
    fs::write(pages.join("picture.txt"), b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0").unwrap();
    let records = dir.path().join("pages.jsonl");
    let record = serde_json::json!({ "text": text });
    fs::write(&records, format!("{record}\n{record}\n{{\"id\":1}}\n")).unwrap();
    for input in [&pages, &records] {
        let figures = &json(&["bench", input.to_str().unwrap(), "--json", "--passes", "1", "--threads", "2"])[0];
        assert_eq!(figures["documents"], 2);
        assert_eq!(figures["bytes"], 2 * text.len());
        assert_eq!(figures["left_out"], 1);
        let stages: Vec<&str> =
            figures["stages"].as_array().unwrap().iter().map(|stage| stage["name"].as_str().unwrap()).collect();
        assert_eq!(stages, ["decode", "normalize", "lines", "rules", "features", "model", "classify", "join"]);
        let threads: Vec<&Value> = figures["all"].as_array().unwrap().iter().map(|all| &all["threads"]).collect();
        assert_eq!(threads, [&Value::from(1), &Value::from(2)]);
        for rate in [&figures["copy"], &figures["lines"], &figures["all"][0], &figures["stages"][3]] {
            assert!(rate["seconds"].as_f64().unwrap() > 0.0 && rate["mb_per_second"].as_f64().unwrap() > 0.0);
        }
    }
}

#[test]
fn without_a_path_a_synthetic_corpus_is_measured() {
    let output = command(&["bench", "--passes", "1"]);
    let table = String::from_utf8(output.stdout).unwrap();
    assert!(table.starts_with("synthetic pages from the rules' examples: 400 documents"), "{table}");
    for row in ["decode", "rules", "all, 1 thread ", "bare copy"] {
        assert!(table.lines().any(|line| line.starts_with(row)), "{row}: {table}");
    }
}

#[test]
fn the_profile_counts_runs_and_hits() {
    let dir = tempfile::tempdir().unwrap();
    let page = dir.path().join("page.txt");
    fs::write(&page, "12 comments\n\nThe council has 12 members.\n\n13 comments\n").unwrap();
    let rules = json(&["rules", "profile", page.to_str().unwrap(), "--json", "--top", "1000"]);
    assert!(rules.iter().all(|rule| rule["runs"].as_u64() >= rule["hits"].as_u64()));
    let comments = rules.iter().find(|rule| rule["id"] == "en.comments.count").unwrap();
    assert_eq!((&comments["runs"], &comments["hits"]), (&Value::from(2), &Value::from(2)));
    let seconds: Vec<f64> = rules.iter().map(|rule| rule["seconds"].as_f64().unwrap()).collect();
    assert!(seconds.is_sorted_by(|a, b| a >= b));
}
