#include "table.h"

#include "pack.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

// Below as many regular magnitudes the formula isn't worth its fix-ups.
constexpr uint32_t kLeastRegular = 8;

UK_INLINE Table16 smallTable(const float* lut, uint32_t mask) {
  float entries[16];
  for (uint32_t i = 0; i < 16; i++) entries[i] = lut[i & mask];
  return table16(entries);
}

}  // namespace

ValueTable::ValueTable(const float* lut, uint32_t bits) : lut_(lut), bits_(bits < 8 ? bits : 8), mask_((1u << bits_) - 1) {
  if (bits_ <= 4) return;
  for (uint32_t m = 0; m + 1 < bits_; m++)
    if (fits(m)) return;
}

// Magnitude M of a format with m mantissa bits, in steps: below 2^m it counts itself, above it is the
// f32 with exponent field 126 + m + (M >> m).
float ValueTable::computed(uint32_t code, uint32_t m) const {
  const float steps =
      code >> m == 0 ? static_cast<float>(code) : floatOf((code << (23 - m)) + ((126 + m) << 23));
  return steps * lut_[1];
}

bool ValueTable::fits(uint32_t m) {
  const uint32_t signBit = 1u << (bits_ - 1);
  // Beyond this the f32 above would be infinite.
  const uint32_t limit = lesser(signBit, (129 - m) << m);
  uint32_t code = 1;
  while (code < limit) {
    const uint32_t bits = bitsOf(computed(code, m));
    if (bitsOf(lut_[code]) != bits || bitsOf(lut_[signBit | code]) != (bits | kSign)) break;
    code++;
  }
  if (code < kLeastRegular || code < signBit / 2 || bitsOf(lut_[0]) != 0) return false;
  manBits_ = m;
  regularCodes_ = code;
  return true;
}

void ValueTable::look(const uint8_t* codes, size_t n, float* out) const {
  if (bits_ <= 4) {
    lookSixteen(codes, n, out);
  } else if (regularCodes_ > 0) {
    compute(codes, n, out);
  } else {
    for (size_t i = 0; i < n; i++) out[i] = lut_[codes[i] & mask_];
  }
}

void ValueTable::lookPacked(const uint8_t* packed, size_t n, uint32_t width, float* out) const {
  if (width == 4 && bits_ <= 4) return lookNibbles(packed, n, out);
  if (width == 8) return look(packed, n, out);
  alignas(64) uint8_t codes[kBlock];
  unpackCodes(packed, n, width, codes);
  look(codes, n, out);
}

void ValueTable::lookSixteen(const uint8_t* codes, size_t n, float* out) const {
  const Table16 table = smallTable(lut_, mask_);
  const Bytes low = splatBytes(15);
  mapSteps(codes, out, n, [&](const uint8_t* p, float* to, size_t, size_t) {
    ukernels::UK_ISA::look(table, loadBytes(p) & low, to);
  });
}

void ValueTable::lookNibbles(const uint8_t* packed, size_t n, float* out) const {
  const Table16 table = smallTable(lut_, mask_);
  const size_t whole = n / kStep * kStep;
  for (size_t i = 0; i < whole; i += kStep) ukernels::UK_ISA::look(table, loadNibbles(packed + i / 2), out + i);
  for (size_t i = whole; i < n; i++) out[i] = lut_[(packed[i / 2] >> i % 2 * 4) & mask_];
}

void ValueTable::compute(const uint8_t* codes, size_t n, float* out) const {
  const U32 magnitudes = splat(mask_ >> 1);
  const U32 firstNormal = splat(1u << manBits_);
  const U32 exponent = splat((126 + manBits_) << 23);
  const U32 last = splat(regularCodes_ - 1);
  // Minus zero may have a value of its own; then zeros are looked up.
  const bool plainZero = bitsOf(lut_[(mask_ >> 1) + 1]) == kSign;
  const U32 oddMagnitude = splat(plainZero ? ~0u : 0u);
  const F32 step = splat(lut_[1]);
  const Shift up(23 - manBits_), sign(32 - bits_);
  mapSteps(codes, out, n, [&](const uint8_t* p, float* to, size_t, size_t) {
    for (size_t v = 0; v < kStep; v += kLanes) {
      const U32 code = loadU8(p + v);
      const U32 m = code & magnitudes;
      const F32 steps = select(above(firstNormal, m), toFloat(m), asFloat(shl(m, up) + exponent));
      const U32 signs = shl(code, sign) & splat(kSign);
      store(to + v, asFloat(asBits(steps * step) | signs));
      const M32 odd = above(m, last) | equal(m, oddMagnitude);
      if (!any(odd)) continue;
      for (uint32_t lanes = bits(odd); lanes != 0; lanes &= lanes - 1) {
        const auto lane = v + static_cast<size_t>(__builtin_ctz(lanes));
        to[lane] = lut_[p[lane] & mask_];
      }
    }
  });
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
