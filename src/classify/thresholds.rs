//! Thresholds of classification.
//!
//! They were chosen on four fifths of the labelled pages: English news, news from 26 countries, guides and blogs, and
//! pages of other kinds. The objective was shingle F1 over all inputs, subject to clean bodies keeping 0.99 of their
//! words, those of pages of other kinds included. The comments state what each number trades away.

use crate::line_class::LineClass;

/// Hints remove a line when their weights add up to this. A weak hint weighs 1: three of them are enough, or one that
/// is nearly certain.
pub(super) const HINTS_REMOVE: f64 = 3.0;

/// Where a span rule and a line rule of one class fire on a line, only the span goes if so many words are left.
pub(super) const SENTENCE_WORDS: usize = 8;

/// Words of prose that must stay if a `cut-after` or `cut-before` rule sets no `min_body`. Low scores remove nothing if
/// fewer would be left.
pub(super) const MIN_BODY: usize = 40;
/// Lines that other rules must have removed before a `cut-after` or `cut-before` rule may remove prose.
pub(super) const BOILERPLATE_LINES: usize = 3;

/// Pages with at least this many words of prose are guarded against losing nearly everything.
pub(super) const PROSE_TO_GUARD: usize = 50;
/// A guarded page that would lose more than this share of them is returned whole: a rule must have misread it.
pub(super) const MAX_LOST: f64 = 0.95;

/// A page whose paragraphs have fewer words is not an article but a list, a table, a product, a thread of one-liners.
pub(super) const ARTICLE_WORDS: usize = 150;
/// A page with fewer paragraphs is not an article either. Its short lines may be content: see [`NO_ARTICLE`].
pub(super) const ARTICLE_PARAGRAPHS: usize = 3;

/// A page that is not an article and has this many lines with author names, dates, topics or sources is a listing or a
/// thread; a `cut-after` or `cut-before` rule that fires this often does not mark an end or a start.
pub(super) const LISTING_ENTRIES: usize = 4;
/// The same for pages without other boilerplate.
pub(super) const BARE_LISTING_ENTRIES: usize = 2;
pub(super) const LISTING_CLASSES: [LineClass; 4] =
    [LineClass::Byline, LineClass::Dateline, LineClass::Tags, LineClass::Credit];
/// Classes that products, manuals and landing pages have too, so they do not indicate an article.
pub(super) const CLASSES_OF_ANY_PAGE: [LineClass; 5] =
    [LineClass::Headline, LineClass::Navigation, LineClass::Related, LineClass::Advert, LineClass::Technical];

/// What a thread or a diary has in this many places or more, with paragraphs between them, is content where rules removed
/// nothing else, if it has this score on average. Clean bodies of pages of other kinds keep 0.002 more of their words,
/// and F1 of articles is the same.
pub(super) const THREAD_PLACES: usize = 3;
pub(super) const THREAD_SCORE: f32 = 0.3;
pub(super) const CLASSES_OF_THREADS: [LineClass; 4] =
    [LineClass::Byline, LineClass::Dateline, LineClass::Tags, LineClass::Counter];

/// Factor on the score threshold for pages that are not articles: their short lines are content. With 0.6, forums,
/// products and listings lose 0.015 more of their words as whole pages, and articles gain nothing.
pub(super) const NO_ARTICLE: f32 = 0.3;
/// Factor on the score threshold if no rule has fired.
pub(super) const NO_BOILERPLATE: f32 = 0.1;
/// From about this many lines removed by rules, the full threshold applies. Without these two numbers, careful
/// extractions of pages that are not articles fall below their original F1, and clean news bodies lose 0.0025 more of
/// their words; F1 of carefully extracted news would be up to 0.004 higher.
pub(super) const BOILERPLATE_TO_BELIEVE: f32 = 5.0;

/// The fewest words of a headline.
pub(super) const HEADLINE_MIN_WORDS: usize = 3;
/// The most words of a headline.
pub(super) const HEADLINE_MAX_WORDS: usize = 30;
/// If more lines than this are kept above the first paragraph, they are a list or a table, not a title.
pub(super) const HEADLINE_MAX_ABOVE: usize = 3;
/// Of this many kept lines from the first paragraph on, at least two thirds, and at least two, must be paragraphs. With
/// half of them, F1 on news rises by 0.0003, and clean bodies of pages of other kinds lose 0.0016 more of their words.
pub(super) const HEADLINE_LINES_BELOW: usize = 6;
/// A short line that scores higher is a first paragraph.
pub(super) const HEADLINE_MAX_SCORE: f32 = 0.85;
/// The same on a clean page, where such lines are summaries under headlines as often as headlines. With 0.85, clean
/// bodies of news lose 0.0011 to 0.0016 more of their words; with 0.5, 0.6 % fewer careful extractions come out word
/// for word.
pub(super) const HEADLINE_MAX_SCORE_CLEAN: f32 = 0.7;
/// A page with a lower [boilerplate ratio](crate::scoring::Scores::boilerplate_ratio) is clean.
pub(super) const CLEAN_PAGE: f32 = 0.05;
/// Candidates are at most this many rows above the first paragraph.
pub(super) const HEADLINE_REACH: usize = 300;
/// Candidates stand above this many paragraphs of the body, which are its lead: a notice may stand above the headline.
pub(super) const HEADLINE_PARAGRAPHS: usize = 3;
/// The least score of a headline that is put back.
pub(super) const HEADLINE_MIN_SCORE: f32 = 2.0;
/// The same where a whole frame was removed, menus and headline alike.
pub(super) const HEADLINE_MIN_SCORE_FRAMED: f32 = -1.0;
/// A second line that may as well be the headline is put back too if it scores at most so much less than the best: with
/// less, one page in a hundred loses its headline, and three have a line less that is none.
pub(super) const HEADLINE_MAX_LEAD: f32 = 1.0;
/// The headline is at most this many rows above a standfirst that scores better,
pub(super) const STANDFIRST_REACH: usize = 6;
/// by at most so much.
pub(super) const STANDFIRST_MAX_LEAD: f32 = 2.0;
/// The fewest words of a second line that is put back: a standfirst below a headline that is known from the title of the
/// page, or a line that may as well be the headline. Of shorter ones, on news about every second is an author or a date.
pub(super) const STANDFIRST_MIN_WORDS: usize = 8;
/// The line directly below the headline is a standfirst from this score on. Of such sentences on whole pages of news, 53
/// of 63 belong to the body that somebody chose; of guides 14 of 61, since most choices there leave standfirsts out.
pub(super) const STANDFIRST_MIN_SCORE: f32 = 0.05;
/// Where it does not end like a sentence, it has so many words or more,
pub(super) const STANDFIRST_UNENDED_WORDS: usize = 9;
/// at most so large a share of digits,
pub(super) const STANDFIRST_MAX_DIGITS: f64 = 0.1;
/// and at most this share of its longer words from the headline: else it is a path, or the headline once more.
pub(super) const STANDFIRST_MAX_SHARED: f64 = 0.5;
/// A line with a year and so many digits or more says when somebody wrote it.
pub(super) const DIGITS_OF_DATE: usize = 6;
/// A headline of at most so many words may be the kicker, the short line above the headline.
pub(super) const KICKER_MAX_WORDS: usize = 3;

/// A paragraph below the headline, and above all that stay, is the lead from this score on.
pub(super) const LEAD_SCORE: f32 = 0.3;
/// A date below the headline has at most so many words,
pub(super) const DATE_WORDS: usize = 6;
/// and is at most so many rows below.
pub(super) const DATE_REACH: usize = 4;

/// Lines between the page's title and the headline are a menu if none has more words.
pub(super) const MENU_WORDS: usize = 4;

/// A page is about a word of boilerplate if it is in so many paragraphs of the body, one of them the lead or the line
/// above it,
pub(super) const TOPIC_PARAGRAPHS: usize = 2;
/// and in so many lines that rules removed. A banner has one or two.
pub(super) const TOPIC_LINES: usize = 2;
/// The share of the page's best score that a paragraph of such an article has at least.
pub(super) const TOPIC_OF_BEST: f32 = 0.3;

/// A paragraph with a higher score is body for sure.
pub(super) const BODY_SCORE: f32 = 0.5;
/// A sentence on which only rules fired stays from this score on: of those in the labelled pages, half belong to the
/// body, and a lost sentence is worse than one too many.
pub(super) const TOPIC_SCORE: f32 = 0.45;
/// The same below the last paragraph, where pages say such things of themselves, and for what is sold on the page:
pub(super) const TOPIC_SCORE_SHORT: f32 = 0.9;
/// of so many words and more, this.
pub(super) const TOPIC_LONG: usize = 30;
pub(super) const TOPIC_SCORE_LONG: f32 = 0.75;
/// Classes that are removed only where somebody asks for it.
pub(super) const BODY_CLASSES: [LineClass; 3] = [LineClass::Headline, LineClass::Standfirst, LineClass::Caption];
/// A line that asks with so many words is a sentence too.
pub(super) const QUESTION_WORDS: usize = 5;
/// The most words of a section's heading that has the words of a label.
pub(super) const HEADING_WORDS: usize = 6;
/// Below this boilerplate ratio a single label between paragraphs is a heading, if it is of one of these classes: 13 of
/// 22 in the labelled pages are. Of advertisement labels and credits none are.
pub(super) const MOSTLY_CLEAN_PAGE: f32 = 0.2;
pub(super) const HEADINGS: [LineClass; 8] = [
    LineClass::Comments,
    LineClass::Tags,
    LineClass::Newsletter,
    LineClass::Follow,
    LineClass::Share,
    LineClass::Legal,
    LineClass::Consent,
    LineClass::AuthorBio,
];
/// On clean pages of these too.
pub(super) const HEADINGS_OF_CLEAN_PAGES: [LineClass; 3] =
    [LineClass::Related, LineClass::Navigation, LineClass::Paywall];

/// A page has a frame if this many lines or more are above its article,
pub(super) const FRAME_ABOVE: usize = 5;
/// and below it. Of 1,846 clean articles none has such lines on both sides.
pub(super) const FRAME_BELOW: usize = 8;
/// More lines are a text of another kind, such as a reference whose words are on lines of their own.
pub(super) const FRAME_MAX: usize = 60;
/// The paragraphs and the words of an article that has a frame.
pub(super) const FRAME_PARAGRAPHS: usize = 3;
pub(super) const FRAME_WORDS: usize = 40;
/// Of the lines of a frame so large a share have at most so many words and end no sentence;
pub(super) const FRAME_SHORT: f64 = 0.75;
pub(super) const FRAME_LINE_WORDS: usize = 8;
/// at most so large a share have digits; and they have no more words on average.
pub(super) const FRAME_DIGITS: f64 = 0.35;
pub(super) const FRAME_MEAN_WORDS: usize = 6;
/// The words of prose that outweigh a short line inside an article.
pub(super) const SHORT_LINE_COST: i64 = 8;

/// The most words of a sub-heading.
pub(super) const SUBHEADING_WORDS: usize = 14;
/// A line above a paragraph of body stays from this score on,
pub(super) const SUBHEADING_SCORE: f32 = 0.4;
/// and one between two from this: three in five of those belong to the body, and with lower scores hardly any.
pub(super) const BETWEEN_SCORE: f32 = 0.15;
/// From so many different labels between paragraphs on, if rules removed nothing else, all are headings.
pub(super) const SECTIONS: usize = 2;
/// The paragraphs around such a label score at least this.
pub(super) const SECTION_SCORE: f32 = 0.25;
/// A low line of at most so many words between lines that stay is kept
pub(super) const BETWEEN_WORDS: usize = 7;
/// from this score on, if a paragraph of the body is next to it,
pub(super) const BETWEEN_SCORE_BODY: f32 = 0.3;
/// and otherwise from this. Of guides, half of those belong to the body; longer ones are captions and teasers.
pub(super) const BETWEEN_SCORE_SHORT: f32 = 0.4;
/// A series has so many entries or more,
pub(super) const SERIES_ENTRIES: usize = 3;
/// which have at least this score on average. Where half of them stay, six in ten of the others belong to the body.
pub(super) const SERIES_SCORE: f32 = 0.3;
/// An article has short lines of its own from so many that stay on. On news pages with fewer, half of those that go are
/// labels and the names of pictures.
pub(super) const SHORT_LINES: usize = 5;
/// Between two lines that stay, where at most so many words are removed,
pub(super) const GAP_WORDS: usize = 20;
/// lines of at most so many words stay
pub(super) const SHORT_WORDS: usize = 4;
/// from this score on. Of guides, two in five of them belong to the body, and those that do not are as short.
pub(super) const SHORT_SCORE: f32 = 0.25;
/// A text that is removed at least so often, and more than so many times as often as it stays, is that of a button: View in
/// list, Start course.
pub(super) const BUTTONS: usize = 3;
/// So many questions with their answers belong together
pub(super) const QUESTIONS: usize = 2;
/// if their score is this on average. Of guides, three in four of the lines that stay by this belong to the body.
pub(super) const QUESTION_SCORE: f32 = 0.25;
/// The words of such a question,
pub(super) const QUESTION_LEAST_WORDS: usize = 4;
pub(super) const QUESTION_MOST_WORDS: usize = 20;
/// and the most paragraphs of its answer.
pub(super) const ANSWER_PARAGRAPHS: usize = 3;
/// A sentence below the article goes below this share of the threshold of other lines
pub(super) const ALONE_SCORE: f32 = 0.9;
/// if so many lines above and below it are all removed. Of such sentences, one in ten belongs to the body; above the
/// article it is one in four.
pub(super) const ALONE_REACH: usize = 5;
/// A table or a list between two paragraphs of the body stays from this mean score on, and so does a list with
/// sentences about its items: of those in the labelled pages, menus score less.
pub(super) const BLOCK_BETWEEN_SCORE: f32 = 0.25;

/// A list of contents has so many entries or more,
pub(super) const CONTENTS_ENTRIES: usize = 2;
/// of at most so many words,
pub(super) const CONTENTS_WORDS: usize = 12;
/// and of its entries so large a share are headings below.
pub(super) const CONTENTS_SHARE: f64 = 0.75;
/// The most words of its label.
pub(super) const CONTENTS_LABEL_WORDS: usize = 4;

/// A page whose headline has a word of boilerplate is about it if rules of a class removed at least so many sentences,
/// and so large a share of all: a privacy statement, terms of use.
pub(super) const STATEMENT_SENTENCES: usize = 2;
pub(super) const STATEMENT_SHARE: f64 = 0.2;
/// The most words of such a headline.
pub(super) const STATEMENT_WORDS: usize = 12;
