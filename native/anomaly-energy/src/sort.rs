//! Stable order of f32 scores: order-preserving integer keys and a radix sort, three digits of 11 bits from the least
//! significant one on. The one sort behind every ranking metric.

use common_rs::Isa;
use common_rs::abi::{Span, status};
use core::ops::Range;

const DIGIT: u32 = 11;
const BUCKETS: usize = 1 << DIGIT;

/// An integer that orders as the score does; −0 counts as +0. `flip` is all ones where the order descends.
#[inline(always)]
fn key_of(score: f32, flip: u32) -> u32 {
    let bits = (score + 0.0).to_bits();
    bits ^ (((bits as i32) >> 31) as u32 | 0x8000_0000) ^ flip
}

#[inline(always)]
fn digit(key: u32, pass: u32) -> usize {
    (key >> (pass * DIGIT)) as usize & (BUCKETS - 1)
}

/// Counts the digits of scores.
fn count_digits(scores: &[f32], flip: u32, counts: &mut [u32]) {
    let (low, rest) = counts.split_at_mut(BUCKETS);
    let (middle, high) = rest.split_at_mut(BUCKETS);
    for &score in scores {
        let key = key_of(score, flip);
        low[digit(key, 0)] += 1;
        middle[digit(key, 1)] += 1;
        high[digit(key, 2)] += 1;
    }
}

/// Counts become first places.
fn find_places(counts: &mut [u32]) {
    let mut place = 0;
    for count in counts {
        (*count, place) = (place, place + *count);
    }
}

fn pairs(keys: &[u32], order: &[u32], range: Range<usize>) -> impl Iterator<Item = (u32, u32)> {
    keys[range.clone()].iter().copied().zip(order[range].iter().copied())
}

/// Moves keys and indices to their places by one digit.
fn scatter(pass: u32, from: impl Iterator<Item = (u32, u32)>, to: (&mut [u32], &mut [u32]), places: &mut [u32]) {
    let places = &mut places[..BUCKETS];
    for (key, index) in from {
        let place = &mut places[digit(key, pass)];
        to.0[*place as usize] = key;
        to.1[*place as usize] = index;
        *place += 1;
    }
}

/// Steps of the sort: digits, then three passes between the halves of `keys` and `order`. The first pass makes the keys
/// and indices as it goes, so that the second halves needn't hold them before.
pub fn score_sort(
    _isa: Isa,
    scores: &[f32],
    descending: u32,
    _steps: u32,
    keys: &mut [u32],
    order: &mut [u32],
    counts: &mut [u32],
    span: Span,
) -> i32 {
    let n = scores.len();
    let (keys, more_keys) = keys.split_at_mut(n);
    let (order, more_order) = order.split_at_mut(n);
    let mut step = span.begin as usize;
    while step < span.end as usize {
        let (phase, from) = (step / n, step % n);
        let to = n.min(from + span.end as usize - step);
        let flip = descending.wrapping_neg();
        if phase == 0 {
            count_digits(&scores[from..to], flip, counts);
        } else {
            let places = &mut counts[(phase - 1) * BUCKETS..phase * BUCKETS];
            if from == 0 {
                find_places(places);
            }
            match phase {
                1 => {
                    let made = scores[from..to].iter().map(|&score| key_of(score, flip)).zip(from as u32..);
                    scatter(0, made, (keys, order), places);
                }
                2 => scatter(1, pairs(keys, order, from..to), (more_keys, more_order), places),
                _ => scatter(2, pairs(more_keys, more_order, from..to), (keys, order), places),
            }
        }
        step += to - from;
    }
    status::OK
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sort(scores: &[f32], descending: u32, chunk: usize) -> (Vec<u32>, Vec<u32>) {
        let n = scores.len();
        let (mut keys, mut order, mut counts) = (vec![7; 2 * n], vec![7; 2 * n], vec![0; 6144]);
        for begin in (0..4 * n).step_by(chunk) {
            let span = Span { begin: begin as u64, end: (4 * n).min(begin + chunk) as u64 };
            let isa = Isa::widest();
            let status = score_sort(isa, scores, descending, 4 * n as u32, &mut keys, &mut order, &mut counts, span);
            assert_eq!(status, 0);
        }
        (keys[..n].to_vec(), order[..n].to_vec())
    }

    fn check(scores: &[f32]) {
        for descending in [0, 1] {
            let mut expected: Vec<u32> = (0..scores.len() as u32).collect();
            expected.sort_by(|&a, &b| {
                let (a, b) = (scores[a as usize], scores[b as usize]);
                if descending == 1 { b.partial_cmp(&a).unwrap() } else { a.partial_cmp(&b).unwrap() }
            });
            for chunk in [1 + scores.len() / 3, 4 * scores.len() + 1] {
                let (keys, order) = sort(scores, descending, chunk);
                assert_eq!(order, expected);
                assert!(keys.is_sorted());
                let flip = if descending == 1 { u32::MAX } else { 0 };
                assert!(order.iter().zip(&keys).all(|(&i, &key)| key_of(scores[i as usize], flip) == key));
            }
        }
    }

    #[test]
    fn equal_scores_and_zeros_of_both_signs_keep_their_order() {
        check(&[0.0, -0.0, 1.0, -1.0, -0.0, 1.0, f32::INFINITY, f32::NEG_INFINITY, f32::MIN_POSITIVE / 4.0, 0.0]);
        check(&[]);
        check(&[3.0]);
        check(&vec![2.5; 500]);
    }

    #[test]
    fn any_bits_in_any_digit() {
        let mut state = 9u64;
        for mask in [u32::MAX, 0x7ff, 0x003f_f800, 0xffc0_0000, 0x0000_ffff] {
            let mut draw = || {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                let score = f32::from_bits((state >> 32) as u32 & mask);
                if score.is_nan() { 0.5 } else { score }
            };
            check(&(0..1007).map(|_| draw()).collect::<Vec<f32>>());
        }
    }
}
