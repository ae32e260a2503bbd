//! Means and scatter matrices: by blocks of rows, merged in the order of the blocks, so that neither chunks nor threads
//! leave a trace (Chan, Golub, LeVeque 1979).

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, Vector};
use common_rs::variants;

/// Rows of x in a block.
const BLOCK: usize = 256;

/// Columns behind a row of centered numbers that a tile may read.
const SLACK: usize = 8;

/// Centered rows: row r begins at `data[r * pitch]`.
#[derive(Clone, Copy)]
pub struct Centered<'a> {
    pub data: &'a [f64],
    pub pitch: usize,
    pub rows: usize,
}

/// M rows × N vectors of the scatter matrix from (i, j) on: Σ_r v_ri v_rj, in order.
///
/// # Safety
/// M columns from i on and N vectors from j on are readable in every row.
#[inline(always)]
unsafe fn scatter_tile<S: Lanes, const M: usize, const N: usize>(v: Centered, i: usize, j: usize) -> [[S::F64; N]; M] {
    let mut sums = [[S::F64::splat(0.0); N]; M];
    for r in 0..v.rows {
        // SAFETY: the caller's promise.
        unsafe {
            let row = v.data.as_ptr().add(r * v.pitch);
            let mut b = [S::F64::splat(0.0); N];
            for n in 0..N {
                b[n] = S::F64::load_at(row.add(j + n * S::LANES64));
            }
            for m in 0..M {
                let a = S::F64::splat(*row.add(i + m));
                for n in 0..N {
                    sums[m][n] = sums[m][n] + a * b[n];
                }
            }
        }
    }
    sums
}

/// Rows i … i + M − 1 of the scatter matrix, columns `from` … `to` − 1, to `out[m * pitch + column]`.
#[inline(always)]
pub fn scatter_rows<S: Lanes, const M: usize>(
    v: Centered,
    i: usize,
    [from, to]: [usize; 2],
    out: &mut [f64],
    pitch: usize,
) {
    const N: usize = 2;
    if v.rows == 0 {
        for m in 0..M {
            out[m * pitch + from..m * pitch + to].fill(0.0);
        }
        return;
    }
    let mut j = from;
    while j < to {
        let wide = to - j > S::LANES64;
        let width = if wide { N * S::LANES64 } else { S::LANES64 };
        assert!((v.rows - 1) * v.pitch + (j + width).max(i + M) <= v.data.len());
        // SAFETY: asserted.
        unsafe {
            if wide {
                let sums = scatter_tile::<S, M, N>(v, i, j);
                for m in 0..M {
                    for (n, part) in out[m * pitch + j..m * pitch + to].chunks_mut(S::LANES64).take(N).enumerate() {
                        sums[m][n].store_part(part);
                    }
                }
            } else {
                let sums = scatter_tile::<S, M, 1>(v, i, j);
                for m in 0..M {
                    sums[m][0].store_part(&mut out[m * pitch + j..m * pitch + to]);
                }
            }
        }
        j += width;
    }
}

/// Means of columns `from` … of `rows` rows, in order, and the rows less their means.
#[inline(always)]
pub fn center<T: Copy + Into<f64>>(
    x: &[T],
    d: usize,
    from: usize,
    means: &mut [f64],
    centered: &mut [f64],
    pitch: usize,
) {
    let rows = x.len() / d;
    let means = &mut means[from..];
    means.fill(0.0);
    for row in x.chunks_exact(d) {
        for (mean, &v) in means.iter_mut().zip(&row[from..]) {
            *mean += v.into();
        }
    }
    for mean in means.iter_mut() {
        *mean /= rows as f64;
    }
    for (row, to) in x.chunks_exact(d).zip(centered.chunks_exact_mut(pitch)) {
        for ((to, &v), &mean) in to[from..].iter_mut().zip(&row[from..]).zip(&*means) {
            *to = v.into() - mean;
        }
    }
}

/// Rows `rows` of the scatter matrix of one block, the upper triangle.
#[inline(always)]
fn upper_rows<S: Lanes>(v: Centered, d: usize, rows: core::ops::Range<usize>, out: &mut [f64]) {
    let mut i = rows.start;
    while i < rows.end {
        let to = &mut out[(i - rows.start) * d..];
        let count = if rows.end - i >= 4 { 4 } else { 1 };
        if count == 4 {
            scatter_rows::<S, 4>(v, i, [i, d], to, d);
        } else {
            scatter_rows::<S, 1>(v, i, [i, d], to, d);
        }
        for m in 0..count {
            to[m * d..m * d + i + m].fill(0.0);
        }
        i += count;
    }
}

#[inline(always)]
fn cov_blocks_on<S: Lanes, T: Copy + Into<f64>>(
    x: &[T],
    d: usize,
    means: &mut [f64],
    m2: &mut [f64],
    centered: &mut [f64],
    span: Span,
) -> i32 {
    let Ok(mut all) = filled(d, 0.0) else { return status::OUT_OF_MEMORY };
    let (begin, end) = (span.begin as usize, span.end as usize);
    let pitch = d + SLACK;
    let mut row = begin;
    while row < end {
        let (block, i) = (row / d, row % d);
        let rows = i..d.min(i + end - row);
        let part = &x[block * BLOCK * d..x.len().min((block + 1) * BLOCK * d)];
        center(part, d, i, &mut all, centered, pitch);
        let v = Centered { data: centered, pitch, rows: part.len() / d };
        means[row - begin..][..rows.len()].copy_from_slice(&all[rows.clone()]);
        upper_rows::<S>(v, d, rows.clone(), &mut m2[(row - begin) * d..]);
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
    fn cov_by(x: &[f32], d: usize, means: &mut [f64], m2: &mut [f64], centered: &mut [f64], span: Span) -> i32 =
        cov_blocks_on[f32];
    fn cov64_by(x: &[f64], d: usize, means: &mut [f64], m2: &mut [f64], centered: &mut [f64], span: Span) -> i32 =
        cov_blocks_on[f64];
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
    cov_by(isa, x, d as usize, means, m2, centered, span)
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
    cov64_by(isa, x, d as usize, means, m2, centered, span)
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
