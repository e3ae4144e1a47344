//! Refuses plans that would harm: outputs inside or over inputs, two inputs for one output, outputs that exist.
//! It changes nothing and repairs nothing; each refusal says what to type.
//! Last part of the plan.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::{Component, MAIN_SEPARATOR, Path, PathBuf};

use crate::args::CleanArgs;
use crate::checkpoint::Lock;
use crate::exit_code::Stop;
use crate::manifest;
use crate::plan::inputs::Inputs;
use crate::plan::own::OwnFiles;
use crate::plan::{Format, Item, Source, Target};
use crate::sink::quarantine;

/// Checks where everything goes.
pub(crate) fn outputs(
    args: &CleanArgs,
    inputs: &Inputs,
    items: &[Item],
    target: &Target,
    own: &OwnFiles,
) -> Result<(), Stop> {
    twice(items)?;
    let root = match target {
        Target::File(path) | Target::Folder(path) => Some(path.as_path()),
        Target::Stdout | Target::Device(_) | Target::Nowhere => None,
    };
    let reasons = args.files.quarantine.as_deref().map(quarantine::reasons_path);
    let timings = own.manifest.as_deref().map(manifest::timings);
    let asides = [
        ("--quarantine", args.files.quarantine.as_deref()),
        ("--quarantine", reasons.as_deref()),
        ("--trace", args.documents.trace.as_deref()),
        ("--manifest", args.run.manifest.as_deref()),
        ("--manifest", timings.as_deref().filter(|_| args.run.manifest.is_some())),
    ];
    let folders: Vec<(&Path, PathBuf)> = inputs.folders.iter().map(|f| (f.as_path(), real(f))).collect();
    let files: HashSet<PathBuf> = named_files(inputs);
    for (flag, path) in std::iter::once(("-o", root)).chain(asides) {
        if let Some(path) = path {
            not_inside(flag, path, &folders)?;
            if files.contains(&real(path)) {
                return Err(Stop::usage(format!("{flag} {} is an input; name another {flag}", path.display())));
            }
        }
    }
    let places = own.places.iter().flat_map(|places| [&places.state, &places.journal]);
    if let Some(path) = places.chain(&own.manifest).chain(&timings).find(|path| files.contains(&real(path))) {
        return Err(Stop::usage(format!("{} is an input, and a file that a run keeps; copy it first", path.display())));
    }
    if let Some(root) = root {
        not_over_inputs(root, items, &folders, &files)?;
    }
    for (number, (flag, path)) in asides.into_iter().enumerate() {
        let Some(path) = path else { continue };
        not_over_outputs(flag, path, root, items, target)?;
        if asides[..number].iter().any(|(_, other)| other.is_some_and(|other| real(other) == real(path))) {
            return Err(Stop::usage(format!("{flag} {} is given twice; name another file", path.display())));
        }
    }
    existing(args, items, target, own)
}

/// The quarantine and its like must be files of their own.
fn not_over_outputs(flag: &str, path: &Path, root: Option<&Path>, items: &[Item], target: &Target) -> Result<(), Stop> {
    let shown = path.display();
    if path.to_string_lossy().ends_with(['/', MAIN_SEPARATOR]) || fs::metadata(path).is_ok_and(|meta| !meta.is_file()) {
        return Err(Stop::usage(format!("{flag} {shown} is no file; name a file")));
    }
    let Some(root) = root else { return Ok(()) };
    let (aside, real_root) = (fold(&real(path)), real(root));
    let over = |output: &Path| {
        let output = fold(output);
        // A file in the place of a folder that is needed is as bad as one in the place of a file.
        output == aside || output.strip_prefix(&aside).is_some_and(|rest| rest.starts_with(['/', MAIN_SEPARATOR]))
    };
    let below = matches!(target, Target::File(_)) && real(path).starts_with(&real_root);
    let mut outputs = items.iter().filter_map(|item| item.output.as_deref());
    if below || over(&real_root) || outputs.any(|o| over(&real_root.join(o.strip_prefix(root).unwrap_or(o)))) {
        return Err(Stop::usage(format!("{flag} {shown} is also an output; name another {flag}")));
    }
    Ok(())
}

/// Two inputs for one output. Names that differ only in case are one name on many systems.
fn twice(items: &[Item]) -> Result<(), Stop> {
    let mut seen: HashMap<String, &Item> = HashMap::with_capacity(items.len());
    let folders: HashSet<String> = items.iter().filter(|item| is_folder(item)).filter_map(folded_output).collect();
    for item in items {
        let above = item.output.iter().flat_map(|output| output.ancestors().skip(1));
        if !folders.is_empty()
            && let Some(folder) = above.map(fold).find(|above| folders.contains(above))
        {
            let label = item.label();
            return Err(Stop::usage(format!(
                "{label} would be written among the texts in {folder}; run it by itself, with its own -o"
            )));
        }
        let key = match (&item.output, item.to) {
            (Some(output), _) => fold(output),
            // In a stream of records the name is all that tells texts apart.
            (None, Format::Jsonl) if item.from == Format::Text => item.id(),
            (None, _) => item.label(),
        };
        if let Some(first) = seen.insert(key, item) {
            let (a, b) = (first.label(), item.label());
            return Err(Stop::usage(if a == b {
                format!("{a} is given twice; leave one out")
            } else {
                format!("{a} and {b} would become the same output; run them one after the other, each with its own -o")
            }));
        }
    }
    Ok(())
}

/// Whether its output is a folder of texts.
fn is_folder(item: &Item) -> bool {
    item.from.has_records() && item.to == Format::Text
}

fn folded_output(item: &Item) -> Option<String> {
    item.output.as_deref().map(fold)
}

fn fold(path: &Path) -> String {
    match path.to_str() {
        Some(text) => text.to_lowercase(),
        // Two names that are not UTF-8 must not meet by being read lossily.
        None => format!("{path:?}"),
    }
}

fn not_inside(flag: &str, path: &Path, folders: &[(&Path, PathBuf)]) -> Result<(), Stop> {
    let output = real(path);
    for (named, folder) in folders {
        if output == *folder {
            return Err(Stop::usage(format!("{flag} {} is the input itself; name another {flag}", path.display())));
        }
        if output.starts_with(folder) {
            return Err(Stop::usage(format!(
                "{flag} {} is inside the input {}; name a place outside it",
                path.display(),
                named.display()
            )));
        }
    }
    Ok(())
}

/// Inputs below the output folder could be overwritten by the outputs of others.
fn not_over_inputs(
    root: &Path,
    items: &[Item],
    folders: &[(&Path, PathBuf)],
    files: &HashSet<PathBuf>,
) -> Result<(), Stop> {
    if !root.exists() {
        return Ok(());
    }
    // Outputs are many and their folders few; links on the way to a folder lead anywhere.
    let mut real_folders: HashMap<&Path, PathBuf> = HashMap::new();
    for item in items {
        let Some(output) = &item.output else { continue };
        let Some((parent, name)) = output.parent().zip(output.file_name()) else { continue };
        let parent = real_folders.entry(parent).or_insert_with(|| real(parent));
        // No input file has the path of a folder of texts.
        let over = parent.join(name);
        if files.contains(&over) || folders.iter().any(|(_, folder)| over.starts_with(folder)) && over.exists() {
            return Err(Stop::usage(format!(
                "the output {} is also an input; name another folder with -o",
                output.display()
            )));
        }
    }
    Ok(())
}

fn existing(args: &CleanArgs, items: &[Item], target: &Target, own: &OwnFiles) -> Result<(), Stop> {
    // Those that exist are the work of the run that is resumed; if there was none, its mark is missing too.
    if args.files.force || own.resumes || own.finished {
        return Ok(());
    }
    let mut there: Vec<PathBuf> = Vec::new();
    if let Target::File(path) = target {
        there.push(path.clone());
    }
    if let Some(path) = &args.files.quarantine {
        there.extend([path.clone(), quarantine::reasons_path(path)]);
    }
    there.extend(args.documents.trace.clone());
    if let Some(path) = &args.run.manifest {
        there.extend([path.clone(), manifest::timings(path)]);
    }
    if let Target::Folder(root) = target
        && root.exists()
    {
        for item in items {
            let Some(output) = &item.output else { continue };
            if !is_folder(item) {
                there.push(output.clone());
            } else if fs::read_dir(output).is_ok_and(|mut entries| entries.next().is_some()) {
                // Which files the texts of records become is not known before they are read.
                there.push(output.clone());
            }
        }
    }
    there.retain(|path| path.symlink_metadata().is_ok());
    if let Some(places) = own.places.as_ref().filter(|places| places.state.exists()) {
        // It may be at work still.
        let _lock = Lock::take(&places.state)?;
        let message = "a run was cut off here; add --resume to go on with it, or --force to begin anew";
        return Err(Stop::usage(message));
    }
    match there.as_slice() {
        [] => Ok(()),
        [one] => {
            Err(Stop::usage(format!("{} exists; add --force to overwrite it, or name another output", one.display())))
        }
        [first, ..] => Err(Stop::usage(format!(
            "{} outputs exist, the first is {}; add --force to overwrite them, or name another output",
            there.len(),
            first.display()
        ))),
    }
}

fn named_files(inputs: &Inputs) -> HashSet<PathBuf> {
    let below = |path: &Path| inputs.folders.iter().any(|folder| path.starts_with(folder));
    let file = |source: &Source| match source {
        Source::File(path) if !below(path) => Some(real(path)),
        _ => None,
    };
    inputs.found.iter().filter_map(|input| file(&input.source)).collect()
}

/// The path with links followed as far as it exists, absolute.
fn real(path: &Path) -> PathBuf {
    if let Ok(real) = path.canonicalize() {
        return real;
    }
    match (path.parent(), path.components().next_back()) {
        (Some(parent), Some(Component::Normal(name))) => {
            let parent = if parent == Path::new("") { Path::new(".") } else { parent };
            real(parent).join(name)
        }
        (Some(parent), Some(Component::ParentDir)) => {
            let mut parent = real(if parent == Path::new("") { Path::new(".") } else { parent });
            parent.pop();
            parent
        }
        _ => path.to_owned(),
    }
}
