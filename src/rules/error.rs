//! What can be wrong with rule files: every error says where it is and what to write instead.

use crate::location::Location;

/// Something wrong in a rule file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{location}: {}{message}; {remedy}", .id.as_ref().map(|id| format!("rule {id}: ")).unwrap_or_default())]
#[non_exhaustive]
pub struct RuleError {
    /// Where it is.
    pub location: Location,
    /// The rule's id, where the error is inside a rule that has one.
    pub id: Option<String>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub remedy: String,
}

/// Everything wrong in a set of rule files.
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

/// What to write where `near` is not complete.
pub(super) const NEAR_EXAMPLE: &str = "write `near = { classes = [\"share\"], within = 3 }`";

/// The name most similar to `name`, for suggestions; `None` where all are quite different.
pub(super) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    // `author` and `about` are below it, `phrase` and `phrases` above.
    const SIMILAR: f64 = 0.8;
    let similarities =
        names.map(|known| (strsim::jaro_winkler(name, known), known)).filter(|(similar, _)| *similar > SIMILAR);
    similarities.max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, known)| known)
}

/// What to tell somebody who named a rule that does not exist.
pub fn suggest_rule<'n>(id: &str, ids: impl Iterator<Item = &'n str>) -> String {
    match nearest(id, ids) {
        Some(near) => format!("did you mean `{near}`? `bodytext rules list` shows all"),
        None => "`bodytext rules list` shows all".to_owned(),
    }
}
