//! Free energy of logits: E = −T log Σ_k exp(f_k / T) per row, and its gradient −softmax(f / T).

use crate::finite::first_non_finite32;
use crate::reports::FreeEnergyReport;
use crate::wide::Wide;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, MAX_LANES, Sum32, Vector, canonical, max2};
use common_rs::math::{self, exp, log};
use common_rs::variants;

/// Rows shorter than this are computed side by side, a row per lane: vectors along a row would be half empty.
const SHORT: usize = 32;

/// Vectors of such rows: their chains of operations fill each other's gaps.
const N: usize = 2;

/// Accumulators of a sum.
const SUMS: usize = 16;

#[inline(always)]
fn negative<S: Lanes>(v: S::F32) -> S::F32 {
    S::F32::from_bits(v.to_bits() ^ S::U32::splat(0x8000_0000))
}

/// T, and 1 / T.
#[derive(Clone, Copy)]
struct Temperature {
    t: f32,
    r: f32,
}

/// `N · LANES` rows of k finite logits: energies, and the gradient where it is asked for. Sums go over accumulators
/// 0 … 15 of each row as if it lay along a vector.
#[inline(always)]
fn short_rows<S: Lanes>(
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    energy: &mut [f32],
    gradient: Option<&mut [f32]>,
) {
    let rows = N * S::LANES;
    assert!(k <= SHORT && logits.len() == rows * k);
    let mut columns = [0.0f32; SHORT * N * MAX_LANES];
    let mut m = Wide([S::F32::splat(f32::NEG_INFINITY); N]);
    for (j, column) in columns.chunks_exact_mut(rows).take(k).enumerate() {
        // A fixed number of loads side by side; a row at a time the compiler would scatter.
        for i in 0..rows {
            column[i] = logits[i * k + j];
        }
        m = math::Real::max2(m, load::<S>(column));
    }
    let mut sums = [Wide([S::F32::splat(0.0); N]); SUMS];
    for (j, column) in columns.chunks_exact_mut(rows).take(k).enumerate() {
        let e = exp((load::<S>(column) - m) * Wide([S::F32::splat(temperature.r); N]));
        store::<S>(e, column);
        sums[j % SUMS] = sums[j % SUMS] + e;
    }
    // What has no element is +0 and changes no sum.
    let mut live = k.min(SUMS);
    let mut half = SUMS / 2;
    while half > 0 {
        for j in half..live {
            sums[j - half] = sums[j - half] + sums[j];
        }
        live = live.min(half);
        half /= 2;
    }
    let s = sums[0];
    let energies = m + Wide([S::F32::splat(temperature.t); N]) * log(s);
    store::<S>(negative_all::<S>(energies), energy);
    let Some(gradient) = gradient else { return };
    for (j, column) in columns.chunks_exact_mut(rows).take(k).enumerate() {
        store::<S>(negative_all::<S>(load::<S>(column) / s), column);
        for i in 0..rows {
            gradient[i * k + j] = column[i];
        }
    }
}

#[inline(always)]
fn load<S: Lanes>(from: &[f32]) -> Wide<S::F32, N> {
    let mut all = [S::F32::splat(0.0); N];
    for n in 0..N {
        all[n] = S::F32::load(&from[n * S::LANES..]);
    }
    Wide(all)
}

#[inline(always)]
fn store<S: Lanes>(v: Wide<S::F32, N>, to: &mut [f32]) {
    for n in 0..N {
        v.0[n].store(&mut to[n * S::LANES..]);
    }
}

#[inline(always)]
fn negative_all<S: Lanes>(v: Wide<S::F32, N>) -> Wide<S::F32, N> {
    let mut all = v.0;
    for n in 0..N {
        all[n] = negative::<S>(all[n]);
    }
    Wide(all)
}

/// gradient = −(e / s), in place.
#[inline(always)]
fn divide<S: Lanes>(e: &mut [f32], s: f32) {
    for part in e.chunks_mut(S::LANES) {
        negative::<S>(S::F32::load_part(part, 0.0) / S::F32::splat(s)).store_part(part);
    }
}

/// One row with a finite maximum m, vectors along it.
#[inline(always)]
fn long_row<S: Lanes>(row: &[f32], m: f32, temperature: Temperature, gradient: Option<&mut [f32]>) -> f32 {
    let mut sum = Sum32::<S>::default();
    let mut gradient = gradient;
    for (i, part) in row.chunks(S::LANES).enumerate() {
        // Lanes without an element get exp(−Inf) = 0.
        let f = S::F32::load_part(part, f32::NEG_INFINITY);
        let e = exp((f - S::F32::splat(m)) * S::F32::splat(temperature.r));
        sum.add(i % Sum32::<S>::VECTORS, e);
        if let Some(gradient) = gradient.as_deref_mut() {
            e.store_part(&mut gradient[i * S::LANES..][..part.len()]);
        }
    }
    let s = sum.fold();
    if let Some(gradient) = gradient {
        divide::<S>(gradient, s);
    }
    canonical(-(m + temperature.t * log(s)))
}

#[inline(always)]
fn maximum<S: Lanes>(row: &[f32]) -> f32 {
    let mut m = S::F32::splat(f32::NEG_INFINITY);
    for part in row.chunks(S::LANES) {
        m = m.max2(S::F32::load_part(part, f32::NEG_INFINITY));
    }
    let mut lanes = [f32::NEG_INFINITY; MAX_LANES];
    m.store(&mut lanes);
    lanes.into_iter().fold(f32::NEG_INFINITY, max2)
}

/// One row of any logits.
#[inline(always)]
fn any_row<S: Lanes>(row: &[f32], temperature: Temperature, gradient: Option<&mut [f32]>) -> f32 {
    if row.iter().any(|f| f.is_nan()) {
        if let Some(gradient) = gradient {
            gradient.fill(canonical(f32::NAN));
        }
        return canonical(f32::NAN);
    }
    let m = maximum::<S>(row);
    if m.is_finite() {
        return long_row::<S>(row, m, temperature, gradient);
    }
    // e is 1 at the infinite maxima and 0 elsewhere; counts are exact in any order.
    if let Some(gradient) = gradient {
        for (e, &f) in gradient.iter_mut().zip(row) {
            *e = f32::from(u8::from(f == m));
        }
        let mut sum = Sum32::<S>::default();
        sum.add_all(gradient);
        divide::<S>(gradient, sum.fold());
    }
    -m
}

#[inline(always)]
fn free_energy_on<S: Lanes>(
    logits: &[f32],
    k: usize,
    temperature: f32,
    energy: &mut [f32],
    mut gradient: Option<&mut [f32]>,
) -> Option<usize> {
    let temperature = Temperature { t: temperature, r: 1.0 / temperature };
    let bad = first_non_finite32::<S>(logits);
    let rows = energy.len();
    let mut i = 0;
    while i < rows {
        let side_by_side = k < SHORT && i + N * S::LANES <= rows;
        let count = if side_by_side { N * S::LANES } else { 1 };
        let range = i * k..(i + count) * k;
        let part = &logits[range.clone()];
        let mut gradient = gradient.as_deref_mut().map(|g| &mut g[range]);
        if side_by_side && (bad.is_none() || first_non_finite32::<S>(part).is_none()) {
            short_rows::<S>(part, k, temperature, &mut energy[i..], gradient);
        } else {
            for (j, (row, energy)) in part.chunks_exact(k).zip(&mut energy[i..]).enumerate() {
                let gradient = gradient.as_deref_mut().map(|g| &mut g[j * k..(j + 1) * k]);
                *energy = any_row::<S>(row, temperature, gradient);
            }
        }
        i += count;
    }
    bad
}

variants! {
    fn free_energy_by(
        logits: &[f32],
        k: usize,
        temperature: f32,
        energy: &mut [f32],
        gradient: Option<&mut [f32]>,
    ) -> Option<usize> = free_energy_on;
}

/// Free energies of rows of k logits and, where asked for, their gradients.
pub fn free_energy(
    isa: Isa,
    logits: &[f32],
    _n: u32,
    k: u32,
    temperature: f64,
    energy: &mut [f32],
    gradient: Option<&mut [f32]>,
    report: &mut FreeEnergyReport,
    span: Span,
) -> i32 {
    let k = k as usize;
    if let Some(at) = free_energy_by(isa, logits, k, temperature as f32, energy, gradient) {
        report.first_non_finite = (span.begin as usize * k + at) as f64;
    }
    status::OK
}

#[cfg(test)]
#[path = "lse/tests.rs"]
mod tests;
