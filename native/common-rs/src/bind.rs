//! From a row of the table to a JavaScript function. scripts/abi/rust-row.mjs writes a type for every row of a kernel's
//! table; this module and `long` turn it into a synchronous function and, for rows with a span, a long call. They
//! work on `dyn Call`, so that a row brings little code besides its own.

use crate::Isa;
use crate::abi::status;
use crate::arguments::{Arguments, read_array, to_js};
use crate::arrays::Raw;
use crate::instance::Instance;
use crate::parallel::lock;
use crate::report::{Chunk, Rule};
use napi_sys::*;
use std::any::Any;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard};

/// What never changes of a row.
pub struct Spec {
    /// Number of JavaScript arguments, and indices of two of them.
    pub args: usize,
    pub report_arg: Option<usize>,
    pub used_arg: Option<usize>,
    /// Written arguments that may begin where another one does, with that one.
    pub alias: &'static [(usize, usize)],
    /// Units of work per chunk; 0 without a span.
    pub chunk: u64,
    /// Chunks run one after another.
    pub serial: bool,
    pub report: &'static [Rule],
}

/// One call of a row, with its arguments read.
pub trait Call: Send + Sync {
    fn spec(&self) -> &'static Spec;

    /// Slices the arrays and calls the core function. A status either way.
    ///
    /// # Safety
    /// The arrays exist, and no two calls at a time have the same chunk.
    unsafe fn run(&self, isa: Isa, chunk: &mut Chunk) -> Result<i32, i32>;

    /// Units of work.
    fn total(&self) -> u64 {
        0
    }
    /// Hands what a creating row made over to the instance.
    fn close(&self, _: &Instance, _: &Arguments) -> Result<(), i32> {
        Ok(())
    }
    fn set_busy(&self, _: &Instance, _: bool) {}
    /// Where a chunk's variable-length output lies before it moves into place.
    fn capacity_before(&self, _begin: u64) -> usize {
        0
    }
    /// # Safety
    /// All chunks are through.
    unsafe fn append(&self, _to: usize, _from: usize, _count: usize) {}
    fn visit(&mut self, _: &mut dyn Visitor) -> bool {
        true
    }
}

/// What a job does with the arrays of a call, whatever their element types.
pub trait Visitor {
    /// Argument `i`, which the core reads, writes or both; returns whether to go on.
    fn array(&mut self, i: usize, array: Raw, reads: bool, writes: bool) -> bool;
}

/// A row of the table.
pub trait Row: Call + Sized + 'static {
    /// Reads the arguments and checks each of them.
    fn read(args: &Arguments, instance: &Instance) -> Result<Self, i32>;
}

/// The state that a handle names, on its way to a core function.
pub struct Held<T>(*mut T);
// SAFETY: the handle is busy while another thread has it; chunks side by side get shared references.
unsafe impl<T: Send + Sync> Send for Held<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Held<T> {}

impl<T: Any> Held<T> {
    pub const NONE: Self = Self(null_mut());

    /// The object of a handle, unless a job has it.
    pub fn open(instance: &Instance, handle: f64) -> Result<Self, i32> {
        instance.handles.borrow_mut().get(handle).map(Self)
    }

    pub fn set_busy(instance: &Instance, handle: f64, busy: bool) {
        instance.handles.borrow_mut().set_busy::<T>(handle, busy);
    }

    /// # Safety
    /// Of an open handle.
    pub unsafe fn get<'a>(&self) -> &'a T {
        // SAFETY: the table keeps the object while the handle is in use.
        unsafe { &*self.0 }
    }

    /// # Safety
    /// Of an open handle, whose chunks run one after another.
    pub unsafe fn get_mut<'a>(&self) -> &'a mut T {
        // SAFETY: the table keeps the object while the handle is in use, by this call alone.
        unsafe { &mut *self.0 }
    }
}

/// The state that a creating row makes.
pub struct Made<T>(Mutex<Option<Box<T>>>);

impl<T> Default for Made<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Any + Send> Made<T> {
    /// Where the core function puts it.
    pub fn lock(&self) -> MutexGuard<'_, Option<Box<T>>> {
        lock(&self.0)
    }

    /// Hands it over to the instance; its handle goes into the caller's argument `i`.
    pub fn keep(&self, instance: &Instance, args: &Arguments, i: usize, bytes: i64) -> Result<(), i32> {
        let cell = args.array::<f64>(i)?;
        if cell.len < 1 {
            return Err(status::BAD_ARGUMENT - i as i32);
        }
        let object = self.lock().take().ok_or(status::INTERNAL)?;
        let made = instance.handles.borrow_mut().add(object, bytes).ok_or(status::OUT_OF_MEMORY)?;
        instance.report(bytes);
        // SAFETY: the caller's array has a first element.
        unsafe { cell.data.write(made) };
        Ok(())
    }
}

/// Where the arrays of a call lie.
struct Places {
    count: usize,
    all: [(usize, Range<usize>, bool); Arguments::MAX],
}

impl Visitor for Places {
    fn array(&mut self, i: usize, array: Raw, _: bool, writes: bool) -> bool {
        let begin = *array.data as usize;
        self.all[self.count] = (i, begin..begin + array.bytes(), writes);
        self.count += 1;
        true
    }
}

/// No byte of a written array is another array's as well, unless they begin together and may; else the status of the
/// written one.
pub(crate) fn check_overlaps(call: &mut dyn Call) -> Result<(), i32> {
    let mut places = Places { count: 0, all: [const { (0, 0..0, false) }; Arguments::MAX] };
    call.visit(&mut places);
    let all = &places.all[..places.count];
    for (i, written, _) in all.iter().filter(|(_, place, writes)| *writes && !place.is_empty()) {
        for (j, other, _) in all.iter().filter(|(j, place, _)| i != j && !place.is_empty()) {
            let together = written.start == other.start && call.spec().alias.contains(&(*i, *j));
            if !together && written.start < other.end && other.start < written.end {
                return Err(status::OVERLAP - *i as i32);
            }
        }
    }
    Ok(())
}

/// Runs `body`, a panic of which is a bug of the core: its message goes to stderr, the status to the caller.
pub(crate) fn guarded(body: impl FnOnce() -> Result<i32, i32>) -> i32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status) | Err(status)) => status,
        Err(_) => status::INTERNAL,
    }
}

pub(crate) fn ok(status: i32) -> Result<(), i32> {
    if status == status::OK { Ok(()) } else { Err(status) }
}

/// Writes the report and the count into the caller's Float64Arrays.
///
/// # Safety
/// On the instance's thread; `argument` gives live values or null.
pub(crate) unsafe fn publish(
    env: napi_env,
    spec: &Spec,
    result: &Chunk,
    argument: impl Fn(usize) -> napi_value,
) -> Result<(), i32> {
    // SAFETY: as for this function.
    let cell = |i, len| match unsafe { read_array::<f64>(env, argument(i)) } {
        Some(cell) if cell.len >= len => Ok(cell.data),
        _ => Err(status::DETACHED),
    };
    if let Some(i) = spec.report_arg {
        let to = cell(i, spec.report.len())?;
        // SAFETY: as many words of 8 bytes.
        unsafe { result.report.as_ptr().cast::<f64>().copy_to_nonoverlapping(to, spec.report.len()) };
    }
    if let Some(i) = spec.used_arg {
        // SAFETY: a first element.
        unsafe { cell(i, 1)?.write(result.used as f64) };
    }
    Ok(())
}

type Body = fn(&Arguments, &Instance) -> Result<i32, i32>;

/// Runs `body` with the arguments and the instance of the call under way.
///
/// # Safety
/// Called by the engine, with an instance as data: the function object holds it.
unsafe fn enter(env: napi_env, info: napi_callback_info, body: Body) -> napi_value {
    let mut args = Arguments::room(env);
    // SAFETY: as for this function.
    unsafe { args.fetch(info) };
    // SAFETY: as for this function; null only when the engine has no call for us.
    match unsafe { args.data.cast::<Instance>().as_ref() } {
        Some(instance) if instance.disposed() => to_js(env, status::DISPOSED),
        Some(instance) => to_js(env, guarded(|| body(&args, instance))),
        None => null_mut(),
    }
}

/// The short form: on the calling thread, on the caller's memory.
///
/// # Safety
/// As `enter`.
pub unsafe extern "C" fn call<R: Row>(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: as for this function.
    unsafe { enter(env, info, |args, instance| finish(&mut R::read(args, instance)?, args, instance)) }
}

#[inline(never)]
fn finish(call: &mut dyn Call, args: &Arguments, instance: &Instance) -> Result<i32, i32> {
    check_overlaps(call)?;
    let mut result = Chunk::new(0, call.spec().report);
    // SAFETY: the caller's arrays outlive the call, and its thread is in it.
    unsafe { crate::execute::execute(call, instance, crate::job::JobFlags::default(), &mut result) };
    ok(result.status)?;
    call.close(instance, args)?;
    // SAFETY: values of the call under way.
    unsafe { publish(args.env, call.spec(), &result, |i| args.value(i)) }?;
    Ok(status::OK)
}

/// Frees the state of type `T` that a handle names; the harness's own, there is no core function.
///
/// # Safety
/// As `enter`.
pub unsafe extern "C" fn release<T: Any>(env: napi_env, info: napi_callback_info) -> napi_value {
    let free: Body = |args, instance| {
        if args.count != 1 {
            return Err(status::BAD_ARGUMENT);
        }
        let handle = args.f64(0, f64::NEG_INFINITY, f64::INFINITY)?;
        let bytes = instance.handles.borrow_mut().free::<T>(handle)?;
        instance.report(-bytes);
        Ok(status::OK)
    };
    // SAFETY: as for this function.
    unsafe { enter(env, info, free) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(guarded(|| Ok(3)), 3);
        assert_eq!(guarded(|| Err(status::BUSY)), status::BUSY);
        assert_eq!(guarded(|| panic!("shown by the test of panics")), status::INTERNAL);
    }
}
