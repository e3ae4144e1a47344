//! Lists the files of a folder, sorted, including hidden ones; ignore files are not used. Special files and circular
//! links are reported and skipped, since reading them could hang.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};
use walkdir::{DirEntry, WalkDir};

use crate::error::io_reason;
use crate::stats::Failure;
use crate::write::{RUN_DIR, atomic_file};

#[derive(Debug, Clone)]
pub(crate) struct Filter {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FoundFile {
    pub(crate) path: PathBuf,
    pub(crate) relative: PathBuf,
    pub(crate) bytes: u64,
}

impl Filter {
    /// Compiles a filter from globs; the error names the invalid one.
    pub(crate) fn new(include: &[String], exclude: &[String]) -> Result<Filter, String> {
        let include = if include.is_empty() { None } else { Some(globs("--include", include)?) };
        Ok(Filter { include, exclude: globs("--exclude", exclude)? })
    }

    /// Whether to take a file or enter a folder. The run's own files in its output folder are not texts.
    fn enters(&self, entry: &DirEntry, root: &Path) -> bool {
        let is_ours = entry.file_type().is_dir() && entry.file_name() == RUN_DIR;
        !is_ours && !self.exclude.is_match(below(entry, root))
    }

    fn wants(&self, relative: &Path) -> bool {
        self.include.as_ref().is_none_or(|globs| globs.is_match(relative))
    }
}

/// The files below `root`, and what was skipped.
pub(crate) fn list(root: &Path, filter: &Filter, failures: &mut Vec<Failure>) -> Vec<FoundFile> {
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name().into_iter();
    let mut found = Vec::new();
    for entry in walk.filter_entry(|entry| entry.depth() == 0 || filter.enters(entry, root)) {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                failures.extend(failure(root, filter, &error));
                continue;
            }
        };
        let relative = below(&entry, root);
        let kind = entry.file_type();
        if kind.is_dir() || atomic_file::is_temporary(entry.file_name()) || !filter.wants(&relative) {
            continue;
        }
        if kind.is_file() && is_of_the_system(&entry) {
            continue;
        }
        if !kind.is_file() {
            failures.push(Failure::of(entry.path(), special(kind)));
            continue;
        }
        let bytes = entry.metadata().map_or(0, |meta| meta.len());
        found.push(FoundFile { path: entry.into_path(), relative, bytes });
    }
    found
}

/// Whether it is one of the files that desktops leave in folders: views of folders, and what macOS writes on foreign
/// disks beside each file, which has the magic number of AppleDouble.
fn is_of_the_system(entry: &DirEntry) -> bool {
    let name = entry.file_name().to_string_lossy();
    let mut magic = [0; 4];
    [".DS_Store", "Thumbs.db", "desktop.ini"].iter().any(|other| name.eq_ignore_ascii_case(other))
        || name.starts_with("._")
            && File::open(entry.path()).and_then(|mut file| file.read_exact(&mut magic)).is_ok()
            && magic == [0, 5, 0x16, 7]
}

fn below(entry: &DirEntry, root: &Path) -> PathBuf {
    entry.path().strip_prefix(root).unwrap_or(entry.path()).to_owned()
}

/// The message for a path that is neither file nor folder.
pub(crate) fn special(kind: std::fs::FileType) -> &'static str {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt;
        if kind.is_fifo() {
            return "a named pipe, skipped; name it by itself to read it";
        }
        if kind.is_socket() {
            return "a socket, skipped";
        }
        if kind.is_block_device() || kind.is_char_device() {
            return "a device, skipped";
        }
    }
    let _ = kind;
    "not a regular file, skipped"
}

fn failure(root: &Path, filter: &Filter, error: &walkdir::Error) -> Option<Failure> {
    let path = error.path().unwrap_or(root);
    // Links that lead nowhere come as errors, not as entries, so the filter has not seen them yet.
    let relative = path.strip_prefix(root).unwrap_or(path);
    if filter.exclude.is_match(relative)
        || (error.depth() > 0 && error.loop_ancestor().is_none() && !filter.wants(relative))
    {
        return None;
    }
    let reason = match (error.loop_ancestor(), error.io_error()) {
        (Some(ancestor), _) => format!("a link that leads back to {}, skipped", ancestor.display()),
        (None, Some(io)) if path.is_symlink() => format!("a link that cannot be followed: {}", io_reason(io)),
        (None, Some(io)) => io_reason(io),
        (None, None) => error.to_string(),
    };
    Some(Failure::of(path, reason))
}

/// Globs over paths below the folder. One without a slash is matched against the file name, at any depth.
fn globs(flag: &str, patterns: &[String]) -> Result<GlobSet, String> {
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        let anywhere = if pattern.contains('/') { pattern.clone() } else { format!("**/{pattern}") };
        set.add(glob(&anywhere).map_err(|error| {
            format!("{flag} {pattern}: {}; write a glob such as '*.txt' or 'news/**', quoted", error.kind())
        })?);
    }
    set.build().map_err(|error| format!("{flag}: {error}"))
}

fn glob(pattern: &str) -> Result<Glob, globset::Error> {
    let pattern = pattern.strip_prefix("./").unwrap_or(pattern).trim_end_matches('/');
    GlobBuilder::new(pattern).literal_separator(true).build()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_without_a_slash_matches_the_file_name() {
        let filter = Filter::new(&["*.txt".to_owned()], &["drafts".to_owned(), "a/b.txt".to_owned()]).unwrap();
        assert!(filter.wants(Path::new("x/y.txt")) && !filter.wants(Path::new("x/y.md")));
        assert!(filter.exclude.is_match("drafts") && filter.exclude.is_match("x/drafts"));
        assert!(filter.exclude.is_match("a/b.txt") && !filter.exclude.is_match("c/a/b.txt"));
        assert!(Filter::new(&["[".to_owned()], &[]).unwrap_err().contains("--include ["));
    }

    #[test]
    fn files_come_sorted_and_temp_files_are_not_inputs() {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [
            ("b.txt", "x"),
            (".hidden", "x"),
            ("a.txt", "x"),
            ("sub/c.txt", "x"),
            (".bodytext-abc.tmp", "x"),
            (".DS_Store", "\0\0\0\x01Bud1"),
            ("sub/Thumbs.db", "x"),
            ("sub/desktop.ini", "x"),
            ("sub/._c.txt", "\0\x05\x16\x07\0"),
            ("sub/._d.txt", "A text."),
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let mut failures = Vec::new();
        let found = list(dir.path(), &Filter::new(&[], &[]).unwrap(), &mut failures);
        let names: Vec<String> = found.iter().map(|f| f.relative.to_string_lossy().replace('\\', "/")).collect();
        assert_eq!(names, [".hidden", "a.txt", "b.txt", "sub/._d.txt", "sub/c.txt"]);
        assert!(failures.is_empty());
    }
}
