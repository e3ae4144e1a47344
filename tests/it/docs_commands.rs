//! Runs every command that README.md and docs/ show, in a folder that has the files they name. A block of `sh` must
//! succeed; a block of `console` must also print what it shows (`UPDATE_DOCS=1 cargo test docs_commands` writes it).

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;

use crate::formats::{gzip, parquet, wet};

const DOCUMENTS: [&str; 6] =
    ["README.md", "docs/guide.md", "docs/rules.md", "docs/quality.md", "docs/performance.md", "docs/compare.md"];

/// Commands that build, download, or measure for minutes; `.ci/run` and the tests of `benches/` run them.
const NOT_RUN: [&str; 5] = ["cargo ", "benches/", "curl ", "git clone ", "#"];

#[test]
fn every_command_in_the_documents_works() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut faults = Vec::new();
    for name in DOCUMENTS {
        let path = root.join(name);
        let text = fs::read_to_string(&path).unwrap();
        let mut updated = String::new();
        let mut rest = text.as_str();
        while let Some(at) = ["```sh\n", "```console\n"].iter().filter_map(|fence| rest.find(fence)).min() {
            let body = at + rest[at..].find('\n').unwrap() + 1;
            let end = body + rest[body..].find("```\n").unwrap();
            updated.push_str(&rest[..body]);
            let block = &rest[body..end];
            match rest[at..].starts_with("```sh") {
                true => {
                    faults.extend(run_block(root, block).into_iter().map(|fault| format!("{name}: {fault}")));
                    updated.push_str(block);
                }
                false => {
                    let printed = run_session(root, block);
                    if printed != block && !update {
                        faults.push(format!("{name} shows:\n{block}but it is:\n{printed}"));
                    }
                    updated.push_str(&printed);
                }
            }
            rest = &rest[end..];
        }
        updated.push_str(rest);
        if update {
            fs::write(&path, updated).unwrap();
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Runs the commands of a block one after the other in the same folder; returns those that failed.
fn run_block(root: &Path, block: &str) -> Vec<String> {
    let dir = tempfile::tempdir().unwrap();
    prepare(root, dir.path());
    let joined = block.replace("\\\n", " ");
    let lines = joined.lines().filter(|line| !line.is_empty() && !NOT_RUN.iter().any(|start| line.starts_with(start)));
    let failed = lines.filter_map(|line| {
        let (output, succeeded) = shell(dir.path(), line);
        (!succeeded).then(|| format!("{line}\n{output}"))
    });
    failed.collect()
}

/// The block with what its commands print: the lines that begin with `$ ` are commands.
fn run_session(root: &Path, block: &str) -> String {
    let dir = tempfile::tempdir().unwrap();
    prepare(root, dir.path());
    let commands = block.lines().filter_map(|line| line.strip_prefix("$ "));
    commands.map(|line| format!("$ {line}\n{}", without_times(&shell(dir.path(), line).0))).collect()
}

/// Runs a line as a user types it; returns what it prints and whether it succeeded.
fn shell(dir: &Path, line: &str) -> (String, bool) {
    let binary = cargo_bin("bodytext");
    let path = std::env::join_paths(
        [binary.parent().unwrap().to_owned()]
            .into_iter()
            .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("exec 2>&1; {line}")]).current_dir(dir).env("PATH", path.unwrap()).env("NO_COLOR", "1");
    let output = shell.stdin(Stdio::null()).output().unwrap();
    (String::from_utf8(output.stdout).unwrap(), output.status.success())
}

/// The seconds of a summary differ in every run.
fn without_times(text: &str) -> String {
    regex::Regex::new(r"\d+\.\d s\b").unwrap().replace_all(text, "0.1 s").into_owned()
}

/// Writes the files that the documents name.
fn prepare(root: &Path, dir: &Path) {
    copy(&root.join("samples"), &dir.join("samples"));
    copy(&root.join("samples/pages"), &dir.join("pages"));
    let page = fs::read(root.join("samples/pages/harbour.txt")).unwrap();
    fs::write(dir.join("page.txt"), &page).unwrap();
    fs::write(dir.join("a.txt"), &page).unwrap();
    let records = fs::read(root.join("samples/pages.jsonl")).unwrap();
    for name in ["crawl.jsonl", "shards/1.jsonl", "shards/2.jsonl"] {
        write(dir.join(name), &records);
    }
    write(dir.join("crawl.jsonl.gz"), &gzip(&records));
    write(dir.join("CC-MAIN.warc.wet.gz"), &gzip(&wet(3)));
    write(dir.join("wet/1.warc.wet.gz"), &gzip(&wet(3)));
    write(
        dir.join("part.parquet"),
        &parquet(20, |row| format!("Share this story\n\nRow {row} has a text of its own.\n")),
    );
    write(dir.join("mine.toml"), fs::read(root.join("tests/cmd/data/zebra.toml")).unwrap().as_slice());
    labelled(dir);
}

/// Pages with their bodies, as records and as folders.
fn labelled(dir: &Path) {
    let (mut gold, mut pages) = (Vec::new(), Vec::new());
    for page in 0..24 {
        let body = format!(
            "The ferry number {page} left the pier late on Monday evening, and nobody knew why it had waited.\n\n\
             It came back at nine with a broken lamp, said the harbour master, who had rowed out to meet it.\n"
        );
        let text = format!("Home\nFerries\n\n{body}\nShare this story\n\nLeave a Reply\n");
        let (lang, site) = (["en", "de"][page % 2], format!("s{page}.example.org"));
        let entry =
            serde_json::json!({"id": page.to_string(), "gold": body, "lang": lang, "site": site, "fold": page % 4});
        writeln!(gold, "{entry}").unwrap();
        writeln!(pages, "{}", serde_json::json!({"id": page.to_string(), "text": text})).unwrap();
        write(dir.join(format!("labelled/gold/{page}.txt")), body.as_bytes());
        write(dir.join(format!("labelled/pages/{page}.txt")), text.as_bytes());
    }
    write(dir.join("gold.jsonl"), &gold);
    for name in [
        "pages",
        "a",
        "b",
        "inscriptis",
        "fetched-pages",
        "resiliparse-full",
        "resiliparse-main",
        "readability",
        "trafilatura",
        "markdown-full",
        "markdown-trafilatura",
    ] {
        write(dir.join(format!("{name}.jsonl")), &pages);
    }
}

fn write(path: PathBuf, bytes: &[u8]) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().map(Result::unwrap).filter(|entry| entry.file_type().is_file())
    {
        write(to.join(entry.path().strip_prefix(from).unwrap()), &fs::read(entry.path()).unwrap());
    }
}
