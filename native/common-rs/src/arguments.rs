//! Reading a JavaScript call's arguments into Rust values. Every reader checks type and range again, so that a caller
//! who goes round the TypeScript layer can't make a core read out of bounds.

use crate::abi::status::BAD_ARGUMENT;
use crate::arrays::{Array, Element};
use napi_sys::*;
use std::ffi::c_void;
use std::mem::MaybeUninit;
use std::ptr::null_mut;

/// Memory and length of a typed array of a kind, or none when the value is something else.
///
/// # Safety
/// `value` is null or a live value of `env`.
pub(crate) unsafe fn read_raw(
    env: napi_env,
    value: napi_value,
    wanted: napi_typedarray_type,
) -> Option<(*mut u8, usize)> {
    if value.is_null() {
        return None;
    }
    let (mut kind, mut len, mut data) = (0, 0, null_mut());
    // SAFETY: live handles; the unwanted results may be null.
    let got = unsafe { napi_get_typedarray_info(env, value, &mut kind, &mut len, &mut data, null_mut(), null_mut()) };
    if got != Status::napi_ok || kind != wanted {
        return None;
    }
    // An empty array may have no memory; a core tells it from an absent one. No element is larger than this.
    static EMPTY: u64 = 0;
    let data = if data.is_null() { (&raw const EMPTY).cast_mut().cast() } else { data.cast() };
    Some((data, len))
}

/// The typed array of element type `T`, or none when the value is something else.
///
/// # Safety
/// As `read_raw`.
pub(crate) unsafe fn read_array<T: Element>(env: napi_env, value: napi_value) -> Option<Array<T>> {
    // SAFETY: as for this function.
    let (data, len) = unsafe { read_raw(env, value, T::TYPE) }?;
    let data = data.cast::<T>();
    data.is_aligned().then_some(Array { data, len })
}

/// The arguments of one call. Its readers are called, not inlined: every row of a table has a dozen of them.
pub struct Arguments {
    pub env: napi_env,
    pub count: usize,
    /// What the function was created with.
    pub data: *mut c_void,
    /// Those that weren't passed are undefined.
    values: [MaybeUninit<napi_value>; Self::MAX],
}

impl Arguments {
    pub const MAX: usize = 32;

    /// Room for them, to be filled by `fetch`: moving so much memory would cost as much as a call.
    #[inline(always)]
    pub fn room(env: napi_env) -> Self {
        Self { env, count: Self::MAX, data: null_mut(), values: [const { MaybeUninit::uninit() }; Self::MAX] }
    }

    /// `data` stays null when there are none to be had.
    ///
    /// # Safety
    /// `env` and `info` are those of the call that is under way.
    pub unsafe fn fetch(&mut self, info: napi_callback_info) {
        let mut data = null_mut();
        // SAFETY: there is room for `count`, and the engine fills all of it.
        unsafe {
            let values = self.values.as_mut_ptr().cast();
            if napi_get_cb_info(self.env, info, &mut self.count, values, null_mut(), &mut data) == Status::napi_ok {
                self.data = data;
            }
        }
    }

    /// Argument `i`; undefined when there are fewer.
    pub fn value(&self, i: usize) -> napi_value {
        // SAFETY: whoever has seen `data` has values.
        unsafe { self.values[i].assume_init() }
    }

    /// As many as the row takes; a job has its flags besides.
    #[inline(never)]
    pub fn expect(&self, count: usize) -> Result<(), i32> {
        if self.count == count || self.count == count + 1 { Ok(()) } else { Err(BAD_ARGUMENT - self.count as i32) }
    }

    #[inline(never)]
    pub fn array<T: Element>(&self, i: usize) -> Result<Array<T>, i32> {
        // SAFETY: a value of the call under way.
        unsafe { read_array(self.env, self.value(i)) }.ok_or(BAD_ARGUMENT - i as i32)
    }

    #[inline(never)]
    pub fn optional<T: Element>(&self, i: usize) -> Result<Array<T>, i32> {
        self.array(i).or_else(|bad| {
            let mut kind = 0;
            // SAFETY: a value of the call under way.
            let got = unsafe { napi_typeof(self.env, self.value(i), &mut kind) };
            let absent = got == Status::napi_ok && kind == ValueType::napi_undefined;
            if absent { Ok(Array::ABSENT) } else { Err(bad) }
        })
    }

    /// A number from `low` to `high`.
    #[inline(never)]
    pub fn f64(&self, i: usize, low: f64, high: f64) -> Result<f64, i32> {
        let value = self.number(i).ok_or(BAD_ARGUMENT - i as i32)?;
        // NaN passes where nothing is bounded.
        let unbounded = low == f64::NEG_INFINITY && high == f64::INFINITY;
        if unbounded || (value >= low && value <= high) { Ok(value) } else { Err(BAD_ARGUMENT - i as i32) }
    }

    #[inline(never)]
    pub fn u32(&self, i: usize, low: f64, high: f64) -> Result<u32, i32> {
        let value = self.f64(i, low, high)?;
        let whole = value as u32;
        if f64::from(whole) == value { Ok(whole) } else { Err(BAD_ARGUMENT - i as i32) }
    }

    #[inline(never)]
    pub fn i32(&self, i: usize, low: f64, high: f64) -> Result<i32, i32> {
        let value = self.f64(i, low, high)?;
        let whole = value as i32;
        if f64::from(whole) == value { Ok(whole) } else { Err(BAD_ARGUMENT - i as i32) }
    }

    /// A safe integer as number, or any bigint below 2^64.
    #[inline(never)]
    pub fn u64(&self, i: usize, low: f64, high: f64) -> Result<u64, i32> {
        const SAFE: f64 = 9007199254740991.0;
        let bad = BAD_ARGUMENT - i as i32;
        let value = match self.number(i) {
            Some(value) if (0.0..=SAFE).contains(&value) && value as u64 as f64 == value => value as u64,
            Some(_) => return Err(bad),
            None => self.bigint(i).ok_or(bad)?,
        };
        if value as f64 >= low && value as f64 <= high { Ok(value) } else { Err(bad) }
    }

    fn number(&self, i: usize) -> Option<f64> {
        let mut value = 0.0;
        // SAFETY: a value of the call under way.
        let got = unsafe { napi_get_value_double(self.env, self.value(i), &mut value) };
        (got == Status::napi_ok).then_some(value)
    }

    fn bigint(&self, i: usize) -> Option<u64> {
        let (mut value, mut lossless) = (0, false);
        // SAFETY: a value of the call under way.
        let got = unsafe { napi_get_value_bigint_uint64(self.env, self.value(i), &mut value, &mut lossless) };
        (got == Status::napi_ok && lossless).then_some(value)
    }
}

pub(crate) fn to_js(env: napi_env, status: i32) -> napi_value {
    let mut value = null_mut();
    // SAFETY: `env` is that of the call under way. On failure the value stays null, which is undefined.
    unsafe { napi_create_int32(env, status, &mut value) };
    value
}
