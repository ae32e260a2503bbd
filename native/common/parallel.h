// Threads without exceptions: creating one may fail, and then the work is done by fewer.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#if defined(_WIN32)
#include <process.h>
#include <windows.h>
#else
#include <pthread.h>
#endif

namespace ukernels {

// One operating-system thread. start() reports failure instead of terminating the process.
class Thread {
 public:
  using Body = void (*)(void* data);

  bool start(Body body, void* data) {
    body_ = body;
    data_ = data;
#if defined(_WIN32)
    handle_ = reinterpret_cast<HANDLE>(_beginthreadex(nullptr, 0, &Thread::enter, this, 0, nullptr));
    running_ = handle_ != nullptr;
#else
    running_ = pthread_create(&handle_, nullptr, &Thread::enter, this) == 0;
#endif
    return running_;
  }

  void join() {
    if (!running_) return;
    running_ = false;
#if defined(_WIN32)
    WaitForSingleObject(handle_, INFINITE);
    CloseHandle(handle_);
#else
    pthread_join(handle_, nullptr);
#endif
  }

 private:
#if defined(_WIN32)
  static unsigned __stdcall enter(void* self) {
    static_cast<Thread*>(self)->body_(static_cast<Thread*>(self)->data_);
    return 0;
  }
  HANDLE handle_ = nullptr;
#else
  static void* enter(void* self) {
    static_cast<Thread*>(self)->body_(static_cast<Thread*>(self)->data_);
    return nullptr;
  }
  pthread_t handle_{};
#endif
  Body body_ = nullptr;
  void* data_ = nullptr;
  bool running_ = false;
};

// Between looks at something that another thread is about to change.
inline void pauseThread() {
#if defined(__x86_64__) || defined(_M_X64)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

// A fixed crew that works through numbered chunks together with the caller. Chunks are handed out in
// order but finish in any; whoever needs an order keeps results per chunk.
//
// A run ends when its chunks are done, not when every helper has woken up: on a busy machine that may be
// milliseconds later. So a helper may look at the ticket of a run that is over. The ticket therefore
// carries the run's number, and is closed while the next run is described.
class ThreadPool {
 public:
  using Chunk = void (*)(void* data, uint64_t index);

  ThreadPool() = default;
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;
  ~ThreadPool() { stop(); }

  // `threads` counts the caller. Helpers start with the first work that needs them.
  void configure(uint32_t threads) { wanted_ = threads > 0 ? threads - 1 : 0; }

  // Runs chunk(data, 0..count-1). When the crew is busy with another call, the caller works alone.
  void run(uint64_t count, Chunk chunk, void* data) {
    std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (wanted_ == 0 || count < 2 || count >= kClosed || !turn.owns_lock() || !ensure()) {
      for (uint64_t i = 0; i < count; i++) chunk(data, i);
      return;
    }
    const uint32_t number = open(static_cast<uint32_t>(count), chunk, data);
    drain(number);
    awaitEnd(static_cast<uint32_t>(count));
  }

  // Ends and joins the helpers. Idempotent; no run() may be under way.
  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_ = true;
    }
    wake_.notify_all();
    for (uint32_t i = 0; i < started_; i++) helpers_[i].join();
    delete[] helpers_;
    helpers_ = nullptr;
    started_ = 0;
    wanted_ = 0;
  }

 private:
  static constexpr uint32_t kClosed = 0xffffffff;
  // About 20 to 50 us of looking before a thread sleeps: waking one costs as much, and calls come in rows.
  static constexpr int kSpins = 1000;

  static uint64_t ticketOf(uint32_t run, uint32_t index) { return static_cast<uint64_t>(run) << 32 | index; }
  static uint32_t runOf(uint64_t ticket) { return static_cast<uint32_t>(ticket >> 32); }
  static uint32_t indexOf(uint64_t ticket) { return static_cast<uint32_t>(ticket); }

  bool ensure() {
    if (helpers_ != nullptr) return started_ > 0;
    helpers_ = new (std::nothrow) Thread[wanted_];
    if (helpers_ == nullptr) return false;
    while (started_ < wanted_ && helpers_[started_].start(&ThreadPool::enter, this)) started_++;
    return started_ > 0;
  }

  // Describes a run, lets its chunks be taken and wakes who sleeps; its number.
  uint32_t open(uint32_t count, Chunk chunk, void* data) {
    const uint32_t number = runOf(ticket_.load(std::memory_order_relaxed)) + 1;
    ticket_.store(ticketOf(number, kClosed));
    count_.store(count, std::memory_order_release);  // not before the ticket is closed
    done_.store(0, std::memory_order_relaxed);
    chunk_ = chunk;
    data_ = data;
    bool sleepers;
    {
      std::lock_guard<std::mutex> lock(mutex_);
      ticket_.store(ticketOf(number, 0));
      sleepers = asleep_ > 0;
    }
    if (sleepers) wake_.notify_all();
    return number;
  }

  static void enter(void* self) { static_cast<ThreadPool*>(self)->serve(); }

  void serve() {
    uint32_t seen = 0;
    while (awaitRun(seen)) {
      seen = runOf(ticket_.load());
      drain(seen);
    }
  }

  // Until there is a run after `seen`; false when the pool ends.
  bool awaitRun(uint32_t seen) {
    const auto fresh = [&] {
      const uint64_t ticket = ticket_.load();
      return runOf(ticket) != seen && indexOf(ticket) != kClosed;
    };
    for (int i = 0; i < kSpins; i++) {
      if (fresh()) return true;
      pauseThread();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    asleep_++;
    wake_.wait(lock, [&] { return stopping_ || fresh(); });
    asleep_--;
    return !stopping_;
  }

  // Takes chunks of a run while there are any.
  void drain(uint32_t number) {
    uint64_t ticket = ticket_.load();
    while (runOf(ticket) == number && indexOf(ticket) < count_.load(std::memory_order_acquire)) {
      if (!ticket_.compare_exchange_weak(ticket, ticket + 1)) continue;
      // The run can't end before this chunk does, so what describes it stays.
      const uint32_t count = count_.load(std::memory_order_relaxed);
      chunk_(data_, indexOf(ticket));
      if (done_.fetch_add(1) + 1 == count) {
        std::lock_guard<std::mutex> lock(mutex_);
        ended_.notify_one();
      }
      ticket = ticket_.load();
    }
  }

  void awaitEnd(uint32_t count) {
    const auto over = [&] { return done_.load() == count; };
    for (int i = 0; i < kSpins; i++) {
      if (over()) return;
      pauseThread();
    }
    std::unique_lock<std::mutex> lock(mutex_);
    ended_.wait(lock, over);
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable ended_;
  Thread* helpers_ = nullptr;
  uint32_t wanted_ = 0;
  uint32_t started_ = 0;
  uint32_t asleep_ = 0;
  bool stopping_ = false;
  Chunk chunk_ = nullptr;
  void* data_ = nullptr;
  std::atomic<uint32_t> count_{0};
  std::atomic<uint32_t> done_{0};
  // Number of the run and of its next chunk.
  std::atomic<uint64_t> ticket_{0};
};

}  // namespace ukernels
