//! A convolutional energy on one sample: forward, input gradient, weight gradient, all in one workspace.

use crate::conv_shape::{Shape, gather_row, part_row};
use crate::conv_sums::{Activation, Numerics, activate_all, backward_input, forward};
use crate::conv_tile::Tap;
use crate::conv_weight::{padded_outputs, transpose, weight_gradient};
use common_rs::abi::{filled, status};
use common_rs::lanes::MAX_LANES;

#[derive(Clone, Copy)]
pub struct Layer {
    pub shape: Shape,
    activation: Activation,
    /// Of its weights, and of its biases, among the parameters.
    weights: usize,
    biases: usize,
    /// Of its parted input, of its outputs at flat positions (first z, then a'(z)), and of their gradients.
    planes: usize,
    flat: usize,
    gradient: usize,
}

/// Layers and the layout of the workspace of a sample.
pub struct Network<'a> {
    layers: Vec<Layer>,
    params: &'a [f32],
    /// Lines of a row of pixels, planes of an input gradient, transposed gradients of outputs.
    line: usize,
    inner: usize,
    turned: usize,
    size: usize,
    taps: Vec<Tap>,
    at: Vec<usize>,
    offsets: Vec<usize>,
}

impl<'a> Network<'a> {
    /// `plan` has five words per layer; [c, h, w] is the sample's shape.
    pub fn new(plan: &[u32], params: &'a [f32], [c, h, w]: [usize; 3]) -> Result<Self, i32> {
        let mut layers = Vec::new();
        layers.try_reserve_exact(plan.len() / 5).map_err(|_| status::OUT_OF_MEMORY)?;
        let (mut inputs, mut height, mut width) = (c, h, w);
        let (mut at, mut weights) = (0, 0);
        let mut widest = [w, 0, 0, 0, 0, 0];
        for words in plan.chunks_exact(5) {
            let [outputs, kernel, stride, pad] = [0, 1, 2, 3].map(|i| words[i] as usize);
            if height + 2 * pad < kernel || width + 2 * pad < kernel || !(1..=2).contains(&stride) || kernel == 0 {
                return Err(status::INTERNAL);
            }
            let shape = Shape { inputs, outputs, kernel, stride, pad, height, width };
            let (planes, flat) = (at, at + shape.planes());
            let gradient = flat + outputs * shape.flat();
            let biases = weights + shape.weights();
            layers.push(Layer { shape, activation: words[4], weights, biases, planes, flat, gradient });
            at = gradient + outputs * shape.gradient();
            weights = biases + outputs;
            let turned = shape.places() * padded_outputs(&shape) + 3 * MAX_LANES;
            let line = shape.flat().max(width);
            let at = shape.rows() * shape.cols() + shape.rows();
            let all = [line, shape.planes(), turned, shape.taps(), at, inputs * shape.taps()];
            for (most, v) in widest.iter_mut().zip(all) {
                *most = v.max(*most);
            }
            (inputs, height, width) = (outputs, shape.out_height(), shape.out_width());
        }
        if weights > params.len() {
            return Err(status::INTERNAL);
        }
        let [line, planes, turned, taps, places, offsets] = widest;
        let (inner, turn) = (at + line, at + line + planes);
        Ok(Self {
            layers,
            params,
            line: at,
            inner,
            turned: turn,
            size: turn + turned,
            taps: filled(taps, Tap { at: 0, weight: 0 })?,
            at: filled(places, 0)?,
            offsets: filled(offsets, 0)?,
        })
    }

    /// Elements of the workspace.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Outputs of the last layer.
    pub fn places(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.shape.out_size())
    }

    /// Local energies of a sample whose pixels are x·scale + offset, to `local`.
    pub fn forward(
        &mut self,
        numerics: Numerics,
        x: &[f32],
        [scale, offset]: [f32; 2],
        work: &mut [f32],
        local: &mut [f32],
    ) {
        let Some(first) = self.layers.first().copied() else { return };
        let shape = first.shape;
        let (rest, line) = work.split_at_mut(self.line);
        let line = &mut line[..shape.width];
        let pitch = shape.phases() * shape.plane();
        for (channel, planes) in x.chunks_exact(shape.height * shape.width).zip(rest.chunks_exact_mut(pitch)) {
            for (y, row) in channel.chunks_exact(shape.width).enumerate() {
                for (to, &v) in line.iter_mut().zip(row) {
                    *to = scale * v + offset;
                }
                part_row(&shape, y, line, planes);
            }
        }
        for l in 0..self.layers.len() {
            self.forward_layer(numerics, l, work, local);
        }
    }

    /// One layer: z, then a to the next one's planes (or to `local`), and a' in the place of z.
    fn forward_layer(&mut self, numerics: Numerics, l: usize, work: &mut [f32], local: &mut [f32]) {
        let Layer { shape, activation, weights, biases, planes, flat, gradient, .. } = self.layers[l];
        let (before, rest) = work.split_at_mut(flat);
        let (z, rest) = rest.split_at_mut(gradient - flat);
        let weights = &self.params[weights..biases];
        let input = &before[planes..];
        forward(numerics, &shape, input, weights, z, &mut self.taps, &mut self.at);
        let next = self.layers.get(l + 1);
        let (rest, line) = rest.split_at_mut(self.line - gradient);
        let mut target = next.map(|next| &mut rest[next.planes - gradient..]);
        let (oh, ow, cols, pitch) = (shape.out_height(), shape.out_width(), shape.cols(), shape.flat());
        for (o, z) in z.chunks_exact_mut(pitch).enumerate() {
            let lanes = numerics.isa.lanes();
            let count = ((oh - 1) * cols + ow).next_multiple_of(lanes).min(pitch / lanes * lanes);
            activate_all(numerics.isa, activation, self.params[biases + o], &mut z[..count], line);
            for y in 0..oh {
                let row = &line[y * cols..][..ow];
                match (&mut target, next) {
                    (Some(target), Some(next)) => {
                        let pitch = next.shape.phases() * next.shape.plane();
                        part_row(&next.shape, y, row, &mut target[o * pitch..(o + 1) * pitch]);
                    }
                    _ => local[(o * oh + y) * ow..][..ow].copy_from_slice(row),
                }
            }
        }
    }

    /// After `forward`: gradients of the outputs of all layers, where every local energy has the derivative `seed`; of
    /// the pixels to `gradient`, when it is wanted.
    pub fn backward(
        &mut self,
        numerics: Numerics,
        seed: f32,
        scale: f32,
        work: &mut [f32],
        gradient: Option<&mut [f32]>,
    ) {
        let Some(last) = self.layers.last().copied() else { return };
        let shape = last.shape;
        let (data, rest) = work.split_at_mut(self.line);
        let row = &mut rest[..shape.out_width()];
        row.fill(seed);
        for (o, y) in (0..shape.outputs).flat_map(|o| (0..shape.out_height()).map(move |y| (o, y))) {
            last.put_gradient(o, y, row, data);
        }
        for l in (1..self.layers.len()).rev() {
            self.backward_layer(numerics, l, work);
            let (before, shape) = (self.layers[l - 1], self.layers[l].shape);
            let (data, rest) = work.split_at_mut(self.line);
            let (line, inner) = rest.split_at_mut(self.inner - self.line);
            let line = &mut line[..shape.width];
            for (c, planes) in inner.chunks_exact(shape.phases() * shape.plane()).take(shape.inputs).enumerate() {
                for y in 0..shape.height {
                    gather_row(&shape, y, planes, line);
                    before.put_gradient(c, y, line, data);
                }
            }
        }
        let Some(gradient) = gradient else { return };
        self.backward_layer(numerics, 0, work);
        let shape = self.layers[0].shape;
        let channels = gradient.chunks_exact_mut(shape.height * shape.width);
        for (channel, planes) in channels.zip(work[self.inner..].chunks_exact(shape.phases() * shape.plane())) {
            for (y, row) in channel.chunks_exact_mut(shape.width).enumerate() {
                gather_row(&shape, y, planes, row);
                for v in row {
                    *v *= scale;
                }
            }
        }
    }

    /// The input gradient of a layer, as planes.
    fn backward_layer(&mut self, numerics: Numerics, l: usize, work: &mut [f32]) {
        let Layer { shape, weights, biases, gradient, .. } = self.layers[l];
        let (data, rest) = work.split_at_mut(self.inner);
        let dz = &data[gradient..gradient + shape.outputs * shape.gradient()];
        let weights = &self.params[weights..biases];
        backward_input(numerics, &shape, dz, weights, rest, &mut self.taps, &mut self.at);
    }

    /// After `backward`: the gradient of all parameters, added to `sum` by way of `sample`.
    pub fn add_parameter_gradient(
        &mut self,
        Numerics { isa, fused }: Numerics,
        work: &mut [f32],
        sample: &mut [f32],
        sum: &mut [f32],
    ) {
        let (data, turned) = work.split_at_mut(self.turned);
        for layer in &self.layers {
            let shape = layer.shape;
            let dz = &data[layer.gradient..];
            let turned = &mut turned[..shape.places() * padded_outputs(&shape) + 3 * MAX_LANES];
            transpose(&shape, dz, [shape.margin(), shape.gradient(), shape.cols()], turned);
            let dw = &mut sample[layer.weights..layer.biases + shape.outputs];
            weight_gradient(isa, fused, &shape, &data[layer.planes..], turned, &mut self.offsets, dw);
        }
        for (sum, &v) in sum.iter_mut().zip(&*sample) {
            *sum += v;
        }
    }
}

impl Layer {
    /// A row of derivatives of channel o, times a', to where the gradient of the outputs lies.
    fn put_gradient(&self, o: usize, y: usize, row: &[f32], work: &mut [f32]) {
        let shape = &self.shape;
        let at = self.flat + o * shape.flat() + y * shape.cols();
        let to = self.gradient + o * shape.gradient() + shape.margin() + y * shape.cols();
        let (slopes, gradients) = work.split_at_mut(self.gradient);
        let slopes = &slopes[at..at + row.len()];
        let gradients = &mut gradients[to - self.gradient..][..row.len()];
        for ((to, &da), &slope) in gradients.iter_mut().zip(row).zip(slopes) {
            *to = da * slope;
        }
    }
}

/// The workspace: the harness's when it is large enough. Paddings are zeros, and stay so over many samples.
pub fn workspace<'w>(size: usize, given: &'w mut [f32], own: &'w mut Vec<f32>) -> Result<&'w mut [f32], i32> {
    if given.len() >= size {
        let work = &mut given[..size];
        work.fill(0.0);
        return Ok(work);
    }
    *own = filled(size, 0.0)?;
    Ok(own)
}
