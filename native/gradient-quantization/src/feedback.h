// State of error feedback: what quantization has lost so far, per element.
#pragma once

#include <cstddef>
#include <cstdlib>

namespace ukernels {
namespace gradient_quantization {

struct ErrorFeedback {
  float* residual = nullptr;
  size_t n = 0;

  ErrorFeedback() = default;
  ErrorFeedback(const ErrorFeedback&) = delete;
  ErrorFeedback& operator=(const ErrorFeedback&) = delete;
  ~ErrorFeedback() { std::free(residual); }
};

}  // namespace gradient_quantization
}  // namespace ukernels
