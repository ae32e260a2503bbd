//! Zeroed memory of the harness's own.

use crate::abi::status;
use crate::arguments::Element;
use std::alloc::{Layout, alloc_zeroed, dealloc};

/// Zeros, freed when dropped.
pub struct Block {
    pub data: *mut u8,
    layout: Layout,
}
// SAFETY: plain memory.
unsafe impl Send for Block {}

impl Block {
    /// Aligned as allocators do by themselves: zeros of fresh pages cost nothing then.
    pub fn zeroed(bytes: usize) -> Result<Self, i32> {
        let layout = Layout::from_size_align(bytes.max(1), 16).map_err(|_| status::OUT_OF_MEMORY)?;
        // SAFETY: not empty.
        let data = unsafe { alloc_zeroed(layout) };
        if data.is_null() { Err(status::OUT_OF_MEMORY) } else { Ok(Self { data, layout }) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout.
        unsafe { dealloc(self.data, self.layout) };
    }
}

/// Workspace of one core call.
pub struct Scratch<T> {
    block: Block,
    len: usize,
    elements: std::marker::PhantomData<T>,
}

impl<T: Element> Scratch<T> {
    pub fn zeroed(len: i64) -> Result<Self, i32> {
        let len = len.max(0) as usize;
        let bytes = len.checked_mul(size_of::<T>()).ok_or(status::OUT_OF_MEMORY)?;
        Ok(Self { block: Block::zeroed(bytes)?, len, elements: std::marker::PhantomData })
    }

    pub fn get(&mut self) -> &mut [T] {
        // SAFETY: allocated as so many, and every element type may be zero.
        unsafe { std::slice::from_raw_parts_mut(self.block.data.cast(), self.len) }
    }
}
