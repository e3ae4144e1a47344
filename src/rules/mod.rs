//! Rules: what they are, how packs of them become a set, and the reference of the rule format.
//! It decides nothing about documents; [`classify`](crate::classify) does, from the hits given here.
//! Built at the edge, used as the fifth stage of the line.
//!
//! # The format
//!
//! A pack is a TOML file:
//!
//! ```toml
//! schema = 1
//! name = "my-pack"
//! language = "en"              # leave out for shapes that hold in every language
//!
//! [[rule]]
//! id = "my.share.prompt"
//! kind = "line"
//! class = "share"
//! why = "Buttons to pass the page on leave their prompt in the text."
//! phrases = ["share this story", "share this page"]
//! max_words = 6
//! matches = ["Share this story:"]
//! near_misses = ["Share this story with your children, she said."]
//! ```
//!
//! Rules see the *folded* line (see [`fold`](crate::text::fold)): lower case, plain quotes and dashes, single spaces, no
//! bullet; the text itself is never folded. A phrase begins and ends at a word boundary. It is the whole line (signs
//! such as a colon or an arrow may follow), or stands where [`At`] says. In `regex`, `\b \w \d \s` are ASCII unless
//! the rule says `unicode = true`. A regex runs only on lines that hold a literal it cannot match without, and begin like
//! it where it begins with `^` and one of a few literals. One of which neither is known needs `keywords`; where they are
//! given, one of them must stand in the line unless the regex begins so. [`slow`] tells which regexes take more time than
//! they need. Rules ensemble at lines of up to 200 bytes unless they say `long_lines = true`.
//!
//! All conditions of a rule must hold: `min_words`, `max_words`, `sentence`, `title_case`, `ends`, `not_ends`,
//! `min_longest_word`, `uppercase_share`, `digit_share`, `head`, `tail`, `near`, `hosts`. Rules of kind `line`, `hint`,
//! `keep` may be made of conditions alone. All hits of all rules are recorded. [`Kind`] says what a hit does; a `keep`
//! hit protects its line from every other.
//!
//! With `raw = true` a rule sees the line as it stands, less what the raw `span` rules before it have cut; words are
//! what stands between whitespace, and a span cuts exactly what its regex found.
//!
//! Packs lie over each other: built-in ones first, then those of `--rules` in the order given; a rule of a later pack
//! replaces one with the same id; `disable = ["id"]` and `[[extend]]` with `"phrases+"` and `"phrases-"` change the
//! rules of earlier packs. In a folder of packs, `site/<host>.toml` holds for that site and its subdomains only.
//!
//! `matches` and `near_misses` are required. The rule must fire on each of `matches`; no removing rule of the whole
//! set may fire on any of `near_misses`, and each of those must contain a phrase or keyword of its rule, where the rule
//! has any. [`check`] runs these tests.
//!
//! # Presets
//!
//! A preset is a pack that does what another project's line rules do, see [`Pack::preset`]. In a set with a preset only
//! rules decide, and lines end at line breaks only: [`RuleSet::rules_only`].

mod builtin;
mod check;
mod compile;
mod lazy;
mod literals;
mod matcher;

mod one_by_one;
mod schema;
mod shape;
mod spanned;

use std::sync::{Arc, OnceLock};

use hashbrown::HashSet;
use serde::Serialize;
use sha2::{Digest, Sha256};

pub use check::{Failure, Fault, check, slow};
pub use matcher::{Hit, MatchObserver};
#[cfg(feature = "schema")]
pub use schema::schema;
pub use schema::{At, Kind, Near, Status};

use crate::error::RuleErrors;
use crate::line_class::LineClass;
use crate::text::Page;

/// A rule pack: one parsed rule file.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// The pack's name.
    pub name: String,
    /// Where it was read from, for messages.
    pub file: String,
    host: Option<String>,
    language: Option<String>,
    preset: bool,
    rules: Vec<Rule>,
    boilerplate_words: Vec<u64>,
    extends: Vec<(schema::ExtendFile, Place)>,
    disable: Vec<(String, Place)>,
}

/// Where something stands in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The file, as it was named to [`Pack::parse`].
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

impl Pack {
    /// Parses a pack of 4 MiB at most. `file` is used in messages only.
    ///
    /// # Errors
    ///
    /// All faults of the file, each with its place and what to write instead.
    pub fn parse(file: &str, toml: &str) -> Result<Pack, RuleErrors> {
        compile::parse(file, toml, compile::MAX_PACK_BYTES)
    }

    /// The same for a pack of so many bytes at most.
    ///
    /// # Errors
    ///
    /// Those of [`parse`](Self::parse).
    pub fn parse_up_to(bytes: usize, file: &str, toml: &str) -> Result<Pack, RuleErrors> {
        compile::parse(file, toml, bytes)
    }

    /// The names of the presets.
    pub fn presets() -> impl Iterator<Item = &'static str> {
        builtin::presets()
    }

    /// A preset: the line rules of another project as a pack, for comparison; `None` where no preset has the name. It
    /// is meant to stand alone or under packs of one's own, without the built-in ones.
    pub fn preset(name: &str) -> Option<Pack> {
        builtin::preset(name).map(|pack| Pack { preset: true, ..pack })
    }

    /// The pack for one site only: all its rules that name no hosts hold for `host` and its subdomains.
    #[must_use]
    pub fn for_host(mut self, host: &str) -> Pack {
        let host = host.to_ascii_lowercase();
        for rule in self.rules.iter_mut().filter(|r| r.hosts.is_empty()) {
            rule.hosts.push(host.clone());
        }
        self.host = Some(host);
        self
    }

    /// The ids of the rules that stand in the pack.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rules.iter().map(|r| r.id.as_str())
    }
}

/// A rule. The fields are those of the file, see the [module](self).
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[allow(missing_docs, reason = "the format's reference stands at the top of the module and in the schema")]
pub struct Rule {
    pub id: String,
    pub kind: Kind,
    pub class: LineClass,
    pub why: String,
    #[serde(skip_serializing_if = "is_default")]
    pub status: Status,
    /// The name of the pack it stands in.
    #[serde(skip)]
    pub pack: String,
    /// Where its id stands.
    #[serde(skip)]
    pub place: Place,
    #[serde(skip_serializing_if = "is_default")]
    pub phrases: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub at: At,
    #[serde(skip_serializing_if = "is_default")]
    pub regex: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub keywords: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub unicode: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub long_lines: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub min_words: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub max_words: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub sentence: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub title_case: Option<bool>,
    #[serde(skip_serializing_if = "is_default")]
    pub ends: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub not_ends: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub min_longest_word: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub uppercase_share: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub digit_share: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub raw: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub head: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub tail: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub near: Option<Near>,
    #[serde(skip_serializing_if = "is_default")]
    pub languages: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub hosts: Vec<String>,
    #[serde(skip_serializing_if = "is_default")]
    pub min_lines: usize,
    #[serde(skip_serializing_if = "is_default")]
    pub opens: bool,
    #[serde(skip_serializing_if = "is_default")]
    pub min_body: Option<usize>,
    #[serde(skip_serializing_if = "is_default")]
    pub max_lost: Option<f64>,
    #[serde(skip_serializing_if = "is_default")]
    pub weight: f64,
    pub matches: Vec<String>,
    pub near_misses: Vec<String>,
}

impl Rule {
    /// The rule as it would stand in a file.
    pub fn to_toml(&self) -> String {
        #[derive(serde::Serialize)]
        struct File<'a> {
            rule: [&'a Rule; 1],
        }
        toml::to_string(&File { rule: [self] }).unwrap_or_default()
    }

    /// Whether it finds something by what stands in the line, not by the line's shape alone.
    fn has_patterns(&self) -> bool {
        !self.phrases.is_empty() || !self.regex.is_empty()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Which rules of the packs to use.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Languages whose rules apply (BCP 47 primary tags such as `en`); empty: all. Language-neutral rules always do.
    pub languages: Vec<String>,
    /// Rules to leave out, by id; a `*` at the end stands for any ending.
    pub disable: Vec<String>,
}

impl Selection {
    /// Whether rules of these languages apply.
    fn speaks(&self, languages: &[String]) -> bool {
        self.languages.is_empty() || languages.is_empty() || languages.iter().any(|l| self.languages.contains(l))
    }
}

/// Compiled rules, immutable and shared between threads.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Rule>,
    matcher: Arc<matcher::Matcher>,
    boilerplate_words: HashSet<u64>,
    hash: OnceLock<String>,
    rules_only: bool,
}

impl RuleSet {
    /// The packs built into the library.
    pub fn builtin_packs() -> Vec<Pack> {
        builtin::packs()
    }

    /// The set of all built-in rules.
    pub fn builtin() -> RuleSet {
        RuleSet::of(builtin::packs(), &Selection::default()).unwrap_or_else(|_| RuleSet::empty())
    }

    /// The set without rules.
    pub fn empty() -> RuleSet {
        RuleSet {
            rules: Vec::new(),
            matcher: Arc::default(),
            boilerplate_words: HashSet::new(),
            hash: OnceLock::new(),
            rules_only: false,
        }
    }

    /// Merges packs, the later ones over the earlier, and compiles them.
    ///
    /// # Errors
    ///
    /// Changes to rules that do not exist or that leave a rule nothing to find.
    pub fn new(packs: &[Pack], selection: &Selection) -> Result<RuleSet, RuleErrors> {
        RuleSet::of(packs.to_vec(), selection)
    }

    /// The same out of packs that are not needed any more, which takes less time.
    ///
    /// # Errors
    ///
    /// Those of [`new`](Self::new).
    pub fn of(packs: Vec<Pack>, selection: &Selection) -> Result<RuleSet, RuleErrors> {
        let rules_only = packs.iter().any(|pack| pack.preset);
        // Cues hold on every page, so those of packs for single sites are left out.
        let chosen = |pack: &&Pack| pack.host.is_none() && selection.speaks(pack.language.as_slice());
        let boilerplate_words =
            packs.iter().filter(chosen).flat_map(|pack| pack.boilerplate_words.iter().copied()).collect();
        let rules = compile::merge(packs, selection)?;
        let matcher = Arc::new(matcher::Matcher::new(&rules));
        Ok(RuleSet { rules, matcher, boilerplate_words, hash: OnceLock::new(), rules_only })
    }

    /// The rules, in the order of their packs.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The hash of the set, 16 hexadecimal digits: equal for equal rules, named in every report.
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| hash(self))
    }

    /// Whether nothing but rules decides, as with presets: no shape of the page, no guard of the whole document, and
    /// lines that end at line breaks only.
    pub fn rules_only(&self) -> bool {
        self.rules_only
    }

    /// A text as the lines that these rules see.
    pub(crate) fn page<'a>(&self, text: &'a str, host: Option<&'a str>) -> Page<'a> {
        if self.rules_only { Page::at_line_breaks(text, host) } else { Page::new(text, host) }
    }

    /// The boilerplate_words of the packs: words, as [numbers](crate::text::tokens), that boilerplate uses more than articles do.
    pub(crate) fn boilerplate_words(&self) -> &HashSet<u64> {
        &self.boilerplate_words
    }

    /// All hits of all rules on a document, by line.
    pub fn hits(&self, document: &Page<'_>) -> Vec<Hit> {
        self.hits_observed(document, &mut ())
    }

    /// The same, and `observer` is told of each ensemble of a regex at a line. Rules of phrases cost too little each to be told
    /// apart: they are searched for together.
    pub fn hits_observed(&self, document: &Page<'_>, observer: &mut impl MatchObserver) -> Vec<Hit> {
        self.matcher.hits(&self.rules, document, observer)
    }
}

/// The first half of SHA-256's first half: enough to tell rule sets apart, short enough to read out.
fn hash(set: &RuleSet) -> String {
    let mut sha = Sha256::new();
    if set.rules_only {
        sha.update("rules only");
    }
    let mut bytes = Vec::new();
    for rule in &set.rules {
        // Any form will do that tells all that can be written in a rule; this one is made in the least time.
        bytes.clear();
        let written = rule.serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map());
        debug_assert!(written.is_ok(), "{written:?}");
        sha.update(&bytes);
    }
    let mut boilerplate_words: Vec<u64> = set.boilerplate_words.iter().copied().collect();
    boilerplate_words.sort_unstable();
    boilerplate_words.iter().for_each(|boilerplate_word| sha.update(boilerplate_word.to_le_bytes()));
    sha.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}
