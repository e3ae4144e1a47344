//! The little JSON that records need: where a field's value stands in the raw bytes, and what a raw string says.
//! It validates nothing: serde_json does that before, and these look only at lines it accepted. It builds no values and
//! writes no records, since a record that is written anew is a record changed.
//! Used by `records` only.

pub(crate) mod field;
pub(crate) mod find;
pub(crate) mod string;
