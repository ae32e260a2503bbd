//! Separable blur with a symmetric kernel: down the columns first, then along the lines, each
//!
//!   t(u) = taps[0]·x(u), then t += taps[j]·(x(u − j) + x(u + j)) for j = 1 … r
//!
//! Beyond the image its pixels repeat: d c b a | a b c d | d c b a.

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, Vector};
use common_rs::variants;

/// Columns that a block of lines is blurred down at a time: what they read stays in the first-level cache.
const STRIP: usize = 128;

/// Index in [0, n) of pixel i of the endlessly reflected line.
fn reflect(i: isize, n: usize) -> usize {
    if (0..n as isize).contains(&i) {
        return i as usize;
    }
    let m = i.rem_euclid(2 * n as isize) as usize;
    if m < n { m } else { 2 * n - 1 - m }
}

/// N vectors of sums over pairs of places.
///
/// # Safety
/// N vectors are readable at every place and writable at `out`.
#[inline(always)]
unsafe fn tile<S: Lanes, const N: usize>(
    x: *const f32,
    center: usize,
    pairs: &[[usize; 2]],
    taps: &[f32],
    out: *mut f32,
) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut acc = [S::F32::splat(taps[0]); N];
        for v in 0..N {
            acc[v] = acc[v] * S::F32::load_at(x.add(center + v * S::LANES));
        }
        for (&[before, behind], &tap) in pairs.iter().zip(&taps[1..]) {
            let k = S::F32::splat(tap);
            for v in 0..N {
                let a = S::F32::load_at(x.add(before + v * S::LANES));
                let b = S::F32::load_at(x.add(behind + v * S::LANES));
                acc[v] = acc[v] + k * (a + b);
            }
        }
        for v in 0..N {
            acc[v].store_at(out.add(v * S::LANES));
        }
    }
}

/// out[i] = taps[0]·x[center + i] + Σ taps[j]·(x[before_j + i] + x[behind_j + i]). The last vector overlaps the one
/// before it: it writes the same again.
#[inline(always)]
fn fold<S: Lanes>(x: &[f32], center: usize, pairs: &[[usize; 2]], taps: &[f32], out: &mut [f32]) {
    let count = out.len();
    let furthest = pairs.as_flattened().iter().fold(center, |a, &b| if b > a { b } else { a });
    assert!(furthest + count <= x.len() && pairs.len() < taps.len());
    if count < S::LANES {
        for (i, out) in out.iter_mut().enumerate() {
            let mut acc = taps[0] * x[center + i];
            for (&[before, behind], &tap) in pairs.iter().zip(&taps[1..]) {
                acc += tap * (x[before + i] + x[behind + i]);
            }
            *out = acc;
        }
        return;
    }
    let mut i = 0;
    while i < count {
        let left = (count - i) / S::LANES;
        let at = if left == 0 { count - S::LANES } else { i };
        // SAFETY: asserted; at + the vectors' lanes ≤ count.
        i = unsafe {
            let (x, out) = (x.as_ptr().add(at), out.as_mut_ptr().add(at));
            at + S::LANES
                * if left >= 4 {
                    tile::<S, 4>(x, center, pairs, taps, out);
                    4
                } else if left >= 2 {
                    tile::<S, 2>(x, center, pairs, taps, out);
                    2
                } else {
                    tile::<S, 1>(x, center, pairs, taps, out);
                    1
                }
        };
    }
}

/// Lines first … of a plane.
#[inline(always)]
fn blur_lines<S: Lanes>(
    plane: &[f32],
    [h, w]: [usize; 2],
    first: usize,
    taps: &[f32],
    out: &mut [f32],
    lines: &mut [f32],
    pairs: &mut [[usize; 2]],
) {
    let r = taps.len() - 1;
    let pitch = w + 2 * r;
    let count = out.len() / w;
    for (pairs, y) in pairs.chunks_exact_mut(r.max(1)).zip(first as isize..).take(count) {
        for (pair, j) in pairs[..r].iter_mut().zip(1..) {
            *pair = [reflect(y - j, h) * w, reflect(y + j, h) * w];
        }
    }
    // A single line has nothing to share with others.
    let strip = if count > 1 { STRIP } else { w };
    for x0 in (0..w).step_by(strip) {
        let x1 = w.min(x0 + strip);
        let all = lines.chunks_exact_mut(pitch).zip(pairs.chunks_exact(r.max(1)));
        for ((line, pairs), y) in all.zip(first..).take(count) {
            fold::<S>(&plane[x0..], y * w, &pairs[..r], taps, &mut line[r + x0..r + x1]);
        }
    }
    let pairs = &mut pairs[..r];
    for (pair, j) in pairs.iter_mut().zip(1..) {
        *pair = [r - j, r + j];
    }
    for (line, out) in lines.chunks_exact_mut(pitch).zip(out.chunks_exact_mut(w)) {
        for i in 1..=r {
            line[r - i] = line[r + reflect(-(i as isize), w)];
            line[r + w - 1 + i] = line[r + reflect((w - 1 + i) as isize, w)];
        }
        fold::<S>(line, r, pairs, taps, out);
    }
}

#[inline(always)]
fn blur_on<S: Lanes>(
    x: &[f32],
    taps: &[f32],
    [h, w]: [usize; 2],
    out: &mut [f32],
    lines: &mut [f32],
    span: Span,
) -> i32 {
    let r = taps.len() - 1;
    let block = (lines.len() / (w + 2 * r)).min((span.end - span.begin) as usize);
    let Ok(mut pairs) = filled(block * r.max(1), [0; 2]) else { return status::OUT_OF_MEMORY };
    let (mut row, begin) = (span.begin as usize, span.begin as usize);
    while row < span.end as usize {
        let (plane, y) = (row / h, row % h);
        let end = (row + block).min(row - y + h).min(span.end as usize);
        let out = &mut out[(row - begin) * w..(end - begin) * w];
        blur_lines::<S>(&x[plane * h * w..(plane + 1) * h * w], [h, w], y, taps, out, lines, &mut pairs);
        row = end;
    }
    status::OK
}

variants! {
    fn blur_by(
        x: &[f32],
        taps: &[f32],
        shape: [usize; 2],
        out: &mut [f32],
        lines: &mut [f32],
        span: Span,
    ) -> i32 = blur_on;
}

/// Gaussian blur of planes, or with any symmetric kernel.
pub fn blur(
    isa: Isa,
    x: &[f32],
    taps: &[f32],
    _planes: u32,
    h: u32,
    w: u32,
    _r: u32,
    _rows: u32,
    out: &mut [f32],
    line: &mut [f32],
    span: Span,
) -> i32 {
    blur_by(isa, x, taps, [h as usize, w as usize], out, line, span)
}
