//! Typed arrays of a call, and the parts of them that a chunk gets.

use crate::abi::status::{BAD_ARGUMENT, OUT_OF_MEMORY};
use napi_sys::*;
use std::ptr::null_mut;

/// An element type of typed arrays.
pub trait Element: Copy + Default + Send + Sync + 'static {
    const TYPE: napi_typedarray_type;
}

macro_rules! elements {
    ($($element:ty: $kind:ident),+) => {$(
        impl Element for $element {
            const TYPE: napi_typedarray_type = TypedarrayType::$kind;
        }
    )+};
}
elements!(u8: uint8_array, i8: int8_array, u16: uint16_array, i16: int16_array, u32: uint32_array, i32: int32_array);
elements!(f32: float32_array, f64: float64_array, i64: bigint64_array, u64: biguint64_array);

/// Memory and length of a typed array; an absent optional one has a null pointer.
#[derive(Clone, Copy)]
pub struct Array<T> {
    pub data: *mut T,
    pub len: usize,
}
// SAFETY: a job moves only arrays that it owns to its thread; within a call, chunks get disjoint parts.
unsafe impl<T> Send for Array<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Array<T> {}

/// An array whatever its elements.
pub struct Raw<'a> {
    pub data: &'a mut *mut u8,
    pub len: usize,
    pub kind: napi_typedarray_type,
    size: usize,
}

impl Raw<'_> {
    pub fn bytes(&self) -> usize {
        self.len * self.size
    }
}

impl<T: Element> Array<T> {
    pub const ABSENT: Self = Self { data: null_mut(), len: 0 };

    pub fn raw(&mut self) -> Raw<'_> {
        // SAFETY: one pointer as another.
        let data = unsafe { &mut *(&raw mut self.data).cast() };
        Raw { data, len: self.len, kind: T::TYPE, size: size_of::<T>() }
    }

    pub fn is_absent(&self) -> bool {
        self.data.is_null()
    }

    /// Elements `from..to`.
    ///
    /// # Safety
    /// The array is readable, and nobody writes these elements meanwhile.
    ///
    /// # Panics
    /// Outside of the array.
    pub unsafe fn part<'a>(&self, from: i64, to: i64) -> &'a [T] {
        check_part(from, to, self.len);
        // SAFETY: inside of the array; the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts(self.data.add(from as usize), (to - from) as usize) }
    }

    /// Elements `from..to`, to be written.
    ///
    /// # Safety
    /// The array is writable, and nobody else uses these elements meanwhile.
    ///
    /// # Panics
    /// Outside of the array.
    pub unsafe fn part_mut<'a>(&self, from: i64, to: i64) -> &'a mut [T] {
        check_part(from, to, self.len);
        // SAFETY: inside of the array; the caller vouches for the rest.
        unsafe { std::slice::from_raw_parts_mut(self.data.add(from as usize), (to - from) as usize) }
    }

    /// Elements `from..to`, or a copy of them in `room` when `other` begins where this array does and is written.
    ///
    /// # Safety
    /// As `part`, once `other` is known not to be the same.
    pub unsafe fn part_apart<'a, U>(
        &self,
        from: i64,
        to: i64,
        other: &Array<U>,
        room: &'a mut Vec<T>,
    ) -> Result<&'a [T], i32> {
        // SAFETY: nobody writes yet.
        let part = unsafe { self.part(from, to) };
        if !std::ptr::addr_eq(self.data, other.data) {
            return Ok(part);
        }
        room.try_reserve_exact(part.len()).map_err(|_| OUT_OF_MEMORY)?;
        room.extend_from_slice(part);
        Ok(room)
    }

    /// Moves `count` elements from `from` down to `to`.
    ///
    /// # Safety
    /// The array is writable, and nobody else uses it meanwhile.
    ///
    /// # Panics
    /// Outside of the array.
    pub unsafe fn close_up(&self, to: usize, from: usize, count: usize) {
        assert!(to <= from && from + count <= self.len || self.is_absent());
        if !self.is_absent() {
            // SAFETY: inside of the array.
            unsafe { self.data.add(to).copy_from(self.data.add(from), count) };
        }
    }

    /// As many elements as the row says; else the status of argument `i`.
    #[inline(never)]
    pub fn exactly(&self, length: i64, i: i32) -> Result<(), i32> {
        if self.is_absent() || self.len as i64 == length { Ok(()) } else { Err(BAD_ARGUMENT - i) }
    }

    /// At least as many; the array is cut to them.
    #[inline(never)]
    pub fn at_least(&mut self, length: i64, i: i32) -> Result<(), i32> {
        if self.is_absent() {
            return Ok(());
        }
        if (self.len as i64) < length {
            return Err(BAD_ARGUMENT - i);
        }
        self.len = length.max(0) as usize;
        Ok(())
    }
}

#[inline(never)]
fn check_part(from: i64, to: i64, len: usize) {
    assert!(0 <= from && from <= to && to <= len as i64);
}
