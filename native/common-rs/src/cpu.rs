//! Which instruction sets this processor and operating system can run.

/// The instruction sets in the order of their width; a wider one implies the narrower.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    Sse41,
    Avx2,
    Avx512,
}

#[cfg(target_arch = "aarch64")]
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Level {
    Neon,
}

/// An instruction set that this machine has: there is no way to make one that it hasn't.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Isa(Level);

impl Isa {
    #[cfg(target_arch = "x86_64")]
    const ALL: &'static [Isa] = &[Isa(Level::Sse41), Isa(Level::Avx2), Isa(Level::Avx512)];
    #[cfg(target_arch = "aarch64")]
    const ALL: &'static [Isa] = &[Isa(Level::Neon)];

    /// What this machine can run, widest last; nothing below the floor (x86-64-v2).
    pub fn usable() -> &'static [Isa] {
        &Self::ALL[..count()]
    }

    /// The widest one.
    ///
    /// # Panics
    /// Below the floor, where no addon is loaded.
    pub fn widest() -> Isa {
        *Self::usable().last().expect("a processor with SSE4.2")
    }

    /// Lanes of 32 bits in a vector.
    pub fn lanes(self) -> usize {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Sse41 => 4,
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => 8,
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => 16,
            #[cfg(target_arch = "aarch64")]
            Level::Neon => 4,
        }
    }

    pub fn level(self) -> Level {
        self.0
    }

    /// As in the addon's `isas` and in `UKERNELS_ISA`.
    pub fn name(self) -> &'static str {
        match self.0 {
            #[cfg(target_arch = "x86_64")]
            Level::Sse41 => "sse4.1",
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Level::Neon => "neon",
        }
    }
}

/// The features of each level are the ones that `variants!` enables.
#[cfg(target_arch = "x86_64")]
fn count() -> usize {
    macro_rules! all {
        ($($feature:tt),*) => { $(is_x86_feature_detected!($feature))&&* };
    }
    if !all!("sse3", "ssse3", "sse4.1", "sse4.2", "popcnt") {
        return 0;
    }
    if !all!("avx2", "fma", "bmi1", "bmi2", "lzcnt") {
        return 1;
    }
    if all!("avx512f", "avx512bw", "avx512dq", "avx512vl") { 3 } else { 2 }
}

#[cfg(target_arch = "aarch64")]
fn count() -> usize {
    1
}
