// Error feedback: r = g + e, q = enc(r), e <- r - dec(q), so that what one step loses the next one adds.
#include "feedback.h"

#include <new>

#include "codec.h"
#include "kernels.h"
#include "pack.h"
#include "philox.h"
#include "table.h"
#include "tags.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

UK_INLINE void addRest(const float* g, const float* e, float* sum, size_t n) {
  mapSteps(g, sum, n, [&](const float* p, float* to, size_t at, size_t valid) {
    alignas(64) float rest[kStep] = {};
    if (valid < kStep) std::memcpy(rest, e + at, valid * sizeof *e);
    const float* from = valid < kStep ? rest : e + at;
    for (size_t v = 0; v < kStep; v += kLanes) store(to + v, canonical(load(p + v) + load(from + v)));
  });
}

// e = r - value, 0 where that is not finite: an overflow to Inf or NaN must not stay in the state for good.
UK_INLINE void subtractValues(const float* r, const float* values, float* e, size_t n) {
  mapSteps(r, e, n, [&](const float* p, float* to, size_t at, size_t) {
    for (size_t v = 0; v < kStep; v += kLanes) {
      const U32 rest = asBits(load(p + v) - load(values + at + v));
      const M32 infinite = above(rest & splat(kAbs), splat(kInfinity - 1));
      store(to + v, asFloat(drop(infinite, rest)));
    }
  });
}

}  // namespace

int32_t feedbackCreate(uint32_t n, std::unique_ptr<ErrorFeedback>& feedback) {
  auto* made = new (std::nothrow) ErrorFeedback;
  if (made == nullptr) return kOutOfMemory;
  made->residual = static_cast<float*>(std::calloc(n == 0 ? 1 : n, sizeof(float)));
  made->n = n;
  feedback.reset(made);
  return made->residual == nullptr ? kOutOfMemory : kOk;
}

int32_t feedbackSum(ErrorFeedback& feedback, In<float> g, Out<float> sum, Span span) {
  if (span.end > feedback.n) return kBadArgument - 1;
  addRest(g.data, feedback.residual + span.begin, sum.data, g.size);
  return kOk;
}

int32_t feedbackStep(ErrorFeedback& feedback, In<float> g, In<uint32_t> codecNumbers, uint32_t width, double scale,
                     In<float> lut, uint64_t seed, uint32_t stream, uint64_t offset, Out<uint8_t> codes,
                     FeedbackStepReport& report, Span span) {
  if (span.end > feedback.n) return kBadArgument - 1;
  const Codec codec(codecNumbers.data);
  const EncodeBlock encodeBlock = encodeBlockOf(codec);
  const ValueTable table(lut.data, codec.bits);
  ElementWords words(seed, offset + span.begin, stream, kElementTag);
  EncodeTally tally;
  tally.firstNan = report.firstNan;
  float* residual = feedback.residual + span.begin;
  alignas(64) float sum[kBlock];
  alignas(64) float values[kBlock];
  alignas(64) uint8_t local[kBlock];
  for (size_t at = 0; at < g.size; at += kBlock) {
    const size_t n = lesser(kBlock, g.size - at);
    addRest(g.data + at, residual + at, sum, n);
    const uint32_t* drawn = codec.rounding == kStochastic ? words.take(n, g.data + at + n) : nullptr;
    encodeBlock(codec, static_cast<float>(scale), sum, drawn, n, local, span.begin + at, tally);
    table.look(local, n, values);
    subtractValues(sum, values, residual + at, n);
    packCodes(local, n, width, codes.data + at / 8 * width);
  }
  report.overflowed += tally.overflowed;
  report.underflowed += tally.underflowed;
  report.firstNan = tally.firstNan;
  return kOk;
}

int32_t feedbackResidual(ErrorFeedback& feedback, Out<float> out) {
  if (out.size > feedback.n) return kBadArgument - 1;
  if (out.size > 0) std::memcpy(out.data, feedback.residual, out.size * sizeof(float));
  return kOk;
}

int32_t feedbackReset(ErrorFeedback& feedback) {
  std::memset(feedback.residual, 0, feedback.n * sizeof(float));
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
