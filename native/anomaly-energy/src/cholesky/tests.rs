//! Closed forms, residuals, and the same bits for any cutting and instruction set.

use super::*;

/// B Bᵀ + I.
fn definite(d: usize) -> Vec<f64> {
    let b: Vec<f64> =
        (0..d * d).map(|k| f64::from((7 * (k / d) + 3 * (k % d) + k / d * (k % d)) as u32 % 5) - 2.0).collect();
    let entry = |i: usize, j: usize| (0..d).map(|k| b[i * d + k] * b[j * d + k]).sum::<f64>();
    (0..d * d).map(|k| entry(k / d, k % d) + f64::from(u8::from(k / d == k % d))).collect()
}

fn spans(d: usize, chunk: usize) -> impl Iterator<Item = Span> {
    (0..d).step_by(chunk).map(move |at| Span { begin: at as u64, end: d.min(at + chunk) as u64 })
}

/// (factor, inverse, precision).
fn all(isa: Isa, a: &[f64], d: usize, chunk: usize) -> [Vec<f64>; 3] {
    let mut factor = a.to_vec();
    let d32 = d as u32;
    for span in spans(d, chunk) {
        assert_eq!(cholesky_factor(isa, d32, d32, &mut factor, span), 0);
    }
    let mut inverse = factor.clone();
    for span in spans(d, chunk) {
        assert_eq!(triangular_inverse(isa, d32, d32, &mut inverse, &mut vec![0.0; d], span), 0);
    }
    let mut product = vec![7.0; d * d];
    for span in spans(d, chunk) {
        let part = &mut product[span.begin as usize * d..span.end as usize * d];
        assert_eq!(precision(isa, &inverse, d32, d32, part, span), 0);
    }
    [factor, inverse, product]
}

#[test]
fn closed_form() {
    let a = [4.0, 2.0, -2.0, 2.0, 10.0, 2.0, -2.0, 2.0, 6.0];
    let [l, w, p] = all(Isa::widest(), &a, 3, 2);
    // The upper triangle stays.
    assert_eq!(l, [2.0, 2.0, -2.0, 1.0, 3.0, 2.0, -1.0, 1.0, 2.0]);
    let third = 1.0 / 3.0;
    for (found, expected) in w.iter().zip([0.5, 0.0, 0.0, -0.5 * third, third, 0.0, third, -0.5 * third, 0.5]) {
        assert!((found - expected).abs() < 1e-15);
    }
    for i in 0..9 {
        let product: f64 = (0..3).map(|k| a[i / 3 * 3 + k] * p[k * 3 + i % 3]).sum();
        assert!((product - f64::from(u8::from(i / 3 == i % 3))).abs() < 1e-14);
    }
}

#[test]
fn inverses_of_any_size_in_any_chunks() {
    for d in [1, 2, 7, 8, 9, 30, 49, 67] {
        let a = definite(d);
        let expected = all(Isa::widest(), &a, d, 8);
        for i in 0..d {
            for j in 0..d {
                let product: f64 = (0..d).map(|k| a[i * d + k] * expected[2][k * d + j]).sum();
                assert!((product - f64::from(u8::from(i == j))).abs() < 1e-9, "{d} {i} {j} {product}");
                assert_eq!(expected[2][i * d + j], expected[2][j * d + i]);
            }
        }
        for &isa in Isa::usable() {
            for chunk in [1, 3, 8, 100] {
                assert!(all(isa, &a, d, chunk) == expected, "{} {d} {chunk}", isa.name());
            }
        }
    }
}

#[test]
fn what_is_not_positive_is_refused() {
    for bad in [0.0, -1.0, f64::NAN] {
        let mut a = definite(9);
        for k in 0..9 {
            (a[4 * 9 + k], a[k * 9 + 4]) = (0.0, 0.0);
        }
        a[4 * 9 + 4] = bad;
        assert_eq!(cholesky_factor(Isa::widest(), 9, 9, &mut a, Span { begin: 0, end: 9 }), NOT_POSITIVE);
    }
    // Two equal rows.
    let mut a = [1.0; 4];
    assert_eq!(cholesky_factor(Isa::widest(), 2, 2, &mut a, Span { begin: 0, end: 2 }), NOT_POSITIVE);
}

#[test]
fn factors_per_location() {
    let (c, divisor, ridge) = (5, 3.0, 0.25);
    let size = c * (c + 1) / 2;
    let a = definite(c);
    let mut m2 = vec![];
    for scale in [1.0, 0.0, 2.0] {
        for i in 0..c {
            m2.extend((0..=i).map(|j| a[i * c + j] * scale));
        }
    }
    // The second location has no scatter, and without a ridge no factor.
    for (ridge, failed) in [(ridge, f64::INFINITY), (0.0, 11.0)] {
        let mut factor = vec![7.0; 3 * size];
        let mut report = LocationFactorReport { failed: f64::INFINITY };
        let mut work = vec![0.0; c * (c + 1)];
        let span = Span { begin: 10, end: 13 };
        let isa = Isa::widest();
        assert_eq!(location_factor(isa, &m2, 5, 20, divisor, ridge, &mut factor, &mut report, &mut work, span), 0);
        assert_eq!(report.failed, failed);
        for (u, scale) in [1.0, 0.0, 2.0].iter().enumerate() {
            let found = &factor[u * size..(u + 1) * size];
            if ridge == 0.0 && *scale == 0.0 {
                assert!(found.iter().all(|&w| w == 0.0));
                continue;
            }
            let s: Vec<f64> =
                (0..c * c).map(|k| a[k] * scale / divisor + if k / c == k % c { ridge } else { 0.0 }).collect();
            let [_, w, _] = all(isa, &s, c, 8);
            for i in 0..c {
                for j in 0..=i {
                    assert_eq!(found[i * (i + 1) / 2 + j], w[i * c + j] as f32);
                }
            }
        }
    }
}
