//! Exact nearest neighbors and sparse random projections.

#[cfg(target_arch = "x86_64")]
mod halves;

use crate::distance::{squared_distance, squared_norm};
use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::gemm::{Left, Product, Right, Shape, gemm, workspace};
use common_rs::lanes::{Floats, Lanes, Mask, Vector};
use common_rs::variants;

/// Queries of a chunk at most: the bank is read once for all of them.
const QUERIES: usize = 64;
/// Rows of the bank, at most, whose products with them are computed together.
const BANK_ROWS: usize = 512;
/// Far more than all terms of a product are off by where they are subnormal: d · 2^−149 for any d that fits in memory.
const FLOOR: f32 = 1e-36;

/// The k nearest rows found so far for every query.
struct Found<'a> {
    k: usize,
    dist: &'a mut [f32],
    index: &'a mut [u32],
    /// Queries' squared norms, and the distance that a row must stay below, `FLOOR` added.
    norms: [f32; QUERIES],
    worst: [f32; QUERIES],
    /// A bit per query.
    live: u64,
}

impl Found<'_> {
    /// Row `row` at squared distance s, behind equal distances. Rows come in ascending order.
    fn insert(&mut self, query: usize, s: f32, row: usize) {
        let dist = &mut self.dist[query * self.k..(query + 1) * self.k];
        let index = &mut self.index[query * self.k..(query + 1) * self.k];
        let mut at = row.min(self.k - 1);
        if row >= self.k && s >= dist[at] {
            return;
        }
        while at > 0 && dist[at - 1] > s {
            dist[at] = dist[at - 1];
            index[at] = index[at - 1];
            at -= 1;
        }
        dist[at] = s;
        index[at] = row as u32;
        if row + 1 >= self.k {
            self.worst[query] = dist[self.k - 1] + FLOOR;
        }
    }
}

/// Which queries a row may be near to, as bits: those where ‖q‖² + ‖b‖² − 2 q·b exceeds what has been found by no more
/// than rounding explains.
///
/// With u = 2^−24, a product of d terms in any order, fused or not, is off by at most d·u·‖q‖·‖b‖ ≤
/// d·u·(‖q‖² + ‖b‖²)/2, each norm by d·u of itself, the exact sum by less than (d/16 + 8)·u of at most
/// 2·(‖q‖² + ‖b‖²): in all below (3 d + 64)·u·(‖q‖² + ‖b‖²), and `FLOOR` where products are subnormal. Norms that
/// overflow make NaN, which is above nothing.
#[inline(always)]
fn candidates<S: Lanes>(found: &Found, products: &[f32], norm: f32, slack: f32) -> u64 {
    let mut bits = 0;
    let mut at = 0;
    while at < QUERIES {
        let both = S::F32::load(&found.norms[at..]) + S::F32::splat(norm);
        let product = S::F32::load(&products[at..]);
        let least = both - (product + product) - S::F32::splat(slack) * both;
        bits |= u64::from(S::F32::load(&found.worst[at..]).less(least).bits()) << at;
        at += S::LANES;
    }
    !bits & found.live
}

/// Exact distances of the queries in `bits` to row `index` of the bank.
#[inline(always)]
fn rank<S: Lanes>(found: &mut Found, q: &[f32], d: usize, row: &[f32], index: usize, mut bits: u64) {
    while bits != 0 {
        let query = bits.trailing_zeros() as usize;
        bits &= bits - 1;
        let s = squared_distance::<S>(&q[query * d..(query + 1) * d], row);
        found.insert(query, s, index);
    }
}

/// Rows of the bank from `first` on against all queries.
#[inline(always)]
fn scan<S: Lanes>(
    found: &mut Found,
    q: &[f32],
    d: usize,
    rows: &[f32],
    norms: &[f32],
    first: usize,
    products: &[f32],
    slack: f32,
) {
    for (i, (row, &norm)) in rows.chunks_exact(d).zip(norms).enumerate() {
        let bits = candidates::<S>(found, &products[i * QUERIES..], norm, slack);
        rank::<S>(found, q, d, row, first + i, bits);
    }
}

#[inline(always)]
fn norms_on<S: Lanes>(q: &[f32], d: usize, out: &mut [f32]) {
    for (q, out) in q.chunks_exact(d).zip(out) {
        *out = squared_norm::<S>(q);
    }
}

#[inline(always)]
fn roots_on<S: Lanes>(x: &mut [f32]) {
    for part in x.chunks_mut(S::LANES) {
        S::F32::load_part(part, 0.0).sqrt().store_part(part);
    }
}

/// y = scale · Σ ±x over the entries of each row of a sparse matrix, rows of x in lanes.
#[inline(always)]
fn project_on<S: Lanes>(
    x: &[f32],
    d: usize,
    offsets: &[u32],
    entries: &[u32],
    scale: f32,
    y: &mut [f32],
    columns: &mut [f32],
) {
    /// Vectors of rows at a time.
    const N: usize = 4;
    let (lanes, k) = (N * S::LANES, offsets.len() - 1);
    for (x, y) in x.chunks(lanes * d).zip(y.chunks_mut(lanes * k)) {
        for (r, row) in x.chunks_exact(d).enumerate() {
            for (to, &v) in columns[r..].iter_mut().step_by(lanes).zip(row) {
                *to = v;
            }
        }
        for (j, ends) in offsets.windows(2).enumerate() {
            let mut sums = [S::F32::splat(0.0); N];
            for &entry in &entries[ends[0] as usize..ends[1] as usize] {
                let from = &columns[(entry >> 1) as usize * lanes..][..lanes];
                let sign = S::U32::splat(entry << 31);
                for n in 0..N {
                    let v = S::F32::load(&from[n * S::LANES..]);
                    sums[n] = sums[n] + S::F32::from_bits(v.to_bits() ^ sign);
                }
            }
            let mut scaled = [0.0; N * common_rs::lanes::MAX_LANES];
            for n in 0..N {
                (S::F32::splat(scale) * sums[n]).store(&mut scaled[n * S::LANES..]);
            }
            for (row, v) in y.chunks_exact_mut(k).zip(scaled) {
                row[j] = v;
            }
        }
    }
}

variants! {
    to avx2;

    fn scan_by(
        found: &mut Found,
        q: &[f32],
        d: usize,
        rows: &[f32],
        norms: &[f32],
        first: usize,
        products: &[f32],
        slack: f32,
    ) = scan;
    fn norms_by(q: &[f32], d: usize, out: &mut [f32]) = norms_on;
    fn roots_by(x: &mut [f32]) = roots_on;
    fn project_by(
        x: &[f32],
        d: usize,
        offsets: &[u32],
        entries: &[u32],
        scale: f32,
        y: &mut [f32],
        columns: &mut [f32],
    ) = project_on;
}

/// Up to QUERIES queries against the whole bank.
fn search(isa: Isa, q: &[f32], bank: &[f32], norms: &[f32], d: usize, found: &mut Found, work: &mut [f32]) {
    let slack = ((3.0 * d as f64 + 64.0) / 16_777_216.0) as f32;
    #[cfg(target_arch = "x86_64")]
    let done =
        if halves::suits(d, q.len() / d) { halves::screen(isa, found, q, d, bank, norms, slack, work) } else { 0 };
    #[cfg(not(target_arch = "x86_64"))]
    let done = 0;
    let (bank, norms) = (&bank[done * d..], &norms[done..]);
    // Room for the products, and for all packed queries where there is as much.
    let packed = workspace(d).max(QUERIES * d.min(256));
    let block = BANK_ROWS.min((work.len() - packed) / QUERIES);
    let (products, work) = work.split_at_mut(block * QUERIES);
    for (i, (rows, norms)) in bank.chunks(block * d).zip(norms.chunks(block)).enumerate() {
        let shape = Shape { rows: norms.len(), n: q.len() / d, k: d };
        let (a, b) = (Left { data: rows, stride: d }, Right { data: q, stride: d, transposed: true });
        gemm(isa, shape, 1.0, a, b, 0.0, &mut Product { data: products, stride: QUERIES }, work);
        scan_by(isa, found, q, d, rows, norms, done + i * block, products, slack);
    }
}

/// The k nearest rows of a bank for every query.
pub fn nearest(
    isa: Isa,
    q: &[f32],
    bank: &[f32],
    norms: &[f32],
    _n: u32,
    _m: u32,
    d: u32,
    k: u32,
    dist: &mut [f32],
    index: &mut [u32],
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let (d, k) = (d as usize, k as usize);
    let parts = dist.chunks_mut(QUERIES * k).zip(index.chunks_mut(QUERIES * k));
    for (q, (dist, index)) in q.chunks(QUERIES * d).zip(parts) {
        let count = q.len() / d;
        let live = u64::MAX >> (QUERIES - count);
        let mut found = Found { k, dist, index, norms: [0.0; QUERIES], worst: [f32::INFINITY; QUERIES], live };
        norms_by(isa, q, d, &mut found.norms);
        search(isa, q, bank, norms, d, &mut found, work);
        roots_by(isa, found.dist);
    }
    status::OK
}

/// Sparse random projection of rows.
pub fn sparse_project(
    isa: Isa,
    x: &[f32],
    offsets: &[u32],
    entries: &[u32],
    _n: u32,
    d: u32,
    _k: u32,
    scale: f64,
    y: &mut [f32],
    _span: Span,
) -> i32 {
    let Ok(mut columns) = filled(d as usize * 64, 0.0) else { return status::OUT_OF_MEMORY };
    project_by(isa, x, d as usize, offsets, entries, scale as f32, y, &mut columns);
    status::OK
}

#[cfg(test)]
#[path = "neighbors/tests.rs"]
mod tests;
