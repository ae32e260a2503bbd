// The core functions of @ukernels/gradient-quantization, for one instruction set.
//
// No include guard on purpose: include this file once per instruction set, each time with UK_ISA
// defined as sse41, avx2, avx512 or neon, to declare all variants side by side. The sources of this
// folder are compiled once per instruction set with -DUK_ISA=...
//
// Every function takes a chunk: arrays that depend on the row's span are slices that begin at
// span.begin, indices in reports are those of the whole call. What each row means, its lengths and
// ranges: packages/gradient-quantization/src/abi.ts.
#include <memory>

#include "abi.h"
#include "feedback.h"
#include "reports.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

// amax.cc, stats.cc, histogram.cc
int32_t amax(In<float> x, AmaxReport& report, Span span);
int32_t stats(In<float> x, StatsReport& report, Span span);
int32_t logHistogram(In<float> x, Out<uint32_t> hist, Span span);

// convert.cc
int32_t narrow64(In<double> x, double scale, Out<float> out, Span span);
int32_t widen16(In<uint16_t> x, uint32_t dtype, Out<float> out, Span span);

// encode.cc
int32_t encode(In<float> x, In<uint32_t> codec, uint32_t width, double scale, uint64_t seed, uint32_t stream,
               uint64_t offset, Out<uint8_t> codes, EncodeReport& report, Span span);
int32_t fakeQuantize(In<float> x, In<uint32_t> codec, In<float> lut, double scale, uint64_t seed, uint32_t stream,
                     uint64_t offset, Out<float> out, FakeQuantizeReport& report, Span span);

// decode.cc
int32_t decode(In<uint8_t> codes, In<float> lut, uint32_t bits, uint32_t width, uint32_t mode, double weight,
               double divisor, Out<float> out, Span span);
int32_t accumulate(In<float> x, double weight, Out<float> out, Span span);

// feedback.cc
int32_t feedbackCreate(uint32_t n, std::unique_ptr<ErrorFeedback>& feedback);
int32_t feedbackSum(ErrorFeedback& feedback, In<float> g, Out<float> sum, Span span);
int32_t feedbackStep(ErrorFeedback& feedback, In<float> g, In<uint32_t> codec, uint32_t width, double scale,
                     In<float> lut, uint64_t seed, uint32_t stream, uint64_t offset, Out<uint8_t> codes,
                     FeedbackStepReport& report, Span span);
int32_t feedbackResidual(ErrorFeedback& feedback, Out<float> out);
int32_t feedbackReset(ErrorFeedback& feedback);

// blocks.cc
int32_t mxEncode(In<float> x, In<uint32_t> codec, uint32_t scaleMode, uint32_t rowLength, uint32_t blocks,
                 uint64_t seed, uint32_t stream, uint64_t offset, uint32_t poison, uint32_t bits, Out<uint8_t> data,
                 Out<uint8_t> scales, MxEncodeReport& report, Span span);
int32_t nvfp4Encode(In<float> x, In<uint32_t> codec, double tensorScale, uint32_t rowLength, uint32_t blocks,
                    uint64_t seed, uint32_t stream, uint64_t offset, uint32_t poison, Out<uint8_t> data,
                    Out<uint8_t> scales, Nvfp4EncodeReport& report, Span span);
int32_t blocksDecode(In<uint8_t> data, In<uint8_t> scales, In<float> lut, In<float> scaleLut, uint32_t bits,
                     uint32_t blockSize, uint32_t rowLength, uint32_t blocks, uint32_t mode, double weight,
                     Out<float> out, Span span);

// luq.cc
int32_t luqEncode(In<float> x, double alpha, uint32_t levels, uint32_t width, uint64_t seed, uint32_t stream,
                  uint32_t sample, uint64_t offset, Out<uint8_t> codes, LuqEncodeReport& report, Span span);

// prune.cc
int32_t prune(In<float> x, double alpha, uint64_t seed, uint32_t stream, uint64_t offset, Out<float> out,
              PruneReport& report, Span span);
int32_t pruneEncode(In<float> x, double alpha, uint64_t seed, uint32_t stream, uint64_t offset, Out<uint8_t> classes,
                    Out<float> values, size_t& used, PruneEncodeReport& report, Span span);
int32_t pruneDecode(In<uint8_t> classes, In<float> values, size_t& used, double alpha, uint32_t mode, double weight,
                    Out<float> out, Span span);

// random.cc
int32_t philox(uint64_t seed, uint64_t block, uint32_t stream, uint32_t tag, Out<uint32_t> words);

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
