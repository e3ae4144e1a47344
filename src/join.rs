//! Joins the kept lines into the cleaned text.

use crate::line_class::LineClass;
use crate::text::lines::Line;
use crate::verdict::{Heuristic, Reason, Verdict};

/// Removes blank lines at the edges of the kept text and all but the first of several in a row; returns how many.
pub(crate) fn close_blank_lines(is_blank: impl Fn(usize) -> bool, verdicts: &mut [Verdict]) -> usize {
    let mut closed = 0;
    let mut last_blank: Option<usize> = None;
    let mut seen_text = false;
    for (line, verdict) in verdicts.iter_mut().enumerate().filter(|(_, verdict)| verdict.keep) {
        if !is_blank(line) {
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
    let mut verdict = Verdict::KEEP;
    verdict.remove(LineClass::Blank);
    verdict.reasons.push(Reason::Heuristic(Heuristic::BlankLines));
    verdict
}

/// The kept lines without their cuts; `None` if that is the whole text. The text's final line ending, or its absence,
/// is preserved.
pub(crate) fn join(text: &str, lines: &[Line], verdicts: &[Verdict]) -> Option<String> {
    if verdicts.iter().all(|verdict| verdict.keep && verdict.cuts.is_empty()) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    // Kept text is copied in runs of lines. The ending of a line is copied with the next kept line.
    let (mut copied, mut run, mut ending) = (0, 0..0, "");
    for (line, verdict) in lines.iter().zip(verdicts).filter(|(_, verdict)| verdict.keep) {
        if line.start != copied {
            out.push_str(&text[run]);
            out.push_str(ending);
            run = line.start..line.start;
        }
        for cut in &verdict.cuts {
            out.push_str(&text[run.start..cut.start]);
            run.start = cut.end;
        }
        (copied, run.end, ending) = (line.next, line.end, &text[line.end..line.next]);
    }
    out.push_str(&text[run]);
    if !out.is_empty()
        && let Some(last) = lines.last()
    {
        out.push_str(&text[last.end..last.next]);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::Page;

    /// Line by line.
    fn plain(page: &Page<'_>, verdicts: &[Verdict]) -> String {
        let (mut out, mut ending) = (String::new(), "");
        for (line, verdict) in page.lines.iter().zip(verdicts).filter(|(_, verdict)| verdict.keep) {
            out += ending;
            let mut at = line.start;
            for cut in &verdict.cuts {
                out += &page.text[at..cut.start];
                at = cut.end;
            }
            out += &page.text[at..line.end];
            ending = &page.text[line.end..line.next];
        }
        let last = page.lines.last().filter(|_| !out.is_empty()).map_or("", |last| &page.text[last.end..last.next]);
        out + last
    }

    proptest! {
        #[test]
        fn runs_of_lines_are_joined_like_single_ones(
            text in "((|ab|a b c| )(\n|\r\n)){0,9}(|end)",
            kept in prop::collection::vec((any::<bool>(), 0..3usize, 0..3usize), 10),
        ) {
            let page = Page::new(&text, None);
            let mut verdicts = Verdict::keep_all(page.lines.len());
            for ((verdict, line), (keep, from, length)) in verdicts.iter_mut().zip(&page.lines).zip(kept) {
                verdict.keep = keep;
                let start = (line.start + from).min(line.end);
                let end = (start + length).min(line.end);
                verdict.cuts.extend((keep && start < end).then_some(start..end));
            }
            if let Some(joined) = join(page.text, &page.lines, &verdicts) {
                prop_assert_eq!(joined, plain(&page, &verdicts));
            }
        }
    }
}
