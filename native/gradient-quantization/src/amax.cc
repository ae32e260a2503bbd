// Largest finite magnitude.
#include "kernels.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

// Bits of the largest |x|, non-finite ones included: magnitudes order like their bits.
static uint32_t largest(const float* x, size_t n) {
  const U32 abs = splat(kAbs);
  U32 a = splat(0u), b = a, c = a, d = a;
  forSteps(x, n, [&](const float* p, size_t, size_t) {
    prefetch(p);
    a = max(a, asBits(load(p)) & abs);
    b = max(b, asBits(load(p + kLanes)) & abs);
    c = max(c, asBits(load(p + 2 * kLanes)) & abs);
    d = max(d, asBits(load(p + 3 * kLanes)) & abs);
  });
  return maxOf(max(max(a, b), max(c, d)));
}

int32_t amax(In<float> x, AmaxReport& report, Span span) {
  uint32_t found = largest(x.data, x.size);
  if (found >= kInfinity) {
    found = 0;
    for (size_t i = 0; i < x.size; i++) {
      const uint32_t a = bitsOf(x.data[i]) & kAbs;
      const double index = static_cast<double>(span.begin + i);
      if (a < kInfinity && a > found) found = a;
      if (a >= kInfinity && index < report.firstNonFinite) report.firstNonFinite = index;
      if (a > kInfinity && index < report.firstNan) report.firstNan = index;
    }
  }
  if (found > report.amaxBits) report.amaxBits = found;
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
