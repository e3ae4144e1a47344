//! The plan of a run: its inputs, its outputs and its options. All usage errors are found here, before any work.

mod conflicts;
mod inputs;
mod outputs;
mod run_files;

use std::fmt;
use std::path::{Path, PathBuf};

use bodytext::TextEncoding;
use bodytext::{Cleaner, FieldName, Filters};

use crate::args::{CleanArgs, FileArgs, InputFormat, RecordArgs, Shard};
use crate::config;
use crate::error::Error;
use crate::extra_fields::ExtraFields;
use crate::input::{Format, Input};
use crate::json::field::{Field, Segment};
use crate::limits::Limits;
use crate::read::jsonl::Fields;
use crate::stats::Failure;
use crate::terminal::shown;
use crate::write::Lock;

pub(crate) use run_files::{Resume, RunFiles, manifests, timings_path};

pub(crate) struct Plan {
    pub(crate) cleaner: Cleaner,
    pub(crate) fields: Fields,
    /// The encoding the user named for texts.
    pub(crate) encoding: Option<TextEncoding>,
    pub(crate) inputs: Vec<Input>,
    /// Inputs that are already known to be unreadable.
    pub(crate) failures: Vec<Failure>,
    pub(crate) destination: Destination,
    pub(crate) quarantine: Option<PathBuf>,
    /// The path of the removals log, and the share of documents to log.
    pub(crate) removals: Option<(PathBuf, f64)>,
    pub(crate) filters: Filters,
    pub(crate) extra_fields: ExtraFields,
    pub(crate) dry_run: bool,
    pub(crate) limits: Limits,
    pub(crate) files: RunFiles,
    pub(crate) shard: Option<Shard>,
    /// The number of threads; `None`: one per core.
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Destination {
    Stdout,
    File(PathBuf),
    /// A path that is neither file nor folder, such as `/dev/null`.
    Device(PathBuf),
    /// A folder with an output for each input.
    Dir(PathBuf),
    /// A dry run over a folder without an output.
    Discard,
}

impl Destination {
    /// The folder of the outputs, if each input has its own.
    pub(crate) fn root(&self) -> Option<&Path> {
        match self {
            Destination::Dir(root) => Some(root),
            _ => None,
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Destination::Stdout => f.write_str("standard output"),
            Destination::File(path) | Destination::Device(path) => shown(path).fmt(f),
            Destination::Dir(root) => write!(f, "{}/", shown(root).to_string().trim_end_matches('/')),
            Destination::Discard => f.write_str("nothing"),
        }
    }
}

impl Plan {
    pub(crate) fn new(args: &CleanArgs) -> Result<Plan, Error> {
        let encoding = config::encoding(args.cleaning.encoding.as_deref())?;
        let fields = fields(&args.records)?;
        let found = inputs::find(args)?;
        let records = !found.files.is_empty() && found.files.iter().all(|file| file.from.has_records());
        if encoding.is_some() && (records || !matches!(args.files.from, InputFormat::Auto | InputFormat::Text)) {
            return Err(Error::usage("--encoding is for texts; records are UTF-8, so leave it out"));
        }
        let (mut inputs, destination) = outputs::assign(args, &found)?;
        let extra_fields = extra_fields(&args.files, &fields, &inputs)?;
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
            removals: args.documents.removals_log(),
            filters: args.documents.filters(),
            extra_fields,
            dry_run: args.files.dry_run,
            limits: args.limits.limits(),
            files,
            cleaner,
            shard: args.run.shard,
            threads: args.run.threads.map(std::num::NonZeroUsize::get),
        })
    }

    /// Locks the manifest, and the outputs of a resumable run. Their folders must exist.
    pub(crate) fn locks(&self) -> Result<Vec<Lock>, Error> {
        let log = self.files.log.as_ref();
        let beside =
            self.quarantine.iter().chain(self.removals.as_ref().map(|(path, _)| path)).filter(|_| log.is_some());
        // A manifest is written last; that it can be shows here.
        log.into_iter().chain(beside).chain(&self.files.manifest).map(|path| Lock::take(path)).collect()
    }
}

pub(crate) fn fields(args: &RecordArgs) -> Result<Fields, Error> {
    Ok(Fields {
        text: field("--text-field", &args.text_field)?,
        id: field("--id-field", &args.id_field)?,
        url: field("--url-field", &args.url_field)?,
        title: field("--title-field", &args.title_field)?,
    })
}

pub(crate) fn field(flag: &str, path: &str) -> Result<Field, Error> {
    Field::parse(path).map_err(|why| Error::usage(format!("{flag} {why}")))
}

/// The fields to add to records. They must not replace what is read, and texts have no fields.
fn extra_fields(args: &FileArgs, fields: &Fields, inputs: &[Input]) -> Result<ExtraFields, Error> {
    let text = args.text_out.as_deref().map(|path| field("--text-out", path)).transpose()?;
    let stats = args.stats.as_deref().map(|path| field("--stats", path)).transpose()?;
    let mut page: Vec<(FieldName, Field)> = Vec::new();
    for name in &args.fields {
        let field: FieldName = name.trim().parse().map_err(|why| Error::usage(format!("--fields: {why}")))?;
        if !page.iter().any(|(known, _)| *known == field) {
            page.push((field, self::field("--fields", field.name())?));
        }
    }
    let extra = ExtraFields { text, stats, page };
    let mut taken = vec![
        ("--text-field", &fields.text),
        ("--id-field", &fields.id),
        ("--url-field", &fields.url),
        ("--title-field", &fields.title),
    ];
    for (kind, added) in extra.named() {
        let (flag, name) = (kind.flag(), added.column());
        let [Segment::Key(_)] = added.segments() else {
            return Err(Error::usage(format!(
                "{flag} {name}: the field is added at the top of a record, so it has one name; write a dot in it as \\."
            )));
        };
        // With a nested text the field that holds it would be replaced.
        if let Some((other, _)) = taken.iter().find(|(_, field)| field.segments().first() == added.segments().first()) {
            let remedy = kind.remedy();
            return Err(Error::usage(format!("{flag} {name}: that is the field of {other}; {remedy}")));
        }
        if !matches!(fields.text.segments().first(), Some(Segment::Key(_))) {
            let message = format!("{flag} {name}: a record that is a list has no fields; leave it out");
            return Err(Error::usage(message));
        }
        if inputs.iter().any(|input| input.to == Format::Text) {
            let message = format!("{flag} {name} adds a field to records, and a text has none; add --to jsonl");
            return Err(Error::usage(message));
        }
        if inputs.iter().any(|input| matches!(input.to, Format::Csv(_))) {
            let message =
                format!("{flag} {name} adds a field to records, but rows of CSV keep their columns; add --to jsonl");
            return Err(Error::usage(message));
        }
        taken.push((flag, added));
    }
    Ok(extra)
}
