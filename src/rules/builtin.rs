//! The packs built into the library, from the folder `rules`, and the presets, from `rules/presets`.

use std::path::Path;

use super::pack::Pack;
use crate::location::Location;

// The build script made `PACKS` and `PRESETS`, each file in MessagePack, which is read in a fifth of the time.
include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// The built-in packs, in the order in which they are merged.
pub(super) fn packs() -> Vec<Pack> {
    PACKS.iter().map(|(file, packed)| unpack(file, packed)).collect()
}

impl Pack {
    /// The names of the presets.
    #[doc(hidden)]
    pub fn presets() -> impl Iterator<Item = &'static str> {
        PRESETS.iter().filter_map(|(file, _)| Path::new(file).file_stem()?.to_str())
    }

    /// A preset: the line rules of another project as a pack, for comparison; `None` where no preset has the name. It
    /// is meant to be used without the built-in packs, alone or below packs of your own.
    pub fn preset(name: &str) -> Option<Pack> {
        let at = Pack::presets().position(|preset| preset == name)?;
        let (file, packed) = PRESETS[at];
        let mut pack = unpack(file, packed);
        pack.is_preset = true;
        Some(pack)
    }
}

/// Reads a pack. What its rules mean is not checked; the tests do that.
fn unpack(file: &str, packed: &[u8]) -> Pack {
    #[allow(clippy::expect_used, reason = "the packs are constants, and a test reads each of them")]
    let (places, mut pack): (Vec<(usize, usize)>, Pack) = rmp_serde::from_slice(packed).expect("a built-in pack");
    pack.complete(file, places.into_iter().map(|(line, column)| Location { file: file.to_owned(), line, column }));
    pack
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packs_are_read_as_their_files_are() {
        for (file, packed) in PACKS.iter().chain(PRESETS) {
            let source = std::fs::read_to_string(format!("{}/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
            let (parsed, unpacked) = (Pack::parse(file, &source).unwrap(), unpack(file, packed));
            assert_eq!(parsed.rule, unpacked.rule);
            assert_eq!(parsed.boilerplate_words, unpacked.boilerplate_words);
        }
        assert_eq!(
            PACKS[..2].iter().map(|(file, _)| *file).collect::<Vec<_>>(),
            ["rules/shapes.toml", "rules/en.toml"]
        );
    }

    #[test]
    fn a_preset_is_called_as_its_file_and_its_pack() {
        for name in Pack::presets() {
            assert_eq!(Pack::preset(name).unwrap().name, name);
        }
        assert!(Pack::preset("none").is_none() && Pack::presets().count() == 2);
    }
}
