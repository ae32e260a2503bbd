// The addon's exports: version, the instruction sets this machine can run, and instantiate().
#pragma once

#include <napi.h>

#include "arguments.h"
#include "cpu.h"
#include "instance.h"

namespace ukernels {

// One row of the kernel's table; `start` is null for rows without a span.
struct RowEntry {
  const char* name;
  napi_callback call;
  napi_callback start;
};

struct Module {
  const char* version;
  const RowEntry* rows;
  size_t count;
};

// Adds a function that keeps its instance alive.
inline bool addFunction(napi_env env, napi_value target, const char* name, napi_callback body, Instance* instance) {
  napi_value fn;
  if (napi_create_function(env, name, NAPI_AUTO_LENGTH, body, instance, &fn) != napi_ok) return false;
  const auto unhold = [](napi_env, void* data, void*) { static_cast<Instance*>(data)->release(); };
  if (napi_add_finalizer(env, fn, instance, unhold, nullptr, nullptr) != napi_ok) return false;
  instance->retain();
  return napi_set_named_property(env, target, name, fn) == napi_ok;
}

inline napi_value disposeInstance(napi_env env, napi_callback_info info) {
  void* data;
  const Arguments args(env, info, &data);
  static_cast<Instance*>(data)->dispose();
  return nullptr;
}

// instantiate({ isa, threads }): { call, start, dispose }, or undefined for options it can't serve.
inline napi_value instantiate(napi_env env, napi_callback_info info) {
  void* data;
  const Arguments args(env, info, &data);
  const auto& module = *static_cast<const Module*>(data);
  napi_value isaValue;
  napi_value threadsValue;
  uint32_t isa;
  uint32_t threads;
  if (args.count() != 1 || napi_get_named_property(env, args[0], "isa", &isaValue) != napi_ok ||
      napi_get_named_property(env, args[0], "threads", &threadsValue) != napi_ok ||
      napi_get_value_uint32(env, isaValue, &isa) != napi_ok || isa >= usableIsas() ||
      napi_get_value_uint32(env, threadsValue, &threads) != napi_ok || threads == 0)
    return nullptr;
  Instance* instance = Instance::create(env, isa, threads);
  if (instance == nullptr) return nullptr;
  instance->retain();
  napi_value result;
  napi_value call;
  napi_value start;
  bool ok = napi_create_object(env, &result) == napi_ok && napi_create_object(env, &call) == napi_ok &&
            napi_create_object(env, &start) == napi_ok && napi_set_named_property(env, result, "call", call) == napi_ok &&
            napi_set_named_property(env, result, "start", start) == napi_ok &&
            addFunction(env, result, "dispose", &disposeInstance, instance);
  for (size_t i = 0; ok && i < module.count; i++) {
    const RowEntry& row = module.rows[i];
    ok = addFunction(env, call, row.name, row.call, instance);
    if (ok && row.start != nullptr) ok = addFunction(env, start, row.name, row.start, instance);
  }
  instance->release();
  return ok ? result : nullptr;
}

inline Napi::Object exportModule(Napi::Env env, Napi::Object exports, const Module& module) {
  exports.Set("version", module.version);
  Napi::Array isas = Napi::Array::New(env);
  for (uint32_t i = 0; i < usableIsas(); i++) isas.Set(i, kIsaNames[i]);
  exports.Set("isas", isas);
  napi_value fn;
  if (napi_create_function(env, "instantiate", NAPI_AUTO_LENGTH, &instantiate, const_cast<Module*>(&module), &fn) ==
      napi_ok)
    exports.Set("instantiate", Napi::Value(env, fn));
  return exports;
}

}  // namespace ukernels
