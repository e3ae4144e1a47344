//! Refuses plans that would do harm: outputs inside or over inputs, two inputs for one output, outputs that exist. Each
//! refusal says what to type instead.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use super::Destination;
use super::inputs::FoundInputs;
use super::run_files::{Resume, RunFiles, timings_path};
use same_file::Handle;

use crate::args::CleanArgs;
use crate::error::Error;
use crate::input::{Format, Input, Source};
use crate::terminal::shown;
use crate::write::{Lock, RUN_DIR, quarantine};

pub(crate) fn check(
    args: &CleanArgs,
    found: &FoundInputs,
    inputs: &[Input],
    destination: &Destination,
    files: &RunFiles,
) -> Result<(), Error> {
    unique_outputs(inputs)?;
    stdout_is_no_input(destination, inputs)?;
    let root = match destination {
        Destination::File(path) | Destination::Dir(path) => Some(path.as_path()),
        Destination::Stdout | Destination::Device(_) | Destination::Discard => None,
    };
    let sidecars = sidecars(args);
    let sources = Sources::new(found);
    let output = root.map(|root| ("-o", root.to_owned()));
    for (flag, path) in output.iter().chain(&sidecars) {
        sources.check_outside(flag, path)?;
    }
    let timings = files.manifest.as_deref().map(timings_path);
    let own = files.log.iter().chain(&files.manifest).chain(&timings);
    if let Some(path) = own.into_iter().find(|path| sources.files.contains(&real(path))) {
        return Err(Error::usage(format!("{} is an input, and a file that a run keeps; copy it first", shown(path))));
    }
    if let Destination::Dir(root) = destination {
        stays_inside(root, inputs)?;
    }
    if let Some(root) = root.filter(|root| root.exists()) {
        sources.check_not_overwritten(root, inputs)?;
    }
    for (number, (flag, path)) in sidecars.iter().enumerate() {
        let name = shown(path);
        if path == Path::new("-") {
            return Err(Error::usage(format!("{flag} -: it cannot go to standard output; name a file")));
        }
        if path.to_string_lossy().ends_with(['/', MAIN_SEPARATOR])
            || fs::metadata(path).is_ok_and(|meta| !meta.is_file())
        {
            return Err(Error::usage(format!("{flag} {name} is not a file; name a file")));
        }
        if root.is_some_and(|root| is_output(path, root, inputs, destination)) {
            return Err(Error::usage(format!("{flag} {name} is also an output; name another {flag}")));
        }
        if sidecars[..number].iter().any(|(_, other)| real(other) == real(path)) {
            return Err(Error::usage(format!("{flag} {name} is given twice; name another file")));
        }
    }
    // Those that exist are the work of the run that is resumed; if there was none, its log is missing too.
    if args.files.force || files.resume != Resume::No {
        return Ok(());
    }
    nothing_exists(args, inputs, destination, files)
}

/// The additional output files that flags name.
fn sidecars(args: &CleanArgs) -> Vec<(&'static str, PathBuf)> {
    let quarantine = args.files.quarantine.iter().flat_map(|path| [path.clone(), quarantine::reasons_path(path)]);
    let manifest = args.run.manifest.iter().flat_map(|path| [path.clone(), timings_path(path)]);
    let quarantine = quarantine.map(|path| ("--quarantine", path));
    let removals = args.documents.removals.iter().map(|path| ("--removals", path.clone()));
    quarantine.chain(removals).chain(manifest.map(|path| ("--manifest", path))).collect()
}

/// The inputs: the folders, as named and with links resolved, and the files outside of them.
struct Sources<'s> {
    folders: Vec<(&'s Path, PathBuf)>,
    files: HashSet<PathBuf>,
}

impl<'s> Sources<'s> {
    fn new(found: &'s FoundInputs) -> Sources<'s> {
        let mut files = HashSet::new();
        for file in &found.files {
            match &file.source {
                Source::File(path) if !found.folders.iter().any(|folder| path.starts_with(folder)) => {
                    files.insert(real(path));
                }
                _ => {}
            }
        }
        Sources { folders: found.folders.iter().map(|folder| (folder.as_path(), real(folder))).collect(), files }
    }

    /// An output must not be an input, or be inside one.
    fn check_outside(&self, flag: &str, path: &Path) -> Result<(), Error> {
        let (output, name) = (real(path), shown(path));
        for (named, folder) in &self.folders {
            if output == *folder {
                return Err(Error::usage(format!("{flag} {name} is the input itself; name another {flag}")));
            }
            if output.starts_with(folder) {
                let named = shown(named);
                let message = format!("{flag} {name} is inside the input {named}; name a place outside it");
                return Err(Error::usage(message));
            }
        }
        if self.files.contains(&output) {
            return Err(Error::usage(format!("{flag} {name} is an input; name another {flag}")));
        }
        Ok(())
    }

    /// Inputs below the output folder could be overwritten by the outputs of others.
    fn check_not_overwritten(&self, root: &Path, inputs: &[Input]) -> Result<(), Error> {
        // Outputs are many and their folders few; links on the way to a folder lead anywhere.
        let mut real_folders: HashMap<&Path, PathBuf> = HashMap::from([(root, real(root))]);
        for output in inputs.iter().filter_map(|input| input.output.as_deref()) {
            let Some((parent, name)) = output.parent().zip(output.file_name()) else { continue };
            let over = real_folders.entry(parent).or_insert_with(|| real(parent)).join(name);
            if self.files.contains(&over)
                || self.folders.iter().any(|(_, folder)| over.starts_with(folder)) && over.exists()
            {
                let output = shown(output);
                return Err(Error::usage(format!("the output {output} is also an input; name another folder with -o")));
            }
        }
        Ok(())
    }
}

/// Links inside the output folder must not lead out of it, since what is there is not known to be an output.
fn stays_inside(root: &Path, inputs: &[Input]) -> Result<(), Error> {
    let real_root = real(root);
    let own = root.join(RUN_DIR);
    let mut checked: HashSet<&Path> = HashSet::new();
    for output in inputs.iter().filter_map(|input| input.output.as_deref()).chain([own.join("log").as_path()]) {
        // The texts of records are written into the output itself.
        for dir in output.ancestors().take_while(|dir| *dir != root) {
            if !checked.insert(dir) {
                break;
            }
            if dir.is_symlink() && dir.is_dir() && !real(dir).starts_with(&real_root) {
                let (dir, root) = (shown(dir), shown(root));
                return Err(Error::usage(format!(
                    "{dir} is a link that leads out of the output folder {root}; remove the link, or name another folder with -o"
                )));
            }
        }
    }
    Ok(())
}

/// Whether an additional file would replace an output, or occupy the path of a folder of outputs.
fn is_output(path: &Path, root: &Path, inputs: &[Input], destination: &Destination) -> bool {
    let (sidecar, real_root) = (real(path), real(root));
    if matches!(destination, Destination::File(_)) && sidecar.starts_with(&real_root) {
        return true;
    }
    let sidecar = fold_case(&sidecar);
    let outputs = inputs.iter().filter_map(|input| input.output.as_deref());
    let outputs = outputs.map(|output| real_root.join(output.strip_prefix(root).unwrap_or(output)));
    outputs.chain([real_root.clone()]).any(|output| {
        let output = fold_case(&output);
        output == sidecar || output.strip_prefix(&sidecar).is_some_and(|rest| rest.starts_with(['/', MAIN_SEPARATOR]))
    })
}

/// Standard output must not be a file that is read, as in `bodytext a.jsonl >> a.jsonl`: it would never end.
fn stdout_is_no_input(destination: &Destination, inputs: &[Input]) -> Result<(), Error> {
    let Some(stdout) =
        Handle::stdout().ok().filter(|stdout| stdout.as_file().metadata().is_ok_and(|meta| meta.is_file()))
    else {
        return Ok(());
    };
    if *destination != Destination::Stdout {
        return Ok(());
    }
    match inputs.iter().find(|input| input.source.is_file(&stdout)) {
        Some(input) => Err(Error::usage(format!(
            "standard output is the input {}; write to another file, with -o FILE if you like",
            input.display_name()
        ))),
        None => Ok(()),
    }
}

/// Two inputs must not share an output. Names that differ only in case are the same on many systems.
fn unique_outputs(inputs: &[Input]) -> Result<(), Error> {
    let mut seen: HashMap<String, &Input> = HashMap::with_capacity(inputs.len());
    let dirs = inputs.iter().filter(|input| input.becomes_dir());
    let dirs: HashSet<String> = dirs.filter_map(|input| input.output.as_deref()).map(fold_case).collect();
    for input in inputs {
        let above = input.output.iter().flat_map(|output| output.ancestors().skip(1));
        if !dirs.is_empty()
            && let Some(dir) = above.map(fold_case).find(|above| dirs.contains(above))
        {
            let name = input.display_name();
            let message =
                format!("{name} would be written among the texts in {dir}; run it by itself, with its own -o");
            return Err(Error::usage(message));
        }
        let key = match (&input.output, input.to) {
            (Some(output), _) => fold_case(output),
            // In a stream of records only the name tells texts apart.
            (None, Format::Jsonl | Format::Parquet) if input.from == Format::Text => input.record_name(),
            (None, _) => input.display_name(),
        };
        if let Some(first) = seen.insert(key, input) {
            let (a, b) = (first.display_name(), input.display_name());
            return Err(Error::usage(if a == b {
                format!("{a} is given twice; leave one out")
            } else {
                format!("{a} and {b} would become the same output; run them one after the other, each with its own -o")
            }));
        }
    }
    Ok(())
}

fn nothing_exists(
    args: &CleanArgs,
    inputs: &[Input],
    destination: &Destination,
    files: &RunFiles,
) -> Result<(), Error> {
    let mut existing: Vec<PathBuf> = sidecars(args).into_iter().map(|(_, path)| path).collect();
    match destination {
        Destination::File(path) => existing.insert(0, path.clone()),
        Destination::Dir(root) if root.exists() => {
            // Which files the texts of records become is not known before they are read.
            let clashes = inputs.iter().filter(|input| !input.becomes_dir() || has_entries(input));
            existing.extend(clashes.filter_map(|input| input.output.clone()));
        }
        _ => {}
    }
    existing.retain(|path| path.symlink_metadata().is_ok());
    if let Some(log) = files.log.as_ref().filter(|_| files.was_cut_off()) {
        // The run may not have been cut off at all.
        let _lock = Lock::take(log)?;
        return Err(Error::usage("a run was cut off here; add --resume to go on with it, or --force to start over"));
    }
    match existing.as_slice() {
        [] => Ok(()),
        [one] => {
            let one = shown(one);
            Err(Error::usage(format!("{one} exists; add --force to overwrite it, or name another output")))
        }
        [first, ..] => Err(Error::usage(format!(
            "{} outputs exist, the first is {}; add --force to overwrite them, or name another output",
            existing.len(),
            shown(first)
        ))),
    }
}

fn has_entries(input: &Input) -> bool {
    let entries = input.output.as_ref().and_then(|dir| fs::read_dir(dir).ok());
    entries.is_some_and(|mut entries| entries.next().is_some())
}

fn fold_case(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_lowercase(),
        // Two names that are not UTF-8 must not become equal by being read lossily.
        None => format!("{path:?}"),
    }
}

/// The absolute path, with links resolved as far as it exists.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    let parent = path.parent().map(|parent| if parent == Path::new("") { Path::new(".") } else { parent });
    match (parent, path.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => real(parent).join(name),
        (Some(parent), Some(Component::ParentDir)) => {
            let mut parent = real(parent);
            parent.pop();
            parent
        }
        _ => path.to_owned(),
    }
}
