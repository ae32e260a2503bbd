//! The types that cross from the harness to a kernel's core functions, and the statuses and arithmetic of the table.
//!
//! | in the table | in Rust |
//! |---|---|
//! | `input` | `&[T]`, optional: `Option<&[T]>` |
//! | `output`, `inout` | `&mut [T]`, optional: `Option<&mut [T]>` |
//! | `scratch` | `&mut [T]`, whatever is in it |
//! | `u32 i32 f64 u64` | the type |
//! | `report` | `&mut <Row>Report` |
//! | `used` | `&mut usize` |
//! | `creates` | `&mut Option<Box<T>>` |
//! | `handle` | `&mut T`; `&T` where chunks run side by side |
//! | `span` | [`Span`] |

/// The chunk `begin..end` of the call's work, in the units of the row's span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    pub begin: u64,
    pub end: u64,
}

/// Statuses of the harness; a row's own count up from 1. packages/runtime/src/abi.ts has the same numbers.
pub mod status {
    pub const OK: i32 = 0;
    pub const INTERNAL: i32 = -1;
    pub const OUT_OF_MEMORY: i32 = -2;
    pub const BAD_HANDLE: i32 = -3;
    pub const BUSY: i32 = -4;
    pub const ABORTED: i32 = -5;
    pub const DISPOSED: i32 = -6;
    pub const DETACHED: i32 = -7;
    /// Minus the index of the argument.
    pub const BAD_ARGUMENT: i32 = -32;
    /// Minus the index of the argument.
    pub const OVERLAP: i32 = -96;
}

/// Arithmetic of the table's length expressions; packages/runtime/src/lengths.ts has the same rules. What doesn't fit
/// stays at the bound, which no array's length is.
pub mod length {
    #[inline(never)]
    pub fn plus(a: i64, b: i64) -> i64 {
        a.saturating_add(b)
    }
    #[inline(never)]
    pub fn minus(a: i64, b: i64) -> i64 {
        a.saturating_sub(b)
    }
    #[inline(never)]
    pub fn times(a: i64, b: i64) -> i64 {
        a.saturating_mul(b)
    }
    pub fn divide(a: i64, b: i64) -> i64 {
        if b == 0 { 0 } else { a.div_euclid(b) }
    }
    pub fn modulo(a: i64, b: i64) -> i64 {
        if b == 0 { 0 } else { a % b }
    }
    pub fn smaller(a: i64, b: i64) -> i64 {
        a.min(b)
    }
    pub fn larger(a: i64, b: i64) -> i64 {
        a.max(b)
    }
}

/// `count` copies of `value`, or the status that says there is no memory for them: core functions allocate with this,
/// so that a length too large is an error and not the end of the process.
pub fn filled<T: Clone>(count: usize, value: T) -> Result<Vec<T>, i32> {
    let mut all = Vec::new();
    all.try_reserve_exact(count).map_err(|_| status::OUT_OF_MEMORY)?;
    all.resize(count, value);
    Ok(all)
}

/// The value in a box, or the status that says there is no memory for it.
pub fn boxed<T>(value: T) -> Result<Box<T>, i32> {
    let layout = std::alloc::Layout::new::<T>();
    if layout.size() == 0 {
        return Ok(Box::new(value));
    }
    // SAFETY: the layout is the type's own and isn't empty; what the allocator returns for it is what a Box frees.
    unsafe {
        let block = std::alloc::alloc(layout).cast::<T>();
        if block.is_null() {
            return Err(status::OUT_OF_MEMORY);
        }
        block.write(value);
        Ok(Box::from_raw(block))
    }
}
