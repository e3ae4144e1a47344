//! The features on a document: what its columns are called and mean, and the numbers themselves.
//! It measures nothing.
//! Among the nouns.

/// The names of the columns, as weight files write them, with their meaning.
pub const FEATURES: &[(&str, &str)] = &[
    ("words", "words of the line"),
    ("word-length", "characters in a word, on average"),
    ("capitalized", "share of words that begin with a capital"),
    ("lowercase", "share of words that begin with a small letter"),
    ("short-words", "share of words of up to three small letters: in many languages articles, prepositions, pronouns"),
    ("letters", "share of characters that are letters"),
    ("unspaced-script", "share of characters of scripts without spaces"),
    (
        "ends-with",
        "how it ends: 0 a word, 1 full stop, 2 ?, 3 !, 4 colon, 5 ellipsis, 6 comma or dash, 7 digit, 8 closing quote or bracket",
    ),
    (
        "starts-with",
        "how it begins: 1 capital, 2 small letter, 3 digit, 4 quote or dash, 5 bracket, 6 letter without case, 7 bullet, 0 other",
    ),
    ("sentences", "ends of sentences inside the line"),
    ("commas", "commas"),
    ("separators", "signs that part the entries of menus: | / > · » •"),
    ("quotes", "quotation marks"),
    ("brackets", "parentheses"),
    ("web-address", "1 for a web address, 2 for a sign @, 3 for both"),
    ("year", "1 where it has a year of 1900 to 2099"),
    ("copyright-sign", "1 where it has a sign for copyright or trade mark"),
    ("exclaims", "1 where it asks or exclaims"),
    ("blank-around", "1 for a blank line above, 2 for one below, 3 for both"),
    ("rule-hits", "hits of rules on the line that would remove it or a part of it"),
    ("from-top", "lines above"),
    ("from-bottom", "lines below"),
    ("position", "share of the lines that stand above"),
    ("prose-above", "words of prose above"),
    ("prose-below", "words of prose below"),
    ("prose-share-above", "share of the page's prose that stands above"),
    ("to-prose-below", "lines to the next prose below"),
    ("to-rule-above", "lines to the next line above on which a rule fired"),
    ("to-rule-below", "the same below"),
    ("to-end-above", "lines to the next line above that ends articles"),
    ("run", "lines of its run: of neighbours that are all prose (negative) or all short (positive)"),
    ("run-rules", "share of the run's lines on which rules fired"),
    ("run-titles", "share of the run's lines in title case"),
    ("run-words", "words of the run's lines, on average"),
    ("run-bullets", "share of the run's lines with bullets"),
    ("rules-within-3", "share of lines on which rules fired, up to 3 lines away"),
    ("rules-within-10", "the same, up to 10 lines away"),
    ("prose-within-3", "share of lines that are prose, up to 3 lines away"),
    ("prose-within-10", "the same, up to 10 lines away"),
    ("words-within-3", "words of the lines up to 3 lines away, on average"),
    ("words-within-10", "the same, up to 10 lines away"),
    ("titles-within-5", "share of lines in title case, up to 5 lines away"),
    ("bullets-within-3", "share of lines with bullets, up to 3 lines away"),
    ("segment-position", "0 inside the main segment of prose, 1 above it, 2 below it"),
    ("segment-distance", "lines to the main segment: negative above it, positive below it"),
    (
        "kind-above",
        "the line above: -1 none, 0 up to four words, 1 more, 2 short sentence, 3 long without full stop, 4 prose, 5 a rule fired",
    ),
    ("kind-below", "the line below, in the same way"),
    ("kind-3-above", "the third line above, in the same way"),
    ("words-above", "words of the line above"),
    ("words-2-above", "words of the second line above"),
    ("words-below", "words of the line below"),
    ("words-2-below", "words of the second line below"),
    ("indent", "whitespace before its first character, in characters"),
    ("indent-to-segment", "the same, less what most prose of the main segment has"),
    ("indent-share", "share of the page's prose that is indented in the same way"),
    ("spacing-share", "the same, with as many blank lines above and below"),
    ("duplicate-lines", "lines that say the same, itself counted"),
    ("same-start", "lines with the same first two words, itself counted"),
    (
        "vocabulary-in-segment",
        "share of its longer words that other prose of the main segment has too; -1 without longer words",
    ),
    ("vocabulary-in-page", "share of its longer words that other lines have too; -1 without longer words"),
    ("vocabulary-in-boilerplate", "share of its longer words that other lines on which rules fired have too"),
    ("repeated-4grams-above", "share of its rows of four words that a line above has too; -1 without such rows"),
    ("repeated-4grams-below", "the same, below"),
    ("boilerplate-words", "words of the line that boilerplate uses more than articles do, from the packs"),
    ("boilerplate-word-share", "share of its words that are boilerplate words"),
    ("boilerplate-words-within-3", "share of the words up to 3 lines away that are boilerplate words"),
    ("page-lines", "lines of the page"),
    ("page-prose", "words of prose on the page"),
    ("page-paragraphs", "lines of prose on the page"),
    ("page-prose-share", "share of the page's words that stand in prose"),
    ("page-paragraph-share", "share of the page's lines that are prose"),
    ("page-rule-share", "share of the page's lines on which rules fired"),
    ("page-rule-lines", "lines of the page on which rules fired"),
    ("page-classes", "classes of boilerplate that rules found on the page"),
    ("page-median", "words of the page's middle line by length"),
    ("page-mean", "words of the page's lines, on average"),
    ("page-blank", "share of the page's lines that are blank"),
    ("page-segment", "share of the page's prose that stands in its main segment"),
];

/// The numbers of a document: a row for each line that is not blank, a column for each of [`FEATURES`].
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FeatureMatrix {
    /// The lines of the rows, as indices into the document's lines.
    pub lines: Vec<usize>,
    /// How many words each of them has.
    pub words: Vec<usize>,
    /// How each of them is set.
    pub spacings: Vec<Spacing>,
    /// The columns, each with one number a row.
    pub columns: Vec<Vec<f32>>,
}

impl FeatureMatrix {
    /// The columns.
    pub fn slices(&self) -> Vec<&[f32]> {
        self.columns.iter().map(Vec::as_slice).collect()
    }
}

/// How a line is set. Extractors that indent by the structure of the page set the paragraphs of an article alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spacing {
    /// White space before its first character, in characters.
    pub indent: usize,
    /// Blank lines above it, at most 4.
    pub above: usize,
    /// Blank lines below it, at most 4.
    pub below: usize,
}
