//! The Rust core of @ukernels/anomaly-energy: one module per topic, pure functions of one chunk.

pub mod components;
pub mod filter;
pub mod patch;
pub mod sort;

pub mod reports {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/reports.rs"));
}
