//! Core functions of the every-kind fixture, in Rust.

use common_rs::Isa;
use common_rs::abi::{Span, boxed, status};
use reports::MaskedReport;

common_rs::expose!();

pub struct RunningSum {
    value: f64,
}

pub fn shifted(
    _: Isa,
    x: &[i64],
    weights: Option<&[i16]>,
    shift: i32,
    key: u64,
    copy: &mut [i64],
    out: &mut [u64],
) -> i32 {
    if copy.len() != 2 * x.len() {
        return status::INTERNAL;
    }
    for (pair, &value) in copy.chunks_exact_mut(2).zip(x) {
        pair[0] = value;
    }
    for (i, to) in out.iter_mut().enumerate() {
        let weight = weights.map_or(1, |w| i64::from(w[i]));
        let sum = copy[2 * i].wrapping_add(weight).wrapping_add(i64::from(shift));
        *to = (sum as u64).wrapping_add(key);
    }
    status::OK
}

pub fn masked(_: Isa, bytes: &mut [i8], mask: u32, report: &mut MaskedReport, span: Span) -> i32 {
    for (index, byte) in (span.begin..).zip(bytes) {
        *byte ^= mask as i8;
        let value = i64::from(*byte);
        report.total += value;
        report.highest = report.highest.max(value);
        report.lowest = report.lowest.min(value);
        if value == 0 {
            report.zeros += 1.0;
            if (index as f64) < report.first_zero {
                report.first_zero = index as f64;
            }
        }
    }
    status::OK
}

pub fn create(_: Isa, _slots: u32, sum: &mut Option<Box<RunningSum>>) -> i32 {
    match boxed(RunningSum { value: 0.0 }) {
        Ok(made) => *sum = Some(made),
        Err(why) => return why,
    }
    status::OK
}

pub fn accumulate(_: Isa, sum: &mut RunningSum, x: &[f64], out: &mut [f64], _: Span) -> i32 {
    for (to, x) in out.iter_mut().zip(x) {
        sum.value += x;
        *to = sum.value;
    }
    status::OK
}

pub fn positive(_: Isa, x: &[u16], kept: &mut [u16], used: &mut usize, flags: &mut [i32], span: Span) -> i32 {
    for ((index, &value), flag) in (span.begin..).zip(x).zip(flags) {
        *flag = if value > 0 { index as i32 } else { -1 };
        if value > 0 {
            kept[*used] = value;
            *used += 1;
        }
    }
    status::OK
}

pub fn expand(_: Isa, repeats: &[u8], source: &[u32], used: &mut usize, out: &mut [u32], _: Span) -> i32 {
    for (to, &repeat) in out.iter_mut().zip(repeats) {
        if repeat != 0 && *used == source.len() {
            return 1;
        }
        *to = if repeat != 0 { source[*used] } else { 0 };
        *used += usize::from(repeat != 0);
    }
    status::OK
}

pub fn compare(_: Isa, a: f64, b: f64) -> i32 {
    assert_ne!(a, f64::NEG_INFINITY, "for the test of panics");
    if a < b {
        1
    } else if a > b {
        2
    } else {
        status::OK
    }
}
