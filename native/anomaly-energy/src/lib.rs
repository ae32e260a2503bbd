//! The Rust core of @ukernels/anomaly-energy: one module per topic, pure functions of one chunk.
