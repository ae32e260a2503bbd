//! Eigendecomposition of a symmetric matrix: Householder tridiagonalization, then implicit QL (Bowdler, Martin, Reinsch
//! and Wilkinson, "The QR and QL algorithms for symmetric matrices", Numerische Mathematik 11 (1968) 293–306), whose
//! rotations are gathered and applied in blocks.

use super::rotations::{Sweeps, apply};
use crate::cpu::Isa;
use crate::lanes::{Floats, Lanes, Vector};
use crate::variants;

/// Eigenvalues, descending, and eigenvectors of a symmetric matrix, d × d. On entry `a` holds it whole; at the end row
/// i of `a` is the unit eigenvector of `values[i]`, its component of largest magnitude (the first such) positive. The
/// residual ‖A v − λ v‖ is at most 1e-12 · d · |λ|_max.
///
/// `work` holds 4 d numbers of workspace. False when 30 d iterations don't suffice, or an element isn't finite.
pub fn sym_eig(isa: Isa, d: usize, a: &mut [f64], values: &mut [f64], work: &mut [f64]) -> bool {
    if !a[..d * d].iter().all(|v| v.is_finite()) {
        return false;
    }
    let (off, rest) = work.split_at_mut(d);
    let scale = normalize(&mut a[..d * d]);
    tridiagonalize(isa, d, a, values, off, rest);
    accumulate(isa, d, a);
    if !diagonalize(isa, d, a, values, off) {
        return false;
    }
    for value in &mut values[..d] {
        *value *= scale;
    }
    sort(d, a, values);
    for row in a[..d * d].chunks_exact_mut(d) {
        fix_sign(row);
    }
    true
}

/// Divides by the power of two at or below the largest magnitude, so that squares can't over- or underflow; returns it.
fn normalize(a: &mut [f64]) -> f64 {
    let largest = a.iter().fold(0.0f64, |m, v| if v.abs() > m { v.abs() } else { m });
    let exponent = (largest.to_bits() >> 52).clamp(1, 2045);
    let scale = f64::from_bits(exponent << 52);
    // 2^(1023 − e) and its inverse are both normal numbers for 1 ≤ e ≤ 2045.
    let inverse = f64::from_bits((2046 - exponent) << 52);
    for v in a {
        *v *= inverse;
    }
    scale
}

variants! {
    to avx2;

    fn tridiagonalize(d: usize, a: &mut [f64], diagonal: &mut [f64], off: &mut [f64], work: &mut [f64]) = reduce;
    fn accumulate(d: usize, a: &mut [f64]) = expand;
}

/// Products of two rows; fused, the order is the instruction set's.
#[inline(always)]
fn dot<S: Lanes>(x: &[f64], y: &[f64]) -> f64 {
    let len = S::LANES64;
    let mut sums = [S::F64::splat(0.0); 4];
    let whole = x.len() / (4 * len) * (4 * len);
    for (x, y) in x.chunks_exact(4 * len).zip(y.chunks_exact(4 * len)) {
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = S::F64::load(&x[v * len..]).fused(S::F64::load(&y[v * len..]), *sum);
        }
    }
    let mut all = [0.0; crate::lanes::MAX_LANES];
    ((sums[0] + sums[1]) + (sums[2] + sums[3])).store(&mut all);
    let rest: f64 = x[whole..].iter().zip(&y[whole..]).map(|(x, y)| x * y).sum();
    all[..len].iter().sum::<f64>() + rest
}

/// row = row − p x − q y
#[inline(always)]
fn subtract<S: Lanes>(row: &mut [f64], p: f64, x: &[f64], q: f64, y: &[f64]) {
    let len = S::LANES64;
    let whole = row.len() / len * len;
    let (p_wide, q_wide) = (S::F64::splat(-p), S::F64::splat(-q));
    for ((row, x), y) in row.chunks_exact_mut(len).zip(x.chunks_exact(len)).zip(y.chunks_exact(len)) {
        p_wide.fused(S::F64::load(x), q_wide.fused(S::F64::load(y), S::F64::load(row))).store(row);
    }
    for i in whole..row.len() {
        row[i] = row[i] - p * x[i] - q * y[i];
    }
}

/// T = Qᵀ A Q. Step k reflects row k right of the diagonal to (α, 0, …) by I − β v vᵀ with v_0 = 1; v is left in row k,
/// β below the diagonal, and T in `diagonal` and `off`.
#[inline(always)]
fn reduce<S: Lanes>(d: usize, a: &mut [f64], diagonal: &mut [f64], off: &mut [f64], work: &mut [f64]) {
    let (p, v) = work.split_at_mut(d);
    for k in 0..d {
        diagonal[k] = a[k * d + k];
        if k + 1 == d {
            off[k] = 0.0;
            break;
        }
        let (row, below) = a[k * d..].split_at_mut(d);
        let v = &mut v[..d - k - 1];
        v.copy_from_slice(&row[k + 1..]);
        let (alpha, beta) = reflector::<S>(v);
        off[k] = alpha;
        row[k + 1..].copy_from_slice(v);
        if beta != 0.0 {
            let p = &mut p[..v.len()];
            for (p, row) in p.iter_mut().zip(below.chunks_exact(d)) {
                *p = beta * dot::<S>(&row[k + 1..], v);
            }
            let half = 0.5 * beta * dot::<S>(p, v);
            subtract::<S>(p, half, v, 0.0, v);
            for (i, row) in below.chunks_exact_mut(d).enumerate() {
                subtract::<S>(&mut row[k + 1..], v[i], p, p[i], v);
            }
        }
        below[k] = beta;
    }
}

/// Makes x the v of a reflection with v_0 = 1; returns (α, β).
#[inline(always)]
fn reflector<S: Lanes>(x: &mut [f64]) -> (f64, f64) {
    let first = x[0];
    let tail = dot::<S>(&x[1..], &x[1..]);
    if tail == 0.0 {
        x.fill(0.0);
        return (first, 0.0);
    }
    let norm = (first * first + tail).sqrt();
    let alpha = if first > 0.0 { -norm } else { norm };
    let v0 = first - alpha;
    for v in &mut x[1..] {
        *v /= v0;
    }
    x[0] = 1.0;
    (alpha, -v0 / alpha)
}

/// Qᵀ from the reflections, in place.
#[inline(always)]
fn expand<S: Lanes>(d: usize, a: &mut [f64]) {
    for k in (0..d).rev() {
        let (row, below) = a[k * d..].split_at_mut(d);
        if k + 1 < d {
            let beta = below[k];
            let v = &row[k + 1..];
            for row in below.chunks_exact_mut(d) {
                row[k] = 0.0;
                let s = beta * dot::<S>(&row[k + 1..], v);
                subtract::<S>(&mut row[k + 1..], s, v, 0.0, v);
            }
        }
        row[k..].fill(0.0);
        row[k] = 1.0;
    }
}

/// Implicit QL on T = (diagonal, off); rotations go to the rows of `vectors`.
fn diagonalize(isa: Isa, d: usize, vectors: &mut [f64], diagonal: &mut [f64], off: &mut [f64]) -> bool {
    let mut sweeps = Sweeps::new(d);
    let mut left = 30 * d;
    for l in 0..d {
        loop {
            let small = |m: &usize| off[*m].abs() <= f64::EPSILON * (diagonal[*m].abs() + diagonal[*m + 1].abs());
            let m = (l..d - 1).find(small).unwrap_or(d - 1);
            if m == l {
                break;
            }
            if left == 0 {
                return false;
            }
            left -= 1;
            if sweeps.full() {
                apply(isa, d, &sweeps, vectors);
                sweeps.clear();
            }
            sweep(l, m, diagonal, off, &mut sweeps);
        }
    }
    apply(isa, d, &sweeps, vectors);
    true
}

/// One sweep from row m up to row l, with Wilkinson's shift.
fn sweep(l: usize, m: usize, diagonal: &mut [f64], off: &mut [f64], sweeps: &mut Sweeps) {
    let mut g = (diagonal[l + 1] - diagonal[l]) / (2.0 * off[l]);
    let mut r = (g * g + 1.0).sqrt();
    g = diagonal[m] - diagonal[l] + off[l] / (g + if g < 0.0 { -r } else { r });
    let (mut s, mut c, mut p) = (1.0, 1.0, 0.0);
    sweeps.begin(m);
    for i in (l..m).rev() {
        let f = s * off[i];
        let b = c * off[i];
        r = (f * f + g * g).sqrt();
        off[i + 1] = r;
        if r == 0.0 {
            // The matrix splits here.
            diagonal[i + 1] -= p;
            off[m] = 0.0;
            return;
        }
        s = f / r;
        c = g / r;
        g = diagonal[i + 1] - p;
        r = (diagonal[i] - g) * s + 2.0 * c * b;
        p = s * r;
        diagonal[i + 1] = g + p;
        g = c * r - b;
        sweeps.push(c, s);
    }
    diagonal[l] -= p;
    off[l] = g;
    off[m] = 0.0;
}

/// Eigenvalues descending.
fn sort(d: usize, vectors: &mut [f64], values: &mut [f64]) {
    for i in 0..d {
        let mut k = i;
        for j in i + 1..d {
            if values[j] > values[k] {
                k = j;
            }
        }
        if k != i {
            values.swap(i, k);
            let (above, below) = vectors.split_at_mut(k * d);
            above[i * d..][..d].swap_with_slice(&mut below[..d]);
        }
    }
}

/// Makes the first component of largest magnitude positive.
fn fix_sign(row: &mut [f64]) {
    let mut largest = 0.0;
    for &v in row.iter() {
        if v.abs() > f64::abs(largest) {
            largest = v;
        }
    }
    if largest < 0.0 {
        for v in row {
            *v = -*v;
        }
    }
}
