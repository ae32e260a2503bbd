//! SSE4.2, the floor on x86-64: vectors of 4 lanes of 32 bits.
//!
//! Every `unsafe` here calls intrinsics of the set, which whoever names its type has asked the processor for.
#![allow(clippy::undocumented_unsafe_blocks)]

use super::{Floats, Halves, Lanes, Mask, Vector, Words, Words32, Words64};
use core::arch::x86_64::*;

#[derive(Clone, Copy)]
pub struct Sse41;
#[derive(Clone, Copy)]
pub struct F32(__m128);
#[derive(Clone, Copy)]
pub struct U32(__m128i);
#[derive(Clone, Copy)]
pub struct M32(__m128i);
#[derive(Clone, Copy)]
pub struct F64(__m128d);
#[derive(Clone, Copy)]
pub struct U64(__m128i);
#[derive(Clone, Copy)]
pub struct M64(__m128i);

operators!(F32, Add add _mm_add_ps, Sub sub _mm_sub_ps, Mul mul _mm_mul_ps, Div div _mm_div_ps);
operators!(F64, Add add _mm_add_pd, Sub sub _mm_sub_pd, Mul mul _mm_mul_pd, Div div _mm_div_pd);
operators!(U32, Add add _mm_add_epi32, Sub sub _mm_sub_epi32);
operators!(U32, BitAnd bitand _mm_and_si128, BitOr bitor _mm_or_si128, BitXor bitxor _mm_xor_si128);
operators!(U64, Add add _mm_add_epi64, Sub sub _mm_sub_epi64);
operators!(U64, BitAnd bitand _mm_and_si128, BitOr bitor _mm_or_si128, BitXor bitxor _mm_xor_si128);
operators!(M32, BitAnd bitand _mm_and_si128, BitOr bitor _mm_or_si128);
operators!(M64, BitAnd bitand _mm_and_si128, BitOr bitor _mm_or_si128);

impl Lanes for Sse41 {
    const LANES: usize = 4;
    const FUSES: bool = false;
    type F32 = F32;
    type U32 = U32;
    type M32 = M32;
    type F64 = F64;
    type U64 = U64;
    type M64 = M64;

    lanes_fn!(widen(v: F32) -> [F64; 2] = [F64(_mm_cvtps_pd(v.0)), F64(_mm_cvtps_pd(_mm_movehl_ps(v.0, v.0)))]);
    lanes_fn!(narrow(low: F64, high: F64) -> F32 = F32(_mm_movelh_ps(_mm_cvtpd_ps(low.0), _mm_cvtpd_ps(high.0))));
    lanes_fn!(widen_words(v: U32) -> [U64; 2] =
        [U64(_mm_cvtepu32_epi64(v.0)), U64(_mm_unpackhi_epi32(v.0, _mm_setzero_si128()))]);
    #[inline(always)]
    unsafe fn transpose(from: *const f32, pitch: usize, to: *mut f32, to_pitch: usize) {
        unsafe {
            let (a, b) = (_mm_loadu_ps(from), _mm_loadu_ps(from.add(pitch)));
            let (c, d) = (_mm_loadu_ps(from.add(2 * pitch)), _mm_loadu_ps(from.add(3 * pitch)));
            let (ab, ab_high) = (_mm_unpacklo_ps(a, b), _mm_unpackhi_ps(a, b));
            let (cd, cd_high) = (_mm_unpacklo_ps(c, d), _mm_unpackhi_ps(c, d));
            _mm_storeu_ps(to, _mm_movelh_ps(ab, cd));
            _mm_storeu_ps(to.add(to_pitch), _mm_movehl_ps(cd, ab));
            _mm_storeu_ps(to.add(2 * to_pitch), _mm_movelh_ps(ab_high, cd_high));
            _mm_storeu_ps(to.add(3 * to_pitch), _mm_movehl_ps(cd_high, ab_high));
        }
    }
}

impl Halves for Sse41 {
    lanes_fn!(dot(a: U32, b: U32) -> U32 = U32(_mm_madd_epi16(a.0, b.0)));
}

impl Vector for F32 {
    type Item = f32;
    const LEN: usize = 4;

    lanes_fn!(splat(value: f32) -> Self = Self(_mm_set1_ps(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f32) -> Self {
        unsafe { Self(_mm_loadu_ps(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f32) {
        unsafe { _mm_storeu_ps(p, self.0) }
    }
}

impl Vector for F64 {
    type Item = f64;
    const LEN: usize = 2;

    lanes_fn!(splat(value: f64) -> Self = Self(_mm_set1_pd(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f64) -> Self {
        unsafe { Self(_mm_loadu_pd(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f64) {
        unsafe { _mm_storeu_pd(p, self.0) }
    }
}

impl Vector for U32 {
    type Item = u32;
    const LEN: usize = 4;

    lanes_fn!(splat(value: u32) -> Self = Self(_mm_set1_epi32(value.cast_signed())));
    #[inline(always)]
    unsafe fn load_at(p: *const u32) -> Self {
        unsafe { Self(_mm_loadu_si128(p.cast())) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u32) {
        unsafe { _mm_storeu_si128(p.cast(), self.0) }
    }
}

impl Vector for U64 {
    type Item = u64;
    const LEN: usize = 2;

    lanes_fn!(splat(value: u64) -> Self = Self(_mm_set1_epi64x(value.cast_signed())));
    #[inline(always)]
    unsafe fn load_at(p: *const u64) -> Self {
        unsafe { Self(_mm_loadu_si128(p.cast())) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u64) {
        unsafe { _mm_storeu_si128(p.cast(), self.0) }
    }
}

impl Mask for M32 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm_andnot_si128(self.0, other.0)));
    lanes_fn!(bits(self) -> u32 = _mm_movemask_ps(_mm_castsi128_ps(self.0)).cast_unsigned());
}

impl Mask for M64 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm_andnot_si128(self.0, other.0)));
    lanes_fn!(bits(self) -> u32 = _mm_movemask_pd(_mm_castsi128_pd(self.0)).cast_unsigned());
}

impl Floats for F32 {
    type Bits = U32;
    type Mask = M32;

    lanes_fn!(to_bits(self) -> U32 = U32(_mm_castps_si128(self.0)));
    lanes_fn!(from_bits(bits: U32) -> Self = Self(_mm_castsi128_ps(bits.0)));
    lanes_fn!(less(self, other: Self) -> M32 = M32(_mm_castps_si128(_mm_cmplt_ps(self.0, other.0))));
    lanes_fn!(less_equal(self, other: Self) -> M32 = M32(_mm_castps_si128(_mm_cmple_ps(self.0, other.0))));
    lanes_fn!(equal(self, other: Self) -> M32 = M32(_mm_castps_si128(_mm_cmpeq_ps(self.0, other.0))));
    lanes_fn!(is_nan(self) -> M32 = M32(_mm_castps_si128(_mm_cmpunord_ps(self.0, self.0))));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self =
        Self(_mm_blendv_ps(no.0, yes.0, _mm_castsi128_ps(mask.0))));
    lanes_fn!(sqrt(self) -> Self = Self(_mm_sqrt_ps(self.0)));
    lanes_fn!(abs(self) -> Self = Self(_mm_andnot_ps(_mm_set1_ps(-0.0), self.0)));
    #[inline(always)]
    fn fused(self, b: Self, c: Self) -> Self {
        self * b + c
    }
    // The instructions return their second operand for equal ones and NaN.
    lanes_fn!(min2(self, other: Self) -> Self = Self(_mm_min_ps(other.0, self.0)));
    lanes_fn!(max2(self, other: Self) -> Self = Self(_mm_max_ps(other.0, self.0)));
    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe {
            let pairs = _mm_add_ps(self.0, _mm_movehl_ps(self.0, self.0));
            _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps::<1>(pairs, pairs)))
        }
    }
}

impl Floats for F64 {
    type Bits = U64;
    type Mask = M64;

    lanes_fn!(to_bits(self) -> U64 = U64(_mm_castpd_si128(self.0)));
    lanes_fn!(from_bits(bits: U64) -> Self = Self(_mm_castsi128_pd(bits.0)));
    lanes_fn!(less(self, other: Self) -> M64 = M64(_mm_castpd_si128(_mm_cmplt_pd(self.0, other.0))));
    lanes_fn!(less_equal(self, other: Self) -> M64 = M64(_mm_castpd_si128(_mm_cmple_pd(self.0, other.0))));
    lanes_fn!(equal(self, other: Self) -> M64 = M64(_mm_castpd_si128(_mm_cmpeq_pd(self.0, other.0))));
    lanes_fn!(is_nan(self) -> M64 = M64(_mm_castpd_si128(_mm_cmpunord_pd(self.0, self.0))));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self =
        Self(_mm_blendv_pd(no.0, yes.0, _mm_castsi128_pd(mask.0))));
    lanes_fn!(sqrt(self) -> Self = Self(_mm_sqrt_pd(self.0)));
    lanes_fn!(abs(self) -> Self = Self(_mm_andnot_pd(_mm_set1_pd(-0.0), self.0)));
    #[inline(always)]
    fn fused(self, b: Self, c: Self) -> Self {
        self * b + c
    }
    // The instructions return their second operand for equal ones and NaN.
    lanes_fn!(min2(self, other: Self) -> Self = Self(_mm_min_pd(other.0, self.0)));
    lanes_fn!(max2(self, other: Self) -> Self = Self(_mm_max_pd(other.0, self.0)));
    lanes_fn!(sum(self) -> f64 = _mm_cvtsd_f64(_mm_add_sd(self.0, _mm_unpackhi_pd(self.0, self.0))));
}

impl Words for U32 {
    type Mask = M32;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(_mm_slli_epi32::<K>(self.0)) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(_mm_srli_epi32::<K>(self.0)) }
    }
    lanes_fn!(equal(self, other: Self) -> M32 = M32(_mm_cmpeq_epi32(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm_andnot_si128(self.0, other.0)));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self = Self(_mm_blendv_epi8(no.0, yes.0, mask.0)));
}

impl Words for U64 {
    type Mask = M64;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(_mm_slli_epi64::<K>(self.0)) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(_mm_srli_epi64::<K>(self.0)) }
    }
    lanes_fn!(equal(self, other: Self) -> M64 = M64(_mm_cmpeq_epi64(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm_andnot_si128(self.0, other.0)));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self = Self(_mm_blendv_epi8(no.0, yes.0, mask.0)));
}

impl Words32 for U32 {
    type Floats = F32;

    lanes_fn!(min(self, other: Self) -> Self = Self(_mm_min_epu32(self.0, other.0)));
    lanes_fn!(max(self, other: Self) -> Self = Self(_mm_max_epu32(self.0, other.0)));
    lanes_fn!(above(self, other: Self) -> M32 = M32(_mm_cmpgt_epi32(self.0, other.0)));
    lanes_fn!(mul_low(self, other: Self) -> Self = Self(_mm_mullo_epi32(self.0, other.0)));
    lanes_fn!(from_float(v: F32) -> Self = Self(_mm_cvttps_epi32(v.0)));
    lanes_fn!(to_float(self) -> F32 = F32(_mm_cvtepi32_ps(self.0)));
    #[inline(always)]
    fn repeat4(words: [u32; 4]) -> Self {
        unsafe {
            let four = _mm_loadu_si128(words.as_ptr().cast());
            Self(four)
        }
    }
    lanes_fn!(add64(self, other: Self) -> Self = Self(_mm_add_epi64(self.0, other.0)));
    lanes_fn!(mul_even(self, other: Self) -> Self = Self(_mm_mul_epu32(self.0, other.0)));
    lanes_fn!(odd64(self) -> Self = Self(_mm_srli_epi64::<32>(self.0)));
    lanes_fn!(reverse4(self) -> Self = Self(_mm_shuffle_epi32::<0x1b>(self.0)));
}

impl Words64 for U64 {
    type Floats = F64;

    // 2^52 + n has n in its low bits.
    #[inline(always)]
    fn to_float(self) -> F64 {
        F64::from_bits(self | U64::splat(0x4330_0000_0000_0000)) - F64::splat(4503599627370496.0)
    }
}
