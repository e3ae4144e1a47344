//! Merges packs into a rule set, and matches its rules on documents.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use hashbrown::HashMap;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::builtin;
use super::error::{RuleError, RuleErrors, suggest_rule};
use super::hit::{Hit, MatchObserver};
use super::matcher::Matcher;
use super::pack::{Extend, Pack};
use super::rule::{Pattern, Rule, Status};
use crate::location::Location;
use crate::text::Page;
use crate::text::fold::folded;
use crate::text::lexicon::Lexicon;

/// Which rules of the packs to use.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Languages whose rules apply (BCP 47 primary tags such as `en`); empty: all. Rules for all languages always apply.
    pub languages: Vec<String>,
    /// Rules to leave out, by id; a `*` at the end matches any ending.
    pub disable: Vec<String>,
}

impl Selection {
    fn applies_to_language(&self, languages: &[String]) -> bool {
        self.languages.is_empty() || languages.is_empty() || languages.iter().any(|l| self.languages.contains(l))
    }

    fn includes(&self, rule: &Rule) -> bool {
        rule.status == Status::On
            && !self.disable.iter().any(|pattern| names_rule(pattern, &rule.id))
            && self.applies_to_language(&rule.scope.languages)
    }
}

/// Compiled rules, immutable and shared between threads.
#[derive(Debug, Clone, Default)]
pub struct RuleSet {
    rules: Cow<'static, [Rule]>,
    matcher: Arc<Matcher>,
    boilerplate_words: Lexicon,
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
        RuleSet::of(Cow::Borrowed(builtin::rules()), builtin::boilerplate_words(), false)
    }

    /// The set without rules.
    #[doc(hidden)]
    pub fn empty() -> RuleSet {
        RuleSet::default()
    }

    /// Merges packs, the later ones over the earlier, and compiles them.
    ///
    /// # Errors
    ///
    /// Changes to rules that do not exist or that leave a rule with nothing to find.
    pub fn new(packs: Vec<Pack>, selection: &Selection) -> Result<RuleSet, RuleErrors> {
        let rules_only = packs.iter().any(|pack| pack.is_preset);
        // Boilerplate words count on every page, so those of packs for single sites are left out.
        let boilerplate_words = packs
            .iter()
            .filter(|pack| pack.site.is_none() && selection.applies_to_language(pack.language.as_slice()))
            .flat_map(|pack| pack.boilerplate_hashes.iter().copied())
            .collect();
        let mut rules = merge(packs)?;
        let unknown: Vec<RuleError> = selection
            .disable
            .iter()
            .filter(|pattern| !rules.iter().any(|rule| names_rule(pattern, &rule.id)))
            .map(|pattern| no_such_rule(&Location { file: "--disable".into(), line: 1, column: 1 }, pattern, &rules))
            .collect();
        if !unknown.is_empty() {
            return Err(RuleErrors(unknown));
        }
        rules.retain(|rule| selection.includes(rule));
        Ok(RuleSet::of(Cow::Owned(rules), boilerplate_words, rules_only))
    }

    /// The set of merged rules.
    fn of(rules: Cow<'static, [Rule]>, boilerplate_words: Lexicon, rules_only: bool) -> RuleSet {
        let matcher = Arc::new(Matcher::new(&rules));
        RuleSet { rules, matcher, boilerplate_words, hash: OnceLock::new(), rules_only }
    }

    /// The rules, in the order of their packs.
    #[doc(hidden)]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The hash of the set, 16 hexadecimal digits: equal for sets of the same packs and selection, shown in
    /// every report.
    #[doc(hidden)]
    pub fn hash(&self) -> &str {
        self.hash.get_or_init(|| hash(self))
    }

    /// Whether only rules decide, as with presets: the model, the layout of the page and the amount of text that would
    /// be left do not count, and lines end at line breaks only.
    #[doc(hidden)]
    pub fn rules_only(&self) -> bool {
        self.rules_only
    }

    /// A text with the lines that these rules see.
    pub(crate) fn page<'a>(&self, text: &'a str, host: Option<&'a str>) -> Page<'a> {
        if self.rules_only { Page::at_line_breaks(text, host) } else { Page::new(text, host) }
    }

    /// The words that boilerplate uses more than articles do, as hashes of [tokens](bodytext_pattern::tokens).
    pub(crate) fn boilerplate_words(&self) -> &Lexicon {
        &self.boilerplate_words
    }

    /// All hits of all rules on a document, by line.
    #[doc(hidden)]
    pub fn hits(&self, document: &Page<'_>) -> Vec<Hit> {
        self.hits_observed(document, &mut ())
    }

    /// The same, with an `observer` of each run of a regex. Phrases are all searched for at once, so their costs cannot
    /// be separated.
    #[doc(hidden)]
    pub fn hits_observed(&self, document: &Page<'_>, observer: &mut impl MatchObserver) -> Vec<Hit> {
        self.matcher.hits(&self.rules, document, observer)
    }
}

/// Whether a pattern, an id or a prefix with a `*`, matches an id.
pub fn names_rule(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |start| id.starts_with(start))
}

/// The first 8 bytes of SHA-256: enough to tell rule sets apart, short enough to read out.
fn hash(set: &RuleSet) -> String {
    let mut sha = Sha256::new();
    if set.rules_only {
        sha.update("rules only");
    }
    if set.rules.iter().any(|rule| rule.built_in.is_some()) {
        sha.update(builtin::hash());
    }
    let mut bytes = Vec::new();
    for rule in &*set.rules {
        match rule.built_in {
            // Its number among the packs above: to read the texts of all rules takes longer than to clean a page.
            Some(number) => sha.update(number.to_le_bytes()),
            None => {
                // MessagePack of the keys is the fastest form that differs wherever rules differ.
                bytes.clear();
                let written = rule.serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map());
                debug_assert!(written.is_ok(), "{written:?}");
                sha.update(&bytes);
            }
        }
    }
    let mut boilerplate_words: Vec<u64> = set.boilerplate_words.iter().copied().collect();
    boilerplate_words.sort_unstable();
    boilerplate_words.iter().for_each(|word| sha.update(word.to_le_bytes()));
    hex::encode(&sha.finalize()[..8])
}

/// Merges packs: later rules replace earlier ones of the same id, `extend` and `disable` change them.
fn merge(packs: Vec<Pack>) -> Result<Vec<Rule>, RuleErrors> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut index: HashMap<Cow<'static, str>, usize> = HashMap::new();
    let mut errors = Vec::new();
    for pack in packs {
        if let Some(site) = &pack.site {
            check_site(&pack, site, &index, &mut errors);
        }
        for (pattern, location) in pack.disable.iter().zip(&pack.disable_locations) {
            if !rules.iter().any(|rule| names_rule(pattern, &rule.id)) {
                errors.push(no_such_rule(location, pattern, &rules));
            }
            rules.iter_mut().filter(|rule| names_rule(pattern, &rule.id)).for_each(|rule| rule.status = Status::Off);
        }
        for extend in &pack.extend {
            match index.get(&*extend.id) {
                Some(&at) => extend.apply(&mut rules[at], &mut errors),
                None => errors.push(no_such_rule(&extend.location, &extend.id, &rules)),
            }
        }
        for rule in pack.rule {
            match index.get(&rule.id) {
                Some(&at) => rules[at] = rule,
                None => {
                    index.insert(rule.id.clone(), rules.len());
                    rules.push(rule);
                }
            }
        }
    }
    if errors.is_empty() { Ok(rules) } else { Err(RuleErrors(errors)) }
}

/// A site pack may only add rules: its changes to other packs would apply to every site.
fn check_site(pack: &Pack, site: &str, index: &HashMap<Cow<'static, str>, usize>, errors: &mut Vec<RuleError>) {
    let changes = pack.disable_locations.iter().map(|location| (location, "`disable`"));
    let changes = changes.chain(pack.extend.iter().map(|extend| (&extend.location, "`[[extend]]`")));
    errors.extend(changes.map(|(location, what)| {
        let message = format!("{what} in a pack for the site {site} would hold for all sites");
        location.error(None, message, "move it to a pack outside of `site/`")
    }));
    for rule in pack.rule.iter().filter(|rule| index.contains_key(&rule.id)) {
        let message = format!("the id is in another pack, which a pack for the site {site} cannot replace");
        errors.push(rule.location.error(Some(&rule.id), message, "give the rule an id of its own"));
    }
}

fn no_such_rule(location: &Location, id: &str, rules: &[Rule]) -> RuleError {
    let remedy = suggest_rule(id, rules.iter().map(|rule| &*rule.id));
    location.error(None, format!("there is no rule `{id}`"), remedy)
}

impl Extend {
    /// Changes the phrases of a rule. A phrase to remove must be there, and something must be left to find.
    fn apply(&self, rule: &mut Rule, errors: &mut Vec<RuleError>) {
        let phrases = &mut rule.pattern.phrases;
        for phrase in self.remove.iter().filter(|phrase| !phrases.contains(phrase)) {
            let message = format!("`phrases-` names {phrase:?}, which the rule does not have");
            errors.push(self.location.error(Some(&rule.id), message, "`bodytext rules show ID` shows its phrases"));
        }
        if rule.pattern.raw && !self.add.is_empty() {
            errors.push(self.location.error(Some(&rule.id), "a raw rule has no phrases", "write a rule of your own"));
        }
        phrases.update(|phrases| {
            for phrase in &self.add {
                if !phrases.contains(phrase) {
                    phrases.push(phrase.clone());
                }
            }
            phrases.retain(|phrase| !self.remove.contains(phrase));
        });
        if !self.remove.is_empty() && rule.pattern.is_empty() {
            let remedy = "to switch the rule off, write `disable = [\"ID\"]`";
            errors.push(self.location.error(Some(&rule.id), "`phrases-` leaves nothing to find", remedy));
        }
        if !self.add.is_empty() || !self.remove.is_empty() {
            rule.built_in = None;
        }
        let Pattern { phrases, keywords, .. } = &rule.pattern;
        // Examples of a removed phrase would fail through nobody's fault.
        rule.tests.matches.update(|matches| {
            matches.extend(self.matches.iter().cloned());
            matches.retain(|example| !contains_any(example, &self.remove));
        });
        rule.tests.near_misses.update(|near_misses| {
            near_misses.extend(self.near_misses.iter().cloned());
            near_misses.retain(|example| {
                !contains_any(example, &self.remove)
                    || contains_any(example, phrases)
                    || contains_any(example, keywords)
            });
        });
    }
}

fn contains_any(text: &str, literals: &[String]) -> bool {
    let seen = folded(text);
    literals.iter().any(|literal| seen.contains(literal.as_str()))
}
