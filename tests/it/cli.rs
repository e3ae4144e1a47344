//! The command line as its users see it.
//! What the built-in rules find is tested elsewhere: these cases use none, or rules of their own.
//! Each file of tests/cmd is a case (in them backslashes are shown as slashes, so what must be exact stands here); `TRYCMD=overwrite cargo test --test it cli` accepts changes.

use std::fs;
use std::path::Path;

use assert_cmd::Command;

pub(crate) fn bodytext(folder: &Path) -> Command {
    let mut command = Command::cargo_bin("bodytext").unwrap();
    command.current_dir(folder).env("NO_COLOR", "1");
    command
}

/// Runs the program over `input` on standard input and gives what it writes.
pub(crate) fn piped(folder: &Path, args: &[&str], input: &[u8]) -> Vec<u8> {
    bodytext(folder).args(args).write_stdin(input).output().unwrap().stdout
}

#[test]
fn commands_do_what_their_cases_say() {
    trycmd::TestCases::new().case("../tests/cmd/*.toml");
}

/// Records in which nothing is to be done, with everything that a rewriting tool would change.
const UNTOUCHED: &[&str] = &[
    r#"{"id":123456789012345678901234567890,"text":"same"}"#,
    r#"{ "n" : 1e400 , "text" : "same",  "b":1.0 }  "#,
    r#"{"z":1,"a":2,"z":3,"text":"first","text":"same"}"#,
    "{\"text\":\"\\u00e9 \\/ \\ud83d\\ude00 \\b\"}\r",
    r#"{"text":"lone \ud83d here","other":"\udc00"}"#,
    r#"{"id":"no text"}"#,
    r#"{"text":null}"#,
    r#"{"text":["a","b"]}"#,
    r#"{"text":7}"#,
    r#"[1,2,{"text":"not at the top"}]"#,
    r#""a string""#,
    "42",
    "",
    "   ",
    "\r",
    r#"{"text":""}"#,
    "{\"text\":\"\u{2028}\u{a0}\u{201c}quoted\u{201d}\"}",
];

#[test]
fn records_without_a_change_keep_every_byte() {
    let dir = tempfile::tempdir().unwrap();
    for ending in ["\n", ""] {
        let input = format!("\u{feff}{}{ending}", UNTOUCHED.join("\n"));
        let args = ["--from", "jsonl", "--no-builtin-rules", "--normalize", "none"];
        assert_eq!(String::from_utf8(piped(dir.path(), &args, input.as_bytes())).unwrap(), input);
        fs::write(dir.path().join("in.jsonl"), &input).unwrap();
        let args = ["in.jsonl", "-o", "out.jsonl", "--force", "--no-builtin-rules", "--normalize", "none"];
        bodytext(dir.path()).args(args).assert().success();
        assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap(), input);
    }
}

#[test]
fn in_a_changed_record_only_the_text_changes() {
    let dir = tempfile::tempdir().unwrap();
    for (input, expected) in [
        (
            r#"{ "n":1e400, "text" : "\n\ncaf\u00e9 \/ \ud83d\ude00\n\n\nb\u0062\n" ,"n": 2}"#,
            r#"{ "n":1e400, "text" : "caf\u00e9 / \ud83d\ude00\n\nbb\n" ,"n": 2}"#,
        ),
        // A lone surrogate cannot be written back where the text changes.
        (r#"{"text":"\né \ud83d"}"#, "{\"text\":\"é \u{FFFD}\"}"),
        (r#"{"text":"\n","text":"\nx"}"#, r#"{"text":"\n","text":"x"}"#),
        (r#"{"a":{"text":"\n1"},"text":"\n2"}"#, r#"{"a":{"text":"\n1"},"text":"2"}"#),
    ] {
        let args = ["--from", "jsonl", "--no-builtin-rules", "--normalize", "blank-lines"];
        let output = piped(dir.path(), &args, format!("{input}\n").as_bytes());
        assert_eq!(String::from_utf8(output).unwrap(), format!("{expected}\n"));
    }
}

#[test]
fn nested_fields_are_found() {
    let dir = tempfile::tempdir().unwrap();
    for (field, input, expected) in [
        ("a.b[1].c", r#"{"a":{"b":[{"c":"\n0"},{"c":"\n1"}]}}"#, r#"{"a":{"b":[{"c":"\n0"},{"c":"1"}]}}"#),
        (r"a\.b", r#"{"a":{"b":"\n1"},"a.b":"\n2"}"#, r#"{"a":{"b":"\n1"},"a.b":"2"}"#),
    ] {
        let args = ["--from", "jsonl", "--text-field", field, "--no-builtin-rules", "--normalize", "blank-lines"];
        let output = piped(dir.path(), &args, input.as_bytes());
        assert_eq!(String::from_utf8(output).unwrap(), expected);
    }
}

#[test]
fn every_way_to_cut_a_record_is_passed_on_or_quarantined_whole() {
    let dir = tempfile::tempdir().unwrap();
    let record = r#"{"id":"\u00e9","a":[1,{"b":null}],"text":"one\ntwo \ud83d\ude00"}"#;
    let cuts: String =
        (1..record.len()).filter(|&i| record.is_char_boundary(i)).map(|i| format!("{}\n", &record[..i])).collect();
    let args = ["--from", "jsonl", "--normalize", "none", "--no-builtin-rules", "--quiet"];
    assert_eq!(String::from_utf8(piped(dir.path(), &args, cuts.as_bytes())).unwrap(), cuts);

    fs::write(dir.path().join("in.jsonl"), format!("{cuts}{record}")).unwrap();
    let args = ["in.jsonl", "-o", "out.jsonl", "--quarantine", "bad.jsonl", "--normalize", "none", "--quiet"];
    bodytext(dir.path()).args(args).arg("--no-builtin-rules").assert().code(1);
    assert_eq!(fs::read_to_string(dir.path().join("out.jsonl")).unwrap(), record);
    assert_eq!(fs::read_to_string(dir.path().join("bad.jsonl")).unwrap(), cuts);
    let reasons = fs::read_to_string(dir.path().join("bad.jsonl.reasons.jsonl")).unwrap();
    for (number, line) in reasons.lines().enumerate() {
        let reason: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((reason["path"].as_str(), reason["line"].as_u64()), (Some("in.jsonl"), Some(number as u64 + 1)));
    }
    assert_eq!(reasons.lines().count(), cuts.lines().count());
}

#[test]
fn the_summary_as_json_is_one_object_on_standard_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("a.txt"), "One line.\n").unwrap();
    let output =
        bodytext(dir.path()).args(["a.txt", "missing.txt", "--to", "jsonl", "--summary", "json"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let summary: serde_json::Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(summary["documents"], 1);
    assert_eq!(summary["failures"][0]["path"], "missing.txt");
    let record: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((record["id"].as_str(), record["text"].as_str()), (Some("a.txt"), Some("One line.\n")));
}

#[test]
fn site_packs_hold_for_their_site() {
    let dir = tempfile::tempdir().unwrap();
    fs::create_dir_all(dir.path().join("packs/site")).unwrap();
    fs::write(
        dir.path().join("packs/site/example.org.toml"),
        r#"
schema = 1
name = "example"
[[rule]]
id = "example.prompt"
kind = "line"
class = "newsletter"
why = "The prompt of the letter."
phrases = ["zebra letter"]
matches = ["Zebra letter"]
near_misses = ["The zebra letter was in the post."]
"#,
    )
    .unwrap();
    let record = |url: &str| format!("{{\"url\":\"{url}\",\"text\":\"The story of the day.\\nZebra letter\"}}\n");
    let input = record("https://www.example.org/1") + &record("https://example.com/2");
    let args = ["--from", "jsonl", "--rules", "packs", "--no-builtin-rules", "--quiet"];
    let output = String::from_utf8(piped(dir.path(), &args, input.as_bytes())).unwrap();
    let lines: Vec<&str> = output.lines().collect();
    assert!(!lines[0].contains("Zebra") && lines[1].contains("Zebra"), "{output}");
}

#[test]
fn a_new_pack_passes_its_tests() {
    let dir = tempfile::tempdir().unwrap();
    let pack = bodytext(dir.path()).args(["rules", "init", "my-site"]).output().unwrap().stdout;
    fs::write(dir.path().join("my.toml"), pack).unwrap();
    bodytext(dir.path()).args(["rules", "test", "my.toml", "--no-builtin-rules"]).assert().success();
    let args = ["--rules", "my.toml", "--no-builtin-rules", "--quiet"];
    assert_eq!(piped(dir.path(), &args, b"Get the daily letter from my-site!\nNews.\n"), b"News.\n");
    bodytext(dir.path()).args(["rules", "init", "My Site"]).assert().code(2);
}

#[test]
fn the_schema_is_json() {
    let dir = tempfile::tempdir().unwrap();
    let output = bodytext(dir.path()).args(["rules", "schema"]).output().unwrap();
    assert!(output.status.success());
    let _: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
}

#[test]
fn shells_and_manuals_know_every_flag() {
    let dir = tempfile::tempdir().unwrap();
    let help = bodytext(dir.path()).arg("--help").output().unwrap().stdout;
    let help = String::from_utf8(help).unwrap();
    let flags: Vec<&str> = help.split_whitespace().filter(|word| word.starts_with("--") && word.len() > 3).collect();
    assert!(flags.len() > 40);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = bodytext(dir.path()).args(["completions", shell]).output().unwrap().stdout;
        let script = String::from_utf8(script).unwrap();
        for flag in ["text-field", "max-removed", "completions"] {
            assert!(script.contains(flag), "{shell}: {flag}");
        }
    }
    bodytext(dir.path()).args(["man", "pages"]).assert().success();
    let page = fs::read_to_string(dir.path().join("pages/bodytext-clean.1")).unwrap().replace("\\-", "-");
    for flag in flags.iter().filter(|flag| flag.chars().all(|c| c == '-' || c.is_ascii_lowercase())) {
        assert!(page.contains(flag) || ["--version"].contains(flag), "{flag}");
    }
}
