//! Weight gradient of a convolution: dw_ock = Σ dz_o(oy, ox) · x_c(…) over outputs in raster order, from +0, one
//! accumulator per weight. Lanes are output channels, so the order doesn't depend on their number.

use crate::conv_shape::Shape;
use crate::conv_tile::multiply_add;
use common_rs::lanes::{Lanes, MAX_LANES, Vector};
use common_rs::{Isa, variants};

/// Vectors of output channels, and weights per channel, of a tile.
const VECTORS: usize = 3;
const WEIGHTS: usize = 3;

/// Output channels as they lie in the transposed gradient.
pub fn padded_outputs(shape: &Shape) -> usize {
    shape.outputs.next_multiple_of(MAX_LANES)
}

/// Gradients of the outputs, [place][channel]: `dz` has channels `pitch` apart and rows `cols` apart from `origin` on.
pub fn transpose(shape: &Shape, dz: &[f32], [origin, pitch, cols]: [usize; 3], to: &mut [f32]) {
    let outputs = padded_outputs(shape);
    let (oh, ow) = (shape.out_height(), shape.out_width());
    to.fill(0.0);
    for o in 0..shape.outputs {
        for y in 0..oh {
            let row = &dz[origin + o * pitch + y * cols..][..ow];
            for (to, &v) in to[y * ow * outputs + o..].iter_mut().step_by(outputs).zip(row) {
                *to = v;
            }
        }
    }
}

/// N vectors of channels × T weights, whose elements of the first output are `planes[offsets[t]]`.
///
/// # Safety
/// As `weight_gradient` asserts.
#[inline(always)]
unsafe fn tile<S: Lanes, const T: usize, const N: usize, const FUSED: bool>(
    shape: &Shape,
    planes: &[f32],
    offsets: &[usize],
    dz: &[f32],
    channel: usize,
) -> [[S::F32; N]; T] {
    let outputs = padded_outputs(shape);
    let mut acc = [[S::F32::splat(0.0); N]; T];
    // SAFETY: the caller's promise.
    unsafe {
        let mut d = dz.as_ptr().add(channel);
        for y in 0..shape.out_height() {
            let row = planes.as_ptr().add(y * shape.cols());
            for x in 0..shape.out_width() {
                let mut v = [S::F32::splat(0.0); N];
                for n in 0..N {
                    v[n] = S::F32::load_at(d.add(n * S::LANES));
                }
                for t in 0..T {
                    let value = S::F32::splat(*row.add(*offsets.get_unchecked(t) + x));
                    for n in 0..N {
                        acc[t][n] = multiply_add::<S, FUSED>(v[n], value, acc[t][n]);
                    }
                }
                d = d.wrapping_add(outputs);
            }
        }
    }
    acc
}

/// Up to WEIGHTS weights from number `first` on, of all output channels.
///
/// # Safety
/// As for `tile`.
#[inline(always)]
unsafe fn weights<S: Lanes, const FUSED: bool>(
    shape: &Shape,
    planes: &[f32],
    offsets: &[usize],
    dz: &[f32],
    first: usize,
    dw: &mut [f32],
) {
    let all = offsets.len();
    let count = (all - first).min(WEIGHTS);
    // Where there are fewer, one is computed several times.
    let mut picked = [offsets[first]; WEIGHTS];
    picked[..count].copy_from_slice(&offsets[first..first + count]);
    for channel in (0..shape.outputs).step_by(VECTORS * S::LANES) {
        // SAFETY: the caller's promise.
        let acc = unsafe { tile::<S, WEIGHTS, VECTORS, FUSED>(shape, planes, &picked, dz, channel) };
        let mut lanes = [0.0; VECTORS * MAX_LANES];
        for (t, acc) in acc.iter().enumerate().take(count) {
            for n in 0..VECTORS {
                acc[n].store(&mut lanes[n * S::LANES..]);
            }
            let channels = (shape.outputs - channel).min(VECTORS * S::LANES);
            for (to, &v) in dw[channel * all + first + t..].iter_mut().step_by(all).zip(&lanes[..channels]) {
                *to = v;
            }
        }
    }
}

/// Weights [out][in][ky][kx], then biases, of one sample. `planes` is the parted input, `dz` the transposed gradient of
/// the outputs with room for VECTORS vectors behind it, `offsets` room for a number per weight of an output channel.
///
/// # Panics
/// When one of them is too short.
pub fn weight_gradient(
    isa: Isa,
    fused: bool,
    shape: &Shape,
    planes: &[f32],
    dz: &[f32],
    offsets: &mut [usize],
    dw: &mut [f32],
) {
    weight_gradient_by(isa, fused, shape, planes, dz, offsets, dw);
}

variants! {
    fn weight_gradient_by(
        fused: bool,
        shape: &Shape,
        planes: &[f32],
        dz: &[f32],
        offsets: &mut [usize],
        dw: &mut [f32],
    ) = weight_gradient_on;
}

#[inline(always)]
fn weight_gradient_on<S: Lanes>(
    fused: bool,
    shape: &Shape,
    planes: &[f32],
    dz: &[f32],
    offsets: &mut [usize],
    dw: &mut [f32],
) {
    let (taps, channel) = (shape.taps(), shape.phases() * shape.plane());
    let offsets = &mut offsets[..shape.inputs * taps];
    for (k, offset) in offsets.iter_mut().enumerate() {
        let (phase, at) = shape.tap(k % taps);
        *offset = k / taps * channel + phase * shape.plane() + at;
    }
    let last = (shape.out_height() - 1) * shape.cols() + shape.out_width();
    let highest = offsets.iter().fold(0, |a, &b| a.max(b));
    assert!(highest + last <= planes.len());
    assert!(shape.places() * padded_outputs(shape) + VECTORS * MAX_LANES <= dz.len());
    assert!(shape.weights() + shape.outputs <= dw.len());
    let all = offsets.len();
    for first in (0..all).step_by(WEIGHTS) {
        // SAFETY: asserted.
        unsafe {
            if fused && S::FUSES {
                weights::<S, true>(shape, planes, offsets, dz, first, dw);
            } else {
                weights::<S, false>(shape, planes, offsets, dz, first, dw);
            }
        }
    }
    let biases = &mut dw[shape.weights()..][..shape.outputs];
    biases.fill(0.0);
    for place in dz.chunks_exact(padded_outputs(shape)).take(shape.places()) {
        for (bias, &v) in biases.iter_mut().zip(place) {
            *bias += v;
        }
    }
}
