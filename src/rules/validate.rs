//! Validates the values of a rule file: finds those that never match, match everything, or contradict each other.

use std::collections::HashMap;

use bodytext_pattern::Prefilter;
use regex_automata::nfa::thompson;
use regex_syntax::ast::{self, Ast};

use super::error::{NEAR_EXAMPLE, RuleError, RuleErrors};
use super::matcher::rewrite;
use super::pack::Pack;
use super::rule::{Action, KIND_KEYS, Rule};
use crate::line_class::LineClass;
use crate::location::{Location, PathPart, SourceMap};
use crate::text::fold::folded;
use crate::text::tokens::tokens;

/// The longest phrase: short-line rules do not match longer lines.
const MAX_PHRASE_BYTES: usize = 200;
/// The longest regex; longer ones are lists of phrases in disguise.
const MAX_REGEX_BYTES: usize = 2_000;
/// The limit of a compiled regex in bytes: `\w{1000}` in Unicode mode is over it.
const REGEX_SIZE_LIMIT: usize = 1 << 20;
/// The rest of a file is not checked after this many errors.
const MAX_ERRORS: usize = 100;
/// The farthest neighbour, in lines; farther away there is always one.
const MAX_NEAR_LINES: usize = 50;

/// Reports everything that is wrong in a pack by itself.
pub(super) fn validate(pack: &Pack, source: &SourceMap<'_>) -> Result<(), RuleErrors> {
    let mut errors = Vec::new();
    check_head(pack, &mut Checker { source, table: &[], id: None, errors: &mut errors });
    for (index, extend) in pack.extend.iter().enumerate() {
        let table = &[PathPart::Key("extend"), PathPart::Index(index)];
        let mut at = Checker { source, table, id: Some(&extend.id), errors: &mut errors };
        check_phrases(&mut at, "phrases+", "phrase", &extend.add);
        check_phrases(&mut at, "phrases-", "phrase", &extend.remove);
        if extend.add.is_empty() && extend.remove.is_empty() {
            at.id = None;
            at.value("id", "`extend` changes nothing", "write `\"phrases+\" = [...]` or `\"phrases-\" = [...]`");
        }
    }
    let mut first: HashMap<&str, usize> = HashMap::new();
    for (index, rule) in pack.rule.iter().enumerate() {
        if errors.len() >= MAX_ERRORS {
            break;
        }
        let table = &[PathPart::Key("rule"), PathPart::Index(index)];
        let mut at = Checker { source, table, id: Some(&rule.id), errors: &mut errors };
        if let Some(earlier) = first.get(&*rule.id) {
            let line = source.value(&[PathPart::Key("rule"), PathPart::Index(*earlier), PathPart::Key("id")]).line;
            let message = format!("the id is in this file already, at line {line}");
            at.value("id", message, "give each rule an id of its own");
        } else {
            first.insert(&rule.id, index);
        }
        check_rule(&mut at, rule);
    }
    if errors.is_empty() {
        return Ok(());
    }
    errors.sort_by_key(|error| (error.location.line, error.location.column));
    Err(RuleErrors(errors))
}

/// Reports errors in one table of the file: a rule, an `extend`, or the pack itself.
struct Checker<'c> {
    source: &'c SourceMap<'c>,
    table: &'c [PathPart<'c>],
    id: Option<&'c str>,
    errors: &'c mut Vec<RuleError>,
}

impl Checker<'_> {
    fn has(&self, key: &str) -> bool {
        self.source.get(&[self.table, &[PathPart::Key(key)]].concat()).is_some()
    }

    /// Reports an error at a key, or at the id if the table has no such key.
    fn key(&mut self, key: &str, message: impl Into<String>, remedy: impl Into<String>) {
        if !self.table.is_empty() && !self.has(key) {
            return self.value("id", message, remedy);
        }
        let location = self.source.key(&[self.table, &[PathPart::Key(key)]].concat());
        self.report(&location, message, remedy);
    }

    fn value(&mut self, key: &str, message: impl Into<String>, remedy: impl Into<String>) {
        let location = self.source.value(&[self.table, &[PathPart::Key(key)]].concat());
        self.report(&location, message, remedy);
    }

    /// Reports an error at an element of a list.
    fn element(&mut self, (key, index): (&str, usize), message: impl Into<String>, remedy: impl Into<String>) {
        let location = self.source.key(&[self.table, &[PathPart::Key(key), PathPart::Index(index)]].concat());
        self.report(&location, message, remedy);
    }

    fn report(&mut self, location: &Location, message: impl Into<String>, remedy: impl Into<String>) {
        self.errors.push(location.error(self.id, message, remedy));
    }
}

fn check_head(pack: &Pack, at: &mut Checker<'_>) {
    if pack.schema != 1 {
        at.value("schema", format!("schema {} is not known to this version", pack.schema), "write `schema = 1`");
    }
    check_languages(at, "language", pack.language.as_slice());
    check_hosts(at, &pack.hosts);
    for (index, word) in pack.boilerplate_words.iter().enumerate() {
        let count = tokens(word).len();
        if count != 1 {
            let message = format!("{word:?} is {count} words");
            at.element(("boilerplate_words", index), message, "write single words here, and a phrase as a rule");
        }
    }
}

fn check_rule(at: &mut Checker<'_>, rule: &Rule) {
    if rule.id.split('.').count() < 2 || !rule.id.split('.').all(is_id_word) {
        let remedy = "write two or more words of a-z, 0-9 and - joined by dots, such as `en.share.prompt`";
        at.value("id", format!("`{}` is not a valid id", rule.id), remedy);
    }
    if rule.why.trim().is_empty() {
        at.key("why", "`why` is empty", "say what kind of page leaves this in the text");
    }
    if rule.class == LineClass::Blank || (rule.class == LineClass::Body && rule.action != Action::Keep) {
        let message = format!("a rule of kind `{}` cannot be of class `{}`", rule.action.name(), rule.class);
        let remedy = "name what the line is, such as `share`; `bodytext rules schema` lists all classes";
        at.key("class", message, remedy);
    }
    check_kind_keys(at, rule);
    check_finds(at, rule);
    check_numbers(at, rule);
    if let Some(near) = &rule.conditions.near {
        if near.classes.is_empty() {
            at.key("near", "`near` names no classes", NEAR_EXAMPLE);
        }
        if near.within == 0 || near.within > MAX_NEAR_LINES {
            let message = format!("`within` cannot be {}", near.within);
            at.key("near", message, format!("write a number of lines from 1 to {MAX_NEAR_LINES}"));
        }
    }
    check_languages(at, "languages", &rule.scope.languages);
    check_hosts(at, &rule.scope.hosts);
    check_phrases(at, "phrases", "phrase", &rule.pattern.phrases);
    check_phrases(at, "keywords", "keyword", &rule.pattern.keywords);
    for (key, endings) in [("ends", &rule.conditions.ends), ("not_ends", &rule.conditions.not_ends)] {
        if !rule.pattern.raw {
            check_phrases(at, key, "ending", endings);
            continue;
        }
        for (index, _) in endings.iter().enumerate().filter(|(_, ending)| ending.is_empty()) {
            at.element((key, index), "the ending is empty", "write a text or remove it");
        }
    }
    for index in 0..rule.pattern.regex.len() {
        check_regex(at, rule, index);
    }
}

fn is_id_word(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'))
}

/// Reports keys of other kinds, and missing keys of this kind.
fn check_kind_keys(at: &mut Checker<'_>, rule: &Rule) {
    let kind = rule.action.name();
    for known in KIND_KEYS {
        let (key, is_of_kind, given) = (known.key, known.kinds.contains(&kind), at.has(known.key));
        if given && !is_of_kind {
            let kinds = known.kinds.join("` or `");
            at.key(key, format!("`{key}` is for rules of kind `{kinds}`"), "remove it, or change `kind`");
        } else if let (true, false, Some(remedy)) = (is_of_kind, given, known.required) {
            at.value("id", format!("a rule of kind `{kind}` needs `{key}`"), remedy);
        }
    }
}

/// Reports rules that find nothing, or whose conditions alone are too weak.
fn check_finds(at: &mut Checker<'_>, rule: &Rule) {
    let (pattern, conditions) = (&rule.pattern, &rule.conditions);
    let finds_text = !pattern.is_empty();
    let is_telling = !conditions.ends.is_empty()
        || !conditions.not_ends.is_empty()
        || conditions.min_longest_word.is_some()
        || conditions.uppercase_share.is_some()
        || conditions.digit_share.is_some()
        || conditions.need_markup();
    match rule.action {
        Action::Run { opens: true, .. } if !finds_text => {
            let message = "nothing finds the line that opens the run";
            at.key("opens", message, "add `phrases` or `regex`, or remove `opens`");
        }
        Action::Run { min_lines, opens } if at.has("min_lines") && min_lines < if opens { 1 } else { 2 } => {
            let message = format!("`min_lines` cannot be {min_lines}");
            at.key("min_lines", message, "write at least 2, or 1 with `opens = true`");
        }
        Action::Run { opens, .. } => {
            let has_shape = conditions.max_words.is_some() || conditions.sentence.is_some() || is_telling;
            if (opens || !finds_text) && !has_shape {
                at.value("id", "the run needs a shape", "add `max_words` or `sentence`");
            }
        }
        // The number of words says enough only in rules for the line itself: elsewhere `max_words` alone is a rule whose
        // phrases were forgotten.
        Action::Line | Action::Hint { .. } | Action::Keep => {
            if !(finds_text || is_telling || pattern.raw && conditions.max_words.is_some()) {
                let remedy = "add `phrases` or `regex`, or a condition that says enough: `ends`, `not_ends`, \
                              `min_longest_word`, `uppercase_share`, `digit_share`, `in`, `linked`, or `max_words` with \
                              `raw = true`";
                at.value("id", "the rule finds nothing", remedy);
            }
        }
        Action::Span | Action::CutAfter { .. } | Action::CutBefore { .. } => {
            if !finds_text {
                at.value("id", "the rule finds nothing", "add `phrases` or `regex`");
            }
        }
    }
    if pattern.raw && !pattern.phrases.is_empty() {
        let message = "a raw rule has no phrases, they are for the folded line";
        at.key("phrases", message, "write `regex`, or remove `raw`");
    }
    if pattern.raw && rule.opens_run() {
        at.key("opens", "a raw rule cannot open a run", "remove `raw` or `opens`");
    }
}

type IsValid = fn(f64) -> bool;

fn check_numbers(at: &mut Checker<'_>, rule: &Rule) {
    let share = "write a number from 0 to below 1, such as 0.5: the line has more than that";
    let (weight, max_lost) = match rule.action {
        Action::Hint { weight } => (Some(weight), None),
        Action::CutAfter { max_lost, .. } | Action::CutBefore { max_lost, .. } => (None, max_lost),
        _ => (None, None),
    };
    let checks: [(&str, Option<f64>, IsValid, &str); 5] = [
        ("weight", weight, f64::is_finite, "write a number such as 1.5"),
        ("max_lost", max_lost, |number| number >= 0.0, "write 0 or a number above it, such as 0.5"),
        ("uppercase_share", rule.conditions.uppercase_share, |number| (0.0..1.0).contains(&number), share),
        ("digit_share", rule.conditions.digit_share, |number| (0.0..1.0).contains(&number), share),
        ("linked", rule.conditions.linked, |number| (0.0..1.0).contains(&number), share),
    ];
    for (key, number, is_valid, remedy) in checks {
        if let Some(number) = number.filter(|number| !is_valid(*number)) {
            at.key(key, format!("`{key}` cannot be {number}"), remedy);
        }
    }
}

/// Reports malformed language tags, which would never apply.
fn check_languages(at: &mut Checker<'_>, key: &str, languages: &[String]) {
    for tag in languages {
        if !(2..=3).contains(&tag.len()) || !tag.bytes().all(|b| b.is_ascii_lowercase()) {
            let message = format!("{tag:?} is not a language tag");
            at.key(key, message, "write two or three lowercase letters, such as \"en\"");
        }
    }
}

/// Reports malformed hosts, which would never apply.
fn check_hosts(at: &mut Checker<'_>, hosts: &[String]) {
    for host in hosts {
        if host.split('.').any(|part| part.is_empty() || part.contains(['/', ':', '*', '@', '?', ' '])) {
            let remedy = "write the name alone, such as \"example.org\"; its subdomains are included";
            at.key("hosts", format!("{host:?} is not a host"), remedy);
        }
    }
}

fn check_phrases(at: &mut Checker<'_>, key: &str, noun: &str, phrases: &[String]) {
    for (index, phrase) in phrases.iter().enumerate() {
        let (place, seen) = ((key, index), folded(phrase));
        if seen.is_empty() {
            at.element(place, format!("the {noun} is empty"), "write a text or remove it");
        } else if seen != *phrase {
            let message = format!("the {noun} {phrase:?} can never fire, rules see the folded line");
            at.element(place, message, format!("write {seen:?}"));
        } else if phrase.len() > MAX_PHRASE_BYTES {
            let message = format!("the {noun} has {} bytes, the limit is {MAX_PHRASE_BYTES}", phrase.len());
            let is_keyword = noun == "keyword";
            let remedy = if is_keyword { "write a part of it" } else { "write its beginning and `at = \"start\"`" };
            at.element(place, message, remedy);
        }
    }
}

fn check_regex(at: &mut Checker<'_>, rule: &Rule, index: usize) {
    let (regex, place) = (rule.pattern.regex[index].as_str(), ("regex", index));
    if regex.len() > MAX_REGEX_BYTES {
        let message = format!("the regex has {} bytes, the limit is {MAX_REGEX_BYTES}", regex.len());
        return at.element(place, message, "write `phrases`, or several regexes");
    }
    let parsed = match ast::parse::Parser::new().parse(regex) {
        Ok(parsed) => parsed,
        Err(error) => {
            let character = regex[..error.span().start.offset].chars().count() + 1;
            let message = format!("the regex is not valid at its character {character}: {}", error.kind());
            return at.element(place, message, "see https://docs.rs/regex/#syntax");
        }
    };
    if let (false, Err(c)) = (rule.pattern.raw, ast::visit(&parsed, FoldedLiterals)) {
        let message = format!("the regex can never find {c:?}, rules see the folded line");
        at.element(place, message, format!("write {:?}", folded(&c.to_string())));
    }
    let rewritten = rewrite(regex, rule.pattern.unicode);
    if let Err(why) = compiles(&rewritten) {
        at.element(place, format!("the regex cannot be used: {why}"), "write smaller repetitions or classes");
    } else if rule.pattern.keywords.is_empty() && Prefilter::of(&rewritten, rule.pattern.raw) == Prefilter::default() {
        let message = "the regex would run on every line: there is no word that all its matches have";
        at.element(place, message, "begin it with `^` and a word, or add `keywords`");
    } else if rule.pattern.unicode && rule.pattern.keywords.is_empty() {
        let message = "a regex with `unicode = true` is slow";
        at.element(place, message, "add `keywords` so that it runs on few lines");
    }
}

/// Whether a regex compiles. The optimisations that take most of the compile time are left out.
fn compiles(rewritten: &str) -> Result<(), String> {
    let limit = thompson::Config::new().nfa_size_limit(Some(REGEX_SIZE_LIMIT));
    let Err(error) = thompson::Compiler::new().configure(limit).build(rewritten) else { return Ok(()) };
    let why = match (error.size_limit(), std::error::Error::source(&error)) {
        (Some(limit), _) => format!("its compiled form exceeds the size limit of {limit} bytes"),
        (None, Some(why)) => why.to_string(),
        (None, None) => error.to_string(),
    };
    Err(why.lines().last().unwrap_or_default().to_owned())
}

/// Fails at the first literal that folding would change, because the regex could never find it.
struct FoldedLiterals;

impl ast::Visitor for FoldedLiterals {
    type Output = ();
    type Err = char;

    fn finish(self) -> Result<(), char> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), char> {
        match ast {
            Ast::Literal(literal) if !literal.c.is_whitespace() => {
                let c = literal.c;
                if folded(&format!("a{c}a")).chars().eq(['a', c, 'a']) { Ok(()) } else { Err(c) }
            }
            _ => Ok(()),
        }
    }
}
