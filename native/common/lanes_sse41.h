// lanes.h for x86-64-v2: SSE4.1 (with SSSE3) vectors of 4 lanes.
#pragma once

#include <immintrin.h>

namespace ukernels {
namespace UK_ISA {

constexpr size_t kLanes = 4;

struct F32 {
  __m128 v;
};
struct U32 {
  __m128i v;
};
struct M32 {
  __m128i v;
};
struct Bytes {
  __m128i v;
};
struct Shift {
  __m128i v;
  explicit Shift(uint32_t count) : v(_mm_cvtsi32_si128(static_cast<int>(count))) {}
};

UK_INLINE U32 splat(uint32_t a) { return {_mm_set1_epi32(static_cast<int>(a))}; }
UK_INLINE F32 splat(float a) { return {_mm_set1_ps(a)}; }
UK_INLINE U32 load(const uint32_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
UK_INLINE F32 load(const float* p) { return {_mm_loadu_ps(p)}; }
UK_INLINE void store(uint32_t* p, U32 a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }
UK_INLINE void store(float* p, F32 a) { _mm_storeu_ps(p, a.v); }

UK_INLINE U32 operator+(U32 a, U32 b) { return {_mm_add_epi32(a.v, b.v)}; }
UK_INLINE U32 operator-(U32 a, U32 b) { return {_mm_sub_epi32(a.v, b.v)}; }
UK_INLINE U32 operator&(U32 a, U32 b) { return {_mm_and_si128(a.v, b.v)}; }
UK_INLINE U32 operator|(U32 a, U32 b) { return {_mm_or_si128(a.v, b.v)}; }
UK_INLINE U32 operator^(U32 a, U32 b) { return {_mm_xor_si128(a.v, b.v)}; }
UK_INLINE U32 andNot(U32 a, U32 b) { return {_mm_andnot_si128(a.v, b.v)}; }
UK_INLINE U32 min(U32 a, U32 b) { return {_mm_min_epu32(a.v, b.v)}; }
UK_INLINE U32 max(U32 a, U32 b) { return {_mm_max_epu32(a.v, b.v)}; }
template <int k>
UK_INLINE U32 shl(U32 a) {
  return {_mm_slli_epi32(a.v, k)};
}
template <int k>
UK_INLINE U32 shr(U32 a) {
  return {_mm_srli_epi32(a.v, k)};
}
UK_INLINE U32 shl(U32 a, Shift k) { return {_mm_sll_epi32(a.v, k.v)}; }
UK_INLINE U32 shr(U32 a, Shift k) { return {_mm_srl_epi32(a.v, k.v)}; }

UK_INLINE F32 operator+(F32 a, F32 b) { return {_mm_add_ps(a.v, b.v)}; }
UK_INLINE F32 operator-(F32 a, F32 b) { return {_mm_sub_ps(a.v, b.v)}; }
UK_INLINE F32 operator*(F32 a, F32 b) { return {_mm_mul_ps(a.v, b.v)}; }
UK_INLINE F32 operator/(F32 a, F32 b) { return {_mm_div_ps(a.v, b.v)}; }

UK_INLINE U32 asBits(F32 a) { return {_mm_castps_si128(a.v)}; }
UK_INLINE F32 asFloat(U32 a) { return {_mm_castsi128_ps(a.v)}; }
UK_INLINE U32 toInt(F32 a) { return {_mm_cvttps_epi32(a.v)}; }
UK_INLINE F32 toFloat(U32 a) { return {_mm_cvtepi32_ps(a.v)}; }

UK_INLINE M32 above(U32 a, U32 b) { return {_mm_cmpgt_epi32(a.v, b.v)}; }
UK_INLINE M32 equal(U32 a, U32 b) { return {_mm_cmpeq_epi32(a.v, b.v)}; }
UK_INLINE M32 less(F32 a, F32 b) { return {_mm_castps_si128(_mm_cmplt_ps(a.v, b.v))}; }
UK_INLINE M32 lessEqual(F32 a, F32 b) { return {_mm_castps_si128(_mm_cmple_ps(a.v, b.v))}; }
UK_INLINE M32 isNan(F32 a) { return {_mm_castps_si128(_mm_cmpunord_ps(a.v, a.v))}; }
UK_INLINE M32 operator&(M32 a, M32 b) { return {_mm_and_si128(a.v, b.v)}; }
UK_INLINE M32 operator|(M32 a, M32 b) { return {_mm_or_si128(a.v, b.v)}; }
UK_INLINE M32 andNot(M32 a, M32 b) { return {_mm_andnot_si128(a.v, b.v)}; }
UK_INLINE U32 select(M32 m, U32 a, U32 b) { return {_mm_blendv_epi8(b.v, a.v, m.v)}; }
UK_INLINE F32 select(M32 m, F32 a, F32 b) { return {_mm_blendv_ps(b.v, a.v, _mm_castsi128_ps(m.v))}; }
UK_INLINE U32 keep(M32 m, U32 a) { return {_mm_and_si128(m.v, a.v)}; }
UK_INLINE U32 drop(M32 m, U32 a) { return {_mm_andnot_si128(m.v, a.v)}; }
UK_INLINE U32 addOne(U32 n, M32 m) { return {_mm_sub_epi32(n.v, m.v)}; }
UK_INLINE uint32_t bits(M32 m) { return static_cast<uint32_t>(_mm_movemask_ps(_mm_castsi128_ps(m.v))); }
UK_INLINE bool any(M32 m) { return bits(m) != 0; }

UK_INLINE uint32_t maxOf(U32 a) {
  a = max(a, {_mm_shuffle_epi32(a.v, 0x4e)});
  return static_cast<uint32_t>(_mm_cvtsi128_si32(max(a, {_mm_shuffle_epi32(a.v, 0xb1)}).v));
}
UK_INLINE uint32_t minOf(U32 a) {
  a = min(a, {_mm_shuffle_epi32(a.v, 0x4e)});
  return static_cast<uint32_t>(_mm_cvtsi128_si32(min(a, {_mm_shuffle_epi32(a.v, 0xb1)}).v));
}

// Sums of the 64-bit halves; products of lanes 0 and 2 as 64-bit halves; lanes 1 and 3 moved to 0
// and 2; lanes of every 128 bits in reverse order.
UK_INLINE U32 add64(U32 a, U32 b) { return {_mm_add_epi64(a.v, b.v)}; }
UK_INLINE U32 mulEven(U32 a, U32 b) { return {_mm_mul_epu32(a.v, b.v)}; }
UK_INLINE U32 mulEvenSigned(U32 a, U32 b) { return {_mm_mul_epi32(a.v, b.v)}; }
UK_INLINE U32 odd64(U32 a) { return {_mm_srli_epi64(a.v, 32)}; }
UK_INLINE U32 reverse4(U32 a) { return {_mm_shuffle_epi32(a.v, 0x1b)}; }
UK_INLINE U32 xor3(U32 a, U32 b, U32 c) { return a ^ b ^ c; }
// The 4 words at p in every 128 bits.
UK_INLINE U32 repeat4(const uint32_t* p) { return load(p); }

UK_INLINE U32 loadU8(const uint8_t* p) {
  int word;
  std::memcpy(&word, p, sizeof word);
  return {_mm_cvtepu8_epi32(_mm_cvtsi32_si128(word))};
}
UK_INLINE U32 loadU16(const uint16_t* p) {
  return {_mm_cvtepu16_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)))};
}
UK_INLINE Bytes loadBytes(const uint8_t* p) { return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p))}; }
UK_INLINE void store(uint8_t* p, Bytes a) { _mm_storeu_si128(reinterpret_cast<__m128i*>(p), a.v); }
UK_INLINE Bytes narrow(U32 a, U32 b, U32 c, U32 d) {
  return {_mm_packus_epi16(_mm_packs_epi32(a.v, b.v), _mm_packs_epi32(c.v, d.v))};
}

UK_INLINE Bytes splatBytes(uint32_t a) { return {_mm_set1_epi8(static_cast<char>(a))}; }
UK_INLINE Bytes operator&(Bytes a, Bytes b) { return {_mm_and_si128(a.v, b.v)}; }
UK_INLINE Bytes operator|(Bytes a, Bytes b) { return {_mm_or_si128(a.v, b.v)}; }
UK_INLINE Bytes operator-(Bytes a, Bytes b) { return {_mm_sub_epi8(a.v, b.v)}; }
UK_INLINE Bytes signsOf(F32 a, F32 b, F32 c, F32 d) {
  // Saturation keeps signs.
  const __m128i ab = _mm_packs_epi32(asBits(a).v, asBits(b).v);
  const __m128i cd = _mm_packs_epi32(asBits(c).v, asBits(d).v);
  return {_mm_cmpgt_epi8(_mm_setzero_si128(), _mm_packs_epi16(ab, cd))};
}

UK_INLINE void storeNibbles(uint8_t* p, Bytes a) {
  const __m128i pairs = _mm_maddubs_epi16(a.v, _mm_set1_epi16(0x1001));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), _mm_packus_epi16(pairs, pairs));
}
UK_INLINE Bytes loadNibbles(const uint8_t* p) {
  const __m128i wide = _mm_cvtepu8_epi16(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)));
  return {_mm_and_si128(_mm_or_si128(wide, _mm_slli_epi16(wide, 4)), _mm_set1_epi8(15))};
}
UK_INLINE void storeSextets(uint8_t* p, Bytes a) {
  const __m128i pairs = _mm_maddubs_epi16(a.v, _mm_set1_epi16(0x4001));
  const __m128i fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x10000001));
  const __m128i dense =
      _mm_shuffle_epi8(fours, _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1));
  _mm_storel_epi64(reinterpret_cast<__m128i*>(p), dense);
  const int last = _mm_extract_epi32(dense, 2);
  std::memcpy(p + 8, &last, sizeof last);
}
UK_INLINE Bytes loadSextets(const uint8_t* p) {
  int last;
  std::memcpy(&last, p + 8, sizeof last);
  const __m128i dense = _mm_insert_epi32(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(p)), last, 2);
  const U32 x{_mm_shuffle_epi8(dense, _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1))};
  const U32 spread = (x & splat(0x3fu)) | (shl<2>(x) & splat(0x3f00u)) | (shl<4>(x) & splat(0x3f0000u)) |
                     (shl<6>(x) & splat(0x3f000000u));
  return {spread.v};
}

// Byte plane k holds byte k of the 16 entries.
struct Table16 {
  __m128i plane[4];
};
UK_INLINE Table16 table16(const float* p) {
  uint8_t bytes[4][16];
  for (int i = 0; i < 16; i++)
    for (int k = 0; k < 4; k++) std::memcpy(&bytes[k][i], reinterpret_cast<const uint8_t*>(p + i) + k, 1);
  Table16 table;
  for (int k = 0; k < 4; k++) table.plane[k] = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes[k]));
  return table;
}
UK_INLINE void look(const Table16& table, Bytes index, float* out) {
  const __m128i b0 = _mm_shuffle_epi8(table.plane[0], index.v);
  const __m128i b1 = _mm_shuffle_epi8(table.plane[1], index.v);
  const __m128i b2 = _mm_shuffle_epi8(table.plane[2], index.v);
  const __m128i b3 = _mm_shuffle_epi8(table.plane[3], index.v);
  const __m128i low01 = _mm_unpacklo_epi8(b0, b1);
  const __m128i low23 = _mm_unpacklo_epi8(b2, b3);
  const __m128i high01 = _mm_unpackhi_epi8(b0, b1);
  const __m128i high23 = _mm_unpackhi_epi8(b2, b3);
  store(out, asFloat({_mm_unpacklo_epi16(low01, low23)}));
  store(out + 4, asFloat({_mm_unpackhi_epi16(low01, low23)}));
  store(out + 8, asFloat({_mm_unpacklo_epi16(high01, high23)}));
  store(out + 12, asFloat({_mm_unpackhi_epi16(high01, high23)}));
}

UK_INLINE size_t compress(float* p, F32 a, M32 m) {
  // Four indices of two bits per mask: the lanes that stay, in order.
  alignas(16) static const uint8_t kOrder[16][4] = {
      {0, 0, 0, 0}, {0, 0, 0, 0}, {1, 0, 0, 0}, {0, 1, 0, 0}, {2, 0, 0, 0}, {0, 2, 0, 0}, {1, 2, 0, 0}, {0, 1, 2, 0},
      {3, 0, 0, 0}, {0, 3, 0, 0}, {1, 3, 0, 0}, {0, 1, 3, 0}, {2, 3, 0, 0}, {0, 2, 3, 0}, {1, 2, 3, 0}, {0, 1, 2, 3}};
  const uint32_t mask = bits(m);
  const U32 order = loadU8(kOrder[mask]);
  // Byte 4 i + k comes from byte 4 order[i] + k.
  const U32 bytes{_mm_add_epi32(_mm_mullo_epi32(order.v, _mm_set1_epi32(0x04040404)), _mm_set1_epi32(0x03020100))};
  store(p, asFloat({_mm_shuffle_epi8(_mm_castps_si128(a.v), bytes.v)}));
  return static_cast<size_t>(__builtin_popcount(mask));
}

}  // namespace UK_ISA
}  // namespace ukernels
