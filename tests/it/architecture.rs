//! The library does no input or output of its own. The borders of the crates keep the other layers apart.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn the_library_names_no_files_threads_or_environment() {
    let files = rust_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../src"));
    assert!(files.len() > 10);
    for path in files {
        let source = fs::read_to_string(&path).unwrap();
        let code = source.split("#[cfg(test)]").next().unwrap_or_default();
        let code: Vec<&str> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for outside in ["std::fs", "std::env", "std::thread", "std::process", "std::net", "println!"] {
            assert!(!code.join("\n").contains(outside), "{} names {outside}", path.display());
        }
    }
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { rust_files(&path) } else { vec![path] }).collect()
}
