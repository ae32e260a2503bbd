//! NEON, the floor on arm64: vectors of 4 lanes of 32 bits.
//!
//! Every `unsafe` here calls intrinsics of the set, which every arm64 processor has.
#![allow(clippy::undocumented_unsafe_blocks)]

use super::{Floats, Lanes, Mask, Vector, Words, Words32, Words64};
use core::arch::aarch64::*;

#[derive(Clone, Copy)]
pub struct Neon;
#[derive(Clone, Copy)]
pub struct F32(float32x4_t);
#[derive(Clone, Copy)]
pub struct U32(uint32x4_t);
#[derive(Clone, Copy)]
pub struct M32(uint32x4_t);
#[derive(Clone, Copy)]
pub struct F64(float64x2_t);
#[derive(Clone, Copy)]
pub struct U64(uint64x2_t);
#[derive(Clone, Copy)]
pub struct M64(uint64x2_t);

operators!(F32, Add add vaddq_f32, Sub sub vsubq_f32, Mul mul vmulq_f32, Div div vdivq_f32);
operators!(F64, Add add vaddq_f64, Sub sub vsubq_f64, Mul mul vmulq_f64, Div div vdivq_f64);
operators!(U32, Add add vaddq_u32, Sub sub vsubq_u32, BitAnd bitand vandq_u32, BitOr bitor vorrq_u32, BitXor bitxor veorq_u32);
operators!(U64, Add add vaddq_u64, Sub sub vsubq_u64, BitAnd bitand vandq_u64, BitOr bitor vorrq_u64, BitXor bitxor veorq_u64);
operators!(M32, BitAnd bitand vandq_u32, BitOr bitor vorrq_u32);
operators!(M64, BitAnd bitand vandq_u64, BitOr bitor vorrq_u64);

impl Lanes for Neon {
    const LANES: usize = 4;
    type F32 = F32;
    type U32 = U32;
    type M32 = M32;
    type F64 = F64;
    type U64 = U64;
    type M64 = M64;

    lanes_fn!(widen(v: F32) -> [F64; 2] = [F64(vcvt_f64_f32(vget_low_f32(v.0))), F64(vcvt_high_f64_f32(v.0))]);
    lanes_fn!(narrow(low: F64, high: F64) -> F32 = F32(vcombine_f32(vcvt_f32_f64(low.0), vcvt_f32_f64(high.0))));
    lanes_fn!(widen_words(v: U32) -> [U64; 2] = [U64(vmovl_u32(vget_low_u32(v.0))), U64(vmovl_high_u32(v.0))]);
    #[inline(always)]
    unsafe fn transpose(from: *const f32, pitch: usize, to: *mut f32, to_pitch: usize) {
        unsafe {
            let (a, b) = (vld1q_f32(from), vld1q_f32(from.add(pitch)));
            let (c, d) = (vld1q_f32(from.add(2 * pitch)), vld1q_f32(from.add(3 * pitch)));
            let (ab, ab_odd) = (vreinterpretq_f64_f32(vtrn1q_f32(a, b)), vreinterpretq_f64_f32(vtrn2q_f32(a, b)));
            let (cd, cd_odd) = (vreinterpretq_f64_f32(vtrn1q_f32(c, d)), vreinterpretq_f64_f32(vtrn2q_f32(c, d)));
            vst1q_f32(to, vreinterpretq_f32_f64(vtrn1q_f64(ab, cd)));
            vst1q_f32(to.add(to_pitch), vreinterpretq_f32_f64(vtrn1q_f64(ab_odd, cd_odd)));
            vst1q_f32(to.add(2 * to_pitch), vreinterpretq_f32_f64(vtrn2q_f64(ab, cd)));
            vst1q_f32(to.add(3 * to_pitch), vreinterpretq_f32_f64(vtrn2q_f64(ab_odd, cd_odd)));
        }
    }
}

impl Vector for F32 {
    type Item = f32;
    const LEN: usize = 4;

    lanes_fn!(splat(value: f32) -> Self = Self(vdupq_n_f32(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f32) -> Self {
        unsafe { Self(vld1q_f32(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f32) {
        unsafe { vst1q_f32(p, self.0) }
    }
}

impl Vector for F64 {
    type Item = f64;
    const LEN: usize = 2;

    lanes_fn!(splat(value: f64) -> Self = Self(vdupq_n_f64(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f64) -> Self {
        unsafe { Self(vld1q_f64(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f64) {
        unsafe { vst1q_f64(p, self.0) }
    }
}

impl Vector for U32 {
    type Item = u32;
    const LEN: usize = 4;

    lanes_fn!(splat(value: u32) -> Self = Self(vdupq_n_u32(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const u32) -> Self {
        unsafe { Self(vld1q_u32(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u32) {
        unsafe { vst1q_u32(p, self.0) }
    }
}

impl Vector for U64 {
    type Item = u64;
    const LEN: usize = 2;

    lanes_fn!(splat(value: u64) -> Self = Self(vdupq_n_u64(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const u64) -> Self {
        unsafe { Self(vld1q_u64(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u64) {
        unsafe { vst1q_u64(p, self.0) }
    }
}

impl Mask for M32 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(vbicq_u32(other.0, self.0)));
    #[inline(always)]
    fn bits(self) -> u32 {
        const WEIGHTS: [u32; 4] = [1, 2, 4, 8];
        unsafe { vaddvq_u32(vandq_u32(self.0, vld1q_u32(WEIGHTS.as_ptr()))) }
    }
    lanes_fn!(any(self) -> bool = vmaxvq_u32(self.0) != 0);
}

impl Mask for M64 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(vbicq_u64(other.0, self.0)));
    lanes_fn!(bits(self) -> u32 = (vgetq_lane_u64::<0>(self.0) as u32 & 1) | (vgetq_lane_u64::<1>(self.0) as u32 & 2));
}

impl Floats for F32 {
    type Bits = U32;
    type Mask = M32;

    lanes_fn!(to_bits(self) -> U32 = U32(vreinterpretq_u32_f32(self.0)));
    lanes_fn!(from_bits(bits: U32) -> Self = Self(vreinterpretq_f32_u32(bits.0)));
    lanes_fn!(less(self, other: Self) -> M32 = M32(vcltq_f32(self.0, other.0)));
    lanes_fn!(less_equal(self, other: Self) -> M32 = M32(vcleq_f32(self.0, other.0)));
    lanes_fn!(equal(self, other: Self) -> M32 = M32(vceqq_f32(self.0, other.0)));
    lanes_fn!(is_nan(self) -> M32 = M32(vmvnq_u32(vceqq_f32(self.0, self.0))));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self = Self(vbslq_f32(mask.0, yes.0, no.0)));
    lanes_fn!(sqrt(self) -> Self = Self(vsqrtq_f32(self.0)));
    lanes_fn!(abs(self) -> Self = Self(vabsq_f32(self.0)));
    lanes_fn!(fused(self, b: Self, c: Self) -> Self = Self(vfmaq_f32(c.0, self.0, b.0)));
    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe {
            let pairs = vadd_f32(vget_low_f32(self.0), vget_high_f32(self.0));
            vget_lane_f32::<0>(pairs) + vget_lane_f32::<1>(pairs)
        }
    }
}

impl Words for U32 {
    type Mask = M32;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(vshlq_u32(self.0, vdupq_n_s32(K))) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(vshlq_u32(self.0, vdupq_n_s32(-K))) }
    }
    lanes_fn!(equal(self, other: Self) -> M32 = M32(vceqq_u32(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(vbicq_u32(other.0, self.0)));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self = Self(vbslq_u32(mask.0, yes.0, no.0)));
}

impl Floats for F64 {
    type Bits = U64;
    type Mask = M64;

    lanes_fn!(to_bits(self) -> U64 = U64(vreinterpretq_u64_f64(self.0)));
    lanes_fn!(from_bits(bits: U64) -> Self = Self(vreinterpretq_f64_u64(bits.0)));
    lanes_fn!(less(self, other: Self) -> M64 = M64(vcltq_f64(self.0, other.0)));
    lanes_fn!(less_equal(self, other: Self) -> M64 = M64(vcleq_f64(self.0, other.0)));
    lanes_fn!(equal(self, other: Self) -> M64 = M64(vceqq_f64(self.0, other.0)));
    lanes_fn!(is_nan(self) -> M64 = M64(veorq_u64(vceqq_f64(self.0, self.0), vdupq_n_u64(u64::MAX))));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self = Self(vbslq_f64(mask.0, yes.0, no.0)));
    lanes_fn!(sqrt(self) -> Self = Self(vsqrtq_f64(self.0)));
    lanes_fn!(abs(self) -> Self = Self(vabsq_f64(self.0)));
    lanes_fn!(fused(self, b: Self, c: Self) -> Self = Self(vfmaq_f64(c.0, self.0, b.0)));
    lanes_fn!(sum(self) -> f64 = vgetq_lane_f64::<0>(self.0) + vgetq_lane_f64::<1>(self.0));
}

impl Words for U64 {
    type Mask = M64;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(vshlq_u64(self.0, vdupq_n_s64(K as i64))) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(vshlq_u64(self.0, vdupq_n_s64(-K as i64))) }
    }
    lanes_fn!(equal(self, other: Self) -> M64 = M64(vceqq_u64(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(vbicq_u64(other.0, self.0)));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self = Self(vbslq_u64(mask.0, yes.0, no.0)));
}

impl Words32 for U32 {
    type Floats = F32;

    lanes_fn!(min(self, other: Self) -> Self = Self(vminq_u32(self.0, other.0)));
    lanes_fn!(max(self, other: Self) -> Self = Self(vmaxq_u32(self.0, other.0)));
    lanes_fn!(above(self, other: Self) -> M32 =
        M32(vcgtq_s32(vreinterpretq_s32_u32(self.0), vreinterpretq_s32_u32(other.0))));
    lanes_fn!(mul_low(self, other: Self) -> Self = Self(vmulq_u32(self.0, other.0)));
    lanes_fn!(from_float(v: F32) -> Self = Self(vreinterpretq_u32_s32(vcvtq_s32_f32(v.0))));
    lanes_fn!(to_float(self) -> F32 = F32(vcvtq_f32_s32(vreinterpretq_s32_u32(self.0))));
    #[inline(always)]
    fn repeat4(words: [u32; 4]) -> Self {
        Self::load(&words)
    }
    lanes_fn!(add64(self, other: Self) -> Self =
        Self(vreinterpretq_u32_u64(vaddq_u64(vreinterpretq_u64_u32(self.0), vreinterpretq_u64_u32(other.0)))));
    #[inline(always)]
    fn mul_even(self, other: Self) -> Self {
        unsafe {
            let even = |v: Self| vmovn_u64(vreinterpretq_u64_u32(v.0));
            Self(vreinterpretq_u32_u64(vmull_u32(even(self), even(other))))
        }
    }
    lanes_fn!(odd64(self) -> Self = Self(vreinterpretq_u32_u64(vshrq_n_u64::<32>(vreinterpretq_u64_u32(self.0)))));
    #[inline(always)]
    fn reverse4(self) -> Self {
        unsafe {
            let pairs = vrev64q_u32(self.0);
            Self(vextq_u32::<2>(pairs, pairs))
        }
    }
}

impl Words64 for U64 {
    type Floats = F64;

    lanes_fn!(to_float(self) -> F64 = F64(vcvtq_f64_u64(self.0)));
}
