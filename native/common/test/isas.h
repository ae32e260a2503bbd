// Declares what UK_HEADER holds once per instruction set, and lists the sets: EACH_ISA(F) is F(sse41) F(avx2) …
#pragma once

#if defined(__x86_64__)
#define UK_ISA sse41
#include UK_HEADER
#undef UK_ISA
#define UK_ISA avx2
#include UK_HEADER
#undef UK_ISA
#define UK_ISA avx512
#include UK_HEADER
#undef UK_ISA
#define EACH_ISA(F) F(sse41) F(avx2) F(avx512)
#else
#define UK_ISA neon
#include UK_HEADER
#undef UK_ISA
#define EACH_ISA(F) F(neon)
#endif
