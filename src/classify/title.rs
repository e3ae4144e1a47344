//! Finds the line that is the title of the page, as a record or a feed has it.

use std::cmp::Reverse;

use super::Classifier;
use super::headline::NOT_HEADLINES;
use super::thresholds::{HEADLINE_PARAGRAPHS, HEADLINE_REACH};
use crate::text::fold::{folded, is_boundary};

impl Classifier<'_> {
    /// The row that is the title, or the part of it before the name of the site: the longest, and of equal ones the
    /// nearest above the first paragraph.
    pub(super) fn titled_row(&self) -> Option<usize> {
        let title = folded(self.title?);
        let rows = self.page.rows();
        let mut lead = (0..rows.len()).filter(|&row| self.is_kept_prose(rows[row].line)).take(HEADLINE_PARAGRAPHS);
        let first = lead.next()?;
        let last = lead.last().unwrap_or(first);
        let candidates =
            (first.saturating_sub(HEADLINE_REACH)..=last).filter(|&row| self.may_be_titled(rows[row].line));
        let matches = candidates.filter_map(|row| {
            let length = length_in_title(self.page.folded_text(rows[row].line), &title)?;
            Some((length, row <= first, Reverse(row.abs_diff(first)), row))
        });
        matches.max().map(|(.., row)| row)
    }

    /// Whether no rule says that a line is anything but a title.
    fn may_be_titled(&self, line: usize) -> bool {
        let (stats, verdict) = (&self.page.stats[line], &self.verdicts[line]);
        (2..=40).contains(&stats.words)
            && !self.pinned[line]
            && !NOT_HEADLINES.contains(&verdict.class)
            && (verdict.keep || !self.by_own_rule(line))
    }
}

/// How much of a title a line is, both folded: all of it, or its beginning. That is at least half of the title, or its
/// longest part between the signs that separate it from the names of the section and the site.
fn length_in_title(line: &str, title: &str) -> Option<usize> {
    let [line, title] = [line, title].map(|text| text.trim_matches(|c: char| !c.is_alphanumeric()));
    let rest = title.strip_prefix(line).filter(|_| !line.is_empty())?;
    if !is_boundary(line.chars().next_back(), rest.chars().next()) {
        return None;
    }
    let is_separated = rest.starts_with(' ') && rest.trim_start().starts_with(SEPARATORS);
    let others = rest.split(SEPARATORS).map(|part| part.trim().len());
    let is_longest = is_separated && others.max().is_none_or(|other| other <= line.len());
    (rest.is_empty() || is_longest || line.len() * 2 >= title.len()).then_some(line.len())
}

/// Between the parts of a title, in folded form.
const SEPARATORS: [char; 9] = ['|', '-', ':', '·', '•', '»', '›', '/', '~'];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_title_or_its_longest_part_at_the_beginning() {
        for (line, title, expected) in [
            ("The wall is mended", "The wall is mended", true),
            ("# The wall is mended!", "The wall is mended", true),
            ("The wall is mended", "The wall is mended | Harbours — The Post", true),
            ("The wall is mended", "The wall is mended – The Post", true),
            ("The wall is mended", "The wall is mended, and the boats are back", false),
            ("The wall of the harbour is mended", "The wall of the harbour is mended, and boats are back", true),
            ("Live updates", "Live updates | The wall is mended", false),
            ("The Post", "The wall is mended | The Post", false),
            ("The wall is", "The wall isn't mended", false),
            ("The wall is mended again", "The wall is mended", false),
            ("***", "The wall is mended", false),
            ("壁が直った", "壁が直った", true),
        ] {
            assert_eq!(length_in_title(&folded(line), &folded(title)).is_some(), expected, "{line} in {title}");
        }
    }
}
