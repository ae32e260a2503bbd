//! Features under a Gaussian: centering, whitening, per row and per image location. The covariance and its factors have
//! files of their own.

use crate::finite::{first_non_finite32, first_non_finite64};
use crate::reports::{CenterRows64Report, CenterRowsReport};
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::Lanes;
use common_rs::variants;

#[inline(always)]
fn subtract<T: Copy + Into<f64>>(x: &[T], mean: &[f64], out: &mut [f32]) {
    for (x, out) in x.chunks_exact(mean.len()).zip(out.chunks_exact_mut(mean.len())) {
        for ((&x, &mean), out) in x.iter().zip(mean).zip(out) {
            *out = (x.into() - mean) as f32;
        }
    }
}

#[inline(always)]
fn center_on<S: Lanes>(x: &[f32], mean: &[f64], out: &mut [f32]) -> Option<usize> {
    subtract(x, mean, out);
    first_non_finite32::<S>(x)
}

#[inline(always)]
fn center64_on<S: Lanes>(x: &[f64], mean: &[f64], out: &mut [f32]) -> Option<usize> {
    subtract(x, mean, out);
    first_non_finite64::<S>(x)
}

variants! {
    to avx2;

    fn center_by(x: &[f32], mean: &[f64], out: &mut [f32]) -> Option<usize> = center_on;
    fn center64_by(x: &[f64], mean: &[f64], out: &mut [f32]) -> Option<usize> = center64_on;
}

/// Flat index of what was found in the rows of a chunk.
fn flat(at: usize, d: u32, span: Span) -> f64 {
    (span.begin as usize * d as usize + at) as f64
}

/// Rows less the mean, rounded to f32.
pub fn center_rows(
    isa: Isa,
    x: &[f32],
    mean: &[f64],
    _n: u32,
    d: u32,
    out: &mut [f32],
    report: &mut CenterRowsReport,
    span: Span,
) -> i32 {
    if let Some(at) = center_by(isa, x, mean, out) {
        report.first_non_finite = flat(at, d, span);
    }
    status::OK
}

/// As `center_rows`, of f64.
pub fn center_rows64(
    isa: Isa,
    x: &[f64],
    mean: &[f64],
    _n: u32,
    d: u32,
    out: &mut [f32],
    report: &mut CenterRows64Report,
    span: Span,
) -> i32 {
    if let Some(at) = center64_by(isa, x, mean, out) {
        report.first_non_finite = flat(at, d, span);
    }
    status::OK
}

/// Features of a batch by location, as they are or less the location's mean.
pub fn gather_locations(
    _isa: Isa,
    x: &[f32],
    _n: u32,
    c: u32,
    plane: u32,
    _rows: u32,
    mean: Option<&[f64]>,
    out: &mut [f32],
    span: Span,
) -> i32 {
    let [c, plane, begin, count] =
        [u64::from(c), u64::from(plane), span.begin, span.end - span.begin].map(|v| v as usize);
    if plane == 0 {
        return status::OK;
    }
    /// Channels at a time: a line of what is written, with as many lines that are read side by side.
    const WIDE: usize = 16;
    let n = x.len() / (c * plane);
    for (image, x) in x.chunks_exact(c * plane).enumerate() {
        for (first, lines) in (0..).step_by(WIDE).zip(x.chunks(WIDE * plane)) {
            for u in 0..count {
                let column = lines[begin + u..].iter().step_by(plane);
                let to = &mut out[(u * n + image) * c + first..][..lines.len() / plane];
                match mean {
                    Some(mean) => {
                        for ((to, &v), &mean) in to.iter_mut().zip(column).zip(&mean[u * c + first..]) {
                            *to = (f64::from(v) - mean) as f32;
                        }
                    }
                    None => to.iter_mut().zip(column).for_each(|(to, &v)| *to = v),
                }
            }
        }
    }
    status::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_centered_and_searched() {
        let mut x: Vec<f32> = (0..5 * 33).map(|i| i as f32 * 0.37).collect();
        let mean: Vec<f64> = (0..33).map(|i| f64::from(i) * 0.1).collect();
        x[70] = f32::NAN;
        let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
        for &isa in Isa::usable() {
            let (mut out, mut out64) = (vec![7.0; 165], vec![7.0; 165]);
            let mut report = CenterRowsReport { first_non_finite: f64::INFINITY };
            let mut report64 = CenterRows64Report { first_non_finite: f64::INFINITY };
            let span = Span { begin: 100, end: 105 };
            assert_eq!(center_rows(isa, &x, &mean, 105, 33, &mut out, &mut report, span), 0);
            assert_eq!(center_rows64(isa, &wide, &mean, 105, 33, &mut out64, &mut report64, span), 0);
            assert_eq!((report.first_non_finite, report64.first_non_finite), (3370.0, 3370.0));
            for i in (0..165).filter(|&i| i != 70) {
                let expected = (f64::from(x[i]) - mean[i % 33]) as f32;
                assert_eq!((out[i], out64[i]), (expected, expected));
            }
        }
    }

    #[test]
    fn locations_are_gathered() {
        let (n, c, plane) = (3, 4, 10);
        let x: Vec<f32> = (0..n * c * plane).map(|i| i as f32).collect();
        let mean: Vec<f64> = (0..5 * c).map(|i| i as f64).collect();
        let mut out = vec![7.0; 5 * n * c];
        for mean in [None, Some(&mean[..])] {
            let span = Span { begin: 2, end: 7 };
            assert_eq!(gather_locations(Isa::widest(), &x, 3, 4, 10, 10, mean, &mut out, span), 0);
            for (i, &found) in out.iter().enumerate() {
                let (u, image, channel) = (i / (n * c), i / c % n, i % c);
                let less = mean.map_or(0.0, |mean| mean[u * c + channel]);
                assert_eq!(f64::from(found), f64::from(x[(image * c + channel) * plane + 2 + u]) - less);
            }
        }
    }
}
