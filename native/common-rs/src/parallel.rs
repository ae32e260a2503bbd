//! Threads of an instance's own: creating one may fail, and then the work is done by fewer.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{Builder, JoinHandle};

/// Locks; a panic elsewhere doesn't matter, because nothing that may panic runs under these locks.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(crate) fn wait<'a, T>(
    signal: &Condvar,
    guard: MutexGuard<'a, T>,
    still: impl FnMut(&mut T) -> bool,
) -> MutexGuard<'a, T> {
    signal.wait_while(guard, still).unwrap_or_else(PoisonError::into_inner)
}

/// What one `run` works on, without its lifetime: `run` doesn't return before every helper has let go of it.
#[derive(Clone, Copy)]
struct Work {
    chunk: *const (dyn Fn(u64) + Sync),
    count: u64,
}
// SAFETY: the function is Sync.
unsafe impl Send for Work {}

#[derive(Default)]
struct State {
    work: Option<Work>,
    generation: u64,
    active: usize,
    stopping: bool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    idle: Condvar,
    next: AtomicU64,
}

impl Shared {
    fn drain(&self, work: Work) {
        loop {
            let i = self.next.fetch_add(1, Ordering::Relaxed);
            if i >= work.count {
                return;
            }
            // SAFETY: `run` keeps the function alive until all helpers are through.
            unsafe { (*work.chunk)(i) };
        }
    }

    fn serve(&self) {
        let mut seen = 0;
        loop {
            let state = wait(&self.wake, lock(&self.state), |s| !s.stopping && s.generation == seen);
            if state.stopping {
                return;
            }
            seen = state.generation;
            let work = state.work;
            drop(state);
            if let Some(work) = work {
                self.drain(work);
            }
            let mut state = lock(&self.state);
            state.active -= 1;
            if state.active == 0 {
                self.idle.notify_one();
            }
        }
    }
}

/// A fixed crew that works through numbered chunks together with the caller. Chunks are handed out in order but finish
/// in any; whoever needs an order keeps results per chunk.
pub struct ThreadPool {
    shared: Arc<Shared>,
    wanted: usize,
    /// Held by the call that has the crew.
    helpers: Mutex<Option<Vec<JoinHandle<()>>>>,
}

impl ThreadPool {
    /// `threads` counts the caller. Helpers start with the first work that needs them.
    pub fn new(threads: u32) -> Self {
        Self { shared: Arc::default(), wanted: threads.saturating_sub(1) as usize, helpers: Mutex::new(None) }
    }

    /// Runs `chunk(0..count)`, which may not panic. When the crew is busy with another call, the caller works alone.
    pub fn run(&self, count: u64, chunk: &(dyn Fn(u64) + Sync)) {
        let mut helpers = match self.helpers.try_lock() {
            Ok(helpers) if self.wanted > 0 && count > 1 => helpers,
            _ => return (0..count).for_each(chunk),
        };
        let started = helpers.get_or_insert_with(|| self.start()).len();
        if started == 0 {
            return (0..count).for_each(chunk);
        }
        // SAFETY: only the lifetime changes; below, nobody uses the function any more when `active` is 0.
        let chunk = unsafe { std::mem::transmute::<&(dyn Fn(u64) + Sync), &'static (dyn Fn(u64) + Sync)>(chunk) };
        let work = Work { chunk, count };
        let shared = &*self.shared;
        {
            let mut state = lock(&shared.state);
            shared.next.store(0, Ordering::Relaxed);
            state.work = Some(work);
            state.active = started;
            state.generation += 1;
        }
        shared.wake.notify_all();
        shared.drain(work);
        let mut state = wait(&shared.idle, lock(&shared.state), |s| s.active > 0);
        state.work = None;
    }

    fn start(&self) -> Vec<JoinHandle<()>> {
        (0..self.wanted)
            .map_while(|_| {
                let shared = Arc::clone(&self.shared);
                Builder::new().spawn(move || shared.serve()).ok()
            })
            .collect()
    }

    /// Ends and joins the helpers; later work is the caller's alone. Idempotent; no `run` may be under way.
    pub fn stop(&self) {
        lock(&self.shared.state).stopping = true;
        self.shared.wake.notify_all();
        for helper in lock(&self.helpers).replace(Vec::new()).into_iter().flatten() {
            // A helper runs nothing that panics.
            let _ = helper.join();
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    fn each_once(pool: &ThreadPool, count: u64) -> bool {
        let seen: Vec<AtomicUsize> = (0..count).map(|_| AtomicUsize::new(0)).collect();
        pool.run(count, &|i| {
            seen[i as usize].fetch_add(1, Ordering::Relaxed);
        });
        seen.iter().all(|n| n.load(Ordering::Relaxed) == 1)
    }

    #[test]
    fn every_chunk_once_with_any_number_of_threads() {
        for threads in [0, 1, 2, 8] {
            let pool = ThreadPool::new(threads);
            for count in [0, 1, 2, 1000] {
                assert!(each_once(&pool, count), "{threads} threads, {count} chunks");
            }
            pool.stop();
            pool.stop();
            assert!(each_once(&pool, 10), "a stopped pool leaves the work to the caller");
        }
    }

    #[test]
    fn a_busy_pool_leaves_the_work_to_the_caller() {
        let pool = ThreadPool::new(3);
        let inner = AtomicUsize::new(0);
        pool.run(6, &|_| {
            pool.run(5, &|_| {
                inner.fetch_add(1, Ordering::Relaxed);
            });
        });
        assert_eq!(inner.into_inner(), 30);
    }
}
