//! Blocks, packing and register tiles of [`super::gemm`].

use super::{Left, Product, Right, Shape};
use crate::lanes::{Floats, Lanes, MAX_LANES, Vector};

/// Values of k per block.
pub const BLOCK: usize = 256;
/// Vectors per row of a tile.
const WIDE: usize = 2;
/// Rows of A that stay in the second cache while the panels of a block pass by: whole tiles of 5 or 12 rows.
const STRIP: usize = 60;

/// Columns of a panel when a vector has `lanes` lanes.
pub const fn panel_width(lanes: usize) -> usize {
    WIDE * lanes
}

/// Rows of a tile: its sums, a row of B, an element of A, and one or two registers to spare. With 6 rows instead of 5
/// nothing is gained, and compilers spill.
const fn tile_rows<S: Lanes>() -> usize {
    if S::LANES == 16 || cfg!(target_arch = "aarch64") { 12 } else { 5 }
}

#[inline(always)]
pub fn product<S: Lanes>(shape: Shape, alpha: f32, a: Left, b: Right, beta: f32, c: &mut Product, work: &mut [f32]) {
    let Shape { rows, n, k } = shape;
    let width = panel_width(S::F32::LEN);
    let depth = k.min(BLOCK);
    if depth == 0 {
        for i in 0..rows {
            for v in &mut c.data[i * c.stride..][..n] {
                *v = if beta == 0.0 { beta } else { beta * *v };
            }
        }
        return;
    }
    let mut sums = Sums([0.0; 12 * WIDE * MAX_LANES]);
    // Columns of a block: as many panels as the workspace holds.
    let columns = work.len() / depth / width * width;
    for j0 in (0..n).step_by(columns) {
        let columns = columns.min(n - j0);
        for p0 in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - p0);
            pack::<S>(b, p0, depth, j0, columns, work);
            let block = Block { packed: &*work, depth, columns, alpha, beta: if p0 == 0 { beta } else { 1.0 } };
            for first in (0..rows).step_by(STRIP) {
                // SAFETY: `check` has compared shapes and lengths.
                unsafe {
                    let from = a.data.as_ptr().add(first * a.stride + p0);
                    let to = c.data.as_mut_ptr().add(first * c.stride + j0);
                    strip::<S>(&block, STRIP.min(rows - first), (from, a.stride), (to, c.stride), &mut sums);
                }
            }
        }
    }
}

/// A packed block of B and what becomes of its products.
struct Block<'a> {
    packed: &'a [f32],
    depth: usize,
    columns: usize,
    alpha: f32,
    beta: f32,
}

/// The sums of a tile: rows of two vectors.
#[repr(align(64))]
struct Sums([f32; 12 * WIDE * MAX_LANES]);

/// `rows` rows of C, all columns of the block, panel by panel.
///
/// # Safety
/// A has `rows` rows of `depth`, C as many of `columns`, and `packed` whole panels.
#[inline(always)]
unsafe fn strip<S: Lanes>(
    block: &Block,
    rows: usize,
    (a, a_stride): (*const f32, usize),
    (c, c_stride): (*mut f32, usize),
    sums: &mut Sums,
) {
    let width = panel_width(S::F32::LEN);
    let panels = block.packed.chunks_exact(block.depth * width).take(block.columns.div_ceil(width));
    for (panel, b) in panels.enumerate() {
        let columns = width.min(block.columns - panel * width);
        let mut i = 0;
        while i < rows {
            let count = match rows - i {
                left if left >= tile_rows::<S>() => tile_rows::<S>(),
                left if left >= 4 => 4,
                left => left.min(2),
            };
            // SAFETY: the caller's.
            unsafe {
                let a = (a.add(i * a_stride), a_stride);
                // A panel with no more columns than lanes takes half the work.
                if columns <= S::F32::LEN {
                    tile_of::<S, 1>(count, block.depth, a, b, sums);
                } else {
                    tile_of::<S, WIDE>(count, block.depth, a, b, sums);
                }
                for (row, sums) in (i..i + count).zip(sums.0.chunks_exact(width)) {
                    add_row::<S>(c.add(row * c_stride + panel * width), columns, sums, block.alpha, block.beta);
                }
            }
            i += count;
        }
    }
}

/// [`tile`] of `count` rows.
///
/// # Safety
/// As for `tile`; `count` is `tile_rows`, 4, 2 or 1.
#[inline(always)]
unsafe fn tile_of<S: Lanes, const V: usize>(
    count: usize,
    depth: usize,
    a: (*const f32, usize),
    b: &[f32],
    to: &mut Sums,
) {
    // SAFETY: the caller's.
    unsafe {
        match count {
            1 => tile::<S, 1, V>(depth, a, b, to),
            2 => tile::<S, 2, V>(depth, a, b, to),
            4 => tile::<S, 4, V>(depth, a, b, to),
            _ if tile_rows::<S>() == 12 => tile::<S, 12, V>(depth, a, b, to),
            _ => tile::<S, 5, V>(depth, a, b, to),
        }
    }
}

/// A block of B as panels: panel after panel `width` columns of `depth` rows; zeros beyond the last column.
#[inline(always)]
fn pack<S: Lanes>(b: Right, p0: usize, depth: usize, j0: usize, columns: usize, to: &mut [f32]) {
    let width = panel_width(S::F32::LEN);
    for (panel, to) in to.chunks_exact_mut(depth * width).take(columns.div_ceil(width)).enumerate() {
        let first = j0 + panel * width;
        let count = width.min(j0 + columns - first);
        if count < width {
            to.fill(0.0);
        }
        if b.transposed {
            for j in 0..count {
                let row = &b.data[(first + j) * b.stride + p0..][..depth];
                for (p, &v) in row.iter().enumerate() {
                    to[p * width + j] = v;
                }
            }
        } else if count == width {
            let len = S::F32::LEN;
            for (p, to) in to.chunks_exact_mut(width).enumerate() {
                let row = &b.data[(p0 + p) * b.stride + first..][..width];
                for v in (0..width).step_by(len) {
                    S::F32::load(&row[v..]).store(&mut to[v..]);
                }
            }
        } else {
            for (p, to) in to.chunks_exact_mut(width).enumerate() {
                for (to, &v) in to.iter_mut().zip(&b.data[(p0 + p) * b.stride + first..][..count]) {
                    *to = v;
                }
            }
        }
    }
}

/// M rows of A times the first V vectors of a panel's rows.
///
/// # Safety
/// A has M rows of `depth`, `b` is a panel of as many.
#[inline(always)]
unsafe fn tile<S: Lanes, const M: usize, const V: usize>(
    depth: usize,
    (a, stride): (*const f32, usize),
    b: &[f32],
    to: &mut Sums,
) {
    let len = S::F32::LEN;
    let mut sums = [[S::F32::splat(0.0); V]; M];
    let mut b = b.as_ptr();
    for p in 0..depth {
        // SAFETY: the caller's.
        unsafe {
            let row: [_; V] = core::array::from_fn(|v| S::F32::load_at(b.add(v * len)));
            b = b.add(WIDE * len);
            for (i, sums) in sums.iter_mut().enumerate() {
                let factor = S::F32::splat(*a.add(i * stride + p));
                for (sum, right) in sums.iter_mut().zip(row) {
                    *sum = factor.fused(right, *sum);
                }
            }
        }
    }
    for (sums, to) in sums.iter().zip(to.0.chunks_exact_mut(WIDE * len)) {
        for (v, sum) in sums.iter().enumerate() {
            sum.store(&mut to[v * len..]);
        }
    }
}

/// c = α s + β c for `count` columns; c isn't read where β = 0. With β = 1 the product is exact.
///
/// # Safety
/// `count` elements at `c`, and as many sums.
#[inline(always)]
unsafe fn add_row<S: Lanes>(c: *mut f32, count: usize, sums: &[f32], alpha: f32, beta: f32) {
    let len = S::F32::LEN;
    let mut j = 0;
    // SAFETY: the caller's.
    unsafe {
        while j + len <= count {
            let scaled = S::F32::splat(alpha) * S::F32::load_at(sums.as_ptr().add(j));
            let result = if beta == 0.0 { scaled } else { S::F32::splat(beta) * S::F32::load_at(c.add(j)) + scaled };
            result.store_at(c.add(j));
            j += len;
        }
        while j < count {
            let scaled = alpha * *sums.get_unchecked(j);
            *c.add(j) = if beta == 0.0 { scaled } else { beta * *c.add(j) + scaled };
            j += 1;
        }
    }
}
