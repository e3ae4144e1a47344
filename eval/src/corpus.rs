//! Gold article bodies and the texts scored against them, paired by id.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use bodytext::unstable::decode;
use bodytext::{Metadata, TextEncoding};

/// The group of documents without the grouping field.
const NO_GROUP: &str = "(none)";

/// A document in memory: a gold body, or a text to clean.
#[derive(Debug, Clone)]
pub struct LoadedDocument {
    /// Its id, which pairs it with its gold.
    pub id: String,
    /// The site it comes from, if known.
    pub host: Option<String>,
    /// The title of the page, if known.
    pub title: Option<String>,
    pub content: Content,
    /// The values of further fields, in an order that the caller chooses.
    pub values: Vec<Option<String>>,
}

/// The content of a document.
#[derive(Debug, Clone)]
pub enum Content {
    Text(String),
    /// The bytes of a file, and their encoding if the user named it.
    Bytes(Vec<u8>, Option<TextEncoding>),
}

/// Documents with unique ids, in the order in which the ids first occur.
#[derive(Debug, Clone, Default)]
pub struct DocumentSet {
    pub documents: Vec<LoadedDocument>,
    positions: HashMap<String, usize>,
    /// How many documents were replaced by a later one with the same id.
    pub repeated: usize,
}

/// The gold to score against, all of it or a selection.
#[derive(Debug, Clone)]
pub struct Corpus {
    /// The selected documents.
    pub gold: DocumentSet,
    /// All ids, also of documents that are not selected.
    ids: HashSet<String>,
    /// The positions of the documents of each group; empty if documents are not grouped.
    pub groups: BTreeMap<String, Vec<usize>>,
}

impl LoadedDocument {
    /// The decoded text.
    pub fn text(&self) -> Cow<'_, str> {
        match &self.content {
            Content::Text(text) => Cow::Borrowed(text),
            Content::Bytes(bytes, encoding) => decode(bytes, *encoding).text,
        }
    }

    /// What is known about it.
    pub fn about(&self) -> Metadata<'_> {
        Metadata { host: self.host.as_deref(), title: self.title.as_deref(), ..Metadata::default() }
    }

    /// The content as bytes.
    pub fn bytes(&self) -> &[u8] {
        match &self.content {
            Content::Text(text) => text.as_bytes(),
            Content::Bytes(bytes, _) => bytes,
        }
    }
}

impl FromIterator<LoadedDocument> for DocumentSet {
    fn from_iter<I: IntoIterator<Item = LoadedDocument>>(documents: I) -> DocumentSet {
        let mut set = DocumentSet::default();
        for document in documents {
            if let Some(&position) = set.positions.get(&document.id) {
                set.repeated += 1;
                set.documents[position] = document;
            } else {
                set.positions.insert(document.id.clone(), set.documents.len());
                set.documents.push(document);
            }
        }
        set
    }
}

impl DocumentSet {
    pub fn bytes(&self) -> u64 {
        self.documents.iter().map(|document| document.bytes().len() as u64).sum()
    }

    pub fn get(&self, id: &str) -> Option<&LoadedDocument> {
        self.position(id).map(|position| &self.documents[position])
    }

    /// The position of the document with this id.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }
}

impl Corpus {
    /// A corpus of this gold, all of it selected and not grouped.
    pub fn new(gold: DocumentSet) -> Corpus {
        let ids = gold.positions.keys().cloned().collect();
        Corpus { gold, ids, groups: BTreeMap::new() }
    }

    /// Keeps the documents whose value `field` is one of `wanted`. If there are none, the error lists the existing
    /// values.
    pub fn select(&mut self, field: usize, wanted: &[String]) -> Result<(), BTreeSet<String>> {
        let documents = std::mem::take(&mut self.gold).documents;
        let values: BTreeSet<String> = documents.iter().filter_map(|document| document.values[field].clone()).collect();
        self.gold = documents
            .into_iter()
            .filter(|document| document.values[field].as_ref().is_some_and(|value| wanted.contains(value)))
            .collect();
        if self.gold.documents.is_empty() { Err(values) } else { Ok(()) }
    }

    /// Groups the selected documents by their value `field`.
    pub fn group_by(&mut self, field: usize) {
        for (position, document) in self.gold.documents.iter().enumerate() {
            let group = document.values[field].as_deref().unwrap_or(NO_GROUP);
            self.groups.entry(group.to_owned()).or_default().push(position);
        }
    }

    /// The cluster of each document for a bootstrap: its group, or the document itself if documents are not grouped.
    pub fn clusters(&self) -> Vec<usize> {
        let mut clusters: Vec<usize> = (0..self.gold.documents.len()).collect();
        for (cluster, members) in self.groups.values().enumerate() {
            members.iter().for_each(|&member| clusters[member] = cluster);
        }
        clusters
    }

    /// How many texts have no gold.
    pub fn without_gold(&self, texts: &DocumentSet) -> usize {
        texts.documents.iter().filter(|text| !self.ids.contains(&text.id)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(documents: &[[&str; 3]]) -> DocumentSet {
        let document = |[id, text, lang]: &[&str; 3]| LoadedDocument {
            id: (*id).to_owned(),
            host: None,
            title: None,
            content: Content::Text((*text).to_owned()),
            values: vec![(!lang.is_empty()).then(|| (*lang).to_owned())],
        };
        documents.iter().map(document).collect()
    }

    #[test]
    fn the_last_document_of_an_id_counts() {
        let texts = set(&[["c", "", ""], ["a", "first", ""], ["a", "second", ""]]);
        assert_eq!((texts.documents.len(), texts.repeated), (2, 1));
        assert_eq!(texts.get("a").map(LoadedDocument::text).as_deref(), Some("second"));
    }

    #[test]
    fn a_selection_keeps_its_groups_and_knows_the_other_ids() {
        let gold = set(&[["a", "", "de"], ["b", "", "en"], ["c", "", ""], ["d", "", "en"]]);
        let values = Corpus::new(gold.clone()).select(0, &["fr".to_owned()]).unwrap_err();
        assert_eq!(Vec::from_iter(values), ["de", "en"]);
        let mut corpus = Corpus::new(gold);
        assert_eq!(corpus.clusters(), [0, 1, 2, 3]);
        corpus.select(0, &["en".to_owned(), "fr".to_owned()]).unwrap();
        corpus.group_by(0);
        assert_eq!((corpus.groups["en"].as_slice(), corpus.clusters()), ([0, 1].as_slice(), vec![0, 0]));
        assert_eq!(corpus.without_gold(&set(&[["a", "", ""], ["x", "", ""]])), 1);
    }
}
