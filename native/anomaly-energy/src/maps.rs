//! What is done to images of scores: resampling, reduction of channels, sums of magnitudes, colors. The blur has a
//! file of its own.

use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, Sum64, Vector, max2};
use common_rs::variants;

/// Resampling from tables of source lines and columns with their weights.
pub fn resize(
    _isa: Isa,
    x: &[f32],
    y_index: &[u32],
    y_weight: &[f32],
    x_index: &[u32],
    x_weight: &[f32],
    _planes: u32,
    h: u32,
    w: u32,
    out_h: u32,
    out_w: u32,
    _rows: u32,
    out: &mut [f32],
    span: Span,
) -> i32 {
    let [h, w, out_h, out_w] = [h, w, out_h, out_w].map(|v| v as usize);
    for (line, row) in out.chunks_exact_mut(out_w).zip(span.begin as usize..) {
        let plane = &x[row / out_h * h * w..][..h * w];
        let y = row % out_h;
        let upper = &plane[y_index[2 * y] as usize * w..][..w];
        let lower = &plane[y_index[2 * y + 1] as usize * w..][..w];
        let s = y_weight[y];
        for ((out, from), &t) in line.iter_mut().zip(x_index.chunks_exact(2)).zip(x_weight) {
            let (a, b) = (from[0] as usize, from[1] as usize);
            let top = upper[a] + t * (upper[b] - upper[a]);
            let bottom = lower[a] + t * (lower[b] - lower[a]);
            *out = top + s * (bottom - top);
        }
    }
    status::OK
}

/// One vector of pixels over all channels.
#[inline(always)]
fn reduce_step<F: Floats, const HOW: u32>(sum: F, g: F) -> F {
    match HOW {
        0 => sum + g.abs(),
        2 => sum.max2(g.abs()),
        _ => sum + g * g,
    }
}

#[inline(always)]
fn reduce_channels_on<S: Lanes, const HOW: u32>(g: &[f32], plane: usize, out: &mut [f32]) {
    let channels = g.len() / plane;
    for (i, out) in out.chunks_mut(S::LANES).enumerate() {
        let mut sum = S::F32::splat(0.0);
        for c in 0..channels {
            let from = &g[c * plane + i * S::LANES..(c + 1) * plane];
            let v = if out.len() == S::LANES { S::F32::load(from) } else { S::F32::load_part(from, 0.0) };
            sum = reduce_step::<S::F32, HOW>(sum, v);
        }
        let sum = if HOW == 1 { sum.sqrt() } else { sum };
        if out.len() == S::LANES {
            sum.store(out);
        } else {
            sum.store_part(out);
        }
    }
}

variants! {
    to avx2;

    fn reduce_sum(g: &[f32], plane: usize, out: &mut [f32]) = reduce_channels_on[0];
    fn reduce_norm(g: &[f32], plane: usize, out: &mut [f32]) = reduce_channels_on[1];
    fn reduce_max(g: &[f32], plane: usize, out: &mut [f32]) = reduce_channels_on[2];
    fn reduce_squares(g: &[f32], plane: usize, out: &mut [f32]) = reduce_channels_on[3];
    fn reduce_lines(x: &[f32], w: usize, out: &mut [f64]) = abs_reduce_on;
    fn color(x: &[f32], lo: f32, factor: f32, palette: &[u8], out: &mut [u8]) = rgba_on;
}

/// One map from the channels of every image.
pub fn reduce_channels(isa: Isa, g: &[f32], _n: u32, c: u32, plane: u32, how: u32, out: &mut [f32], span: Span) -> i32 {
    let (plane, size) = (plane as usize, c as usize * plane as usize);
    if plane == 0 {
        return status::OK;
    }
    let reduce = [reduce_sum, reduce_norm, reduce_max, reduce_squares][how as usize];
    let count = (span.end - span.begin) as usize;
    for (g, out) in g.chunks_exact(size).zip(out.chunks_exact_mut(plane)).take(count) {
        reduce(isa, g, plane, out);
    }
    status::OK
}

#[inline(always)]
fn abs_reduce_on<S: Lanes>(x: &[f32], w: usize, out: &mut [f64]) {
    for (line, out) in x.chunks_exact(w).zip(out.chunks_exact_mut(3)) {
        let (mut sum, mut squares) = (Sum64::<S>::default(), Sum64::<S>::default());
        let mut largest = S::F32::splat(0.0);
        for (i, part) in line.chunks(S::LANES).enumerate() {
            let v = if part.len() == S::LANES { S::F32::load(part) } else { S::F32::load_part(part, 0.0) };
            largest = largest.max2(v.abs());
            let halves = S::widen(v);
            for (half, &v) in halves.iter().enumerate() {
                let k = (2 * i + half) % Sum64::<S>::VECTORS;
                sum.add(k, v.abs());
                squares.add(k, v * v);
            }
        }
        let mut lanes = [0.0; common_rs::lanes::MAX_LANES];
        largest.store(&mut lanes);
        out.copy_from_slice(&[sum.fold(), squares.fold(), f64::from(lanes.into_iter().fold(0.0, max2))]);
    }
}

/// Per line Σ|x|, Σx² and the largest |x|.
pub fn abs_reduce(isa: Isa, x: &[f32], w: u32, _rows: u32, out: &mut [f64], _span: Span) -> i32 {
    reduce_lines(isa, x, w as usize, out);
    status::OK
}

#[inline(always)]
fn rgba_on<S: Lanes>(x: &[f32], lo: f32, factor: f32, palette: &[u8], out: &mut [u8]) {
    let (colors, _) = palette.as_chunks::<4>();
    let Ok(colors) = <&[[u8; 4]; 256]>::try_from(colors) else { return };
    for (&v, to) in x.iter().zip(out.chunks_exact_mut(4)) {
        // Saturates; NaN gives 0.
        let index = ((v - lo) * factor) as u8;
        to.copy_from_slice(&colors[usize::from(index)]);
    }
}

/// Colors of values from a palette of 256.
pub fn rgba(isa: Isa, x: &[f32], lo: f64, factor: f64, palette: &[u8], out: &mut [u8], _span: Span) -> i32 {
    color(isa, x, lo as f32, factor as f32, palette, out);
    status::OK
}

#[cfg(test)]
#[path = "maps/tests.rs"]
mod tests;
