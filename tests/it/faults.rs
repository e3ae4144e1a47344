//! Bad inputs, outputs that cannot be written, closed pipes, signals: the run goes on or ends as it should, and no
//! partial file stands under a final name.
//! What needs root or much time is ignored here and run by a later stage of CI.
//! All in folders of their own.

use std::fs;
use std::path::Path;

use crate::cli::{bodytext, piped};

const PLAIN: [&str; 3] = ["--no-builtin-rules", "--normalize", "none"];

fn stderr(output: &std::process::Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// All files below a folder, sorted.
fn files(root: &Path) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![root.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                // What a run notes of itself.
                if path.file_name().is_none_or(|name| name != ".bodytext") {
                    open.push(path);
                }
            } else {
                all.push(path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/"));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn bad_inputs_are_listed_and_the_others_are_done() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    fs::create_dir(&input).unwrap();
    for (name, bytes) in [
        ("a.txt", &b"A plain text.\n"[..]),
        ("empty.txt", b""),
        ("paper.txt", b"%PDF-1.7 ..."),
        ("packed.jsonl", b"\x1f\x8b\x08\0\0\0"),
        ("z.txt", b"The last.\n"),
    ] {
        fs::write(input.join(name), bytes).unwrap();
    }
    let output = bodytext(dir.path()).args(["in", "missing", "-o", "out", "-v"]).args(PLAIN).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(files(&dir.path().join("out")), ["a.txt", "empty.txt", "z.txt"]);
    assert_eq!(fs::read(dir.path().join("out/empty.txt")).unwrap(), b"");
    let said = stderr(&output);
    for part in ["paper.txt: a PDF", "packed.jsonl: truncated: the gzip", "missing: no such file", "1 file was empty"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[cfg(unix)]
#[test]
fn pipes_sockets_and_circles_in_a_folder_are_skipped_without_waiting() {
    let dir = tempfile::tempdir().unwrap();
    let input = dir.path().join("in");
    fs::create_dir_all(input.join("sub")).unwrap();
    fs::write(input.join("a.txt"), "A plain text.\n").unwrap();
    assert!(std::process::Command::new("mkfifo").arg(input.join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(input.join("socket")).unwrap();
    std::os::unix::fs::symlink("..", input.join("sub/circle")).unwrap();
    std::os::unix::fs::symlink("nowhere", input.join("broken")).unwrap();
    let output = bodytext(dir.path()).args(["in", "-o", "out"]).args(PLAIN).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(files(&dir.path().join("out")), ["a.txt"]);
    let said = stderr(&output);
    for part in
        ["in/pipe: a named pipe", "in/socket: a socket", "in/sub/circle: a link that leads back", "in/broken: a link"]
    {
        assert!(said.contains(part), "{part}: {said}");
    }
}

// Not on macOS, whose file systems refuse such names.
#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf8_are_kept() {
    use std::os::unix::ffi::OsStrExt;
    let dir = tempfile::tempdir().unwrap();
    let name = std::ffi::OsStr::from_bytes(b"bad\xff.txt");
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in").join(name), "A plain text.\n").unwrap();
    bodytext(dir.path()).args(["in", "-o", "out"]).args(PLAIN).assert().success();
    assert!(dir.path().join("out").join(name).exists());
    bodytext(dir.path()).args(["verify", "out"]).assert().success();
    fs::write(dir.path().join("out").join(name), "Another text.\n").unwrap();
    bodytext(dir.path()).args(["verify", "out"]).assert().code(1);
}

#[test]
fn nothing_is_done_where_an_output_would_harm_an_input() {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str| {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "\nA plain text.\n").unwrap();
    };
    for name in ["in/a.txt", "in/sub/b.txt", "other/a.txt", "other/A.txt", "a.txt", "there/a.txt", "records.jsonl"] {
        write(name);
    }
    let before = files(dir.path());
    for args in [
        &["in"][..],
        &["in", "-o", "in"],
        &["in", "-o", "in/"],
        &["in", "-o", "in/out"],
        &["in", "-o", "./other/../in/sub/new"],
        &["in", "--to", "jsonl", "-o", "in/all.jsonl"],
        &["in", "-o", "out", "--quarantine", "in/bad"],
        &["a.txt", "-o", "a.txt", "--force"],
        &["a.txt", "-o", ".", "--force"],
        &["in/a.txt", "-o", "in", "--force"],
        &["in", "other", "-o", "out"],
        &["a.txt", "in", "-o", "out"],
        &["a.txt", "a.txt", "-o", "out"],
        &["a.txt", "./a.txt", "--to", "jsonl"],
        &["-", "-"],
        &["in", "-o", "there"],
        &["in", "-o", "a.txt"],
        &["a.txt", "in/a.txt"],
        &["in", "-o", "out", "--include", "["],
        &["a.txt", "--text-field", "a..b"],
        &["a.txt", "--keep", "byline", "--drop", "byline"],
        &["a.txt", "--drop", "body"],
        &["a.txt", "--languages", "english"],
        &["a.txt", "--rules", "none.toml"],
        &["records.jsonl", "--encoding", "windows-1252"],
        &["a.txt", "--from", "jsonl", "--encoding", "windows-1252"],
        &["a.txt", "--quiet", "--summary", "json"],
        &["a.txt", "--threads", "0"],
    ] {
        let output = bodytext(dir.path()).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{args:?}");
        assert_eq!(files(dir.path()), before, "{args:?}");
    }
}

#[test]
fn inputs_are_safe_behind_links_and_from_what_a_run_keeps() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name);
    for folder in ["in/sub", "out", "kept/.bodytext"] {
        fs::create_dir_all(path(folder)).unwrap();
    }
    for name in ["in/sub/a.txt", "timings.json", "kept/.bodytext/manifest.json"] {
        fs::write(path(name), "\nA plain text.\n").unwrap();
    }
    fs::write(path("a.jsonl"), "{\"text\":\"x\"}\n").unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink("../in/sub", path("out/sub")).unwrap();
    let before = files(dir.path());
    for args in [
        #[cfg(unix)]
        &["in", "-o", "out", "--force"][..],
        #[cfg(unix)]
        &["in", "-o", "out", "--force", "--min-words", "100"],
        &["timings.json", "-o", "new", "--manifest", "manifest.json"],
        &["a.jsonl", "-o", "timings.jsonl", "--manifest", "manifest.jsonl"],
        &["kept/.bodytext/manifest.json", "-o", "kept/", "--force"],
        &["a.jsonl", "-o", "new", "--manifest", "manifest.json"],
    ] {
        let output = bodytext(dir.path()).args(args).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert_eq!(files(dir.path()), before, "{args:?}");
    }
    assert_eq!(fs::read_to_string(path("in/sub/a.txt")).unwrap(), "\nA plain text.\n");
    assert_eq!(fs::read_to_string(path("kept/.bodytext/manifest.json")).unwrap(), "\nA plain text.\n");
    // Texts of records do not lie among other texts.
    fs::create_dir_all(path("both/a.jsonl")).unwrap();
    fs::write(path("both/a.jsonl/line-1.txt"), "A plain text.\n").unwrap();
    fs::write(path("both/a.jsonl.gz"), "{\"text\":\"x\"}\n").unwrap();
    let output = bodytext(dir.path()).args(["both", "-o", "texts", "--to", "text"]).output().unwrap();
    assert!(output.status.code() == Some(2) && stderr(&output).contains("among the texts"), "{}", stderr(&output));
}

#[test]
fn a_mark_of_byte_order_stands_only_at_the_beginning() {
    let dir = tempfile::tempdir().unwrap();
    let record = "\u{feff}{\"text\":\"A plain text.\"}\n";
    fs::write(dir.path().join("a.jsonl"), record).unwrap();
    fs::write(dir.path().join("b.jsonl"), record).unwrap();
    bodytext(dir.path())
        .args(["a.jsonl", "b.jsonl", "--to", "jsonl", "-o", "all.jsonl"])
        .args(PLAIN)
        .assert()
        .success();
    let all = fs::read_to_string(dir.path().join("all.jsonl")).unwrap();
    assert_eq!(all, format!("{record}{}", record.trim_start_matches('\u{feff}')));
}

#[test]
fn a_quarantine_is_a_file_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    for folder in ["in/sub", "folder"] {
        fs::create_dir_all(dir.path().join(folder)).unwrap();
    }
    for name in ["in/a.jsonl", "in/sub/b.jsonl", "a.jsonl", "q.reasons.jsonl"] {
        fs::write(dir.path().join(name), "{\"text\":\"x\"}\nbad\n").unwrap();
    }
    let before = files(dir.path());
    for args in [
        &["a.jsonl", "-o", "out", "--quarantine", "out"][..],
        &["a.jsonl", "-o", "x.reasons.jsonl", "--quarantine", "x"],
        &["a.jsonl", "-o", "out", "--quarantine", "out/bad"],
        &["a.jsonl", "-o", "out", "--quarantine", "a.jsonl"],
        &["q.reasons.jsonl", "-o", "out", "--quarantine", "q"],
        &["in", "-o", "out", "--quarantine", "out"],
        &["in", "-o", "out", "--quarantine", "out/a.jsonl"],
        &["in", "-o", "out", "--quarantine", "out/sub"],
        &["in", "-o", "out", "--quarantine", "in/sub/bad"],
        &["in", "-o", "out", "--quarantine", "folder"],
        &["in", "-o", "out", "--quarantine", "new/"],
    ] {
        let output = bodytext(dir.path()).args(args).arg("--force").output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--quarantine"), "{args:?}: {}", stderr(&output));
        assert_eq!(files(dir.path()), before, "{args:?}");
    }
    let args = ["in", "-o", "out", "--quarantine", "q"];
    let output = bodytext(dir.path()).args(args).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("q.reasons.jsonl exists"), "{}", stderr(&output));
    bodytext(dir.path()).args(args).arg("--force").assert().code(1);
    assert_eq!(fs::read(dir.path().join("q")).unwrap(), b"bad\nbad\n");
    // Beside the outputs it may stand.
    bodytext(dir.path()).args(["in", "-o", "new", "--quarantine", "new/bad"]).assert().code(1);
}

#[test]
fn outputs_are_overwritten_only_with_force() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "new\n").unwrap();
    fs::write(dir.path().join("b.txt"), "old\n").unwrap();
    bodytext(dir.path()).args(["a.txt", "-o", "b.txt"]).args(PLAIN).assert().code(2);
    assert_eq!(fs::read(dir.path().join("b.txt")).unwrap(), b"old\n");
    bodytext(dir.path()).args(["a.txt", "-o", "b.txt", "--force"]).args(PLAIN).assert().success();
    assert_eq!(fs::read(dir.path().join("b.txt")).unwrap(), b"new\n");
    bodytext(dir.path()).args(["a.txt", "-o", "new/folder/"]).args(PLAIN).assert().success();
    assert_eq!(fs::read(dir.path().join("new/folder/a.txt")).unwrap(), b"new\n");
}

#[test]
fn an_output_stays_where_no_input_could_be_cleaned() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("paper.pdf"), "%PDF-1.7 ...").unwrap();
    fs::write(dir.path().join("packed.jsonl"), b"\x1f\x8b\x08\0\0\0").unwrap();
    fs::write(dir.path().join("out"), "old\n").unwrap();
    for input in [&["paper.pdf"][..], &["missing"], &["packed.jsonl"], &["paper.pdf", "missing", "--to", "jsonl"]] {
        bodytext(dir.path()).args(input).args(["-o", "out", "--force"]).args(PLAIN).assert().code(1);
        assert_eq!(fs::read(dir.path().join("out")).unwrap(), b"old\n", "{input:?}");
        bodytext(dir.path()).args(input).args(["-o", "new"]).args(PLAIN).assert().code(1);
        assert_eq!(files(dir.path()), ["out", "packed.jsonl", "paper.pdf"], "{input:?}");
    }
    // An empty input has an empty output.
    fs::write(dir.path().join("empty.jsonl"), "").unwrap();
    bodytext(dir.path()).args(["empty.jsonl", "missing", "--to", "jsonl", "-o", "new"]).args(PLAIN).assert().code(1);
    assert_eq!(fs::read(dir.path().join("new")).unwrap(), b"");
}

#[cfg(target_os = "linux")]
#[test]
fn half_a_stream_gets_no_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.jsonl"), "{\"text\":\"x\"}\n").unwrap();
    // A folder can be opened, but not read.
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_bodytext"))
        .args(["a.jsonl", "-", "--from", "jsonl", "--to", "jsonl", "-o", "out.jsonl"])
        .current_dir(dir.path())
        .stdin(fs::File::open(dir.path()).unwrap())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert!(stderr(&output).contains("standard input: is a directory"), "{}", stderr(&output));
    assert!(stderr(&output).contains("out.jsonl was not written"), "{}", stderr(&output));
    assert_eq!(files(dir.path()), ["a.jsonl"]);
}

#[test]
fn a_dry_run_writes_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.txt"), "A plain text.\n").unwrap();
    fs::write(dir.path().join("in/b.jsonl"), "{\"text\":\"x\"}\nbad\n").unwrap();
    let before = files(dir.path());
    for args in [&["in"][..], &["in", "-o", "out", "--quarantine", "bad"], &["in", "--to", "text", "-o", "texts"]] {
        let output = bodytext(dir.path()).args(args).arg("--dry-run").output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(output.stdout.is_empty());
        assert!(stderr(&output).contains("2 documents, nothing written (dry run)"), "{}", stderr(&output));
        assert_eq!(files(dir.path()), before);
    }
}

#[test]
fn leftovers_of_a_killed_run_are_no_input() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/a.txt"), "A plain text.\n").unwrap();
    fs::write(dir.path().join("in/.hidden"), "A hidden text.\n").unwrap();
    fs::write(dir.path().join("in/.bodytext-x1Y2z3.tmp"), "half a te").unwrap();
    bodytext(dir.path()).args(["in", "-o", "out"]).args(PLAIN).assert().success();
    assert_eq!(files(&dir.path().join("out")), [".hidden", "a.txt"]);
}

#[test]
fn a_file_that_changes_while_it_is_read_is_listed() {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(dir.path().join("in/quiet.txt"), "A plain text.\n").unwrap();
    let record = "{\"text\":\"A plain text.\"}\n";
    for (name, line) in [("in/busy.txt", "A plain text.\n"), ("in/busy.jsonl", record)] {
        fs::write(dir.path().join(name), line.repeat((16 << 20) / line.len())).unwrap();
        let over = AtomicBool::new(false);
        let output = std::thread::scope(|scope| {
            let mut file = fs::File::options().append(true).open(dir.path().join(name)).unwrap();
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    file.write_all(line.as_bytes()).unwrap();
                    std::thread::sleep(std::time::Duration::from_micros(100));
                }
            });
            let output = bodytext(dir.path()).args(["in", "-o", "out", "--force"]).args(PLAIN).output();
            over.store(true, Ordering::Relaxed);
            output.unwrap()
        });
        assert_eq!(output.status.code(), Some(1));
        let said = stderr(&output);
        assert!(said.contains(&format!("{name}: it changed while it was read")), "{said}");
        assert!(dir.path().join("out/quiet.txt").exists());
        assert_eq!(dir.path().join("out/busy.txt").exists(), name.ends_with("jsonl"));
        fs::remove_file(dir.path().join(name)).unwrap();
        let again = bodytext(dir.path()).args(["in", "-o", "out", "--force"]).args(PLAIN).output().unwrap();
        assert_eq!(again.status.code(), Some(0));
        fs::write(dir.path().join("out/busy.txt"), "").unwrap();
    }
}

#[test]
fn deep_records_are_read_and_broken_ones_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let deep = format!("{{\"x\":{}{}}}", "[".repeat(5_000), "]".repeat(5_000));
    let input = [
        b"{\"text\":\"fine\"}\n".to_vec(),
        deep.into_bytes(),
        b"\n{\"text\":\"\xff\"}\n{\"text\":\"raw\ttab\"}".to_vec(),
    ]
    .concat();
    let output =
        bodytext(dir.path()).args(["--from", "jsonl"]).args(PLAIN).write_stdin(input.clone()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stdout, input);
    let said = stderr(&output);
    for part in [":3: byte 10 is not UTF-8", ":4: malformed JSON"] {
        assert!(said.contains(part), "{part}: {said}");
    }
}

#[test]
fn random_bytes_do_no_harm() {
    let dir = tempfile::tempdir().unwrap();
    let mut state = 7_u32;
    for length in [1, 2, 3, 10, 100, 1_000, 10_000] {
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(length)
        .collect();
        for format in ["text", "jsonl"] {
            let output = bodytext(dir.path())
                .args(["--from", format, "--no-builtin-rules"])
                .write_stdin(noise.clone())
                .output()
                .unwrap();
            assert!(matches!(output.status.code(), Some(0 | 1)), "{}", stderr(&output));
            assert!(!stderr(&output).contains("a fault in bodytext"), "{}", stderr(&output));
        }
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_a_quiet_success() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let dir = tempfile::tempdir().unwrap();
    let lines: String = (0..300_000).map(|i| format!("{{\"id\":{i},\"text\":\"line {i}\"}}\n")).collect();
    fs::write(dir.path().join("in.jsonl"), lines).unwrap();
    for args in [&["in.jsonl"][..], &["in.jsonl", "--to", "text"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_bodytext"))
            .args(args)
            .current_dir(dir.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut start = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut start).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stderr(&output), "");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "A plain text.\n").unwrap();
    let output = bodytext(dir.path()).args(["a.txt", "-o", "/dev/full"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("cannot write /dev/full: no space left"), "{}", stderr(&output));
    // Nothing can be made below a file, whoever one is.
    let output = bodytext(dir.path()).args(["a.txt", "-o", "a.txt/b.txt"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(files(dir.path()), ["a.txt"]);
}

#[cfg(unix)]
#[test]
fn a_signal_ends_a_run_that_waits_and_leaves_no_file() {
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().unwrap();
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        // The pipe stays open, so the run waits for more.
        let mut child = Command::new(env!("CARGO_BIN_EXE_bodytext"))
            .args(["--from", "jsonl", "-o", "out.jsonl"])
            .current_dir(dir.path())
            .stdin(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Its temporary file shows that it has begun.
        let begun = Instant::now();
        while files(dir.path()).is_empty() && begun.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(20));
        }
        // Waiting would close it.
        let _stdin = child.stdin.take();
        let sent = Instant::now();
        assert!(Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap().success());
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(code));
        assert!(sent.elapsed() < Duration::from_secs(4), "{:?}", sent.elapsed());
        assert!(files(dir.path()).is_empty());
    }
}

#[cfg(unix)]
#[test]
fn an_early_end_keeps_the_quarantine() {
    use std::io::{Read, Write};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};
    let dir = tempfile::tempdir().unwrap();
    let lines: String = (0..300_000).map(|i| format!("{{\"id\":{i},\"text\":\"line {i}\"}}\n")).collect();
    let lines = format!("bad\n{lines}");
    fs::write(dir.path().join("in.jsonl"), &lines).unwrap();
    let start = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_bodytext"));
        command.args(args).args(PLAIN).current_dir(dir.path());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    };

    // Whoever reads standard output has had enough.
    let mut child = start(&["in.jsonl", "--quarantine", "closed"]);
    child.stdout.take().unwrap().read_exact(&mut [0; 10]).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert_eq!(fs::read(dir.path().join("closed")).unwrap(), b"bad\n");

    // A signal, while the run hangs in a read.
    let mut child = start(&["--from", "jsonl", "-o", "out", "--quarantine", "stopped"]);
    let mut stdin = child.stdin.take().unwrap();
    stdin.write_all(lines.as_bytes()).unwrap();
    let filled = || {
        let aside = |path: &str| fs::read(dir.path().join(path)).is_ok_and(|bytes| bytes == b"bad\n");
        files(dir.path()).iter().any(|path| path.starts_with(".bodytext-") && aside(path))
    };
    let begun = Instant::now();
    while !filled() && begun.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(fs::read(dir.path().join("stopped")).unwrap(), b"bad\n");
    let all = ["closed", "closed.reasons.jsonl", "in.jsonl", "stopped", "stopped.reasons.jsonl"];
    assert_eq!(files(dir.path()), all);
}

#[cfg(unix)]
#[test]
#[ignore = "as root every file can be read and written"]
fn what_may_not_be_read_or_written_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::create_dir(dir.path().join("locked")).unwrap();
    fs::write(dir.path().join("in/a.txt"), "A plain text.\n").unwrap();
    fs::write(dir.path().join("in/secret.txt"), "Not for you.\n").unwrap();
    fs::set_permissions(dir.path().join("in/secret.txt"), fs::Permissions::from_mode(0o000)).unwrap();
    fs::set_permissions(dir.path().join("locked"), fs::Permissions::from_mode(0o555)).unwrap();
    let output = bodytext(dir.path()).args(["in", "-o", "out"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("secret.txt: permission denied"), "{}", stderr(&output));
    assert_eq!(files(&dir.path().join("out")), ["a.txt"]);
    let output = bodytext(dir.path()).args(["in", "-o", "locked/out"]).output().unwrap();
    assert_eq!(output.status.code(), Some(3), "{}", stderr(&output));
    assert_eq!(piped(dir.path(), &PLAIN, b"x"), b"x");
}

#[test]
fn standard_output_must_not_be_an_input() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("in/a.jsonl");
    fs::create_dir(dir.path().join("in")).unwrap();
    fs::write(&path, "{\"text\":\"A plain text.\"}\n").unwrap();
    let program = assert_cmd::cargo::cargo_bin("bodytext");
    for args in [&["in/a.jsonl"][..], &["in", "--to", "jsonl"], &["--from", "jsonl"]] {
        let mut run = std::process::Command::new(&program);
        run.args(args).current_dir(dir.path()).stdout(fs::File::options().append(true).open(&path).unwrap());
        let output = run.stdin(fs::File::open(&path).unwrap()).output().unwrap();
        let said = stderr(&output);
        assert!(output.status.code() == Some(2) && said.contains("is the input"), "{args:?}: {said}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), "{\"text\":\"A plain text.\"}\n");
}

#[test]
fn characters_that_are_lost_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let russian = "Порт был закрыт в понедельник, сказал начальник порта.\n".repeat(6);
    let mixed = [russian.repeat(2).as_bytes(), &encoding_rs::WINDOWS_1251.encode(&russian).0].concat();
    let french = b"Le caf\xe9 et le th\xe9 \x81 sept heures.\n".to_vec();
    for (bytes, label) in [(mixed, None), (french, None), ("Порт был закрыт.\n".into(), Some("utf-16le"))]
    {
        fs::write(dir.path().join("in.txt"), &bytes).unwrap();
        let flags = label.map(|label: &str| ["--encoding", label]);
        let run =
            bodytext(dir.path()).args(["in.txt", "-o", "out.txt", "--force"]).args(flags.iter().flatten()).output();
        let output = run.unwrap();
        assert!(
            output.status.code() == Some(1) && stderr(&output).contains("--encoding"),
            "{label:?} {}",
            stderr(&output)
        );
        assert!(dir.path().join("out.txt").exists());
    }
}

#[cfg(unix)]
#[test]
fn names_cannot_control_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    let name = "a\u{1b}]0;title\u{7}\nin/b.txt: all is well\u{202e}txt.exe";
    fs::write(dir.path().join("in").join(name.replace('/', ":")), "%PDF-1.7 ...").unwrap();
    let record = "{\"\u{1b}[2J\":\"x\"}\n";
    fs::write(dir.path().join("in/b.jsonl"), record).unwrap();
    for args in [&["in", "-o", "out"][..], &["verify", "out"], &["in", "-o", "out"]] {
        let output = bodytext(dir.path()).args(args).output().unwrap();
        let said = String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap();
        assert!(said.contains("\\u{1b}") || args.len() == 3 && !said.contains("PDF"), "{said}");
        assert!(!said.contains(['\u{1b}', '\u{7}', '\u{202e}']) && !said.contains("\nin:b.txt"), "{said}");
    }
}
