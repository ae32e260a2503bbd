//! Separable blur with a symmetric kernel: down the columns first, then along the lines, each
//!
//!   t(u) = taps[0]·x(u), then t += taps[j]·(x(u − j) + x(u + j)) for j = 1 … r
//!
//! Beyond the image its pixels repeat: d c b a | a b c d | d c b a.
//!
//! Both ways it is the same walk over vectors that lie one behind the other: of a strip of columns that is copied for
//! it (in the image its lines may be a power of two apart, and share few places of the cache), and of lines that are
//! transposed, so that no vector is read at an odd address.

use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, MAX_LANES, Vector};
use common_rs::variants;

/// Columns of a strip.
const STRIP: usize = 64;

/// Lines that are blurred together.
const LINES: usize = 16;

/// Outputs of a tile, one behind the other.
const TILE: usize = 4;

/// Index in [0, n) of pixel i of the endlessly reflected line.
fn reflect(i: isize, n: usize) -> usize {
    if (0..n as isize).contains(&i) {
        return i as usize;
    }
    let m = i.rem_euclid(2 * n as isize) as usize;
    if m < n { m } else { 2 * n - 1 - m }
}

/// TILE vectors of outputs, that of place i at `x + i * pitch` to `out + i * LANES`. From tap to tap the vectors before and
/// behind move by one place, so that only one of each is read anew.
///
/// # Safety
/// Vectors are readable at places −r … TILE − 1 + r of `x`, and TILE are writable at `out`.
#[inline(always)]
unsafe fn tile<S: Lanes>(x: *const f32, pitch: usize, taps: &[f32], out: *mut f32) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut before = [S::F32::splat(0.0); TILE];
        let mut acc = [S::F32::splat(taps[0]); TILE];
        for i in 0..TILE {
            before[i] = S::F32::load_at(x.add(i * pitch));
            acc[i] = acc[i] * before[i];
        }
        let mut behind = before;
        let (mut first, mut last) = (x, x.add((TILE - 1) * pitch));
        let mut rest = &taps[1..];
        while !rest.is_empty() {
            // Place i − j is element (i − j) mod TILE of `before`, place i + j element (i + j) mod TILE of `behind`.
            for turn in 0..TILE {
                if let Some((&tap, others)) = rest.split_first() {
                    rest = others;
                    let k = S::F32::splat(tap);
                    first = first.sub(pitch);
                    last = last.add(pitch);
                    before[(2 * TILE - 1 - turn) % TILE] = S::F32::load_at(first);
                    behind[turn % TILE] = S::F32::load_at(last);
                    for i in 0..TILE {
                        let pair = before[(2 * TILE + i - 1 - turn) % TILE] + behind[(i + 1 + turn) % TILE];
                        acc[i] = acc[i] + k * pair;
                    }
                }
            }
        }
        for i in 0..TILE {
            acc[i].store_at(out.add(i * S::LANES));
        }
    }
}

/// LINES vectors.
type Room = [f32; LINES * MAX_LANES];

/// `count` vectors of outputs, a multiple of TILE and at most LINES, of the places from `x` on.
///
/// # Safety
/// Vectors are readable at places −r … count − 1 + r of `x`.
#[inline(always)]
unsafe fn tiles<S: Lanes>(x: *const f32, pitch: usize, count: usize, taps: &[f32], room: &mut Room) {
    for (i, to) in (0..count).step_by(TILE).zip(room.chunks_exact_mut(TILE * S::LANES)) {
        // SAFETY: the caller's promise.
        unsafe { tile::<S>(x.add(i * pitch), pitch, taps, to.as_mut_ptr()) };
    }
}

/// Lines of a plane: `rows` are the begins of the lines that they are made of, from r before the first to r behind the last.
struct Lines<'a> {
    plane: &'a [f32],
    width: usize,
    rows: &'a [usize],
    taps: &'a [f32],
}

/// A strip of columns of all rows, side by side.
#[inline(always)]
fn copy_strip(lines: &Lines, at: usize, strip: &mut [f32]) {
    let count = STRIP.min(lines.width - at);
    for (to, &row) in strip.chunks_exact_mut(STRIP).zip(lines.rows) {
        let from = &lines.plane[row + at..][..count];
        if count == STRIP {
            to.copy_from_slice(&from[..STRIP]);
        } else {
            to[..count].copy_from_slice(from);
        }
    }
}

/// Blurs down the columns. `turned` has LANES lines in every part: LANES numbers for each column, and room for r columns
/// on both sides.
#[inline(always)]
fn down<S: Lanes>(lines: &Lines, strip: &mut [f32], turned: &mut [f32], part: usize) {
    let r = lines.taps.len() - 1;
    let count = lines.rows.len() - 2 * r;
    assert!(lines.rows.len() * STRIP <= strip.len() && count <= LINES);
    let mut room = [0.0; LINES * MAX_LANES];
    for at in (0..lines.width).step_by(STRIP) {
        copy_strip(lines, at, strip);
        for column in (0..STRIP.min(lines.width - at)).step_by(S::LANES) {
            // SAFETY: asserted.
            unsafe { tiles::<S>(strip.as_ptr().add(r * STRIP + column), STRIP, count, lines.taps, &mut room) };
            let squares = room[..count * S::LANES].chunks_exact(S::LANES * S::LANES);
            for (square, turned) in squares.zip(turned.chunks_exact_mut(part)) {
                let to = &mut turned[(r + at + column) * S::LANES..][..S::LANES * S::LANES];
                // SAFETY: both have LANES · LANES elements.
                unsafe { S::transpose(square.as_ptr(), S::LANES, to.as_mut_ptr(), S::LANES) };
            }
        }
    }
}

/// Blurs LANES lines along themselves; `out` takes as many as it has room for.
#[inline(always)]
fn along<S: Lanes>(lines: &mut [f32], width: usize, taps: &[f32], out: &mut [f32]) {
    let r = taps.len() - 1;
    let column = |i: usize| i * S::LANES..(i + 1) * S::LANES;
    for i in 1..=r {
        lines.copy_within(column(r + reflect(-(i as isize), width)), (r - i) * S::LANES);
        lines.copy_within(column(r + reflect((width - 1 + i) as isize, width)), (r + width - 1 + i) * S::LANES);
    }
    let mut room = [0.0; LINES * MAX_LANES];
    for first in (0..width).step_by(LINES) {
        let count = LINES.min((width - first).next_multiple_of(S::LANES));
        let from = &lines[first * S::LANES..];
        assert!((count + 2 * r) * S::LANES <= from.len());
        // SAFETY: asserted.
        unsafe { tiles::<S>(from.as_ptr().add(r * S::LANES), S::LANES, count, taps, &mut room) };
        let squares = room[..count * S::LANES].chunks_exact(S::LANES * S::LANES);
        for (square, at) in squares.zip((first..).step_by(S::LANES)) {
            if at + S::LANES <= width && out.len() == S::LANES * width {
                // SAFETY: there are LANES lines, and LANES columns from `at` on.
                unsafe { S::transpose(square.as_ptr(), S::LANES, out.as_mut_ptr().add(at), width) };
                continue;
            }
            for (lane, line) in out.chunks_exact_mut(width).enumerate() {
                for (to, column) in line[at..].iter_mut().zip(square.chunks_exact(S::LANES)) {
                    *to = column[lane];
                }
            }
        }
    }
}

#[inline(always)]
fn blur_on<S: Lanes>(
    x: &[f32],
    taps: &[f32],
    [h, w]: [usize; 2],
    out: &mut [f32],
    work: &mut [f32],
    span: Span,
) -> i32 {
    let r = taps.len() - 1;
    let Ok(mut rows) = filled(LINES + 2 * r, 0) else { return status::OUT_OF_MEMORY };
    let (strip, turned) = work.split_at_mut((LINES + 2 * r) * STRIP);
    let part = (w + 2 * r + MAX_LANES) * S::LANES;
    let (mut row, begin) = (span.begin as usize, span.begin as usize);
    while row < span.end as usize {
        let (plane, y) = (row / h, row % h);
        let end = (row + LINES).min(row - y + h).min(span.end as usize);
        // Lines behind the last one are computed, and nobody looks.
        let rows = &mut rows[..(end - row).next_multiple_of(S::LANES) + 2 * r];
        for (to, i) in rows.iter_mut().zip(y as isize - r as isize..) {
            *to = reflect(i, h) * w;
        }
        let lines = Lines { plane: &x[plane * h * w..(plane + 1) * h * w], width: w, rows, taps };
        down::<S>(&lines, strip, turned, part);
        let out = &mut out[(row - begin) * w..(end - begin) * w];
        for (lines, out) in turned.chunks_exact_mut(part).zip(out.chunks_mut(S::LANES * w)) {
            along::<S>(lines, w, taps, out);
        }
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
        work: &mut [f32],
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
    work: &mut [f32],
    span: Span,
) -> i32 {
    blur_by(isa, x, taps, [h as usize, w as usize], out, work, span)
}
