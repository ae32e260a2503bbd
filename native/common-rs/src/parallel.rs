//! Threads of an instance's own: creating one may fail, and then the work is done by fewer.

use std::cell::UnsafeCell;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::{AtomicU32, AtomicU64};
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

/// What one `run` works on, without its lifetime: `run` doesn't return before every chunk is done.
type Work = *const (dyn Fn(u64) + Sync);

#[derive(Default)]
struct Sleep {
    asleep: usize,
    stopping: bool,
}

struct Shared {
    sleep: Mutex<Sleep>,
    wake: Condvar,
    ended: Condvar,
    work: UnsafeCell<Option<Work>>,
    count: AtomicU32,
    done: AtomicU32,
    /// Number of the run and of its next chunk.
    ticket: AtomicU64,
}
// SAFETY: `work` is written while the ticket is closed, and read by whoever holds a chunk of the open run. The function
// is Sync.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// Index of the next chunk while a run is being described.
const CLOSED: u32 = u32::MAX;
/// About 20 to 50 µs of looking before a thread sleeps: waking one costs as much, and calls come in rows.
const SPINS: u32 = 1000;

fn ticket_of(run: u32, index: u32) -> u64 {
    u64::from(run) << 32 | u64::from(index)
}
fn run_of(ticket: u64) -> u32 {
    (ticket >> 32) as u32
}
fn index_of(ticket: u64) -> u32 {
    ticket as u32
}

/// Looks for a while whether something is so.
fn soon(so: impl Fn() -> bool) -> bool {
    (0..SPINS).any(|_| {
        std::hint::spin_loop();
        so()
    })
}

impl Shared {
    fn new() -> Self {
        Self {
            sleep: Mutex::default(),
            wake: Condvar::new(),
            ended: Condvar::new(),
            work: UnsafeCell::new(None),
            count: AtomicU32::new(0),
            done: AtomicU32::new(0),
            ticket: AtomicU64::new(0),
        }
    }

    /// Describes a run, lets its chunks be taken and wakes who sleeps; its number.
    fn open(&self, count: u32, work: Work) -> u32 {
        let number = run_of(self.ticket.load(SeqCst)).wrapping_add(1);
        self.ticket.store(ticket_of(number, CLOSED), SeqCst);
        self.count.store(count, SeqCst);
        self.done.store(0, SeqCst);
        // SAFETY: the ticket is closed, and no chunk of the run before is left.
        unsafe { *self.work.get() = Some(work) };
        let sleepers = {
            let sleep = lock(&self.sleep);
            self.ticket.store(ticket_of(number, 0), SeqCst);
            sleep.asleep > 0
        };
        if sleepers {
            self.wake.notify_all();
        }
        number
    }

    fn serve(&self) {
        let mut seen = 0;
        while self.await_run(seen) {
            seen = run_of(self.ticket.load(SeqCst));
            self.drain(seen);
        }
    }

    /// Until there is a run after `seen`; false when the pool ends.
    fn await_run(&self, seen: u32) -> bool {
        let fresh = || {
            let ticket = self.ticket.load(SeqCst);
            run_of(ticket) != seen && index_of(ticket) != CLOSED
        };
        if soon(fresh) {
            return true;
        }
        let mut sleep = lock(&self.sleep);
        sleep.asleep += 1;
        let mut sleep = wait(&self.wake, sleep, |s| !s.stopping && !fresh());
        sleep.asleep -= 1;
        !sleep.stopping
    }

    /// Takes chunks of a run while there are any.
    fn drain(&self, number: u32) {
        let mut ticket = self.ticket.load(SeqCst);
        while run_of(ticket) == number && index_of(ticket) < self.count.load(SeqCst) {
            if let Err(now) = self.ticket.compare_exchange_weak(ticket, ticket + 1, SeqCst, SeqCst) {
                ticket = now;
                continue;
            }
            // The run can't end before this chunk does, so what describes it stays.
            let count = self.count.load(SeqCst);
            // SAFETY: as said, the work is there and its function alive.
            if let Some(work) = unsafe { *self.work.get() } {
                // SAFETY: as above.
                unsafe { (*work)(u64::from(index_of(ticket))) };
            }
            if self.done.fetch_add(1, SeqCst) + 1 == count {
                let _sleep = lock(&self.sleep);
                self.ended.notify_one();
            }
            ticket = self.ticket.load(SeqCst);
        }
    }

    fn await_end(&self, count: u32) {
        let over = || self.done.load(SeqCst) == count;
        if !soon(over) {
            drop(wait(&self.ended, lock(&self.sleep), |_| !over()));
        }
    }
}

/// A fixed crew that works through numbered chunks together with the caller. Chunks are handed out in order but finish
/// in any; whoever needs an order keeps results per chunk.
///
/// A run ends when its chunks are done, not when every helper has woken up: on a busy machine that may be milliseconds
/// later. So a helper may look at the ticket of a run that is over. The ticket therefore carries the run's number, and is
/// closed while the next run is described.
pub struct ThreadPool {
    shared: Arc<Shared>,
    wanted: usize,
    /// Held by the call that has the crew.
    helpers: Mutex<Option<Vec<JoinHandle<()>>>>,
}

impl ThreadPool {
    /// `threads` counts the caller. Helpers start with the first work that needs them.
    pub fn new(threads: u32) -> Self {
        Self { shared: Arc::new(Shared::new()), wanted: threads.saturating_sub(1) as usize, helpers: Mutex::new(None) }
    }

    /// Runs `chunk(0..count)`, which may not panic. When the crew is busy with another call, the caller works alone.
    pub fn run(&self, count: u64, chunk: &(dyn Fn(u64) + Sync)) {
        let mut helpers = match self.helpers.try_lock() {
            Ok(helpers) if self.wanted > 0 && count > 1 && count < u64::from(CLOSED) => helpers,
            _ => return (0..count).for_each(chunk),
        };
        if helpers.get_or_insert_with(|| self.start()).is_empty() {
            return (0..count).for_each(chunk);
        }
        // SAFETY: only the lifetime changes; nobody uses the function any more when all chunks are done.
        let work = unsafe { std::mem::transmute::<&(dyn Fn(u64) + Sync), &'static (dyn Fn(u64) + Sync)>(chunk) };
        let number = self.shared.open(count as u32, work);
        self.shared.drain(number);
        self.shared.await_end(count as u32);
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
        lock(&self.shared.sleep).stopping = true;
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
    use std::sync::atomic::{AtomicUsize, Ordering};

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

    /// Helpers that wake up late must not take what belongs to the next run.
    #[test]
    fn run_after_run_at_once() {
        let pool = ThreadPool::new(4);
        for i in 0..20_000 {
            assert!(each_once(&pool, 2 + i % 7));
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
