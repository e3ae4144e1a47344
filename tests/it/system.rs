//! What the system may do to a run: no space left, calls that fail, few descriptors. Whatever it is, no partial file stands
//! under a final name, and what can be done again ends as if nothing had happened.
//! Ignored, since it needs root or strace; a later stage of CI runs it. All in folders of their own.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What needs a binary with optimisation, or should not be run under a test's own.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("BODYTEXT_BINARY").unwrap_or_else(|| env!("CARGO_BIN_EXE_bodytext").into()).into()
}

fn run(program: &str, args: &[&str]) -> Output {
    Command::new(program).args(args).output().unwrap_or_else(|error| panic!("{program}: {error}"))
}

fn text(number: usize) -> String {
    (0..400).map(|i| format!("Line {i} of text {number}, and {} is a number.\n", i * 7919 + number)).collect()
}

fn jsonl(records: usize) -> String {
    (0..records).map(|i| format!("{}\n", serde_json::json!({"id": i, "text": text(i)}))).collect()
}

/// The outputs below a folder: what has a final name, and is not what a run notes of itself.
fn outputs(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let own = |path: &Path| path.iter().any(|part| part.to_string_lossy().starts_with(".bodytext"));
    crate::resume::tree(root).into_iter().filter(|(path, _)| !own(path)).collect()
}

/// A folder mounted for a test.
struct Mounted(PathBuf);

impl Mounted {
    fn tmpfs(path: &Path, size: &str) -> Mounted {
        fs::create_dir(path).unwrap();
        let done = run("mount", &["-t", "tmpfs", "-o", &format!("size={size}"), "tmpfs", &path.to_string_lossy()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        Mounted(path.to_owned())
    }

    fn change(&self, options: &str) {
        let done = run("mount", &["-o", &format!("remount,{options}"), &self.0.to_string_lossy()]);
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        run("umount", &["-l", &self.0.to_string_lossy()]);
    }
}

#[test]
#[ignore = "mounting a small disk needs root"]
fn a_full_disk_stops_a_run_that_goes_on_when_there_is_room() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("texts")).unwrap();
    for i in 0..100 {
        fs::write(dir.path().join(format!("texts/{i}.txt")), text(i)).unwrap();
    }
    fs::write(dir.path().join("a.jsonl"), jsonl(300)).unwrap();
    let table = crate::formats::parquet(300, text);
    fs::write(dir.path().join("a.parquet"), &table).unwrap();
    for (input, output) in
        [("texts", "clean"), ("a.jsonl", "a.jsonl"), ("a.jsonl", "a.jsonl.zst"), ("a.parquet", "a.parquet")]
    {
        let disk = Mounted::tmpfs(&dir.path().join("disk"), "1m");
        // What packs well must not fit either.
        fs::write(dir.path().join("disk/ballast"), vec![0; (1 << 20) - (40 << 10)]).unwrap();
        let clean = |root: &str, more: &[&str]| {
            let mut command = Command::new(binary());
            let output = format!("{root}/{output}");
            command.args([input, "-o", &output, "--no-builtin-rules", "--quiet"]).args(more);
            command.current_dir(dir.path()).output().unwrap()
        };
        let full = clean("disk", &[]);
        let said = String::from_utf8_lossy(&full.stderr);
        assert_eq!(full.status.code(), Some(3), "{output}: {said}");
        assert!(said.contains("disk/") && said.contains("no space left"), "{output}: {said}");
        assert_eq!(clean("room", &[]).status.code(), Some(0));
        let expected = outputs(&dir.path().join("room"));
        let mut left = outputs(&dir.path().join("disk"));
        left.remove(Path::new("ballast"));
        for (path, bytes) in left {
            assert!(expected.get(&path) == Some(&bytes), "{output}: {} is a part", path.display());
        }
        disk.change("size=64m");
        let again = clean("disk", &["--resume"]);
        assert_eq!(again.status.code(), Some(0), "{output}: {}", String::from_utf8_lossy(&again.stderr));
        let mut whole = outputs(&dir.path().join("disk"));
        whole.remove(Path::new("ballast"));
        assert!(whole == expected, "{output}");
        disk.change("ro");
        let locked = clean("disk", &["--force"]);
        assert_eq!(locked.status.code(), Some(3), "{}", String::from_utf8_lossy(&locked.stderr));
        drop(disk);
        fs::remove_dir(dir.path().join("disk")).unwrap();
        fs::remove_dir_all(dir.path().join("room")).unwrap();
    }
    // The inputs are as they were.
    assert_eq!(fs::read_to_string(dir.path().join("a.jsonl")).unwrap(), jsonl(300));
    assert!(fs::read(dir.path().join("a.parquet")).unwrap() == table);
}

#[test]
#[ignore = "needs strace"]
fn whatever_call_fails_no_part_has_a_final_name() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir(dir.path().join("in")).unwrap();
    for i in 0..3 {
        fs::write(dir.path().join(format!("in/{i}.txt")), text(i)).unwrap();
    }
    fs::write(dir.path().join("in/a.jsonl.gz"), {
        use std::io::Write;
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(jsonl(30).as_bytes()).unwrap();
        packer.finish().unwrap()
    })
    .unwrap();
    fs::write(dir.path().join("in/b.parquet"), crate::formats::parquet(30, text)).unwrap();
    let program = binary();
    let args = ["in", "-o", "out", "--no-builtin-rules", "--quiet", "--threads", "1"];
    let clean = |call: Option<(&str, &str, usize)>| {
        let _ = fs::remove_dir_all(dir.path().join("out"));
        let mut command = Command::new(if call.is_some() { Path::new("strace") } else { &program });
        if let Some((call, error, number)) = call {
            let inject = format!("inject={call}:error={error}:when={number}");
            command
                .args(["-f", "-qq", "-o", "strace.log", "-e", &format!("trace={call}"), "-e", &inject])
                .arg(&program);
        }
        let done = command.args(args).current_dir(dir.path()).output().unwrap();
        let log = fs::read_to_string(dir.path().join("strace.log")).unwrap_or_default();
        (done, log.contains("(INJECTED)"))
    };
    assert_eq!(clean(None).0.status.code(), Some(0));
    let expected = outputs(&dir.path().join("out"));
    assert_eq!(expected.len(), 5);
    let mut faults = 0;
    for (call, error) in [
        ("openat", "EMFILE"),
        ("read", "EIO"),
        ("write", "ENOSPC"),
        ("rename", "EIO"),
        ("mkdir", "EACCES"),
        ("ftruncate", "EIO"),
    ] {
        // A number that no thread comes to any more ends the search.
        for number in 1.. {
            let (done, injected) = clean(Some((call, error, number)));
            if !injected {
                break;
            }
            faults += 1;
            let said = String::from_utf8_lossy(&done.stderr);
            let found = outputs(&dir.path().join("out"));
            assert!(!said.contains("panicked") && !said.contains("a fault in bodytext"), "{call} {number}: {said}");
            for (path, bytes) in &found {
                let whole = expected.get(path) == Some(bytes);
                assert!(whole, "{call} {number}: {} is a part; {said}", path.display());
            }
            // 127: the program itself could not be loaded.
            let code = done.status.code();
            assert!(matches!(code, Some(0 | 1 | 2 | 3 | 127)), "{call} {number}: {code:?} {said}");
            assert!(code != Some(0) || found == expected, "{call} {number}: {said}");
        }
    }
    assert!(faults > 60, "{faults}");
}
