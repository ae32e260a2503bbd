//! Philox words and what is drawn from them, by index.

use common_rs::Isa;
use common_rs::abi::{Span, status};
use common_rs::lanes::{Floats, Lanes, Vector, Words, Words32};
use common_rs::math::normals;
use common_rs::philox::Sequence;
use common_rs::variants;

/// Elements drawn at a time.
pub const TILE: usize = 1024;

/// Where a chain's numbers come from: element e has word e & 3 of the block with counter (e >>> 2, chain, step, tag).
#[derive(Clone, Copy)]
pub struct Draw {
    pub seed: u64,
    pub chain: u32,
    pub step: u32,
    pub tag: u32,
}

impl Draw {
    /// Words of elements `first` (a multiple of 4), `first` + 1, …, within a chain.
    #[inline(always)]
    pub fn words<S: Lanes>(&self, first: usize, out: &mut [u32]) {
        let sequence = Sequence { seed: self.seed, stream: self.step, tag: self.tag };
        sequence.fill::<S>(u64::from(self.chain) << 32 | (first >> 2) as u64, out);
    }

    /// Normals of the same elements, at most TILE.
    #[inline(always)]
    pub fn normals<S: Lanes>(&self, first: usize, out: &mut [f32]) {
        let mut words = [0; TILE];
        let words = &mut words[..out.len().next_multiple_of(4)];
        self.words::<S>(first, words);
        normals::<S>(words, out);
    }

    /// Numbers in [0, 1) of the same elements.
    #[inline(always)]
    fn uniforms<S: Lanes>(&self, first: usize, out: &mut [f32]) {
        let mut words = [0; TILE];
        self.words::<S>(first, &mut words[..out.len()]);
        for (to, from) in out.chunks_mut(S::LANES).zip(words.chunks_exact(S::LANES)) {
            // (w >> 8) 2^−24
            let unit = S::U32::load(from).shr::<8>().to_float() * S::F32::splat(1.0 / 16_777_216.0);
            unit.store_part(to);
        }
    }
}

/// v = base + scale·r, clipped.
#[derive(Clone, Copy)]
struct Fill {
    normal: bool,
    offset: f32,
    scale: f32,
    add: bool,
    range: [f32; 2],
}

/// min2(max2(v, lo), hi).
#[inline(always)]
pub fn clamp<F: Floats<Item = f32>>(v: F, lo: f32, hi: f32) -> F {
    v.max2(F::splat(lo)).min2(F::splat(hi))
}

#[inline(always)]
fn fill_on<S: Lanes>(draw: Draw, fill: Fill, first: usize, x: &mut [f32]) {
    let mut drawn = [0.0; TILE];
    for (tile, x) in x.chunks_mut(TILE).enumerate() {
        let drawn = &mut drawn[..x.len()];
        if fill.normal {
            draw.normals::<S>(first + tile * TILE, drawn);
        } else {
            draw.uniforms::<S>(first + tile * TILE, drawn);
        }
        for (x, r) in x.chunks_mut(S::LANES).zip(drawn.chunks(S::LANES)) {
            let base = if fill.add { S::F32::load_part(x, 0.0) } else { S::F32::splat(fill.offset) };
            let v = base + S::F32::splat(fill.scale) * S::F32::load_part(r, 0.0);
            clamp(v, fill.range[0], fill.range[1]).store_part(x);
        }
    }
}

#[inline(always)]
fn words_on<S: Lanes>(sequence: Sequence, block: u64, words: &mut [u32]) {
    sequence.fill::<S>(block, words);
}

variants! {
    to avx2;

    fn fill_by(draw: Draw, fill: Fill, first: usize, x: &mut [f32]) = fill_on;
    fn words_by(sequence: Sequence, block: u64, words: &mut [u32]) = words_on;
}

/// Words of consecutive blocks.
pub fn philox(isa: Isa, seed: u64, block: u64, stream: u32, tag: u32, words: &mut [u32]) -> i32 {
    words_by(isa, Sequence { seed, stream, tag }, block, words);
    status::OK
}

/// Random numbers for the elements of the span: uniform or normal, written or added.
pub fn random_fill(
    isa: Isa,
    kind: u32,
    seed: u64,
    chain: u32,
    step: u32,
    tag: u32,
    offset: f64,
    scale: f64,
    add: u32,
    lo: f64,
    hi: f64,
    x: &mut [f32],
    span: Span,
) -> i32 {
    let range = [lo as f32, hi as f32];
    let fill = Fill { normal: kind == 1, offset: offset as f32, scale: scale as f32, add: add == 1, range };
    fill_by(isa, Draw { seed, chain, step, tag }, fill, span.begin as usize, x);
    status::OK
}

#[cfg(test)]
mod tests {
    use super::*;
    use common_rs::lanes::{max2, min2};
    use common_rs::math::normal_pair;
    use common_rs::philox::unit24;

    /// Element e of a chain, by the equations of the row.
    fn element(e: u64, kind: u32) -> f32 {
        let sequence = Sequence { seed: 0x1234_5678_9abc_def0, stream: 9, tag: 3 };
        let word = |e: u64| sequence.block(5 << 32 | e >> 2)[(e & 3) as usize];
        if kind == 0 {
            return unit24(word(e));
        }
        let (cosine, sine) = normal_pair(word(e & !1), word(e | 1));
        if e & 1 == 0 { cosine as f32 } else { sine as f32 }
    }

    #[test]
    fn every_element_by_its_index() {
        for &isa in Isa::usable() {
            for (kind, first, count) in [(0, 0, 1), (1, 0, 1), (0, 16384, 2050), (1, 8, 1031), (1, 16384, 7)] {
                for add in [0, 1] {
                    let mut x: Vec<f32> = (0..count).map(|i| i as f32 * 0.001).collect();
                    let before = x.clone();
                    let span = Span { begin: first, end: first + count };
                    let seed = 0x1234_5678_9abc_def0;
                    assert_eq!(random_fill(isa, kind, seed, 5, 9, 3, 0.25, 1.5, add, -1.0, 2.0, &mut x, span), 0);
                    for (i, (&found, &old)) in x.iter().zip(&before).enumerate() {
                        let r = element(first + i as u64, kind);
                        let v = if add == 1 { old } else { 0.25 } + 1.5 * r;
                        assert_eq!(found.to_bits(), min2(max2(v, -1.0), 2.0).to_bits(), "{} {kind} {i}", isa.name());
                    }
                }
            }
        }
    }

    #[test]
    fn words_of_blocks() {
        for &isa in Isa::usable() {
            let mut words = [7; 77];
            assert_eq!(philox(isa, 3, u64::from(u32::MAX) - 2, 4, 1, &mut words), 0);
            let sequence = Sequence { seed: 3, stream: 4, tag: 1 };
            for (i, &word) in words.iter().enumerate() {
                assert_eq!(word, sequence.block(u64::from(u32::MAX) - 2 + i as u64 / 4)[i % 4]);
            }
        }
    }
}
