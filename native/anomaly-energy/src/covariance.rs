//! Means and scatter matrices: by blocks of rows, merged in the order of the blocks, so that neither chunks nor threads
//! leave a trace (Chan, Golub, LeVeque 1979).

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, Vector};
use common_rs::variants;
use core::ops::Range;

/// Rows of x in a block.
const BLOCK: usize = 256;

/// Columns of a panel of centered numbers.
const PANEL: usize = 8;

/// Centered rows of a block in panels of columns, each contiguous, so that a tile of sums reads little memory: columns
/// PANEL p … of row r are at `data[(p * rows + r) * PANEL..]`.
#[derive(Clone, Copy)]
struct Centered<'a> {
    data: &'a [f64],
    rows: usize,
}

impl Centered<'_> {
    /// Numbers of d columns.
    fn size(d: usize, rows: usize) -> usize {
        d.div_ceil(PANEL) * rows * PANEL
    }
}

/// M rows of the scatter matrix from row i on, N vectors of a panel's columns from column `first` on: Σ_r v_ri v_rj, in
/// order, to `out[m * PANEL + first..]`.
///
/// # Safety
/// All panels up to that of column i + M − 1 are readable, as is `panel`.
#[inline(always)]
unsafe fn scatter_tile<S: Lanes, const M: usize, const N: usize>(
    v: Centered,
    i: usize,
    [panel, first]: [usize; 2],
    out: &mut [f64],
) {
    let mut sums = [[S::F64::splat(0.0); N]; M];
    // SAFETY: the caller's promise.
    unsafe {
        let data = v.data.as_ptr();
        let mut columns = [data; M];
        for m in 0..M {
            columns[m] = data.add((i + m) / PANEL * v.rows * PANEL + (i + m) % PANEL);
        }
        let right = data.add(panel * v.rows * PANEL + first);
        for at in (0..v.rows * PANEL).step_by(PANEL) {
            let mut b = [S::F64::splat(0.0); N];
            for n in 0..N {
                b[n] = S::F64::load_at(right.add(at + n * S::LANES64));
            }
            for m in 0..M {
                let a = S::F64::splat(*columns[m].add(at));
                for n in 0..N {
                    sums[m][n] = sums[m][n] + a * b[n];
                }
            }
        }
    }
    for m in 0..M {
        for n in 0..N {
            sums[m][n].store(&mut out[m * PANEL + first + n * S::LANES64..]);
        }
    }
}

/// As `scatter_tile`, by the vectors of the instruction set.
///
/// # Safety
/// As for it.
#[inline(always)]
unsafe fn scatter_panel<S: Lanes, const M: usize>(v: Centered, i: usize, panel: usize, out: &mut [f64]) {
    // SAFETY: the caller's.
    unsafe {
        match S::LANES64 {
            8 => scatter_tile::<S, M, 1>(v, i, [panel, 0], out),
            4 => scatter_tile::<S, M, 2>(v, i, [panel, 0], out),
            // Half a panel's sums fill the 16 registers there may be.
            _ => {
                scatter_tile::<S, M, 2>(v, i, [panel, 0], out);
                scatter_tile::<S, M, 2>(v, i, [panel, PANEL / 2], out);
            }
        }
    }
}

/// Rows `rows` of the scatter matrix, columns from the diagonal on, to lines of d numbers; 0 in front of it.
#[inline(always)]
fn upper_rows<S: Lanes>(v: Centered, d: usize, rows: Range<usize>, out: &mut [f64]) {
    const M: usize = 4;
    assert!(v.data.len() >= Centered::size(d, v.rows) && rows.end <= d);
    let mut found = [0.0; M * PANEL];
    let mut i = rows.start;
    while i < rows.end {
        let count = if rows.end - i >= M { M } else { 1 };
        let out = &mut out[(i - rows.start) * d..][..count * d];
        for j in (i / PANEL * PANEL..d).step_by(PANEL) {
            // SAFETY: asserted.
            unsafe {
                if count == M {
                    scatter_panel::<S, M>(v, i, j / PANEL, &mut found);
                } else {
                    scatter_panel::<S, 1>(v, i, j / PANEL, &mut found);
                }
            }
            let width = PANEL.min(d - j);
            for (out, found) in out.chunks_exact_mut(d).zip(found.chunks_exact(PANEL)) {
                out[j..j + width].copy_from_slice(&found[..width]);
            }
        }
        for (m, out) in out.chunks_exact_mut(d).enumerate() {
            out[..i + m].fill(0.0);
        }
        i += count;
    }
}

/// Means of columns `from` … of all rows, in order, and the rows less their means, in panels; `from` begins a panel.
#[inline(always)]
fn center_on<S: Lanes, T: Copy + Into<f64>>(x: &[T], d: usize, from: usize, means: &mut [f64], centered: &mut [f64]) {
    let rows = x.len() / d;
    means[from..].fill(0.0);
    for row in x.chunks_exact(d) {
        for (mean, &v) in means[from..].iter_mut().zip(&row[from..]) {
            *mean += v.into();
        }
    }
    for mean in &mut means[from..] {
        *mean /= rows as f64;
    }
    let panels = centered.chunks_exact_mut(rows * PANEL).skip(from / PANEL);
    for (panel, (j, means)) in panels.zip((from..d).step_by(PANEL).zip(means[from..].chunks(PANEL))) {
        for (to, row) in panel.chunks_exact_mut(PANEL).zip(x.chunks_exact(d)) {
            if means.len() < PANEL {
                to.fill(0.0);
            }
            for ((to, &v), &mean) in to.iter_mut().zip(&row[j..]).zip(means) {
                *to = v.into() - mean;
            }
        }
    }
}

type Center<T> = fn(Isa, &[T], usize, usize, &mut [f64], &mut [f64]);

/// The rows of a chunk: for every block that it touches the means of all columns needed, then rows of the scatter matrix.
fn blocks<T>(
    isa: Isa,
    center: Center<T>,
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
        center(isa, part, d, i / PANEL * PANEL, &mut all, centered);
        means[row - begin..][..rows.len()].copy_from_slice(&all[rows.clone()]);
        let v = Centered { data: centered, rows: part.len() / d };
        upper_by(isa, v, d, rows.clone(), &mut m2[(row - begin) * d..]);
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
    fn upper_by(v: Centered, d: usize, rows: Range<usize>, out: &mut [f64]) = upper_rows;
}

variants! {
    to avx2;

    fn center_by(x: &[f32], d: usize, from: usize, means: &mut [f64], centered: &mut [f64]) = center_on[f32];
    fn center64_by(x: &[f64], d: usize, from: usize, means: &mut [f64], centered: &mut [f64]) = center_on[f64];
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
    blocks(isa, center_by, x, d as usize, means, m2, centered, span)
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
    blocks(isa, center64_by, x, d as usize, means, m2, centered, span)
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
