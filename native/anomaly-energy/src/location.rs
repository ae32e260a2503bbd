//! Mean and scatter of every location of an image, and Mahalanobis distances there.

use crate::whiten::row_at;
use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Floats, Lanes, MAX_LANES, Vector, first_lanes};
use common_rs::memory::prefetch;
use common_rs::variants;

/// Means of columns, in order over the rows, and the rows less their means.
#[inline(always)]
fn center(x: &[f32], means: &mut [f64], centered: &mut [f64]) {
    let c = means.len();
    means.fill(0.0);
    for row in x.chunks_exact(c) {
        for (mean, &v) in means.iter_mut().zip(row) {
            *mean += f64::from(v);
        }
    }
    let rows = (x.len() / c) as f64;
    for mean in &mut *means {
        *mean /= rows;
    }
    for (row, to) in x.chunks_exact(c).zip(centered.chunks_exact_mut(c)) {
        for ((to, &v), &mean) in to.iter_mut().zip(row).zip(&*means) {
            *to = f64::from(v) - mean;
        }
    }
}

/// out_j = Σ_r v_ri v_rj in order, for the first `out.len()` columns of rows of c.
#[inline(always)]
fn scatter_row<S: Lanes>(v: &[f64], c: usize, i: usize, out: &mut [f64]) {
    /// Vectors at a time.
    const N: usize = 4;
    let wide = N * S::LANES64;
    let whole = out.len() / wide * wide;
    for j in (0..whole).step_by(wide) {
        let mut sums = [S::F64::splat(0.0); N];
        for row in v.chunks_exact(c) {
            let a = S::F64::splat(row[i]);
            let b = &row[j..j + wide];
            for n in 0..N {
                sums[n] = sums[n] + a * S::F64::load(&b[n * S::LANES64..]);
            }
        }
        for n in 0..N {
            sums[n].store(&mut out[j + n * S::LANES64..]);
        }
    }
    let rest = &mut out[whole..];
    rest.fill(0.0);
    for row in v.chunks_exact(c) {
        for (sum, &b) in rest.iter_mut().zip(&row[whole..]) {
            *sum += row[i] * b;
        }
    }
}

#[inline(always)]
fn location_cov_on<S: Lanes>(
    v: &[f32],
    [n, c]: [usize; 2],
    count: f64,
    mean: &mut [f64],
    m2: &mut [f64],
    work: &mut [f64],
) -> i32 {
    let Ok(mut means) = filled(c, 0.0) else { return status::OUT_OF_MEMORY };
    let Ok(mut row) = filled(c, 0.0) else { return status::OUT_OF_MEMORY };
    let total = count + n as f64;
    let f = n as f64 / total;
    let g = count * f;
    let locations = v.chunks_exact(n * c).zip(mean.chunks_exact_mut(c)).zip(m2.chunks_exact_mut(c * (c + 1) / 2));
    for ((v, mean), m2) in locations {
        let work = &mut work[..n * c];
        center(v, &mut means, work);
        let mut at = 0;
        for i in 0..c {
            scatter_row::<S>(work, c, i, &mut row[..=i]);
            let delta = means[i] - mean[i];
            for (j, m2) in m2[at..=at + i].iter_mut().enumerate() {
                let merged = (*m2 + row[j]) + ((means[j] - mean[j]) * delta) * g;
                *m2 = if count == 0.0 { row[j] } else { merged };
            }
            at += i + 1;
        }
        for (mean, &block) in mean.iter_mut().zip(&means) {
            *mean = if count == 0.0 { block } else { *mean + (block - *mean) * f };
        }
    }
    status::OK
}

/// Σ y² over rows i … i + M − 1 of a packed triangle, y = W v: one pass of products along the rows. M rows end in the same
/// vector: i is a multiple of M, which divides LANES, or M is 1.
///
/// # Safety
/// `factor` has these rows, and `v` whatever finite numbers behind element i + M − 1, up to whole vectors.
#[inline(always)]
unsafe fn rows_squared<S: Lanes, const M: usize>(factor: &[f32], i: usize, v: *const f32) -> f32 {
    let whole = i / S::LANES * S::LANES;
    let mut rows = [factor.as_ptr(); M];
    let mut sums = [S::F32::splat(0.0); M];
    // SAFETY: the caller's; what lies behind a row's last element is only read where the slice goes on.
    unsafe {
        for m in 0..M {
            rows[m] = rows[m].add(row_at(i + m));
        }
        for k in (0..whole).step_by(S::LANES) {
            let x = S::F32::load_at(v.add(k));
            for m in 0..M {
                sums[m] = x.fused(S::F32::load_at(rows[m].add(k)), sums[m]);
            }
        }
        let x = S::F32::load_at(v.add(whole));
        let is_inner = row_at(i + M - 1) + whole + S::LANES <= factor.len();
        for m in 0..M {
            let count = i + m + 1 - whole;
            let w = if is_inner {
                first_lanes::<S>(S::F32::load_at(rows[m].add(whole)), count)
            } else {
                S::F32::load_part(&factor[row_at(i + m) + whole..][..count], 0.0)
            };
            sums[m] = x.fused(w, sums[m]);
        }
    }
    let mut squares = 0.0;
    for m in 0..M {
        let y = sums[m].sum();
        squares += y * y;
    }
    squares
}

/// Adds Σ y² over M rows of a location's factor to the sums of all its vectors, `pitch` numbers apart.
#[inline(always)]
fn add_rows<S: Lanes, const M: usize>(factor: &[f32], i: usize, v: &[f32], pitch: usize, sums: &mut [f32]) {
    const LINE: usize = 16;
    /// How far ahead: a few hundred cycles' worth of numbers.
    const AHEAD: usize = 2048;
    assert!(factor.len() >= row_at(i + M) && pitch >= i + M + MAX_LANES);
    // The processor doesn't see that rows of different lengths, several at a time, are one stream.
    for ahead in (row_at(i)..row_at(i + M)).step_by(LINE) {
        prefetch(factor, AHEAD + ahead);
    }
    for (v, sum) in v.chunks_exact(pitch).zip(sums) {
        // SAFETY: asserted.
        *sum += unsafe { rows_squared::<S, M>(factor, i, v.as_ptr()) };
    }
}

#[inline(always)]
fn distances_on<S: Lanes>(v: &[f32], factor: &[f32], [n, c]: [usize; 2], out: &mut [f32]) -> i32 {
    let pitch = c + MAX_LANES;
    let Ok(mut padded) = filled(n * pitch, 0.0) else { return status::OUT_OF_MEMORY };
    let size = row_at(c);
    for (u, (v, out)) in v.chunks_exact(n * c).zip(out.chunks_exact_mut(n)).enumerate() {
        for (to, v) in padded.chunks_exact_mut(pitch).zip(v.chunks_exact(c)) {
            to[..c].copy_from_slice(v);
        }
        out.fill(0.0);
        let factor = &factor[u * size..];
        let mut i = 0;
        while i < c {
            match c - i {
                8.. if S::LANES >= 8 => {
                    add_rows::<S, 8>(factor, i, &padded, pitch, out);
                    i += 8;
                }
                4.. => {
                    add_rows::<S, 4>(factor, i, &padded, pitch, out);
                    i += 4;
                }
                _ => {
                    add_rows::<S, 1>(factor, i, &padded, pitch, out);
                    i += 1;
                }
            }
        }
        for distance in out {
            *distance = distance.sqrt();
        }
    }
    status::OK
}

variants! {
    to avx2;

    fn location_by(v: &[f32], size: [usize; 2], count: f64, mean: &mut [f64], m2: &mut [f64], work: &mut [f64]) -> i32 =
        location_cov_on;
}

variants! {
    fn distances_by(v: &[f32], factor: &[f32], size: [usize; 2], out: &mut [f32]) -> i32 = distances_on;
}

/// Adds a block of images to the mean and packed scatter of every location.
pub fn location_cov(
    isa: Isa,
    v: &[f32],
    n: u32,
    c: u32,
    _rows: u32,
    count: f64,
    mean: &mut [f64],
    m2: &mut [f64],
    block: &mut [f64],
    _span: Span,
) -> i32 {
    location_by(isa, v, [n as usize, c as usize], count, mean, m2, block)
}

/// Mahalanobis distances per location and image. Tolerance code: products are fused.
pub fn location_distances(
    isa: Isa,
    v: &[f32],
    factor: &[f32],
    n: u32,
    c: u32,
    _rows: u32,
    out: &mut [f32],
    _span: Span,
) -> i32 {
    if n == 0 {
        return status::OK;
    }
    distances_by(isa, v, factor, [n as usize, c as usize], out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whiten::tests::{compare, numbers, squared};

    #[test]
    fn distances_per_location() {
        for (rows, n, c) in [(1, 1, 1), (3, 1, 100), (7, 5, 20), (2, 2, 33)] {
            let (v, factor) = (numbers(rows * n * c, 3), numbers(rows * row_at(c), 4));
            let expected: Vec<f64> = v
                .chunks(c)
                .enumerate()
                .map(|(k, v)| squared(v, &factor[k / n * row_at(c)..(k / n + 1) * row_at(c)]).sqrt())
                .collect();
            for &isa in Isa::usable() {
                let mut out = vec![7.0; rows * n];
                let span = Span { begin: 0, end: rows as u64 };
                let [n, c, rows] = [n, c, rows].map(|v| v as u32);
                assert_eq!(location_distances(isa, &v, &factor, n, c, rows, &mut out, span), 0);
                compare(&out, &expected);
            }
        }
    }
}
