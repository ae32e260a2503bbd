//! Golden 1, the same bits side by side and along the row, and rows that are not finite.

use super::*;

fn run(isa: Isa, logits: &[f32], k: usize, t: f64) -> (Vec<f32>, Vec<f32>, f64) {
    let n = logits.len() / k;
    let (mut energy, mut gradient) = (vec![7.0; n], vec![7.0; n * k]);
    let mut report = FreeEnergyReport { first_non_finite: f64::INFINITY };
    let span = Span { begin: 0, end: n as u64 };
    let g = Some(&mut gradient[..]);
    assert_eq!(free_energy(isa, logits, n as u32, k as u32, t, &mut energy, g, &mut report, span), 0);
    let mut alone = vec![7.0; n];
    free_energy(isa, logits, n as u32, k as u32, t, &mut alone, None, &mut report, span);
    assert!(energy.iter().zip(&alone).all(|(a, b)| a.to_bits() == b.to_bits()));
    (energy, gradient, report.first_non_finite)
}

fn close(found: f32, expected: f64) {
    assert!((f64::from(found) - expected).abs() <= 3e-7 * (1.0 + expected.abs()), "{found} {expected}");
}

#[test]
fn goldens() {
    let isa = Isa::widest();
    let (e, g, bad) = run(isa, &[1.0, 2.0, 3.0], 3, 1.0);
    close(e[0], -3.4076059644);
    assert_eq!(bad, f64::INFINITY);
    for (g, expected) in g.iter().zip([-0.0900305732, -0.2447284711, -0.6652409558]) {
        close(*g, expected);
    }
    close(run(isa, &[1.0, 2.0, 3.0], 3, 0.5).0[0], -3.0714658142);
    close(run(isa, &[0.0, -1.0, 2.0, 0.5], 4, 2.0).0[0], -3.4486871020);
    assert_eq!(run(isa, &[1000.0, 0.0, -1000.0], 3, 1.0).0[0], -1000.0);
}

fn logits(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + 13) % 1009) as f32 / 60.0 - 8.0).collect()
}

#[test]
fn same_bits_side_by_side_and_along_the_row() {
    for k in [1, 2, 10, 15, 16, 17, 31, 32, 33, 100] {
        let x = logits(137 * k);
        let (energy, gradient, _) = run(Isa::widest(), &x, k, 0.7);
        for (i, row) in x.chunks(k).enumerate() {
            let sum: f64 = row.iter().map(|&f| libm_exp(f64::from(f) / 0.7)).sum();
            close(energy[i], -0.7 * common_rs::math::log64(sum));
        }
        for &isa in Isa::usable() {
            assert_eq!(run(isa, &x, k, 0.7).0, energy, "{} {k}", isa.name());
            assert_eq!(run(isa, &x, k, 0.7).1, gradient);
            for (i, row) in x.chunks(k).enumerate() {
                let (e, g, _) = run(isa, row, k, 0.7);
                assert_eq!((e[0], &g[..]), (energy[i], &gradient[i * k..(i + 1) * k]), "{} {k} {i}", isa.name());
            }
        }
    }
}

fn libm_exp(x: f64) -> f64 {
    common_rs::math::exp64(x)
}

#[test]
fn rows_that_are_not_finite() {
    let inf = f32::INFINITY;
    for &isa in Isa::usable() {
        let mut x = logits(140 * 3);
        x[3..6].copy_from_slice(&[1.0, f32::NAN, inf]);
        x[9..12].copy_from_slice(&[inf, 2.0, inf]);
        x[30..33].fill(-inf);
        x[60..63].copy_from_slice(&[-inf, 0.5, 0.5]);
        let (e, g, bad) = run(isa, &x, 3, 1.0);
        assert_eq!(bad, 4.0);
        assert!([e[1], g[3], g[4], g[5]].iter().all(|v| v.to_bits() == 0x7fc0_0000));
        assert_eq!((e[3], &g[9..12]), (-inf, &[-0.5, 0.0, -0.5][..]));
        assert_eq!((e[10], &g[30..33]), (inf, &[-1.0 / 3.0; 3][..]));
        assert_eq!(&g[60..63], &[0.0, -0.5, -0.5]);
        let (plain, ..) = run(isa, &logits(140 * 3), 3, 1.0);
        assert_eq!(e[135..], plain[135..]);
    }
}
