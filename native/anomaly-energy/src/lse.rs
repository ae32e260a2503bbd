//! Free energy of logits: E = −T log Σ_k exp(f_k / T) per row, and its gradient −softmax(f / T).

use crate::finite::first_non_finite32;
use crate::reports::FreeEnergyReport;
use crate::wide::Wide;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, MAX_LANES, Sum32, Vector, canonical, max2};
use common_rs::math::{self, exp, log};
use common_rs::variants;

/// Rows shorter than this are transposed, so that lanes are rows: vectors along a row would be half empty.
const SHORT: usize = 32;

/// Rows that are computed together when all of their logits are finite.
const BLOCK: usize = 64;

/// Vectors side by side: their chains of operations fill each other's gaps.
const N: usize = 2;

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

/// Numbers of short rows, transposed: a column of N vectors for each number of a row.
type Turned = [f32; SHORT * N * MAX_LANES];

/// Transposes N · LANES rows of k logits, of which `logits` may lack some at its end: there are zeros instead.
#[inline(always)]
fn turn<S: Lanes>(logits: &[f32], k: usize, turned: &mut Turned) {
    let pitch = N * S::LANES;
    let needed = (pitch - 1) * k + k.max(S::LANES);
    let mut padded: Turned;
    let mut from = logits;
    if logits.len() < needed {
        let there = logits.len().min(pitch * k);
        padded = [0.0; SHORT * N * MAX_LANES];
        padded[..there].copy_from_slice(&logits[..there]);
        from = &padded;
    }
    assert!(needed <= from.len() && k.max(S::LANES) * pitch <= turned.len());
    for g in 0..N {
        for column in (0..k).step_by(S::LANES) {
            // The last columns are those before as well; where all are too few, what lies behind is the next row's.
            let first = column.min(k.saturating_sub(S::LANES));
            // SAFETY: asserted.
            unsafe {
                let from = from.as_ptr().add(g * S::LANES * k + first);
                S::transpose(from, k, turned.as_mut_ptr().add(first * pitch + g * S::LANES), pitch);
            }
        }
    }
}

/// LANES rows of k numbers at most from what was transposed.
#[inline(always)]
fn turn_back<S: Lanes>(turned: &[f32], k: usize, rows: &mut [f32]) {
    let pitch = N * S::LANES;
    let whole = k >= S::LANES && rows.len() == S::LANES * k;
    assert!((k.max(S::LANES) - 1) * pitch + S::LANES <= turned.len());
    for column in (0..k).step_by(S::LANES) {
        let first = column.min(k.saturating_sub(S::LANES));
        let from = &turned[first * pitch..];
        if whole {
            // SAFETY: asserted; there are LANES rows of k ≥ LANES numbers.
            unsafe { S::transpose(from.as_ptr(), pitch, rows.as_mut_ptr().add(first), k) };
            continue;
        }
        for (lane, row) in rows.chunks_exact_mut(k).enumerate() {
            for (to, from) in row[first..].iter_mut().zip(from[lane..].iter().step_by(pitch)) {
                *to = *from;
            }
        }
    }
}

/// The rows of k finite logits that `energy` has room for: energies, and the gradient where it is asked for.
#[inline(always)]
fn short_rows<S: Lanes>(
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    energy: &mut [f32],
    mut gradient: Option<&mut [f32]>,
    turned: &mut Turned,
) {
    let step = N * S::LANES;
    let r = Wide([S::F32::splat(temperature.r); N]);
    let t = Wide([S::F32::splat(temperature.t); N]);
    for (i, energy) in energy.chunks_mut(step).enumerate() {
        turn::<S>(&logits[i * step * k..], k, turned);
        let mut m = Wide([S::F32::splat(f32::NEG_INFINITY); N]);
        for x in turned[..k * step].chunks_exact(step) {
            m = math::Real::max2(m, load::<S>(x));
        }
        // sum16
        let mut sums = [Wide([S::F32::splat(0.0); N]); 16];
        for (j, x) in turned[..k * step].chunks_exact_mut(step).enumerate() {
            let e = exp((load::<S>(x) - m) * r);
            sums[j % 16] = sums[j % 16] + e;
            store::<S>(e, x);
        }
        for half in [8, 4, 2, 1] {
            for j in 0..half {
                sums[j] = sums[j] + sums[j + half];
            }
        }
        store_part::<S>(negative_all::<S>(m + t * log(sums[0])), energy);
        let Some(gradient) = &mut gradient else { continue };
        for x in turned[..k * step].chunks_exact_mut(step) {
            store::<S>(negative_all::<S>(load::<S>(x) / sums[0]), x);
        }
        let rows = &mut gradient[i * step * k..][..energy.len() * k];
        for (g, rows) in rows.chunks_mut(S::LANES * k).enumerate() {
            turn_back::<S>(&turned[g * S::LANES..], k, rows);
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

/// As many numbers as there are places for.
#[inline(always)]
fn store_part<S: Lanes>(v: Wide<S::F32, N>, to: &mut [f32]) {
    for (v, part) in v.0.into_iter().zip(to.chunks_mut(S::LANES)) {
        v.store_part(part);
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
    for (block, part) in row.chunks(Sum32::<S>::WIDTH).enumerate() {
        for (k, part) in part.chunks(S::LANES).enumerate() {
            // Lanes without an element get exp(−Inf) = 0.
            let f = S::F32::load_part(part, f32::NEG_INFINITY);
            let e = exp((f - S::F32::splat(m)) * S::F32::splat(temperature.r));
            sum.add(k, e);
            if let Some(gradient) = gradient.as_deref_mut() {
                e.store_part(&mut gradient[block * Sum32::<S>::WIDTH + k * S::LANES..][..part.len()]);
            }
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
    lanes[..S::LANES].iter().copied().fold(f32::NEG_INFINITY, max2)
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
    let mut turned = [0.0; SHORT * N * MAX_LANES];
    for (i, energy) in energy.chunks_mut(BLOCK).enumerate() {
        let range = i * BLOCK * k..(i * BLOCK + energy.len()) * k;
        let part = &logits[range.clone()];
        let mut gradient = gradient.as_deref_mut().map(|g| &mut g[range]);
        if k < SHORT && (bad.is_none() || first_non_finite32::<S>(part).is_none()) {
            short_rows::<S>(&logits[i * BLOCK * k..], k, temperature, energy, gradient, &mut turned);
            continue;
        }
        for (j, (row, energy)) in part.chunks_exact(k).zip(energy).enumerate() {
            let gradient = gradient.as_deref_mut().map(|g| &mut g[j * k..(j + 1) * k]);
            *energy = any_row::<S>(row, temperature, gradient);
        }
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
