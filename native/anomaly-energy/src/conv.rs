//! Energies of convolutional networks, and their gradients. Single layers have a file of their own.

use crate::conv_sums::Numerics;
use crate::network::{Network, workspace};
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::{Lanes, Sum64, Vector};
use common_rs::{Isa, variants};

/// What the pixels become: f32 numbers in the network.
#[derive(Clone, Copy)]
struct Pixels {
    shape: [usize; 3],
    scale: f32,
    offset: f32,
}

fn energies(
    numerics: Numerics,
    plan: &[u32],
    params: &[f32],
    x: &[f32],
    pixels: Pixels,
    energy: &mut [f64],
    mut local: Option<&mut [f32]>,
    mut gradient: Option<&mut [f32]>,
    work: &mut [f32],
) -> Result<(), i32> {
    let mut net = Network::new(plan, params, pixels.shape)?;
    let mut own = Vec::new();
    let work = workspace(net.size(), work, &mut own)?;
    let mut locals = filled(net.places(), 0.0)?;
    let size = pixels.shape.iter().product();
    for (i, (x, energy)) in x.chunks_exact(size).zip(energy).enumerate() {
        net.forward(numerics, x, [pixels.scale, pixels.offset], work, &mut locals);
        *energy = sum(numerics.isa, &locals);
        if let Some(local) = &mut local {
            local[i * locals.len()..][..locals.len()].copy_from_slice(&locals);
        }
        if let Some(gradient) = &mut gradient {
            let gradient = &mut gradient[i * size..(i + 1) * size];
            net.backward(numerics, 1.0, pixels.scale, work, Some(gradient));
        }
    }
    Ok(())
}

fn parameter_gradients(
    numerics: Numerics,
    plan: &[u32],
    params: &[f32],
    x: &[f32],
    coefficients: &[f32],
    pixels: Pixels,
    parts: &mut [f32],
    work: &mut [f32],
    sample: &mut [f32],
) -> Result<(), i32> {
    let mut net = Network::new(plan, params, pixels.shape)?;
    let mut own = Vec::new();
    let work = workspace(net.size(), work, &mut own)?;
    let mut locals = filled(net.places(), 0.0)?;
    let size: usize = pixels.shape.iter().product();
    let groups = x.chunks(8 * size).zip(coefficients.chunks(8)).zip(parts.chunks_exact_mut(params.len()));
    for ((x, coefficients), part) in groups {
        part.fill(0.0);
        for (x, &coefficient) in x.chunks_exact(size).zip(coefficients) {
            net.forward(numerics, x, [pixels.scale, pixels.offset], work, &mut locals);
            net.backward(numerics, coefficient, pixels.scale, work, None);
            net.add_parameter_gradient(numerics, work, sample, part);
        }
    }
    Ok(())
}

/// The sum in f64.
#[inline(always)]
fn sum_on<S: Lanes>(x: &[f32]) -> f64 {
    let mut sum = Sum64::<S>::default();
    for (k, part) in x.chunks(S::LANES).enumerate() {
        for (half, &v) in S::widen(S::F32::load_part(part, 0.0)).iter().enumerate() {
            sum.add((2 * k + half) % Sum64::<S>::VECTORS, v);
        }
    }
    sum.fold()
}

variants! {
    to avx2;

    fn sum(x: &[f32]) -> f64 = sum_on;
}

/// 0 fast, 1 exact.
pub fn numerics_of(isa: Isa, numerics: u32) -> Numerics {
    Numerics { isa, fused: numerics == 0 }
}

pub fn status_of(result: Result<(), i32>) -> i32 {
    result.err().unwrap_or(status::OK)
}

/// Energies of images, local energies and gradients of the pixels.
pub fn conv_energy(
    isa: Isa,
    plan: &[u32],
    params: &[f32],
    _layers: u32,
    _weights: u32,
    _activations: u32,
    _widest: u32,
    numerics: u32,
    x: &[f32],
    c: u32,
    h: u32,
    w: u32,
    scale: f64,
    offset: f64,
    _n: u32,
    _places: u32,
    energy: &mut [f64],
    local: Option<&mut [f32]>,
    gradient: Option<&mut [f32]>,
    work: &mut [f32],
    _span: Span,
) -> i32 {
    let pixels = Pixels { shape: [c, h, w].map(|v| v as usize), scale: scale as f32, offset: offset as f32 };
    status_of(energies(numerics_of(isa, numerics), plan, params, x, pixels, energy, local, gradient, work))
}

/// Gradients of the parameters in groups of eight samples.
pub fn conv_parameter_gradient(
    isa: Isa,
    plan: &[u32],
    params: &[f32],
    _layers: u32,
    _weights: u32,
    _activations: u32,
    _widest: u32,
    numerics: u32,
    x: &[f32],
    coefficients: &[f32],
    c: u32,
    h: u32,
    w: u32,
    scale: f64,
    offset: f64,
    _n: u32,
    parts: &mut [f32],
    work: &mut [f32],
    sample: &mut [f32],
    _span: Span,
) -> i32 {
    let pixels = Pixels { shape: [c, h, w].map(|v| v as usize), scale: scale as f32, offset: offset as f32 };
    status_of(parameter_gradients(
        numerics_of(isa, numerics),
        plan,
        params,
        x,
        coefficients,
        pixels,
        parts,
        work,
        sample,
    ))
}

#[cfg(test)]
#[path = "conv/tests.rs"]
mod tests;
