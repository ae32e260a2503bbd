// Nanoseconds per element of the core's hot functions, per instruction set, one thread: the shortest of
// several rounds. `core_bench [elements]`, 256 Ki by default.
#include <chrono>
#include <cstdlib>

#include "reference.h"

namespace {

using namespace test;

template <class F>
void measure(const char* isa, const char* name, size_t n, F&& f) {
  double best = kNever;
  const size_t rounds = n > (1 << 22) ? 5 : 60;
  for (size_t i = 0; i < rounds; i++) {
    const auto start = std::chrono::steady_clock::now();
    forChunks(n, 65536, f);
    const std::chrono::duration<double, std::nano> took = std::chrono::steady_clock::now() - start;
    best = std::fmin(best, took.count() / static_cast<double>(n));
  }
  std::printf("%-8s %-20s %.3f\n", isa, name, best);
}

void encoders(const Core& core, const std::vector<float>& x) {
  std::vector<uint8_t> codes(x.size());
  const struct {
    const char* name;
    Format format;
    uint32_t rounding, overflow;
  } cases[] = {
      {"e4m3fn rne", {"", 8, 4, 3, 7, 1}, 0, 0},  {"e4m3fn rne nonsat", {"", 8, 4, 3, 7, 1}, 0, 2},
      {"e4m3fn sr", {"", 8, 4, 3, 7, 1}, 1, 0},   {"e3m2fn rne", {"", 6, 3, 2, 3, 3}, 0, 0},
      {"e2m1fn rne", {"", 4, 2, 1, 1, 3}, 0, 0},  {"e2m1fn sr", {"", 4, 2, 1, 1, 3}, 1, 0},
      {"finite(3,1) rne", {"", 5, 3, 1, 3, 3}, 0, 0},
  };
  for (const auto& c : cases) {
    Options o;
    o.rounding = c.rounding, o.overflow = c.overflow;
    const auto codec = codecOf(c.format, o);
    const uint32_t width = c.format.bits;
    measure(core.isa, c.name, x.size(), [&](Span s) {
      EncodeReport r{0, 0, kNever};
      core.encode(slice(x, s), {codec.data(), 10}, width, 1, 7, 0, 0, slice(codes, packedSpan(s, width)), r, s);
    });
  }
}

void decoders(const Core& core, std::vector<float> out) {
  std::vector<uint8_t> codes(out.size());
  for (size_t i = 0; i < codes.size(); i++) codes[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
  for (const Format& f : {Format{"e4m3fn", 8, 4, 3, 7, 1}, {"e3m2fn", 6, 3, 2, 3, 3}, {"e2m1fn", 4, 2, 1, 1, 3}}) {
    const auto lut = Reference{f, {}}.table();
    for (const uint32_t mode : {0u, 1u})
      measure(core.isa, (std::string("decode ") + f.name + (mode == 0 ? "" : " add")).c_str(), out.size(), [&](Span s) {
        core.decode(inputSlice(codes, packedSpan(s, f.bits)), {lut.data(), 256}, f.bits, f.bits, mode, 1, 1, slice(out, s), s);
      });
  }
}

void blocks(const Core& core, const std::vector<float>& x) {
  std::vector<uint8_t> data(x.size()), scales(x.size() / 16);
  const auto n = static_cast<uint32_t>(x.size());
  const auto four = codecOf({"", 4, 2, 1, 1, 3}, {}), eight = codecOf({"", 8, 4, 3, 7, 1}, {});
  measure(core.isa, "mxfp4", x.size(), [&](Span s) {
    MxEncodeReport r{kNever};
    core.mxEncode(slice(x, s), {four.data(), 10}, 0, n, n / 32, 7, 0, 0, 0, 4, {data.data(), n}, {scales.data(), n},
                  r, {s.begin / 32, s.end / 32});
  });
  measure(core.isa, "mxfp8e4m3", x.size(), [&](Span s) {
    MxEncodeReport r{kNever};
    core.mxEncode(slice(x, s), {eight.data(), 10}, 0, n, n / 32, 7, 0, 0, 0, 8, {data.data(), n}, {scales.data(), n},
                  r, {s.begin / 32, s.end / 32});
  });
  measure(core.isa, "nvfp4", x.size(), [&](Span s) {
    Nvfp4EncodeReport r{kNever};
    core.nvfp4Encode(slice(x, s), {four.data(), 10}, 0.1, n, n / 16, 7, 0, 0, 0, {data.data(), n}, {scales.data(), n},
                     r, {s.begin / 16, s.end / 16});
  });
}

void streams(const Core& core, const std::vector<float>& x) {
  std::vector<float> out(x.size());
  std::vector<uint32_t> words(x.size()), hist(2048);
  std::vector<uint8_t> codes(x.size());
  measure(core.isa, "memcpy", x.size(), [&](Span s) { std::memcpy(&out[s.begin], &x[s.begin], 4 * (s.end - s.begin)); });
  measure(core.isa, "amax", x.size(), [&](Span s) {
    AmaxReport r{0, kNever, kNever};
    core.amax(slice(x, s), r, s);
  });
  measure(core.isa, "stats", x.size(), [&](Span s) {
    StatsReport r{0, 0, 0, 0, 0, 0, kNever};
    core.stats(slice(x, s), r, s);
  });
  measure(core.isa, "logHistogram", x.size(), [&](Span s) { core.logHistogram(slice(x, s), {hist.data(), 2048}, s); });
  measure(core.isa, "philox", x.size(), [&](Span s) { core.philox(7, s.begin / 4, 0, 1, slice(words, s)); });
  measure(core.isa, "prune", x.size(), [&](Span s) {
    PruneReport r{0, 0, kNever};
    core.prune(slice(x, s), 30, 7, 0, 0, slice(out, s), r, s);
  });
  size_t survivors = 0;
  std::vector<float> values(x.size());
  measure(core.isa, "pruneEncode", x.size(), [&](Span s) {
    PruneEncodeReport r{0, 0, kNever};
    size_t used = 0;
    if (s.begin == 0) survivors = 0;
    core.pruneEncode(slice(x, s), 30, 7, 0, 0, slice(codes, packedSpan(s, 2)),
                     slice(values, {survivors, survivors + s.end - s.begin}), used, r, s);
    survivors += used;
  });
  size_t consumed = 0;
  measure(core.isa, "pruneDecode", x.size(), [&](Span s) {
    size_t used = 0;
    if (s.begin == 0) consumed = 0;
    core.pruneDecode(inputSlice(codes, packedSpan(s, 2)), inputSlice(values, {consumed, survivors}), used, 30, 0, 1,
                     slice(out, s), s);
    consumed += used;
  });
  measure(core.isa, "luq bytes", x.size(), [&](Span s) {
    LuqEncodeReport r{0, kNever};
    core.luqEncode(slice(x, s), 4.38, 7, 8, 7, 0, 0, 0, slice(codes, s), r, s);
  });
  std::vector<double> doubles(x.begin(), x.end());
  measure(core.isa, "narrow64", x.size(), [&](Span s) { core.narrow64(inputSlice(doubles, s), 1, slice(out, s), s); });
  std::vector<uint16_t> halves(x.size(), 0x3c01);
  measure(core.isa, "widen16", x.size(), [&](Span s) { core.widen16(inputSlice(halves, s), 0, slice(out, s), s); });
  const Format f{"", 4, 2, 1, 1, 3};
  const auto codec = codecOf(f, {});
  const auto lut = Reference{f, {}}.table();
  std::unique_ptr<ErrorFeedback> state;
  core.feedbackCreate(static_cast<uint32_t>(x.size()), state);
  measure(core.isa, "feedbackStep e2m1fn", x.size(), [&](Span s) {
    FeedbackStepReport r{0, 0, kNever};
    core.feedbackStep(*state, slice(x, s), {codec.data(), 10}, 4, 1, {lut.data(), 256}, 0, 0, 0,
                      slice(codes, packedSpan(s, 4)), r, s);
  });
}

}  // namespace

int main(int argc, char** argv) {
  const size_t n = argc > 1 ? std::strtoull(argv[1], nullptr, 10) / 65536 * 65536 : 1 << 18;
  const auto cores = allCores();
  for (size_t i = 0; i < cores.size() && i < usableIsas(); i++) {
    const auto x = gradients(cores[i], n, 1, 0);
    streams(cores[i], x);
    encoders(cores[i], x);
    decoders(cores[i], x);
    blocks(cores[i], x);
  }
}
