//! What one `instantiate()` of an addon owns: threads, jobs, handles. Nothing lives in globals, so an addon works in
//! the main thread and in any number of workers.

use crate::Isa;
use crate::handles::HandleTable;
use crate::job::{BoxedJob, JobQueue};
use crate::parallel::ThreadPool;
use napi_sys::*;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::ptr::null_mut;

/// The function that a job's thread hands the job to; callable from any thread.
#[derive(Clone, Copy)]
struct HandOver(napi_threadsafe_function);
// SAFETY: that is what it is for.
unsafe impl Send for HandOver {}
// SAFETY: as above.
unsafe impl Sync for HandOver {}

impl HandOver {
    /// Passes the job on to the instance's thread; drops it when the environment takes none any more.
    fn call(self, job: BoxedJob) {
        let data = Box::into_raw(Box::new(job));
        // SAFETY: `data` is taken back by `on_done`, or here when the call is refused.
        unsafe {
            let mode = ThreadsafeFunctionCallMode::nonblocking;
            if napi_call_threadsafe_function(self.0, data.cast(), mode) != Status::napi_ok {
                drop(Box::from_raw(data));
            }
        }
    }
}

pub struct Instance {
    pub env: napi_env,
    pub isa: Isa,
    pub threads: u32,
    pub pool: ThreadPool,
    pub jobs: JobQueue,
    pub handles: RefCell<HandleTable>,
    done: HandOver,
    references: Cell<u32>,
    pending: Cell<u32>,
    disposed: Cell<bool>,
    exiting: Cell<bool>,
}

impl Instance {
    /// Null when the engine refuses. The caller holds the first reference.
    ///
    /// # Safety
    /// `env` is that of the call under way.
    pub unsafe fn create(env: napi_env, isa: Isa, threads: u32) -> *mut Instance {
        let name = "ukernels job";
        let (mut text, mut function) = (null_mut(), null_mut());
        // SAFETY: a live environment; the text outlives the call.
        unsafe {
            if napi_create_string_utf8(env, name.as_ptr().cast(), name.len() as isize, &mut text) != Status::napi_ok
                || napi_create_threadsafe_function(
                    env,
                    null_mut(),
                    null_mut(),
                    text,
                    0,
                    1,
                    null_mut(),
                    None,
                    null_mut(),
                    Some(on_done),
                    &mut function,
                ) != Status::napi_ok
            {
                return null_mut();
            }
            napi_unref_threadsafe_function(env, function);
        }
        let done = HandOver(function);
        let instance = Box::into_raw(Box::new(Instance {
            env,
            isa,
            threads,
            pool: ThreadPool::new(threads),
            jobs: JobQueue::new(threads, Box::new(move |job| done.call(job))),
            handles: RefCell::default(),
            done,
            references: Cell::new(1),
            pending: Cell::new(0),
            disposed: Cell::new(false),
            exiting: Cell::new(false),
        }));
        // SAFETY: the hook is removed before the instance goes.
        unsafe { napi_add_env_cleanup_hook(env, Some(on_exit), instance.cast()) };
        instance
    }

    /// Held by every function object of the instance and by every pending job.
    pub fn retain(&self) {
        self.references.set(self.references.get() + 1);
    }

    /// # Safety
    /// The caller holds a reference, and `this` is not used by it afterwards.
    pub unsafe fn release(this: *const Instance) {
        // SAFETY: alive, because the caller holds it; the last one gives the box back.
        unsafe {
            let left = (*this).references.get() - 1;
            (*this).references.set(left);
            if left == 0 {
                drop(Box::from_raw(this.cast_mut()));
            }
        }
    }

    /// Ends what runs, frees what is held. Idempotent; pending promises settle as disposed.
    pub fn dispose(&self) {
        if self.disposed.replace(true) {
            return;
        }
        self.jobs.stop();
        self.pool.stop();
        let mut handles = self.handles.borrow_mut();
        if !self.exiting.get() {
            self.report(-handles.bytes());
        }
        handles.clear();
    }

    pub fn disposed(&self) -> bool {
        self.disposed.get()
    }

    /// Tells the engine of native memory that a small object keeps alive.
    pub fn report(&self, bytes: i64) {
        const WORTH_REPORTING: i64 = 65536;
        let mut total = 0;
        if bytes.abs() > WORTH_REPORTING {
            // SAFETY: on the instance's thread, while the environment lives.
            unsafe { napi_adjust_external_memory(self.env, bytes, &mut total) };
        }
    }

    /// The event loop stays alive while jobs are pending.
    pub fn begin_job(&self) {
        self.retain();
        if self.pending.replace(self.pending.get() + 1) == 0 {
            // SAFETY: on the instance's thread.
            unsafe { napi_ref_threadsafe_function(self.env, self.done.0) };
        }
    }

    /// # Safety
    /// As `release`, of the reference that `begin_job` took.
    pub unsafe fn end_job(this: *const Instance, loop_alive: bool) {
        // SAFETY: alive, because the job holds it.
        unsafe {
            let left = (*this).pending.get() - 1;
            (*this).pending.set(left);
            if left == 0 && loop_alive {
                napi_unref_threadsafe_function((*this).env, (*this).done.0);
            }
            Self::release(this);
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.dispose();
        if !self.exiting.get() {
            let this: *mut Instance = self;
            // SAFETY: the environment lives; after this neither of the two calls back.
            unsafe {
                napi_remove_env_cleanup_hook(self.env, Some(on_exit), this.cast());
                napi_release_threadsafe_function(self.done.0, ThreadsafeFunctionReleaseMode::release);
            }
        }
    }
}

/// On the instance's thread; `env` is null while the environment is torn down.
unsafe extern "C" fn on_done(env: napi_env, _function: napi_value, _context: *mut c_void, data: *mut c_void) {
    // SAFETY: `data` is the box that `HandOver::call` let go of.
    let mut job = unsafe { Box::from_raw(data.cast::<BoxedJob>()) };
    if env.is_null() {
        return job.abandon();
    }
    let mut scope = null_mut();
    // SAFETY: on the thread of a live environment.
    unsafe { napi_open_handle_scope(env, &mut scope) };
    job.settle();
    // SAFETY: opened above.
    unsafe { napi_close_handle_scope(env, scope) };
}

unsafe extern "C" fn on_exit(data: *mut c_void) {
    // SAFETY: an instance removes its hook before it goes.
    let instance = unsafe { &*data.cast::<Instance>() };
    instance.exiting.set(true);
    instance.dispose();
}
