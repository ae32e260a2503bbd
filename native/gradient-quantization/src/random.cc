// Random words for tests and for other kernels' samplers.
#include "kernels.h"
#include "philox.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

int32_t philox(uint64_t seed, uint64_t block, uint32_t stream, uint32_t tag, Out<uint32_t> words) {
  Philox generator(seed, block, stream, tag);
  const size_t whole = words.size / kStep * kStep;
  generator.fill(words.data, whole, words.data);
  if (whole == words.size) return kOk;
  uint32_t rest[kStep];
  generator.fill(rest, kStep, rest);
  std::memcpy(words.data + whole, rest, (words.size - whole) * sizeof *rest);
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
