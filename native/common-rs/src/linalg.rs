//! Dense symmetric matrices in f64, row-major.
//!
//! Cholesky factor and triangular inverse are exact: one order of every sum, so the bits are
//! those of wasm/common/assembly/linalg.ts on every instruction set. They work on a range of rows, in ascending order,
//! so that a caller can stop between ranges. The eigendecomposition is of the tolerance class.

mod cholesky;
mod eigen;
mod rotations;

use crate::variants;
use core::ops::Range;

use cholesky::{factor, inverse};

pub use cholesky::log_determinant;
pub use eigen::sym_eig;

variants! {
    to avx2;

    /// Rows `rows` of the Cholesky factor in place, d × d: reads the lower triangle of a, leaves L there; the upper
    /// triangle stays. Row i, j = 0 … i:
    ///
    /// ```text
    /// v = a_ij − sum8(L_ik · L_jk, k < j);  j < i: L_ij = v / L_jj;  j = i: L_ii = √v
    /// ```
    ///
    /// Element k of the sum goes to accumulator k mod 8. False, and nothing more is done, unless v > a_ii · (d · 2^−52).
    pub fn cholesky(d: usize, rows: Range<usize>, a: &mut [f64]) -> bool = factor;

    /// Rows `rows` of W = L⁻¹ in place, d × d: reads the lower triangle, writes all of it, 0 above the diagonal. Row i:
    ///
    /// ```text
    /// r = 1 / L_ii;  s_j = Σ_{k=j}^{i−1} L_ik · W_kj, k ascending from +0;  W_ij = −(s_j · r) for j < i;  W_ii = r
    /// ```
    ///
    /// `row` holds d numbers of workspace.
    pub fn triangular_inverse(d: usize, rows: Range<usize>, a: &mut [f64], row: &mut [f64]) = inverse;
}

#[cfg(test)]
mod tests;
