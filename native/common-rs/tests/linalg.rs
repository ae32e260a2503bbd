//! The exact functions of symmetric matrices against the goldens that WebAssembly has, in every instruction set.

mod digest;

use common_rs::Isa;
use common_rs::linalg::{cholesky, log_determinant, triangular_inverse};
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
            // Xᵀ X, each sum in order.
            let mut a = vec![0.0; d * d];
            for row in x.chunks_exact(d) {
                for (line, &left) in a.chunks_exact_mut(d).zip(row) {
                    line.iter_mut().zip(row).for_each(|(sum, &right)| *sum += left * right);
                }
            }
            check("scatter", &a);
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
        }
    }
}
