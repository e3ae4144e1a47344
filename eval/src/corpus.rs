//! Gold article bodies, and the texts that are scored against them, paired by id.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The group of documents that lack the field by which documents are grouped.
const NO_GROUP: &str = "(none)";

/// A text of a corpus: gold, or what is to be cleaned.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CorpusDocument {
    /// Its name, which pairs it with its gold.
    pub id: String,
    /// The text.
    pub text: String,
    /// The site it comes from, where known.
    pub host: Option<String>,
    /// The values of further fields; their order is up to the caller, who names them by index.
    pub values: Vec<Option<String>>,
}

/// Documents with unique ids, in the order in which the ids first occur.
#[derive(Debug, Clone, Default)]
pub struct DocumentSet {
    documents: Vec<CorpusDocument>,
    positions: HashMap<String, usize>,
    repeated: usize,
}

/// The gold to score against, all of it or a selection.
#[derive(Debug, Clone)]
pub struct Corpus {
    gold: DocumentSet,
    /// All ids, also of documents that are not selected.
    ids: HashSet<String>,
    groups: BTreeMap<String, Vec<usize>>,
}

/// A gold document and the text to score against it, if there is one.
#[derive(Debug, Clone, Copy)]
pub struct Pair<'a> {
    /// The gold.
    pub gold: &'a CorpusDocument,
    /// The text.
    pub text: Option<&'a CorpusDocument>,
}

/// The texts of one input, paired with the gold.
#[derive(Debug)]
pub struct Pairing<'a> {
    /// One pair for each gold document, in the order of the gold.
    pub pairs: Vec<Pair<'a>>,
    /// Texts whose id is not in the gold.
    pub without_gold: usize,
    /// Texts that were replaced by a later one with the same id.
    pub repeated: usize,
}

impl FromIterator<CorpusDocument> for DocumentSet {
    fn from_iter<I: IntoIterator<Item = CorpusDocument>>(documents: I) -> DocumentSet {
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
    /// The documents.
    pub fn documents(&self) -> &[CorpusDocument] {
        &self.documents
    }

    /// Where the document with this id is.
    pub fn position(&self, id: &str) -> Option<usize> {
        self.positions.get(id).copied()
    }

    /// How many documents were replaced by a later one with the same id.
    pub fn repeated(&self) -> usize {
        self.repeated
    }
}

impl Corpus {
    /// A corpus with this gold, all of it selected and in no groups.
    pub fn new(gold: DocumentSet) -> Corpus {
        let ids = gold.positions.keys().cloned().collect();
        Corpus { gold, ids, groups: BTreeMap::new() }
    }

    /// Keeps the documents whose value `field` is one of `wanted`. Where that is none, the error holds the values there
    /// are.
    pub fn select(&mut self, field: usize, wanted: &[String]) -> Result<(), BTreeSet<String>> {
        let value = |document: &CorpusDocument| document.values[field].clone();
        let found: BTreeSet<String> = self.gold.documents.iter().filter_map(value).collect();
        if !found.iter().any(|value| wanted.contains(value)) {
            return Err(found);
        }
        let repeated = self.gold.repeated;
        let documents = std::mem::take(&mut self.gold).documents.into_iter();
        self.gold = documents.filter(|document| value(document).is_some_and(|v| wanted.contains(&v))).collect();
        self.gold.repeated = repeated;
        Ok(())
    }

    /// Groups the selected documents by their value `field`.
    pub fn group_by(&mut self, field: usize) {
        for (position, document) in self.gold.documents.iter().enumerate() {
            let group = document.values[field].as_deref().unwrap_or(NO_GROUP);
            self.groups.entry(group.to_owned()).or_default().push(position);
        }
    }

    /// The selected documents.
    pub fn gold(&self) -> &DocumentSet {
        &self.gold
    }

    /// The positions of the documents of each group; empty where documents are not grouped.
    pub fn groups(&self) -> &BTreeMap<String, Vec<usize>> {
        &self.groups
    }

    /// The cluster of each document for a bootstrap: its group, or itself where documents are not grouped.
    pub fn clusters(&self) -> Vec<usize> {
        let mut clusters: Vec<usize> = (0..self.gold.documents.len()).collect();
        for (cluster, members) in self.groups.values().enumerate() {
            members.iter().for_each(|&member| clusters[member] = cluster);
        }
        clusters
    }

    /// Pairs texts with the gold.
    pub fn pair<'a>(&'a self, texts: &'a DocumentSet) -> Pairing<'a> {
        let text = |gold: &CorpusDocument| texts.position(&gold.id).map(|position| &texts.documents[position]);
        Pairing {
            pairs: self.gold.documents.iter().map(|gold| Pair { gold, text: text(gold) }).collect(),
            without_gold: texts.documents.iter().filter(|text| !self.ids.contains(&text.id)).count(),
            repeated: texts.repeated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(documents: &[(&str, &str, &str)]) -> DocumentSet {
        let document = |(id, text, lang): &(&str, &str, &str)| CorpusDocument {
            id: (*id).to_owned(),
            text: (*text).to_owned(),
            values: vec![(!lang.is_empty()).then(|| (*lang).to_owned())],
            ..CorpusDocument::default()
        };
        documents.iter().map(document).collect()
    }

    #[test]
    fn texts_are_paired_by_id_and_the_last_of_an_id_counts() {
        let corpus = Corpus::new(set(&[("a", "gold a", ""), ("b", "gold b", "")]));
        let texts = set(&[("c", "", ""), ("a", "first", ""), ("a", "second", "")]);
        let Pairing { pairs, without_gold, repeated } = corpus.pair(&texts);
        assert_eq!((pairs.len(), without_gold, repeated), (2, 1, 1));
        assert_eq!(pairs[0].text.map(|text| text.text.as_str()), Some("second"));
        assert!(pairs[1].text.is_none());
    }

    #[test]
    fn a_selection_keeps_its_groups_and_knows_the_other_ids() {
        let mut corpus = Corpus::new(set(&[("a", "", "de"), ("b", "", "en"), ("c", "", ""), ("d", "", "en")]));
        assert_eq!(corpus.clusters(), [0, 1, 2, 3]);
        let values = corpus.select(0, &["fr".to_owned()]).unwrap_err();
        assert_eq!(Vec::from_iter(values), ["de", "en"]);
        corpus.select(0, &["en".to_owned(), "fr".to_owned()]).unwrap();
        corpus.group_by(0);
        assert_eq!(corpus.groups()["en"], [0, 1]);
        assert_eq!(corpus.clusters(), [0, 0]);
        assert_eq!(corpus.pair(&set(&[("a", "", ""), ("x", "", "")])).without_gold, 1);
    }
}
