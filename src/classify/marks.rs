//! Decides about the lines of Markdown that have no text, which go with what they belong to, and about cards.

use std::collections::HashSet;

use crate::line_class::LineClass;
use crate::markup::{Mark, Markdown};
use crate::verdict::{Heuristic, Reason, Verdict};

/// Removes the marks of lines that are removed, and finds the cuts of visible lines in the raw text.
pub(crate) fn decide_marks(markdown: &Markdown, raw: &str, keep: &[LineClass], verdicts: &mut [Verdict]) {
    for (line, verdict) in verdicts.iter_mut().enumerate().filter(|(_, verdict)| !verdict.cuts.is_empty()) {
        let cuts: Option<Vec<_>> = verdict.cuts.iter().map(|cut| markdown.raw_range(raw, line, cut)).collect();
        // A cut through a link or between marks would leave half of them: the line stays whole.
        verdict.cuts = cuts.unwrap_or_default();
    }
    for (line, anchor) in &markdown.anchors {
        let verdict = &mut verdicts[*line];
        let has_text = verdict.keep && markdown.marks[*line] == Mark::None;
        if has_text && verdict.cuts.iter().all(|cut| cut.end <= anchor.start) {
            verdict.cuts.push(anchor.clone());
            if verdict.reasons.last() != Some(&Reason::Heuristic(Heuristic::Marks)) {
                verdict.reasons.push(Reason::Heuristic(Heuristic::Marks));
            }
        }
    }
    let has_text = |line: &usize| !raw[markdown.lines[*line].span()].trim().is_empty();
    let is_text = |line: &usize| matches!(markdown.marks[*line], Mark::None | Mark::Verbatim) && has_text(line);
    let texts: Vec<usize> = (0..verdicts.len()).filter(is_text).collect();
    let kept = |line: Option<usize>| line.is_some_and(|line| verdicts[line].keep);
    let (mut removed, mut next) = (Vec::new(), 0_usize);
    for line in 0..verdicts.len() {
        // The text above the line, and the one below it.
        let above = next.checked_sub(1).map(|before| texts[before]);
        next += usize::from(texts.get(next) == Some(&line));
        let below = texts.get(next).copied();
        let stays = match markdown.marks[line] {
            // A rule that keeps it knows better.
            Mark::None if markdown.roles[line].card => verdicts[line].keep && !verdicts[line].reasons.is_empty(),
            Mark::None | Mark::Verbatim | Mark::Definition => true,
            Mark::Block => {
                kept(above.filter(|above| above + 1 == line)) || kept(below.filter(|below| line + 1 == *below))
            }
            Mark::Loose => kept(above) && kept(below),
            Mark::Embedded => keep.contains(&LineClass::Technical),
        };
        if !stays {
            let near = above.or(below).filter(|_| !matches!(markdown.marks[line], Mark::Embedded | Mark::None));
            let class = near.map_or(LineClass::Technical, |near| verdicts[near].class);
            removed.push((line, class));
        }
    }
    let labels = labels_of_kept(markdown, raw, verdicts);
    let unused = markdown.definitions.iter().filter(|(label, _)| !labels.contains(label));
    removed.extend(unused.map(|(_, line)| (*line, LineClass::Technical)));
    for (line, class) in removed {
        verdicts[line].remove(if class == LineClass::Body { LineClass::Technical } else { class });
        verdicts[line].reasons.push(Reason::Heuristic(Heuristic::Marks));
    }
}

/// The texts in brackets of the kept lines, in lowercase, as labels of links are compared.
fn labels_of_kept(markdown: &Markdown, raw: &str, verdicts: &[Verdict]) -> HashSet<String> {
    let mut labels = HashSet::new();
    if markdown.definitions.is_empty() {
        return labels;
    }
    let lines = markdown.lines.iter().zip(verdicts).zip(&markdown.marks);
    for ((line, _), _) in lines.filter(|((_, verdict), mark)| verdict.keep && **mark != Mark::Definition) {
        let (text, mut open) = (&raw[line.span()], None);
        for (at, c) in text.char_indices() {
            match c {
                '[' => open = Some(at + 1),
                ']' => labels.extend(open.take().map(|open| text[open..at].to_lowercase())),
                _ => {}
            }
        }
    }
    labels
}
