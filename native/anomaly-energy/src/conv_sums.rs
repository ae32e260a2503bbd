//! What the layers of a network compute: sums forward and backward, and activations.

use crate::conv_shape::{Shape, positions};
use crate::conv_tile::{Rows, Sums, Tap, sum_planes};
use common_rs::lanes::{Floats, Lanes, Vector};
use common_rs::math::sigmoid;
use common_rs::{Isa, variants};

/// Activation: 0 none, 1 SiLU, 2 leaky ReLU.
pub type Activation = u32;
const LEAK: f32 = 0.2;

/// What the convolutions run on, and whether products and sums may be fused.
#[derive(Clone, Copy)]
pub struct Numerics {
    pub isa: Isa,
    pub fused: bool,
}

/// One layer's sums: everything `sum_planes` needs but the numbers.
fn forward_taps(shape: &Shape, taps: &mut Vec<Tap>) {
    taps.clear();
    taps.extend((0..shape.taps()).map(|weight| {
        let (phase, at) = shape.tap(weight);
        Tap { at: (phase * shape.plane() + at) as isize, weight }
    }));
}

/// z of a layer, without its bias, at flat positions. `planes` is the parted input.
pub fn forward(
    Numerics { isa, fused }: Numerics,
    shape: &Shape,
    planes: &[f32],
    weights: &[f32],
    out: &mut [f32],
    taps: &mut Vec<Tap>,
    at: &mut Vec<usize>,
) {
    forward_taps(shape, taps);
    positions(shape.outputs_block(), shape.cols(), isa.lanes(), at);
    let sums = Sums {
        planes,
        origin: 0,
        pitch: shape.phases() * shape.plane(),
        channels: shape.inputs,
        taps,
        weights,
        row_step: shape.inputs * shape.taps(),
        channel_step: shape.taps(),
        at,
    };
    sum_planes(isa, fused, &sums, &mut Rows { out, pitch: shape.flat(), count: shape.outputs });
}

/// The input gradient of a layer as planes. `dz` has a margin of zeros in front of every channel and zeros between rows.
pub fn backward_input(
    Numerics { isa, fused }: Numerics,
    shape: &Shape,
    dz: &[f32],
    weights: &[f32],
    out: &mut [f32],
    taps: &mut Vec<Tap>,
    at: &mut Vec<usize>,
) {
    let plane = shape.plane();
    for phase in 0..shape.phases() {
        positions(shape.phase_block(phase), shape.cols(), isa.lanes(), at);
        taps.clear();
        let all = (0..shape.taps()).map(|weight| (weight, shape.tap(weight)));
        taps.extend(all.filter(|(_, tap)| tap.0 == phase).map(|(weight, (_, at))| Tap { at: -(at as isize), weight }));
        let sums = Sums {
            planes: dz,
            origin: shape.margin(),
            pitch: shape.gradient(),
            channels: shape.outputs,
            taps,
            weights,
            row_step: shape.taps(),
            channel_step: shape.inputs * shape.taps(),
            at,
        };
        let pitch = shape.phases() * plane;
        sum_planes(isa, fused, &sums, &mut Rows { out: &mut out[phase * plane..], pitch, count: shape.inputs });
    }
}

/// a and a' of z.
#[inline(always)]
fn activate<S: Lanes>(z: S::F32, activation: Activation) -> [S::F32; 2] {
    let c = S::F32::splat;
    match activation {
        1 => {
            let s = sigmoid(z);
            [z * s, s * (c(1.0) + z * (c(1.0) - s))]
        }
        2 => {
            let positive = c(0.0).less(z);
            [S::F32::select(positive, z, c(LEAK) * z), S::F32::select(positive, c(1.0), c(LEAK))]
        }
        _ => [z, c(1.0)],
    }
}

#[inline(always)]
fn activate_all_on<S: Lanes>(activation: Activation, bias: f32, z: &mut [f32], line: &mut [f32]) {
    let bias = S::F32::splat(bias);
    for (z, a) in z.chunks_exact_mut(S::LANES).zip(line.chunks_exact_mut(S::LANES)) {
        let [value, slope] = activate::<S>(S::F32::load(z) + bias, activation);
        value.store(a);
        slope.store(z);
    }
}

variants! {
    /// Whole vectors of z, without its bias: a to `line`, a' in the place of z.
    pub fn activate_all(activation: Activation, bias: f32, z: &mut [f32], line: &mut [f32]) = activate_all_on;
}
