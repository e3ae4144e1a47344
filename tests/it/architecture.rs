//! Holds the direction of the dependencies: the core knows no files, threads or terminal, and no stage knows another.

use std::fs;
use std::path::{Path, PathBuf};

/// The stages of the line. Only `cleaner` (and `rules::check`, which runs the tests of rules) may name several.
const STAGES: [&str; 7] = ["decode", "normalize", "lines", "features", "evidence", "decision", "classify"];

#[test]
fn the_core_knows_no_files_threads_or_environment() {
    for (path, source) in core_files() {
        for outside in ["std::fs", "std::env", "std::thread", "std::process", "std::net", "println!", "eprintln!"] {
            assert!(!source.contains(outside), "{} names {outside}", path.display());
        }
    }
}

#[test]
fn no_stage_knows_another() {
    for (path, source) in core_files() {
        let name = path.strip_prefix(src()).unwrap().to_string_lossy().replace('\\', "/");
        let Some(own) = STAGES.iter().find(|s| name == format!("{s}.rs") || name.starts_with(&format!("{s}/"))) else {
            continue;
        };
        for other in STAGES.iter().filter(|s| *s != own) {
            assert!(!source.contains(&format!("crate::{other}")), "{name} names the stage {other}");
        }
        assert!(!source.contains("crate::cleaner"), "{name} names the cleaner, which stands above it");
    }
}

/// The sources of the library without their tests and comments.
fn core_files() -> Vec<(PathBuf, String)> {
    let mut files = Vec::new();
    collect(&src(), &mut files);
    assert!(files.len() > 10);
    files
        .into_iter()
        .map(|path| {
            let source = fs::read_to_string(&path).unwrap();
            let code = source.split("#[cfg(test)]").next().unwrap_or_default();
            let code = code.lines().filter(|l| !l.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
            (path, code)
        })
        .collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().unwrap() != "cli" {
                collect(&path, files);
            }
        } else if path.file_name().unwrap() != "main.rs" {
            files.push(path);
        }
    }
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../src")
}
