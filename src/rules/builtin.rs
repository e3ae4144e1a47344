//! The packs built into the library, from the folder `rules`, and the presets, from `rules/presets`.
//! It holds no rules itself.
//! It stands at the edge of the rules, before the line begins.

use super::{Pack, compile};

/// Every file of the folder `rules`, in the order in which they lie over each other. A test holds the list complete.
const FILES: &[(&str, &str)] = &[
    ("rules/shapes.toml", include_str!("../../rules/shapes.toml")),
    ("rules/en.toml", include_str!("../../rules/en.toml")),
    ("rules/cs.toml", include_str!("../../rules/cs.toml")),
    ("rules/da.toml", include_str!("../../rules/da.toml")),
    ("rules/de.toml", include_str!("../../rules/de.toml")),
    ("rules/es.toml", include_str!("../../rules/es.toml")),
    ("rules/fr.toml", include_str!("../../rules/fr.toml")),
    ("rules/id.toml", include_str!("../../rules/id.toml")),
    ("rules/it.toml", include_str!("../../rules/it.toml")),
    ("rules/ja.toml", include_str!("../../rules/ja.toml")),
    ("rules/ko.toml", include_str!("../../rules/ko.toml")),
    ("rules/nl.toml", include_str!("../../rules/nl.toml")),
    ("rules/no.toml", include_str!("../../rules/no.toml")),
    ("rules/pl.toml", include_str!("../../rules/pl.toml")),
    ("rules/pt.toml", include_str!("../../rules/pt.toml")),
    ("rules/ru.toml", include_str!("../../rules/ru.toml")),
    ("rules/sv.toml", include_str!("../../rules/sv.toml")),
    ("rules/tr.toml", include_str!("../../rules/tr.toml")),
    ("rules/uk.toml", include_str!("../../rules/uk.toml")),
    ("rules/vi.toml", include_str!("../../rules/vi.toml")),
    ("rules/zh.toml", include_str!("../../rules/zh.toml")),
    ("rules/weights.toml", include_str!("../../rules/weights.toml")),
];

/// Every file of the folder `rules/presets`, by the name of the preset.
const PRESETS: &[(&str, &str, &str)] = &[
    ("c4", "rules/presets/c4.toml", include_str!("../../rules/presets/c4.toml")),
    ("refinedweb", "rules/presets/refinedweb.toml", include_str!("../../rules/presets/refinedweb.toml")),
];

/// The names of the presets.
pub(super) fn presets() -> impl Iterator<Item = &'static str> {
    PRESETS.iter().map(|(name, ..)| *name)
}

/// The pack of a preset.
pub(super) fn preset(name: &str) -> Option<Pack> {
    let (_, file, source) = PRESETS.iter().find(|(known, ..)| *known == name)?;
    Some(parsed(file, source))
}

/// The built-in packs.
pub(super) fn packs() -> Vec<Pack> {
    FILES.iter().map(|(file, source)| parsed(file, source)).collect()
}

fn parsed(file: &str, source: &str) -> Pack {
    #[allow(clippy::expect_used, reason = "the files are constants, and a test parses each of them")]
    compile::parse(file, source, true).expect("a built-in pack")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleSet, Selection, check};

    #[test]
    fn every_file_of_the_folders_is_built_in_and_parses() {
        let presets = PRESETS.iter().map(|(_, file, source)| (*file, *source)).collect();
        for (folder, listed) in [("rules", FILES.to_vec()), ("rules/presets", presets)] {
            let there = std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let mut files: Vec<String> = there
                .map(|entry| format!("{folder}/{}", entry.unwrap().file_name().to_string_lossy()))
                .filter(|name| name.ends_with(".toml"))
                .collect();
            let mut known: Vec<String> = listed.iter().map(|(file, _)| file.to_string()).collect();
            files.sort();
            known.sort();
            assert_eq!(files, known);
            for (file, source) in listed {
                if let Err(errors) = Pack::parse(file, source) {
                    panic!("{errors}");
                }
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
