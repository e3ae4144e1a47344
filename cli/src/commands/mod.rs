//! The commands, one file each.

pub(crate) mod clean;
pub(crate) mod explain;
pub(crate) mod rules;
pub(crate) mod verify;
