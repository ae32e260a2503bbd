// One element at a time, in double precision, straight from the definitions: what the vector code is
// compared with.
#pragma once

#include "core.h"

namespace test {

struct Reference {
  const Format& f;
  const Options& o;

  int magnitudes() const { return 1 << (f.bits - 1); }
  int infinityCode() const { return ((1 << f.expBits) - 1) << f.manBits; }
  int maxCode() const {
    if (f.special == 0) return infinityCode() - 1;
    return f.special == 1 ? magnitudes() - 2 : magnitudes() - 1;
  }

  // The value of a magnitude code, were all codes numbers.
  double value(int code) const {
    const int e = code >> f.manBits;
    const int m = code & ((1 << f.manBits) - 1);
    if (e == 0) return std::ldexp(m, 1 - f.bias - static_cast<int>(f.manBits));
    return std::ldexp((1 << f.manBits) + m, e - f.bias - static_cast<int>(f.manBits));
  }

  // Largest magnitude code whose value is at most v > 0; codes go on beyond the format's.
  int below(double v) const {
    int low = 0, high = 1 << 20;
    while (high - low > 1) {
      const int middle = (low + high) / 2;
      (value(middle) <= v ? low : high) = middle;
    }
    return low;
  }

  // The word's share of the distance to the next code, as the encoder takes it: all discarded bits of
  // the f32 for normal values, 24 bits of a step below.
  bool goesUp(double v, int code, uint32_t word) const {
    const double step = value(code + 1) - value(code);
    const bool normal = code >> f.manBits > 0;
    const int kept = normal ? 23 - static_cast<int>(f.manBits) : 24;
    const double fraction = std::floor(std::ldexp((v - value(code)) / step, kept));
    return fraction + (word >> (32 - kept)) >= std::ldexp(1, kept);
  }

  uint8_t encode(float x, uint32_t word) const {
    const bool negative = std::signbit(x);
    const int sign = negative ? magnitudes() : 0;
    const int beyond = f.special == 0 ? infinityCode() : f.special == 2 ? magnitudes() : magnitudes() - 1;
    if (x != x) return nan(negative);
    if (std::isinf(x)) {
      const int code = o.overflow == 0 ? maxCode() : beyond;
      return static_cast<uint8_t>(code | sign);
    }
    const float y = x * static_cast<float>(o.scale);
    const double v = std::fabs(std::isinf(y) ? 0x1p200 : static_cast<double>(y));
    const int down = below(v);
    int code = down;
    const double middle = (value(down) + value(down + 1)) / 2;
    if (o.rounding == 0) code += v > middle || (v == middle && down % 2 == 1);
    if (o.rounding == 1) code += down <= maxCode() && goesUp(v, down, word);
    if (o.rounding == 3) code += v >= middle;
    const bool over = (o.rounding == 0 || o.rounding == 3 ? code : down) > maxCode();
    if (over) code = o.overflow == 2 ? beyond : maxCode();
    if (code > maxCode() && !over) code = maxCode();
    if (code == 0 && f.special == 2) return 0;
    return static_cast<uint8_t>(code | sign);
  }

  uint8_t nan(bool negative) const {
    const int sign = negative ? magnitudes() : 0;
    if (o.nan == 2) return static_cast<uint8_t>(maxCode() | sign);
    if (f.special == 1) return static_cast<uint8_t>((magnitudes() - 1) | sign);
    if (f.special == 2) return static_cast<uint8_t>(magnitudes());
    if (f.special == 0 && f.manBits > 0) return static_cast<uint8_t>(infinityCode() | 1 << (f.manBits - 1) | sign);
    return static_cast<uint8_t>(negative ? 0 : magnitudes());
  }

  // The f32 value of every code; NaN where the format has one.
  std::vector<float> table() const {
    std::vector<float> lut(256);
    for (int code = 0; code < 2 * magnitudes(); code++) {
      const int m = code % magnitudes();
      double v = value(m);
      if (m > maxCode()) v = f.special == 0 && m == infinityCode() ? HUGE_VAL : NAN;
      if (f.special == 2 && code == magnitudes()) v = NAN;
      lut[static_cast<size_t>(code)] = static_cast<float>(code >= magnitudes() ? -v : v);
      if (v != v) lut[static_cast<size_t>(code)] = floatFrom(0x7fc00000);
    }
    return lut;
  }
};

// Formats of all sorts: every width, no mantissa, far biases.
inline const std::vector<Format>& manyFormats() {
  static const std::vector<Format> formats = {
      {"e4m3fn", 8, 4, 3, 7, 1},      {"e5m2", 8, 5, 2, 15, 0},        {"e3m4", 8, 3, 4, 3, 0},
      {"e4m3fnuz", 8, 4, 3, 8, 2},    {"e5m2fnuz", 8, 5, 2, 16, 2},    {"e3m2fn", 6, 3, 2, 3, 3},
      {"e2m3fn", 6, 2, 3, 1, 3},      {"e2m1fn", 4, 2, 1, 1, 3},       {"ieee(7,0)", 8, 7, 0, 63, 0},
      {"ieee(1,6)", 8, 1, 6, 0, 0},   {"ieee(4,2)", 7, 4, 2, 7, 0},    {"finite(3,1)", 5, 3, 1, 3, 3},
      {"finite(1,1)", 3, 1, 1, 0, 3}, {"finite(3,0,2)", 4, 3, 0, 2, 3}, {"fn(1,0)", 2, 1, 0, 0, 1},
      {"finite(4,3,140)", 8, 4, 3, 140, 3}, {"finite(2,4,-100)", 7, 2, 4, -100, 3}, {"ieee(5,2,70)", 8, 5, 2, 70, 0},
  };
  return formats;
}

}  // namespace test
