// lanes.h for AVX-512 F, BW, DQ, VL: vectors of 16 lanes, truth values in mask registers.
#pragma once

#if defined(UK_SIMDE_AVX512)
#include "lanes_simde.h"
#else
#include <immintrin.h>
#endif

namespace ukernels {
namespace UK_ISA {

constexpr size_t kLanes = 16;

struct F32 {
  __m512 v;
};
struct U32 {
  __m512i v;
};
struct M32 {
  __mmask16 v;
};
struct Bytes {
  __m512i v;
};
struct Shift {
  __m128i v;
  explicit Shift(uint32_t count) : v(_mm_cvtsi32_si128(static_cast<int>(count))) {}
};

UK_INLINE U32 splat(uint32_t a) { return {_mm512_set1_epi32(static_cast<int>(a))}; }
UK_INLINE F32 splat(float a) { return {_mm512_set1_ps(a)}; }
UK_INLINE U32 load(const uint32_t* p) { return {_mm512_loadu_si512(p)}; }
UK_INLINE F32 load(const float* p) { return {_mm512_loadu_ps(p)}; }
UK_INLINE void store(uint32_t* p, U32 a) { _mm512_storeu_si512(p, a.v); }
UK_INLINE void store(float* p, F32 a) { _mm512_storeu_ps(p, a.v); }

UK_INLINE U32 operator+(U32 a, U32 b) { return {_mm512_add_epi32(a.v, b.v)}; }
UK_INLINE U32 operator-(U32 a, U32 b) { return {_mm512_sub_epi32(a.v, b.v)}; }
UK_INLINE U32 operator&(U32 a, U32 b) { return {_mm512_and_si512(a.v, b.v)}; }
UK_INLINE U32 operator|(U32 a, U32 b) { return {_mm512_or_si512(a.v, b.v)}; }
UK_INLINE U32 operator^(U32 a, U32 b) { return {_mm512_xor_si512(a.v, b.v)}; }
UK_INLINE U32 andNot(U32 a, U32 b) { return {_mm512_andnot_si512(a.v, b.v)}; }
UK_INLINE U32 min(U32 a, U32 b) { return {_mm512_min_epu32(a.v, b.v)}; }
UK_INLINE U32 max(U32 a, U32 b) { return {_mm512_max_epu32(a.v, b.v)}; }
template <int k>
UK_INLINE U32 shl(U32 a) {
  return {_mm512_slli_epi32(a.v, k)};
}
template <int k>
UK_INLINE U32 shr(U32 a) {
  return {_mm512_srli_epi32(a.v, k)};
}
UK_INLINE U32 shl(U32 a, Shift k) { return {_mm512_sll_epi32(a.v, k.v)}; }
UK_INLINE U32 shr(U32 a, Shift k) { return {_mm512_srl_epi32(a.v, k.v)}; }

UK_INLINE F32 operator+(F32 a, F32 b) { return {_mm512_add_ps(a.v, b.v)}; }
UK_INLINE F32 operator-(F32 a, F32 b) { return {_mm512_sub_ps(a.v, b.v)}; }
UK_INLINE F32 operator*(F32 a, F32 b) { return {_mm512_mul_ps(a.v, b.v)}; }
UK_INLINE F32 operator/(F32 a, F32 b) { return {_mm512_div_ps(a.v, b.v)}; }

UK_INLINE U32 asBits(F32 a) { return {_mm512_castps_si512(a.v)}; }
UK_INLINE F32 asFloat(U32 a) { return {_mm512_castsi512_ps(a.v)}; }
UK_INLINE U32 toInt(F32 a) { return {_mm512_cvttps_epi32(a.v)}; }
UK_INLINE F32 toFloat(U32 a) { return {_mm512_cvtepi32_ps(a.v)}; }

UK_INLINE M32 above(U32 a, U32 b) { return {_mm512_cmpgt_epi32_mask(a.v, b.v)}; }
UK_INLINE M32 equal(U32 a, U32 b) { return {_mm512_cmpeq_epi32_mask(a.v, b.v)}; }
UK_INLINE M32 less(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ)}; }
UK_INLINE M32 lessEqual(F32 a, F32 b) { return {_mm512_cmp_ps_mask(a.v, b.v, _CMP_LE_OQ)}; }
UK_INLINE M32 isNan(F32 a) { return {_mm512_cmp_ps_mask(a.v, a.v, _CMP_UNORD_Q)}; }
UK_INLINE M32 operator&(M32 a, M32 b) { return {static_cast<__mmask16>(a.v & b.v)}; }
UK_INLINE M32 operator|(M32 a, M32 b) { return {static_cast<__mmask16>(a.v | b.v)}; }
UK_INLINE M32 andNot(M32 a, M32 b) { return {static_cast<__mmask16>(~a.v & b.v)}; }
UK_INLINE U32 select(M32 m, U32 a, U32 b) { return {_mm512_mask_mov_epi32(b.v, m.v, a.v)}; }
UK_INLINE F32 select(M32 m, F32 a, F32 b) { return {_mm512_mask_mov_ps(b.v, m.v, a.v)}; }
UK_INLINE U32 keep(M32 m, U32 a) { return {_mm512_maskz_mov_epi32(m.v, a.v)}; }
UK_INLINE U32 drop(M32 m, U32 a) { return {_mm512_maskz_mov_epi32(static_cast<__mmask16>(~m.v), a.v)}; }
UK_INLINE U32 addOne(U32 n, M32 m) { return {_mm512_mask_add_epi32(n.v, m.v, n.v, _mm512_set1_epi32(1))}; }
UK_INLINE uint32_t bits(M32 m) { return m.v; }
UK_INLINE bool any(M32 m) { return m.v != 0; }

UK_INLINE uint32_t maxOf(U32 a) {
  const __m256i half = _mm256_max_epu32(_mm512_castsi512_si256(a.v), _mm512_extracti64x4_epi64(a.v, 1));
  __m128i quarter = _mm_max_epu32(_mm256_castsi256_si128(half), _mm256_extracti128_si256(half, 1));
  quarter = _mm_max_epu32(quarter, _mm_shuffle_epi32(quarter, 0x4e));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_max_epu32(quarter, _mm_shuffle_epi32(quarter, 0xb1))));
}
UK_INLINE uint32_t minOf(U32 a) { return ~maxOf(a ^ splat(0xffffffffu)); }

// As in lanes_sse41.h, in every 128 bits.
UK_INLINE U32 add64(U32 a, U32 b) { return {_mm512_add_epi64(a.v, b.v)}; }
UK_INLINE U32 mulEven(U32 a, U32 b) { return {_mm512_mul_epu32(a.v, b.v)}; }
UK_INLINE U32 mulEvenSigned(U32 a, U32 b) { return {_mm512_mul_epi32(a.v, b.v)}; }
UK_INLINE U32 odd64(U32 a) { return {_mm512_srli_epi64(a.v, 32)}; }
UK_INLINE U32 reverse4(U32 a) { return {_mm512_shuffle_epi32(a.v, _MM_PERM_ABCD)}; }
UK_INLINE U32 xor3(U32 a, U32 b, U32 c) { return {_mm512_ternarylogic_epi32(a.v, b.v, c.v, 0x96)}; }
// The 4 words at p in every 128 bits.
UK_INLINE U32 repeat4(const uint32_t* p) {
  return {_mm512_broadcast_i32x4(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

UK_INLINE __m256i load32Bytes(const void* p) { return _mm256_loadu_si256(static_cast<const __m256i*>(p)); }
UK_INLINE U32 loadU8(const uint8_t* p) {
  return {_mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}
UK_INLINE U32 loadU16(const uint16_t* p) { return {_mm512_cvtepu16_epi32(load32Bytes(p))}; }
UK_INLINE Bytes loadBytes(const uint8_t* p) { return {_mm512_loadu_si512(p)}; }
UK_INLINE void store(uint8_t* p, Bytes a) { _mm512_storeu_si512(p, a.v); }
UK_INLINE Bytes narrow(U32 a, U32 b, U32 c, U32 d) {
  // Packing works within 128 bits; the permutation puts the quarters of a, b, c, d in order again.
  const __m512i mixed = _mm512_packus_epi16(_mm512_packs_epi32(a.v, b.v), _mm512_packs_epi32(c.v, d.v));
  const __m512i order = _mm512_set_epi32(15, 11, 7, 3, 14, 10, 6, 2, 13, 9, 5, 1, 12, 8, 4, 0);
  return {_mm512_permutexvar_epi32(order, mixed)};
}

UK_INLINE Bytes splatBytes(uint32_t a) { return {_mm512_set1_epi8(static_cast<char>(a))}; }
UK_INLINE Bytes operator&(Bytes a, Bytes b) { return {_mm512_and_si512(a.v, b.v)}; }
UK_INLINE Bytes operator|(Bytes a, Bytes b) { return {_mm512_or_si512(a.v, b.v)}; }
UK_INLINE Bytes operator-(Bytes a, Bytes b) { return {_mm512_sub_epi8(a.v, b.v)}; }
UK_INLINE Bytes signsOf(F32 a, F32 b, F32 c, F32 d) {
  // Lanes 16 i + j of vector i become bit 16 i + j of one 64-bit mask.
  const auto mask = [](F32 v) { return static_cast<uint64_t>(_mm512_movepi32_mask(asBits(v).v)); };
  return {_mm512_movm_epi8(mask(a) | mask(b) << 16 | mask(c) << 32 | mask(d) << 48)};
}

UK_INLINE void storeNibbles(uint8_t* p, Bytes a) {
  const __m512i pairs = _mm512_maddubs_epi16(a.v, _mm512_set1_epi16(0x1001));
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_cvtepi16_epi8(pairs));
}
UK_INLINE Bytes loadNibbles(const uint8_t* p) {
  const __m512i wide = _mm512_cvtepu8_epi16(load32Bytes(p));
  return {_mm512_and_si512(_mm512_or_si512(wide, _mm512_slli_epi16(wide, 4)), _mm512_set1_epi8(15))};
}
// Sextets keep 24 bits in every 32; the dense form has 12 double words.
UK_INLINE void storeSextets(uint8_t* p, Bytes a) {
  const __m512i pairs = _mm512_maddubs_epi16(a.v, _mm512_set1_epi16(0x4001));
  const __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x10000001));
  const __m128i order = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const __m512i dense = _mm512_shuffle_epi8(fours, _mm512_broadcast_i32x4(order));
  const __m512i joined =
      _mm512_permutexvar_epi32(_mm512_set_epi32(0, 0, 0, 0, 14, 13, 12, 10, 9, 8, 6, 5, 4, 2, 1, 0), dense);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), _mm512_castsi512_si256(joined));
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 32), _mm512_extracti32x4_epi32(joined, 2));
}
UK_INLINE Bytes loadSextets(const uint8_t* p) {
  const __m128i last = _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 32));
  const __m512i joined = _mm512_inserti32x4(_mm512_castsi256_si512(load32Bytes(p)), last, 2);
  const __m512i dense =
      _mm512_permutexvar_epi32(_mm512_set_epi32(0, 11, 10, 9, 0, 8, 7, 6, 0, 5, 4, 3, 0, 2, 1, 0), joined);
  const __m128i order = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const U32 x{_mm512_shuffle_epi8(dense, _mm512_broadcast_i32x4(order))};
  const U32 spread = (x & splat(0x3fu)) | (shl<2>(x) & splat(0x3f00u)) | (shl<4>(x) & splat(0x3f0000u)) |
                     (shl<6>(x) & splat(0x3f000000u));
  return {spread.v};
}

struct Table16 {
  __m512 entries;
};
UK_INLINE Table16 table16(const float* p) { return {_mm512_loadu_ps(p)}; }
UK_INLINE void look(const Table16& table, Bytes index, float* out) {
  const __m512i lanes[4] = {_mm512_cvtepu8_epi32(_mm512_castsi512_si128(index.v)),
                            _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(index.v, 1)),
                            _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(index.v, 2)),
                            _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(index.v, 3))};
  for (size_t i = 0; i < 4; i++) _mm512_storeu_ps(out + 16 * i, _mm512_permutexvar_ps(lanes[i], table.entries));
}

UK_INLINE size_t compress(float* p, F32 a, M32 m) {
  // In registers first: the form that stores directly is slow on some processors.
  _mm512_storeu_ps(p, _mm512_maskz_compress_ps(m.v, a.v));
  return static_cast<size_t>(__builtin_popcount(m.v));
}

}  // namespace UK_ISA
}  // namespace ukernels
