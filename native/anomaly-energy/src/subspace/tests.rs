//! Golden 4 and plain references.

use super::*;

fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + salt * 131) % 1013) as f32 / 506.0 - 1.0).collect()
}

fn wide(x: &[f32]) -> Vec<f64> {
    x.iter().map(|&v| f64::from(v)).collect()
}

fn compare(found: &[f64], expected: &[f64], bound: f64) {
    let largest = expected.iter().fold(0.0, |a, &b| if b.abs() > a { b.abs() } else { a });
    for (f, e) in found.iter().zip(expected) {
        assert!((f - e).abs() <= bound * largest, "{f} {e}");
    }
}

fn spans(n: usize, chunk: usize) -> impl Iterator<Item = (usize, usize, Span)> {
    (0..n)
        .step_by(chunk)
        .map(move |b| (b, n.min(b + chunk)))
        .map(|(b, e)| (b, e, Span { begin: b as u64, end: e as u64 }))
}

#[test]
fn golden_subspace() {
    let x = [1., 0., 0., 0., 2., 0., 0., 0., 3., 1., 1., 1., 2., 0., 1f32];
    let mean = [0.8, 0.6, 1.0];
    let centered: Vec<f64> = x.iter().enumerate().map(|(i, &v)| f64::from(v) - mean[i % 3]).collect();
    let mut a: Vec<f64> =
        (0..9).map(|k| (0..5).map(|r| centered[r * 3 + k / 3] * centered[r * 3 + k % 3]).sum()).collect();
    let (mut values, mut work) = (vec![0.0; 3], vec![0.0; 8 * 3 + 64]);
    for (_, _, span) in spans(9, 1) {
        assert_eq!(sym_eig(Isa::widest(), 3, 9, &mut a, &mut values, &mut work, span), 0);
    }
    for (value, s) in values.iter().zip([2.6565178818, 2.0495877040, 0.8614539959f64]) {
        assert!((value.sqrt() - s).abs() < 1e-9);
    }
    let basis: Vec<f32> = a.iter().map(|&v| v as f32).collect();
    // h − μ of h = (1, 1, 0).
    let v = [0.2, 0.4, -1.0f32];
    for &isa in Isa::usable() {
        for (k, fre) in [(1, 0.0235269550), (2, 0.0003773652), (3, 0.0)] {
            let (mut z, mut found) = (vec![7.0; k], [7.0]);
            let mut work = vec![0.0; (3 + k + 64) * 64];
            let span = Span { begin: 0, end: 1 };
            let status =
                project_rows(isa, &v, &basis[..3 * k], 1, 3, k as u32, &mut z, Some(&mut found), None, &mut work, span);
            assert_eq!(status, 0);
            assert!((f64::from(found[0]) - fre).abs() < 1e-7, "{} {fre}", found[0]);
            let norm: f32 = z.iter().map(|z| z * z).sum::<f32>() + found[0];
            assert!((norm - 1.2).abs() < 1e-6);
        }
    }
}

#[test]
fn gram_matrices_and_dual_bases() {
    for (n, d) in [(1, 5), (7, 300), (20, 33), (3, 16)] {
        let x = numbers(n * d, 1);
        let mean: Vec<f64> = wide(&numbers(d, 2));
        let weights = wide(&numbers(n * n, 3));
        let centered: Vec<f64> = x.iter().enumerate().map(|(i, &v)| f64::from(v) - mean[i % d]).collect();
        let row = |i: usize| &centered[i * d..(i + 1) * d];
        let gram: Vec<f64> = (0..n * n)
            .map(|k| (k / n, k % n))
            .map(|(i, j)| if j > i { 0.0 } else { row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum() })
            .collect();
        let basis: Vec<f64> =
            (0..n * d).map(|k| (0..n).map(|r| weights[k / d * n + r] * row(r)[k % d]).sum()).collect();
        for &isa in Isa::usable() {
            let (mut found, mut found64) = (vec![7.0; n * n], vec![7.0; n * n]);
            let (mut dual, mut dual64) = (vec![7.0; n * d], vec![7.0; n * d]);
            let mut work = vec![0.0; d];
            let [n32, d32] = [n, d].map(|v| v as u32);
            for (b, e, span) in spans(n, 2) {
                let (g, g64) = (&mut found[b * n..e * n], &mut found64[b * n..e * n]);
                assert_eq!(gram_rows(isa, &x, &mean, n32, d32, n32, g, &mut work, span), 0);
                assert_eq!(gram_rows64(isa, &wide(&x), &mean, n32, d32, n32, g64, &mut work, span), 0);
                let w = &weights[b * n..e * n];
                let (g, g64) = (&mut dual[b * d..e * d], &mut dual64[b * d..e * d]);
                assert_eq!(dual_basis(isa, &x, &mean, w, n32, d32, n32, g, span), 0);
                assert_eq!(dual_basis64(isa, &wide(&x), &mean, w, n32, d32, n32, g64, span), 0);
            }
            compare(&found, &gram, 1e-12);
            compare(&dual, &basis, 1e-12);
            assert!(found == found64 && dual == dual64);
        }
    }
}

#[test]
fn projections_and_residuals() {
    for (n, d, k) in [(1, 1, 1), (64, 33, 7), (5, 300, 100), (17, 20, 20)] {
        let (v, basis) = (numbers(n * d, 4), numbers(k * d, 5));
        let z: Vec<f64> = (0..n * k)
            .map(|i| (0..d).map(|j| f64::from(v[i / k * d + j]) * f64::from(basis[i % k * d + j])).sum())
            .collect();
        let residual: Vec<f64> = (0..n * d)
            .map(|i| f64::from(v[i]) - (0..k).map(|j| z[i / d * k + j] * f64::from(basis[j * d + i % d])).sum::<f64>())
            .collect();
        let fre: Vec<f64> = residual.chunks(d).map(|r| r.iter().map(|v| v * v).sum()).collect();
        for &isa in Isa::usable() {
            for both in [true, false] {
                let (mut found, mut rest, mut error) = (vec![7.0; n * k], vec![7.0; n * d], vec![7.0; n]);
                let mut work = vec![0.0; (d + k + 64) * 64];
                let [n32, d32, k32] = [n, d, k].map(|v| v as u32);
                let left = both.then_some(&mut rest[..]);
                let span = Span { begin: 0, end: n as u64 };
                let status =
                    project_rows(isa, &v, &basis, n32, d32, k32, &mut found, Some(&mut error), left, &mut work, span);
                assert_eq!(status, 0);
                compare(&wide(&found), &z, 1e-5);
                compare(&wide(&error), &fre, 1e-5);
                if both {
                    compare(&wide(&rest), &residual, 1e-5);
                }
            }
        }
    }
}
