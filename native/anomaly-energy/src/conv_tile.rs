//! The register tiles of the convolutions. Both directions are sums over taps of shifted planes:
//!
//!   out[m][i] = Σ_c Σ_t w(m, c, t) · plane_c[i + taps[t]]
//!
//! from +0, c outer, t inner, one accumulator per output: the same bits for any tiling, and for any instruction set
//! when `FUSED` is false. Lanes are positions i.

use common_rs::lanes::{Floats, Lanes, Vector};
use common_rs::{Isa, variants};

/// A tap: the element it reads relative to a position, and its weight relative to that of the row and channel.
#[derive(Clone, Copy)]
pub struct Tap {
    pub at: isize,
    pub weight: usize,
}

/// One sum of products per output row and position.
#[derive(Clone, Copy)]
pub struct Sums<'a> {
    /// Channel c begins at `planes[origin + c * pitch]`.
    pub planes: &'a [f32],
    pub origin: usize,
    pub pitch: usize,
    pub channels: usize,
    pub taps: &'a [Tap],
    /// w(m, c, t) = weights[m * row_step + c * channel_step + taps[t].weight]
    pub weights: &'a [f32],
    pub row_step: usize,
    pub channel_step: usize,
    /// First elements of the vectors that are computed.
    pub at: &'a [usize],
}

/// Where row m's sum at a position goes: `out[m * pitch + position]`.
pub struct Rows<'a> {
    pub out: &'a mut [f32],
    pub pitch: usize,
    pub count: usize,
}

#[inline(always)]
pub fn multiply_add<S: Lanes, const FUSED: bool>(a: S::F32, b: S::F32, sum: S::F32) -> S::F32 {
    if FUSED { a.fused(b, sum) } else { sum + a * b }
}

/// Rows first … first + M − 1 at positions `at` … `at` + N − 1.
///
/// # Safety
/// As `sum_planes` asserts.
#[inline(always)]
unsafe fn tile<S: Lanes, const M: usize, const N: usize, const FUSED: bool>(
    sums: &Sums,
    first: usize,
    at: usize,
    rows: &mut Rows,
) {
    let mut places = [0; N];
    places.copy_from_slice(&sums.at[at..at + N]);
    let mut acc = [[S::F32::splat(0.0); N]; M];
    // SAFETY: the caller's promise.
    unsafe {
        let mut plane = sums.planes.as_ptr().add(sums.origin);
        let mut weights = sums.weights.as_ptr().add(first * sums.row_step);
        for _ in 0..sums.channels {
            for tap in sums.taps {
                let from = plane.offset(tap.at);
                let mut x = [S::F32::splat(0.0); N];
                for n in 0..N {
                    x[n] = S::F32::load_at(from.add(places[n]));
                }
                let factor = weights.add(tap.weight);
                for m in 0..M {
                    let w = S::F32::splat(*factor.add(m * sums.row_step));
                    for n in 0..N {
                        acc[m][n] = multiply_add::<S, FUSED>(x[n], w, acc[m][n]);
                    }
                }
            }
            plane = plane.wrapping_add(sums.pitch);
            weights = weights.wrapping_add(sums.channel_step);
        }
        let out = rows.out.as_mut_ptr().add(first * rows.pitch);
        for m in 0..M {
            for n in 0..N {
                acc[m][n].store_at(out.add(m * rows.pitch + places[n]));
            }
        }
    }
}

/// Rows `from` … `to` − 1 in tiles of M, at all positions. Positions are outside, so that what a tile reads stays in the
/// first-level cache.
///
/// # Safety
/// As for `tile`.
#[inline(always)]
unsafe fn sweep<S: Lanes, const M: usize, const N: usize, const FUSED: bool>(
    sums: &Sums,
    [from, to]: [usize; 2],
    rows: &mut Rows,
) {
    let mut at = 0;
    while at < sums.at.len() {
        let left = sums.at.len() - at;
        let mut m = from;
        while m < to {
            // SAFETY: the caller's promise.
            unsafe {
                if left >= N {
                    tile::<S, M, N, FUSED>(sums, m, at, rows);
                } else {
                    tile::<S, M, 1, FUSED>(sums, m, at, rows);
                }
            }
            m += M;
        }
        at += if left >= N { N } else { 1 };
    }
}

/// All rows at all positions.
///
/// # Panics
/// When a tap at one of the positions lies outside of the planes, a weight outside of the weights, or a position
/// outside of its row.
pub fn sum_planes(isa: Isa, fused: bool, sums: &Sums, rows: &mut Rows) {
    sum_planes_by(isa, fused, sums, rows);
}

variants! {
    fn sum_planes_by(fused: bool, sums: &Sums, rows: &mut Rows) = sum_planes_on;
}

#[inline(always)]
fn sum_planes_on<S: Lanes>(fused: bool, sums: &Sums, rows: &mut Rows) {
    if sums.at.is_empty() || sums.channels == 0 || rows.count == 0 {
        return;
    }
    let last = sums.at.iter().fold(0, |a, &b| a.max(b)) + S::LANES;
    let lowest = sums.taps.iter().fold(0, |a, tap| a.min(tap.at));
    let highest = sums.taps.iter().fold(0, |a, tap| a.max(tap.at));
    let weight = sums.taps.iter().fold(0, |a, tap| a.max(tap.weight));
    let end = sums.origin + (sums.channels - 1) * sums.pitch + last;
    assert!(sums.origin as isize + lowest >= 0 && end as isize + highest <= sums.planes.len() as isize);
    let end = (rows.count - 1) * sums.row_step + (sums.channels - 1) * sums.channel_step + weight;
    assert!(end < sums.weights.len());
    assert!((rows.count - 1) * rows.pitch + last <= rows.out.len());
    let count = rows.count;
    // Accumulators, a vector per position and one for weights fit the registers, with one to spare: where the last one
    // is in use, accumulators get spilled.
    let (many, some) = if S::LANES == 16 { (count / 12 * 12, count / 2 * 2) } else { (count / 6 * 6, count / 2 * 2) };
    // SAFETY: asserted.
    unsafe {
        if fused && S::FUSES {
            sweep_all::<S, true>(sums, many, some, rows);
        } else {
            sweep_all::<S, false>(sums, many, some, rows);
        }
    }
}

/// Rows up to `many` in the largest tiles, then up to `some` in pairs, then one by one.
///
/// # Safety
/// As for `tile`.
#[inline(always)]
unsafe fn sweep_all<S: Lanes, const FUSED: bool>(sums: &Sums, many: usize, some: usize, rows: &mut Rows) {
    // SAFETY: the caller's promise.
    unsafe {
        if S::LANES == 16 {
            sweep::<S, 12, 2, FUSED>(sums, [0, many], rows);
        } else {
            sweep::<S, 6, 2, FUSED>(sums, [0, many], rows);
        }
        sweep::<S, 2, 4, FUSED>(sums, [many, some], rows);
        sweep::<S, 1, 8, FUSED>(sums, [some, rows.count], rows);
    }
}
