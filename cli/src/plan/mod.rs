//! The plan of a run: what is read, what is written where, how. All that can be wrong is found here, before any work.

mod conflicts;
mod inputs;
mod outputs;
mod run_files;

use std::path::PathBuf;

use bodytext::Cleaner;
use encoding_rs::Encoding;

use crate::args::{CleanArgs, InputFormat, OutputFormat, RecordArgs, Shard};
use crate::compression::Compression;
use crate::config;
use crate::error::Error;
use crate::filters::Filters;
use crate::json::field::Field;
use crate::limits::Limits;
use crate::read::jsonl::Fields;
use crate::removals::RemovalsLog;
use crate::run_log::Lock;
use crate::stats::Failure;

pub(crate) use inputs::by_extension;
pub(crate) use run_files::{Resume, RunFiles, manifests, timings_path};

/// Files of records up to this size are cleaned whole, many at a time; larger ones one at a time, in batches.
const SMALL: u64 = 1 << 20;

/// A checked plan.
pub(crate) struct Plan {
    pub(crate) cleaner: Cleaner,
    pub(crate) fields: Fields,
    /// The encoding the user named for texts.
    pub(crate) encoding: Option<&'static Encoding>,
    pub(crate) inputs: Vec<Input>,
    /// What cannot be read, known already.
    pub(crate) failures: Vec<Failure>,
    pub(crate) destination: Destination,
    /// Where malformed records go.
    pub(crate) quarantine: Option<PathBuf>,
    /// Where removals are logged, and of which documents.
    pub(crate) removals: Option<(PathBuf, RemovalsLog)>,
    pub(crate) filters: Filters,
    pub(crate) dry_run: bool,
    pub(crate) limits: Limits,
    pub(crate) files: RunFiles,
    /// Which shard of how many this run is.
    pub(crate) shard: Option<Shard>,
    /// How many threads work; `None`: one a core.
    pub(crate) threads: Option<usize>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) source: Source,
    /// Its path below the output folder, and its name in records.
    pub(crate) relative: PathBuf,
    /// What it is.
    pub(crate) from: Format,
    /// What it becomes.
    pub(crate) to: Format,
    /// Its size in bytes, where that is known.
    pub(crate) bytes: u64,
    /// Its own output: a file, or a folder for the texts of records. `None`: it goes to the common stream.
    pub(crate) output: Option<PathBuf>,
}

/// Where an input comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Source {
    Stdin,
    File(PathBuf),
    /// A named pipe, which can be read once and has no size.
    #[cfg_attr(not(unix), allow(dead_code, reason = "other systems have no such pipes"))]
    Pipe(PathBuf),
}

/// What an input or output is, compressed or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// Plain text.
    Text,
    /// One JSON record a line.
    Jsonl,
    /// An archive of records with headers, as crawlers write it; only read.
    Warc,
    /// A table; it stays one.
    Parquet,
}

impl Format {
    /// Whether one input of it holds many texts.
    pub(crate) fn has_records(self) -> bool {
        self != Format::Text
    }
}

/// Where the output of a run goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
    /// Something that exists and is neither file nor folder, such as `/dev/null`.
    Device(PathBuf),
    /// A folder; each input has its output.
    Dir(PathBuf),
    /// A dry run over a folder without an output.
    Discard,
}

impl Input {
    /// Its name in messages.
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

    /// Whether it is cleaned whole.
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

impl Plan {
    /// Makes and checks the plan.
    pub(crate) fn new(args: &CleanArgs) -> Result<Plan, Error> {
        let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
        let fields = fields(&args.records)?;
        let found = inputs::find(args)?;
        let records = !found.files.is_empty() && found.files.iter().all(|file| file.format.has_records());
        if encoding.is_some()
            && (records || matches!(args.files.from, InputFormat::Jsonl | InputFormat::Warc | InputFormat::Parquet))
        {
            return Err(Error::usage("--encoding is for texts; records are UTF-8, so leave it out"));
        }
        let (mut inputs, destination) = outputs::assign(args, &found)?;
        let shared = args.run.shard.map(|_| run_files::digest_inputs(&inputs));
        if let Some(Shard { index, count }) = args.run.shard {
            // Every shard is as good a sample of the whole as any other, and none has all the large inputs.
            let mut number = 0..inputs.len();
            inputs.retain(|_| number.next().is_some_and(|n| n % count == index - 1));
        }
        let mut files = RunFiles::new(args, &inputs, &destination)?;
        conflicts::check(args, &found, &inputs, &destination, &files)?;
        // Compiling the rules takes longest, so it comes last.
        let cleaner = config::cleaner(&args.cleaning)?;
        files.identify(args, &cleaner, shared.as_deref());
        Ok(Plan {
            fields,
            encoding,
            inputs,
            failures: found.failures,
            destination,
            quarantine: args.files.quarantine.clone().filter(|_| !args.files.dry_run),
            removals: args.documents.removals_log().filter(|_| !args.files.dry_run),
            filters: args.documents.filters(),
            dry_run: args.files.dry_run,
            limits: args.limits.limits(),
            files,
            cleaner,
            shard: args.run.shard,
            threads: args.run.threads.map(std::num::NonZeroUsize::get),
        })
    }

    /// Locks the manifest, and what a run writes that can be resumed. Its folders must exist.
    pub(crate) fn locks(&self) -> Result<Vec<Lock>, Error> {
        let log = self.files.log.as_ref();
        let beside = self.quarantine.iter().chain(self.removals.as_ref().map(|(path, _)| path)).filter(|_| log.is_some());
        // A manifest is written last; that it can be shows here.
        log.into_iter().chain(beside).chain(&self.files.manifest).map(|path| Lock::take(path)).collect()
    }
}

impl From<OutputFormat> for Format {
    fn from(format: OutputFormat) -> Format {
        match format {
            OutputFormat::Text => Format::Text,
            OutputFormat::Jsonl => Format::Jsonl,
        }
    }
}

/// The fields these flags name.
pub(crate) fn fields(args: &RecordArgs) -> Result<Fields, Error> {
    Ok(Fields {
        text: field("--text-field", &args.text_field)?,
        id: field("--id-field", &args.id_field)?,
        url: field("--url-field", &args.url_field)?,
    })
}

/// The field that a flag names.
pub(crate) fn field(flag: &str, path: &str) -> Result<Field, Error> {
    Field::parse(path).map_err(|why| Error::usage(format!("{flag} {why}")))
}
