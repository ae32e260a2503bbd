//! Connected components of a mask by union-find over runs of set pixels.
//!
//! Runs are numbered in raster order and a union keeps the smaller number, so that the root of a
//! component is the run with its first pixel: labels 1, 2, … in order of the roots are labels in
//! raster order of the first pixel, whatever the shape.

use common_rs::Isa;
use common_rs::abi::{Span, status};

/// End of the zeros (`SET` false) or of the set bytes (`SET` true) that begin at `at`.
#[inline(always)]
fn skip<const SET: bool>(row: &[u8], mut at: usize) -> usize {
    while let Some(word) = row.get(at..at + 8) {
        let word = u64::from_le_bytes([word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]]);
        // Bit 7 of each byte that is not zero; a carry never leaves its byte.
        let low = 0x7f7f_7f7f_7f7f_7f7f;
        let nonzero = (((word & low) + low) | word) & !low;
        let stops = if SET { nonzero ^ !low } else { nonzero };
        if stops != 0 {
            return at + (stops.trailing_zeros() / 8) as usize;
        }
        at += 8;
    }
    while at < row.len() && (row[at] != 0) == SET {
        at += 1;
    }
    at
}

/// The runs of one row, in order, as [begin, end).
struct Runs<'a> {
    row: &'a [u8],
    at: usize,
}

impl Iterator for Runs<'_> {
    type Item = (usize, usize);
    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        let begin = skip::<false>(self.row, self.at);
        if begin == self.row.len() {
            return None;
        }
        self.at = skip::<true>(self.row, begin);
        Some((begin, self.at))
    }
}

#[inline(always)]
fn find(parent: &mut [u32], mut run: u32) -> u32 {
    while parent[run as usize] != run {
        // Path halving: every other node now points to its grandparent.
        let above = parent[parent[run as usize] as usize];
        parent[run as usize] = above;
        run = above;
    }
    run
}

#[inline(always)]
fn unite(parent: &mut [u32], a: u32, b: u32) {
    let (a, b) = (find(parent, a), find(parent, b));
    parent[a.max(b) as usize] = a.min(b);
}

/// Unites the runs of `row`, numbered from `first`, with those of the row above, numbered from
/// `above_first`. `reach` is 1 where corners connect. The number of runs in `row`.
fn link(above: &[u8], row: &[u8], above_first: u32, first: u32, reach: usize, parent: &mut [u32]) -> u32 {
    let mut upper = Runs { row: above, at: 0 };
    let mut candidate = upper.next();
    let mut number = above_first;
    let mut count = 0;
    for (begin, end) in (Runs { row, at: 0 }) {
        let run = first + count;
        count += 1;
        parent[run as usize] = run;
        while let Some((a, b)) = candidate {
            if a >= end + reach {
                break;
            }
            if b + reach > begin {
                unite(parent, number, run);
            }
            // A run that goes on behind this one may touch the next, too.
            if b + reach > end {
                break;
            }
            candidate = upper.next();
            number += 1;
        }
    }
    count
}

/// Labels of the components of `mask` (`height` × `width`, set where not zero): 0 for background,
/// then 1, 2, … in raster order of each component's first pixel. `parent` has room for the most
/// runs there can be: `height * ((width + 1) / 2)`. The number of components.
fn label(mask: &[u8], width: usize, eight: bool, labels: &mut [i32], parent: &mut [u32]) -> u32 {
    if width == 0 {
        return 0;
    }
    let (mut above, mut above_first, mut first) = (&mask[..0], 0, 0);
    for row in mask.chunks_exact(width) {
        let count = link(above, row, above_first, first, usize::from(eight), parent);
        above = row;
        above_first = first;
        first += count;
    }
    // Roots come before their members: one pass turns parents into labels.
    let mut components = 0;
    for run in 0..first as usize {
        let root = parent[run] as usize;
        parent[run] = if root == run {
            components += 1;
            components
        } else {
            parent[root]
        };
    }
    let mut run = 0;
    for (row, out) in mask.chunks_exact(width).zip(labels.chunks_exact_mut(width)) {
        let mut at = 0;
        for (begin, end) in (Runs { row, at: 0 }) {
            out[at..begin].fill(0);
            out[begin..end].fill(parent[run] as i32);
            run += 1;
            at = end;
        }
        out[at..].fill(0);
    }
    components
}

/// Labels and number of the components of every mask of the span.
pub fn components(
    _isa: Isa,
    masks: &[u8],
    _n: u32,
    h: u32,
    w: u32,
    connectivity: u32,
    labels: &mut [i32],
    counts: &mut [u32],
    parents: &mut [u32],
    _span: Span,
) -> i32 {
    let (width, pixels) = (w as usize, h as usize * w as usize);
    if pixels == 0 {
        counts.fill(0);
        return status::OK;
    }
    for ((mask, labels), count) in masks.chunks_exact(pixels).zip(labels.chunks_exact_mut(pixels)).zip(counts) {
        *count = label(mask, width, connectivity == 8, labels, parents);
    }
    status::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Flood fill from each unlabelled pixel in raster order.
    fn reference(mask: &[u8], w: usize, eight: bool) -> (Vec<i32>, u32) {
        let mut labels = vec![0; mask.len()];
        let mut count = 0;
        for start in 0..mask.len() {
            if mask[start] == 0 || labels[start] != 0 {
                continue;
            }
            count += 1;
            let mut stack = vec![start];
            labels[start] = count;
            while let Some(p) = stack.pop() {
                let (y, x) = ((p / w) as i64, (p % w) as i64);
                for (dy, dx) in (-1..=1).flat_map(|dy| (-1..=1).map(move |dx| (dy, dx))) {
                    let (v, u) = (y + dy, x + dx);
                    let inside = v >= 0 && u >= 0 && u < w as i64 && v < (mask.len() / w) as i64;
                    if (!eight && dx * dy != 0) || !inside {
                        continue;
                    }
                    let q = v as usize * w + u as usize;
                    if mask[q] != 0 && labels[q] == 0 {
                        labels[q] = count;
                        stack.push(q);
                    }
                }
            }
        }
        (labels, count as u32)
    }

    fn check(mask: &[u8], w: usize) {
        let h = mask.len().checked_div(w).unwrap_or(0);
        for eight in [false, true] {
            let mut labels = vec![-7; mask.len()];
            let mut parent = vec![0; h * w.div_ceil(2)];
            let count = label(mask, w, eight, &mut labels, &mut parent);
            assert_eq!((labels, count), reference(mask, w, eight), "{w}x{h} {eight}");
        }
    }

    #[test]
    fn agrees_with_flood_fill_on_odd_sizes() {
        let mut state = 1u64;
        for (w, h) in [(1, 1), (1, 9), (9, 1), (7, 5), (8, 8), (17, 13), (33, 31), (64, 40)] {
            for density in [0, 60, 120, 160, 200, 256] {
                let mask: Vec<u8> = (0..w * h)
                    .map(|_| {
                        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                        u8::from((state >> 40 & 255) < density) * ((state >> 50) as u8 | 1)
                    })
                    .collect();
                check(&mask, w);
            }
        }
    }

    #[test]
    fn corners_connect_with_eight_neighbours_only() {
        let mask = [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0];
        let mut labels = [0; 16];
        let mut parent = [0; 8];
        assert_eq!(label(&mask, 4, true, &mut labels, &mut parent), 2);
        assert_eq!(labels, [1, 1, 0, 0, 1, 1, 0, 0, 0, 0, 0, 2, 0, 0, 2, 0]);
        assert_eq!(label(&mask, 4, false, &mut labels, &mut parent), 3);
    }

    #[test]
    fn spirals_and_combs_unite_late() {
        // Teeth that meet in the last row only, and a comb upside down.
        let w = 21;
        let comb: Vec<u8> = (0..w * 9).map(|i| u8::from(i % w % 2 == 0 || i / w == 8)).collect();
        check(&comb, w);
        let up: Vec<u8> = comb.iter().rev().copied().collect();
        check(&up, w);
        check(&[], 0);
    }
}
