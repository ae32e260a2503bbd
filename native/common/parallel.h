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

// A fixed crew that works through numbered chunks together with the caller. Chunks are handed out in
// order but finish in any; whoever needs an order keeps results per chunk.
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
    if (wanted_ == 0 || count < 2 || !turn.owns_lock() || !ensure()) {
      for (uint64_t i = 0; i < count; i++) chunk(data, i);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      chunk_ = chunk;
      data_ = data;
      count_ = count;
      next_.store(0, std::memory_order_relaxed);
      active_ = started_;
      generation_++;
    }
    wake_.notify_all();
    drain();
    std::unique_lock<std::mutex> lock(mutex_);
    idle_.wait(lock, [this] { return active_ == 0; });
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
  bool ensure() {
    if (helpers_ != nullptr) return started_ > 0;
    helpers_ = new (std::nothrow) Thread[wanted_];
    if (helpers_ == nullptr) return false;
    while (started_ < wanted_ && helpers_[started_].start(&ThreadPool::enter, this)) started_++;
    return started_ > 0;
  }

  static void enter(void* self) { static_cast<ThreadPool*>(self)->serve(); }

  void serve() {
    uint64_t seen = 0;
    for (;;) {
      {
        std::unique_lock<std::mutex> lock(mutex_);
        wake_.wait(lock, [&] { return stopping_ || generation_ != seen; });
        if (stopping_) return;
        seen = generation_;
      }
      drain();
      std::lock_guard<std::mutex> lock(mutex_);
      if (--active_ == 0) idle_.notify_one();
    }
  }

  void drain() {
    for (;;) {
      const uint64_t i = next_.fetch_add(1, std::memory_order_relaxed);
      if (i >= count_) return;
      chunk_(data_, i);
    }
  }

  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable idle_;
  Thread* helpers_ = nullptr;
  uint32_t wanted_ = 0;
  uint32_t started_ = 0;
  uint32_t active_ = 0;
  uint64_t generation_ = 0;
  bool stopping_ = false;
  Chunk chunk_ = nullptr;
  void* data_ = nullptr;
  uint64_t count_ = 0;
  std::atomic<uint64_t> next_{0};
};

}  // namespace ukernels
