//! The floating-point environment of exact code: round to nearest even, subnormals kept.

use std::arch::asm;

/// Sets the environment of this thread and restores what it found when dropped: another library of the process may
/// have set flush-to-zero or another rounding mode.
pub struct FloatEnvironment {
    saved: Word,
    // Belongs to its thread.
    _not_send: std::marker::PhantomData<*const ()>,
}

impl FloatEnvironment {
    pub fn exact() -> Self {
        let saved = read();
        if saved != exact(saved) {
            write(exact(saved));
        }
        Self { saved, _not_send: std::marker::PhantomData }
    }
}

impl Drop for FloatEnvironment {
    fn drop(&mut self) {
        if self.saved != exact(self.saved) {
            write(self.saved);
        }
    }
}

#[cfg(target_arch = "x86_64")]
type Word = u32;
#[cfg(target_arch = "aarch64")]
type Word = u64;

/// MXCSR: bit 6 DAZ, bits 7..12 exception masks, bits 13..14 rounding, bit 15 FTZ.
#[cfg(target_arch = "x86_64")]
const fn exact(word: Word) -> Word {
    word & !0xe040 | 0x1f80
}

/// FPCR: bits 0 and 1 FIZ and AH, bits 8..15 traps, bit 19 FZ16, bits 22..23 rounding, bit 24 FZ, bit 25 DN.
#[cfg(target_arch = "aarch64")]
const fn exact(word: Word) -> Word {
    word & !0x3c8_ff03
}

// The intrinsics for MXCSR are deprecated: the compiler takes the environment for granted. Here it is only ever set
// back to what the compiler assumes; the blocks touch memory as far as it knows, so nothing moves across them.

#[cfg(target_arch = "x86_64")]
fn read() -> Word {
    let mut word: Word = 0;
    // SAFETY: stores four bytes into `word`.
    unsafe { asm!("stmxcsr [{}]", in(reg) &mut word, options(nostack, preserves_flags)) };
    word
}

#[cfg(target_arch = "x86_64")]
fn write(word: Word) {
    // SAFETY: the word is one that was read, or that with masked exceptions.
    unsafe { asm!("ldmxcsr [{}]", in(reg) &word, options(nostack, preserves_flags)) };
}

#[cfg(target_arch = "aarch64")]
fn read() -> Word {
    let word: Word;
    // SAFETY: reads a register.
    unsafe { asm!("mrs {}, fpcr", out(reg) word, options(nostack, preserves_flags)) };
    word
}

#[cfg(target_arch = "aarch64")]
fn write(word: Word) {
    // SAFETY: the word is one that was read, or that without traps.
    unsafe { asm!("msr fpcr, {}", in(reg) word, options(nostack, preserves_flags)) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::hint::black_box;

    #[cfg(target_arch = "x86_64")]
    const FLUSH: Word = 0x8040;
    #[cfg(target_arch = "aarch64")]
    const FLUSH: Word = 1 << 24;

    #[test]
    fn subnormals_inside_and_what_was_found_afterwards() {
        // Not inlined: a product may move across what sets the environment.
        #[inline(never)]
        fn half() -> f32 {
            black_box(f32::MIN_POSITIVE) * black_box(0.5)
        }
        let before = read();
        write(before | FLUSH);
        let flushed = half();
        let inside = {
            let _exact = FloatEnvironment::exact();
            half()
        };
        let again = half();
        write(before);
        assert_eq!([flushed, inside, again], [0.0, 5.877472e-39, 0.0]);
    }
}
