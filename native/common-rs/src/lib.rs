//! What the Rust cores share; native/common is the same for C++, and the tests of both read the same goldens.
//!
//! A core function is pure Rust. It takes the [`Isa`] to run on, then its parameters in the order of the kernel's
//! table, and returns a status. Its inner loops are written once, generic over [`lanes::Lanes`], and compiled once
//! per instruction set by [`variants!`].

pub mod abi;
pub mod arguments;
pub mod arrays;
pub mod bind;
pub mod cpu;
mod execute;
pub mod fpenv;
pub mod gemm;
pub mod handles;
pub mod instance;
pub mod job;
pub mod lanes;
pub mod linalg;
pub mod long;
pub mod math;
pub mod memory;
pub mod module;
pub mod parallel;
pub mod philox;
pub mod report;
#[cfg(feature = "testing")]
pub mod testing;

/// What generated registrations use.
pub mod registration {
    pub use crate::Isa;
    pub use crate::abi::Span;
    pub use crate::abi::length::*;
    pub use crate::arguments::Arguments;
    pub use crate::arrays::Array;
    pub use crate::bind::{Call, Held, Made, Row, Spec, Visitor, call, release};
    pub use crate::instance::Instance;
    pub use crate::long::start;
    pub use crate::memory::Scratch;
    pub use crate::module::{Module, RowEntry};
    pub use crate::report::{Chunk, Report};
}

pub use cpu::Isa;
pub use napi_sys;
