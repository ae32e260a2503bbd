//! The Rust core of @ukernels/anomaly-energy: one module per topic, pure functions of one chunk.

pub mod cdf;
pub mod components;
pub mod conv_tile;
pub mod filter;
pub mod finite;
pub mod lse;
pub mod metrics;
pub mod patch;
pub mod sort;

pub mod reports {
    include!(concat!(env!("CARGO_MANIFEST_DIR"), "/generated/reports.rs"));
}
