//! What the elementary functions need of a number or a vector of numbers.

use crate::lanes::{Floats, MAX_LANES, Mask, Vector, Words, Words32};
use core::ops::{Add, Div, Mul, Sub};

/// An f32, or lanes of them: `S::F32` of any instruction set.
pub trait Real: Copy + Add<Output = Self> + Sub<Output = Self> + Mul<Output = Self> + Div<Output = Self> {
    type Bits: RealBits<Float = Self>;
    type Mask: Copy;

    fn constant(value: f32) -> Self;
    fn to_bits(self) -> Self::Bits;
    fn from_bits(bits: Self::Bits) -> Self;
    /// False for NaN, like `less_equal`.
    fn less(self, other: Self) -> Self::Mask;
    fn less_equal(self, other: Self) -> Self::Mask;
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self;
    /// Where a bit of a mask word is set.
    fn select_bit(word: Self::Bits, bit: u32, yes: Self, no: Self) -> Self;
    fn canonical(self) -> Self;
    /// `other < self ? other : self`: NaN stays.
    fn min2(self, other: Self) -> Self;
    /// `other > self ? other : self`: NaN stays.
    fn max2(self, other: Self) -> Self;
    /// Replaces `(value, count)` by `f(self)` where `|self| ≥ limit` or NaN: what only single numbers can.
    fn beyond(self, limit: f32, value: Self, count: Self::Bits, f: impl Fn(f32) -> (f32, u32)) -> (Self, Self::Bits);
}

/// The bits of a [`Real`]; sums and differences wrap, shifts fill with zeros.
pub trait RealBits: Copy {
    type Float: Real;

    fn constant(value: u32) -> Self;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn and(self, other: Self) -> Self;
    fn or(self, other: Self) -> Self;
    fn xor(self, other: Self) -> Self;
    fn shl<const K: i32>(self) -> Self;
    fn shr<const K: i32>(self) -> Self;
    /// Of signed integers.
    fn to_float(self) -> Self::Float;
}

impl Real for f32 {
    type Bits = u32;
    type Mask = bool;

    #[inline(always)]
    fn constant(value: f32) -> f32 {
        value
    }
    #[inline(always)]
    fn to_bits(self) -> u32 {
        f32::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: u32) -> f32 {
        f32::from_bits(bits)
    }
    #[inline(always)]
    fn less(self, other: f32) -> bool {
        self < other
    }
    #[inline(always)]
    fn less_equal(self, other: f32) -> bool {
        self <= other
    }
    #[inline(always)]
    fn select(mask: bool, yes: f32, no: f32) -> f32 {
        if mask { yes } else { no }
    }
    #[inline(always)]
    fn select_bit(word: u32, bit: u32, yes: f32, no: f32) -> f32 {
        if word & bit == 0 { no } else { yes }
    }
    #[inline(always)]
    fn canonical(self) -> f32 {
        crate::lanes::canonical(self)
    }
    #[inline(always)]
    fn min2(self, other: f32) -> f32 {
        crate::lanes::min2(self, other)
    }
    #[inline(always)]
    fn max2(self, other: f32) -> f32 {
        crate::lanes::max2(self, other)
    }
    #[inline(always)]
    fn beyond(self, limit: f32, value: f32, count: u32, f: impl Fn(f32) -> (f32, u32)) -> (f32, u32) {
        if -limit < self && self < limit { (value, count) } else { f(self) }
    }
}

impl RealBits for u32 {
    type Float = f32;

    #[inline(always)]
    fn constant(value: u32) -> u32 {
        value
    }
    #[inline(always)]
    fn plus(self, other: u32) -> u32 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn minus(self, other: u32) -> u32 {
        self.wrapping_sub(other)
    }
    #[inline(always)]
    fn and(self, other: u32) -> u32 {
        self & other
    }
    #[inline(always)]
    fn or(self, other: u32) -> u32 {
        self | other
    }
    #[inline(always)]
    fn xor(self, other: u32) -> u32 {
        self ^ other
    }
    #[inline(always)]
    fn shl<const K: i32>(self) -> u32 {
        self << K
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> u32 {
        self >> K
    }
    #[inline(always)]
    fn to_float(self) -> f32 {
        self as i32 as f32
    }
}

impl<F> Real for F
where
    F: Floats<Item = f32>,
    F::Bits: Words<Item = u32, Mask = F::Mask> + Words32<Floats = F>,
{
    type Bits = F::Bits;
    type Mask = F::Mask;

    #[inline(always)]
    fn constant(value: f32) -> F {
        F::splat(value)
    }
    #[inline(always)]
    fn to_bits(self) -> F::Bits {
        Floats::to_bits(self)
    }
    #[inline(always)]
    fn from_bits(bits: F::Bits) -> F {
        <F as Floats>::from_bits(bits)
    }
    #[inline(always)]
    fn less(self, other: F) -> F::Mask {
        Floats::less(self, other)
    }
    #[inline(always)]
    fn less_equal(self, other: F) -> F::Mask {
        Floats::less_equal(self, other)
    }
    #[inline(always)]
    fn select(mask: F::Mask, yes: F, no: F) -> F {
        <F as Floats>::select(mask, yes, no)
    }
    #[inline(always)]
    fn select_bit(word: F::Bits, bit: u32, yes: F, no: F) -> F {
        let clear = (word & F::Bits::splat(bit)).equal(F::Bits::splat(0));
        <F as Floats>::select(clear, no, yes)
    }
    #[inline(always)]
    fn canonical(self) -> F {
        <F as Floats>::select(self.is_nan(), F::splat(f32::from_bits(0x7fc0_0000)), self)
    }
    #[inline(always)]
    fn min2(self, other: F) -> F {
        Floats::min2(self, other)
    }
    #[inline(always)]
    fn max2(self, other: F) -> F {
        Floats::max2(self, other)
    }
    #[inline(always)]
    fn beyond(self, limit: f32, value: F, count: F::Bits, f: impl Fn(f32) -> (f32, u32)) -> (F, F::Bits) {
        let within = (Floats::less(F::splat(-limit), self) & Floats::less(self, F::splat(limit))).bits();
        if within == u32::MAX >> (32 - F::LEN) {
            return (value, count);
        }
        let (mut x, mut values, mut counts) = ([0.0; MAX_LANES], [0.0; MAX_LANES], [0; MAX_LANES]);
        self.store(&mut x);
        value.store(&mut values);
        count.store(&mut counts);
        for i in 0..F::LEN {
            if within >> i & 1 == 0 {
                (values[i], counts[i]) = f(x[i]);
            }
        }
        (F::load(&values), F::Bits::load(&counts))
    }
}

impl<W> RealBits for W
where
    W: Words<Item = u32> + Words32,
    W::Floats: Floats<Item = f32, Bits = W, Mask = <W as Words>::Mask>,
{
    type Float = W::Floats;

    #[inline(always)]
    fn constant(value: u32) -> W {
        W::splat(value)
    }
    #[inline(always)]
    fn plus(self, other: W) -> W {
        self + other
    }
    #[inline(always)]
    fn minus(self, other: W) -> W {
        self - other
    }
    #[inline(always)]
    fn and(self, other: W) -> W {
        self & other
    }
    #[inline(always)]
    fn or(self, other: W) -> W {
        self | other
    }
    #[inline(always)]
    fn xor(self, other: W) -> W {
        self ^ other
    }
    #[inline(always)]
    fn shl<const K: i32>(self) -> W {
        Words::shl::<K>(self)
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> W {
        Words::shr::<K>(self)
    }
    #[inline(always)]
    fn to_float(self) -> W::Floats {
        Words32::to_float(self)
    }
}
