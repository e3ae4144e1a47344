//! Where results go: streams, mirrored files, one file a record, the quarantine.
//! It knows nothing of cleaning. Nothing gets its final name before it is whole.
//! `batch` writes through it.

pub(crate) mod quarantine;
pub(crate) mod record_folder;
pub(crate) mod stream;
pub(crate) mod temporary;
