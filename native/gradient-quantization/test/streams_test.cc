// Pruning, error feedback, conversions, statistics against plain loops; the floating-point environment.
#include "reference.h"

namespace test {

namespace {

void pruned(const Core& core) {
  const size_t n = 5003;
  const auto x = gradients(core, n, 8, 0);
  std::vector<float> out(n), values(n), decoded(n);
  std::vector<uint8_t> classes((n + 3) / 4);
  size_t survivors = 0, consumed = 0;
  forChunks(n, chunkSize, [&](Span s) {
    PruneReport r{0, 0, kNever};
    core.prune(slice(x, s), 2, 9, 1, 5, slice(out, s), r, s);
    PruneEncodeReport e{0, 0, kNever};
    size_t used = 0;
    core.pruneEncode(slice(x, s), 2, 9, 1, 5, slice(classes, packedSpan(s, 2)), slice(values, {survivors, n}), used, e, s);
    survivors += used;
  });
  forChunks(n, chunkSize, [&](Span s) {
    size_t used = 0;
    check(core.pruneDecode(inputSlice(classes, packedSpan(s, 2)), inputSlice(values, {consumed, survivors}), used, 2, 0, 1,
                           slice(decoded, s), s) == kOk, "pruneDecode status");
    consumed += used;
  });
  check(consumed == survivors && std::memcmp(out.data(), decoded.data(), n * 4) == 0, "pruneDecode(pruneEncode) = prune");
  size_t used = 0;
  check(core.pruneDecode({classes.data(), classes.size()}, {values.data(), survivors - 1}, used, 2, 0, 1,
                         {decoded.data(), n}, {0, n}) == 1, "survivors run out");
  std::vector<float> inPlace = x;
  inPlace[n - 1] = NAN;
  PruneReport r{0, 0, kNever};
  core.prune({inPlace.data(), n}, 2, 9, 1, 5, {inPlace.data(), n}, r, {0, n});
  inPlace.pop_back();
  out.pop_back();
  check(inPlace == out && r.firstNan == n - 1, "prune in place, first NaN");
  const std::vector<float> zeros = {-0.0f, 0.0f, 1e-40f};
  core.prune({zeros.data(), 3}, 0, 9, 1, 5, {inPlace.data(), 3}, r, {0, 3});
  check(bitsFrom(inPlace[0]) == 0 && inPlace[2] == 1e-40f, "alpha = 0 changes -0 only");
}

void luqMean(const Core& core) {
  // The mean over many draws is x; the largest value has the top code.
  const std::vector<float> x(1 << 16, 1.3f);
  std::vector<uint8_t> codes(x.size());
  LuqEncodeReport r{0, kNever};
  core.luqEncode({x.data(), x.size()}, 0.25, 7, 8, 3, 0, 0, 0, {codes.data(), codes.size()}, r, {0, x.size()});
  double sum = 0;
  for (const uint8_t code : codes) sum += code == 0 ? 0 : 0.25 * std::ldexp(1, (code & 7) - 1);
  check(std::fabs(sum / static_cast<double>(x.size()) - 1.3) < 4 * 0.5 / 256, "LUQ is unbiased");
  const std::vector<float> top = {-16, 40, NAN};
  core.luqEncode({top.data(), 3}, 0.25, 7, 8, 3, 0, 0, 10, {codes.data(), 3}, r, {0, 3});
  check(codes[0] == 15 && codes[1] == 7 && r.clamped >= 1 && r.firstNonFinite == 2, "LUQ top code");
  const std::vector<float> none(3);
  core.luqEncode({none.data(), 3}, 0, 7, 8, 3, 0, 0, 10, {codes.data(), 3}, r, {0, 3});
  check(codes[0] == 0 && codes[2] == 0, "LUQ of zeros");
}

void feedback(const Core& core) {
  const Format f{"e2m1fn", 4, 2, 1, 1, 3};
  Options o;
  o.width = 4;
  const auto codec = codecOf(f, o);
  const auto lut = Reference{f, o}.table();
  const size_t n = 3003;
  std::unique_ptr<ErrorFeedback> state;
  check(core.feedbackCreate(n, state) == kOk, "feedbackCreate");
  std::vector<float> residual(n), sum(n), found(n);
  for (uint64_t step = 0; step < 3; step++) {
    auto g = gradients(core, n, 20 + step, -2);
    if (step == 1) g[5] = HUGE_VALF;
    std::vector<uint8_t> codes((n + 1) / 2), wide;
    for (size_t i = 0; i < n; i++) sum[i] = g[i] + residual[i];
    forChunks(n, chunkSize, [&](Span s) { core.feedbackSum(*state, inputSlice(g, s), slice(found, s), s); });
    check(found == sum, "feedbackSum");
    forChunks(n, chunkSize, [&](Span s) {
      FeedbackStepReport r{0, 0, kNever};
      core.feedbackStep(*state, inputSlice(g, s), {codec.data(), 10}, 4, 1, {lut.data(), 256}, 0, 0, 0,
                        slice(codes, packedSpan(s, 4)), r, s);
    });
    check(codes == encode(core, sum, f, o), "feedbackStep codes");
    Options bytes = o;
    bytes.width = 8;
    wide = encode(core, sum, f, bytes);
    for (size_t i = 0; i < n; i++) residual[i] = std::isfinite(sum[i]) ? sum[i] - lut[wide[i]] : 0;
    core.feedbackResidual(*state, {found.data(), n});
    check(found == residual, "residual");
  }
  FeedbackStepReport r{0, 0, kNever};
  check(core.feedbackStep(*state, {sum.data(), n}, {codec.data(), 10}, 4, 1, {lut.data(), 256}, 0, 0, 0, {nullptr, 0}, r,
                          {1, n + 1}) != kOk, "more elements than the state has");
  core.feedbackReset(*state);
  core.feedbackResidual(*state, {found.data(), n});
  check(found == std::vector<float>(n), "feedbackReset");
}

void conversions(const Core& core) {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); i++) all[i] = static_cast<uint16_t>(i);
  std::vector<float> half(all.size()), brain(all.size());
  core.widen16({all.data(), all.size()}, 0, {half.data(), half.size()}, {0, all.size()});
  core.widen16({all.data(), all.size()}, 1, {brain.data(), brain.size()}, {0, all.size()});
  bool halves = true, brains = true;
  for (uint32_t i = 0; i < 65536; i++) {
    const int e = i >> 10 & 31, m = i & 1023;
    const double v = e == 0 ? std::ldexp(m, -24) : std::ldexp(1024 + m, e - 25);
    uint32_t bits = bitsFrom(static_cast<float>(v));
    if (e == 31) bits = m == 0 ? 0x7f800000 : 0x7fc00000;
    halves = halves && bitsFrom(half[i]) == (bits | (i >> 15) << 31);
    const bool nan = (i & 0x7fff) > 0x7f80;
    brains = brains && bitsFrom(brain[i]) == (nan ? (i >> 15) << 31 | 0x7fc00000 : i << 16);
  }
  check(halves, "all f16");
  check(brains, "all bf16");
  struct Case {
    double x, scale;
    uint32_t bits;
  };
  const Case cases[] = {{464 + 0x1p-30, 1, 0x43e80001}, {1e300, 1, 0x7f7fffff},  {-1e300, 1e10, 0xff7fffff},
                        {1e-300, 1, 1},                 {-1e-300, 1e-300, 0x80000000}, {HUGE_VAL, 1, 0x7f800000},
                        {-NAN, 1, 0xffc00000},          {1 + 0x1p-24, 1, 0x3f800001}, {1 - 0x1p-26, 1, 0x3f7fffff},
                        {-0.0, 1, 0x80000000},          {3 * 0x1p-150, 1, 1},    {2 * 0x1p-149, 1, 2}};
  for (const Case& c : cases) {
    float out;
    core.narrow64({&c.x, 1}, c.scale, {&out, 1}, {0, 1});
    check(bitsFrom(out) == c.bits, "narrow64 of " + std::to_string(c.x));
  }
  // In company of a value that takes the general way, and without.
  const auto high = philoxWords(core, 3000, 5, 0xf3), low = philoxWords(core, 3000, 6, 0xf3);
  std::vector<double> x(3000);
  std::vector<float> fast(3000), general(3001);
  for (size_t i = 0; i < x.size(); i++)
    x[i] = std::ldexp(1 + high[i] * 0x1p-32 + low[i] * (i % 3 == 0 ? 0 : 0x1p-52), static_cast<int>(i % 250) - 120);
  core.narrow64({x.data(), 3000}, -0.37, {fast.data(), 3000}, {0, 3000});
  for (size_t i = 0; i < x.size(); i += 1000) {
    std::vector<double> part(x.begin() + static_cast<long>(i), x.begin() + static_cast<long>(i) + 1000);
    part.push_back(1e-320);
    core.narrow64({part.data(), 1001}, -0.37, {general.data() + i, 1001}, {0, 1001});
  }
  check(std::equal(fast.begin(), fast.end(), general.begin()), "narrow64, both forms");
}

void sums(const Core& core) {
  const auto x = anyFloats(core, 4999, 12);
  StatsReport r{0, 0, 0, 0, 0, 0, kNever};
  core.stats({x.data(), x.size()}, r, {0, x.size()});
  AmaxReport peak{0, kNever, kNever};
  core.amax({x.data(), x.size()}, peak, {1000, 1000 + x.size()});
  double count = 0, zeros = 0, bad = 0, largest = 0, smallest = kNever, firstNan = kNever, firstBad = kNever;
  bool close = true;
  std::vector<uint32_t> hist(2048), expected(2048);
  for (size_t i = 0; i < x.size(); i++) {
    const uint32_t a = bitsFrom(x[i]) & 0x7fffffff;
    if (a >= 0x7f800000) bad++, firstBad = std::fmin(firstBad, 1000.0 + static_cast<double>(i));
    if (a > 0x7f800000) firstNan = std::fmin(firstNan, 1000.0 + static_cast<double>(i));
    if (a == 0) zeros++;
    if (a == 0 || a >= 0x7f800000) continue;
    count++;
    expected[a >> 20]++;
    largest = std::fmax(largest, a), smallest = std::fmin(smallest, a);
    StatsReport one{0, 0, 0, 0, 0, 0, kNever};
    core.stats({&x[i], 1}, one, {0, 1});
    const double exact = std::log2(std::fabs(static_cast<double>(x[i])));
    close = close && std::fabs(static_cast<double>(one.sumL) / 2048 - exact) < 2.6e-4 && one.sumL2 == one.sumL * one.sumL;
  }
  check(r.count == count && r.zeros == zeros && r.nonFinite == bad, "stats counts");
  check(r.amaxBits == largest && r.aminBits == smallest, "stats amax, amin");
  check(close, "fixed-point log2");
  check(peak.amaxBits == largest && peak.firstNan == firstNan && peak.firstNonFinite == firstBad, "amax");
  for (const size_t part : {size_t{10}, x.size() - 10}) core.logHistogram({x.data() + (part == 10 ? 0 : 10), part}, {hist.data(), 2048}, {0, part});
  check(hist == expected, "logHistogram");
}

void environment() {
#if defined(__x86_64__)
  const uint32_t before = _mm_getcsr();
  const uint32_t flushing = before | 0x8040 | 0x6000;
  _mm_setcsr(flushing);
  volatile float tiny = 1e-40f;
  float kept;
  {
    const FloatEnvironment exact;
    kept = tiny * 1.0f;
  }
  const uint32_t after = _mm_getcsr();
  _mm_setcsr(before);
  check(kept == 1e-40f, "subnormals survive");
  check((after & ~0x3fu) == (flushing & ~0x3fu), "the environment is restored");
#endif
}

}  // namespace

void testStreams(const Core& core) {
  pruned(core);
  luqMean(core);
  feedback(core);
  conversions(core);
  sums(core);
  environment();
}

}  // namespace test
