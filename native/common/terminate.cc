// libstdc++'s verbose terminate handler brings the demangler and stdio into every statically linked
// addon, 70 kB of it. Nothing here throws, so the plain end will do.
#include <cstdlib>
#include <cstddef>

#if defined(__GLIBCXX__)
namespace __gnu_cxx {
void __verbose_terminate_handler() { std::abort(); }
}  // namespace __gnu_cxx
#endif
