//! Writes the built-in packs as Rust code: every rule is a constant, so that no run has to read them. The fields are those
//! of the library's types; the compiler finds what is missing here, and a test what is different.

use std::error::Error;
use std::fs;
use std::ops::Range;
use std::path::Path;

use bodytext_pattern::tokens::tokens;
use serde::Deserialize;
use toml::de::DeTable;
use toml::{Table, Value};

use crate::RuleTexts;

/// Packs as Rust code.
#[derive(Default)]
pub(crate) struct PackCode {
    /// Whether their rules are in the index, and numbered as they are there.
    pub(crate) indexed: bool,
    /// The elements of an array of `BuiltinPack`.
    pub(crate) packs: String,
    /// The elements of an array of `Rule`: the rules of all packs.
    pub(crate) rules: Vec<String>,
    /// What these search for.
    pub(crate) patterns: Vec<RuleTexts>,
}

impl PackCode {
    /// Adds a pack. Lists of texts go to `texts`, since most are never read: a rule has their places there.
    pub(crate) fn add(&mut self, path: &Path, texts: &mut Vec<u8>) -> Result<(), Box<dyn Error>> {
        let source = fs::read_to_string(path)?;
        let pack: Table = toml::from_str(&source)?;
        let file = path.to_string_lossy().replace('\\', "/");
        let first = self.rules.len();
        for (rule, (line, column)) in list(&pack, "rule").iter().zip(id_places(&source)?) {
            let rule = rule.as_table().ok_or("a rule is a table")?;
            self.patterns.push(RuleTexts::deserialize(rule.clone())?);
            let location =
                fields("Location", [("file", cow(&file)), ("line", line.to_string()), ("column", column.to_string())]);
            let number = self.indexed.then_some(self.rules.len());
            self.rules.push(RuleCode { rule, pack: &pack, texts }.write(location, number)?);
        }
        self.packs += &head(&pack, &file, first..self.rules.len());
        self.packs += ",\n";
        Ok(())
    }
}

/// A pack without its rules.
fn head(pack: &Table, file: &str, rules: Range<usize>) -> String {
    let words = list(pack, "boilerplate_words").iter().filter_map(Value::as_str).flat_map(tokens);
    let hashes: Vec<u64> = words.map(|token| token.hash).collect();
    fields(
        "BuiltinPack",
        [
            ("file", format!("{file:?}")),
            ("name", format!("{:?}", text(pack, "name"))),
            ("language", format!("{:?}", pack.get("language").and_then(Value::as_str))),
            ("boilerplate_words", format!("&{hashes:?}")),
            ("rules", format!("{rules:?}")),
        ],
    )
}

/// A rule to be written.
struct RuleCode<'r> {
    rule: &'r Table,
    pack: &'r Table,
    texts: &'r mut Vec<u8>,
}

impl RuleCode<'_> {
    fn write(&mut self, location: String, number: Option<usize>) -> Result<String, Box<dyn Error>> {
        let (rule, pack) = (self.rule, self.pack);
        let languages = pack.get("language").map(|language| Value::Array(vec![language.clone()]));
        let pattern = [
            ("phrases", self.texts(rule.get("phrases"))?),
            ("at", variant("At", rule.get("at"), "whole")),
            ("regex", self.texts(rule.get("regex"))?),
            ("keywords", self.texts(rule.get("keywords"))?),
            ("unicode", flag(rule, "unicode")),
            ("long_lines", flag(rule, "long_lines")),
            ("raw", flag(rule, "raw")),
        ];
        let conditions = [
            ("min_words", option(rule, "min_words")),
            ("max_words", option(rule, "max_words")),
            ("sentence", option(rule, "sentence")),
            ("title_case", option(rule, "title_case")),
            ("ends", self.texts(rule.get("ends"))?),
            ("not_ends", self.texts(rule.get("not_ends"))?),
            ("min_longest_word", option(rule, "min_longest_word")),
            ("uppercase_share", decimal(rule, "uppercase_share")),
            ("digit_share", decimal(rule, "digit_share")),
            ("inside", variants("crate::markup::Place", list(rule, "in"))),
            ("linked", decimal(rule, "linked")),
            ("head", option(rule, "head")),
            ("tail", option(rule, "tail")),
            ("near", near(rule)),
        ];
        let scope = [
            ("languages", self.texts(rule.get("languages").or(languages.as_ref()))?),
            ("hosts", self.texts(rule.get("hosts").or(pack.get("hosts")))?),
        ];
        let tests =
            [("matches", self.texts(rule.get("matches"))?), ("near_misses", self.texts(rule.get("near_misses"))?)];
        Ok(fields(
            "Rule",
            [
                ("id", cow(text(rule, "id"))),
                ("action", action(rule)),
                ("class", variant("LineClass", rule.get("class"), "")),
                ("why", cow(text(rule, "why"))),
                ("status", variant("Status", rule.get("status"), "on")),
                ("pattern", fields("Pattern", pattern)),
                ("conditions", fields("Conditions", conditions)),
                ("scope", fields("Scope", scope)),
                ("tests", fields("Tests", tests)),
                ("pack", cow(text(pack, "name"))),
                ("location", location),
                ("built_in", format!("{number:?}")),
            ],
        ))
    }

    /// A list of texts, as its place among all texts.
    fn texts(&mut self, list: Option<&Value>) -> Result<String, Box<dyn Error>> {
        let Some(list) = list.filter(|list| list.as_array().is_some_and(|list| !list.is_empty())) else {
            return Ok("Texts::none()".to_owned());
        };
        let place = self.texts.len();
        rmp_serde::encode::write(self.texts, list)?;
        Ok(format!("Texts::packed({place})"))
    }
}

fn action(rule: &Table) -> String {
    let cut = || [("min_body", option(rule, "min_body")), ("max_lost", decimal(rule, "max_lost"))];
    let variant = variant("Action", rule.get("kind"), "");
    match text(rule, "kind") {
        "cut-after" | "cut-before" => fields(&variant, cut()),
        "run" => {
            let min_lines = rule.get("min_lines").and_then(Value::as_integer).unwrap_or_default();
            fields(&variant, [("min_lines", min_lines.to_string()), ("opens", flag(rule, "opens"))])
        }
        "hint" => {
            fields(&variant, [("weight", format!("{:?}", rule.get("weight").and_then(number).unwrap_or_default()))])
        }
        _ => variant,
    }
}

/// A list of variants.
fn variants(name: &str, values: &[Value]) -> String {
    let variants: Vec<String> = values.iter().map(|value| variant(name, Some(value), "")).collect();
    format!("Cow::Borrowed(&[{}])", variants.join(", "))
}

fn near(rule: &Table) -> String {
    let Some(near) = rule.get("near").and_then(Value::as_table) else { return "None".to_owned() };
    let classes = variants("LineClass", list(near, "classes"));
    let within = near.get("within").map(Value::to_string).unwrap_or_default();
    let pack = near.get("pack").and_then(Value::as_bool).unwrap_or_default().to_string();
    format!("Some({})", fields("Near", [("classes", classes), ("within", within), ("pack", pack)]))
}

/// A struct, or a variant with fields.
fn fields<const N: usize>(name: &str, fields: [(&str, String); N]) -> String {
    let fields: Vec<String> = fields.iter().map(|(field, value)| format!("{field}: {value}")).collect();
    format!("{name} {{ {} }}", fields.join(", "))
}

/// The variant of an enum that a name in kebab-case stands for.
fn variant(of: &str, name: Option<&Value>, default: &str) -> String {
    let words = name.and_then(Value::as_str).unwrap_or(default).split('-');
    let upper = words.map(|word| word.chars().take(1).flat_map(char::to_uppercase).chain(word.chars().skip(1)));
    format!("{of}::{}", upper.flatten().collect::<String>())
}

fn cow(text: &str) -> String {
    format!("Cow::Borrowed({text:?})")
}

fn flag(rule: &Table, key: &str) -> String {
    rule.get(key).is_some_and(|flag| flag.as_bool() == Some(true)).to_string()
}

/// A whole number or a truth value that may be left out.
fn option(rule: &Table, key: &str) -> String {
    rule.get(key).map_or("None".to_owned(), |value| format!("Some({value})"))
}

/// A decimal number that may be left out.
fn decimal(rule: &Table, key: &str) -> String {
    format!("{:?}", rule.get(key).and_then(number))
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

fn text<'t>(table: &'t Table, key: &str) -> &'t str {
    table.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'t>(table: &'t Table, key: &str) -> &'t [Value] {
    table.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The lines and columns of the ids of a pack's rules, counted from 1.
fn id_places(source: &str) -> Result<Vec<(usize, usize)>, toml::de::Error> {
    let parsed = DeTable::parse(source)?;
    let rules = parsed.get_ref().get("rule").and_then(|rules| rules.get_ref().as_array());
    let ids = rules.into_iter().flatten().filter_map(|rule| rule.get_ref().get("id"));
    Ok(ids.map(|id| line_and_column(&source[..id.span().start])).collect())
}

fn line_and_column(before: &str) -> (usize, usize) {
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}
