//! Joins the kept lines into the cleaned text.

use crate::line_class::LineClass;
use crate::text::Page;
use crate::verdict::{Heuristic, Reason, Verdict};

/// Removes blank lines at the edges of the kept text and all but the first of several in a row; returns how many.
pub(crate) fn close_blank_lines(page: &Page<'_>, verdicts: &mut [Verdict]) -> usize {
    let mut closed = 0;
    let mut last_blank: Option<usize> = None;
    let mut seen_text = false;
    for (line, verdict) in verdicts.iter_mut().enumerate().filter(|(_, verdict)| verdict.keep) {
        if !page.line(line).trim().is_empty() {
            (seen_text, last_blank) = (true, None);
        } else if seen_text && last_blank.is_none() {
            last_blank = Some(line);
        } else {
            *verdict = closed_blank_line();
            closed += 1;
        }
    }
    if let Some(line) = last_blank {
        verdicts[line] = closed_blank_line();
        closed += 1;
    }
    closed
}

fn closed_blank_line() -> Verdict {
    let reasons = vec![Reason::Heuristic(Heuristic::BlankLines)];
    Verdict { keep: false, class: LineClass::Blank, reasons, cuts: Vec::new() }
}

/// The kept lines without their cuts; `None` if that is the whole text. The text's final line ending, or its absence,
/// is preserved.
pub(crate) fn join(page: &Page<'_>, verdicts: &[Verdict]) -> Option<String> {
    if verdicts.iter().all(|verdict| verdict.keep && verdict.cuts.is_empty()) {
        return None;
    }
    let Page { text, lines, .. } = page;
    let mut out = String::with_capacity(text.len());
    let mut ending = "";
    for (line, verdict) in lines.iter().zip(verdicts).filter(|(_, verdict)| verdict.keep) {
        out.push_str(ending);
        let mut at = line.start;
        for cut in &verdict.cuts {
            out.push_str(&text[at..cut.start]);
            at = cut.end;
        }
        out.push_str(&text[at..line.end]);
        ending = &text[line.end..line.next];
    }
    if !out.is_empty()
        && let Some(last) = lines.last()
    {
        out.push_str(&text[last.end..last.next]);
    }
    Some(out)
}
