//! JSON handling beyond serde_json: the position of a field's value in the line, and strings with lone surrogates.
//! Records are never rebuilt, since that would change other bytes.

pub(crate) mod field;
pub(crate) mod locate;
mod scan;
pub(crate) mod string;
