//! AVX2 with FMA and BMI: vectors of 8 lanes of 32 bits.
//!
//! Every `unsafe` here calls intrinsics of the set, which whoever names its type has asked the processor for.
#![allow(clippy::undocumented_unsafe_blocks)]

use super::{Floats, Halves, Lanes, Mask, Vector, Words, Words32, Words64};
use core::arch::x86_64::*;

#[derive(Clone, Copy)]
pub struct Avx2;
#[derive(Clone, Copy)]
pub struct F32(__m256);
#[derive(Clone, Copy)]
pub struct U32(__m256i);
#[derive(Clone, Copy)]
pub struct M32(__m256i);
#[derive(Clone, Copy)]
pub struct F64(__m256d);
#[derive(Clone, Copy)]
pub struct U64(__m256i);
#[derive(Clone, Copy)]
pub struct M64(__m256i);

operators!(F32, Add add _mm256_add_ps, Sub sub _mm256_sub_ps, Mul mul _mm256_mul_ps, Div div _mm256_div_ps);
operators!(F64, Add add _mm256_add_pd, Sub sub _mm256_sub_pd, Mul mul _mm256_mul_pd, Div div _mm256_div_pd);
operators!(U32, Add add _mm256_add_epi32, Sub sub _mm256_sub_epi32);
operators!(U32, BitAnd bitand _mm256_and_si256, BitOr bitor _mm256_or_si256, BitXor bitxor _mm256_xor_si256);
operators!(U64, Add add _mm256_add_epi64, Sub sub _mm256_sub_epi64);
operators!(U64, BitAnd bitand _mm256_and_si256, BitOr bitor _mm256_or_si256, BitXor bitxor _mm256_xor_si256);
operators!(M32, BitAnd bitand _mm256_and_si256, BitOr bitor _mm256_or_si256);
operators!(M64, BitAnd bitand _mm256_and_si256, BitOr bitor _mm256_or_si256);

impl Lanes for Avx2 {
    const LANES: usize = 8;
    type F32 = F32;
    type U32 = U32;
    type M32 = M32;
    type F64 = F64;
    type U64 = U64;
    type M64 = M64;

    #[inline(always)]
    fn widen(v: F32) -> [F64; 2] {
        unsafe {
            [F64(_mm256_cvtps_pd(_mm256_castps256_ps128(v.0))), F64(_mm256_cvtps_pd(_mm256_extractf128_ps::<1>(v.0)))]
        }
    }
    lanes_fn!(narrow(low: F64, high: F64) -> F32 =
        F32(_mm256_set_m128(_mm256_cvtpd_ps(high.0), _mm256_cvtpd_ps(low.0))));
    #[inline(always)]
    fn widen_words(v: U32) -> [U64; 2] {
        unsafe {
            [
                U64(_mm256_cvtepu32_epi64(_mm256_castsi256_si128(v.0))),
                U64(_mm256_cvtepu32_epi64(_mm256_extracti128_si256::<1>(v.0))),
            ]
        }
    }
    #[inline(always)]
    unsafe fn transpose(from: *const f32, pitch: usize, to: *mut f32, to_pitch: usize) {
        unsafe {
            for half in 0..2 {
                // Rows i and i + 4 side by side: what is left to do stays within 128 bits.
                let mut rows = [_mm256_setzero_ps(); 4];
                for i in 0..4 {
                    let row = from.add(i * pitch + 4 * half);
                    let low = _mm256_castps128_ps256(_mm_loadu_ps(row));
                    rows[i] = _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(row.add(4 * pitch)));
                }
                let [a, b, c, d] = rows;
                let (ab, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
                let (cd, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
                let to = to.add(4 * half * to_pitch);
                _mm256_storeu_ps(to, _mm256_shuffle_ps::<0x44>(ab, cd));
                _mm256_storeu_ps(to.add(to_pitch), _mm256_shuffle_ps::<0xee>(ab, cd));
                _mm256_storeu_ps(to.add(2 * to_pitch), _mm256_shuffle_ps::<0x44>(ab_high, cd_high));
                _mm256_storeu_ps(to.add(3 * to_pitch), _mm256_shuffle_ps::<0xee>(ab_high, cd_high));
            }
        }
    }
}

impl Halves for Avx2 {
    lanes_fn!(dot(a: U32, b: U32) -> U32 = U32(_mm256_madd_epi16(a.0, b.0)));
}

impl Vector for F32 {
    type Item = f32;
    const LEN: usize = 8;

    lanes_fn!(splat(value: f32) -> Self = Self(_mm256_set1_ps(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f32) -> Self {
        unsafe { Self(_mm256_loadu_ps(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f32) {
        unsafe { _mm256_storeu_ps(p, self.0) }
    }
}

impl Vector for F64 {
    type Item = f64;
    const LEN: usize = 4;

    lanes_fn!(splat(value: f64) -> Self = Self(_mm256_set1_pd(value)));
    #[inline(always)]
    unsafe fn load_at(p: *const f64) -> Self {
        unsafe { Self(_mm256_loadu_pd(p)) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut f64) {
        unsafe { _mm256_storeu_pd(p, self.0) }
    }
}

impl Vector for U32 {
    type Item = u32;
    const LEN: usize = 8;

    lanes_fn!(splat(value: u32) -> Self = Self(_mm256_set1_epi32(value.cast_signed())));
    #[inline(always)]
    unsafe fn load_at(p: *const u32) -> Self {
        unsafe { Self(_mm256_loadu_si256(p.cast())) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u32) {
        unsafe { _mm256_storeu_si256(p.cast(), self.0) }
    }
}

impl Vector for U64 {
    type Item = u64;
    const LEN: usize = 4;

    lanes_fn!(splat(value: u64) -> Self = Self(_mm256_set1_epi64x(value.cast_signed())));
    #[inline(always)]
    unsafe fn load_at(p: *const u64) -> Self {
        unsafe { Self(_mm256_loadu_si256(p.cast())) }
    }
    #[inline(always)]
    unsafe fn store_at(self, p: *mut u64) {
        unsafe { _mm256_storeu_si256(p.cast(), self.0) }
    }
}

impl Mask for M32 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm256_andnot_si256(self.0, other.0)));
    lanes_fn!(bits(self) -> u32 = _mm256_movemask_ps(_mm256_castsi256_ps(self.0)).cast_unsigned());
}

impl Mask for M64 {
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm256_andnot_si256(self.0, other.0)));
    lanes_fn!(bits(self) -> u32 = _mm256_movemask_pd(_mm256_castsi256_pd(self.0)).cast_unsigned());
}

impl Floats for F32 {
    type Bits = U32;
    type Mask = M32;

    lanes_fn!(to_bits(self) -> U32 = U32(_mm256_castps_si256(self.0)));
    lanes_fn!(from_bits(bits: U32) -> Self = Self(_mm256_castsi256_ps(bits.0)));
    lanes_fn!(less(self, other: Self) -> M32 = M32(_mm256_castps_si256(_mm256_cmp_ps::<_CMP_LT_OQ>(self.0, other.0))));
    lanes_fn!(less_equal(self, other: Self) -> M32 =
        M32(_mm256_castps_si256(_mm256_cmp_ps::<_CMP_LE_OQ>(self.0, other.0))));
    lanes_fn!(equal(self, other: Self) -> M32 = M32(_mm256_castps_si256(_mm256_cmp_ps::<_CMP_EQ_OQ>(self.0, other.0))));
    lanes_fn!(is_nan(self) -> M32 = M32(_mm256_castps_si256(_mm256_cmp_ps::<_CMP_UNORD_Q>(self.0, self.0))));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self =
        Self(_mm256_blendv_ps(no.0, yes.0, _mm256_castsi256_ps(mask.0))));
    lanes_fn!(sqrt(self) -> Self = Self(_mm256_sqrt_ps(self.0)));
    lanes_fn!(abs(self) -> Self = Self(_mm256_andnot_ps(_mm256_set1_ps(-0.0), self.0)));
    lanes_fn!(fused(self, b: Self, c: Self) -> Self = Self(_mm256_fmadd_ps(self.0, b.0, c.0)));
    // The instructions return their second operand for equal ones and NaN.
    lanes_fn!(min2(self, other: Self) -> Self = Self(_mm256_min_ps(other.0, self.0)));
    lanes_fn!(max2(self, other: Self) -> Self = Self(_mm256_max_ps(other.0, self.0)));
    #[inline(always)]
    fn sum(self) -> f32 {
        unsafe {
            let fours = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let pairs = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
            _mm_cvtss_f32(_mm_add_ss(pairs, _mm_shuffle_ps::<1>(pairs, pairs)))
        }
    }
}

impl Floats for F64 {
    type Bits = U64;
    type Mask = M64;

    lanes_fn!(to_bits(self) -> U64 = U64(_mm256_castpd_si256(self.0)));
    lanes_fn!(from_bits(bits: U64) -> Self = Self(_mm256_castsi256_pd(bits.0)));
    lanes_fn!(less(self, other: Self) -> M64 = M64(_mm256_castpd_si256(_mm256_cmp_pd::<_CMP_LT_OQ>(self.0, other.0))));
    lanes_fn!(less_equal(self, other: Self) -> M64 =
        M64(_mm256_castpd_si256(_mm256_cmp_pd::<_CMP_LE_OQ>(self.0, other.0))));
    lanes_fn!(equal(self, other: Self) -> M64 = M64(_mm256_castpd_si256(_mm256_cmp_pd::<_CMP_EQ_OQ>(self.0, other.0))));
    lanes_fn!(is_nan(self) -> M64 = M64(_mm256_castpd_si256(_mm256_cmp_pd::<_CMP_UNORD_Q>(self.0, self.0))));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self =
        Self(_mm256_blendv_pd(no.0, yes.0, _mm256_castsi256_pd(mask.0))));
    lanes_fn!(sqrt(self) -> Self = Self(_mm256_sqrt_pd(self.0)));
    lanes_fn!(abs(self) -> Self = Self(_mm256_andnot_pd(_mm256_set1_pd(-0.0), self.0)));
    lanes_fn!(fused(self, b: Self, c: Self) -> Self = Self(_mm256_fmadd_pd(self.0, b.0, c.0)));
    // The instructions return their second operand for equal ones and NaN.
    lanes_fn!(min2(self, other: Self) -> Self = Self(_mm256_min_pd(other.0, self.0)));
    lanes_fn!(max2(self, other: Self) -> Self = Self(_mm256_max_pd(other.0, self.0)));
    #[inline(always)]
    fn sum(self) -> f64 {
        unsafe {
            let pairs = _mm_add_pd(_mm256_castpd256_pd128(self.0), _mm256_extractf128_pd::<1>(self.0));
            _mm_cvtsd_f64(_mm_add_sd(pairs, _mm_unpackhi_pd(pairs, pairs)))
        }
    }
}

impl Words for U32 {
    type Mask = M32;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(_mm256_slli_epi32::<K>(self.0)) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(_mm256_srli_epi32::<K>(self.0)) }
    }
    lanes_fn!(equal(self, other: Self) -> M32 = M32(_mm256_cmpeq_epi32(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm256_andnot_si256(self.0, other.0)));
    lanes_fn!(select(mask: M32, yes: Self, no: Self) -> Self = Self(_mm256_blendv_epi8(no.0, yes.0, mask.0)));
}

impl Words for U64 {
    type Mask = M64;

    #[inline(always)]
    fn shl<const K: i32>(self) -> Self {
        unsafe { Self(_mm256_slli_epi64::<K>(self.0)) }
    }
    #[inline(always)]
    fn shr<const K: i32>(self) -> Self {
        unsafe { Self(_mm256_srli_epi64::<K>(self.0)) }
    }
    lanes_fn!(equal(self, other: Self) -> M64 = M64(_mm256_cmpeq_epi64(self.0, other.0)));
    lanes_fn!(and_not(self, other: Self) -> Self = Self(_mm256_andnot_si256(self.0, other.0)));
    lanes_fn!(select(mask: M64, yes: Self, no: Self) -> Self = Self(_mm256_blendv_epi8(no.0, yes.0, mask.0)));
}

impl Words32 for U32 {
    type Floats = F32;

    lanes_fn!(min(self, other: Self) -> Self = Self(_mm256_min_epu32(self.0, other.0)));
    lanes_fn!(max(self, other: Self) -> Self = Self(_mm256_max_epu32(self.0, other.0)));
    lanes_fn!(above(self, other: Self) -> M32 = M32(_mm256_cmpgt_epi32(self.0, other.0)));
    lanes_fn!(mul_low(self, other: Self) -> Self = Self(_mm256_mullo_epi32(self.0, other.0)));
    lanes_fn!(from_float(v: F32) -> Self = Self(_mm256_cvttps_epi32(v.0)));
    lanes_fn!(to_float(self) -> F32 = F32(_mm256_cvtepi32_ps(self.0)));
    #[inline(always)]
    fn repeat4(words: [u32; 4]) -> Self {
        unsafe {
            let four = _mm_loadu_si128(words.as_ptr().cast());
            Self(_mm256_broadcastsi128_si256(four))
        }
    }
    lanes_fn!(add64(self, other: Self) -> Self = Self(_mm256_add_epi64(self.0, other.0)));
    lanes_fn!(mul_even(self, other: Self) -> Self = Self(_mm256_mul_epu32(self.0, other.0)));
    lanes_fn!(odd64(self) -> Self = Self(_mm256_srli_epi64::<32>(self.0)));
    lanes_fn!(reverse4(self) -> Self = Self(_mm256_shuffle_epi32::<0x1b>(self.0)));
}

impl Words64 for U64 {
    type Floats = F64;

    // 2^52 + n has n in its low bits.
    #[inline(always)]
    fn to_float(self) -> F64 {
        F64::from_bits(self | U64::splat(0x4330_0000_0000_0000)) - F64::splat(4503599627370496.0)
    }
}
