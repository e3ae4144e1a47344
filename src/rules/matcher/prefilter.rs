//! Prepares regexes: rewrites them for compilation, and derives what a line must contain for them to run. Those of the
//! built-in packs are prepared by the build script, since that takes most of a second.

use bodytext_pattern::{ByteSet, Prefilter, to_ascii_classes};

include!(concat!(env!("OUT_DIR"), "/regexes.rs"));

/// A regex of the built-in packs, whether it is Unicode, whether it is raw; its rewritten form, if different; the
/// literals and first bytes of its prefilter.
type Prepared = ((&'static str, bool, bool), Option<&'static str>, &'static [&'static str], Option<[u64; 4]>);

/// The form of a regex that is compiled, and its prefilter.
pub(in crate::rules) fn prepare(pattern: &str, unicode: bool, raw: bool) -> (String, Prefilter) {
    if let Ok(at) = PREPARED.binary_search_by(|(known, ..)| known.cmp(&(pattern, unicode, raw))) {
        let (_, rewritten, literals, first_bytes) = PREPARED[at];
        let literals = literals.iter().map(|&literal| literal.to_owned()).collect();
        let prefilter = Prefilter { literals, first_bytes: first_bytes.map(ByteSet) };
        return (rewritten.unwrap_or(pattern).to_owned(), prefilter);
    }
    let rewritten = rewrite(pattern, unicode);
    let prefilter = Prefilter::of(&rewritten, raw);
    (rewritten, prefilter)
}

/// Whether a regex is one of the built-in packs.
pub(in crate::rules) fn is_built_in(pattern: &str, unicode: bool, raw: bool) -> bool {
    PREPARED.binary_search_by(|(known, ..)| known.cmp(&(pattern, unicode, raw))).is_ok()
}

/// The form of a regex that is compiled: with ASCII classes unless the rule asks for Unicode.
pub(in crate::rules) fn rewrite(pattern: &str, unicode: bool) -> String {
    if unicode { pattern.to_owned() } else { to_ascii_classes(pattern) }
}
