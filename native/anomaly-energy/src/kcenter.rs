//! The greedy k-center coreset (Gonzalez 1985), a block of rows per step.

use crate::distance::squared_distance;
use crate::reports::KcenterReport;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::Lanes;
use common_rs::variants;

/// Rows of a step.
const BLOCK: usize = 4096;

// Numbers of `state`.
const COMPLETE: usize = 0;
const LARGEST: usize = 1;
const ROW: usize = 2;

/// Below this the rounding of squares is not relative any more.
const TINY: f32 = 1e-30;

/// Distances of a block of rows to the picks so far, and who is nearest.
struct Rows<'a> {
    first: usize,
    x: &'a [f32],
    dist: &'a mut [f32],
    owner: &'a mut [u32],
}

/// Updates a block of rows by the point of pick j, and the largest of their distances.
///
/// By the triangle inequality a row at distance r of its owner is at least g − r away from a point at distance g of
/// the owner: nothing changes when g ≥ 2 r, in squares gap ≥ 4·dist. `factor` is 4 and what rounding needs.
#[inline(always)]
fn update<S: Lanes>(rows: Rows, point: &[f32], j: u32, gaps: &[f32], factor: f32, peak: &mut f64, at: &mut f64) {
    let all = rows.x.chunks_exact(point.len()).zip(rows.dist).zip(rows.owner);
    for (((x, dist), owner), i) in all.zip(rows.first..) {
        let gap = if j > 0 { gaps[*owner as usize] } else { 0.0 };
        if !(gap > TINY && gap > factor * *dist) {
            let s = squared_distance::<S>(x, point);
            if s < *dist {
                *dist = s;
                *owner = j;
            }
        }
        if f64::from(*dist) > *peak {
            *peak = f64::from(*dist);
            *at = i as f64;
        }
    }
}

#[inline(always)]
fn kcenter_on<S: Lanes>(
    x: &[f32],
    d: usize,
    dist: &mut [f32],
    owner: &mut [u32],
    gaps: &mut [f32],
    picks: &mut [u32],
    radii: &mut [f32],
    state: &mut [f64],
    span: Span,
) -> Option<usize> {
    let n = dist.len();
    let blocks = n.div_ceil(BLOCK);
    let factor = (4.0 * (1.0 + (d as f64 + 64.0) / 4_194_304.0)) as f32;
    let mut count = None;
    for step in span.begin as usize..span.end as usize {
        if state[COMPLETE] != 0.0 {
            break;
        }
        let (j, block) = (step / blocks, step % blocks);
        let row = |pick: u32| &x[pick as usize * d..(pick as usize + 1) * d];
        let point = row(picks[j]);
        if block == 0 {
            (state[LARGEST], state[ROW]) = (-1.0, 0.0);
            for (gap, &other) in gaps.iter_mut().zip(&picks[..j]) {
                *gap = squared_distance::<S>(point, row(other));
            }
        }
        let (from, to) = (block * BLOCK, n.min((block + 1) * BLOCK));
        let (dist, owner) = (&mut dist[from..to], &mut owner[from..to]);
        let rows = Rows { first: from, x: &x[from * d..to * d], dist, owner };
        let (mut peak, mut at) = (state[LARGEST], state[ROW]);
        update::<S>(rows, point, j as u32, gaps, factor, &mut peak, &mut at);
        (state[LARGEST], state[ROW]) = (peak, at);
        if block + 1 < blocks {
            continue;
        }
        picks[j + 1] = at as u32;
        radii[j] = (peak as f32).sqrt();
        count = Some(j + 1);
        if peak == 0.0 {
            state[COMPLETE] = 1.0;
        }
    }
    count
}

variants! {
    to avx2;

    fn kcenter_by(
        x: &[f32],
        d: usize,
        dist: &mut [f32],
        owner: &mut [u32],
        gaps: &mut [f32],
        picks: &mut [u32],
        radii: &mut [f32],
        state: &mut [f64],
        span: Span,
    ) -> Option<usize> = kcenter_on;
}

/// Steps of the coreset.
pub fn kcenter(
    isa: Isa,
    x: &[f32],
    _n: u32,
    d: u32,
    _m: u32,
    _steps: u32,
    dist: &mut [f32],
    owner: &mut [u32],
    gaps: &mut [f32],
    picks: &mut [u32],
    radii: &mut [f32],
    state: &mut [f64],
    report: &mut KcenterReport,
    span: Span,
) -> i32 {
    let size = dist.len().min(owner.len()).min(x.len() / d as usize);
    let (dist, owner) = (&mut dist[..size], &mut owner[..size]);
    if let Some(count) = kcenter_by(isa, x, d as usize, dist, owner, gaps, picks, radii, state, span) {
        report.count = count as f64;
    }
    status::OK
}
