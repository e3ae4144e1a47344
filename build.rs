//! Prepares what every run would have to do again: converts the built-in packs and the model to a form that loads faster,
//! and makes the index of all that the packs search for. It checks no rules; the tests do.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use bodytext_pattern::index::{RulePatterns, build};
use bodytext_pattern::phrase::PhrasePlace;
use serde::Deserialize;
use toml::de::DeTable;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=rules");
    println!("cargo::rerun-if-changed=model.toml");
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let model: toml::Table = toml::from_str(&fs::read_to_string("model.toml")?)?;
    fs::write(out.join("model.pack"), rmp_serde::to_vec_named(&model)?)?;
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
