//! Matrix products: tolerance class, so fused operations are allowed.
