//! The Gaussian energy over all patches of an image: patches as rows, and the gradient.

use crate::patch_gradient::{Axis, Block, Gradient, Room};
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::Lanes;
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
