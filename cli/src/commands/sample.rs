//! Loads documents into memory, to measure on them: a file, a folder, JSON lines, standard input; or pages made up from
//! the examples of the rules.
//! It cleans nothing. What it cannot read it leaves out and counts.
//! For `bench` and `rules profile`.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use bodytext::unstable::Rule;

use crate::args::RecordArgs;
use crate::documents::Fields;
use crate::exit_code::Stop;
use crate::json::string;
use crate::limits::Limits;
use crate::output;
use crate::packing;
use crate::plan::{self, Format};
use crate::records::{self, Value};
use crate::source::folder::{self, Filter};
use crate::source::recognise;

/// Pages that are made up where no path is named.
const PAGES: usize = 400;
/// Blocks of a made-up page: a paragraph and two lines of boilerplate each.
const BLOCKS: usize = 12;
/// Examples that make a paragraph.
const SENTENCES: usize = 3;

/// A document.
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    /// The site it comes from, where known.
    pub(super) host: Option<String>,
}

/// What was loaded.
#[derive(Default)]
pub(super) struct Sample {
    pub(super) documents: Vec<Document>,
    /// Files and records that hold no text.
    pub(super) left_out: usize,
    /// Whether there is more than was loaded.
    pub(super) more: bool,
    bytes: usize,
    most: usize,
}

impl Sample {
    /// Loads up to so many megabytes of what `path` names.
    pub(super) fn load(path: &Path, records: &RecordArgs, max_mb: u64) -> Result<Sample, Stop> {
        let fields = &plan::fields(records)?;
        let most = usize::try_from(max_mb.saturating_mul(1_000_000)).unwrap_or(usize::MAX);
        let mut sample = Sample { most, ..Sample::default() };
        let unreadable = |error: &io::Error| {
            Stop::usage(format!("{}: {}; name a file or a folder", path.display(), output::reason(error)))
        };
        if path == Path::new("-") {
            let mut bytes = Vec::new();
            io::stdin().lock().take(most as u64).read_to_end(&mut bytes).map_err(|error| unreadable(&error))?;
            sample.add_file(Path::new("-"), bytes, fields);
        } else if path.is_dir() {
            let filter = Filter::new(&[], &[]).map_err(Stop::Usage)?;
            for file in folder::list(path, &filter, &mut Vec::new()) {
                if sample.is_full() {
                    break;
                }
                match packing::read(&file.path) {
                    Ok(bytes) => sample.add_file(&file.path, bytes, fields),
                    Err(_) => sample.left_out += 1,
                }
            }
        } else {
            let mut bytes = Vec::new();
            let file = fs::File::open(path).and_then(|file| packing::unpacked(file, &Limits::DEFAULT));
            // Records are cut off at the limit; a single text is loaded whole.
            let most = if is_records(path) { most as u64 } else { u64::MAX };
            file.and_then(|file| file.take(most).read_to_end(&mut bytes)).map_err(|error| unreadable(&error))?;
            sample.more = bytes.len() as u64 == most;
            sample.add_file(path, bytes, fields);
        }
        if sample.bytes() == 0 {
            return Err(Stop::usage(format!("{}: no text was found in it; name texts or JSON lines", path.display())));
        }
        Ok(sample)
    }

    /// Pages made of the examples that these rules carry: what they must find is the boilerplate, what they must leave
    /// alone the text.
    pub(super) fn made_up(rules: &[Rule]) -> Sample {
        let mut boilerplate = rules.iter().filter(|r| r.action.removes()).flat_map(Rule::matches).cycle();
        let mut text = rules.iter().flat_map(Rule::near_misses).cycle();
        let mut sample = Sample { most: usize::MAX, ..Sample::default() };
        for _ in 0..PAGES {
            let mut page = String::new();
            for _ in 0..BLOCKS {
                boilerplate.by_ref().take(2).for_each(|line| page.extend([line, "\n\n"]));
                text.by_ref().take(SENTENCES).for_each(|sentence| page.extend([sentence, " "]));
                page.push_str("\n\n");
            }
            sample.add(page.into_bytes(), None);
        }
        sample
    }

    /// The bytes of all documents.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    fn is_full(&mut self) -> bool {
        self.more |= self.bytes >= self.most;
        self.more
    }

    fn add(&mut self, bytes: Vec<u8>, host: Option<String>) {
        self.bytes += bytes.len();
        self.documents.push(Document { bytes, host });
    }

    fn add_file(&mut self, path: &Path, bytes: Vec<u8>, fields: &Fields) {
        if is_records(path) || path == Path::new("-") && bytes.trim_ascii_start().starts_with(b"{") {
            for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                match records::read(fields, line, Limits::DEFAULT.depth) {
                    Ok(record) => match record.text {
                        Value::String(raw, _) => self.add(string::decode(raw).text.into_owned().into(), record.host),
                        _ => self.left_out += 1,
                    },
                    Err(_) => self.left_out += 1,
                }
            }
        } else if recognise::no_text(&bytes, None).is_some() {
            self.left_out += 1;
        } else {
            self.add(bytes, None);
        }
    }
}

fn is_records(path: &Path) -> bool {
    plan::by_extension(path) == Format::Jsonl
}
