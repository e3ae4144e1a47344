//! Parses the path of a field: `text`, `article.body`, `parts[0].text`, `a\.b`.

use std::fmt;

/// The path to a value inside a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Field(Vec<Segment>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Segment {
    Key(String),
    /// The element of an array, counted from 0.
    Index(usize),
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Segment::Key(key) => f.write_str(key),
            Segment::Index(index) => index.fmt(f),
        }
    }
}

impl Field {
    pub(crate) fn column(&self) -> String {
        self.0.iter().map(Segment::to_string).collect::<Vec<_>>().join(".")
    }

    /// Parses a field; the error says what to write instead.
    pub(crate) fn parse(text: &str) -> Result<Field, String> {
        let mut segments = Vec::new();
        let mut rest = text;
        loop {
            let (key, after) = key(rest);
            if key.is_empty() && !(segments.is_empty() && after.starts_with('[')) {
                return Err(format!("{text:?} has an empty name; write nested fields as a.b[0].c"));
            }
            if !key.is_empty() {
                segments.push(Segment::Key(key));
            }
            rest = after;
            while let Some(after) = rest.strip_prefix('[') {
                let (digits, after) = after.split_once(']').ok_or_else(|| {
                    format!("{text:?} has a [ without a ]; write a.b[0].c, or \\[ where the name has a bracket")
                })?;
                let index = digits.parse().map_err(|_| {
                    format!("{text:?}: [{digits}] is not a number; elements count from 0, as in a.b[0].c")
                })?;
                segments.push(Segment::Index(index));
                rest = after;
            }
            match rest.strip_prefix('.') {
                Some(after) => rest = after,
                None if rest.is_empty() => return Ok(Field(segments)),
                None => return Err(format!("{text:?}: a dot is missing after ]; write nested fields as a.b[0].c")),
            }
        }
    }

    /// The index of this column in a table with the columns `names`. The error lists them.
    pub(crate) fn single_column(&self, names: &[String], flag: &str) -> Result<usize, String> {
        let wanted = self.column();
        let mut found = names.iter().enumerate().filter(|(_, name)| **name == wanted).map(|(index, _)| index);
        match (found.next(), found.next()) {
            (Some(index), None) => Ok(index),
            (Some(_), Some(_)) => Err(format!("the column `{wanted}` is there twice; rename one of them")),
            (None, _) => {
                // Columns that cannot be named have no name here.
                let names: Vec<&str> = names.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
                Err(format!("there is no column `{wanted}`; name it with {flag}: {}", names.join(", ")))
            }
        }
    }

    /// The same for a column that need not be there unless its name is not the usual one.
    pub(crate) fn optional_column(&self, names: &[String], flag: &str) -> Result<Option<usize>, String> {
        if self.is_usual(flag) && !names.contains(&self.column()) {
            Ok(None)
        } else {
            self.single_column(names, flag).map(Some)
        }
    }

    /// The same for a column that only helps: with the usual name and there twice, it is passed over too.
    pub(crate) fn evidence_column(&self, names: &[String], flag: &str) -> Result<Option<usize>, String> {
        let is_twice = names.iter().filter(|name| **name == self.column()).count() > 1;
        let column = self.optional_column(names, flag);
        if is_twice && self.is_usual(flag) { Ok(None) } else { column }
    }

    /// Whether it is the name that the flag has by itself.
    fn is_usual(&self, flag: &str) -> bool {
        flag.strip_prefix("--").and_then(|flag| flag.strip_suffix("-field")) == Some(&*self.column())
    }

    /// The steps of the path, never empty.
    pub(crate) fn segments(&self) -> &[Segment] {
        &self.0
    }
}

/// The name up to the next bare dot or bracket, with backslashes taken out, and what follows it.
fn key(text: &str) -> (String, &str) {
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '.' | '[' => return (name, &text[at..]),
            '\\' => name.push(chars.next().map_or('\\', |(_, escaped)| escaped)),
            _ => name.push(c),
        }
    }
    (name, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> Vec<String> {
        Field::parse(text).unwrap().segments().iter().map(|segment| format!("{segment:?}")).collect()
    }

    #[test]
    fn names_nest_and_dots_can_be_escaped() {
        assert_eq!(keys("text"), [r#"Key("text")"#]);
        assert_eq!(keys("a.b[0].c"), [r#"Key("a")"#, r#"Key("b")"#, "Index(0)", r#"Key("c")"#]);
        assert_eq!(keys(r"a\.b.c"), [r#"Key("a.b")"#, r#"Key("c")"#]);
        assert_eq!(keys("m[1][2]"), [r#"Key("m")"#, "Index(1)", "Index(2)"]);
        assert_eq!(keys("[3].x"), ["Index(3)", r#"Key("x")"#]);
        assert_eq!(keys(r"x\[0]"), [r#"Key("x[0]")"#]);
    }

    #[test]
    fn invalid_paths_are_refused() {
        for text in ["", ".", "a..b", "a[", "a[x]", "a[0]b", "a."] {
            assert!(Field::parse(text).is_err(), "{text}");
        }
    }
}
