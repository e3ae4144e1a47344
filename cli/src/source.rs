//! Where texts come from: folders, text files, JSON lines, WARC files, standard input.
//! It cleans nothing and writes nothing.
//! `plan` finds the inputs with it, `batch` reads them.

pub(crate) mod folder;
pub(crate) mod jsonl;
pub(crate) mod recognise;
pub(crate) mod text;
pub(crate) mod warc;
