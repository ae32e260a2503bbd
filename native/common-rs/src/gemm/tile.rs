//! Blocks, packing and register tiles of [`super::gemm32`] and [`super::gemm64`].

use super::{Element, Left, Result, Right, Shape};
use crate::lanes::{Floats, Lanes, MAX_LANES, Vector};

/// Values of k per block.
pub const BLOCK: usize = 256;
/// Vectors per row of a tile.
const WIDE: usize = 2;

/// Columns of a panel when a vector has `lanes` lanes.
pub const fn panel_width(lanes: usize) -> usize {
    WIDE * lanes
}

/// Rows of a tile: its sums, a row of B and one element of A fill the registers.
const fn tile_rows<S: Lanes>() -> usize {
    if S::LANES == 16 || cfg!(target_arch = "aarch64") { 12 } else { 6 }
}

#[inline(always)]
pub fn product<S: Lanes, T: Element, const FUSED: bool>(
    shape: Shape,
    alpha: T,
    a: Left<T>,
    b: Right<T>,
    beta: T,
    c: &mut Result<T>,
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
    // Columns of a block: as many panels as the workspace holds.
    let columns = work.len() / depth / width * width;
    for j0 in (0..n).step_by(columns) {
        let columns = columns.min(n - j0);
        for p0 in (0..k).step_by(BLOCK) {
            let depth = BLOCK.min(k - p0);
            pack(b, p0, depth, j0, columns, width, work);
            let step = Step { depth, alpha, beta: if p0 == 0 { beta } else { T::ONE }, columns };
            let mut i = 0;
            while i < rows {
                // SAFETY: `check` has compared shapes and lengths; the packed block has whole panels.
                unsafe {
                    let from = a.data.as_ptr().add(i * a.stride + p0);
                    let to = c.data.as_mut_ptr().add(i * c.stride + j0);
                    let (a, c) = ((from, a.stride), (to, c.stride));
                    i += match rows - i {
                        left if left >= tile_rows::<S>() => row_of_tiles::<S, T, FUSED>(step, a, work, c),
                        left if left >= 4 => tiles::<S, T, 4, FUSED>(step, a, work, c),
                        left if left >= 2 => tiles::<S, T, 2, FUSED>(step, a, work, c),
                        _ => tiles::<S, T, 1, FUSED>(step, a, work, c),
                    };
                }
            }
        }
    }
}

/// What the tiles of a block have in common.
#[derive(Clone, Copy)]
struct Step<T> {
    depth: usize,
    alpha: T,
    beta: T,
    columns: usize,
}

/// # Safety
/// As for [`tiles`].
#[inline(always)]
unsafe fn row_of_tiles<S: Lanes, T: Element, const FUSED: bool>(
    step: Step<T>,
    a: (*const T, usize),
    packed: &[T],
    c: (*mut T, usize),
) -> usize {
    // SAFETY: the caller's.
    unsafe {
        if tile_rows::<S>() == 12 {
            tiles::<S, T, 12, FUSED>(step, a, packed, c)
        } else {
            tiles::<S, T, 6, FUSED>(step, a, packed, c)
        }
    }
}

/// A block of B as panels: panel after panel `width` columns of `depth` rows; zeros beyond the last column.
#[inline(always)]
fn pack<T: Element>(b: Right<T>, p0: usize, depth: usize, j0: usize, columns: usize, width: usize, to: &mut [T]) {
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
        } else {
            for (p, to) in to.chunks_exact_mut(width).enumerate() {
                to[..count].copy_from_slice(&b.data[(p0 + p) * b.stride + first..][..count]);
            }
        }
    }
}

/// `M` rows of C, all columns of the block: returns M.
///
/// # Safety
/// A has M rows of `depth`, C has M rows of `columns`, `packed` the panels.
#[inline(always)]
unsafe fn tiles<S: Lanes, T: Element, const M: usize, const FUSED: bool>(
    step: Step<T>,
    (a, a_stride): (*const T, usize),
    packed: &[T],
    (c, c_stride): (*mut T, usize),
) -> usize {
    let len = T::Vector::<S>::LEN;
    let width = panel_width(len);
    for (panel, b) in packed.chunks_exact(step.depth * width).take(step.columns.div_ceil(width)).enumerate() {
        let mut sums = [[T::Vector::<S>::splat(T::default()); WIDE]; M];
        let mut b = b.as_ptr();
        // SAFETY: the caller's.
        unsafe {
            for p in 0..step.depth {
                let row = [T::Vector::<S>::load_at(b), T::Vector::<S>::load_at(b.add(len))];
                b = b.add(width);
                for (i, sums) in sums.iter_mut().enumerate() {
                    let factor = T::Vector::<S>::splat(*a.add(i * a_stride + p));
                    for (sum, right) in sums.iter_mut().zip(row) {
                        *sum = if FUSED { factor.fused(right, *sum) } else { *sum + factor * right };
                    }
                }
            }
            let to = c.add(panel * width);
            if step.columns - panel * width >= width {
                for (i, sums) in sums.into_iter().enumerate() {
                    for (v, sum) in sums.into_iter().enumerate() {
                        add_to::<S, T>(to.add(i * c_stride + v * len), sum, step.alpha, step.beta);
                    }
                }
            } else {
                for (i, sums) in sums.into_iter().enumerate() {
                    add_part::<S, T>(to.add(i * c_stride), step.columns - panel * width, sums, step.alpha, step.beta);
                }
            }
        }
    }
    M
}

/// c = α s + β c, and without reading c where β = 0.
///
/// # Safety
/// A vector at `c`.
#[inline(always)]
unsafe fn add_to<S: Lanes, T: Element>(c: *mut T, sum: T::Vector<S>, alpha: T, beta: T) {
    let scaled = T::Vector::<S>::splat(alpha) * sum;
    // SAFETY: the caller's.
    unsafe {
        let result = if beta == T::default() {
            scaled
        } else if beta == T::ONE {
            T::Vector::<S>::load_at(c) + scaled
        } else {
            T::Vector::<S>::splat(beta) * T::Vector::<S>::load_at(c) + scaled
        };
        result.store_at(c);
    }
}

/// [`add_to`] of the first `count` columns of a tile's row.
///
/// # Safety
/// `count` elements at `c`.
#[inline(always)]
unsafe fn add_part<S: Lanes, T: Element>(c: *mut T, count: usize, sums: [T::Vector<S>; WIDE], alpha: T, beta: T) {
    let mut all = [T::default(); WIDE * MAX_LANES];
    for (v, sum) in sums.into_iter().enumerate() {
        sum.store(&mut all[v * T::Vector::<S>::LEN..]);
    }
    for (j, sum) in all[..count].iter().enumerate() {
        // SAFETY: the caller's.
        unsafe {
            let to = c.add(j);
            let scaled = alpha * *sum;
            *to = if beta == T::default() {
                scaled
            } else if beta == T::ONE {
                *to + scaled
            } else {
                beta * *to + scaled
            };
        }
    }
}
