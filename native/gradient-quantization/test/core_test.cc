// Tests of the C++ core, without Node.js: every golden and property on every instruction set that this
// processor has.
//
//   core_test [--full] [instruction set ...]     --full: all 2^32 inputs of every format, too
#include "core.h"

int main(int argc, char** argv) {
  using namespace test;
  bool full = false;
  std::vector<std::string> wanted;
  for (int i = 1; i < argc; i++) {
    if (std::string(argv[i]) == "--full") {
      full = true;
    } else {
      wanted.push_back(argv[i]);
    }
  }
  size_t usable = usableIsas();
#if defined(UK_SIMDE_AVX512)
  usable = allCores().size();
#endif
  const auto cores = allCores();
  for (size_t i = 0; i < cores.size(); i++) {
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), cores[i].isa) == wanted.end()) continue;
    if (i >= usable) {
      std::printf("this processor does not have %s\n", cores[i].isa);
      continue;
    }
    // Chunk sizes must not matter.
    for (const uint64_t chunk : {uint64_t{65536}, uint64_t{64 * 37}}) {
      chunkSize = chunk;
      prefix = std::string(cores[i].isa) + ", chunks of " + std::to_string(chunk);
      testGoldens(cores[i]);
      testBlocks(cores[i]);
      testElements(cores[i]);
      testStreams(cores[i]);
    }
    if (full) testFull(cores[i]);
  }
  std::printf("%d passed, %d failed, 0 skipped\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
