//! Sums of outer products: scatter and precision matrices.

use crate::lanes::{Lanes, Vector};
use core::ops::Range;

/// Rows and columns of out = Xᵀ X: row i − rows.start of `out`, column j − columns.start, is Σ_k x_ki · x_kj over
/// `depth`, k ascending from +0. Row k of X begins at `k · stride`, row r of `out` at `r · out_stride`.
#[derive(Clone)]
pub struct Outer {
    pub depth: Range<usize>,
    pub rows: Range<usize>,
    pub columns: Range<usize>,
    pub stride: usize,
    pub out_stride: usize,
}

/// Vectors per row of a tile.
const WIDE: usize = 2;

#[inline(always)]
pub fn sums<S: Lanes>(x: &[f64], of: Outer, out: &mut [f64]) {
    let Outer { depth, rows, columns, stride, out_stride } = of;
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    assert!(depth.is_empty() || x.len() >= (depth.end - 1) * stride + rows.end.max(columns.end), "X is too short");
    assert!(out.len() >= (rows.len() - 1) * out_stride + columns.len(), "the result is too short");
    let width = WIDE * S::LANES64;
    let mut i = rows.start;
    while i < rows.end {
        let to = &mut out[(i - rows.start) * out_stride..];
        // SAFETY: the assertions above.
        let done = unsafe {
            match rows.end - i {
                left if left >= 4 => tiles::<S, 4>(x, &depth, i, &columns, stride, to, out_stride, width),
                left if left >= 2 => tiles::<S, 2>(x, &depth, i, &columns, stride, to, out_stride, width),
                _ => tiles::<S, 1>(x, &depth, i, &columns, stride, to, out_stride, width),
            }
        };
        i += done;
    }
}

/// M rows of the result, all columns: returns M.
///
/// # Safety
/// `x` and `to` are as long as [`sums`] asserts.
#[inline(always)]
unsafe fn tiles<S: Lanes, const M: usize>(
    x: &[f64],
    depth: &Range<usize>,
    i: usize,
    columns: &Range<usize>,
    stride: usize,
    to: &mut [f64],
    out_stride: usize,
    width: usize,
) -> usize {
    let len = S::LANES64;
    let whole = columns.start + columns.len() / width * width;
    for j in (columns.start..whole).step_by(width) {
        let mut sums = [[S::F64::splat(0.0); WIDE]; M];
        for k in depth.clone() {
            // SAFETY: the caller's.
            unsafe {
                let row = x.as_ptr().add(k * stride);
                let right = [S::F64::load_at(row.add(j)), S::F64::load_at(row.add(j + len))];
                for (m, sums) in sums.iter_mut().enumerate() {
                    let left = S::F64::splat(*row.add(i + m));
                    for v in 0..WIDE {
                        sums[v] = sums[v] + left * right[v];
                    }
                }
            }
        }
        for (m, sums) in sums.into_iter().enumerate() {
            for (v, sum) in sums.into_iter().enumerate() {
                sum.store(&mut to[m * out_stride + (j - columns.start) + v * len..]);
            }
        }
    }
    for j in whole..columns.end {
        for m in 0..M {
            let products = depth.clone().map(|k| x[k * stride + i + m] * x[k * stride + j]);
            to[m * out_stride + (j - columns.start)] = products.fold(0.0, |sum, product| sum + product);
        }
    }
    M
}
