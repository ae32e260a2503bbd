//! The long form of a row: a promise of its status.

use crate::abi::{boxed, status};
use crate::arguments::{Arguments, read_raw, to_js};
use crate::arrays::Raw;
use crate::bind::{Call, Row, Visitor, check_overlaps, ok, publish};
use crate::execute::execute;
use crate::instance::Instance;
use crate::job::{Job, JobFlags};
use crate::memory::Block;
use crate::report::Chunk;
use napi_sys::*;
use std::ptr::null_mut;

/// A job owns copies of what it reads and memory for what it writes; the caller's arrays may be transferred or
/// collected meanwhile and are written, if they still exist, on the caller's thread.
struct RowJob {
    instance: *const Instance,
    call: Box<dyn Call>,
    flags: JobFlags,
    result: Chunk,
    deferred: napi_deferred,
    /// What the call's arrays lie in.
    _blocks: Vec<Block>,
    refs: Refs,
}
// SAFETY: what belongs to the instance's thread (deferred, refs, most of the instance) is used there alone, by settle
// and abandon.
unsafe impl Send for RowJob {}

/// References to the caller's arguments, by index.
struct Refs {
    env: napi_env,
    all: [napi_ref; Arguments::MAX],
}

impl Refs {
    fn hold(&mut self, args: &Arguments, i: usize) -> Result<(), i32> {
        // SAFETY: a value of the call under way.
        let got = unsafe { napi_create_reference(self.env, args.value(i), 1, &mut self.all[i]) };
        if got == Status::napi_ok { Ok(()) } else { Err(status::INTERNAL) }
    }

    fn value(&self, i: usize) -> napi_value {
        let mut value = null_mut();
        if !self.all[i].is_null() {
            // SAFETY: on the instance's thread.
            unsafe { napi_get_reference_value(self.env, self.all[i], &mut value) };
        }
        value
    }

    /// On the instance's thread; without it the environment's end drops them.
    fn drop_all(&mut self) {
        for held in self.all.iter_mut().filter(|held| !held.is_null()) {
            // SAFETY: on the instance's thread.
            unsafe { napi_delete_reference(self.env, *held) };
            *held = null_mut();
        }
    }
}

/// Makes the call's arrays the job's own.
struct Adopt<'a> {
    args: &'a Arguments,
    refs: &'a mut Refs,
    blocks: &'a mut Vec<Block>,
    failed: i32,
}

impl Adopt<'_> {
    fn try_array(&mut self, i: usize, array: Raw, reads: bool, writes: bool) -> Result<(), i32> {
        self.blocks.try_reserve(1).map_err(|_| status::OUT_OF_MEMORY)?;
        let block = if reads {
            // SAFETY: the caller's array, while the call is under way.
            unsafe { Block::copy(*array.data, array.bytes()) }
        } else {
            Block::zeroed(array.bytes())
        }?;
        *array.data = block.data;
        self.blocks.push(block);
        if writes { self.refs.hold(self.args, i) } else { Ok(()) }
    }
}

impl Visitor for Adopt<'_> {
    fn array(&mut self, i: usize, array: Raw, reads: bool, writes: bool) -> bool {
        if !array.data.is_null() {
            self.failed = self.try_array(i, array, reads, writes).err().unwrap_or(status::OK);
        }
        self.failed == status::OK
    }
}

/// Copies what a job wrote into the caller's arrays, or looks whether it could.
struct Deliver<'a> {
    refs: &'a Refs,
    copying: bool,
}

impl Visitor for Deliver<'_> {
    fn array(&mut self, i: usize, array: Raw, _: bool, writes: bool) -> bool {
        if !writes || array.data.is_null() {
            return true;
        }
        // SAFETY: on the instance's thread.
        match unsafe { read_raw(self.refs.env, self.refs.value(i), array.kind) } {
            Some((target, len)) if len >= array.len => {
                if self.copying {
                    // SAFETY: the job's own memory and the caller's, both long enough.
                    unsafe { array.data.copy_to_nonoverlapping(target, array.bytes()) };
                }
                true
            }
            _ => false,
        }
    }
}

impl Job for RowJob {
    fn execute(&mut self) {
        // SAFETY: the arrays are the job's own, and a pending job holds its instance.
        unsafe { execute(&*self.call, &*self.instance, self.flags, &mut self.result) };
    }

    fn set_status(&mut self, status: i32) {
        self.result.status = status;
    }

    fn settle(&mut self) {
        // SAFETY: a pending job holds its instance.
        let instance = unsafe { &*self.instance };
        self.call.set_busy(instance, false);
        // The last chunk may have been done when the caller asked to stop: nothing is written then either.
        let stopped = || match () {
            _ if self.flags.aborted() => Err(status::ABORTED),
            _ if instance.disposed() => Err(status::DISPOSED),
            _ => Ok(()),
        };
        let ended = ok(self.result.status).and_then(|()| stopped());
        let status = ended.and_then(|()| self.deliver()).err().unwrap_or(status::OK);
        self.refs.drop_all();
        // SAFETY: the deferred is settled once; the instance isn't used afterwards.
        unsafe {
            napi_resolve_deferred(instance.env, self.deferred, to_js(instance.env, status));
            Instance::end_job(self.instance, true);
        }
    }

    fn abandon(&mut self) {
        // SAFETY: the instance isn't used afterwards.
        unsafe { Instance::end_job(self.instance, false) };
    }
}

impl RowJob {
    fn prepare(mut call: Box<dyn Call>, args: &Arguments, instance: &Instance) -> Result<Box<Self>, i32> {
        check_overlaps(&mut *call)?;
        let mut refs = Refs { env: args.env, all: [null_mut(); Arguments::MAX] };
        let mut blocks = Vec::new();
        let adopted = adopt(&mut *call, args, &mut refs, &mut blocks);
        if adopted.is_err() {
            refs.drop_all();
        }
        let flags = adopted?;
        call.set_busy(instance, true);
        let result = Chunk::new(0, call.spec().report);
        boxed(Self { instance, call, flags, result, deferred: null_mut(), _blocks: blocks, refs })
    }

    /// First whether all arrays are still there, then the copies: all or nothing.
    fn deliver(&mut self) -> Result<(), i32> {
        for copying in [false, true] {
            if !self.call.visit(&mut Deliver { refs: &self.refs, copying }) {
                return Err(status::DETACHED);
            }
        }
        // SAFETY: on the instance's thread.
        unsafe { publish(self.refs.env, self.call.spec(), &self.result, |i| self.refs.value(i)) }
    }
}

fn adopt(call: &mut dyn Call, args: &Arguments, refs: &mut Refs, blocks: &mut Vec<Block>) -> Result<JobFlags, i32> {
    let spec = call.spec();
    let mut adopt = Adopt { args, refs: &mut *refs, blocks, failed: status::OK };
    call.visit(&mut adopt);
    ok(adopt.failed)?;
    for i in [spec.report_arg, spec.used_arg].into_iter().flatten() {
        refs.hold(args, i)?;
    }
    match args.array::<i32>(spec.args) {
        Ok(words) if args.count > spec.args && words.len >= 2 => {
            refs.hold(args, spec.args)?;
            // SAFETY: the reference keeps the words.
            Ok(unsafe { JobFlags::new(words.data) })
        }
        _ => Ok(JobFlags::default()),
    }
}

/// # Safety
/// Called by the engine, with an instance as data: the function object holds it.
pub unsafe extern "C" fn start<R: Row>(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: as for this function.
    unsafe { begin(env, info, |args, instance| Ok(boxed(R::read(args, instance)?)?)) }
}

type Read = fn(&Arguments, &Instance) -> Result<Box<dyn Call>, i32>;

unsafe fn begin(env: napi_env, info: napi_callback_info, read: Read) -> napi_value {
    let mut args = Arguments::room(env);
    // SAFETY: as for `start`.
    unsafe { args.fetch(info) };
    // SAFETY: as for `start`; null only when the engine has no call for us.
    let Some(instance) = (unsafe { args.data.cast::<Instance>().as_ref() }) else { return null_mut() };
    let (mut deferred, mut promise) = (null_mut(), null_mut());
    // SAFETY: in a call of a live environment.
    if unsafe { napi_create_promise(env, &mut deferred, &mut promise) } != Status::napi_ok {
        return null_mut();
    }
    let prepared = if instance.disposed() {
        Err(status::DISPOSED)
    } else {
        read(&args, instance).and_then(|call| RowJob::prepare(call, &args, instance))
    };
    match prepared {
        Ok(mut job) => {
            job.deferred = deferred;
            instance.begin_job();
            if let Err(mut job) = instance.jobs.push(job) {
                // No thread to be had: a promise all the same, late but kept.
                job.execute();
                job.settle();
            }
        }
        // SAFETY: settled once.
        Err(why) => unsafe { _ = napi_resolve_deferred(env, deferred, to_js(env, why)) },
    }
    promise
}
