//! Writes the texts of records into a folder, one file each, named by the record's id.
//! Names are made safe: they stay in the folder, work on every system, and never meet. Two records with one id get
//! `id.txt` and `id-2.txt`, in the order of the input.
//! `batch` uses it for JSON lines with `--to text`.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::exit_code::Stop;
use crate::records::Text;
use crate::sink::temporary;

/// Bytes of a name at most. File systems end at 255; the rest is for the number and the extension.
const MAX_NAME: usize = 200;

/// Names that Windows keeps for devices, with whatever extension.
const DEVICES: [&str; 6] = ["con", "prn", "aux", "nul", "com", "lpt"];

/// A folder of texts.
pub(crate) struct RecordFolder {
    root: PathBuf,
    /// Names given so far, lower case, since some file systems do not tell `A` from `a`, and the number that the next
    /// text of that name begins to look for a free one with.
    taken: HashMap<String, usize>,
    dry: bool,
    resumable: bool,
}

impl RecordFolder {
    /// The folder `root`, which must exist unless the run is `dry`.
    pub(crate) fn new(root: &Path, dry: bool, resumable: bool) -> RecordFolder {
        RecordFolder { root: root.to_owned(), taken: HashMap::new(), dry, resumable }
    }

    /// Writes texts and gives their paths. Their names depend on the order of all texts so far; the writing itself is done
    /// in parallel.
    pub(crate) fn write<'t>(&mut self, texts: &'t [Text]) -> Result<Vec<(PathBuf, &'t Text)>, Stop> {
        let named: Vec<(PathBuf, &Text)> = texts
            .iter()
            .map(|text| {
                let name = self.name(text);
                (self.root.join(name), text)
            })
            .collect();
        if !self.dry {
            let write =
                |(path, text): &(PathBuf, &Text)| temporary::write_whole(path, text.text.as_bytes(), self.resumable);
            named.par_iter().try_for_each(write)?;
        }
        Ok(named)
    }

    fn name(&mut self, text: &Text) -> String {
        let base = match &text.id {
            Some(id) => safe(id),
            None => format!("line-{}", text.line),
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

/// The id as a file name: letters, digits, dot, hyphen and underscore stay, all else becomes an underscore.
fn safe(id: &str) -> String {
    let stem = id.strip_suffix(".txt").unwrap_or(id);
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut name: String = stem.chars().map(|c| if fits(c) { c } else { '_' }).collect();
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
    fn names_never_meet() {
        let mut folder = RecordFolder::new(Path::new("x"), true, false);
        let mut name =
            |id: Option<&str>, line| folder.name(&Text { id: id.map(str::to_owned), line, text: String::new() });
        assert_eq!(name(Some("a"), 1), "a.txt");
        assert_eq!(name(Some("A"), 2), "A-2.txt");
        assert_eq!(name(Some("a-2"), 3), "a-2-2.txt");
        assert_eq!(name(None, 4), "line-4.txt");
        assert_eq!(name(Some("line-4"), 5), "line-4-2.txt");
        assert_eq!(name(Some("a"), 6), "a-3.txt");
        assert_eq!(name(Some("a-2"), 7), "a-2-3.txt");
        // Whoever gave the same name to all records does not wait for it.
        let last = (8..100_008).map(|line| name(Some("a"), line)).last();
        assert_eq!(last.as_deref(), Some("a-100003.txt"));
    }
}
