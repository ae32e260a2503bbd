//! The exact functions of symmetric matrices against the goldens that WebAssembly has, in every instruction set.

mod digest;

use common_rs::Isa;
use common_rs::linalg::{Outer, cholesky, log_determinant, outer_sums, triangular_inverse};
use common_rs::testing::golden;
use digest::{digest, sequence};

fn digest64(x: &[f64]) -> String {
    digest(x.iter().map(|v| v.to_bits()))
}

#[test]
fn golden_bits() {
    let file = golden("common/linalg-goldens.json");
    for case in file["cases"].as_array().unwrap() {
        let number = |name: &str| case[name].as_u64().unwrap() as usize;
        let (n, d) = (number("n"), number("d"));
        let x: Vec<f64> = sequence(n * d).iter().map(|&w| f64::from(w) * (f64::EPSILON * 2_097_152.0) - 1.0).collect();
        for &isa in Isa::usable() {
            let check = |name: &str, found: &[f64]| {
                assert_eq!(digest64(found), case[name].as_str().unwrap(), "{name}, {}, d = {d}", isa.name());
            };
            let whole = |depth| Outer { depth: 0..depth, rows: 0..d, columns: 0..d, stride: d, out_stride: d };
            let mut a = vec![0.0; d * d];
            outer_sums(isa, &x, whole(n), &mut a);
            check("scatter", &a);
            let (rows, columns) = (d / 2..d, d / 4..d);
            let mut part = vec![0.0; rows.len() * columns.len()];
            let out_stride = columns.len();
            outer_sums(isa, &x, Outer { depth: n / 3..n, rows, columns, stride: d, out_stride }, &mut part);
            check("part", &part);
            for i in 0..d {
                a[i * d + i] += 1.0;
            }
            assert!(cholesky(isa, d, 0..d / 2, &mut a) && cholesky(isa, d, d / 2..d, &mut a));
            check("cholesky", &a);
            check("logDeterminant", &[log_determinant(d, &a)]);
            let mut row = vec![0.0; d];
            triangular_inverse(isa, d, 0..d / 4, &mut a, &mut row);
            triangular_inverse(isa, d, d / 4..d, &mut a, &mut row);
            check("inverse", &a);
            let mut precision = vec![0.0; d * d];
            outer_sums(isa, &a, whole(d), &mut precision);
            check("precision", &precision);
        }
    }
}
