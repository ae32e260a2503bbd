//! Sums of squares in f64, as a reference.

use super::*;

pub fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + salt * 31) % 1013) as f32 / 506.0 - 1.0).collect()
}

pub fn squared(v: &[f32], factor: &[f32]) -> f64 {
    let y = |i: usize| -> f64 {
        factor[row_at(i)..=row_at(i) + i].iter().zip(v).map(|(&w, &v)| f64::from(w) * f64::from(v)).sum()
    };
    (0..v.len()).map(|i| y(i) * y(i)).sum()
}

pub fn compare(found: &[f32], expected: &[f64]) {
    let largest = expected.iter().copied().fold(0.0, |a, b| if b > a { b } else { a });
    for (f, e) in found.iter().zip(expected) {
        assert!((f64::from(*f) - e).abs() <= 1e-5 * largest, "{f} {e}");
    }
}

#[test]
fn distances_of_rows() {
    for (n, d) in [(1, 1), (3, 7), (64, 64), (64, 65), (130, 66), (9, 200)] {
        let (v, factor) = (numbers(n * d, 1), numbers(row_at(d), 2));
        let expected: Vec<f64> = v.chunks(d).map(|v| squared(v, &factor)).collect();
        for &isa in Isa::usable() {
            let (mut out, mut work) = (vec![7.0; n], vec![0.0; (d + 64) * 128]);
            let span = Span { begin: 0, end: n as u64 };
            assert_eq!(whiten_rows(isa, &v, &factor, n as u32, d as u32, &mut out, &mut work, span), 0);
            compare(&out, &expected);
        }
    }
}
