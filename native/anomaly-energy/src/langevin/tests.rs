//! Golden 7, the equations of the rows, and chains on a network step by step.

use super::*;
use crate::conv::conv_energy;
use crate::random::random_fill;
use common_rs::lanes::{max2, min2};

const INF: f64 = f64::INFINITY;

fn numbers(count: usize, salt: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 7919 + salt * 131) % 1013) as f32 / 506.0 - 1.0).collect()
}

/// Variance of many chains of E = a x² / 2 after enough steps; λ = ε² / 2, σ = ε.
fn stationary_variance(noise_first: bool) -> f64 {
    let (a, epsilon) = (2.0f32, 0.5f64);
    let isa = Isa::widest();
    let (n, size) = (8, 1024);
    let span = Span { begin: 0, end: n };
    let mut x = vec![0.0; n as usize * size];
    let (mut sum, mut count) = (0.0, 0.0);
    for step in 0..70 {
        let update = |x: &mut [f32], g: Option<&[f32]>, noise: f64| {
            let lambda = epsilon * epsilon / 2.0;
            let (n, size) = (n as u32, size as u32);
            assert_eq!(langevin_update(isa, x, g, n, size, 7, 0, step, lambda, noise, 0, 0.0, -INF, INF, span), 0);
        };
        if noise_first {
            update(&mut x, None, epsilon);
        }
        let g: Vec<f32> = x.iter().map(|x| a * x).collect();
        update(&mut x, Some(&g), if noise_first { 0.0 } else { epsilon });
        if step >= 40 {
            sum += x.iter().map(|&v| f64::from(v) * f64::from(v)).sum::<f64>();
            count += x.len() as f64;
        }
    }
    sum / count
}

#[test]
fn golden_stationary_variances() {
    let found = [stationary_variance(false), stationary_variance(true)];
    assert!((found[0] - 0.571429).abs() < 0.006 && (found[1] - 0.321429).abs() < 0.006, "{found:?}");
}

/// The normals of a chain's elements.
fn normals(isa: Isa, seed: u64, chain: u32, step: u32, size: usize) -> Vec<f32> {
    let mut out = vec![0.0; size];
    let span = Span { begin: 0, end: size as u64 };
    assert_eq!(random_fill(isa, 1, seed, chain, step, TAG, 0.0, 1.0, 0, -INF, INF, &mut out, span), 0);
    out
}

#[test]
fn updates_have_the_bits_of_their_equations() {
    let (n, size) = (5, 1037);
    let clamp = |v: f32, lo: f32, hi: f32| min2(max2(v, lo), hi);
    for &isa in Isa::usable() {
        for (clip, with_g, noise) in [(0, true, 0.1), (1, true, 0.1), (2, true, 0.0), (0, false, 0.2)] {
            let (mut x, g) = (numbers(n * size, 1), numbers(n * size, 2));
            let before = x.clone();
            let gradient = with_g.then_some(&g[..]);
            let span = Span { begin: 3, end: 8 };
            // The chain's number wraps.
            let chain0 = u32::MAX - 4;
            let (n32, s32) = (9, size as u32);
            let status = langevin_update(
                isa, &mut x, gradient, n32, s32, 11, chain0, 6, 0.3, noise, clip, 0.125, -0.9, 0.8, span,
            );
            assert_eq!(status, 0);
            for i in 0..n {
                let r = normals(isa, 11, chain0.wrapping_add(3 + i as u32), 6, size);
                for e in 0..size {
                    let k = i * size + e;
                    let d = match clip {
                        0 => 0.3 * g[k],
                        1 => clamp(0.3 * g[k], -0.125, 0.125),
                        _ => 0.3 * clamp(g[k], -0.125, 0.125),
                    };
                    let mut y = if with_g { before[k] - d } else { before[k] };
                    if noise != 0.0 {
                        y += noise as f32 * r[e];
                    }
                    assert_eq!(x[k].to_bits(), if with_g { clamp(y, -0.9, 0.8) } else { y }.to_bits());
                }
            }
        }
    }
}

#[test]
fn a_run_is_its_steps() {
    const PLAN: [u32; 10] = [5, 3, 1, 1, 1, 1, 1, 1, 0, 0];
    let params = numbers(5 * 9 + 5 + 5 + 1, 3);
    let (n, size) = (3, 7 * 9);
    for &isa in Isa::usable() {
        for (noise_first, numerics) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let start = numbers(n * size, 4);
            let mut x = start.clone();
            for begin in 0..n {
                let span = Span { begin: begin as u64, end: begin as u64 + 1 };
                let part = &mut x[begin * size..(begin + 1) * size];
                let (mut work, mut gradient) = (vec![5.0; 10_000], vec![5.0; size]);
                let status = langevin_run(
                    isa,
                    &PLAN,
                    &params,
                    2,
                    56,
                    0,
                    0,
                    numerics,
                    part,
                    1,
                    7,
                    9,
                    2.0,
                    -1.0,
                    3,
                    5,
                    100,
                    40,
                    0.2,
                    0.05,
                    1,
                    0.1,
                    0.0,
                    1.0,
                    4,
                    noise_first,
                    &mut work,
                    &mut gradient,
                    span,
                );
                assert_eq!(status, 0);
            }
            let mut expected = start;
            let all = Span { begin: 0, end: n as u64 };
            for step in 40..44 {
                let update = |x: &mut [f32], g: Option<&[f32]>, noise: f64| {
                    let status = langevin_update(isa, x, g, 3, 63, 5, 100, step, 0.2, noise, 1, 0.1, 0.0, 1.0, all);
                    assert_eq!(status, 0);
                };
                if noise_first == 1 {
                    update(&mut expected, None, 0.05);
                }
                let (mut energy, mut g) = (vec![0.0; n], vec![0.0; n * size]);
                let status = conv_energy(
                    isa,
                    &PLAN,
                    &params,
                    2,
                    56,
                    0,
                    0,
                    numerics,
                    &expected,
                    1,
                    7,
                    9,
                    2.0,
                    -1.0,
                    3,
                    63,
                    &mut energy,
                    None,
                    Some(&mut g),
                    &mut [],
                    all,
                );
                assert_eq!(status, 0);
                update(&mut expected, Some(&g), if noise_first == 1 { 0.0 } else { 0.05 });
            }
            assert!(x == expected);
        }
    }
}

#[test]
fn descent_steps() {
    let (x, mut x0, g) = (numbers(101, 1), numbers(101, 2), numbers(101, 3));
    x0[5] = x[5];
    let clamp = |v: f32, lo: f32, hi: f32| min2(max2(v, lo), hi);
    for &isa in Isa::usable() {
        let mut found = x.clone();
        let span = Span { begin: 0, end: 101 };
        assert_eq!(descent_step(isa, &mut found, &x0, &g, 0.5, 0.05, 0.3, -0.5, 0.6, span), 0);
        for i in 0..101 {
            let t = x[i] - x0[i];
            let sign = if t > 0.0 {
                1.0
            } else if t < 0.0 {
                -1.0
            } else {
                0.0
            };
            let expected = clamp(x[i] - clamp(0.5 * (g[i] + 0.05 * sign), -0.3, 0.3), -0.5, 0.6);
            assert_eq!(found[i].to_bits(), expected.to_bits());
        }
    }
}
