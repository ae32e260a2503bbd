// Rows cut into blocks of K elements that share a scale; a row's last block may be short. Block b is
// block b % perRow of row b / perRow.
#pragma once

#include "codec.h"
#include "philox.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

// Walks along the blocks of a span.
class BlockWalk {
 public:
  BlockWalk(uint32_t rowLength, uint32_t blockSize, uint64_t block)
      : rowLength_(rowLength),
        blockSize_(blockSize),
        column_(block % perRow(rowLength, blockSize) * blockSize),
        position_(block / perRow(rowLength, blockSize) * rowLength + column_) {}

  // Elements of the block at hand, its first element in the unpadded input.
  size_t length() const { return lesser(blockSize_, rowLength_ - column_); }
  uint64_t position() const { return position_; }

  void next() {
    position_ += length();
    column_ += blockSize_;
    if (column_ >= rowLength_) column_ = 0;
  }

 private:
  static uint64_t perRow(uint64_t rowLength, uint64_t blockSize) { return (rowLength + blockSize - 1) / blockSize; }

  size_t rowLength_, blockSize_, column_;
  uint64_t position_;
};

// Up to kBlock elements in whole blocks of K, with what is known of each block.
template <size_t K>
struct Batch {
  static constexpr size_t kBlocks = kBlock / K;
  alignas(64) float x[kBlock];              // the scaled elements
  alignas(64) uint32_t words[kBlock + kStep];
  alignas(64) uint32_t amax[kBlocks];       // bits of the largest magnitude, as they are: maybe not finite
  alignas(64) float factors[kBlocks];       // what the elements of a block are multiplied by
  alignas(64) uint32_t scales[kBlocks];     // scale bytes
  const float* sources[kBlocks];            // unscaled elements, padded with zeros
  size_t blocks;

  // The next blocks of `walk`; advances `from` over what it takes. `draw` is null when no words are needed.
  void gather(const float*& from, BlockWalk& walk, size_t count, ElementWords* draw) {
    blocks = lesser(count, kBlocks);
    std::memset(amax, 0, sizeof amax);
    for (size_t b = 0; b < blocks; b++, walk.next()) {
      const size_t length = walk.length();
      sources[b] = from;
      if (length < K) {
        float* to = x + b * K;
        std::memset(to, 0, K * sizeof *to);
        std::memcpy(to, from, length * sizeof *to);
        sources[b] = to;
      }
      if (draw != nullptr) std::memcpy(words + b * K, draw->take(length, from + kBlock), length * sizeof *words);
      prefetch(from);
      U32 largest = splat(0u);
      for (size_t i = 0; i < K; i += kLanes) largest = max(largest, asBits(load(sources[b] + i)) & splat(kAbs));
      amax[b] = maxOf(largest);
      from += length;
    }
  }

  // Multiplies block b by its factor, which may be infinite; magnitudes are cut to `limit` (bits), zeros stay.
  void scale(size_t b, uint32_t limit) {
    const F32 factor = splat(factors[b]);
    for (size_t i = 0; i < K; i += kLanes) {
      const U32 before = asBits(load(sources[b] + i));
      const U32 product = asBits(asFloat(before) * factor) & splat(kAbs);
      const U32 size = drop(equal(before & splat(kAbs), splat(0u)), min(product, splat(limit)));
      store(x + b * K + i, asFloat(size | (before & splat(kSign))));
    }
  }

  void clear(size_t b) { std::memset(x + b * K, 0, K * sizeof *x); }
};

// Position of the first non-finite element, which exists.
UK_INLINE uint64_t firstNonFinite(const float* x) {
  uint64_t i = 0;
  while ((bitsOf(x[i]) & kAbs) < kInfinity) i++;
  return i;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
