// Walking over a chunk in steps of four vectors, with a padded last step.
#pragma once

#include "lanes.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

using namespace ::ukernels::UK_ISA;

// Elements that one pass of a kernel handles before the next pass reads them again from the L1 cache.
// A multiple of 64, so that codes of any width end on a byte.
constexpr size_t kBlock = 1024;
// Prefetch distance of the streaming kernels, in elements.
constexpr size_t kAhead = 512;

UK_INLINE size_t lesser(size_t a, size_t b) { return b < a ? b : a; }
// Asks for a step's elements kAhead behind p, which may lie outside any array.
UK_INLINE void prefetch(const float* p) {
  const uintptr_t ahead = reinterpret_cast<uintptr_t>(p) + kAhead * sizeof *p;
  for (size_t line = 0; line < kStep * sizeof *p; line += 64)
    __builtin_prefetch(reinterpret_cast<const void*>(ahead + line));
}

// Calls body(pointer, index, valid) for each kStep elements; the last may point at a copy that is
// filled up with zeros and has valid < kStep.
template <class T, class Body>
UK_INLINE void forSteps(const T* x, size_t n, Body&& body) {
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) body(x + i, i, kStep);
  if (i == n) return;
  alignas(64) T rest[kStep] = {};
  std::memcpy(rest, x + i, (n - i) * sizeof(T));
  body(static_cast<const T*>(rest), i, n - i);
}

// The same with a place for kStep results each; those of the last step are cut to the valid ones.
template <class T, class R, class Body>
UK_INLINE void mapSteps(const T* x, R* out, size_t n, Body&& body) {
  size_t i = 0;
  for (; i + kStep <= n; i += kStep) body(x + i, out + i, i, kStep);
  if (i == n) return;
  alignas(64) T rest[kStep] = {};
  alignas(64) R results[kStep];
  std::memcpy(rest, x + i, (n - i) * sizeof(T));
  body(static_cast<const T*>(rest), static_cast<R*>(results), i, n - i);
  std::memcpy(out + i, results, (n - i) * sizeof(R));
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
