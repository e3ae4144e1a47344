//! Prepares what every run would have to do again: writes the rules of the built-in packs as Rust code, makes the index of
//! all that they search for, and lays out the trees of the model. It checks no rules; the tests do.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bodytext_pattern::index::{RulePatterns, build};
use bodytext_pattern::phrase::PhrasePlace;
use packs::PackCode;
use quantized::QuantizedTrees;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use tree::{Split, Tree};

#[path = "build/packs.rs"]
mod packs;
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "src/scoring/quantized.rs"]
mod quantized;
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "src/scoring/tree.rs"]
mod tree;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=model.toml");
    println!("cargo::rerun-if-changed=page-model.toml");
    println!("cargo::rerun-if-changed=src/scoring/quantized.rs");
    println!("cargo::rerun-if-changed=src/scoring/tree.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let read = |file: &str| -> Result<toml::Table, Box<dyn Error>> { Ok(toml::from_str(&fs::read_to_string(file)?)?) };
    let models = model("TEXT", &read("model.toml")?)? + &model("PAGE", &read("page-model.toml")?)?;
    fs::write(out.join("model.rs"), models)?;
    write_packs(&out)
}

fn write_packs(out: &Path) -> Result<(), Box<dyn Error>> {
    let (mut code, mut texts) = (String::new(), Vec::new());
    let sets: [(&str, &str, &[&str], bool); 2] = [
        ("PACKS", "RULES", &["rules", "rules/platforms"], true),
        ("PRESETS", "PRESET_RULES", &["rules/presets"], false),
    ];
    for (packs, rules, folders, indexed) in sets {
        let mut written = PackCode { indexed, ..PackCode::default() };
        for folder in folders {
            for path in toml_files(folder)? {
                written.add(&path, &mut texts).map_err(|error| format!("{}: {error}", path.display()))?;
            }
        }
        writeln!(code, "/// The files of {}.", folders.join(", then of "))?;
        writeln!(code, "static {packs}: &[BuiltinPack] = &[\n{}];", written.packs)?;
        writeln!(code, "/// Their rules.")?;
        writeln!(code, "static {rules}: [Rule; {}] = [\n{}];", written.rules.len(), written.rules.join(",\n"))?;
        if indexed {
            let rules = written.patterns.iter().zip(0..);
            let patterns: Vec<RulePatterns<'_>> = rules.map(|(rule, number)| rule.patterns(number)).collect();
            fs::write(out.join("patterns.index"), build(&patterns).to_bytes())?;
        }
    }
    let hash: [u8; 32] = Sha256::new().chain_update(&code).chain_update(&texts).finalize().into();
    writeln!(code, "/// The hash of all of them.\nstatic HASH: [u8; 32] = {hash:?};")?;
    fs::write(out.join("packs.rs"), code)?;
    fs::write(out.join("texts.pack"), texts)?;
    Ok(())
}

/// What a rule searches for.
#[derive(Deserialize)]
struct RuleTexts {
    #[serde(default)]
    phrases: Vec<String>,
    #[serde(default)]
    at: String,
    #[serde(default)]
    regex: Vec<String>,
    #[serde(default)]
    keywords: Vec<String>,
    #[serde(default)]
    unicode: bool,
    #[serde(default)]
    raw: bool,
    #[serde(default)]
    long_lines: bool,
}

impl RuleTexts {
    fn patterns(&self, rule: u32) -> RulePatterns<'_> {
        let place = match self.at.as_str() {
            "start" => PhrasePlace::Start,
            "end" => PhrasePlace::End,
            "anywhere" => PhrasePlace::Anywhere,
            _ => PhrasePlace::Whole,
        };
        RulePatterns {
            rule,
            phrases: &self.phrases,
            place,
            regexes: &self.regex,
            keywords: &self.keywords,
            unicode: self.unicode,
            raw: self.raw,
            long_lines: self.long_lines,
        }
    }
}

/// A model as Rust code, in statics whose names begin with `prefix`: the thresholds, and of each stage the names of its
/// features and its trees, which have indices
/// of these names in place of columns. A mistake in the file is not looked for: the tests do.
fn model(prefix: &str, model: &toml::Table) -> Result<String, Box<dyn Error>> {
    let mut code = format!("static {prefix}_THRESHOLDS: [Threshold; 3] = [\n");
    for profile in ["recall", "balanced", "precision"] {
        code.push_str("    Threshold {");
        for key in ["min", "max", "boilerplate_ratio", "prose"] {
            write!(code, " {key}: {:?},", number(&model["thresholds"][profile][key])?)?;
        }
        code.push_str(" },\n");
    }
    let stages = array(&model["stage"])?;
    writeln!(code, "];\nstatic {prefix}_STAGES: [BuiltinStage; {}] = [", stages.len())?;
    for stage in stages {
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

/// The packs of a folder, without its subfolders, in the order in which they are merged.
fn toml_files(folder: &str) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<Vec<_>, std::io::Error>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    files.sort_by_key(|path| (!path.ends_with("shapes.toml"), !path.ends_with("en.toml"), path.clone()));
    Ok(files)
}
