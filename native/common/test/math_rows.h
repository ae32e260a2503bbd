// Elementary functions of one instruction set, for the tests. Included once per instruction set.
#include <cstddef>
#include <cstdint>

namespace ukernels {
namespace UK_ISA {

// Function 0 … 5: exp, log, tanh, sigmoid, sin, cos of n numbers, a multiple of 16, in vectors.
void vectors(int which, const float* x, float* out, size_t n);
// The same one by one.
void numbers(int which, const float* x, float* out, size_t n);
// Function 0, 1: exp64, log64.
void doubles(int which, const double* x, double* out, size_t n);
// Pairs of normals from n words; n f32 normals from as many.
void pairs(const uint32_t* words, double* out, size_t n);
void singles(const uint32_t* words, float* out, size_t n);

}  // namespace UK_ISA
}  // namespace ukernels
