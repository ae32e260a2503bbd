// Reading a JavaScript call's arguments into C++ values. Every reader checks type and range again, so
// that a caller who goes round the TypeScript layer can't make a core read out of bounds.
#pragma once

#include <napi.h>

#include <cmath>
#include <type_traits>

#include "abi.h"

namespace ukernels {

template <class T>
constexpr napi_typedarray_type arrayTypeOf() {
  using std::is_same_v;
  if constexpr (is_same_v<T, uint8_t>) return napi_uint8_array;
  if constexpr (is_same_v<T, int8_t>) return napi_int8_array;
  if constexpr (is_same_v<T, uint16_t>) return napi_uint16_array;
  if constexpr (is_same_v<T, int16_t>) return napi_int16_array;
  if constexpr (is_same_v<T, uint32_t>) return napi_uint32_array;
  if constexpr (is_same_v<T, int32_t>) return napi_int32_array;
  if constexpr (is_same_v<T, float>) return napi_float32_array;
  if constexpr (is_same_v<T, double>) return napi_float64_array;
  if constexpr (is_same_v<T, int64_t>) return napi_bigint64_array;
  return napi_biguint64_array;
}

// Memory and length of a typed array. False when the value is none, or of another element type.
template <class A>
bool readArray(napi_env env, napi_value value, A& to) {
  using Element = std::remove_const_t<std::remove_pointer_t<decltype(to.data)>>;
  static uint64_t empty = 0;
  napi_typedarray_type type;
  void* data = nullptr;
  if (value == nullptr || napi_get_typedarray_info(env, value, &type, &to.size, &data, nullptr, nullptr) != napi_ok)
    return false;
  // An empty array may have no memory; a core tells it from an absent one by its pointer.
  to.data = static_cast<decltype(to.data)>(data == nullptr ? &empty : data);
  return type == arrayTypeOf<Element>();
}

// The arguments of one call. Readers return false when argument i isn't what the row says.
class Arguments {
 public:
  static constexpr size_t kMax = 32;

  // `data` is what the function was created with.
  Arguments(napi_env env, napi_callback_info info, void** data) : env_(env) {
    count_ = kMax;
    if (napi_get_cb_info(env, info, &count_, values_, nullptr, data) != napi_ok) count_ = 0;
  }

  napi_env env() const { return env_; }
  size_t count() const { return count_; }
  napi_value operator[](size_t i) const { return values_[i]; }

  template <class T>
  bool read(size_t i, In<T>& to, bool optional = false) const {
    return readArray(env_, values_[i], to) || (optional && absent(i, to));
  }

  template <class T>
  bool read(size_t i, Out<T>& to, bool optional = false) const {
    return readArray(env_, values_[i], to) || (optional && absent(i, to));
  }

  bool read(size_t i, double& to) const { return napi_get_value_double(env_, values_[i], &to) == napi_ok; }

  bool read(size_t i, uint32_t& to) const {
    double value;
    if (!read(i, value) || !(value >= 0 && value <= 4294967295.0)) return false;
    to = static_cast<uint32_t>(value);
    return static_cast<double>(to) == value;
  }

  bool read(size_t i, int32_t& to) const {
    double value;
    if (!read(i, value) || !(value >= -2147483648.0 && value <= 2147483647.0)) return false;
    to = static_cast<int32_t>(value);
    return static_cast<double>(to) == value;
  }

  // A safe integer as number, or any bigint below 2^64.
  bool read(size_t i, uint64_t& to) const {
    double value;
    if (read(i, value)) {
      if (!(value >= 0 && value <= 9007199254740991.0)) return false;
      to = static_cast<uint64_t>(value);
      return static_cast<double>(to) == value;
    }
    bool lossless = false;
    return napi_get_value_bigint_uint64(env_, values_[i], &to, &lossless) == napi_ok && lossless;
  }

 private:
  template <class A>
  bool absent(size_t i, A& to) const {
    to = {nullptr, 0};
    napi_valuetype kind;
    return napi_typeof(env_, values_[i], &kind) == napi_ok && kind == napi_undefined;
  }

  napi_env env_;
  size_t count_;
  napi_value values_[kMax];
};

template <class T>
bool within(T value, double low, double high) {
  return static_cast<double>(value) >= low && static_cast<double>(value) <= high;
}

// Whether two arrays share a byte, unless they are the same array and may be.
template <class A, class B>
bool clash(const A& a, const B& b, bool mayCoincide = false) {
  if (a.size == 0 || b.size == 0) return false;
  const auto aBegin = reinterpret_cast<uintptr_t>(a.data);
  const auto bBegin = reinterpret_cast<uintptr_t>(b.data);
  if (mayCoincide && aBegin == bBegin) return false;
  return aBegin < bBegin + b.size * sizeof(*b.data) && bBegin < aBegin + a.size * sizeof(*a.data);
}

inline napi_value toJs(napi_env env, int32_t status) {
  napi_value value = nullptr;
  napi_create_int32(env, status, &value);
  return value;
}

}  // namespace ukernels
