//! Where a run keeps its own files: how far it has come, its journal, its manifest.
//! It writes none of them.
//! Third part of the plan.

use std::fs;
use std::path::{Path, PathBuf};

use bodytext::{Cleaner, ScoringModel};
use sha2::{Digest, Sha256};

use crate::args::{CleanArgs, Shard};
use crate::batch::is_small;
use crate::checkpoint::{FOLDER, Places, hex};
use crate::exit_code::Stop;
use crate::plan::{Item, Source, Target};
use crate::sink::temporary;

/// A run's own files.
pub(crate) struct OwnFiles {
    /// What it needs to be resumed.
    pub(crate) places: Option<Places>,
    /// Its manifest.
    pub(crate) manifest: Option<PathBuf>,
    /// Manifests of other divisions into parts that it replaces.
    pub(crate) stale: Vec<PathBuf>,
    /// Whether this run goes on with another.
    pub(crate) resumes: bool,
    /// Whether the run it should go on with has come to its end.
    pub(crate) finished: bool,
}

/// The run's own files.
pub(crate) fn files(args: &CleanArgs, items: &[Item], target: &Target) -> Result<OwnFiles, Stop> {
    let part = match args.run.shard {
        Some(Shard { part, of }) => format!("-{part}-of-{of}"),
        None => String::new(),
    };
    let named = items.iter().all(|item| matches!(item.source, Source::File(_)));
    let (places, manifest) = match target {
        _ if args.files.dry_run => (None, None),
        Target::Folder(root) => {
            let own = |name: &str, extension: &str| root.join(FOLDER).join(format!("{name}{part}.{extension}"));
            let places = Places { state: own("state", "json"), journal: own("journal", "jsonl") };
            (named.then_some(places), Some(own("manifest", "json")))
        }
        // A single text is done again sooner than a mark is written.
        Target::File(path) if items.len() > 1 || items.iter().any(|item| !is_small(item)) => {
            let state = temporary::beside(path, ".state");
            let journal = temporary::beside(path, ".journal");
            (named.then_some(Places { state, journal }), None)
        }
        _ => (None, None),
    };
    let has_name = matches!(target, Target::Folder(_) | Target::File(_));
    if args.run.resume && !(named && has_name) && !args.files.dry_run {
        let message = "--resume needs inputs that are files, and -o with a folder or a file of records";
        return Err(Stop::usage(message));
    }
    if args.run.shard.is_some() && !matches!(target, Target::Folder(_)) && args.files.output.is_none() {
        return Err(Stop::usage("--shard needs an output of its own for each part, or one folder for all: add -o"));
    }
    let manifest = if args.files.dry_run { None } else { args.run.manifest.clone().or(manifest) };
    let cut_off = places.as_ref().is_some_and(|places| places.state.exists());
    let whole = match target {
        Target::File(path) => path.exists(),
        _ => manifest.as_ref().is_some_and(|path| path.exists()),
    };
    let finished = args.run.resume && !args.files.force && !cut_off && whole;
    let stale = match target {
        Target::Folder(root) if args.files.force && !args.files.dry_run => stale(root, args.run.shard),
        _ => Vec::new(),
    };
    Ok(OwnFiles { places, manifest, stale, resumes: args.run.resume && cut_off, finished })
}

/// The manifests in an output folder that are of no part of the same whole.
fn stale(root: &Path, shard: Option<Shard>) -> Vec<PathBuf> {
    let same = shard.map_or("manifest.json".to_owned(), |shard| format!("-of-{}.json", shard.of));
    let found = fs::read_dir(root.join(FOLDER)).into_iter().flatten().filter_map(Result::ok);
    let name = |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    found
        .map(|entry| entry.path())
        .filter(|path| {
            name(path).starts_with("manifest") && name(path).ends_with(".json") && !name(path).ends_with(&same)
        })
        .collect()
}

/// All that decides what a run writes, as one short text.
pub(crate) fn fingerprint(args: &CleanArgs, cleaner: &Cleaner) -> String {
    let text =
        format!("{} {:?} {:?} {:?}", decides(args, cleaner), args.files.quarantine, args.documents, args.run.shard);
    hex(&Sha256::digest(text.as_bytes()))
}

/// The same for all parts of a run together; where each sets aside and traces is its own.
pub(crate) fn whole(args: &CleanArgs, cleaner: &Cleaner, inputs: &str) -> String {
    hex(&Sha256::digest(format!("{} {inputs}", decides(args, cleaner)).as_bytes()))
}

fn decides(args: &CleanArgs, cleaner: &Cleaner) -> String {
    let files = &args.files;
    format!(
        "{} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        cleaner.rules().hash(),
        cleaner.model().map(ScoringModel::hash),
        files.from,
        files.to,
        files.include,
        files.exclude,
        args.records,
        args.cleaning,
        args.limits,
        args.documents.filters(),
    )
}

/// The names and sizes of all inputs, as one short text.
pub(crate) fn inputs(items: &[Item]) -> String {
    let mut sha = Sha256::new();
    for item in items {
        sha.update(item.relative.as_os_str().as_encoded_bytes());
        sha.update([0]);
        sha.update(item.bytes.to_le_bytes());
    }
    hex(&sha.finalize())
}
