//! Several numbers, or vectors of them, as one [`Real`]: an elementary function is one long chain of operations, and of
//! chains one after another a processor's schedulers hold too few to be busy. Chains side by side keep it busy.

use common_rs::math::{Real, RealBits};
use core::ops::{Add, Div, Mul, Sub};

#[derive(Clone, Copy)]
pub struct Wide<T, const N: usize>(pub [T; N]);

#[derive(Clone, Copy)]
pub struct WideBits<T, const N: usize>([T; N]);

/// Element by element; a closure would be compiled for another instruction set.
macro_rules! each {
    ($a:ident => $first:expr) => {{
        let mut all = [{
            let $a = 0;
            $first
        }; N];
        for $a in 1..N {
            all[$a] = $first;
        }
        all
    }};
}

macro_rules! operators {
    ($($trait:ident $method:ident)*) => {$(
        impl<T: Real, const N: usize> $trait for Wide<T, N> {
            type Output = Self;
            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                Self(each!(i => self.0[i].$method(other.0[i])))
            }
        }
    )*};
}
operators!(Add add Sub sub Mul mul Div div);

impl<T: Real, const N: usize> Real for Wide<T, N> {
    type Bits = WideBits<T::Bits, N>;
    type Mask = [T::Mask; N];

    #[inline(always)]
    fn constant(value: f32) -> Self {
        Self([T::constant(value); N])
    }
    #[inline(always)]
    fn to_bits(self) -> Self::Bits {
        WideBits(each!(i => self.0[i].to_bits()))
    }
    #[inline(always)]
    fn from_bits(bits: Self::Bits) -> Self {
        Self(each!(i => T::from_bits(bits.0[i])))
    }
    #[inline(always)]
    fn less(self, other: Self) -> Self::Mask {
        each!(i => self.0[i].less(other.0[i]))
    }
    #[inline(always)]
    fn less_equal(self, other: Self) -> Self::Mask {
        each!(i => self.0[i].less_equal(other.0[i]))
    }
    #[inline(always)]
    fn select(mask: Self::Mask, yes: Self, no: Self) -> Self {
        Self(each!(i => T::select(mask[i], yes.0[i], no.0[i])))
    }
    #[inline(always)]
    fn select_bit(word: Self::Bits, bit: u32, yes: Self, no: Self) -> Self {
        Self(each!(i => T::select_bit(word.0[i], bit, yes.0[i], no.0[i])))
    }
    #[inline(always)]
    fn canonical(self) -> Self {
        Self(each!(i => self.0[i].canonical()))
    }
    #[inline(always)]
    fn min2(self, other: Self) -> Self {
        Self(each!(i => self.0[i].min2(other.0[i])))
    }
    #[inline(always)]
    fn max2(self, other: Self) -> Self {
        Self(each!(i => self.0[i].max2(other.0[i])))
    }
    #[inline(always)]
    fn beyond(self, limit: f32, value: Self, count: Self::Bits, f: impl Fn(f32) -> (f32, u32)) -> (Self, Self::Bits) {
        let all = each!(i => self.0[i].beyond(limit, value.0[i], count.0[i], &f));
        (Self(each!(i => all[i].0)), WideBits(each!(i => all[i].1)))
    }
}

impl<T: RealBits, const N: usize> RealBits for WideBits<T, N> {
    type Float = Wide<T::Float, N>;

    #[inline(always)]
    fn constant(value: u32) -> Self {
        Self([T::constant(value); N])
    }
    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        Self(each!(i => self.0[i].plus(other.0[i])))
    }
    #[inline(always)]
    fn minus(self, other: Self) -> Self {
        Self(each!(i => self.0[i].minus(other.0[i])))
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self(each!(i => self.0[i].and(other.0[i])))
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self(each!(i => self.0[i].or(other.0[i])))
    }
    #[inline(always)]
    fn xor(self, other: Self) -> Self {
        Self(each!(i => self.0[i].xor(other.0[i])))
    }
    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        Self(each!(i => self.0[i].shl::<K>()))
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        Self(each!(i => self.0[i].shr::<K>()))
    }
    #[inline(always)]
    fn to_float(self) -> Self::Float {
        Wide(each!(i => self.0[i].to_float()))
    }
}
