//! One call, chunk by chunk.

use crate::abi::{Span, filled, status};
use crate::bind::{Call, guarded};
use crate::fpenv::FloatEnvironment;
use crate::instance::Instance;
use crate::job::JobFlags;
use crate::report::Chunk;

/// Chunks below this number are not worth waking threads for.
const PARALLEL_CHUNKS: u64 = 4;

/// Runs all chunks; their reports are merged in order into `result`, which is new.
///
/// # Safety
/// As `Call::run`.
pub(crate) unsafe fn execute(call: &dyn Call, instance: &Instance, flags: JobFlags, result: &mut Chunk) {
    let spec = call.spec();
    if spec.chunk == 0 {
        let _exact = FloatEnvironment::exact();
        // SAFETY: as for this function.
        result.status = guarded(|| unsafe { call.run(instance.isa, result) });
        return;
    }
    let total = call.total();
    let work = Work { call, instance: Threadsafe(instance), flags, total, chunk: spec.chunk };
    let count = total.div_ceil(spec.chunk).max(1);
    // SAFETY: as for this function.
    result.status = unsafe {
        if !spec.serial && count >= PARALLEL_CHUNKS && instance.threads > 1 {
            work.parallel(count, result)
        } else {
            work.sequential(count, result)
        }
    };
}

/// What of an instance other threads may use.
struct Threadsafe<'a>(&'a Instance);
// SAFETY: of it, only `isa`, `pool` and `jobs` are used here, which are for any thread.
unsafe impl Sync for Threadsafe<'_> {}

/// A pointer that chunks on several threads index without meeting.
struct Slots<T>(*mut T);
// SAFETY: every index is used by one thread.
unsafe impl<T: Send> Sync for Slots<T> {}

impl<T> Slots<T> {
    fn at(&self, index: u64) -> *mut T {
        self.0.wrapping_add(index as usize)
    }
}

struct Work<'a> {
    call: &'a dyn Call,
    instance: Threadsafe<'a>,
    flags: JobFlags,
    total: u64,
    chunk: u64,
}

impl Work<'_> {
    unsafe fn run_chunk(&self, index: u64, chunk: &mut Chunk) {
        let instance = self.instance.0;
        if self.flags.aborted() {
            chunk.status = status::ABORTED;
        } else if instance.jobs.stopping() {
            chunk.status = status::DISPOSED;
        } else {
            let _exact = FloatEnvironment::exact();
            let end = (index + 1).saturating_mul(self.chunk);
            chunk.span = Span { begin: index * self.chunk, end: self.total.min(end) };
            // SAFETY: as for `execute`.
            chunk.status = guarded(|| unsafe { self.call.run(instance.isa, chunk) });
            self.flags.advance();
        }
    }

    unsafe fn sequential(&self, count: u64, result: &mut Chunk) -> i32 {
        let rules = self.call.spec().report;
        for i in 0..count {
            let mut chunk = Chunk::new(result.used, rules);
            // SAFETY: as for `execute`.
            unsafe { self.run_chunk(i, &mut chunk) };
            if chunk.status != status::OK {
                return chunk.status;
            }
            result.merge(&chunk, rules);
            result.used += chunk.used;
        }
        status::OK
    }

    /// Every chunk writes where it would without variable lengths; results are combined in chunk order.
    unsafe fn parallel(&self, count: u64, result: &mut Chunk) -> i32 {
        let rules = self.call.spec().report;
        let mut all = match filled(count as usize, Chunk::new(0, rules)) {
            Ok(all) => all,
            Err(why) => return why,
        };
        let slots = Slots(all.as_mut_ptr());
        self.instance.0.pool.run(count, &|i| {
            // SAFETY: the pool hands out every index once; the rest as for `execute`.
            unsafe {
                let chunk = &mut *slots.at(i);
                chunk.cursor = self.call.capacity_before(i * self.chunk);
                self.run_chunk(i, chunk);
            }
        });
        for chunk in &all {
            if chunk.status != status::OK {
                return chunk.status;
            }
            result.merge(chunk, rules);
            // SAFETY: all chunks are through.
            unsafe { self.call.append(result.used, chunk.cursor, chunk.used) };
            result.used += chunk.used;
        }
        status::OK
    }
}
