//! Mean and scatter of every location of an image.

use crate::covariance::{Centered, center, scatter_rows};
use common_rs::Isa;
use common_rs::abi::{Span, filled, status};
use common_rs::lanes::Lanes;
use common_rs::variants;

#[inline(always)]
fn location_cov_on<S: Lanes>(
    v: &[f32],
    [n, c]: [usize; 2],
    count: f64,
    mean: &mut [f64],
    m2: &mut [f64],
    work: &mut [f64],
) -> i32 {
    let Ok(mut means) = filled(c, 0.0) else { return status::OUT_OF_MEMORY };
    let Ok(mut row) = filled(c, 0.0) else { return status::OUT_OF_MEMORY };
    let total = count + n as f64;
    let f = n as f64 / total;
    let g = count * f;
    let locations = v.chunks_exact(n * c).zip(mean.chunks_exact_mut(c)).zip(m2.chunks_exact_mut(c * (c + 1) / 2));
    for ((v, mean), m2) in locations {
        center(v, c, 0, &mut means, work, c);
        let centered = Centered { data: work, pitch: c, rows: n };
        let mut at = 0;
        for i in 0..c {
            scatter_rows::<S, 1>(centered, i, [0, i + 1], &mut row, c);
            let delta = means[i] - mean[i];
            for (j, m2) in m2[at..=at + i].iter_mut().enumerate() {
                let merged = (*m2 + row[j]) + ((means[j] - mean[j]) * delta) * g;
                *m2 = if count == 0.0 { row[j] } else { merged };
            }
            at += i + 1;
        }
        for (mean, &block) in mean.iter_mut().zip(&means) {
            *mean = if count == 0.0 { block } else { *mean + (block - *mean) * f };
        }
    }
    status::OK
}

variants! {
    fn location_by(v: &[f32], size: [usize; 2], count: f64, mean: &mut [f64], m2: &mut [f64], work: &mut [f64]) -> i32 =
        location_cov_on;
}

/// Adds a block of images to the mean and packed scatter of every location.
pub fn location_cov(
    isa: Isa,
    v: &[f32],
    n: u32,
    c: u32,
    _rows: u32,
    count: f64,
    mean: &mut [f64],
    m2: &mut [f64],
    block: &mut [f64],
    _span: Span,
) -> i32 {
    location_by(isa, v, [n as usize, c as usize], count, mean, m2, block)
}
