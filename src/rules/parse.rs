//! Parses rule files, with errors for the authors of rules.

use super::error::{NEAR_EXAMPLE, RuleError, RuleErrors, nearest};
use super::pack::Pack;
use super::validate::validate;
use crate::location::{Location, PathPart, SourceMap};

/// The default size limit of a rule file; hand-written packs are a hundredth of it.
const MAX_PACK_BYTES: usize = 4 << 20;

impl Pack {
    /// Parses a pack of at most 4 MiB. `file` is used in messages only.
    ///
    /// # Errors
    ///
    /// All errors in the file, each with its location and what to write instead.
    pub fn parse(file: &str, toml: &str) -> Result<Pack, RuleErrors> {
        Pack::parse_up_to(MAX_PACK_BYTES, file, toml)
    }

    /// The same for a pack of at most this many bytes.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse).
    #[doc(hidden)]
    pub fn parse_up_to(max_bytes: usize, file: &str, toml: &str) -> Result<Pack, RuleErrors> {
        if toml.len() > max_bytes {
            let start = Location { file: file.to_owned().into(), line: 1, column: 1 };
            let message = format!("the file has {} bytes, the limit is {max_bytes}", toml.len());
            return Err(start.error(None, message, "split it into several packs").into());
        }
        let source = SourceMap::new(file, toml);
        let mut pack: Pack = toml::from_str(toml).map_err(|error| explain(&error, &source))?;
        validate(&pack, &source)?;
        for index in 0..pack.disable.len() {
            let location = source.key(&[PathPart::Key("disable"), PathPart::Index(index)]);
            pack.disable_locations.push(location);
        }
        for (index, extend) in pack.extend.iter_mut().enumerate() {
            extend.location = source.value(&[PathPart::Key("extend"), PathPart::Index(index), PathPart::Key("id")]);
        }
        let rules = 0..pack.rule.len();
        let ids =
            rules.map(|index| source.value(&[PathPart::Key("rule"), PathPart::Index(index), PathPart::Key("id")]));
        pack.complete(file, ids);
        Ok(pack)
    }
}

/// Keys and kinds that were renamed or moved.
const RENAMED: [(&str, &str); 4] = [
    ("end", "write `cut-after`"),
    ("start", "write `cut-before`"),
    ("cues", "write `boilerplate_words`"),
    ("decision", "move it to a model file, as `bodytext tune` writes it, and name that with --model"),
];

/// Rewords an error of the TOML parser, and says what to write instead.
fn explain(error: &toml::de::Error, source: &SourceMap<'_>) -> RuleError {
    let span = error.span().unwrap_or_default();
    let message = error.message().lines().collect::<Vec<_>>().join(" ");
    let names: Vec<&str> = message.split('`').skip(1).step_by(2).collect();
    let (message, remedy) = match (message.split(" `").next().unwrap_or_default(), names.as_slice()) {
        ("unknown field", [name, known @ ..]) => unknown("key", name, known),
        ("unknown variant", [name, known @ ..]) => unknown("value", name, known),
        ("missing field", [name @ ("classes" | "within")]) => {
            (format!("missing key `{name}`"), NEAR_EXAMPLE.to_owned())
        }
        ("missing field", [name]) => {
            let remedy = "add it, `bodytext rules init` prints a whole rule to start from";
            (format!("missing key `{name}`"), remedy.to_owned())
        }
        ("duplicate key", _) => {
            (format!("the key `{}` is here twice", source.text(span.clone())), "remove one of the two".to_owned())
        }
        _ if message.starts_with("invalid type") || message.starts_with("invalid value") => {
            let plain = message
                .replace("expected usize", "expected a whole number, 0 or more")
                .replace("expected u32", "expected a whole number")
                .replace("expected f64", "expected a number")
                .replace("expected a sequence", "expected a list in brackets");
            (plain, "`bodytext rules schema` describes all keys".to_owned())
        }
        // What the parser says of a bare word where a value should be.
        _ if message.contains("invalid float") || message.contains("must be quoted") => {
            let remedy = "put texts in quotes, such as `class = \"share\"`";
            ("the value is not a text, a number or a list".to_owned(), remedy.to_owned())
        }
        _ => (message, "see `bodytext rules init` for a file to start from".to_owned()),
    };
    source.location(span.start).error(source.key_around("rule", "id", span.start), message, remedy)
}

/// The message for a name that is not among the known ones.
fn unknown(noun: &str, name: &str, known: &[&str]) -> (String, String) {
    let message = format!("unknown {noun} `{name}`");
    if let Some((_, remedy)) = RENAMED.iter().find(|(old, _)| *old == name) {
        return (message, (*remedy).to_owned());
    }
    match nearest(name, known.iter().copied()) {
        Some(near) => (message, format!("did you mean `{near}`? `bodytext rules schema` describes all")),
        None => (message, format!("write one of `{}`; `bodytext rules schema` describes them", known.join("`, `"))),
    }
}
