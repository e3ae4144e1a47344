//! Finds the values of fields in the bytes of a record. If an object repeats a key, the last one counts, as in parsers.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::field::{Field, Segment};
use super::scan;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) span: Option<Range<usize>>,
    /// Whether a key on the path was repeated.
    pub(crate) repeated: bool,
}

/// Locates the values of `fields` in `json`. The error is that of the parser: the text is not valid JSON.
pub(crate) fn locate<const N: usize>(json: &str, fields: [&Field; N]) -> serde_json::Result<[Located; N]> {
    scan::locate(json, fields).map_or_else(|| parse(json, fields), Ok)
}

/// The same by serde_json.
pub(super) fn parse<const N: usize>(json: &str, fields: [&Field; N]) -> serde_json::Result<[Located; N]> {
    let mut walk = Walk { json, located: std::array::from_fn(|_| Located::default()) };
    walk.value(json, fields.map(|field| Some(field.segments())))?;
    Ok(walk.located)
}

/// For each field the rest of its path, if it leads through the current value.
type Paths<'p, const N: usize> = [Option<&'p [Segment]>; N];

struct Walk<'j, const N: usize> {
    json: &'j str,
    located: [Located; N],
}

impl<'j, const N: usize> Walk<'j, N> {
    /// Records the current value for the fields whose path ends here, and descends into it for the others. The
    /// recursion is as deep as the longest path.
    fn value(&mut self, raw: &'j str, paths: Paths<'_, N>) -> serde_json::Result<()> {
        let start = raw.as_ptr() as usize - self.json.as_ptr() as usize;
        for (located, path) in self.located.iter_mut().zip(paths) {
            if path.is_some_and(<[Segment]>::is_empty) {
                located.span = Some(start..start + raw.len());
            }
        }
        let inside = paths.map(|path| path.filter(|path| !path.is_empty()));
        let mut parser = serde_json::Deserializer::from_str(raw);
        match raw.trim_ascii_start().as_bytes().first() {
            Some(b'{') if inside.iter().any(Option::is_some) => parser.deserialize_map(Members(self, inside))?,
            Some(b'[') if inside.iter().any(Option::is_some) => parser.deserialize_seq(Elements(self, inside))?,
            _ => _ = IgnoredAny::deserialize(&mut parser)?,
        }
        parser.end()
    }
}

/// A key, borrowed if it has no escapes.
#[derive(Deserialize)]
pub(crate) struct ObjectKey<'j>(#[serde(borrow)] pub(crate) Cow<'j, str>);

struct Members<'w, 'j, 'p, const N: usize>(&'w mut Walk<'j, N>, Paths<'p, N>);

impl<'j, const N: usize> Visitor<'j> for Members<'_, 'j, '_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<(), A::Error> {
        let Members(walk, paths) = self;
        let mut seen = [false; N];
        while let Some(ObjectKey(key)) = map.next_key()? {
            let mut inside = [None; N];
            for (i, path) in paths.iter().enumerate() {
                let Some([Segment::Key(name), rest @ ..]) = path else { continue };
                if key == name.as_str() {
                    walk.located[i].repeated |= seen[i];
                    walk.located[i].span = None;
                    seen[i] = true;
                    inside[i] = Some(rest);
                }
            }
            next_value(walk, &mut map, inside)?;
        }
        Ok(())
    }
}

fn next_value<'j, A: MapAccess<'j>, const N: usize>(
    walk: &mut Walk<'j, N>,
    map: &mut A,
    inside: Paths<'_, N>,
) -> Result<(), A::Error> {
    if inside.iter().all(Option::is_none) {
        return map.next_value::<IgnoredAny>().map(drop);
    }
    let raw: &RawValue = map.next_value()?;
    walk.value(raw.get(), inside).map_err(serde::de::Error::custom)
}

struct Elements<'w, 'j, 'p, const N: usize>(&'w mut Walk<'j, N>, Paths<'p, N>);

impl<'j, const N: usize> Visitor<'j> for Elements<'_, 'j, '_, N> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'j>>(self, mut seq: A) -> Result<(), A::Error> {
        let Elements(walk, paths) = self;
        for index in 0.. {
            let Some(raw) = seq.next_element::<&RawValue>()? else { break };
            let inside = paths.map(|path| match path {
                Some([Segment::Index(wanted), rest @ ..]) if *wanted == index => Some(rest),
                _ => None,
            });
            if inside.iter().any(Option::is_some) {
                walk.value(raw.get(), inside).map_err(serde::de::Error::custom)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one<'a>(json: &'a str, field: &str) -> Option<&'a str> {
        let [located] = locate(json, [&Field::parse(field).unwrap()]).unwrap();
        located.span.map(|span| &json[span])
    }

    #[test]
    fn values_are_found_where_they_stand() {
        let json = r#" { "id" : 1e400 , "a": {"b" : [ {"c":"x"}, {"c": "y\"}"} ]}, "text":"t" } "#;
        assert_eq!(one(json, "id"), Some("1e400"));
        assert_eq!(one(json, "id.x"), None);
        assert_eq!(one(json, "text"), Some("\"t\""));
        assert_eq!(one(json, "a.b[0].c"), Some("\"x\""));
        assert_eq!(one(json, "a.b[1].c"), Some(r#""y\"}""#));
        assert_eq!(one(json, "a.b[1]"), Some(r#"{"c": "y\"}"}"#));
        assert_eq!(one(json, "a.b[2].c"), None);
        assert_eq!(one(json, "a.b.c"), None);
        assert_eq!(one("[1, {\"t\": null}]", "[1].t"), Some("null"));
        assert_eq!(one("{}", "t"), None);
        assert_eq!(one("{\"t\":[]}", "t[0]"), None);
        assert_eq!(one(r#"{"\u0074ext":"x"}"#, "text"), Some("\"x\""));
    }

    #[test]
    fn the_last_of_two_equal_keys_counts() {
        let field = Field::parse("a.t").unwrap();
        let [located] = locate(r#"{"a":{"t":"1","t":"2"}}"#, [&field]).unwrap();
        assert!(located.repeated && located.span == Some(18..21), "{located:?}");
        let [located] = locate(r#"{"a":{"t":"1"},"a":{}}"#, [&field]).unwrap();
        assert!(located.repeated && located.span.is_none());
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{{\"x\":{}{},\"t\":\"y\"}}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(one(&deep, "t"), Some("\"y\""));
    }

    #[test]
    fn broken_json_is_an_error() {
        let json = r#"{"a":{"b":[{"c":"x\"}]},"t":"é\u00e9"}"#;
        let field = Field::parse("a.b[0].c").unwrap();
        for end in (0..json.len()).filter(|&i| json.is_char_boundary(i)) {
            assert!(locate(&json[..end], [&field]).is_err(), "{}", &json[..end]);
        }
    }
}
