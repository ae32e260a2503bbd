//! Squared Euclidean distances in the fixed order of reductions: element i goes to accumulator i mod 16, then a halving
//! tree.

use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Lanes, Sum32, Vector};
use common_rs::variants;

/// sum16((a_i − b_i)²)
#[inline(always)]
pub fn squared_distance<S: Lanes>(a: &[f32], b: &[f32]) -> f32 {
    let mut sum = Sum32::<S>::default();
    let whole = a.len() / 16 * 16;
    let (a, a_rest) = a.split_at(whole);
    let (b, b_rest) = b.split_at(whole);
    for (a, b) in a.chunks_exact(16).zip(b.chunks_exact(16)) {
        for k in 0..Sum32::<S>::VECTORS {
            let d = S::F32::load(&a[k * S::LANES..]) - S::F32::load(&b[k * S::LANES..]);
            sum.add(k, d * d);
        }
    }
    for (k, (a, b)) in a_rest.chunks(S::LANES).zip(b_rest.chunks(S::LANES)).enumerate() {
        let d = S::F32::load_part(a, 0.0) - S::F32::load_part(b, 0.0);
        sum.add(k, d * d);
    }
    sum.fold()
}

/// sum16(a_i²)
#[inline(always)]
pub fn squared_norm<S: Lanes>(a: &[f32]) -> f32 {
    let mut sum = Sum32::<S>::default();
    let blocks = a.chunks_exact(16);
    let rest = blocks.remainder();
    for block in blocks {
        for k in 0..Sum32::<S>::VECTORS {
            let v = S::F32::load(&block[k * S::LANES..]);
            sum.add(k, v * v);
        }
    }
    for (k, part) in rest.chunks(S::LANES).enumerate() {
        let v = S::F32::load_part(part, 0.0);
        sum.add(k, v * v);
    }
    sum.fold()
}

#[inline(always)]
fn norms_on<S: Lanes>(x: &[f32], d: usize, out: &mut [f32]) {
    for (x, out) in x.chunks_exact(d).zip(out) {
        *out = squared_norm::<S>(x);
    }
}

#[inline(always)]
fn distances_on<S: Lanes>(x: &[f32], y: &[f32], out: &mut [f32]) {
    for (x, out) in x.chunks_exact(y.len()).zip(out) {
        *out = squared_distance::<S>(x, y);
    }
}

variants! {
    to avx2;

    fn norms_by(x: &[f32], d: usize, out: &mut [f32]) = norms_on;
    fn distances_by(x: &[f32], y: &[f32], out: &mut [f32]) = distances_on;
}

/// Squared norms of rows.
pub fn row_norms(isa: Isa, x: &[f32], _n: u32, d: u32, out: &mut [f32], _span: Span) -> i32 {
    norms_by(isa, x, d as usize, out);
    status::OK
}

/// Squared distances of rows to one point.
pub fn row_distances(isa: Isa, x: &[f32], y: &[f32], _n: u32, _d: u32, out: &mut [f32], _span: Span) -> i32 {
    distances_by(isa, x, y, out);
    status::OK
}
