//! Prepares what every run would have to do again: converts the built-in packs and the model to a form that loads faster,
//! and finds the prefilters of the packs' regexes. It checks no rules; the tests do.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use toml::de::DeTable;

/// The regexes of the packs, whether they are Unicode and whether raw, with their rewritten form and prefilter.
type Regexes = BTreeMap<(String, bool, bool), (String, bodytext_pattern::Prefilter)>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=model.toml");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let model: toml::Table = toml::from_str(&fs::read_to_string("model.toml")?)?;
    fs::write(out.join("model.pack"), rmp_serde::to_vec_named(&model)?)?;
    let (mut packs, mut regexes) = (String::new(), Regexes::new());
    for (name, folder) in [("PACKS", "rules"), ("PRESETS", "rules/presets")] {
        fs::create_dir_all(out.join(folder))?;
        writeln!(packs, "/// The files of the folder `{folder}`.\nstatic {name}: &[(&str, &[u8])] = &[")?;
        for path in toml_files(folder)? {
            let packed = out.join(&path).with_extension("pack");
            fs::write(&packed, pack(&path, &mut regexes).map_err(|error| format!("{}: {error}", path.display()))?)?;
            let name = path.to_string_lossy().replace('\\', "/");
            writeln!(packs, "    ({name:?}, include_bytes!({:?})),", packed.to_string_lossy())?;
        }
        packs.push_str("];\n");
    }
    fs::write(out.join("packs.rs"), packs)?;
    let mut prepared = String::from("static PREPARED: &[Prepared] = &[\n");
    for (key, (rewritten, prefilter)) in &regexes {
        let (literals, first) = (&prefilter.literals, prefilter.first_bytes.map(|bytes| bytes.0));
        let rewritten = Some(rewritten).filter(|rewritten| **rewritten != key.0);
        writeln!(prepared, "    ({key:?}, {rewritten:?}, &{literals:?}, {first:?}),")?;
    }
    prepared.push_str("];\n");
    fs::write(out.join("regexes.rs"), prepared)?;
    Ok(())
}

/// The files of a folder, in the order in which they are merged.
fn toml_files(folder: &str) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort_by_key(|path| (!path.ends_with("shapes.toml"), !path.ends_with("en.toml"), path.clone()));
    Ok(files)
}

/// A pack as MessagePack, with the lines and columns of its rules' ids. Adds its regexes to the others.
fn pack(path: &Path, regexes: &mut Regexes) -> Result<Vec<u8>, Box<dyn Error>> {
    let source = fs::read_to_string(path)?;
    let pack: toml::Table = toml::from_str(&source)?;
    for rule in pack.get("rule").and_then(toml::Value::as_array).into_iter().flatten() {
        add_regexes(rule, regexes);
    }
    let parsed = DeTable::parse(&source)?;
    let rules = parsed.get_ref().get("rule").and_then(|rules| rules.get_ref().as_array());
    let ids = rules.into_iter().flatten().filter_map(|rule| rule.get_ref().get("id"));
    let locations: Vec<(usize, usize)> = ids.map(|id| line_and_column(&source[..id.span().start])).collect();
    Ok(rmp_serde::to_vec_named(&(locations, &pack))?)
}

/// The place after a text, counted from 1.
fn line_and_column(before: &str) -> (usize, usize) {
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Adds the regexes of a rule. One that is not valid is left out: the tests report it.
fn add_regexes(rule: &toml::Value, regexes: &mut Regexes) {
    let [unicode, raw] = ["unicode", "raw"].map(|key| rule.get(key).and_then(toml::Value::as_bool).unwrap_or(false));
    let patterns = rule.get("regex").and_then(toml::Value::as_array).into_iter().flatten();
    for pattern in patterns.filter_map(toml::Value::as_str) {
        let rewritten = if unicode { pattern.to_owned() } else { bodytext_pattern::to_ascii_classes(pattern) };
        let prefilter = bodytext_pattern::Prefilter::of(&rewritten, raw);
        regexes.insert((pattern.to_owned(), unicode, raw), (rewritten, prefilter));
    }
}
