// Counts what passes, names what fails.
#pragma once

#include <cstdio>
#include <string>

inline int passed = 0;
inline int failed = 0;
// What is tested at the moment, for the names.
inline std::string prefix;

inline void check(bool ok, const std::string& what) {
  (ok ? passed : failed)++;
  if (!ok) std::printf("FAILED %s%s%s\n", prefix.c_str(), prefix.empty() ? "" : ": ", what.c_str());
}

// Elementary functions, in the named instruction set or, for nullptr, in all that this machine has.
void testMath(const char* only);
