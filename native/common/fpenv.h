// The floating-point environment of exact code: round to nearest even, subnormals kept.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#include <xmmintrin.h>
#elif defined(_M_ARM64)
#include <intrin.h>
#endif

namespace ukernels {

// Sets the environment of this thread for the lifetime of the object and restores what it found:
// another library of the process may have set flush-to-zero or another rounding mode.
class FloatEnvironment {
 public:
  FloatEnvironment() : saved_(read()) {
    if (saved_ != exact(saved_)) write(exact(saved_));
  }
  ~FloatEnvironment() {
    if (saved_ != exact(saved_)) write(saved_);
  }
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(__x86_64__) || defined(_M_X64)
  using Word = uint32_t;
  // MXCSR: bit 6 DAZ, bits 7..12 exception masks, bits 13..14 rounding, bit 15 FTZ.
  static constexpr Word exact(Word word) { return (word & ~Word{0xe040}) | 0x1f80; }
  static Word read() { return _mm_getcsr(); }
  static void write(Word word) { _mm_setcsr(word); }
#else
  using Word = uint64_t;
  // FPCR: bits 0 and 1 FIZ and AH, bits 8..15 traps, bit 19 FZ16, bits 22..23 rounding, bit 24 FZ, bit 25 DN.
  static constexpr Word exact(Word word) { return word & ~Word{0x3c8ff03}; }
#if defined(_M_ARM64)
  static Word read() { return static_cast<Word>(_ReadStatusReg(ARM64_FPCR)); }
  static void write(Word word) { _WriteStatusReg(ARM64_FPCR, static_cast<int64_t>(word)); }
#else
  static Word read() {
    Word word;
    __asm__ volatile("mrs %0, fpcr" : "=r"(word));
    return word;
  }
  static void write(Word word) { __asm__ volatile("msr fpcr, %0" : : "r"(word)); }
#endif
#endif

  const Word saved_;
};

}  // namespace ukernels
