//! The gold: right bodies by id, those of them that are wanted, and their groups.
//! It scores nothing.
//! Read before any input of `eval`.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::args::RecordArgs;
use crate::args::eval::GoldArgs;
use crate::documents::Fields;
use crate::exit_code::Stop;
use crate::json::field::Field;
use crate::plan;
use crate::summary;
use crate::tally::Failure;

use super::texts::{self, Named};

/// The group of documents that lack the field.
const NO_GROUP: &str = "(none)";
/// So many values of a field are named where none of them is wanted.
const SHOWN_VALUES: usize = 10;

/// The gold that is wanted.
pub(in crate::commands) struct Gold {
    /// In the order they stand in the gold.
    pub(in crate::commands) documents: Vec<Named>,
    /// The documents of each group, by their index; empty without `--by`.
    pub(super) groups: BTreeMap<String, Vec<usize>>,
    /// The unit of each document that is drawn in a comparison: its group, or itself.
    pub(super) units: Vec<usize>,
    /// All ids, also of documents that are not wanted.
    pub(super) ids: HashSet<String>,
    /// Records without a body; they are left out.
    pub(super) without_text: usize,
    /// Ids that stand more than once.
    pub(super) repeated: usize,
    /// What could not be read.
    pub(in crate::commands) failures: Vec<Failure>,
}

/// A field and the values of which it must have one.
struct Condition {
    field: Field,
    flag: String,
    values: Vec<String>,
}

/// Reads the gold, and of each record the fields `more`. The last of them may be `by`, to group documents.
pub(in crate::commands) fn read(
    args: &GoldArgs,
    records: &RecordArgs,
    more: &[Field],
    by: Option<&str>,
) -> Result<Gold, Stop> {
    let conditions = conditions(args)?;
    let mut more: Vec<Field> = conditions.iter().map(|condition| &condition.field).chain(more).cloned().collect();
    more.extend(by.map(|by| field("--by", by)).transpose()?);
    let label = texts::label(&args.gold);
    if args.gold.is_dir() && !more.is_empty() {
        return Err(Stop::usage(format!(
            "{label} is a folder, and texts have no fields to choose or group by; give the gold as JSON lines"
        )));
    }
    let fields = Fields { text: field("--gold-field", &args.gold_field)?, ..plan::fields(records)? };
    let all = texts::read(&args.gold, &fields, &more, None)
        .map_err(|why| Stop::usage(format!("{label}: {why}; GOLD is a file of JSON lines or a folder of texts")))?;
    if all.named.is_empty() {
        let first = all.failures.first().map(|failure| format!("\n{}", summary::line(failure)));
        return Err(Stop::usage(format!(
            "{label} holds no gold body; name the fields with --id-field and --gold-field{}",
            first.unwrap_or_default()
        )));
    }
    let ids = all.named.iter().map(|named| named.id.clone()).collect();
    let mut documents = all.named;
    for (index, condition) in conditions.iter().enumerate() {
        documents = condition.choose(documents, index)?;
    }
    let mut gold = Gold {
        documents,
        groups: BTreeMap::new(),
        units: Vec::new(),
        ids,
        without_text: all.without_text,
        repeated: all.repeated,
        failures: all.failures,
    };
    gold.group(by.is_some());
    Ok(gold)
}

impl Gold {
    /// Puts the documents into groups by their last value.
    fn group(&mut self, by: bool) {
        self.units = (0..self.documents.len()).collect();
        if !by {
            return;
        }
        for (index, document) in self.documents.iter().enumerate() {
            let value = document.values.last().and_then(Clone::clone).unwrap_or_else(|| NO_GROUP.to_owned());
            self.groups.entry(value).or_default().push(index);
        }
        for (unit, members) in self.groups.values().enumerate() {
            members.iter().for_each(|&member| self.units[member] = unit);
        }
    }
}

impl Condition {
    /// The documents that meet it; `index` is where their values hold its field.
    fn choose(&self, documents: Vec<Named>, index: usize) -> Result<Vec<Named>, Stop> {
        let there: BTreeSet<String> = documents.iter().filter_map(|document| document.values[index].clone()).collect();
        let wanted =
            |document: &Named| document.values[index].as_ref().is_some_and(|value| self.values.contains(value));
        let chosen: Vec<Named> = documents.into_iter().filter(wanted).collect();
        if !chosen.is_empty() {
            return Ok(chosen);
        }
        let mut names: Vec<&str> = there.iter().take(SHOWN_VALUES).map(String::as_str).collect();
        if there.len() > SHOWN_VALUES {
            names.push("...");
        }
        let remedy = match names.as_slice() {
            [] => "no record has the field".to_owned(),
            names => format!("its values are {}", names.join(", ")),
        };
        Err(Stop::usage(format!("{}: no document is left; {remedy}", self.flag)))
    }
}

fn conditions(args: &GoldArgs) -> Result<Vec<Condition>, Stop> {
    let mut conditions = Vec::new();
    if !args.folds.is_empty() {
        let values = args.folds.iter().map(|fold| fold.trim().to_owned()).collect();
        conditions.push(Condition {
            field: field("--folds", "fold")?,
            flag: format!("--folds {}", args.folds.join(",")),
            values,
        });
    }
    for text in &args.wanted {
        let flag = format!("--where {text}");
        let (name, value) = text
            .split_once('=')
            .ok_or_else(|| Stop::usage(format!("{flag}: write a field and its value, for example --where lang=de")))?;
        conditions.push(Condition { field: field("--where", name)?, flag, values: vec![value.to_owned()] });
    }
    Ok(conditions)
}

fn field(flag: &str, text: &str) -> Result<Field, Stop> {
    Field::parse(text).map_err(|why| Stop::usage(format!("{flag} {why}")))
}
