//! Matrix products C = α A B + β C and C = α A Bᵀ + β C of row-major f32 or f64 matrices.
//!
//! Two classes of the same code: [`Class::Fast`] may fuse products and sums (its bits depend on the instruction set),
//! [`Class::Exact`] gives the bits of wasm/common/assembly/gemm.ts everywhere:
//!
//! ```text
//! blocks of 256 values of k, in order:  s = Σ a_ik b_kj over the block, k ascending, from +0
//!   first block: c = β = 0 ? α s : β c + α s        others: c = c + α s
//! ```
//!
//! B is packed into panels of two vectors' width; a register tile of 5 rows (12 where there are 32 registers) times two
//! vectors goes down a panel. A is read in place: its elements are broadcast, and a tile's rows stay in the first cache. So
//! where one factor has few rows, like a handful of queries against a bank, it belongs on the right: packing costs as
//! much as multiplying by some ten rows.

mod tile;

use crate::cpu::Isa;
use crate::lanes::{Floats, Lanes};
use crate::variants;
use tile::{BLOCK, panel_width, product};

/// Whether products and sums may be fused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Class {
    Fast,
    Exact,
}

/// f32 or f64.
pub trait Element: Copy + Default + PartialEq + core::ops::Add<Output = Self> + core::ops::Mul<Output = Self> {
    type Vector<S: Lanes>: Floats<Item = Self>;
    const ONE: Self;
}
impl Element for f32 {
    type Vector<S: Lanes> = S::F32;
    const ONE: f32 = 1.0;
}
impl Element for f64 {
    type Vector<S: Lanes> = S::F64;
    const ONE: f64 = 1.0;
}

/// The left factor, `rows` × k: row i begins at `data[i · stride]`.
#[derive(Clone, Copy)]
pub struct Left<'a, T> {
    pub data: &'a [T],
    pub stride: usize,
}

/// The right factor. Plain: k × n, row p begins at `data[p · stride]`. Transposed: n × k, row j at `data[j · stride]`.
#[derive(Clone, Copy)]
pub struct Right<'a, T> {
    pub data: &'a [T],
    pub stride: usize,
    pub transposed: bool,
}

/// The result, `rows` × n: row i begins at `data[i · stride]`.
pub struct Product<'a, T> {
    pub data: &'a mut [T],
    pub stride: usize,
}

/// (rows, n, k) of a product.
#[derive(Clone, Copy)]
pub struct Shape {
    pub rows: usize,
    pub n: usize,
    pub k: usize,
}

/// The least workspace of a product, in elements. More makes larger blocks, up to a whole B; the bits stay.
pub const fn workspace(k: usize) -> usize {
    let depth = if k < BLOCK { k } else { BLOCK };
    depth * panel_width(16)
}

/// Length that a matrix needs.
fn extent(rows: usize, columns: usize, stride: usize) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns }
}

fn check<T>(shape: Shape, a: Left<T>, b: Right<T>, c: &Product<T>, work: &[T]) {
    let (b_rows, b_columns) = if b.transposed { (shape.n, shape.k) } else { (shape.k, shape.n) };
    assert!(a.data.len() >= extent(shape.rows, shape.k, a.stride), "A is too short");
    assert!(b.data.len() >= extent(b_rows, b_columns, b.stride), "B is too short");
    assert!(c.data.len() >= extent(shape.rows, shape.n, c.stride), "C is too short");
    assert!(work.len() >= workspace(shape.k), "the workspace is too short");
}

/// C = α A B + β C. C isn't read where β = 0.
///
/// # Panics
/// When a matrix is shorter than `shape` and its stride say, or `work` than [`workspace`].
pub fn gemm32(
    isa: Isa,
    class: Class,
    shape: Shape,
    alpha: f32,
    a: Left<f32>,
    b: Right<f32>,
    beta: f32,
    c: &mut Product<f32>,
    work: &mut [f32],
) {
    check(shape, a, b, c, work);
    match class {
        Class::Fast => fast32(isa, shape, alpha, a, b, beta, c, work),
        Class::Exact => exact32(isa, shape, alpha, a, b, beta, c, work),
    }
}

/// [`gemm32`] in f64.
pub fn gemm64(
    isa: Isa,
    class: Class,
    shape: Shape,
    alpha: f64,
    a: Left<f64>,
    b: Right<f64>,
    beta: f64,
    c: &mut Product<f64>,
    work: &mut [f64],
) {
    check(shape, a, b, c, work);
    match class {
        Class::Fast => fast64(isa, shape, alpha, a, b, beta, c, work),
        Class::Exact => exact64(isa, shape, alpha, a, b, beta, c, work),
    }
}

variants! {
    fn fast32(shape: Shape, alpha: f32, a: Left<f32>, b: Right<f32>, beta: f32, c: &mut Product<f32>, work: &mut [f32]) =
        product[f32, true];
    fn exact32(shape: Shape, alpha: f32, a: Left<f32>, b: Right<f32>, beta: f32, c: &mut Product<f32>, work: &mut [f32]) =
        product[f32, false];
    fn fast64(shape: Shape, alpha: f64, a: Left<f64>, b: Right<f64>, beta: f64, c: &mut Product<f64>, work: &mut [f64]) =
        product[f64, true];
    fn exact64(shape: Shape, alpha: f64, a: Left<f64>, b: Right<f64>, beta: f64, c: &mut Product<f64>, work: &mut [f64]) =
        product[f64, false];
}

#[cfg(test)]
mod tests;
