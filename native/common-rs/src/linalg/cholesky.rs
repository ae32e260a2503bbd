//! Cholesky factor, its inverse, and the determinant.

use crate::lanes::{Lanes, Vector};
use crate::math::log64;
use core::ops::Range;

/// Accumulators of a sum.
const WIDTH: usize = 8;
/// Elements of a row that are computed side by side.
const GROUP: usize = 4;

#[inline(always)]
pub fn factor<S: Lanes>(d: usize, rows: Range<usize>, a: &mut [f64]) -> bool {
    for i in rows {
        let (above, row) = a.split_at_mut(i * d);
        let row = &mut row[..d];
        let diagonal = row[i];
        for j0 in (0..i).step_by(WIDTH) {
            for first in (j0..i.min(j0 + WIDTH)).step_by(GROUP) {
                let count = GROUP.min(i - first);
                let mut sums = dots::<S>(above, d, row, first, count, j0);
                for (j, sums) in (first..first + count).zip(&mut sums) {
                    let other = &above[j * d..][..=j];
                    row[j] = (row[j] - tail_sum(sums, &row[j0..j], &other[j0..j])) / other[j];
                }
            }
        }
        let j0 = i / WIDTH * WIDTH;
        let mut sums = [0.0; WIDTH];
        for part in row[..j0].chunks_exact(WIDTH) {
            for (sum, v) in sums.iter_mut().zip(part) {
                *sum += v * v;
            }
        }
        let v = diagonal - tail_sum(&mut sums, &row[j0..i], &row[j0..i]);
        // Not "v <= …": a NaN is no positive pivot either.
        let positive = v > diagonal * (d as f64 * f64::EPSILON);
        if !positive {
            return false;
        }
        row[i] = v.sqrt();
    }
    true
}

/// Accumulators of the products of `row` with rows first … first + count − 1 above it, columns 0 … end, a multiple of 8.
#[inline(always)]
fn dots<S: Lanes>(
    above: &[f64],
    d: usize,
    row: &[f64],
    first: usize,
    count: usize,
    end: usize,
) -> [[f64; WIDTH]; GROUP] {
    let mut sums = [[0.0; WIDTH]; GROUP];
    if count == GROUP {
        let others: [&[f64]; GROUP] = core::array::from_fn(|g| &above[(first + g) * d..][..end]);
        for half in (0..WIDTH).step_by(WIDTH.min(2 * S::LANES64)) {
            dots_of::<S>(&row[..end], others, half, &mut sums);
        }
    } else {
        for (g, sums) in sums.iter_mut().enumerate().take(count) {
            let other = &above[(first + g) * d..][..end];
            for (x, y) in row[..end].chunks_exact(WIDTH).zip(other.chunks_exact(WIDTH)) {
                for k in 0..WIDTH {
                    sums[k] += x[k] * y[k];
                }
            }
        }
    }
    sums
}

/// Accumulators `first` … of all sums, as many as two vectors hold.
#[inline(always)]
fn dots_of<S: Lanes>(row: &[f64], others: [&[f64]; GROUP], first: usize, sums: &mut [[f64; WIDTH]; GROUP]) {
    let len = S::LANES64;
    let vectors = (WIDTH / len).min(2);
    let mut found = [[S::F64::splat(0.0); 2]; GROUP];
    for k in (first..row.len()).step_by(WIDTH) {
        for v in 0..vectors {
            // SAFETY: row and others have the same length, a multiple of 8; k + v len + len stays below the next one.
            unsafe {
                let x = S::F64::load_at(row.as_ptr().add(k + v * len));
                for (found, other) in found.iter_mut().zip(others) {
                    found[v] = found[v] + x * S::F64::load_at(other.as_ptr().add(k + v * len));
                }
            }
        }
    }
    for (sums, found) in sums.iter_mut().zip(found) {
        for v in 0..vectors {
            found[v].store(&mut sums[first + v * len..]);
        }
    }
}

/// The last products, fewer than 8, and the halving tree.
#[inline(always)]
fn tail_sum(sums: &mut [f64; WIDTH], x: &[f64], y: &[f64]) -> f64 {
    for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
        *sum += x * y;
    }
    let s = sums;
    ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

#[inline(always)]
pub fn inverse<S: Lanes>(d: usize, rows: Range<usize>, a: &mut [f64], row: &mut [f64]) {
    for i in rows {
        let (above, current) = a.split_at_mut(i * d);
        let current = &mut current[..d];
        let factors = &mut row[..i];
        factors.copy_from_slice(&current[..i]);
        let r = 1.0 / current[i];
        current.fill(0.0);
        for (k, &factor) in factors.iter().enumerate() {
            add_scaled::<S>(&mut current[..=k], factor, &above[k * d..][..=k]);
        }
        for s in &mut current[..i] {
            *s = -(*s * r);
        }
        current[i] = r;
    }
}

/// to = to + factor · x
#[inline(always)]
fn add_scaled<S: Lanes>(to: &mut [f64], factor: f64, x: &[f64]) {
    let len = S::LANES64;
    let whole = to.len() / len * len;
    let wide = S::F64::splat(factor);
    for (to, x) in to.chunks_exact_mut(len).zip(x.chunks_exact(len)) {
        (S::F64::load(to) + wide * S::F64::load(x)).store(to);
    }
    for (to, x) in to[whole..].iter_mut().zip(&x[whole..]) {
        *to += factor * x;
    }
}

/// ln det(L Lᵀ) = 2 Σ ln L_ii, i ascending.
pub fn log_determinant(d: usize, factor: &[f64]) -> f64 {
    2.0 * (0..d).fold(0.0, |sum, i| sum + log64(factor[i * d + i]))
}
