//! Vectors of lanes: the one vocabulary that microkernels are written in.
//!
//! A microkernel is a function `fn name<S: Lanes>(…)`, marked `#[inline(always)]` like everything it calls in its
//! loops; [`variants!`](crate::variants) compiles it once per instruction set. Its vectors are `S::F32` and `S::U32`
//! of [`Lanes::LANES`] lanes (4, 8 or 16), `S::F64` and `S::U64` of half as many, and masks of both widths. `+ - * /`
//! and `& | ^` work on them lane by lane; integers wrap. Nothing is contracted: a product and a sum are rounded each,
//! unless tolerance code asks for [`Floats::fused`].
//!
//! Reductions keep 64 bytes of accumulators whatever the instruction set ([`Sum32`], [`Sum64`]).

use core::ops::{Add, BitAnd, BitOr, BitXor, Div, Mul, Sub};

#[macro_use]
mod operators;
mod reduce;
mod variants;

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
#[cfg(target_arch = "x86_64")]
mod sse41;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
#[cfg(target_arch = "aarch64")]
pub use neon::Neon;
pub use reduce::{Sum32, Sum64};
#[cfg(target_arch = "x86_64")]
pub use sse41::Sse41;

/// An instruction set. Its types are for `variants!` alone: what is written here runs only where the processor has
/// been asked, inside of functions compiled for the set.
pub trait Lanes: Copy + Send + Sync + 'static {
    /// Lanes of 32 bits in a vector.
    const LANES: usize;
    /// Lanes of 64 bits in a vector.
    const LANES64: usize = Self::LANES / 2;
    /// Whether [`Floats::fused`] rounds once: where it doesn't, fused code is the same as exact code.
    const FUSES: bool = true;

    type F32: Floats<Item = f32, Bits = Self::U32, Mask = Self::M32>;
    type U32: Words<Item = u32, Mask = Self::M32> + Words32<Floats = Self::F32>;
    type M32: Mask;
    type F64: Floats<Item = f64, Bits = Self::U64, Mask = Self::M64>;
    type U64: Words<Item = u64, Mask = Self::M64> + Words64<Floats = Self::F64>;
    type M64: Mask;

    /// The lower and the upper half of the lanes, exactly.
    fn widen(v: Self::F32) -> [Self::F64; 2];
    /// Rounds two vectors to one of f32.
    fn narrow(low: Self::F64, high: Self::F64) -> Self::F32;
    /// The lower and the upper half of the lanes, filled with zeros.
    fn widen_words(v: Self::U32) -> [Self::U64; 2];

    /// LANES rows of LANES elements, `pitch` elements apart, become columns of rows that are `to_pitch` apart.
    ///
    /// # Safety
    /// The rows are readable at `from` and writable at `to`, at any alignment, and don't overlap.
    unsafe fn transpose(from: *const f32, pitch: usize, to: *mut f32, to_pitch: usize);
}

/// Sets whose words hold two signed halves of 16 bits, with twice the products per instruction that f32 has. arm64 isn't
/// among them: `smlal` makes as many as `fmla`.
#[cfg(target_arch = "x86_64")]
pub trait Halves: Lanes {
    /// The sum of the products of the lower and of the upper halves, per word; wraps where all four are −2^15.
    fn dot(a: Self::U32, b: Self::U32) -> Self::U32;
}

/// What every vector of numbers can.
pub trait Vector: Copy {
    type Item: Copy + Default + PartialOrd;
    const LEN: usize;

    fn splat(value: Self::Item) -> Self;

    /// # Safety
    /// `LEN` elements are readable at `p`, at any alignment.
    unsafe fn load_at(p: *const Self::Item) -> Self;

    /// # Safety
    /// `LEN` elements are writable at `p`, at any alignment.
    unsafe fn store_at(self, p: *mut Self::Item);

    /// The first `LEN` elements; panics when there are fewer.
    #[inline(always)]
    fn load(from: &[Self::Item]) -> Self {
        let from = &from[..Self::LEN];
        // SAFETY: the slice has LEN elements.
        unsafe { Self::load_at(from.as_ptr()) }
    }

    /// Into the first `LEN` elements; panics when there are fewer.
    #[inline(always)]
    fn store(self, to: &mut [Self::Item]) {
        let to = &mut to[..Self::LEN];
        // SAFETY: the slice has LEN elements.
        unsafe { self.store_at(to.as_mut_ptr()) }
    }

    /// The elements there are, then `fill`.
    #[inline(always)]
    fn load_part(from: &[Self::Item], fill: Self::Item) -> Self {
        if from.len() >= Self::LEN { Self::load(from) } else { Self::load(&padded(from, fill)) }
    }

    /// As many lanes as there are elements.
    #[inline(always)]
    fn store_part(self, to: &mut [Self::Item]) {
        if to.len() >= Self::LEN {
            return self.store(to);
        }
        let mut all = [Self::Item::default(); MAX_LANES];
        self.store(&mut all);
        copy_short(&all, to);
    }
}

/// Lanes of the widest vector.
pub const MAX_LANES: usize = 16;

/// Fewer elements than a vector has, and then `fill`. Called, not inlined: vectors are whole but for the last one.
#[inline(never)]
fn padded<T: Copy>(from: &[T], fill: T) -> [T; MAX_LANES] {
    let mut all = [fill; MAX_LANES];
    for (to, &v) in all.iter_mut().zip(from) {
        *to = v;
    }
    all
}

#[inline(never)]
fn copy_short<T: Copy>(from: &[T; MAX_LANES], to: &mut [T]) {
    for (to, &v) in to.iter_mut().zip(from) {
        *to = v;
    }
}

/// The first `count` lanes, zeros in the others.
#[inline(always)]
pub fn first_lanes<S: Lanes>(v: S::F32, count: usize) -> S::F32 {
    const MASKS: [u32; 2 * MAX_LANES] = {
        let mut masks = [0; 2 * MAX_LANES];
        let mut i = 0;
        while i < MAX_LANES {
            masks[i] = u32::MAX;
            i += 1;
        }
        masks
    };
    S::F32::from_bits(v.to_bits() & S::U32::load(&MASKS[MAX_LANES - count.min(MAX_LANES)..]))
}

/// Truth values, one per lane.
pub trait Mask: Copy + BitAnd<Output = Self> + BitOr<Output = Self> {
    /// `!self & other`.
    fn and_not(self, other: Self) -> Self;
    /// Lane i as bit i.
    fn bits(self) -> u32;
    #[inline(always)]
    fn any(self) -> bool {
        self.bits() != 0
    }
}

/// Lanes of f32 or f64.
pub trait Floats: Vector + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    type Bits: Words<Mask = Self::Mask>;
    type Mask: Mask;

    fn to_bits(self) -> Self::Bits;
    fn from_bits(bits: Self::Bits) -> Self;
    /// False for NaN, like `less_equal` and `equal`.
    fn less(self, other: Self) -> Self::Mask;
    fn less_equal(self, other: Self) -> Self::Mask;
    fn equal(self, other: Self) -> Self::Mask;
    fn is_nan(self) -> Self::Mask;
    /// `mask ? yes : no`.
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    fn sqrt(self) -> Self;
    /// The sign cleared.
    fn abs(self) -> Self;
    /// `self * b + c`, rounded once where the instruction set can and twice on sse4.1: for tolerance code only.
    fn fused(self, b: Self, c: Self) -> Self;
    /// Of all lanes, as a halving tree: s[i] + s[i + LEN / 2] first, s[0] + s[1] last.
    fn sum(self) -> Self::Item;

    /// `other < self ? other : self`.
    #[inline(always)]
    fn min2(self, other: Self) -> Self {
        Self::select(other.less(self), other, self)
    }
    /// `other > self ? other : self`.
    #[inline(always)]
    fn max2(self, other: Self) -> Self {
        Self::select(self.less(other), other, self)
    }
}

/// Lanes of u32 or u64. Sums and differences wrap; shifts fill with zeros, by constants below the width.
pub trait Words:
    Vector + Add<Output = Self> + Sub<Output = Self> + BitAnd<Output = Self> + BitOr<Output = Self> + BitXor<Output = Self>
{
    type Mask: Mask;

    fn shl<const K: i32>(self) -> Self;
    fn shr<const K: i32>(self) -> Self;
    fn equal(self, other: Self) -> Self::Mask;
    /// `!self & other`.
    fn and_not(self, other: Self) -> Self;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
}

/// What 32-bit lanes can besides.
pub trait Words32: Words {
    type Floats: Floats;

    /// Of unsigned lanes.
    fn min(self, other: Self) -> Self;
    fn max(self, other: Self) -> Self;
    /// `self > other` of SIGNED lanes.
    fn above(self, other: Self) -> Self::Mask;
    /// Low halves of the products.
    fn mul_low(self, other: Self) -> Self;
    /// Truncates; unspecified outside of int32.
    fn from_float(v: Self::Floats) -> Self;
    /// Of signed lanes.
    fn to_float(self) -> Self::Floats;

    // ---- Philox: 64-bit halves, 128-bit quarters ----

    /// The 4 words in every 128 bits.
    fn repeat4(words: [u32; 4]) -> Self;
    /// Sums of the 64-bit halves.
    fn add64(self, other: Self) -> Self;
    /// Products of the even lanes, as 64-bit halves.
    fn mul_even(self, other: Self) -> Self;
    /// Odd lanes moved to the even ones, zeros in their place.
    fn odd64(self) -> Self;
    /// Lanes of every 128 bits in reverse order.
    fn reverse4(self) -> Self;
}

/// What 64-bit lanes can besides.
pub trait Words64: Words {
    type Floats: Floats;
    /// Of values below 2^52, exactly.
    fn to_float(self) -> Self::Floats;
}

/// `b < a ? b : a`, as every backend has it.
#[inline(always)]
pub fn min2<T: Copy + PartialOrd>(a: T, b: T) -> T {
    if b < a { b } else { a }
}

/// `b > a ? b : a`.
#[inline(always)]
pub fn max2<T: Copy + PartialOrd>(a: T, b: T) -> T {
    if b > a { b } else { a }
}

/// NaN as the one pattern that every backend writes.
#[inline(always)]
pub fn canonical(v: f32) -> f32 {
    if v.is_nan() { f32::from_bits(0x7fc0_0000) } else { v }
}

/// NaN as the one pattern that every backend writes.
#[inline(always)]
pub fn canonical64(v: f64) -> f64 {
    if v.is_nan() { f64::from_bits(0x7ff8_0000_0000_0000) } else { v }
}
