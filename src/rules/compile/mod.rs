//! From rule files to rules: merges the packs, checks what they mean, and builds the tables the matcher walks.
//! It matches nothing itself.
//! It stands at the edge of the rules, before the line begins.

mod conditions;

use std::collections::HashMap;

use regex_automata::nfa::thompson;
use regex_syntax::ast::{self, Ast};

use super::schema::{ExtendFile, Kind, PackFile, RuleFile, Status};
use super::spanned::Spanned;
use super::{Pack, Place, Rule, Selection};
use crate::error::{RuleError, RuleErrors};
use crate::line_class::LineClass;
use crate::text::fold::folded;
use crate::text::tokens::tokens;
use bodytext_pattern::{Needs, lower};

/// A rule file may be this large, unless who reads it says otherwise; hand-written packs are a hundredth of it.
pub(super) const MAX_PACK_BYTES: usize = 4 << 20;
/// A phrase may be this long: the lines rules ensemble at are no longer.
const MAX_PHRASE_BYTES: usize = 200;
/// A regex may be this long; longer ones are lists of phrases in disguise.
const MAX_REGEX_BYTES: usize = 2_000;
/// What a compiled regex of one rule may take, in bytes: `\w{1000}` in Unicode mode is refused by it.
const REGEX_SIZE_LIMIT: usize = 1 << 20;
/// After so many errors no further rule of a file is checked: whoever wrote it has enough to mend.
const MAX_ERRORS: usize = 100;
/// A neighbour may be so far away; further off there is always one.
const MAX_NEAR_LINES: usize = 50;
/// What to write where `near` is not whole.
const NEAR_EXAMPLE: &str = "write `near = { classes = [\"share\"], within = 3 }`";

/// Parses one pack; everything that can be wrong in it alone is reported.
pub(super) fn parse(file: &str, source: &str, most: usize) -> Result<Pack, RuleErrors> {
    let at = Places::new(file, source);
    if source.len() > most {
        let message = format!("the file has {} bytes, the limit is {most}", source.len());
        return Err(RuleErrors(vec![at.error(0, None, message, "split it into several packs")]));
    }
    let parsed: PackFile = toml::from_str(source).map_err(|e| {
        let span = e.span().unwrap_or_default();
        let (message, remedy) = in_plain_words(e.message(), source.get(span.clone()).unwrap_or_default());
        RuleErrors(vec![at.error(span.start, at.id_around(span.start), message, remedy)])
    })?;
    assemble(&at, parsed, false)
}

/// Builds a pack that was read in the form that the build script gives it. What its rules mean is not checked, the tests
/// do that.
pub(super) fn unpack(file: &str, packed: &[u8]) -> Result<Pack, RuleErrors> {
    let at = Places::new(file, "");
    let parsed = rmp_serde::from_slice(packed);
    let parsed = parsed.map_err(|e| RuleErrors(vec![at.error(0, None, e.to_string(), "build the library anew")]))?;
    assemble(&at, parsed, true)
}

fn assemble(at: &Places<'_>, mut parsed: PackFile, trusted: bool) -> Result<Pack, RuleErrors> {
    let mut errors = Vec::new();
    if *parsed.schema.get_ref() != 1 {
        let message = format!("schema {} is not known to this version", parsed.schema.get_ref());
        errors.push(at.error(parsed.schema.start(), None, message, "write `schema = 1`"));
    }
    let languages = ("language", parsed.language.as_slice());
    check_scope(at, |key| at.pack_key(key), None, languages, &parsed.hosts, &mut errors);
    for extend in &parsed.extend {
        let phrases = extend.add.iter().chain(&extend.remove);
        check_phrases(at, extend.id.get_ref(), "phrase", phrases, &mut errors);
        if extend.add.is_empty() && extend.remove.is_empty() {
            let remedy = "write `\"phrases+\" = [...]` or `\"phrases-\" = [...]`";
            errors.push(at.error(extend.id.start(), None, "`extend` changes nothing".into(), remedy));
        }
    }
    let mut rules: Vec<Rule> = Vec::new();
    let mut first: HashMap<String, usize> = HashMap::new();
    for rule in std::mem::take(&mut parsed.rule) {
        if errors.len() >= MAX_ERRORS {
            break;
        }
        let rule = rule.into_inner();
        let id = rule.id.get_ref();
        if let Some(line) = first.get(id) {
            let message = format!("the id stands in this file already, at line {line}");
            errors.push(at.error(rule.id.start(), Some(id.as_str()), message, "give each rule an id of its own"));
        } else {
            first.insert(id.clone(), at.place(rule.id.start()).line);
        }
        if !trusted {
            check_rule(at, &rule, &mut errors);
        }
        rules.push(build(at, &parsed, rule));
    }
    let mut boilerplate_words = Vec::with_capacity(parsed.boilerplate_words.len());
    for boilerplate_word in &parsed.boilerplate_words {
        match tokens(boilerplate_word.get_ref()).as_slice() {
            [word] => boilerplate_words.push(word.hash),
            words => {
                let message = format!("the boilerplate_word {:?} is {} words", boilerplate_word.get_ref(), words.len());
                errors.push(at.error(
                    boilerplate_word.start(),
                    None,
                    message,
                    "a boilerplate_word is one word; write a phrase as a rule",
                ));
            }
        }
    }
    if !errors.is_empty() {
        errors.sort_by_key(|e| (e.line, e.column));
        return Err(RuleErrors(errors));
    }
    let place = |id: &Spanned<String>| at.place(id.start());
    let extends = parsed.extend.iter().map(|e| (e.clone(), place(&e.id))).collect();
    let disable = parsed.disable.iter().map(|d| (d.get_ref().clone(), place(d))).collect();
    let (name, language, file) = (parsed.name, parsed.language, at.file.to_owned());
    Ok(Pack { name, file, host: None, language, preset: false, rules, boilerplate_words, extends, disable })
}

/// Lays the packs over each other: later rules replace earlier ones of the same id, `extend` and `disable` change them.
pub(super) fn merge(packs: Vec<Pack>, selection: &Selection) -> Result<Vec<Rule>, RuleErrors> {
    let mut rules: Vec<Rule> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut errors = Vec::new();
    for pack in packs {
        if let Some(host) = &pack.host {
            check_site(&pack, host, &index, &mut errors);
        }
        for (pattern, place) in &pack.disable {
            if !rules.iter().any(|r| names(pattern, &r.id)) {
                errors.push(no_such_rule(place, pattern, &rules));
            }
            rules.iter_mut().filter(|r| names(pattern, &r.id)).for_each(|r| r.status = Status::Off);
        }
        for (extend, place) in &pack.extends {
            match index.get(extend.id.get_ref()) {
                Some(&i) => extend_rule(&mut rules[i], extend, place, &mut errors),
                None => errors.push(no_such_rule(place, extend.id.get_ref(), &rules)),
            }
        }
        for rule in pack.rules {
            match index.get(&rule.id) {
                Some(&i) => rules[i] = rule,
                None => {
                    index.insert(rule.id.clone(), rules.len());
                    rules.push(rule);
                }
            }
        }
    }
    for pattern in &selection.disable {
        if !rules.iter().any(|r| names(pattern, &r.id)) {
            let flag = Place { file: "--disable".into(), line: 1, column: 1 };
            errors.push(no_such_rule(&flag, pattern, &rules));
        }
    }
    if !errors.is_empty() {
        return Err(RuleErrors(errors));
    }
    rules.retain(|r| {
        r.status == Status::On && !selection.disable.iter().any(|d| names(d, &r.id)) && selection.speaks(&r.languages)
    });
    Ok(rules)
}

/// A site pack may only add: what it would change in other packs would change for every site.
fn check_site(pack: &Pack, host: &str, index: &HashMap<String, usize>, errors: &mut Vec<RuleError>) {
    let changes = pack.disable.iter().map(|(_, place)| (place, "`disable`"));
    let changes = changes.chain(pack.extends.iter().map(|(_, place)| (place, "`[[extend]]`")));
    for (place, what) in changes {
        let message = format!("{what} in a pack for the site {host} would hold for all sites");
        errors.push(place.error(None, message, "move it to a pack outside of `site/`"));
    }
    for rule in pack.rules.iter().filter(|r| index.contains_key(&r.id)) {
        let message = format!("the id stands in another pack, which a pack for the site {host} cannot replace");
        errors.push(rule.place.error(Some(&rule.id), message, "give the rule an id of its own"));
    }
}

/// Whether `pattern`, an id or the beginning of ids with a `*`, names `id`.
pub(super) fn names(pattern: &str, id: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == id, |start| id.starts_with(start))
}

fn build(at: &Places, pack: &PackFile, rule: RuleFile) -> Rule {
    let plain = |list: Vec<Spanned<String>>| list.into_iter().map(Spanned::into_inner).collect::<Vec<_>>();
    let or = |own: Vec<String>, packs: &[String]| if own.is_empty() { packs.to_vec() } else { own };
    let place = at.place(rule.id.start());
    Rule {
        id: rule.id.into_inner(),
        kind: rule.kind,
        class: rule.class,
        why: rule.why,
        status: rule.status,
        pack: pack.name.clone(),
        place,
        phrases: plain(rule.phrases),
        at: rule.at,
        regex: plain(rule.regex),
        keywords: plain(rule.keywords),
        unicode: rule.unicode,
        long_lines: rule.long_lines,
        min_words: rule.min_words,
        max_words: rule.max_words,
        sentence: rule.sentence,
        title_case: rule.title_case,
        ends: plain(rule.ends),
        not_ends: plain(rule.not_ends),
        min_longest_word: rule.min_longest_word,
        uppercase_share: rule.uppercase_share,
        digit_share: rule.digit_share,
        raw: rule.raw,
        head: rule.head,
        tail: rule.tail,
        near: rule.near,
        languages: or(rule.languages, pack.language.as_slice()),
        hosts: or(rule.hosts, &pack.hosts),
        min_lines: rule.min_lines.unwrap_or(0),
        opens: rule.opens,
        min_body: rule.min_body,
        max_lost: rule.max_lost,
        weight: rule.weight.unwrap_or(0.0),
        matches: rule.matches,
        near_misses: rule.near_misses,
    }
}

/// Changes the phrases of a rule. A phrase to take away must be there, and something must be left to find.
fn extend_rule(rule: &mut Rule, extend: &ExtendFile, place: &Place, errors: &mut Vec<RuleError>) {
    let wrong = |message: String, remedy: &str| place.error(Some(&rule.id), message, remedy);
    for gone in extend.remove.iter().map(|p| p.get_ref()).filter(|gone| !rule.phrases.contains(gone)) {
        errors.push(wrong(
            format!("`phrases-` names {gone:?}, which is none of the rule's phrases"),
            "`bodytext rules show ID` shows them",
        ));
    }
    if rule.raw && !extend.add.is_empty() {
        errors.push(wrong("a raw rule has no phrases".into(), "write a rule of your own"));
    }
    for phrase in extend.add.iter().map(|p| p.get_ref()) {
        if !rule.phrases.contains(phrase) {
            rule.phrases.push(phrase.clone());
        }
    }
    rule.phrases.retain(|p| !extend.remove.iter().any(|gone| gone.get_ref() == p));
    if !extend.remove.is_empty() && rule.phrases.is_empty() && rule.regex.is_empty() {
        let message = "`phrases-` leaves nothing to find".to_owned();
        errors.push(place.error(Some(&rule.id), message, "to switch the rule off, write `disable = [\"ID\"]`"));
    }
    rule.matches.extend(extend.matches.iter().cloned());
    rule.near_misses.extend(extend.near_misses.iter().cloned());
    // Examples of a phrase that was taken away would fail without anybody being wrong.
    let names_gone = |text: &str| extend.remove.iter().any(|gone| folded(text).contains(gone.get_ref().as_str()));
    rule.matches.retain(|m| !names_gone(m));
    let literals: Vec<&str> = rule.phrases.iter().chain(&rule.keywords).map(String::as_str).collect();
    rule.near_misses.retain(|n| !names_gone(n) || literals.iter().any(|l| folded(n).contains(l)));
}

fn check_rule(at: &Places, rule: &RuleFile, errors: &mut Vec<RuleError>) {
    let id = rule.id.get_ref().as_str();
    let own = rule.id.start();
    let key = |key: &str| at.rule_key(own, key);
    let mut fault =
        |offset: usize, message: String, remedy: &str| errors.push(at.error(offset, Some(id), message, remedy));
    let word = |w: &str| !w.is_empty() && w.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
    if id.split('.').count() < 2 || !id.split('.').all(word) {
        let remedy = "write two or more words of a-z, 0-9 and - joined by dots, such as `en.share.prompt`";
        fault(own, format!("`{id}` is no id"), remedy);
    }
    if rule.why.trim().is_empty() {
        fault(key("why"), "`why` is empty".into(), "say what kind of page leaves this in the text");
    }
    if rule.class == LineClass::Blank || (rule.class == LineClass::Body && rule.kind != Kind::Keep) {
        let message = format!("a rule of kind `{}` cannot be of class `{}`", rule.kind.name(), rule.class);
        fault(
            key("class"),
            message,
            "name what the line is, such as `share`; `bodytext rules schema` lists all classes",
        );
    }
    let patterns = !rule.phrases.is_empty() || !rule.regex.is_empty();
    match rule.kind {
        Kind::Run if rule.opens && !patterns => fault(
            key("opens"),
            "nothing finds the line that opens the run".into(),
            "add `phrases` or `regex`, or remove `opens`",
        ),
        Kind::Run if rule.min_lines.unwrap_or(0) < if rule.opens { 1 } else { 2 } => {
            fault(key("min_lines"), "a run needs `min_lines`".into(), "write at least 2, or 1 where `opens = true`")
        }
        Kind::Run if (rule.opens || !patterns) && !conditions::is_run_shape(rule) => {
            fault(own, "the run needs a shape".into(), "add `max_words` or `sentence`")
        }
        Kind::Run => {}
        _ if !patterns && !conditions::say_enough(rule) => {
            fault(own, "the rule finds nothing".into(), conditions::nothing_found(rule))
        }
        Kind::Hint if rule.weight.is_none() => {
            fault(own, "a hint needs `weight`".into(), "add a number, 3 is enough to drop a line")
        }
        _ => {}
    }
    let run = "remove it or write `kind = \"run\"`";
    if rule.kind != Kind::Run && rule.min_lines.is_some() {
        fault(key("min_lines"), "`min_lines` is for runs".into(), run);
    }
    if rule.kind != Kind::Run && rule.opens {
        fault(key("opens"), "`opens` is for runs".into(), run);
    }
    for (name, given) in [("min_body", rule.min_body.is_some()), ("max_lost", rule.max_lost.is_some())] {
        if given && !matches!(rule.kind, Kind::End | Kind::Start) {
            let remedy = "remove it or write `kind = \"end\"` or `kind = \"start\"`";
            fault(key(name), format!("`{name}` is for `end` and `start`"), remedy);
        }
    }
    if rule.kind != Kind::Hint && rule.weight.is_some() {
        fault(key("weight"), "`weight` is for hints".into(), "remove it or write `kind = \"hint\"`");
    }
    if let Some(weight) = rule.weight.filter(|w| !w.is_finite()) {
        fault(key("weight"), format!("`weight` cannot be {weight}"), "write a number such as 1.5");
    }
    if let Some(most) = rule.max_lost.filter(|m| m.is_nan() || *m < 0.0) {
        fault(key("max_lost"), format!("`max_lost` cannot be {most}"), "write 0 or a number above it, such as 0.5");
    }
    if let Some(near) = &rule.near {
        if near.classes.is_empty() {
            fault(key("near"), "`near` names no classes".into(), NEAR_EXAMPLE);
        }
        if near.within == 0 || near.within > MAX_NEAR_LINES {
            let message = format!("`near` cannot ensemble {} lines away", near.within);
            fault(key("near"), message, "write `within` from 1 to 50");
        }
    }
    conditions::check(at, rule, errors);
    check_scope(at, key, Some(id), ("languages", &rule.languages), &rule.hosts, errors);
    check_phrases(at, id, "phrase", rule.phrases.iter(), errors);
    check_phrases(at, id, "keyword", rule.keywords.iter(), errors);
    for regex in &rule.regex {
        check_regex(at, id, rule, regex, errors);
    }
}

/// A language tag or a host written otherwise would never be met. `key` tells where a key stands.
fn check_scope(
    at: &Places,
    key: impl Fn(&str) -> usize,
    id: Option<&str>,
    (languages_key, languages): (&str, &[String]),
    hosts: &[String],
    errors: &mut Vec<RuleError>,
) {
    for tag in languages {
        if !(2..=3).contains(&tag.len()) || !tag.bytes().all(|b| b.is_ascii_lowercase()) {
            let message = format!("{tag:?} is no language tag");
            errors.push(at.error(key(languages_key), id, message, "write two or three small letters, such as \"en\""));
        }
    }
    for host in hosts {
        let name = |part: &str| !part.is_empty() && !part.contains(['/', ':', '*', '@', '?']) && !part.contains(' ');
        if !host.split('.').all(name) {
            let message = format!("{host:?} is no host");
            let remedy = "write the name alone, such as \"example.org\"; its subdomains are meant too";
            errors.push(at.error(key("hosts"), id, message, remedy));
        }
    }
}

fn check_phrases<'a>(
    at: &Places,
    id: &str,
    noun: &str,
    phrases: impl Iterator<Item = &'a Spanned<String>>,
    errors: &mut Vec<RuleError>,
) {
    for phrase in phrases {
        let (text, offset) = (phrase.get_ref(), phrase.start());
        let seen = folded(text);
        if seen.is_empty() {
            errors.push(at.error(offset, Some(id), format!("the {noun} is empty"), "write a text or remove it"));
        } else if seen != *text {
            let message = format!("the {noun} {text:?} can never fire, rules see the folded line");
            errors.push(at.error(offset, Some(id), message, format!("write {seen:?}")));
        } else if text.len() > MAX_PHRASE_BYTES {
            let message = format!("the {noun} has {} bytes, the limit is {MAX_PHRASE_BYTES}", text.len());
            let remedy =
                if noun == "keyword" { "write a part of it" } else { "write its beginning and `at = \"start\"`" };
            errors.push(at.error(offset, Some(id), message, remedy));
        }
    }
}

fn check_regex(at: &Places, id: &str, rule: &RuleFile, regex: &Spanned<String>, errors: &mut Vec<RuleError>) {
    let (text, offset) = (regex.get_ref(), regex.start());
    if text.len() > MAX_REGEX_BYTES {
        let message = format!("the regex has {} bytes, the limit is {MAX_REGEX_BYTES}", text.len());
        errors.push(at.error(offset, Some(id), message, "write `phrases`, or several regexes"));
        return;
    }
    let parsed = match ast::parse::Parser::new().parse(text) {
        Ok(parsed) => parsed,
        Err(e) => {
            let at_char = text[..e.span().start.offset].chars().count() + 1;
            let message = format!("the regex is not valid at its character {at_char}: {}", e.kind());
            errors.push(at.error(offset, Some(id), message, "see https://docs.rs/regex/#syntax"));
            return;
        }
    };
    let mut literals = Literals::default();
    if let Err(c) = ast::visit(&parsed, &mut literals)
        && !rule.raw
    {
        let message = format!("the regex can never find {c:?}, rules see the folded line");
        errors.push(at.error(offset, Some(id), message, format!("write {:?}", folded(&c.to_string()))));
    }
    let lowered = lower(text, rule.unicode);
    // What makes a regex fast takes most of the time to build, and is not needed to know that it can be built.
    let limit = thompson::Config::new().nfa_size_limit(Some(REGEX_SIZE_LIMIT));
    let built = thompson::Compiler::new().configure(limit).build(&lowered);
    if let Err(e) = built {
        let why = match (e.size_limit(), std::error::Error::source(&e)) {
            (Some(limit), _) => format!("Compiled regex exceeds size limit of {limit} bytes."),
            (None, Some(why)) => why.to_string(),
            (None, None) => e.to_string(),
        };
        let message = format!("the regex cannot be used: {}", why.lines().last().unwrap_or_default());
        errors.push(at.error(offset, Some(id), message, "write smaller repetitions or classes"));
    } else if rule.keywords.is_empty() && Needs::of(&lowered, rule.raw) == Needs::default() {
        let message = "the regex would run on every line: no word stands in all that it finds".to_owned();
        errors.push(at.error(offset, Some(id), message, "begin it with `^` and a word, or add `keywords`"));
    } else if rule.unicode && rule.keywords.is_empty() {
        let message = "a regex with `unicode = true` is slow".to_owned();
        errors.push(at.error(offset, Some(id), message, "add `keywords` so that it runs on few lines"));
    }
}

fn no_such_rule(place: &Place, id: &str, rules: &[Rule]) -> RuleError {
    let near = rules.iter().map(|r| r.id.as_str()).min_by_key(|known| distance(known, id));
    let remedy = near.map_or(String::new(), |n| format!("did you mean `{n}`? `bodytext rules list` shows all"));
    place.error(None, format!("there is no rule `{id}`"), remedy)
}

/// Edit distance, for suggestions.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (diagonal + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = row[j + 1];
            row[j + 1] = next;
        }
    }
    row[b.len()]
}

/// The parser's own messages without the words of its trade, and what to write instead.
fn in_plain_words(message: &str, there: &str) -> (String, &'static str) {
    let plain = message
        .lines()
        .collect::<Vec<_>>()
        .join(" ")
        .replace("expected usize", "expected a whole number, 0 or more")
        .replace("expected u32", "expected a whole number")
        .replace("expected f64", "expected a number")
        .replace("expected a sequence", "expected a list in brackets");
    match message {
        "duplicate key" => (format!("the key `{there}` stands here twice"), "remove one of the two"),
        "missing field `classes`" | "missing field `within`" => (plain, NEAR_EXAMPLE),
        _ if message.starts_with("unknown field `decision`") => (
            "a decision is a model file now".into(),
            "move it to a file of its own, as `bodytext tune` writes it, and name that with --model",
        ),
        _ if message.starts_with("unknown field") || message.starts_with("unknown variant") => {
            (plain, "write one of the names above, `bodytext rules schema` describes them")
        }
        _ if message.starts_with("missing field") => {
            (plain, "add it, `bodytext rules new` prints a whole rule to start from")
        }
        _ if message.starts_with("invalid type") || message.starts_with("invalid value") => {
            (plain, "`bodytext rules schema` describes all keys")
        }
        // What the parser says of a bare word where a value should stand.
        _ if message.contains("invalid float") || message.contains("must be quoted") => {
            ("the value is no text, number or list".into(), "put texts in quotes, such as `class = \"share\"`")
        }
        _ => (plain, "see `bodytext rules new` for a file to start from"),
    }
}

/// Finds line and column of byte offsets in a rule file.
struct Places<'a> {
    file: &'a str,
    source: &'a str,
    /// Where its lines begin.
    lines: Vec<usize>,
}

impl<'a> Places<'a> {
    fn new(file: &'a str, source: &'a str) -> Places<'a> {
        let ends = memchr::memchr_iter(b'\n', source.as_bytes());
        Places { file, source, lines: std::iter::once(0).chain(ends.map(|end| end + 1)).collect() }
    }

    fn place(&self, offset: usize) -> Place {
        let offset = offset.min(self.source.len());
        let line = self.lines.partition_point(|&begin| begin <= offset);
        let column = self.source[self.lines[line - 1]..offset].chars().count() + 1;
        Place { file: self.file.to_owned(), line, column }
    }

    fn error(&self, offset: usize, id: Option<&str>, message: String, remedy: impl Into<String>) -> RuleError {
        self.place(offset).error(id, message, remedy)
    }

    /// Where `key` stands in the rule whose id stands at `id`; the id, where no line begins with the key.
    fn rule_key(&self, id: usize, key: &str) -> usize {
        let start = self.source[..id].rfind("\n[[rule").map_or(0, |at| at + 1);
        let end = self.source[id..].find("\n[").map_or(self.source.len(), |at| id + at);
        self.key(start, end, key).unwrap_or(id)
    }

    /// The id of the rule around a place.
    fn id_around(&self, offset: usize) -> Option<&str> {
        let head = "[[rule]]";
        let offset = offset.min(self.source.len());
        let start = match self.source[offset..].starts_with(head) {
            true => offset,
            false => {
                self.source[..offset].rfind("\n[").map(|at| at + 1).filter(|&at| self.source[at..].starts_with(head))?
            }
        };
        let end = self.source[start..].find("\n[").map_or(self.source.len(), |at| start + at);
        let value = self.source[self.key(start, end, "id")?..].split_once('=')?.1.trim_start().strip_prefix('"')?;
        value.split(['"', '\n']).next().filter(|id| !id.is_empty())
    }

    /// Where `key` stands above the first table.
    fn pack_key(&self, key: &str) -> usize {
        let end = self.source.find("\n[").unwrap_or(self.source.len());
        self.key(0, end, key).unwrap_or(0)
    }

    fn key(&self, start: usize, end: usize, key: &str) -> Option<usize> {
        let mut at = start;
        for line in self.source[start..end].split_inclusive('\n') {
            let text = line.trim_start();
            if text.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')) {
                return Some(at + line.len() - text.len());
            }
            at += line.len();
        }
        None
    }
}

impl Place {
    fn error(&self, id: Option<&str>, message: String, remedy: impl Into<String>) -> RuleError {
        RuleError {
            file: self.file.clone(),
            line: self.line,
            column: self.column,
            id: id.map(str::to_owned),
            message,
            remedy: remedy.into(),
        }
    }
}

/// Fails with the first literal that folding would change, so that the regex could never find it.
#[derive(Default)]
struct Literals(());

impl Literals {
    fn check(c: char) -> Result<(), char> {
        let seen = folded(&format!("a{c}a"));
        if c.is_whitespace() || seen.chars().eq(['a', c, 'a']) { Ok(()) } else { Err(c) }
    }
}

impl ast::Visitor for &mut Literals {
    type Output = ();
    type Err = char;

    fn finish(self) -> Result<(), char> {
        Ok(())
    }

    fn visit_pre(&mut self, ast: &Ast) -> Result<(), char> {
        match ast {
            Ast::Literal(literal) => Literals::check(literal.c),
            _ => Ok(()),
        }
    }
}
