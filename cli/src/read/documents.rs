//! Loads the documents of a path into memory (a text, a folder, JSON Lines or standard input), for the commands that
//! measure. Their inputs are small compared to those of `clean`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use bodytext::TextEncoding;
use bodytext_eval::{Content, LoadedDocument};

use super::csv::CsvReader;
use super::jsonl::{Fields, LineReader, string_at};
use super::saved_page::find_page;
use super::sniff::{SAMPLE, sniff_records, sniff_text};
use super::walk::{self, Filter};
use super::warc::{WarcFormat, WarcReader};
use super::{Document, ReadError, Record, RecordError, RecordFormat, RecordReader};
use crate::catch_panic::catch_panic;
use crate::compression;
use crate::error::io_reason;
use crate::input::Format;
use crate::json::field::Field;
use crate::json::locate::locate;
use crate::limits::Limits;
use crate::stats::Failure;

#[derive(Clone, Copy)]
pub(crate) struct Request<'a> {
    /// The fields of records for the text, the id, the page's address and its title.
    pub(crate) fields: &'a Fields,
    /// Further fields of records whose values are loaded.
    pub(crate) values: &'a [Field],
    /// The encoding of texts, if the user named it.
    pub(crate) encoding: Option<TextEncoding>,
    /// Whether documents are identified by ids: records must have one, and a single file must hold records.
    pub(crate) by_id: bool,
    /// The size limit; exceeding it is an error.
    pub(crate) max_bytes: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Documents {
    /// In the order in which they were found.
    pub(crate) documents: Vec<LoadedDocument>,
    /// The number of records whose text is missing or not a string.
    pub(crate) without_text: usize,
    pub(crate) failures: Vec<Failure>,
    /// Whether there is more than was loaded.
    pub(crate) truncated: bool,
}

/// Loads the documents of `path`; `-` is standard input. Fails if the path cannot be read at all.
pub(crate) fn read_documents(path: &Path, request: &Request<'_>) -> Result<Documents, String> {
    let mut documents = Documents::default();
    if path.is_dir() {
        let mut bytes_left = request.max_bytes;
        for file in walk::list(path, &Filter::new(&[], &[])?, &mut documents.failures) {
            if bytes_left == 0 {
                documents.truncated = true;
                break;
            }
            match read_bytes(&file.path, u64::MAX) {
                Ok(bytes) => {
                    bytes_left = bytes_left.saturating_sub(bytes.len() as u64);
                    documents.add_file(&file.path, &file.relative, bytes, request);
                }
                Err(error) => documents.failures.push(Failure::of(&file.path, io_reason(&error))),
            }
        }
        return Ok(documents);
    }
    let mut bytes = read_bytes(path, request.max_bytes).map_err(|error| io_reason(&error))?;
    if bytes.len() as u64 == request.max_bytes {
        documents.truncated = true;
        bytes.truncate(memchr::memrchr(b'\n', &bytes).map_or(bytes.len(), |at| at + 1));
    }
    let piped_records = path == Path::new("-") && bytes.trim_ascii_start().starts_with(b"{");
    match Format::of_file(path, || bytes[..bytes.len().min(SAMPLE)].to_vec()) {
        Format::Text if !request.by_id && !piped_records => documents.add_file(path, path, bytes, request),
        Format::Warc => documents.add_archive(&display_name(path), &bytes),
        Format::Csv(delimiter) => documents.add_table(&display_name(path), &bytes, delimiter, request)?,
        _ => match sniff_records(&bytes) {
            Some(why) => return Err(why),
            None => documents.add_lines(&display_name(path), &bytes, request),
        },
    }
    Ok(documents)
}

pub(crate) fn display_name(path: &Path) -> String {
    if path == Path::new("-") { "standard input".to_owned() } else { path.display().to_string() }
}

impl Documents {
    fn add_file(&mut self, path: &Path, relative: &Path, bytes: Vec<u8>, request: &Request<'_>) {
        match Format::of_file(relative, || bytes[..bytes.len().min(SAMPLE)].to_vec()) {
            Format::Jsonl => return self.add_lines(&display_name(path), &bytes, request),
            Format::Warc => return self.add_archive(&display_name(path), &bytes),
            Format::Csv(delimiter) => {
                if let Err(what) = self.add_table(&display_name(path), &bytes, delimiter, request) {
                    self.failures.push(Failure::of(path, what));
                }
                return;
            }
            _ => {}
        }
        let stem = relative.with_extension("");
        let id = stem.iter().map(|part| part.to_string_lossy()).collect::<Vec<_>>().join("/");
        let values = vec![None; request.values.len()];
        match catch_panic(|| find_page(relative, &bytes)) {
            Ok(Ok(None)) => {}
            Ok(Ok(Some(page))) => {
                self.failures.extend(page.fault.as_ref().map(|fault| Failure::of(path, fault)));
                let document = LoadedDocument::from(page.into_document(request.encoding));
                return self.documents.push(LoadedDocument { id, values, ..document });
            }
            Ok(Err(what)) | Err(what) => return self.failures.push(Failure::of(path, what)),
        }
        if let Some(what) = sniff_text(&bytes, request.encoding) {
            return self.failures.push(Failure::of(path, what));
        }
        let content = Content::Bytes(bytes, request.encoding);
        self.documents.push(LoadedDocument { id, host: None, title: None, content, values });
    }

    fn add_lines(&mut self, name: &str, bytes: &[u8], request: &Request<'_>) {
        self.add_records(name, LineReader::new(bytes, usize::MAX), |raw| {
            let document = request.fields.parse(raw).and_then(|document| with_id(document, request));
            let document = document.map_err(|error| match error {
                RecordError::Malformed(why) => {
                    RecordError::Malformed(format!("{why}; a record is an object with an id and a text on one line"))
                }
                other => other,
            })?;
            let values = request.values.iter().map(|field| value(raw, field)).collect();
            Ok(LoadedDocument { values, ..document.into() })
        });
    }

    /// Adds the rows of a CSV table. The error says what is wrong with all of it.
    fn add_table(&mut self, name: &str, bytes: &[u8], delimiter: u8, request: &Request<'_>) -> Result<(), String> {
        let (reader, format) =
            CsvReader::open(bytes, delimiter, request.fields, &Limits::DEFAULT).map_err(|error| io_reason(&error))?;
        self.add_records(name, reader, |raw| {
            let document = with_id(format.parse(raw)?, request)?;
            let values = request.values.iter().map(|field| format.value(raw, &field.column())).collect();
            Ok(LoadedDocument { values, ..document.into() })
        });
        Ok(())
    }

    fn add_archive(&mut self, name: &str, bytes: &[u8]) {
        let reader = WarcReader::new(bytes, &Limits::DEFAULT);
        self.add_records(name, reader, |raw| {
            WarcFormat { max_page: Limits::DEFAULT.record }.parse(raw).map(LoadedDocument::from)
        });
    }

    fn add_records(
        &mut self,
        name: &str,
        mut reader: impl RecordReader,
        parse: impl Fn(&[u8]) -> Result<LoadedDocument, RecordError>,
    ) {
        loop {
            let batch = match reader.next_batch() {
                Ok(Some(batch)) => batch,
                Ok(None) => return,
                Err(ReadError::Damaged(error, _) | ReadError::Io(error)) => {
                    return self.failures.push(Failure::new(name, None, io_reason(&error)));
                }
            };
            for Record { number, range } in &batch.records {
                match parse(&batch.bytes[range.clone()]) {
                    Ok(document) => self.documents.push(document),
                    Err(RecordError::Blank) => {}
                    Err(RecordError::Malformed(why)) => {
                        self.failures.push(Failure::new(name, Some(*number), why));
                    }
                    Err(_) => self.without_text += 1,
                }
            }
        }
    }
}

/// Refuses a document without an id where documents are told by them.
fn with_id<'r>(document: Document<'r>, request: &Request<'_>) -> Result<Document<'r>, RecordError> {
    match document.id {
        None if request.by_id => Err(RecordError::Malformed("it has no id; name the field with --id-field".to_owned())),
        _ => Ok(document),
    }
}

impl From<Document<'_>> for LoadedDocument {
    fn from(document: Document<'_>) -> LoadedDocument {
        let (host, title) = (document.host(), document.title);
        let content = Content::Text(document.text.into_owned());
        LoadedDocument { id: document.id.unwrap_or_default(), host, title, content, values: Vec::new() }
    }
}

/// The bytes of a file or of standard input, decompressed, up to a maximum.
pub(crate) fn read_bytes(path: &Path, max_bytes: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(max_bytes).read_to_end(&mut bytes)?;
    } else {
        compression::decompressed(File::open(path)?, &Limits::DEFAULT)?.take(max_bytes).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

/// The value of a field: the text of a string, or the JSON of anything else; `None` for null.
fn value(record: &[u8], field: &Field) -> Option<String> {
    let json = std::str::from_utf8(record.strip_prefix(b"\xef\xbb\xbf").unwrap_or(record)).ok()?;
    let [located] = locate(json, [field]).ok()?;
    let span = located.span.filter(|span| &json[span.clone()] != "null")?;
    Some(string_at(json, &span).map_or_else(|| json[span.clone()].to_owned(), |value| value.text.into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &Path, by_id: bool, max_bytes: u64) -> Documents {
        let field = |name: &str| Field::parse(name).unwrap();
        let fields = Fields { text: field("text"), id: field("id"), url: field("url"), title: field("title") };
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
