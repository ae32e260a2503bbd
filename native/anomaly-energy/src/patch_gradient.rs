//! The filters of the patch energy's gradient: one and a bias per border class.

use crate::filter::{Columns, Filter, Grid, filter_block, filter_columns};
use common_rs::abi::filled;
use common_rs::lanes::{Lanes, MAX_LANES, Sum64, Vector};
use core::ops::Range;

/// What the patches are like at one place of an axis.
#[derive(Clone, Copy, PartialEq)]
pub struct Place {
    pub class: usize,
    pub lo: usize,
    pub hi: usize,
}

/// One axis of an image of `length` pixels.
#[derive(Clone, Copy)]
pub struct Axis {
    pub length: usize,
    pub p: usize,
}

impl Axis {
    pub fn taps(self) -> usize {
        2 * self.p - 1
    }

    pub fn classes(self) -> usize {
        self.length.min(self.taps())
    }

    /// The class and the offsets lo ..= hi of the patches that hold pixel u.
    pub fn place(self, u: usize) -> Place {
        let lo = u.saturating_sub(self.length - self.p);
        let hi = u.min(self.p - 1);
        Place { class: if self.length < self.taps() { u } else { lo + hi }, lo, hi }
    }

    /// Pixels that all offsets hold.
    pub fn interior(self) -> Range<usize> {
        let begin = (self.p - 1).min(self.length);
        begin..(self.length + 1).saturating_sub(self.p).max(begin)
    }
}

/// The model and the image's geometry.
pub struct Gradient<'a> {
    pub kernels: &'a [f32],
    pub bias: &'a [f32],
    pub channels: usize,
    pub rows: Axis,
    pub columns: Axis,
}

/// A channel's lines `lines` of one image, and where they lie in the centered pixels, whose lines are `pitch` apart
/// with at least p − 1 zeros between them.
pub struct Block<'a> {
    pub channel: usize,
    pub lines: Range<usize>,
    pub centered: &'a [f32],
    pub origin: usize,
    pub pitch: usize,
    pub plane: usize,
}

/// Taps and factors of the filter at hand: room that is made once.
pub struct Room {
    offsets: Vec<isize>,
    factors: Vec<f32>,
    pub bias: Vec<f32>,
}

impl Room {
    pub fn new(taps: usize, width: usize) -> Result<Self, i32> {
        let factors = filled(taps * MAX_LANES, 0.0)?;
        Ok(Self { offsets: filled(taps, 0)?, factors, bias: filled(width, 0.0)? })
    }
}

/// The elements from an index on, if there are any.
#[inline(always)]
fn tail(v: &[f32], at: usize) -> &[f32] {
    v.get(at..).unwrap_or_default()
}

impl Gradient<'_> {
    /// Lines of taps, per channel c', of the filters of a class of rows: a range of their kernels' elements.
    fn kept(&self, row: Place) -> Range<usize> {
        row.lo * self.rows.taps()..(self.rows.p + row.hi) * self.rows.taps()
    }

    /// The offsets of what the taps of a class of rows read, in order; returns how many there are.
    fn offsets(&self, block: &Block, row: Place, to: &mut [isize]) -> usize {
        let (side, reach) = (self.rows.taps(), self.rows.p - 1);
        let mut lines = to.chunks_exact_mut(side);
        let mut count = 0;
        for from in 0..self.channels {
            for dy in row.lo..=reach + row.hi {
                let at = (from * block.plane + reach * block.pitch + reach) as isize - (dy * block.pitch) as isize;
                let Some(line) = lines.next() else { return count };
                for (to, dx) in line.iter_mut().zip(0..) {
                    *to = at - dx;
                }
                count += side;
            }
        }
        count
    }

    /// The kernel of a class for a channel, all c' of it, and its bias.
    fn kernel(&self, (y, x): (Place, Place), channel: usize) -> (&[f32], f32) {
        let at = (y.class * self.columns.classes() + x.class) * self.channels + channel;
        let size = self.channels * self.rows.taps() * self.rows.taps();
        (&self.kernels[at * size..][..size], self.bias[at])
    }

    /// The interior columns of lines of one class.
    #[inline(always)]
    fn inside<S: Lanes>(&self, block: &Block, row: Place, lines: Range<usize>, grid: &mut Grid, room: &mut Room) {
        let columns = self.columns.interior();
        let at = (row, self.columns.place(columns.start));
        let (kernel, bias) = self.kernel(at, block.channel);
        let folded = self.channels == 1 && row.lo == 0 && row.hi + 1 == self.rows.p;
        let all = self.offsets(block, row, &mut room.offsets);
        if folded {
            // The taps before the center carry those behind it.
            let center = all / 2;
            let filter = Filter { center: kernel[center], taps: &room.offsets[..center], factors: kernel, bias };
            filter_block::<S, true>(&filter, grid, lines, columns);
            return;
        }
        let (size, kept) = (self.rows.taps() * self.rows.taps(), self.kept(row));
        for (to, from) in room.factors.chunks_exact_mut(kept.len()).zip(kernel.chunks_exact(size)) {
            to.copy_from_slice(&from[kept.clone()]);
        }
        let filter = Filter { center: 0.0, taps: &room.offsets[..all], factors: &room.factors, bias };
        filter_block::<S, false>(&filter, grid, lines, columns);
    }

    /// The factors of `count` columns, the first of them at a place: [tap][LANES]. Classes of neighbors are neighbors. What
    /// lanes behind the last column have, nobody looks at.
    #[inline(always)]
    fn turn_kernels<S: Lanes>(&self, (row, column): (Place, Place), channel: usize, count: usize, to: &mut [f32]) {
        let (size, kept) = (self.rows.taps() * self.rows.taps(), self.kept(row));
        let pitch = self.channels * self.channels * size;
        let class = row.class * self.columns.classes() + column.class;
        for from in 0..self.channels {
            let kernels = &self.kernels[class * pitch + (channel * self.channels + from) * size + kept.start..];
            let to = &mut to[from * kept.len() * S::LANES..][..kept.len() * S::LANES];
            if kept.len() >= S::LANES && (S::LANES - 1) * pitch + kept.len() <= kernels.len() {
                for tap in (0..kept.len()).step_by(S::LANES) {
                    // The last taps are those before as well.
                    let tap = tap.min(kept.len() - S::LANES);
                    let to = &mut to[tap * S::LANES..][..S::LANES * S::LANES];
                    // SAFETY: LANES kernels have `tap` + LANES taps, as was asked.
                    unsafe { S::transpose(kernels.as_ptr().add(tap), pitch, to.as_mut_ptr(), S::LANES) };
                }
                continue;
            }
            for lane in 0..count {
                let kernel = &kernels[lane * pitch..][..kept.len()];
                for (slot, &factor) in to.chunks_exact_mut(S::LANES).zip(kernel) {
                    slot[lane] = factor;
                }
            }
        }
    }

    /// Columns at the border of lines of one class, at most LANES of them: every column has its own filter, and where
    /// one has fewer taps than another it reads the zeros between the lines.
    #[inline(always)]
    fn beside<S: Lanes>(
        &self,
        block: &Block,
        row: Place,
        lines: Range<usize>,
        columns: Range<usize>,
        grid: &mut Grid,
        room: &mut Room,
    ) {
        let count = self.offsets(block, row, &mut room.offsets);
        let mut bias = [0.0; MAX_LANES];
        for (bias, u) in bias.iter_mut().zip(columns.clone()) {
            *bias = self.kernel((row, self.columns.place(u)), block.channel).1;
        }
        self.turn_kernels::<S>(
            (row, self.columns.place(columns.start)),
            block.channel,
            columns.len(),
            &mut room.factors,
        );
        let (taps, bias) = (&room.offsets[..count], &bias[..columns.len()]);
        let filters = Columns { taps, factors: &room.factors[..count * S::LANES], bias };
        filter_columns::<S>(&filters, grid, lines, columns.start);
    }

    /// Gradient of a block to `g`, a line every `width` elements.
    #[inline(always)]
    pub fn block<S: Lanes>(&self, block: &Block, g: &mut [f32], room: &mut Room) {
        let width = self.columns.length;
        let (inside, full) = (self.columns.interior(), self.rows.interior());
        let (x, origin) = (block.centered, block.origin);
        let mut grid = Grid { x, out: g, origin, x_pitch: block.pitch, out_pitch: width };
        let mut y = block.lines.start;
        while y < block.lines.end {
            let row = self.rows.place(y);
            let end = if full.contains(&y) { full.end.min(block.lines.end) } else { y + 1 };
            let lines = y - block.lines.start..end - block.lines.start;
            if !inside.is_empty() {
                self.inside::<S>(block, row, lines.clone(), &mut grid, room);
            }
            for side in [0..inside.start, inside.end..width] {
                for first in side.clone().step_by(S::LANES) {
                    let columns = first..side.end.min(first + S::LANES);
                    self.beside::<S>(block, row, lines.clone(), columns, &mut grid, room);
                }
            }
            y = end;
        }
    }

    /// The bias of every pixel of line y.
    pub fn bias_line(&self, channel: usize, y: usize, to: &mut [f32]) {
        let row = self.rows.place(y).class * self.columns.classes();
        let of = |u| self.bias[(row + self.columns.place(u).class) * self.channels + channel];
        let inside = self.columns.interior();
        for u in (0..inside.start).chain(inside.end..to.len()) {
            to[u] = of(u);
        }
        if !inside.is_empty() {
            to[inside.clone()].fill(of(inside.start));
        }
    }

    /// Σ x'(u) (g(u) + bias(u)) over a line, in 8 accumulators of f64.
    #[inline(always)]
    pub fn dot<S: Lanes>(x: &[f32], g: &[f32], bias: &[f32]) -> f64 {
        let mut sum = Sum64::<S>::default();
        // A vector of f32 is two of the vectors that hold the sums.
        let pairs = Sum64::<S>::VECTORS.div_ceil(2);
        let step = pairs * S::LANES;
        for ((x, g), bias) in x.chunks(step).zip(g.chunks(step)).zip(bias.chunks(step)) {
            for k in 0..pairs {
                let part = |v| S::widen(S::F32::load_part(tail(v, k * S::LANES), 0.0));
                let (x, g, b) = (part(x), part(g), part(bias));
                for half in 0..2 {
                    sum.add((2 * k + half) % Sum64::<S>::VECTORS, x[half] * (g[half] + b[half]));
                }
            }
        }
        sum.fold()
    }
}
