//! The program on the three pages of this folder, with bodytext alone: what others make of them is theirs.

use std::path::Path;
use std::process::{Command, Output};

fn boards(args: &[&str]) -> Output {
    let pages = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages");
    Command::new(env!("CARGO_BIN_EXE_boards")).arg(pages).args(args).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn pages_are_scored_and_tools_that_are_missing_are_listed() {
    let record = tempfile::NamedTempFile::new().unwrap();
    let path = record.path().to_str().unwrap();
    let run = boards(&["--python", "/nonexistent/python", "--cleaned", "--record", path]);
    let report = text(&run.stdout);
    assert!(run.status.success(), "{}", text(&run.stderr));
    let row = report.lines().find(|line| line.starts_with("| bodytext |")).unwrap();
    let cells: Vec<f64> = row.split('|').filter_map(|cell| cell.trim().parse().ok()).collect();
    let [word, _, _, shingle, _, no_text, failed, milliseconds, rate, cleaned] = cells[..] else { panic!("{row}") };
    assert!(word > 0.9 && shingle > 0.85 && cleaned > 0.8, "{row}");
    assert_eq!((no_text, failed), (0.0, 0.0));
    assert!(milliseconds > 0.0 && rate > 0.0);
    for tool in ["trafilatura-py", "resiliparse-py"] {
        let skipped = format!("Skipped: {tool}: /nonexistent/python: ");
        assert!(report.contains(&skipped) && report.contains("name a Python"), "{report}");
    }
    if cfg!(not(feature = "dom_smoothie")) {
        assert!(report.contains("build it with --features dom_smoothie"), "{report}");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), report);
}

#[test]
fn what_is_asked_wrongly_says_what_to_type() {
    let wrong = |args: &[&str]| {
        let run = boards(args);
        assert!(!run.status.success());
        text(&run.stderr)
    };
    assert!(wrong(&["--tools", "boilerpipe"]).contains("all of them are bodytext,dom_smoothie"));
    assert!(wrong(&["--folds", "7"]).contains("leave --folds out"));
    assert!(wrong(&["--model", "model.toml"]).contains("it has to be FOLD=FILE"));
    assert!(wrong(&["--model", "0=none.toml"]).contains("none.toml"));
}
