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
  uint32_t emax;     // exponent of the largest element value
  float inverseMax;  // f32(1 / largest element value)
  uint32_t half;     // half of the element's last mantissa bit, as f32 bits

  MxScale(uint32_t scaleMode, const Codec& codec) : mode(scaleMode), half(1u << (codec.shift() - 1)) {
    const uint32_t largest = (codec.maxCode + codec.base) << codec.shift();
    emax = (largest >> 23) - 127;
    inverseMax = 1.0f / floatOf(largest);
  }

  // The E8M0 bytes for finite block maxima with bits a.
  U32 bytesOf(U32 a) const {
    const U32 one = splat(1u), most = splat(254u), mantissaMask = splat(0x007fffffu);
    if (mode == kRceil) {
      const U32 v = asBits(asFloat(a) * splat(inverseMax));
      const U32 mantissa = v & mantissaMask;
      const U32 exponent = shr<23>(v);
      const U32 normal = min(exponent + keep(above(mantissa, splat(0u)), one), most);
      return select(equal(exponent, splat(0u)), keep(above(mantissa, splat(0x00400000u)), one), normal);
    }
    const U32 up = mode == kCeil ? a + mantissaMask : mode == kEven ? a + splat(half) : a;
    const U32 byte = shr<23>(up) - splat(emax);
    return drop(above(splat(0u), byte), min(byte, most));
  }

  // Sets bytes and factors 2^(127 - byte) of all blocks.
  void set(Batch<32>& batch) const {
    for (size_t b = 0; b < Batch<32>::kBlocks; b += kLanes) {
      const U32 byte = bytesOf(load(batch.amax + b));
      store(batch.scales + b, byte);
      const U32 normal = shl<23>(splat(254u) - byte);
      store(batch.factors + b, asFloat(select(equal(byte, splat(254u)), splat(0x00400000u), normal)));
    }
  }
};

// Sets bytes and factors of all blocks, all in f32, in this order: b = clamp((blockAmax / 6) / s_t, 2^-6,
// 448); scale = e4m3fn(b); r = (1 / s_t) / value(scale).
void setNvfp4(Batch<16>& batch, float tensorScale) {
  const F32 six = splat(6.0f), tensor = splat(tensorScale), inverse = splat(1.0f / tensorScale);
  for (size_t b = 0; b < Batch<16>::kBlocks; b += kLanes) {
    const U32 wanted = asBits(asFloat(load(batch.amax + b)) / six / tensor);
    const U32 a = max(min(wanted, splat(bitsOf(448.0f))), splat(bitsOf(0x1p-6f)));
    // Round to nearest even at 3 mantissa bits; all values are normal.
    const U32 rounded = shr<20>(a + splat(0x0007ffffu) + (shr<20>(a) & splat(1u)));
    store(batch.scales + b, rounded - splat(120u << 3));
    store(batch.factors + b, inverse / asFloat(shl<20>(rounded)));
  }
}

// Deals with a block that isn't finite: either its first such element is reported or it is poisoned;
// its elements become zeros. True for such a block.
template <size_t K, class Report>
bool refuse(Batch<K>& batch, size_t b, uint64_t position, bool poison, Report& report) {
  if (batch.amax[b] < kInfinity) return false;
  const auto index = static_cast<double>(position + firstNonFinite(batch.sources[b]));
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
  bool poison;
  uint32_t bits;
  Out<uint8_t> data;
  Out<uint8_t> scales;
  Span span;
  uint32_t limit;     // bits of the largest scaled magnitude
  uint32_t nanScale;  // scale byte of a block that isn't finite
};

// Gathers batch after batch, lets `setScales` set bytes and factors, multiplies and encodes.
template <size_t K, class SetScales, class Report>
void encodeBatches(const BlockJob& job, const Codec& codec, SetScales&& setScales, Report& report) {
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
    BlockWalk at = walk;
    batch.gather(from, walk, count - block, draws ? &words : nullptr);
    setScales(batch);
    for (size_t b = 0; b < batch.blocks; b++, at.next()) {
      const bool refused = refuse(batch, b, at.position(), job.poison, report);
      if (!refused) batch.scale(b, job.limit);
      job.scales.data[block + b] = static_cast<uint8_t>(refused ? job.nanScale : batch.scales[b]);
    }
    const size_t n = batch.blocks * K;
    encodeBlock(codec, 1.0f, batch.x, batch.words, n, codes, 0, tally);
    packCodes(codes, n, job.bits, job.data.data + block * (K / 8 * job.bits));
  }
}

}  // namespace

// Element = x * 2^(127 - scale byte), which is exact, then rounded with saturation.
int32_t mxEncode(In<float> x, In<uint32_t> codecNumbers, uint32_t scaleMode, uint32_t rowLength, uint32_t,
                 uint64_t seed, uint32_t stream, uint64_t offset, uint32_t poison, uint32_t bits, Out<uint8_t> data,
                 Out<uint8_t> scales, MxEncodeReport& report, Span span) {
  const Codec codec(codecNumbers.data);
  const MxScale mx(scaleMode, codec);
  const BlockJob job{x, rowLength, seed, stream, offset, poison != 0, bits, data, scales, span, ~0u, 0xff};
  encodeBatches<32>(job, codec, [&](Batch<32>& batch) { mx.set(batch); }, report);
  return kOk;
}

// Element = e2m1fn(clamp(x * r, +-6)) with the factor r of setNvfp4.
int32_t nvfp4Encode(In<float> x, In<uint32_t> codecNumbers, double tensorScale, uint32_t rowLength, uint32_t,
                    uint64_t seed, uint32_t stream, uint64_t offset, uint32_t poison, Out<uint8_t> data,
                    Out<uint8_t> scales, Nvfp4EncodeReport& report, Span span) {
  const Codec codec(codecNumbers.data);
  const auto tensor = static_cast<float>(tensorScale);
  const BlockJob job{x, rowLength, seed, stream, offset, poison != 0, 4, data, scales, span, bitsOf(6.0f), 0x7f};
  encodeBatches<16>(job, codec, [&](Batch<16>& batch) { setNvfp4(batch, tensor); }, report);
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
  alignas(64) float values[kBlock];
  float* to = out.data;
  for (uint64_t block = 0; block < count; block += perBatch) {
    const size_t blocks = lesser(perBatch, count - block);
    table.lookPacked(data.data + block * (blockSize / 8 * bits), blocks * blockSize, bits, values);
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
