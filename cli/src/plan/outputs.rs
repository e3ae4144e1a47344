//! Assigns every input its output; errors say what to type instead.

use std::fs;
use std::path::{MAIN_SEPARATOR, Path, PathBuf};

use super::Destination;
use super::inputs::FoundInputs;
use crate::args::{CleanArgs, OutputFormat};
use crate::compression::Compression;
use crate::error::Error;
use crate::input::{Format, Input, Source, names_a_page};
use crate::terminal::shown;

pub(crate) fn assign(args: &CleanArgs, found: &FoundInputs) -> Result<(Vec<Input>, Destination), Error> {
    let request = OutputRequest { args, to: output_format(args, found)?, found };
    let destination = request.destination()?;
    let inputs = found.files.iter().map(|file| request.input(file, &destination)).collect::<Result<_, Error>>()?;
    Ok((inputs, destination))
}

/// Endings of names that no folder has: what is written for several inputs is no file of this kind.
const FILE_ENDINGS: [&str; 22] = [
    "7z", "bz2", "csv", "docx", "gz", "htm", "html", "json", "md", "mht", "mhtml", "parquet", "pdf", "rar", "tab",
    "tar", "tgz", "tsv", "txt", "xz", "zip", "zst",
];

/// The format given by `--to`, or by the name of the output file.
fn output_format(args: &CleanArgs, found: &FoundInputs) -> Result<Option<OutputFormat>, Error> {
    let named = args.files.output.as_deref().filter(|path| !ends_in_separator(path) && !path.is_dir());
    let Some(path) = named.filter(|_| !found.files.is_empty()) else { return Ok(args.files.to) };
    let (name, is_table) = (shown(path), Format::of_name(path) == Format::Parquet);
    match args.files.to {
        // Devices take what they are given, and several tables become a folder.
        _ if path.exists() && !path.is_file() => Ok(args.files.to),
        Some(OutputFormat::Parquet) if !is_table => {
            Err(Error::usage(format!("-o {name}: a Parquet file is named .parquet; name it so, or leave out --to")))
        }
        Some(OutputFormat::Jsonl | OutputFormat::Text) if is_table => {
            Err(Error::usage(format!("-o {name} is named like a Parquet file; leave out --to, or name it otherwise")))
        }
        _ if is_table && Compression::of_name(path) != Compression::None => {
            Err(Error::usage(format!("-o {name}: a Parquet file is compressed inside; leave out the last extension")))
        }
        None if is_table => Ok(Some(OutputFormat::Parquet)),
        None if Format::of_name(path) == Format::Jsonl => Ok(Some(OutputFormat::Jsonl)),
        _ if matches!(Format::of_name(path), Format::Csv(_))
            && found.files.iter().any(|file| !matches!(file.from, Format::Csv(_))) =>
        {
            Err(Error::usage(format!("-o {name}: only CSV files become CSV files; name it .jsonl or .parquet")))
        }
        to => Ok(to),
    }
}

struct OutputRequest<'r> {
    args: &'r CleanArgs,
    to: Option<OutputFormat>,
    found: &'r FoundInputs,
}

impl OutputRequest<'_> {
    fn destination(&self) -> Result<Destination, Error> {
        let Some(path) = self.args.files.output.as_deref().filter(|path| *path != Path::new("-")) else {
            return self.without_output();
        };
        let meta = fs::metadata(path).ok();
        let is_dir = meta.as_ref().is_some_and(fs::Metadata::is_dir) || ends_in_separator(path);
        let is_file = meta.as_ref().is_some_and(fs::Metadata::is_file);
        let one_stream = self.found.single || matches!(self.to, Some(OutputFormat::Jsonl | OutputFormat::Parquet));
        let name = shown(path);
        if meta.is_some() && !is_dir && !is_file {
            return if one_stream {
                Ok(Destination::Device(path.to_owned()))
            } else {
                Err(Error::usage(format!("-o {name} is not a folder; name a folder for several inputs")))
            };
        }
        if self.to == Some(OutputFormat::Text) && self.found.files.iter().any(|file| file.from.has_records()) {
            if is_file || (!is_dir && names_a_file(path)) {
                return Err(Error::usage(format!(
                    "-o {name}: --to text writes one file a record, so name a folder; or leave -o out and have all texts \
                     on standard output, form feeds between them"
                )));
            }
            return Ok(Destination::Dir(path.to_owned()));
        }
        match (is_dir, one_stream, is_file) {
            (false, true, _) => Ok(Destination::File(path.to_owned())),
            (false, false, true) => Err(Error::usage(format!(
                "-o {name} is a file; name a folder for several inputs, or add --to jsonl to have all in one file"
            ))),
            (false, false, false) if names_a_file(path) => Err(Error::usage(format!(
                "-o {name} is the name of a file, but a folder of outputs is made; name a folder such as -o {}, or a file \
                 .jsonl to have all texts in one; with a slash at its end the name is taken for that of a folder",
                path.with_extension("").with_extension("").display()
            ))),
            _ => Ok(Destination::Dir(path.to_owned())),
        }
    }

    fn without_output(&self) -> Result<Destination, Error> {
        // Where there is nothing to read, the paths are wrong, not the output.
        let nothing = self.found.files.is_empty() && self.found.folders.is_empty();
        if self.found.single || nothing || self.args.files.to == Some(OutputFormat::Jsonl) {
            return Ok(Destination::Stdout);
        }
        if self.args.files.dry_run {
            return Ok(Destination::Discard);
        }
        let what = match self.found.folders.first() {
            Some(folder) => format!("{} is a folder", shown(folder)),
            None => "there are several inputs".to_owned(),
        };
        Err(Error::usage(format!(
            "{what}, so say where the results go: -o FOLDER, or --to jsonl for one stream of records"
        )))
    }

    fn input(&self, file: &Input, destination: &Destination) -> Result<Input, Error> {
        let same = if file.from == Format::Warc { Format::Jsonl } else { file.from };
        let to = self.to.map_or(same, Format::from);
        if file.from == Format::Parquet && !matches!(file.source, Source::File(_)) {
            return Err(Error::usage("a Parquet file cannot be read from a stream; name the file"));
        }
        if to == Format::Parquet {
            self.check_table(file, destination)?;
        }
        let output = match destination {
            Destination::File(path) if (file.from, to) == (Format::Parquet, Format::Parquet) => Some(path.clone()),
            Destination::Dir(root) => Some(self.own_output(root, file, to)?),
            _ => None,
        };
        Ok(Input { to, output, ..file.clone() })
    }

    /// Tables cannot be written to streams, and one that is read stays a file of its own.
    fn check_table(&self, file: &Input, destination: &Destination) -> Result<(), Error> {
        let name = shown(&file.relative);
        match destination {
            Destination::Stdout | Destination::Device(_) if !self.args.files.dry_run => Err(Error::usage(format!(
                "{name}: a Parquet file cannot be written to a stream; add -o FILE, or --to jsonl"
            ))),
            Destination::File(path) if file.from == Format::Parquet && !self.found.single => Err(Error::usage(
                format!("-o {}: each Parquet file becomes one of its own; name a folder", shown(path)),
            )),
            _ => Ok(()),
        }
    }

    fn own_output(&self, root: &Path, file: &Input, to: Format) -> Result<PathBuf, Error> {
        let records_to_texts = file.from.has_records() && to == Format::Text;
        let (name, example) = (shown(root), |example: &str| root.join(example).display().to_string());
        match (file.from, to) {
            // The texts of one file of records stand in the folder itself, those of several in a folder for each.
            _ if records_to_texts && self.found.single => Ok(root.to_owned()),
            (Format::Text, Format::Jsonl | Format::Parquet) => {
                let (to, file) = if to == Format::Jsonl { ("jsonl", "all.jsonl") } else { ("parquet", "all.parquet") };
                Err(Error::usage(format!(
                    "-o {name} is a folder, but --to {to} makes one file of all texts; write -o {}",
                    example(file)
                )))
            }
            _ if file.source == Source::Stdin => Err(Error::usage(format!(
                "-o {name} is a folder, but standard input has no name; write -o {}",
                example("page.txt")
            ))),
            _ if records_to_texts => Ok(root.join(without_compression(&file.relative))),
            (Format::Text, Format::Text) if names_a_page(&file.relative) => {
                let extension = if self.args.cleaning.pages_as == "markdown" { ".md" } else { ".txt" };
                Ok(root.join(text_of_page(&file.relative, extension)))
            }
            _ if file.from == to => Ok(root.join(&file.relative)),
            _ => Ok(root.join(renamed(&file.relative, to))),
        }
    }
}

fn without_compression(path: &Path) -> PathBuf {
    if Compression::of_name(path) == Compression::None { path.to_owned() } else { path.with_extension("") }
}

/// The name of the text of a web page: `a.html` becomes `a.html.txt`, and `a.html.gz` `a.html.txt.gz`. There may be an
/// `a.txt` beside it.
fn text_of_page(path: &Path, extension: &str) -> PathBuf {
    let mut name = without_compression(path).into_os_string();
    name.push(extension);
    if let Some(extension) = path.extension().filter(|_| Compression::of_name(path) != Compression::None) {
        name.push(".");
        name.push(extension);
    }
    PathBuf::from(name)
}

/// The name of an output of another format than its input. JSON Lines have the same compression: `a.warc.wet.gz` becomes
/// `a.jsonl.gz`, or `a.parquet`.
fn renamed(path: &Path, to: Format) -> PathBuf {
    let mut name = without_compression(path);
    while Format::of_name(&name).has_records() {
        name.set_extension("");
    }
    let mut name = name.into_os_string();
    name.push(if to == Format::Parquet { ".parquet" } else { ".jsonl" });
    if Compression::of_name(path) != Compression::None
        && to == Format::Jsonl
        && let Some(extension) = path.extension()
    {
        name.push(".");
        name.push(extension);
    }
    PathBuf::from(name)
}

fn names_a_file(path: &Path) -> bool {
    let extension = path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
    extension.is_some_and(|extension| FILE_ENDINGS.contains(&&*extension))
}

fn ends_in_separator(path: &Path) -> bool {
    path.to_string_lossy().ends_with(['/', MAIN_SEPARATOR])
}
