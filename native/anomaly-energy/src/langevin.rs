//! Steps of sampling chains and of descent maps.

use crate::conv_sums::Numerics;
use crate::network::{Network, workspace};
use crate::random::{Draw, TILE, clamp};
use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Floats, Lanes, Vector};
use common_rs::variants;

/// Purpose of the noise.
const TAG: u32 = 1;

/// How chains move.
#[derive(Clone, Copy)]
struct Motion {
    seed: u64,
    lambda: f32,
    noise: f32,
    /// 0 none, 1 the step, 2 the gradient.
    clip: u32,
    clip_at: f32,
    range: [f32; 2],
}

impl Motion {
    /// What a step takes away from x.
    #[inline(always)]
    fn descent<F: Floats<Item = f32>>(&self, g: F) -> F {
        let lambda = F::splat(self.lambda);
        match self.clip {
            0 => lambda * g,
            1 => clamp(lambda * g, -self.clip_at, self.clip_at),
            _ => lambda * clamp(g, -self.clip_at, self.clip_at),
        }
    }

    /// One step of one chain: the gradient's part when there is a gradient, then the noise, then the clip.
    #[inline(always)]
    fn step<S: Lanes>(&self, x: &mut [f32], g: Option<&[f32]>, chain: u32, step: u32) {
        let draw = Draw { seed: self.seed, chain, step, tag: TAG };
        let mut normals = [0.0; TILE];
        let noisy = self.noise != 0.0;
        for (tile, x) in x.chunks_mut(TILE).enumerate() {
            let first = tile * TILE;
            if noisy {
                draw.normals::<S>(first, &mut normals[..x.len()]);
            }
            for (i, x) in x.chunks_mut(S::LANES).enumerate() {
                let at = i * S::LANES;
                let mut y = S::F32::load_part(x, 0.0);
                if let Some(g) = g {
                    y = y - self.descent(S::F32::load_part(&g[first + at..], 0.0));
                }
                if noisy {
                    y = y + S::F32::splat(self.noise) * S::F32::load_part(&normals[at..], 0.0);
                }
                if g.is_some() {
                    y = clamp(y, self.range[0], self.range[1]);
                }
                y.store_part(x);
            }
        }
    }
}

#[inline(always)]
fn step_on<S: Lanes>(x: &mut [f32], g: Option<&[f32]>, motion: Motion, chain: u32, step: u32) {
    motion.step::<S>(x, g, chain, step);
}

#[inline(always)]
fn update_on<S: Lanes>(x: &mut [f32], g: Option<&[f32]>, size: usize, motion: Motion, chain: u32, step: u32) {
    for (i, x) in x.chunks_exact_mut(size).enumerate() {
        let g = g.map(|g| &g[i * size..(i + 1) * size]);
        motion.step::<S>(x, g, chain.wrapping_add(i as u32), step);
    }
}

/// Steps `from` … of `steps` of a chain whose energy a network gives.
#[derive(Clone, Copy)]
struct Run {
    shape: [usize; 3],
    scale: f32,
    offset: f32,
    chain: u32,
    step: u32,
    steps: u32,
    noise_first: bool,
}

fn run_chains(
    numerics: Numerics,
    plan: &[u32],
    params: &[f32],
    x: &mut [f32],
    motion: Motion,
    run: Run,
    work: &mut [f32],
    gradient: &mut [f32],
) -> Result<(), i32> {
    let mut net = Network::new(plan, params, run.shape)?;
    let mut own = Vec::new();
    let work = workspace(net.size(), work, &mut own)?;
    let mut locals = filled(net.places(), 0.0)?;
    let silent = Motion { noise: 0.0, ..motion };
    let size = run.shape.iter().product();
    let gradient = &mut gradient[..size];
    for (i, x) in x.chunks_exact_mut(size).enumerate() {
        let chain = run.chain.wrapping_add(i as u32);
        for step in (0..run.steps).map(|k| run.step.wrapping_add(k)) {
            if run.noise_first {
                step_by(numerics.isa, x, None, motion, chain, step);
            }
            net.forward(numerics, x, [run.scale, run.offset], work, &mut locals);
            net.backward(numerics, 1.0, run.scale, work, Some(gradient));
            let motion = if run.noise_first { silent } else { motion };
            step_by(numerics.isa, x, Some(gradient), motion, chain, step);
        }
    }
    Ok(())
}

/// x − clamp(α (g + λ sign(x − x0)), ±clip), clipped.
#[derive(Clone, Copy)]
struct Descent {
    alpha: f32,
    lambda: f32,
    clip_at: f32,
    range: [f32; 2],
}

#[inline(always)]
fn descend_on<S: Lanes>(x: &mut [f32], x0: &[f32], g: &[f32], d: Descent) {
    let c = S::F32::splat;
    for ((x, x0), g) in x.chunks_mut(S::LANES).zip(x0.chunks(S::LANES)).zip(g.chunks(S::LANES)) {
        let v = S::F32::load_part(x, 0.0);
        let t = v - S::F32::load_part(x0, 0.0);
        let below = S::F32::select(t.less(c(0.0)), c(-1.0), c(0.0));
        let sign = S::F32::select(c(0.0).less(t), c(1.0), below);
        let step = c(d.alpha) * (S::F32::load_part(g, 0.0) + c(d.lambda) * sign);
        let v = v - clamp(step, -d.clip_at, d.clip_at);
        clamp(v, d.range[0], d.range[1]).store_part(x);
    }
}

variants! {
    to avx2;

    fn update_by(x: &mut [f32], g: Option<&[f32]>, size: usize, motion: Motion, chain: u32, step: u32) = update_on;
    fn step_by(x: &mut [f32], g: Option<&[f32]>, motion: Motion, chain: u32, step: u32) = step_on;
    fn descend_by(x: &mut [f32], x0: &[f32], g: &[f32], d: Descent) = descend_on;
}

/// One step of chains of `size` numbers.
pub fn langevin_update(
    isa: Isa,
    x: &mut [f32],
    g: Option<&[f32]>,
    _n: u32,
    size: u32,
    seed: u64,
    chain0: u32,
    step0: u32,
    lambda: f64,
    noise: f64,
    clip: u32,
    clip_at: f64,
    lo: f64,
    hi: f64,
    span: Span,
) -> i32 {
    let [lambda, noise, clip_at] = [lambda, noise, clip_at].map(|v| v as f32);
    let motion = Motion { seed, lambda, noise, clip, clip_at, range: [lo as f32, hi as f32] };
    update_by(isa, x, g, size as usize, motion, chain0.wrapping_add(span.begin as u32), step0);
    status::OK
}

/// Steps of chains on a network.
pub fn langevin_run(
    isa: Isa,
    plan: &[u32],
    params: &[f32],
    _layers: u32,
    _weights: u32,
    _activations: u32,
    _widest: u32,
    numerics: u32,
    x: &mut [f32],
    c: u32,
    h: u32,
    w: u32,
    scale: f64,
    offset: f64,
    _n: u32,
    seed: u64,
    chain0: u32,
    step0: u32,
    lambda: f64,
    noise: f64,
    clip: u32,
    clip_at: f64,
    lo: f64,
    hi: f64,
    steps: u32,
    noise_first: u32,
    work: &mut [f32],
    gradient: &mut [f32],
    span: Span,
) -> i32 {
    let [lambda, noise, clip_at] = [lambda, noise, clip_at].map(|v| v as f32);
    let motion = Motion { seed, lambda, noise, clip, clip_at, range: [lo as f32, hi as f32] };
    let shape = [c, h, w].map(|v| v as usize);
    let (chain, noise_first) = (chain0.wrapping_add(span.begin as u32), noise_first == 1);
    let run = Run { shape, scale: scale as f32, offset: offset as f32, chain, step: step0, steps, noise_first };
    let numerics = Numerics { isa, fused: numerics == 0 };
    run_chains(numerics, plan, params, x, motion, run, work, gradient).err().unwrap_or(status::OK)
}

/// One step of a descent map.
pub fn descent_step(
    isa: Isa,
    x: &mut [f32],
    x0: &[f32],
    g: &[f32],
    alpha: f64,
    lambda: f64,
    clip_at: f64,
    lo: f64,
    hi: f64,
    _span: Span,
) -> i32 {
    let [alpha, lambda, clip_at] = [alpha, lambda, clip_at].map(|v| v as f32);
    descend_by(isa, x, x0, g, Descent { alpha, lambda, clip_at, range: [lo as f32, hi as f32] });
    status::OK
}

#[cfg(test)]
#[path = "langevin/tests.rs"]
mod tests;
