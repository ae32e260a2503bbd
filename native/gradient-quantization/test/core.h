// The core functions of one instruction set behind one type, called chunk by chunk as the addon's
// harness does.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "cpu.h"
#include "fpenv.h"
#include "test/check.h"
#define UK_HEADER "kernels.h"
#include "test/isas.h"

namespace test {

using namespace ukernels;
using namespace ukernels::gradient_quantization;

#if defined(__x86_64__)
namespace any = ukernels::gradient_quantization::sse41;
#else
namespace any = ukernels::gradient_quantization::neon;
#endif

#define CORE_FUNCTIONS(F)                                                                                       \
  F(amax) F(stats) F(logHistogram) F(narrow64) F(widen16) F(encode) F(fakeQuantize) F(decode) F(accumulate)     \
  F(feedbackCreate) F(feedbackSum) F(feedbackStep) F(feedbackResidual) F(feedbackReset) F(mxEncode)             \
  F(nvfp4Encode) F(blocksDecode) F(luqEncode) F(prune) F(pruneEncode) F(pruneDecode) F(philox)

struct Core {
  const char* isa;
#define CORE_FIELD(name) decltype(&any::name) name;
  CORE_FUNCTIONS(CORE_FIELD)
#undef CORE_FIELD
};

#define CORE_POINTER(name) &CORE_ISA::name,
inline std::vector<Core> allCores() {
  return {
#if defined(__x86_64__)
#define CORE_ISA sse41
      {"sse4.1", CORE_FUNCTIONS(CORE_POINTER)},
#undef CORE_ISA
#define CORE_ISA avx2
      {"avx2", CORE_FUNCTIONS(CORE_POINTER)},
#undef CORE_ISA
#define CORE_ISA avx512
      {"avx512", CORE_FUNCTIONS(CORE_POINTER)},
#undef CORE_ISA
#else
#define CORE_ISA neon
      {"neon", CORE_FUNCTIONS(CORE_POINTER)},
#undef CORE_ISA
#endif
  };
}

// ---- checks -------------------------------------------------------------------------------------

template <class T>
void checkEqual(const T& found, const T& expected, const std::string& what) {
  check(found == expected, what);
}

// `expected` may be the beginning of a digest.
inline void checkDigest(const std::string& found, const std::string& expected, const std::string& what) {
  check(found.compare(0, expected.size(), expected) == 0, what + ": " + found.substr(0, expected.size()) +
                                                              " instead of " + expected);
}

// ---- calls, chunk by chunk ----------------------------------------------------------------------

// A multiple of 64 and the size of a chunk; the tests vary it.
inline uint64_t chunkSize = 65536;

template <class F>
void forChunks(uint64_t total, uint64_t chunk, F&& f) {
  for (uint64_t begin = 0; begin < total; begin += chunk) f(Span{begin, begin + chunk < total ? begin + chunk : total});
}

template <class T>
In<T> slice(const std::vector<T>& v, Span s) {
  return {v.data() + s.begin, static_cast<size_t>(s.end - s.begin)};
}
// The same where the vector could be written, too.
template <class T>
In<T> inputSlice(const std::vector<T>& v, Span s) {
  return slice(v, s);
}
template <class T>
Out<T> slice(std::vector<T>& v, Span s) {
  return {v.data() + s.begin, static_cast<size_t>(s.end - s.begin)};
}
// Bytes of codes [begin, end) of `width` bits.
inline Span packedSpan(Span s, uint32_t width) { return {(s.begin * width + 7) / 8, (s.end * width + 7) / 8}; }

constexpr double kNever = std::numeric_limits<double>::infinity();

struct Format {
  const char* name;
  uint32_t bits, expBits, manBits;
  int32_t bias;
  uint32_t special;  // 0 ieee, 1 fn, 2 fnuz, 3 finite, 4 e8m0
};

struct Options {
  uint32_t rounding = 0, overflow = 0, nan = 1, count = 0, compat = 0;
  double scale = 1;
  uint64_t seed = 7;
  uint32_t stream = 0;
  uint64_t offset = 0;
  uint32_t width = 8;
};

inline std::vector<uint32_t> codecOf(const Format& f, const Options& o) {
  return {f.bits, f.expBits, f.manBits, static_cast<uint32_t>(f.bias), f.special,
          o.rounding, o.overflow, o.nan, o.count, o.compat};
}

inline std::vector<uint8_t> encode(const Core& core, const std::vector<float>& x, const Format& format,
                                   const Options& o, EncodeReport* total = nullptr) {
  const auto codec = codecOf(format, o);
  std::vector<uint8_t> codes((x.size() * o.width + 7) / 8);
  EncodeReport sum{0, 0, kNever};
  forChunks(x.size(), chunkSize, [&](Span s) {
    EncodeReport report{0, 0, kNever};
    core.encode(slice(x, s), {codec.data(), 10}, o.width, o.scale, o.seed, o.stream, o.offset,
                slice(codes, packedSpan(s, o.width)), report, s);
    sum.overflowed += report.overflowed;
    sum.underflowed += report.underflowed;
    sum.firstNan = std::fmin(sum.firstNan, report.firstNan);
  });
  if (total != nullptr) *total = sum;
  return codes;
}

inline std::vector<uint32_t> philoxWords(const Core& core, size_t n, uint64_t seed, uint32_t tag) {
  std::vector<uint32_t> words(n);
  core.philox(seed, 0, 0, tag, {words.data(), n});
  return words;
}

inline float floatFrom(uint32_t bits) {
  float v;
  std::memcpy(&v, &bits, sizeof v);
  return v;
}
inline uint32_t bitsFrom(float v) {
  uint32_t bits;
  std::memcpy(&bits, &v, sizeof bits);
  return bits;
}

// Generator G of the specification: near-lognormal magnitudes, a quarter zeros.
inline std::vector<float> gradients(const Core& core, size_t n, uint64_t seed, int shift) {
  const auto w = philoxWords(core, n, seed, 0xf0);
  const auto v = philoxWords(core, n, seed, 0xf1);
  std::vector<float> x(n);
  for (size_t i = 0; i < n; i++) {
    const auto exponent = static_cast<uint32_t>(119 + shift + __builtin_popcount(v[i] & 0xffff));
    x[i] = floatFrom((v[i] >> 16 & 3) == 0 ? 0 : (v[i] >> 31) << 31 | exponent << 23 | w[i] >> 9);
  }
  return x;
}

// All sorts of bit patterns, NaN and infinities among them.
inline std::vector<float> anyFloats(const Core& core, size_t n, uint64_t seed) {
  std::vector<float> x(n);
  const auto w = philoxWords(core, n, seed, 0xf2);
  for (size_t i = 0; i < n; i++) x[i] = floatFrom(i % 7 == 3 ? w[i] & 0x80ffffff : w[i]);
  return x;
}

void testGoldens(const Core& core);
void testFull(const Core& core);
void testBlocks(const Core& core);
void testElements(const Core& core);
void testStreams(const Core& core);

}  // namespace test
