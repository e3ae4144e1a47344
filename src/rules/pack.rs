//! Rule packs: one parsed rule file each.

use std::borrow::Cow;

use bodytext_pattern::tokens::tokens;
use serde::Deserialize;

use super::rule::Rule;
use crate::location::Location;

/// A rule pack: one parsed rule file.
#[derive(Debug, Clone, Default, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Pack {
    /// The version of this format. Always 1.
    pub(super) schema: u32,
    /// The pack's name, for example `en`.
    pub name: String,
    /// What the pack is for, in a sentence.
    #[serde(default)]
    #[allow(dead_code, reason = "for readers of the file")]
    pub(super) about: Option<String>,
    /// The language of the pack's phrases, a BCP 47 primary tag such as `en`. Without it the pack is for all languages.
    #[serde(default)]
    pub(super) language: Option<String>,
    /// The licence of the pack.
    #[serde(default)]
    #[allow(dead_code, reason = "for readers of the file")]
    pub(super) license: Option<String>,
    /// Sites all rules of the pack are for. `example.org` includes its subdomains.
    #[serde(default)]
    pub(super) hosts: Vec<String>,
    /// Ids of rules of earlier packs to switch off; a `*` at the end matches any ending.
    #[serde(default)]
    pub(super) disable: Vec<String>,
    /// Changes to the phrases of rules of earlier packs.
    #[serde(default)]
    pub(super) extend: Vec<Extend>,
    /// Single words that boilerplate uses more than articles do, in the pack's language. They remove nothing; how many of
    /// them a line has is a feature that it is scored by.
    #[serde(default)]
    pub(super) boilerplate_words: Vec<String>,
    /// The rules.
    #[serde(default)]
    pub(super) rule: Vec<Rule>,
    /// The boilerplate words as hashes of [tokens](bodytext_pattern::tokens). Built-in packs have only these.
    #[serde(skip)]
    pub(super) boilerplate_hashes: Cow<'static, [u64]>,
    /// Where it was read from, for messages.
    #[serde(skip)]
    pub file: String,
    /// The site it is for, where its place in a folder says so.
    #[serde(skip)]
    pub(super) site: Option<String>,
    #[serde(skip)]
    pub(super) is_preset: bool,
    /// Where each entry of `disable` is.
    #[serde(skip)]
    pub(super) disable_locations: Vec<Location>,
}

/// A change to a rule of an earlier pack.
#[derive(Debug, Clone, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub(super) struct Extend {
    /// The rule to change.
    pub(super) id: String,
    /// Phrases to add.
    #[serde(default, rename = "phrases+")]
    pub(super) add: Vec<String>,
    /// Phrases to remove.
    #[serde(default, rename = "phrases-")]
    pub(super) remove: Vec<String>,
    /// Texts the added phrases must find.
    #[serde(default)]
    pub(super) matches: Vec<String>,
    /// Texts no removing rule may fire on.
    #[serde(default)]
    pub(super) near_misses: Vec<String>,
    /// Where its id is.
    #[serde(skip)]
    pub(super) location: Location,
}

impl Pack {
    /// Fills in what rules have from their pack, and hashes its words.
    pub(super) fn complete(&mut self, file: &str, locations: impl IntoIterator<Item = Location>) {
        file.clone_into(&mut self.file);
        self.boilerplate_hashes =
            self.boilerplate_words.iter().flat_map(|word| tokens(word)).map(|token| token.hash).collect();
        for (rule, location) in self.rule.iter_mut().zip(locations) {
            rule.location = location;
            rule.pack = self.name.clone().into();
            if rule.scope.languages.is_empty() {
                rule.scope.languages = self.language.iter().cloned().collect::<Vec<String>>().into();
            }
            if rule.scope.hosts.is_empty() {
                rule.scope.hosts = self.hosts.clone().into();
            }
        }
    }

    /// The pack for one site only: all its rules that name no hosts are for `host` and its subdomains.
    #[must_use]
    pub fn for_host(mut self, host: &str) -> Pack {
        let host = host.to_ascii_lowercase();
        for rule in self.rule.iter_mut().filter(|rule| rule.scope.hosts.is_empty()) {
            rule.scope.hosts = vec![host.clone()].into();
        }
        self.site = Some(host);
        self
    }

    /// The ids of the pack's rules.
    #[doc(hidden)]
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.rule.iter().map(|rule| &*rule.id)
    }
}

/// The JSON Schema of rule files, for editors.
#[cfg(feature = "schema")]
pub fn schema() -> String {
    serde_json::to_string_pretty(&schemars::schema_for!(Pack)).unwrap_or_default()
}
