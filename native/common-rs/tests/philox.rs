//! Philox against the goldens that C++ and WebAssembly have, in every instruction set.

use common_rs::lanes::Lanes;
use common_rs::philox::{Sequence, below, open32, positive24, unit24, unit32};
use common_rs::testing::{Value, golden, sha256};
use common_rs::{Isa, variants};

#[inline(always)]
fn words_on<S: Lanes>(sequence: Sequence, first: u64, out: &mut [u32]) {
    sequence.fill::<S>(first, out);
}

variants! {
    fn words(sequence: Sequence, first: u64, out: &mut [u32]) = words_on;
}

fn hex4(value: &Value) -> Vec<u32> {
    let digits = value.as_array().unwrap().iter();
    digits.map(|text| u32::from_str_radix(text.as_str().unwrap(), 16).unwrap()).collect()
}

#[test]
fn known_answers() {
    let file = golden("gradient-quantization/random.json");
    let blocks = file["blocks"].as_array().unwrap();
    assert_eq!(blocks.len(), 3);
    for block in blocks {
        let (counter, key) = (hex4(&block["counter"]), hex4(&block["key"]));
        let seed = u64::from(key[1]) << 32 | u64::from(key[0]);
        let index = u64::from(counter[1]) << 32 | u64::from(counter[0]);
        let sequence = Sequence { seed, stream: counter[2], tag: counter[3] };
        assert_eq!(sequence.block(index).to_vec(), hex4(&block["words"]));
    }
}

#[test]
fn digests_of_sequences() {
    let file = golden("gradient-quantization/random.json");
    for case in file["words"].as_array().unwrap() {
        let number = |name: &str| case[name].as_u64().unwrap();
        let sequence = Sequence { seed: number("seed"), stream: number("stream") as u32, tag: number("tag") as u32 };
        for &isa in Isa::usable() {
            let mut out = vec![0; number("n") as usize];
            words(isa, sequence, number("block"), &mut out);
            assert_eq!(sha256(&out), case["sha256"].as_str().unwrap(), "{}", isa.name());
        }
    }
}

/// The 64-bit counter carries between any two lanes.
#[test]
fn words_of_any_length_from_any_block() {
    let sequence = Sequence { seed: 0x0123_4567_89ab_cdef, stream: 9, tag: 0x0305 };
    for first in [0, 3, 0xffff_fffa, 0xffff_ffff, 0x7_ffff_fffd] {
        for n in [0, 1, 4, 5, 63, 64, 65, 200] {
            let expected: Vec<u32> = (0..n as u64).map(|e| sequence.word(first * 4 + e)).collect();
            for &isa in Isa::usable() {
                let mut out = vec![0; n];
                words(isa, sequence, first, &mut out);
                assert_eq!(out, expected, "{} from {first}, {n} words", isa.name());
            }
        }
    }
}

/// 2^-33
const HALF_STEP: f64 = 0.5 / 4_294_967_296.0;

#[test]
fn numbers_from_words() {
    assert_eq!([unit24(0), unit24(255), unit24(u32::MAX)], [0.0, 0.0, 1.0 - f32::EPSILON / 2.0]);
    assert_eq!([positive24(0), positive24(u32::MAX)], [f32::EPSILON / 2.0, 1.0]);
    assert_eq!([unit32(0), unit32(1 << 31)], [0.0, 0.5]);
    assert_eq!([open32(0), open32(u32::MAX)], [HALF_STEP, 1.0 - HALF_STEP]);
    assert_eq!([below(0, 7), below(u32::MAX, 7), below(1 << 31, 7), below(5, 0)], [0, 6, 3, 0]);
}
