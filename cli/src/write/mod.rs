//! Writes results: streams, mirrored files, one file a record, the quarantine. Nothing gets its final name before it is
//! complete.

pub(crate) mod atomic_file;
pub(crate) mod quarantine;
pub(crate) mod record_dir;
mod sink;

pub(crate) use sink::Sink;
