//! The equations of the rows, number by number.

use super::*;
use crate::location::location_cov;

fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + salt * 31) % 1013) as f32 / 100.0 - 3.0).collect()
}

/// Means and upper scatter of one block.
fn block(x: &[f32], d: usize) -> (Vec<f64>, Vec<f64>) {
    let rows = x.len() / d;
    let means: Vec<f64> = (0..d).map(|i| x.chunks(d).fold(0.0, |s, row| s + f64::from(row[i])) / rows as f64).collect();
    let mut m2 = vec![0.0; d * d];
    for i in 0..d {
        for j in i..d {
            for row in x.chunks(d) {
                m2[i * d + j] += (f64::from(row[i]) - means[i]) * (f64::from(row[j]) - means[j]);
            }
        }
    }
    (means, m2)
}

fn blocks(isa: Isa, x: &[f32], d: usize, chunk: usize) -> (Vec<f64>, Vec<f64>) {
    let n = x.len() / d;
    let rows = n.div_ceil(BLOCK) * d;
    let (mut means, mut m2) = (vec![7.0; rows], vec![7.0; rows * d]);
    let wide: Vec<f64> = x.iter().map(|&v| f64::from(v)).collect();
    for begin in (0..rows).step_by(chunk) {
        let end = rows.min(begin + chunk);
        let mut work = vec![0.0; 256 * (d + 16)];
        let span = Span { begin: begin as u64, end: end as u64 };
        let [n, d32, rows] = [n, d, rows].map(|v| v as u32);
        let (means, m2) = (&mut means[begin..end], &mut m2[begin * d..end * d]);
        assert_eq!(cov_blocks(isa, x, n, d32, rows, means, m2, &mut work, span), 0);
        let (mut means64, mut m264) = (vec![7.0; end - begin], vec![7.0; (end - begin) * d]);
        assert_eq!(cov_blocks64(isa, &wide, n, d32, rows, &mut means64, &mut m264, &mut work, span), 0);
        assert!(means64 == means && m264 == m2);
    }
    (means, m2)
}

#[test]
fn blocks_have_the_bits_of_their_equations() {
    for (n, d) in [(1, 1), (255, 2), (256, 49), (700, 17), (513, 33)] {
        let x = numbers(n * d, 1);
        let (mut means, mut m2) = (vec![], vec![]);
        for part in x.chunks(BLOCK * d) {
            let (mean, scatter) = block(part, d);
            means.extend(mean);
            m2.extend(scatter);
        }
        for &isa in Isa::usable() {
            for chunk in [3, 16, 1000] {
                assert!(blocks(isa, &x, d, chunk) == (means.clone(), m2.clone()), "{} {n} {d} {chunk}", isa.name());
            }
        }
    }
}

/// All rows of x one after another, merged into nothing or into `count` rows before.
fn merged(isa: Isa, x: &[f32], d: usize, chunk: usize, first: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut mean, mut m2) = (vec![0.0; d], vec![0.0; d * d]);
    let mut count = 0.0;
    for part in [&x[..first * d], &x[first * d..]] {
        let n = part.len() / d;
        let (means, m2s) = blocks(isa, part, d, 16);
        let sizes: Vec<f64> = (0..n).step_by(BLOCK).map(|at| BLOCK.min(n - at) as f64).collect();
        let mut next = vec![7.0; d];
        for begin in (0..d).step_by(chunk) {
            let end = d.min(begin + chunk);
            let span = Span { begin: begin as u64, end: end as u64 };
            let [b, d32] = [sizes.len(), d].map(|v| v as u32);
            let (to, m2) = (&mut next[begin..end], &mut m2[begin * d..end * d]);
            let mut work = vec![0.0; d];
            let status = cov_merge(isa, count, b, d32, d32, &sizes, &means, &m2s, &mean, to, m2, &mut work, span);
            assert_eq!(status, 0);
        }
        mean = next;
        count += n as f64;
    }
    (mean, m2)
}

#[test]
fn merging_gives_the_covariance_of_all_rows() {
    let (n, d) = (1000, 5);
    let x = numbers(n * d, 2);
    let (mean, m2) = block(&x, d);
    let (found_mean, found) = merged(Isa::widest(), &x, d, 16, 512);
    for i in 0..d {
        assert!((mean[i] - found_mean[i]).abs() < 1e-13);
        for j in i..d {
            assert!((m2[i * d + j] - found[i * d + j]).abs() < 1e-9);
        }
    }
    for &isa in Isa::usable() {
        for chunk in [1, 2, 16] {
            assert!(merged(isa, &x, d, chunk, 512) == (found_mean.clone(), found.clone()));
        }
    }
    // Cut at a block's end, a fit in two parts is the same as one.
    assert!(merged(Isa::widest(), &x, d, 16, 256) == (found_mean, found));
}

#[test]
fn locations_merge_like_blocks() {
    let (rows, c) = (3, 21);
    for (n, before) in [(1, 0.0), (5, 0.0), (17, 300.0), (256, 1.0)] {
        let v = numbers(rows * n * c, 3);
        let size = c * (c + 1) / 2;
        let start: Vec<f64> = numbers(rows * (c + size), 4).iter().map(|&v| f64::from(v)).collect();
        let mut first = None;
        for &isa in Isa::usable() {
            let (mut mean, mut m2) = (start[..rows * c].to_vec(), start[rows * c..].to_vec());
            let mut work = vec![0.0; (n + c + 4) * (c + 1)];
            let [n32, c32, rows32] = [n, c, rows].map(|v| v as u32);
            let span = Span { begin: 0, end: rows as u64 };
            assert_eq!(location_cov(isa, &v, n32, c32, rows32, before, &mut mean, &mut m2, &mut work, span), 0);
            for u in 0..rows {
                let (block_mean, scatter) = block(&v[u * n * c..(u + 1) * n * c], c);
                let (f, g) = (n as f64 / (before + n as f64), before * (n as f64 / (before + n as f64)));
                for i in 0..c {
                    let old = |k: usize| start[u * c + k];
                    let delta = |k: usize| block_mean[k] - old(k);
                    let expected = if before == 0.0 { block_mean[i] } else { old(i) + delta(i) * f };
                    assert_eq!(mean[u * c + i], expected);
                    for j in 0..=i {
                        let at = i * (i + 1) / 2 + j;
                        let s = scatter[j * c + i];
                        let old = start[rows * c + u * size + at];
                        let expected = if before == 0.0 { s } else { (old + s) + (delta(j) * delta(i)) * g };
                        assert_eq!(m2[u * size + at], expected);
                    }
                }
            }
            assert!(*first.get_or_insert((mean.clone(), m2.clone())) == (mean, m2));
        }
    }
}
