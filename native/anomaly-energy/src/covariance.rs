//! Means and scatter matrices: by blocks of rows, merged in the order of the blocks, so that neither chunks nor threads
//! leave a trace (Chan, Golub, LeVeque 1979).

mod strip;

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::Lanes;
use common_rs::variants;
use core::ops::Range;
use strip::upper_rows;

/// Rows of x in a block.
const BLOCK: usize = 256;

type Upper<T> = fn(Isa, &[T], usize, Range<usize>, &mut [f64], &mut [f64], &mut [f64]);

/// The rows of a chunk: for every block that it touches the means of all columns needed, then rows of the scatter matrix.
fn blocks<T>(
    isa: Isa,
    upper: Upper<T>,
    x: &[T],
    d: usize,
    means: &mut [f64],
    m2: &mut [f64],
    centered: &mut [f64],
    span: Span,
) -> i32 {
    let Ok(mut all) = filled(d, 0.0) else { return status::OUT_OF_MEMORY };
    let (begin, end) = (span.begin as usize, span.end as usize);
    let mut row = begin;
    while row < end {
        let (block, i) = (row / d, row % d);
        let rows = i..d.min(i + end - row);
        let part = &x[block * BLOCK * d..x.len().min((block + 1) * BLOCK * d)];
        upper(isa, part, d, rows.clone(), &mut all, &mut m2[(row - begin) * d..], centered);
        means[row - begin..][..rows.len()].copy_from_slice(&all[rows.clone()]);
        row += rows.len();
    }
    status::OK
}

/// `parts` more blocks of `sizes` rows merged into rows of a mean and of the upper triangle of a scatter matrix.
#[inline(always)]
fn cov_merge_on<S: Lanes>(
    count: f64,
    sizes: &[f64],
    means: &[f64],
    m2s: &[f64],
    running: &mut [f64],
    new_mean: &mut [f64],
    m2: &mut [f64],
    span: Span,
) {
    let d = running.len();
    let rows = span.begin as usize..span.end as usize;
    let mut a = count;
    for ((&size, mean), block) in sizes.iter().zip(means.chunks_exact(d)).zip(m2s.chunks_exact(d * d)) {
        if a == 0.0 {
            running.copy_from_slice(mean);
            for (i, row) in rows.clone().zip(m2.chunks_exact_mut(d)) {
                row[i..].copy_from_slice(&block[i * d + i..][..d - i]);
            }
            a = size;
            continue;
        }
        let n = a + size;
        let f = size / n;
        let g = a * f;
        for (i, row) in rows.clone().zip(m2.chunks_exact_mut(d)) {
            let delta = mean[i] - running[i];
            for (j, m2) in (i..).zip(&mut row[i..]) {
                *m2 = (*m2 + block[i * d + j]) + (delta * (mean[j] - running[j])) * g;
            }
        }
        for (running, &mean) in running.iter_mut().zip(mean) {
            *running += (mean - *running) * f;
        }
        a = n;
    }
    new_mean.copy_from_slice(&running[rows]);
}

variants! {
    fn upper_by(x: &[f32], d: usize, rows: Range<usize>, means: &mut [f64], out: &mut [f64], work: &mut [f64]) =
        upper_rows[f32];
    fn upper64_by(x: &[f64], d: usize, rows: Range<usize>, means: &mut [f64], out: &mut [f64], work: &mut [f64]) =
        upper_rows[f64];
}

variants! {
    to avx2;

    fn merge_by(
        count: f64,
        sizes: &[f64],
        means: &[f64],
        m2s: &[f64],
        running: &mut [f64],
        new_mean: &mut [f64],
        m2: &mut [f64],
        span: Span,
    ) = cov_merge_on;
}

/// Mean and scatter of blocks of 256 rows.
pub fn cov_blocks(
    isa: Isa,
    x: &[f32],
    _n: u32,
    d: u32,
    _rows: u32,
    means: &mut [f64],
    m2: &mut [f64],
    centered: &mut [f64],
    span: Span,
) -> i32 {
    blocks(isa, upper_by, x, d as usize, means, m2, centered, span)
}

/// As `cov_blocks`, of f64.
pub fn cov_blocks64(
    isa: Isa,
    x: &[f64],
    _n: u32,
    d: u32,
    _rows: u32,
    means: &mut [f64],
    m2: &mut [f64],
    centered: &mut [f64],
    span: Span,
) -> i32 {
    blocks(isa, upper64_by, x, d as usize, means, m2, centered, span)
}

/// Merges blocks into a running mean and scatter.
pub fn cov_merge(
    isa: Isa,
    count: f64,
    _blocks: u32,
    _d: u32,
    _rows: u32,
    sizes: &[f64],
    means: &[f64],
    m2s: &[f64],
    mean: &[f64],
    new_mean: &mut [f64],
    m2: &mut [f64],
    running: &mut [f64],
    span: Span,
) -> i32 {
    let running = &mut running[..mean.len()];
    running.copy_from_slice(mean);
    merge_by(isa, count, sizes, means, m2s, running, new_mean, m2, span);
    status::OK
}

#[cfg(test)]
#[path = "covariance/tests.rs"]
mod tests;
