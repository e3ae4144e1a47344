//! Rule and model files: every way to be wrong with what is reported, every way to be right; sites, hashes, the schema.
//! Each file of `tests/rules` is merged over `base.toml`. What a wrong one reports is beside it as `.stderr`;
//! `UPDATE_RULES=1 cargo test --test it rules` rewrites that, and the diff is the review.

use std::fs;
use std::path::{Path, PathBuf};

use bodytext::Selection;
use bodytext::unstable::self_test;
use bodytext::{Cleaner, Options, Pack, RuleSet, ScoringModel};

use crate::cli::bodytext;

#[test]
fn wrong_rule_files_are_reported_with_line_column_and_what_to_write() {
    compare_with_stderr(&files("invalid"), errors_of);
}

#[test]
fn wrong_model_files_are_reported_with_line_column_and_what_to_write() {
    compare_with_stderr(&toml_files(&models("invalid")), |path| {
        let (name, text) = (path.file_name().unwrap().to_string_lossy(), fs::read_to_string(path).unwrap());
        ScoringModel::parse(&name, &text).err().map(|error| format!("{error}\n")).unwrap_or_default()
    });
}

#[test]
fn a_model_file_is_written_as_it_is_read() {
    let text = fs::read_to_string(models("valid").join("model.toml")).unwrap();
    let model = ScoringModel::parse("model.toml", &text).unwrap();
    assert_eq!(ScoringModel::parse("again.toml", &model.to_toml()).unwrap(), model);
    assert_eq!(model.hash().len(), 16);
    assert_ne!(model.hash(), ScoringModel::builtin().hash());
}

/// Compares what is reported about each file with the `.stderr` beside it.
fn compare_with_stderr(paths: &[PathBuf], report: impl Fn(&Path) -> String) {
    let update = std::env::var_os("UPDATE_RULES").is_some();
    let mut differing = Vec::new();
    for path in paths {
        let reported = report(path);
        let beside = path.with_extension("stderr");
        if update {
            fs::write(&beside, &reported).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default().replace("\r\n", "\n");
        if reported.is_empty() || reported != expected {
            differing.push(format!("{}\n  expected: {expected}  reported: {reported}", path.display()));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn no_expectation_is_left_without_its_file() {
    let entries = [folder("invalid"), models("invalid")].map(|folder| fs::read_dir(folder).unwrap());
    for entry in entries.into_iter().flatten() {
        let path = entry.unwrap().path();
        assert!(path.with_extension("toml").exists(), "{} has no rule file", path.display());
    }
}

#[test]
fn right_rule_files_parse_and_pass_their_tests() {
    let files = files("valid");
    assert!(files.len() >= 20);
    for path in files {
        assert_eq!(errors_of(&path), "", "{}", path.display());
    }
}

#[test]
fn the_example_of_every_kind_fires_in_a_valid_file() {
    let kinds: std::collections::BTreeSet<&str> = files("valid")
        .iter()
        .flat_map(|path| set(&[pack(path)]).map(|s| s.rules().iter().map(|r| r.action.name()).collect::<Vec<_>>()))
        .flatten()
        .collect();
    let all = ["cut-after", "cut-before", "hint", "keep", "line", "run", "span"];
    assert_eq!(kinds.into_iter().collect::<Vec<_>>(), all);
}

#[test]
fn a_file_that_is_too_large_is_refused_before_it_is_read() {
    let source = format!("schema = 1\nname = \"case\"\n{}", "# a remark\n".repeat(400_000));
    let error = Pack::parse("large.toml", &source).unwrap_err().to_string();
    assert_eq!(error, "large.toml:1:1: the file has 4400025 bytes, the limit is 4194304; split it into several packs");
}

#[test]
fn the_built_in_packs_parse_and_pass_their_tests() {
    for folder in ["../rules", "../rules/platforms"] {
        for path in toml_files(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)) {
            Pack::parse(&path.to_string_lossy(), &fs::read_to_string(&path).unwrap()).unwrap();
        }
    }
    let failures: Vec<String> = self_test(&RuleSet::builtin()).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn the_schema_describes_every_key_that_the_cases_use() {
    let dir = tempfile::tempdir().unwrap();
    let output = bodytext(dir.path()).args(["rules", "schema"]).output().unwrap();
    assert!(output.status.success());
    let schema: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let (pack_keys, rule_keys) = (schema_keys(&schema), schema_keys(&schema["$defs"]["Rule"]));
    for path in files("valid") {
        let written = fs::read_to_string(&path).unwrap();
        let mut keys = &pack_keys;
        for line in written.lines() {
            match line {
                "[[rule]]" => keys = &rule_keys,
                "[[extend]]" => break,
                _ => {
                    if let Some((key, _)) = line.split_once(" = ").filter(|(key, _)| !key.starts_with(['#', ' '])) {
                        assert!(keys.iter().any(|k| k == key), "{key} of {} is not in the schema", path.display());
                    }
                }
            }
        }
    }
}

#[test]
fn equal_rules_have_one_hash_and_changed_rules_another() {
    let source = fs::read_to_string(folder("valid").join("line.toml")).unwrap();
    let hash = |source: &str| set(&[Pack::parse("case.toml", source).unwrap()]).unwrap().hash().to_owned();
    let first = hash(&source);
    assert_eq!(first.len(), 16);
    assert!(first.bytes().all(|b| b.is_ascii_hexdigit()));
    assert_eq!(first, hash(&source));
    assert_eq!(first, hash(&format!("# A remark changes no rule.\n{source}")));
    for (from, to) in [
        ("class = \"newsletter\"", "class = \"advert\""),
        ("max_words = 6", "max_words = 7"),
        ("[\"get the harbour letter\"]", "[\"get the harbour letter\", \"get the pier letter\"]"),
        ("case.letter.prompt", "case.letter.label"),
    ] {
        let changed = source.replace(from, to);
        assert_ne!(changed, source, "{from}");
        assert_ne!(hash(&changed), first, "{to}");
    }
    let without = Selection { disable: vec!["case.*".into()], ..Selection::default() };
    let packs = [base(), pack(&folder("valid").join("line.toml"))];
    assert_ne!(RuleSet::new(packs.to_vec(), &without).unwrap().hash(), first);
    let with_word = format!("{}boilerplate_words = [\"ferry\"]\n", source.split("[[rule]]").next().unwrap())
        + &source[source.find("[[rule]]").unwrap()..];
    assert_ne!(hash(&with_word), first, "boilerplate words");
    assert_eq!(RuleSet::builtin().hash(), RuleSet::builtin().hash());
    assert_ne!(RuleSet::builtin().hash(), RuleSet::empty().hash());
}

#[test]
fn rules_of_a_site_hold_for_its_host_and_subdomains_only() {
    let of_pack = pack(&folder("valid").join("hosts.toml"));
    let of_folder = pack(&folder("valid").join("line.toml")).for_host("Example.org");
    for site in [of_pack, of_folder] {
        let cleaner = Cleaner::new(set(&[site]).unwrap(), None, Options::default());
        let text = "The ferry left the harbour at nine.\nGet the harbour letter\n";
        for (host, goes) in [
            (Some("example.org"), true),
            (Some("EXAMPLE.ORG"), true),
            (Some("www.example.org"), true),
            (Some("a.b.example.org"), true),
            (Some("notexample.org"), false),
            (Some("example.org.test"), false),
            (Some("example.com"), false),
            (Some("org"), false),
            (None, false),
        ] {
            let cleaned = cleaner.clean_text(text, host);
            assert_eq!(!cleaned.text().contains("letter"), goes, "{host:?}");
        }
    }
}

#[test]
fn rules_of_other_languages_are_left_out_and_those_of_none_stay() {
    let german = Selection { languages: vec!["de".into()], ..Selection::default() };
    let ids = |file: &str| -> Vec<String> {
        let packs = [base(), pack(&folder("valid").join(file))];
        RuleSet::new(packs.to_vec(), &german).unwrap().rules().iter().map(|r| r.id.to_string()).collect()
    };
    assert_eq!(ids("languages-of-one-rule.toml"), ["case.letter.prompt"]);
    assert_eq!(ids("line.toml"), ["case.letter.prompt"]);
    assert_eq!(ids("phrase-without-spaces-between-words.toml"), [""; 0]);
}

#[test]
fn a_pack_may_be_named_twice() {
    let twice = [pack(&folder("valid").join("line.toml")), pack(&folder("valid").join("line.toml"))];
    assert_eq!(set(&twice).unwrap().hash(), set(&twice[..1]).unwrap().hash());
}

#[test]
fn switching_off_twice_is_allowed() {
    let disable = pack(&folder("valid").join("disable-by-beginning.toml"));
    assert!(set(&[disable.clone(), disable]).unwrap().rules().is_empty());
}

/// The keys that a part of the schema describes, those of single kinds included.
pub(crate) fn schema_keys(part: &serde_json::Value) -> Vec<String> {
    let kinds = part["oneOf"].as_array().into_iter().flatten();
    let parts = std::iter::once(part).chain(kinds).map(|part| part["properties"].as_object().unwrap());
    parts.flat_map(|properties| properties.keys().cloned()).collect()
}

/// Everything wrong with a file: by its parser, by the merge, or by its own tests.
fn errors_of(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    let errors = match Pack::parse(&name, &fs::read_to_string(path).unwrap().replace("\r\n", "\n")) {
        Err(errors) => errors.to_string(),
        Ok(pack) => match set(&[pack]) {
            Err(errors) => errors.to_string(),
            Ok(set) => self_test(&set).iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"),
        },
    };
    if errors.is_empty() { errors } else { errors + "\n" }
}

fn set(packs: &[Pack]) -> Result<RuleSet, bodytext::RuleErrors> {
    RuleSet::new(std::iter::once(base()).chain(packs.iter().cloned()).collect(), &Selection::default())
}

fn base() -> Pack {
    Pack::parse("base.toml", include_str!("../rules/base.toml")).unwrap()
}

fn pack(path: &Path) -> Pack {
    Pack::parse(&path.to_string_lossy(), &fs::read_to_string(path).unwrap()).unwrap()
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/rules").join(name)
}

fn models(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/models").join(name)
}

fn files(name: &str) -> Vec<PathBuf> {
    toml_files(&folder(name))
}

fn toml_files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|e| e == "toml"))
        .collect();
    files.sort();
    files
}

/// Whatever is in a rule file, it is refused in little time, and the error says where and what to do.
#[test]
fn rule_files_that_ask_for_too_much_are_refused_with_the_line() {
    let rule = |regex: &str| {
        format!(
            "schema = 1\nname = \"few\"\n[[rule]]\nid = \"few.r\"\nkind = \"line\"\nclass = \"share\"\nwhy = \"Much.\"\n\
             regex = ['{regex}']\nkeywords = [\"a\"]\nunicode = true\nmatches = [\"a\"]\nnear_misses = [\"b\"]\n"
        )
    };
    for (regex, why) in [
        (r"^\w{1000}$".to_owned(), "exceeds the size limit"),
        ("^(?:(?:a{1000}){1000}){1000}$".to_owned(), "exceeds the size limit"),
        (format!("^{}a{}$", "(".repeat(900), ")".repeat(900)), "nest"),
        (format!("^{}$", "(".repeat(5_000)), "the limit is 2000"),
    ] {
        let errors = Pack::parse("few.toml", &rule(&regex)).unwrap_err();
        let found = errors.0.iter().any(|error| error.location.line == 8 && error.message.contains(why));
        assert!(found && errors.0.iter().all(|error| !error.remedy.is_empty()), "{errors}");
    }
    let phrases: String = (0..1_000_000).map(|i| format!("\"phrase number {i}\",\n")).collect();
    let errors = Pack::parse("few.toml", &rule("a").replace("regex", &format!("phrases = [{phrases}]\nregex")));
    let errors = errors.unwrap_err();
    assert!(errors.0.len() == 1 && errors.to_string().contains("split it into several packs"), "{errors}");
    // Errors are reported up to a number, and rules in one array are found as fast as others.
    let bad = r#"{id = "x", kind = "line", class = "share", why = "", phrases = ["p"], matches = ["p"], near_misses = ["q"]},"#;
    let errors = Pack::parse("few.toml", &format!("schema = 1\nname = \"few\"\nrule = [\n{}]\n", bad.repeat(30_000)));
    assert!((100..200).contains(&errors.unwrap_err().0.len()));
}
