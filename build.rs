//! Does beforehand what every run would have to do again: reads the built-in packs and writes them in a form that is read
//! in less time, and finds out what their regexes need.
//! It checks no rules; the tests do.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Regexes by their numbers, each with its lowered form and what it needs.
type Known = BTreeMap<u64, (String, String, bodytext_pattern::Needs)>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=model.toml");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let model: toml::Table = toml::from_str(&fs::read_to_string("model.toml")?)?;
    fs::write(out.join("model.pack"), rmp_serde::to_vec_named(&model)?)?;
    let (mut known, mut lines) = (Known::new(), String::from("static LINES: &[(&str, &[usize])] = &[\n"));
    for folder in ["rules", "rules/presets"] {
        fs::create_dir_all(out.join(folder))?;
        let mut files =
            fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
        files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        files.sort();
        for path in files {
            let source = fs::read_to_string(&path)?;
            let pack: toml::Table = toml::from_str(&source).map_err(|e| format!("{}: {e}", path.display()))?;
            fs::write(out.join(&path).with_extension("pack"), rmp_serde::to_vec_named(&pack)?)?;
            let rules = pack.get("rule").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
            rules.iter().for_each(|rule| add(rule, &mut known));
            let ids = places(&path, &source, rules.len())?;
            writeln!(lines, "    ({:?}, &{ids:?}),", path.to_string_lossy().replace('\\', "/"))?;
        }
    }
    lines.push_str("];\n");
    let mut regexes = format!("static KNOWN: [Known; {}] = [\n", known.len());
    for (number, (pattern, lowered, needs)) in known {
        let (literals, first) = (&needs.literals, needs.first.map(|bytes| bytes.0));
        let lowered = Some(&lowered).filter(|lowered| **lowered != pattern);
        writeln!(regexes, "    ({number}, {pattern:?}, {lowered:?}, &{literals:?}, {first:?}),")?;
    }
    regexes.push_str("];\n");
    fs::write(out.join("builtin.rs"), lines + &regexes)?;
    Ok(())
}

/// The lines on which the ids of a pack's rules stand, counted from 1.
fn places(path: &Path, source: &str, rules: usize) -> Result<Vec<usize>, String> {
    let ids: Vec<usize> = (1..).zip(source.lines()).filter(|(_, l)| l.starts_with("id = ")).map(|(n, _)| n).collect();
    if ids.len() == rules { Ok(ids) } else { Err(format!("{}: begin a line with each rule's `id = `", path.display())) }
}

/// Adds the regexes of a rule. Where a rule is not as it should be, there is nothing to add: the tests say so.
fn add(rule: &toml::Value, known: &mut Known) {
    let is = |key: &str| rule.get(key).and_then(toml::Value::as_bool).unwrap_or(false);
    let (unicode, raw) = (is("unicode"), is("raw"));
    let regexes = rule.get("regex").and_then(toml::Value::as_array).into_iter().flatten();
    for pattern in regexes.filter_map(toml::Value::as_str) {
        let lowered = bodytext_pattern::lower(pattern, unicode);
        let needs = bodytext_pattern::Needs::of(&lowered, raw);
        known.insert(bodytext_pattern::number(pattern, unicode, raw), (pattern.to_owned(), lowered, needs));
    }
}
