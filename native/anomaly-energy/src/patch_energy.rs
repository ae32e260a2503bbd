//! Energies of all patches of an image, and their average per pixel.

use crate::whiten::{Lanewise, N, squared_norms};
use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, MAX_LANES, Vector};
use common_rs::variants;

/// Elements behind a line that vectors of patches may read.
const SLACK: usize = N * MAX_LANES;

/// The model and the geometry of its images.
struct Model<'a> {
    factor: &'a [f32],
    shift: &'a [f32],
    center: &'a [f32],
    shape: [usize; 4],
}

/// Energies of the patches of one line of an image whose first line is at `x`.
#[inline(always)]
fn energy_line<S: Lanes>(model: &Model, x: &[f32], offsets: &[usize], out: &mut [f32], lines: &mut [f32]) {
    let [_, h, w, p] = model.shape;
    let pitch = w + SLACK;
    for ((plane, &center), lines) in x.chunks(h * w).zip(model.center).zip(lines.chunks_exact_mut(p * pitch)) {
        for (from, to) in plane.chunks_exact(w).zip(lines.chunks_exact_mut(pitch)) {
            for (to, &v) in to.iter_mut().zip(from) {
                *to = v - center;
            }
        }
    }
    let v = Lanewise { data: lines, offsets, factor: model.factor, shift: Some(model.shift) };
    let half = S::F32::splat(0.5);
    for (i, to) in out.chunks_mut(N * S::LANES).enumerate() {
        let sums = squared_norms::<S>(&v, i * N * S::LANES);
        for (sum, to) in sums.into_iter().zip(to.chunks_mut(S::LANES)) {
            (half * sum).store_part(to);
        }
    }
}

#[inline(always)]
fn energies_on<S: Lanes>(model: &Model, x: &[f32], out: &mut [f32], work: &mut [f32], span: Span) -> i32 {
    let [c, h, w, p] = model.shape;
    let pitch = w + SLACK;
    let Ok(mut offsets) = filled(c * p * p, 0) else { return status::OUT_OF_MEMORY };
    for (k, offset) in offsets.iter_mut().enumerate() {
        *offset = k / p * pitch + k % p;
    }
    let lines = h + 1 - p;
    for (row, out) in (span.begin as usize..).zip(out.chunks_exact_mut(w + 1 - p)) {
        let (image, y) = (row / lines, row % lines);
        let image = &x[image * c * h * w..(image + 1) * c * h * w];
        energy_line::<S>(model, &image[y * w..], &offsets, out, &mut work[..c * p * pitch]);
    }
    status::OK
}

/// Sums over the patches of a line that hold a pixel, in order of the patches.
#[inline(always)]
fn line_sums(energies: &[f32], p: usize, sums: &mut [f64]) {
    sums.fill(0.0);
    // Patch x holds pixels x … x + p − 1: its farthest pixel first, so that each pixel meets its patches in order.
    for t in (0..p).rev() {
        for (sum, &e) in sums[t..].iter_mut().zip(energies) {
            *sum += f64::from(e);
        }
    }
}

#[inline(always)]
fn average_on<S: Lanes>(energies: &[f32], [h, w, p]: [usize; 3], out: &mut [f32], sums: &mut [f64], span: Span) -> i32 {
    let Ok(mut total) = filled(w, 0.0) else { return status::OUT_OF_MEMORY };
    let (lines, width) = (h + 1 - p, w + 1 - p);
    let holding = |u: usize, length: usize| u.min(length - p) + 1 - (u + 1).saturating_sub(p);
    let (mut row, begin, end) = (span.begin as usize, span.begin as usize, span.end as usize);
    while row < end {
        let (image, first) = (row / h, row % h);
        let last = h.min(first + end - row);
        let energies = &energies[image * lines * width..(image + 1) * lines * width];
        let top = (first + 1).saturating_sub(p);
        let bottom = lines.min(last);
        for (sums, line) in sums.chunks_exact_mut(w).zip(energies[top * width..bottom * width].chunks_exact(width)) {
            line_sums(line, p, sums);
        }
        for (v, out) in (first..last).zip(out[(row - begin) * w..].chunks_exact_mut(w)) {
            total.fill(0.0);
            let from = (v + 1).saturating_sub(p);
            let to = v.min(h - p) + 1;
            for line in sums[(from - top) * w..(to - top) * w].chunks_exact(w) {
                for (total, &sum) in total.iter_mut().zip(line) {
                    *total += sum;
                }
            }
            for ((out, &total), u) in out.iter_mut().zip(&total).zip(0..) {
                *out = (total / ((to - from) * holding(u, w)) as f64) as f32;
            }
        }
        row += last - first;
    }
    status::OK
}

variants! {
    fn energies_by(model: &Model, x: &[f32], out: &mut [f32], work: &mut [f32], span: Span) -> i32 = energies_on;
}

variants! {
    to avx2;

    fn average_by(energies: &[f32], shape: [usize; 3], out: &mut [f32], sums: &mut [f64], span: Span) -> i32 =
        average_on;
}

/// Energies of the patches of lines of images.
pub fn patch_energies(
    isa: Isa,
    x: &[f32],
    center: &[f32],
    factor: &[f32],
    shift: &[f32],
    _n: u32,
    c: u32,
    h: u32,
    w: u32,
    p: u32,
    _rows: u32,
    out: &mut [f32],
    work: &mut [f32],
    span: Span,
) -> i32 {
    let shape = [c, h, w, p].map(|v| v as usize);
    energies_by(isa, &Model { factor, shift, center, shape }, x, out, work, span)
}

/// Average over the patches that hold a pixel.
pub fn patch_average(
    isa: Isa,
    energies: &[f32],
    _n: u32,
    h: u32,
    w: u32,
    p: u32,
    _rows: u32,
    out: &mut [f32],
    sums: &mut [f64],
    span: Span,
) -> i32 {
    average_by(isa, energies, [h, w, p].map(|v| v as usize), out, sums, span)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(count: usize, salt: usize) -> Vec<f32> {
        (0..count).map(|i| ((i * 7919 + salt * 131) % 1013) as f32 / 506.0 - 1.0).collect()
    }

    /// Two images in chunks of `chunk` lines.
    fn energies(isa: Isa, x: &[f32], model: &Model, chunk: usize) -> Vec<f32> {
        let [c, h, w, p] = model.shape;
        let (rows, width) = (x.len() / (c * h * w) * (h + 1 - p), w + 1 - p);
        let mut out = vec![7.0; rows * width];
        for begin in (0..rows).step_by(chunk) {
            let end = rows.min(begin + chunk);
            let mut work = vec![7.0; (c * p * p + 64) * (w + 192)];
            let span = Span { begin: begin as u64, end: end as u64 };
            let [n, c, h, w, p, rows] = [2, c, h, w, p, rows].map(|v| v as u32);
            let part = &mut out[begin * width..end * width];
            let Model { center, factor, shift, .. } = model;
            let status = patch_energies(isa, x, center, factor, shift, n, c, h, w, p, rows, part, &mut work, span);
            assert_eq!(status, 0);
        }
        out
    }

    #[test]
    fn golden_energies() {
        // Golden 2: W = L⁻¹ of A⁻¹ is the transposed Cholesky factor of A turned around; any W with WᵀW = A will do.
        let a = [2., -1., 0., 0., -1., 3., -1., 0., 0., -1., 4., -1., 0., 0., -1., 2f64];
        let flipped: Vec<f64> = a.iter().rev().copied().collect();
        let mut l = flipped;
        assert!(common_rs::linalg::cholesky(Isa::widest(), 4, 0..4, &mut l));
        // A = J L Lᵀ J, so W = Lᵀ J turned by J again is lower triangular.
        let w: Vec<f64> =
            (0..4).flat_map(|i| (0..=i).map(move |j| (i, j))).map(|(i, j)| l[(3 - j) * 4 + 3 - i]).collect();
        let mean = [1.0, 0.0, 1.0, 2.0];
        let shift: Vec<f32> =
            (0..4).map(|i| (0..=i).map(|j| w[i * (i + 1) / 2 + j] * mean[j]).sum::<f64>() as f32).collect();
        let factor: Vec<f32> = w.iter().map(|&v| v as f32).collect();
        let x: Vec<f32> = (0..16).map(|i| (i % 5) as f32).collect();
        let model = Model { factor: &factor, shift: &shift, center: &[0.0], shape: [1, 4, 4, 2] };
        let expected = [28.5, 10.0, 11.5, 17.0, 28.5, 10.0, 18.0, 17.0, 28.5];
        for (found, expected) in energies(Isa::widest(), &x, &model, 2).iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{found} {expected}");
        }
    }

    #[test]
    fn energies_of_odd_sizes() {
        for (c, h, w, p) in [(1, 7, 9, 7), (2, 12, 40, 3), (3, 5, 70, 2), (1, 20, 33, 5), (1, 4, 4, 1)] {
            let d = c * p * p;
            let (factor, shift) = (numbers(d * (d + 1) / 2, 1), numbers(d, 2));
            let (center, x) = (numbers(c, 3), numbers(2 * c * h * w, 4));
            let model = Model { factor: &factor, shift: &shift, center: &center, shape: [c, h, w, p] };
            let mut expected = vec![];
            for (i, y, u) in (0..2).flat_map(|i| (0..=h - p).flat_map(move |y| (0..=w - p).map(move |u| (i, y, u)))) {
                let v = |k: usize| {
                    let (ch, a, b) = (k / (p * p), k / p % p, k % p);
                    f64::from(x[((i * c + ch) * h + y + a) * w + u + b] - center[ch])
                };
                let y = |r: usize| -> f64 {
                    (0..=r).map(|k| f64::from(factor[r * (r + 1) / 2 + k]) * v(k)).sum::<f64>() - f64::from(shift[r])
                };
                expected.push(0.5 * (0..d).map(|r| y(r) * y(r)).sum::<f64>());
            }
            let largest = expected.iter().fold(0.0, |a, &b| if b > a { b } else { a });
            for &isa in Isa::usable() {
                for chunk in [1, 4, 100] {
                    for (found, expected) in energies(isa, &x, &model, chunk).iter().zip(&expected) {
                        assert!((f64::from(*found) - expected).abs() <= 1e-5 * largest);
                    }
                }
            }
        }
    }

    #[test]
    fn averages_have_the_bits_of_their_equation() {
        for (h, w, p) in [(7, 7, 7), (9, 20, 3), (40, 33, 5), (6, 5, 1), (8, 11, 4)] {
            let (lines, width) = (h + 1 - p, w + 1 - p);
            let energies = numbers(2 * lines * width, 5);
            let mut expected = vec![];
            for (i, v, u) in (0..2).flat_map(|i| (0..h).flat_map(move |v| (0..w).map(move |u| (i, v, u)))) {
                let (ys, xs) = ((v + 1).saturating_sub(p)..=v.min(h - p), (u + 1).saturating_sub(p)..=u.min(w - p));
                let line = |y: usize| xs.clone().fold(0.0, |s, x| s + f64::from(energies[(i * lines + y) * width + x]));
                let sum = ys.clone().fold(0.0, |s, y| s + line(y));
                expected.push((sum / (ys.count() * xs.count()) as f64) as f32);
            }
            for &isa in Isa::usable() {
                for chunk in [1, 5, 32] {
                    let mut out = vec![7.0; 2 * h * w];
                    for begin in (0..2 * h).step_by(chunk) {
                        let end = (2 * h).min(begin + chunk);
                        let mut sums = vec![7.0; (32 + p) * w];
                        let span = Span { begin: begin as u64, end: end as u64 };
                        let part = &mut out[begin * w..end * w];
                        let [h, w, p, rows] = [h, w, p, 2 * h].map(|v| v as u32);
                        assert_eq!(patch_average(isa, &energies, 2, h, w, p, rows, part, &mut sums, span), 0);
                    }
                    assert!(out == expected, "{} {h} {w} {p}", isa.name());
                }
            }
        }
    }
}
