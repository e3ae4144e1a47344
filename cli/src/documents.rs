//! One text file: recognised, cleaned, counted, and put into the form of the output.
//! It opens and writes no file; `batch` hands it the bytes.
//! Between the sources and the library, beside `records`.

use bodytext::Cleaner;
use bodytext::unstable::decode;
use encoding_rs::Encoding;

use crate::filters::Filters;
use crate::guard::guarded;
use crate::json::field::Field;
use crate::json::string;
use crate::limits::Limits;
use crate::manifest::Output;
use crate::plan::Format;
use crate::records::{Aside, Text};
use crate::source::recognise;
use crate::tally::{Failure, Tally};
use crate::trace::{Base, Named, Trace};

/// What all workers share.
pub(crate) struct Job<'a> {
    /// Cleans.
    pub(crate) cleaner: &'a Cleaner,
    /// Where things stand in records.
    pub(crate) fields: &'a Fields,
    /// The encoding the user named for texts.
    pub(crate) encoding: Option<&'static Encoding>,
    /// Whether malformed lines are taken out of the output, because a quarantine keeps them.
    pub(crate) quarantine: bool,
    /// What an input may ask for.
    pub(crate) limits: Limits,
    /// Which documents are left out.
    pub(crate) filters: Filters,
    /// Whether removals are told of.
    pub(crate) trace: Option<Trace>,
}

/// The fields of records.
#[derive(Debug, Clone)]
pub(crate) struct Fields {
    /// The text.
    pub(crate) text: Field,
    /// The record's name.
    pub(crate) id: Field,
    /// The page's address.
    pub(crate) url: Field,
}

/// What came of an input or a piece of one.
#[derive(Debug, Default)]
pub(crate) struct Done {
    /// The output, in order.
    pub(crate) bytes: Vec<u8>,
    /// Texts of records, where these are to be written as texts.
    pub(crate) texts: Vec<Text>,
    /// Lines for the quarantine.
    pub(crate) aside: Vec<Aside>,
    /// The counts.
    pub(crate) tally: Tally,
    /// The trace of what was removed.
    pub(crate) trace: Vec<u8>,
    /// Outputs that stand already.
    pub(crate) outputs: Vec<Output>,
    /// Records with the text field, whatever it holds.
    pub(crate) with_text: u64,
    /// Whether there is an output at all; a file that was skipped has none.
    pub(crate) written: bool,
}

impl Done {
    /// An input without output.
    pub(crate) fn failed(path: &str, reason: impl Into<String>) -> Done {
        let mut done = Done::default();
        done.tally.fail(Failure { path: path.to_owned(), line: None, reason: reason.into() });
        done
    }
}

impl Job<'_> {
    /// Cleans the text file `bytes`. `path` names it in messages, `id` in a record.
    pub(crate) fn document(&self, bytes: &[u8], path: &str, id: &str, to: Format) -> Done {
        if let Some(what) = recognise::no_text(bytes, self.encoding) {
            return Done::failed(path, what);
        }
        self.cleaned(bytes, id, path, to).unwrap_or_else(|fault| Done::failed(path, fault))
    }

    fn cleaned(&self, bytes: &[u8], id: &str, path: &str, to: Format) -> Result<Done, String> {
        let decoded = guarded(|| decode(bytes, self.encoding))?;
        let mut done = Done::default();
        let name = Named { path, record: None, id: Some(id), base: Base::default() };
        let (clean, stays) = self.text(&decoded.text, None, name, &mut done)?;
        let changed = clean.text().as_bytes() != bytes;
        done.tally.document(decoded.encoding, decoded.source, decoded.replaced, changed);
        done.tally.empty += u64::from(bytes.is_empty());
        done.tally.records.read = 1;
        done.written = stays;
        if stays {
            done.bytes = match to {
                Format::Text => clean.into_text().into_bytes(),
                _ => record(id, clean.text()).into_bytes(),
            };
        }
        Ok(done)
    }
}

/// A new record.
fn record(id: &str, text: &str) -> String {
    let mut line = String::with_capacity(text.len() + text.len() / 16 + id.len() + 24);
    line.push_str("{\"id\":\"");
    string::escape(id, false, &mut line);
    line.push_str("\",\"text\":\"");
    string::escape(text, false, &mut line);
    line.push_str("\"}\n");
    line
}
