//! Matrix products C = α A B + β C and C = α A Bᵀ + β C of row-major f32 matrices. Tolerance code: products and sums are
//! fused, so that the bits depend on the instruction set.
//!
//! B is packed, 256 values of k at a time, into panels of two vectors' width; a register tile of 5 rows (12 where there
//! are 32 registers) times two vectors goes down a panel, which stays in the first cache for all rows of A. A is read in
//! place: its elements are broadcast. So where one factor has few rows, like queries against a bank, it belongs on the
//! right: packing costs as much as multiplying by some ten rows.

mod tile;

use crate::cpu::Isa;
use crate::variants;
use tile::{BLOCK, panel_width, product};

/// The left factor, `rows` × k: row i begins at `data[i · stride]`.
#[derive(Clone, Copy)]
pub struct Left<'a> {
    pub data: &'a [f32],
    pub stride: usize,
}

/// The right factor. Plain: k × n, row p begins at `data[p · stride]`. Transposed: n × k, row j at `data[j · stride]`.
#[derive(Clone, Copy)]
pub struct Right<'a> {
    pub data: &'a [f32],
    pub stride: usize,
    pub transposed: bool,
}

/// The result, `rows` × n: row i begins at `data[i · stride]`.
pub struct Product<'a> {
    pub data: &'a mut [f32],
    pub stride: usize,
}

/// (rows, n, k) of a product.
#[derive(Clone, Copy)]
pub struct Shape {
    pub rows: usize,
    pub n: usize,
    pub k: usize,
}

/// The least workspace of a product, in elements. More makes larger blocks, up to a whole B.
pub const fn workspace(k: usize) -> usize {
    let depth = if k < BLOCK { k } else { BLOCK };
    depth * panel_width(16)
}

/// Length that a matrix needs.
fn extent(rows: usize, columns: usize, stride: usize) -> usize {
    if rows == 0 || columns == 0 { 0 } else { (rows - 1) * stride + columns }
}

fn check(shape: Shape, a: Left, b: Right, c: &Product, work: &[f32]) {
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
pub fn gemm(isa: Isa, shape: Shape, alpha: f32, a: Left, b: Right, beta: f32, c: &mut Product, work: &mut [f32]) {
    check(shape, a, b, c, work);
    product_by(isa, shape, alpha, a, b, beta, c, work);
}

variants! {
    fn product_by(shape: Shape, alpha: f32, a: Left, b: Right, beta: f32, c: &mut Product, work: &mut [f32]) = product;
}

#[cfg(test)]
mod tests;
