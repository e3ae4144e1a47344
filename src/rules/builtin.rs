//! The packs built into the library, from the folder `rules`.
//! It holds no rules itself.
//! It stands at the edge of the rules, before the line begins.

use super::Pack;

/// Every file of the folder `rules`, in the order in which they lie over each other. A test holds the list complete.
const FILES: &[(&str, &str)] = &[
    ("rules/shapes.toml", include_str!("../../rules/shapes.toml")),
    ("rules/en.toml", include_str!("../../rules/en.toml")),
];

/// The built-in packs.
pub(super) fn packs() -> Vec<Pack> {
    #[allow(clippy::expect_used, reason = "the files are constants, and a test parses each of them")]
    FILES.iter().map(|(file, source)| Pack::parse(file, source).expect("a built-in pack")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::{RuleSet, Selection, check};

    #[test]
    fn every_file_of_the_folder_is_built_in_and_parses() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/rules");
        let mut files: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| format!("rules/{}", entry.unwrap().file_name().to_string_lossy()))
            .filter(|name| name.ends_with(".toml"))
            .collect();
        let mut listed: Vec<String> = FILES.iter().map(|(file, _)| file.to_string()).collect();
        files.sort();
        listed.sort();
        assert_eq!(files, listed);
        for (file, source) in FILES {
            if let Err(errors) = Pack::parse(file, source) {
                panic!("{errors}");
            }
        }
    }

    #[test]
    fn every_rule_passes_its_tests_against_the_whole_set() {
        let set = RuleSet::new(&packs(), &Selection::default()).unwrap();
        let failures: Vec<String> = check(&set).iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
    }
}
