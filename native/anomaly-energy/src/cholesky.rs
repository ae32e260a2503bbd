//! Cholesky factors and what is made of them, in f64 and in one fixed order.

use crate::reports::LocationFactorReport;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::Lanes;
use common_rs::linalg;
use common_rs::variants;

/// Status `notPositive` of the row.
const NOT_POSITIVE: i32 = 1;

#[inline(always)]
fn precision_on<S: Lanes>(w: &[f64], d: usize, a: &mut [f64], span: Span) {
    for (i, out) in (span.begin as usize..).zip(a.chunks_exact_mut(d)) {
        out.fill(0.0);
        for (k, row) in w.chunks_exact(d).enumerate().skip(i) {
            let factor = row[i];
            for (sum, &w) in out[..=k].iter_mut().zip(row) {
                *sum += factor * w;
            }
        }
    }
}

/// Whitening factors of the locations; the first one without.
fn location_factors(
    isa: Isa,
    m2: &[f64],
    c: usize,
    divisor: f64,
    ridge: f64,
    factor: &mut [f32],
    work: &mut [f64],
) -> Option<usize> {
    let mut failed = None;
    let (matrix, row) = work.split_at_mut(c * c);
    let size = c * (c + 1) / 2;
    for (u, (m2, out)) in m2.chunks_exact(size).zip(factor.chunks_exact_mut(size)).enumerate() {
        for (i, to) in matrix.chunks_exact_mut(c).enumerate() {
            for (to, &m2) in to[..=i].iter_mut().zip(&m2[i * (i + 1) / 2..]) {
                *to = m2 / divisor;
            }
            to[i] += ridge;
        }
        if !linalg::cholesky(isa, c, 0..c, matrix) {
            out.fill(0.0);
            failed = failed.or(Some(u));
            continue;
        }
        linalg::triangular_inverse(isa, c, 0..c, matrix, row);
        for (i, from) in matrix.chunks_exact(c).enumerate() {
            for (out, &w) in out[i * (i + 1) / 2..].iter_mut().zip(&from[..=i]) {
                *out = w as f32;
            }
        }
    }
    failed
}

variants! {
    to avx2;

    fn precision_by(w: &[f64], d: usize, a: &mut [f64], span: Span) = precision_on;
}

fn rows(span: Span) -> core::ops::Range<usize> {
    span.begin as usize..span.end as usize
}

/// Rows of the Cholesky factor, in place in the lower triangle.
pub fn cholesky_factor(isa: Isa, d: u32, _rows: u32, a: &mut [f64], span: Span) -> i32 {
    if linalg::cholesky(isa, d as usize, rows(span), a) { status::OK } else { NOT_POSITIVE }
}

/// Rows of the inverse of a lower triangular matrix, in place.
pub fn triangular_inverse(isa: Isa, d: u32, _rows: u32, a: &mut [f64], row: &mut [f64], span: Span) -> i32 {
    linalg::triangular_inverse(isa, d as usize, rows(span), a, row);
    status::OK
}

/// Rows of A = WᵀW.
pub fn precision(isa: Isa, w: &[f64], d: u32, _rows: u32, a: &mut [f64], span: Span) -> i32 {
    precision_by(isa, w, d as usize, a, span);
    status::OK
}

/// Packed whitening factor of every location.
pub fn location_factor(
    isa: Isa,
    m2: &[f64],
    c: u32,
    _rows: u32,
    divisor: f64,
    ridge: f64,
    factor: &mut [f32],
    report: &mut LocationFactorReport,
    matrix: &mut [f64],
    span: Span,
) -> i32 {
    if let Some(u) = location_factors(isa, m2, c as usize, divisor, ridge, factor, matrix) {
        report.failed = (span.begin as usize + u) as f64;
    }
    status::OK
}

#[cfg(test)]
#[path = "cholesky/tests.rs"]
mod tests;
