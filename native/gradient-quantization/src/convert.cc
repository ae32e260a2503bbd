// Other number types to f32.
#include "kernels.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

enum Dtype16 : uint32_t { kF16, kBf16 };

// f32 of y by round-to-odd: truncated, the last bit set when anything was lost, so that a second
// rounding to fewer bits is as good as one. `x` is y before scaling and decides what is finite.
UK_INLINE float roundToOdd(double x, double y) {
  uint64_t bits64;
  std::memcpy(&bits64, &x, sizeof bits64);
  const auto sign = static_cast<uint32_t>(bits64 >> 32) & kSign;
  const uint64_t magnitude = bits64 & 0x7fffffffffffffff;
  if (magnitude > 0x7ff0000000000000) return floatOf(sign | kNan);
  if (magnitude == 0x7ff0000000000000) return floatOf(sign | kInfinity);
  std::memcpy(&bits64, &y, sizeof bits64);
  bits64 &= 0x7fffffffffffffff;
  double size;
  std::memcpy(&size, &bits64, sizeof size);
  // Beyond f32, infinite products included: the largest value.
  if (size >= 0x1p128) return floatOf(sign | (kInfinity - 1));
  const auto near = static_cast<float>(size);
  uint32_t bits = bitsOf(near);
  const double back = static_cast<double>(near);
  if (back > size) bits--;
  if (back != size) bits |= 1;
  return floatOf(sign | bits);
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
  for (size_t i = 0; i < x.size; i++) out.data[i] = roundToOdd(x.data[i], x.data[i] * scale);
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
