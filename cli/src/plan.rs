//! The plan of a run: what is read, what is written where, how. All that can be wrong is found here, before any work.
//! It reads no input and writes nothing.
//! Between the arguments and `batch`.

use std::path::PathBuf;

use bodytext::Cleaner;
use encoding_rs::Encoding;

use crate::args::{CleanArgs, InputFormat, OutputFormat, RecordArgs, Shard};
use crate::checkpoint::{Lock, Places};
use crate::config;
use crate::documents::Fields;
use crate::exit_code::Stop;
use crate::filters::Filters;
use crate::json::field::Field;
use crate::limits::Limits;
use crate::tally::Failure;
use crate::trace::Trace;

mod checks;
mod inputs;
mod outputs;
mod own;

pub(crate) use inputs::by_extension;

/// A checked plan.
pub(crate) struct Plan {
    /// Cleans.
    pub(crate) cleaner: Cleaner,
    /// Where things stand in records.
    pub(crate) fields: Fields,
    /// The encoding the user named for texts.
    pub(crate) encoding: Option<&'static Encoding>,
    /// What is read, in order.
    pub(crate) items: Vec<Item>,
    /// What cannot be read, known already.
    pub(crate) failures: Vec<Failure>,
    /// Where it all goes.
    pub(crate) target: Target,
    /// Where malformed lines go.
    pub(crate) quarantine: Option<PathBuf>,
    /// Where removals are told of, and which.
    pub(crate) trace: Option<(PathBuf, Trace)>,
    /// Which documents are left out.
    pub(crate) filters: Filters,
    /// Whether nothing is to be written.
    pub(crate) dry: bool,
    /// What an input may ask of the machine.
    pub(crate) limits: Limits,
    /// Whether to go on with a run that was cut off.
    pub(crate) resume: bool,
    /// Whether that run has come to its end, and nothing is left to do.
    pub(crate) finished: bool,
    /// Where the run's own files are, where it can be resumed.
    pub(crate) places: Option<Places>,
    /// What the run is: with other rules or flags it could not be resumed.
    pub(crate) run: String,
    /// Where the manifest goes.
    pub(crate) manifest: Option<PathBuf>,
    /// Which part of how many this run is.
    pub(crate) shard: Option<Shard>,
    /// What all parts of it have in common, as one hash.
    pub(crate) whole: Option<String>,
    /// Manifests in the output folder that this run replaces.
    pub(crate) stale: Vec<PathBuf>,
    /// How many threads work; `None`: one a core.
    pub(crate) threads: Option<usize>,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    /// Where it comes from.
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
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
    /// A pipe with a name, which can be read once and has no size.
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
pub(crate) enum Target {
    /// Standard output.
    Stdout,
    /// One file.
    File(PathBuf),
    /// Something that is there and is neither file nor folder, such as `/dev/null`.
    Device(PathBuf),
    /// A folder; each item has its output.
    Folder(PathBuf),
    /// A dry run over a folder without an output.
    Nowhere,
}

impl Item {
    /// Its name in messages.
    pub(crate) fn label(&self) -> String {
        match &self.source {
            Source::Stdin => "standard input".to_owned(),
            Source::File(path) | Source::Pipe(path) => path.display().to_string(),
        }
    }

    /// Its name in records: the path with `/` on every system.
    pub(crate) fn id(&self) -> String {
        let parts: Vec<_> = self.relative.iter().map(|part| part.to_string_lossy()).collect();
        parts.join("/")
    }
}

impl Plan {
    /// Makes and checks the plan.
    pub(crate) fn new(args: &CleanArgs) -> Result<Plan, Stop> {
        let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
        let fields = fields(&args.records)?;
        let inputs = inputs::find(args)?;
        let records = !inputs.found.is_empty() && inputs.found.iter().all(|input| input.from.has_records());
        if encoding.is_some()
            && (records || matches!(args.files.from, InputFormat::Jsonl | InputFormat::Warc | InputFormat::Parquet))
        {
            return Err(Stop::usage("--encoding is for texts; records are UTF-8, so leave it out"));
        }
        let to = outputs::by_name(args, &inputs)?;
        let (mut items, target) = outputs::assign(args, to, &inputs)?;
        let inputs_hash = args.run.shard.map(|_| own::inputs(&items));
        if let Some(Shard { part, of }) = args.run.shard {
            // Every part is as good a sample of the whole as any other, and none has all the large ones.
            let mut number = 0..items.len();
            items.retain(|_| number.next().is_some_and(|n| n % of == part - 1));
        }
        let own = own::files(args, &items, &target)?;
        checks::outputs(args, &inputs, &items, &target, &own)?;
        // Compiling the rules takes longest, so it comes last.
        let cleaner = config::cleaner(&args.cleaning)?;
        Ok(Plan {
            fields,
            encoding,
            items,
            failures: inputs.failures,
            target,
            quarantine: args.files.quarantine.clone().filter(|_| !args.files.dry_run),
            trace: args.documents.trace().filter(|_| !args.files.dry_run),
            filters: args.documents.filters(),
            dry: args.files.dry_run,
            limits: args.limits.limits(),
            resume: args.run.resume,
            run: own.places.as_ref().map(|_| own::fingerprint(args, &cleaner)).unwrap_or_default(),
            whole: inputs_hash.map(|inputs| own::whole(args, &cleaner, &inputs)),
            stale: own.stale,
            cleaner,
            finished: own.finished,
            places: own.places,
            manifest: own.manifest,
            shard: args.run.shard,
            threads: args.run.threads.map(std::num::NonZeroUsize::get),
        })
    }
}

impl Plan {
    /// Locks the manifest, and what a run writes that can be resumed. Its folders must be there.
    pub(crate) fn locks(&self) -> Result<Vec<Lock>, Stop> {
        let state = self.places.as_ref().map(|places| &places.state);
        let aside = self.quarantine.iter().chain(self.trace.as_ref().map(|(path, _)| path)).filter(|_| state.is_some());
        // A manifest is written last; that it can be shows here.
        state.into_iter().chain(aside).chain(&self.manifest).map(|path| Lock::take(path)).collect()
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
pub(crate) fn fields(args: &RecordArgs) -> Result<Fields, Stop> {
    let field = |flag: &str, text: &str| Field::parse(text).map_err(|why| Stop::usage(format!("{flag} {why}")));
    Ok(Fields {
        text: field("--text-field", &args.text_field)?,
        id: field("--id-field", &args.id_field)?,
        url: field("--url-field", &args.url_field)?,
    })
}
