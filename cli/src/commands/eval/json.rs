//! The report for programs: one JSON object. Its keys stay; new ones may come.
//! It averages nothing; `figures` did.
//! Last step of `eval --json`.

use bodytext::LineClass;
use bodytext::{Cleaner, RuleSet};
use bodytext_eval::{Difference, Harm, Measures, Prf};
use serde_json::{Map, Value, json};

use crate::tally::reason_name;

use super::Report;
use super::figures::{Comparison, Figures};
use super::measure::{Evaluation, Worst};
use super::removals::Removed;

/// The whole report.
pub(super) fn object(report: &Report<'_>, cleaner: &Cleaner, baseline: Option<&Cleaner>) -> Value {
    let gold = report.gold;
    let of_groups = report.gold_back.groups(gold).map(|(name, of_group)| (name.to_owned(), harm(&of_group)));
    let mut back = harm(&report.gold_back.harm());
    back["groups"] = of_groups.collect::<Map<_, _>>().into();
    back["baseline"] = report.gold_back.of_baseline().as_ref().map(harm).into();
    let compared = report.baseline.zip(baseline);
    json!({
        "documents": gold.documents.len(),
        "gold_without_text": gold.without_text,
        "repeated_gold_ids": gold.repeated,
        "rule_set": rule_set(cleaner.rules()),
        "baseline": compared.map(|(name, cleaner)| json!({ "name": name, "rule_set": rule_set(cleaner.rules()) })),
        "inputs": report.evaluations.iter().map(|e| input(report, e, cleaner.rules())).collect::<Vec<_>>(),
        "harm": back,
        "failures": report.failures().map(|f| json!({ "path": f.path, "line": f.line, "reason": f.reason })).collect::<Vec<_>>(),
    })
}

fn input(report: &Report<'_>, evaluation: &Evaluation, rules: &RuleSet) -> Value {
    let of_groups =
        Figures::groups(evaluation, report.gold).map(|(name, of_group)| (name.to_owned(), figures(&of_group)));
    let mut object = figures(&Figures::all(evaluation));
    object["input"] = evaluation.label.clone().into();
    object["missing"] = evaluation.missing.into();
    object["without_gold"] = evaluation.without_gold.into();
    object["repeated_ids"] = evaluation.repeated.into();
    object["groups"] = of_groups.collect::<Map<_, _>>().into();
    object["removed"] = map(evaluation.removals.classes.iter().map(|(class, all)| (LineClass::name(*class), all)));
    object["rules"] = map(evaluation.removals.reasons.iter().map(|(&reason, all)| (reason_name(reason, rules), all)));
    object["comparison"] = Comparison::of(evaluation, report.gold).map(|c| comparison(&c)).into();
    object["worst"] = evaluation.worst.iter().map(worst).collect::<Vec<_>>().into();
    object
}

fn figures(figures: &Figures) -> Value {
    json!({
        "documents": figures.after.documents,
        "before": measures(&figures.before),
        "after": measures(&figures.after),
        "possible": measures(&figures.possible),
    })
}

fn measures(measures: &Measures) -> Value {
    json!({ "word": prf(&measures.word), "shingle": prf(&measures.shingle), "exact": measures.exact })
}

fn prf(prf: &Prf) -> Value {
    json!({ "precision": prf.precision, "recall": prf.recall, "f1": prf.f1 })
}

fn harm(harm: &Harm) -> Value {
    json!({ "documents": harm.documents, "word_recall": harm.recall, "emptied": harm.emptied })
}

fn comparison(comparison: &Comparison) -> Value {
    json!({
        "baseline": measures(&comparison.baseline),
        "word_f1": difference(&comparison.word_f1),
        "shingle_f1": difference(&comparison.shingle_f1),
    })
}

fn difference(difference: &Difference) -> Value {
    let (low, high) = difference.interval;
    json!({
        "from": difference.from, "to": difference.to, "difference": difference.difference(), "low": low, "high": high,
    })
}

fn map<'a>(removed: impl Iterator<Item = (&'a str, &'a Removed)>) -> Value {
    let object = |all: &Removed| {
        json!({
            "lines": all.lines, "words": all.words, "gold_words": all.gold_words, "precision": all.precision(),
        })
    };
    removed.map(|(name, all)| (name.to_owned(), object(all))).collect::<Map<_, _>>().into()
}

fn worst(document: &Worst) -> Value {
    let lines = document.lines.iter().map(|wrong| match &wrong.removed {
        None => json!({ "line": wrong.line, "wrongly": "kept", "text": wrong.text }),
        Some((class, reasons)) => json!({
            "line": wrong.line, "wrongly": "removed", "class": class, "reasons": reasons, "text": wrong.text,
        }),
    });
    json!({
        "id": document.id, "shingle_f1": document.after, "possible": document.possible,
        "lines": lines.collect::<Vec<_>>(),
    })
}

fn rule_set(rules: &RuleSet) -> Value {
    json!({ "hash": rules.hash(), "rules": rules.rules().len() })
}
