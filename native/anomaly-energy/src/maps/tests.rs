//! Goldens of the maps, and plain references on odd sizes.

use super::*;
use crate::blur::blur;

fn taps(sigma: f64) -> Vec<f32> {
    let r = (4.0 * sigma + 0.5) as usize;
    let weight = |j: usize| common_rs::math::exp64(-((j * j) as f64) / (2.0 * sigma * sigma));
    let sum = (1..=r).map(weight).sum::<f64>() * 2.0 + 1.0;
    (0..=r).map(|j| (weight(j) / sum) as f32).collect()
}

/// In chunks of `chunk` lines.
fn blurred(isa: Isa, x: &[f32], [h, w]: [usize; 2], taps: &[f32], chunk: usize) -> Vec<f32> {
    let rows = x.len() / w;
    let mut out = vec![f32::NAN; x.len()];
    let r = taps.len() - 1;
    for begin in (0..rows).step_by(chunk) {
        let end = rows.min(begin + chunk);
        let mut scratch = vec![7.0; 16 * (w + 2 * r + 16) + 64 * (16 + 2 * r)];
        let span = Span { begin: begin as u64, end: end as u64 };
        let [planes, h, w32, r, rows] = [rows / h, h, w, r, rows].map(|v| v as u32);
        let part = &mut out[begin * w..end * w];
        assert_eq!(blur(isa, x, taps, planes, h, w32, r, rows, part, &mut scratch, span), 0);
    }
    out
}

#[test]
fn golden_blurs() {
    let four = taps(4.0);
    assert_eq!(four.len(), 17);
    assert!((four[0] - 0.0997390995).abs() < 1e-8 && (four[16] - 3.345874e-5).abs() < 1e-10);
    let mut x = vec![0.0; 35];
    (x[1], x[26]) = (1.0, 2.0);
    let out = blurred(Isa::widest(), &x, [5, 7], &taps(1.0), 2);
    for (at, expected) in [(0, 0.1896868274), (17, 0.0292973967), (34, 0.1751876893f32)] {
        assert!((out[at] - expected).abs() < 1e-7, "{}", out[at]);
    }
    let identity: Vec<f32> = (0..256).map(|i| f32::from(u8::from(i / 16 == i % 16))).collect();
    let out = blurred(Isa::widest(), &identity, [16, 16], &four, 16);
    for (at, expected) in [(0, 0.1399639397), (7 * 16 + 8, 0.0720122927), (15, 0.0054388217f32)] {
        assert!((out[at] - expected).abs() < 1e-7, "{}", out[at]);
    }
}

/// The equations of the row, pixel by pixel.
fn blur_reference(x: &[f32], [h, w]: [usize; 2], taps: &[f32]) -> Vec<f32> {
    let mirror = |i: isize, n: usize| {
        let m = i.rem_euclid(2 * n as isize) as usize;
        if m < n { m } else { 2 * n - 1 - m }
    };
    let along = |at: &dyn Fn(isize) -> f32, u: isize| {
        let mut t = taps[0] * at(u);
        for (&tap, j) in taps[1..].iter().zip(1..) {
            t += tap * (at(u - j) + at(u + j));
        }
        t
    };
    let mut out = vec![];
    for plane in x.chunks(h * w) {
        for y in 0..h {
            let down: Vec<f32> = (0..w).map(|u| along(&|v| plane[mirror(v, h) * w + u], y as isize)).collect();
            out.extend((0..w).map(|u| along(&|v| down[mirror(v, w)], u as isize)));
        }
    }
    out
}

#[test]
fn blur_has_the_bits_of_its_equations() {
    for (h, w) in [(1, 1), (3, 2), (9, 5), (33, 70), (5, 300)] {
        let x: Vec<f32> = (0..2 * h * w).map(|i| ((i * 7919) % 1013) as f32 / 100.0).collect();
        for sigma in [0.1, 1.0, 4.0] {
            let taps = taps(sigma);
            let expected = blur_reference(&x, [h, w], &taps);
            for &isa in Isa::usable() {
                for chunk in [32, 7, 100] {
                    assert_eq!(blurred(isa, &x, [h, w], &taps, chunk), expected, "{h}x{w} {sigma}");
                }
            }
        }
    }
}

#[test]
fn golden_resampling() {
    // Half-pixel centers, clamped: as align_corners = false.
    let table = |from: usize, to: usize| -> (Vec<u32>, Vec<f32>) {
        let at = |i: usize| {
            let v = (i as f64 + 0.5) * from as f64 / to as f64 - 0.5;
            if v < 0.0 { 0.0 } else { v }
        };
        let low = |i: usize| (at(i) as usize).min(from - 1);
        let index = (0..to).flat_map(|i| [low(i) as u32, (low(i) + 1).min(from - 1) as u32]).collect();
        (index, (0..to).map(|i| (at(i) - low(i) as f64) as f32).collect())
    };
    let (yi, yw) = table(2, 4);
    let (xi, xw) = table(3, 5);
    let x = [1.0, 2.0, 4.0, 0.0, 3.0, 5.0, 10.0, 20.0, 40.0, 0.0, 30.0, 50.0];
    let one = [1., 1.4, 2., 3.2, 4., 0.75, 1.35, 2.25, 3.45, 4.25, 0.25, 1.25, 2.75, 3.95, 4.75, 0., 1.2, 3., 4.2, 5.];
    let mut out = [0.0; 40];
    for (begin, end) in [(0, 3), (3, 8)] {
        let span = Span { begin: begin as u64, end: end as u64 };
        let part = &mut out[begin * 5..end * 5];
        assert_eq!(resize(Isa::widest(), &x, &yi, &yw, &xi, &xw, 2, 2, 3, 4, 5, 8, part, span), 0);
    }
    for (i, found) in out.iter().enumerate() {
        let expected = one[i % 20] * if i < 20 { 1.0 } else { 10.0f32 };
        assert!((found - expected).abs() < 1e-5 * (1.0 + expected), "{i}: {found} {expected}");
    }
}

#[test]
fn channels_and_lines() {
    let (c, plane) = (3, 37);
    let g: Vec<f32> = (0..2 * c * plane).map(|i| ((i * 7919) % 1013) as f32 / 100.0 - 5.0).collect();
    for &isa in Isa::usable() {
        for how in 0..4 {
            let mut out = vec![7.0; 2 * plane];
            let span = Span { begin: 0, end: 2 };
            assert_eq!(reduce_channels(isa, &g, 2, c as u32, plane as u32, how, &mut out, span), 0);
            for (i, found) in out.iter().enumerate() {
                let mut s = 0.0f32;
                for ch in 0..c {
                    let v = g[(i / plane * c + ch) * plane + i % plane];
                    s = match how {
                        0 => s + v.abs(),
                        2 => max2(s, v.abs()),
                        _ => s + v * v,
                    };
                }
                assert_eq!(*found, if how == 1 { s.sqrt() } else { s });
            }
        }
        let mut out = vec![7.0; 6 * 3];
        assert_eq!(abs_reduce(isa, &g, 37, 6, &mut out, Span { begin: 0, end: 6 }), 0);
        for (line, found) in g.chunks(37).zip(out.chunks(3)) {
            let (mut sums, mut squares, mut largest) = ([0.0f64; 8], [0.0f64; 8], 0.0f32);
            for (i, &v) in line.iter().enumerate() {
                sums[i % 8] += f64::from(v.abs());
                squares[i % 8] += f64::from(v) * f64::from(v);
                largest = max2(largest, v.abs());
            }
            let fold = |s: [f64; 8]| ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]));
            assert_eq!(found, [fold(sums), fold(squares), f64::from(largest)]);
        }
    }
}

#[test]
fn colors() {
    let palette: Vec<u8> = (0..1024).map(|i| (i / 4 + i % 4) as u8).collect();
    let x = [-1.0, 0.0, 0.999, 1.0, 127.5, 254.9, 255.0, 1e9, f32::NAN, f32::INFINITY, f32::NEG_INFINITY];
    let mut out = vec![7; x.len() * 4];
    assert_eq!(rgba(Isa::widest(), &x, -0.5, 2.0, &palette, &mut out, Span { begin: 0, end: 11 }), 0);
    let first: Vec<u8> = out.iter().step_by(4).copied().collect();
    assert_eq!(first, [0, 1, 2, 3, 255, 255, 255, 255, 0, 255, 0]);
    assert_eq!(out[4..8], [1, 2, 3, 4]);
}
