//! Sentences of articles with the words of boilerplate, in `tests/near-misses`, one a line: whether together or alone,
//! every one stays as it is.

use std::fs;
use std::path::Path;

use bodytext::{Cleaner, Options};

#[test]
fn near_misses_stay() {
    let cleaner = Cleaner::builtin(Options::default());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/near-misses");
    let mut faults = Vec::new();
    let mut files = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        // A checkout may have changed the line ends of the file.
        let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(text.lines().count() >= 200, "{name}: has fewer than 200 sentences");
        let together = cleaner.clean(text.as_bytes(), None);
        if together.text() != text {
            let kept: Vec<&str> = together.text().lines().collect();
            faults.extend(text.lines().filter(|line| !kept.contains(line)).map(|line| format!("{name}: {line}")));
        }
        for line in text.lines() {
            if cleaner.clean(line.as_bytes(), None).text().trim_end() != line {
                faults.push(format!("{name}, alone: {line}"));
            }
        }
        files += 1;
    }
    assert!(files > 0, "no files");
    assert!(faults.is_empty(), "{} sentences are changed:\n{}", faults.len(), faults.join("\n"));
}
