// AVX-512 intrinsics through SIMDe, for running lanes_avx512.h on processors without AVX-512. Only the
// core's tests are built with it (-DUK_SIMDE_AVX512).
#pragma once

#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/x86/avx512.h>

// SIMDe 0.7.4 gives this name the parameters of the masked form.
#undef _mm512_madd_epi16
#define _mm512_madd_epi16(a, b) simde_mm512_madd_epi16(a, b)

// What SIMDe 0.7.4 lacks, from halves of 256 bits.
namespace simde_halves {

static inline __m512i join(__m256i low, __m256i high) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}
static inline __m256i highOf(__m512i a) { return _mm512_extracti64x4_epi64(a, 1); }
static inline __m256i lowOf(__m512i a) { return _mm512_castsi512_si256(a); }

static inline __m512i cvttps_epi32(__m512 a) {
  const __m512i bits = _mm512_castps_si512(a);
  return join(_mm256_cvttps_epi32(_mm256_castsi256_ps(lowOf(bits))),
              _mm256_cvttps_epi32(_mm256_castsi256_ps(highOf(bits))));
}
static inline __m512 cvtepi32_ps(__m512i a) {
  return _mm512_castsi512_ps(join(_mm256_castps_si256(_mm256_cvtepi32_ps(lowOf(a))),
                                  _mm256_castps_si256(_mm256_cvtepi32_ps(highOf(a)))));
}
static inline __m512i cvtepu8_epi32(__m128i a) {
  return join(_mm256_cvtepu8_epi32(a), _mm256_cvtepu8_epi32(_mm_srli_si128(a, 8)));
}
static inline __m512i cvtepu8_epi16(__m256i a) {
  return join(_mm256_cvtepu8_epi16(_mm256_castsi256_si128(a)), _mm256_cvtepu8_epi16(_mm256_extracti128_si256(a, 1)));
}
static inline __m512i cvtepu16_epi32(__m256i a) {
  return join(_mm256_cvtepu16_epi32(_mm256_castsi256_si128(a)), _mm256_cvtepu16_epi32(_mm256_extracti128_si256(a, 1)));
}
static inline __m512i reverse4(__m512i a) {
  return join(_mm256_shuffle_epi32(lowOf(a), 0x1b), _mm256_shuffle_epi32(highOf(a), 0x1b));
}

}  // namespace simde_halves

#define _mm512_cvttps_epi32(a) simde_halves::cvttps_epi32(a)
#define _mm512_cvtepi32_ps(a) simde_halves::cvtepi32_ps(a)
#define _mm512_cvtepu8_epi32(a) simde_halves::cvtepu8_epi32(a)
#define _mm512_cvtepu8_epi16(a) simde_halves::cvtepu8_epi16(a)
#define _mm512_cvtepu16_epi32(a) simde_halves::cvtepu16_epi32(a)
#define _mm512_shuffle_epi32(a, order) simde_halves::reverse4(a)
