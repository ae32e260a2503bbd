// Other number types to f32.
#include <cmath>

#include "kernels.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

enum Dtype16 : uint32_t { kF16, kBf16 };

// f32 of y by round-to-odd: truncated, the last bit set when anything was lost, so that a second
// rounding to fewer bits is as good as one. Beyond f32, infinite products included, it is the largest
// value. `x` is y before scaling and decides what is finite.
UK_INLINE uint32_t roundToOdd(double x, double y) {
  uint64_t before;
  std::memcpy(&before, &x, sizeof before);
  const auto sign = static_cast<uint32_t>(before >> 32) & kSign;
  constexpr double kLargest = 0x1.fffffep127;
  const double magnitude = __builtin_fabs(y);
  const double size = magnitude > kLargest ? kLargest : magnitude;
  const auto near = static_cast<float>(size);
  const auto back = static_cast<double>(near);
  uint32_t bits = bitsOf(near);
  bits -= back > size;
  bits |= back != size;
  const double original = __builtin_fabs(x);
  bits = original == HUGE_VAL ? kInfinity : bits;
  bits = original != original ? kNan : bits;
  return sign | bits;
}

// The same in integers for y = 0 and y within the normal range of f32, n values at a time; the compiler
// makes vectors of it. False when there was anything else.
bool roundToOddNormal(const double* x, double scale, size_t n, uint32_t* out) {
  constexpr int64_t kLow = int64_t{1023 - 126} << 52, kHigh = int64_t{1023 + 128} << 52;
  int64_t outside = 0;
  for (size_t i = 0; i < n; i++) {
    const double y = x[i] * scale;
    int64_t bits;
    std::memcpy(&bits, &y, sizeof bits);
    const int64_t a = bits & INT64_MAX;
    const int64_t lost = (a & 0x1fffffff) != 0;
    const int64_t narrow = ((a >> 29) - (int64_t{1023 - 127} << 23)) | lost;
    outside |= ((a < kLow) & (a != 0)) | (a >= kHigh);
    out[i] = static_cast<uint32_t>(a == 0 ? 0 : narrow) | static_cast<uint32_t>(static_cast<uint64_t>(bits) >> 63 << 31);
  }
  return outside == 0;
}

UK_INLINE U32 widenBf16(U32 h) {
  const U32 bits = shl<16>(h);
  return select(above(bits & splat(kAbs), splat(kInfinity)), (bits & splat(kSign)) | splat(kNan), bits);
}

// Exponent field 0: the value is an integer times 2^-24. Else the exponent moves by 127 - 15; all
// ones become all ones.
UK_INLINE U32 widenF16(U32 h) {
  const U32 sign = shl<16>(h & splat(0x8000u));
  const U32 a = h & splat(0x7fffu);
  const U32 small = asBits(toFloat(a) * splat(0x1p-24f));
  const U32 normal = shl<13>(a) + splat(112u << 23);
  const U32 infinite = select(equal(a, splat(0x7c00u)), splat(kInfinity), splat(kNan));
  const U32 finite = select(above(splat(0x0400u), a), small, normal);
  return sign | select(above(a, splat(0x7bffu)), infinite, finite);
}

}  // namespace

int32_t narrow64(In<double> x, double scale, Out<float> out, Span) {
  alignas(64) uint32_t narrowed[kBlock];
  for (size_t at = 0; at < x.size; at += kBlock) {
    const size_t n = lesser(kBlock, x.size - at);
    if (!roundToOddNormal(x.data + at, scale, n, narrowed))
      for (size_t i = 0; i < n; i++) narrowed[i] = roundToOdd(x.data[at + i], x.data[at + i] * scale);
    std::memcpy(out.data + at, narrowed, n * sizeof *narrowed);
  }
  return kOk;
}

int32_t widen16(In<uint16_t> x, uint32_t dtype, Out<float> out, Span) {
  if (dtype == kBf16) {
    mapSteps(x.data, out.data, x.size, [](const uint16_t* p, float* to, size_t, size_t) {
      for (size_t v = 0; v < kStep; v += kLanes) store(to + v, asFloat(widenBf16(loadU16(p + v))));
    });
  } else {
    mapSteps(x.data, out.data, x.size, [](const uint16_t* p, float* to, size_t, size_t) {
      for (size_t v = 0; v < kStep; v += kLanes) store(to + v, asFloat(widenF16(loadU16(p + v))));
    });
  }
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
