// References may use what exact code may not.
#![allow(clippy::disallowed_methods)]

use super::*;
use crate::Isa;

/// Random numbers in [−1, 1).
fn numbers(seed: u64, n: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 * 2.0f64.powi(-52) - 1.0
    };
    (0..n).map(|_| next()).collect()
}

/// Symmetric with the given eigenvalues: a product of reflections from both sides.
fn with_spectrum(seed: u64, values: &[f64]) -> Vec<f64> {
    let d = values.len();
    let mut a = vec![0.0; d * d];
    for i in 0..d {
        a[i * d + i] = values[i];
    }
    for round in 0..3 {
        let v = numbers(seed + round, d);
        let norm: f64 = v.iter().map(|x| x * x).sum();
        let reflect = |row: &mut [f64]| {
            let s: f64 = row.iter().zip(&v).map(|(x, y)| x * y).sum::<f64>() * 2.0 / norm;
            for (x, y) in row.iter_mut().zip(&v) {
                *x -= s * y;
            }
        };
        a.chunks_exact_mut(d).for_each(reflect);
        a = transposed(d, &a);
        a.chunks_exact_mut(d).for_each(reflect);
    }
    (0..d * d).map(|at| 0.5 * (a[at] + a[at % d * d + at / d])).collect()
}

fn transposed(d: usize, a: &[f64]) -> Vec<f64> {
    (0..d * d).map(|at| a[at % d * d + at / d]).collect()
}

/// sum8 of the rules: element k to accumulator k mod 8, then the halving tree.
fn sum8(products: impl Iterator<Item = f64>) -> f64 {
    let mut s = [0.0; 8];
    for (k, product) in products.enumerate() {
        s[k % 8] += product;
    }
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

fn bits(v: &[f64]) -> Vec<u64> {
    v.iter().map(|x| x.to_bits()).collect()
}

fn positive(d: usize) -> Vec<f64> {
    let x = numbers(7, (d + 3) * d);
    let mut a = vec![0.0; d * d];
    for i in 0..d {
        for j in 0..d {
            a[i * d + j] =
                (0..d + 3).map(|k| x[k * d + i] * x[k * d + j]).sum::<f64>() + if i == j { 0.1 } else { 0.0 };
        }
    }
    a
}

#[test]
fn cholesky_has_the_written_order() {
    for d in [1, 2, 7, 8, 9, 15, 16, 17, 30, 49, 100] {
        let a = positive(d);
        let mut l = a.clone();
        for i in 0..d {
            for j in 0..=i {
                let v = l[i * d + j] - sum8((0..j).map(|k| l[i * d + k] * l[j * d + k]));
                l[i * d + j] = if i == j { v.sqrt() } else { v / l[j * d + j] };
            }
        }
        let mut w = l.clone();
        for i in 0..d {
            let r = 1.0 / l[i * d + i];
            for j in 0..d {
                let s = (j..i).fold(0.0, |s, k| s + l[i * d + k] * w[k * d + j]);
                w[i * d + j] = if j < i {
                    -(s * r)
                } else if j == i {
                    r
                } else {
                    0.0
                };
            }
        }
        for isa in Isa::usable() {
            let mut found = a.clone();
            assert!(cholesky(*isa, d, 0..d / 2, &mut found) && cholesky(*isa, d, d / 2..d, &mut found));
            assert_eq!(bits(&found), bits(&l), "{isa:?} {d}");
            let mut row = vec![0.0; d];
            triangular_inverse(*isa, d, 0..d / 3, &mut found, &mut row);
            triangular_inverse(*isa, d, d / 3..d, &mut found, &mut row);
            assert_eq!(bits(&found), bits(&w), "{isa:?} {d}");
        }
        // And W A Wᵀ is the identity.
        for i in 0..d {
            for j in 0..d {
                let sum: f64 = (0..d * d).map(|at| w[i * d + at / d] * a[at] * w[j * d + at % d]).sum();
                assert!((sum - if i == j { 1.0 } else { 0.0 }).abs() < 1e-9);
            }
        }
        let sum: f64 = (0..d).map(|i| l[i * d + i].log2()).sum();
        assert!((log_determinant(d, &l) - 2.0 * sum * core::f64::consts::LN_2).abs() < 1e-12 * d as f64);
    }
}

#[test]
fn cholesky_refuses_what_is_not_positive() {
    for (a, d) in [
        (vec![0.0], 1),
        (vec![f64::NAN], 1),
        (vec![1.0, 2.0, 2.0, 1.0], 2),
        (vec![1.0, 1.0, 1.0, 1.0], 2),
        (vec![4.0, 0.0, 2.0, 1.0 + f64::EPSILON], 2),
    ] {
        assert!(!cholesky(Isa::widest(), d, 0..d, &mut a.clone()), "{a:?}");
    }
    assert!(cholesky(Isa::widest(), 2, 0..2, &mut [4.0, 0.0, 2.0, 1.0 + 1e-15]));
}

fn check_decomposition(isa: Isa, d: usize, a: &[f64]) -> Vec<f64> {
    let (mut v, mut values, mut work) = (a.to_vec(), vec![0.0; d], vec![0.0; 4 * d]);
    assert!(sym_eig(isa, d, &mut v, &mut values, &mut work));
    let largest = values.iter().fold(0.0f64, |m, x| m.max(x.abs()));
    for i in 0..d {
        let row = &v[i * d..][..d];
        assert!(i == 0 || values[i] <= values[i - 1]);
        for k in 0..d {
            let product: f64 = (0..d).map(|j| a[k * d + j] * row[j]).sum();
            assert!((product - values[i] * row[k]).abs() <= 1e-13 * d as f64 * largest, "{isa:?} {d} {i}");
        }
        for j in 0..=i {
            let product: f64 = row.iter().zip(&v[j * d..][..d]).map(|(x, y)| x * y).sum();
            assert!((product - if i == j { 1.0 } else { 0.0 }).abs() <= 1e-13 * d as f64, "{isa:?} {d} {i} {j}");
        }
        let first = row.iter().fold(0.0f64, |m, x| if x.abs() > m.abs() { *x } else { m });
        assert!(first > 0.0);
    }
    values
}

#[test]
fn eigenvectors() {
    for isa in Isa::usable() {
        for d in [1, 2, 3, 5, 8, 17, 33, 64, 101] {
            let spectrum: Vec<f64> = numbers(5, d).iter().map(|v| v * 10.0).collect();
            let found = check_decomposition(*isa, d, &with_spectrum(d as u64, &spectrum));
            let mut sorted = spectrum.clone();
            sorted.sort_by(|x, y| y.total_cmp(x));
            for (x, y) in found.iter().zip(&sorted) {
                assert!((x - y).abs() < 1e-12 * d as f64);
            }
        }
    }
}

#[test]
fn eigenvectors_of_special_matrices() {
    let isa = Isa::widest();
    assert_eq!(check_decomposition(isa, 3, &[0.0; 9]), [0.0; 3]);
    let identity: Vec<f64> = (0..49).map(|at| if at % 8 == 0 { 1.0 } else { 0.0 }).collect();
    assert_eq!(check_decomposition(isa, 7, &identity), [1.0; 7]);
    // Rank one, many equal values, wide spectrum, very large and very small numbers.
    let d = 40;
    check_decomposition(isa, d, &vec![1.0; d * d]);
    let half: Vec<f64> = (0..d).map(|i| if i < 20 { 3.0 } else { -1.0 }).collect();
    check_decomposition(isa, d, &with_spectrum(1, &half));
    let wide: Vec<f64> = (0..d).map(|i| 10f64.powi(-(i as i32))).collect();
    check_decomposition(isa, d, &with_spectrum(2, &wide));
    for scale in [1e300, 1e-300] {
        let a: Vec<f64> = with_spectrum(3, &half).iter().map(|v| v * scale).collect();
        check_decomposition(isa, d, &a);
    }
}

#[test]
fn eigenvectors_of_what_is_not_finite() {
    for bad in [f64::NAN, f64::INFINITY] {
        let mut a = [1.0, bad, bad, 1.0];
        assert!(!sym_eig(Isa::widest(), 2, &mut a, &mut [0.0; 2], &mut [0.0; 8]));
    }
}
