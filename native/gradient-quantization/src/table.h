// The values of codes.
#pragma once

#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

// Looks codes up in a table of 2^bits values. Up to 4 bits the table lives in registers. The values of a
// wider regular format are computed: with M the magnitude code,
//   value = step * (M < 2^m ? M : f32 with exponent and mantissa of M), step the smallest magnitude.
// The constructor checks that this gives every entry up to some M; codes beyond (infinities, NaN) and
// tables of other kinds are loaded one by one.
class ValueTable {
 public:
  // `lut` has 256 entries and must outlive the object.
  ValueTable(const float* lut, uint32_t bits);

  // The values of n <= kBlock codes, one per byte, with zeros above the code.
  void look(const uint8_t* codes, size_t n, float* out) const;

  // The values of n <= kBlock packed codes.
  void lookPacked(const uint8_t* packed, size_t n, uint32_t width, float* out) const;

 private:
  bool fits(uint32_t manBits);
  float computed(uint32_t code, uint32_t manBits) const;
  void lookSixteen(const uint8_t* codes, size_t n, float* out) const;
  void lookNibbles(const uint8_t* packed, size_t n, float* out) const;
  void compute(const uint8_t* codes, size_t n, float* out) const;

  const float* lut_;
  uint32_t bits_;
  uint32_t mask_;
  // Of a regular format; regularCodes_ is the number of magnitudes that the formula gives, 0 if none.
  uint32_t manBits_ = 0;
  uint32_t regularCodes_ = 0;
};

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
