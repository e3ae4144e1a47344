//! Web pages as browsers save them: MHTML, and HTML with everything in it.

use std::fs;
use std::path::Path;

use bodytext::{Cleaner, Options};
use serde_json::{Value, json};

use crate::cli::{bodytext, piped};
use crate::formats::gzip;

const PAGE: &str = include_str!("../../samples/html/harbour.html");
const SAVED: &str = include_str!("../../samples/html/saved-page.html");

/// A page as Chrome saves it, with a picture and a frame.
fn mhtml(page: &str) -> Vec<u8> {
    let mut quoted = String::new();
    for line in page.lines() {
        let mut width = 0;
        for byte in line.bytes() {
            let sign = if byte == b'=' || !byte.is_ascii() { format!("={byte:02X}") } else { char::from(byte).into() };
            if width + sign.len() > 75 {
                quoted.push_str("=\r\n");
                width = 0;
            }
            width += sign.len();
            quoted.push_str(&sign);
        }
        quoted.push_str("\r\n");
    }
    format!(
        "From: <Saved by Blink>\r\nSnapshot-Content-Location: https://post.example.org/wall\r\nSubject: Harbour wall\r\n\
         Date: Mon, 2 Nov 2026 09:00:00 -0000\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related;\r\n\
         \ttype=\"text/html\";\r\n\tboundary=\"----MultipartBoundary--x----\"\r\n\r\n\r\n------MultipartBoundary--x----\r\n\
         Content-Type: text/html\r\nContent-ID: <frame-1@mhtml.blink>\r\nContent-Transfer-Encoding: quoted-printable\r\n\
         Content-Location: https://post.example.org/wall\r\n\r\n{quoted}\r\n------MultipartBoundary--x----\r\n\
         Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\nContent-Location: https://post.example.org/a.png\
         \r\n\r\niVBORw0KGgo=\r\n------MultipartBoundary--x----\r\nContent-Type: text/html\r\n\
         Content-ID: <frame-2@mhtml.blink>\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>A frame.</p>\r\n\
         ------MultipartBoundary--x------\r\n"
    )
    .into_bytes()
}

fn records(dir: &Path, args: &[&str]) -> Vec<Value> {
    let out = bodytext(dir).args(args).output().unwrap().stdout;
    out.split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect()
}

#[test]
fn mhtml_is_the_page_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let (path, saved) = (dir.path(), mhtml(PAGE));
    fs::create_dir(path.join("in")).unwrap();
    for (name, bytes) in [
        ("a.mhtml", saved.clone()),
        ("b.MHT", saved.clone()),
        ("c.mht.gz", gzip(&saved)),
        ("d", saved.clone()),
        ("e.html", PAGE.into()),
        ("f.mht", PAGE.into()),
    ] {
        fs::write(path.join("in").join(name), bytes).unwrap();
    }
    bodytext(path).args(["in", "-o", "out"]).assert().success();
    let text = fs::read_to_string(path.join("out/e.html.txt")).unwrap();
    assert!(text.starts_with("Harbour wall mended") && !text.contains("A frame."));
    for name in ["a.mhtml.txt", "b.MHT.txt", "d", "f.mht.txt"] {
        assert_eq!(fs::read_to_string(path.join("out").join(name)).unwrap(), text, "{name}");
    }
    assert!(path.join("out/c.mht.txt.gz").exists());
    assert_eq!(String::from_utf8(piped(path, &[], &saved)).unwrap(), text);
    assert_eq!(
        records(path, &["in/a.mhtml", "--to", "jsonl"]),
        [
            json!({"id": "a.mhtml", "url": "https://post.example.org/wall", "date": "2026-11-02T09:00:00Z", "text": text})
        ]
    );
    bodytext(path).args(["in/a.mhtml", "--to", "markdown", "-o", "a.md"]).assert().success();
    assert!(fs::read_to_string(path.join("a.md")).unwrap().starts_with("# Harbour wall mended"));
    let raw = bodytext(path).args(["in/a.mhtml", "--markup", "none", "--no-builtin-rules"]).output().unwrap().stdout;
    assert!(String::from_utf8(raw).unwrap().contains("Snapshot-Content-Location"));
    let explained = bodytext(path).args(["explain", "in/a.mhtml"]).output().unwrap();
    let html = bodytext(path).args(["explain", "in/e.html"]).output().unwrap();
    assert_eq!(String::from_utf8(explained.stdout).unwrap(), String::from_utf8(html.stdout).unwrap());
    // The rules of a site are for its saved pages too.
    fs::create_dir_all(path.join("rules/site")).unwrap();
    let rule = "schema = 1\nname = \"post\"\n[[rule]]\nid = \"post.crane\"\nkind = \"line\"\nclass = \"technical\"\n\
                why = \"A test.\"\nregex = [\"^nobody was hurt\"]\nmatches = [\"Nobody was hurt\"]\nnear_misses = [\"A crane.\"]\n";
    fs::write(path.join("rules/site/post.example.org.toml"), rule).unwrap();
    for (name, stays) in [("in/a.mhtml", false), ("in/e.html", true)] {
        let cleaned = bodytext(path).args([name, "--rules", "rules"]).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&cleaned.stdout).contains("Nobody was hurt"), stays, "{cleaned:?}");
    }
}

#[test]
fn mhtml_without_a_page_is_listed_and_the_rest_of_a_cut_page_is_cleaned() {
    let dir = tempfile::tempdir().unwrap();
    let (path, saved) = (dir.path(), mhtml(PAGE));
    let cut = saved.windows(5).position(|word| word == b"Until").unwrap();
    let text = String::from_utf8(saved.clone()).unwrap();
    for (name, bytes, reason, has_text) in [
        ("cut.mhtml", &saved[..cut], "truncated", true),
        ("image.mht", text.replace("text/html", "image/png").as_bytes(), "no part of it is text/html", false),
        ("text.mht", b"The ferry was late on Monday.\n", "not MHTML", false),
        ("empty.mht", b"", "not MHTML", false),
        ("packed.mht", text.replace("quoted-printable", "x-uuencode").as_bytes(), "x-uuencode", false),
    ] {
        fs::write(path.join(name), bytes).unwrap();
        for args in [&[name][..], &["explain", name]] {
            let done = bodytext(path).args(args).output().unwrap();
            assert_eq!(done.status.code(), Some(1), "{name}");
            let said = String::from_utf8(done.stderr).unwrap();
            assert!(said.contains(name) && said.contains(reason), "{name}: {said}");
            let out = String::from_utf8(done.stdout).unwrap();
            assert_eq!(out.contains("Masons set the last"), has_text, "{name}: {out}");
        }
    }
}

#[test]
fn a_page_with_everything_in_it_is_its_text() {
    let cleaner = Cleaner::builtin(Options::default());
    let expected = "The lamp of the pier burns again\n\nThe lamp at the end of the pier burns \
        again, four months after the cable to it had been torn by an anchor.\n\nDivers laid the new cable in nine days. It \
        lies in a trench now, a metre under the ground of the harbour, where no anchor reaches it.\n\nUntil Sunday a \
        fisherman had hung a lantern on the pier every evening, and rowed out again in the morning to fetch it.\n\nThe \
        harbour master thanked him with a bottle of rum and a new pair of oars.\n";
    assert_eq!(cleaner.clean(SAVED.as_bytes(), None).text(), expected);
    // Pictures of real pages.
    let large = SAVED.replace(";base64,", &format!(";base64,{}", "QUJD".repeat(250_000)));
    assert!(large.len() > 4 << 20);
    assert_eq!(cleaner.clean(large.as_bytes(), None).text(), expected);
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("lamp.html"), SAVED).unwrap();
    let url = "https://post.example.org/news/lamp";
    assert_eq!(
        records(dir.path(), &["lamp.html", "--to", "jsonl"]),
        [json!({"id": "lamp.html", "url": url, "text": expected})]
    );
}
