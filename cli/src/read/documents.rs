//! Loads the documents of a path into memory: a text, a folder, JSON Lines or standard input. For the commands that
//! measure; what they measure is small beside what is cleaned.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bodytext_eval::{Content, LoadedDocument};
use encoding_rs::Encoding;

use crate::documents::Fields;
use crate::json::field::Field;
use crate::json::find::find;
use crate::json::string;
use crate::limits::Limits;
use crate::output;
use crate::packing;
use crate::plan::{self, Format};
use crate::records::{self, Value};
use crate::source::folder::{self, Filter};
use crate::source::recognise;
use crate::tally::Failure;

/// What to load.
#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// Where records have their text, their id and the page's address.
    pub(crate) fields: &'a Fields,
    /// Further fields of records, whose values are loaded too.
    pub(crate) values: &'a [Field],
    /// The encoding of texts, where the user named it.
    pub(crate) encoding: Option<&'static Encoding>,
    /// Whether documents are found by their ids: a record must have one, and a single file must hold records.
    pub(crate) by_id: bool,
    /// Stop after this many bytes.
    pub(crate) max_bytes: u64,
}

/// The documents of a path.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// In the order in which they were found.
    pub(crate) documents: Vec<LoadedDocument>,
    /// Records whose text is missing, or not a string.
    pub(crate) without_text: usize,
    /// What could not be read.
    pub(crate) failures: Vec<Failure>,
    /// Whether there is more than was loaded.
    pub(crate) truncated: bool,
}

/// Loads the documents of `path`; `-` is standard input. The error is that it cannot be read at all.
pub(crate) fn read_documents(path: &Path, request: &Request<'_>) -> Result<Documents, String> {
    let mut documents = Documents::default();
    if path.is_dir() {
        let mut bytes_left = request.max_bytes;
        for file in folder::list(path, &Filter::new(&[], &[])?, &mut documents.failures) {
            if bytes_left == 0 {
                documents.truncated = true;
                break;
            }
            match packing::read(&file.path) {
                Ok(bytes) => {
                    bytes_left = bytes_left.saturating_sub(bytes.len() as u64);
                    documents.add_file(&file.path, &file.relative, bytes, request);
                }
                Err(error) => documents.failures.push(Failure::of(&file.path, output::reason(&error))),
            }
        }
        return Ok(documents);
    }
    let mut bytes = read_up_to(path, request.max_bytes).map_err(|error| output::reason(&error))?;
    if bytes.len() as u64 == request.max_bytes {
        documents.truncated = true;
        bytes.truncate(memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1));
    }
    let piped_records = path == Path::new("-") && bytes.trim_ascii_start().starts_with(b"{");
    if request.by_id || piped_records || is_jsonl(path) {
        if let Some(why) = recognise::no_records(&bytes) {
            return Err(why);
        }
        documents.add_records(&display_name(path), &bytes, request);
    } else {
        documents.add_file(path, path, bytes, request);
    }
    Ok(documents)
}

/// The name of a path in messages and tables.
pub(crate) fn display_name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

impl Documents {
    fn add_file(&mut self, path: &Path, relative: &Path, bytes: Vec<u8>, request: &Request<'_>) {
        if is_jsonl(relative) {
            self.add_records(&display_name(path), &bytes, request);
        } else if let Some(what) = recognise::no_text(&bytes, request.encoding) {
            self.failures.push(Failure::of(path, what));
        } else {
            let stem = relative.with_extension("");
            let id = stem.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
            let (content, values) = (Content::Bytes(bytes, request.encoding), vec![None; request.values.len()]);
            self.documents.push(LoadedDocument { id, host: None, content, values });
        }
    }

    fn add_records(&mut self, name: &str, bytes: &[u8], request: &Request<'_>) {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            if line.trim_ascii().is_empty() {
                continue;
            }
            match record(line, request) {
                Ok(Some(document)) => self.documents.push(document),
                Ok(None) => self.without_text += 1,
                Err(why) => {
                    let reason = format!("{why}; a record is an object with an id and a text on one line");
                    self.failures.push(Failure { path: name.to_owned(), line: Some(number), reason });
                }
            }
        }
    }
}

fn is_jsonl(path: &Path) -> bool {
    plan::by_extension(path) == Format::Jsonl
}

fn read_up_to(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(max_bytes).read_to_end(&mut bytes)?;
    } else {
        packing::unpacked(File::open(path)?, &Limits::DEFAULT)?.take(max_bytes).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The document of a line; `None` where it has no text.
fn record(line: &[u8], request: &Request<'_>) -> Result<Option<LoadedDocument>, String> {
    let record = records::read(request.fields, line, Limits::DEFAULT.depth)?;
    let id = record.id.or((!request.by_id).then(String::new)).ok_or("it has no id; name the field with --id-field")?;
    let Value::String(raw, _) = record.text else { return Ok(None) };
    let content = Content::Text(string::decode(raw).text.into_owned());
    let json = std::str::from_utf8(line).unwrap_or_default();
    let values = request.values.iter().map(|field| value(json, field)).collect::<Result<_, _>>()?;
    Ok(Some(LoadedDocument { id, host: record.host, content, values }))
}

/// The value of a field: the text of a string, or the JSON of anything else; `None` for null.
fn value(json: &str, field: &Field) -> Result<Option<String>, String> {
    let [found] = find(json, [field], Limits::DEFAULT.depth)?;
    let Some(raw) = found.span.map(|span| &json[span]).filter(|raw| *raw != "null") else { return Ok(None) };
    let inside = raw.strip_prefix('"').and_then(|raw| raw.strip_suffix('"'));
    Ok(Some(inside.map_or_else(|| raw.to_owned(), |inside| string::decode(inside).text.into_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, by_id: bool, max_bytes: u64) -> Documents {
        let field = |name: &str| Field::parse(name).unwrap();
        let fields = Fields { text: field("text"), id: field("id"), url: field("url") };
        let values = [field("lang"), field("fold")];
        let request = Request { fields: &fields, values: &values, encoding: None, by_id, max_bytes };
        read_documents(path, &request).unwrap()
    }

    #[test]
    fn records_have_ids_hosts_and_values() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pages.jsonl");
        let first = r#"{"id":7,"text":"caf\u00e9","url":"https://example.org/x","lang":"fr","fold":3}"#;
        let rest = "{\"id\":\"b\",\"text\":null}\n{\"text\":\"no id\"}\n\nnot JSON\n";
        std::fs::write(&path, format!("\u{feff}{first}\n{rest}")).unwrap();
        let found = read(&path, true, u64::MAX);
        let first = &found.documents[0];
        assert_eq!((&*first.id, first.host.as_deref(), &*first.text()), ("7", Some("example.org"), "café"));
        assert_eq!(first.values, [Some("fr".to_owned()), Some("3".to_owned())]);
        assert_eq!((found.documents.len(), found.without_text, found.truncated), (1, 1, false));
        assert_eq!(found.failures.iter().map(|failure| failure.line).collect::<Vec<_>>(), [Some(3), Some(5)]);
        assert_eq!(read(&path, false, u64::MAX).documents.len(), 2);
        assert!(read(&path, false, 120).truncated);
    }

    #[test]
    fn a_folder_has_texts_and_records() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(dir.path().join("sub/a.txt"), "A text.").unwrap();
        std::fs::write(dir.path().join("b.jsonl"), "{\"id\":\"b\",\"text\":\"B\"}\n").unwrap();
        std::fs::write(dir.path().join("c.txt"), b"%PDF-1.7").unwrap();
        let found = read(dir.path(), true, u64::MAX);
        assert_eq!(found.documents.iter().map(|document| &*document.id).collect::<Vec<_>>(), ["b", "sub/a"]);
        assert_eq!((found.failures.len(), read(dir.path(), true, 1).truncated), (1, true));
    }
}
