//! From a row of the table to a JavaScript function. scripts/abi/rust-row.mjs writes a type with [`Row`] for every row of
//! a kernel's table; this module turns it into a synchronous function and, for rows with a span, a long call.

use crate::Isa;
use crate::abi::{Span, status};
use crate::arguments::{Arguments, Array, Element, read_array, to_js};
use crate::fpenv::FloatEnvironment;
use crate::instance::Instance;
use crate::job::JobFlags;
use crate::parallel::lock;
use napi_sys::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr::null_mut;
use std::sync::{Mutex, MutexGuard};

/// Fields of 8 bytes, each with a rule by which the reports of two chunks become one.
///
/// # Safety
/// `#[repr(C)]`, and nothing but f64 and i64.
pub unsafe trait Report: Copy + Send + Sync + 'static {
    /// Neutral elements.
    fn clear() -> Self;
    fn merge(&mut self, from: &Self);
}

/// Of rows without a report.
#[derive(Clone, Copy)]
pub struct NoReport;
// SAFETY: no fields.
unsafe impl Report for NoReport {
    fn clear() -> Self {
        Self
    }
    fn merge(&mut self, _: &Self) {}
}

/// The state that a handle names, on its way to a core function.
#[derive(Clone, Copy)]
pub struct Held<T>(*mut T);
// SAFETY: the handle is busy while another thread has it; side by side chunks get shared references.
unsafe impl<T: Send + Sync> Send for Held<T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for Held<T> {}

impl<T> Held<T> {
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

    /// The object of a handle, if no job has it.
    pub fn open(instance: &Instance, handle: f64) -> Result<Self, i32>
    where
        T: Any,
    {
        instance.handles.borrow_mut().get(handle).map(Self)
    }

    pub fn set_busy(instance: &Instance, handle: f64, busy: bool)
    where
        T: Any,
    {
        instance.handles.borrow_mut().set_busy::<T>(handle, busy);
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
    pub fn keep(self, instance: &Instance, args: &Arguments, i: usize, bytes: i64) -> Result<(), i32> {
        let cell = args.array::<f64>(i)?;
        if cell.len < 1 {
            return Err(status::BAD_ARGUMENT - i as i32);
        }
        let object = lock(&self.0).take().ok_or(status::INTERNAL)?;
        let made = instance.handles.borrow_mut().add(object, bytes).ok_or(status::OUT_OF_MEMORY)?;
        instance.report(bytes);
        // SAFETY: the caller's array has a first element.
        unsafe { cell.data.write(made) };
        Ok(())
    }
}

/// What a core function needs besides the frame, and what it leaves behind.
#[derive(Clone, Copy)]
pub struct Chunk<R> {
    pub span: Span,
    /// First element of the variable-length array that this chunk may touch.
    pub cursor: usize,
    pub used: usize,
    pub report: R,
    pub status: i32,
}

impl<R: Report> Chunk<R> {
    fn new(cursor: usize) -> Self {
        Self { span: Span { begin: 0, end: 0 }, cursor, used: 0, report: R::clear(), status: status::OK }
    }
}

/// What a job does with the arrays of a frame, whatever their element types.
pub trait Visitor {
    /// Argument `i`; returns whether to go on.
    fn array<T: Element>(&mut self, i: usize, array: &mut Array<T>, reads: bool, writes: bool) -> bool;
}

/// One row. What most rows have in common is given here; a generated row says the rest.
pub trait Row: Sized + 'static {
    /// Number of JavaScript arguments, and indices of two of them.
    const ARGS: usize;
    const REPORT_ARG: Option<usize> = None;
    const USED_ARG: Option<usize> = None;
    /// Units of work per chunk; 0 without a span.
    const CHUNK: u64 = 0;
    const SERIAL: bool = false;

    /// One field per argument.
    type Frame: Copy + Send + Sync + 'static;
    type Report: Report;
    type State: Send + Sync + 'static;

    /// Reads and checks all arguments.
    fn read(args: &Arguments) -> Result<Self::Frame, i32>;
    fn open(instance: &Instance, frame: &Self::Frame) -> Result<Self::State, i32>;
    /// Slices the arrays and calls the core function.
    ///
    /// # Safety
    /// The frame's arrays exist, and no two calls at a time have the same chunk.
    unsafe fn run(
        isa: Isa,
        frame: &Self::Frame,
        state: &Self::State,
        chunk: &mut Chunk<Self::Report>,
    ) -> Result<i32, i32>;

    /// Units of work.
    fn total(_: &Self::Frame) -> u64 {
        0
    }
    /// Hands what a creating row made over to the instance.
    fn close(_: &Instance, _: &Arguments, _: &Self::Frame, _: Self::State) -> Result<(), i32> {
        Ok(())
    }
    fn set_busy(_: &Instance, _: &Self::Frame, _: bool) {}
    /// Where a chunk's variable-length output lies before it moves into place.
    fn capacity_before(_: &Self::Frame, _begin: u64) -> usize {
        0
    }
    /// # Safety
    /// All chunks are through.
    unsafe fn append(_: &Self::Frame, _to: usize, _from: usize, _count: usize) {}
    fn visit(_: &mut Self::Frame, _: &mut impl Visitor) -> bool {
        true
    }
}

/// Runs `body`, a panic of which is a bug of the core: its message goes to stderr, the status to the caller.
fn guarded(body: impl FnOnce() -> Result<i32, i32>) -> i32 {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status) | Err(status)) => status,
        Err(_) => status::INTERNAL,
    }
}

/// Chunks below this number are not worth waking threads for.
const PARALLEL_CHUNKS: u64 = 4;

/// One call, chunk by chunk.
pub struct Execution<'a, R: Row> {
    pub instance: &'a Shared,
    pub frame: &'a R::Frame,
    pub state: &'a R::State,
    pub flags: JobFlags,
}

/// What of an instance a job's thread may use.
pub struct Shared(*const Instance);
// SAFETY: `isa`, `threads`, `pool` and `jobs` are for any thread, and Execution uses nothing else.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    pub fn new(instance: &Instance) -> Self {
        Self(instance)
    }

    fn get(&self) -> &Instance {
        // SAFETY: calls and jobs hold their instance.
        unsafe { &*self.0 }
    }
}

/// A pointer that chunks on several threads index without meeting.
struct Slots<T>(*mut T);
// SAFETY: every index is used by one thread.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    fn at(&self, index: u64) -> *mut T {
        self.0.wrapping_add(index as usize)
    }
}

impl<R: Row> Execution<'_, R> {
    /// # Safety
    /// As `Row::run`.
    pub unsafe fn run(&self) -> Chunk<R::Report> {
        let mut result = Chunk::new(0);
        if R::CHUNK == 0 {
            let _exact = FloatEnvironment::exact();
            // SAFETY: as for this function.
            result.status = guarded(|| unsafe { R::run(self.instance.get().isa, self.frame, self.state, &mut result) });
            return result;
        }
        let total = R::total(self.frame);
        let count = total.div_ceil(R::CHUNK).max(1);
        // SAFETY: as for this function.
        result.status = unsafe {
            if !R::SERIAL && count >= PARALLEL_CHUNKS && self.instance.get().threads > 1 {
                self.parallel(count, total, &mut result)
            } else {
                self.sequential(count, total, &mut result)
            }
        };
        result
    }

    unsafe fn run_chunk(&self, index: u64, total: u64, chunk: &mut Chunk<R::Report>) {
        let instance = self.instance.get();
        if self.flags.aborted() {
            chunk.status = status::ABORTED;
        } else if instance.jobs.stopping() {
            chunk.status = status::DISPOSED;
        } else {
            let _exact = FloatEnvironment::exact();
            chunk.span = Span { begin: index * R::CHUNK, end: total.min((index + 1) * R::CHUNK) };
            // SAFETY: as for `run`.
            chunk.status = guarded(|| unsafe { R::run(instance.isa, self.frame, self.state, chunk) });
            self.flags.advance();
        }
    }

    unsafe fn sequential(&self, count: u64, total: u64, result: &mut Chunk<R::Report>) -> i32 {
        for i in 0..count {
            let mut chunk = Chunk::new(result.used);
            // SAFETY: as for `run`.
            unsafe { self.run_chunk(i, total, &mut chunk) };
            if chunk.status != status::OK {
                return chunk.status;
            }
            result.report.merge(&chunk.report);
            result.used += chunk.used;
        }
        status::OK
    }

    /// Every chunk writes where it would without variable lengths; results are combined in chunk order.
    unsafe fn parallel(&self, count: u64, total: u64, result: &mut Chunk<R::Report>) -> i32 {
        let mut all = match crate::abi::filled(count as usize, Chunk::new(0)) {
            Ok(all) => all,
            Err(why) => return why,
        };
        let slots = Slots(all.as_mut_ptr());
        self.instance.get().pool.run(count, &|i| {
            // SAFETY: the pool hands out every index once; the rest as for `run`.
            unsafe {
                let chunk = &mut *slots.at(i);
                chunk.cursor = R::capacity_before(self.frame, i * R::CHUNK);
                self.run_chunk(i, total, chunk);
            }
        });
        for chunk in &all {
            if chunk.status != status::OK {
                return chunk.status;
            }
            result.report.merge(&chunk.report);
            // SAFETY: all chunks are through.
            unsafe { R::append(self.frame, result.used, chunk.cursor, chunk.used) };
            result.used += chunk.used;
        }
        status::OK
    }
}

/// Writes the report and the count into the caller's Float64Arrays. A status.
///
/// # Safety
/// On the instance's thread; live values or null.
pub unsafe fn publish<R: Row>(env: napi_env, result: &Chunk<R::Report>, report: napi_value, used: napi_value) -> i32 {
    // SAFETY: as for this function; the reports' slots are as many words of 8 bytes.
    unsafe {
        if R::REPORT_ARG.is_some() {
            let slots = size_of::<R::Report>() / size_of::<f64>();
            match read_array::<f64>(env, report) {
                Some(cell) if cell.len >= slots => {
                    std::ptr::from_ref(&result.report).cast::<f64>().copy_to_nonoverlapping(cell.data, slots)
                }
                _ => return status::DETACHED,
            }
        }
        if R::USED_ARG.is_some() {
            match read_array::<f64>(env, used) {
                Some(cell) if cell.len >= 1 => cell.data.write(result.used as f64),
                _ => return status::DETACHED,
            }
        }
    }
    status::OK
}

/// The short form: on the calling thread, on the caller's memory.
///
/// # Safety
/// Called by the engine, with an instance as data.
pub unsafe extern "C" fn call<R: Row>(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: the function object holds the instance that it was created with.
    let args = unsafe { Arguments::of(env, info) };
    if args.data.is_null() {
        return null_mut();
    }
    // SAFETY: as above.
    let instance = unsafe { &*args.data.cast::<Instance>() };
    to_js(env, guarded(|| run_call::<R>(instance, &args).map(|()| status::OK)))
}

fn run_call<R: Row>(instance: &Instance, args: &Arguments) -> Result<(), i32> {
    if instance.disposed() {
        return Err(status::DISPOSED);
    }
    let frame = R::read(args)?;
    let state = R::open(instance, &frame)?;
    let shared = Shared::new(instance);
    let execution = Execution::<R> { instance: &shared, frame: &frame, state: &state, flags: JobFlags::default() };
    // SAFETY: the caller's arrays outlive the call, and its thread is in it.
    let result = unsafe { execution.run() };
    ok(result.status)?;
    R::close(instance, args, &frame, state)?;
    let argument = |i: Option<usize>| i.map_or(null_mut(), |i| args.value(i));
    // SAFETY: values of the call under way.
    ok(unsafe { publish::<R>(args.env, &result, argument(R::REPORT_ARG), argument(R::USED_ARG)) })
}

pub(crate) fn ok(status: i32) -> Result<(), i32> {
    if status == status::OK { Ok(()) } else { Err(status) }
}

/// Frees the state of type `T` that a handle names; the harness's own, there is no core function.
///
/// # Safety
/// As `call`.
pub unsafe extern "C" fn release<T: Any>(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: as for `call`.
    let args = unsafe { Arguments::of(env, info) };
    if args.data.is_null() {
        return null_mut();
    }
    // SAFETY: as for `call`.
    let instance = unsafe { &*args.data.cast::<Instance>() };
    let free = || {
        if instance.disposed() {
            return Err(status::DISPOSED);
        }
        if args.count != 1 {
            return Err(status::BAD_ARGUMENT);
        }
        let handle = args.f64(0, f64::NEG_INFINITY, f64::INFINITY)?;
        let bytes = instance.handles.borrow_mut().free::<T>(handle)?;
        instance.report(-bytes);
        Ok(status::OK)
    };
    to_js(env, guarded(free))
}
