//! What the cores' tests share: the goldens of spec/, digests, and data to work on.

use crate::arrays::Element;
pub use serde_json::Value;
use sha2::{Digest, Sha256};
use std::path::PathBuf;

/// A file of spec/, the goldens that all languages share.
///
/// # Panics
/// When it can't be read.
pub fn spec(path: &str) -> Vec<u8> {
    let file = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../spec")).join(path);
    std::fs::read(&file).unwrap_or_else(|why| panic!("{}: {why}", file.display()))
}

/// A JSON file of spec/.
///
/// # Panics
/// When it can't be read or isn't JSON.
pub fn golden(path: &str) -> Value {
    serde_json::from_slice(&spec(path)).unwrap_or_else(|why| panic!("spec/{path}: {why}"))
}

/// SHA-256 of the elements' bytes, in hexadecimal.
pub fn sha256<T: Element>(data: &[T]) -> String {
    // SAFETY: element types have no padding.
    let bytes = unsafe { std::slice::from_raw_parts(data.as_ptr().cast::<u8>(), size_of_val(data)) };
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
