//! Goldens of spec and the overlap-add of patches, which the filters replace.

use super::*;

/// A model in f64 and what the rows take of it.
struct Model {
    c: usize,
    p: usize,
    a: Vec<f64>,
    mean: Vec<f64>,
    center: Vec<f32>,
}

impl Model {
    fn new(c: usize, p: usize, a: Vec<f64>, mean: Vec<f64>) -> Self {
        let size = p * p;
        let center = mean.chunks(size).map(|m| (m.iter().sum::<f64>() / size as f64) as f32).collect();
        Self { c, p, a, mean, center }
    }

    fn d(&self) -> usize {
        self.c * self.p * self.p
    }

    /// A times the mean left over after centering.
    fn shifted(&self) -> Vec<f64> {
        let rest: Vec<f64> =
            self.mean.iter().enumerate().map(|(k, m)| m - f64::from(self.center[k / (self.p * self.p)])).collect();
        self.a.chunks(self.d()).map(|row| row.iter().zip(&rest).map(|(a, m)| a * m).sum()).collect()
    }

    /// Kernels and biases of all border classes of an image.
    fn classes(&self, h: usize, w: usize) -> (Vec<f32>, Vec<f32>) {
        let (c, p) = (self.c, self.p);
        let side = 2 * p - 1;
        let places = |length: usize| -> Vec<(usize, usize)> {
            let axis = Axis { length, p };
            (0..axis.classes())
                .map(|class| (0..length).map(|u| axis.place(u)).find(|place| place.class == class).unwrap())
                .map(|place| (place.lo, place.hi))
                .collect()
        };
        let (rows, columns) = (places(h), places(w));
        let shifted = self.shifted();
        let (mut kernels, mut bias) = (vec![], vec![]);
        for &(ylo, yhi) in &rows {
            for &(xlo, xhi) in &columns {
                for to in 0..c {
                    let mut b = 0.0;
                    let mut kernel = vec![0.0; c * side * side];
                    for (ay, ax) in (ylo..=yhi).flat_map(|y| (xlo..=xhi).map(move |x| (y, x))) {
                        let i = (to * p + ay) * p + ax;
                        b -= shifted[i];
                        for j in 0..self.d() {
                            let (from, by, bx) = (j / (p * p), j / p % p, j % p);
                            let at = (from * side + ay + p - 1 - by) * side + ax + p - 1 - bx;
                            kernel[at] += self.a[i * self.d() + j];
                        }
                    }
                    kernels.extend(kernel.iter().map(|&k| k as f32));
                    bias.push(b as f32);
                }
            }
        }
        (kernels, bias)
    }

    /// (gradient, energy per patch) of one image, by overlap-add in f64.
    fn reference(&self, x: &[f64], h: usize, w: usize) -> (Vec<f64>, Vec<f64>) {
        let (p, d) = (self.p, self.d());
        let (mut g, mut energies) = (vec![0.0; x.len()], vec![]);
        for (y0, x0) in (0..=h - p).flat_map(|y| (0..=w - p).map(move |x| (y, x))) {
            let at = |k: usize| ((k / (p * p)) * h + y0 + k / p % p) * w + x0 + k % p;
            let v: Vec<f64> = (0..d).map(|k| x[at(k)] - self.mean[k]).collect();
            let mut energy = 0.0;
            for i in 0..d {
                let av: f64 = (0..d).map(|j| self.a[i * d + j] * v[j]).sum();
                g[at(i)] += av;
                energy += 0.5 * v[i] * av;
            }
            energies.push(energy);
        }
        (g, energies)
    }

    /// The row over a batch in chunks of `chunk` lines: gradient and energy.
    fn gradient(&self, isa: Isa, x: &[f32], [n, h, w]: [usize; 3], chunk: usize) -> (Vec<f32>, Vec<f64>) {
        let (c, p) = (self.c, self.p);
        let (kernels, bias) = self.classes(h, w);
        let rows = n * c * h;
        let (mut g, mut dots) = (vec![f32::NAN; rows * w], vec![f64::NAN; rows]);
        for begin in (0..rows).step_by(chunk) {
            let end = rows.min(begin + chunk);
            let mut scratch = vec![0.0; (chunk + 2 * p) * (w + 16) * c];
            let [n32, c32, h32, w32, p32, rows32] = [n, c, h, w, p, rows].map(|v| v as u32);
            let span = Span { begin: begin as u64, end: end as u64 };
            let (g, dots) = (&mut g[begin * w..end * w], &mut dots[begin..end]);
            let status = patch_gradient(
                isa,
                x,
                &self.center,
                &kernels,
                &bias,
                n32,
                c32,
                h32,
                w32,
                p32,
                rows32,
                g,
                dots,
                &mut scratch,
                span,
            );
            assert_eq!(status, 0);
        }
        (g, dots)
    }

    fn energy(&self, dots: &[f64], [h, w]: [usize; 2]) -> f64 {
        let rest = self.mean.iter().enumerate().map(|(k, m)| m - f64::from(self.center[k / (self.p * self.p)]));
        let constant: f64 = rest.zip(self.shifted()).map(|(m, s)| m * s).sum();
        0.5 * (dots.iter().sum::<f64>() + ((h + 1 - self.p) * (w + 1 - self.p)) as f64 * constant)
    }
}

/// Golden 2 of the specification: one channel.
fn one_channel() -> (Model, Vec<f32>) {
    let a = [2, -1, 0, 0, -1, 3, -1, 0, 0, -1, 4, -1, 0, 0, -1, 2].map(f64::from).to_vec();
    let x = (0..16).map(|i| (i % 5) as f32).collect();
    (Model::new(1, 2, a, vec![1.0, 0.0, 1.0, 2.0]), x)
}

/// Golden 3: two channels, whose filter isn't symmetric.
fn two_channels() -> (Model, Vec<f32>) {
    let b: Vec<f64> =
        (0..64).map(|k| (k / 8, k % 8)).map(|(i, j)| f64::from((7 * i + 3 * j + i * j) % 5 - 2)).collect();
    let a = (0..64)
        .map(|k| (k / 8, k % 8))
        .map(|(i, j)| (0..8).map(|k| b[i * 8 + k] * b[j * 8 + k]).sum::<f64>() + f64::from(u8::from(i == j)))
        .collect();
    let x = (0..24).map(|k| (7 * (5 * (k / 12) + 4 * (k / 4 % 3) + k % 4) % 6) as f32).collect();
    (Model::new(2, 2, a, (0..8).map(|k| f64::from(3 * k % 4)).collect()), x)
}

#[test]
fn golden_gradients_and_energies() {
    let (model, x) = one_channel();
    let expected = [-3, -1, 6, 8, 19, -20, -5, 7, 6, 30, -20, 0, -1, 7, 15, -7].map(|v| v as f32);
    let (g, dots) = model.gradient(Isa::widest(), &x, [1, 4, 4], 32);
    assert_eq!(g, expected);
    assert_eq!(model.energy(&dots, [4, 4]), 169.0);

    let (model, x) = two_channels();
    let expected = [
        [-70, -81, 12, 76, 256, 428, -215, -34, 0, 145, 273, 56],
        [91, -80, -7, 41, 6, 246, 482, -194, 55, 2, 45, 171],
    ];
    let (g, dots) = model.gradient(Isa::widest(), &x, [1, 3, 4], 32);
    for (found, expected) in g.iter().zip(expected.as_flattened()) {
        assert!((found - *expected as f32).abs() < 2e-4, "{found} {expected}");
    }
    assert!((model.energy(&dots, [3, 4]) - 3947.0).abs() < 1e-3);
}

/// Numbers in [-1, 1) without structure.
fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f64 / 8388608.0 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// A symmetric model of c channels with patches of p.
fn random_model(c: usize, p: usize) -> Model {
    let d = c * p * p;
    let b = numbers(d * d, 5);
    let a = (0..d * d).map(|k| b[k] + b[k % d * d + k / d]).collect();
    Model::new(c, p, a, numbers(d, 6))
}

#[test]
fn filters_equal_overlap_add_on_every_size() {
    for (c, p) in [(1, 1), (1, 2), (1, 3), (2, 3), (3, 2), (1, 5)] {
        let model = random_model(c, p);
        for (h, w) in (p..=4 * p).flat_map(|h| [p, p + 1, 2 * p - 1, 3 * p, 4 * p + 3].map(|w| (h, w))) {
            let x: Vec<f32> = numbers(2 * c * h * w, 7).iter().map(|&v| v as f32).collect();
            let (g, dots) = model.gradient(Isa::widest(), &x, [2, h, w], 5);
            let image = c * h * w;
            for i in 0..2 {
                let x: Vec<f64> = x[i * image..(i + 1) * image].iter().map(|&v| f64::from(v)).collect();
                let (expected, energies) = model.reference(&x, h, w);
                let scale = expected.iter().fold(0.0f64, |m, v| if v.abs() > m { v.abs() } else { m });
                for (found, expected) in g[i * image..].iter().zip(&expected) {
                    assert!((f64::from(*found) - expected).abs() <= 5e-6 * scale, "{c} {p} {h}x{w}");
                }
                let energy = energies.iter().sum::<f64>();
                let found = model.energy(&dots[i * c * h..(i + 1) * c * h], [h, w]);
                assert!((found - energy).abs() <= 1e-5 * scale * image as f64, "{c} {p} {h}x{w} {found} {energy}");
            }
        }
    }
}

#[test]
fn same_bits_for_every_instruction_set_and_chunk() {
    for (c, p, h, w) in [(1, 7, 41, 53), (2, 3, 19, 37), (1, 3, 9, 70), (3, 2, 4, 5)] {
        let model = random_model(c, p);
        let x: Vec<f32> = numbers(2 * c * h * w, 8).iter().map(|&v| v as f32).collect();
        let bits = |(g, dots): (Vec<f32>, Vec<f64>)| -> (Vec<u32>, Vec<u64>) {
            (g.iter().map(|v| v.to_bits()).collect(), dots.iter().map(|v| v.to_bits()).collect())
        };
        let expected = bits(model.gradient(Isa::widest(), &x, [2, h, w], 32));
        for &isa in Isa::usable() {
            for chunk in [1, 7, 32, 1000] {
                assert!(bits(model.gradient(isa, &x, [2, h, w], chunk)) == expected, "{} {chunk}", isa.name());
            }
        }
    }
}

#[test]
fn patches_as_rows() {
    let x: Vec<f32> = (0..2 * 2 * 5 * 6).map(|i| i as f32).collect();
    let mut out = vec![0.0; 3 * 2 * 9];
    // Stride 2: 2 x 2 patches an image; patches 3, 4, 5 of 8.
    let span = Span { begin: 1, end: 4 };
    assert_eq!(patch_rows(Isa::widest(), &x, 2, 2, 5, 6, 3, 2, 2, 6, &mut out, span), 0);
    for (k, patch) in (3..6).zip(out.chunks(18)) {
        let (image, y, x0) = (k / 4, k / 2 % 2 * 2, k % 2 * 2);
        for (i, &found) in patch.iter().enumerate() {
            let at = ((image * 2 + i / 9) * 5 + y + i / 3 % 3) * 6 + x0 + i % 3;
            assert_eq!(found, x[at]);
        }
    }
}
