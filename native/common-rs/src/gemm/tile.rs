//! Blocks, packing and register tiles of [`super::gemm32`] and [`super::gemm64`].

use super::{Element, Left, Product, Right, Shape};
use crate::lanes::{Floats, Lanes, MAX_LANES, Vector};

/// Values of k per block.
pub const BLOCK: usize = 256;
/// Vectors per row of a tile.
const WIDE: usize = 2;

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
pub fn product<S: Lanes, T: Element, const FUSED: bool>(
    shape: Shape,
    alpha: T,
    a: Left<T>,
    b: Right<T>,
    beta: T,
    c: &mut Product<T>,
    work: &mut [T],
) {
    let Shape { rows, n, k } = shape;
    let width = panel_width(T::Vector::<S>::LEN);
    let depth = k.min(BLOCK);
    if depth == 0 {
        for i in 0..rows {
            for v in &mut c.data[i * c.stride..][..n] {
                *v = if beta == T::default() { beta } else { beta * *v };
            }
        }
        return;
    }
    let mut sums = Sums([T::default(); 12 * WIDE * MAX_LANES]);
    // Columns of a block: as many panels as the workspace holds.
    let columns = work.len() / depth / width * width;
    for j0 in (0..n).step_by(columns) {
        let columns = columns.min(n - j0);
        for p0 in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - p0);
            pack::<S, T>(b, p0, depth, j0, columns, work);
            let block = Block { packed: &*work, depth, columns, alpha, beta: if p0 == 0 { beta } else { T::ONE } };
            let mut i = 0;
            while i < rows {
                let count = match rows - i {
                    left if left >= tile_rows::<S>() => tile_rows::<S>(),
                    left if left >= 4 => 4,
                    left => left.min(2),
                };
                // SAFETY: `check` has compared shapes and lengths.
                unsafe {
                    let from = a.data.as_ptr().add(i * a.stride + p0);
                    let to = c.data.as_mut_ptr().add(i * c.stride + j0);
                    row_of_tiles::<S, T, FUSED>(&block, count, (from, a.stride), (to, c.stride), &mut sums);
                }
                i += count;
            }
        }
    }
}

/// A packed block of B and what becomes of its products.
struct Block<'a, T> {
    packed: &'a [T],
    depth: usize,
    columns: usize,
    alpha: T,
    beta: T,
}

/// The sums of a tile: rows of two vectors.
#[repr(align(64))]
struct Sums<T>([T; 12 * WIDE * MAX_LANES]);

/// `count` rows of C, all columns of the block.
///
/// # Safety
/// A has `count` rows of `depth`, C as many of `columns`, and `packed` whole panels. `count` is `tile_rows`, 4, 2 or 1.
#[inline(always)]
unsafe fn row_of_tiles<S: Lanes, T: Element, const FUSED: bool>(
    block: &Block<T>,
    count: usize,
    a: (*const T, usize),
    (c, c_stride): (*mut T, usize),
    sums: &mut Sums<T>,
) {
    let width = panel_width(T::Vector::<S>::LEN);
    let panels = block.packed.chunks_exact(block.depth * width).take(block.columns.div_ceil(width));
    for (panel, b) in panels.enumerate() {
        // SAFETY: the caller's.
        unsafe {
            // A panel with no more columns than lanes takes half the work.
            if block.columns - panel * width <= T::Vector::<S>::LEN {
                tile_of::<S, T, 1, FUSED>(count, block.depth, a, b, sums);
            } else {
                tile_of::<S, T, WIDE, FUSED>(count, block.depth, a, b, sums);
            }
            for (i, sums) in sums.0.chunks_exact(width).take(count).enumerate() {
                let to = c.add(i * c_stride + panel * width);
                add_row::<S, T>(to, width.min(block.columns - panel * width), sums, block.alpha, block.beta);
            }
        }
    }
}

/// [`tile`] of `count` rows.
///
/// # Safety
/// As for `tile`; `count` is `tile_rows`, 4, 2 or 1.
#[inline(always)]
unsafe fn tile_of<S: Lanes, T: Element, const V: usize, const FUSED: bool>(
    count: usize,
    depth: usize,
    a: (*const T, usize),
    b: &[T],
    to: &mut Sums<T>,
) {
    // SAFETY: the caller's.
    unsafe {
        match count {
            1 => tile::<S, T, 1, V, FUSED>(depth, a, b, to),
            2 => tile::<S, T, 2, V, FUSED>(depth, a, b, to),
            4 => tile::<S, T, 4, V, FUSED>(depth, a, b, to),
            _ if tile_rows::<S>() == 12 => tile::<S, T, 12, V, FUSED>(depth, a, b, to),
            _ => tile::<S, T, 5, V, FUSED>(depth, a, b, to),
        }
    }
}

/// A block of B as panels: panel after panel `width` columns of `depth` rows; zeros beyond the last column.
#[inline(always)]
fn pack<S: Lanes, T: Element>(b: Right<T>, p0: usize, depth: usize, j0: usize, columns: usize, to: &mut [T]) {
    let width = panel_width(T::Vector::<S>::LEN);
    for (panel, to) in to.chunks_exact_mut(depth * width).take(columns.div_ceil(width)).enumerate() {
        let first = j0 + panel * width;
        let count = width.min(j0 + columns - first);
        if count < width {
            to.fill(T::default());
        }
        if b.transposed {
            for j in 0..count {
                let row = &b.data[(first + j) * b.stride + p0..][..depth];
                for (p, &v) in row.iter().enumerate() {
                    to[p * width + j] = v;
                }
            }
        } else if count == width {
            let len = T::Vector::<S>::LEN;
            for (p, to) in to.chunks_exact_mut(width).enumerate() {
                let row = &b.data[(p0 + p) * b.stride + first..][..width];
                for v in (0..width).step_by(len) {
                    T::Vector::<S>::load(&row[v..]).store(&mut to[v..]);
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
unsafe fn tile<S: Lanes, T: Element, const M: usize, const V: usize, const FUSED: bool>(
    depth: usize,
    (a, stride): (*const T, usize),
    b: &[T],
    to: &mut Sums<T>,
) {
    let len = T::Vector::<S>::LEN;
    let mut sums = [[T::Vector::<S>::splat(T::default()); V]; M];
    let mut b = b.as_ptr();
    for p in 0..depth {
        // SAFETY: the caller's.
        unsafe {
            let row: [_; V] = core::array::from_fn(|v| T::Vector::<S>::load_at(b.add(v * len)));
            b = b.add(WIDE * len);
            for (i, sums) in sums.iter_mut().enumerate() {
                let factor = T::Vector::<S>::splat(*a.add(i * stride + p));
                for (sum, right) in sums.iter_mut().zip(row) {
                    *sum = if FUSED { factor.fused(right, *sum) } else { *sum + factor * right };
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
unsafe fn add_row<S: Lanes, T: Element>(c: *mut T, count: usize, sums: &[T], alpha: T, beta: T) {
    let len = T::Vector::<S>::LEN;
    let mut j = 0;
    // SAFETY: the caller's.
    unsafe {
        while j + len <= count {
            let scaled = T::Vector::<S>::splat(alpha) * T::Vector::<S>::load_at(sums.as_ptr().add(j));
            let result = if beta == T::default() {
                scaled
            } else {
                T::Vector::<S>::splat(beta) * T::Vector::<S>::load_at(c.add(j)) + scaled
            };
            result.store_at(c.add(j));
            j += len;
        }
        while j < count {
            let scaled = alpha * *sums.get_unchecked(j);
            *c.add(j) = if beta == T::default() { scaled } else { beta * *c.add(j) + scaled };
            j += 1;
        }
    }
}
