//! Sums the leaf values of oblivious trees for all rows of a page.
//!
//! Rows are scored in blocks. A block first gets a mask for each split that any tree has: a byte for each row. The index
//! of a row's leaf in a tree is put together from the masks of the tree's splits.

/// The rows of a block.
const ROWS: usize = 64;
/// Rows that the processor handles in one step. A block of at most as many takes half the time.
const STEP: usize = 32;

/// For each row of a block 0xFF if a split holds, else 0.
type Mask = [u8; ROWS];

/// Trees as [`QuantizedTrees`](crate::scoring) lays them out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Trees<'t> {
    pub(crate) depth: usize,
    pub(crate) features: &'t [(usize, usize)],
    pub(crate) borders: &'t [f32],
    pub(crate) splits: &'t [u16],
    pub(crate) leaves: &'t [u8],
    pub(crate) runs: &'t [usize],
}

/// The sum of the leaf values of each row, in thousandths.
pub(crate) fn leaf_sums(trees: &Trees<'_>, columns: &[&[f32]], rows: usize) -> Vec<i32> {
    #[cfg(target_arch = "x86_64")]
    if super::has_avx2() {
        // SAFETY: the processor has AVX2.
        return unsafe { avx2::leaf_sums(trees, columns, rows) };
    }
    plain_leaf_sums(trees, columns, rows)
}

fn plain_leaf_sums(trees: &Trees<'_>, columns: &[&[f32]], rows: usize) -> Vec<i32> {
    by_blocks(
        trees,
        columns,
        rows,
        |values, borders, masks, _| set_masks(values, borders, masks),
        |splits, leaves, masks, _, sums| {
            for (splits, leaves) in splits.chunks_exact(trees.depth).zip(leaves.chunks_exact(2 << trees.depth)) {
                add_tree(splits, leaves, masks, sums);
            }
        },
    )
}

/// Adds a tree's leaf value of each row.
fn add_tree(splits: &[u16], leaves: &[u8], masks: &[Mask], sums: &mut [i32; ROWS]) {
    let mut indices = [0_u8; ROWS];
    for (bit, split) in splits.iter().enumerate() {
        for (index, mask) in indices.iter_mut().zip(&masks[usize::from(*split)]) {
            *index |= mask & (1 << bit);
        }
    }
    let (low, high) = leaves.split_at(leaves.len() / 2);
    for (sum, index) in sums.iter_mut().zip(indices) {
        let index = usize::from(index);
        *sum += i32::from(i16::from_le_bytes([low[index], high[index]]));
    }
}

/// Compares the values of a block with each border.
fn set_masks(values: &[f32; ROWS], borders: &[f32], masks: &mut [Mask]) {
    for (border, mask) in borders.iter().zip(masks) {
        for (byte, value) in mask.iter_mut().zip(values) {
            *byte = if value >= border { 0xFF } else { 0 };
        }
    }
}

/// Goes through the rows block by block. `set_masks` compares the values of a block with borders; `add_run` gets the
/// splits and leaves of a run of trees, the masks, and the sums that it adds to. Both are told how many rows are left.
#[inline(always)]
fn by_blocks(
    trees: &Trees<'_>,
    columns: &[&[f32]],
    rows: usize,
    set_masks: impl Fn(&[f32; ROWS], &[f32], &mut [Mask], usize),
    add_run: impl Fn(&[u16], &[u8], &[Mask], usize, &mut [i32; ROWS]),
) -> Vec<i32> {
    let mut all = Vec::with_capacity(rows.next_multiple_of(ROWS));
    // The last mask is that of the split that never holds.
    let mut masks = vec![[0; ROWS]; trees.borders.len() + 1];
    let last = trees.splits.iter().fold(0, |last, split| last.max(*split));
    assert!(usize::from(last) < masks.len(), "every split has a mask");
    // A single block needs all masks anyway.
    let may_vary = |&(feature, _): &(usize, usize)| rows <= ROWS || varies(&columns[feature][..rows]);
    let varies: Vec<bool> = trees.features.iter().map(may_vary).collect();
    let mut padded = [0.0; ROWS];
    for start in (0..rows).step_by(ROWS) {
        let mut from = 0;
        for (&(feature, end), varies) in trees.features.iter().zip(&varies) {
            // The masks of a feature of the whole page stay as the first block has set them.
            if start == 0 || *varies {
                let values = &columns[feature][start..rows];
                let block = if let Some(block) = values.first_chunk() {
                    block
                } else {
                    padded[..values.len()].copy_from_slice(values);
                    &padded
                };
                set_masks(block, &trees.borders[from..end], &mut masks[from..end], values.len());
            }
            from = end;
        }
        let (mut sums, mut tree) = ([0; ROWS], 0);
        for &end in trees.runs {
            let splits = &trees.splits[tree * trees.depth..end * trees.depth];
            let leaves = &trees.leaves[tree * (2 << trees.depth)..end * (2 << trees.depth)];
            add_run(splits, leaves, &masks, rows - start, &mut sums);
            tree = end;
        }
        all.extend_from_slice(&sums);
    }
    all.truncate(rows);
    all
}

/// Whether the values are not all the same.
#[inline(always)]
fn varies(values: &[f32]) -> bool {
    values.chunks(ROWS).any(|block| block.iter().fold(false, |varies, value| varies | (*value != values[0])))
}

#[cfg(target_arch = "x86_64")]
mod avx2 {
    use std::arch::x86_64::*;

    use super::{Mask, ROWS, STEP, Trees, by_blocks};

    #[target_feature(enable = "avx2")]
    pub(super) fn leaf_sums(trees: &Trees<'_>, columns: &[&[f32]], rows: usize) -> Vec<i32> {
        by_blocks(
            trees,
            columns,
            rows,
            |values, borders, masks, rows| match rows <= STEP {
                true => set_masks::<1>(values, borders, masks),
                false => set_masks::<2>(values, borders, masks),
            },
            |splits, leaves, masks, rows, sums| match (trees.depth, rows <= STEP) {
                (5, true) => add_run::<5, 2, 1>(splits, leaves, masks, sums),
                (5, false) => add_run::<5, 2, 2>(splits, leaves, masks, sums),
                (6, true) => add_run::<6, 4, 1>(splits, leaves, masks, sums),
                (6, false) => add_run::<6, 4, 2>(splits, leaves, masks, sums),
                (8, _) => add_run::<8, 16, 2>(splits, leaves, masks, sums),
                _ => unreachable!("trees have 5, 6 or 8 splits"),
            },
        )
    }

    #[target_feature(enable = "avx2")]
    fn set_masks<const STEPS: usize>(values: &[f32; ROWS], borders: &[f32], masks: &mut [Mask]) {
        // To pack numbers puts groups of four rows into the order 0 2 4 6 1 3 5 7.
        let order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        let (values, _) = values.as_chunks::<8>();
        for (border, mask) in borders.iter().zip(masks) {
            let border = _mm256_set1_ps(*border);
            let (mask, _) = mask.as_chunks_mut::<STEP>();
            for step in 0..STEPS {
                let holds = |k: usize| {
                    // SAFETY: eight numbers are read.
                    let values = unsafe { _mm256_loadu_ps(values[4 * step + k].as_ptr()) };
                    _mm256_castps_si256(_mm256_cmp_ps::<_CMP_GE_OQ>(values, border))
                };
                let (a, b) = (_mm256_packs_epi32(holds(0), holds(1)), _mm256_packs_epi32(holds(2), holds(3)));
                let bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(a, b), order);
                // SAFETY: 32 bytes are written.
                unsafe { _mm256_storeu_si256(mask[step].as_mut_ptr().cast(), bytes) };
            }
        }
    }

    /// Adds the leaf values of a run of trees. The first four splits of a tree look up a row's leaf in each of its tables
    /// of 16, the others choose between the tables.
    #[target_feature(enable = "avx2")]
    fn add_run<const DEPTH: usize, const TABLES: usize, const STEPS: usize>(
        splits: &[u16],
        leaves: &[u8],
        masks: &[Mask],
        sums: &mut [i32; ROWS],
    ) {
        let mut rows = [[_mm256_setzero_si256(); 2]; STEPS];
        let (splits, _) = splits.as_chunks::<DEPTH>();
        let (tables, _) = leaves.as_chunks::<16>();
        for (splits, tables) in splits.iter().zip(tables.chunks_exact(2 * TABLES)) {
            let mut split_masks = [[_mm256_setzero_si256(); DEPTH]; STEPS];
            for (step, split_masks) in split_masks.iter_mut().enumerate() {
                for (mask, split) in split_masks.iter_mut().zip(splits) {
                    *mask = load_mask(masks, *split, step);
                }
            }
            let (low, high) = tables.split_at(TABLES);
            let low = look_up::<DEPTH, TABLES, STEPS>(low, &split_masks);
            let high = look_up::<DEPTH, TABLES, STEPS>(high, &split_masks);
            for (step, rows) in rows.iter_mut().enumerate() {
                rows[0] = _mm256_add_epi16(rows[0], _mm256_unpacklo_epi8(low[step], high[step]));
                rows[1] = _mm256_add_epi16(rows[1], _mm256_unpackhi_epi8(low[step], high[step]));
            }
        }
        let (sums, _) = sums.as_chunks_mut::<8>();
        for (sums, [a, b]) in sums.chunks_exact_mut(4).zip(rows) {
            // The two halves of `a` and of `b` are the rows 0 to 7 and 16 to 23, 8 to 15 and 24 to 31.
            let halves = [
                _mm256_castsi256_si128(a),
                _mm256_castsi256_si128(b),
                _mm256_extracti128_si256::<1>(a),
                _mm256_extracti128_si256::<1>(b),
            ];
            for (sums, half) in sums.iter_mut().zip(halves) {
                add(sums, _mm256_cvtepi16_epi32(half));
            }
        }
    }

    /// The bytes that the splits of each row choose from the tables.
    #[target_feature(enable = "avx2")]
    fn look_up<const DEPTH: usize, const TABLES: usize, const STEPS: usize>(
        tables: &[[u8; 16]],
        splits: &[[__m256i; DEPTH]; STEPS],
    ) -> [__m256i; STEPS] {
        let mut found = [[_mm256_setzero_si256(); TABLES]; STEPS];
        for (i, table) in tables.iter().enumerate() {
            // SAFETY: 16 bytes are read.
            let table = _mm256_broadcastsi128_si256(unsafe { _mm_loadu_si128(table.as_ptr().cast()) });
            for (found, splits) in found.iter_mut().zip(splits) {
                let mut index = _mm256_setzero_si256();
                for (bit, split) in splits[..4].iter().enumerate() {
                    index = _mm256_or_si256(index, _mm256_and_si256(*split, _mm256_set1_epi8(1 << bit)));
                }
                found[i] = _mm256_shuffle_epi8(table, index);
            }
        }
        let mut chosen = [_mm256_setzero_si256(); STEPS];
        for ((chosen, mut found), splits) in chosen.iter_mut().zip(found).zip(splits) {
            let mut left = TABLES;
            for split in &splits[4..] {
                left /= 2;
                for i in 0..left {
                    found[i] = _mm256_blendv_epi8(found[2 * i], found[2 * i + 1], *split);
                }
            }
            *chosen = found[0];
        }
        chosen
    }

    /// The part of a mask that belongs to a step. There must be a mask of the split.
    #[target_feature(enable = "avx2")]
    fn load_mask(masks: &[Mask], split: u16, step: usize) -> __m256i {
        debug_assert!(usize::from(split) < masks.len() && step < ROWS / STEP);
        // SAFETY: `by_blocks` has checked that every split has a mask, and a mask has two steps of 32 bytes.
        unsafe { _mm256_loadu_si256(masks.get_unchecked(usize::from(split)).as_ptr().add(step * STEP).cast()) }
    }

    #[target_feature(enable = "avx2")]
    fn add(sums: &mut [i32; 8], more: __m256i) {
        let place: *mut __m256i = sums.as_mut_ptr().cast();
        // SAFETY: 32 bytes are read and written.
        unsafe { _mm256_storeu_si256(place, _mm256_add_epi32(_mm256_loadu_si256(place), more)) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::scoring::{Ensemble, Split, Tree};

    fn tree(depth: usize) -> impl Strategy<Value = Tree> {
        let split =
            (0..3_usize, 0..40_u8).prop_map(|(feature, threshold)| Split { feature, threshold: threshold.into() });
        (prop::collection::vec(split, depth), prop::collection::vec(-32_767_i16..=32_767, 1 << depth)).prop_map(
            |(splits, leaves)| Tree {
                splits,
                leaves: leaves.into_iter().map(|leaf| f32::from(leaf) / 1000.0).collect(),
            },
        )
    }

    proptest! {
        #[test]
        fn avx2_and_plain_code_give_the_same_sums(
            trees in prop::collection::vec((0..=8_usize).prop_flat_map(tree), 0..12),
            values in prop::collection::vec(0..40_u8, 200),
            rows in 0..200_usize,
        ) {
            let ensemble = Ensemble::new(trees);
            let values: Vec<f32> = values.into_iter().map(f32::from).collect();
            // The last column is the same on all rows.
            let columns = [values.clone(), values.iter().rev().copied().collect(), vec![values[0]; 200]];
            let columns: Vec<&[f32]> = columns.iter().map(|column| &column[..rows]).collect();
            let layout = ensemble.layout();
            prop_assert_eq!(leaf_sums(&layout, &columns, rows), plain_leaf_sums(&layout, &columns, rows));
        }
    }
}
