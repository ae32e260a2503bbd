// How elements are coded: the numbers of the `codec` argument and what follows from them.
#pragma once

#include "abi.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

enum Special : uint32_t { kIeee, kFn, kFnuz, kFinite, kE8m0 };
enum Rounding : uint32_t { kNearestEven, kStochastic, kTowardZero, kNearestAway };
enum Overflow : uint32_t { kSaturate, kSaturateFinite, kNonSaturating };
enum NanMode : uint32_t { kThrow, kCanonical, kMaximum };

// The element's magnitude code (exponent and mantissa bits) is a function of a = bits of |y|,
// y = f32(x * scale):
//   normal      (a + rounding) >> sh, minus base                 sh = 23 - m, base = (127 - bias) << m
//   subnormal   |y| in steps of 2^(1 - bias - m), for a < firstNormal = (128 - bias) << 23
// Formats whose subnormals lie outside the comfortable range of f32 are handled at 2^64 times or
// 2^-64 times the value (`lift`), which changes no code.
struct Codec {
  uint32_t bits, manBits, special, rounding, overflow, nan;
  bool count;

  uint32_t base, firstNormal;
  uint32_t signBit;                   // 1 << (bits - 1)
  uint32_t maxCode;                   // magnitude of the largest finite value
  uint32_t overCode;                  // for a finite value that overflows; the sign is added
  uint32_t infCode;                   // for an infinity; the sign is added
  uint32_t nanPositive, nanNegative;  // whole codes
  bool bareZero;                      // zero has no sign
  float lift;
  uint32_t clamp;  // bits of the value that overCode would have, were it a number
  bool fast;       // no counts, no fix-ups but for what is not finite

  // Reads input u32[10]: bits, expBits, manBits, bias, special, rounding, overflow, nan, count,
  // compatReference. Numbers that no format has are moved to the nearest that one could have.
  explicit Codec(const uint32_t* p)
      : bits(within(p[0], 2, 8)),
        manBits(within(p[2], 0, 6)),
        special(p[4]),
        rounding(p[5]),
        overflow(p[6]),
        nan(p[7]),
        count(p[8] != 0) {
    int32_t bias = static_cast<int32_t>(within(p[3] + 150, 0, 300)) - 150;
    lift = 1.0f;
    if (bias > 64) lift = floatOf((127u + 64u) << 23), bias -= 64;
    if (bias < -60) lift = floatOf((127u - 64u) << 23), bias += 64;
    base = static_cast<uint32_t>(127 - bias) << manBits;
    firstNormal = static_cast<uint32_t>(128 - bias) << 23;
    subnormalStep_ = bias + static_cast<int32_t>(manBits);
    signBit = 1u << (bits - 1);
    bareZero = special == kFnuz;
    setSpecials(within(p[1], 1, 8), p[9] != 0 && special == kIeee);
    setFast();
  }

  uint32_t shift() const { return 23 - manBits; }
  // 2^(bias + m - 1 + k): |y| times it is |y| in 2^-k subnormal steps.
  float steps(int32_t k) const { return floatOf(static_cast<uint32_t>(126 + subnormalStep_ + k) << 23); }
  // 2^(24 - bias - m): adding it leaves |y| in subnormal steps, rounded to even, in the low bits.
  float magic() const { return floatOf(static_cast<uint32_t>(127 + 24 - subnormalStep_) << 23); }

 private:
  int32_t subnormalStep_;

  static constexpr uint32_t within(uint32_t v, uint32_t low, uint32_t high) {
    return v < low ? low : v > high ? high : v;
  }

  // `reference`: the released code that compat imitates knows neither overflow modes nor NaN; everything
  // beyond the largest value becomes the code of infinity, NaN the code of all ones.
  void setSpecials(uint32_t expBits, bool reference) {
    const uint32_t ones = (1u << (expBits + manBits)) - 1;
    const uint32_t infinity = ones >> manBits << manBits;
    maxCode = special == kIeee ? infinity - 1 : special == kFn ? ones - 1 : ones;
    const uint32_t beyond = special == kIeee ? infinity : special == kFnuz ? signBit : ones;
    overCode = overflow == kNonSaturating || reference ? beyond : maxCode;
    infCode = overflow != kSaturate || reference ? beyond : maxCode;
    // Formats without NaN take the sign bit alone for +NaN and 0 for -NaN.
    nanPositive = signBit;
    nanNegative = special == kFnuz ? signBit : 0;
    if (nan == kMaximum) {
      nanPositive = maxCode;
    } else if (special == kFn || reference) {
      nanPositive = ones;
    } else if (special == kIeee && manBits > 0) {
      nanPositive = infinity | 1u << (manBits - 1);
    }
    if (nanPositive != signBit) nanNegative = nanPositive | signBit;
  }

  // Rounding to nearest sends all that overflows to the next code; the others would need a comparison.
  void setFast() {
    clamp = overCode >> manBits == 0 ? bitsOf(static_cast<float>(overCode) / steps(0)) : (overCode + base) << shift();
    fast = lift == 1.0f && !count && !bareZero && special != kE8m0;
    if (rounding == kStochastic || rounding == kTowardZero) fast = fast && overCode == maxCode;
    // The sum of encodeNearestEven must stay finite, and ties need a mantissa bit.
    if (rounding == kNearestEven) fast = fast && manBits > 0 && (clamp >> 23) + shift() < 254;
  }
};

// What encoding tells besides the codes. `firstNan` stays untouched unless NaN is an error.
struct EncodeTally {
  double overflowed = 0;
  double underflowed = 0;
  double firstNan;
};

// Codes of n <= kBlock elements, one per byte. `words` are the elements' random words (only read for
// stochastic rounding; as ElementWords::take gives them), `index` is the number of x[0] in the call.
using EncodeBlock = void (*)(const Codec& codec, float scale, const float* x, const uint32_t* words, size_t n,
                             uint8_t* codes, uint64_t index, EncodeTally& tally);

// The function for a codec.
EncodeBlock encodeBlockOf(const Codec& codec);

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
