//! The packs built into the library, from the folder `rules`, and the presets, from `rules/presets`.
//! It holds no rules itself.
//! It stands at the edge of the rules, before the line begins.

use super::{Pack, compile};
use bodytext_pattern::{Bytes, Needs, lower, number};

include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

/// Where the value of a rule's `id` begins in its line.
const ID_COLUMN: usize = "id = ".len() + 1;

/// What the build script found out of a regex of the built-in rules: its number, the pattern, its lowered form where that
/// is another, and what it needs.
type Known = (u64, &'static str, Option<&'static str>, &'static [&'static str], Option<[u64; 4]>);

/// A regex in the form the engines take, and what it needs.
pub(super) struct Prepared {
    pub(super) lowered: String,
    pub(super) needs: Needs,
}

/// Prepares a regex of a rule; for those built in it is looked up.
pub(super) fn prepare(pattern: &str, unicode: bool, raw: bool) -> Prepared {
    let found = KNOWN.binary_search_by_key(&number(pattern, unicode, raw), |known| known.0);
    match found.map(|at| KNOWN[at]) {
        Ok((_, known, lowered, literals, first)) if known == pattern => {
            let literals = literals.iter().map(|&literal| literal.to_owned()).collect();
            let needs = Needs { literals, first: first.map(Bytes) };
            Prepared { lowered: lowered.unwrap_or(pattern).to_owned(), needs }
        }
        _ => {
            let lowered = lower(pattern, unicode);
            let needs = Needs::of(&lowered, raw);
            Prepared { lowered, needs }
        }
    }
}

/// A built-in pack as the build script made it from its file: MessagePack, which is read in a fifth of the time.
macro_rules! packed {
    ($name:literal) => {
        include_bytes!(concat!(env!("OUT_DIR"), "/", $name, ".pack"))
    };
}

/// Every file of the folder `rules`, in the order in which they lie over each other. A test holds the list complete.
const FILES: &[(&str, &[u8])] = &[
    ("rules/shapes.toml", packed!("rules/shapes")),
    ("rules/en.toml", packed!("rules/en")),
    ("rules/cs.toml", packed!("rules/cs")),
    ("rules/da.toml", packed!("rules/da")),
    ("rules/de.toml", packed!("rules/de")),
    ("rules/es.toml", packed!("rules/es")),
    ("rules/fr.toml", packed!("rules/fr")),
    ("rules/id.toml", packed!("rules/id")),
    ("rules/it.toml", packed!("rules/it")),
    ("rules/ja.toml", packed!("rules/ja")),
    ("rules/ko.toml", packed!("rules/ko")),
    ("rules/nl.toml", packed!("rules/nl")),
    ("rules/no.toml", packed!("rules/no")),
    ("rules/pl.toml", packed!("rules/pl")),
    ("rules/pt.toml", packed!("rules/pt")),
    ("rules/ru.toml", packed!("rules/ru")),
    ("rules/sv.toml", packed!("rules/sv")),
    ("rules/tr.toml", packed!("rules/tr")),
    ("rules/uk.toml", packed!("rules/uk")),
    ("rules/vi.toml", packed!("rules/vi")),
    ("rules/zh.toml", packed!("rules/zh")),
];

/// Every file of the folder `rules/presets`, by the name of the preset.
const PRESETS: &[(&str, &str, &[u8])] = &[
    ("c4", "rules/presets/c4.toml", packed!("rules/presets/c4")),
    ("refinedweb", "rules/presets/refinedweb.toml", packed!("rules/presets/refinedweb")),
];

/// The names of the presets.
pub(super) fn presets() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, ..)| *name)
}

/// The pack of a preset.
pub(super) fn preset(name: &str) -> Option<Pack> {
    let (_, file, packed) = PRESETS.iter().find(|(known, ..)| *known == name)?;
    Some(unpacked(file, packed))
}

/// The built-in packs.
pub(super) fn packs() -> Vec<Pack> {
    FILES.iter().map(|(file, packed)| unpacked(file, packed)).collect()
}

fn unpacked(file: &str, packed: &[u8]) -> Pack {
    #[allow(clippy::expect_used, reason = "the packs are constants, and a test reads each of them")]
    let mut pack = compile::unpack(file, packed).expect("a built-in pack");
    let lines = LINES.iter().find(|(name, _)| *name == file).map_or(&[][..], |(_, lines)| lines);
    for (rule, &line) in pack.rules.iter_mut().zip(lines) {
        (rule.place.line, rule.place.column) = (line, ID_COLUMN);
    }
    pack
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleSet, Selection, check};

    #[test]
    fn every_file_of_the_folders_is_built_in_and_parses() {
        let presets = PRESETS.iter().map(|(_, file, packed)| (*file, *packed)).collect();
        for (folder, listed) in [("rules", FILES.to_vec()), ("rules/presets", presets)] {
            let root = env!("CARGO_MANIFEST_DIR");
            let there = std::fs::read_dir(format!("{root}/{folder}")).unwrap();
            let mut files: Vec<String> = there
                .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
                .filter(|name| name.ends_with(".toml"))
                .collect();
            let mut known: Vec<String> = listed.iter().map(|(file, _)| file.to_string()).collect();
            files.sort();
            known.sort();
            assert_eq!(files, known);
            for (file, packed) in listed {
                let source = std::fs::read_to_string(format!("{root}/{file}")).unwrap();
                let parsed = Pack::parse(file, &source).unwrap_or_else(|errors| panic!("{errors}"));
                let unpacked = unpacked(file, packed);
                assert_eq!(parsed.rules, unpacked.rules);
                assert_eq!(parsed.boilerplate_words, unpacked.boilerplate_words);
            }
        }
    }

    #[test]
    fn a_preset_is_called_as_its_file_and_its_pack() {
        for (name, file, _) in PRESETS {
            assert_eq!(*file, format!("rules/presets/{name}.toml"));
            assert_eq!(preset(name).unwrap().name, *name);
        }
        assert!(preset("none").is_none());
    }

    #[test]
    fn every_rule_of_a_preset_passes_its_tests_against_the_preset() {
        for name in presets() {
            let set = RuleSet::new(&[Pack::preset(name).unwrap()], &Selection::default()).unwrap();
            let failures: Vec<String> = check(&set).iter().map(ToString::to_string).collect();
            assert!(failures.is_empty(), "{}", failures.join("\n"));
        }
    }

    #[test]
    fn every_rule_passes_its_tests_against_the_whole_set() {
        let set = RuleSet::new(&packs(), &Selection::default()).unwrap();
        let failures: Vec<String> = check(&set).iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
