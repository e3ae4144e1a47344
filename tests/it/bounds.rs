//! What a run may take, however much it is given: the memory of bombs, of a line of a gigabyte, of ten million lines; the
//! descriptors of many files.
//! Ignored, since it takes minutes; a later stage of CI runs it, with BODYTEXT_BINARY. All in folders of their own.

#![cfg(target_os = "linux")]

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use crate::system::binary;

/// Runs the program and gives its exit code, what it said, and the most memory it had, in MiB.
#[allow(clippy::print_stderr, reason = "the figures are shown with --nocapture")]
fn measured(dir: &Path, args: &[&str]) -> (Option<i32>, String, u64) {
    let mut command = Command::new("prlimit");
    command.arg("--nofile=256").arg(binary()).args(args).args(["--threads", "2"]);
    let said = File::create(dir.join("said")).unwrap();
    let mut child = command.current_dir(dir).stdout(Stdio::null()).stderr(said).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let code = loop {
        // The system keeps the peak, so asking now and then is enough; only what comes last of all is missed.
        let kib = fs::read_to_string(&status).unwrap_or_default();
        let kib = kib.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB")?.trim().parse().ok());
        peak = peak.max(kib.unwrap_or(0));
        if let Some(done) = child.try_wait().unwrap() {
            break done.code();
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    };
    let said = fs::read_to_string(dir.join("said")).unwrap();
    eprintln!("{args:?}: {} MiB", peak >> 10);
    (code, said, peak >> 10)
}

fn write(path: &Path, pieces: impl Iterator<Item = Vec<u8>>) -> u64 {
    let mut file = BufWriter::new(File::create(path).unwrap());
    pieces.for_each(|piece| file.write_all(&piece).unwrap());
    file.flush().unwrap();
    fs::metadata(path).unwrap().len() >> 20
}

#[test]
#[ignore = "takes a minute"]
fn ten_gibibytes_of_zeros_are_refused_in_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    let zeros = vec![0; 64 << 20];
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(&zeros).unwrap();
    let (gzip, zstd) = (gzip.finish().unwrap(), zstd::encode_all(zeros.as_slice(), 3).unwrap());
    for (ending, member) in [("gz", gzip), ("zst", zstd)] {
        for format in ["txt", "jsonl"] {
            let name = format!("zeros.{format}.{ending}");
            write(&dir.path().join(&name), (0..160).map(|_| member.clone()));
            let (code, said, peak) = measured(dir.path(), &[&name, "-o", "out", "--force"]);
            assert!(code == Some(1) && said.contains("--max-ratio"), "{name}: {said}");
            assert!(peak < 256, "{name}: {peak} MiB");
        }
    }
}

#[test]
#[ignore = "takes two minutes and 3 GB of memory"]
fn large_texts_take_a_few_times_their_size() {
    let dir = tempfile::tempdir().unwrap();
    let sentence = b"The ferry was late on Monday, and nobody on the pier knew why. ";
    let name = dir.path().join("line.txt");
    let line = write(&name, std::iter::repeat_n(sentence.to_vec(), 1_000_000_000 / sentence.len()));
    let (code, said, peak) = measured(dir.path(), &["line.txt", "-o", "out", "--force"]);
    assert!(code == Some(0) && peak < 4 * line, "{peak} MiB of {line}: {said}");
    let name = dir.path().join("lines.txt");
    let lines = write(&name, (0..10_000_000_u64).map(|i| format!("Line {}\n", i * 7919).into_bytes()));
    let (code, said, peak) = measured(dir.path(), &["lines.txt", "-o", "out", "--force"]);
    assert!(code == Some(0) && peak < 4 * lines, "{peak} MiB of {lines}: {said}");
}

#[test]
#[ignore = "takes two minutes"]
fn ten_million_records_take_as_much_memory_as_a_few() {
    let dir = tempfile::tempdir().unwrap();
    let record = |i: u64| format!("{{\"id\":{i},\"text\":\"Line {}\"}}\n", i * 7919).into_bytes();
    write(&dir.path().join("in.jsonl"), (0..10_000_000).map(record));
    let (code, said, peak) = measured(dir.path(), &["in.jsonl", "-o", "out.jsonl"]);
    assert!(code == Some(0) && peak < 64, "{peak} MiB: {said}");
}

#[test]
#[ignore = "takes a minute"]
fn a_hundred_thousand_files_need_few_descriptors_and_little_memory() {
    let dir = tempfile::tempdir().unwrap();
    for folder in 0..100 {
        let folder = dir.path().join(format!("in/{folder}"));
        fs::create_dir_all(&folder).unwrap();
        for i in 0..1000 {
            fs::write(folder.join(format!("{i}.txt")), format!("Text {i}.\n\nShare this story:\n")).unwrap();
        }
    }
    let (code, said, peak) = measured(dir.path(), &["in", "-o", "out"]);
    assert!(code == Some(0) && peak < 200, "{peak} MiB: {said}");
    assert_eq!(fs::read_dir(dir.path().join("out/99")).unwrap().count(), 1000);
}

/// A pack of many regexes that have nothing in common but their shape.
fn regexes(count: usize) -> String {
    let rule = |i: usize| {
        format!(
            "[[rule]]\nid = \"few.r{i}\"\nkind = \"line\"\nclass = \"share\"\nwhy = \"Many.\"\n\
             regex = ['^[0-9]+ unique{i} [a-z]+$']\nmatches = [\"1 unique{i} a\"]\nnear_misses = [\"unique{i}\"]\n"
        )
    };
    "schema = 1\nname = \"few\"\n".to_owned() + &(0..count).map(rule).collect::<String>()
}

/// That a pack loads in seconds shows in how its cost grows: twice the rules, twice the time and not four times.
#[test]
#[ignore = "takes a minute"]
#[allow(clippy::print_stderr, reason = "the figures are shown with --nocapture")]
fn packs_load_in_proportion_to_their_rules() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "A line.\n").unwrap();
    let seconds = |count: usize| {
        fs::write(dir.path().join("many.toml"), regexes(count)).unwrap();
        let times = (0..3).map(|_| {
            let begin = std::time::Instant::now();
            let (code, said, _) = measured(dir.path(), &["a.txt", "--rules", "many.toml", "--quiet"]);
            assert!(code == Some(0), "{said}");
            begin.elapsed().as_secs_f64()
        });
        times.fold(f64::INFINITY, f64::min)
    };
    let (half, all) = (seconds(10_000), seconds(20_000));
    eprintln!("10,000 regexes in {half:.2} s, 20,000 in {all:.2} s");
    assert!(all < 3.0 * half);
}
