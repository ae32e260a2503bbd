//! The bound of screening, and that nothing it can't see is lost.

use super::*;
use crate::distance::row_norms;
use crate::neighbors::nearest;
use common_rs::abi::Span;

fn numbers(count: usize, salt: u32) -> Vec<f32> {
    let mut state = salt.wrapping_mul(2_654_435_761).wrapping_add(12345);
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / 4_294_967_296.0 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

fn squared(a: &[f32], b: &[f32]) -> f32 {
    let mut s = [0.0f32; 16];
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        s[i % 16] += (a - b) * (a - b);
    }
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            s[i] += s[i + half];
        }
    }
    s[0]
}

#[inline(always)]
fn round_on<S: Halves>(x: &[f32], squared: f32) -> (Vec<u32>, Rounded, usize) {
    let mut words = vec![7; words_of::<S>(x.len())];
    let rounded = round_row::<S>(x, squared, &mut words);
    (words, rounded, S::LANES)
}

variants! {
    fn round(x: &[f32], squared: f32) -> (Vec<u32>, Rounded, usize) = round_on;
}

/// What words stand for.
fn unpacked(words: &[u32], scale: f32, lanes: usize, d: usize) -> Vec<f64> {
    let of = |i: usize| {
        let word = words[i / (2 * lanes) * lanes + i % lanes];
        let half = if (i / lanes).is_multiple_of(2) { word as u16 } else { (word >> 16) as u16 };
        f64::from(half.cast_signed()) * f64::from(scale)
    };
    (0..d).map(of).collect()
}

/// Rows that are hard to round: one element above all others, many scales, constants, zeros, squares that vanish.
fn hard_rows(d: usize) -> Vec<Vec<f32>> {
    let base = numbers(d, 5);
    let with = |f: &dyn Fn(usize, f32) -> f32| base.iter().enumerate().map(|(i, &v)| f(i, v)).collect::<Vec<f32>>();
    vec![
        with(&|_, v| v),
        with(&|i, v| if i == d / 2 { 1e6 } else { v }),
        with(&|i, v| if i == 0 { -3e9 } else { v }),
        with(&|i, v| v * [1e-6, 1e-3, 1.0, 1e3, 1e6][i % 5]),
        with(&|_, _| 0.75),
        with(&|_, _| 0.0),
        with(&|_, v| v * 1e-9),
        with(&|_, v| v * 1e-25),
        with(&|_, v| v * 1e12),
        with(&|_, v| v * 1e15),
        with(&|_, v| 1000.0 + v * 1e-3),
    ]
}

#[test]
fn rows_are_no_further_from_their_integers_than_said() {
    for d in [32, 33, 47, 64, 129, 1000] {
        for x in hard_rows(d) {
            for &isa in Isa::usable() {
                let (words, rounded, lanes) = round(isa, &x, squared(&x, &vec![0.0; d]));
                let back = unpacked(&words, rounded.scale, lanes, d);
                let off = |x: f32, y: f64| (f64::from(x) - y) * (f64::from(x) - y);
                let distance = |y: &[f64]| x.iter().zip(y).map(|(&x, &y)| off(x, y)).sum::<f64>().sqrt();
                let (error, norm) = (distance(&back), distance(&vec![0.0; d]));
                assert!(error <= f64::from(rounded.error) && norm <= f64::from(rounded.norm), "{} {d}", isa.name());
                if rounded.scale > 0.0 {
                    // The bound is one that screening can use.
                    assert!(f64::from(rounded.error) <= 0.52 * (d as f64).sqrt() * f64::from(rounded.scale));
                    let length = back.iter().map(|v| v * v).sum::<f64>().sqrt() / f64::from(rounded.scale);
                    assert!(length < 32768.0);
                }
            }
        }
    }
}

/// The bits of brute force, whatever the path.
fn check(q: &[f32], bank: &[f32], d: usize, k: usize) {
    let (n, m) = (q.len() / d, bank.len() / d);
    let mut expected = (vec![], vec![]);
    for q in q.chunks(d) {
        let mut all: Vec<(f32, u32)> = bank.chunks(d).zip(0..).map(|(b, i)| (squared(q, b), i)).collect();
        all.sort_by(|a, b| a.partial_cmp(b).unwrap());
        expected.0.extend(all[..k].iter().map(|(s, _)| s.sqrt()));
        expected.1.extend(all[..k].iter().map(|(_, i)| *i));
    }
    let [n32, m32, d32, k32] = [n, m, d, k].map(|v| v as u32);
    for &isa in Isa::usable() {
        let mut norms = vec![7.0; m];
        assert_eq!(row_norms(isa, bank, m32, d32, &mut norms, Span { begin: 0, end: m as u64 }), 0);
        let (mut dist, mut index) = (vec![7.0; n * k], vec![7; n * k]);
        let mut work = vec![f32::NAN; (d + 64) * 320 + 64 * (k + 16) * 4];
        let span = Span { begin: 0, end: n as u64 };
        assert_eq!(nearest(isa, q, bank, &norms, n32, m32, d32, k32, &mut dist, &mut index, &mut work, span), 0);
        assert!((&dist, &index) == (&expected.0, &expected.1), "{} {n} {m} {d} {k}", isa.name());
    }
}

#[test]
fn brute_force_finds_the_same() {
    for (n, m, d, k) in [(16, 1, 32, 1), (64, 700, 64, 1), (65, 241, 33, 3), (40, 130, 100, 130), (17, 500, 200, 40)] {
        let (q, mut bank) = (numbers(n * d, 1), numbers(m * d, 2));
        if m > 200 {
            // Equal rows, and queries that lie in the bank.
            bank.copy_within(3 * d..4 * d, 130 * d);
            bank.copy_within(3 * d..4 * d, 9 * d);
            bank[200 * d..201 * d].copy_from_slice(&q[..d]);
        }
        check(&q, &bank, d, k);
    }
}

/// Rows whose distances differ by less than rounding to 16 bits, or to f32, can see.
#[test]
fn what_rounding_hides_is_found() {
    let d = 48;
    let (n, m) = (30, 400);
    let (q, bank) = (numbers(n * d, 3), numbers(m * d, 4));
    let spread: [&dyn Fn(f32, usize) -> f32; 6] = [
        &|v, _| 100.0 + v * 1e-2,
        &|v, _| 1e4 + (v * 8.0).round() * 1e-3,
        &|v, i| if i % 48 == 7 { 1e6 * (1.0 + (v * 4.0).round() * 1e-6) } else { v },
        &|v, i| if i / 48 % 3 == 0 { v * 1e-12 } else { v },
        &|v, i| if i / 48 % 2 == 0 { v * 1e14 } else { v * 1e-14 },
        &|v, _| (v * 2.0).round(),
    ];
    for spread in spread {
        let of = |x: &[f32]| x.iter().enumerate().map(|(i, &v)| spread(v, i)).collect::<Vec<f32>>();
        for k in [1, 5] {
            check(&of(&q), &of(&bank), d, k);
        }
    }
}

/// Every hard row as a query against banks of hard rows and noise around them.
#[test]
fn hard_rows_find_each_other() {
    let d = 40;
    let rows = hard_rows(d);
    let q = [&rows[..], &rows[..]].concat().concat();
    let mut bank = rows.concat();
    for (i, noise) in numbers(300 * d, 6).chunks(d).enumerate() {
        bank.extend(rows[i % rows.len()].iter().zip(noise).map(|(&v, &e)| v * (1.0 + e * 1e-4)));
    }
    check(&q, &bank, d, 1);
    check(&q, &bank, d, 7);
}
