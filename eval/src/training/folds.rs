//! Assigns pages to the folds of a cross-validation.

use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The number of folds if the gold names none.
const FOLDS: usize = 5;

/// The fold of each page, by site: each site, the largest first, goes to the fold with the fewest pages so far.
pub fn folds_by_site(sites: &[&str]) -> Vec<usize> {
    let mut by_site: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (page, site) in sites.iter().enumerate() {
        by_site.entry(site).or_default().push(page);
    }
    let mut by_size: Vec<Vec<usize>> = by_site.into_values().collect();
    by_size.sort_by_key(|pages| Reverse(pages.len()));
    let mut folds = vec![0; sites.len()];
    let mut sizes = [0; FOLDS];
    for pages in by_size {
        let smallest = (0..FOLDS).min_by_key(|&fold| sizes[fold]).unwrap_or(0);
        sizes[smallest] += pages.len();
        pages.into_iter().for_each(|page| folds[page] = smallest);
    }
    folds
}

/// The folds renumbered from 0 without gaps, so that no model is trained for a fold without pages.
pub fn renumber_folds(folds: &[usize]) -> Vec<usize> {
    let mut used = folds.to_vec();
    used.sort_unstable();
    used.dedup();
    folds.iter().map(|fold| used.partition_point(|other| other < fold)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites_stay_together_and_folds_are_even() {
        let sites = ["a", "b", "a", "c", "d", "e", "f", "b", "a"];
        let folds = folds_by_site(&sites);
        assert_eq!(folds, [0, 1, 0, 2, 3, 4, 2, 1, 0]);
    }

    #[test]
    fn folds_are_renumbered_in_order() {
        assert_eq!(renumber_folds(&[7, 2, 7, 4]), [2, 0, 2, 1]);
    }
}
