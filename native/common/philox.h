// Philox 4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011) in lanes.
//
// key = (seed low, seed high); counter = (block low, block high, stream, tag). Word j of a sequence is
// word j & 3 of block j >> 2. One 128-bit quarter of a vector holds one block in natural order, so a
// round is, per quarter [c0, c1, c2, c3]:
//   product = [lo(c0 M0), hi(c0 M0), lo(c2 M1), hi(c2 M1)]
//   next    = reverse(product) ^ [c1, 0, c3, 0] ^ [k0, 0, k1, 0]
#pragma once

#include "lanes.h"

namespace ukernels {
namespace UK_ISA {

class Philox {
 public:
  Philox(uint64_t seed, uint64_t block, uint32_t stream, uint32_t tag) {
    uint32_t k0 = static_cast<uint32_t>(seed);
    uint32_t k1 = static_cast<uint32_t>(seed >> 32);
    for (Round& round : keys_) {
      for (size_t i = 0; i < kLanes; i++) round.words[i] = i % 4 == 0 ? k0 : i % 4 == 2 ? k1 : 0;
      k0 += 0x9e3779b9;
      k1 += 0xbb67ae85;
    }
    for (size_t i = 0; i < kLanes; i += 4) {
      const uint64_t index = block + i / 4;
      const uint32_t counter[4] = {static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), stream, tag};
      std::memcpy(counter_ + i, counter, sizeof counter);
    }
  }

  // The next `count` words, a multiple of kStep; four vectors at a time hide the multiplier's latency.
  // Meanwhile as many bytes from `soon` on are fetched into the cache: the words' elements, so that
  // memory and multiplier work at the same time. It may point anywhere.
  void fill(uint32_t* out, size_t count, const void* soon) {
    const auto ahead = reinterpret_cast<uintptr_t>(soon);
    static const uint32_t kMultipliers[4] = {0xd2511f53, 0, 0xcd9e8d57, 0};
    static const uint32_t kAdvance[4] = {kLanes / 4, 0, 0, 0};
    const U32 multipliers = repeat4(kMultipliers);
    const U32 advance = repeat4(kAdvance);
    U32 counter = load(counter_);
    for (size_t i = 0; i < count; i += kStep) {
      for (size_t line = 0; line < kStep * sizeof *out; line += 64)
        __builtin_prefetch(reinterpret_cast<const void*>(ahead + i * sizeof *out + line));
      U32 a = counter;
      U32 b = add64(a, advance);
      U32 c = add64(b, advance);
      U32 d = add64(c, advance);
      counter = add64(d, advance);
      for (const Round& round : keys_) {
        const U32 key = load(round.words);
        a = xor3(reverse4(mulEven(a, multipliers)), odd64(a), key);
        b = xor3(reverse4(mulEven(b, multipliers)), odd64(b), key);
        c = xor3(reverse4(mulEven(c, multipliers)), odd64(c), key);
        d = xor3(reverse4(mulEven(d, multipliers)), odd64(d), key);
      }
      store(out + i, a);
      store(out + i + kLanes, b);
      store(out + i + 2 * kLanes, c);
      store(out + i + 3 * kLanes, d);
    }
    store(counter_, counter);
  }

 private:
  struct Round {
    alignas(64) uint32_t words[kLanes];
  };
  Round keys_[10];
  alignas(64) uint32_t counter_[kLanes];
};

// Random words of consecutive elements, from element `first` on.
class ElementWords {
 public:
  // At most this many words at once.
  static constexpr size_t kMax = 1024;

  ElementWords(uint64_t seed, uint64_t first, uint32_t stream, uint32_t tag)
      : philox_(seed, first / 4, stream, tag), skip_(first % 4) {}

  // The words of the next `count` elements. The kStep - 1 words behind them may be read, too. `soon` is
  // what the caller reads next but one: see Philox::fill.
  const uint32_t* take(size_t count, const void* soon) {
    // Words left over move in front of the new ones, whose place is aligned.
    uint32_t* fresh = words_ + kStep;
    uint32_t* start = fresh - left_;
    std::memcpy(start, rest_, left_ * sizeof *rest_);
    const size_t needed = count + skip_;
    const size_t made = needed > left_ ? (needed - left_ + kStep - 1) / kStep * kStep : 0;
    philox_.fill(fresh, made, soon);
    uint32_t* taken = start + skip_;
    skip_ = 0;
    left_ = left_ + made - needed;
    std::memcpy(rest_, taken + count, left_ * sizeof *rest_);
    return taken;
  }

 private:
  Philox philox_;
  size_t skip_;
  size_t left_ = 0;
  uint32_t rest_[kStep] = {};
  // Left-over words, new words, and room for reads behind the last.
  alignas(64) uint32_t words_[kStep + kMax + 2 * kStep] = {};
};

}  // namespace UK_ISA
}  // namespace ukernels
