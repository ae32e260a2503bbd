//! What the Rust cores share; native/common is the same for C++, and the tests of both read the same goldens.
//!
//! A core function is pure Rust. It takes the [`Isa`] to run on, then its parameters in the order of the kernel's
//! table, and returns a status. Its inner loops are written once, generic over [`lanes::Lanes`], and compiled once
//! per instruction set by [`variants!`].

pub mod cpu;
pub mod fpenv;
pub mod gemm;
pub mod lanes;
pub mod math;
pub mod philox;

pub use cpu::Isa;
