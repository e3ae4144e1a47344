//! Errors in rule files: each says where it is and what to write instead.

use crate::location::Location;

/// An error in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {}{message}; {remedy}", .id.as_ref().map(|id| format!("rule {id}: ")).unwrap_or_default())]
#[non_exhaustive]
pub struct RuleError {
    /// The location of the error.
    pub location: Location,
    /// The rule's id, if the error is inside a rule that has one.
    pub id: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

/// All errors in a set of rule files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
pub struct RuleErrors(pub Vec<RuleError>);

#[doc(hidden)]
impl From<RuleError> for RuleErrors {
    fn from(error: RuleError) -> RuleErrors {
        RuleErrors(vec![error])
    }
}

impl Location {
    pub(super) fn error(&self, id: Option<&str>, message: impl Into<String>, remedy: impl Into<String>) -> RuleError {
        RuleError { location: self.clone(), id: id.map(str::to_owned), message: message.into(), remedy: remedy.into() }
    }
}

/// The remedy for an incomplete `near`.
pub(super) const NEAR_EXAMPLE: &str = "write `near = { classes = [\"share\"], within = 3 }`";

/// The name most similar to `name`, for suggestions; `None` if none is similar.
pub fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // `author` and `about` are below this similarity, `phrase` and `phrases` above.
    const SIMILAR: f64 = 0.8;
    let similarities =
        names.map(|known| (strsim::jaro_winkler(name, known), known)).filter(|(similar, _)| *similar > SIMILAR);
    similarities.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// A suggestion for a rule id that does not exist.
pub fn suggest_rule<'n>(id: &str, ids: impl Iterator<Item = &'n str>) -> String {
    match nearest(id, ids) {
        Some(near) => format!("did you mean `{near}`? `bodytext rules list` shows all"),
        None => "`bodytext rules list` shows all".to_owned(),
    }
}
