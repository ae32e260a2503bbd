//! Where numbers stop being finite.

// x − x says whether x is finite.
#![allow(clippy::eq_op)]

use crate::reports::{Finite64Report, FiniteReport};
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, Mask};
use common_rs::variants;

/// Elements between two looks at what was found.
const STEP: usize = 64;

/// x − x is 0 where x is finite and NaN elsewhere.
#[inline(always)]
fn finite_block<F: Floats>(x: &[F::Item]) -> bool {
    let mut sum = F::splat(F::Item::default());
    for part in x.chunks_exact(F::LEN) {
        let v = F::load(part);
        sum = sum + (v - v);
    }
    !sum.is_nan().any()
}

/// Index of the first NaN or ±Inf.
#[inline(always)]
fn first_non_finite_on<F: Floats>(x: &[F::Item]) -> Option<usize>
where
    F::Item: core::ops::Sub<Output = F::Item>,
{
    for (i, block) in x.chunks(STEP).enumerate() {
        if block.len() == STEP && finite_block::<F>(block) {
            continue;
        }
        let zero = F::Item::default();
        if let Some(at) = block.iter().position(|&v| v - v != zero) {
            return Some(i * STEP + at);
        }
    }
    None
}

#[inline(always)]
pub fn first_non_finite32<S: Lanes>(x: &[f32]) -> Option<usize> {
    first_non_finite_on::<S::F32>(x)
}

#[inline(always)]
pub fn first_non_finite64<S: Lanes>(x: &[f64]) -> Option<usize> {
    first_non_finite_on::<S::F64>(x)
}

variants! {
    to avx2;

    fn search32(x: &[f32]) -> Option<usize> = first_non_finite32;
    fn search64(x: &[f64]) -> Option<usize> = first_non_finite64;
}

/// Flat index of the first NaN or ±Inf.
pub fn finite(isa: Isa, x: &[f32], report: &mut FiniteReport, span: Span) -> i32 {
    if let Some(at) = search32(isa, x) {
        report.first_non_finite = (span.begin as usize + at) as f64;
    }
    status::OK
}

/// As `finite`, of f64.
pub fn finite64(isa: Isa, x: &[f64], report: &mut Finite64Report, span: Span) -> i32 {
    if let Some(at) = search64(isa, x) {
        report.first_non_finite = (span.begin as usize + at) as f64;
    }
    status::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_one_wherever_it_is() {
        for &isa in Isa::usable() {
            for n in [0, 1, 63, 64, 65, 300] {
                let span = Span { begin: 1000, end: 1000 + n as u64 };
                for at in 0..=n {
                    for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
                        let mut x = vec![f32::MAX; n];
                        x[at..].fill(bad);
                        let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
                        let mut found = FiniteReport { first_non_finite: f64::INFINITY };
                        let mut found64 = Finite64Report { first_non_finite: f64::INFINITY };
                        assert_eq!(
                            (finite(isa, &x, &mut found, span), finite64(isa, &wide, &mut found64, span)),
                            (0, 0)
                        );
                        let expected = if at < n { (1000 + at) as f64 } else { f64::INFINITY };
                        assert_eq!((found.first_non_finite, found64.first_non_finite), (expected, expected));
                    }
                }
            }
        }
    }
}
