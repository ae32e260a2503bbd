// Digests of the specification: codes, random words, statistics, pruning, LUQ.
#include "core.h"
#include "sha256.h"

namespace test {

namespace {

const Format e4m3fn{"e4m3fn", 8, 4, 3, 7, 1};
const Format e5m2{"e5m2", 8, 5, 2, 15, 0};
const Format e4m3{"e4m3", 8, 4, 3, 7, 0};
const Format e4m3fnuz{"e4m3fnuz", 8, 4, 3, 8, 2};
const Format e4m3b11fnuz{"e4m3b11fnuz", 8, 4, 3, 11, 2};
const Format e8m0fnu{"e8m0fnu", 8, 8, 0, 127, 4};
const Format e3m2fn{"e3m2fn", 6, 3, 2, 3, 3};
const Format e2m1fn{"e2m1fn", 4, 2, 1, 1, 3};
const Format ieee32{"ieee(3,2)", 6, 3, 2, 3, 0};
const Format finite30{"finite(3,0)", 4, 3, 0, 3, 3};
const Format finite302{"finite(3,0,2)", 4, 3, 0, 2, 3};

enum { kRne, kSr, kRtz, kRna };
enum { kSaturate, kSaturateFinite, kNonSaturating };

std::vector<float> quickPatterns() {
  std::vector<float> q;
  for (uint32_t hi = 0; hi < 65536; hi++)
    for (const uint32_t lo : {0x0u, 0x1u, 0x7fffu, 0x8000u, 0x8001u, 0xffffu}) q.push_back(floatFrom(hi << 16 | lo));
  return q;
}

void quick(const Core& core) {
  struct Case {
    const Format& format;
    const char* digest;
    const char* saturated;
  };
  const Case cases[] = {
      {e4m3fn, "df25be0494846ec8", "f6e2506aa73a6f33"},      {e5m2, "edef7e8253518729", "ee5a7e50c72ea23c"},
      {e4m3, "8b16a3999b5f9b40", "b019bf40fda22ea8"},        {e4m3fnuz, "ae12c853c3b31b38", "008b201c6c47e76d"},
      {e4m3b11fnuz, "3ad5d11a213fb57c", "d99e30866c593cf8"}, {e8m0fnu, "9fb8d7d2ef963766", "8340436b9c0e761d"},
      {e3m2fn, "85a77cc35c234d0b", "85a77cc35c234d0b"},      {e2m1fn, "19e643b981e24425", "19e643b981e24425"},
      {ieee32, "dc89fba016ba7b84", nullptr},                 {finite302, "db66fcc8248389e9", "db66fcc8248389e9"},
  };
  const auto q = quickPatterns();
  for (const Case& c : cases) {
    Options o;
    o.overflow = kNonSaturating;
    checkDigest(sha256(encode(core, q, c.format, o)), c.digest, std::string("quick ") + c.format.name);
    o.overflow = kSaturateFinite;
    if (c.saturated != nullptr)
      checkDigest(sha256(encode(core, q, c.format, o)), c.saturated, std::string("quick-sat ") + c.format.name);
  }
}

void saturated(const Core& core) {
  struct Case {
    const Format& format;
    uint32_t rounding;
    uint64_t seed, offset;
    uint32_t stream;
    const char* digest;
  };
  const Case cases[] = {
      {e4m3fn, kRne, 7, 0, 0, "63ae9d23fb882173"},   {e4m3fn, kRtz, 7, 0, 0, "2fe3c76dd611eb57"},
      {e4m3fn, kRna, 7, 0, 0, "d7eee8a1316812c6"},   {e4m3fn, kSr, 7, 0, 0, "d58a48eebdec9695"},
      {e2m1fn, kRtz, 7, 0, 0, "9a97be0d47dc8b51"},   {e2m1fn, kRna, 7, 0, 0, "254f036c298b1d8d"},
      {e2m1fn, kSr, 7, 0, 0, "ac449324812b00ad"},    {e4m3fnuz, kRne, 7, 0, 0, "684961a261486329"},
      {e4m3fn, kSr, 123456789012345, 1001, 5, "bb60cb6594cb4e99"},
  };
  const auto q = quickPatterns();
  for (const Case& c : cases) {
    Options o;
    o.rounding = c.rounding, o.seed = c.seed, o.offset = c.offset, o.stream = c.stream;
    const auto codes = encode(core, q, c.format, o);
    const std::string what = std::string("saturate ") + c.format.name + " rounding " + std::to_string(c.rounding);
    checkDigest(sha256(codes), c.digest, what);
    // Counting takes another loop; the codes must not differ.
    o.count = 1;
    check(encode(core, q, c.format, o) == codes, what + " with counts");
  }
}

void words(const Core& core) {
  struct Case {
    uint64_t seed, block;
    uint32_t stream, tag;
    std::vector<uint32_t> expected;
  };
  const Case cases[] = {
      {0, 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
      {~0ull, ~0ull, ~0u, ~0u, {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
      {0x299f31d0a4093822, 0x85a308d3243f6a88, 0x13198a2e, 0x03707344, {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
  };
  for (const Case& c : cases) {
    std::vector<uint32_t> found(4);
    core.philox(c.seed, c.block, c.stream, c.tag, {found.data(), 4});
    check(found == c.expected, "philox");
  }
  // A long run is made of its blocks, across the carry of the counter.
  std::vector<uint32_t> run(1003);
  core.philox(5, 0xfffffff0, 3, 1, {run.data(), run.size()});
  for (size_t i = 0; i + 4 <= run.size(); i += 4) {
    std::vector<uint32_t> block(4);
    core.philox(5, 0xfffffff0 + i / 4, 3, 1, {block.data(), 4});
    if (!std::equal(block.begin(), block.end(), run.begin() + static_cast<long>(i))) return check(false, "philox run");
  }
  check(true, "philox run");
}

StatsReport statsOf(const Core& core, const std::vector<float>& x) {
  StatsReport total{0, 0, 0, 0, 0, 0, kNever};
  forChunks(x.size(), chunkSize, [&](Span s) {
    StatsReport r{0, 0, 0, 0, 0, 0, kNever};
    core.stats(slice(x, s), r, s);
    total.count += r.count, total.zeros += r.zeros, total.nonFinite += r.nonFinite;
    total.sumL += r.sumL, total.sumL2 += r.sumL2;
    total.amaxBits = std::fmax(total.amaxBits, r.amaxBits), total.aminBits = std::fmin(total.aminBits, r.aminBits);
  });
  return total;
}

void statistics(const Core& core) {
  const auto x = gradients(core, 65536, 1, 0);
  const auto x5 = gradients(core, 65536, 1, -5);
  checkDigest(sha256(x), "409648d4d80b48bd3f01bdee3811eb5f", "X");
  checkDigest(sha256(x5), "ee992f24e0b26a60062b63c971e0c9e5", "X5");
  const StatsReport s = statsOf(core, x);
  check(s.count == 49032 && s.zeros == 16504 && s.nonFinite == 0, "stats(X) counts");
  check(s.sumL == 54393496 && s.sumL2 == 900040508320, "stats(X) sums");
  check(s.amaxBits == 0x438c2b28 && s.aminBits == 0x3bd86a36, "stats(X) amax, amin");
  const StatsReport s5 = statsOf(core, x5);
  check(s5.sumL == -447694184 && s5.sumL2 == 4927439553440, "stats(X5) sums");
  std::vector<float> binade(1 << 23);
  for (uint32_t i = 0; i < binade.size(); i++) binade[i] = floatFrom(0x3f800000 | i);
  const StatsReport b = statsOf(core, binade);
  check(b.sumL == 9574413262 && b.sumL2 == 13790761413104, "stats of [1, 2)");
  std::vector<uint32_t> hist(2048);
  forChunks(x.size(), chunkSize, [&](Span c) { core.logHistogram(slice(x, c), {hist.data(), 2048}, c); });
  checkDigest(sha256(hist), "03c69ba9cab1e7c2", "logHistogram(X)");
}

void packed(const Core& core) {
  struct Case {
    const Format& format;
    int shift;
    const char* digests[3];
  };
  const Case cases[] = {
      {e4m3fn, 0, {"8fcdf58c4a434994", "96247e1d8005ef25", "2ad2cd55d2ff9fc5"}},
      {e4m3fn, -5, {"07ee3ef16e8deb9a", "df18c0f55d93ba22", "f12da3bdbab3452b"}},
      {e2m1fn, 0, {"ac649ba1670fcaa5", "7b0004e6e9f2aadb", "b61285d098117b5a"}},
      {e3m2fn, 0, {"626d73f76a13b25b", "89bbfcbdd2570115", "82f86089b30cd0c0"}},
      {finite30, 0, {"0b007a882ba200ed", "c24af663d4f636b9", "213e1979ac077c3a"}},
  };
  for (const Case& c : cases) {
    const auto x = gradients(core, 65536, 1, c.shift);
    for (const uint32_t rounding : {kRne, kSr, kRtz}) {
      Options o;
      o.rounding = rounding, o.width = c.format.bits;
      checkDigest(sha256(encode(core, x, c.format, o)), c.digests[rounding],
                  std::string("packed ") + c.format.name + " rounding " + std::to_string(rounding));
    }
  }
  const auto x = gradients(core, 65536, 1, 0);
  Options o;
  o.width = 4;
  const uint8_t four[] = {0xf7, 0x02, 0xee, 0x70, 0x2a, 0xa4, 0x21, 0x70};
  check(std::memcmp(encode(core, x, e2m1fn, o).data(), four, sizeof four) == 0, "first bytes of e2m1fn");
  o.width = 6;
  const uint8_t six[] = {0x96, 0xad, 0x00, 0x75, 0x0d, 0x6c, 0xec, 0x02, 0xb1, 0x06, 0x03, 0x60};
  check(std::memcmp(encode(core, x, e3m2fn, o).data(), six, sizeof six) == 0, "first bytes of e3m2fn");
}

void pruning(const Core& core) {
  const auto x = gradients(core, 65536, 1, 0);
  std::vector<float> out(x.size()), values(x.size());
  std::vector<uint8_t> classes(x.size() / 4);
  double zeros = 0, clipped = 0;
  size_t survivors = 0;
  forChunks(x.size(), chunkSize, [&](Span s) {
    PruneReport r{0, 0, kNever};
    core.prune(slice(x, s), 2, 7, 0, 0, slice(out, s), r, s);
    zeros += r.zeros, clipped += r.clipped;
    PruneEncodeReport e{0, 0, kNever};
    size_t used = 0;
    core.pruneEncode(slice(x, s), 2, 7, 0, 0, slice(classes, {s.begin / 4, s.end / 4}),
                     slice(values, {survivors, survivors + (s.end - s.begin)}), used, e, s);
    check(e.zeros == r.zeros && e.clipped == r.clipped && e.firstNan == kNever, "pruneEncode counts");
    survivors += used;
  });
  checkDigest(sha256(out), "8a187466d106ca4c", "prune(X, 2)");
  check(zeros == 34227 && clipped == 11774, "prune counts");
  checkDigest(sha256(classes), "9ae13eda243f1c54", "prune classes");
  check(survivors == 19535, "prune survivors");
}

std::vector<uint8_t> luq(const Core& core, const std::vector<float>& x, float alpha, uint32_t levels, uint32_t width,
                         uint32_t sample) {
  std::vector<uint8_t> codes((x.size() * width + 7) / 8);
  forChunks(x.size(), chunkSize, [&](Span s) {
    LuqEncodeReport r{0, kNever};
    core.luqEncode(slice(x, s), alpha, levels, width, 7, 0, sample, 0, slice(codes, packedSpan(s, width)), r, s);
    check(r.clamped == 0 && r.firstNonFinite == kNever, "luq report");
  });
  return codes;
}

void logarithmic(const Core& core) {
  const auto x = gradients(core, 65536, 1, 0);
  AmaxReport peak{0, kNever, kNever};
  core.amax({x.data(), x.size()}, peak, {0, x.size()});
  const float largest = floatFrom(static_cast<uint32_t>(peak.amaxBits));
  check(largest / 64 == 4.380268096923828f, "luq alpha");
  checkDigest(sha256(luq(core, x, largest / 64, 7, 4, 0)), "55b8e821abf1a8db", "luq(X)");
  checkDigest(sha256(luq(core, x, largest / 64, 7, 4, 1)), "6408530f692bd614", "luq(X), second plane");
  checkDigest(sha256(luq(core, x, largest / 128, 8, 8, 0)), "885ee46f847636f7", "luq(X), 8 levels");
  std::vector<int> histogram(8);
  for (const uint8_t code : luq(core, x, largest / 64, 7, 8, 0)) histogram[code & 7]++;
  check(histogram == std::vector<int>({43125, 15139, 4241, 2015, 773, 201, 38, 4}), "luq histogram");
}

}  // namespace

void testGoldens(const Core& core) {
  quick(core);
  saturated(core);
  words(core);
  statistics(core);
  packed(core);
  pruning(core);
  logarithmic(core);
}

// All 2^32 inputs, about a minute per format and instruction set.
void testFull(const Core& core) {
  struct Case {
    const Format& format;
    const char* digest;
  };
  const Case cases[] = {
      {e4m3fn, "f0ca981b8f7d111cd2446d1e844d3f8b34a493306d041ae9a1a29b0436866691"},
      {e5m2, "bd9f3a0fefc62ea4a2a9612c9e4e5ed038b0dbbf18f9bbe62c6cbf57f2b176be"},
      {e4m3, "14881b5b434ca02ea84d8b3aa21fd3f911c4d9454e5cdb1daacf4f6f6f976491"},
      {e4m3fnuz, "eb522af6066c1d946ca612c5eec6936cd33cd795c8ca4e23ed4db77ccb7a786e"},
      {e4m3b11fnuz, "6faab6902cd1e5fc3d768e1243d50eea75781b8706958f58873c93e462df7b27"},
      {e8m0fnu, "9b4a377c7ee641d9ca3704a3c02e66d56474d4f66ec54bc85aced04e1ce58889"},
      {e3m2fn, "1178a2cab044bf51ee5ad07edef3948e87c3047b6189faf691b7d8ccadedf555"},
      {e2m1fn, "8d76baa6978fb7401d5a9b33e45a14a52f45f84cd3932aa1c1ddefae358f367d"},
  };
  Options o;
  o.overflow = kNonSaturating;
  for (const Case& c : cases) {
    Sha256 hash;
    std::vector<float> x(1 << 20);
    for (uint64_t begin = 0; begin < uint64_t{1} << 32; begin += x.size()) {
      for (size_t i = 0; i < x.size(); i++) x[i] = floatFrom(static_cast<uint32_t>(begin + i));
      const auto codes = encode(core, x, c.format, o);
      hash.update(codes.data(), codes.size());
    }
    checkDigest(hash.hex(), c.digest, std::string("full ") + c.format.name);
  }
}

}  // namespace test
