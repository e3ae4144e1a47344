//! The command `verify`: compares the outputs of a finished run with its manifest.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use indicatif::HumanCount;
use rayon::prelude::*;
use walkdir::{DirEntry, WalkDir};

use crate::args::{Shard, VerifyArgs};
use crate::error::{Error, ExitCode, io_reason};
use crate::plan;
use crate::run_log::{Manifest, OutputEntry, PathName, RunSummary};
use crate::stats::{Failure, RecordCounts};
use crate::summary::count;
use crate::terminal::{Stdout, escaped, shown};
use crate::write::RUN_DIR;

/// The number of failures of a run to show; the manifest has all.
const SHOWN_FAILURES: usize = 5;

pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Error> {
    let is_dir = args.output.is_dir();
    let (manifests, faults) = match &args.manifest {
        Some(path) => (vec![path.clone()], Vec::new()),
        None if is_dir => manifests(&args.output)?,
        None => return Err(Error::usage(no_manifest(&args.output))),
    };
    let root = if is_dir { args.output.as_path() } else { args.output.parent().unwrap_or(Path::new("")) };
    let mut check = Check::new(root, faults);
    for path in &manifests {
        let manifest = Manifest::read(path).map_err(|why| Error::usage(format!("{}: {why}", shown(path))))?;
        if !is_dir {
            check.lists(&manifest, &args.output);
        }
        check.add(path, manifest);
    }
    check.shards_are_of_one_run();
    check.print(is_dir)
}

struct Check<'c> {
    root: &'c Path,
    faults: Vec<String>,
    outputs: u64,
    bytes: u64,
    records: u64,
    failed: u64,
    failures: Vec<Failure>,
    listed: HashSet<PathBuf>,
    /// For each number of shards, the hashes of the runs that they belong to.
    runs: BTreeMap<String, BTreeSet<Option<String>>>,
}

impl<'c> Check<'c> {
    fn new(root: &'c Path, faults: Vec<String>) -> Check<'c> {
        let (listed, runs) = (HashSet::new(), BTreeMap::new());
        Check { root, faults, outputs: 0, bytes: 0, records: 0, failed: 0, failures: Vec::new(), listed, runs }
    }

    /// Checks that the manifest lists a single output.
    fn lists(&mut self, manifest: &Manifest, output: &Path) {
        let name = output.file_name().map(|name| PathName::of(Path::new(name)));
        if !manifest.outputs.iter().any(|listed| Some(&listed.name) == name.as_ref()) {
            self.faults.push(format!("{}: not listed in the manifest", shown(output)));
        }
    }

    /// Checks the outputs of a manifest, and that no record was lost.
    fn add(&mut self, path: &Path, manifest: Manifest) {
        let Manifest { summary, inputs, outputs } = manifest;
        let mut sum = RecordCounts::default();
        for input in &inputs {
            sum.add(&input.records);
            if !input.records.is_balanced() {
                self.faults.push(format!("{}: its records do not add up in the manifest", input.name));
            }
        }
        if !summary.records.is_balanced() {
            self.faults.push(format!("{}: the records do not add up", shown(path)));
        }
        // Where the common output was discarded, what was written of each input counts as failed.
        let mut of_run = summary.records.clone();
        sum.rollback_written();
        of_run.rollback_written();
        if sum != of_run {
            self.faults.push(format!("{}: the records of the inputs are not those of the run", shown(path)));
        }
        let root = self.root;
        self.faults.par_extend(outputs.par_iter().filter_map(|output| fault(root, output)));
        self.listed.extend(outputs.iter().map(|output| root.join(output.name.path())));
        self.outputs += outputs.len() as u64;
        self.bytes += outputs.iter().map(|output| output.bytes).sum::<u64>();
        let RunSummary { records, failed, failures, shard, whole, .. } = summary;
        self.records += records.read;
        self.failed += failed;
        self.failures.extend(failures.into_iter().take(SHOWN_FAILURES));
        if let Some((_, shards)) = shard.as_deref().and_then(|shard| shard.split_once('/')) {
            self.runs.entry(shards.to_owned()).or_default().insert(whole);
        }
    }

    fn shards_are_of_one_run(&mut self) {
        for (shards, _) in self.runs.iter().filter(|(_, runs)| runs.len() > 1) {
            self.faults.push(format!(
                "the {shards} shards are not of one run: their inputs, rules or flags differ; run them again"
            ));
        }
    }

    fn print(self, is_dir: bool) -> Result<ExitCode, Error> {
        let mut out = Stdout::new();
        if self.failed > 0 {
            out.print(format_args!("{} in the run itself, listed in the manifest:", count(self.failed, "failure")))?;
            for failure in self.failures.iter().take(SHOWN_FAILURES) {
                out.print(format_args!("  {failure}"))?;
            }
        }
        for fault in &self.faults {
            out.print(escaped(fault))?;
        }
        let others = if is_dir { count_unlisted(self.root, &self.listed) } else { 0 };
        if others > 0 {
            out.print(format_args!("{} here not listed in the manifest", count(others, "other file")))?;
        }
        let (outputs, records) = (count(self.outputs, "output"), count(self.records, "record"));
        let verdict = match self.faults.len() {
            0 => "all is as the manifest says".to_owned(),
            faults => count(faults as u64, "fault"),
        };
        out.print(format_args!("{outputs} of {} bytes, {records} read: {verdict}", HumanCount(self.bytes)))?;
        out.finish()?;
        Ok(if self.faults.is_empty() { ExitCode::Success } else { ExitCode::SomeFailed })
    }
}

/// The manifests in an output folder, and the unfinished files there.
fn manifests(root: &Path) -> Result<(Vec<PathBuf>, Vec<String>), Error> {
    let dir = root.join(RUN_DIR);
    let manifests = match plan::manifests(root) {
        Ok(manifests) => manifests,
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Error::usage(format!("{}: {}", shown(dir), io_reason(&error)))),
    };
    let mut logs: Vec<PathBuf> =
        fs::read_dir(&dir).into_iter().flatten().filter_map(Result::ok).map(|e| e.path()).collect();
    logs.retain(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("log")));
    logs.sort();
    let unfinished = logs.iter().map(|path| format!("{}: a run is not finished; add --resume to it", shown(path)));
    let mut faults: Vec<String> = unfinished.collect();
    // Shard manifests record the shard count.
    let shards: BTreeSet<Shard> = manifests.iter().filter_map(|(_, shard)| *shard).collect();
    for count in shards.iter().map(|shard| shard.count).collect::<BTreeSet<usize>>() {
        let missing = (1..=count).filter(|&index| !shards.contains(&Shard { index, count }));
        faults.extend(missing.map(|index| format!("shard {index}/{count} has no manifest: it has not finished")));
    }
    if manifests.is_empty() && faults.is_empty() {
        return Err(Error::usage(no_manifest(root)));
    }
    Ok((manifests.into_iter().map(|(path, _)| path).collect(), faults))
}

fn no_manifest(output: &Path) -> String {
    if !output.exists() {
        return format!("{}: no such file or folder; name what a run wrote", shown(output));
    }
    format!("{} has no manifest; name the one that the run wrote: --manifest FILE", shown(output))
}

/// The number of files in an output folder that no manifest lists.
fn count_unlisted(root: &Path, listed: &HashSet<PathBuf>) -> u64 {
    let entries = WalkDir::new(root).into_iter().filter_entry(|entry| !is_own(entry)).filter_map(Result::ok);
    entries.filter(|entry| entry.file_type().is_file() && !listed.contains(entry.path())).count() as u64
}

fn is_own(entry: &DirEntry) -> bool {
    entry.file_name().to_string_lossy().starts_with(RUN_DIR)
}

fn fault(root: &Path, expected: &OutputEntry) -> Option<String> {
    let path = root.join(expected.name.path());
    match OutputEntry::of_file(expected.name.clone(), &path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{}: missing", shown(path))),
        Err(error) => Some(format!("{}: {}", shown(path), io_reason(&error))),
        Ok(found) if found.bytes != expected.bytes => {
            Some(format!("{}: {} bytes instead of {}", shown(path), found.bytes, expected.bytes))
        }
        Ok(found) if found != *expected => Some(format!("{}: its bytes are not those that were written", shown(path))),
        Ok(_) => None,
    }
}
