//! Every removal is logged: the cleaned text and the removals together are the normalised text, byte for byte. Documents
//! that a filter leaves out are counted and logged like everything else.
//! On the samples and on records of their own.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use crate::cli::bodytext;

fn logged(path: &Path) -> Vec<serde_json::Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The cleaned text with everything put back where it was.
fn put_back(cleaned: &str, removals: &[serde_json::Value]) -> String {
    let (mut whole, mut rest) = (String::new(), cleaned);
    for removal in removals {
        let (before, after) = rest.split_at(removal["start"].as_u64().unwrap() as usize - whole.len());
        whole.push_str(before);
        whole.push_str(removal["text"].as_str().unwrap());
        assert_eq!(whole.len() as u64, removal["end"].as_u64().unwrap());
        rest = after;
    }
    whole + rest
}

#[test]
fn the_normalised_text_is_rebuilt_from_the_cleaned_one_and_the_removals() {
    let dir = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/pages");
    let out = dir.path().join("out");
    let args = ["--removals", "removals.jsonl", "-o", "out"];
    bodytext(dir.path()).arg(&samples).args(args).assert().success();
    let mut by_path: HashMap<String, Vec<serde_json::Value>> = HashMap::new();
    for removal in logged(&dir.path().join("removals.jsonl")) {
        by_path.entry(removal["path"].as_str().unwrap().to_owned()).or_default().push(removal);
    }
    let cleaner = ::bodytext::Cleaner::builtin(::bodytext::Options::default());
    let mut seen = 0;
    for entry in walkdir::WalkDir::new(&samples) {
        let path = entry.unwrap().into_path();
        if path.is_dir() {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let expected = cleaner.clean(&bytes, None);
        let cleaned = fs::read_to_string(out.join(path.strip_prefix(&samples).unwrap())).unwrap();
        let removals = by_path.get(&path.display().to_string()).cloned().unwrap_or_default();
        assert_eq!(put_back(&cleaned, &removals), expected.normalized, "{}", path.display());
        seen += removals.len();
    }
    assert!(seen > 20);
}

#[test]
fn a_dry_run_logs_the_same_removals() {
    let dir = tempfile::tempdir().unwrap();
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../samples/pages");
    for args in [&["-o", "out", "--removals", "written.jsonl"][..], &["--dry-run", "--removals", "dry.jsonl"]] {
        bodytext(dir.path()).arg(&samples).args(args).assert().success();
    }
    let [written, dry] = ["written.jsonl", "dry.jsonl"].map(|name| fs::read(dir.path().join(name)).unwrap());
    assert!(!dry.is_empty() && written == dry);
}

#[test]
fn documents_that_are_left_out_are_counted_and_logged() {
    let dir = tempfile::tempdir().unwrap();
    let long = "The ferry left the pier late on Monday evening, and nobody knew why it had waited there so long.\n";
    let records: String = [("a", long.to_owned()), ("b", "Too short.\n".to_owned()), ("c", long.repeat(3))]
        .iter()
        .map(|(id, text)| format!("{}\n", serde_json::json!({"id": id, "text": text})))
        .collect();
    fs::write(dir.path().join("in.jsonl"), &records).unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/short.txt"), "Too short.\n").unwrap();
    fs::write(dir.path().join("in/long.txt"), long).unwrap();
    let args = ["in.jsonl", "-o", "out.jsonl", "--min-words", "5", "--removals", "removals.log", "--summary", "json"];
    let done = bodytext(dir.path()).args(args).output().unwrap();
    assert_eq!(done.status.code(), Some(0));
    let summary: serde_json::Value = serde_json::from_slice(&done.stderr).unwrap();
    assert_eq!(
        summary["records"],
        serde_json::json!({"read": 3, "written": 2, "quarantined": 0, "failed": 0, "dropped": {"min-words": 1}})
    );
    let kept: Vec<&str> = records.lines().filter(|line| !line.contains("\"b\"")).collect();
    assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap().lines().collect::<Vec<_>>(), kept);
    let removals = logged(&dir.path().join("removals.log"));
    assert_eq!(removals.len(), 1);
    assert_eq!(
        (&removals[0]["id"], &removals[0]["rules"][0], &removals[0]["record"]),
        (&"b".into(), &"min-words".into(), &2.into())
    );
    bodytext(dir.path()).args(["in", "-o", "out"]).assert().success();
    bodytext(dir.path()).args(["in", "-o", "out", "--min-words", "5", "--force"]).assert().success();
    assert!(dir.path().join("out/long.txt").exists() && !dir.path().join("out/short.txt").exists());
    bodytext(dir.path()).args(["verify", "out"]).assert().success();
    // Everything may be removed of nothing.
    let all = bodytext(dir.path()).args(["in.jsonl", "--max-removed", "0"]).output().unwrap();
    assert_eq!(String::from_utf8(all.stdout).unwrap().lines().count(), 3);
}

#[test]
fn a_large_text_is_logged_like_any_other() {
    let dir = tempfile::tempdir().unwrap();
    let text = "The ferry left the pier late.\n\n\n\nShare this story:\n\nNobody knew why.\n".repeat(70_000);
    assert!(text.len() > 4 << 20);
    fs::write(dir.path().join("in.txt"), &text).unwrap();
    let log = |more: &[&str]| {
        let args = ["in.txt", "-o", "out.txt", "--removals", "removals.log", "--force", "--normalize", "none"];
        bodytext(dir.path()).args(args).args(more).assert().success();
        logged(&dir.path().join("removals.log"))
    };
    let removals = log(&[]);
    assert!(removals.len() > 50_000);
    assert!(put_back(&fs::read_to_string(dir.path().join("out.txt")).unwrap(), &removals) == text);
    let dropped = log(&["--min-words", "100000000"]);
    assert!(dropped.len() == 1 && dropped[0]["text"] == text.as_str());
}

#[test]
fn a_sample_of_the_removals_is_the_same_in_every_run() {
    let dir = tempfile::tempdir().unwrap();
    let record =
        |i: usize| format!("{}\n", serde_json::json!({"id": i, "text": format!("Share this\n\nText {i} stays.\n")}));
    fs::write(dir.path().join("in.jsonl"), (0..400).map(record).collect::<String>()).unwrap();
    let sampled = |share: &str, threads: &str| {
        let args = ["in.jsonl", "-o", "out.jsonl", "--force", "--removals", "removals.log", "--removals-sample", share];
        bodytext(dir.path()).args(args).args(["--threads", threads]).assert().success();
        logged(&dir.path().join("removals.log"))
    };
    let half = sampled("0.5", "1");
    let records = |all: &[serde_json::Value]| all.iter().map(|r| r["record"].as_u64().unwrap()).collect::<Vec<_>>();
    let all = sampled("1", "2");
    assert!(half == sampled("0.5", "2") && records(&half).iter().all(|record| records(&all).contains(record)));
    assert!(half.len() * 3 > all.len() && half.len() * 3 < all.len() * 2);
    assert!(sampled("0", "1").is_empty());
}
