//! The files that a run keeps for itself: its log and its manifest.

use std::fs;
use std::path::{Path, PathBuf};

use bodytext::{Cleaner, ScoringModel};
use sha2::{Digest, Sha256};

use super::Destination;
use crate::args::{CleanArgs, Shard};
use crate::error::Error;
use crate::input::{Format, Input, Source};
use crate::write::{RUN_DIR, atomic_file};

/// A run's own files, and the hashes that identify the run.
#[derive(Debug, Default)]
pub(crate) struct RunFiles {
    pub(crate) log: Option<PathBuf>,
    pub(crate) manifest: Option<PathBuf>,
    /// Manifests of other divisions into shards, which this run replaces.
    pub(crate) stale: Vec<PathBuf>,
    pub(crate) resume: Resume,
    /// The hash of everything that determines the output: a run with other rules or flags cannot be resumed.
    pub(crate) run: String,
    /// The same for all shards of a run together, with their inputs.
    pub(crate) whole: Option<String>,
}

/// Whether to continue an earlier run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Resume {
    /// No, or there is no earlier run.
    #[default]
    No,
    CutOff,
    /// It has finished; nothing is left to do.
    Finished,
}

impl RunFiles {
    pub(crate) fn new(args: &CleanArgs, inputs: &[Input], destination: &Destination) -> Result<RunFiles, Error> {
        let named = inputs.iter().all(|input| matches!(input.source, Source::File(_)));
        let has_name = matches!(destination, Destination::Dir(_) | Destination::File(_));
        if args.files.dry_run {
            return Ok(RunFiles::default());
        }
        if args.run.resume && !(named && has_name) {
            let message = "--resume needs inputs that are files, and -o with a folder or a file of records";
            return Err(Error::usage(message));
        }
        let is_table = inputs.iter().any(|input| input.to == Format::Parquet && input.output.is_none());
        if args.run.resume && is_table {
            return Err(Error::usage(
                "--resume cannot go on with a Parquet file, which is written whole; do it again with --force, or have \
                 one file for each input: -o FOLDER/ --to parquet",
            ));
        }
        if args.run.shard.is_some() && !matches!(destination, Destination::Dir(_)) && args.files.output.is_none() {
            return Err(Error::usage(
                "--shard needs an output of its own for each shard, or one folder for all: add -o",
            ));
        }
        let mut files = RunFiles { manifest: args.run.manifest.clone(), ..RunFiles::default() };
        let complete = match destination {
            Destination::Dir(root) => {
                files.log = Some(root.join(RUN_DIR).join(file_name("log", args.run.shard)));
                files.manifest.get_or_insert_with(|| root.join(RUN_DIR).join(file_name("manifest", args.run.shard)));
                files.stale = if args.files.force { stale(root, args.run.shard) } else { Vec::new() };
                files.has_manifest()
            }
            // A single text is cleaned again sooner than a log is written.
            Destination::File(path) => {
                let worth_it = inputs.len() > 1 || inputs.iter().any(|input| !input.is_small());
                files.log = (worth_it && !is_table).then(|| atomic_file::sidecar_path(path, ".log"));
                path.exists()
            }
            _ => files.has_manifest(),
        };
        files.log = files.log.filter(|_| named);
        files.resume = match files.was_cut_off() {
            _ if !args.run.resume => Resume::No,
            true => Resume::CutOff,
            false if complete && !args.files.force => Resume::Finished,
            false => Resume::No,
        };
        Ok(files)
    }

    fn has_manifest(&self) -> bool {
        self.manifest.as_ref().is_some_and(|path| path.exists())
    }

    /// Whether an interrupted run left its log at the path of this one.
    pub(crate) fn was_cut_off(&self) -> bool {
        self.log.as_ref().is_some_and(|log| log.exists())
    }

    /// Sets the hashes that identify this run. `shared` is the hash of the inputs of all shards.
    pub(crate) fn identify(&mut self, args: &CleanArgs, cleaner: &Cleaner, shared: Option<&str>) {
        // The hashes of the rules and the model take longer than cleaning a page, so only what is needed is computed.
        if self.log.is_some() {
            let own = (&args.files.quarantine, &args.documents, args.run.shard);
            self.run = sha256(&format!("{} {own:?}", common(args, cleaner)));
        }
        self.whole = shared.map(|inputs| sha256(&format!("{} {inputs}", common(args, cleaner))));
    }
}

fn file_name(name: &str, shard: Option<Shard>) -> String {
    let extension = if name == "log" { "jsonl" } else { "json" };
    match shard {
        Some(Shard { index, count }) => format!("{name}-{index}-of-{count}.{extension}"),
        None => format!("{name}.{extension}"),
    }
}

/// The manifests in an output folder, in order, each with its shard.
pub(crate) fn manifests(root: &Path) -> std::io::Result<Vec<(PathBuf, Option<Shard>)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root.join(RUN_DIR))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let Some(rest) = name.strip_prefix("manifest").and_then(|rest| rest.strip_suffix(".json")) else { continue };
        let shard = rest.strip_prefix('-').and_then(|rest| rest.split_once("-of-"));
        let shard =
            shard.and_then(|(index, count)| Some(Shard { index: index.parse().ok()?, count: count.parse().ok()? }));
        found.push((path, shard));
    }
    found.sort();
    Ok(found)
}

/// The manifests in an output folder with another division into shards.
fn stale(root: &Path, shard: Option<Shard>) -> Vec<PathBuf> {
    let count = shard.map(|shard| shard.count);
    let all = manifests(root).unwrap_or_default().into_iter();
    all.filter(|(_, other)| other.map(|other| other.count) != count).map(|(path, _)| path).collect()
}

/// The flags and rules that determine the results of all shards.
fn common(args: &CleanArgs, cleaner: &Cleaner) -> String {
    let files = &args.files;
    format!(
        "{} {} {:?} {:?} {:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        cleaner.rules().hash(),
        [cleaner.model(), cleaner.page_model()].map(|model| model.map(ScoringModel::hash)),
        (files.from, files.to, &files.include, &files.exclude, &files.text_out, &files.stats, &files.fields),
        (&args.records, &args.cleaning, &args.limits),
        args.documents.filters(),
    )
}

/// The names and sizes of all inputs, as one hash.
pub(crate) fn digest_inputs(inputs: &[Input]) -> String {
    let mut sha = Sha256::new();
    for input in inputs {
        sha.update(input.relative.as_os_str().as_encoded_bytes());
        sha.update([0]);
        sha.update(input.bytes.to_le_bytes());
    }
    hex::encode(sha.finalize())
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The path of a run's timings, next to its manifest.
pub(crate) fn timings_path(manifest: &Path) -> PathBuf {
    let name = manifest.file_name().unwrap_or_default().to_string_lossy();
    let name = match name.strip_prefix("manifest") {
        Some(rest) => format!("timings{rest}"),
        None => format!("{name}.timings.json"),
    };
    manifest.with_file_name(name)
}
