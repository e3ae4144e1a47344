//! Compares the top of a cleaned text with its gold: whether the headline stays, and whether the text begins with the
//! article. Lines are compared by their words, without case.

use std::collections::HashSet;

use serde::Serialize;

use crate::metrics::words;

/// The figures of an input about its headlines.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct HeadlineReport {
    /// Documents whose headline is known and is a line of the text.
    pub headlines: usize,
    /// Of these, the ones whose cleaned text still has it as a line.
    pub kept: usize,
    /// The share of them; `None` if there are none.
    pub recall: Option<f64>,
    /// Documents of which something is left.
    pub texts: usize,
    /// Of these, the ones whose first line is the headline or in the gold.
    pub begin_with_article: usize,
    /// The share of them.
    pub precision: Option<f64>,
}

/// The top of one document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Top {
    /// Whether the headline stays; `None` if it is unknown or no line of the text.
    kept: Option<bool>,
    /// Whether the first line is of the article; `None` if nothing is left.
    begins_with_article: Option<bool>,
}

/// Shorter headlines, in characters, are found by chance.
const MIN_HEADLINE: usize = 13;
/// Shorter lines, in characters, are in the gold only as lines of their own.
const MIN_PART: usize = 21;
/// The most words of a first line of the gold that is a headline.
const MAX_WORDS: usize = 30;

impl Top {
    /// Compares a text before and after cleaning with its gold. Without a `title` the first line of the gold is the
    /// headline, if it is no paragraph.
    pub(crate) fn of(before: &str, after: &str, gold: &str, title: Option<&str>) -> Top {
        let lines = |text: &str| text.lines().map(normal).filter(|line| !line.is_empty()).collect::<Vec<_>>();
        let headline = title.or_else(|| first_line(gold)).map(normal);
        let (after, gold_lines) = (lines(without_front_matter(after)), lines(gold));
        let known = headline.as_deref().filter(|headline| headline.chars().count() >= MIN_HEADLINE);
        let known = known.filter(|headline| lines(before).iter().any(|line| line == headline));
        let gold_set: HashSet<&str> = gold_lines.iter().map(String::as_str).collect();
        let whole = gold_lines.join(" ");
        Top {
            kept: known.map(|headline| after.iter().any(|line| line == headline)),
            begins_with_article: after.first().map(|line| {
                gold_set.contains(&**line)
                    || headline.as_ref() == Some(line)
                    || line.chars().count() >= MIN_PART && whole.contains(&**line)
            }),
        }
    }
}

impl HeadlineReport {
    pub(crate) fn of(tops: impl Iterator<Item = Top>) -> HeadlineReport {
        let mut report = HeadlineReport::default();
        for Top { kept, begins_with_article } in tops {
            report.headlines += usize::from(kept.is_some());
            report.kept += usize::from(kept == Some(true));
            report.texts += usize::from(begins_with_article.is_some());
            report.begin_with_article += usize::from(begins_with_article == Some(true));
        }
        let share = |part: usize, all: usize| (all > 0).then(|| part as f64 / all as f64);
        report.recall = share(report.kept, report.headlines);
        report.precision = share(report.begin_with_article, report.texts);
        report
    }
}

/// The first line of a gold that has more, if it is short and ends no sentence.
fn first_line(gold: &str) -> Option<&str> {
    let mut lines = gold.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().filter(|line| !line.ends_with(['.', ':', '…', '。']) && words(line).len() <= MAX_WORDS);
    lines.next().and(first)
}

/// The words of a line as a reader sees it: the targets of links are none.
fn normal(line: &str) -> String {
    let (mut text, mut rest) = (String::new(), line);
    while let Some((before, after)) = rest.split_once("](") {
        text.push_str(before);
        text.push(' ');
        rest = after.split_once(')').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    let text = text.to_lowercase();
    let words = words(&text).into_iter().map(|word| word.trim_matches('_'));
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// A text without the data between `---` that some files of Markdown begin with.
fn without_front_matter(text: &str) -> &str {
    let Some(rest) = text.trim_start().strip_prefix("---\n") else { return text };
    rest.split_once("\n---\n").map_or(text, |(_, after)| after)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOLD: &str = "The wall of the harbour is mended, and the boats are back.\nNobody was hurt.\n";

    fn top(before: &str, after: &str, gold: &str, title: Option<&str>) -> (Option<bool>, Option<bool>) {
        let Top { kept, begins_with_article } = Top::of(before, after, gold, title);
        (kept, begins_with_article)
    }

    #[test]
    fn a_headline_is_the_title_or_the_first_line_of_the_gold() {
        let title = Some("Boats are back at sea");
        let page = format!("# [Boats are *back*](/boats) at sea\n\nBy Jane Roe\n\n{GOLD}");
        assert_eq!(top(&page, &page, GOLD, title), (Some(true), Some(true)));
        assert_eq!(top(&page, GOLD, GOLD, title), (Some(false), Some(true)));
        assert_eq!(top(&page, &format!("By Jane Roe\n{GOLD}"), GOLD, title), (Some(false), Some(false)));
        assert_eq!(top(GOLD, GOLD, GOLD, title), (None, Some(true)));
        assert_eq!(top(&page, "", GOLD, title), (Some(false), None));
        let gold = format!("Boats are back at sea\n{GOLD}");
        assert_eq!(top(&page, &page, &gold, None), (Some(true), Some(true)));
        assert_eq!(top(&page, &page, GOLD, None), (None, Some(false)));
    }

    #[test]
    fn a_part_of_a_paragraph_and_what_follows_data_begin_the_article() {
        let part = "the harbour is mended, and the boats";
        assert_eq!(top(GOLD, part, GOLD, None), (None, Some(true)));
        assert_eq!(top(GOLD, "the harbour", GOLD, None), (None, Some(false)));
        assert_eq!(top(GOLD, &format!("---\ntags: a\n---\n{GOLD}"), GOLD, None), (None, Some(true)));
    }

    #[test]
    fn shares_are_of_the_documents_that_count() {
        let tops = [(Some(true), Some(true)), (Some(false), Some(false)), (None, Some(true)), (None, None)];
        let report =
            HeadlineReport::of(tops.into_iter().map(|(kept, begins_with_article)| Top { kept, begins_with_article }));
        assert_eq!((report.headlines, report.kept, report.recall), (2, 1, Some(0.5)));
        assert_eq!((report.texts, report.begin_with_article), (3, 2));
        assert_eq!(HeadlineReport::of(std::iter::empty()).precision, None);
    }
}
