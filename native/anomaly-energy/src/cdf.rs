//! Empirical distribution of calibration values.

use common_rs::Isa;
use common_rs::abi::{Span, status};

/// Tail probabilities (1 + #{t ≥ v}) / (m + 1) and (1 + #{t ≤ v}) / (m + 1) of v under ascending values t.
pub fn empirical_cdf(_isa: Isa, sorted: &[f32], v: &[f32], upper: &mut [f64], lower: &mut [f64], _span: Span) -> i32 {
    let count = sorted.len() as f64;
    for ((&v, upper), lower) in v.iter().zip(upper).zip(lower) {
        if v.is_nan() {
            // The pattern that every backend writes.
            (*upper, *lower) = (f64::from_bits(NAN), f64::from_bits(NAN));
            continue;
        }
        let below = sorted.partition_point(|&t| t < v);
        let up_to = below + sorted[below..].partition_point(|&t| t <= v);
        *upper = (1 + sorted.len() - below) as f64 / (count + 1.0);
        *lower = (1 + up_to) as f64 / (count + 1.0);
    }
    status::OK
}

const NAN: u64 = 0x7ff8_0000_0000_0000;

#[cfg(test)]
mod tests {
    use super::*;

    fn tails(sorted: &[f32], v: &[f32]) -> Vec<(f64, f64)> {
        let (mut upper, mut lower) = (vec![7.0; v.len()], vec![7.0; v.len()]);
        let span = Span { begin: 0, end: v.len() as u64 };
        assert_eq!(empirical_cdf(Isa::widest(), sorted, v, &mut upper, &mut lower, span), 0);
        upper.into_iter().zip(lower).collect()
    }

    #[test]
    fn golden_tails() {
        let sorted: Vec<f32> = (1..10).map(|v| v as f32).collect();
        assert_eq!(tails(&sorted, &[8.5, 9.5, 0.5, 5.0]), [(0.2, 0.9), (0.1, 1.0), (1.0, 0.1), (0.6, 0.6)]);
    }

    #[test]
    fn ties_zeros_infinities_and_nothing() {
        let sorted = [f32::NEG_INFINITY, -0.0, 0.0, 0.0, 2.0, f32::INFINITY];
        let found = tails(&sorted, &[0.0, -0.0, f32::INFINITY, f32::NEG_INFINITY, 1.0]);
        let expected = [(6, 5), (6, 5), (2, 7), (7, 2), (3, 5)].map(|(u, l)| (f64::from(u) / 7.0, f64::from(l) / 7.0));
        assert_eq!(found, expected);
        assert_eq!(tails(&[], &[3.0]), [(1.0, 1.0)]);
        let nan = tails(&sorted, &[f32::NAN])[0];
        assert_eq!((nan.0.to_bits(), nan.1.to_bits()), (NAN, NAN));
    }
}
