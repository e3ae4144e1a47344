//! What a page says about its article: the headline, the author, the date. The lines are those that the rules and the
//! headline search named, whether they are kept or removed.

use crate::line_class::LineClass;
use crate::named_enum::named_enum;

named_enum! {
    /// One of the [`Fields`].
    pub enum FieldName {
        /// The title of the article.
        Headline = "headline",
        /// The summary under the headline.
        Standfirst = "standfirst",
        /// Who wrote it.
        Byline = "byline",
        /// When it was published or updated, or where it was written.
        Dateline = "dateline",
        /// Where the text or a picture comes from.
        Credit = "credit",
        /// Topic labels and keywords.
        Tags = "tags",
    }
}

/// What a page says about its article. The values are lines as a reader sees them, without bullets and the marks of
/// Markdown. Where several lines of a kind follow each other, the value has all of them, with `\n` between two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fields {
    /// The title of the article.
    pub headline: Option<String>,
    /// The summary under the headline.
    pub standfirst: Option<String>,
    /// Who wrote it.
    pub byline: Option<String>,
    /// When it was published or updated, or where it was written.
    pub dateline: Option<String>,
    /// Where the text or a picture comes from.
    pub credit: Option<String>,
    /// Topic labels and keywords, line by line.
    pub tags: Vec<String>,
}

/// A byline, a dateline or a credit is at most so many lines above the headline or below the last line that stays.
/// Further away are the date of today and the authors of other articles.
const REACH: usize = 5;

/// A line that has text.
pub(crate) struct FieldLine<'l> {
    pub(crate) class: LineClass,
    pub(crate) keep: bool,
    pub(crate) text: &'l str,
}

impl Fields {
    /// The values of a field: at most one, except of `tags`.
    pub fn values(&self, name: FieldName) -> &[String] {
        match name {
            FieldName::Headline => self.headline.as_slice(),
            FieldName::Standfirst => self.standfirst.as_slice(),
            FieldName::Byline => self.byline.as_slice(),
            FieldName::Dateline => self.dateline.as_slice(),
            FieldName::Credit => self.credit.as_slice(),
            FieldName::Tags => &self.tags,
        }
    }

    /// Adds the fields of the next piece of a text that was cleaned in pieces. What an earlier piece has stays.
    pub fn append(&mut self, next: Fields) {
        let Fields { headline, standfirst, byline, dateline, credit, tags } = next;
        let pairs = [
            (&mut self.headline, headline),
            (&mut self.standfirst, standfirst),
            (&mut self.byline, byline),
            (&mut self.dateline, dateline),
            (&mut self.credit, credit),
        ];
        for (field, next) in pairs {
            *field = field.take().or(next);
        }
        tags.iter().for_each(|tag| self.add_tag(tag));
    }

    /// The fields of a page with these lines. Blank lines are left out.
    pub(crate) fn of(lines: &[FieldLine<'_>]) -> Fields {
        let headline = lines.iter().position(|line| line.class == LineClass::Headline);
        let first = headline.unwrap_or(0);
        let last = lines.iter().rposition(|line| line.keep).unwrap_or(0).max(first);
        let above = first.saturating_sub(REACH)..first;
        let below = first..lines.len().min(last + REACH + 1);
        let near = |class: LineClass| {
            let is_one = |&line: &usize| lines[line].class == class;
            let start = below.clone().find(is_one).or_else(|| above.clone().rfind(is_one))?;
            let start = (0..start).rev().take_while(is_one).last().unwrap_or(start);
            let group = lines[start..].iter().take_while(|line| line.class == class).map(|line| line.text);
            Some(group.collect::<Vec<_>>().join("\n"))
        };
        let mut fields = Fields {
            headline: headline.map(|line| lines[line].text.to_owned()),
            standfirst: near(LineClass::Standfirst),
            byline: near(LineClass::Byline),
            dateline: near(LineClass::Dateline),
            credit: near(LineClass::Credit),
            tags: Vec::new(),
        };
        for line in lines.iter().filter(|line| line.class == LineClass::Tags) {
            fields.add_tag(line.text);
        }
        fields
    }

    fn add_tag(&mut self, tag: &str) {
        if !self.tags.iter().any(|known| known == tag) {
            self.tags.push(tag.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[(LineClass, &str)]) -> Fields {
        let line = |&(class, text)| FieldLine { class, keep: class == LineClass::Body, text };
        Fields::of(&lines.iter().map(line).collect::<Vec<_>>())
    }

    #[test]
    fn the_lines_nearest_to_the_headline_count() {
        use LineClass::{Body, Byline, Dateline, Headline, Navigation, Related, Tags};
        let page = [
            (Dateline, "Sunday, 29 November"),
            (Navigation, "Home"),
            (Navigation, "News"),
            (Navigation, "Sport"),
            (Navigation, "Weather"),
            (Tags, "Harbours"),
            (Headline, "The wall is mended"),
            (Byline, "By Jane Roe"),
            (Byline, "and John Doe"),
            (Body, "The wall of the harbour is mended."),
            (Tags, "Harbours"),
            (Tags, "Walls"),
            (Byline, "By Another Author"),
        ];
        let found = fields(&page);
        assert_eq!(found.headline.as_deref(), Some("The wall is mended"));
        assert_eq!(found.byline.as_deref(), Some("By Jane Roe\nand John Doe"));
        assert_eq!((found.dateline.as_deref(), found.credit.as_deref()), (None, None));
        assert_eq!(found.tags, ["Harbours", "Walls"]);
        let above = fields(&[page[0], page[6], page[9]]);
        assert_eq!(above.dateline.as_deref(), Some("Sunday, 29 November"));
        let far = [[page[9]].as_slice(), &[(Related, "Another"); REACH], &[page[12]]].concat();
        assert_eq!(fields(&far), Fields::default());
        let near = [&far[..1], &far[2..]].concat();
        assert_eq!(fields(&near).byline.as_deref(), Some("By Another Author"));
    }

    #[test]
    fn of_two_pieces_the_first_counts_and_all_tags() {
        let mut whole = fields(&[(LineClass::Byline, "By Jane Roe"), (LineClass::Tags, "Walls")]);
        whole.append(fields(&[
            (LineClass::Byline, "By John Doe"),
            (LineClass::Credit, "Photo: John Doe"),
            (LineClass::Tags, "Walls"),
            (LineClass::Tags, "Boats"),
        ]));
        assert_eq!(whole.values(FieldName::Byline), ["By Jane Roe"]);
        assert_eq!(whole.values(FieldName::Credit), ["Photo: John Doe"]);
        assert_eq!(whole.values(FieldName::Tags), ["Walls", "Boats"]);
        assert!(whole.values(FieldName::Headline).is_empty());
    }
}
