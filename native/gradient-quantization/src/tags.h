// Purposes of random words: the low byte of Philox' last counter word.
#pragma once

#include <cstdint>

namespace ukernels {
namespace gradient_quantization {

constexpr uint32_t kElementTag = 1;
constexpr uint32_t kPruneTag = 2;
constexpr uint32_t kLuqTag = 3;  // | sample << 8

}  // namespace gradient_quantization
}  // namespace ukernels
