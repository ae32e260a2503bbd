// Tests of native/common without Node.js and without any kernel.
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <vector>

#include "abi.h"
#include "cpu.h"
#include "fpenv.h"
#include "handles.h"
#include "job.h"
#include "parallel.h"
#include "test/check.h"

namespace {

using namespace ukernels;

// ---- lengths ------------------------------------------------------------------------------------

void testArithmetic() {
  check(divide(7, 2) == 3 && divide(7, 0) == 0, "divide");
  check(modulo(7, 4) == 3 && modulo(7, 0) == 0, "modulo");
  check(smaller(3, 9) == 3 && larger(3, 9) == 9, "smaller, larger");
}

// ---- threads ------------------------------------------------------------------------------------

struct Marks {
  std::vector<std::atomic<int>> seen;
  explicit Marks(size_t n) : seen(n) {}
  static void mark(void* self, uint64_t i) { static_cast<Marks*>(self)->seen[i]++; }
  bool eachOnce() const {
    for (const auto& count : seen)
      if (count != 1) return false;
    return true;
  }
};

void testPool() {
  for (const uint32_t threads : {1u, 2u, 8u}) {
    ThreadPool pool;
    pool.configure(threads);
    for (const size_t count : {0u, 1u, 2u, 1000u}) {
      Marks marks(count);
      pool.run(count, &Marks::mark, &marks);
      check(marks.eachOnce(), "every chunk once");
    }
    pool.stop();
    pool.stop();
    Marks after(10);
    pool.run(10, &Marks::mark, &after);
    check(after.eachOnce(), "a stopped pool leaves the work to the caller");
  }
}

// Run after run at once: helpers that wake up late must not take what belongs to the next.
void testPoolInARow() {
  ThreadPool pool;
  pool.configure(4);
  bool once = true;
  for (size_t i = 0; i < 20000; i++) {
    Marks marks(2 + i % 7);
    pool.run(2 + i % 7, &Marks::mark, &marks);
    once = once && marks.eachOnce();
  }
  check(once, "every chunk once, 20,000 times");
}

// A pool that is busy doesn't make a second caller wait.
void testNestedPool() {
  struct Context {
    ThreadPool pool;
    std::atomic<int> inner{0};
  } context;
  context.pool.configure(3);
  context.pool.run(
      6,
      [](void* data, uint64_t) {
        auto& c = *static_cast<Context*>(data);
        c.pool.run(5, [](void* inner, uint64_t) { (*static_cast<std::atomic<int>*>(inner))++; }, &c.inner);
      },
      &context);
  check(context.inner == 30, "a busy pool leaves the work to the caller");
}

// ---- jobs ---------------------------------------------------------------------------------------

struct Finished {
  std::atomic<int> ran{0};
  std::atomic<int> disposed{0};
  std::atomic<int> handed{0};
};

class CountingJob final : public Job {
 public:
  explicit CountingJob(Finished& finished) : finished_(finished) {}
  void execute() override {
    finished_.ran++;
    status = kOk;
  }
  void settle() override {}
  void abandon() override {}

 private:
  Finished& finished_;
};

void testQueue() {
  Finished finished;
  const auto done = [](void* context, Job* job) {
    auto& f = *static_cast<Finished*>(context);
    if (job->status == kDisposed) f.disposed++;
    delete job;
    f.handed++;
  };
  JobQueue queue(done, &finished);
  queue.configure(3);
  constexpr int kJobs = 200;
  int taken = 0;
  for (int i = 0; i < kJobs; i++) {
    auto* job = new CountingJob(finished);
    if (queue.push(job))
      taken++;
    else
      delete job;
  }
  queue.stop();
  check(taken == kJobs, "jobs are taken");
  check(finished.handed == kJobs, "every job is handed over");
  check(finished.ran + finished.disposed == kJobs, "each ran or was disposed of");
  CountingJob late(finished);
  check(!queue.push(&late), "a stopped queue takes nothing");
}

void testFlags() {
  int32_t words[2] = {0, 0};
  const JobFlags flags(words);
  check(!flags.aborted(), "not aborted at first");
  flags.advance();
  words[0] = 1;
  check(flags.aborted() && words[1] == 1, "flags share the caller's words");
  const JobFlags none;
  none.advance();
  check(!none.aborted(), "no flags, no abort");
}

// ---- handles ------------------------------------------------------------------------------------

struct Tracked {
  explicit Tracked(int& alive) : alive_(alive) { alive_++; }
  ~Tracked() { alive_--; }
  int& alive_;
};
struct Other {};

void testHandles() {
  int alive = 0;
  int32_t status;
  int64_t bytes = 0;
  HandleTable table;
  std::vector<double> made;
  for (int i = 0; i < 50; i++) {
    std::unique_ptr<Tracked> object(new Tracked(alive));
    made.push_back(table.add(object, 100));
  }
  check(alive == 50 && table.bytes() == 5000, "the table owns what it was given");
  check(table.get<Tracked>(made[7], status) != nullptr && status == kOk, "found");
  check(table.get<Other>(made[7], status) == nullptr && status == kBadHandle, "of another type");
  for (const double wrong : {0.0, -1.0, 0.5, 51.0, 1e300, std::numeric_limits<double>::quiet_NaN()})
    check(table.get<Tracked>(wrong, status) == nullptr && status == kBadHandle, "not a handle");
  table.setBusy<Tracked>(made[7], true);
  check(table.free<Tracked>(made[7], bytes) == kBusy, "busy state isn't freed");
  table.setBusy<Tracked>(made[7], false);
  check(table.free<Tracked>(made[7], bytes) == kOk && bytes == 100 && alive == 49, "freed");
  std::unique_ptr<Tracked> next(new Tracked(alive));
  const double reused = table.add(next, 1);
  check(reused != made[7], "a handle is never used again");
  check(table.get<Tracked>(made[7], status) == nullptr, "a stale handle names nothing");
  table.clear();
  check(alive == 0, "clear frees all");
}

// ---- numbers ------------------------------------------------------------------------------------

void testEnvironment() {
  volatile float tiny = std::numeric_limits<float>::min();
  volatile float half = 0.5f;
#if defined(__x86_64__)
  const uint32_t before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  check(tiny * half == 0.0f, "the test sets flush-to-zero");
  {
    FloatEnvironment exact;
    check(tiny * half > 0.0f, "subnormals inside");
  }
  check(tiny * half == 0.0f, "restored");
  _mm_setcsr(before);
#else
  FloatEnvironment exact;
  check(tiny * half > 0.0f, "subnormals inside");
#endif
}

// a*b+c of these has another value when the product isn't rounded.
void testContraction() {
  volatile float a = 1.0f + 0x1p-12f;  // a*a = 1 + 2^-11 + 2^-24, a tie that rounds to even
  volatile float c = -1.0f;
  const float separately = a * a + c;
  check(separately == 0x1p-11f, "products are rounded before they are added");
}

}  // namespace

// The arguments name the instruction set to test, where it's one alone.
int main(int argc, char** argv) {
  testArithmetic();
  testPool();
  testPoolInARow();
  testNestedPool();
  testQueue();
  testFlags();
  testHandles();
  testEnvironment();
  testContraction();
  check(usableIsas() >= 1, "this processor is above the floor");
  testMath(argc > 1 ? argv[1] : nullptr);
  std::printf("%d passed, %d failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
