//! A run that is killed and goes on ends with the same bytes as one that was left alone; parts of a run together are the
//! whole; the manifest tells what was written, and `verify` sees what changed since.
//! All in folders of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use sha2::{Digest, Sha256};

use crate::cli::bodytext;

/// All files below a folder with their bytes, but those that hold what a clock measured.
pub(crate) fn tree(root: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let (mut all, mut open) = (Vec::new(), vec![root.to_owned()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if !path.file_name().unwrap().to_string_lossy().contains("timings") {
                let bytes = fs::read(&path).unwrap();
                all.push((path.strip_prefix(root).unwrap().to_owned(), bytes));
            }
        }
    }
    all.sort();
    all
}

/// Text that is all different and has something to repair in it.
fn text(number: usize, lines: usize) -> String {
    (0..lines).map(|i| format!("Line {i} of text {number}, and {} is a number.\n\n\n", i * 7919 + number)).collect()
}

fn jsonl(records: usize) -> String {
    let record = |i: usize| match i % 100 {
        50 => "{\"text\": broken\n".to_owned(),
        _ => format!("{}\n", serde_json::json!({"id": i, "text": text(i, 150)})),
    };
    (0..records).map(record).collect()
}

fn csv(records: usize) -> String {
    let record = |i: usize| match i % 100 {
        50 => "too, many, cells\n".to_owned(),
        _ => format!("{i},\"{}\"\n", text(i, 150)),
    };
    "id,text\n".to_owned() + &(0..records).map(record).collect::<String>()
}

/// What can be resumed: its name, the inputs, and the arguments.
fn runs(dir: &Path, records: usize) -> Vec<(&'static str, Vec<&'static str>)> {
    fs::create_dir_all(dir.join("texts/below")).unwrap();
    for i in 0..records {
        let folder = if i % 3 == 0 { "texts" } else { "texts/below" };
        fs::write(dir.join(folder).join(format!("{i}.txt")), text(i, 30)).unwrap();
    }
    let lines = jsonl(records.max(400));
    fs::create_dir_all(dir.join("shards")).unwrap();
    fs::create_dir_all(dir.join("tables")).unwrap();
    for name in ["a.parquet", "b.parquet"] {
        fs::write(dir.join("tables").join(name), crate::formats::parquet(records.max(400), |i| text(i, 100))).unwrap();
    }
    fs::write(dir.join("a.csv"), csv(records.max(400))).unwrap();
    fs::write(dir.join("shards/a.jsonl"), &lines).unwrap();
    fs::write(dir.join("shards/b.jsonl.zst"), zstd::encode_all(lines.as_bytes(), 1).unwrap()).unwrap();
    vec![
        ("folder of texts", vec!["texts", "-o", "out/clean"]),
        (
            "folder of texts to one file",
            vec!["texts", "--to", "jsonl", "-o", "out/all.jsonl.gz", "--manifest", "out/m"],
        ),
        ("JSON lines", vec!["shards/a.jsonl", "-o", "out/a.jsonl", "--quarantine", "out/bad"]),
        ("packed", vec!["shards/b.jsonl.zst", "-o", "out/b.jsonl.gz", "--quarantine", "out/bad"]),
        ("CSV", vec!["a.csv", "-o", "out/a.csv", "--quarantine", "out/bad"]),
        ("folder of JSON lines", vec!["shards", "-o", "out/clean", "--quarantine", "out/bad"]),
        ("tables", vec!["tables", "-o", "out/clean"]),
        ("table to JSON lines", vec!["tables/a.parquet", "-o", "out/a.jsonl", "--stats", "how"]),
        ("tables to JSON lines", vec!["tables", "--to", "jsonl", "-o", "out/clean/"]),
        ("JSON lines to tables", vec!["shards", "--to", "parquet", "-o", "out/clean/", "--quarantine", "out/bad"]),
        ("JSON lines to texts", vec!["shards/a.jsonl", "--to", "text", "-o", "out/clean/"]),
    ]
}

fn command(dir: &Path, args: &[&str]) -> Command {
    // With many kills the optimised binary saves most of the time.
    let mut command = Command::new(crate::system::binary());
    command.args(args).args(["--no-builtin-rules", "--quiet"]).current_dir(dir);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    command
}

/// Runs each kind of run once, then again and again with kills in between, and compares. So many kills each at least.
fn kill_and_resume(records: usize, kills: usize) {
    let dir = tempfile::tempdir().unwrap();
    let mut state = 11_u64;
    let mut random = move |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for (name, args) in runs(dir.path(), records) {
        let began = Instant::now();
        let code = command(dir.path(), &args).status().unwrap().code();
        let time = began.elapsed();
        assert!(matches!(code, Some(0 | 1)), "{name}");
        let expected = tree(&dir.path().join("out"));
        assert!(expected.iter().all(|(path, _)| !path.to_string_lossy().contains(".tmp")), "{name}");
        let mut killed = 0;
        while killed < kills {
            fs::remove_dir_all(dir.path().join("out")).unwrap();
            let mut resume = false;
            // Ever longer, since what cannot go on inside a file must get to its end at some time, however busy the machine.
            for tries in 2.. {
                let mut run = command(dir.path(), &args);
                let mut child = run.args(resume.then_some("--resume")).spawn().unwrap();
                std::thread::sleep(Duration::from_micros(random(tries * time.as_micros() as u64)));
                if let Some(done) = child.try_wait().unwrap() {
                    let mut said = String::new();
                    std::io::Read::read_to_string(&mut child.stderr.take().unwrap(), &mut said).unwrap();
                    // It may have been killed when all was done but for its own end.
                    let over = done.success() && said.contains("nothing is left to do");
                    assert!(done.code() == code || over, "{name}: {said}");
                    break;
                }
                // Now and then it is asked to end, and leaves what it has in order.
                if killed % 4 == 3 {
                    Command::new("kill").arg(child.id().to_string()).status().unwrap();
                } else {
                    child.kill().unwrap();
                }
                child.wait().unwrap();
                killed += 1;
                for (path, bytes) in tree(&dir.path().join("out")) {
                    // What a run notes of itself, and what is not finished.
                    let own = path.iter().any(|part| part.to_string_lossy().starts_with(".bodytext"));
                    let whole = expected.iter().any(|one| (&one.0, &one.1) == (&path, &bytes));
                    assert!(own || whole, "{name}: {} is a part", path.display());
                }
                // Where it was killed before it had noted anything, it begins again.
                resume = dir.path().join("out").exists() && resumable(&dir.path().join("out"));
            }
            let found = tree(&dir.path().join("out"));
            let names = |tree: &[(PathBuf, Vec<u8>)]| tree.iter().map(|(path, _)| path.clone()).collect::<Vec<_>>();
            assert_eq!(names(&found), names(&expected), "{name}");
            for (found, expected) in found.iter().zip(&expected) {
                assert!(found == expected, "{name}: {}", found.0.display());
            }
        }
        fs::remove_dir_all(dir.path().join("out")).unwrap();
    }
}

/// Whether a run has noted how far it is, or has come to its end.
fn resumable(out: &Path) -> bool {
    !tree(out).is_empty()
}

#[test]
fn killed_runs_go_on_to_the_same_end() {
    // One kill of each kind; CI goes on to 200.
    kill_and_resume(150, 1);
}

#[test]
#[ignore = "200 kills take minutes; a later stage of CI runs it, with BODYTEXT_BINARY"]
fn after_200_kills_the_end_is_the_same() {
    kill_and_resume(600, 29);
}

#[test]
fn a_run_is_resumed_only_with_the_same_inputs_and_flags() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jsonl"), jsonl(4_000)).unwrap();
    let args = ["a.jsonl", "-o", "out.jsonl"];
    let mut child = command(dir.path(), &args).spawn().unwrap();
    // What the run notes of itself stands before any output.
    let has_output = |dir: &Path| {
        let own = fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path());
        let mut own = own.filter(|path| path.to_string_lossy().contains(".bodytext-"));
        own.any(|path| fs::metadata(path).is_ok_and(|file| file.len() > 1 << 16))
    };
    while !has_output(dir.path()) {
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let fails = |args: &[&str], why: &str| {
        let done = command(dir.path(), args).arg("--resume").output().unwrap();
        let said = String::from_utf8(done.stderr).unwrap();
        assert!(done.status.code() == Some(2) && said.contains(why), "{args:?}: {said}");
    };
    fails(&["a.jsonl", "-o", "out.jsonl", "--keep", "byline"], "rules or flags changed");
    fails(&["a.jsonl"], "--resume needs inputs that are files");
    assert_eq!(command(dir.path(), &args).arg("--resume").status().unwrap().code(), Some(1));
    let again = command(dir.path(), &args).arg("--resume").output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", String::from_utf8_lossy(&again.stderr));
}

/// The window is short: the output has its name, the manifest not yet. A folder in the manifest's place holds it open.
#[test]
fn a_run_that_ends_before_its_manifest_keeps_its_output() {
    let dir = tempfile::tempdir().unwrap();
    for i in 0..3 {
        fs::write(dir.path().join(format!("{i}.txt")), text(i, 9)).unwrap();
    }
    let args = ["0.txt", "1.txt", "2.txt", "--to", "jsonl", "-o", "all.jsonl", "--manifest", "m"];
    assert_eq!(command(dir.path(), &args).status().unwrap().code(), Some(0));
    let expected = ["all.jsonl", "m"].map(|name| fs::read(dir.path().join(name)).unwrap());
    assert!(!expected[0].is_empty());
    let part = format!(".bodytext-{}.tmp", hex::encode(&Sha256::digest(b"m")[..8]));
    fs::create_dir(dir.path().join(&part)).unwrap();
    assert_eq!(command(dir.path(), &args).arg("--force").status().unwrap().code(), Some(3));
    fs::remove_dir(dir.path().join(&part)).unwrap();
    assert_eq!(command(dir.path(), &args).arg("--resume").status().unwrap().code(), Some(0));
    let found = ["all.jsonl", "m"].map(|name| fs::read(dir.path().join(name)).unwrap());
    assert!(found == expected);
}

#[test]
fn only_one_run_writes_an_output() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jsonl"), jsonl(4_000)).unwrap();
    let mut first = command(dir.path(), &["a.jsonl", "-o", "out.jsonl", "--quarantine", "bad"]).spawn().unwrap();
    while !fs::read_dir(dir.path()).unwrap().any(|entry| entry.unwrap().path().to_string_lossy().contains(".bodytext-"))
    {
        std::thread::sleep(Duration::from_millis(1));
    }
    for args in [&["a.jsonl", "-o", "out.jsonl"][..], &["a.jsonl", "-o", "other.jsonl", "--quarantine", "bad"]] {
        let second = command(dir.path(), args).output().unwrap();
        let said = String::from_utf8(second.stderr).unwrap();
        assert!(second.status.code() == Some(2) && said.contains("another run is writing"), "{said}");
    }
    assert_eq!(first.wait().unwrap().code(), Some(1));
    let left = tree(dir.path()).into_iter().map(|(path, _)| path.display().to_string()).collect::<Vec<_>>();
    assert_eq!(left, ["a.jsonl", "bad", "bad.reasons.jsonl", "out.jsonl"]);
}

#[test]
fn a_finished_run_is_not_taken_for_another() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.txt"), text(1, 3)).unwrap();
    fs::write(dir.path().join("in/b.jsonl"), "bad\n").unwrap();
    let resume = |more: &[&str]| {
        let done = command(dir.path(), &["in", "-o", "out", "--resume"]).args(more).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stderr).unwrap())
    };
    assert_eq!(resume(&[]).0, 1);
    let (code, said) = resume(&[]);
    assert!(code == 1 && said.contains("nothing is left to do"), "{said}");
    let (code, said) = resume(&["--keep", "byline"]);
    assert!(code == 2 && said.contains("other inputs, rules or flags"), "{said}");
    fs::remove_file(dir.path().join("out/a.txt")).unwrap();
    let (code, said) = resume(&[]);
    assert!(code == 2 && said.contains("a.txt is missing"), "{said}");
    assert_eq!(resume(&["--force"]).0, 1);
    fs::write(dir.path().join("in/c.txt"), text(2, 3)).unwrap();
    assert_eq!(resume(&[]).0, 2);
    assert!(resume(&["--force"]).0 == 1 && dir.path().join("out/c.txt").exists());
}

#[test]
fn a_file_that_was_changed_since_is_not_gone_on_with() {
    let dir = tempfile::tempdir().unwrap();
    let lines = jsonl(6_000);
    fs::write(dir.path().join("a.jsonl"), &lines).unwrap();
    let args = ["a.jsonl", "-o", "out.jsonl"];
    let mut child = command(dir.path(), &args).spawn().unwrap();
    // Its mark says that some of it is done.
    let marked = |path: PathBuf| fs::read_to_string(path).is_ok_and(|mark| mark.contains("\"position\""));
    while !fs::read_dir(dir.path()).unwrap().any(|entry| marked(entry.unwrap().path())) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    // Without the flag it is not thrown away.
    let again = command(dir.path(), &args).output().unwrap();
    assert!(again.status.code() == Some(1) || String::from_utf8_lossy(&again.stderr).contains("--resume"));
    if again.status.code() == Some(2) {
        fs::write(dir.path().join("a.jsonl"), lines.replacen("Line", "Lime", 1)).unwrap();
        let other = command(dir.path(), &args).arg("--resume").output().unwrap();
        let said = String::from_utf8(other.stderr).unwrap();
        assert!(other.status.code() == Some(2) && said.contains("changed since"), "{said}");
    }
}

#[test]
fn the_parts_of_a_run_are_the_whole() {
    let dir = tempfile::tempdir().unwrap();
    runs(dir.path(), 50);
    bodytext(dir.path()).args(["texts", "-o", "whole"]).assert().success();
    for part in ["1/3", "2/3", "3/3"] {
        bodytext(dir.path()).args(["texts", "-o", "parts", "--shard", part]).assert().success();
        let code = if part == "3/3" { 0 } else { 1 };
        bodytext(dir.path()).args(["verify", "parts"]).assert().code(code);
    }
    let outputs = |name: &str| {
        let mut all = tree(&dir.path().join(name));
        all.retain(|(path, _)| !path.starts_with(".bodytext"));
        all
    };
    assert!(outputs("whole") == outputs("parts") && outputs("whole").len() == 50);
    bodytext(dir.path()).args(["texts", "-o", "parts", "--shard", "4/3"]).assert().code(2);
    // Divided otherwise, the old manifests go.
    for part in ["1/2", "2/2"] {
        bodytext(dir.path()).args(["texts", "-o", "parts", "--shard", part, "--force"]).assert().success();
    }
    let verify = || bodytext(dir.path()).args(["verify", "parts"]).output().unwrap();
    assert_eq!(verify().status.code(), Some(0));
    // A part with other flags, and one that has not seen all inputs, are none of this run.
    let part = ["texts", "-o", "parts", "--shard", "2/2", "--force"];
    bodytext(dir.path()).args(part).args(["--keep", "byline"]).assert().success();
    assert!(
        String::from_utf8(verify().stdout).unwrap().contains("not of one run") && verify().status.code() == Some(1)
    );
    fs::remove_file(dir.path().join("texts/0.txt")).unwrap();
    bodytext(dir.path()).args(part).assert().success();
    assert_eq!(verify().status.code(), Some(1));
}

#[test]
fn verify_sees_what_changed_since() {
    let dir = tempfile::tempdir().unwrap();
    runs(dir.path(), 20);
    bodytext(dir.path()).args(["texts", "-o", "out"]).assert().success();
    let verify = |args: &[&str]| {
        let done = bodytext(dir.path()).arg("verify").args(args).output().unwrap();
        (done.status.code().unwrap(), String::from_utf8(done.stdout).unwrap() + &String::from_utf8_lossy(&done.stderr))
    };
    let (code, said) = verify(&["out"]);
    assert!(code == 0 && said.contains("20 outputs") && said.contains("20 records read"), "{said}");
    fs::write(dir.path().join("out/0.txt"), "other").unwrap();
    fs::remove_file(dir.path().join("out/3.txt")).unwrap();
    let (code, said) = verify(&["out"]);
    assert!(code == 1 && said.contains("0.txt: 5 bytes instead") && said.contains("3.txt: missing"), "{said}");
    fs::write(dir.path().join("out/more.txt"), "other").unwrap();
    assert!(verify(&["out"]).1.contains("1 other file here"));
    let (code, said) = verify(&["texts"]);
    assert!(code == 2 && said.contains("no manifest"), "{said}");
    assert!(verify(&["nowhere"]).1.contains("no such file or folder"));
    bodytext(dir.path()).args(["shards/a.jsonl", "-o", "a.jsonl.gz", "--manifest", "m.json"]).assert().code(1);
    assert_eq!(verify(&["a.jsonl.gz", "--manifest", "m.json"]).0, 0);
    let (code, said) = verify(&["other.jsonl.gz", "--manifest", "m.json"]);
    assert!(code == 1 && said.contains("not listed in the manifest"), "{said}");
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(dir.path().join("m.json")).unwrap()).unwrap();
    assert_eq!(manifest["records"]["read"], 400);
    assert_eq!(manifest["inputs"][0]["path"], "a.jsonl");
}
