//! Sentences of articles in which the words of boilerplate stand: each file of `tests/near-misses` has those of one
//! language, one a line. Nothing of them may go, neither from the file as one text nor from a sentence alone.

use std::fs;
use std::path::{Path, PathBuf};

use bodytext::{Cleaner, Options};

#[test]
fn near_misses_stay() {
    let cleaner = Cleaner::builtin(Options::default());
    let mut lost = Vec::new();
    for path in files() {
        let text = fs::read_to_string(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.lines().count() >= 200, "{name} has too few sentences to show anything");
        for part in std::iter::once(text.as_str()).chain(text.lines()) {
            let cleaned = cleaner.clean(part.as_bytes(), None);
            for (line, verdict) in part.lines().zip(&cleaned.verdicts) {
                if !verdict.keep || !verdict.cuts.is_empty() {
                    lost.push(format!("{name}: {line}  {:?}", verdict.reasons));
                }
            }
        }
    }
    lost.dedup();
    assert!(lost.is_empty(), "{} lines are removed or cut:\n{}", lost.len(), lost.join("\n"));
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/near-misses");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
