//! Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011), block by block and in lanes.
//!
//! key = (seed low, seed high); counter = (block low, block high, stream, tag). Word j of a sequence is word j & 3 of
//! block j >> 2. In lanes, one 128-bit quarter of a vector holds one block in natural order, so a round is, per quarter
//! [c0, c1, c2, c3]:
//!   product = [lo(c0 M0), hi(c0 M0), lo(c2 M1), hi(c2 M1)]
//!   next    = reverse(product) ^ [c1, 0, c3, 0] ^ [k0, 0, k1, 0]

use crate::lanes::{Lanes, Vector, Words32};

const M0: u32 = 0xd251_1f53;
const M1: u32 = 0xcd9e_8d57;
const W0: u32 = 0x9e37_79b9;
const W1: u32 = 0xbb67_ae85;

/// What every block of a sequence has in common.
#[derive(Clone, Copy)]
pub struct Sequence {
    pub seed: u64,
    pub stream: u32,
    pub tag: u32,
}

impl Sequence {
    /// The four words of one block.
    pub fn block(&self, index: u64) -> [u32; 4] {
        let mut c = [index as u32, (index >> 32) as u32, self.stream, self.tag];
        let [mut k0, mut k1] = [self.seed as u32, (self.seed >> 32) as u32];
        for _ in 0..10 {
            let p = u64::from(M0) * u64::from(c[0]);
            let q = u64::from(M1) * u64::from(c[2]);
            c = [(q >> 32) as u32 ^ c[1] ^ k0, q as u32, (p >> 32) as u32 ^ c[3] ^ k1, p as u32];
            k0 = k0.wrapping_add(W0);
            k1 = k1.wrapping_add(W1);
        }
        c
    }

    /// Word `e` of the sequence.
    pub fn word(&self, e: u64) -> u32 {
        self.block(e >> 2)[(e & 3) as usize]
    }

    /// The words of blocks `first`, `first + 1`, …; as many as `out` takes.
    #[inline(always)]
    pub fn fill<S: Lanes>(&self, first: u64, out: &mut [u32]) {
        let keys = self.keys::<S>();
        let whole = out.len() / (4 * S::LANES) * (4 * S::LANES);
        let (vectors, rest) = out.split_at_mut(whole);
        let advance = S::U32::repeat4([S::LANES as u32 / 4, 0, 0, 0]);
        let mut counter = self.counters::<S>(first);
        for to in vectors.chunks_exact_mut(4 * S::LANES) {
            // Four vectors at a time hide the multiplier's latency.
            let mut c = [counter; 4];
            for i in 1..4 {
                c[i] = c[i - 1].add64(advance);
            }
            counter = c[3].add64(advance);
            for &key in &keys {
                c = c.map(|v| round::<S>(v, key));
            }
            for (part, v) in to.chunks_exact_mut(S::LANES).zip(c) {
                v.store(part);
            }
        }
        for (index, part) in (first + whole as u64 / 4..).zip(rest.chunks_mut(4)) {
            part.copy_from_slice(&self.block(index)[..part.len()]);
        }
    }

    #[inline(always)]
    fn keys<S: Lanes>(&self) -> [S::U32; 10] {
        let mut key = [self.seed as u32, 0, (self.seed >> 32) as u32, 0];
        [(); 10].map(|()| {
            let now = S::U32::repeat4(key);
            key = [key[0].wrapping_add(W0), 0, key[2].wrapping_add(W1), 0];
            now
        })
    }

    #[inline(always)]
    fn counters<S: Lanes>(&self, first: u64) -> S::U32 {
        let mut words = [0; crate::lanes::MAX_LANES];
        for (index, counter) in (first..).zip(words[..S::LANES].chunks_exact_mut(4)) {
            counter.copy_from_slice(&[index as u32, (index >> 32) as u32, self.stream, self.tag]);
        }
        S::U32::load(&words)
    }
}

#[inline(always)]
fn round<S: Lanes>(v: S::U32, key: S::U32) -> S::U32 {
    v.mul_even(S::U32::repeat4([M0, 0, M1, 0])).reverse4() ^ v.odd64() ^ key
}

/// (w >> 8) 2^-24 in [0, 1).
#[inline(always)]
pub fn unit24(w: u32) -> f32 {
    (w >> 8) as f32 * (1.0 / 16_777_216.0)
}

/// ((w >> 8) + 1) 2^-24 in (0, 1].
#[inline(always)]
pub fn positive24(w: u32) -> f32 {
    ((w >> 8) + 1) as f32 * (1.0 / 16_777_216.0)
}

/// w 2^-32 in [0, 1).
#[inline(always)]
pub fn unit32(w: u32) -> f64 {
    f64::from(w) * (1.0 / 4_294_967_296.0)
}

/// (w + ½) 2^-32 in (0, 1).
#[inline(always)]
pub fn open32(w: u32) -> f64 {
    (f64::from(w) + 0.5) * (1.0 / 4_294_967_296.0)
}

/// An integer in [0, n).
#[inline(always)]
pub fn below(w: u32, n: u32) -> u32 {
    ((u64::from(w) * u64::from(n)) >> 32) as u32
}
