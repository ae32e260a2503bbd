// Counts what passes, names what fails.
#pragma once

#include <cstdio>

inline int passed = 0;
inline int failed = 0;

inline void check(bool ok, const char* what) {
  (ok ? passed : failed)++;
  if (!ok) std::printf("FAILED %s\n", what);
}

// Elementary functions, in the named instruction set or, for nullptr, in all that this machine has.
void testMath(const char* only);
