//! What the elements around a line, and the rest of the page, hint about it: the columns that a model for web pages has
//! beside the features of text.
//!
//! "Prose" is a line of 120 characters, or of 40 that end a sentence, most of which are no links, and which is not
//! hidden. The "block of prose" is the element whose paragraphs hold most of it, the "core" the innermost element with
//! three fifths of it.

use hashbrown::HashMap;

use super::elements::{Element, PROPERTIES, mix};
use super::lines::{HtmlLine, HtmlPage};
use super::names::Meaning;
use crate::markup::Place;

/// The share of the page's prose that its core has.
const CORE: f64 = 0.6;
/// Of so many elements with names around a line, the names are counted.
const NAMED: usize = 3;

/// A hint about a line.
pub(crate) struct Hint {
    pub(crate) name: &'static str,
    pub(crate) doc: &'static str,
    value: fn(&Near<'_>) -> f32,
}

/// Declares the table: the description of each hint, its name, and how it is computed.
macro_rules! hints {
    ($($(#[doc = $doc:literal])+ $name:literal = |$x:ident| $value:expr;)+) => {
        &[$(Hint { name: $name, doc: concat!($($doc),+), value: |$x| $value }),+]
    };
}

/// All hints, in the order of the columns.
pub(crate) const HINTS: &[Hint] = hints! {
    // The line itself.

    /// links that begin in the line
    "html-links" = |x| x.line.links as f32;
    /// 1 for an item of a list
    "html-item" = |x| flag(x.line.item);
    /// lists around it
    "html-lists" = |x| f32::from(x.element.lists);
    /// tables around it
    "html-tables" = |x| f32::from(x.element.tables);
    /// cells of its row after the first
    "html-cells" = |x| x.line.cells as f32;
    /// 1 in preformatted text or code
    "html-verbatim" = |x| flag(x.element.verbatim);
    /// 1 in a paragraph (`<p>`)
    "html-paragraph" = |x| flag(x.element.paragraph);
    /// share of its characters that are bold
    "html-strong" = |x| share(x.line.strong, x.line.chars);
    /// share of its characters that are emphasised
    "html-emphasis" = |x| share(x.line.emphasized, x.line.chars);
    /// share of its characters that are small
    "html-small" = |x| share(x.line.small, x.line.chars);
    /// share of its characters that are a time (`<time>`)
    "html-time" = |x| share(x.line.time, x.line.chars);
    /// 1 if it is hidden until something is clicked
    "html-hidden" = |x| flag(x.element.hidden);
    /// 1 after a line break (`<br>`)
    "html-after-break" = |x| flag(x.line.after_break);
    /// share of its characters that are capitals
    "html-capitals" = |x| share(x.line.uppercase, x.line.chars);

    // The elements around it.

    /// elements around it
    "html-depth" = |x| f32::from(x.block.depth);
    /// 1 if the innermost block is a container (`<div>`), not a heading, a paragraph, an item or a cell
    "html-container" = |x| {
        flag(x.element.heading == 0 && !x.element.paragraph && !x.line.item && x.element.tables == 0)
    };
    /// elements directly in its block
    "html-children" = |x| x.sums(x.block_at).children as f32;
    /// lines in its block
    "html-block-lines" = |x| x.sums(x.block_at).lines as f32;
    /// lines of the page with the same names of elements around them
    "html-path-lines" = |x| x.path.lines as f32;
    /// share of the page's prose in such lines
    "html-path-prose" = |x| share(x.path.prose, x.page.prose);
    /// lines of the page whose three innermost blocks have the same names and class names
    "html-class-lines" = |x| x.class.lines as f32;
    /// share of the page's prose in such lines
    "html-class-prose" = |x| share(x.class.prose, x.page.prose);
    /// share of the characters of such lines that are links
    "html-class-linked" = |x| share(x.class.linked, x.class.chars);
    /// prose for each element that holds such lines: cards of one kind that share the prose of the page
    "html-class-spread" = |x| (x.class.paragraphs as f32).min(50.0);
    /// lines of the same kind beside its block
    "html-siblings" = |x| x.siblings as f32;
    /// share of the characters of the block around its block that are links
    "html-up-1-linked" = |x| x.sums(x.up[0]).linked_share();
    /// the same, one further up
    "html-up-2-linked" = |x| x.sums(x.up[1]).linked_share();
    /// the same, two further up
    "html-up-3-linked" = |x| x.sums(x.up[2]).linked_share();
    /// share of the page's prose in the block around its block
    "html-up-1-prose" = |x| share(x.sums(x.up[0]).prose, x.page.prose);
    /// the same, one further up
    "html-up-2-prose" = |x| share(x.sums(x.up[1]).prose, x.page.prose);
    /// the same, two further up
    "html-up-3-prose" = |x| share(x.sums(x.up[2]).prose, x.page.prose);
    /// lines in the block around its block
    "html-up-1-lines" = |x| x.sums(x.up[0]).lines as f32;
    /// the same, one further up
    "html-up-2-lines" = |x| x.sums(x.up[1]).lines as f32;
    /// paragraphs of prose directly in the block around its block
    "html-up-1-paragraphs" = |x| x.sums(x.up[0]).paragraphs as f32;

    // Where the prose is.

    /// elements up to the next one that is the block of prose or around it
    "html-prose-up" = |x| x.to_prose.up as f32;
    /// elements from there down to the block of prose
    "html-prose-down" = |x| x.to_prose.down as f32;
    /// 1 in the block of prose
    "html-in-prose" = |x| flag(x.to_prose.down == 0);
    /// 0 among the lines of the block of prose, -1 above, 1 below
    "html-prose-side" = |x| x.side(x.page.prose_block);
    /// lines to those of the block of prose, negative above
    "html-prose-distance" = |x| x.distance(x.page.prose_block);
    /// elements up to the next one that is the core or around it
    "html-core-up" = |x| x.to_core.up as f32;
    /// 1 in the core
    "html-in-core" = |x| flag(x.to_core.down == 0);
    /// 0 among the lines of the core, -1 above, 1 below
    "html-core-side" = |x| x.side(x.page.core);
    /// lines in its branch: the outermost element around it that is not around the block of prose
    "html-branch-lines" = |x| x.sums(x.to_prose.branch).lines as f32;
    /// share of the page's prose in its branch
    "html-branch-prose" = |x| share(x.sums(x.to_prose.branch).prose, x.page.prose);
    /// share of the characters of its branch that are links
    "html-branch-linked" = |x| x.sums(x.to_prose.branch).linked_share();
    /// lines of its branch above it
    "html-branch-order" = |x| (x.row - x.sums(x.to_prose.branch).first) as f32;

    // The lines around it.

    /// 1 if the line above is in the same block or beside it
    "html-beside-above" = |x| flag(x.above.is_some_and(|other| x.is_beside(other)));
    /// the same, below
    "html-beside-below" = |x| flag(x.below.is_some_and(|other| x.is_beside(other)));
    /// 1 if the line above has the same names of elements around it
    "html-alike-above" = |x| flag(x.above.is_some_and(|other| x.is_alike(other)));
    /// the same, below
    "html-alike-below" = |x| flag(x.below.is_some_and(|other| x.is_alike(other)));
    /// 1 if the line above is in a paragraph
    "html-paragraph-above" = |x| flag(x.above.is_some_and(|other| x.element_of(other).paragraph));
    /// the same, below
    "html-paragraph-below" = |x| flag(x.below.is_some_and(|other| x.element_of(other).paragraph));
    /// share of the characters of the line above that are links
    "html-linked-above" = |x| x.above.map_or(0.0, |other| x.linked_share(other));
    /// the same, below
    "html-linked-below" = |x| x.below.map_or(0.0, |other| x.linked_share(other));
    /// level of the heading that the line above is
    "html-heading-above" = |x| x.above.map_or(0.0, |other| f32::from(x.element_of(other).heading));
    /// the same, below
    "html-heading-below" = |x| x.below.map_or(0.0, |other| f32::from(x.element_of(other).heading));
    /// 1 for the first line of the block around its block
    "html-first" = |x| flag(x.sums(x.up[0]).first == x.row);

    // Elements and roles with a meaning: 1 for the innermost element, 1/2 for the one around it, 1/3 and so on.

    /// how near a menu is around it (`<nav>`)
    "html-nav" = |x| x.nearness(Place::Nav);
    /// the same for `<header>`
    "html-header" = |x| x.nearness(Place::Header);
    /// the same for `<footer>`
    "html-footer" = |x| x.nearness(Place::Footer);
    /// the same for `<aside>`
    "html-aside" = |x| x.nearness(Place::Aside);
    /// the same for `<form>`
    "html-form" = |x| x.nearness(Place::Form);
    /// the same for `<button>`
    "html-button" = |x| x.nearness(Place::Button);
    /// the same for `<main>`
    "html-main" = |x| x.nearness(Place::Main);
    /// the same for `<article>`
    "html-article" = |x| x.nearness(Place::Article);
    /// the same for `<section>`
    "html-section" = |x| x.nearness(Place::Section);
    /// the same for dialogues
    "html-dialog" = |x| x.nearness(Place::Dialog);
    /// the same for `<figure>`
    "html-figure" = |x| x.nearness(Place::Figure);
    /// the same for `<figcaption>`
    "html-figcaption" = |x| x.nearness(Place::Figcaption);
    /// the same for `<blockquote>`
    "html-blockquote" = |x| x.nearness(Place::Blockquote);
    /// the same for `<label>`
    "html-label" = |x| x.nearness(Place::Label);
    /// the same for what only readers without scripts see (`<noscript>`): forums have all their text there
    "html-noscript" = |x| x.nearness(Place::Noscript);
    /// articles around it
    "html-articles" = |x| x.around.articles as f32;
    /// 1 in the header of an article
    "html-article-header" = |x| flag(x.around.in_article_header);
    /// the same for the text of an article by microdata
    "html-is-text" = |x| x.around.properties[0];
    /// the same for a headline or a name by microdata
    "html-is-headline" = |x| x.around.properties[1];
    /// the same for an author or a date by microdata
    "html-is-byline" = |x| x.around.properties[2];
    /// the same for a description by microdata
    "html-is-description" = |x| x.around.properties[3];
    /// the same for a comment or an entry of a list by microdata
    "html-is-entry" = |x| x.around.properties[4];
    /// the same for an image by microdata
    "html-is-image" = |x| x.around.properties[5];

    // Class names and identifiers with a meaning, in the same way.

    /// how near a name is around it that speaks of comments
    "html-name-comment" = |x| x.around.meanings[0];
    /// the same for sharing
    "html-name-share" = |x| x.around.meanings[1];
    /// the same for related articles
    "html-name-related" = |x| x.around.meanings[2];
    /// the same for teasers and offers
    "html-name-promotion" = |x| x.around.meanings[3];
    /// the same for footers
    "html-name-footer" = |x| x.around.meanings[4];
    /// the same for sidebars
    "html-name-sidebar" = |x| x.around.meanings[5];
    /// the same for captions and images
    "html-name-caption" = |x| x.around.meanings[6];
    /// the same for authors and dates
    "html-name-byline" = |x| x.around.meanings[7];
    /// the same for newsletters
    "html-name-newsletter" = |x| x.around.meanings[8];
    /// the same for advertisements
    "html-name-advert" = |x| x.around.meanings[9];
    /// the same for cookies, dialogues and notices
    "html-name-notice" = |x| x.around.meanings[10];
    /// the same for content
    "html-name-content" = |x| x.around.meanings[11];
    /// the same for articles
    "html-name-article" = |x| x.around.meanings[12];
    /// the same for bodies and paragraphs
    "html-name-body" = |x| x.around.meanings[13];
    /// the same for posts
    "html-name-post" = |x| x.around.meanings[14];
    /// the same for stories
    "html-name-story" = |x| x.around.meanings[15];
    /// the same for menus
    "html-name-menu" = |x| x.around.meanings[16];
    /// the same for topics
    "html-name-tags" = |x| x.around.meanings[17];
    /// the same for titles
    "html-name-title" = |x| x.around.meanings[18];
    /// the same for summaries
    "html-name-summary" = |x| x.around.meanings[19];
    /// the same for shops
    "html-name-shop" = |x| x.around.meanings[20];
    /// the same for accounts
    "html-name-account" = |x| x.around.meanings[21];
    /// the same for pictures and players
    "html-name-media" = |x| x.around.meanings[22];
    /// the same for tables of contents
    "html-name-contents" = |x| x.around.meanings[23];
    /// the same for pages before and after
    "html-name-pager" = |x| x.around.meanings[24];
    /// the same for threads
    "html-name-thread" = |x| x.around.meanings[25];
    /// the same for code
    "html-name-code" = |x| x.around.meanings[26];
    /// the same for authors' biographies
    "html-name-author-bio" = |x| x.around.meanings[27];
    /// the same for headers
    "html-name-header" = |x| x.around.meanings[28];
    /// the same for legal notes
    "html-name-legal" = |x| x.around.meanings[29];
    /// names of text in the three innermost elements that have names
    "html-names-text" = |x| x.around.of_text.min(5) as f32;
    /// names of anything else there
    "html-names-other" = |x| x.around.of_other.min(9) as f32;

    // The page, the same on each of its lines.

    /// articles of the page (`<article>`)
    "html-page-articles" = |x| x.page.articles as f32;
    /// main parts of the page (`<main>`)
    "html-page-mains" = |x| x.page.mains as f32;
    /// lines in paragraphs (`<p>`)
    "html-page-paragraphs" = |x| x.page.paragraphs as f32;
    /// lines that are the text of an article by microdata
    "html-page-text" = |x| x.page.texts as f32;
    /// share of the page's prose in the block of prose
    "html-page-prose" = |x| share(x.sums(x.page.prose_block).prose, x.page.prose);
};

fn flag(is_so: bool) -> f32 {
    f32::from(u8::from(is_so))
}

fn share(part: u32, all: u32) -> f32 {
    if all == 0 { 0.0 } else { part as f32 / all as f32 }
}

/// Appends the columns of the hints of the lines with these numbers, one column after the other.
pub(crate) fn hints(page: &HtmlPage, lines: &[usize], values: &mut Vec<f32>) {
    let start = values.len();
    values.resize(start + HINTS.len() * lines.len(), 0.0);
    let columns = &mut values[start..];
    let inputs = PageInputs::new(page);
    let mut of_line = page.lines.iter().enumerate().peekable();
    for (row, &number) in lines.iter().enumerate() {
        while of_line.next_if(|(_, line)| line.number < number).is_some() {}
        let Some((at, _)) = of_line.peek().filter(|(_, line)| line.number == number) else { continue };
        let near = inputs.near(*at);
        for (column, hint) in HINTS.iter().enumerate() {
            columns[column * lines.len() + row] = (hint.value)(&near);
        }
    }
}

/// Sums over the lines of an element, or of lines that are alike.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    lines: u32,
    chars: u32,
    linked: u32,
    prose: u32,
    /// Elements directly in it.
    children: u32,
    /// Lines of prose that stand in blocks directly in it.
    paragraphs: u32,
    first: u32,
    last: u32,
    /// Prose in its paragraphs, counted less the further down they are.
    near_prose: f64,
}

impl Sums {
    fn linked_share(&self) -> f32 {
        share(self.linked, self.chars)
    }

    /// Adds the sums over the lines of an element that is in this one.
    fn add_all(&mut self, other: &Sums) {
        if other.lines == 0 {
            return;
        }
        self.first = if self.lines == 0 { other.first } else { self.first.min(other.first) };
        self.last = self.last.max(other.last);
        self.lines += other.lines;
        self.chars += other.chars;
        self.linked += other.linked;
        self.prose += other.prose;
    }

    fn add(&mut self, row: u32, line: &HtmlLine, prose: u32) {
        if self.lines == 0 {
            self.first = row;
        }
        self.last = row;
        self.lines += 1;
        self.chars += line.chars;
        self.linked += line.linked;
        self.prose += prose;
    }
}

/// How a line stands to an element: up from the line to the first element that is it or around it, down from there.
#[derive(Debug, Clone, Copy, Default)]
struct Way {
    up: u32,
    down: u32,
    /// The last element on the way up before that.
    branch: u32,
}

/// What the elements around a line say.
#[derive(Debug, Clone, Default)]
struct Around {
    places: [f32; Place::ALL.len()],
    properties: [f32; PROPERTIES],
    meanings: [f32; Meaning::COUNT],
    articles: u32,
    in_article_header: bool,
    of_text: u32,
    of_other: u32,
}

struct PageInputs<'p> {
    page: &'p HtmlPage,
    /// The block of each line.
    blocks: Vec<u32>,
    /// For each element.
    sums: Vec<Sums>,
    /// The innermost element that is it or around it and whose name or attributes say something; 0 if there is none.
    telling: Vec<u32>,
    /// The elements down from the page to the block of prose, and to the core.
    down_to_prose: Vec<u32>,
    down_to_core: Vec<u32>,
    paths: HashMap<u64, Sums>,
    classes: HashMap<u64, Sums>,
    siblings: HashMap<(u32, u64), u32>,
    prose: u32,
    prose_block: u32,
    core: u32,
    articles: u32,
    mains: u32,
    paragraphs: u32,
    texts: u32,
}

impl<'p> PageInputs<'p> {
    fn new(page: &'p HtmlPage) -> PageInputs<'p> {
        let elements = &page.elements;
        let blocks: Vec<u32> = page.lines.iter().map(|line| page.block_of(line)).collect();
        let count = |is_one: fn(&Element) -> bool| elements.iter().filter(|element| is_one(element)).count() as u32;
        let lines = |is_one: fn(&Element) -> bool| {
            page.lines.iter().filter(|line| is_one(&elements[line.element as usize])).count() as u32
        };
        let mut inputs = PageInputs {
            page,
            sums: vec![Sums::default(); elements.len()],
            telling: telling(elements),
            down_to_prose: Vec::new(),
            down_to_core: Vec::new(),
            paths: HashMap::new(),
            classes: HashMap::new(),
            siblings: HashMap::new(),
            prose: 0,
            prose_block: 0,
            core: 0,
            articles: count(|element| element.own_places.has(Place::Article)),
            mains: count(|element| element.own_places.has(Place::Main)),
            paragraphs: lines(|element| element.paragraph),
            texts: lines(|element| element.properties & 1 > 0),
            blocks,
        };
        inputs.add_lines();
        inputs.find_prose();
        inputs
    }

    fn element(&self, at: u32) -> &'p Element {
        &self.page.elements[at as usize]
    }

    fn prose_of(&self, line: &HtmlLine) -> u32 {
        let long = line.chars >= 120 || line.chars >= 40 && line.sentences > 0;
        let is_prose = long && line.linked * 2 < line.chars && !self.element(line.element).hidden;
        if is_prose { line.chars } else { 0 }
    }

    fn add_lines(&mut self) {
        for (row, line) in self.page.lines.iter().enumerate() {
            let (block, prose) = (self.blocks[row], self.prose_of(line));
            let row = row as u32;
            self.sums[block as usize].add(row, line, prose);
            if prose > 0 {
                self.add_near_prose(block, line, prose);
            }
            self.prose += prose;
            let element = self.element(block);
            self.paths.entry(element.path).or_default().add(row, line, prose);
            let class = self.classes.entry(self.class_of(block)).or_default();
            class.add(row, line, prose);
            class.paragraphs += u32::from(prose > 0);
            *self.siblings.entry((element.parent, element.path)).or_default() += 1;
        }
        // Elements come after those around them.
        for at in (1..self.sums.len()).rev() {
            let (around, own) = self.sums.split_at_mut(at);
            let parent = &mut around[self.page.elements[at].parent as usize];
            parent.children += 1;
            parent.add_all(&own[0]);
        }
    }

    /// Adds the prose of a line to the sums of the blocks next around it.
    fn add_near_prose(&mut self, block: u32, line: &HtmlLine, prose: u32) {
        let weights = [flag(line.after_break).into(), 1.0, 0.5, 0.25];
        let (mut at, mut level) = (block, 0);
        while let Some(weight) = weights.get(level) {
            let element = self.element(at);
            let sums = &mut self.sums[at as usize];
            sums.near_prose += f64::from(prose) * weight;
            sums.paragraphs += u32::from(level == 1 && element.block);
            if at == 0 {
                return;
            }
            at = element.parent;
            level += usize::from(self.element(at).block);
        }
    }

    /// A hash of the names and class names of a block and the two elements around it.
    fn class_of(&self, block: u32) -> u64 {
        let around = self.element(self.element(block).parent);
        let further = self.element(around.parent);
        mix(mix(self.element(block).signature, around.signature), further.signature)
    }

    /// Finds the block of prose and the core.
    fn find_prose(&mut self) {
        let all = 0..self.sums.len() as u32;
        let weight = |at: u32| {
            let sums = &self.sums[at as usize];
            sums.near_prose * f64::from(1.0 - sums.linked_share())
        };
        // Of equal ones the first, which is around the others.
        let prose_block = all.clone().max_by(|&a, &b| weight(a).total_cmp(&weight(b)).then(b.cmp(&a))).unwrap_or(0);
        let least = CORE * f64::from(self.prose);
        let core = all
            .filter(|&at| self.prose > 0 && f64::from(self.sums[at as usize].prose) >= least)
            .max_by_key(|&at| (self.element(at).depth, at))
            .unwrap_or(0);
        (self.prose_block, self.core) = (prose_block, core);
        (self.down_to_prose, self.down_to_core) = (self.page.down_to(prose_block), self.page.down_to(core));
    }

    /// The way to the last of these elements, the first of which is the page.
    fn way(&self, from: u32, down: &[u32]) -> Way {
        let mut way = Way { branch: from, ..Way::default() };
        let mut at = from;
        loop {
            let element = self.element(at);
            let depth = usize::from(element.depth);
            if down.get(depth) == Some(&at) {
                way.down = (down.len() - 1 - depth) as u32;
                return way;
            }
            way.branch = at;
            way.up += 1;
            at = element.parent;
        }
    }

    fn around(&self, from: u32) -> Around {
        let mut around = Around::default();
        let set = |nearness: &mut f32, distance: f32| {
            if *nearness == 0.0 {
                *nearness = 1.0 / distance;
            }
        };
        let (mut in_header, mut at) = (false, self.telling[from as usize]);
        while at != 0 {
            let element = self.element(at);
            let distance = f32::from(self.element(from).depth - element.depth + 1);
            element.own_places.all().for_each(|place| set(&mut around.places[place], distance));
            for bit in 0..PROPERTIES {
                if element.properties >> bit & 1 == 1 {
                    set(&mut around.properties[bit], distance);
                }
            }
            element.meaning.topics().for_each(|topic| set(&mut around.meanings[topic], distance));
            in_header |= element.own_places.has(Place::Header);
            if element.own_places.has(Place::Article) {
                around.articles += 1;
                around.in_article_header |= in_header && around.articles == 1;
            }
            at = self.telling[element.parent as usize];
        }
        let named = self.page.upwards(from).map(|at| self.element(at)).filter(|element| element.named || element.block);
        for element in named.take(NAMED) {
            around.of_text += element.meaning.in_common(Meaning::BODY);
            around.of_other += element.meaning.in_common(Meaning::OTHER);
        }
        around
    }

    fn near(&self, row: usize) -> Near<'_> {
        let (line, block_at) = (&self.page.lines[row], self.blocks[row]);
        let block = self.element(block_at);
        let first = block.parent;
        let second = self.element(first).parent;
        Near {
            page: self,
            line,
            element: self.element(line.element),
            block,
            block_at,
            row: row as u32,
            up: [first, second, self.element(second).parent],
            path: self.paths.get(&block.path).copied().unwrap_or_default(),
            class: self.classes.get(&self.class_of(block_at)).copied().unwrap_or_default(),
            siblings: self.siblings.get(&(block.parent, block.path)).copied().unwrap_or_default(),
            to_prose: self.way(block_at, &self.down_to_prose),
            to_core: self.way(block_at, &self.down_to_core),
            around: self.around(line.element),
            above: row.checked_sub(1),
            below: Some(row + 1).filter(|&below| below < self.page.lines.len()),
        }
    }
}

/// For each element the innermost one that is it or around it and whose name or attributes say something; those that say
/// nothing are passed over.
fn telling(elements: &[Element]) -> Vec<u32> {
    let mut telling: Vec<u32> = Vec::with_capacity(elements.len());
    for (element, at) in elements.iter().zip(0..) {
        telling.push(if element.says_something() {
            at
        } else {
            telling.get(element.parent as usize).copied().unwrap_or(0)
        });
    }
    telling
}

/// A line and what is near it.
struct Near<'n> {
    page: &'n PageInputs<'n>,
    line: &'n HtmlLine,
    /// The innermost element around it, and the innermost block.
    element: &'n Element,
    block: &'n Element,
    block_at: u32,
    /// Its number among the lines that are not blank.
    row: u32,
    /// The three elements around its block.
    up: [u32; 3],
    path: Sums,
    class: Sums,
    siblings: u32,
    to_prose: Way,
    to_core: Way,
    around: Around,
    /// The lines above and below.
    above: Option<usize>,
    below: Option<usize>,
}

impl Near<'_> {
    fn sums(&self, element: u32) -> &Sums {
        &self.page.sums[element as usize]
    }

    /// 1 if the innermost element is such a place, 1/2 if the one around it is, and so on; 0 if none is.
    fn nearness(&self, place: Place) -> f32 {
        self.around.places[place as usize]
    }

    fn element_of(&self, row: usize) -> &Element {
        self.page.element(self.page.page.lines[row].element)
    }

    fn linked_share(&self, row: usize) -> f32 {
        let line = &self.page.page.lines[row];
        share(line.linked, line.chars)
    }

    fn is_beside(&self, row: usize) -> bool {
        let other = self.page.blocks[row];
        other == self.block_at || self.page.element(other).parent == self.block.parent
    }

    fn is_alike(&self, row: usize) -> bool {
        self.page.element(self.page.blocks[row]).path == self.block.path
    }

    fn side(&self, element: u32) -> f32 {
        let Sums { first, last, .. } = *self.sums(element);
        if self.row < first { -1.0 } else { flag(self.row > last) }
    }

    fn distance(&self, element: u32) -> f32 {
        let Sums { first, last, .. } = *self.sums(element);
        let row = self.row as f32;
        if self.row < first { row - first as f32 } else { (row - last as f32).max(0.0) }
    }
}

#[cfg(test)]
#[cfg(feature = "html")]
mod tests {
    use super::*;
    use crate::html::read;

    fn column(html: &str, name: &str) -> Vec<f32> {
        let page = read(html);
        let lines: Vec<usize> = page.lines.iter().map(|line| line.number).collect();
        let mut values = Vec::new();
        hints(&page, &lines, &mut values);
        let at = HINTS.iter().position(|hint| hint.name == name).unwrap();
        values[at * lines.len()..(at + 1) * lines.len()].to_vec()
    }

    const PROSE: &str = "The harbour was shut on Monday after the storm had broken the pier, the harbour master said.";

    #[test]
    fn the_block_of_prose_is_found() {
        let page = format!(
            "<nav class=site-menu><a href=/>Home</a></nav><main><article><h1>Storm</h1><div class=body><p>{PROSE}<p>{PROSE}</div></article></main><footer>Imprint</footer>"
        );
        assert_eq!(column(&page, "html-in-prose"), [0.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(column(&page, "html-in-core"), [0.0, 0.0, 1.0, 1.0, 0.0]);
        assert_eq!(column(&page, "html-prose-side"), [-1.0, -1.0, 0.0, 0.0, 1.0]);
        assert_eq!(column(&page, "html-prose-distance"), [-2.0, -1.0, 0.0, 0.0, 1.0]);
        assert_eq!(column(&page, "html-nav"), [0.5, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(column(&page, "html-main"), [0.0, 1.0 / 3.0, 0.25, 0.25, 0.0]);
        assert_eq!(column(&page, "html-name-menu"), [0.5, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(column(&page, "html-name-body"), [0.0, 0.0, 0.5, 0.5, 0.0]);
        assert_eq!(column(&page, "html-page-articles"), [1.0; 5]);
        assert_eq!(column(&page, "html-branch-linked"), [1.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(column(&page, "html-linked-above"), [0.0, 1.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn names_are_unique_and_values_finite() {
        let mut names: Vec<&str> = HINTS.iter().map(|hint| hint.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        let page = read(&format!("{}<p>{PROSE}", "<div>".repeat(1_000)));
        let mut values = Vec::new();
        hints(&page, &[0, 7], &mut values);
        assert!(values.len() == 2 * HINTS.len() && values.iter().all(|value| value.is_finite()));
    }
}
