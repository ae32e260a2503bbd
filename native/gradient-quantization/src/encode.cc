// Encoding f32 to packed codes, and encoding and decoding in one pass.
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

// Hands out the codes of x block by block: body(first element, number of elements, codes).
// `direct`, when not null, is where the codes go one per byte.
template <class Body>
UK_INLINE void encodeBlocks(In<float> x, const Codec& codec, double scale, uint8_t* direct, ElementWords* words,
                            EncodeTally& tally, Span span, Body&& body) {
  const EncodeBlock encodeBlock = encodeBlockOf(codec);
  alignas(64) uint8_t local[kBlock];
  for (size_t at = 0; at < x.size; at += kBlock) {
    const size_t n = lesser(kBlock, x.size - at);
    uint8_t* codes = direct != nullptr ? direct + at : local;
    const uint32_t* drawn = words != nullptr ? words->take(n, x.data + at + n) : nullptr;
    encodeBlock(codec, static_cast<float>(scale), x.data + at, drawn, n, codes, span.begin + at, tally);
    body(at, n, codes);
  }
}

template <class Body>
UK_INLINE void encodeAll(In<float> x, const Codec& codec, double scale, uint8_t* direct, uint64_t seed,
                         uint32_t stream, uint64_t offset, EncodeTally& tally, Span span, Body&& body) {
  if (codec.rounding == kStochastic) {
    ElementWords words(seed, offset + span.begin, stream, kElementTag);
    encodeBlocks(x, codec, scale, direct, &words, tally, span, body);
  } else {
    encodeBlocks(x, codec, scale, direct, nullptr, tally, span, body);
  }
}

}  // namespace

int32_t encode(In<float> x, In<uint32_t> codecNumbers, uint32_t width, double scale, uint64_t seed, uint32_t stream,
               uint64_t offset, Out<uint8_t> codes, EncodeReport& report, Span span) {
  const Codec codec(codecNumbers.data);
  EncodeTally tally;
  tally.firstNan = report.firstNan;
  uint8_t* direct = width == 8 ? codes.data : nullptr;
  encodeAll(x, codec, scale, direct, seed, stream, offset, tally, span, [&](size_t at, size_t n, uint8_t* block) {
    if (width != 8) packCodes(block, n, width, codes.data + at / 8 * width);
  });
  report.overflowed += tally.overflowed;
  report.underflowed += tally.underflowed;
  report.firstNan = tally.firstNan;
  return kOk;
}

int32_t fakeQuantize(In<float> x, In<uint32_t> codecNumbers, In<float> lut, double scale, uint64_t seed,
                     uint32_t stream, uint64_t offset, Out<float> out, FakeQuantizeReport& report, Span span) {
  const Codec codec(codecNumbers.data);
  const ValueTable table(lut.data, codec.bits);
  EncodeTally tally;
  tally.firstNan = report.firstNan;
  encodeAll(x, codec, scale, nullptr, seed, stream, offset, tally, span,
            [&](size_t at, size_t n, const uint8_t* block) { table.look(block, n, out.data + at); });
  report.overflowed += tally.overflowed;
  report.underflowed += tally.underflowed;
  report.firstNan = tally.firstNan;
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
