// Vectors of 32-bit lanes: the one vocabulary that microkernels are written in.
//
// A microkernel is written once and compiled once per instruction set, with -DUK_ISA=sse41 | avx2 |
// avx512 | neon and the matching machine flags. Everything here lives in namespace ukernels::UK_ISA
// and is static, so no function compiled for a wider instruction set can be merged with a narrower one.
//
//   kLanes            lanes of a vector: 4, 8 or 16
//   F32 U32 M32       vectors of float, of uint32_t, and one truth value per lane
//   Bytes             the low bytes of four U32, in element order
//   Shift             a shift count known at run time
//   splat (splatBytes) load (loadBytes) store  + - * / & | ^ as expected; all loads and stores may be unaligned
//   shl<k> shr<k>     shifts by constants; shl, shr with a Shift; all fill with zeros
//   andNot(a, b)      ~a & b
//   min max           of unsigned lanes
//   above(a, b)       a > b of SIGNED lanes (magnitudes of floats are below 2^31, where both agree)
//   equal(a, b)       of integer lanes; less, lessEqual of floats (false for NaN)
//   isNan(a)
//   select(m, a, b)   m ? a : b;  keep(m, a)  m ? a : 0;  drop(m, a)  m ? 0 : a
//   addOne(n, m)      n + (m ? 1 : 0)
//   any(m) bits(m)    whether any lane is true; lane i as bit i
//   asBits asFloat    the same bits as the other type
//   toInt toFloat     truncation to and conversion from int32; toInt is unspecified out of range
//   maxOf minOf       of all lanes, unsigned
//   loadU8 loadU16    kLanes small integers, widened
//   narrow(a,b,c,d)   4 * kLanes values below 256 to Bytes
//   signsOf(a,b,c,d)  0xff where a float is negative, else 0
//   storeNibbles      Bytes below 16 as 2 * kLanes bytes, low nibble first; loadNibbles the inverse
//   storeSextets      Bytes below 64 as 3 * kLanes bytes, four in three; loadSextets the inverse
//   Table16           16 floats; look(table, bytes, out) stores 4 * kLanes of them
//   compress          stores the lanes that m names side by side; the store is kLanes wide
//   add64 mulEven mulEvenSigned odd64 reverse4   see each: 64-bit halves, 128-bit quarters
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#define UK_INLINE static inline __attribute__((always_inline))

#if defined(UK_SIMDE_AVX512) || defined(__AVX512F__)
#include "lanes_avx512.h"
#elif defined(__AVX2__)
#include "lanes_avx2.h"
#elif defined(__SSE4_1__)
#include "lanes_sse41.h"
#elif defined(__aarch64__)
#include "lanes_neon.h"
#else
#error "no lanes for this instruction set"
#endif

namespace ukernels {
namespace UK_ISA {

// The elements of a full step of most kernels: four vectors, which hides the latency of one.
constexpr size_t kStep = 4 * kLanes;
constexpr uint32_t kAbs = 0x7fffffff;
constexpr uint32_t kSign = 0x80000000;
constexpr uint32_t kInfinity = 0x7f800000;
constexpr uint32_t kNan = 0x7fc00000;

// NaN to the one bit pattern that every backend writes.
UK_INLINE F32 canonical(F32 v) { return select(isNan(v), asFloat(splat(kNan)), v); }

UK_INLINE uint32_t bitsOf(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
}

UK_INLINE float floatOf(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

}  // namespace UK_ISA
}  // namespace ukernels
