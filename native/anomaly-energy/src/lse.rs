//! Free energy of logits: E = −T log Σ_k exp(f_k / T) per row, and its gradient −softmax(f / T).

use crate::finite::first_non_finite32;
use crate::reports::FreeEnergyReport;
use crate::wide::Wide;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, MAX_LANES, Sum32, Vector, canonical, first_lanes, max2};
use common_rs::math::{exp, log};
use common_rs::variants;

/// Rows shorter than this are computed BLOCK at a time, as one sequence of numbers: vectors along a row would be half
/// empty.
const SHORT: usize = 32;
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

/// Numbers of a block of short rows, with room for what vectors reach beyond it.
#[repr(align(64))]
struct Numbers([f32; BLOCK * SHORT + SHORT + N * MAX_LANES]);

/// What is computed of a block of short rows.
struct Block {
    /// A number of each row, as often as the row has elements.
    spread: Numbers,
    e: Numbers,
    row: [f32; BLOCK + N * MAX_LANES],
}

impl Block {
    fn new() -> Self {
        let zeros = || Numbers([0.0; BLOCK * SHORT + SHORT + N * MAX_LANES]);
        Self { spread: zeros(), e: zeros(), row: [0.0; BLOCK + N * MAX_LANES] }
    }

    /// Rows of k numbers, each its own one of `row`. What is written behind a row is the next one's to overwrite.
    #[inline(always)]
    fn spread<S: Lanes>(&mut self, rows: usize, k: usize) {
        for (i, &v) in self.row[..rows].iter().enumerate() {
            for at in (0..k).step_by(S::LANES) {
                S::F32::splat(v).store(&mut self.spread.0[i * k + at..]);
            }
        }
    }
}

/// `rows` rows of k finite logits, at most BLOCK: energies, and the gradient where it is asked for.
#[inline(always)]
fn short_rows<S: Lanes>(
    logits: &[f32],
    k: usize,
    temperature: Temperature,
    energy: &mut [f32],
    gradient: Option<&mut [f32]>,
    block: &mut Block,
) {
    let rows = energy.len();
    assert!(k <= SHORT && rows <= BLOCK && logits.len() == rows * k);
    for (m, row) in block.row.iter_mut().zip(logits.chunks_exact(k)) {
        *m = row.iter().copied().fold(f32::NEG_INFINITY, max2);
    }
    block.spread::<S>(rows, k);
    let step = N * S::LANES;
    let r = Wide([S::F32::splat(temperature.r); N]);
    for at in (0..logits.len()).step_by(step) {
        let x = load_part::<S>(&logits[at..]);
        store::<S>(exp((x - load::<S>(&block.spread.0[at..])) * r), &mut block.e.0[at..]);
    }
    // The last vector of a row is cut off at its end; the next row's numbers, or what is left in `e`, lie behind it.
    let mut sums = [0.0; BLOCK + N * MAX_LANES];
    for (i, s) in sums[..rows].iter_mut().enumerate() {
        let mut sum = Sum32::<S>::default();
        for first in (0..k).step_by(Sum32::<S>::WIDTH) {
            for v in 0..Sum32::<S>::VECTORS {
                let at = first + v * S::LANES;
                let e = S::F32::load(&block.e.0[i * k + at.min(k)..]);
                sum.add(v, first_lanes::<S>(e, k.saturating_sub(at)));
            }
        }
        *s = sum.fold();
    }
    let t = Wide([S::F32::splat(temperature.t); N]);
    for at in (0..rows).step_by(step) {
        let energies = load::<S>(&block.row[at..]) + t * log(load::<S>(&sums[at..]));
        store_part::<S>(negative_all::<S>(energies), &mut energy[at..]);
    }
    let Some(gradient) = gradient else { return };
    block.row = sums;
    block.spread::<S>(rows, k);
    for at in (0..logits.len()).step_by(step) {
        let quotients = load::<S>(&block.e.0[at..]) / load::<S>(&block.spread.0[at..]);
        store_part::<S>(negative_all::<S>(quotients), &mut gradient[at..]);
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

/// As `load`, zeros where there are no elements.
#[inline(always)]
fn load_part<S: Lanes>(from: &[f32]) -> Wide<S::F32, N> {
    let mut all = [S::F32::splat(0.0); N];
    for (v, part) in all.iter_mut().zip(from.chunks(S::LANES)) {
        *v = S::F32::load_part(part, 0.0);
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
    let mut block = Block::new();
    for (i, energy) in energy.chunks_mut(BLOCK).enumerate() {
        let range = i * BLOCK * k..(i * BLOCK + energy.len()) * k;
        let part = &logits[range.clone()];
        let mut gradient = gradient.as_deref_mut().map(|g| &mut g[range]);
        if k < SHORT && (bad.is_none() || first_non_finite32::<S>(part).is_none()) {
            short_rows::<S>(part, k, temperature, energy, gradient, &mut block);
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
