//! Cholesky factors and what is made of them, in f64 and in one fixed order.

use crate::reports::LocationFactorReport;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Lanes, Sum64, Vector};
use common_rs::variants;

/// Status `notPositive` of the row.
const NOT_POSITIVE: i32 = 1;

/// Inner products of M rows with b, each in 8 accumulators.
#[inline(always)]
fn dots<S: Lanes, const M: usize>(rows: [&[f64]; M], b: &[f64]) -> [f64; M] {
    let mut sums = [Sum64::<S>::default(); M];
    let whole = b.len() / 8 * 8;
    let mut at = 0;
    while at < whole {
        for k in 0..Sum64::<S>::VECTORS {
            let i = at + k * S::LANES64;
            let v = S::F64::load(&b[i..]);
            for m in 0..M {
                sums[m].add(k, S::F64::load(&rows[m][i..]) * v);
            }
        }
        at += 8;
    }
    for (k, part) in b[whole..].chunks(S::LANES64).enumerate() {
        let v = S::F64::load_part(part, 0.0);
        for m in 0..M {
            sums[m].add(k, S::F64::load_part(&rows[m][whole + k * S::LANES64..][..part.len()], 0.0) * v);
        }
    }
    let mut out = [0.0; M];
    for m in 0..M {
        out[m] = sums[m].fold();
    }
    out
}

/// Rows `from` … `to` − 1 of the factor, in place.
#[inline(always)]
fn factor_rows<S: Lanes>(a: &mut [f64], d: usize, from: usize, to: usize) -> i32 {
    let (done, rest) = a.split_at_mut(from * d);
    let rows = &mut rest[..(to - from) * d];
    // Against the rows before these, whose factors are ready: four sums at a time don't wait for each other.
    for (j, factor) in done.chunks_exact(d).enumerate() {
        let (b, diagonal) = (&factor[..j], factor[j]);
        for four in rows.chunks_mut(4 * d) {
            if four.len() == 4 * d {
                let s = dots::<S, 4>([0, 1, 2, 3].map(|m| &four[m * d..m * d + j]), b);
                for m in 0..4 {
                    four[m * d + j] = (four[m * d + j] - s[m]) / diagonal;
                }
            } else {
                for row in four.chunks_exact_mut(d) {
                    let [s] = dots::<S, 1>([&row[..j]], b);
                    row[j] = (row[j] - s) / diagonal;
                }
            }
        }
    }
    for i in from..to {
        let (before, row) = rows.split_at_mut((i - from) * d);
        let row = &mut row[..d];
        for (j, factor) in (from..i).zip(before.chunks_exact(d)) {
            let [s] = dots::<S, 1>([&row[..j]], &factor[..j]);
            row[j] = (row[j] - s) / factor[j];
        }
        let [s] = dots::<S, 1>([&row[..i]], &row[..i]);
        let own = row[i];
        let v = own - s;
        // Also where v is NaN.
        let positive = v > own * (d as f64 * f64::EPSILON);
        if !positive {
            return NOT_POSITIVE;
        }
        row[i] = v.sqrt();
    }
    status::OK
}

/// Rows `from` … `to` − 1 of W = L⁻¹, in place. `sums` has room for a row.
#[inline(always)]
fn invert_rows<S: Lanes>(a: &mut [f64], d: usize, from: usize, to: usize, sums: &mut [f64]) {
    for i in from..to {
        let (done, row) = a.split_at_mut(i * d);
        let row = &mut row[..d];
        let s = &mut sums[..i];
        s.fill(0.0);
        for (k, w) in done.chunks_exact(d).enumerate() {
            let factor = row[k];
            for (s, &w) in s[..=k].iter_mut().zip(w) {
                *s += factor * w;
            }
        }
        let r = 1.0 / row[i];
        for (to, &s) in row.iter_mut().zip(&*s) {
            *to = -(s * r);
        }
        row[i] = r;
        row[i + 1..].fill(0.0);
    }
}

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

#[inline(always)]
fn location_factor_on<S: Lanes>(
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
        if factor_rows::<S>(matrix, c, 0, c) != status::OK {
            out.fill(0.0);
            failed = failed.or(Some(u));
            continue;
        }
        invert_rows::<S>(matrix, c, 0, c, row);
        for (i, from) in matrix.chunks_exact(c).enumerate() {
            for (out, &w) in out[i * (i + 1) / 2..].iter_mut().zip(&from[..=i]) {
                *out = w as f32;
            }
        }
    }
    failed
}

variants! {
    fn factor_by(a: &mut [f64], d: usize, from: usize, to: usize) -> i32 = factor_rows;
    fn invert_by(a: &mut [f64], d: usize, from: usize, to: usize, sums: &mut [f64]) = invert_rows;
    fn precision_by(w: &[f64], d: usize, a: &mut [f64], span: Span) = precision_on;
    fn location_by(
        m2: &[f64],
        c: usize,
        divisor: f64,
        ridge: f64,
        factor: &mut [f32],
        work: &mut [f64],
    ) -> Option<usize> = location_factor_on;
}

/// Rows of the Cholesky factor, in place in the lower triangle.
pub fn cholesky_factor(isa: Isa, d: u32, _rows: u32, a: &mut [f64], span: Span) -> i32 {
    factor_by(isa, a, d as usize, span.begin as usize, span.end as usize)
}

/// Rows of the inverse of a lower triangular matrix, in place.
pub fn triangular_inverse(isa: Isa, d: u32, _rows: u32, a: &mut [f64], row: &mut [f64], span: Span) -> i32 {
    invert_by(isa, a, d as usize, span.begin as usize, span.end as usize, row);
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
    if let Some(u) = location_by(isa, m2, c as usize, divisor, ridge, factor, matrix) {
        report.failed = (span.begin as usize + u) as f64;
    }
    status::OK
}

#[cfg(test)]
#[path = "cholesky/tests.rs"]
mod tests;
