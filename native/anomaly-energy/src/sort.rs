//! Stable order of f32 scores: order-preserving integer keys and a radix sort, three digits of 11 bits from the least
//! significant one on. The one sort behind every ranking metric.

use common_rs::Isa;
use common_rs::abi::{Span, status};

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

/// Calls `each` for every element in order, but reads eight before the first of them: what is read right after a store whose
/// place isn't known yet may have to be read again.
#[inline(always)]
fn ahead<T: Copy>(from: &[T], mut each: impl FnMut(T)) {
    let (eights, rest) = from.as_chunks::<8>();
    for &eight in eights {
        for i in 0..8 {
            each(eight[i]);
        }
    }
    for &v in rest {
        each(v);
    }
}

/// `ahead` for pairs of elements.
#[inline(always)]
fn pairs_ahead<T: Copy, U: Copy>(from: &[T], with: &[U], mut each: impl FnMut(T, U)) {
    let ((eights, rest), (eights_with, rest_with)) = (from.as_chunks::<8>(), with.as_chunks::<8>());
    for (&eight, &with) in eights.iter().zip(eights_with) {
        for i in 0..8 {
            each(eight[i], with[i]);
        }
    }
    for (&v, &u) in rest.iter().zip(rest_with) {
        each(v, u);
    }
}

/// Counts the digits of scores.
fn count_digits(scores: &[f32], flip: u32, counts: &mut [u32]) {
    let (low, rest) = counts.split_at_mut(BUCKETS);
    let (middle, high) = rest.split_at_mut(BUCKETS);
    ahead(scores, |score| {
        let key = key_of(score, flip);
        low[digit(key, 0)] += 1;
        middle[digit(key, 1)] += 1;
        high[digit(key, 2)] += 1;
    });
}

/// Counts become first places.
fn find_places(counts: &mut [u32]) {
    let mut place = 0;
    for count in counts {
        (*count, place) = (place, place + *count);
    }
}

/// The next place of an entry.
#[inline(always)]
fn take(place: &mut u32) -> usize {
    *place += 1;
    *place as usize - 1
}

/// Moves the keys of scores, whose indices begin with `first`, by the lowest digit.
fn scatter_scores(scores: &[f32], flip: u32, first: usize, keys: &mut [u32], order: &mut [u32], places: &mut [u32]) {
    let places = &mut places[..BUCKETS];
    let mut index = first as u32;
    ahead(scores, |score| {
        let key = key_of(score, flip);
        let place = take(&mut places[digit(key, 0)]);
        (keys[place], order[place]) = (key, index);
        index += 1;
    });
}

/// Moves keys and indices to their places by one digit.
fn scatter(pass: u32, from: (&[u32], &[u32]), to: (&mut [u32], &mut [u32]), places: &mut [u32]) {
    let places = &mut places[..BUCKETS];
    pairs_ahead(from.0, from.1, |key, index| {
        let place = take(&mut places[digit(key, pass)]);
        (to.0[place], to.1[place]) = (key, index);
    });
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
                1 => scatter_scores(&scores[from..to], flip, from, keys, order, places),
                2 => scatter(1, (&keys[from..to], &order[from..to]), (more_keys, more_order), places),
                _ => scatter(2, (&more_keys[from..to], &more_order[from..to]), (keys, order), places),
            }
        }
        step += to - from;
    }
    status::OK
}

/// Tables of a digit, the positives' first.
const BOTH: usize = 2 * BUCKETS;

/// First entry of a class's table.
#[inline(always)]
fn table_of(label: u8) -> usize {
    if label == 0 { BUCKETS } else { 0 }
}

/// Counts the digits of scores by class.
fn count_classes(scores: &[f32], labels: &[u8], counts: &mut [u32]) {
    let Some((low, rest)) = counts.split_first_chunk_mut::<BOTH>() else { return };
    let Some((middle, rest)) = rest.split_first_chunk_mut::<BOTH>() else { return };
    let Some((high, _)) = rest.split_first_chunk_mut::<BOTH>() else { return };
    pairs_ahead(scores, labels, |score, label| {
        let (key, table) = (key_of(score, u32::MAX), table_of(label));
        low[table + digit(key, 0)] += 1;
        middle[table + digit(key, 1)] += 1;
        high[table + digit(key, 2)] += 1;
    });
}

/// Moves keys to their places by one digit.
fn scatter_keys(pass: u32, from: &[u32], to: &mut [u32], places: &mut [u32]) {
    let places = &mut places[..BUCKETS];
    ahead(from, |key| to[take(&mut places[digit(key, pass)])] = key);
}

/// Steps of the sort by class: digits, then three passes. Only keys are moved, and of what class they are their places say.
pub fn class_sort(
    _isa: Isa,
    scores: &[f32],
    labels: &[u8],
    positives: u32,
    _steps: u32,
    keys: &mut [u32],
    counts: &mut [u32],
    span: Span,
) -> i32 {
    let (n, positives) = (scores.len(), positives as usize);
    let (first, second) = keys.split_at_mut(n);
    let mut step = span.begin as usize;
    while step < span.end as usize {
        let (phase, from) = (step / n, step % n);
        let to = n.min(from + span.end as usize - step);
        step += to - from;
        if phase == 0 {
            count_classes(&scores[from..to], &labels[from..to], counts);
            continue;
        }
        let places = &mut counts[(phase - 1) * BOTH..phase * BOTH];
        if from == 0 {
            find_places(places);
        }
        if phase == 1 {
            pairs_ahead(&scores[from..to], &labels[from..to], |score, label| {
                let key = key_of(score, u32::MAX);
                first[take(&mut places[table_of(label) + digit(key, 0)])] = key;
            });
            continue;
        }
        let (source, target) = if phase == 2 { (&*first, &mut *second) } else { (&*second, &mut *first) };
        let middle = positives.clamp(from, to);
        let (positive, negative) = places.split_at_mut(BUCKETS);
        scatter_keys(phase as u32 - 1, &source[from..middle], target, positive);
        scatter_keys(phase as u32 - 1, &source[middle..to], target, negative);
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

    /// Keys of scores with these labels.
    pub fn by_class(scores: &[f32], labels: &[u8], chunk: usize) -> Vec<u32> {
        let n = scores.len();
        let positives = labels.iter().filter(|&&label| label != 0).count() as u32;
        let (mut keys, mut counts) = (vec![7; 2 * n], vec![0; 12288]);
        for begin in (0..4 * n).step_by(chunk) {
            let span = Span { begin: begin as u64, end: (4 * n).min(begin + chunk) as u64 };
            let steps = 4 * n as u32;
            assert_eq!(class_sort(Isa::widest(), scores, labels, positives, steps, &mut keys, &mut counts, span), 0);
        }
        keys.truncate(n);
        keys
    }

    /// The keys of each class are those that the other sort gives of its scores alone.
    fn check_classes(scores: &[f32], chunk: usize) {
        for every in [1, 3, usize::MAX] {
            let labels: Vec<u8> = (0..scores.len()).map(|i| u8::from(i % every == 1 % every) * 5).collect();
            let of = |positive: bool| -> Vec<f32> {
                let both = scores.iter().zip(&labels);
                both.filter(|&(_, &label)| (label != 0) == positive).map(|(&score, _)| score).collect()
            };
            let expected: Vec<u32> =
                [true, false].into_iter().flat_map(|class| sort(&of(class), 1, 1 << 20).0).collect();
            assert_eq!(by_class(scores, &labels, chunk), expected);
        }
    }

    fn check(scores: &[f32]) {
        check_classes(scores, 1 + scores.len() / 3);
        check_classes(scores, 4 * scores.len() + 1);
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
