//! Loads the gold that the arguments ask for, for `eval` and `tune`.

use bodytext_eval::{Corpus, DocumentSet};

use crate::args::RecordArgs;
use crate::args::eval::GoldArgs;
use crate::error::Error;
use crate::json::field::Field;
use crate::plan;
use crate::read::documents::{self, Request, display_name, read_documents};
use crate::read::jsonl::Fields;
use crate::stats::Failure;

/// The number of existing values to list if no wanted value occurs.
const SHOWN_VALUES: usize = 10;

pub(in crate::commands) struct Gold {
    pub(in crate::commands) corpus: Corpus,
    /// Records without a body; they are left out.
    pub(in crate::commands) without_text: usize,
    /// Ids that occur more than once.
    pub(in crate::commands) repeated: usize,
    pub(in crate::commands) failures: Vec<Failure>,
}

/// Loads the gold. Each document has the values of the fields `more`, followed by those of the fields that selected it.
pub(in crate::commands) fn read(args: &GoldArgs, records: &RecordArgs, more: &[Field]) -> Result<Gold, Error> {
    let conditions = conditions(args)?;
    let values: Vec<Field> = more.iter().chain(conditions.iter().map(|(_, field, _)| field)).cloned().collect();
    let name = display_name(&args.gold);
    if args.gold.is_dir() && !values.is_empty() {
        return Err(Error::usage(format!(
            "{name} is a folder, and texts have no fields to choose or group by; give the gold as JSON Lines"
        )));
    }
    let fields = Fields { text: field("--gold-field", &args.gold_field)?, ..plan::fields(records)? };
    // The encoding that the user named is that of the inputs; the gold's own is detected.
    let request = Request { fields: &fields, values: &values, encoding: None, by_id: true, max_bytes: u64::MAX };
    let documents::Documents { documents, without_text, failures, .. } = read_documents(&args.gold, &request)
        .map_err(|why| Error::usage(format!("{name}: {why}; GOLD is a file of JSON Lines or a folder of texts")))?;
    if documents.is_empty() {
        let first = failures.first().map(|failure| format!("\n{}", failure));
        return Err(Error::usage(format!(
            "{name} holds no gold body; name the fields with --id-field and --gold-field{}",
            first.unwrap_or_default()
        )));
    }
    let gold: DocumentSet = documents.into_iter().collect();
    let repeated = gold.repeated;
    let mut corpus = Corpus::new(gold);
    for (index, (flag, _, wanted)) in (more.len()..).zip(&conditions) {
        corpus
            .select(index, wanted)
            .map_err(|values| nothing_selected(flag, values.iter().map(String::as_str).collect()))?;
    }
    Ok(Gold { corpus, without_text, repeated, failures })
}

pub(in crate::commands) fn field(flag: &str, text: &str) -> Result<Field, Error> {
    Field::parse(text).map_err(|why| Error::usage(format!("{flag} {why}")))
}

fn nothing_selected(flag: &str, mut values: Vec<&str>) -> Error {
    if values.is_empty() {
        return Error::usage(format!("{flag}: no document is left; no record has the field"));
    }
    if values.len() > SHOWN_VALUES {
        values.truncate(SHOWN_VALUES);
        values.push("...");
    }
    Error::usage(format!("{flag}: no document is left; its values are {}", values.join(", ")))
}

/// The flags that select documents, each with its field and the accepted values.
fn conditions(args: &GoldArgs) -> Result<Vec<(String, Field, Vec<String>)>, Error> {
    let mut conditions = Vec::new();
    if !args.folds.is_empty() {
        let values = args.folds.iter().map(|fold| fold.trim().to_owned()).collect();
        conditions.push((format!("--folds {}", args.folds.join(",")), field("--folds", "fold")?, values));
    }
    for text in &args.wanted {
        let flag = format!("--where {text}");
        let Some((name, value)) = text.split_once('=') else {
            return Err(Error::usage(format!("{flag}: write a field and its value, for example --where lang=de")));
        };
        conditions.push((flag, field("--where", name)?, vec![value.to_owned()]));
    }
    Ok(conditions)
}
