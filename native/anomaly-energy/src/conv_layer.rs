//! Convolutions, one layer at a time.

use crate::conv::{numerics_of, status_of};
use crate::conv_shape::{Shape, gather_row, part_row};
use crate::conv_sums::{Numerics, backward_input, forward};
use crate::conv_tile::Tap;
use crate::conv_weight::{padded_outputs, transpose, weight_gradient};
use crate::network::workspace;
use common_rs::Isa;
use common_rs::abi::{Span, filled};
use common_rs::lanes::MAX_LANES;

/// Room for what depends on a layer's shape alone.
struct Room {
    taps: Vec<Tap>,
    at: Vec<usize>,
    offsets: Vec<usize>,
}

impl Room {
    fn new(shape: &Shape) -> Result<Self, i32> {
        let at = filled(shape.rows() * (shape.cols() + 1), 0)?;
        let offsets = filled(shape.inputs * shape.taps(), 0)?;
        Ok(Self { taps: filled(shape.taps(), Tap { at: 0, weight: 0 })?, at, offsets })
    }
}

/// The parted input of one sample.
fn part(shape: &Shape, x: &[f32], planes: &mut [f32]) {
    let pitch = shape.phases() * shape.plane();
    for (channel, planes) in x.chunks_exact(shape.height * shape.width).zip(planes.chunks_exact_mut(pitch)) {
        for (y, row) in channel.chunks_exact(shape.width).enumerate() {
            part_row(shape, y, row, planes);
        }
    }
}

fn forward_samples(
    numerics: Numerics,
    shape: Shape,
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    z: &mut [f32],
    work: &mut [f32],
) -> Result<(), i32> {
    let mut room = Room::new(&shape)?;
    let mut own = Vec::new();
    let work = workspace(shape.planes() + shape.outputs * shape.flat(), work, &mut own)?;
    let (planes, flat) = work.split_at_mut(shape.planes());
    let (places, ow) = (shape.places(), shape.out_width());
    for (x, z) in x.chunks_exact(shape.in_size()).zip(z.chunks_exact_mut(shape.out_size())) {
        part(&shape, x, planes);
        forward(numerics, &shape, planes, weight, flat, &mut room.taps, &mut room.at);
        for ((z, flat), &bias) in z.chunks_exact_mut(places).zip(flat.chunks_exact(shape.flat())).zip(bias) {
            for (z, flat) in z.chunks_exact_mut(ow).zip(flat.chunks(shape.cols())) {
                for (z, &v) in z.iter_mut().zip(flat) {
                    *z = v + bias;
                }
            }
        }
    }
    Ok(())
}

/// A sample's gradient of outputs with zeros around it.
fn pad_gradient(shape: &Shape, dz: &[f32], to: &mut [f32]) {
    for (dz, to) in dz.chunks_exact(shape.places()).zip(to.chunks_exact_mut(shape.gradient())) {
        for (dz, to) in dz.chunks_exact(shape.out_width()).zip(to[shape.margin()..].chunks_mut(shape.cols())) {
            to[..dz.len()].copy_from_slice(dz);
        }
    }
}

fn backward_samples(
    numerics: Numerics,
    shape: Shape,
    dz: &[f32],
    weight: &[f32],
    dx: &mut [f32],
    work: &mut [f32],
) -> Result<(), i32> {
    let mut room = Room::new(&shape)?;
    let mut own = Vec::new();
    let work = workspace(shape.planes() + shape.outputs * shape.gradient(), work, &mut own)?;
    let (planes, padded) = work.split_at_mut(shape.planes());
    let pitch = shape.phases() * shape.plane();
    for (dz, dx) in dz.chunks_exact(shape.out_size()).zip(dx.chunks_exact_mut(shape.in_size())) {
        pad_gradient(&shape, dz, padded);
        backward_input(numerics, &shape, padded, weight, planes, &mut room.taps, &mut room.at);
        for (dx, planes) in dx.chunks_exact_mut(shape.height * shape.width).zip(planes.chunks_exact(pitch)) {
            for (y, row) in dx.chunks_exact_mut(shape.width).enumerate() {
                gather_row(&shape, y, planes, row);
            }
        }
    }
    Ok(())
}

fn weight_samples(
    numerics: Numerics,
    shape: Shape,
    x: &[f32],
    dz: &[f32],
    dw: &mut [f32],
    work: &mut [f32],
) -> Result<(), i32> {
    let mut room = Room::new(&shape)?;
    let mut own = Vec::new();
    let turned = shape.places() * padded_outputs(&shape) + 3 * MAX_LANES;
    let work = workspace(shape.planes() + turned, work, &mut own)?;
    let (planes, turned) = work.split_at_mut(shape.planes());
    let samples = x.chunks_exact(shape.in_size()).zip(dz.chunks_exact(shape.out_size()));
    for ((x, dz), dw) in samples.zip(dw.chunks_exact_mut(shape.weights() + shape.outputs)) {
        part(&shape, x, planes);
        transpose(&shape, dz, [0, shape.places(), shape.out_width()], turned);
        weight_gradient(numerics.isa, numerics.fused, &shape, planes, turned, &mut room.offsets, dw);
    }
    Ok(())
}

fn shape_of([inputs, outputs, kernel, stride, pad, height, width]: [u32; 7]) -> Shape {
    let [inputs, outputs, kernel] = [inputs, outputs, kernel].map(|v| v as usize);
    let [stride, pad, height, width] = [stride, pad, height, width].map(|v| v as usize);
    Shape { inputs, outputs, kernel, stride, pad, height, width }
}

/// One layer without activation.
pub fn conv_forward(
    isa: Isa,
    x: &[f32],
    weight: &[f32],
    bias: &[f32],
    inputs: u32,
    outputs: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
    h: u32,
    w: u32,
    numerics: u32,
    _n: u32,
    z: &mut [f32],
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let shape = shape_of([inputs, outputs, kernel, stride, pad, h, w]);
    status_of(forward_samples(numerics_of(isa, numerics), shape, x, weight, bias, z, work))
}

/// The input gradient of one layer.
pub fn conv_backward_input(
    isa: Isa,
    dz: &[f32],
    weight: &[f32],
    inputs: u32,
    outputs: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
    h: u32,
    w: u32,
    numerics: u32,
    _n: u32,
    dx: &mut [f32],
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let shape = shape_of([inputs, outputs, kernel, stride, pad, h, w]);
    status_of(backward_samples(numerics_of(isa, numerics), shape, dz, weight, dx, work))
}

/// The weight gradient of one layer, sample by sample.
pub fn conv_backward_weight(
    isa: Isa,
    x: &[f32],
    dz: &[f32],
    inputs: u32,
    outputs: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
    h: u32,
    w: u32,
    numerics: u32,
    _n: u32,
    dw: &mut [f32],
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let shape = shape_of([inputs, outputs, kernel, stride, pad, h, w]);
    status_of(weight_samples(numerics_of(isa, numerics), shape, x, dz, dw, work))
}
