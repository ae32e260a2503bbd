//! The Gaussian energy over all patches of an image: patches as rows, gradient, energies, their average per pixel.

use crate::filter::{Columns, Filter, Grid, Tap, filter_block, filter_columns};
use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, MAX_LANES, Sum64, Vector};
use common_rs::variants;
use core::ops::Range;

/// Patches `first + span` as rows: a copy.
pub fn patch_rows(
    _isa: Isa,
    x: &[f32],
    _n: u32,
    c: u32,
    h: u32,
    w: u32,
    p: u32,
    stride: u32,
    first: u32,
    _count: u32,
    out: &mut [f32],
    span: Span,
) -> i32 {
    let [c, h, w, p, stride] = [c, h, w, p, stride].map(|v| v as usize);
    let (ny, nx) = ((h - p) / stride + 1, (w - p) / stride + 1);
    for (row, k) in out.chunks_exact_mut(c * p * p).zip(first as usize + span.begin as usize..) {
        let (image, y, x0) = (k / (ny * nx), k / nx % ny * stride, k % nx * stride);
        for (line, a) in row.chunks_exact_mut(p).zip(0..) {
            let from = ((image * c + a / p) * h + y + a % p) * w + x0;
            line.copy_from_slice(&x[from..from + p]);
        }
    }
    status::OK
}

/// What the patches are like at one place of an axis.
#[derive(Clone, Copy, PartialEq)]
struct Place {
    class: usize,
    lo: usize,
    hi: usize,
}

/// One axis of an image of `length` pixels.
#[derive(Clone, Copy)]
struct Axis {
    length: usize,
    p: usize,
}

impl Axis {
    fn taps(self) -> usize {
        2 * self.p - 1
    }

    fn classes(self) -> usize {
        self.length.min(self.taps())
    }

    /// The class and the offsets lo ..= hi of the patches that hold pixel u.
    fn place(self, u: usize) -> Place {
        let lo = u.saturating_sub(self.length - self.p);
        let hi = u.min(self.p - 1);
        Place { class: if self.length < self.taps() { u } else { lo + hi }, lo, hi }
    }

    /// Pixels that all offsets hold.
    fn interior(self) -> Range<usize> {
        let begin = (self.p - 1).min(self.length);
        begin..(self.length + 1).saturating_sub(self.p).max(begin)
    }
}

/// The model and the image's geometry.
struct Gradient<'a> {
    kernels: &'a [f32],
    bias: &'a [f32],
    channels: usize,
    rows: Axis,
    columns: Axis,
}

/// A channel's lines `lines` of one image, and where they lie in the centered pixels, whose lines are `pitch` apart
/// with at least p − 1 zeros between them.
struct Block<'a> {
    channel: usize,
    lines: Range<usize>,
    centered: &'a [f32],
    origin: usize,
    pitch: usize,
    plane: usize,
}

/// Taps and factors of the filter at hand: room that is made once.
struct Room {
    taps: Vec<Tap>,
    offsets: Vec<isize>,
    factors: Vec<f32>,
    bias: Vec<f32>,
}

impl Room {
    fn new(taps: usize, width: usize) -> Result<Self, i32> {
        let tap = Tap { at: 0, factor: 0.0 };
        let factors = filled(taps * MAX_LANES, 0.0)?;
        Ok(Self { taps: filled(taps, tap)?, offsets: filled(taps, 0)?, factors, bias: filled(width, 0.0)? })
    }
}

impl Gradient<'_> {
    /// Which taps the filter at a place has: their index in [c'][2p − 1][2p − 1] and the offset of what they read, in
    /// order.
    fn taps(&self, block: &Block, (y, x): (Place, Place)) -> impl Iterator<Item = (usize, isize)> {
        let (side, reach, pitch, plane) = (self.rows.taps(), self.rows.p - 1, block.pitch, block.plane);
        (0..self.channels).flat_map(move |from| {
            (y.lo..=reach + y.hi).flat_map(move |dy| {
                let at = (from * plane + reach * pitch + reach) as isize - (dy * pitch) as isize;
                (x.lo..=reach + x.hi).map(move |dx| ((from * side + dy) * side + dx, at - dx as isize))
            })
        })
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
        // Folded, the taps before the center carry those behind it.
        let center = if folded { kernel.len() / 2 } else { kernel.len() };
        let mut count = 0;
        for (slot, (index, at)) in room.taps.iter_mut().zip(self.taps(block, at).take_while(|tap| tap.0 < center)) {
            *slot = Tap { at, factor: kernel[index] };
            count += 1;
        }
        let taps = &room.taps[..count];
        if folded {
            filter_block::<S, true>(&Filter { center: kernel[center], taps, bias }, grid, lines, columns);
        } else {
            filter_block::<S, false>(&Filter { center: 0.0, taps, bias }, grid, lines, columns);
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
        let every = Place { class: 0, lo: 0, hi: self.columns.p - 1 };
        let mut count = 0;
        for (slot, (_, at)) in room.offsets.iter_mut().zip(self.taps(block, (row, every))) {
            *slot = at;
            count += 1;
        }
        room.factors[..count * S::LANES].fill(0.0);
        let mut bias = [0.0; MAX_LANES];
        // The lines of taps of a channel c' are neighbors in the kernel.
        let side = self.rows.taps();
        let (first, last) = (row.lo * side, (self.rows.p + row.hi) * side);
        for (lane, u) in columns.clone().enumerate() {
            let (kernel, b) = self.kernel((row, self.columns.place(u)), block.channel);
            let factors = kernel.chunks_exact(side * side).flat_map(|kernel| &kernel[first..last]);
            for (slot, &factor) in room.factors[lane..].iter_mut().step_by(S::LANES).zip(factors) {
                *slot = factor;
            }
            bias[lane] = b;
        }
        let (taps, bias) = (&room.offsets[..count], &bias[..columns.len()]);
        let filters = Columns { taps, factors: &room.factors[..count * S::LANES], bias };
        filter_columns::<S>(&filters, grid, lines, columns.start);
    }

    /// Gradient of a block to `g`, a line every `width` elements.
    #[inline(always)]
    fn block<S: Lanes>(&self, block: &Block, g: &mut [f32], room: &mut Room) {
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
    fn bias_line(&self, channel: usize, y: usize, to: &mut [f32]) {
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
    fn dot<S: Lanes>(x: &[f32], g: &[f32], bias: &[f32]) -> f64 {
        let mut sum = Sum64::<S>::default();
        let lines = x.chunks(S::LANES).zip(g.chunks(S::LANES)).zip(bias.chunks(S::LANES));
        for (i, ((x, g), b)) in lines.enumerate() {
            let x = S::widen(S::F32::load_part(x, 0.0));
            let g = S::widen(S::F32::load_part(g, 0.0));
            let b = S::widen(S::F32::load_part(b, 0.0));
            for half in 0..2 {
                sum.add((2 * i + half) % Sum64::<S>::VECTORS, x[half] * (g[half] + b[half]));
            }
        }
        sum.fold()
    }
}

/// Rows of the span that belong to one channel of one image: (image, channel, lines).
fn segments(span: Span, channels: usize, height: usize) -> impl Iterator<Item = (usize, usize, Range<usize>)> {
    let (mut row, end) = (span.begin as usize, span.end as usize);
    core::iter::from_fn(move || {
        if row >= end {
            return None;
        }
        let (plane, y) = (row / height, row % height);
        let lines = y..height.min(y + end - row);
        row += lines.len();
        Some((plane / channels, plane % channels, lines))
    })
}

/// x − center for the lines `lines` of all channels of an image, `gap` zeros in front of and behind every line.
#[inline(always)]
fn center_lines(x: &[f32], center: &[f32], [h, w, gap]: [usize; 3], lines: &Range<usize>, to: &mut [f32]) {
    let mut rows = to.chunks_exact_mut(w + gap);
    for (plane, &m) in x.chunks_exact(h * w).zip(center) {
        for from in plane[lines.start * w..lines.end * w].chunks_exact(w) {
            let Some(to) = rows.next() else { return };
            let (zeros, to) = to.split_at_mut(gap);
            zeros.fill(0.0);
            for (to, &from) in to.iter_mut().zip(from) {
                *to = from - m;
            }
        }
    }
    rows.into_remainder()[..gap].fill(0.0);
}

#[inline(always)]
fn patch_gradient_on<S: Lanes>(
    x: &[f32],
    center: &[f32],
    kernels: &[f32],
    bias: &[f32],
    [c, h, w, p]: [usize; 4],
    g: &mut [f32],
    dots: &mut [f64],
    centered: &mut [f32],
    span: Span,
) -> i32 {
    let axis = |length| Axis { length, p };
    let model = Gradient { kernels, bias, channels: c, rows: axis(h), columns: axis(w) };
    let mut room = match Room::new(c * model.rows.taps() * model.rows.taps(), w) {
        Ok(room) => room,
        Err(status) => return status,
    };
    let (gap, pitch) = (p - 1, w + p - 1);
    let mut row = 0;
    for (image, channel, lines) in segments(span, c, h) {
        let around = lines.start.saturating_sub(gap)..h.min(lines.end + gap);
        let plane = around.len() * pitch;
        center_lines(&x[image * c * h * w..], center, [h, w, gap], &around, &mut centered[..c * plane + pitch - 1]);
        let origin = (lines.start - around.start) * pitch + gap;
        let block = Block { channel, lines: lines.clone(), centered, origin, pitch, plane };
        model.block::<S>(&block, &mut g[row * w..], &mut room);
        for y in lines {
            let own = &centered[channel * plane + (y - around.start) * pitch + gap..][..w];
            model.bias_line(channel, y, &mut room.bias);
            dots[row] = Gradient::dot::<S>(own, &g[row * w..][..w], &room.bias);
            row += 1;
        }
    }
    status::OK
}

variants! {
    fn patch_gradient_by(
        x: &[f32],
        center: &[f32],
        kernels: &[f32],
        bias: &[f32],
        shape: [usize; 4],
        g: &mut [f32],
        dots: &mut [f64],
        centered: &mut [f32],
        span: Span,
    ) -> i32 = patch_gradient_on;
}

/// Gradient of the patch energy, border included, and per line its share of the energy.
pub fn patch_gradient(
    isa: Isa,
    x: &[f32],
    center: &[f32],
    kernels: &[f32],
    bias: &[f32],
    _n: u32,
    c: u32,
    h: u32,
    w: u32,
    p: u32,
    _rows: u32,
    g: &mut [f32],
    dots: &mut [f64],
    centered: &mut [f32],
    span: Span,
) -> i32 {
    let shape = [c, h, w, p].map(|v| v as usize);
    patch_gradient_by(isa, x, center, kernels, bias, shape, g, dots, centered, span)
}

#[cfg(test)]
#[path = "patch/tests.rs"]
mod tests;
