// Every format, rounding and option against the one-element reference; packing; decoding; counts.
#include "reference.h"

namespace test {

namespace {

std::vector<float> inputs(const Core& core, const Format& f) {
  std::vector<float> x = anyFloats(core, 3001, 11);
  // Values around every code and every tie of the format.
  const Options o;
  const Reference reference{f, o};
  for (int code = 0; code <= reference.maxCode() + 1; code++)
    for (const double v : {reference.value(code), (reference.value(code) + reference.value(code + 1)) / 2})
      for (const int nudge : {-1, 0, 1}) {
        const auto bits = static_cast<int64_t>(bitsFrom(static_cast<float>(v))) + nudge;
        x.push_back(floatFrom(static_cast<uint32_t>(bits < 0 ? 0 : bits)));
        x.push_back(-x.back());
      }
  for (const uint32_t bits : {0u, 0x80000000u, 0x80000001u, 1u, 0x7f7fffffu, 0x7f800000u, 0xff800000u, 0xffc00001u})
    x.push_back(floatFrom(bits));
  return x;
}

void againstReference(const Core& core, const Format& f) {
  const auto x = inputs(core, f);
  const uint64_t offset = 1001;
  const auto words = [&] {
    auto all = philoxWords(core, x.size() + 1004, 7, 1);
    return std::vector<uint32_t>(all.begin() + 1001, all.end());
  }();
  for (uint32_t rounding = 0; rounding < 4; rounding++) {
    for (uint32_t overflow = 0; overflow < 3; overflow++) {
      Options o;
      o.rounding = rounding, o.overflow = overflow, o.nan = 1 + overflow % 2, o.offset = offset;
      o.scale = overflow == 1 ? 0.3f : 1;
      const Reference reference{f, o};
      std::vector<uint8_t> expected(x.size());
      for (size_t i = 0; i < x.size(); i++) expected[i] = reference.encode(x[i], words[i]);
      const std::string what = std::string(f.name) + " rounding " + std::to_string(rounding) + " overflow " +
                               std::to_string(overflow);
      const auto codes = encode(core, x, f, o);
      const auto at = std::mismatch(codes.begin(), codes.end(), expected.begin()).first - codes.begin();
      check(codes == expected, what + " element " + std::to_string(at));
      o.count = 1;
      check(encode(core, x, f, o) == expected, what + " counted");
    }
  }
}

void roundTrip(const Core& core, const Format& f) {
  Options o;
  const Reference reference{f, o};
  const auto lut = reference.table();
  const size_t codes = size_t{1} << f.bits;
  // Every code at every position, for every length.
  for (size_t n = 0; n < 2 * codes + 9; n += n < 70 ? 1 : 61) {
    std::vector<uint8_t> all(n);
    for (size_t i = 0; i < n; i++) all[i] = static_cast<uint8_t>((i * 7 + 1) % codes);
    std::vector<float> x(n), out(n);
    for (size_t i = 0; i < n; i++) x[i] = lut[all[i]];
    o.width = f.bits, o.overflow = 2;
    const auto packed = encode(core, x, f, o);
    forChunks(n, chunkSize, [&](Span s) {
      core.decode(slice(packed, packedSpan(s, f.bits)), {lut.data(), 256}, f.bits, f.bits, 0, 1, 1, slice(out, s), s);
    });
    check(n == 0 || std::memcmp(x.data(), out.data(), n * sizeof(float)) == 0,
          std::string("round trip ") + f.name + " n " + std::to_string(n));
  }
}

void counts(const Core& core) {
  const Format f{"e4m3fn", 8, 4, 3, 7, 1};
  const std::vector<float> x = {500, -1e30f, 464, 448, 0, 1e-10f, -0.0f, HUGE_VALF, NAN, 1};
  Options o;
  o.count = 1;
  EncodeReport report;
  encode(core, x, f, o, &report);
  check(report.overflowed == 3 && report.underflowed == 1, "counts, saturating");
  o.overflow = 1;
  encode(core, x, f, o, &report);
  check(report.overflowed == 2 && report.underflowed == 1, "counts, infinities kept");
  check(report.firstNan == kNever, "NaN is not reported when it has a code");
  o.nan = 0;
  encode(core, x, f, o, &report);
  check(report.firstNan == 8, "first NaN");
}

void fakeQuantized(const Core& core, const Format& f) {
  Options o;
  o.rounding = 1, o.nan = 1;
  const Reference reference{f, o};
  const auto lut = reference.table();
  const auto codec = codecOf(f, o);
  auto x = anyFloats(core, 5003, 3);
  const auto codes = encode(core, x, f, o);
  std::vector<float> expected(x.size());
  for (size_t i = 0; i < x.size(); i++) expected[i] = lut[codes[i]];
  forChunks(x.size(), chunkSize, [&](Span s) {
    FakeQuantizeReport r{0, 0, kNever};
    core.fakeQuantize(inputSlice(x, s), {codec.data(), 10}, {lut.data(), 256}, o.scale, o.seed, 0, 0, slice(x, s), r, s);
  });
  check(std::memcmp(x.data(), expected.data(), x.size() * sizeof(float)) == 0,
        std::string("fakeQuantize in place ") + f.name);
}

void weighted(const Core& core) {
  const Format f{"e5m2", 8, 5, 2, 15, 0};
  Options o;
  const auto lut = Reference{f, o}.table();
  const auto codes = encode(core, gradients(core, 3001, 2, 0), f, o);
  auto out = gradients(core, 3001, 3, 0);
  auto expected = out;
  for (size_t i = 0; i < out.size(); i++) {
    const float term = 0.7f * lut[codes[i]];
    const float sum = expected[i] + term;
    expected[i] = sum / 3.0f;
  }
  forChunks(out.size(), chunkSize, [&](Span s) {
    core.decode(slice(codes, s), {lut.data(), 256}, 8, 8, 1, 0.7f, 3, slice(out, s), s);
  });
  check(out == expected, "weighted sum");
  std::vector<float> cancel = {HUGE_VALF, 1}, add = {-HUGE_VALF, 2};
  core.accumulate({add.data(), 2}, 1, {cancel.data(), 2}, {0, 2});
  check(bitsFrom(cancel[0]) == 0x7fc00000 && cancel[1] == 3, "NaN has one form");
}

void unaligned(const Core& core) {
  const Format f{"e3m2fn", 6, 3, 2, 3, 3};
  const auto x = gradients(core, 1000, 4, 0);
  Options o;
  o.width = 6;
  const auto expected = encode(core, x, f, o);
  const auto codec = codecOf(f, o);
  std::vector<uint8_t> bytes(expected.size() + 2, 0xaa);
  EncodeReport r{0, 0, kNever};
  core.encode({x.data(), x.size()}, {codec.data(), 10}, 6, 1, 0, 0, 0, {bytes.data() + 1, expected.size()}, r,
              {0, x.size()});
  check(std::equal(expected.begin(), expected.end(), bytes.begin() + 1), "unaligned codes");
  check(bytes.front() == 0xaa && bytes.back() == 0xaa, "nothing is written beside the codes");
}

}  // namespace

void testElements(const Core& core) {
  for (const Format& f : manyFormats()) {
    againstReference(core, f);
    if (f.bias < 100) roundTrip(core, f);
    fakeQuantized(core, f);
  }
  counts(core);
  weighted(core);
  unaligned(core);
}

}  // namespace test
