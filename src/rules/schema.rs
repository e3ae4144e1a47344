//! What stands in a rule file: the TOML as written, with the place of everything that can be wrong.
//! It checks no meaning; `compile` does.
//! It stands at the edge of the rules, before the line begins.

use serde::{Deserialize, Serialize};

use super::spanned::Spanned;
use crate::line_class::LineClass;

/// A rule file.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct PackFile {
    /// The version of this format. Always 1.
    #[cfg_attr(feature = "schema", schemars(with = "u32"))]
    pub(crate) schema: Spanned<u32>,
    /// The pack's name, for example `en`.
    pub(crate) name: String,
    /// What the pack is for, in a sentence.
    #[serde(default)]
    #[allow(dead_code, reason = "for readers of the file")]
    pub(crate) about: Option<String>,
    /// The language of the pack's phrases, a BCP 47 primary tag such as `en`. Without it the pack is language-neutral.
    #[serde(default)]
    pub(crate) language: Option<String>,
    /// The licence of the pack.
    #[serde(default)]
    #[allow(dead_code, reason = "for readers of the file")]
    pub(crate) license: Option<String>,
    /// Sites all rules of the pack are for. `example.org` stands for its subdomains too.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// Ids of rules of earlier packs to switch off; a `*` at the end stands for any ending.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) disable: Vec<Spanned<String>>,
    /// Changes to the phrases of rules of earlier packs.
    #[serde(default)]
    pub(crate) extend: Vec<ExtendFile>,
    /// Single words that boilerplate uses more than articles do, in the pack's language. They remove nothing; how many of
    /// them a line has is features.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) boilerplate_words: Vec<Spanned<String>>,
    /// The rules.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<RuleFile>"))]
    pub(crate) rule: Vec<Spanned<RuleFile>>,
}

/// A change to a rule of an earlier pack.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct ExtendFile {
    /// The rule to change.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) id: Spanned<String>,
    /// Phrases to add.
    #[serde(default, rename = "phrases+")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) add: Vec<Spanned<String>>,
    /// Phrases to take away.
    #[serde(default, rename = "phrases-")]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) remove: Vec<Spanned<String>>,
    /// Texts the added phrases must find.
    #[serde(default)]
    pub(crate) matches: Vec<String>,
    /// Texts no removing rule may fire on.
    #[serde(default)]
    pub(crate) near_misses: Vec<String>,
}

/// A rule as written.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct RuleFile {
    /// Unique name: words of `a-z 0-9 -`, joined by dots, for example `en.share.prompt`.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub(crate) id: Spanned<String>,
    /// What the rule does when it fires.
    pub(crate) kind: Kind,
    /// The class of the lines it finds; users choose by class what goes and what stays.
    pub(crate) class: LineClass,
    /// Why the rule exists: what kind of page leaves this in the text.
    pub(crate) why: String,
    /// `off` keeps the rule in the file without using it.
    #[serde(default)]
    pub(crate) status: Status,
    /// Texts to find in the folded line (lower case, plain quotes and dashes, no bullet), beginning and ending at word
    /// boundaries.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) phrases: Vec<Spanned<String>>,
    /// Where in the line a phrase must stand.
    #[serde(default)]
    pub(crate) at: At,
    /// Regular expressions over the folded line. Those that neither begin with `^` and one of a few literals nor hold a
    /// word that every match has need `keywords`.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) regex: Vec<Spanned<String>>,
    /// Literals one of which stands in every line that such a `regex` can find.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) keywords: Vec<Spanned<String>>,
    /// `\b \w \d \s` in `regex` mean Unicode's, not ASCII's. Slow.
    #[serde(default)]
    pub(crate) unicode: bool,
    /// Ensemble at lines of more than 200 bytes too.
    #[serde(default)]
    pub(crate) long_lines: bool,
    /// The line has at least so many words.
    #[serde(default)]
    pub(crate) min_words: Option<usize>,
    /// The line has at most so many words.
    #[serde(default)]
    pub(crate) max_words: Option<usize>,
    /// The line ends as sentences do (`true`) or does not (`false`).
    #[serde(default)]
    pub(crate) sentence: Option<bool>,
    /// More than half of the words begin with a capital (`true`), or not (`false`).
    #[serde(default)]
    pub(crate) title_case: Option<bool>,
    /// The line ends with one of these texts.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) ends: Vec<Spanned<String>>,
    /// The line ends with none of these texts.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(with = "Vec<String>"))]
    pub(crate) not_ends: Vec<Spanned<String>>,
    /// The longest word of the line, from whitespace to whitespace, has at least so many characters.
    #[serde(default)]
    pub(crate) min_longest_word: Option<usize>,
    /// More than this part of the line's characters, whitespace included, are capitals: 0.5 is half of them.
    #[serde(default)]
    pub(crate) uppercase_share: Option<f64>,
    /// More than this part of the line's characters, whitespace included, are digits: 0.5 is half of them.
    #[serde(default)]
    pub(crate) digit_share: Option<f64>,
    /// The rule sees the line as it stands, not folded, less what the raw `span` rules before it cut; words are what
    /// stands between whitespace; a span cuts exactly what the regex found.
    #[serde(default)]
    pub(crate) raw: bool,
    /// Only among the first so many lines that are not blank.
    #[serde(default)]
    pub(crate) head: Option<usize>,
    /// Only among the last so many lines that are not blank.
    #[serde(default)]
    pub(crate) tail: Option<usize>,
    /// Only near a hit of another rule.
    #[serde(default)]
    pub(crate) near: Option<Near>,
    /// Languages the rule is for; default: the pack's.
    #[serde(default)]
    pub(crate) languages: Vec<String>,
    /// Sites the rule is for; default: the pack's, or all.
    #[serde(default)]
    pub(crate) hosts: Vec<String>,
    /// `run`: how many neighbouring lines it takes (blank ones not counted) that the rule finds.
    #[serde(default)]
    pub(crate) min_lines: Option<usize>,
    /// `run`: phrases and regex find the line that opens the run only; the lines after it are found by `max_words`,
    /// `min_words` and `sentence`, and `min_lines` counts those.
    #[serde(default)]
    pub(crate) opens: bool,
    /// `end` and `start`: how many words of prose must stay. Default: 40.
    #[serde(default)]
    pub(crate) min_body: Option<usize>,
    /// `end` and `start`: the prose that would go may have at most so many times the words of the prose that stays.
    /// Without it there is no limit.
    #[serde(default)]
    pub(crate) max_lost: Option<f64>,
    /// `hint`: what the hit leaves to the line's score; lines go at 3 and more.
    #[serde(default)]
    pub(crate) weight: Option<f64>,
    /// Texts the rule must fire on. Required.
    #[serde(default)]
    pub(crate) matches: Vec<String>,
    /// Texts that ensemble alike, on which no removing rule of the whole set may fire. Required.
    #[serde(default)]
    pub(crate) near_misses: Vec<String>,
}

/// What a rule does when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Drops the line.
    Line,
    /// Cuts the match and keeps the rest of the line.
    Span,
    /// Drops the line; everything after it goes too, if enough body stands before it.
    End,
    /// Drops the line; everything before it goes too, if enough body stands after it.
    Start,
    /// A number of neighbouring lines of one shape goes.
    Run,
    /// Adds to the line's score.
    Hint,
    /// Protects the line.
    Keep,
}

impl Kind {
    /// Whether a hit takes text away by itself.
    pub fn removes(self) -> bool {
        !matches!(self, Kind::Hint | Kind::Keep)
    }

    /// The name used in rule files.
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Line => "line",
            Kind::Span => "span",
            Kind::End => "end",
            Kind::Start => "start",
            Kind::Run => "run",
            Kind::Hint => "hint",
            Kind::Keep => "keep",
        }
    }
}

/// Whether a rule is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// In use.
    #[default]
    On,
    /// Not in use.
    Off,
}

/// Where in the folded line a phrase must stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum At {
    /// It is the line, but for signs after it such as a colon or an arrow.
    #[default]
    Whole,
    /// The line begins with it.
    Start,
    /// The line ends with it.
    End,
    /// Anywhere.
    Anywhere,
}

/// A condition on the neighbourhood of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Near {
    /// A hit of a rule of one of these classes.
    pub classes: Vec<LineClass>,
    /// At most so many lines away, blank ones not counted.
    pub within: usize,
}

/// The JSON Schema of the rule format, for editors.
#[cfg(feature = "schema")]
pub fn schema() -> String {
    let schema = schemars::schema_for!(PackFile);
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}
