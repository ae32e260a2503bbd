//! Long calls: a queue with threads of its own. Nothing here calls JavaScript from another thread; a finished job is
//! handed to the instance's thread, which settles its promise.

use crate::abi::status;
use crate::parallel::{lock, wait};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{Builder, JoinHandle};

/// The two words a caller shares with a running job: [0] == 1 asks it to stop, [1] counts finished chunks.
#[derive(Clone, Copy, Default)]
pub struct JobFlags(Option<*const [AtomicI32; 2]>);
// SAFETY: atomics.
unsafe impl Send for JobFlags {}
// SAFETY: atomics.
unsafe impl Sync for JobFlags {}

impl JobFlags {
    /// # Safety
    /// Two words that live as long as the job, aligned.
    pub unsafe fn new(words: *mut i32) -> Self {
        Self(Some(words.cast()))
    }

    pub fn aborted(&self) -> bool {
        self.words().is_some_and(|words| words[0].load(Ordering::Relaxed) == 1)
    }

    pub fn advance(&self) {
        if let Some(words) = self.words() {
            words[1].fetch_add(1, Ordering::Relaxed);
        }
    }

    fn words(&self) -> Option<&[AtomicI32; 2]> {
        // SAFETY: whoever made it vouched for the words.
        self.0.map(|words| unsafe { &*words })
    }
}

pub trait Job: Send {
    /// On a thread of the queue, or with `DISPOSED` instead when the instance is going away.
    fn execute(&mut self);
    fn set_status(&mut self, status: i32);
    /// On the instance's thread, whatever became of the job.
    fn settle(&mut self);
    /// Instead of `settle` while the environment is torn down: no promise is left to settle.
    fn abandon(&mut self);
}

pub type BoxedJob = Box<dyn Job>;
/// Takes a finished job, on whatever thread it finished.
pub type Done = Box<dyn Fn(BoxedJob) + Send + Sync>;

#[derive(Default)]
struct State {
    waiting: VecDeque<BoxedJob>,
    idle: usize,
}

struct Shared {
    state: Mutex<State>,
    wake: Condvar,
    stopping: AtomicBool,
    done: Done,
}

impl Shared {
    fn stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }

    fn serve(&self) {
        loop {
            let job = {
                let mut state = lock(&self.state);
                state.idle += 1;
                let mut state = wait(&self.wake, state, |s| s.waiting.is_empty() && !self.stopping());
                state.idle -= 1;
                state.waiting.pop_front()
            };
            let Some(mut job) = job else { return };
            if self.stopping() {
                job.set_status(status::DISPOSED)
            } else {
                job.execute()
            }
            (self.done)(job);
        }
    }
}

pub struct JobQueue {
    shared: Arc<Shared>,
    wanted: usize,
    runners: Mutex<Vec<JoinHandle<()>>>,
}

impl JobQueue {
    /// At most `runners` jobs run at once.
    pub fn new(runners: u32, done: Done) -> Self {
        let shared = Shared { state: Mutex::default(), wake: Condvar::new(), stopping: AtomicBool::new(false), done };
        Self { shared: Arc::new(shared), wanted: runners.max(1) as usize, runners: Mutex::default() }
    }

    /// Takes the job, or gives it back when no thread can be had.
    pub fn push(&self, job: BoxedJob) -> Result<(), BoxedJob> {
        let mut runners = lock(&self.runners);
        let mut state = lock(&self.shared.state);
        if self.shared.stopping() || state.waiting.try_reserve(1).is_err() {
            return Err(job);
        }
        // One runner more when all are busy, up to the limit.
        if state.idle <= state.waiting.len() && runners.len() < self.wanted {
            let shared = Arc::clone(&self.shared);
            runners.extend(Builder::new().spawn(move || shared.serve()));
        }
        if runners.is_empty() {
            return Err(job);
        }
        state.waiting.push_back(job);
        self.shared.wake.notify_one();
        Ok(())
    }

    /// True once the instance is being disposed of: running jobs end after their chunk.
    pub fn stopping(&self) -> bool {
        self.shared.stopping()
    }

    /// Waits for the running chunks, hands every job over as disposed, joins the threads. Idempotent.
    pub fn stop(&self) {
        {
            let _state = lock(&self.shared.state);
            self.shared.stopping.store(true, Ordering::Relaxed);
        }
        self.shared.wake.notify_all();
        let runners = std::mem::take(&mut *lock(&self.runners));
        for runner in runners {
            // A panic of a core function is caught where it is called.
            let _ = runner.join();
        }
    }
}

impl Drop for JobQueue {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicUsize;

    #[derive(Default)]
    struct Finished {
        ran: AtomicUsize,
        disposed: AtomicUsize,
    }

    struct Counting {
        finished: Arc<Finished>,
    }

    impl Job for Counting {
        fn execute(&mut self) {
            self.finished.ran.fetch_add(1, Ordering::Relaxed);
        }
        fn set_status(&mut self, status: i32) {
            assert_eq!(status, status::DISPOSED);
            self.finished.disposed.fetch_add(1, Ordering::Relaxed);
        }
        fn settle(&mut self) {}
        fn abandon(&mut self) {}
    }

    #[test]
    fn every_job_is_handed_over() {
        let finished = Arc::<Finished>::default();
        let handed = Arc::<AtomicUsize>::default();
        let count = handed.clone();
        let queue = JobQueue::new(3, Box::new(move |_| _ = count.fetch_add(1, Ordering::Relaxed)));
        for _ in 0..200 {
            assert!(queue.push(Box::new(Counting { finished: finished.clone() })).is_ok());
        }
        queue.stop();
        assert_eq!(handed.load(Ordering::Relaxed), 200);
        let (ran, disposed) = (finished.ran.load(Ordering::Relaxed), finished.disposed.load(Ordering::Relaxed));
        assert_eq!(ran + disposed, 200, "each ran or was disposed of");
        assert!(queue.push(Box::new(Counting { finished })).is_err(), "a stopped queue takes nothing");
    }

    #[test]
    fn flags_are_the_callers_words() {
        let mut words = [0; 2];
        // SAFETY: two words that live on.
        let flags = unsafe { JobFlags::new(words.as_mut_ptr()) };
        assert!(!flags.aborted());
        flags.advance();
        words[0] = 1;
        assert!(flags.aborted());
        assert_eq!(words[1], 1);
        JobFlags::default().advance();
        assert!(!JobFlags::default().aborted());
    }
}
