//! From a row of the table to a JavaScript function. scripts/abi/rust-row.mjs writes a type for every row of a kernel's
//! table; this module and `long` turn it into a synchronous function and, for rows with a span, a long call. They
//! work on `dyn Call`, so that a row brings little code besides its own.

use crate::Isa;
use crate::abi::{Span, status};
use crate::arguments::{Arguments, Raw, read_array, to_js};
use crate::instance::Instance;
use crate::parallel::lock;
use napi_sys::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard};

/// How a field of the reports of two chunks becomes one.
#[derive(Clone, Copy)]
pub enum Rule {
    SumF64,
    MaxF64,
    MinF64,
    SumI64,
    MaxI64,
    MinI64,
}

/// The fields of a row's report.
///
/// # Safety
/// `#[repr(C)]`, a field of f64 or i64 per rule, in their order.
pub unsafe trait Report: 'static {
    const RULES: &'static [Rule];
}

/// What never changes of a row.
pub struct Spec {
    /// Number of JavaScript arguments, and indices of two of them.
    pub args: usize,
    pub report_arg: Option<usize>,
    pub used_arg: Option<usize>,
    /// Units of work per chunk; 0 without a span.
    pub chunk: u64,
    /// Chunks run one after another.
    pub serial: bool,
    pub report: &'static [Rule],
}

/// What a core function needs besides its arguments, and what it leaves behind.
#[derive(Clone)]
pub struct Chunk {
    pub span: Span,
    /// First element of the variable-length array that this chunk may touch.
    pub cursor: usize,
    pub used: usize,
    pub status: i32,
    report: [u64; Self::SLOTS],
}

impl Chunk {
    /// Fields of a report at most.
    const SLOTS: usize = 16;

    #[inline(always)]
    pub(crate) fn new(cursor: usize, rules: &[Rule]) -> Self {
        let mut report = [0; Self::SLOTS];
        for (slot, rule) in report.iter_mut().zip(rules) {
            match rule {
                Rule::MinF64 => *slot = f64::INFINITY.to_bits(),
                Rule::MinI64 => *slot = i64::MAX as u64,
                // 0 and 0.0
                _ => {}
            }
        }
        Self { span: Span { begin: 0, end: 0 }, cursor, used: 0, status: status::OK, report }
    }

    /// The report, as the row's own type, and the count of used elements.
    pub fn results<R: Report>(&mut self) -> (&mut R, &mut usize) {
        const { assert!(R::RULES.len() <= Self::SLOTS && size_of::<R>() == 8 * R::RULES.len()) };
        // SAFETY: as many words of 8 bytes, any of which is a valid field.
        (unsafe { &mut *self.report.as_mut_ptr().cast() }, &mut self.used)
    }

    pub(crate) fn merge(&mut self, from: &Self, rules: &[Rule]) {
        for ((into, &from), rule) in self.report.iter_mut().zip(&from.report).zip(rules) {
            let (a, b) = (f64::from_bits(*into), f64::from_bits(from));
            let (i, j) = (*into as i64, from as i64);
            *into = match rule {
                Rule::SumF64 => (a + b).to_bits(),
                Rule::MaxF64 => if b > a { b } else { a }.to_bits(),
                Rule::MinF64 => if b < a { b } else { a }.to_bits(),
                Rule::SumI64 => i.wrapping_add(j) as u64,
                Rule::MaxI64 => i.max(j) as u64,
                Rule::MinI64 => i.min(j) as u64,
            };
        }
    }
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
    /// Reads and checks all arguments.
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

/// Runs `body` with the arguments and the instance of the call under way.
///
/// # Safety
/// Called by the engine, with an instance as data: the function object holds it.
#[inline(always)]
pub(crate) unsafe fn enter(
    env: napi_env,
    info: napi_callback_info,
    body: impl FnOnce(&Arguments, &Instance) -> Result<i32, i32>,
) -> napi_value {
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
    unsafe { enter(env, info, |args, instance| finish(&R::read(args, instance)?, args, instance)) }
}

fn finish(call: &dyn Call, args: &Arguments, instance: &Instance) -> Result<i32, i32> {
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
    let free = |args: &Arguments, instance: &Instance| {
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

    #[repr(C)]
    #[derive(Debug, PartialEq, Clone, Copy)]
    struct All {
        sum: f64,
        max: f64,
        min: f64,
        whole: i64,
        highest: i64,
        lowest: i64,
    }
    // SAFETY: a field per rule.
    unsafe impl Report for All {
        const RULES: &'static [Rule] =
            &[Rule::SumF64, Rule::MaxF64, Rule::MinF64, Rule::SumI64, Rule::MaxI64, Rule::MinI64];
    }

    #[test]
    fn reports_begin_neutral_and_merge_by_their_rules() {
        let mut all = Chunk::new(0, All::RULES);
        let neutral = All { sum: 0.0, max: 0.0, min: f64::INFINITY, whole: 0, highest: 0, lowest: i64::MAX };
        assert_eq!(*all.results::<All>().0, neutral);
        for by in [2, 5, 3] {
            let mut chunk = Chunk::new(0, All::RULES);
            let x = f64::from(by);
            *chunk.results::<All>().0 =
                All { sum: x, max: x, min: -x, whole: -1, highest: i64::from(by), lowest: i64::from(by) };
            all.merge(&chunk, All::RULES);
        }
        assert_eq!(*all.results::<All>().0, All { sum: 10.0, max: 5.0, min: -5.0, whole: -3, highest: 5, lowest: 2 });
    }

    #[test]
    fn a_panic_is_a_status() {
        assert_eq!(guarded(|| Ok(3)), 3);
        assert_eq!(guarded(|| Err(status::BUSY)), status::BUSY);
        assert_eq!(guarded(|| panic!("shown by the test of panics")), status::INTERNAL);
    }
}
