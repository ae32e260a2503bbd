// The types that cross from the harness to a kernel's core functions. A core function is pure C++:
// it takes its parameters in the order of the kernel's ABI table and returns a status.
#pragma once

#include <cstddef>
#include <cstdint>

namespace ukernels {

// An array the core reads. An absent optional array has data == nullptr and size == 0.
template <class T>
struct In {
  const T* data;
  size_t size;
};

// An array the core writes, or reads and writes.
template <class T>
struct Out {
  T* data;
  size_t size;
};

// The chunk [begin, end) of the call's work, in the units of the row's span.
struct Span {
  uint64_t begin;
  uint64_t end;
};

// Statuses of the harness; a row's own count up from 1. packages/runtime/src/abi.ts has the same numbers.
enum Status : int32_t {
  kOk = 0,
  kInternal = -1,
  kOutOfMemory = -2,
  kBadHandle = -3,
  kBusy = -4,
  kAborted = -5,
  kDisposed = -6,
  kDetached = -7,
  kBadArgument = -32,  // - index of the argument
  kOverlap = -96,      // - index of the argument
};

// Arithmetic of the table's length expressions; packages/runtime/src/lengths.ts has the same rules.
constexpr uint64_t divide(uint64_t a, uint64_t b) { return b == 0 ? 0 : a / b; }
constexpr uint64_t modulo(uint64_t a, uint64_t b) { return b == 0 ? 0 : a % b; }
constexpr uint64_t smaller(uint64_t a, uint64_t b) { return b < a ? b : a; }
constexpr uint64_t larger(uint64_t a, uint64_t b) { return b > a ? b : a; }

}  // namespace ukernels
