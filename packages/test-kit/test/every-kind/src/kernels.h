// Core functions of the every-kind fixture; included once per instruction set.
#include <memory>

#include "abi.h"
#include "reports.h"

#ifndef EVERY_KIND_STATE
#define EVERY_KIND_STATE
namespace ukernels::every_kind {
struct RunningSum {
  double value = 0;
};
}  // namespace ukernels::every_kind
#endif

namespace ukernels::every_kind {
namespace UK_ISA {

inline int32_t shifted(In<int64_t> x, In<int16_t> weights, int32_t shift, uint64_t key, Out<int64_t> copy,
                       Out<uint64_t> out) {
  if (copy.size != 2 * x.size) return kInternal;
  for (size_t i = 0; i < x.size; i++) copy.data[2 * i] = x.data[i];
  for (size_t i = 0; i < x.size; i++) {
    const auto weight = static_cast<uint64_t>(weights.data == nullptr ? 1 : weights.data[i]);
    out.data[i] = static_cast<uint64_t>(copy.data[2 * i]) + weight + static_cast<uint64_t>(int64_t{shift}) + key;
  }
  return kOk;
}

inline int32_t masked(Out<int8_t> bytes, uint32_t mask, MaskedReport& report, Span span) {
  for (size_t i = 0; i < bytes.size; i++) {
    const auto value = static_cast<int8_t>(bytes.data[i] ^ static_cast<int8_t>(mask));
    bytes.data[i] = value;
    report.total += value;
    if (value > report.highest) report.highest = value;
    if (value < report.lowest) report.lowest = value;
    if (value != 0) continue;
    report.zeros += 1;
    const auto index = static_cast<double>(span.begin + i);
    if (index < report.firstZero) report.firstZero = index;
  }
  return kOk;
}

inline int32_t create(uint32_t, std::unique_ptr<RunningSum>& sum) {
  sum.reset(new (std::nothrow) RunningSum);
  return sum ? kOk : kOutOfMemory;
}

inline int32_t accumulate(RunningSum& sum, In<double> x, Out<double> out, Span) {
  for (size_t i = 0; i < x.size; i++) out.data[i] = sum.value += x.data[i];
  return kOk;
}

inline int32_t positive(In<uint16_t> x, Out<uint16_t> kept, size_t& used, Out<int32_t> flags, Span span) {
  for (size_t i = 0; i < x.size; i++) {
    flags.data[i] = x.data[i] > 0 ? static_cast<int32_t>(span.begin + i) : -1;
    if (x.data[i] > 0) kept.data[used++] = x.data[i];
  }
  return kOk;
}

inline int32_t expand(In<uint8_t> repeats, In<uint32_t> source, size_t& used, Out<uint32_t> out, Span) {
  for (size_t i = 0; i < repeats.size; i++) {
    if (repeats.data[i] != 0 && used == source.size) return 1;
    out.data[i] = repeats.data[i] != 0 ? source.data[used++] : 0;
  }
  return kOk;
}

inline int32_t compare(double a, double b) { return a < b ? 1 : a > b ? 2 : kOk; }

}  // namespace UK_ISA
}  // namespace ukernels::every_kind
