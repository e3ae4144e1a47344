//! Prepares what every run would have to do again: converts the built-in packs to a form that loads faster,
//! lays out the trees of the model, and finds the prefilters of the packs' regexes. It checks no rules; the tests do.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use quantized::QuantizedTrees;
use toml::de::DeTable;
use tree::{Split, Tree};

#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "src/scoring/quantized.rs"]
mod quantized;
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "src/scoring/tree.rs"]
mod tree;

/// The regexes of the packs, whether they are Unicode and whether raw, with their rewritten form and prefilter.
type Regexes = BTreeMap<(String, bool, bool), (String, bodytext_pattern::Prefilter)>;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=model.toml");
    println!("cargo::rerun-if-changed=src/scoring/quantized.rs");
    println!("cargo::rerun-if-changed=src/scoring/tree.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("model.rs"), model(&toml::from_str(&fs::read_to_string("model.toml")?)?)?)?;
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

/// The model as Rust code: the thresholds, and of each stage the names of its features and its trees, which have indices
/// of these names in place of columns. A mistake in the file is not looked for: the tests do.
fn model(model: &toml::Table) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("static THRESHOLDS: [Threshold; 3] = [\n");
    for profile in ["recall", "balanced", "precision"] {
        code.push_str("    Threshold {");
        for key in ["min", "max", "boilerplate_ratio", "prose"] {
            write!(code, " {key}: {:?},", number(&model["thresholds"][profile][key])?)?;
        }
        code.push_str(" },\n");
    }
    code.push_str("];\nstatic STAGES: [BuiltinStage; 2] = [\n");
    for stage in array(&model["stage"])? {
        let mut names = Vec::new();
        let trees: Vec<Tree> =
            array(&stage["trees"])?.iter().map(|file| tree(file, &mut names)).collect::<Result<_, _>>()?;
        let QuantizedTrees { depth, features, borders, splits, leaves, runs } = QuantizedTrees::new(&trees);
        writeln!(code, "BuiltinStage {{ names: &{names:?}, trees: QuantizedTrees {{ depth: {depth},")?;
        writeln!(code, "features: Cow::Borrowed(&{features:?}), borders: Cow::Borrowed(&{borders:?}),")?;
        writeln!(code, "splits: Cow::Borrowed(&{splits:?}), runs: Cow::Borrowed(&{runs:?}),")?;
        writeln!(code, "leaves: Cow::Borrowed(&{leaves:?}) }} }},")?;
    }
    code.push_str("];\n");
    Ok(code)
}

/// A tree of a model file. Adds the names of its features that are new.
fn tree(file: &toml::Value, names: &mut Vec<String>) -> Result<Tree, Box<dyn Error>> {
    let mut splits = Vec::new();
    for split in array(&file["splits"])? {
        let (name, threshold) = split.as_str().and_then(|split| split.split_once(" >= ")).ok_or("not a split")?;
        let feature = names.iter().position(|known| known == name).unwrap_or_else(|| {
            names.push(name.to_owned());
            names.len() - 1
        });
        splits.push(Split { feature, threshold: threshold.parse()? });
    }
    Ok(Tree { splits, leaves: array(&file["leaves"])?.iter().map(number).collect::<Result<_, _>>()? })
}

fn array(value: &toml::Value) -> Result<&Vec<toml::Value>, &'static str> {
    value.as_array().ok_or("not an array")
}

fn number(value: &toml::Value) -> Result<f32, &'static str> {
    let number = value.as_float().or_else(|| value.as_integer().map(|number| number as f64));
    Ok(number.ok_or("not a number")? as f32)
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
