//! Fields that a run adds to records: the cleaned text beside the raw one, figures about the cleaning, and what the page
//! says about its article.

use bodytext::{FieldName, Fields as PageFields};
use serde::Serialize;

use crate::json::field::{Field, Segment};
use crate::json::locate::locate;
use crate::json::string;
use crate::read::{Document, RecordFormat};
use crate::stats::{Counter, RunStats};

/// The fields to add. Each is at the top of a record: a field or a column.
#[derive(Debug, Clone, Default)]
pub(crate) struct ExtraFields {
    /// For the cleaned text. Then the text that was read stays as it is.
    pub(crate) text: Option<Field>,
    /// For the [`CleaningFigures`], as an object.
    pub(crate) stats: Option<Field>,
    /// For what the page says about its article: strings or null, and a list of strings.
    pub(crate) page: Vec<(FieldName, Field)>,
}

/// What cleaning did to a document.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct CleaningFigures {
    /// The share of the characters that was removed, by repairs too, 0 to 1, in four digits.
    pub removed: f64,
    /// Words before cleaning.
    pub words_in: usize,
    /// Words after it.
    pub words_out: usize,
    /// Lines before cleaning.
    pub lines_in: u64,
    /// Lines after it.
    pub lines_out: u64,
    /// The encoding that the text was read in.
    pub encoding: &'static str,
    /// Whether everything was kept because nearly nothing would have been left.
    pub kept_whole: bool,
    /// Whether the cleaned text is the text as it was read.
    pub unchanged: bool,
}

impl CleaningFigures {
    /// The figures of a document from the counts of its pieces, `stats`, and its `words` before and after.
    pub(crate) fn new(
        document: &Document<'_>,
        cleaned: &str,
        stats: &RunStats,
        words: (usize, usize),
    ) -> CleaningFigures {
        let [before, after] = [Counter::CharactersIn, Counter::CharactersOut].map(|counter| stats.get(counter) as f64);
        let removed = if before > 0.0 { 1.0 - after / before } else { 0.0 };
        CleaningFigures {
            // Some repairs make a text longer.
            removed: (removed.max(0.0) * 1e4).round() / 1e4,
            words_in: words.0,
            words_out: words.1,
            lines_in: stats.get(Counter::LinesIn),
            lines_out: stats.get(Counter::LinesOut),
            encoding: document.encoding,
            kept_whole: stats.get(Counter::RolledBack) > 0,
            unchanged: cleaned == document.text,
        }
    }

    /// The figures as a JSON object.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        // Numbers and names are always valid JSON.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

/// A field that is added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Added {
    /// The cleaned text.
    Text,
    /// The figures.
    Stats,
    /// What the page says about its article.
    Page(FieldName),
}

impl Added {
    pub(crate) fn flag(self) -> &'static str {
        match self {
            Added::Text => "--text-out",
            Added::Stats => "--stats",
            Added::Page(_) => "--fields",
        }
    }

    /// The value in a table: a string, or the JSON of another value. The cleaned text has a column of its own kind.
    pub(crate) fn column_value(self, figures: &CleaningFigures, page: &PageFields) -> Option<Vec<u8>> {
        match self {
            Added::Text => None,
            Added::Stats => Some(figures.to_json()),
            Added::Page(FieldName::Tags) => serde_json::to_vec(&page.tags).ok(),
            Added::Page(name) => Some(page.values(name).first()?.as_bytes().to_vec()),
        }
    }

    /// What to do where the name of the field is taken.
    pub(crate) fn remedy(self) -> String {
        match self {
            Added::Page(_) => "leave it out of --fields".to_owned(),
            other => format!("name another one with {}", other.flag()),
        }
    }
}

impl ExtraFields {
    pub(crate) fn is_empty(&self) -> bool {
        self.named().next().is_none()
    }

    /// The fields that are added, with their names.
    pub(crate) fn named(&self) -> impl Iterator<Item = (Added, &Field)> {
        let own = [(Added::Text, &self.text), (Added::Stats, &self.stats)];
        let own = own.into_iter().filter_map(|(added, field)| Some((added, field.as_ref()?)));
        own.chain(self.page.iter().map(|(name, field)| (Added::Page(*name), field)))
    }

    /// The record as a line of JSON Lines, with the fields added.
    pub(crate) fn line(
        &self,
        (format, raw): (&dyn RecordFormat, &[u8]),
        document: &Document<'_>,
        cleaned: &str,
        (figures, page): (&CleaningFigures, &PageFields),
    ) -> Vec<u8> {
        let mut line = Vec::with_capacity(raw.len() + cleaned.len());
        format.write(raw, document, if self.text.is_some() { &document.text } else { cleaned }, &mut line);
        // Where the record was written in ASCII, somebody wants it that way.
        let in_ascii = line.is_ascii() && !document.text.is_ascii();
        for (added, field) in self.named() {
            let mut value = Vec::new();
            match added {
                Added::Text => string::encode(cleaned, in_ascii, &mut value),
                Added::Stats => value = figures.to_json(),
                Added::Page(FieldName::Tags) => {
                    value.push(b'[');
                    for (number, tag) in page.tags.iter().enumerate() {
                        value.extend((number > 0).then_some(b','));
                        string::encode(tag, in_ascii, &mut value);
                    }
                    value.push(b']');
                }
                Added::Page(name) => match page.values(name) {
                    [text, ..] => string::encode(text, in_ascii, &mut value),
                    [] => value.extend_from_slice(b"null"),
                },
            }
            set(&mut line, field, &value);
        }
        line
    }
}

/// Replaces the value of a field of the object in `line`, or adds the field at its end. All other bytes stay.
fn set(line: &mut Vec<u8>, field: &Field, value: &[u8]) {
    let [Segment::Key(name)] = field.segments() else { return };
    let start = if line.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    // The record was parsed before.
    let Ok(Ok([located])) = std::str::from_utf8(&line[start..]).map(|json| locate(json, [field])) else { return };
    if let Some(span) = located.span {
        line.splice(start + span.start..start + span.end, value.iter().copied());
        return;
    }
    let Some(end) = line.iter().rposition(|byte| *byte == b'}') else { return };
    let mut member = if line[..end].trim_ascii_end().ends_with(b"{") { Vec::new() } else { vec![b','] };
    string::encode(name, line.is_ascii(), &mut member);
    member.push(b':');
    member.extend_from_slice(value);
    line.splice(end..end, member);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_replaced_or_added_at_the_end() {
        for (line, name, expected) in [
            ("{}\n", "x", "{\"x\":1}\n"),
            ("{ } ", "x", "{ \"x\":1} "),
            (r#"{"a":{"x":{}}, "b" : "}" }"#, "x", r#"{"a":{"x":{}}, "b" : "}" ,"x":1}"#),
            ("{\"x\" : [2] ,\"y\":3}\r\n", "x", "{\"x\" : 1 ,\"y\":3}\r\n"),
            (r#"{"x":2,"x":3}"#, "x", r#"{"x":2,"x":1}"#),
            ("\u{feff}{\"a\":2}", "é", "\u{feff}{\"a\":2,\"é\":1}"),
            (r#"{"a":2}"#, "é", r#"{"a":2,"\u00e9":1}"#),
            (r#"{"\u00e9":2}"#, "é", r#"{"\u00e9":1}"#),
            (r#"{"a":2}"#, r"a\.b", r#"{"a":2,"a.b":1}"#),
        ] {
            let mut bytes = line.as_bytes().to_vec();
            set(&mut bytes, &Field::parse(name).unwrap(), b"1");
            assert_eq!(String::from_utf8(bytes).unwrap(), expected);
        }
    }
}
