//! Goldens 11 and 12 of the specification, for any cutting into chunks.

use super::*;
use crate::sort::score_sort;

/// Keys and order, descending.
fn sorted(scores: &[f32]) -> (Vec<u32>, Vec<u32>) {
    let n = scores.len();
    let (mut keys, mut order, mut counts) = (vec![0; 2 * n], vec![0; 2 * n], vec![0; 6144]);
    let span = Span { begin: 0, end: 4 * n as u64 };
    score_sort(Isa::widest(), scores, 1, 4 * n as u32, &mut keys, &mut order, &mut counts, span);
    keys.truncate(n);
    order.truncate(n);
    (keys, order)
}

fn spans(n: usize, chunk: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).step_by(chunk).map(move |begin| (begin, n.min(begin + chunk)))
}

fn span((begin, end): (usize, usize)) -> Span {
    Span { begin: begin as u64, end: end as u64 }
}

/// Keys of the positives, then of the negatives, and how many are positive.
fn classes(scores: &[f32], labels: &[u8]) -> (Vec<u32>, u32) {
    let of = |positive: bool| -> Vec<f32> {
        scores.iter().zip(labels).filter(|&(_, &label)| (label != 0) == positive).map(|(&score, _)| score).collect()
    };
    let (positives, negatives) = (sorted(&of(true)).0, sorted(&of(false)).0);
    let count = positives.len() as u32;
    (positives.into_iter().chain(negatives).collect(), count)
}

/// (AUROC, AP, F1-max, its key, FPR at a rate).
fn ranking(scores: &[f32], labels: &[u8], tpr: f64, chunk: usize) -> (f64, f64, f64, u32, f64) {
    let (keys, positives) = classes(scores, labels);
    let (mut counts, mut sums, steps) = ([0; 6], [0.0; 2], scores.len() as u32);
    for at in spans(scores.len(), chunk) {
        let status = auc_pass(Isa::widest(), &keys, positives, tpr, steps, &mut counts, &mut sums, span(at));
        assert_eq!(status, 0);
    }
    let negatives = u64::from(steps - positives);
    assert_eq!(counts[3..], [1, u64::from(positives), negatives]);
    let (positives, negatives) = (f64::from(positives), negatives as f64);
    let auroc = counts[0] as f64 / (2.0 * positives * negatives);
    (auroc, sums[0] / positives, sums[1], counts[1] as u32, counts[2] as f64 / negatives)
}

#[test]
fn golden_rankings() {
    let near = |a: f64, b: f64| (a - b).abs() < 1e-10;
    let (first, second) = (
        ([0.1, 0.5, 0.5, 0.9, 0.5, 0.1], [0, 0, 1, 1, 0, 1]),
        ([3., 3., 1., 4., 4., 4., 0., 2., 2., -1., 5., 6.], [0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1]),
    );
    for chunk in 1..13 {
        let (auroc, ap, f1, key, fpr) = ranking(&first.0, &first.1, 0.95, chunk);
        assert!(near(auroc, 0.6111111111) && near(ap, 0.6666666667) && near(f1, 0.6666666667) && near(fpr, 1.0));
        assert_eq!(key, sorted(&[0.1]).0[0]);
        let (auroc, ap, f1, key, fpr) = ranking(&second.0, &second.1, 0.95, chunk);
        assert!(near(auroc, 0.7428571429) && near(ap, 0.6653968254) && near(f1, 0.7142857143));
        assert!(near(fpr, 0.5714285714));
        assert_eq!(key, sorted(&[2.0]).0[0]);
    }
}

#[test]
fn a_rate_of_0_is_reached_with_the_first_group() {
    let (scores, labels) = ([5.0, 5.0, 4.0, 3.0, 2.0], [0, 0, 0, 1, 1]);
    for chunk in 1..6 {
        let rates = [0.0, 0.5, 1.0].map(|tpr| ranking(&scores, &labels, tpr, chunk).4);
        assert_eq!(rates, [2.0 / 3.0, 1.0, 1.0]);
    }
}

/// (area / limit, points).
fn pro(scores: &[f32], region: &[u32], limit: f64, chunk: usize) -> (f64, Vec<f64>) {
    let (keys, order) = sorted(scores);
    let regions = *region.iter().max().unwrap();
    let mut sizes = vec![0.0; regions as usize + 1];
    for &k in region {
        sizes[k as usize] += 1.0;
    }
    let shares: Vec<f64> = sizes.iter().map(|size| 1.0 / size).collect();
    let (mut state, mut previous, mut used) = ([0.0; 8], [0], 0);
    let mut points = vec![f64::NAN; 2 * scores.len()];
    for (b, e) in spans(scores.len(), chunk) {
        let (keys, order, pixels) = (&keys[b..e], &order[b..e], scores.len() as u32);
        let mut count = 0;
        let to = Some(&mut points[used..]);
        let (isa, at) = (Isa::widest(), span((b, e)));
        let status = pro_pass(
            isa,
            keys,
            order,
            pixels,
            region,
            regions,
            &shares,
            sizes[0],
            limit,
            &mut state,
            &mut previous,
            to,
            &mut count,
            at,
        );
        assert_eq!(status, 0);
        used += count;
    }
    points.truncate(used);
    assert_eq!(state[5], 0.0);
    (state[4] / limit, points)
}

const MAPS: [f32; 32] = [
    9., 8., 1., 0., 7., 5., 0., 0., 0., 0., 2., 6., 0., 3., 0., 4., //
    0., 0., 1., 1., 0., 2., 2., 0., 0., 0., 0., 0., 5., 0., 0., 0.,
];

/// Regions 1, 2 of the first image, 3 of the second; pixels (2, 3) and (3, 2) touch at a corner.
fn regions() -> Vec<u32> {
    let mut region = vec![0; 32];
    for (i, k) in [(0, 1), (1, 1), (4, 1), (5, 1), (11, 2), (14, 2), (22, 3)] {
        region[i] = k;
    }
    region
}

#[test]
fn golden_curves() {
    let region = regions();
    for chunk in [1, 2, 3, 7, 32] {
        assert!((pro(&MAPS, &region, 0.3, chunk).0 - 0.65).abs() < 1e-12);
        let (area, points) = pro(&MAPS, &region, 1.0, chunk);
        assert!((area - 0.835).abs() < 1e-12);
        // One point per distinct score, the last one exactly (1, 1).
        assert_eq!(points.len(), 2 * 10);
        assert_eq!(points[18..], [1.0, 1.0]);
        assert!((pro(&[1.0; 32], &region, 0.3, chunk).0 - 0.15).abs() < 1e-12, "a constant map scores half the limit");
        let perfect: Vec<f32> = region.iter().map(|&k| f32::from(u8::from(k > 0))).collect();
        assert!((pro(&perfect, &region, 0.3, chunk).0 - 1.0).abs() < 1e-12);
    }
}

#[test]
fn pixel_golden() {
    let labels: Vec<u8> = regions().iter().map(|&k| u8::from(k > 0)).collect();
    let (auroc, ap, ..) = ranking(&MAPS, &labels, 0.95, 5);
    assert!((auroc - 0.88).abs() < 1e-10 && (ap - 0.7996482684).abs() < 1e-10);
}
