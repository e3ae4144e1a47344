//! What a page says about its article: the headline, the author, the date. The lines are those that the rules and the
//! headline search named, whether they are kept or removed.

use std::ops::Range;

use crate::line_class::LineClass;
use crate::markup::FieldHints;
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

/// What the page marks as the author or the date is at most so many lines below the headline: between the two are the
/// standfirst, the buttons to share the page, the caption of a picture.
const MARKED_REACH: usize = 12;
/// The characters of such a line, at the most. Longer ones tell who the author is.
const MAX_MARKED: usize = 120;

/// A line that has text.
#[derive(Clone, Copy)]
pub(crate) struct FieldLine<'l> {
    pub(crate) class: LineClass,
    pub(crate) keep: bool,
    pub(crate) text: &'l str,
    /// What a web page marks it as.
    pub(crate) hints: FieldHints,
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
        let article = Article { lines, has_headline: headline.is_some(), first, last };
        let (byline, dateline) = (article.named(LineClass::Byline), article.named(LineClass::Dateline));
        let mut fields = Fields {
            headline: headline.or_else(|| article.only_heading()).map(|line| lines[line].text.to_owned()),
            standfirst: article.named(LineClass::Standfirst),
            byline: byline.filter(|text| names_somebody(text)).or_else(|| article.author()),
            dateline: dateline.clone().filter(|text| tells_day(text)).or_else(|| article.date()).or(dateline),
            credit: article.named(LineClass::Credit),
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

/// The lines of a page, and where its article is among them.
struct Article<'l> {
    lines: &'l [FieldLine<'l>],
    has_headline: bool,
    /// The headline, or the first line.
    first: usize,
    /// The last line that stays.
    last: usize,
}

impl Article<'_> {
    fn above(&self) -> Range<usize> {
        self.first.saturating_sub(REACH)..self.first
    }

    /// The lines of a class that are nearest to the headline: from there on, else above it.
    fn named(&self, class: LineClass) -> Option<String> {
        let lines = self.lines;
        let is_one = |&line: &usize| lines[line].class == class;
        let start = (self.first..lines.len().min(self.last + REACH + 1)).find(is_one);
        let start = start.or_else(|| self.above().rfind(is_one))?;
        let start = (0..start).rev().take_while(is_one).last().unwrap_or(start);
        let group = lines[start..].iter().take_while(|line| line.class == class).map(|line| line.text);
        Some(group.collect::<Vec<_>>().join("\n"))
    }

    /// The line that is nearest to the headline of those that the page marks in one of these two ways, the first of which
    /// counts more. Below the article only that counts: names of classes there are those of other articles.
    fn marked(&self, hints: [FieldHints; 2], fits: [fn(&str) -> bool; 2]) -> Option<usize> {
        let end = self.lines.len();
        let below = self.first + usize::from(self.has_headline);
        let under = below..end.min(self.first + MARKED_REACH + 1);
        let after = (self.last + 1).min(end)..end.min(self.last + REACH + 1);
        let is_one = |line: usize, way: usize| {
            let line = &self.lines[line];
            line.hints.has(hints[way])
                && (line.class != LineClass::Dateline || hints[way] != FieldHints::AUTHOR_BY_NAME)
                && !is_of_another_kind(line.class)
                && is_short(line.text)
                && fits[way](line.text)
        };
        let near = |way| {
            under.clone().find(|&line| is_one(line, way)).or_else(|| self.above().rfind(|&line| is_one(line, way)))
        };
        near(0).or_else(|| near(1)).or_else(|| after.clone().find(|&line| is_one(line, 0)))
    }

    fn author(&self) -> Option<String> {
        let hints = [FieldHints::AUTHOR, FieldHints::AUTHOR_BY_NAME];
        let line = self.marked(hints, [names_somebody, names_somebody])?;
        let text = self.lines[line].text;
        // A label, or a name of one word with what the author does.
        let is_more = |line: &&FieldLine<'_>| {
            let is_author = hints.iter().any(|hint| line.hints.has(*hint));
            is_author && is_short(line.text) && names_somebody(line.text) && !tells_day(line.text)
        };
        let next = self.lines.get(line + 1).filter(|_| !text.contains(char::is_whitespace)).filter(is_more);
        Some(next.map_or_else(|| text.to_owned(), |next| format!("{text}\n{}", next.text)))
    }

    fn date(&self) -> Option<String> {
        let has_digit = |text: &str| text.contains(|c: char| c.is_numeric());
        let line = self.marked([FieldHints::DATE, FieldHints::DATE_BY_NAME], [has_digit, tells_day])?;
        Some(self.lines[line].text.to_owned())
    }

    /// The line that the page marks as a headline, if it is the only one. On most pages others are, too.
    fn only_heading(&self) -> Option<usize> {
        let mut headings = (0..self.lines.len()).filter(|&line| self.lines[line].hints.has(FieldHints::HEADLINE));
        headings.next().filter(|_| headings.next().is_none())
    }
}

/// Whether a line is, by its class, neither a byline nor a dateline, whatever the elements around it are named.
fn is_of_another_kind(class: LineClass) -> bool {
    use LineClass::*;
    matches!(
        class,
        Headline
            | Standfirst
            | Share
            | Follow
            | Newsletter
            | Comments
            | Counter
            | Advert
            | Paywall
            | Consent
            | Legal
            | Technical
            | Tags
    )
}

fn is_short(text: &str) -> bool {
    text.chars().nth(MAX_MARKED).is_none()
}

/// Whether a text has more than the "By" or "Author:" before a name: a word of three letters, or of one that stands for a
/// word. Dates have more digits than letters.
fn names_somebody(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let digits = text.chars().filter(|c| c.is_numeric()).count();
    letters > digits && !text.ends_with(':') && text.split(|c: char| !c.is_alphabetic()).any(|word| word.len() >= 3)
}

/// Whether a text has the numbers of a day, not only those of a duration.
fn tells_day(text: &str) -> bool {
    let numbers = text.split(|c: char| !c.is_numeric()).filter(|number| !number.is_empty());
    numbers.clone().any(|number| number.chars().count() >= 4) || numbers.count() >= 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(lines: &[(LineClass, &str)]) -> Fields {
        let line =
            |&(class, text)| FieldLine { class, keep: class == LineClass::Body, text, hints: FieldHints::default() };
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

    #[test]
    fn what_the_page_marks_counts_where_no_rule_has_named_a_line() {
        use LineClass::{Body, Boilerplate, Byline, Comments, Dateline, Headline, Navigation};
        let (author, date) = (FieldHints::AUTHOR, FieldHints::DATE);
        let (by_name, date_by_name) = (FieldHints::AUTHOR_BY_NAME, FieldHints::DATE_BY_NAME);
        let of = |lines: &[(LineClass, &str, FieldHints)]| {
            let line = |&(class, text, hints)| FieldLine { class, keep: class == Body, text, hints };
            let fields = Fields::of(&lines.iter().map(line).collect::<Vec<_>>());
            (fields.byline, fields.dateline)
        };
        let some = |byline: &str, dateline: &str| (Some(byline.to_owned()), Some(dateline.to_owned()));
        let none = FieldHints::default();
        let head = (Headline, "The wall is mended", FieldHints::HEADLINE);
        let body = (Body, "The wall of the harbour is mended.", none);
        let (jane, day) = ((Navigation, "Jane Roe", by_name), (Navigation, "2. November", date));
        assert_eq!(of(&[head, (Navigation, "By", by_name), jane, day, body]), some("Jane Roe", "2. November"));
        assert_eq!(of(&[day, head, jane, body]), some("Jane Roe", "2. November"));
        let both = (Navigation, "Jane Roe | 2 November 2026", author.and(date_by_name));
        assert_eq!(of(&[head, both, body]), some(both.1, both.1));
        // A rule knows better, but for the word before the name and the time that it takes to read.
        let rule = (Byline, "By John Doe", none);
        assert_eq!(of(&[head, jane, rule, (Dateline, "1.11.2026", none), day, body]), some("By John Doe", "1.11.2026"));
        let odd = [head, (Byline, "By", none), jane, (Dateline, "6 minute read", none), day, body];
        assert_eq!(of(&odd), some("Jane Roe", "2. November"));
        // An attribute knows better than a name, which counts near the headline alone.
        assert_eq!(of(&[head, jane, (Navigation, "John Doe", author), body]).0.as_deref(), Some("John Doe"));
        let far = (Boilerplate, "John Doe", author);
        assert_eq!(of(&[head, body, body, body, far]).0.as_deref(), Some("John Doe"));
        let long = [vec![head], vec![body; MARKED_REACH], vec![jane]].concat();
        assert_eq!(of(&long), (None, None));
        assert_eq!(of(&[head, (Navigation, "Author", by_name), jane, body]).0.as_deref(), Some("Author\nJane Roe"));
        for (class, text, hints) in [
            (Comments, "Jane Roe", author),
            (Dateline, "Last updated in 2026", by_name),
            (Navigation, "Authors of this article:", by_name),
            (Navigation, "12.11.2026 at 10:00", by_name),
            (Navigation, "Today", date),
            (Navigation, "6 minute read", date_by_name),
            (Navigation, &"Jane Roe is a writer who lives at the harbour. ".repeat(3), author),
        ] {
            assert_eq!(of(&[head, (class, text, hints), body]).0, None, "{text}");
        }
        let heading = |count: usize| {
            let line = FieldLine { class: Navigation, keep: false, text: "A wall", hints: FieldHints::HEADLINE };
            Fields::of(&std::iter::repeat_n(line, count).collect::<Vec<_>>()).headline
        };
        assert_eq!((heading(1).as_deref(), heading(2)), (Some("A wall"), None));
    }
}
