//! Gives every input its output, and says what to type where that cannot be done.
//! It looks at what exists only to tell files from folders; `checks` does the rest.
//! Second part of the plan.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use crate::args::{CleanArgs, OutputFormat};
use crate::exit_code::Stop;
use crate::packing::Packing;
use crate::plan::inputs::{Input, Inputs, by_extension};
use crate::plan::{Format, Item, Source, Target};

/// The items of the plan and where they go.
pub(crate) fn assign(args: &CleanArgs, to: Option<OutputFormat>, inputs: &Inputs) -> Result<(Vec<Item>, Target), Stop> {
    let target = target(args, to, inputs)?;
    let items = inputs.found.iter().map(|input| item(args, to, inputs, input, &target)).collect::<Result<_, Stop>>()?;
    Ok((items, target))
}

/// The format that `--to` asks for, or the name of the output file.
pub(crate) fn by_name(args: &CleanArgs, inputs: &Inputs) -> Result<Option<OutputFormat>, Stop> {
    let named = args.files.output.as_deref().filter(|path| !ends_in_separator(path) && !path.is_dir());
    let all = |format: Format| inputs.found.iter().all(|input| input.from == format);
    match named.map(|path| (path.display(), by_extension(path))) {
        _ if inputs.found.is_empty() => Ok(args.files.to),
        Some((name, Format::Parquet)) if !all(Format::Parquet) => {
            Err(Stop::usage(format!("-o {name}: only Parquet files become Parquet files; name it .jsonl or .txt")))
        }
        Some((_, Format::Jsonl)) if args.files.to.is_some() => Ok(args.files.to),
        Some((name, Format::Jsonl)) if inputs.found.iter().any(|input| input.from == Format::Parquet) => {
            Err(Stop::usage(format!(
                "-o {name}: a Parquet file becomes a Parquet file; name it .parquet, or leave it out with --exclude"
            )))
        }
        Some((_, Format::Jsonl)) => Ok(Some(OutputFormat::Jsonl)),
        _ => Ok(args.files.to),
    }
}

fn target(args: &CleanArgs, to: Option<OutputFormat>, inputs: &Inputs) -> Result<Target, Stop> {
    let Some(path) = args.files.output.as_deref().filter(|path| *path != Path::new("-")) else {
        return without_output(args, inputs);
    };
    let meta = fs::metadata(path).ok();
    let is_folder = meta.as_ref().is_some_and(fs::Metadata::is_dir) || ends_in_separator(path);
    let is_file = meta.as_ref().is_some_and(fs::Metadata::is_file);
    let is_special = meta.is_some() && !is_folder && !is_file;
    let records_to_texts = to == Some(OutputFormat::Text) && inputs.found.iter().any(|i| i.from.has_records());
    let one_stream = inputs.single || to == Some(OutputFormat::Jsonl);
    if is_special {
        return if one_stream {
            Ok(Target::Device(path.to_owned()))
        } else {
            Err(Stop::usage(format!("-o {} is no folder; name a folder for several inputs", path.display())))
        };
    }
    if records_to_texts {
        if is_file || (!is_folder && path.extension().is_some_and(|e| e == "txt")) {
            return Err(Stop::usage(format!(
                "-o {}: --to text writes one file a record, so name a folder; or leave -o out and have all texts on \
                 standard output, form feeds between them",
                path.display()
            )));
        }
        return Ok(Target::Folder(path.to_owned()));
    }
    if is_folder {
        return Ok(Target::Folder(path.to_owned()));
    }
    if one_stream {
        return Ok(Target::File(path.to_owned()));
    }
    if is_file {
        return Err(Stop::usage(format!(
            "-o {} is a file; name a folder for several inputs, or add --to jsonl to have all in one file",
            path.display()
        )));
    }
    Ok(Target::Folder(path.to_owned()))
}

fn without_output(args: &CleanArgs, inputs: &Inputs) -> Result<Target, Stop> {
    // Where nothing is there to read, the paths are wrong, not the output.
    let nothing = inputs.found.is_empty() && inputs.folders.is_empty();
    if inputs.single || nothing || args.files.to == Some(OutputFormat::Jsonl) {
        return Ok(Target::Stdout);
    }
    if args.files.dry_run {
        return Ok(Target::Nowhere);
    }
    let what = match inputs.folders.first() {
        Some(folder) => format!("{} is a folder", folder.display()),
        None => "there are several inputs".to_owned(),
    };
    Err(Stop::usage(format!("{what}, so say where the results go: -o FOLDER, or --to jsonl for one stream of records")))
}

fn item(
    args: &CleanArgs,
    to: Option<OutputFormat>,
    inputs: &Inputs,
    input: &Input,
    target: &Target,
) -> Result<Item, Stop> {
    let same = if input.from == Format::Warc { Format::Jsonl } else { input.from };
    let to = to.map_or(same, Format::from);
    if input.from == Format::Parquet {
        tables(args, input, target)?;
    }
    let output = match target {
        Target::File(path) if input.from == Format::Parquet => Some(path.clone()),
        Target::Folder(root) => Some(own_output(root, inputs, input, to)?),
        _ => None,
    };
    Ok(Item {
        source: input.source.clone(),
        relative: input.relative.clone(),
        from: input.from,
        to,
        bytes: input.bytes,
        output,
    })
}

/// Tables stay tables, and are no streams.
fn tables(args: &CleanArgs, input: &Input, target: &Target) -> Result<(), Stop> {
    let name = input.relative.display();
    if args.files.to.is_some() {
        return Err(Stop::usage(format!("{name}: a Parquet file becomes a Parquet file; leave out --to")));
    }
    if !matches!(input.source, Source::File(_)) {
        return Err(Stop::usage("a Parquet file cannot be read from a stream; name the file"));
    }
    match target {
        Target::Stdout | Target::Device(_) => {
            Err(Stop::usage(format!("{name}: a Parquet file cannot be written to a stream; add -o FILE")))
        }
        Target::File(_) | Target::Folder(_) | Target::Nowhere => Ok(()),
    }
}

fn own_output(root: &Path, inputs: &Inputs, input: &Input, to: Format) -> Result<PathBuf, Stop> {
    let stdin = input.source == Source::Stdin;
    match (input.from, to) {
        // The texts of one file of records stand in the folder itself, those of several in a folder for each.
        (from, Format::Text) if from.has_records() && inputs.single => Ok(root.to_owned()),
        (Format::Text, Format::Jsonl) => Err(Stop::usage(format!(
            "-o {} is a folder, but --to jsonl makes one file of all texts; write -o {}",
            root.display(),
            root.join("all.jsonl").display()
        ))),
        _ if stdin => Err(Stop::usage(format!(
            "-o {} is a folder, but standard input has no name; write -o {}",
            root.display(),
            root.join("page.txt").display()
        ))),
        (from, Format::Text) if from.has_records() => Ok(root.join(unpacked(&input.relative))),
        (Format::Warc, _) => Ok(root.join(as_jsonl(&input.relative))),
        _ => Ok(root.join(&input.relative)),
    }
}

/// The name without what tells of compression.
fn unpacked(path: &Path) -> PathBuf {
    if Packing::of_name(path) == Packing::Plain { path.to_owned() } else { path.with_extension("") }
}

/// The name of an archive's texts as JSON lines, compressed alike: `a.warc.wet.gz` becomes `a.jsonl.gz`.
fn as_jsonl(path: &Path) -> PathBuf {
    let mut name = unpacked(path);
    while name.extension().is_some_and(|e| e.eq_ignore_ascii_case("wet") || e.eq_ignore_ascii_case("warc")) {
        name.set_extension("");
    }
    let mut name = name.into_os_string();
    name.push(".jsonl");
    if Packing::of_name(path) != Packing::Plain
        && let Some(packing) = path.extension()
    {
        name.push(".");
        name.push(packing);
    }
    PathBuf::from(name)
}

fn ends_in_separator(path: &Path) -> bool {
    path.to_string_lossy().ends_with(['/', MAIN_SEPARATOR])
}
