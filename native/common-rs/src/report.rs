//! What a chunk gets besides its arguments, what it reports, and how the reports of chunks become one.

use crate::abi::{Span, status};

/// How a field of the reports of two chunks becomes one.
#[derive(Clone, Copy)]
pub enum Rule {
    SumF64,
    MaxF64,
    MinF64,
    SumI64,
    MaxI64,
    MinI64,
}

/// The fields of a row's report.
///
/// # Safety
/// `#[repr(C)]`, a field of f64 or i64 per rule, in their order.
pub unsafe trait Report: 'static {
    const RULES: &'static [Rule];
}

/// What a core function needs besides its arguments, and what it leaves behind.
#[derive(Clone)]
pub struct Chunk {
    pub span: Span,
    /// First element of the variable-length array that this chunk may touch.
    pub cursor: usize,
    pub used: usize,
    pub status: i32,
    pub(crate) report: [u64; Self::SLOTS],
}

impl Chunk {
    /// Fields of a report at most.
    const SLOTS: usize = 16;

    #[inline(always)]
    pub(crate) fn new(cursor: usize, rules: &[Rule]) -> Self {
        let mut report = [0; Self::SLOTS];
        for (slot, rule) in report.iter_mut().zip(rules) {
            match rule {
                Rule::MinF64 => *slot = f64::INFINITY.to_bits(),
                Rule::MinI64 => *slot = i64::MAX as u64,
                // 0 and 0.0
                _ => {}
            }
        }
        Self { span: Span { begin: 0, end: 0 }, cursor, used: 0, status: status::OK, report }
    }

    /// The report, as the row's own type, and the count of used elements.
    pub fn results<R: Report>(&mut self) -> (&mut R, &mut usize) {
        const { assert!(R::RULES.len() <= Self::SLOTS && size_of::<R>() == 8 * R::RULES.len()) };
        // SAFETY: as many words of 8 bytes, any of which is a valid field.
        (unsafe { &mut *self.report.as_mut_ptr().cast() }, &mut self.used)
    }

    pub(crate) fn merge(&mut self, from: &Self, rules: &[Rule]) {
        for ((into, &from), rule) in self.report.iter_mut().zip(&from.report).zip(rules) {
            let (a, b) = (f64::from_bits(*into), f64::from_bits(from));
            let (i, j) = (*into as i64, from as i64);
            *into = match rule {
                Rule::SumF64 => (a + b).to_bits(),
                Rule::MaxF64 => if b > a { b } else { a }.to_bits(),
                Rule::MinF64 => if b < a { b } else { a }.to_bits(),
                Rule::SumI64 => i.wrapping_add(j) as u64,
                Rule::MaxI64 => i.max(j) as u64,
                Rule::MinI64 => i.min(j) as u64,
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[repr(C)]
    #[derive(Debug, PartialEq, Clone, Copy)]
    struct All {
        sum: f64,
        max: f64,
        min: f64,
        whole: i64,
        highest: i64,
        lowest: i64,
    }
    // SAFETY: a field per rule.
    unsafe impl Report for All {
        const RULES: &'static [Rule] =
            &[Rule::SumF64, Rule::MaxF64, Rule::MinF64, Rule::SumI64, Rule::MaxI64, Rule::MinI64];
    }

    #[test]
    fn reports_begin_neutral_and_merge_by_their_rules() {
        let mut all = Chunk::new(0, All::RULES);
        let neutral = All { sum: 0.0, max: 0.0, min: f64::INFINITY, whole: 0, highest: 0, lowest: i64::MAX };
        assert_eq!(*all.results::<All>().0, neutral);
        for by in [2, 5, 3] {
            let mut chunk = Chunk::new(0, All::RULES);
            let x = f64::from(by);
            *chunk.results::<All>().0 =
                All { sum: x, max: x, min: -x, whole: -1, highest: i64::from(by), lowest: i64::from(by) };
            all.merge(&chunk, All::RULES);
        }
        assert_eq!(*all.results::<All>().0, All { sum: 10.0, max: 5.0, min: -5.0, whole: -3, highest: 5, lowest: 2 });
    }
}
