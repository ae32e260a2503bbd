//! AVX-512 F, BW, DQ, VL: vectors of 16 lanes of 32 bits, truth values in mask registers.
//!
//! Every `unsafe` here calls intrinsics of the set, which whoever names its type has asked the processor for.
#![allow(clippy::undocumented_unsafe_blocks)]

use super::{Avx2, Floats, Halves, Lanes, Mask, Vector, Words, Words32, Words64};
use core::arch::x86_64::*;

#[derive(Clone, Copy)]
pub struct Avx512;
#[derive(Clone, Copy)]
pub struct F32(__m512);
#[derive(Clone, Copy)]
pub struct U32(__m512i);
#[derive(Clone, Copy)]
pub struct M32(__mmask16);
#[derive(Clone, Copy)]
pub struct F64(__m512d);
#[derive(Clone, Copy)]
pub struct U64(__m512i);
#[derive(Clone, Copy)]
pub struct M64(__mmask8);

operators!(F32, Add add _mm512_add_ps, Sub sub _mm512_sub_ps, Mul mul _mm512_mul_ps, Div div _mm512_div_ps);
operators!(F64, Add add _mm512_add_pd, Sub sub _mm512_sub_pd, Mul mul _mm512_mul_pd, Div div _mm512_div_pd);
operators!(U32, Add add _mm512_add_epi32, Sub sub _mm512_sub_epi32);
operators!(U32, BitAnd bitand _mm512_and_si512, BitOr bitor _mm512_or_si512, BitXor bitxor _mm512_xor_si512);
operators!(U64, Add add _mm512_add_epi64, Sub sub _mm512_sub_epi64);
operators!(U64, BitAnd bitand _mm512_and_si512, BitOr bitor _mm512_or_si512, BitXor bitxor _mm512_xor_si512);
operators!(M32, BitAnd bitand _kand_mask16, BitOr bitor _kor_mask16);
operators!(M64, BitAnd bitand _kand_mask8, BitOr bitor _kor_mask8);

impl Lanes for Avx512 {
    const LANES: usize = 16;
    type F32 = F32;
    type U32 = U32;
    type M32 = M32;
    type F64 = F64;
    type U64 = U64;
    type M64 = M64;

    #[inline(always)]
    fn widen(v: F32) -> [F64; 2] {
        unsafe {
            [F64(_mm512_cvtps_pd(_mm512_castps512_ps256(v.0))), F64(_mm512_cvtps_pd(_mm512_extractf32x8_ps::<1>(v.0)))]
        }
    }
    lanes_fn!(narrow(low: F64, high: F64) -> F32 =
        F32(_mm512_insertf32x8::<1>(_mm512_castps256_ps512(_mm512_cvtpd_ps(low.0)), _mm512_cvtpd_ps(high.0))));
    #[inline(always)]
    fn widen_words(v: U32) -> [U64; 2] {
        unsafe {
            [
                U64(_mm512_cvtepu32_epi64(_mm512_castsi512_si256(v.0))),
                U64(_mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64::<1>(v.0))),
            ]
        }
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, pitch: usize, to: *mut f32, to_pitch: usize) {
        unsafe {
            for (i, j) in [(0, 0), (0, 8), (8, 0), (8, 8)] {
                Avx2::transpose(from.add(i * pitch + j), pitch, to.add(j * to_pitch + i), to_pitch);
            }
        }
    }
}

impl Halves for Avx512 {
    lanes_fn!(dot(a: U32, b: U32) -> U32 = U32(_mm512_madd_epi16(a.0, b.0)));
}

impl Vector for F32 {
    type Item = f32;
    const LEN: usize = 16;

    lanes_fn!(splat(value: f32) -> Self = Self(_mm512_set1_ps(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f32) -> Self {
        unsafe { Self(_mm512_loadu_ps(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f32) {
        unsafe { _mm512_storeu_ps(p, self.0) }
    }
}

impl Vector for F64 {
    type Item = f64;
    const LEN: usize = 8;

    lanes_fn!(splat(value: f64) -> Self = Self(_mm512_set1_pd(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f64) -> Self {
        unsafe { Self(_mm512_loadu_pd(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f64) {
        unsafe { _mm512_storeu_pd(p, self.0) }
    }
}

impl Vector for U32 {
    type Item = u32;
    const LEN: usize = 16;

    lanes_fn!(splat(value: u32) -> Self = Self(_mm512_set1_epi32(value.cast_signed())));
    #[inline(always)]
    unsafe fn load_at(p: *const u32) -> Self {
        unsafe { Self(_mm512_loadu_si512(p.cast())) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u32) {
        unsafe { _mm512_storeu_si512(p.cast(), self.0) }
    }
}

impl Vector for U64 {
    type Item = u64;
    const LEN: usize = 8;

    lanes_fn!(splat(value: u64) -> Self = Self(_mm512_set1_epi64(value.cast_signed())));
    #[inline(always)]
    unsafe fn load_at(p: *const u64) -> Self {
        unsafe { Self(_mm512_loadu_si512(p.cast())) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u64) {
        unsafe { _mm512_storeu_si512(p.cast(), self.0) }
    }
}

impl Mask for M32 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_kandn_mask16(self.0, other.0)));
    #[inline(always)]
    fn bits(self) -> u32 {
        u32::from(self.0)
    }
}

impl Mask for M64 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_kandn_mask8(self.0, other.0)));
    #[inline(always)]
    fn bits(self) -> u32 {
        u32::from(self.0)
    }
}

impl Floats for F32 {
    type Bits = U32;
    type Mask = M32;

    lanes_fn!(to_bits(self) -> U32 = U32(_mm512_castps_si512(self.0)));
    lanes_fn!(from_bits(bits: U32) -> Self = Self(_mm512_castsi512_ps(bits.0)));
    lanes_fn!(less(self, other: Self) -> M32 = M32(_mm512_cmp_ps_mask::<_CMP_LT_OQ>(self.0, other.0)));
    lanes_fn!(less_equal(self, other: Self) -> M32 = M32(_mm512_cmp_ps_mask::<_CMP_LE_OQ>(self.0, other.0)));
    lanes_fn!(equal(self, other: Self) -> M32 = M32(_mm512_cmp_ps_mask::<_CMP_EQ_OQ>(self.0, other.0)));
    lanes_fn!(is_nan(self) -> M32 = M32(_mm512_cmp_ps_mask::<_CMP_UNORD_Q>(self.0, self.0)));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self = Self(_mm512_mask_blend_ps(mask.0, no.0, yes.0)));
    lanes_fn!(sqrt(self) -> Self = Self(_mm512_sqrt_ps(self.0)));
    lanes_fn!(abs(self) -> Self = Self(_mm512_abs_ps(self.0)));
    lanes_fn!(fused(self, b: Self, c: Self) -> Self = Self(_mm512_fmadd_ps(self.0, b.0, c.0)));
    // The instructions return their second operand for equal ones and NaN.
    lanes_fn!(min2(self, other: Self) -> Self = Self(_mm512_min_ps(other.0, self.0)));
    lanes_fn!(max2(self, other: Self) -> Self = Self(_mm512_max_ps(other.0, self.0)));
    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe {
            let eights = _mm256_add_ps(_mm512_castps512_ps256(self.0), _mm512_extractf32x8_ps::<1>(self.0));
            let fours = _mm_add_ps(_mm256_castps256_ps128(eights), _mm256_extractf128_ps::<1>(eights));
            let pairs = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
            _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps::<1>(pairs, pairs)))
        }
    }
}

impl Floats for F64 {
    type Bits = U64;
    type Mask = M64;

    lanes_fn!(to_bits(self) -> U64 = U64(_mm512_castpd_si512(self.0)));
    lanes_fn!(from_bits(bits: U64) -> Self = Self(_mm512_castsi512_pd(bits.0)));
    lanes_fn!(less(self, other: Self) -> M64 = M64(_mm512_cmp_pd_mask::<_CMP_LT_OQ>(self.0, other.0)));
    lanes_fn!(less_equal(self, other: Self) -> M64 = M64(_mm512_cmp_pd_mask::<_CMP_LE_OQ>(self.0, other.0)));
    lanes_fn!(equal(self, other: Self) -> M64 = M64(_mm512_cmp_pd_mask::<_CMP_EQ_OQ>(self.0, other.0)));
    lanes_fn!(is_nan(self) -> M64 = M64(_mm512_cmp_pd_mask::<_CMP_UNORD_Q>(self.0, self.0)));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self = Self(_mm512_mask_blend_pd(mask.0, no.0, yes.0)));
    lanes_fn!(sqrt(self) -> Self = Self(_mm512_sqrt_pd(self.0)));
    lanes_fn!(abs(self) -> Self = Self(_mm512_abs_pd(self.0)));
    lanes_fn!(fused(self, b: Self, c: Self) -> Self = Self(_mm512_fmadd_pd(self.0, b.0, c.0)));
    // The instructions return their second operand for equal ones and NaN.
    lanes_fn!(min2(self, other: Self) -> Self = Self(_mm512_min_pd(other.0, self.0)));
    lanes_fn!(max2(self, other: Self) -> Self = Self(_mm512_max_pd(other.0, self.0)));
    #[inline(always)]
    fn sum(self) -> f64 {
        unsafe {
            let fours = _mm256_add_pd(_mm512_castpd512_pd256(self.0), _mm512_extractf64x4_pd::<1>(self.0));
            let pairs = _mm_add_pd(_mm256_castpd256_pd128(fours), _mm256_extractf128_pd::<1>(fours));
            _mm_cvtsd_f64(_mm_add_sd(pairs, _mm_unpackhi_pd(pairs, pairs)))
        }
    }
}

impl Words for U32 {
    type Mask = M32;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(_mm512_sll_epi32(self.0, _mm_cvtsi32_si128(K))) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(_mm512_srl_epi32(self.0, _mm_cvtsi32_si128(K))) }
    }
    lanes_fn!(equal(self, other: Self) -> M32 = M32(_mm512_cmpeq_epi32_mask(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm512_andnot_si512(self.0, other.0)));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self = Self(_mm512_mask_blend_epi32(mask.0, no.0, yes.0)));
}

impl Words for U64 {
    type Mask = M64;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(_mm512_sll_epi64(self.0, _mm_cvtsi32_si128(K))) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(_mm512_srl_epi64(self.0, _mm_cvtsi32_si128(K))) }
    }
    lanes_fn!(equal(self, other: Self) -> M64 = M64(_mm512_cmpeq_epi64_mask(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm512_andnot_si512(self.0, other.0)));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self = Self(_mm512_mask_blend_epi64(mask.0, no.0, yes.0)));
}

impl Words32 for U32 {
    type Floats = F32;

    lanes_fn!(min(self, other: Self) -> Self = Self(_mm512_min_epu32(self.0, other.0)));
    lanes_fn!(max(self, other: Self) -> Self = Self(_mm512_max_epu32(self.0, other.0)));
    lanes_fn!(above(self, other: Self) -> M32 = M32(_mm512_cmpgt_epi32_mask(self.0, other.0)));
    lanes_fn!(mul_low(self, other: Self) -> Self = Self(_mm512_mullo_epi32(self.0, other.0)));
    lanes_fn!(from_float(v: F32) -> Self = Self(_mm512_cvttps_epi32(v.0)));
    lanes_fn!(to_float(self) -> F32 = F32(_mm512_cvtepi32_ps(self.0)));
    #[inline(always)]
    fn repeat4(words: [u32; 4]) -> Self {
        unsafe {
            let four = _mm_loadu_si128(words.as_ptr().cast());
            Self(_mm512_broadcast_i32x4(four))
        }
    }
    lanes_fn!(add64(self, other: Self) -> Self = Self(_mm512_add_epi64(self.0, other.0)));
    lanes_fn!(mul_even(self, other: Self) -> Self = Self(_mm512_mul_epu32(self.0, other.0)));
    lanes_fn!(odd64(self) -> Self = Self(_mm512_srli_epi64::<32>(self.0)));
    lanes_fn!(reverse4(self) -> Self = Self(_mm512_shuffle_epi32::<0x1b>(self.0)));
}

impl Words64 for U64 {
    type Floats = F64;

    // 2^52 + n has n in its low bits.
    #[inline(always)]
    fn to_float(self) -> F64 {
        F64::from_bits(self | U64::splat(0x4330_0000_0000_0000)) - F64::splat(4503599627370496.0)
    }
}
