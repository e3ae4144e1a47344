//! Builds training examples from a corpus, and measures what a model learned from them.

use bodytext::unstable::{FeatureMatrix, Scores};
use bodytext::{Cleaner, Markup};
use rayon::prelude::*;

use crate::corpus::{Corpus, DocumentSet, LoadedDocument};
use crate::metrics::{Measures, Score, gold_lines};

/// The weight of a text in Markdown. It is a page that the set has as plain text several times, and most texts are plain.
const MARKDOWN_WEIGHT: f32 = 0.6;

/// A page to train on.
#[derive(Debug, Clone)]
pub struct Example {
    /// The features of its lines.
    pub features: FeatureMatrix,
    /// For each row of the features, whether the line belongs to the body.
    pub body: Vec<bool>,
    /// Its fold in the cross-validation, from 0. Pages of one site are in the same fold.
    pub fold: usize,
    /// Its weight; 1 for an ordinary page.
    pub weight: f32,
    /// The number of its gold document: examples of one page have the same.
    pub page: usize,
    /// Whether it was a web page, so that its features have hints.
    pub of_page: bool,
}

/// The examples of a corpus, and the texts they were built from.
#[derive(Debug)]
pub struct TrainingSet<'a> {
    corpus: &'a Corpus,
    folds: Vec<usize>,
    /// The weight of each gold document.
    weights: Vec<f32>,
    examples: Vec<Example>,
    inputs: Vec<(String, Vec<TrainingText<'a>>)>,
}

#[derive(Debug)]
struct TrainingText<'a> {
    text: &'a LoadedDocument,
    gold: &'a LoadedDocument,
    /// The index of its example; `None` if its lines are not paragraphs, so that the model does not score the text.
    example: Option<usize>,
}

/// The figures of one input, before and after training.
#[derive(Debug, Clone)]
pub struct TrainingFigures {
    pub name: String,
    /// The texts as they are in the input.
    pub input: Measures,
    /// Cleaned without the trained trees.
    pub before: Measures,
    /// Cleaned by the model that was also trained on these texts.
    pub in_sample: Measures,
    /// Cleaned by models trained on the other folds: the result to expect on other sites.
    pub out_of_fold: Measures,
}

impl<'a> TrainingSet<'a> {
    /// An empty set. The folds and weights are those of the gold documents.
    pub fn new(corpus: &'a Corpus, folds: Vec<usize>, weights: Vec<f32>) -> TrainingSet<'a> {
        TrainingSet { corpus, folds, weights, examples: Vec::new(), inputs: Vec::new() }
    }

    /// Adds the texts of an input that have gold, in order. The weight of each page is multiplied by `weight`.
    pub fn add(&mut self, name: &str, texts: &'a DocumentSet, cleaner: &Cleaner, weight: f32) {
        let gold = &self.corpus.gold;
        let found: Vec<_> = texts
            .documents
            .par_iter()
            .filter_map(|text| gold.position(&text.id).map(|at| (text, at, self.example(cleaner, text, at, weight))))
            .collect();
        let mut input = Vec::with_capacity(found.len());
        for (text, at, example) in found {
            let index = example.is_some().then_some(self.examples.len());
            self.examples.extend(example);
            input.push(TrainingText { text, gold: &gold.documents[at], example: index });
        }
        self.inputs.push((name.to_owned(), input));
    }

    /// The examples, in the order in which they were added.
    pub fn examples(&self) -> &[Example] {
        &self.examples
    }

    /// The number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs.len()
    }

    /// The figures of an input. The cleaners differ only in the model: `after` has the trained one. `out_of_fold` are the
    /// scores of the examples by models trained on the other folds.
    pub fn figures(&self, input: usize, before: &Cleaner, after: &Cleaner, out_of_fold: &[Scores]) -> TrainingFigures {
        let (name, texts) = &self.inputs[input];
        let scores: Vec<[Score; 4]> = texts
            .par_iter()
            .map(|TrainingText { text: document, gold, example }| {
                let (text, host) = (&*document.text(), document.host.as_deref());
                let in_sample = after.clean_text(text, host);
                let out_of_fold = example.map(|example| after.clean_scored(text, host, &out_of_fold[example]));
                let out_of_fold = out_of_fold.as_ref().unwrap_or(&in_sample);
                [text, before.clean_text(text, host).text(), in_sample.text(), out_of_fold.text()]
                    .map(|text| Score::of(text, &gold.text()))
            })
            .collect();
        let [input, before, in_sample, out_of_fold] =
            [0, 1, 2, 3].map(|column| Measures::of(scores.iter().map(|scores| &scores[column])));
        TrainingFigures { name: name.clone(), input, before, in_sample, out_of_fold }
    }

    fn example(&self, cleaner: &Cleaner, document: &LoadedDocument, gold: usize, weight: f32) -> Option<Example> {
        let (text, host) = (document.text(), document.host.as_deref());
        let cleaned = cleaner.clean_text(&text, host);
        let features = cleaner.features(&text, host).filter(|features| !features.lines.is_empty())?;
        let lines: Vec<&str> = features.lines.iter().map(|&line| cleaned.line(line)).collect();
        let weight = if cleaned.report.markup == Markup::Markdown { weight * MARKDOWN_WEIGHT } else { weight };
        let body = gold_lines(&lines, &self.corpus.gold.documents[gold].text());
        let of_page = cleaned.report.markup == Markup::Html;
        let (fold, weight) = (self.folds[gold], self.weights[gold] * weight);
        Some(Example { features, body, fold, weight, page: gold, of_page })
    }
}
