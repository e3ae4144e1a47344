//! What records of JSON Lines need beyond serde_json: where the value of a field stands in the line, and strings with
//! lone surrogates. Records are never rebuilt, since that would change what was not asked for.

pub(crate) mod field;
pub(crate) mod locate;
pub(crate) mod string;
