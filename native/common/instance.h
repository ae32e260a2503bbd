// What one `instantiate()` of an addon owns: threads, jobs, handles. Nothing lives in globals, so an
// addon works in the main thread and in any number of workers.
#pragma once

#include <napi.h>

#include <atomic>

#include "abi.h"
#include "handles.h"
#include "job.h"
#include "parallel.h"

namespace ukernels {

class Instance {
 public:
  // Null when out of memory.
  static Instance* create(napi_env env, uint32_t isa, uint32_t threads) {
    auto* self = new (std::nothrow) Instance(env, isa, threads);
    if (self == nullptr) return nullptr;
    napi_value name;
    if (napi_create_string_utf8(env, "ukernels job", NAPI_AUTO_LENGTH, &name) != napi_ok ||
        napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr,
                                        &Instance::onDone, &self->done_) != napi_ok) {
      delete self;
      return nullptr;
    }
    napi_unref_threadsafe_function(env, self->done_);
    napi_add_env_cleanup_hook(env, &Instance::onExit, self);
    return self;
  }

  // Held by every function object of the instance and by every pending job.
  void retain() { references_++; }
  void release() {
    if (--references_ == 0) delete this;
  }

  // Ends what runs, frees what is held. Idempotent; pending promises settle as disposed.
  void dispose() {
    if (disposed_) return;
    disposed_ = true;
    jobs.stop();
    pool.stop();
    if (!exiting_) report(-handles.bytes());
    handles.clear();
  }
  bool disposed() const { return disposed_; }

  // Tells the engine of native memory that a small object keeps alive.
  void report(int64_t bytes) {
    constexpr int64_t kWorthReporting = 65536;
    int64_t total;
    if (bytes > kWorthReporting || bytes < -kWorthReporting) napi_adjust_external_memory(env, bytes, &total);
  }

  // The event loop stays alive while jobs are pending.
  void beginJob() {
    retain();
    if (pending_++ == 0) napi_ref_threadsafe_function(env, done_);
  }
  void endJob(bool loopAlive) {
    if (--pending_ == 0 && loopAlive) napi_unref_threadsafe_function(env, done_);
    release();
  }

  const napi_env env;
  const uint32_t isa;
  const uint32_t threads;
  ThreadPool pool;
  JobQueue jobs;
  HandleTable handles;

 private:
  Instance(napi_env environment, uint32_t isaIndex, uint32_t threadCount)
      : env(environment), isa(isaIndex), threads(threadCount), jobs(&Instance::handOver, this) {
    pool.configure(threads);
    jobs.configure(threads);
  }

  ~Instance() {
    dispose();
    if (!exiting_) {
      napi_remove_env_cleanup_hook(env, &Instance::onExit, this);
      napi_release_threadsafe_function(done_, napi_tsfn_release);
    }
  }

  // On a job's thread.
  static void handOver(void* self, Job* job) {
    if (napi_call_threadsafe_function(static_cast<Instance*>(self)->done_, job, napi_tsfn_nonblocking) != napi_ok)
      delete job;
  }

  // On the instance's thread; env is null while the environment is torn down.
  static void onDone(napi_env env, napi_value, void*, void* data) {
    auto* job = static_cast<Job*>(data);
    if (env != nullptr) {
      napi_handle_scope scope;
      napi_open_handle_scope(env, &scope);
      job->settle();
      napi_close_handle_scope(env, scope);
    } else {
      job->abandon();
    }
    delete job;
  }

  static void onExit(void* self) {
    auto* instance = static_cast<Instance*>(self);
    instance->exiting_ = true;
    instance->dispose();
  }

  napi_threadsafe_function done_ = nullptr;
  uint32_t references_ = 0;
  uint32_t pending_ = 0;
  bool disposed_ = false;
  bool exiting_ = false;
};

}  // namespace ukernels
