//! Eigenvectors, the dual path, and projections. Tolerance code: products are fused.

use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::gemm::{Left, Product, Right, Shape, gemm};
use common_rs::lanes::{Floats, Lanes, Vector};
use common_rs::linalg;
use common_rs::variants;

/// Status `notConverged` of the row.
const NOT_CONVERGED: i32 = 1;

/// Eigenvalues and eigenvectors of a symmetric matrix, all in the first chunk.
pub fn sym_eig(isa: Isa, d: u32, _steps: u32, a: &mut [f64], values: &mut [f64], work: &mut [f64], span: Span) -> i32 {
    if span.begin > 0 || linalg::sym_eig(isa, d as usize, a, values, work) { status::OK } else { NOT_CONVERGED }
}

/// Numbers that become vectors of f64.
trait Source: Copy + Into<f64> {
    /// `LANES` elements as two vectors.
    fn load<S: Lanes>(from: &[Self]) -> [S::F64; 2];
}

impl Source for f32 {
    #[inline(always)]
    fn load<S: Lanes>(from: &[f32]) -> [S::F64; 2] {
        S::widen(S::F32::load(from))
    }
}

impl Source for f64 {
    #[inline(always)]
    fn load<S: Lanes>(from: &[f64]) -> [S::F64; 2] {
        [S::F64::load(from), S::F64::load(&from[S::LANES64..])]
    }
}

/// Σ a_k (x_k − mean_k).
#[inline(always)]
fn centered_dot<S: Lanes, T: Source>(a: &[f64], x: &[T], mean: &[f64]) -> f64 {
    let mut sums = [S::F64::splat(0.0); 4];
    let whole = x.len() / (2 * S::LANES) * (2 * S::LANES);
    let mut k = 0;
    while k < whole {
        for half in 0..2 {
            let at = k + half * S::LANES;
            let v = T::load::<S>(&x[at..]);
            for i in 0..2 {
                let at = at + i * S::LANES64;
                let v = v[i] - S::F64::load(&mean[at..]);
                sums[2 * half + i] = S::F64::load(&a[at..]).fused(v, sums[2 * half + i]);
            }
        }
        k += 2 * S::LANES;
    }
    let mut sum = ((sums[0] + sums[1]) + (sums[2] + sums[3])).sum();
    for ((&a, &x), &mean) in a[whole..].iter().zip(&x[whole..]).zip(&mean[whole..]) {
        sum += a * (x.into() - mean);
    }
    sum
}

#[inline(always)]
fn gram_on<S: Lanes, T: Source>(x: &[T], mean: &[f64], gram: &mut [f64], centered: &mut [f64], span: Span) {
    let d = mean.len();
    let n = x.len() / d;
    for (i, out) in (span.begin as usize..).zip(gram.chunks_exact_mut(n)) {
        for ((to, &v), &mean) in centered.iter_mut().zip(&x[i * d..(i + 1) * d]).zip(mean) {
            *to = v.into() - mean;
        }
        out.fill(0.0);
        for (to, x) in out[..=i].iter_mut().zip(x.chunks_exact(d)) {
            *to = centered_dot::<S, T>(&centered[..d], x, mean);
        }
    }
}

#[inline(always)]
fn dual_on<S: Lanes, T: Source>(x: &[T], mean: &[f64], weights: &[f64], basis: &mut [f64]) {
    let d = mean.len();
    let n = x.len() / d;
    for (weights, out) in weights.chunks_exact(n).zip(basis.chunks_exact_mut(d)) {
        out.fill(0.0);
        for (x, &w) in x.chunks_exact(d).zip(weights) {
            let whole = d / S::LANES * S::LANES;
            let factor = S::F64::splat(w);
            for k in (0..whole).step_by(S::LANES) {
                let v = T::load::<S>(&x[k..]);
                for i in 0..2 {
                    let at = k + i * S::LANES64;
                    let sum = factor.fused(v[i] - S::F64::load(&mean[at..]), S::F64::load(&out[at..]));
                    sum.store(&mut out[at..]);
                }
            }
            for k in whole..d {
                out[k] += w * (x[k].into() - mean[k]);
            }
        }
    }
}

/// Squared norms of rows of d numbers.
#[inline(always)]
fn squares_on<S: Lanes>(rows: &[f32], d: usize, out: &mut [f32]) {
    for (row, out) in rows.chunks_exact(d).zip(out) {
        let mut sums = [S::F64::splat(0.0); 2];
        for part in row.chunks(S::LANES) {
            let v = S::widen(S::F32::load_part(part, 0.0));
            sums = [v[0].fused(v[0], sums[0]), v[1].fused(v[1], sums[1])];
        }
        *out = (sums[0] + sums[1]).sum() as f32;
    }
}

variants! {
    to avx2;

    fn gram_by(x: &[f32], mean: &[f64], gram: &mut [f64], centered: &mut [f64], span: Span) = gram_on[f32];
    fn gram64_by(x: &[f64], mean: &[f64], gram: &mut [f64], centered: &mut [f64], span: Span) = gram_on[f64];
    fn dual_by(x: &[f32], mean: &[f64], weights: &[f64], basis: &mut [f64]) = dual_on[f32];
    fn dual64_by(x: &[f64], mean: &[f64], weights: &[f64], basis: &mut [f64]) = dual_on[f64];
    fn squares_by(rows: &[f32], d: usize, out: &mut [f32]) = squares_on;
}

/// Inner products of centered rows.
pub fn gram_rows(
    isa: Isa,
    x: &[f32],
    mean: &[f64],
    _n: u32,
    _d: u32,
    _rows: u32,
    gram: &mut [f64],
    centered: &mut [f64],
    span: Span,
) -> i32 {
    gram_by(isa, x, mean, gram, centered, span);
    status::OK
}

/// As `gram_rows`, of f64.
pub fn gram_rows64(
    isa: Isa,
    x: &[f64],
    mean: &[f64],
    _n: u32,
    _d: u32,
    _rows: u32,
    gram: &mut [f64],
    centered: &mut [f64],
    span: Span,
) -> i32 {
    gram64_by(isa, x, mean, gram, centered, span);
    status::OK
}

/// Weighted sums of centered rows.
pub fn dual_basis(
    isa: Isa,
    x: &[f32],
    mean: &[f64],
    weights: &[f64],
    _n: u32,
    _d: u32,
    _rows: u32,
    basis: &mut [f64],
    _span: Span,
) -> i32 {
    dual_by(isa, x, mean, weights, basis);
    status::OK
}

/// As `dual_basis`, of f64.
pub fn dual_basis64(
    isa: Isa,
    x: &[f64],
    mean: &[f64],
    weights: &[f64],
    _n: u32,
    _d: u32,
    _rows: u32,
    basis: &mut [f64],
    _span: Span,
) -> i32 {
    dual64_by(isa, x, mean, weights, basis);
    status::OK
}

/// Coordinates of centered rows in a basis, and what the basis leaves over.
pub fn project_rows(
    isa: Isa,
    v: &[f32],
    basis: &[f32],
    _n: u32,
    d: u32,
    k: u32,
    z: &mut [f32],
    fre: Option<&mut [f32]>,
    residual: Option<&mut [f32]>,
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let (d, k) = (d as usize, k as usize);
    let rows = v.len() / d;
    let (a, b) = (Left { data: v, stride: d }, Right { data: basis, stride: d, transposed: true });
    gemm(isa, Shape { rows, n: k, k: d }, 1.0, a, b, 0.0, &mut Product { data: z, stride: k }, work);
    if fre.is_none() && residual.is_none() {
        return status::OK;
    }
    let (own, work) = work.split_at_mut(rows * d);
    let left = residual.unwrap_or(own);
    left.copy_from_slice(v);
    let (a, b) = (Left { data: &*z, stride: k }, Right { data: basis, stride: d, transposed: false });
    gemm(isa, Shape { rows, n: d, k }, -1.0, a, b, 1.0, &mut Product { data: left, stride: d }, work);
    if let Some(fre) = fre {
        squares_by(isa, left, d, fre);
    }
    status::OK
}

#[cfg(test)]
#[path = "subspace/tests.rs"]
mod tests;
