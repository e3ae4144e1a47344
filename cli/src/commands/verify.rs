//! The command `verify`: holds the outputs of a finished run against its manifest.
//! It repairs nothing and cleans nothing.
//! A command of its own.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use walkdir::WalkDir;

use crate::args::VerifyArgs;
use crate::checkpoint::FOLDER;
use crate::exit_code::{ExitCode, Stop};
use crate::manifest::{self, Manifest, Name, Output};
use crate::output::{self, Stdout};
use crate::summary::{count, line, number};
use crate::tally::Records;

/// So many failures of a run are shown; the manifest has all.
const SHOWN_FAILURES: usize = 5;

/// Checks what the arguments name.
pub(crate) fn run(args: &VerifyArgs) -> Result<ExitCode, Stop> {
    let is_folder = args.output.is_dir();
    let (manifests, mut faults) = match &args.manifest {
        Some(path) => (vec![path.clone()], Vec::new()),
        None if is_folder => manifests(&args.output)?,
        None => return Err(Stop::usage(no_manifest(&args.output))),
    };
    let root = if is_folder { args.output.as_path() } else { args.output.parent().unwrap_or(Path::new("")) };
    let (mut outputs, mut bytes, mut records, mut failed) = (0, 0, 0, 0);
    let mut known = HashSet::new();
    let (mut wholes, mut failures) = (BTreeMap::new(), Vec::new());
    for path in &manifests {
        let Manifest { head, inputs, outputs: expected } =
            manifest::read(path).map_err(|why| Stop::usage(format!("{}: {why}", path.display())))?;
        let wrong = inputs.iter().filter(|input| !input.records.add_up());
        faults.extend(wrong.map(|input| format!("{}: its records do not add up in the manifest", input.name)));
        if !head.records.add_up() {
            faults.push(format!("{}: the records do not add up", path.display()));
        }
        let named = args.output.file_name().map(|name| Name::of(Path::new(name)));
        if !is_folder && !expected.iter().any(|output| Some(&output.name) == named.as_ref()) {
            faults.push(format!("{}: the manifest knows no such output", args.output.display()));
        }
        let sums = inputs.iter().fold(Records::default(), |mut sums, input| {
            sums.add(&input.records);
            sums
        });
        // Where the whole output could not stand, what was written of each input counts as failed.
        let rest = |records: &Records| {
            let mut records = records.clone();
            records.unwrite(records.written);
            records
        };
        if rest(&sums) != rest(&head.records) {
            faults.push(format!("{}: the records of the inputs are not those of the run", path.display()));
        }
        known.extend(expected.iter().map(|output| root.join(output.name.path())));
        faults.par_extend(expected.par_iter().filter_map(|output| fault(root, output)));
        outputs += expected.len() as u64;
        bytes += expected.iter().map(|output| output.bytes).sum::<u64>();
        records += head.records.read;
        failed += head.failed;
        failures.extend(head.failures.into_iter().take(SHOWN_FAILURES));
        if let Some((_, of)) = head.shard.as_deref().and_then(|shard| shard.split_once('/')) {
            wholes.entry(of.to_owned()).or_insert_with(BTreeSet::new).insert(head.whole);
        }
    }
    for of in wholes.iter().filter(|(_, wholes)| wholes.len() > 1).map(|(of, _)| of) {
        faults
            .push(format!("the parts of {of} are not of one run: their inputs, rules or flags differ; run them again"));
    }
    let mut out = Stdout::new();
    if failed > 0 {
        out.line(format_args!("{} in the run itself, which the manifest lists:", count(failed, "failure")))?;
        for failure in failures.iter().take(SHOWN_FAILURES) {
            out.line(format_args!("  {}", line(failure)))?;
        }
    }
    for fault in &faults {
        out.line(fault)?;
    }
    let others = if is_folder { others(root, &known) } else { 0 };
    if others > 0 {
        out.line(format_args!("{} here of which no manifest knows", count(others, "other file")))?;
    }
    let sum = format!("{} of {} bytes, {} read", count(outputs, "output"), number(bytes), count(records, "record"));
    if faults.is_empty() {
        out.line(format_args!("{sum}: all is as the manifest says"))?;
    } else {
        out.line(format_args!("{sum}: {}", count(faults.len() as u64, "fault")))?;
    }
    out.finish()?;
    Ok(if faults.is_empty() { ExitCode::Success } else { ExitCode::SomeFailed })
}

/// The manifests in an output folder, and what is unfinished there.
fn manifests(root: &Path) -> Result<(Vec<PathBuf>, Vec<String>), Stop> {
    let folder = root.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries.filter_map(Result::ok).map(|entry| entry.path()).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(Stop::usage(format!("{}: {}", folder.display(), output::reason(&error)))),
    };
    let named = |begin: &str| {
        let name = |path: &Path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(begin));
        let mut found: Vec<PathBuf> = entries.iter().filter(|path: &&PathBuf| name(path)).cloned().collect();
        found.sort();
        found
    };
    let manifests = named("manifest");
    let mut faults: Vec<String> = named("state")
        .iter()
        .map(|path| format!("{}: a run is not finished; add --resume to it", path.display()))
        .collect();
    // Parts of a run know how many they must be.
    let parts = |path: &PathBuf| {
        let name = path.file_stem()?.to_str()?.strip_prefix("manifest-")?.to_owned();
        let (part, of) = name.split_once("-of-")?;
        Some((part.parse::<usize>().ok()?, of.parse::<usize>().ok()?))
    };
    let known: Vec<(usize, usize)> = manifests.iter().filter_map(parts).collect();
    for of in known.iter().map(|(_, of)| *of).collect::<BTreeSet<usize>>() {
        let missing = (1..=of).filter(|part| !known.contains(&(*part, of)));
        faults.extend(missing.map(|part| format!("part {part}/{of} has no manifest: it has not run to its end")));
    }
    if manifests.is_empty() && faults.is_empty() {
        return Err(Stop::usage(no_manifest(root)));
    }
    Ok((manifests, faults))
}

fn no_manifest(output: &Path) -> String {
    if !output.exists() {
        return format!("{}: no such file or folder; name what a run wrote", output.display());
    }
    format!("{} has no manifest; name the one that the run wrote: --manifest FILE", output.display())
}

/// How many files stand in an output folder that are none of these outputs.
fn others(root: &Path, known: &HashSet<PathBuf>) -> u64 {
    let own = |name: &OsStr| name.to_string_lossy().starts_with(".bodytext");
    let files = WalkDir::new(root).into_iter().filter_entry(|entry| !own(entry.file_name())).filter_map(Result::ok);
    files.filter(|entry| entry.file_type().is_file() && !known.contains(entry.path())).count() as u64
}

/// What is wrong with an output.
fn fault(root: &Path, expected: &Output) -> Option<String> {
    let path = root.join(expected.name.path());
    match Output::of_file(expected.name.clone(), &path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Some(format!("{}: missing", path.display())),
        Err(error) => Some(format!("{}: {}", path.display(), output::reason(&error))),
        Ok(found) if found.bytes != expected.bytes => {
            Some(format!("{}: {} bytes instead of {}", path.display(), found.bytes, expected.bytes))
        }
        Ok(found) if found != *expected => {
            Some(format!("{}: its bytes are not those that were written", path.display()))
        }
        Ok(_) => None,
    }
}
