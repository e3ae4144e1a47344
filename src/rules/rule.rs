//! A rule: one type from the rule file to the matcher. In TOML its keys are flat; here they are grouped.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use super::texts::Texts;
use crate::line_class::LineClass;
use crate::location::Location;
use crate::markup::Place;

/// A rule: what it does, why it exists, and what it finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
#[non_exhaustive]
pub struct Rule {
    /// Unique name: words of `a-z 0-9 -`, joined by dots, for example `en.share.prompt`.
    pub id: Cow<'static, str>,
    /// What the rule does when it fires.
    #[serde(flatten)]
    pub action: Action,
    /// The class of the lines it finds; users choose by class what is removed and what stays.
    pub class: LineClass,
    /// Why the rule exists: what kind of page leaves this in the text.
    pub why: Cow<'static, str>,
    /// `off` keeps the rule in the file without using it.
    #[serde(skip_serializing_if = "is_default")]
    #[cfg_attr(feature = "schema", schemars(default))]
    pub(crate) status: Status,
    #[serde(flatten)]
    pub(crate) pattern: Pattern,
    #[serde(flatten)]
    pub(crate) conditions: Conditions,
    #[serde(flatten)]
    pub(crate) scope: Scope,
    #[serde(flatten)]
    pub(crate) tests: Tests,
    /// The name of its pack.
    #[serde(skip)]
    pub pack: Cow<'static, str>,
    /// Where its id is.
    #[serde(skip)]
    pub location: Location,
    /// Its number among all built-in rules, if what it searches for is still what the build script has prepared.
    #[serde(skip)]
    pub(crate) built_in: Option<u32>,
}

/// What a rule does when it fires.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "kind", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Action {
    /// Removes the line.
    Line,
    /// Cuts the match and keeps the rest of the line.
    Span,
    /// Removes the line, and everything after it if enough of the body is before it.
    CutAfter {
        /// How many words of prose must stay. Default: 40.
        #[serde(skip_serializing_if = "is_default")]
        min_body: Option<usize>,
        /// The prose removed may have at most this many times the words of the prose that stays. Without it there is no
        /// limit.
        #[serde(skip_serializing_if = "is_default")]
        max_lost: Option<f64>,
    },
    /// Removes the line, and everything before it if enough of the body is after it.
    CutBefore {
        /// How many words of prose must stay. Default: 40.
        #[serde(skip_serializing_if = "is_default")]
        min_body: Option<usize>,
        /// The prose removed may have at most this many times the words of the prose that stays. Without it there is no
        /// limit.
        #[serde(skip_serializing_if = "is_default")]
        max_lost: Option<f64>,
    },
    /// Removes a number of neighbouring lines.
    Run {
        /// How many neighbouring lines (blank ones not counted) the rule must find.
        min_lines: usize,
        /// Phrases and regex find only the line that opens the run; the lines after it are found by `max_words`,
        /// `min_words` and `sentence`, and `min_lines` counts those.
        #[serde(skip_serializing_if = "is_default")]
        #[cfg_attr(feature = "schema", schemars(default))]
        opens: bool,
    },
    /// Adds to the line's score; lines with 3 or more are removed.
    Hint {
        /// What the hit adds to the score.
        weight: f64,
    },
    /// Protects the line.
    Keep,
}

/// The text a rule finds.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(default))]
pub(crate) struct Pattern {
    /// Texts to find in the folded line (lower case, plain quotes and dashes, no bullet), beginning and ending at word
    /// boundaries.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) phrases: Texts,
    /// Where in the line a phrase must be.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) at: At,
    /// Regular expressions over the folded line. One that neither begins with `^` and a few literals nor contains a word
    /// that every match has needs `keywords`.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) regex: Texts,
    /// Literals one of which is in every line that such a `regex` can find.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) keywords: Texts,
    /// `\b \w \d \s` in `regex` are Unicode's, not ASCII's. Slow.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) unicode: bool,
    /// Matched against lines of more than 200 bytes too.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) long_lines: bool,
    /// The rule sees the line itself, not folded, less what the raw `span` rules before it cut; words are what is
    /// between whitespace; a span cuts exactly what the regex found.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) raw: bool,
}

/// What a line must be like for the rule to fire. All of it must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(default))]
pub(crate) struct Conditions {
    /// The line has at least this many words.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) min_words: Option<usize>,
    /// The line has at most this many words.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) max_words: Option<usize>,
    /// The line ends as sentences do (`true`) or does not (`false`).
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) sentence: Option<bool>,
    /// More than half of the words begin with an uppercase letter (`true`), or not (`false`).
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) title_case: Option<bool>,
    /// The line ends with one of these texts.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) ends: Texts,
    /// The line ends with none of these texts.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) not_ends: Texts,
    /// The longest word of the line, from whitespace to whitespace, has at least this many characters.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) min_longest_word: Option<usize>,
    /// More than this share of the line's characters, whitespace included, are uppercase: 0.5 is half of them.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) uppercase_share: Option<f64>,
    /// More than this share of the line's characters, whitespace included, are digits: 0.5 is half of them.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) digit_share: Option<f64>,
    /// In one of these parts of a web page. In texts no line is.
    #[serde(rename = "in", skip_serializing_if = "is_default")]
    pub(crate) inside: Cow<'static, [Place]>,
    /// More than this share of the line is the text of links, in web pages and Markdown: 0.5 is half of it.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) linked: Option<f64>,
    /// Only among the first lines of the text, this many, blank ones not counted.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) head: Option<usize>,
    /// Only among the last lines of the text, this many, blank ones not counted.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) tail: Option<usize>,
    /// Only near a hit of another rule.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) near: Option<Near>,
}

/// Which pages a rule is for.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(default))]
pub(crate) struct Scope {
    /// Languages the rule is for; default: the pack's.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) languages: Texts,
    /// Sites the rule is for; default: the pack's, or all.
    #[serde(skip_serializing_if = "is_default")]
    pub(crate) hosts: Texts,
}

/// The tests of a rule.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(default))]
pub(crate) struct Tests {
    /// Texts the rule must fire on, as HTML if it has `in` or `linked`. Required.
    pub(crate) matches: Texts,
    /// Similar texts, on which no removing rule of the whole set may fire. Required.
    pub(crate) near_misses: Texts,
}

/// Whether a rule is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    /// In use.
    #[default]
    On,
    /// Not in use.
    Off,
}

/// Where in the folded line a phrase must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub(crate) enum At {
    /// It is the whole line, except for punctuation around it such as a colon or an arrow.
    #[default]
    Whole,
    /// The line begins with it.
    Start,
    /// The line ends with it.
    End,
    /// Anywhere.
    Anywhere,
}

/// A condition on the lines around.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(crate) struct Near {
    /// A hit of a rule of one of these classes.
    pub(crate) classes: Cow<'static, [LineClass]>,
    /// At most this many lines away, blank ones not counted.
    pub(crate) within: usize,
    /// Only of a rule whose id begins with the same word.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) pack: bool,
}

/// A key that only some kinds of rules have.
pub(super) struct KindKey {
    pub(super) key: &'static str,
    pub(super) kinds: &'static [&'static str],
    /// What to write in a rule of these kinds that lacks it; `None` where it may be left out.
    pub(super) required: Option<&'static str>,
}

/// The keys that only some kinds of rules have.
pub(super) const KIND_KEYS: [KindKey; 5] = [
    KindKey { key: "min_lines", kinds: &["run"], required: Some("write at least 2, or 1 with `opens = true`") },
    KindKey { key: "opens", kinds: &["run"], required: None },
    KindKey { key: "min_body", kinds: &["cut-after", "cut-before"], required: None },
    KindKey { key: "max_lost", kinds: &["cut-after", "cut-before"], required: None },
    KindKey { key: "weight", kinds: &["hint"], required: Some("write a number; 3 is enough to remove a line") },
];

impl Rule {
    /// The rule as it would be written in a file.
    pub fn to_toml(&self) -> String {
        #[derive(Serialize)]
        struct File<'r> {
            rule: [&'r Rule; 1],
        }
        toml::to_string(&File { rule: [self] }).unwrap_or_default()
    }

    /// The first word of its id.
    pub(crate) fn pack(&self) -> &str {
        self.id.split('.').next().unwrap_or_default()
    }

    /// The texts it must fire on.
    pub fn matches(&self) -> &[String] {
        &self.tests.matches
    }

    /// The texts no removing rule may fire on.
    pub fn near_misses(&self) -> &[String] {
        &self.tests.near_misses
    }

    /// The languages it is for; empty: all.
    pub fn languages(&self) -> &[String] {
        &self.scope.languages
    }

    /// The phrases it searches for.
    pub fn phrases(&self) -> &[String] {
        &self.pattern.phrases
    }

    /// Whether phrases and regex find only the line that opens a run.
    pub(super) fn opens_run(&self) -> bool {
        matches!(self.action, Action::Run { opens: true, .. })
    }

    /// Whether its hits make a run.
    pub(super) fn is_run_of_hits(&self) -> bool {
        matches!(self.action, Action::Run { opens: false, .. })
    }

    /// How many lines its runs must have.
    pub(super) fn min_lines(&self) -> usize {
        if let Action::Run { min_lines, .. } = self.action { min_lines } else { 0 }
    }
}

impl Action {
    /// Whether a hit removes text by itself.
    pub fn removes(self) -> bool {
        !matches!(self, Action::Hint { .. } | Action::Keep)
    }

    /// The name of the kind in rule files.
    pub const fn name(self) -> &'static str {
        match self {
            Action::Line => "line",
            Action::Span => "span",
            Action::CutAfter { .. } => "cut-after",
            Action::CutBefore { .. } => "cut-before",
            Action::Run { .. } => "run",
            Action::Hint { .. } => "hint",
            Action::Keep => "keep",
        }
    }
}

impl Conditions {
    /// Whether they ask for what only the markup of a text says.
    pub(super) fn need_markup(&self) -> bool {
        !self.inside.is_empty() || self.linked.is_some()
    }
}

impl Pattern {
    /// Whether there is a text to find. Rules without one are made of conditions alone.
    pub(super) fn is_empty(&self) -> bool {
        self.phrases.is_empty() && self.regex.is_empty()
    }
}

impl<'de> Deserialize<'de> for Rule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Rule, D::Error> {
        deserializer.deserialize_map(RuleVisitor)
    }
}

/// Reads the keys of a rule into its groups. Derived code with `flatten` would do the same, but keep all values in
/// between, lose their places, and accept unknown keys.
struct RuleVisitor;

/// The values of `kind`.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum KindName {
    Line,
    Span,
    CutAfter,
    CutBefore,
    Run,
    Hint,
    Keep,
}

/// Reads a map: each key into its place.
macro_rules! read_keys {
    ($map:ident, { $($key:ident => $place:expr,)* }) => {
        #[derive(Deserialize)]
        #[serde(field_identifier)]
        #[allow(non_camel_case_types, reason = "the keys as in the file")]
        enum Key { $($key),* }

        while let Some(key) = $map.next_key()? {
            match key { $(Key::$key => $place = $map.next_value()?,)* }
        }
    };
}

impl<'de> Visitor<'de> for RuleVisitor {
    type Value = Rule;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a rule")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Rule, A::Error> {
        let (mut id, mut kind, mut class, mut why) = (None, None, None, None);
        let (mut status, mut pattern, mut conditions) = (Status::On, Pattern::default(), Conditions::default());
        let (mut scope, mut tests) = (Scope::default(), Tests::default());
        let (mut min_lines, mut opens, mut weight) = (0, false, 0.0);
        let (mut min_body, mut max_lost) = (None, None);
        read_keys!(map, {
            id => id,
            kind => kind,
            class => class,
            why => why,
            status => status,
            phrases => pattern.phrases,
            at => pattern.at,
            regex => pattern.regex,
            keywords => pattern.keywords,
            unicode => pattern.unicode,
            long_lines => pattern.long_lines,
            raw => pattern.raw,
            min_words => conditions.min_words,
            max_words => conditions.max_words,
            sentence => conditions.sentence,
            title_case => conditions.title_case,
            ends => conditions.ends,
            not_ends => conditions.not_ends,
            min_longest_word => conditions.min_longest_word,
            uppercase_share => conditions.uppercase_share,
            digit_share => conditions.digit_share,
            r#in => conditions.inside,
            linked => conditions.linked,
            head => conditions.head,
            tail => conditions.tail,
            near => conditions.near,
            languages => scope.languages,
            hosts => scope.hosts,
            min_lines => min_lines,
            opens => opens,
            min_body => min_body,
            max_lost => max_lost,
            weight => weight,
            matches => tests.matches,
            near_misses => tests.near_misses,
        });
        let kind: Option<KindName> = kind;
        let action = match kind.ok_or_else(|| A::Error::missing_field("kind"))? {
            KindName::Line => Action::Line,
            KindName::Span => Action::Span,
            KindName::CutAfter => Action::CutAfter { min_body, max_lost },
            KindName::CutBefore => Action::CutBefore { min_body, max_lost },
            KindName::Run => Action::Run { min_lines, opens },
            KindName::Hint => Action::Hint { weight },
            KindName::Keep => Action::Keep,
        };
        Ok(Rule {
            id: id.ok_or_else(|| A::Error::missing_field("id"))?,
            action,
            class: class.ok_or_else(|| A::Error::missing_field("class"))?,
            why: why.ok_or_else(|| A::Error::missing_field("why"))?,
            status,
            pattern,
            conditions,
            scope,
            tests,
            pack: Cow::default(),
            location: Location::default(),
            built_in: None,
        })
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
