//! The register tiles of the convolutions. Both directions are sums over taps of shifted planes:
//!
//!   out[m][i] = start[m] + Σ_c Σ_t weights[m][c][t] · plane_c[i + taps[t]]
//!
//! in this order, c outer, t inner, one accumulator per output: the same bits for any tiling, and for any
//! instruction set when `FUSED` is false. Lanes are positions i.

use common_rs::lanes::{Floats, Lanes, Vector};

/// Planes that a sum reads: channel c begins at `data[origin + c * pitch]`.
#[derive(Clone, Copy)]
pub struct Planes<'a> {
    pub data: &'a [f32],
    pub origin: usize,
    pub pitch: usize,
    pub channels: usize,
}

/// One sum of products per output row and position.
#[derive(Clone, Copy)]
pub struct Sums<'a> {
    pub planes: Planes<'a>,
    /// Offsets of the taps, the same for every channel.
    pub taps: &'a [isize],
    /// First elements of the vectors that are computed.
    pub at: &'a [usize],
}

/// Rows of a tile: outputs computed together. Its 12 accumulators (24 where there are 32 registers) and their
/// operands fill the registers.
pub const fn tile_rows<S: Lanes>() -> usize {
    if S::LANES == 16 { 8 } else { 4 }
}

/// Vectors of a tile, and of a tile of a single row.
const VECTORS: usize = 3;
const LONG: usize = 8;

#[inline(always)]
pub fn multiply_add<S: Lanes, const FUSED: bool>(a: S::F32, b: S::F32, sum: S::F32) -> S::F32 {
    if FUSED { a.fused(b, sum) } else { sum + a * b }
}

/// ROWS × N vectors, to `out[m * pitch + position]`. `weights` holds ROWS factors per channel and tap.
///
/// # Safety
/// Every position plus every tap, and the vector behind it, lies inside of `planes.data` for every channel; the
/// vectors at the positions lie inside of every row of `out`.
#[inline(always)]
unsafe fn tile<S: Lanes, const ROWS: usize, const N: usize, const FUSED: bool>(
    sums: &Sums,
    first: usize,
    weights: &[f32],
    start: &[f32],
    out: &mut [f32],
    pitch: usize,
) {
    let mut at = [0; N];
    at.copy_from_slice(&sums.at[first..first + N]);
    let mut acc = [[S::F32::splat(0.0); N]; ROWS];
    for m in 0..ROWS {
        acc[m] = [S::F32::splat(start[m]); N];
    }
    let mut factor = weights[..sums.planes.channels * sums.taps.len() * ROWS].as_ptr();
    for c in 0..sums.planes.channels {
        // SAFETY: the caller's promise.
        unsafe {
            let plane = sums.planes.data.as_ptr().add(sums.planes.origin + c * sums.planes.pitch);
            for &tap in sums.taps {
                let mut x = [S::F32::splat(0.0); N];
                for v in 0..N {
                    x[v] = S::F32::load_at(plane.offset(tap + at[v] as isize));
                }
                for m in 0..ROWS {
                    let w = S::F32::splat(*factor.add(m));
                    for v in 0..N {
                        acc[m][v] = multiply_add::<S, FUSED>(x[v], w, acc[m][v]);
                    }
                }
                factor = factor.add(ROWS);
            }
        }
    }
    for m in 0..ROWS {
        for v in 0..N {
            // SAFETY: the caller's promise.
            unsafe { acc[m][v].store_at(out.as_mut_ptr().add(m * pitch + at[v])) };
        }
    }
}

/// All positions for ROWS outputs each `rows / ROWS` times; position tiles outside, so that what they read stays in
/// the first-level cache.
///
/// # Safety
/// As for `tile`.
#[inline(always)]
unsafe fn sweep<S: Lanes, const ROWS: usize, const N: usize, const FUSED: bool>(
    sums: &Sums,
    rows: usize,
    weights: &[f32],
    start: &[f32],
    out: &mut [f32],
    pitch: usize,
) {
    let step = sums.planes.channels * sums.taps.len();
    let mut first = 0;
    while first < sums.at.len() {
        let left = sums.at.len() - first;
        let mut m = 0;
        while m < rows {
            let (w, s, o) = (&weights[m * step..], &start[m..], &mut out[m * pitch..]);
            // SAFETY: the caller's promise.
            unsafe {
                if left >= N {
                    tile::<S, ROWS, N, FUSED>(sums, first, w, s, o, pitch);
                } else if left >= 2 {
                    tile::<S, ROWS, 2, FUSED>(sums, first, w, s, o, pitch);
                } else {
                    tile::<S, ROWS, 1, FUSED>(sums, first, w, s, o, pitch);
                }
            }
            m += ROWS;
        }
        first += if left >= N { N } else { left.min(2) };
    }
}

/// `start.len()` rows of sums to `out`, `pitch` apart. `weights` is packed by [`pack_rows`].
///
/// # Safety
/// As for `tile`.
#[inline(always)]
pub unsafe fn sum_planes<S: Lanes, const FUSED: bool>(
    sums: &Sums,
    weights: &[f32],
    start: &[f32],
    out: &mut [f32],
    pitch: usize,
) {
    let rows = start.len();
    let whole = rows / tile_rows::<S>() * tile_rows::<S>();
    let step = sums.planes.channels * sums.taps.len();
    // SAFETY: the caller's promise.
    unsafe {
        if S::LANES == 16 {
            sweep::<S, 8, VECTORS, FUSED>(sums, whole, weights, start, out, pitch);
        } else {
            sweep::<S, 4, VECTORS, FUSED>(sums, whole, weights, start, out, pitch);
        }
        if whole < rows {
            let (w, s, o) = (&weights[whole * step..], &start[whole..], &mut out[whole * pitch..]);
            sweep::<S, 1, LONG, FUSED>(sums, rows - whole, w, s, o, pitch);
        }
    }
}

/// Packs factors as the tiles read them: blocks of [`tile_rows`] rows, in each [channel][tap][row]; rows that don't
/// fill a block one by one. `weight(row, channel, tap)` gives a factor.
#[inline(always)]
pub fn pack_rows<S: Lanes>(
    [rows, channels, taps]: [usize; 3],
    packed: &mut [f32],
    weight: impl Fn(usize, usize, usize) -> f32,
) {
    let whole = rows / tile_rows::<S>() * tile_rows::<S>();
    let mut next = packed.iter_mut();
    let mut first = 0;
    while first < rows {
        let block = if first < whole { tile_rows::<S>() } else { 1 };
        for c in 0..channels {
            for t in 0..taps {
                for m in first..first + block {
                    if let Some(slot) = next.next() {
                        *slot = weight(m, c, t);
                    }
                }
            }
        }
        first += block;
    }
}
