//! Screening with rows rounded to 16 bits: two products per word and instruction, exact sums, a bound of what rounding
//! has done to each row.
//!
//! A row b of norm ‖b‖ becomes the integers b̂ = round(b / s), s = ‖b‖ / `LENGTH`, so that ‖b̂‖ < 2^15: no integer leaves
//! 16 bits, and by Cauchy and Schwarz no sum of products |Σ q̂ b̂| ≤ ‖q̂‖·‖b̂‖ < 2^30 leaves 32. What is lost is measured,
//! ε_b = ‖b − s b̂‖, never more than s·√d/2. With q' = s_q q̂ and b' = s_b b̂
//!
//! ```text
//! |q·b − q'·b'| ≤ |q·(b − b')| + |(q − q')·b'| ≤ ‖q‖·ε_b + ε_q·(‖b‖ + ε_b)
//! ```
//!
//! and a row may be near unless ‖q‖² + ‖b‖² − 2 q'·b' − 2 (‖q‖·ε_b + ε_q·(‖b‖ + ε_b)) exceeds what has been found by more
//! than the slack of `candidates`. That slack is (3 d + 64)·u·(‖q‖² + ‖b‖²), of which norms and the exact sum take
//! 1.2 d + 16 as there, the conversion of the sum, the scales and the differences here less than 16.

use super::{Found, QUERIES, rank};
use common_rs::lanes::{Floats, Halves, Mask, Vector, Words, Words32};
use common_rs::{Isa, variants};
use core::ops::RangeInclusive;

/// Rows of the bank at a time, whole tiles.
const ROWS: usize = 120;
/// Rows of a tile: with two vectors of queries, their sums and what they are made of fill 16 registers.
const TILE: usize = 6;
/// Vectors of queries in a tile.
const WIDE: usize = 2;

/// ‖b̂‖ of a row. Its norm is off by (d/2)·u < 2^−9 of itself, rounding adds √d/2 ≤ 128: it stays below 2^15.
const LENGTH: f32 = 32500.0;
/// The longest rows that this is right for.
const LONGEST: usize = 1 << 16;
/// The shortest rows, and the fewest queries, for which rounding a row costs little beside its products.
const SHORTEST: usize = 32;
const FEWEST: usize = 16;

/// Squared norms for which nothing in these bounds overflows or loses bits at the lower end: 2^−60 … 2^90.
const NORMS: RangeInclusive<f32> = 8.673_617_4e-19..=1.237_940_1e27;
/// More than what a squared norm below them says too little: √(d · 2^−149).
const UNSEEN: f32 = 1e-18;
/// Factor by which a measured length of up to `LONGEST` elements may be too short: d·u/2 = 2^−9, and more.
const SAFE: f32 = 1.0 + 1.0 / 256.0;

/// Whether these queries are to be screened so.
pub fn suits(d: usize, queries: usize) -> bool {
    (SHORTEST..=LONGEST).contains(&d) && queries >= FEWEST
}

/// Words of a row; those beyond d are zeros.
const fn words_of<S: Halves>(d: usize) -> usize {
    d.div_ceil(2 * S::LANES) * S::LANES
}

/// What a row's integers stand for: a unit of them, a bound of what they leave out, and of the norm.
#[derive(Clone, Copy, Default)]
struct Rounded {
    scale: f32,
    error: f32,
    norm: f32,
}

/// Words of integers nearest to x · `inverse`, the first vector in the lower halves; adds the squares of what they leave.
///
/// v + 1.5·2^23 has round(v) in the low bits of its significand, in two's complement.
#[inline(always)]
fn round_pair<S: Halves>(x: [S::F32; 2], inverse: S::F32, sums: &mut [S::F32; 2]) -> S::U32 {
    let magic = S::F32::splat(12_582_912.0);
    let mut bits = [S::U32::splat(0); 2];
    for i in 0..2 {
        let v = x[i] * inverse;
        let rounded = v + magic;
        let left = v - (rounded - magic);
        sums[i] = left.fused(left, sums[i]);
        bits[i] = rounded.to_bits();
    }
    (bits[0] & S::U32::splat(0xffff)) | bits[1].shl::<16>()
}

/// A row's integers, a pair of vectors at a time, and what they stand for. x / s is off by u of itself before it is
/// rounded, which is less than 0.01 for all of a row.
#[inline(always)]
fn round_row<S: Halves>(x: &[f32], squared: f32, to: &mut [u32]) -> Rounded {
    let length = squared.sqrt();
    if !NORMS.contains(&squared) {
        // All of the row is left out; more than any norm where there is no knowing it.
        to.fill(0);
        let norm = if squared < *NORMS.start() { length * SAFE + UNSEEN } else { f32::INFINITY };
        return Rounded { scale: 0.0, error: norm, norm };
    }
    let inverse = S::F32::splat(LENGTH / length);
    let mut sums = [S::F32::splat(0.0); 2];
    let pairs = x.chunks_exact(2 * S::LANES);
    let rest = pairs.remainder();
    let (whole, last) = to.split_at_mut(pairs.len() * S::LANES);
    for (x, to) in pairs.zip(whole.chunks_exact_mut(S::LANES)) {
        round_pair::<S>([S::F32::load(x), S::F32::load(&x[S::LANES..])], inverse, &mut sums).store(to);
    }
    if !rest.is_empty() {
        let (first, second) = rest.split_at(S::LANES.min(rest.len()));
        let x = [S::F32::load_part(first, 0.0), S::F32::load_part(second, 0.0)];
        round_pair::<S>(x, inverse, &mut sums).store(last);
    }
    let scale = length / LENGTH;
    let error = scale * ((sums[0] + sums[1]).sum().sqrt() * SAFE + 0.01);
    Rounded { scale, error, norm: length * SAFE }
}

/// All queries as panels: panel after panel, word after word, a word of each of its queries.
#[inline(always)]
fn round_queries<S: Halves>(
    q: &[f32],
    d: usize,
    norms: &[f32; QUERIES],
    panels: &mut [u32],
    row: &mut [u32],
) -> Queries {
    let (width, words) = (WIDE * S::LANES, row.len());
    let mut queries = Queries { scales: [0.0; QUERIES], errors: [0.0; QUERIES], norms: [0.0; QUERIES] };
    panels.fill(0);
    for (j, (q, &squared)) in q.chunks_exact(d).zip(norms).enumerate() {
        let rounded = round_row::<S>(q, squared, row);
        queries.scales[j] = 2.0 * rounded.scale;
        queries.errors[j] = 2.0 * rounded.error;
        queries.norms[j] = 2.0 * rounded.norm;
        let panel = &mut panels[j / width * words * width + j % width..];
        for (to, &word) in panel.iter_mut().step_by(width).zip(&*row) {
            *to = word;
        }
    }
    queries
}

/// Twice what `Rounded` says of every query.
struct Queries {
    scales: [f32; QUERIES],
    errors: [f32; QUERIES],
    norms: [f32; QUERIES],
}

/// Products of TILE rows with the queries of a panel.
#[inline(always)]
fn tile<S: Halves>(rows: &[u32], panel: &[u32], words: usize, out: &mut [u32]) {
    let width = WIDE * S::LANES;
    assert!(rows.len() >= TILE * words && panel.len() >= words * width);
    let mut sums = [[S::U32::splat(0); WIDE]; TILE];
    let (rows, panel) = (rows.as_ptr(), panel.as_ptr());
    for k in 0..words {
        // SAFETY: asserted.
        unsafe {
            let mut q = [S::U32::splat(0); WIDE];
            for n in 0..WIDE {
                q[n] = S::U32::load_at(panel.add(k * width + n * S::LANES));
            }
            for m in 0..TILE {
                let b = S::U32::splat(*rows.add(m * words + k));
                for n in 0..WIDE {
                    sums[m][n] = sums[m][n] + S::dot(q[n], b);
                }
            }
        }
    }
    for m in 0..TILE {
        for n in 0..WIDE {
            sums[m][n].store(&mut out[m * QUERIES + n * S::LANES..]);
        }
    }
}

/// As `candidates`, by the sums of integer products.
#[inline(always)]
fn candidates<S: Halves>(
    found: &Found,
    queries: &Queries,
    products: &[u32],
    squared: f32,
    row: Rounded,
    slack: f32,
) -> u64 {
    let [scale, error, reach] = [row.scale, row.error, row.norm + row.error].map(S::F32::splat);
    let mut bits = 0;
    let mut at = 0;
    while at < QUERIES {
        let both = S::F32::load(&found.norms[at..]) + S::F32::splat(squared);
        let product = S::U32::load(&products[at..]).to_float() * (S::F32::load(&queries.scales[at..]) * scale);
        let lost = S::F32::load(&queries.norms[at..]) * error + S::F32::load(&queries.errors[at..]) * reach;
        let least = both - product - lost - S::F32::splat(slack) * both;
        bits |= u64::from(S::F32::load(&found.worst[at..]).less(least).bits()) << at;
        at += S::LANES;
    }
    !bits & found.live
}

/// Whether so many exact distances in so many pairs say that this screening sees too little: in rows that lie close
/// together far from 0, f32 may see more. The first rows are near to everything.
fn is_blind(exact: u32, pairs: usize, first: usize, k: usize) -> bool {
    first >= 8 * k && 4 * exact as usize > pairs
}

#[inline(always)]
fn screen_on<S: Halves>(
    found: &mut Found,
    q: &[f32],
    d: usize,
    bank: &[f32],
    norms: &[f32],
    slack: f32,
    work: &mut [u32],
) -> usize {
    let (width, words, count) = (WIDE * S::LANES, words_of::<S>(d), q.len() / d);
    let (panels, work) = work.split_at_mut(QUERIES * words);
    let (rows, work) = work.split_at_mut(ROWS * words);
    let products = &mut work[..ROWS * QUERIES];
    let queries = round_queries::<S>(q, d, &found.norms, panels, &mut rows[..words]);
    let panels = &panels[..count.div_ceil(width) * width * words];
    for (first, (bank, norms)) in (0..).step_by(ROWS).zip(bank.chunks(ROWS * d).zip(norms.chunks(ROWS))) {
        let mut rounded = [Rounded::default(); ROWS];
        for ((rounded, to), (b, &squared)) in
            rounded.iter_mut().zip(rows.chunks_exact_mut(words)).zip(bank.chunks_exact(d).zip(norms))
        {
            *rounded = round_row::<S>(b, squared, to);
        }
        for (p, panel) in panels.chunks_exact(words * width).enumerate() {
            // Of the last tile's rows some may be those of another block, whose products nobody reads.
            for (t, rows) in rows.chunks_exact(TILE * words).take(norms.len().div_ceil(TILE)).enumerate() {
                tile::<S>(rows, panel, words, &mut products[t * TILE * QUERIES + p * width..]);
            }
        }
        let mut exact = 0;
        for (i, (b, &squared)) in bank.chunks_exact(d).zip(norms).enumerate() {
            let products = &products[i * QUERIES..(i + 1) * QUERIES];
            let bits = candidates::<S>(found, &queries, products, squared, rounded[i], slack);
            exact += bits.count_ones();
            rank::<S>(found, q, d, b, first + i, bits);
        }
        if is_blind(exact, norms.len() * count, first, found.k) {
            return first + norms.len();
        }
    }
    norms.len()
}

variants! {
    fn screen_by(
        found: &mut Found,
        q: &[f32],
        d: usize,
        bank: &[f32],
        norms: &[f32],
        slack: f32,
        work: &mut [u32],
    ) -> usize = screen_on;
}

/// Up to QUERIES queries against the bank; how many of its rows were searched, in order, before this proved useless.
pub fn screen(
    isa: Isa,
    found: &mut Found,
    q: &[f32],
    d: usize,
    bank: &[f32],
    norms: &[f32],
    slack: f32,
    work: &mut [f32],
) -> usize {
    // SAFETY: as large and as aligned, and all bits are a number of either type.
    let work = unsafe { core::slice::from_raw_parts_mut(work.as_mut_ptr().cast::<u32>(), work.len()) };
    screen_by(isa, found, q, d, bank, norms, slack, work)
}

#[cfg(test)]
#[path = "halves_tests.rs"]
mod tests;
