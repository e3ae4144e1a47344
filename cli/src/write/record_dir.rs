//! Writes the texts of records into a folder, one file each, named by the record's id. Names are made safe: they stay in
//! the folder, work on every system, and are unique. Two records with one id get `id.txt` and `id-2.txt`, in the order of
//! the input.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::atomic_file::write_atomic;
use crate::error::Error;
use crate::worker::RecordText;

/// The most bytes of a name. File systems allow 255; the rest is for the number and the extension.
const MAX_NAME: usize = 200;

/// Names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

pub(crate) struct RecordDir {
    root: PathBuf,
    /// The names in use, in lowercase since some file systems ignore case, each with the number to try next if it is
    /// requested again.
    taken: HashMap<String, usize>,
    dry: bool,
    resumable: bool,
}

impl RecordDir {
    /// Writes into the folder `root`, which must exist unless the run is `dry`.
    pub(crate) fn new(root: &Path, dry: bool, resumable: bool) -> RecordDir {
        RecordDir { root: root.to_owned(), taken: HashMap::new(), dry, resumable }
    }

    /// Writes texts and returns their paths. The names depend on the order of all texts so far; the files are written
    /// in parallel.
    pub(crate) fn write<'t>(&mut self, texts: &'t [RecordText]) -> Result<Vec<(PathBuf, &'t RecordText)>, Error> {
        let named: Vec<(PathBuf, &RecordText)> = texts
            .iter()
            .map(|text| {
                let name = self.name(text);
                (self.root.join(name), text)
            })
            .collect();
        if !self.dry {
            named.par_iter().try_for_each(|(path, text)| write_atomic(path, text.text.as_bytes(), self.resumable))?;
        }
        Ok(named)
    }

    fn name(&mut self, text: &RecordText) -> String {
        let base = match &text.id {
            Some(id) => safe(id),
            None => format!("line-{}", text.number),
        };
        let key = base.to_lowercase();
        let Some(mut number) = self.taken.get(&key).copied() else {
            self.taken.insert(key, 2);
            return format!("{base}.txt");
        };
        loop {
            let name = format!("{base}-{number}");
            number += 1;
            if let Entry::Vacant(free) = self.taken.entry(name.to_lowercase()) {
                free.insert(2);
                self.taken.insert(key, number);
                return format!("{name}.txt");
            }
        }
    }
}

/// The id as a file name: letters, digits, dot, hyphen and underscore are kept, others become underscores.
fn safe(id: &str) -> String {
    let stem = id.strip_suffix(".txt").unwrap_or(id);
    let mut name = stem.replace(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-' | '_'), "_");
    while name.len() > MAX_NAME {
        name.pop();
    }
    let first = name.split('.').next().unwrap_or_default().to_lowercase();
    let device = DEVICES.iter().any(|d| first.strip_prefix(d).is_some_and(|n| n.len() <= 1));
    if name.is_empty() || name.starts_with('.') || device {
        name.insert(0, '_');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_in_the_folder() {
        for (id, name) in [
            ("../../etc/passwd", "_.._.._etc_passwd"),
            ("/abs", "_abs"),
            ("..", "_.."),
            ("", "_"),
            ("a/b.txt", "a_b"),
            ("https://example.org/x?y=1", "https___example.org_x_y_1"),
            ("CON", "_CON"),
            ("com1.x", "_com1.x"),
            ("contents", "contents"),
            ("статья 7", "статья_7"),
            ("a\0b", "a_b"),
        ] {
            assert_eq!(safe(id), name, "{id}");
        }
        assert_eq!(safe(&"ж".repeat(300)).len(), MAX_NAME);
    }

    #[test]
    fn file_names_are_unique() {
        let mut folder = RecordDir::new(Path::new("x"), true, false);
        let mut name = |id: Option<&str>, line| {
            folder.name(&RecordText { id: id.map(str::to_owned), number: line, text: String::new() })
        };
        assert_eq!(name(Some("a"), 1), "a.txt");
        assert_eq!(name(Some("A"), 2), "A-2.txt");
        assert_eq!(name(Some("a-2"), 3), "a-2-2.txt");
        assert_eq!(name(None, 4), "line-4.txt");
        assert_eq!(name(Some("line-4"), 5), "line-4-2.txt");
        assert_eq!(name(Some("a"), 6), "a-3.txt");
        assert_eq!(name(Some("a-2"), 7), "a-2-3.txt");
        // It takes no longer when all records have the same name.
        let last = (8..100_008).map(|line| name(Some("a"), line)).last();
        assert_eq!(last.as_deref(), Some("a-100003.txt"));
    }
}
