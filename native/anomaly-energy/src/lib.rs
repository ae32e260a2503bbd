//! The Rust core of @ukernels/anomaly-energy: one module per topic, pure functions of one chunk. The root names every core
//! function of the table, for the registration.

pub mod adam;
pub mod blur;
pub mod cdf;
pub mod cholesky;
pub mod components;
pub mod conv;
pub mod conv_shape;
pub mod conv_tile;
pub mod conv_weight;
pub mod covariance;
pub mod distance;
pub mod filter;
pub mod finite;
pub mod gaussian;
pub mod kcenter;
pub mod langevin;
pub mod lse;
pub mod maps;
pub mod metrics;
pub mod neighbors;
pub mod network;
pub mod patch;
pub mod patch_energy;
pub mod random;
pub mod sort;
pub mod subspace;
pub mod whiten;
pub mod wide;

pub use adam::{adam_ema, sum_parts};
pub use blur::blur;
pub use cdf::empirical_cdf;
pub use cholesky::{cholesky_factor, location_factor, precision, triangular_inverse};
pub use components::components;
pub use conv::{conv_backward_input, conv_backward_weight, conv_energy, conv_forward, conv_parameter_gradient};
pub use covariance::{cov_blocks, cov_blocks64, cov_merge, location_cov};
pub use distance::{row_distances, row_norms};
pub use finite::{finite, finite64};
pub use gaussian::{center_rows, center_rows64, gather_locations};
pub use kcenter::kcenter;
pub use langevin::{descent_step, langevin_run, langevin_update};
pub use lse::free_energy;
pub use maps::{abs_reduce, reduce_channels, resize, rgba};
pub use metrics::{auc_pass, pro_pass};
pub use neighbors::{nearest, sparse_project};
pub use patch::{patch_gradient, patch_rows};
pub use patch_energy::{patch_average, patch_energies};
pub use random::{philox, random_fill};
pub use sort::score_sort;
pub use subspace::{dual_basis, dual_basis64, gram_rows, gram_rows64, project_rows, sym_eig};
pub use whiten::{location_distances, whiten_rows};

common_rs::expose!();
