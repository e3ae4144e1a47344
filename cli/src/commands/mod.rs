//! The commands, one file each.

pub(crate) mod bench;
pub(crate) mod clean;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod rules;
pub(crate) mod tune;
pub(crate) mod verify;
