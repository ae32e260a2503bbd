// Block formats: digests of the specification, rows, poisoned blocks, decoding.
#include "reference.h"
#include "sha256.h"

namespace test {

namespace {

const Format e4m3fn{"e4m3fn", 8, 4, 3, 7, 1};
const Format e3m2fn{"e3m2fn", 6, 3, 2, 3, 3};
const Format e2m1fn{"e2m1fn", 4, 2, 1, 1, 3};

struct Encoded {
  std::vector<uint8_t> data, scales;
  double firstNonFinite = kNever;
};

uint64_t elementsBefore(uint64_t block, uint64_t rowLength, uint64_t k) {
  const uint64_t perRow = (rowLength + k - 1) / k;
  const uint64_t column = block % perRow * k;
  return block / perRow * rowLength + (column < rowLength ? column : rowLength);
}

// MX for a scale mode 0..3, NVFP4 with a tensor scale otherwise.
Encoded encodeRows(const Core& core, const std::vector<float>& x, const Format& f, Options o, uint32_t scaleMode,
                   double tensorScale, uint32_t rowLength, uint32_t poison = 0) {
  const uint32_t k = tensorScale == 0 ? 32 : 16;
  const auto codec = codecOf(f, o);
  const uint64_t perRow = (rowLength + k - 1) / k;
  const auto blocks = static_cast<uint32_t>(x.size() / rowLength * perRow);
  Encoded e{std::vector<uint8_t>(blocks * k / 8 * f.bits), std::vector<uint8_t>(blocks)};
  forChunks(blocks, chunkSize / k / 4, [&](Span s) {
    const auto from = slice(x, {elementsBefore(s.begin, rowLength, k), elementsBefore(s.end, rowLength, k)});
    const auto data = slice(e.data, {s.begin * k / 8 * f.bits, s.end * k / 8 * f.bits});
    if (tensorScale == 0) {
      MxEncodeReport r{kNever};
      core.mxEncode(from, {codec.data(), 10}, scaleMode, rowLength, blocks, o.seed, o.stream, o.offset, poison, f.bits,
                    data, slice(e.scales, s), r, s);
      e.firstNonFinite = std::fmin(e.firstNonFinite, r.firstNonFinite);
    } else {
      Nvfp4EncodeReport r{kNever};
      core.nvfp4Encode(from, {codec.data(), 10}, tensorScale, rowLength, blocks, o.seed, o.stream, o.offset, poison,
                       data, slice(e.scales, s), r, s);
      e.firstNonFinite = std::fmin(e.firstNonFinite, r.firstNonFinite);
    }
  });
  return e;
}

void digests(const Core& core) {
  enum { kRceil, kFloor, kCeil, kEven };
  struct Case {
    const Format& format;
    uint32_t mode, rounding;
    const char* data;
    const char* scales;
  };
  const Case cases[] = {
      {e4m3fn, kFloor, 0, "5e862471e1ff016c", "60543a501065aadd"}, {e4m3fn, kRceil, 0, "2a930cd1e2f81503", "4528d1078f17ff77"},
      {e4m3fn, kCeil, 0, "4a1ed7a4544e1c5e", "1fc088f7566519ea"},  {e4m3fn, kEven, 0, "6e3908de96690791", "e8c79c272f1ce908"},
      {e2m1fn, kFloor, 0, "8104d2ce897133c1", "e0d1a7c7183a3986"}, {e2m1fn, kRceil, 0, "83cc8a66b5707693", "6afb730d58b02fa7"},
      {e2m1fn, kRceil, 1, "ef67e4034cc3932d", "6afb730d58b02fa7"}, {e3m2fn, kEven, 0, "355752b31227de1a", "83be38e89cc3bc3c"},
  };
  const auto x = gradients(core, 65536, 1, 0);
  for (const Case& c : cases) {
    Options o;
    o.rounding = c.rounding;
    const Encoded e = encodeRows(core, x, c.format, o, c.mode, 0, 65536);
    const std::string what = std::string("mx ") + c.format.name + " mode " + std::to_string(c.mode);
    checkDigest(sha256(e.data), c.data, what + " data");
    checkDigest(sha256(e.scales), c.scales, what + " scales");
  }
  const Encoded e = encodeRows(core, x, e2m1fn, {}, 0, floatFrom(0x3dd59718), 65536);
  checkDigest(sha256(e.data), "7d34556b972048a1", "nvfp4 data");
  checkDigest(sha256(e.scales), "bd50c824e5c28749", "nvfp4 scales");
}

void byHand(const Core& core) {
  std::vector<float> x(32), y(32);
  for (size_t i = 0; i < 32; i++) x[i] = static_cast<float>(i) / 2;
  y[3] = 12.5f;
  const uint8_t expected[4] = {129, 128, 129, 129}, expectedY[4] = {129, 128, 129, 128};
  for (uint32_t mode = 0; mode < 4; mode++) {
    check(encodeRows(core, x, e2m1fn, {}, mode, 0, 32).scales[0] == expected[mode], "scale of 0, .5, ..., 15.5");
    check(encodeRows(core, y, e2m1fn, {}, mode, 0, 32).scales[0] == expectedY[mode], "scale of 12.5");
  }
  const std::vector<float> zeros(32);
  check(encodeRows(core, zeros, e2m1fn, {}, 0, 0, 32).scales[0] == 0, "scale of zeros");
  const Encoded none = encodeRows(core, zeros, e2m1fn, {}, 0, 0x1p-126, 32);
  check(none.scales == std::vector<uint8_t>({8, 8}) && none.data == std::vector<uint8_t>(16), "nvfp4 of zeros");
}

// Rows that do not end on a block are padded; each row is as if alone.
void rows(const Core& core) {
  for (const uint32_t rowLength : {1u, 33u, 100u, 130u}) {
    const uint32_t count = 70;
    auto x = gradients(core, rowLength * count, 5, 0);
    for (const double tensorScale : {0.0, 0.01}) {
      Options o;
      o.rounding = 1, o.offset = 77;
      const Encoded all = encodeRows(core, x, e2m1fn, o, 0, tensorScale, rowLength);
      std::vector<uint8_t> data, scales;
      for (uint32_t row = 0; row < count; row++) {
        const std::vector<float> one(x.begin() + row * rowLength, x.begin() + (row + 1) * rowLength);
        o.offset = 77 + uint64_t{row} * rowLength;
        const Encoded e = encodeRows(core, one, e2m1fn, o, 0, tensorScale, rowLength);
        data.insert(data.end(), e.data.begin(), e.data.end());
        scales.insert(scales.end(), e.scales.begin(), e.scales.end());
      }
      check(all.data == data && all.scales == scales, "rows of " + std::to_string(rowLength));
    }
  }
}

void decoded(const Core& core) {
  const uint32_t rowLength = 130, count = 70;
  const auto x = gradients(core, rowLength * count, 6, 0);
  Options o;
  const auto lut = Reference{e3m2fn, o}.table();
  std::vector<float> scaleLut(256);
  for (uint32_t i = 0; i < 255; i++) scaleLut[i] = std::ldexp(1.0f, static_cast<int>(i) - 127);
  scaleLut[255] = floatFrom(0x7fc00000);
  Encoded e = encodeRows(core, x, e3m2fn, o, 0, 0, rowLength);
  e.scales[3] = 255;
  std::vector<float> out(x.size());
  forChunks(e.scales.size(), 16, [&](Span s) {
    const auto to = slice(out, {elementsBefore(s.begin, rowLength, 32), elementsBefore(s.end, rowLength, 32)});
    core.blocksDecode(inputSlice(e.data, {s.begin * 24, s.end * 24}), inputSlice(e.scales, s), {lut.data(), 256},
                      {scaleLut.data(), 256}, 6, 32, rowLength, static_cast<uint32_t>(e.scales.size()), 0, 1, to, s);
  });
  bool close = true, nan = true;
  for (size_t i = 0; i < x.size(); i++) {
    const size_t column = i % rowLength;
    if (i < rowLength && column / 32 == 3) {
      nan = nan && bitsFrom(out[i]) == 0x7fc00000;
    } else {
      const double step = scaleLut[e.scales[i / rowLength * 5 + column / 32]];
      close = close && std::fabs(x[i] - out[i]) <= std::fmax(std::fabs(x[i]) / 8, step / 32);
    }
  }
  check(close, "decoded blocks are within half a step");
  check(nan, "a NaN scale makes its block NaN");
}

void poisoned(const Core& core) {
  auto x = gradients(core, 128, 7, 0);
  const Encoded clean = encodeRows(core, x, e4m3fn, {}, 0, 0, 128);
  x[40] = NAN, x[50] = HUGE_VALF;
  check(encodeRows(core, x, e4m3fn, {}, 0, 0, 128).firstNonFinite == 40, "first non-finite element");
  Encoded mx = encodeRows(core, x, e4m3fn, {}, 0, 0, 128, 1);
  check(mx.scales[1] == 0xff && mx.firstNonFinite == kNever, "poisoned MX scale");
  for (size_t i = 32; i < 64; i++) check(mx.data[i] == 0, "poisoned elements");
  check(std::memcmp(mx.data.data(), clean.data.data(), 32) == 0 && mx.scales[2] == clean.scales[2], "other blocks");
  check(encodeRows(core, x, e2m1fn, {}, 0, 0.01, 128, 1).scales[2] == 0x7f, "poisoned NVFP4 scale");
}

}  // namespace

void testBlocks(const Core& core) {
  digests(core);
  byHand(core);
  rows(core);
  decoded(core);
  poisoned(core);
}

}  // namespace test
