// Elementary functions against the goldens that Rust and WebAssembly have, in every instruction set and one by one.
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "cpu.h"
#include "test/check.h"
#include "test/math_goldens.h"
#define UK_HEADER "test/math_rows.h"
#include "test/isas.h"

namespace {

using namespace ukernels;

struct Rows {
  void (*vectors)(int, const float*, float*, size_t);
  void (*numbers)(int, const float*, float*, size_t);
  void (*doubles)(int, const double*, double*, size_t);
  void (*pairs)(const uint32_t*, double*, size_t);
  void (*singles)(const uint32_t*, float*, size_t);
};
#define ROWS_OF(isa) {isa::vectors, isa::numbers, isa::doubles, isa::pairs, isa::singles},
const Rows kRows[] = {EACH_ISA(ROWS_OF)};

uint64_t mixed(uint64_t x) {
  x = (x ^ x >> 33) * 0xff51afd7ed558ccd;
  x = (x ^ x >> 33) * 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

// As in scripts/oracles/math_reference.py.
template <class Word, class T>
uint64_t digest(const std::vector<T>& values, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    Word bits;
    std::memcpy(&bits, &values[i], sizeof bits);
    sum += mixed(bits + i * 0x9e3779b97f4a7c15);
  }
  return sum;
}

template <class Word, class T, size_t n>
bool same(const std::vector<T>& values, const Word (&expected)[n]) {
  static_assert(sizeof(Word) == sizeof(T));
  return values.size() >= n && std::memcmp(values.data(), expected, sizeof expected) == 0;
}

std::vector<uint32_t> sequence(size_t n) {
  std::vector<uint32_t> words(n);
  for (size_t i = 0; i < n; i++) words[i] = static_cast<uint32_t>(mixed(i + 1) >> 32);
  return words;
}

template <class T, class Word, size_t n>
std::vector<T> fromBits(const Word (&words)[n], size_t multiple) {
  static_assert(sizeof(Word) == sizeof(T));
  std::vector<T> values((n + multiple - 1) / multiple * multiple);
  std::memcpy(values.data(), words, sizeof words);
  return values;
}

void testSingle(const Rows& rows, const std::string& isa) {
  struct Function {
    const char* name;
    const uint32_t (&outputs)[sizeof goldens::kInputs32 / 4];
    uint64_t digest;
  };
  const Function functions[] = {
      {"exp", goldens::kExpOutputs, goldens::kExpDigest},
      {"log", goldens::kLogOutputs, goldens::kLogDigest},
      {"tanh", goldens::kTanhOutputs, goldens::kTanhDigest},
      {"sigmoid", goldens::kSigmoidOutputs, goldens::kSigmoidDigest},
      {"sin", goldens::kSinOutputs, goldens::kSinDigest},
      {"cos", goldens::kCosOutputs, goldens::kCosDigest},
  };
  const auto cases = fromBits<float>(goldens::kInputs32, 16);
  const size_t count = (0xffffffffu / goldens::kStride) + 1;
  std::vector<uint32_t> words((count + 15) / 16 * 16);
  for (size_t i = 0; i < count; i++) words[i] = static_cast<uint32_t>(i * goldens::kStride);
  std::vector<float> all(words.size());
  std::memcpy(all.data(), words.data(), 4 * words.size());
  for (int which = 0; which < 6; which++) {
    const Function& f = functions[which];
    for (const auto run : {rows.vectors, rows.numbers}) {
      const std::string what = isa + " " + f.name + (run == rows.vectors ? ", vectors" : ", numbers");
      std::vector<float> few(cases.size());
      run(which, cases.data(), few.data(), few.size());
      check(same(few, f.outputs), (what + ": cases").c_str());
      std::vector<float> out(all.size());
      run(which, all.data(), out.data(), out.size());
      check(digest<uint32_t>(out, count) == f.digest, (what + ": a stride of all inputs").c_str());
    }
  }
}

void testDouble(const Rows& rows, const std::string& isa) {
  const auto cases = fromBits<double>(goldens::kInputs64, 1);
  const auto words = sequence(2 * goldens::kCount64);
  for (int which = 0; which < 2; which++) {
    const std::string what = isa + (which == 0 ? " exp64" : " log64");
    std::vector<double> few(cases.size());
    rows.doubles(which, cases.data(), few.data(), few.size());
    check(same(few, which == 0 ? goldens::kExp64Outputs : goldens::kLog64Outputs), (what + ": cases").c_str());
    std::vector<double> x(goldens::kCount64);
    for (size_t i = 0; i < x.size(); i++) {
      const uint64_t bits = static_cast<uint64_t>(words[2 * i]) << 32 | words[2 * i + 1];
      if (which == 0)
        x[i] = static_cast<double>(static_cast<int64_t>(bits)) * 0x1p-53;
      else
        std::memcpy(&x[i], &bits, sizeof bits);
    }
    std::vector<double> out(x.size());
    rows.doubles(which, x.data(), out.data(), x.size());
    const uint64_t expected = which == 0 ? goldens::kExp64Digest : goldens::kLog64Digest;
    check(digest<uint64_t>(out, out.size()) == expected, (what + ": random inputs").c_str());
  }
}

void testNormals(const Rows& rows, const std::string& isa) {
  const auto words = sequence(goldens::kNormalWords);
  std::vector<double> pairs(words.size());
  rows.pairs(words.data(), pairs.data(), words.size());
  check(same(pairs, goldens::kNormalPairOutputs), (isa + " normalPair: cases").c_str());
  check(digest<uint64_t>(pairs, pairs.size()) == goldens::kNormalPairDigest, (isa + " normalPair").c_str());
  std::vector<float> singles(words.size());
  rows.singles(words.data(), singles.data(), words.size());
  check(same(singles, goldens::kNormalsOutputs), (isa + " normals: cases").c_str());
  check(digest<uint32_t>(singles, singles.size()) == goldens::kNormalsDigest, (isa + " normals").c_str());
  std::vector<float> part(8, 7.0f);
  rows.singles(words.data(), part.data(), 5);
  check(std::memcmp(part.data(), singles.data(), 5 * sizeof(float)) == 0 && part[5] == 7.0f,
        (isa + " normals end within a pair").c_str());
}

}  // namespace

void testMath(const char* only) {
  size_t usable = usableIsas();
#if defined(UK_SIMDE_AVX512)
  usable = sizeof kRows / sizeof *kRows;
#endif
  for (size_t i = 0; i < usable; i++) {
    if (only != nullptr && std::strcmp(only, kIsaNames[i]) != 0) continue;
    testSingle(kRows[i], kIsaNames[i]);
    testDouble(kRows[i], kIsaNames[i]);
    testNormals(kRows[i], kIsaNames[i]);
  }
}
