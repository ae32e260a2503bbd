// From a row of the ABI table to a JavaScript function. scripts/abi/cpp-row.mjs writes a `Row` type
// for every row of a kernel's table, on top of RowDefaults:
//
//   kArgs, kReportArg, kUsedArg     number of JavaScript arguments; indices of two of them
//   Frame, read(arguments, frame)   one field per argument; reads and checks them all: a status
//   Report, clear, merge            the row's report struct (8-byte slots)
//   kVariants[], run(isa, …)        the core function per instruction set; slices the arrays, calls it
//   kHasSpan, kSerial, kChunk, total(frame)
//   capacityBefore, append          where a chunk's variable-length output lies, and moves it into place
//   State, open, close, setBusy     the state that a handle names
//   visit(frame, each)              each(argument index, array, core reads it?, core writes it?)
//
// and this header turns it into a synchronous function and, for rows with a span, a long call.
#pragma once

#include <napi.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>

#include "abi.h"
#include "arguments.h"
#include "fpenv.h"
#include "instance.h"

namespace ukernels {

struct NoReport {};
struct NoState {};

// What most rows have in common; a generated Row hides what it does otherwise.
struct RowDefaults {
  using Report = NoReport;
  using State = NoState;
  static constexpr int kReportArg = -1;
  static constexpr int kUsedArg = -1;
  static constexpr bool kHasSpan = false;
  static constexpr bool kSerial = false;

  static void clear(NoReport&) {}
  static void merge(NoReport&, const NoReport&) {}

  template <class Frame, class State>
  static int32_t open(Instance&, const Frame&, State&) {
    return kOk;
  }
  template <class Frame, class State>
  static int32_t close(Instance&, const Arguments&, const Frame&, State&) {
    return kOk;
  }
  template <class Frame>
  static void setBusy(Instance&, const Frame&, bool) {}

  template <class Frame>
  static size_t capacityBefore(const Frame&, uint64_t) {
    return 0;
  }
  template <class Frame>
  static void append(const Frame&, size_t, size_t, size_t) {}
};

// What a core function needs besides the frame, and what it leaves behind.
template <class Row>
struct Chunk {
  Span span{0, 0};
  // First element of the variable-length array that this chunk may touch.
  size_t cursor = 0;
  size_t used = 0;
  typename Row::Report report{};
  int32_t status = kOk;
};

// Workspace of one core call.
template <class T>
class Scratch {
 public:
  explicit Scratch(size_t size) : data_(static_cast<T*>(std::malloc(size == 0 ? 1 : size * sizeof(T)))), size_(size) {}
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() { std::free(data_); }
  bool ok() const { return data_ != nullptr; }
  Out<T> get() const { return {data_, size_}; }

 private:
  T* data_;
  size_t size_;
};

// ---- one call, chunk by chunk -------------------------------------------------------------------

// Chunks below this number are not worth waking threads for.
constexpr uint64_t kParallelChunks = 4;

template <class Row>
struct Execution {
  using Frame = typename Row::Frame;
  Instance& instance;
  const Frame& frame;
  typename Row::State state;
  JobFlags flags;
  Chunk<Row> result;

  int32_t run() {
    Row::clear(result.report);
    if constexpr (!Row::kHasSpan) {
      FloatEnvironment environment;
      result.status = Row::run(instance.isa, frame, state, result);
      return result.status;
    } else {
      const uint64_t total = Row::total(frame);
      const uint64_t count = total == 0 ? 1 : (total - 1) / Row::kChunk + 1;
      if (!Row::kSerial && count >= kParallelChunks && instance.threads > 1) return parallel(count, total);
      return sequential(count, total);
    }
  }

 private:
  void runChunk(uint64_t index, uint64_t total, Chunk<Row>& chunk) {
    if (flags.aborted() || instance.jobs.stopping()) {
      chunk.status = flags.aborted() ? kAborted : kDisposed;
      return;
    }
    FloatEnvironment environment;
    chunk.span = {index * Row::kChunk, smaller(total, (index + 1) * Row::kChunk)};
    Row::clear(chunk.report);
    chunk.status = Row::run(instance.isa, frame, state, chunk);
    flags.advance();
  }

  int32_t sequential(uint64_t count, uint64_t total) {
    for (uint64_t i = 0; i < count; i++) {
      Chunk<Row> chunk;
      chunk.cursor = result.used;
      runChunk(i, total, chunk);
      if (chunk.status != kOk) return chunk.status;
      Row::merge(result.report, chunk.report);
      result.used += chunk.used;
    }
    return kOk;
  }

  // Every chunk writes where it would without variable lengths; results are combined in chunk order.
  int32_t parallel(uint64_t count, uint64_t total) {
    std::unique_ptr<Chunk<Row>[]> all(new (std::nothrow) Chunk<Row>[count]);
    if (!all) return kOutOfMemory;
    struct Context {
      Execution* self;
      Chunk<Row>* all;
      uint64_t total;
    } context{this, all.get(), total};
    instance.pool.run(
        count,
        [](void* data, uint64_t index) {
          auto& c = *static_cast<Context*>(data);
          c.all[index].cursor = Row::capacityBefore(c.self->frame, index * Row::kChunk);
          c.self->runChunk(index, c.total, c.all[index]);
        },
        &context);
    for (uint64_t i = 0; i < count; i++) {
      if (all[i].status != kOk) return all[i].status;
      Row::merge(result.report, all[i].report);
      Row::append(frame, result.used, all[i].cursor, all[i].used);
      result.used += all[i].used;
    }
    return kOk;
  }
};

// Writes the report and the count into the caller's Float64Arrays. A status.
template <class Row>
int32_t publish(napi_env env, const Chunk<Row>& result, napi_value report, napi_value used) {
  In<double> cell;
  if constexpr (Row::kReportArg >= 0) {
    constexpr size_t kSlots = sizeof(typename Row::Report) / sizeof(double);
    if (!readArray(env, report, cell) || cell.size < kSlots) return kDetached;
    std::memcpy(const_cast<double*>(cell.data), &result.report, sizeof result.report);
  }
  if constexpr (Row::kUsedArg >= 0) {
    if (!readArray(env, used, cell) || cell.size < 1) return kDetached;
    const double count = static_cast<double>(result.used);
    std::memcpy(const_cast<double*>(cell.data), &count, sizeof count);
  }
  return kOk;
}

// The short form: on the calling thread, on the caller's memory.
template <class Row>
napi_value call(napi_env env, napi_callback_info info) {
  void* data;
  const Arguments args(env, info, &data);
  auto& instance = *static_cast<Instance*>(data);
  if (instance.disposed()) return toJs(env, kDisposed);
  typename Row::Frame frame;
  int32_t status = Row::read(args, frame);
  if (status != kOk) return toJs(env, status);
  Execution<Row> execution{instance, frame, {}, JobFlags(), {}};
  status = Row::open(instance, frame, execution.state);
  if (status == kOk) status = execution.run();
  if (status == kOk) status = Row::close(instance, args, frame, execution.state);
  if (status == kOk)
    status = publish<Row>(env, execution.result, Row::kReportArg >= 0 ? args[Row::kReportArg] : nullptr,
                          Row::kUsedArg >= 0 ? args[Row::kUsedArg] : nullptr);
  return toJs(env, status);
}

// ---- long calls ---------------------------------------------------------------------------------

// A job owns copies of what it reads and memory for what it writes; the caller's arrays may be
// transferred or collected meanwhile and are written, if they still exist, on the caller's thread.
template <class Row>
class RowJob final : public Job {
 public:
  static constexpr size_t kMaxRefs = Arguments::kMax;

  RowJob(Instance& instance, const typename Row::Frame& frame) : instance_(instance), frame_(frame) {}

  ~RowJob() override {
    for (void* block : blocks_) std::free(block);
  }

  // A status. On failure the job must be dropped.
  int32_t adopt(const Arguments& args) {
    const bool copied = Row::visit(frame_, [&](size_t i, auto& array, bool reads, bool writes) {
      if (array.data == nullptr) return true;
      const size_t bytes = array.size * sizeof(*array.data);
      void* block = std::malloc(bytes == 0 ? 1 : bytes);
      blocks_[i] = block;
      if (block == nullptr) return false;
      if (reads) std::memcpy(block, array.data, bytes);
      array.data = static_cast<decltype(array.data)>(block);
      return !writes || reference(args, i);
    });
    if (!copied) return drop(kOutOfMemory);
    if (Row::kReportArg >= 0 && !reference(args, Row::kReportArg)) return drop(kInternal);
    if (Row::kUsedArg >= 0 && !reference(args, Row::kUsedArg)) return drop(kInternal);
    Out<int32_t> words;
    if (args.count() > Row::kArgs && args.read(Row::kArgs, words) && words.size >= 2) {
      if (!reference(args, Row::kArgs)) return drop(kInternal);
      flags_ = JobFlags(words.data);
    }
    const int32_t opened = Row::open(instance_, frame_, state_);
    if (opened != kOk) return drop(opened);
    Row::setBusy(instance_, frame_, true);
    return kOk;
  }

  napi_value begin() {
    napi_value promise;
    napi_create_promise(instance_.env, &deferred_, &promise);
    instance_.beginJob();
    if (!instance_.jobs.push(this)) {
      // No thread to be had: a promise all the same, late but kept.
      execute();
      settle();
      delete this;
    }
    return promise;
  }

  void execute() override {
    Execution<Row> execution{instance_, frame_, state_, flags_, {}};
    status = execution.run();
    result_ = execution.result;
  }

  void settle() override {
    const napi_env env = instance_.env;
    Row::setBusy(instance_, frame_, false);
    // The last chunk may have been done when the caller asked to stop: nothing is written then either.
    if (status == kOk && flags_.aborted()) status = kAborted;
    if (status == kOk && instance_.disposed()) status = kDisposed;
    if (status == kOk) status = publishOutputs();
    drop(status);
    napi_resolve_deferred(env, deferred_, toJs(env, status));
    instance_.endJob(true);
  }

  void abandon() override { instance_.endJob(false); }

 private:
  bool reference(const Arguments& args, size_t i) {
    return napi_create_reference(instance_.env, args[i], 1, &refs_[i]) == napi_ok;
  }

  napi_value referenced(size_t i) const {
    napi_value value = nullptr;
    if (refs_[i] != nullptr) napi_get_reference_value(instance_.env, refs_[i], &value);
    return value;
  }

  int32_t publishOutputs() {
    const napi_env env = instance_.env;
    // First whether all are still there, then the copies: all or nothing.
    for (const bool copying : {false, true}) {
      const bool present = Row::visit(frame_, [&](size_t i, auto& array, bool, bool writes) {
        if (!writes || array.data == nullptr) return true;
        auto target = array;
        if (!readArray(env, referenced(i), target) || target.size < array.size) return false;
        if constexpr (!std::is_const_v<std::remove_pointer_t<decltype(array.data)>>)
          if (copying) std::memcpy(target.data, array.data, array.size * sizeof(*array.data));
        return true;
      });
      if (!present) return kDetached;
    }
    return publish<Row>(env, result_, Row::kReportArg >= 0 ? referenced(Row::kReportArg) : nullptr,
                        Row::kUsedArg >= 0 ? referenced(Row::kUsedArg) : nullptr);
  }

  int32_t drop(int32_t why) {
    for (napi_ref& ref : refs_) {
      if (ref != nullptr) napi_delete_reference(instance_.env, ref);
      ref = nullptr;
    }
    return why;
  }

  Instance& instance_;
  typename Row::Frame frame_;
  typename Row::State state_{};
  JobFlags flags_;
  Chunk<Row> result_;
  napi_deferred deferred_ = nullptr;
  void* blocks_[kMaxRefs] = {};
  napi_ref refs_[kMaxRefs] = {};
};

// The long form: a promise of the status.
template <class Row>
napi_value start(napi_env env, napi_callback_info info) {
  void* data;
  const Arguments args(env, info, &data);
  auto& instance = *static_cast<Instance*>(data);
  typename Row::Frame frame;
  int32_t status = instance.disposed() ? kDisposed : Row::read(args, frame);
  if (status == kOk) {
    auto* job = new (std::nothrow) RowJob<Row>(instance, frame);
    status = job == nullptr ? kOutOfMemory : job->adopt(args);
    if (status == kOk) return job->begin();
    delete job;
  }
  napi_deferred deferred;
  napi_value promise;
  napi_create_promise(env, &deferred, &promise);
  napi_resolve_deferred(env, deferred, toJs(env, status));
  return promise;
}

// Frees the state that a handle names; the harness's own, there is no core function.
template <class Row>
napi_value release(napi_env env, napi_callback_info info) {
  void* data;
  const Arguments args(env, info, &data);
  auto& instance = *static_cast<Instance*>(data);
  if (instance.disposed()) return toJs(env, kDisposed);
  double handle;
  int64_t bytes = 0;
  if (args.count() != 1 || !args.read(0, handle)) return toJs(env, kBadArgument);
  const int32_t status = instance.handles.template free<typename Row::Type>(handle, bytes);
  if (status == kOk) instance.report(-bytes);
  return toJs(env, status);
}

}  // namespace ukernels
