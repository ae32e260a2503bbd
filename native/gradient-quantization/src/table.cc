#include "table.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

ValueTable::ValueTable(const float* lut, uint32_t bits) : lut_(lut), mask_((1u << bits) - 1) {
  for (uint32_t i = 0; i < 16; i++) sixteen_[i] = lut[i & mask_];
}

void ValueTable::look(const uint8_t* codes, size_t n, float* out) const {
  if (mask_ < 16) {
    lookSixteen(codes, n, out);
  } else {
    lookAny(codes, n, out);
  }
}

void ValueTable::lookSixteen(const uint8_t* codes, size_t n, float* out) const {
  const Table16 table = table16(sixteen_);
  const Bytes low = splatBytes(15);
  mapSteps(codes, out, n, [&](const uint8_t* p, float* to, size_t, size_t) {
    ukernels::UK_ISA::look(table, loadBytes(p) & low, to);
  });
}

void ValueTable::lookAny(const uint8_t* codes, size_t n, float* out) const {
  for (size_t i = 0; i < n; i++) out[i] = lut_[codes[i] & mask_];
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
