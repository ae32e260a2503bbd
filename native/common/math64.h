// exp and ln of f64: the bits of packages/runtime/src/special.ts, relative error below 1e-15. And standard
// normals: the bits of normalPair in packages/runtime/src/random.ts.
//
// The polynomials of normalPair are those of fdlibm's e_log.c, k_sin.c and k_cos.c: Copyright (C) 1993 by Sun
// Microsystems, Inc. All rights reserved. Developed at SunPro, a Sun Microsystems, Inc. business. Permission to use,
// copy, modify, and distribute this software is freely granted, provided that this notice is preserved.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>

#include "math_constants.h"

namespace ukernels {

static inline uint64_t bits64(double v) {
  uint64_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
}
static inline double double64(uint64_t bits) {
  double v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}

// The NaN that every backend writes.
constexpr uint64_t kNan64 = 0x7ff8000000000000;

// 2^k for −1022 ≤ k ≤ 1023.
static inline double powerOfTwo64(int64_t k) { return double64(static_cast<uint64_t>(k + 1023) << 52); }

// e^x = 2^k e^r: Taylor to r^13, even and odd powers apart, |r| ≤ ln(2) / 2.
static inline double exp64(double x) {
  using namespace constants64;
  if (x != x) return double64(kNan64);
  if (x > kExpMax) return std::numeric_limits<double>::infinity();
  if (x < kExpMin) return 0.0;
  // Adding 1.5 · 2^52 rounds to an integer.
  const double whole = x * kInverseLn2 + 0x1.8p52 - 0x1.8p52;
  const double r = x - whole * kLn2High - whole * kLn2Low;
  const double s = r * r;
  double even = s * kExpTaylor12 + kExpTaylor10;
  even = even * s + kExpTaylor8;
  even = even * s + kExpTaylor6;
  even = even * s + kExpTaylor4;
  even = even * s + 0.5;
  double odd = s * kExpTaylor13 + kExpTaylor11;
  odd = odd * s + kExpTaylor9;
  odd = odd * s + kExpTaylor7;
  odd = odd * s + kExpTaylor5;
  odd = odd * s + kExpTaylor3;
  const double p = 1.0 + (r + (s * even + odd * (s * r)));
  const auto k = static_cast<int64_t>(whole);
  // In two steps where 2^k alone is too large or too small; both are exact, or the last one rounds.
  const int64_t near = k > 1023 ? 1023 : k < -1022 ? k + 60 : k;
  return near == k ? p * powerOfTwo64(k) : p * powerOfTwo64(near) * powerOfTwo64(k - near);
}

// ln x = k ln 2 + 2 artanh s, x = 2^k m, √½ ≤ m < √2, s = (m − 1) / (m + 1). −Infinity at 0, NaN below.
static inline double log64(double x) {
  using namespace constants64;
  if (x == 0.0) return -std::numeric_limits<double>::infinity();
  if (!(x > 0.0)) return double64(kNan64);
  if (x == std::numeric_limits<double>::infinity()) return x;
  const bool tiny = x < std::numeric_limits<double>::min();
  const uint64_t bits = bits64(tiny ? x * 0x1p54 : x);
  const auto high = static_cast<uint32_t>(bits >> 32);
  const uint32_t mantissa = high & 0x000fffff;
  // 2^20 − 0x95f64 are the upper mantissa bits of √2: from there on the sum carries, and m is halved.
  const uint32_t up = (mantissa + 0x00095f64) & 0x00100000;
  const double k = static_cast<int32_t>(high >> 20) - 1023 + static_cast<int32_t>(up >> 20) - (tiny ? 54 : 0);
  const double m = double64(static_cast<uint64_t>(mantissa | (up ^ 0x3ff00000)) << 32 | (bits & 0xffffffff));
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double w = s * s;
  const double v = w * w;
  double even = v * kLogOdd21 + kLogOdd17;
  even = even * v + kLogOdd13;
  even = even * v + kLogOdd9;
  even = even * v + kLogOdd5;
  double odd = v * kLogOdd23 + kLogOdd19;
  odd = odd * v + kLogOdd15;
  odd = odd * v + kLogOdd11;
  odd = odd * v + kLogOdd7;
  odd = odd * v + kLogOdd3;
  return k * kLn2High + (2.0 * s + 2.0 * s * (even * v + w * odd) + k * kLn2Low);
}

struct NormalPair {
  double cosine, sine;
};

// Two independent standard normals from two words (Box and Muller 1958): r cos(2π open32(v)), r sin(2π open32(v)),
// r = √(−2 ln open32(w)), open32(w) = (w + ½) 2^−32. The angle is (2v + 1) 2π / 2^33; the nearest quarter turns, each
// 2^31 of these units, come off exactly.
static inline NormalPair normalPair(uint32_t w, uint32_t v) {
  using namespace constants64;
  const uint64_t odd = bits64(2.0 * w + 1.0);
  double m = double64((odd & 0x000fffffffffffff) | 0x3ff0000000000000);
  const bool large = m > kNormalSqrt2;
  m = large ? 0.5 * m : m;
  const double k = static_cast<double>(odd >> 52) - (large ? 1055.0 : 1056.0);
  const double f = m - 1.0;
  const double s = f / (2.0 + f);
  const double t = s * s;
  const double t2 = t * t;
  const double evens = t2 * (kNormalL2 + t2 * (kNormalL4 + t2 * kNormalL6));
  const double odds = t * (kNormalL1 + t2 * (kNormalL3 + t2 * (kNormalL5 + t2 * kNormalL7)));
  const double square = 0.5 * f * f;
  const double ln = k * kLn2High - (square - (s * (square + (evens + odds)) + k * kLn2Low) - f);
  const double r = std::sqrt(-2.0 * ln);

  const uint64_t quarters = (static_cast<uint64_t>(v) + (1u << 29)) >> 30;
  const double x = (2.0 * v + 1.0 - static_cast<double>(quarters) * 0x1p31) * kNormalAngle;
  const double z = x * x;
  const double sines = kNormalS2 + z * (kNormalS3 + z * (kNormalS4 + z * (kNormalS5 + z * kNormalS6)));
  const double cosines =
      z * (kNormalC1 + z * (kNormalC2 + z * (kNormalC3 + z * (kNormalC4 + z * (kNormalC5 + z * kNormalC6)))));
  const double half = 0.5 * z;
  const double one = 1.0 - half;
  const double cosine = r * (one + (1.0 - one - half + z * cosines));
  const double sine = r * (x + z * x * (kNormalS1 + z * sines));
  // Turning by a quarter takes (c, s) to (−s, c).
  const NormalPair turned = (quarters & 1) != 0 ? NormalPair{-sine, cosine} : NormalPair{cosine, sine};
  return (quarters & 2) != 0 ? NormalPair{-turned.cosine, -turned.sine} : turned;
}

// f32 normals from random words: out[2j], out[2j + 1] are the pair of words 2j, 2j + 1, rounded once. So the words of
// Philox blocks b, b + 1, … give elements 4b, 4b + 1, …. As many as `count`; words has an even number.
static inline void normals(const uint32_t* words, size_t count, float* out) {
  for (size_t i = 0; i < count; i += 2) {
    const NormalPair pair = normalPair(words[i], words[i + 1]);
    out[i] = static_cast<float>(pair.cosine);
    if (i + 1 < count) out[i + 1] = static_cast<float>(pair.sine);
  }
}

}  // namespace ukernels
