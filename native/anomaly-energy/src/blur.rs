//! Separable blur with a symmetric kernel: down the columns first, then along the lines, each
//!
//!   t(u) = taps[0]·x(u), then t += taps[j]·(x(u − j) + x(u + j)) for j = 1 … r
//!
//! Beyond the image its pixels repeat: d c b a | a b c d | d c b a.

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, Vector};
use common_rs::variants;

/// Vectors of a tile along a line.
const WIDE: usize = 4;

/// Lines that are blurred together.
const LINES: usize = 4;

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

/// out[i] = taps[0]·x[center + i] + Σ taps[j]·(x[before_j + i] + x[behind_j + i]). The last tile overlaps the one
/// before it: it writes the same again.
#[inline(always)]
fn along<S: Lanes>(x: &[f32], center: usize, pairs: &[[usize; 2]], taps: &[f32], out: &mut [f32]) {
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
    let wide = count >= WIDE * S::LANES;
    let step = S::LANES * if wide { WIDE } else { 1 };
    let mut i = 0;
    while i < count {
        let at = i.min(count - step);
        // SAFETY: asserted; at + the tile's lanes ≤ count.
        unsafe {
            let (x, out) = (x.as_ptr().add(at), out.as_mut_ptr().add(at));
            if wide {
                tile::<S, WIDE>(x, center, pairs, taps, out);
            } else {
                tile::<S, 1>(x, center, pairs, taps, out);
            }
        }
        i += step;
    }
}

/// R lines blurred down the columns, a vector of columns: line i takes rows i … i + 2 r of `rows`, offsets in `x`. From
/// tap to tap the R rows above and below move by one, so that only one of each is read anew.
///
/// # Safety
/// A vector is readable at every row and writable at each of R lines of `out`, `pitch` apart.
#[inline(always)]
unsafe fn down_tile<S: Lanes, const R: usize>(
    x: *const f32,
    rows: &[usize],
    taps: &[f32],
    out: *mut f32,
    pitch: usize,
) {
    let r = taps.len() - 1;
    // SAFETY: the caller's promise.
    unsafe {
        let mut above = [S::F32::splat(0.0); R];
        let mut acc = [S::F32::splat(taps[0]); R];
        for i in 0..R {
            above[i] = S::F32::load_at(x.add(rows[r + i]));
            acc[i] = acc[i] * above[i];
        }
        let mut below = above;
        let mut j = 1;
        while j <= r {
            // Row i − j is element (i − j) mod R of `above`, row i + j element (i + j) mod R of `below`.
            for turn in 0..R {
                if j <= r {
                    let k = S::F32::splat(taps[j]);
                    above[(2 * R - 1 - turn) % R] = S::F32::load_at(x.add(rows[r - j]));
                    below[turn % R] = S::F32::load_at(x.add(rows[r + R - 1 + j]));
                    for i in 0..R {
                        acc[i] = acc[i] + k * (above[(2 * R + i - 1 - turn) % R] + below[(i + 1 + turn) % R]);
                    }
                    j += 1;
                }
            }
        }
        for i in 0..R {
            acc[i].store_at(out.add(i * pitch));
        }
    }
}

/// R lines blurred down the columns. The last vector overlaps the one before it: it writes the same again.
#[inline(always)]
fn down<S: Lanes, const R: usize>(x: &[f32], w: usize, rows: &[usize], taps: &[f32], out: &mut [f32], pitch: usize) {
    assert!(rows.iter().all(|&row| row + w <= x.len()) && rows.len() >= R + 2 * (taps.len() - 1));
    assert!((R - 1) * pitch + w <= out.len());
    if w < S::LANES {
        let r = taps.len() - 1;
        for (i, u) in (0..R).flat_map(|i| (0..w).map(move |u| (i, u))) {
            let mut acc = taps[0] * x[rows[r + i] + u];
            for (j, &tap) in taps.iter().enumerate().skip(1) {
                acc += tap * (x[rows[r + i - j] + u] + x[rows[r + i + j] + u]);
            }
            out[i * pitch + u] = acc;
        }
        return;
    }
    let mut at = 0;
    while at < w {
        let from = at.min(w - S::LANES);
        // SAFETY: asserted.
        unsafe { down_tile::<S, R>(x.as_ptr().add(from), rows, taps, out.as_mut_ptr().add(from), pitch) };
        at += S::LANES;
    }
}

/// `out.len() / w` lines of a plane, from `first` on; `lines` has room for as many, `rows` for 2 r more offsets.
#[inline(always)]
fn blur_lines<S: Lanes>(
    plane: &[f32],
    [h, w]: [usize; 2],
    first: usize,
    taps: &[f32],
    out: &mut [f32],
    lines: &mut [f32],
    rows: &mut [usize],
    pairs: &[[usize; 2]],
) {
    let r = taps.len() - 1;
    let pitch = w + 2 * r;
    let count = out.len() / w;
    for (row, y) in rows.iter_mut().zip(first as isize - r as isize..) {
        *row = reflect(y, h) * w;
    }
    if count == LINES {
        down::<S, LINES>(plane, w, rows, taps, &mut lines[r..], pitch);
    } else {
        for i in 0..count {
            down::<S, 1>(plane, w, &rows[i..], taps, &mut lines[i * pitch + r..], pitch);
        }
    }
    for (line, out) in lines.chunks_exact_mut(pitch).zip(out.chunks_exact_mut(w)) {
        for i in 1..=r {
            line[r - i] = line[r + reflect(-(i as isize), w)];
            line[r + w - 1 + i] = line[r + reflect((w - 1 + i) as isize, w)];
        }
        along::<S>(line, r, pairs, taps, out);
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
    let Ok(mut rows) = filled(LINES + 2 * r, 0) else { return status::OUT_OF_MEMORY };
    let Ok(mut pairs) = filled(r, [0; 2]) else { return status::OUT_OF_MEMORY };
    for (pair, j) in pairs.iter_mut().zip(1..) {
        *pair = [r - j, r + j];
    }
    let (mut row, begin) = (span.begin as usize, span.begin as usize);
    while row < span.end as usize {
        let (plane, y) = (row / h, row % h);
        let end = (row + LINES).min(row - y + h).min(span.end as usize);
        let out = &mut out[(row - begin) * w..(end - begin) * w];
        blur_lines::<S>(&x[plane * h * w..(plane + 1) * h * w], [h, w], y, taps, out, lines, &mut rows, &pairs);
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
