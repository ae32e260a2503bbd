//! The long form of a row: a promise of its status.

use crate::abi::status;
use crate::arguments::{Arguments, Array, Element, read_array, to_js};
use crate::bind::{Chunk, Execution, Report, Row, Shared, Visitor, ok, publish};
use crate::instance::Instance;
use crate::job::{Job, JobFlags};
use crate::memory::Block;
use napi_sys::*;
use std::ptr::null_mut;

/// A job owns copies of what it reads and memory for what it writes; the caller's arrays may be transferred or
/// collected meanwhile and are written, if they still exist, on the caller's thread.
struct RowJob<R: Row> {
    instance: *const Instance,
    shared: Shared,
    frame: R::Frame,
    state: R::State,
    flags: JobFlags,
    result: Chunk<R::Report>,
    deferred: napi_deferred,
    /// What the frame's arrays lie in.
    _blocks: Vec<Block>,
    refs: Refs,
}
// SAFETY: what belongs to the instance's thread (instance, deferred, refs) is used there alone, by settle and abandon.
unsafe impl<R: Row> Send for RowJob<R> {}

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

/// Makes the frame's arrays the job's own.
struct Adopt<'a> {
    args: &'a Arguments,
    refs: &'a mut Refs,
    blocks: &'a mut Vec<Block>,
    failed: i32,
}

impl Adopt<'_> {
    fn try_array<T: Element>(&mut self, i: usize, array: &mut Array<T>, reads: bool, writes: bool) -> Result<(), i32> {
        self.blocks.try_reserve(1).map_err(|_| status::OUT_OF_MEMORY)?;
        let block = Block::zeroed::<T>(array.len)?;
        let data = block.data.cast::<T>();
        if reads {
            // SAFETY: the block is new and as long.
            unsafe { array.data.copy_to_nonoverlapping(data, array.len) };
        }
        array.data = data;
        self.blocks.push(block);
        if writes { self.refs.hold(self.args, i) } else { Ok(()) }
    }
}

impl Visitor for Adopt<'_> {
    fn array<T: Element>(&mut self, i: usize, array: &mut Array<T>, reads: bool, writes: bool) -> bool {
        if !array.is_absent() {
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
    fn array<T: Element>(&mut self, i: usize, array: &mut Array<T>, _: bool, writes: bool) -> bool {
        if !writes || array.is_absent() {
            return true;
        }
        // SAFETY: on the instance's thread.
        match unsafe { read_array::<T>(self.refs.env, self.refs.value(i)) } {
            Some(target) if target.len >= array.len => {
                if self.copying {
                    // SAFETY: the job's own memory and the caller's, both long enough.
                    unsafe { array.data.copy_to_nonoverlapping(target.data, array.len) };
                }
                true
            }
            _ => false,
        }
    }
}

impl<R: Row> Job for RowJob<R> {
    fn execute(&mut self) {
        let execution =
            Execution::<R> { instance: &self.shared, frame: &self.frame, state: &self.state, flags: self.flags };
        // SAFETY: the arrays are the job's own.
        self.result = unsafe { execution.run() };
    }

    fn set_status(&mut self, status: i32) {
        self.result.status = status;
    }

    fn settle(&mut self) {
        // SAFETY: a pending job holds its instance.
        let instance = unsafe { &*self.instance };
        R::set_busy(instance, &self.frame, false);
        if self.result.status == status::OK {
            self.result.status = self.deliver();
        }
        self.refs.drop_all();
        // SAFETY: the deferred is settled once; the instance isn't used afterwards.
        unsafe {
            napi_resolve_deferred(instance.env, self.deferred, to_js(instance.env, self.result.status));
            Instance::end_job(self.instance, true);
        }
    }

    fn abandon(&mut self) {
        // SAFETY: the instance isn't used afterwards.
        unsafe { Instance::end_job(self.instance, false) };
    }
}

impl<R: Row> RowJob<R> {
    fn prepare(instance: &Instance, args: &Arguments) -> Result<Box<Self>, i32> {
        if instance.disposed() {
            return Err(status::DISPOSED);
        }
        let mut frame = R::read(args)?;
        let mut refs = Refs { env: args.env, all: [null_mut(); Arguments::MAX] };
        let mut blocks = Vec::new();
        let adopted = Self::adopt(instance, args, &mut frame, &mut refs, &mut blocks);
        if adopted.is_err() {
            refs.drop_all();
        }
        let (state, flags) = adopted?;
        R::set_busy(instance, &frame, true);
        let (span, report) = (crate::abi::Span { begin: 0, end: 0 }, R::Report::clear());
        let result = Chunk { span, cursor: 0, used: 0, report, status: status::INTERNAL };
        let shared = Shared::new(instance);
        Ok(Box::new(Self {
            instance,
            shared,
            frame,
            state,
            flags,
            result,
            deferred: null_mut(),
            _blocks: blocks,
            refs,
        }))
    }

    fn adopt(
        instance: &Instance,
        args: &Arguments,
        frame: &mut R::Frame,
        refs: &mut Refs,
        blocks: &mut Vec<Block>,
    ) -> Result<(R::State, JobFlags), i32> {
        let mut adopt = Adopt { args, refs: &mut *refs, blocks, failed: status::OK };
        R::visit(frame, &mut adopt);
        ok(adopt.failed)?;
        for i in [R::REPORT_ARG, R::USED_ARG].into_iter().flatten() {
            refs.hold(args, i)?;
        }
        let flags = match args.array::<i32>(R::ARGS) {
            Ok(words) if args.count > R::ARGS && words.len >= 2 => {
                refs.hold(args, R::ARGS)?;
                // SAFETY: the reference keeps the words.
                unsafe { JobFlags::new(words.data) }
            }
            _ => JobFlags::default(),
        };
        Ok((R::open(instance, frame)?, flags))
    }

    /// First whether all arrays are still there, then the copies: all or nothing.
    fn deliver(&mut self) -> i32 {
        for copying in [false, true] {
            if !R::visit(&mut self.frame, &mut Deliver { refs: &self.refs, copying }) {
                return status::DETACHED;
            }
        }
        let argument = |i: Option<usize>| i.map_or(null_mut(), |i| self.refs.value(i));
        // SAFETY: on the instance's thread.
        unsafe { publish::<R>(self.refs.env, &self.result, argument(R::REPORT_ARG), argument(R::USED_ARG)) }
    }
}

/// # Safety
/// Called by the engine, with an instance as data.
pub unsafe extern "C" fn start<R: Row>(env: napi_env, info: napi_callback_info) -> napi_value {
    // SAFETY: the function object holds the instance that it was created with.
    let args = unsafe { Arguments::of(env, info) };
    if args.data.is_null() {
        return null_mut();
    }
    // SAFETY: as above.
    let instance = unsafe { &*args.data.cast::<Instance>() };
    let (mut deferred, mut promise) = (null_mut(), null_mut());
    // SAFETY: in a call of a live environment.
    if unsafe { napi_create_promise(env, &mut deferred, &mut promise) } != Status::napi_ok {
        return null_mut();
    }
    match RowJob::<R>::prepare(instance, &args) {
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
