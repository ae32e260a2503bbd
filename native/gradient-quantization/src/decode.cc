// Decoding packed codes by a table of values, and weighted sums.
#include "combine.h"
#include "kernels.h"
#include "table.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

int32_t decode(In<uint8_t> codes, In<float> lut, uint32_t bits, uint32_t width, uint32_t mode, double weight,
               double divisor, Out<float> out, Span) {
  const ValueTable table(lut.data, bits);
  const auto factor = static_cast<float>(weight);
  const auto quotient = static_cast<float>(divisor);
  const bool direct = mode == kStore && quotient == 1.0f;
  alignas(64) float values[kBlock];
  for (size_t at = 0; at < out.size; at += kBlock) {
    const size_t n = lesser(kBlock, out.size - at);
    table.lookPacked(codes.data + at / 8 * width, n, width, direct ? out.data + at : values);
    if (!direct) combine(values, mode, factor, quotient, out.data + at, n);
  }
  return kOk;
}

int32_t accumulate(In<float> x, double weight, Out<float> out, Span) {
  combine(x.data, kAccumulate, static_cast<float>(weight), 1.0f, out.data, x.size);
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
