// State that lives in an instance between calls, named by small integers.
#pragma once

#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>

#include "abi.h"

namespace ukernels {

class HandleTable {
 public:
  HandleTable() = default;
  HandleTable(const HandleTable&) = delete;
  HandleTable& operator=(const HandleTable&) = delete;
  ~HandleTable() { clear(); }

  // Takes the object; returns its handle, never used before, or 0 when out of memory.
  template <class T>
  double add(std::unique_ptr<T>& object, int64_t bytes) {
    const uint32_t index = freeIndex();
    if (index == kNone) return 0;
    Entry& entry = entries_[index];
    entry.object = object.release();
    entry.destroy = [](void* p) { delete static_cast<T*>(p); };
    entry.key = keyOf<T>();
    entry.bytes = bytes;
    return entry.generation * kSlots + index + 1;
  }

  // The object, or null with the reason in `status`.
  template <class T>
  T* get(double handle, int32_t& status) {
    Entry* entry = find(handle, keyOf<T>());
    status = entry == nullptr ? kBadHandle : entry->busy ? kBusy : kOk;
    return status == kOk ? static_cast<T*>(entry->object) : nullptr;
  }

  template <class T>
  void setBusy(double handle, bool busy) {
    if (Entry* entry = find(handle, keyOf<T>())) entry->busy = busy;
  }

  // Frees the object. `bytes` gets its size.
  template <class T>
  int32_t free(double handle, int64_t& bytes) {
    Entry* entry = find(handle, keyOf<T>());
    if (entry == nullptr) return kBadHandle;
    if (entry->busy) return kBusy;
    bytes = entry->bytes;
    entry->destroy(entry->object);
    const double generation = entry->generation + 1;
    *entry = {};
    entry->generation = generation;
    return kOk;
  }

  void clear() {
    for (uint32_t i = 0; i < size_; i++)
      if (entries_[i].object != nullptr) entries_[i].destroy(entries_[i].object);
    std::free(entries_);
    entries_ = nullptr;
    size_ = 0;
  }

  int64_t bytes() const {
    int64_t sum = 0;
    for (uint32_t i = 0; i < size_; i++) sum += entries_[i].bytes;
    return sum;
  }

 private:
  static constexpr uint32_t kNone = 0xffffffff;
  static constexpr uint32_t kSlots = 1u << 20;
  struct Entry {
    void* object;
    void (*destroy)(void*);
    const void* key;
    int64_t bytes;
    bool busy;
    // How often the slot was freed: a stale handle never names a newer object.
    double generation;
  };

  // An address of its own for every type.
  template <class T>
  static const void* keyOf() {
    static const char key = 0;
    return &key;
  }

  Entry* find(double handle, const void* key) {
    const double generation = std::floor((handle - 1) / kSlots);
    const double index = handle - 1 - generation * kSlots;
    if (!(handle >= 1 && index < size_ && index == std::floor(index))) return nullptr;
    Entry& entry = entries_[static_cast<uint32_t>(index)];
    return entry.object != nullptr && entry.key == key && entry.generation == generation ? &entry : nullptr;
  }

  uint32_t freeIndex() {
    for (uint32_t i = 0; i < size_; i++)
      if (entries_[i].object == nullptr) return i;
    const uint32_t size = size_ == 0 ? 8 : size_ * 2;
    if (size > kSlots) return kNone;
    auto* entries = static_cast<Entry*>(std::realloc(entries_, size * sizeof(Entry)));
    if (entries == nullptr) return kNone;
    for (uint32_t i = size_; i < size; i++) entries[i] = {};
    entries_ = entries;
    const uint32_t index = size_;
    size_ = size;
    return index;
  }

  Entry* entries_ = nullptr;
  uint32_t size_ = 0;
};

}  // namespace ukernels
