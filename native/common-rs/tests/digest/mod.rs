//! Digests and inputs of the goldens, as in scripts/oracles/math_reference.py.

/// Murmur3's finalizer.
fn mixed(mut x: u64) -> u64 {
    x = (x ^ x >> 33).wrapping_mul(0xff51_afd7_ed55_8ccd);
    x = (x ^ x >> 33).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    x ^ x >> 33
}

/// Σ mixed(bits + i · golden ratio) mod 2^64.
pub fn digest(bits: impl Iterator<Item = u64>) -> String {
    let step = |sum: u64, (i, bits): (usize, u64)| {
        sum.wrapping_add(mixed(bits.wrapping_add((i as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15))))
    };
    format!("{:016x}", bits.enumerate().fold(0, step))
}

/// The upper halves of mixed(1), mixed(2), …
pub fn sequence(n: usize) -> Vec<u32> {
    (1..=n as u64).map(|i| (mixed(i) >> 32) as u32).collect()
}
