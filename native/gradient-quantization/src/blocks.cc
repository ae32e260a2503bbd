// Block formats: MX (OCP Microscaling Formats v1.0), NVFP4, and decoding both.
#include "blocks.h"

#include "combine.h"
#include "kernels.h"
#include "pack.h"
#include "table.h"
#include "tags.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

enum ScaleMode : uint32_t { kRceil, kFloor, kCeil, kEven };

// What the block scale of an MX format depends on.
struct MxScale {
  uint32_t mode;
  int32_t emax;       // exponent of the largest element value
  float inverseMax;   // f32(1 / largest element value)
  uint32_t half;      // half of the element's last mantissa bit, as f32 bits

  MxScale(uint32_t scaleMode, const Codec& codec) : mode(scaleMode), half(1u << (codec.shift() - 1)) {
    const uint32_t largest = (codec.maxCode + codec.base) << codec.shift();
    emax = static_cast<int32_t>(largest >> 23) - 127;
    inverseMax = 1.0f / floatOf(largest);
  }

  // The E8M0 byte for a finite block maximum with bits a.
  uint32_t byteOf(uint32_t a) const {
    if (mode == kRceil) {
      const uint32_t v = bitsOf(floatOf(a) * inverseMax);
      const uint32_t mantissa = v & 0x7fffff;
      if (v >> 23 == 0) return mantissa > 0x400000;
      const uint32_t byte = (v >> 23) + (mantissa != 0);
      return byte < 254 ? byte : 254;
    }
    uint32_t up = a;
    if (mode == kCeil) up = a + 0x7fffff;
    if (mode == kEven) up = a + half;
    const int32_t byte = static_cast<int32_t>(up >> 23) - emax;
    return static_cast<uint32_t>(byte < 0 ? 0 : byte > 254 ? 254 : byte);
  }
};

// 2^(127 - byte).
UK_INLINE float inverseScale(uint32_t byte) { return floatOf(byte < 254 ? (254 - byte) << 23 : 0x00400000); }

// Deals with a block that isn't finite: either its first such element is reported or it is poisoned;
// its elements become zeros. True for such a block.
template <size_t K, class Report>
bool refuse(Batch<K>& batch, size_t b, uint64_t position, bool poison, Report& report) {
  if (batch.amax[b] < kInfinity) return false;
  const auto index = static_cast<double>(position + firstNonFinite(batch.x + b * K));
  if (!poison && index < report.firstNonFinite) report.firstNonFinite = index;
  batch.clear(b);
  return true;
}

struct BlockJob {
  In<float> x;
  uint32_t rowLength;
  uint64_t seed;
  uint32_t stream;
  uint64_t offset;
  uint32_t bits;
  Out<uint8_t> data;
  Span span;
};

// Gathers batch after batch, has `scale(batch, walk at its first block, index of that block in the
// chunk)` set the scales and multiply, and encodes.
template <size_t K, class Scale>
void encodeBatches(const BlockJob& job, const Codec& codec, Scale&& scale) {
  const EncodeBlock encodeBlock = encodeBlockOf(codec);
  BlockWalk walk(job.rowLength, K, job.span.begin);
  const bool draws = codec.rounding == kStochastic;
  ElementWords words(job.seed, job.offset + walk.position(), job.stream, kElementTag);
  Batch<K> batch;
  alignas(64) uint8_t codes[kBlock];
  EncodeTally tally;
  tally.firstNan = 0;
  const float* from = job.x.data;
  const uint64_t count = job.span.end - job.span.begin;
  for (uint64_t block = 0; block < count; block += batch.blocks) {
    const BlockWalk first = walk;
    batch.gather(from, walk, count - block, draws ? &words : nullptr);
    scale(batch, first, block);
    const size_t n = batch.blocks * K;
    encodeBlock(codec, 1.0f, batch.x, batch.words, n, codes, 0, tally);
    packCodes(codes, n, job.bits, job.data.data + block * (K / 8 * job.bits));
  }
}

}  // namespace

int32_t mxEncode(In<float> x, In<uint32_t> codecNumbers, uint32_t scaleMode, uint32_t rowLength, uint32_t,
                 uint64_t seed, uint32_t stream, uint64_t offset, uint32_t poison, uint32_t bits, Out<uint8_t> data,
                 Out<uint8_t> scales, MxEncodeReport& report, Span span) {
  const Codec codec(codecNumbers.data);
  const MxScale mx(scaleMode, codec);
  encodeBatches<32>({x, rowLength, seed, stream, offset, bits, data, span}, codec,
                    [&](Batch<32>& batch, BlockWalk walk, uint64_t block) {
                      for (size_t b = 0; b < batch.blocks; b++, walk.next()) {
                        uint32_t byte = 0xff;
                        if (!refuse(batch, b, walk.position(), poison != 0, report)) {
                          byte = mx.byteOf(batch.amax[b]);
                          batch.scale(b, inverseScale(byte), ~0u);
                        }
                        scales.data[block + b] = static_cast<uint8_t>(byte);
                      }
                    });
  return kOk;
}

// All in f32, in this order: b = clamp((blockAmax / 6) / s_t, 2^-6, 448); scale = e4m3fn(b);
// r = (1 / s_t) / value(scale); element = e2m1fn(clamp(x * r, +-6)).
int32_t nvfp4Encode(In<float> x, In<uint32_t> codecNumbers, double tensorScale, uint32_t rowLength, uint32_t,
                    uint64_t seed, uint32_t stream, uint64_t offset, uint32_t poison, Out<uint8_t> data,
                    Out<uint8_t> scales, Nvfp4EncodeReport& report, Span span) {
  static const uint32_t kE4m3fn[10] = {8, 4, 3, 7, kFn, kNearestEven, kSaturate, kMaximum, 0, 0};
  const Codec codec(codecNumbers.data);
  const Codec scaleCodec(kE4m3fn);
  const EncodeBlock encodeScales = encodeBlockOf(scaleCodec);
  const auto tensor = static_cast<float>(tensorScale);
  const float inverse = 1.0f / tensor;
  encodeBatches<16>({x, rowLength, seed, stream, offset, 4, data, span}, codec,
                    [&](Batch<16>& batch, BlockWalk walk, uint64_t block) {
                      float wanted[Batch<16>::kBlocks];
                      uint8_t bytes[Batch<16>::kBlocks];
                      EncodeTally tally;
                      tally.firstNan = 0;
                      for (size_t b = 0; b < batch.blocks; b++) {
                        const float v = floatOf(batch.amax[b]) / 6.0f / tensor;
                        wanted[b] = v < 0x1p-6f ? 0x1p-6f : v > 448.0f ? 448.0f : v;
                      }
                      encodeScales(scaleCodec, 1.0f, wanted, nullptr, batch.blocks, bytes, 0, tally);
                      for (size_t b = 0; b < batch.blocks; b++, walk.next()) {
                        uint32_t byte = 0x7f;
                        if (!refuse(batch, b, walk.position(), poison != 0, report)) {
                          byte = bytes[b];
                          const float value = floatOf((byte << 20) + (120u << 23));
                          batch.scale(b, inverse / value, bitsOf(6.0f));
                        }
                        scales.data[block + b] = static_cast<uint8_t>(byte);
                      }
                    });
  return kOk;
}

int32_t blocksDecode(In<uint8_t> data, In<uint8_t> scales, In<float> lut, In<float> scaleLut, uint32_t bits,
                     uint32_t blockSize, uint32_t rowLength, uint32_t, uint32_t mode, double weight, Out<float> out,
                     Span span) {
  if (blockSize != 16 && blockSize != 32) return kBadArgument - 5;
  const ValueTable table(lut.data, bits);
  const size_t perBatch = kBlock / blockSize;
  const uint64_t count = span.end - span.begin;
  BlockWalk walk(rowLength, blockSize, span.begin);
  alignas(64) uint8_t codes[kBlock];
  alignas(64) float values[kBlock];
  float* to = out.data;
  for (uint64_t block = 0; block < count; block += perBatch) {
    const size_t blocks = lesser(perBatch, count - block);
    unpackCodes(data.data + block * (blockSize / 8 * bits), blocks * blockSize, bits, codes);
    table.look(codes, blocks * blockSize, values);
    // Scaled values move together, without the padding.
    size_t n = 0;
    for (size_t b = 0; b < blocks; b++, walk.next()) {
      const F32 scale = splat(scaleLut.data[scales.data[block + b]]);
      float* from = values + b * blockSize;
      for (size_t i = 0; i < blockSize; i += kLanes) store(from + i, load(from + i) * scale);
      if (from != values + n) std::memmove(values + n, from, walk.length() * sizeof *values);
      n += walk.length();
    }
    combine(values, mode, static_cast<float>(weight), 1.0f, to, n);
    to += n;
  }
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
