// LUQ: unbiased logarithmic codes (Chmiel et al., "Accurate neural training with 4-bit matrix
// multiplications at standard formats", ICLR 2023). Code k > 0 stands for alpha 2^(k - 1).
#include "kernels.h"
#include "pack.h"
#include "philox.h"
#include "tags.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

struct Luq {
  F32 alpha;
  U32 levels;
  Shift signShift;
};

// With y = f32(|x| / alpha) and w the random word: for y >= 1, ((bits(y) + (w >> 9)) >> 23) - 126,
// since the mantissa is the probability of the next power of two; below, 1 with probability y.
UK_INLINE U32 luqCode(const Luq& k, F32 x, U32 w, M32& clamped) {
  const F32 y = asFloat(asBits(x) & splat(kAbs)) / k.alpha;
  const U32 high = shr<23>(asBits(y) + shr<9>(w)) - splat(126u);
  const U32 low = keep(less(toFloat(shr<8>(w)) * splat(0x1p-24f), y), splat(1u));
  const U32 code = select(lessEqual(splat(1.0f), y), high, low);
  clamped = above(code, k.levels);
  const U32 sign = shl(shr<31>(asBits(x)), k.signShift);
  // Code 0 has no sign.
  return min(code, k.levels) | drop(equal(code, splat(0u)), sign);
}

void luqBlock(const Luq& k, const float* x, const uint32_t* words, size_t n, uint8_t* codes, size_t& clamped,
              uint32_t& peak) {
  U32 largest = splat(0u);
  mapSteps(x, codes, n, [&](const float* p, uint8_t* out, size_t at, size_t) {
    prefetch(p);
    U32 found[4];
    for (size_t v = 0; v < 4; v++) {
      const F32 value = load(p + v * kLanes);
      largest = max(largest, asBits(value) & splat(kAbs));
      M32 over;
      found[v] = luqCode(k, value, load(words + at + v * kLanes), over);
      if (any(over)) clamped += static_cast<size_t>(__builtin_popcount(bits(over)));
    }
    store(out, narrow(found[0], found[1], found[2], found[3]));
  });
  peak = maxOf(largest);
}

void reportNonFinite(const float* x, size_t n, uint64_t index, LuqEncodeReport& report) {
  for (size_t i = 0; i < n; i++) {
    const auto at = static_cast<double>(index + i);
    if ((bitsOf(x[i]) & kAbs) >= kInfinity && at < report.firstNonFinite) report.firstNonFinite = at;
  }
}

}  // namespace

int32_t luqEncode(In<float> x, double alpha, uint32_t levels, uint32_t width, uint64_t seed, uint32_t stream,
                  uint32_t sample, uint64_t offset, Out<uint8_t> codes, LuqEncodeReport& report, Span span) {
  const Luq k{splat(static_cast<float>(alpha)), splat(levels), Shift(levels > 7 ? 4 : 3)};
  ElementWords words(seed, offset + span.begin, stream, kLuqTag | sample << 8);
  alignas(64) uint8_t local[kBlock];
  size_t clamped = 0;
  for (size_t at = 0; at < x.size; at += kBlock) {
    const size_t n = lesser(kBlock, x.size - at);
    uint32_t peak;
    luqBlock(k, x.data + at, words.take(n, x.data + at + n), n, local, clamped, peak);
    if (peak >= kInfinity) reportNonFinite(x.data + at, n, span.begin + at, report);
    // alpha = 0 belongs to a tensor of zeros.
    if (alpha == 0) std::memset(local, 0, sizeof local);
    packCodes(local, n, width, codes.data + at / 8 * width);
  }
  if (alpha != 0) report.clamped += static_cast<double>(clamped);
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
