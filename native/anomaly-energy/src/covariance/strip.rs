//! Rows of a block's scatter matrix, by tiles of sums.

use common_rs::lanes::{Lanes, Vector};
use core::ops::Range;

/// Columns of a panel of centered numbers.
const PANEL: usize = 8;

/// Columns of a block's centered rows, in panels, each contiguous, so that a tile of sums reads little memory: columns
/// first + PANEL p … of row r are at `data[(p * rows + r) * PANEL..]`.
#[derive(Clone, Copy)]
struct Centered<'a> {
    data: &'a [f64],
    rows: usize,
    first: usize,
}

/// M rows of the scatter matrix from row i on, N vectors of a panel's columns from column `from` on: Σ_r v_ri v_rj, in
/// order, to `out[m * PANEL + from..]`.
///
/// # Safety
/// `v` has columns i … i + M − 1, and `panel` as many rows.
#[inline(always)]
unsafe fn scatter_tile<S: Lanes, const M: usize, const N: usize>(
    v: Centered,
    i: usize,
    panel: &[f64],
    from: usize,
    out: &mut [f64],
) {
    let mut sums = [[S::F64::splat(0.0); N]; M];
    // SAFETY: the caller's promise.
    unsafe {
        let data = v.data.as_ptr();
        let mut columns = [data; M];
        for m in 0..M {
            let column = i + m - v.first;
            columns[m] = data.add(column / PANEL * v.rows * PANEL + column % PANEL);
        }
        let right = panel.as_ptr().add(from);
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
            sums[m][n].store(&mut out[m * PANEL + from + n * S::LANES64..]);
        }
    }
}

/// As `scatter_tile`, by the vectors of the instruction set.
///
/// # Safety
/// As for it.
#[inline(always)]
unsafe fn scatter_panel<S: Lanes, const M: usize>(v: Centered, i: usize, panel: &[f64], out: &mut [f64]) {
    // SAFETY: the caller's.
    unsafe {
        match S::LANES64 {
            8 => scatter_tile::<S, M, 1>(v, i, panel, 0, out),
            4 => scatter_tile::<S, M, 2>(v, i, panel, 0, out),
            // Half a panel's sums fill the 16 registers there may be.
            _ => {
                scatter_tile::<S, M, 2>(v, i, panel, 0, out);
                scatter_tile::<S, M, 2>(v, i, panel, PANEL / 2, out);
            }
        }
    }
}

/// Rows `rows` of the scatter matrix in the columns of a panel that begins with column j, to lines of d numbers.
#[inline(always)]
fn panel_rows<S: Lanes>(v: Centered, panel: &[f64], j: usize, d: usize, rows: Range<usize>, out: &mut [f64]) {
    const M: usize = 4;
    assert!(panel.len() >= v.rows * PANEL && rows.start >= v.first);
    assert!(v.data.len() >= (rows.end - v.first).div_ceil(PANEL) * v.rows * PANEL);
    let width = PANEL.min(d - j);
    let mut found = [0.0; M * PANEL];
    let mut i = rows.start;
    // A panel in front of a row's diagonal isn't wanted.
    while i < rows.end.min(j + PANEL) {
        let count = if rows.end - i >= M { M } else { 1 };
        // SAFETY: asserted.
        unsafe {
            if count == M {
                scatter_panel::<S, M>(v, i, panel, &mut found);
            } else {
                scatter_panel::<S, 1>(v, i, panel, &mut found);
            }
        }
        let lines = out[(i - rows.start) * d..].chunks_exact_mut(d).take(count);
        for (out, found) in lines.zip(found.chunks_exact(PANEL)) {
            out[j..j + width].copy_from_slice(&found[..width]);
        }
        i += count;
    }
}

/// Means of columns `from` … of all rows, in order.
#[inline(always)]
fn add_means<T: Copy + Into<f64>>(x: &[T], d: usize, from: usize, means: &mut [f64]) {
    means[from..].fill(0.0);
    for row in x.chunks_exact(d) {
        for (mean, &v) in means[from..].iter_mut().zip(&row[from..]) {
            *mean += v.into();
        }
    }
    for mean in &mut means[from..] {
        *mean /= (x.len() / d) as f64;
    }
}

/// Columns j … of all rows less their means as a panel; zeros beyond the last one.
#[inline(always)]
fn center_panel<T: Copy + Into<f64>>(x: &[T], d: usize, j: usize, means: &[f64], panel: &mut [f64]) {
    if j + PANEL <= d {
        let means: [f64; PANEL] = core::array::from_fn(|k| means[j + k]);
        for (to, row) in panel.chunks_exact_mut(PANEL).zip(x.chunks_exact(d)) {
            let row = &row[j..j + PANEL];
            for k in 0..PANEL {
                to[k] = row[k].into() - means[k];
            }
        }
        return;
    }
    for (to, row) in panel.chunks_exact_mut(PANEL).zip(x.chunks_exact(d)) {
        to.fill(0.0);
        for ((to, &v), &mean) in to.iter_mut().zip(&row[j..]).zip(&means[j..]) {
            *to = v.into() - mean;
        }
    }
}

/// Rows `rows` of a block's scatter matrix, columns from the diagonal on, to lines of d numbers, 0 in front of it; and the
/// means of all columns needed. A panel is centered while it is in the cache, as often as there are chunks of rows.
#[inline(always)]
pub fn upper_rows<S: Lanes, T: Copy + Into<f64>>(
    x: &[T],
    d: usize,
    rows: Range<usize>,
    means: &mut [f64],
    out: &mut [f64],
    work: &mut [f64],
) {
    let first = rows.start / PANEL * PANEL;
    let count = x.len() / d;
    let (left, work) = work.split_at_mut((rows.end - first).div_ceil(PANEL) * count * PANEL);
    let right = &mut work[..count * PANEL];
    add_means(x, d, first, means);
    for (j, panel) in (first..).step_by(PANEL).zip(left.chunks_exact_mut(count * PANEL)) {
        center_panel(x, d, j, means, panel);
    }
    let v = Centered { data: left, rows: count, first };
    for j in (first..d).step_by(PANEL) {
        let panel = if j < rows.end {
            &left[(j - first) * count..][..count * PANEL]
        } else {
            center_panel(x, d, j, means, right);
            &*right
        };
        panel_rows::<S>(v, panel, j, d, rows.clone(), out);
    }
    for (i, out) in rows.zip(out.chunks_exact_mut(d)) {
        out[..i].fill(0.0);
    }
}
