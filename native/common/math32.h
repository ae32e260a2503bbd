// Elementary functions of exact code: the bits of native/common-rs/src/math.rs, where the equations stand, and of
// wasm/common/assembly/math.ts. Nothing but + − × ÷ √ and bit operations, each rounded once.
//
// Every f32 function is written once for numbers and for vectors: exp(float), exp(F32). Errors over all 2^32 inputs:
// exp 1.0 ulp, log 0.85, tanh 1.35, sigmoid 2.45, sin and cos 1.6. NaN gives 0x7fc00000.
// math64.h has those of f64, and normals. This file isn't called math.h: the system's headers would find it.
#pragma once

#include "lanes.h"
#include "math_constants.h"

namespace ukernels {
namespace UK_ISA {

// ---- the vocabulary of lanes.h for single numbers ------------------------------------------------

template <class F>
struct BitsOf;
template <>
struct BitsOf<F32> {
  using type = U32;
};
template <>
struct BitsOf<float> {
  using type = uint32_t;
};
template <class F>
using Bits = typename BitsOf<F>::type;

template <class V, class T>
UK_INLINE V constant(T value) {
  if constexpr (sizeof(V) == sizeof(T))
    return value;
  else
    return splat(value);
}
UK_INLINE uint32_t asBits(float v) { return bitsOf(v); }
UK_INLINE float asFloat(uint32_t bits) { return floatOf(bits); }
UK_INLINE bool less(float a, float b) { return a < b; }
UK_INLINE bool lessEqual(float a, float b) { return a <= b; }
UK_INLINE bool equal(uint32_t a, uint32_t b) { return a == b; }
UK_INLINE float select(bool m, float a, float b) { return m ? a : b; }
UK_INLINE float toFloat(uint32_t a) { return static_cast<float>(static_cast<int32_t>(a)); }
UK_INLINE float canonical(float v) { return v != v ? floatOf(kNan) : v; }
template <int k>
UK_INLINE uint32_t shl(uint32_t a) {
  return a << k;
}
template <int k>
UK_INLINE uint32_t shr(uint32_t a) {
  return a >> k;
}

// ---- f32 -----------------------------------------------------------------------------------------

// 1.5 · 2^23: adding it rounds to an integer, which then lies in the low bits.
constexpr float kToInteger = 12582912.0f;
constexpr uint32_t kToIntegerBits = 0x4b400000;

// e^x = 2^k (1 + r + r² q(r)), k the integer nearest to x / ln 2.
template <class F>
UK_INLINE F exp(F x) {
  using namespace constants32;
  const auto c = [](float v) { return constant<F>(v); };
  const auto u = [](uint32_t v) { return constant<Bits<F>>(v); };
  F y = select(less(x, c(kExpMin)), c(kExpMin), x);
  y = select(less(c(kExpMax), y), c(kExpMax), y);
  const F shifted = y * c(kInverseLn2) + c(kToInteger);
  const F k = shifted - c(kToInteger);
  const F r = y - k * c(kLn2High) - k * c(kLn2Low);
  F q = c(kExpQ4) * r + c(kExpQ3);
  q = q * r + c(kExpQ2);
  q = q * r + c(kExpQ1);
  q = q * r + c(kExpQ0);
  const F p = c(1.0f) + (r + r * r * q);
  // k + 254, halved, rounded down and up: the biased exponents of two powers whose product is 2^k. So a subnormal
  // result is rounded once.
  const Bits<F> n = asBits(shifted) - u(kToIntegerBits - 254);
  const Bits<F> low = shr<1>(n);
  return canonical(p * asFloat(shl<23>(low)) * asFloat(shl<23>(n - low)));
}

// ln x; −Infinity at ±0, NaN below.
template <class F>
UK_INLINE F log(F x) {
  using namespace constants32;
  const auto c = [](float v) { return constant<F>(v); };
  const auto u = [](uint32_t v) { return constant<Bits<F>>(v); };
  constexpr uint32_t kSqrtHalf = 0x3f3504f3;
  const auto tiny = less(x, c(0x1p-126f));
  const F normal = select(tiny, x * c(0x1p23f), x);
  const Bits<F> shifted = asBits(normal) + u(0x3f800000 - kSqrtHalf);
  const F k = toFloat(shr<23>(shifted)) - select(tiny, c(150.0f), c(127.0f));
  const F f = asFloat((shifted & u(0x007fffff)) + u(kSqrtHalf)) - c(1.0f);
  const F s = f / (c(2.0f) + f);
  const F z = s * s;
  const F r = z * (c(kLogR0) + z * (c(kLogR1) + z * c(kLogR2)));
  const F half = c(0.5f) * f * f;
  const F low = s * (half + r) + k * c(kLn2Low);
  const F finite = k * c(kLn2High) - (half - low - f);
  const F outside = select(less(x, c(0.0f)), asFloat(u(kNan)), asFloat(u(kSign | kInfinity)));
  const F result = select(lessEqual(x, c(0.0f)), outside, finite);
  return canonical(select(less(x, asFloat(u(kInfinity))), result, x));
}

// A polynomial up to |x| = 0.625; beyond, 1 − 2 / (e^(2|x|) + 1) with the sign of x.
template <class F>
UK_INLINE F tanh(F x) {
  using namespace constants32;
  const auto c = [](float v) { return constant<F>(v); };
  const Bits<F> sign = asBits(x) & constant<Bits<F>>(kSign);
  const F a = asFloat(asBits(x) ^ sign);
  const F z = a * a;
  F p = c(kTanhP4) * z + c(kTanhP3);
  p = p * z + c(kTanhP2);
  p = p * z + c(kTanhP1);
  p = p * z + c(kTanhP0);
  const F near = a + a * z * p;
  const F bounded = select(less(c(kTanhLarge), a), c(kTanhLarge), a);
  const F far = c(1.0f) - c(2.0f) / (exp(bounded + bounded) + c(1.0f));
  return canonical(asFloat(asBits(select(less(a, c(kTanhSmall)), near, far)) ^ sign));
}

// 1 / (1 + e^−x); below 0 as e / (1 + e), e = e^x.
template <class F>
UK_INLINE F sigmoid(F x) {
  const F e = exp(asFloat(asBits(x) | constant<Bits<F>>(kSign)));
  const F one = constant<F>(1.0f);
  return canonical(select(less(x, constant<F>(0.0f)), e, one) / (one + e));
}

template <class F>
struct Reduced {
  F r;
  Bits<F> k;
};

// (r, k) with x = k π/2 + r; of k the lowest two bits count. In integers, of any x (Payne and Hanek).
static inline Reduced<float> reduceLarge(float x) {
  const uint32_t bits = bitsOf(x) & kAbs;
  if (bits >= kInfinity) return {floatOf(kNan), 0};
  const uint64_t mantissa = (bits & 0x007fffff) | 0x00800000;
  const uint32_t first = (bits >> 23) - 120;
  const auto window = [first](uint32_t i) {
    const uint64_t pair = static_cast<uint64_t>(kTwoOverPi[first / 32 + i]) << 32 | kTwoOverPi[first / 32 + i + 1];
    return (pair << (first % 32)) >> 32;
  };
  // Turns of 2π in units of 2^−64, wrapping.
  const uint64_t turns = ((mantissa * window(0)) << 32) + mantissa * window(1) + ((mantissa * window(2)) >> 32);
  const auto k = static_cast<uint32_t>((turns + (uint64_t{1} << 61)) >> 62);
  const auto rest = static_cast<int64_t>(turns - (static_cast<uint64_t>(k) << 62));
  const auto r = static_cast<float>(static_cast<double>(rest) * (0x1.921fb54442d18p0 * 0x1p-62));
  return x < 0 ? Reduced<float>{-r, 0u - k} : Reduced<float>{r, k};
}

UK_INLINE Reduced<float> reduceBeyond(float x, Reduced<float> near) {
  return -constants32::kTrigLimit < x && x < constants32::kTrigLimit ? near : reduceLarge(x);
}
UK_INLINE Reduced<F32> reduceBeyond(F32 x, Reduced<F32> near) {
  const uint32_t within = bits(less(splat(-constants32::kTrigLimit), x) & less(x, splat(constants32::kTrigLimit)));
  if (within == (1u << kLanes) - 1) return near;
  float xs[kLanes], r[kLanes];
  uint32_t k[kLanes];
  store(xs, x);
  store(r, near.r);
  store(k, near.k);
  for (size_t i = 0; i < kLanes; i++) {
    if ((within >> i & 1) != 0) continue;
    const Reduced<float> one = reduceLarge(xs[i]);
    r[i] = one.r;
    k[i] = one.k;
  }
  return {load(r), load(k)};
}

template <class F>
struct SinCos {
  F sin, cos;
};

// Both, NaN where x isn't finite.
template <class F>
UK_INLINE SinCos<F> sincos(F x) {
  using namespace constants32;
  const auto c = [](float v) { return constant<F>(v); };
  const auto u = [](uint32_t v) { return constant<Bits<F>>(v); };
  const F shifted = x * c(kInverseHalfPi) + c(kToInteger);
  const F whole = shifted - c(kToInteger);
  const F near = x - whole * c(kHalfPiHigh);
  const F middle = whole * c(kHalfPiMiddle);
  const F high = near - middle;
  const F low = near - high - middle - whole * c(kHalfPiLow);
  const auto [r, k] = reduceBeyond(x, Reduced<F>{high + low, asBits(shifted)});
  const Bits<F> negative = asBits(r) & u(kSign);
  const F a = asFloat(asBits(r) ^ negative);
  const F z = a * a;
  const F s = c(kSinS0) + z * (c(kSinS1) + z * c(kSinS2));
  const F sine = asFloat(asBits(a + a * z * s) ^ negative);
  const F p = c(kCosC0) + z * (c(kCosC1) + z * c(kCosC2));
  const F half = c(0.5f) * z;
  const F w = c(1.0f) - half;
  const F cosine = w + (c(1.0f) - w - half + z * z * p);
  const auto even = equal(k & u(1), u(0));
  const Bits<F> sinSign = shl<30>(k & u(2));
  const Bits<F> cosSign = shl<30>((k + u(1)) & u(2));
  return {canonical(asFloat(asBits(select(even, sine, cosine)) ^ sinSign)),
          canonical(asFloat(asBits(select(even, cosine, sine)) ^ cosSign))};
}

template <class F>
UK_INLINE F sin(F x) {
  return sincos(x).sin;
}
template <class F>
UK_INLINE F cos(F x) {
  return sincos(x).cos;
}

}  // namespace UK_ISA
}  // namespace ukernels
