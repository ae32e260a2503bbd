// Long calls: a queue with threads of its own. Nothing here calls JavaScript from another thread; a
// finished job is handed to the instance's thread, which settles its promise.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <new>

#include "abi.h"
#include "parallel.h"

namespace ukernels {

// The two words a caller shares with a running job: [0] == 1 asks it to stop, [1] counts finished chunks.
class JobFlags {
 public:
  JobFlags() = default;
  explicit JobFlags(int32_t* words) : words_(reinterpret_cast<std::atomic<int32_t>*>(words)) {}
  bool aborted() const { return words_ != nullptr && words_[0].load(std::memory_order_relaxed) == 1; }
  void advance() const {
    if (words_ != nullptr) words_[1].fetch_add(1, std::memory_order_relaxed);
  }

 private:
  std::atomic<int32_t>* words_ = nullptr;
};

class Job {
 public:
  virtual ~Job() = default;
  // On a thread of the queue.
  virtual void execute() = 0;
  // On the instance's thread, whatever became of the job; the job is deleted afterwards.
  virtual void settle() = 0;
  // Instead of settle() while the environment is torn down: no promise is left to settle.
  virtual void abandon() = 0;

  int32_t status = kInternal;
  Job* next = nullptr;
};

class JobQueue {
 public:
  using Done = void (*)(void* context, Job* job);

  JobQueue(Done done, void* context) : done_(done), context_(context) {}
  JobQueue(const JobQueue&) = delete;
  JobQueue& operator=(const JobQueue&) = delete;
  ~JobQueue() { stop(); }

  // At most this many jobs run at once.
  void configure(uint32_t runners) { wanted_ = runners > 0 ? runners : 1; }

  // Takes the job. False when no thread can be had; the job is still the caller's then.
  bool push(Job* job) {
    std::lock_guard<std::mutex> lock(mutex_);
    if (stopping_.load() || !ensure()) return false;
    job->next = nullptr;
    (tail_ == nullptr ? head_ : tail_->next) = job;
    tail_ = job;
    waiting_++;
    wake_.notify_one();
    return true;
  }

  // True once the instance is being disposed of: running jobs end after their chunk.
  bool stopping() const { return stopping_.load(std::memory_order_relaxed); }

  // Waits for the running chunks, hands every job over as disposed, joins the threads. Idempotent.
  void stop() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      stopping_.store(true);
    }
    wake_.notify_all();
    for (uint32_t i = 0; i < started_; i++) runners_[i].join();
    delete[] runners_;
    runners_ = nullptr;
    started_ = 0;
  }

 private:
  // One runner more when all are busy, up to the limit.
  bool ensure() {
    if (runners_ == nullptr) runners_ = new (std::nothrow) Thread[wanted_];
    if (runners_ == nullptr) return false;
    if (idle_ <= waiting_ && started_ < wanted_ && runners_[started_].start(&JobQueue::enter, this)) started_++;
    return started_ > 0;
  }

  static void enter(void* self) { static_cast<JobQueue*>(self)->serve(); }

  void serve() {
    for (;;) {
      Job* job;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        idle_++;
        wake_.wait(lock, [this] { return head_ != nullptr || stopping_.load(); });
        idle_--;
        job = head_;
        if (job == nullptr) return;
        head_ = job->next;
        if (head_ == nullptr) tail_ = nullptr;
        waiting_--;
      }
      if (stopping()) {
        job->status = kDisposed;
      } else {
        job->execute();
      }
      done_(context_, job);
    }
  }

  Done done_;
  void* context_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Thread* runners_ = nullptr;
  uint32_t wanted_ = 1;
  uint32_t started_ = 0;
  uint32_t idle_ = 0;
  uint32_t waiting_ = 0;
  Job* head_ = nullptr;
  Job* tail_ = nullptr;
  std::atomic<bool> stopping_{false};
};

}  // namespace ukernels
