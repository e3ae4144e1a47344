//! Reads pages with their right texts: JSON Lines, and folders as the public boards have them.

use std::collections::HashMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use bodytext::unstable::decode;
use serde_json::Value;

/// The type of pages of which nobody has said one.
const UNTYPED: &str = "page";

/// A set of pages.
#[derive(Debug)]
pub struct Board {
    pub name: String,
    pub pages: Vec<Page>,
    /// Pages without a right text, and right texts without a page.
    pub unpaired: usize,
}

/// A page with its right text.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    pub id: String,
    pub html: String,
    pub gold: String,
    /// What kind of page it is, such as an article or a forum.
    pub page_type: String,
    /// The part of the sites that it belongs to.
    pub fold: Option<u32>,
}

/// A right text whose page is still to be found.
struct Gold {
    id: String,
    text: String,
    page_type: String,
    fold: Option<u32>,
}

impl Gold {
    fn new(id: String, text: String) -> Gold {
        Gold { id, text, page_type: UNTYPED.to_owned(), fold: None }
    }
}

/// Reads a file of JSON Lines, or a folder in one of the layouts.
pub fn load(path: &Path) -> Result<Board, String> {
    let (gold, html) = match path {
        _ if !path.exists() => return Err(format!("{}: there is no such file or folder", path.display())),
        _ if path.is_file() => records(path)?,
        _ if named(path, "gold.jsonl").is_some() => own_folder(path)?,
        _ if path.join("ground-truth").is_dir() => wcxb(path)?,
        _ if path.join("ground-truth.json").is_file() => article_benchmark(path)?,
        _ if path.join("orig").is_dir() && path.join("clean").is_dir() => cleaneval(path)?,
        _ => pairs(path)?,
    };
    let board = pair(path, gold, html);
    if board.pages.is_empty() {
        let wanted = "it has to be JSON Lines with `html` and `gold`, a folder of x.html and x.txt, or one of the layouts of \
                      benches/boards/README.md";
        return Err(format!("{}: no page with its right text in it; {wanted}", path.display()));
    }
    Ok(board)
}

/// Puts the pages and their right texts together, in the order of the latter.
fn pair(path: &Path, gold: Vec<Gold>, mut html: HashMap<String, String>) -> Board {
    let (pages_read, gold_read) = (html.len(), gold.len());
    let pages: Vec<Page> = gold
        .into_iter()
        .filter_map(|Gold { id, text, page_type, fold }| {
            let html = html.remove(&id)?;
            Some(Page { id, html, gold: text, page_type, fold })
        })
        .collect();
    let name =
        path.canonicalize().ok().and_then(|path| path.file_name().map(|name| name.to_string_lossy().into_owned()));
    let unpaired = pages_read + gold_read - 2 * pages.len();
    Board { name: name.unwrap_or_else(|| path.display().to_string()), pages, unpaired }
}

type Loaded = Result<(Vec<Gold>, HashMap<String, String>), String>;

/// JSON Lines with `html` and `gold` in each record, and if possible `id`, `type` and `fold`.
fn records(path: &Path) -> Loaded {
    let (mut gold, mut html) = (Vec::new(), HashMap::new());
    for (number, record) in json_lines(path)?.into_iter().enumerate() {
        let id = string(&record["id"]).unwrap_or_else(|| (number + 1).to_string());
        let take = |field: &str| match record[field].as_str() {
            Some(text) => Ok(text.to_owned()),
            None => Err(format!("{}: record {}: no text in `{field}`", path.display(), number + 1)),
        };
        html.insert(id.clone(), take("html")?);
        let text = take("gold")?;
        gold.push(described(Gold::new(id, text), &record));
    }
    Ok((gold, html))
}

/// `gold.jsonl` with `id` and `gold`, `html.jsonl` with `id` and `html`; either may be compressed.
fn own_folder(path: &Path) -> Loaded {
    let file = |name: &str| named(path, name).ok_or_else(|| format!("{}: {name} is missing", path.display()));
    let with_ids = |path: &Path| {
        json_lines(path)?
            .into_iter()
            .enumerate()
            .map(|(at, record)| match string(&record["id"]) {
                Some(id) => Ok((id, record)),
                None => Err(format!("{}: record {}: no `id`", path.display(), at + 1)),
            })
            .collect::<Result<Vec<_>, String>>()
    };
    let gold = with_ids(&file("gold.jsonl")?)?.into_iter().map(|(id, record)| {
        let text = record["gold"].as_str().unwrap_or_default().to_owned();
        described(Gold::new(id, text), &record)
    });
    let html = with_ids(&file("html.jsonl")?)?.into_iter();
    let html = html.filter_map(|(id, record)| Some((id, record["html"].as_str()?.to_owned())));
    Ok((gold.collect(), html.collect()))
}

/// The Web Content Extraction Benchmark (WCXB): `ground-truth/ID.json`, `html/ID.html.gz`.
fn wcxb(path: &Path) -> Loaded {
    let mut gold = Vec::new();
    for file in files(&path.join("ground-truth"), &["json"])? {
        let record: Value = parse(&file, &read(&file)?)?;
        let text = record["ground_truth"]["main_content"].as_str().unwrap_or_default().to_owned();
        let of_type = &record["_internal"]["page_type"];
        let page_type = of_type["primary"].as_str().or(of_type.as_str()).unwrap_or("article");
        // As its own script has it.
        let page_type = if page_type == "category" { "collection" } else { page_type };
        gold.push(Gold { page_type: page_type.to_owned(), ..Gold::new(stem(&file), text) });
    }
    Ok((gold, html_files(&path.join("html"))?))
}

/// The article extraction benchmark: `ground-truth.json`, `html/ID.html.gz`.
fn article_benchmark(path: &Path) -> Loaded {
    let file = path.join("ground-truth.json");
    let records: serde_json::Map<String, Value> = parse(&file, &read(&file)?)?;
    let gold = records.into_iter().map(|(id, record)| {
        let text = record["articleBody"].as_str().unwrap_or_default().to_owned();
        Gold { page_type: "article".to_owned(), ..Gold::new(id, text) }
    });
    Ok((gold.collect(), html_files(&path.join("html"))?))
}

/// CleanEval, as web2text has it: `orig/N.html`, `clean/N.txt`.
fn cleaneval(path: &Path) -> Loaded {
    let mut gold = Vec::new();
    for file in files(&path.join("clean"), &["txt"])? {
        gold.push(Gold::new(stem(&file), without_marks(&decoded(&file)?)));
    }
    Ok((gold, html_files(&path.join("orig"))?))
}

/// A text of CleanEval without the address in its first line and the marks of headings, paragraphs and list items.
fn without_marks(text: &str) -> String {
    let text = match text.split_once('\n') {
        Some((first, rest)) if first.trim_start().starts_with("URL:") => rest,
        _ => text,
    };
    ["<h>", "<p>", "<l>"]
        .iter()
        .fold(text.to_owned(), |text, mark| text.replace(mark, "").replace(&mark.to_uppercase(), ""))
}

/// A folder of `NAME.html` and `NAME.txt`.
fn pairs(path: &Path) -> Loaded {
    let gold: Result<Vec<Gold>, String> =
        files(path, &["txt"])?.iter().map(|file| Ok(Gold::new(stem(file), decoded(file)?))).collect();
    Ok((gold?, html_files(path)?))
}

/// What a record says of its page.
fn described(gold: Gold, record: &Value) -> Gold {
    let fold = record["fold"].as_u64().and_then(|fold| u32::try_from(fold).ok());
    Gold { page_type: string(&record["type"]).unwrap_or_else(|| UNTYPED.to_owned()), fold, ..gold }
}

fn string(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned).or_else(|| value.as_u64().map(|number| number.to_string()))
}

/// The pages of a folder, by their ids.
fn html_files(folder: &Path) -> Result<HashMap<String, String>, String> {
    files(folder, &["html", "htm"])?.iter().map(|file| Ok((stem(file), decoded(file)?))).collect()
}

/// The files of a folder with one of these endings, compressed or not, in the order of their names.
fn files(folder: &Path, endings: &[&str]) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let name = uncompressed_name(&path);
        if path.is_file() && endings.iter().any(|ending| name.extension().is_some_and(|has| has == *ending)) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// A file of this name in a folder, compressed or not.
fn named(folder: &Path, name: &str) -> Option<PathBuf> {
    ["", ".gz", ".zst"].iter().map(|ending| folder.join(format!("{name}{ending}"))).find(|path| path.is_file())
}

fn uncompressed_name(path: &Path) -> PathBuf {
    let compressed = path.extension().is_some_and(|ending| ending == "gz" || ending == "zst");
    if compressed { path.with_extension("") } else { path.to_owned() }
}

/// The name of a file without its endings.
fn stem(path: &Path) -> String {
    uncompressed_name(path).file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The bytes of a file, decompressed.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let bytes = fs::read(path).map_err(wrong)?;
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("gz") => {
            let mut all = Vec::new();
            flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_end(&mut all).map_err(wrong)?;
            Ok(all)
        }
        Some("zst") => zstd::decode_all(&bytes[..]).map_err(wrong),
        _ => Ok(bytes),
    }
}

/// A page or a text. All tools get the same: most take only what is decoded.
fn decoded(path: &Path) -> Result<String, String> {
    Ok(decode(&read(path)?, None).text.into_owned())
}

fn json_lines(path: &Path) -> Result<Vec<Value>, String> {
    let bytes = read(path)?;
    let lines = bytes.split(|&byte| byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    lines.map(|line| parse(path, line)).collect()
}

fn parse<T: serde::de::DeserializeOwned>(path: &Path, bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("{}: not JSON: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn own_pages() -> Vec<Page> {
        load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pages")).unwrap().pages
    }

    fn write(path: PathBuf, bytes: &[u8]) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut file = fs::File::create(&path).unwrap();
        if path.extension().is_some_and(|ending| ending == "gz") {
            let mut gzip = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
            gzip.write_all(bytes).unwrap();
            gzip.finish().unwrap();
        } else {
            file.write_all(bytes).unwrap();
        }
    }

    /// The id, the page and the right text of each, whatever the layout says of its type.
    fn essence(pages: &[Page]) -> Vec<(&str, &str, &str)> {
        let mut all: Vec<_> = pages.iter().map(|page| (&*page.id, &*page.html, page.gold.trim())).collect();
        all.sort();
        all
    }

    #[test]
    fn every_layout_gives_the_same_pages() {
        let own = own_pages();
        assert_eq!(own.len(), 3);
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let (mut articles, mut together) = (serde_json::Map::new(), Vec::new());
        let (mut golds, mut htmls) = (Vec::new(), Vec::new());
        for (at, Page { id, html, gold, .. }) in own.iter().enumerate() {
            write(root.join(format!("dev/html/{id}.html.gz")), html.as_bytes());
            let page_type = ["article", "category", "forum"][at];
            let record = serde_json::json!({
                "_internal": { "page_type": { "primary": page_type } },
                "ground_truth": { "main_content": gold },
            });
            write(root.join(format!("dev/ground-truth/{id}.json")), record.to_string().as_bytes());
            write(root.join(format!("articles/html/{id}.html.gz")), html.as_bytes());
            articles.insert(id.clone(), serde_json::json!({ "articleBody": gold }));
            write(root.join(format!("cleaneval/orig/{id}.html")), html.as_bytes());
            let marked = format!("URL: http://example.org/{id}\n<h>{}", gold.replace("\n\n", "\n\n<p>"));
            write(root.join(format!("cleaneval/clean/{id}.txt")), marked.as_bytes());
            let fold = at;
            together.push(serde_json::json!({ "id": id, "html": html, "gold": gold, "type": "article", "fold": fold }));
            golds.push(serde_json::json!({ "id": id, "gold": gold, "fold": fold }));
            htmls.push(serde_json::json!({ "id": id, "html": html }));
        }
        let lines = |records: &[Value]| records.iter().map(|record| format!("{record}\n")).collect::<String>();
        write(root.join("articles/ground-truth.json"), Value::from(articles).to_string().as_bytes());
        write(root.join("together.jsonl.gz"), lines(&together).as_bytes());
        write(root.join("own/gold.jsonl"), lines(&golds).as_bytes());
        write(root.join("own/html.jsonl.gz"), lines(&htmls).as_bytes());

        for layout in ["dev", "articles", "cleaneval", "together.jsonl.gz", "own"] {
            let board = load(&root.join(layout)).unwrap();
            assert_eq!(essence(&board.pages), essence(&own), "{layout}");
            assert_eq!((board.name.as_str(), board.unpaired), (layout, 0));
        }
        let types = load(&root.join("dev")).unwrap().pages.into_iter().map(|page| page.page_type).collect::<Vec<_>>();
        assert_eq!(types, ["article", "collection", "forum"]);
        let folds = load(&root.join("own")).unwrap().pages.into_iter().map(|page| page.fold).collect::<Vec<_>>();
        assert_eq!(folds, [Some(0), Some(1), Some(2)]);
    }

    #[test]
    fn what_has_no_partner_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in [("a.html", "<p>One."), ("a.txt", "One."), ("b.html", "<p>Two."), ("c.txt", "Three.")] {
            write(folder.path().join(name), text.as_bytes());
        }
        let board = load(folder.path()).unwrap();
        assert_eq!((board.pages.len(), board.unpaired), (1, 2));
    }

    #[test]
    fn what_cannot_be_read_says_what_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        assert!(load(folder.path()).unwrap_err().contains("x.html and x.txt"));
        assert!(load(&folder.path().join("none")).unwrap_err().contains("no such file"));
        write(folder.path().join("x.jsonl"), b"{\"id\": 1, \"html\": \"<p>x\"}\n");
        assert!(load(&folder.path().join("x.jsonl")).unwrap_err().contains("record 1: no text in `gold`"));
        write(folder.path().join("y.jsonl"), b"oops\n");
        assert!(load(&folder.path().join("y.jsonl")).unwrap_err().contains("not JSON"));
    }
}
