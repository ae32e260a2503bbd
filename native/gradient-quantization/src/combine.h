// What becomes of decoded values: stored, or added to what is there.
#pragma once

#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

enum Mode : uint32_t { kStore, kAccumulate };

// out + f32(weight * x), or x, then divided by `divisor`; NaN in one form. n values.
UK_INLINE void combine(const float* x, uint32_t mode, float weight, float divisor, float* out, size_t n) {
  const F32 weights = splat(weight), divisors = splat(divisor);
  const bool divides = divisor != 1.0f;
  const auto step = [&](F32 v, F32 before) {
    if (mode == kAccumulate) v = before + weights * v;
    return canonical(divides ? v / divisors : v);
  };
  size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) store(out + i, step(load(x + i), load(out + i)));
  if (i == n) return;
  float values[kLanes] = {}, before[kLanes] = {};
  std::memcpy(values, x + i, (n - i) * sizeof *x);
  std::memcpy(before, out + i, (n - i) * sizeof *x);
  store(values, step(load(values), load(before)));
  std::memcpy(out + i, values, (n - i) * sizeof *x);
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
