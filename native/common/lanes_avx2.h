// lanes.h for AVX2 (with BMI2, LZCNT): vectors of 8 lanes.
#pragma once

#include <immintrin.h>

namespace ukernels {
namespace UK_ISA {

constexpr size_t kLanes = 8;

struct F32 {
  __m256 v;
};
struct U32 {
  __m256i v;
};
struct M32 {
  __m256i v;
};
struct Bytes {
  __m256i v;
};
struct Shift {
  __m128i v;
  explicit Shift(uint32_t count) : v(_mm_cvtsi32_si128(static_cast<int>(count))) {}
};

UK_INLINE U32 splat(uint32_t a) { return {_mm256_set1_epi32(static_cast<int>(a))}; }
UK_INLINE F32 splat(float a) { return {_mm256_set1_ps(a)}; }
UK_INLINE U32 load(const uint32_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
UK_INLINE F32 load(const float* p) { return {_mm256_loadu_ps(p)}; }
UK_INLINE void store(uint32_t* p, U32 a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v); }
UK_INLINE void store(float* p, F32 a) { _mm256_storeu_ps(p, a.v); }

UK_INLINE U32 operator+(U32 a, U32 b) { return {_mm256_add_epi32(a.v, b.v)}; }
UK_INLINE U32 operator-(U32 a, U32 b) { return {_mm256_sub_epi32(a.v, b.v)}; }
UK_INLINE U32 operator&(U32 a, U32 b) { return {_mm256_and_si256(a.v, b.v)}; }
UK_INLINE U32 operator|(U32 a, U32 b) { return {_mm256_or_si256(a.v, b.v)}; }
UK_INLINE U32 operator^(U32 a, U32 b) { return {_mm256_xor_si256(a.v, b.v)}; }
UK_INLINE U32 andNot(U32 a, U32 b) { return {_mm256_andnot_si256(a.v, b.v)}; }
UK_INLINE U32 min(U32 a, U32 b) { return {_mm256_min_epu32(a.v, b.v)}; }
UK_INLINE U32 max(U32 a, U32 b) { return {_mm256_max_epu32(a.v, b.v)}; }
template <int k>
UK_INLINE U32 shl(U32 a) {
  return {_mm256_slli_epi32(a.v, k)};
}
template <int k>
UK_INLINE U32 shr(U32 a) {
  return {_mm256_srli_epi32(a.v, k)};
}
UK_INLINE U32 shl(U32 a, Shift k) { return {_mm256_sll_epi32(a.v, k.v)}; }
UK_INLINE U32 shr(U32 a, Shift k) { return {_mm256_srl_epi32(a.v, k.v)}; }

UK_INLINE F32 operator+(F32 a, F32 b) { return {_mm256_add_ps(a.v, b.v)}; }
UK_INLINE F32 operator-(F32 a, F32 b) { return {_mm256_sub_ps(a.v, b.v)}; }
UK_INLINE F32 operator*(F32 a, F32 b) { return {_mm256_mul_ps(a.v, b.v)}; }
UK_INLINE F32 operator/(F32 a, F32 b) { return {_mm256_div_ps(a.v, b.v)}; }

UK_INLINE U32 asBits(F32 a) { return {_mm256_castps_si256(a.v)}; }
UK_INLINE F32 asFloat(U32 a) { return {_mm256_castsi256_ps(a.v)}; }
UK_INLINE U32 toInt(F32 a) { return {_mm256_cvttps_epi32(a.v)}; }
UK_INLINE F32 toFloat(U32 a) { return {_mm256_cvtepi32_ps(a.v)}; }

UK_INLINE M32 above(U32 a, U32 b) { return {_mm256_cmpgt_epi32(a.v, b.v)}; }
UK_INLINE M32 equal(U32 a, U32 b) { return {_mm256_cmpeq_epi32(a.v, b.v)}; }
UK_INLINE M32 less(F32 a, F32 b) { return {_mm256_castps_si256(_mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))}; }
UK_INLINE M32 lessEqual(F32 a, F32 b) { return {_mm256_castps_si256(_mm256_cmp_ps(a.v, b.v, _CMP_LE_OQ))}; }
UK_INLINE M32 isNan(F32 a) { return {_mm256_castps_si256(_mm256_cmp_ps(a.v, a.v, _CMP_UNORD_Q))}; }
UK_INLINE M32 operator&(M32 a, M32 b) { return {_mm256_and_si256(a.v, b.v)}; }
UK_INLINE M32 operator|(M32 a, M32 b) { return {_mm256_or_si256(a.v, b.v)}; }
UK_INLINE M32 andNot(M32 a, M32 b) { return {_mm256_andnot_si256(a.v, b.v)}; }
UK_INLINE U32 select(M32 m, U32 a, U32 b) { return {_mm256_blendv_epi8(b.v, a.v, m.v)}; }
UK_INLINE F32 select(M32 m, F32 a, F32 b) { return {_mm256_blendv_ps(b.v, a.v, _mm256_castsi256_ps(m.v))}; }
UK_INLINE U32 keep(M32 m, U32 a) { return {_mm256_and_si256(m.v, a.v)}; }
UK_INLINE U32 drop(M32 m, U32 a) { return {_mm256_andnot_si256(m.v, a.v)}; }
UK_INLINE U32 addOne(U32 n, M32 m) { return {_mm256_sub_epi32(n.v, m.v)}; }
UK_INLINE uint32_t bits(M32 m) { return static_cast<uint32_t>(_mm256_movemask_ps(_mm256_castsi256_ps(m.v))); }
UK_INLINE bool any(M32 m) { return bits(m) != 0; }

UK_INLINE uint32_t maxOf(U32 a) {
  __m128i half = _mm_max_epu32(_mm256_castsi256_si128(a.v), _mm256_extracti128_si256(a.v, 1));
  half = _mm_max_epu32(half, _mm_shuffle_epi32(half, 0x4e));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_max_epu32(half, _mm_shuffle_epi32(half, 0xb1))));
}
UK_INLINE uint32_t minOf(U32 a) {
  __m128i half = _mm_min_epu32(_mm256_castsi256_si128(a.v), _mm256_extracti128_si256(a.v, 1));
  half = _mm_min_epu32(half, _mm_shuffle_epi32(half, 0x4e));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(_mm_min_epu32(half, _mm_shuffle_epi32(half, 0xb1))));
}

// As in lanes_sse41.h, in every 128 bits.
UK_INLINE U32 add64(U32 a, U32 b) { return {_mm256_add_epi64(a.v, b.v)}; }
UK_INLINE U32 mulEven(U32 a, U32 b) { return {_mm256_mul_epu32(a.v, b.v)}; }
UK_INLINE U32 mulEvenSigned(U32 a, U32 b) { return {_mm256_mul_epi32(a.v, b.v)}; }
UK_INLINE U32 odd64(U32 a) { return {_mm256_srli_epi64(a.v, 32)}; }
UK_INLINE U32 reverse4(U32 a) { return {_mm256_shuffle_epi32(a.v, 0x1b)}; }
UK_INLINE U32 xor3(U32 a, U32 b, U32 c) { return a ^ b ^ c; }
// The 4 words at p in every 128 bits.
UK_INLINE U32 repeat4(const uint32_t* p) {
  return {_mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)))};
}

UK_INLINE __m128i load16Bytes(const void* p) { return _mm_loadu_si128(static_cast<const __m128i*>(p)); }
UK_INLINE U32 loadU8(const uint8_t* p) {
  return {_mm256_cvtepu8_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))};
}
UK_INLINE U32 loadU16(const uint16_t* p) { return {_mm256_cvtepu16_epi32(load16Bytes(p))}; }
UK_INLINE Bytes loadBytes(const uint8_t* p) { return {_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p))}; }
UK_INLINE void store(uint8_t* p, Bytes a) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), a.v); }
UK_INLINE Bytes narrow(U32 a, U32 b, U32 c, U32 d) {
  // Packing works within 128 bits; the permutation puts the quarters of a, b, c, d in order again.
  const __m256i mixed = _mm256_packus_epi16(_mm256_packs_epi32(a.v, b.v), _mm256_packs_epi32(c.v, d.v));
  return {_mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))};
}

UK_INLINE Bytes splatBytes(uint32_t a) { return {_mm256_set1_epi8(static_cast<char>(a))}; }
UK_INLINE Bytes operator&(Bytes a, Bytes b) { return {_mm256_and_si256(a.v, b.v)}; }
UK_INLINE Bytes operator|(Bytes a, Bytes b) { return {_mm256_or_si256(a.v, b.v)}; }
UK_INLINE Bytes operator-(Bytes a, Bytes b) { return {_mm256_sub_epi8(a.v, b.v)}; }
UK_INLINE Bytes signsOf(F32 a, F32 b, F32 c, F32 d) {
  // Saturation keeps signs.
  const __m256i ab = _mm256_packs_epi32(asBits(a).v, asBits(b).v);
  const __m256i cd = _mm256_packs_epi32(asBits(c).v, asBits(d).v);
  const __m256i mixed = _mm256_cmpgt_epi8(_mm256_setzero_si256(), _mm256_packs_epi16(ab, cd));
  return {_mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7))};
}

UK_INLINE void storeNibbles(uint8_t* p, Bytes a) {
  const __m256i pairs = _mm256_maddubs_epi16(a.v, _mm256_set1_epi16(0x1001));
  const __m256i mixed = _mm256_permute4x64_epi64(_mm256_packus_epi16(pairs, pairs), 0x08);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(mixed));
}
UK_INLINE Bytes loadNibbles(const uint8_t* p) {
  const __m256i wide = _mm256_cvtepu8_epi16(load16Bytes(p));
  return {_mm256_and_si256(_mm256_or_si256(wide, _mm256_slli_epi16(wide, 4)), _mm256_set1_epi8(15))};
}
UK_INLINE void storeSextets(uint8_t* p, Bytes a) {
  const __m256i pairs = _mm256_maddubs_epi16(a.v, _mm256_set1_epi16(0x4001));
  const __m256i fours = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x10000001));
  const __m128i order = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const __m256i dense = _mm256_shuffle_epi8(fours, _mm256_broadcastsi128_si256(order));
  // The four bytes too many of the first store are overwritten by the second.
  _mm_storeu_si128(reinterpret_cast<__m128i*>(p), _mm256_castsi256_si128(dense));
  const __m128i high = _mm256_extracti128_si256(dense, 1);
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p + 12), high);
  const int last = _mm_extract_epi32(high, 2);
  std::memcpy(p + 20, &last, sizeof last);
}
UK_INLINE Bytes loadSextets(const uint8_t* p) {
  // Two overlapping loads stay inside the 24 bytes; the second starts 4 bytes early.
  const __m256i dense = _mm256_inserti128_si256(_mm256_castsi128_si256(load16Bytes(p)), load16Bytes(p + 8), 1);
  const __m256i order = _mm256_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1,  //
                                         4, 5, 6, -1, 7, 8, 9, -1, 10, 11, 12, -1, 13, 14, 15, -1);
  const U32 x{_mm256_shuffle_epi8(dense, order)};
  const U32 spread = (x & splat(0x3fu)) | (shl<2>(x) & splat(0x3f00u)) | (shl<4>(x) & splat(0x3f0000u)) |
                     (shl<6>(x) & splat(0x3f000000u));
  return {spread.v};
}

// Byte plane k holds byte k of the 16 entries, in both halves.
struct Table16 {
  __m256i plane[4];
};
UK_INLINE Table16 table16(const float* p) {
  uint8_t bytes[4][16];
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 4; k++) std::memcpy(&bytes[k][i], reinterpret_cast<const uint8_t*>(p + i) + k, 1);
  Table16 table;
  for (int k = 0; k < 4; k++) table.plane[k] = _mm256_broadcastsi128_si256(load16Bytes(bytes[k]));
  return table;
}
UK_INLINE void look(const Table16& table, Bytes index, float* out) {
  // Even fours of the codes in the low half, odd fours in the high half: then the results, which are
  // put together within 128 bits, are in order.
  const __m256i mixed = _mm256_permutevar8x32_epi32(index.v, _mm256_setr_epi32(0, 2, 4, 6, 1, 3, 5, 7));
  const __m256i b0 = _mm256_shuffle_epi8(table.plane[0], mixed);
  const __m256i b1 = _mm256_shuffle_epi8(table.plane[1], mixed);
  const __m256i b2 = _mm256_shuffle_epi8(table.plane[2], mixed);
  const __m256i b3 = _mm256_shuffle_epi8(table.plane[3], mixed);
  const __m256i low01 = _mm256_unpacklo_epi8(b0, b1);
  const __m256i low23 = _mm256_unpacklo_epi8(b2, b3);
  const __m256i high01 = _mm256_unpackhi_epi8(b0, b1);
  const __m256i high23 = _mm256_unpackhi_epi8(b2, b3);
  store(out, asFloat({_mm256_unpacklo_epi16(low01, low23)}));
  store(out + 8, asFloat({_mm256_unpackhi_epi16(low01, low23)}));
  store(out + 16, asFloat({_mm256_unpacklo_epi16(high01, high23)}));
  store(out + 24, asFloat({_mm256_unpackhi_epi16(high01, high23)}));
}

UK_INLINE size_t compress(float* p, F32 a, M32 m) {
  const uint32_t mask = bits(m);
  // Bytes 0..7 of `order` become the numbers of the lanes that stay, in order.
  const uint64_t order = _pext_u64(0x0706050403020100, _pdep_u64(mask, 0x0101010101010101) * 0xff);
  const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(static_cast<long long>(order)));
  _mm256_storeu_ps(p, _mm256_permutevar8x32_ps(a.v, lanes));
  return static_cast<size_t>(__builtin_popcount(mask));
}

}  // namespace UK_ISA
}  // namespace ukernels
