//! Mahalanobis distances: Σ y², y = W v, W a packed lower triangle. Tolerance code: products are fused.

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Floats, Lanes, Vector};
use common_rs::variants;

/// Rows of v that are whitened together, transposed: a row per lane.
const ROWS: usize = 64;

/// Up to this dimension sums are in f64.
const SMALL: usize = 64;

/// Rows of W at a time: with two vectors of lanes, as many sums as registers hold beside what they are made of.
const TILE: usize = 6;

/// Vectors of lanes at a time.
pub const N: usize = 2;

/// First element of row i of a packed triangle.
#[inline(always)]
pub fn row_at(i: usize) -> usize {
    i * (i + 1) / 2
}

/// What is whitened: element j of the vector in lane l is `data[offsets[j] + l]`; y = W v − shift.
#[derive(Clone, Copy)]
pub struct Lanewise<'a> {
    pub data: &'a [f32],
    pub offsets: &'a [usize],
    pub factor: &'a [f32],
    pub shift: Option<&'a [f32]>,
}

/// Σ over rows i … i + M − 1 of W of y², for N vectors of lanes from `lane` on.
#[inline(always)]
fn tile<S: Lanes, const M: usize>(v: &Lanewise, i: usize, lane: usize) -> [S::F32; N] {
    let mut y = [[S::F32::splat(0.0); N]; M];
    if let Some(shift) = v.shift {
        for m in 0..M {
            y[m] = [S::F32::splat(-shift[i + m]); N];
        }
    }
    let mut rows = [v.factor; M];
    for m in 0..M {
        rows[m] = &v.factor[row_at(i + m)..=row_at(i + m) + i + m];
    }
    let at = |j: usize| &v.data[v.offsets[j] + lane..][..N * S::LANES];
    // What all rows have, then the triangle at their ends.
    let mut whole = rows;
    for m in 0..M {
        whole[m] = &rows[m][..=i];
    }
    for j in 0..=i {
        let from = at(j);
        let mut x = [S::F32::splat(0.0); N];
        for n in 0..N {
            x[n] = S::F32::load(&from[n * S::LANES..]);
        }
        for m in 0..M {
            let w = S::F32::splat(whole[m][j]);
            for n in 0..N {
                y[m][n] = x[n].fused(w, y[m][n]);
            }
        }
    }
    for m in 1..M {
        for j in i + 1..=i + m {
            let (from, w) = (at(j), S::F32::splat(rows[m][j]));
            for n in 0..N {
                y[m][n] = S::F32::load(&from[n * S::LANES..]).fused(w, y[m][n]);
            }
        }
    }
    let mut sum = [S::F32::splat(0.0); N];
    for m in 0..M {
        for n in 0..N {
            sum[n] = y[m][n].fused(y[m][n], sum[n]);
        }
    }
    sum
}

/// Squared norms of y for N vectors of lanes from `lane` on.
#[inline(always)]
pub fn squared_norms<S: Lanes>(v: &Lanewise, lane: usize) -> [S::F32; N] {
    let d = v.offsets.len();
    let mut sums = [S::F32::splat(0.0); N];
    let whole = d / TILE * TILE;
    let mut i = 0;
    while i < d {
        let part = if i < whole { tile::<S, TILE>(v, i, lane) } else { tile::<S, 1>(v, i, lane) };
        for n in 0..N {
            sums[n] = sums[n] + part[n];
        }
        i += if i < whole { TILE } else { 1 };
    }
    sums
}

/// As `tile`, sums in f64, for one vector of rows.
#[inline(always)]
fn tile64<S: Lanes, const M: usize>(v: &[f32], factor: &[f32], i: usize, lane: usize) -> [S::F64; 2] {
    let mut y = [[S::F64::splat(0.0); 2]; M];
    for j in 0..i + M {
        let x = S::widen(S::F32::load(&v[j * ROWS + lane..]));
        for m in 0..M {
            if j <= i + m {
                let w = S::F64::splat(f64::from(factor[row_at(i + m) + j]));
                y[m] = [x[0].fused(w, y[m][0]), x[1].fused(w, y[m][1])];
            }
        }
    }
    let mut sum = [S::F64::splat(0.0); 2];
    for y in y {
        sum = [y[0].fused(y[0], sum[0]), y[1].fused(y[1], sum[1])];
    }
    sum
}

#[inline(always)]
fn whiten_vector64<S: Lanes>(v: &[f32], factor: &[f32], d: usize, lane: usize, out: &mut [f32]) {
    let mut sums = [S::F64::splat(0.0); 2];
    let whole = d / TILE * TILE;
    let mut i = 0;
    while i < d {
        let part = if i < whole { tile64::<S, TILE>(v, factor, i, lane) } else { tile64::<S, 1>(v, factor, i, lane) };
        sums = [sums[0] + part[0], sums[1] + part[1]];
        i += if i < whole { TILE } else { 1 };
    }
    S::narrow(sums[0], sums[1]).store(&mut out[lane..]);
}

/// Distances of the ROWS vectors in `columns`, in f64 where there are few products.
#[inline(always)]
fn whiten_on<S: Lanes>(v: &Lanewise, found: &mut [f32; ROWS]) {
    let d = v.offsets.len();
    if d <= SMALL {
        for lane in (0..ROWS).step_by(S::LANES) {
            whiten_vector64::<S>(v.data, v.factor, d, lane, found);
        }
        return;
    }
    for lane in (0..ROWS).step_by(N * S::LANES) {
        for (n, sum) in squared_norms::<S>(v, lane).into_iter().enumerate() {
            sum.store(&mut found[lane + n * S::LANES..]);
        }
    }
}

variants! {
    fn whiten_by(v: &Lanewise, found: &mut [f32; ROWS]) = whiten_on;
}

/// Squared Mahalanobis distances of centered rows.
pub fn whiten_rows(
    isa: Isa,
    v: &[f32],
    factor: &[f32],
    _n: u32,
    d: u32,
    out: &mut [f32],
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let d = d as usize;
    let Ok(mut offsets) = filled(d, 0) else { return status::OUT_OF_MEMORY };
    for (j, offset) in offsets.iter_mut().enumerate() {
        *offset = j * ROWS;
    }
    let columns = &mut work[..d * ROWS];
    for (v, out) in v.chunks(d * ROWS).zip(out.chunks_mut(ROWS)) {
        // Column by column: the lines of all rows stay in the cache for the next columns.
        for (j, column) in columns.chunks_exact_mut(ROWS).enumerate() {
            for (to, row) in column.iter_mut().zip(v.chunks_exact(d)) {
                *to = row[j];
            }
            column[out.len()..].fill(0.0);
        }
        let mut found = [0.0; ROWS];
        whiten_by(isa, &Lanewise { data: columns, offsets: &offsets, factor, shift: None }, &mut found);
        out.copy_from_slice(&found[..out.len()]);
    }
    status::OK
}

#[cfg(test)]
#[path = "whiten/tests.rs"]
pub mod tests;
