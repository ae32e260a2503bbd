// Histogram of magnitudes in steps of an eighth of a binade.
#include "kernels.h"
#include "steps.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

constexpr size_t kBins = 2048;
// Magnitudes from 0x7f800000 on fall into the eight bins behind these; zeros are sent there, too.
constexpr size_t kFiniteBins = kInfinity >> 20;
// Below this, clearing and merging four tables costs more than the stalls they avoid.
constexpr size_t kWorthTables = 4096;

// Bins for zeros, one after the other: many zeros in a row are common.
alignas(64) const uint32_t kZeroBins[16] = {2040, 2041, 2042, 2043, 2044, 2045, 2046, 2047,
                                            2040, 2041, 2042, 2043, 2044, 2045, 2046, 2047};

// Bin numbers of kStep elements.
UK_INLINE void binsOf(const float* p, uint32_t* bins) {
  for (size_t v = 0; v < kStep; v += kLanes) {
    const U32 a = asBits(load(p + v)) & splat(kAbs);
    store(bins + v, shr<20>(a) | keep(equal(a, splat(0u)), load(kZeroBins + v % 8)));
  }
}

void countInto(const float* x, size_t n, uint32_t* hist) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t a = bitsOf(x[i]) & kAbs;
    if (a != 0 && a < kInfinity) hist[a >> 20]++;
  }
}

}  // namespace

int32_t logHistogram(In<float> x, Out<uint32_t> hist, Span) {
  const size_t whole = x.size < kWorthTables ? 0 : x.size / kStep * kStep;
  if (whole > 0) {
    // Equal bins in a row would wait for each other's store; four tables take turns.
    uint32_t tables[4][kBins] = {};
    for (size_t i = 0; i < whole; i += kStep) {
      uint32_t bins[kStep];
      prefetch(x.data + i);
      binsOf(x.data + i, bins);
      for (size_t j = 0; j < kStep; j += 4) {
        tables[0][bins[j]]++;
        tables[1][bins[j + 1]]++;
        tables[2][bins[j + 2]]++;
        tables[3][bins[j + 3]]++;
      }
    }
    for (size_t b = 0; b < kFiniteBins; b++) hist.data[b] += tables[0][b] + tables[1][b] + tables[2][b] + tables[3][b];
  }
  countInto(x.data + whole, x.size - whole, hist.data);
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
