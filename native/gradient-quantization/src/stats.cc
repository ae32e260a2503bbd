// Exact statistics of log2|x| in fixed point: L = round(2048 log2|x|) (error below 2.6e-4 in log2),
// summed as integers, so that order, lanes and threads leave no trace.
#include "kernels.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

// What the formula below gives for a = 0: 2048 * -127.
constexpr int64_t kZeroL = -260096;

// 2048 log2 of the magnitude with bits a, 0x00800000 <= a < 0x7f800000:
//   e = exponent, t = mantissa - 1, p = ((c3 t + c2) t + c1) t + c0, y = t + (t (1 - t)) p,
//   L = round-half-even(2048 y) + 2048 e
UK_INLINE U32 log2Fixed(U32 a) {
  const F32 one = splat(1.0f);
  const F32 t = asFloat((a & splat(0x007fffffu)) | splat(0x3f800000u)) - one;
  F32 p = splat(floatOf(0xbd38ee36)) * t + splat(floatOf(0x3e17fd28));
  p = p * t + splat(floatOf(0xbe88cbbd));
  p = p * t + splat(floatOf(0x3ee242f3));
  const F32 y = t + (t * (one - t)) * p;
  // Adding 1.5 * 2^23 leaves the rounded integer in the low bits; 2048 (e + 127) is a's exponent field
  // moved down.
  const F32 rounded = y * splat(2048.0f) + splat(12582912.0f);
  return asBits(rounded) + shr<12>(a & splat(kInfinity)) - splat(0x4b400000u + 127 * 2048);
}

// The same for subnormals, which are first converted from their integer, 2^149 times their value.
UK_INLINE U32 log2FixedSubnormal(U32 a) { return log2Fixed(asBits(toFloat(a))) - splat(149u * 2048); }

struct Sums {
  U32 zeros = splat(0u);
  U32 nonFinite = splat(0u);
  U32 l = splat(0u);          // signed, for at most kBlock elements
  U32 squares = splat(0u);    // 64-bit halves
  U32 largest = splat(0u);    // finite a
  U32 smallest = splat(~0u);  // a - 1, so that zero is large
};

UK_INLINE void addLogs(Sums& s, U32 l) {
  s.l = s.l + l;
  const U32 odd = odd64(l);
  s.squares = add64(s.squares, add64(mulEvenSigned(l, l), mulEvenSigned(odd, odd)));
}

// Four vectors, whatever they hold. Zeros are counted with kZeroL, as in the fast form.
void addAny(Sums& s, const U32* a) {
  for (size_t v = 0; v < 4; v++) {
    const M32 infinite = above(a[v], splat(kInfinity - 1));
    const M32 subnormal = above(splat(0x00800000u), a[v]) & above(a[v], splat(0u));
    s.nonFinite = addOne(s.nonFinite, infinite);
    s.largest = max(s.largest, drop(infinite, a[v]));
    addLogs(s, drop(infinite, select(subnormal, log2FixedSubnormal(a[v]), log2Fixed(a[v]))));
  }
}

UK_INLINE void addStep(Sums& s, const float* p) {
  U32 a[4];
  for (size_t v = 0; v < 4; v++) a[v] = asBits(load(p + v * kLanes)) & splat(kAbs);
  const U32 one = splat(1u);
  const U32 least = min(min(a[0] - one, a[1] - one), min(a[2] - one, a[3] - one));
  const U32 most = max(max(a[0], a[1]), max(a[2], a[3]));
  s.smallest = min(s.smallest, least);
  for (size_t v = 0; v < 4; v++) s.zeros = addOne(s.zeros, equal(a[v], splat(0u)));
  const M32 subnormal = equal(min(least, splat(0x007ffffeu)), least);
  if (any(subnormal | above(most, splat(kInfinity - 1)))) return addAny(s, a);
  s.largest = max(s.largest, most);
  for (size_t v = 0; v < 4; v++) addLogs(s, log2Fixed(a[v]));
}

UK_INLINE int64_t sumOf(U32 v) {
  uint32_t lanes[kLanes];
  store(lanes, v);
  int64_t sum = 0;
  for (const uint32_t lane : lanes) sum += static_cast<int32_t>(lane);
  return sum;
}

UK_INLINE int64_t sumOf64(U32 v) {
  int64_t halves[kLanes / 2];
  uint32_t lanes[kLanes];
  store(lanes, v);
  std::memcpy(halves, lanes, sizeof lanes);
  int64_t sum = 0;
  for (const int64_t half : halves) sum += half;
  return sum;
}

}  // namespace

int32_t stats(In<float> x, StatsReport& report, Span) {
  Sums sums;
  const auto padded = static_cast<int64_t>((x.size + kStep - 1) / kStep * kStep - x.size);
  for (size_t at = 0; at < x.size; at += kBlock) {
    // |L| <= 305152 and at most kBlock / kLanes elements a lane: 32 bits hold the partial sum.
    sums.l = splat(0u);
    forSteps(x.data + at, lesser(kBlock, x.size - at), [&](const float* p, size_t, size_t) {
      prefetch(p);
      addStep(sums, p);
    });
    report.sumL += sumOf(sums.l);
  }
  const int64_t counted = sumOf(sums.zeros);
  const auto zeros = static_cast<double>(counted - padded);
  const auto nonFinite = static_cast<double>(sumOf(sums.nonFinite));
  report.sumL -= counted * kZeroL;
  report.sumL2 += sumOf64(sums.squares) - counted * (kZeroL * kZeroL);
  report.zeros += zeros;
  report.nonFinite += nonFinite;
  report.count += static_cast<double>(x.size) - zeros - nonFinite;
  const uint32_t largest = maxOf(sums.largest);
  const uint32_t smallest = minOf(sums.smallest) + 1;
  if (largest > report.amaxBits) report.amaxBits = largest;
  if (smallest != 0 && smallest < kInfinity && smallest < report.aminBits) report.aminBits = smallest;
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
