//! Finds the inputs: named files, folders, pipes, standard input. Unreadable inputs are listed and the run continues;
//! only usage errors stop it.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::args::{CleanArgs, InputFormat};
use crate::compression;
use crate::error::{Error, io_reason};
use crate::input::{self, Format, Input, Source};
use crate::limits::Limits;
use crate::read::sniff::SAMPLE;
use crate::read::walk::{self, Filter};
use crate::stats::Failure;

pub(crate) struct FoundInputs {
    /// In order; their outputs are not decided yet.
    pub(crate) files: Vec<Input>,
    pub(crate) failures: Vec<Failure>,
    pub(crate) folders: Vec<PathBuf>,
    /// Whether the input is a single file or a stream, not a folder.
    pub(crate) single: bool,
}

pub(crate) fn find(args: &CleanArgs) -> Result<FoundInputs, Error> {
    let filter = Filter::new(&args.files.include, &args.files.exclude).map_err(Error::Usage)?;
    let stdin = [PathBuf::from("-")];
    let paths = if args.paths.is_empty() { &stdin[..] } else { &args.paths[..] };
    input::check_stdin_once(paths)?;
    let mut inputs =
        FoundInputs { files: Vec::new(), failures: Vec::new(), folders: Vec::new(), single: paths.len() == 1 };
    for path in paths {
        if path == Path::new("-") {
            inputs.add(Source::Stdin, PathBuf::from("-"), 0, args.files.from);
            continue;
        }
        let meta = match fs::metadata(path) {
            Ok(meta) => meta,
            Err(error) => {
                inputs.failures.push(Failure::of(path, unreadable(path, &error)));
                continue;
            }
        };
        if meta.is_dir() {
            inputs.single = false;
            inputs.folders.push(path.clone());
            for file in walk::list(path, &filter, &mut inputs.failures) {
                inputs.add(Source::File(file.path), file.relative, file.bytes, args.files.from);
            }
        } else {
            let name = path.file_name().map_or_else(|| path.clone(), PathBuf::from);
            match named(path, &meta) {
                Some(source) => inputs.add(source, name, meta.len(), args.files.from),
                None => inputs.failures.push(Failure::of(path, walk::special(meta.file_type()))),
            }
        }
    }
    if let ([], [folder, ..], [_, ..]) = (&*inputs.files, &*inputs.folders, &*args.files.include) {
        let globs = args.files.include.join(", ");
        let reason =
            format!("no file in it matches --include {globs}; a glob without / is matched against the file name");
        inputs.failures.push(Failure::of(folder, reason));
    }
    Ok(inputs)
}

impl FoundInputs {
    fn add(&mut self, source: Source, relative: PathBuf, bytes: u64, from: InputFormat) {
        let from = match from {
            InputFormat::Text => Format::Text,
            InputFormat::Jsonl => Format::Jsonl,
            InputFormat::Csv => Format::CSV,
            InputFormat::Tsv => Format::TSV,
            InputFormat::Warc => Format::Warc,
            InputFormat::Parquet => Format::Parquet,
            InputFormat::Auto => Format::of_file(&relative, || match &source {
                Source::File(path) => first_bytes(path).unwrap_or_default(),
                Source::Stdin | Source::Pipe(_) => Vec::new(),
            }),
        };
        self.files.push(Input { source, relative, from, to: from, bytes, output: None });
    }
}

/// The first bytes of a file, decompressed.
fn first_bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = compression::decompressed(File::open(path)?, &Limits::DEFAULT)?;
    // Of a damaged file the bytes before the damage are enough.
    let _ = file.take(SAMPLE as u64).read_to_end(&mut bytes);
    Ok(bytes)
}

/// How to read a path that was named itself. A pipe is read, as in `bodytext <(command)`; a device only if it is
/// standard input under another name, since most others never end.
fn named(path: &Path, meta: &Metadata) -> Option<Source> {
    if meta.is_file() {
        return Some(Source::File(path.to_owned()));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        let standard =
            path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc/self/fd");
        if meta.file_type().is_fifo() || (standard && meta.file_type().is_char_device()) {
            return Some(Source::Pipe(path.to_owned()));
        }
    }
    None
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    match (error.kind(), path.to_str()) {
        (io::ErrorKind::NotFound, Some("clean" | "explain" | "eval" | "tune" | "bench" | "verify" | "rules")) => {
            "no such file or folder; a command must be the first word".to_owned()
        }
        (io::ErrorKind::NotFound, Some(word)) if word.bytes().all(|b| b.is_ascii_lowercase()) => {
            "no such file, folder or command; check the path, or see bodytext --help".to_owned()
        }
        (io::ErrorKind::NotFound, _) => "no such file or folder; check the path".to_owned(),
        _ => io_reason(error),
    }
}
