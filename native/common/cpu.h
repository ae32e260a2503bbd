// Which instruction sets this processor and operating system can run.
#pragma once

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64)
#if defined(_MSC_VER)
#include <immintrin.h>
#include <intrin.h>
#else
#include <cpuid.h>
#endif
#endif

namespace ukernels {

#if defined(__x86_64__) || defined(_M_X64)

// In the order of kIsaNames; a wider set implies the narrower ones.
constexpr const char* kIsaNames[] = {"sse4.1", "avx2", "avx512"};

struct CpuidLeaf {
  uint32_t eax, ebx, ecx, edx;
};

inline CpuidLeaf cpuid(uint32_t leaf) {
  CpuidLeaf r{};
#if defined(_MSC_VER)
  int words[4];
  __cpuidex(words, static_cast<int>(leaf), 0);
  r = {static_cast<uint32_t>(words[0]), static_cast<uint32_t>(words[1]), static_cast<uint32_t>(words[2]),
       static_cast<uint32_t>(words[3])};
#else
  __get_cpuid_count(leaf, 0, &r.eax, &r.ebx, &r.ecx, &r.edx);
#endif
  return r;
}

// Register state that the operating system saves, by bit: 1 xmm, 2 ymm, 5..7 zmm and masks.
inline uint64_t savedState() {
#if defined(_MSC_VER)
  return _xgetbv(0);
#else
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low | static_cast<uint64_t>(high) << 32;
#endif
}

constexpr bool all(uint32_t word, uint32_t bits) { return (word & bits) == bits; }

// How many of kIsaNames can be used, from the front; 0 below the floor (x86-64-v2).
inline uint32_t usableIsas() {
  const CpuidLeaf basic = cpuid(1);
  constexpr uint32_t kFloor = 1u << 0 | 1u << 9 | 1u << 19 | 1u << 20 | 1u << 23;  // sse3 ssse3 sse4.1 sse4.2 popcnt
  if (!all(basic.ecx, kFloor)) return 0;
  constexpr uint32_t kSavesState = 1u << 27;
  if (cpuid(0).eax < 7 || !all(basic.ecx, kSavesState)) return 1;
  const uint64_t saved = savedState();
  const CpuidLeaf extended = cpuid(7);
  constexpr uint32_t kAvx2 = 1u << 3 | 1u << 5 | 1u << 8;  // bmi1 avx2 bmi2
  if ((saved & 0x6) != 0x6 || !all(extended.ebx, kAvx2) || !all(cpuid(0x80000001).ecx, 1u << 5)) return 1;  // lzcnt
  constexpr uint32_t kAvx512 = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;  // f dq bw vl
  return (saved & 0xe6) == 0xe6 && all(extended.ebx, kAvx512) ? 3 : 2;
}

#else

constexpr const char* kIsaNames[] = {"neon"};
inline uint32_t usableIsas() { return 1; }

#endif

}  // namespace ukernels
