// Tests of the C++ core, without Node.js: every golden and property on every instruction set that this
// processor has. `--full` adds all 2^32 inputs of every format.
#include "core.h"

int main(int argc, char** argv) {
  using namespace test;
  const bool full = argc > 1 && std::string(argv[1]) == "--full";
  size_t usable = usableIsas();
#if defined(UK_SIMDE_AVX512)
  usable = allCores().size();
#endif
  const auto cores = allCores();
  for (size_t i = 0; i < cores.size(); i++) {
    if (i >= usable) {
      std::printf("skipped %s: this processor does not have it\n", cores[i].isa);
      skipped++;
      continue;
    }
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
  std::printf("%d passed, %d failed, %d skipped\n", passed, failed, skipped);
  return failed == 0 ? 0 : 1;
}
