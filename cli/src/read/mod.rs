//! Reads inputs.

pub(crate) mod documents;
