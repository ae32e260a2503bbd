// The values of codes.
#pragma once

#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

// Looks codes up in a table of 2^bits values. Up to 4 bits the table lives in registers; wider tables
// of a regular floating-point format are computed instead of loaded, after checking that the
// computation gives every entry.
class ValueTable {
 public:
  ValueTable(const float* lut, uint32_t bits);

  // The values of n <= kBlock codes. `codes` has room for the next multiple of kStep.
  void look(const uint8_t* codes, size_t n, float* out) const;

 private:
  void lookSixteen(const uint8_t* codes, size_t n, float* out) const;
  void lookAny(const uint8_t* codes, size_t n, float* out) const;

  const float* lut_;
  uint32_t mask_;
  float sixteen_[16];
};

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
