//! Checks the conditions on the shape of a line: what they may be, and when they are enough to make a rule alone.
//! It holds them against no line; `shape` does.
//! It stands at the edge of the rules, before the line begins.

use super::{Places, check_phrases};
use crate::error::RuleError;
use crate::rules::schema::{Kind, RuleFile};

/// Whether the conditions say so much that the rule needs nothing to find. The number of words does so only in rules
/// for the line as it stands: elsewhere `max_words` alone is a rule whose phrases were forgotten.
pub(super) fn say_enough(rule: &RuleFile) -> bool {
    matches!(rule.kind, Kind::Line | Kind::Hint | Kind::Keep)
        && (is_telling(rule) || rule.raw && rule.max_words.is_some())
}

/// Whether the conditions make the shape of a run's lines.
pub(super) fn is_run_shape(rule: &RuleFile) -> bool {
    rule.max_words.is_some() || rule.sentence.is_some() || is_telling(rule)
}

/// What to write where a rule has nothing to find.
pub(super) fn nothing_found(rule: &RuleFile) -> &'static str {
    match rule.kind {
        Kind::Line | Kind::Hint | Kind::Keep => {
            "add `phrases` or `regex`, or a condition that says enough: `ends`, `not_ends`, `min_longest_word`, \
             `uppercase_share`, `digit_share`, or `max_words` with `raw = true`"
        }
        _ => "add `phrases` or `regex`",
    }
}

/// Reports what is wrong with the conditions of a rule.
pub(super) fn check(at: &Places, rule: &RuleFile, errors: &mut Vec<RuleError>) {
    let (id, own) = (rule.id.get_ref().as_str(), rule.id.start());
    let mut fault = |key: &str, message: String, remedy: &str| {
        errors.push(at.error(at.rule_key(own, key), Some(id), message, remedy));
    };
    for (key, share) in [("uppercase_share", rule.uppercase_share), ("digit_share", rule.digit_share)] {
        if let Some(share) = share.filter(|s| !(0.0..1.0).contains(s)) {
            let remedy = "write a number from 0 to below 1, such as 0.5: the line has more than that";
            fault(key, format!("`{key}` cannot be {share}"), remedy);
        }
    }
    if rule.raw && !rule.phrases.is_empty() {
        fault(
            "phrases",
            "a raw rule has no phrases, they are for the folded line".into(),
            "write `regex`, or remove `raw`",
        );
    }
    if rule.raw && rule.opens {
        fault("opens", "a raw rule opens no runs".into(), "remove `raw` or `opens`");
    }
    let endings = rule.ends.iter().chain(&rule.not_ends);
    if rule.raw {
        for ending in endings.filter(|e| e.get_ref().is_empty()) {
            let message = "the ending is empty".to_owned();
            errors.push(at.error(ending.start(), Some(id), message, "write a text or remove it"));
        }
    } else {
        check_phrases(at, id, "ending", endings, errors);
    }
}

/// Whether a condition tells something of the line that few lines show.
fn is_telling(rule: &RuleFile) -> bool {
    !rule.ends.is_empty()
        || !rule.not_ends.is_empty()
        || rule.min_longest_word.is_some()
        || rule.uppercase_share.is_some()
        || rule.digit_share.is_some()
}
