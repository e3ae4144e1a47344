//! Prepares what every run would have to do again: converts the built-in packs to a form that loads faster, makes the
//! index of all that they search for, and lays out the trees of the model. It checks no rules; the tests do.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bodytext_pattern::index::{RulePatterns, build};
use bodytext_pattern::phrase::PhrasePlace;
use quantized::QuantizedTrees;
use serde::Deserialize;
use toml::de::DeTable;
use tree::{Split, Tree};

#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "src/scoring/quantized.rs"]
mod quantized;
#[allow(dead_code, unreachable_pub, reason = "the library uses the rest")]
#[path = "src/scoring/tree.rs"]
mod tree;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=model.toml");
    println!("cargo::rerun-if-changed=src/scoring/quantized.rs");
    println!("cargo::rerun-if-changed=src/scoring/tree.rs");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("model.rs"), model(&toml::from_str(&fs::read_to_string("model.toml")?)?)?)?;
    let (mut packs, mut rules, mut texts) = (String::new(), Vec::new(), Vec::new());
    for (name, folder) in [("PACKS", "rules"), ("PRESETS", "rules/presets")] {
        fs::create_dir_all(out.join(folder))?;
        writeln!(packs, "/// The files of the folder `{folder}`.\nstatic {name}: &[(&str, &[u8])] = &[")?;
        for path in toml_files(folder)? {
            let packed = out.join(&path).with_extension("pack");
            let (bytes, of_pack) = pack(&path, &mut texts).map_err(|error| format!("{}: {error}", path.display()))?;
            fs::write(&packed, bytes)?;
            if name == "PACKS" {
                rules.extend(of_pack);
            }
            let name = path.to_string_lossy().replace('\\', "/");
            writeln!(packs, "    ({name:?}, include_bytes!({:?})),", packed.to_string_lossy())?;
        }
        packs.push_str("];\n");
    }
    writeln!(packs, "/// How many rules the packs have.\npub(super) const RULES: usize = {};", rules.len())?;
    fs::write(out.join("packs.rs"), packs)?;
    fs::write(out.join("texts.pack"), texts)?;
    let patterns: Vec<RulePatterns<'_>> = rules.iter().zip(0..).map(|(rule, number)| rule.patterns(number)).collect();
    fs::write(out.join("patterns.index"), build(&patterns).to_bytes())?;
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

/// A pack as MessagePack, with the lines and columns of its rules' ids; and what its rules search for. Lists of texts go
/// to `packed`, since most are never read: the rule has their place there.
fn pack(path: &Path, packed: &mut Vec<u8>) -> Result<(Vec<u8>, Vec<RuleTexts>), Box<dyn Error>> {
    let source = fs::read_to_string(path)?;
    let mut pack: toml::Table = toml::from_str(&source)?;
    let mut texts = Vec::new();
    for rule in pack.get_mut("rule").and_then(toml::Value::as_array_mut).into_iter().flatten() {
        texts.push(RuleTexts::deserialize(rule.clone())?);
        for key in ["phrases", "regex", "keywords", "matches", "near_misses"] {
            if let Some(list) = rule.get_mut(key)
                && list.as_array().is_some_and(|list| !list.is_empty())
            {
                let place = i64::try_from(packed.len())?;
                rmp_serde::encode::write(packed, list)?;
                *list = toml::Value::Integer(place);
            }
        }
    }
    let parsed = DeTable::parse(&source)?;
    let rules = parsed.get_ref().get("rule").and_then(|rules| rules.get_ref().as_array());
    let ids = rules.into_iter().flatten().filter_map(|rule| rule.get_ref().get("id"));
    let locations: Vec<(usize, usize)> = ids.map(|id| line_and_column(&source[..id.span().start])).collect();
    Ok((rmp_serde::to_vec_named(&(locations, &pack))?, texts))
}

/// The place after a text, counted from 1.
fn line_and_column(before: &str) -> (usize, usize) {
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
