//! From partial gradients to new parameters.

use crate::reports::SumPartsReport;
use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, Sum64, Vector};
use common_rs::variants;

#[inline(always)]
fn sum_parts_on<S: Lanes>(parts: &[f32], weights: usize, first: usize, out: &mut [f32]) -> f64 {
    let mut squares = Sum64::<S>::default();
    for (i, out) in out.chunks_mut(S::LANES).enumerate() {
        let mut sum = S::F32::splat(0.0);
        for part in parts.chunks_exact(weights) {
            sum = sum + S::F32::load_part(&part[first + i * S::LANES..][..out.len()], 0.0);
        }
        sum.store_part(out);
        for (half, &v) in S::widen(sum).iter().enumerate() {
            squares.add((2 * i + half) % Sum64::<S>::VECTORS, v * v);
        }
    }
    squares.fold()
}

/// The numbers of a step.
#[derive(Clone, Copy)]
struct Step {
    scale: f32,
    /// β, and 1 − β.
    beta1: [f32; 2],
    beta2: [f32; 2],
    rate: f32,
    root: f32,
    epsilon: f32,
    decay: [f32; 2],
}

/// New (θ, m, v, ema).
#[inline(always)]
fn step<F: Floats<Item = f32>>(s: Step, [theta, gradient, m, v, ema]: [F; 5]) -> [F; 4] {
    let c = F::splat;
    let g = c(s.scale) * gradient;
    let m = c(s.beta1[0]) * m + c(s.beta1[1]) * g;
    let v = c(s.beta2[0]) * v + (c(s.beta2[1]) * g) * g;
    let theta = theta - (c(s.rate) * m) / (v.sqrt() * c(s.root) + c(s.epsilon));
    [theta, m, v, c(s.decay[0]) * ema + c(s.decay[1]) * theta]
}

#[inline(always)]
fn adam_on<S: Lanes>(theta: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32], ema: &mut [f32], s: Step) {
    let all = theta.chunks_mut(S::LANES).zip(gradient.chunks(S::LANES));
    let all = all.zip(m.chunks_mut(S::LANES)).zip(v.chunks_mut(S::LANES)).zip(ema.chunks_mut(S::LANES));
    for ((((theta, gradient), m), v), ema) in all {
        if theta.len() == S::LANES {
            let now = [&*theta, gradient, m, v, ema];
            let [a, b, c, d] = step(
                s,
                [
                    S::F32::load(now[0]),
                    S::F32::load(now[1]),
                    S::F32::load(now[2]),
                    S::F32::load(now[3]),
                    S::F32::load(now[4]),
                ],
            );
            a.store(theta);
            b.store(m);
            c.store(v);
            d.store(ema);
        } else {
            let part = |x: &[f32]| S::F32::load_part(x, 0.0);
            let [a, b, c, d] = step(s, [part(theta), part(gradient), part(m), part(v), part(ema)]);
            a.store_part(theta);
            b.store_part(m);
            c.store_part(v);
            d.store_part(ema);
        }
    }
}

variants! {
    to avx2;

    fn sum_by(parts: &[f32], weights: usize, first: usize, out: &mut [f32]) -> f64 = sum_parts_on;
    fn adam_by(theta: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32], ema: &mut [f32], s: Step) = adam_on;
}

/// Adds partial gradients in order.
pub fn sum_parts(
    isa: Isa,
    parts: &[f32],
    _groups: u32,
    weights: u32,
    _count: u32,
    out: &mut [f32],
    report: &mut SumPartsReport,
    span: Span,
) -> i32 {
    report.squares += sum_by(isa, parts, weights as usize, span.begin as usize, out);
    status::OK
}

/// Adam and the moving average of the parameters, in one pass.
pub fn adam_ema(
    isa: Isa,
    theta: &mut [f32],
    gradient: &[f32],
    m: &mut [f32],
    v: &mut [f32],
    ema: &mut [f32],
    scale: f64,
    beta1: f64,
    beta2: f64,
    rate: f64,
    root: f64,
    epsilon: f64,
    decay: f64,
    _span: Span,
) -> i32 {
    let both = |b: f64| [b as f32, (1.0 - b) as f32];
    let step = Step {
        scale: scale as f32,
        beta1: both(beta1),
        beta2: both(beta2),
        rate: rate as f32,
        root: root as f32,
        epsilon: epsilon as f32,
        decay: both(decay),
    };
    adam_by(isa, theta, gradient, m, v, ema, step);
    status::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn golden_first_step() {
        let (mut theta, mut m, mut v, mut ema) = ([1.0; 3], [0.0; 3], [0.0; 3], [1.0; 3]);
        let gradient = [0.3, -2.0, 0.0f32];
        // Clipped to norm 0.5: all that matters of a first step is the sign.
        let scale = 0.5 / f64::from(gradient.iter().map(|g| g * g).sum::<f32>()).sqrt();
        let root = 1.0 / (1.0f64 - 0.999).sqrt();
        let span = Span { begin: 0, end: 3 };
        let isa = Isa::widest();
        let (theta, m, v, ema) = (&mut theta, &mut m, &mut v, &mut ema);
        let status = adam_ema(isa, theta, &gradient, m, v, ema, scale, 0.0, 0.999, 3e-4, root, 1e-8, 0.99, span);
        assert_eq!(status, 0);
        for ((found, average), expected) in theta.iter().zip(ema.iter()).zip([0.9997, 1.0003, 1.0f32]) {
            assert!((found - expected).abs() < 1e-6, "{found}");
            assert!((average - (0.99 + 0.01 * expected)).abs() < 1e-6, "{average}");
        }
        assert_eq!((theta[2], m[2], v[2]), (1.0, 0.0, 0.0));
    }

    #[test]
    fn a_vector_is_so_many_numbers() {
        let x = |salt: usize| (0..37).map(|i| ((i * 31 + salt) % 17) as f32 / 8.0).collect::<Vec<f32>>();
        let run = |isa: Isa, from: usize, to: usize| {
            let mut all = [x(1), x(2), x(3), x(4)].map(|x| x[from..to].to_vec());
            let [theta, m, v, ema] = &mut all;
            let span = Span { begin: from as u64, end: to as u64 };
            adam_ema(isa, theta, &x(5)[from..to], m, v, ema, 0.3, 0.9, 0.99, 0.1, 1.5, 1e-3, 0.9, span);
            all
        };
        let whole = run(Isa::widest(), 0, 37);
        for &isa in Isa::usable() {
            for i in 0..37 {
                let one = run(isa, i, i + 1);
                assert!(one.iter().zip(&whole).all(|(one, whole)| one[0].to_bits() == whole[i].to_bits()));
            }
        }
    }

    #[test]
    fn parts_add_up_in_order() {
        let parts: Vec<f32> = (0..3 * 50).map(|i| ((i * 37) % 23) as f32 * 0.1).collect();
        for &isa in Isa::usable() {
            let mut out = [7.0; 33];
            let mut report = SumPartsReport { squares: 0.0 };
            assert_eq!(sum_parts(isa, &parts, 3, 50, 50, &mut out, &mut report, Span { begin: 17, end: 50 }), 0);
            let mut squares = [0.0; 8];
            for (i, found) in out.iter().enumerate() {
                let expected = parts[17 + i] + parts[67 + i] + parts[117 + i];
                assert_eq!(found.to_bits(), expected.to_bits());
                squares[i % 8] += f64::from(expected) * f64::from(expected);
            }
            let [a, b, c, d] = [0, 1, 2, 3].map(|i| squares[i] + squares[i + 4]);
            assert_eq!(report.squares, (a + c) + (b + d));
        }
    }
}
