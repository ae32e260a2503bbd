//! Golden 9, plain references of every layer kind on odd sizes, finite differences, and the same bits where promised.

use super::*;
use crate::conv_layer::{conv_backward_input, conv_backward_weight, conv_forward};
use crate::conv_shape::Shape;

const SPAN: Span = Span { begin: 0, end: 1 };

fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + salt * 131) % 1013) as f32 / 506.0 - 1.0).collect()
}

fn layer_shapes() -> Vec<Shape> {
    let mut all = vec![];
    for (kernel, stride, pad) in
        [(1, 1, 0), (3, 1, 1), (4, 2, 1), (3, 1, 0), (3, 2, 1), (4, 1, 1), (1, 2, 0), (4, 2, 0), (1, 1, 1), (3, 2, 0)]
    {
        for (height, width) in [(4, 5), (7, 9), (8, 8), (13, 20), (16, 33)] {
            for (inputs, outputs) in [(1, 5), (3, 8), (5, 1), (2, 26)] {
                all.push(Shape { inputs, outputs, kernel, stride, pad, height, width });
            }
        }
    }
    all
}

/// Calls `each(input index, output index, weight index)` for every product of a sample, in the order of the table.
fn products(shape: &Shape, mut each: impl FnMut(usize, usize, usize)) {
    let Shape { inputs, kernel, stride, pad, height, width, .. } = *shape;
    for o in 0..shape.outputs {
        for oy in 0..shape.out_height() {
            for ox in 0..shape.out_width() {
                for c in 0..inputs {
                    for (ky, kx) in (0..kernel).flat_map(|ky| (0..kernel).map(move |kx| (ky, kx))) {
                        let (y, x) = (oy * stride + ky, ox * stride + kx);
                        if y < pad || x < pad || y - pad >= height || x - pad >= width {
                            continue;
                        }
                        let input = (c * height + y - pad) * width + x - pad;
                        let output = (o * shape.out_height() + oy) * shape.out_width() + ox;
                        each(input, output, ((o * inputs + c) * kernel + ky) * kernel + kx);
                    }
                }
            }
        }
    }
}

type Three = (Vec<f32>, Vec<f32>, Vec<f32>);

/// (z, dx, dw) of two samples.
fn layer(isa: Isa, s: &Shape, numerics: u32) -> Three {
    let (x, weight) = (numbers(2 * s.in_size(), 1), numbers(s.weights(), 2));
    let (bias, dz) = (numbers(s.outputs, 3), numbers(2 * s.out_size(), 4));
    let (mut z, mut dx) = (vec![7.0; 2 * s.out_size()], vec![7.0; 2 * s.in_size()]);
    let mut dw = vec![7.0; 2 * (s.weights() + s.outputs)];
    let [i, o, k, st, p] = [s.inputs, s.outputs, s.kernel, s.stride, s.pad].map(|v| v as u32);
    let (h, w) = (s.height as u32, s.width as u32);
    let mut work = numbers(1 << 18, 5);
    assert_eq!(conv_forward(isa, &x, &weight, &bias, i, o, k, st, p, h, w, numerics, 2, &mut z, &mut work, SPAN), 0);
    let status = conv_backward_input(isa, &dz, &weight, i, o, k, st, p, h, w, numerics, 2, &mut dx, &mut work, SPAN);
    assert_eq!(status, 0);
    // Without the harness's workspace.
    let status = conv_backward_weight(isa, &x, &dz, i, o, k, st, p, h, w, numerics, 2, &mut dw, &mut [], SPAN);
    assert_eq!(status, 0);
    (z, dx, dw)
}

/// The sums of the table, one product after another, in f32 or f64.
fn layer_reference<T>(s: &Shape) -> (Vec<T>, Vec<T>, Vec<T>)
where
    T: Copy + Default + From<f32> + core::ops::Mul<Output = T> + core::ops::AddAssign + core::ops::Add<Output = T>,
{
    let of = |v: Vec<f32>| v.into_iter().map(T::from).collect::<Vec<T>>();
    let (x, weight) = (of(numbers(2 * s.in_size(), 1)), of(numbers(s.weights(), 2)));
    let (bias, dz) = (of(numbers(s.outputs, 3)), of(numbers(2 * s.out_size(), 4)));
    let zeros = |count: usize| vec![T::default(); count];
    let (mut z, mut dx) = (zeros(2 * s.out_size()), zeros(2 * s.in_size()));
    let size = s.weights() + s.outputs;
    let mut dw = zeros(2 * size);
    for n in 0..2 {
        let (i0, o0) = (n * s.in_size(), n * s.out_size());
        products(s, |i, o, k| {
            z[o0 + o] += weight[k] * x[i0 + i];
            dw[n * size + k] += dz[o0 + o] * x[i0 + i];
        });
        // An input's taps ascend when outputs come in descending order of place, so each gets a list of its own.
        let mut terms = vec![vec![]; s.in_size()];
        products(s, |i, o, k| terms[i].push((o / s.places(), k % s.taps(), o, k)));
        for (i, list) in terms.iter_mut().enumerate() {
            list.sort();
            for &mut (_, _, o, k) in list {
                dx[i0 + i] += weight[k] * dz[o0 + o];
            }
        }
        for o in 0..s.out_size() {
            z[o0 + o] += bias[o / s.places()];
            dw[n * size + s.weights() + o / s.places()] += dz[o0 + o];
        }
    }
    (z, dx, dw)
}

fn compare(found: &[f32], expected: &[f64], bound: f64, what: &str) {
    let largest = expected.iter().fold(0.0, |a, &b| if b.abs() > a { b.abs() } else { a });
    for (f, e) in found.iter().zip(expected) {
        assert!((f64::from(*f) - e).abs() <= bound * largest, "{what}: {f} {e}");
    }
}

#[test]
fn layers_of_every_kind() {
    for shape in layer_shapes() {
        let (z, dx, dw) = layer_reference::<f64>(&shape);
        let exact = layer_reference::<f32>(&shape);
        for &isa in Isa::usable() {
            let fast = layer(isa, &shape, 0);
            let what = format!("{} {shape:?}", isa.name());
            compare(&fast.0, &z, 1e-5, &what);
            compare(&fast.1, &dx, 1e-5, &what);
            compare(&fast.2, &dw, 1e-4, &what);
            let found = layer(isa, &shape, 1);
            assert!(found.0 == exact.0, "z {what}");
            assert!(found.1 == exact.1, "dx {what}");
            assert!(found.2 == exact.2, "dw {what}");
        }
    }
}

/// Golden 9: 1 → 4 (4 × 4, stride 2), 4 → 6 (3 × 3), 6 → 1 (1 × 1).
const PLAN: [u32; 15] = [4, 4, 2, 1, 1, 6, 3, 1, 1, 1, 1, 1, 1, 0, 0];

struct Net<'a> {
    plan: &'a [u32],
    params: Vec<f32>,
    shape: [usize; 3],
    places: usize,
    scale: f64,
    offset: f64,
}

impl Net<'_> {
    fn golden() -> Self {
        let params = (0..297).map(|i| (((37 * i + 11) % 101) as f32 - 50.0) / 200.0).collect();
        Net { plan: &PLAN, params, shape: [1, 12, 12], places: 36, scale: 1.0, offset: 0.0 }
    }

    fn energy(&self, isa: Isa, x: &[f32], numerics: u32) -> (Vec<f64>, Vec<f32>, Vec<f32>) {
        let size: usize = self.shape.iter().product();
        let n = x.len() / size;
        let (mut energy, mut local) = (vec![7.0; n], vec![7.0; n * self.places]);
        let mut gradient = vec![7.0; x.len()];
        let [c, h, w] = self.shape.map(|v| v as u32);
        let (layers, weights) = (self.plan.len() as u32 / 5, self.params.len() as u32);
        let mut work = numbers(100_000, 9);
        let (l, g) = (Some(&mut local[..]), Some(&mut gradient[..]));
        let status = conv_energy(
            isa,
            self.plan,
            &self.params,
            layers,
            weights,
            0,
            0,
            numerics,
            x,
            c,
            h,
            w,
            self.scale,
            self.offset,
            n as u32,
            self.places as u32,
            &mut energy,
            l,
            g,
            &mut work,
            SPAN,
        );
        assert_eq!(status, 0);
        (energy, local, gradient)
    }

    fn parameter_gradient(&self, isa: Isa, x: &[f32], coefficients: &[f32], numerics: u32) -> Vec<f32> {
        let n = coefficients.len();
        let weights = self.params.len();
        let mut parts = vec![7.0; n.div_ceil(8) * weights];
        let [c, h, w] = self.shape.map(|v| v as u32);
        let layers = self.plan.len() as u32 / 5;
        let (mut work, mut sample) = (vec![3.0; 100_000], vec![3.0; weights]);
        let status = conv_parameter_gradient(
            isa,
            self.plan,
            &self.params,
            layers,
            weights as u32,
            0,
            0,
            numerics,
            x,
            coefficients,
            c,
            h,
            w,
            self.scale,
            self.offset,
            n as u32,
            &mut parts,
            &mut work,
            &mut sample,
            SPAN,
        );
        assert_eq!(status, 0);
        parts
    }
}

#[test]
fn golden_network() {
    let net = Net::golden();
    let x: Vec<f32> = (0..144).map(|i| ((53 * i + 7) % 97) as f32 / 48.0 - 1.0).collect();
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 2e-6 * (1.0 + expected.abs()), "{found} {expected}");
    };
    for &isa in Isa::usable() {
        for numerics in [0, 1] {
            let (energy, local, g) = net.energy(isa, &x, numerics);
            near(energy[0], -0.5069450475);
            near(f64::from(local[0]), -0.0014835664);
            near(g.iter().map(|&v| f64::from(v)).sum(), 0.0835699847);
            near(g.iter().map(|&v| f64::from(v.abs())).sum(), 1.1871399646);
            near(g.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt(), 0.1245925274);
            near(f64::from(g[0]), 0.0001457918);
            near(f64::from(g[5 * 12 + 7]), -0.0123239251);
            let dp = net.parameter_gradient(isa, &x, &[1.0], numerics);
            near(dp.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>().sqrt(), 38.3864720553);
            near(f64::from(dp[0]), -0.0637546492);
            assert_eq!(dp[296], 36.0);
        }
    }
}

/// Every activation and stride, an odd size, pixels that are mapped.
fn deep() -> (Net<'static>, Vec<f32>) {
    const PLAN: [u32; 20] = [7, 4, 2, 1, 1, 5, 3, 1, 1, 2, 9, 3, 2, 1, 1, 1, 1, 1, 0, 0];
    let count = 7 * 2 * 16 + 7 + 5 * 7 * 9 + 5 + 9 * 5 * 9 + 9 + 9 + 1;
    let params = numbers(count, 6).iter().map(|v| v * 0.4).collect();
    let net = Net { plan: &PLAN, params, shape: [2, 15, 19], places: 4 * 5, scale: 2.0, offset: -1.0 };
    (net, numbers(11 * 2 * 15 * 19, 7).iter().map(|v| v * 0.5 + 0.5).collect())
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let (mut net, x) = deep();
    let isa = Isa::widest();
    let size = 2 * 15 * 19;
    let one = x[..size].to_vec();
    let (_, _, g) = net.energy(isa, &one, 0);
    let h = 1.0 / 64.0;
    let difference = |net: &Net, low: &[f32], high: &[f32]| {
        (net.energy(isa, high, 0).0[0] - net.energy(isa, low, 0).0[0]) / (2.0 * f64::from(h))
    };
    for i in (0..size).step_by(37) {
        let (mut low, mut high) = (one.clone(), one.clone());
        low[i] -= h;
        high[i] += h;
        let found = difference(&net, &low, &high);
        assert!((found - f64::from(g[i])).abs() < 3e-2 * (1.0 + found.abs()), "{i}: {found} {}", g[i]);
    }
    let dp = net.parameter_gradient(isa, &one, &[1.0], 0);
    for i in (0..net.params.len()).step_by(41) {
        let saved = net.params[i];
        net.params[i] = saved + h;
        let high = net.energy(isa, &one, 0).0[0];
        net.params[i] = saved - h;
        let low = net.energy(isa, &one, 0).0[0];
        net.params[i] = saved;
        let found = (high - low) / (2.0 * f64::from(h));
        assert!((found - f64::from(dp[i])).abs() < 3e-2 * (1.0 + found.abs()), "{i}: {found} {}", dp[i]);
    }
}

#[test]
fn exact_networks_have_the_same_bits_everywhere() {
    let (net, x) = deep();
    let coefficients = numbers(11, 8);
    let size = 2 * 15 * 19;
    let (energy, local, gradient) = net.energy(Isa::widest(), &x, 1);
    let parts = net.parameter_gradient(Isa::widest(), &x, &coefficients, 1);
    for &isa in Isa::usable() {
        // A batch is its samples, and groups of eight add up in order.
        for i in 0..11 {
            let (e, l, g) = net.energy(isa, &x[i * size..(i + 1) * size], 1);
            assert_eq!((e[0], &l[..], &g[..]), (energy[i], &local[i * 20..][..20], &gradient[i * size..][..size]));
        }
        let mut sum = vec![0.0f32; 2 * net.params.len()];
        for i in 0..11 {
            let one = net.parameter_gradient(isa, &x[i * size..(i + 1) * size], &coefficients[i..=i], 1);
            for (sum, v) in sum[i / 8 * net.params.len()..].iter_mut().zip(&one) {
                *sum += v;
            }
        }
        assert!(sum == parts, "{}", isa.name());
        compare(&net.energy(isa, &x, 0).2, &gradient.iter().map(|&v| f64::from(v)).collect::<Vec<_>>(), 1e-5, "g");
    }
}
