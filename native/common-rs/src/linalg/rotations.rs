//! Plane rotations of neighboring rows, many sweeps at a time: a strip of columns stays in the cache while all of them go
//! over it, and within a sweep the row that two rotations share stays in registers.

use crate::lanes::{Floats, Lanes, Vector};
use crate::variants;

/// Sweeps that are gathered.
const SWEEPS: usize = 32;
/// Vectors per row of a strip.
const WIDE: usize = 4;

/// Sweeps of rotations: sweep t begins at row `starts[t].0` and goes up; rotation i turns rows i and i + 1.
pub struct Sweeps {
    starts: Vec<(usize, usize)>,
    rotations: Vec<(f64, f64)>,
}

impl Sweeps {
    pub fn new(d: usize) -> Self {
        Self { starts: Vec::with_capacity(SWEEPS), rotations: Vec::with_capacity(SWEEPS * d) }
    }
    pub fn full(&self) -> bool {
        self.starts.len() == SWEEPS
    }
    pub fn clear(&mut self) {
        self.starts.clear();
        self.rotations.clear();
    }
    /// A sweep whose first rotation turns rows m − 1 and m.
    pub fn begin(&mut self, m: usize) {
        self.starts.push((m, self.rotations.len()));
    }
    pub fn push(&mut self, c: f64, s: f64) {
        self.rotations.push((c, s));
    }
}

variants! {
    to avx2;

    /// row_i+1 = s row_i + c row_i+1, row_i = c row_i − s row_i+1, in order.
    pub fn apply(d: usize, sweeps: &Sweeps, rows: &mut [f64]) = rotate;
}

#[inline(always)]
fn rotate<S: Lanes>(d: usize, sweeps: &Sweeps, rows: &mut [f64]) {
    assert!(rows.len() >= d * d, "the matrix is too short");
    let width = WIDE * S::LANES64;
    let whole = d / width * width;
    let end = sweeps.rotations.len();
    for (t, &(m, first)) in sweeps.starts.iter().enumerate() {
        let last = sweeps.starts.get(t + 1).map_or(end, |next| next.1);
        assert!(m < d && last - first <= m, "a sweep leaves the matrix");
    }
    for column in (0..whole).step_by(width) {
        for (t, &(m, first)) in sweeps.starts.iter().enumerate() {
            let last = sweeps.starts.get(t + 1).map_or(end, |next| next.1);
            // SAFETY: rows m − (last − first) … m exist, and the strip lies inside of them.
            unsafe { strip::<S>(d, rows.as_mut_ptr().add(m * d + column), &sweeps.rotations[first..last]) };
        }
    }
    for column in whole..d {
        for (t, &(m, first)) in sweeps.starts.iter().enumerate() {
            let last = sweeps.starts.get(t + 1).map_or(end, |next| next.1);
            for (j, &(c, s)) in sweeps.rotations[first..last].iter().enumerate() {
                let at = (m - j) * d + column;
                let (low, high) = (rows[at - d], rows[at]);
                rows[at] = s * low + c * high;
                rows[at - d] = c * low - s * high;
            }
        }
    }
}

/// # Safety
/// A strip of WIDE vectors at `row` and in as many rows before it as there are rotations.
#[inline(always)]
unsafe fn strip<S: Lanes>(d: usize, mut row: *mut f64, rotations: &[(f64, f64)]) {
    let len = S::LANES64;
    // SAFETY: the caller's.
    unsafe {
        let mut high: [S::F64; WIDE] = core::array::from_fn(|v| S::F64::load_at(row.add(v * len)));
        for &(c, s) in rotations {
            let (c, s) = (S::F64::splat(c), S::F64::splat(s));
            let next = row.sub(d);
            for (v, high) in high.iter_mut().enumerate() {
                let low = S::F64::load_at(next.add(v * len));
                s.fused(low, c * *high).store_at(row.add(v * len));
                *high = c * low - s * *high;
            }
            row = next;
        }
        for (v, high) in high.into_iter().enumerate() {
            high.store_at(row.add(v * len));
        }
    }
}
