//! The addon's exports: version, the instruction sets this machine can run, and instantiate().

use crate::Isa;
use crate::arguments::Arguments;
use crate::instance::Instance;
use napi_sys::*;
use std::ffi::c_void;
use std::ptr::null_mut;

/// One row of the kernel's table; `start` is none for rows without a span.
pub struct RowEntry {
    pub name: &'static str,
    pub call: napi_callback,
    pub start: napi_callback,
}

pub struct Module {
    pub version: &'static str,
    pub rows: &'static [RowEntry],
}

fn text(env: napi_env, value: &str) -> Option<napi_value> {
    let mut made = null_mut();
    // SAFETY: in a call of a live environment.
    let got = unsafe { napi_create_string_utf8(env, value.as_ptr().cast(), value.len() as isize, &mut made) };
    (got == Status::napi_ok).then_some(made)
}

fn object(env: napi_env) -> Option<napi_value> {
    let mut made = null_mut();
    // SAFETY: in a call of a live environment.
    (unsafe { napi_create_object(env, &mut made) } == Status::napi_ok).then_some(made)
}

fn set(env: napi_env, target: napi_value, name: &str, value: napi_value) -> Option<()> {
    let key = text(env, name)?;
    // SAFETY: in a call of a live environment.
    (unsafe { napi_set_property(env, target, key, value) } == Status::napi_ok).then_some(())
}

fn function(env: napi_env, name: &str, body: napi_callback, data: *mut c_void) -> Option<napi_value> {
    let mut made = null_mut();
    // SAFETY: in a call of a live environment; `data` outlives the function.
    let got = unsafe { napi_create_function(env, name.as_ptr().cast(), name.len() as isize, body, data, &mut made) };
    (got == Status::napi_ok).then_some(made)
}

unsafe extern "C" fn let_go(_env: napi_env, data: *mut c_void, _hint: *mut c_void) {
    // SAFETY: the reference that `add` took for the function object.
    unsafe { Instance::release(data.cast()) };
}

/// Adds a function that keeps its instance alive.
fn add(env: napi_env, target: napi_value, name: &str, body: napi_callback, instance: &Instance) -> Option<()> {
    let data = std::ptr::from_ref(instance).cast_mut().cast::<c_void>();
    let made = function(env, name, body, data)?;
    // SAFETY: in a call of a live environment.
    let got = unsafe { napi_add_finalizer(env, made, data, Some(let_go), null_mut(), null_mut()) };
    if got != Status::napi_ok {
        return None;
    }
    instance.retain();
    set(env, target, name, made)
}

unsafe extern "C" fn dispose(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: the function object holds the instance that it was created with.
    unsafe {
        let mut args = Arguments::room(env);
        args.fetch(info);
        if let Some(instance) = args.data.cast::<Instance>().as_ref() {
            instance.dispose();
        }
    }
    null_mut()
}

fn option(args: &Arguments, name: &str) -> Option<u32> {
    let (mut property, mut value) = (null_mut(), 0);
    let key = text(args.env, name)?;
    // SAFETY: values of the call under way.
    let got = unsafe {
        napi_get_property(args.env, args.value(0), key, &mut property) == Status::napi_ok
            && napi_get_value_uint32(args.env, property, &mut value) == Status::napi_ok
    };
    got.then_some(value)
}

fn exports_of(env: napi_env, module: &Module, instance: &Instance) -> Option<napi_value> {
    let (result, call, start) = (object(env)?, object(env)?, object(env)?);
    set(env, result, "call", call)?;
    set(env, result, "start", start)?;
    add(env, result, "dispose", Some(dispose), instance)?;
    for row in module.rows {
        add(env, call, row.name, row.call, instance)?;
        if row.start.is_some() {
            add(env, start, row.name, row.start, instance)?;
        }
    }
    Some(result)
}

/// instantiate({ isa, threads }): { call, start, dispose }, or undefined for options it can't serve.
unsafe extern "C" fn instantiate(env: napi_env, info: napi_callback_info) -> napi_value {
    let mut args = Arguments::room(env);
    // SAFETY: created with the kernel's module as data.
    unsafe { args.fetch(info) };
    // SAFETY: as above; null when there is no call to serve.
    let Some(module) = (unsafe { args.data.cast::<Module>().as_ref() }) else { return null_mut() };
    let wanted = || {
        let isa = *Isa::usable().get(option(&args, "isa")? as usize)?;
        let threads = option(&args, "threads").filter(|&n| n > 0)?;
        Some((isa, threads))
    };
    let Some((isa, threads)) = wanted().filter(|_| args.count == 1) else { return null_mut() };
    // SAFETY: in a call of a live environment.
    let instance = unsafe { Instance::create(env, isa, threads) };
    // SAFETY: this function holds a reference until it lets go below.
    let Some(held) = (unsafe { instance.as_ref() }) else { return null_mut() };
    let result = exports_of(env, module, held).unwrap_or(null_mut());
    // SAFETY: not used afterwards.
    unsafe { Instance::release(instance) };
    result
}

fn fill(env: napi_env, exports: napi_value, module: &'static Module) -> Option<()> {
    set(env, exports, "version", text(env, module.version)?)?;
    let mut isas = null_mut();
    // SAFETY: in a call of a live environment.
    unsafe { napi_create_array(env, &mut isas) };
    for (i, isa) in (0..).zip(Isa::usable()) {
        // SAFETY: as above.
        unsafe { napi_set_element(env, isas, i, text(env, isa.name())?) };
    }
    set(env, exports, "isas", isas)?;
    let data = std::ptr::from_ref(module).cast_mut().cast();
    set(env, exports, "instantiate", function(env, "instantiate", Some(instantiate), data)?)
}

/// Finds Node's functions in the program that runs. On Linux its loader has done that.
#[cfg(not(target_os = "linux"))]
fn load_node() {
    static LOADED: std::sync::Once = std::sync::Once::new();
    // SAFETY: once in the process, before any other call. The handle of the program isn't closed.
    LOADED.call_once(|| std::mem::forget(unsafe { napi_sys::setup() }));
}

/// What an addon's entry does.
///
/// # Safety
/// Called by the engine.
pub unsafe fn register(env: napi_env, exports: napi_value, module: &'static Module) -> napi_value {
    #[cfg(not(target_os = "linux"))]
    load_node();
    if fill(env, exports, module).is_some() { exports } else { null_mut() }
}

/// Makes a crate the core of a kernel: `reports` and the registration, which scripts/generate-abi.mjs wrote, and the
/// addon's entry. The crate's root must name every core function and every state of the table.
#[macro_export]
macro_rules! expose {
    () => {
        /// The reports of the table's rows.
        #[allow(clippy::all)]
        pub mod reports {
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/reports.rs"));
        }

        #[allow(clippy::all)]
        mod registration {
            include!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/registration.rs"));
        }

        /// # Safety
        /// Called by the engine.
        #[unsafe(no_mangle)]
        pub unsafe extern "C" fn napi_register_module_v1(
            env: $crate::napi_sys::napi_env,
            exports: $crate::napi_sys::napi_value,
        ) -> $crate::napi_sys::napi_value {
            // SAFETY: as for this function.
            unsafe { $crate::module::register(env, exports, &registration::MODULE) }
        }
    };
}
