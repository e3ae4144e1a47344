//! The numbers that classification turns on.
//!
//! They were chosen on four fifths of the labelled pages: news in English, news of 26 countries, guides and blogs, pages
//! of other kinds. The measure was shingle F1 over every kind of input, on condition that clean bodies keep 0.99 of their
//! words, those of pages of other kinds included. What a number gives up is said beside it.

use crate::line_class::LineClass;

/// Hints remove a line when their weights add up to this. The unit of weights is a third of it: three weak hints, or one
/// that is nearly certain.
pub(super) const HINTS_REMOVE: f64 = 3.0;

/// Words of prose that must stay where a `cut-after` or `cut-before` rule does not say how many; and where the scores
/// would leave fewer, they remove nothing.
pub(super) const MIN_BODY: usize = 40;
/// Lines that other rules must have removed before a `cut-after` or `cut-before` rule may remove prose.
pub(super) const BOILERPLATE_LINES: usize = 3;

/// A page of at least this many words of prose ...
pub(super) const PROSE_TO_GUARD: usize = 50;
/// ... that would lose more than this share of them is returned whole: a rule must have misread it.
pub(super) const MAX_LOST: f64 = 0.95;

/// A page whose paragraphs hold fewer words is a list, a table, a product, a thread of one-liners ...
pub(super) const ARTICLE_WORDS: usize = 150;
/// ... and so is one with fewer paragraphs. There short lines may be the content, and only rules remove them.
pub(super) const ARTICLE_PARAGRAPHS: usize = 3;

/// This many lines with names of writers, dates, topics or sources on a page that is not an article are the entries of a
/// listing or a thread; and a `cut-after` or `cut-before` rule that fires this often does not mark an end or a start.
pub(super) const LISTING_ENTRIES: usize = 4;
/// The same where the page has no other boilerplate.
pub(super) const BARE_LISTING_ENTRIES: usize = 2;
pub(super) const LISTING_CLASSES: [LineClass; 4] =
    [LineClass::Byline, LineClass::Dateline, LineClass::Tags, LineClass::Credit];
/// Classes that products, manuals and landing pages have too: they do not show that a page is an article.
pub(super) const CLASSES_OF_ANY_PAGE: [LineClass; 5] =
    [LineClass::Headline, LineClass::Navigation, LineClass::Related, LineClass::Advert, LineClass::Technical];

/// On a page that is not an article the score threshold is this part of what it is elsewhere: its short lines are its
/// content. With 0.6, forums, products and listings lose 0.015 more of their words as whole pages, and articles gain
/// nothing.
pub(super) const NO_ARTICLE: f32 = 0.3;
/// Where no rule has fired, the score threshold is this part of what it is elsewhere ...
pub(super) const NO_BOILERPLATE: f32 = 0.1;
/// ... and it is whole where rules removed about this many lines. Without the two, careful extractions of pages that are
/// not articles fall below the F1 they came with, and clean news bodies lose 0.0025 more of their words; F1 of carefully
/// extracted news would be up to 0.004 higher.
pub(super) const BOILERPLATE_TO_BELIEVE: f32 = 5.0;

/// A headline has at least this many words ...
pub(super) const HEADLINE_MIN_WORDS: usize = 3;
/// ... and at most this many.
pub(super) const HEADLINE_MAX_WORDS: usize = 30;
/// More kept lines than this above the first paragraph are a list or a table, not a title.
pub(super) const HEADLINE_MAX_ABOVE: usize = 3;
/// Of this many kept lines from the first paragraph on, at least two thirds are paragraphs, and at least two. With half of
/// them, F1 on news rises by 0.0003, and clean bodies of pages of other kinds lose 0.0016 more of their words.
pub(super) const HEADLINE_LINES_BELOW: usize = 6;
/// A line that scores more is a first paragraph, however short ...
pub(super) const HEADLINE_MAX_SCORE: f32 = 0.85;
/// ... and on a clean page one that scores more than this: there such lines are summaries under headlines as often as
/// headlines. With 0.85 clean bodies of news lose 0.0011 to 0.0016 more of their words, and with 0.5 careful extractions
/// come out word for word in 0.6 % fewer cases.
pub(super) const HEADLINE_MAX_SCORE_CLEAN: f32 = 0.6;
/// A page with a lower [boilerplate ratio](crate::scoring::Scores::boilerplate_ratio) is clean.
pub(super) const CLEAN_PAGE: f32 = 0.05;
/// A headline that scored low is one of this many lines above the first paragraph.
pub(super) const HEADLINE_REACH: usize = 8;
