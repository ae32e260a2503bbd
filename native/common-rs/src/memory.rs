//! Memory of the harness's own.

use crate::abi::status;
use crate::arrays::Element;
use std::alloc::{Layout, alloc, alloc_zeroed, dealloc};
use std::cell::Cell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;

/// Freed when dropped.
pub struct Block {
    pub data: *mut u8,
    layout: Layout,
}
// SAFETY: plain memory.
unsafe impl Send for Block {}

impl Block {
    /// Zeros, aligned as allocators do by themselves: those of fresh pages cost nothing then.
    pub fn zeroed(bytes: usize) -> Result<Self, i32> {
        Self::allocated(bytes, alloc_zeroed)
    }

    /// A copy.
    ///
    /// # Safety
    /// So many bytes are readable at `from`.
    pub unsafe fn copy(from: *const u8, bytes: usize) -> Result<Self, i32> {
        let block = Self::allocated(bytes, alloc)?;
        // SAFETY: the caller's, and the block is new and as long; for no bytes it has one, which nobody reads.
        unsafe { block.data.copy_from_nonoverlapping(from, bytes) };
        Ok(block)
    }

    fn allocated(bytes: usize, by: unsafe fn(Layout) -> *mut u8) -> Result<Self, i32> {
        let layout = Layout::from_size_align(bytes.max(1), 16).map_err(|_| status::OUT_OF_MEMORY)?;
        // SAFETY: not empty.
        let data = unsafe { by(layout) };
        if data.is_null() { Err(status::OUT_OF_MEMORY) } else { Ok(Self { data, layout }) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.data, self.layout) };
    }
}

/// Tells the processor that an element, if there is one, will be read soon.
#[inline(always)]
pub fn prefetch<T>(data: &[T], at: usize) {
    let p = data.as_ptr().wrapping_add(at);
    // SAFETY: a hint, which no address makes fault; SSE is part of every x86-64 processor.
    #[cfg(target_arch = "x86_64")]
    unsafe {
        core::arch::x86_64::_mm_prefetch::<{ core::arch::x86_64::_MM_HINT_T0 }>(p.cast())
    };
    // SAFETY: as above.
    #[cfg(target_arch = "aarch64")]
    unsafe {
        core::arch::asm!("prfm pldl1keep, [{}]", in(reg) p, options(nostack, readonly, preserves_flags))
    };
}

/// Up to this size a thread keeps its workspaces for the next chunk: making and clearing them would cost as much as a
/// chunk's work.
const KEPT: usize = 1 << 21;

thread_local! {
    static SPARE: Cell<Vec<Block>> = const { Cell::new(Vec::new()) };
}

/// Workspace of one core call; what it holds at first is whatever another call left in it.
pub struct Scratch<T> {
    block: ManuallyDrop<Block>,
    len: usize,
    elements: PhantomData<T>,
}

impl<T: Element> Scratch<T> {
    pub fn new(len: i64) -> Result<Self, i32> {
        let len = len.max(0) as usize;
        let bytes = len.checked_mul(size_of::<T>()).ok_or(status::OUT_OF_MEMORY)?;
        let mut spare = SPARE.take();
        let fitting = spare.iter().position(|block| block.layout.size() >= bytes);
        let block = fitting.map(|i| spare.swap_remove(i));
        SPARE.set(spare);
        let block = block.map_or_else(|| Block::zeroed(bytes), Ok)?;
        Ok(Self { block: ManuallyDrop::new(block), len, elements: PhantomData })
    }

    pub fn get(&mut self) -> &mut [T] {
        // SAFETY: at least as many, zeros once; any bytes are an element.
        unsafe { std::slice::from_raw_parts_mut(self.block.data.cast(), self.len) }
    }
}

impl<T> Drop for Scratch<T> {
    fn drop(&mut self) {
        // SAFETY: taken once.
        let block = unsafe { ManuallyDrop::take(&mut self.block) };
        let mut spare = SPARE.take();
        // A call has few workspaces; more than that are never worth keeping.
        if block.layout.size() <= KEPT && spare.len() < 4 && spare.try_reserve(1).is_ok() {
            spare.push(block);
        }
        SPARE.set(spare);
    }
}
