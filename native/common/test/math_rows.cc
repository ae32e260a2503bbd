#include "test/math_rows.h"

#include "math32.h"
#include "math64.h"

namespace ukernels {
namespace UK_ISA {

namespace {

template <class F>
UK_INLINE F apply(int which, F x) {
  switch (which) {
    case 0:
      return exp(x);
    case 1:
      return log(x);
    case 2:
      return tanh(x);
    case 3:
      return sigmoid(x);
    case 4:
      return sin(x);
    default:
      return cos(x);
  }
}

}  // namespace

void vectors(int which, const float* x, float* out, size_t n) {
  for (size_t i = 0; i < n; i += kLanes) store(out + i, apply(which, load(x + i)));
}
void numbers(int which, const float* x, float* out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = apply(which, x[i]);
}
void doubles(int which, const double* x, double* out, size_t n) {
  for (size_t i = 0; i < n; i++) out[i] = which == 0 ? exp64(x[i]) : log64(x[i]);
}
void pairs(const uint32_t* words, double* out, size_t n) {
  for (size_t i = 0; i < n; i += 2) {
    const NormalPair pair = normalPair(words[i], words[i + 1]);
    out[i] = pair.cosine;
    out[i + 1] = pair.sine;
  }
}
void singles(const uint32_t* words, float* out, size_t n) { normals(words, n, out); }

}  // namespace UK_ISA
}  // namespace ukernels
