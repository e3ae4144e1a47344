//! Web pages: what comes out of an ordinary one, and that hostile ones do no harm.

use bodytext::{Cleaner, FieldName, LineClass, Markup, Metadata, Options};

const PAGE: &str = include_str!("../../samples/html/harbour.html");
const BODY: &str = "Harbour wall mended after the storm

The outer wall of the harbour stands again. Masons set the last of forty-one stones on Tuesday, five days after waves of six metres had broken over it.

Ferries have been running since noon. The island, which had bread for two more days, had been cut off since the night of the storm.

When the ferries leave

From\tFirst\tLast
Pier\t6:10\t21:40
Island\t6:55\t22:25

The council wants to know by the summer what a higher wall would cost. Until then two things are to change:

* a siren that can be heard on the island, and
* a store of bread, flour and fuel for ten days.

Nobody was hurt, the harbour master said, and nothing was lost but a crane.
";

#[test]
fn the_article_of_a_page_stays() {
    let cleaner = Cleaner::builtin(Options::default());
    let cleaned = cleaner.clean(PAGE.as_bytes(), None);
    assert_eq!(cleaned.text(), BODY);
    assert_eq!(cleaned.report.markup, Markup::Html);
    let fields = cleaned.fields();
    assert_eq!(fields.values(FieldName::Headline), ["Harbour wall mended after the storm"]);
    // The date is in the same line.
    for name in [FieldName::Byline, FieldName::Dateline] {
        assert_eq!(fields.values(name), ["By Jane Roe, 18 March 2026"]);
    }
    let class = |text: &str| {
        let line = (0..cleaned.verdicts.len()).find(|&line| cleaned.line(line).contains(text)).unwrap();
        cleaned.verdicts[line].class
    };
    assert_eq!(class("By Jane Roe"), LineClass::Byline);
    assert_eq!(class("Sign up for our newsletter"), LineClass::Newsletter);
    assert_eq!(class("More stories"), LineClass::Related);
}

#[test]
fn who_knows_the_markup_is_believed() {
    let cleaner = Cleaner::builtin(Options::default());
    let clean = |text: &str, markup| {
        let about = Metadata { markup, ..Metadata::default() };
        cleaner.clean_text(text, about).into_text().into_owned()
    };
    let scrap = "<b>The ferry</b> was late &amp; slow.";
    assert_eq!(clean(scrap, None), scrap);
    assert_eq!(clean(scrap, Some(Markup::Html)), "The ferry was late & slow.\n");
    let options = Options { markup: Some(Markup::None), ..Options::default() };
    let plain =
        Cleaner::builtin(options).clean_text(PAGE, Metadata { markup: Some(Markup::Html), ..Metadata::default() });
    assert_eq!(plain.report.markup, Markup::None);
}

#[test]
fn what_the_page_marks_becomes_fields() {
    let cleaner = Cleaner::builtin(Options::default());
    let fields = |lines: &str| {
        let page = format!(
            "<html><head><title>Harbour wall mended - The Post</title></head><body class=right-sidebar><form><nav \
             class=author><a rel=author>Menu Name</a></nav><main><article class=author-jane><h1>Harbour wall mended</h1>{lines}<p>The outer wall of the \
             harbour stands again, five days after waves of six metres had broken over it.</p><p>Ferries have been running \
             since noon, the harbour master said, and nothing was lost but a crane.</p></article><section \
             id=comments><p><span class=comment-author>A Reader</span> <time>3 days ago</time></p><p \
             class=author>Nobody</p></section></main></form></body></html>"
        );
        let fields = cleaner.clean_text(&page, None).fields();
        assert_eq!(fields.headline.as_deref(), Some("Harbour wall mended"), "{lines}");
        (fields.byline.unwrap_or_default(), fields.dateline.unwrap_or_default())
    };
    for (lines, byline, dateline) in [
        ("", "", ""),
        ("<div>Jane Roe</div><div>Monday</div>", "", ""),
        ("<div><a rel=\"nofollow author\" href=/jane>Jane Roe</a></div><time>2 Nov</time>", "Jane Roe", "2 Nov"),
        ("<div>Text <span itemprop=author><b>Jane Roe</b></span></div>", "Text Jane Roe", ""),
        ("<div class=postByline>Jane Roe</div><div id=pubdate>2. November 2026</div>", "Jane Roe", "2. November 2026"),
        ("<div class=\"c-author vcard\"><div>Jane Roe</div><div>Harbour writer</div></div>", "Jane Roe", ""),
        ("<address>Jane Roe</address><span itemprop=datePublished>2. 11.</span>", "Jane Roe", "2. 11."),
        ("<div class=author><div>Jane Roe</div><div><time>2 Nov 2026</time></div></div>", "Jane Roe", "2 Nov 2026"),
        ("<p>By <a href=/author/jane-roe/>Jane Roe</a></p><p>Harbour</p>", "By Jane Roe", ""),
        ("<aside><a href=/author/jane-roe>Jane Roe</a></aside><a href=/author/>All authors</a>", "", ""),
        ("<div class=author-share>Jane Roe</div><aside><div class=author>Jane Roe</div></aside>", "", ""),
        ("<div class=related-card><p class=author>Jane Roe</p></div>", "", ""),
        ("<div class=date>Five minutes</div><time>Now</time>", "", ""),
    ] {
        assert_eq!(fields(lines), (byline.to_owned(), dateline.to_owned()), "{lines}");
    }
}

/// Pages that make parsers slow, or end them.
fn hostile_pages() -> Vec<(&'static str, String)> {
    let numbered = |count: usize| (0..count).map(|n| format!("a{n}=\"{n}\" ")).collect::<String>();
    vec![
        ("many blocks in each other", "<div>".repeat(100_000) + "x"),
        ("many words in each other", "<b>".repeat(20_000) + "x"),
        ("many lists in each other", "<ul><li>".repeat(20_000) + "x"),
        ("many tables in each other", "<table><tr><td>".repeat(5_000) + "x"),
        ("styles that overlap", "<p><font><b><i>".repeat(5_000) + "x" + &"</p>".repeat(5_000)),
        ("many attributes", format!("<div {}>x</div><p>para para para.</p>", numbered(100_000))),
        ("a comment without an end", format!("<p>hello world</p><!-- {}", "x".repeat(2_000_000))),
        (
            "a cell over many columns",
            format!(
                "<table><tr><td colspan=99999999 rowspan=99999999>a<td>b</tr>{}</table>",
                "<tr><td>c</td></tr>".repeat(1_000)
            ),
        ),
        ("many entities", format!("<p>{}&#x110000;&#xD800;&#99999999999;</p>", "&amp;".repeat(500_000))),
        ("many paragraphs", "<p>word word word, word word.</p>".repeat(200_000)),
        ("many links", "<a href=#>x</a>".repeat(300_000)),
        ("a long list", format!("<ul>{}</ul>", "<li>item item item</li>".repeat(100_000))),
        ("links and words that overlap", "<a><b>".repeat(3_000) + "text" + &"</a></b>".repeat(3_000)),
        ("controls", "<p>a\0b\0c</p>".repeat(1_000)),
        ("a tag without an end", "<div><span>А</span></div>\t\t\t<div><span>По".to_owned()),
        ("other languages", "<svg><math><mtext><table><tr><td>".repeat(2_000) + "x"),
        ("menus in each other", "<select>".repeat(10_000) + &"<option>".repeat(10_000) + "x"),
        ("a title without an end", format!("<title>{}", "t".repeat(3_000_000))),
        ("scripts in each other", format!("<script>{}", "<!--<script>".repeat(100_000))),
        ("cells over rows", "<table><tr><td></td><td rowspan=\"2\"></td></tr><tr><td></td></tr></table>".repeat(2_000)),
        ("nothing", String::new()),
        ("plain text to the end", format!("<plaintext>{}", "<b>".repeat(1_000_000))),
        ("marks of direction", format!("<p>{}</p>", "\u{202e}\u{2066}\u{200f}".repeat(100_000))),
        (
            "blocks in what was closed around them",
            (0..120).map(|_| "<b role=nav>".repeat(254) + "<div role=aside>" + &"</b>".repeat(254)).collect::<String>()
                + &"<p>short</p>".repeat(20_000),
        ),
        (
            "data in each other",
            format!("<script type='application/ld+json'>{}</script><p>text text text</p>", "{\"a\":".repeat(50_000)),
        ),
    ]
}

#[test]
fn what_follows_a_drawing_stays() {
    let cleaner = Cleaner::builtin(Options { markup: Some(Markup::Html), ..Options::default() });
    let long = "A".repeat(70_000);
    for drawing in [
        "<svg><style/></svg>",
        "<svg><title/><path d=M0/></svg>",
        "<svg><script href='x.js'/></svg>",
        "<math><mi/></math>",
        &format!("<svg data-x='{long}'/>"),
    ] {
        let page = format!("<p>The ferry was late.</p>{drawing}<p>Nobody knew why.</p>");
        assert_eq!(
            cleaner.clean_text(&page, None).text(),
            "The ferry was late.\n\nNobody knew why.\n",
            "{drawing:.30}"
        );
    }
}

#[test]
fn hostile_pages_come_to_an_end() {
    let cleaner = Cleaner::builtin(Options { markup: Some(Markup::Html), ..Options::default() });
    for (what, page) in hostile_pages() {
        let cleaned = cleaner.clean_text(&page, None);
        assert_eq!(cleaned.report.markup, Markup::Html, "{what}");
        assert!(cleaned.text().len() <= page.len() * 2, "{what}");
    }
}
