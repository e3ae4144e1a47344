//! An input of a run: its source, its format and its output.

use std::path::{Path, PathBuf};

use bodytext::Markup;
use same_file::Handle;

use crate::args::OutputFormat;
use crate::compression::Compression;
use crate::error::Error;
use crate::read::sniff;

/// Record files up to this many bytes are cleaned whole, many at a time; larger ones one at a time, in batches.
const SMALL: u64 = 1 << 20;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) source: Source,
    /// Its path below the output folder, and its name in records.
    pub(crate) relative: PathBuf,
    pub(crate) from: Format,
    pub(crate) to: Format,
    pub(crate) bytes: u64,
    /// Its own output: a file, or a folder for the texts of records. `None`: it is written to the common stream.
    pub(crate) output: Option<PathBuf>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
    /// A named pipe, which can be read once and has no size.
    #[cfg_attr(not(unix), allow(dead_code, reason = "other systems have no such pipes"))]
    Pipe(PathBuf),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Jsonl,
    /// A table as text; holds the delimiter to try first.
    Csv(u8),
    /// An archive of records with headers, as crawlers write it; input only.
    Warc,
    /// A table; its rows are the records.
    Parquet,
}

impl Format {
    pub(crate) const CSV: Format = Format::Csv(b',');
    pub(crate) const TSV: Format = Format::Csv(b'\t');

    /// The format of a file by its name, without the extension of a compression.
    pub(crate) fn of_name(path: &Path) -> Format {
        match extension(path).as_str() {
            "jsonl" | "ndjson" => Format::Jsonl,
            "csv" => Format::CSV,
            "tsv" | "tab" => Format::TSV,
            "warc" | "wet" => Format::Warc,
            "parquet" | "pq" => Format::Parquet,
            _ => Format::Text,
        }
    }

    /// What a record of this format is called.
    pub(crate) fn record_noun(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Jsonl => "line",
            Format::Csv(_) | Format::Parquet => "row",
            Format::Warc => "record",
        }
    }

    /// The format of a file that begins with the bytes that `sample` returns, which is called if the name does not tell:
    /// published corpora have JSON Lines under the name of JSON.
    pub(crate) fn of_file(path: &Path, sample: impl FnOnce() -> Vec<u8>) -> Format {
        let name = path.file_name().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
        let is_json = [".json", ".json.gz", ".json.zst"].iter().any(|ending| name.ends_with(ending));
        if is_json && sniff::is_json_lines(&sample()) { Format::Jsonl } else { Format::of_name(path) }
    }

    /// Whether one input of this format holds many texts.
    pub(crate) fn has_records(self) -> bool {
        self != Format::Text
    }
}

impl Source {
    /// Whether it is this open file, under whatever name.
    pub(crate) fn is_file(&self, file: &Handle) -> bool {
        let own = match self {
            Source::Stdin => Handle::stdin(),
            Source::File(path) => Handle::from_path(path),
            Source::Pipe(_) => return false,
        };
        own.is_ok_and(|own| own == *file)
    }
}

impl Input {
    /// Its markup, if its name says it.
    pub(crate) fn markup(&self) -> Option<Markup> {
        (self.from == Format::Text && names_a_page(&self.relative)).then_some(Markup::Html)
    }

    pub(crate) fn display_name(&self) -> String {
        match &self.source {
            Source::Stdin => "standard input".to_owned(),
            Source::File(path) | Source::Pipe(path) => path.display().to_string(),
        }
    }

    /// Its name in records: the path with `/` on every system.
    pub(crate) fn record_name(&self) -> String {
        let parts: Vec<_> = self.relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }

    /// Whether its output is a folder of texts.
    pub(crate) fn becomes_dir(&self) -> bool {
        self.from.has_records() && self.to == Format::Text
    }

    /// Whether it is a table that stays one, with all but the text as it was.
    pub(crate) fn stays_table(&self) -> bool {
        (self.from, self.to) == (Format::Parquet, Format::Parquet)
    }

    /// Whether records are copied byte for byte where their texts do not change: rows of Parquet are read as JSON.
    pub(crate) fn copies_records(&self) -> bool {
        self.from == self.to || (self.from, self.to) == (Format::Parquet, Format::Jsonl)
    }

    pub(crate) fn is_small(&self) -> bool {
        match (self.from, self.to) {
            (Format::Text, _) => true,
            (Format::Jsonl, Format::Jsonl) => {
                let plain = Compression::of_name(&self.relative) == Compression::None;
                plain && matches!(self.source, Source::File(_)) && self.bytes <= SMALL
            }
            _ => false,
        }
    }
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Format {
        match format {
            OutputFormat::Text | OutputFormat::Markdown => Format::Text,
            OutputFormat::Jsonl => Format::Jsonl,
            OutputFormat::Parquet => Format::Parquet,
        }
    }
}

/// Whether a file is a web page by its name, compressed or not.
pub(crate) fn names_a_page(path: &Path) -> bool {
    matches!(extension(path).as_str(), "html" | "htm" | "xhtml") || names_saved_page(path)
}

/// Whether it is one that a browser saved as an e-mail (MHTML), by its name.
pub(crate) fn names_saved_page(path: &Path) -> bool {
    matches!(extension(path).as_str(), "mht" | "mhtml")
}

/// The extension of a name in lower case, without that of a compression.
fn extension(path: &Path) -> String {
    let stem = if Compression::of_name(path) == Compression::None { None } else { path.file_stem().map(Path::new) };
    stem.unwrap_or(path).extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase()
}

/// Refuses a second `-`: standard input can be read only once.
pub(crate) fn check_stdin_once<'p>(paths: impl IntoIterator<Item = &'p PathBuf>) -> Result<(), Error> {
    match paths.into_iter().filter(|path| *path == Path::new("-")).count() {
        0 | 1 => Ok(()),
        _ => Err(Error::usage("- is given twice, but standard input can be read only once; leave one out")),
    }
}
