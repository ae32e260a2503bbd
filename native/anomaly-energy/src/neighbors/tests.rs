//! Golden 6, brute force, ties, and the same bits for any instruction set and chunks.

use super::*;
use crate::distance::{row_distances, row_norms};
use crate::kcenter::kcenter;
use crate::reports::KcenterReport;

fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + salt * 131) % 1013) as f32 / 506.0 - 1.0).collect()
}

/// sum16 of squares of differences, accumulator by accumulator.
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

fn all_nearest(isa: Isa, q: &[f32], bank: &[f32], d: usize, k: usize, chunk: usize) -> (Vec<f32>, Vec<u32>) {
    let (n, m) = (q.len() / d, bank.len() / d);
    let (mut dist, mut index, mut norms) = (vec![7.0; n * k], vec![7; n * k], vec![7.0; m]);
    let [n32, m32, d32, k32] = [n, m, d, k].map(|v| v as u32);
    assert_eq!(row_norms(isa, bank, m32, d32, &mut norms, Span { begin: 0, end: m as u64 }), 0);
    for begin in (0..n).step_by(chunk) {
        let end = n.min(begin + chunk);
        let mut work = vec![7.0; (d + 64) * 320 + 64 * (k + 16) * 4];
        let span = Span { begin: begin as u64, end: end as u64 };
        let (q, dist, index) = (&q[begin * d..end * d], &mut dist[begin * k..end * k], &mut index[begin * k..end * k]);
        assert_eq!(nearest(isa, q, bank, &norms, n32, m32, d32, k32, dist, index, &mut work, span), 0);
    }
    (dist, index)
}

#[test]
fn golden_scores() {
    let bank = [0., 0., 1., 0., 0., 2., 3., 3., 3., 4., 6., 0.];
    let (dist, index) = all_nearest(Isa::widest(), &[1., 1., 5., 4., 0., 0.5], &bank, 2, 1, 16);
    assert_eq!((dist, index), (vec![1.0, 2.0, 0.5], vec![1, 4, 0]));
}

#[test]
fn brute_force_finds_the_same() {
    for (n, m, d, k) in [(1, 1, 1, 1), (5, 40, 3, 9), (17, 600, 33, 4), (33, 1100, 16, 1), (3, 20, 300, 20)] {
        let (q, mut bank) = (numbers(n * d, 1), numbers(m * d, 2));
        // Rows that are equal, and a query that lies in the bank.
        if m > 10 {
            bank.copy_within(3 * d..4 * d, 7 * d);
            bank.copy_within(3 * d..4 * d, 9 * d);
            bank[3 * d..4 * d].copy_from_slice(&q[..d]);
        }
        let mut expected = (vec![], vec![]);
        for q in q.chunks(d) {
            let mut all: Vec<(f32, u32)> = bank.chunks(d).zip(0..).map(|(b, i)| (squared(q, b), i)).collect();
            all.sort_by(|a, b| a.partial_cmp(b).unwrap());
            expected.0.extend(all[..k].iter().map(|(s, _)| s.sqrt()));
            expected.1.extend(all[..k].iter().map(|(_, i)| *i));
        }
        for &isa in Isa::usable() {
            for chunk in [1, 16, 40] {
                assert!(all_nearest(isa, &q, &bank, d, k, chunk) == expected, "{} {n} {m} {d} {k}", isa.name());
            }
        }
    }
}

/// What screening can't say anything about: products of subnormal size, norms that overflow, distances that do.
#[test]
fn extreme_numbers_are_found_too() {
    for scale in [1e-23, 3e-20, 1e19, 3e19, 2e38] {
        let (n, m, d) = (70, 90, 19);
        let scaled = |salt, count| numbers(count, salt).iter().map(|v| v * scale).collect::<Vec<f32>>();
        let (q, bank) = (scaled(1, n * d), scaled(2, m * d));
        let nearest_of = |q: &[f32]| {
            let all = bank.chunks(d).map(|b| squared(q, b)).zip(0..);
            all.fold((f32::INFINITY, 0), |best, (s, i)| if s < best.0 { (s, i) } else { best })
        };
        let expected: Vec<(f32, u32)> = q.chunks(d).map(nearest_of).map(|(s, i)| (s.sqrt(), i)).collect();
        for &isa in Isa::usable() {
            let (dist, index) = all_nearest(isa, &q, &bank, d, 1, 64);
            assert!(dist.into_iter().zip(index).eq(expected.iter().copied()), "{} {scale}", isa.name());
        }
    }
}

#[test]
fn distances_and_norms_in_sixteen_accumulators() {
    for d in [1, 15, 16, 17, 100] {
        let (x, y) = (numbers(7 * d, 3), numbers(d, 4));
        for &isa in Isa::usable() {
            let (mut dist, mut norms) = (vec![7.0; 7], vec![7.0; 7]);
            let span = Span { begin: 0, end: 7 };
            assert_eq!(row_distances(isa, &x, &y, 7, d as u32, &mut dist, span), 0);
            assert_eq!(row_norms(isa, &x, 7, d as u32, &mut norms, span), 0);
            for (i, x) in x.chunks(d).enumerate() {
                assert_eq!((dist[i], norms[i]), (squared(x, &y), squared(x, &vec![0.0; d])));
            }
        }
    }
}

/// (picks with the next one, radii, distances), cut off at what was made.
fn coreset(isa: Isa, x: &[f32], d: usize, m: usize, start: u32, chunk: usize) -> (Vec<u32>, Vec<f32>, Vec<f32>) {
    let n = x.len() / d;
    let steps = m * n.div_ceil(4096);
    let (mut dist, mut owner, mut gaps) = (vec![f32::INFINITY; n], vec![0; n], vec![0.0; m]);
    let (mut picks, mut radii, mut state) = (vec![0; m + 1], vec![0.0; m], [0.0; 8]);
    picks[0] = start;
    let mut count = 0;
    for begin in (0..steps).step_by(chunk) {
        let span = Span { begin: begin as u64, end: steps.min(begin + chunk) as u64 };
        let mut report = KcenterReport { count: 0.0 };
        let [n, d, m, steps] = [n, d, m, steps].map(|v| v as u32);
        let (dist, owner, gaps) = (&mut dist, &mut owner, &mut gaps);
        let (picks, radii) = (&mut picks, &mut radii);
        let status = kcenter(isa, x, n, d, m, steps, dist, owner, gaps, picks, radii, &mut state, &mut report, span);
        assert_eq!(status, 0);
        count = count.max(report.count as usize);
    }
    picks.truncate(count + 1);
    radii.truncate(count);
    (picks, radii, dist)
}

#[test]
fn golden_coresets() {
    let (picks, radii, _) = coreset(Isa::widest(), &[0., 1., 2., 4., 8., 16.], 1, 5, 0, 1);
    assert_eq!((&picks[..5], &radii[..]), (&[0, 5, 4, 3, 2][..], &[16.0, 8.0, 4.0, 2.0, 1.0][..]));
    let x = [0., 0., 4., 0., 0., 4., 4., 4., 2., 2., 1., 3., 3., 1., 4., 4.];
    let (picks, ..) = coreset(Isa::widest(), &x, 2, 6, 0, 3);
    assert_eq!(picks[..6], [0, 3, 1, 2, 4, 5]);
    // Complete after three distinct points.
    let (picks, radii, dist) = coreset(Isa::widest(), &[1., 2., 2., 1., 5., 5.], 1, 6, 1, 2);
    assert_eq!((picks.len(), radii.last()), (4, Some(&0.0)));
    assert!(dist.iter().all(|&d| d == 0.0));
}

#[test]
fn skipping_rows_changes_nothing() {
    let (n, d, m) = (5000, 5, 60);
    let x: Vec<f32> = numbers(n * d, 5).iter().enumerate().map(|(i, v)| v * 0.1 + (i / d % 9) as f32).collect();
    let (mut dist, mut pick) = (vec![f32::INFINITY; n], 17);
    let (mut picks, mut radii) = (vec![], vec![]);
    for _ in 0..m {
        picks.push(pick as u32);
        for (dist, row) in dist.iter_mut().zip(x.chunks(d)) {
            let s = squared(row, &x[pick * d..(pick + 1) * d]);
            *dist = if s < *dist { s } else { *dist };
        }
        pick = (0..n).fold(0, |best, i| if dist[i] > dist[best] { i } else { best });
        radii.push(dist[pick].sqrt());
    }
    picks.push(pick as u32);
    assert!(radii.is_sorted_by(|a, b| a >= b));
    for &isa in Isa::usable() {
        for chunk in [1, 3, 1000] {
            assert!(coreset(isa, &x, d, m, 17, chunk) == (picks.clone(), radii.clone(), dist.clone()));
        }
    }
}

#[test]
fn sparse_projections() {
    let (n, d, k) = (67, 50, 9);
    let x = numbers(n * d, 6);
    let entries: Vec<u32> = (0..40).map(|i| (i * 37 % 50) * 2 + i % 2).collect();
    let offsets = [0, 0, 5, 6, 20, 21, 22, 30, 39, 40];
    for &isa in Isa::usable() {
        let mut y = vec![7.0; n * k];
        let [n32, d32, k32] = [n, d, k].map(|v| v as u32);
        let span = Span { begin: 0, end: n as u64 };
        assert_eq!(sparse_project(isa, &x, &offsets, &entries, n32, d32, k32, 0.3, &mut y, span), 0);
        for (i, &found) in y.iter().enumerate() {
            let mut s = 0.0f32;
            for &entry in &entries[offsets[i % k] as usize..offsets[i % k + 1] as usize] {
                let v = x[i / k * d + (entry >> 1) as usize];
                s += if entry & 1 == 1 { -v } else { v };
            }
            assert_eq!(found.to_bits(), (0.3f32 * s).to_bits());
        }
    }
}
