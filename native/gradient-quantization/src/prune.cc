// Stochastic pruning (Chmiel et al., "Neural gradients are near-lognormal", ICLR 2021, section 5):
// |x| > alpha stays; alpha eps <= |x| <= alpha becomes sign(x) alpha; the rest becomes +0, so that the
// expectation is x. eps is one uniform number per element.
#include "combine.h"
#include "kernels.h"
#include "pack.h"
#include "philox.h"
#include "table.h"
#include "tags.h"

namespace ukernels {
namespace gradient_quantization {
namespace UK_ISA {

namespace {

// Classes of the pruned layout.
enum Class : uint32_t { kZero, kPlus, kMinus, kSurvivor };

// Status of pruneDecode: fewer survivors than the classes say.
constexpr int32_t kCorrupt = 1;

struct Pruned {
  M32 survives, clips;
};

UK_INLINE Pruned classify(F32 x, F32 alpha, const uint32_t* words) {
  const F32 a = asFloat(asBits(x) & splat(kAbs));
  const F32 eps = toFloat(shr<8>(load(words))) * splat(0x1p-24f);
  const M32 survives = less(alpha, a);
  // Zero stays zero even when eps is 0.
  const M32 reaches = lessEqual(alpha * eps, a) & less(splat(0.0f), a);
  return {survives, andNot(survives, reaches)};
}

UK_INLINE size_t countOf(M32 m) { return static_cast<size_t>(__builtin_popcount(bits(m))); }

// The position of the first NaN of kStep values, which are still unchanged; later steps find none.
UK_INLINE void noteNan(const float* p, uint64_t index, double& first) {
  const M32 nan = isNan(load(p)) | isNan(load(p + kLanes)) | isNan(load(p + 2 * kLanes)) | isNan(load(p + 3 * kLanes));
  if (!any(nan)) return;
  size_t i = 0;
  while (p[i] == p[i]) i++;
  const auto at = static_cast<double>(index + i);
  if (at < first) first = at;
}

}  // namespace

int32_t prune(In<float> x, double alpha, uint64_t seed, uint32_t stream, uint64_t offset, Out<float> out,
              PruneReport& report, Span span) {
  ElementWords words(seed, offset + span.begin, stream, kPruneTag);
  const F32 threshold = splat(static_cast<float>(alpha));
  size_t kept = 0, clipped = 0;
  for (size_t block = 0; block < x.size; block += kBlock) {
    const size_t n = lesser(kBlock, x.size - block);
    const uint32_t* drawn = words.take(n, x.data + block + n);
    mapSteps(x.data + block, out.data + block, n, [&](const float* p, float* to, size_t at, size_t) {
      prefetch(p);
      noteNan(p, span.begin + block + at, report.firstNan);
      for (size_t v = 0; v < kStep; v += kLanes) {
        const F32 value = load(p + v);
        const Pruned m = classify(value, threshold, drawn + at + v);
        kept += countOf(m.survives);
        clipped += countOf(m.clips);
        const U32 signedAlpha = asBits(threshold) | (asBits(value) & splat(kSign));
        store(to + v, asFloat(keep(m.survives, asBits(value)) | keep(m.clips, signedAlpha)));
      }
    });
  }
  report.zeros += static_cast<double>(x.size - kept - clipped);
  report.clipped += static_cast<double>(clipped);
  return kOk;
}

int32_t pruneEncode(In<float> x, double alpha, uint64_t seed, uint32_t stream, uint64_t offset, Out<uint8_t> classes,
                    Out<float> values, size_t& used, PruneEncodeReport& report, Span span) {
  ElementWords words(seed, offset + span.begin, stream, kPruneTag);
  const F32 threshold = splat(static_cast<float>(alpha));
  size_t kept = 0, clipped = 0;
  alignas(64) uint8_t codes[kBlock];
  alignas(64) float survivors[kBlock + kLanes];
  for (size_t block = 0; block < x.size; block += kBlock) {
    const size_t n = lesser(kBlock, x.size - block);
    const uint32_t* drawn = words.take(n, x.data + block + n);
    size_t stay = 0;
    mapSteps(x.data + block, codes, n, [&](const float* p, uint8_t* to, size_t at, size_t) {
      prefetch(p);
      noteNan(p, span.begin + block + at, report.firstNan);
      U32 found[4];
      for (size_t v = 0; v < 4; v++) {
        const F32 value = load(p + v * kLanes);
        const Pruned m = classify(value, threshold, drawn + at + v * kLanes);
        clipped += countOf(m.clips);
        const U32 side = splat(uint32_t{kPlus}) + shr<31>(asBits(value));
        found[v] = keep(m.survives, splat(uint32_t{kSurvivor})) | keep(m.clips, side);
        stay += compress(survivors + stay, value, m.survives);
      }
      store(to, narrow(found[0], found[1], found[2], found[3]));
    });
    if (values.data != nullptr) std::memcpy(values.data + kept, survivors, stay * sizeof *survivors);
    kept += stay;
    packCodes(codes, n, 2, classes.data + block / 4);
  }
  used = kept;
  report.zeros += static_cast<double>(x.size - kept - clipped);
  report.clipped += static_cast<double>(clipped);
  return kOk;
}

// Puts survivors in their places among n decoded values. False when they run out.
static bool placeSurvivors(const uint8_t* codes, size_t n, In<float> values, size_t& used, float* out) {
  for (size_t i = 0; i < n; i += 8) {
    uint64_t eight;
    std::memcpy(&eight, codes + i, sizeof eight);
    // Both bits of a class.
    uint64_t survivors = eight & eight >> 1 & 0x0101010101010101;
    for (; survivors != 0; survivors &= survivors - 1) {
      if (used == values.size) return false;
      out[i + static_cast<size_t>(__builtin_ctzll(survivors)) / 8] = values.data[used++];
    }
  }
  return true;
}

int32_t pruneDecode(In<uint8_t> classes, In<float> values, size_t& used, double alpha, uint32_t mode, double weight,
                    Out<float> out, Span) {
  const auto threshold = static_cast<float>(alpha);
  float lut[256] = {0.0f, threshold, -threshold};
  const ValueTable table(lut, 2);
  alignas(64) uint8_t codes[kBlock];
  alignas(64) float local[kBlock];
  used = 0;
  for (size_t block = 0; block < out.size; block += kBlock) {
    const size_t n = lesser(kBlock, out.size - block);
    unpackCodes(classes.data + block / 4, n, 2, codes);
    std::memset(codes + n, 0, (n + 7) / 8 * 8 - n);
    float* decoded = mode == kStore ? out.data + block : local;
    table.look(codes, n, decoded);
    if (!placeSurvivors(codes, n, values, used, decoded)) return kCorrupt;
    if (mode == kAccumulate) combine(decoded, mode, static_cast<float>(weight), 1.0f, out.data + block, n);
  }
  return kOk;
}

}  // namespace UK_ISA
}  // namespace gradient_quantization
}  // namespace ukernels
