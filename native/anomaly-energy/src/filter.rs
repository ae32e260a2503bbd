//! Two-dimensional filters of exact code. The order of an output's taps is the order of its bits, every operation
//! rounded by itself; how outputs are grouped into vectors changes nothing.
//!
//!   folded   acc = κ(0)·x(u), then acc += κ(δ)·(x(u+δ) + x(u−δ)), taps in their order; out = acc + bias
//!   plain    acc = 0, then acc += κ(δ)·x(u+δ), taps in their order; out = acc + bias

use common_rs::lanes::{Lanes, Vector};
use core::ops::Range;

/// A filter of one output plane. `center` is the factor in the middle of a folded filter.
#[derive(Clone, Copy)]
pub struct Filter<'a> {
    pub center: f32,
    /// Where each tap reads: so far from the output's place.
    pub taps: &'a [isize],
    pub factors: &'a [f32],
    pub bias: f32,
}

/// Where a block of outputs is written and where it lies in what it reads: output (0, 0) is at `x[origin]`.
pub struct Grid<'a> {
    pub x: &'a [f32],
    pub out: &'a mut [f32],
    pub origin: usize,
    pub x_pitch: usize,
    pub out_pitch: usize,
}

/// ROWS × N vectors of outputs.
///
/// # Safety
/// All that the filter reads around ROWS × N vectors at `x` is readable, and as many are writable at `out`.
#[inline(always)]
unsafe fn tile<S: Lanes, const FOLDED: bool, const ROWS: usize, const N: usize>(
    filter: &Filter,
    x: *const f32,
    x_pitch: usize,
    out: *mut f32,
    out_pitch: usize,
) {
    let mut acc = [[S::F32::splat(0.0); N]; ROWS];
    // SAFETY: the caller's promise.
    unsafe {
        if FOLDED {
            let k = S::F32::splat(filter.center);
            for r in 0..ROWS {
                for v in 0..N {
                    acc[r][v] = k * S::F32::load_at(x.add(r * x_pitch + v * S::LANES));
                }
            }
        }
        for (&tap, &factor) in filter.taps.iter().zip(filter.factors) {
            let k = S::F32::splat(factor);
            let (ahead, behind) = (x.offset(tap), x.offset(-tap));
            for r in 0..ROWS {
                for v in 0..N {
                    let i = r * x_pitch + v * S::LANES;
                    let mut value = S::F32::load_at(ahead.add(i));
                    if FOLDED {
                        value = value + S::F32::load_at(behind.add(i));
                    }
                    acc[r][v] = acc[r][v] + k * value;
                }
            }
        }
        let bias = S::F32::splat(filter.bias);
        for r in 0..ROWS {
            for v in 0..N {
                (acc[r][v] + bias).store_at(out.add(r * out_pitch + v * S::LANES));
            }
        }
    }
}

/// One output.
///
/// # Safety
/// As for `tile`.
#[inline(always)]
unsafe fn single<const FOLDED: bool>(filter: &Filter, x: *const f32, out: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut acc = if FOLDED { filter.center * *x } else { 0.0 };
        for (&tap, &factor) in filter.taps.iter().zip(filter.factors) {
            let mut value = *x.offset(tap);
            if FOLDED {
                value += *x.offset(-tap);
            }
            acc += factor * value;
        }
        *out = acc + filter.bias;
    }
}

/// Vectors of a tile.
const WIDE: usize = 4;

/// ROWS rows of `count` outputs. The last tile of a row overlaps the one before it: it writes the same again.
///
/// # Safety
/// As for `tile`, for every output.
#[inline(always)]
unsafe fn strip<S: Lanes, const FOLDED: bool, const ROWS: usize>(
    filter: &Filter,
    x: *const f32,
    x_pitch: usize,
    out: *mut f32,
    out_pitch: usize,
    count: usize,
) {
    let mut i = 0;
    // SAFETY: the caller's promise.
    unsafe {
        if count < S::LANES {
            for r in 0..ROWS {
                for i in 0..count {
                    single::<FOLDED>(filter, x.add(r * x_pitch + i), out.add(r * out_pitch + i));
                }
            }
            return;
        }
        let wide = count >= WIDE * S::LANES;
        let step = S::LANES * if wide { WIDE } else { 1 };
        while i < count {
            let at = i.min(count - step);
            let (from, to) = (x.add(at), out.add(at));
            if wide {
                tile::<S, FOLDED, ROWS, WIDE>(filter, from, x_pitch, to, out_pitch);
            } else {
                tile::<S, FOLDED, ROWS, 1>(filter, from, x_pitch, to, out_pitch);
            }
            i += step;
        }
    }
}

/// # Panics
/// When an output of the block, or a tap of one, lies outside of the grid.
#[inline(always)]
fn check<const FOLDED: bool>(filter: &Filter, grid: &Grid, rows: &Range<usize>, columns: &Range<usize>) {
    let (mut lowest, mut highest) = (0, 0);
    for &tap in filter.taps {
        let (low, high) = if FOLDED { (-tap.abs(), tap.abs()) } else { (tap, tap) };
        lowest = lowest.min(low);
        highest = highest.max(high);
    }
    let first = rows.start * grid.x_pitch + columns.start;
    let last = (rows.end - 1) * grid.x_pitch + columns.end - 1;
    assert!(grid.origin as isize + first as isize + lowest >= 0);
    assert!(((grid.origin + last) as isize + highest) < grid.x.len() as isize);
    assert!((rows.end - 1) * grid.out_pitch + columns.end <= grid.out.len());
}

/// The outputs of a block of a grid.
///
/// # Panics
/// When a tap of one of these outputs lies outside of the grid.
#[inline(always)]
pub fn filter_block<S: Lanes, const FOLDED: bool>(
    filter: &Filter,
    grid: &mut Grid,
    rows: Range<usize>,
    columns: Range<usize>,
) {
    if rows.is_empty() || columns.is_empty() {
        return;
    }
    check::<FOLDED>(filter, grid, &rows, &columns);
    let count = columns.len();
    let mut y = rows.start;
    while y < rows.end {
        // SAFETY: checked; all outputs read between the bounds of the first and the last.
        unsafe {
            let x = grid.x.as_ptr().add(grid.origin + y * grid.x_pitch + columns.start);
            let out = grid.out.as_mut_ptr().add(y * grid.out_pitch + columns.start);
            if rows.end - y >= 2 {
                strip::<S, FOLDED, 2>(filter, x, grid.x_pitch, out, grid.out_pitch, count);
                y += 2;
            } else {
                strip::<S, FOLDED, 1>(filter, x, grid.x_pitch, out, grid.out_pitch, count);
                y += 1;
            }
        }
    }
}

/// Neighboring columns with a filter each, by the plain form: lane i is column i.
pub struct Columns<'a> {
    /// Where each tap reads, for every column.
    pub taps: &'a [isize],
    /// [tap][LANES] factors.
    pub factors: &'a [f32],
    pub bias: &'a [f32],
}

/// ROWS rows of a vector of columns, of which `out` takes the first `columns.bias.len()`.
///
/// # Safety
/// All that the taps read around ROWS vectors at `x` is readable.
#[inline(always)]
unsafe fn column_tile<S: Lanes, const ROWS: usize>(
    columns: &Columns,
    x: *const f32,
    x_pitch: usize,
    out: &mut [f32],
    out_pitch: usize,
) {
    let mut acc = [S::F32::splat(0.0); ROWS];
    for (&tap, factors) in columns.taps.iter().zip(columns.factors.chunks_exact(S::LANES)) {
        let k = S::F32::load(factors);
        for r in 0..ROWS {
            // SAFETY: the caller's promise.
            acc[r] = acc[r] + k * unsafe { S::F32::load_at(x.offset(tap).add(r * x_pitch)) };
        }
    }
    let bias = S::F32::load_part(columns.bias, 0.0);
    for r in 0..ROWS {
        (acc[r] + bias).store_part(&mut out[r * out_pitch..][..columns.bias.len()]);
    }
}

/// Rows `rows` of up to LANES columns from column `first` on. What lies behind the last of them is read, not used.
///
/// # Panics
/// As `filter_block`, for a vector of columns.
#[inline(always)]
pub fn filter_columns<S: Lanes>(columns: &Columns, grid: &mut Grid, rows: Range<usize>, first: usize) {
    let (Some(&lowest), Some(&highest)) = (columns.taps.iter().min(), columns.taps.iter().max()) else { return };
    let at = |y: usize| grid.origin + y * grid.x_pitch + first;
    assert!(!rows.is_empty() && at(rows.start) as isize + lowest >= 0);
    assert!((at(rows.end - 1) + S::LANES) as isize + highest <= grid.x.len() as isize);
    let mut y = rows.start;
    while y < rows.end {
        // SAFETY: asserted.
        unsafe {
            let x = grid.x.as_ptr().add(grid.origin + y * grid.x_pitch + first);
            let out = &mut grid.out[y * grid.out_pitch + first..];
            match rows.end - y {
                8.. => column_tile::<S, 8>(columns, x, grid.x_pitch, out, grid.out_pitch),
                4.. => column_tile::<S, 4>(columns, x, grid.x_pitch, out, grid.out_pitch),
                _ => column_tile::<S, 1>(columns, x, grid.x_pitch, out, grid.out_pitch),
            }
        }
        y += match rows.end - y {
            8.. => 8,
            4.. => 4,
            _ => 1,
        };
    }
}
