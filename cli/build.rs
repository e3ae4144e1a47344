//! Tells the command which commit it was built from; a package has it from `cargo package`, a folder of sources has none.

use std::fs;
use std::process::Command;

fn main() {
    // A commit changes the log of HEAD, and a package its information; other files need no new build.
    let log = git(&["rev-parse", "--git-path", "logs/HEAD"]).unwrap_or_default();
    println!("cargo::rerun-if-changed={}", if log.is_empty() { "build.rs" } else { log.as_str() });
    println!("cargo::rustc-env=BODYTEXT_COMMIT={}", commit().unwrap_or_else(|| "no commit".to_owned()));
}

fn commit() -> Option<String> {
    let packaged = fs::read_to_string(".cargo_vcs_info.json").ok();
    let packaged = packaged.and_then(|text| Some(text.split_once("\"sha1\": \"")?.1.get(..10)?.to_owned()));
    packaged.or_else(|| git(&["rev-parse", "--short=10", "HEAD"]))
}

fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_owned())
}
