//! Ranking metrics and the PRO curve: one walk over scores in descending order, group by group of equal keys.

use common_rs::Isa;
use common_rs::abi::{Span, status};

/// `counts` and `sums` of the row.
struct Ranking<'a> {
    counts: &'a mut [u64; 6],
    sums: &'a mut [f64; 2],
    positives: f64,
    tpr: f64,
}

impl Ranking<'_> {
    /// Notes the false positives where the true positives are enough.
    fn look(&mut self, fp: u64) {
        let [_, _, fp_at_tpr, reached, tp, _] = self.counts;
        if *reached == 0 && *tp as f64 / self.positives >= self.tpr {
            (*reached, *fp_at_tpr) = (1, fp);
        }
    }

    /// `count` negatives, `first` of them in the first group, and no positive: the precision gains +0, F1 falls, and the
    /// rate is what it was before, but that before the first group there is none.
    fn pass(&mut self, count: u64, first: u64) {
        if self.counts[4] + self.counts[5] == 0 {
            self.look(first);
        }
        self.counts[0] += count * 2 * self.counts[4];
        self.counts[5] += count;
    }

    /// A group with positives.
    fn end_group(&mut self, key: u32, dtp: u64, dfp: u64) {
        let [twice_u, best_key, _, _, tp, fp] = self.counts;
        let [precision, best_f1] = self.sums;
        *twice_u += dfp * (2 * *tp + dtp);
        *tp += dtp;
        *fp += dfp;
        let (t, both) = (*tp as f64, *tp as f64 + *fp as f64);
        *precision += dtp as f64 * (t / both);
        let f1 = 2.0 * t / (both + self.positives);
        if f1 > *best_f1 {
            (*best_f1, *best_key) = (f1, u64::from(key));
        }
        self.look(self.counts[5]);
    }
}

/// How many keys there are before the first one that isn't as they are.
fn run(keys: &[u32], of: impl Fn(u32) -> bool) -> usize {
    keys.iter().position(|&key| !of(key)).unwrap_or(keys.len())
}

/// Counts and sums of the groups of equal keys, over one chunk of the keys of both classes.
pub fn auc_pass(
    _isa: Isa,
    keys: &[u32],
    positives: u32,
    tpr: f64,
    _steps: u32,
    counts: &mut [u64],
    sums: &mut [f64],
    span: Span,
) -> i32 {
    let (Some(counts), Some(sums)) = (counts.first_chunk_mut(), sums.first_chunk_mut()) else {
        return status::INTERNAL;
    };
    let (positive, negative) = keys.split_at(positives as usize);
    let mut ranking = Ranking { counts, sums, positives: f64::from(positives), tpr };
    let end = keys.len().min(span.end as usize);
    loop {
        let (tp, fp) = (ranking.counts[4] as usize, ranking.counts[5] as usize);
        if tp + fp >= end {
            return status::OK;
        }
        let (positive, negative) = (&positive[tp..], &negative[fp..]);
        let passed = match positive.first() {
            Some(&next) => run(negative, |key| key < next),
            None => negative.len(),
        };
        if passed > 0 {
            ranking.pass(passed as u64, run(negative, |key| key == negative[0]) as u64);
        } else {
            let key = positive[0];
            let of_group = |other| other == key;
            ranking.end_group(key, run(positive, of_group) as u64, run(negative, of_group) as u64);
        }
    }
}

/// Last point of the PRO curve and the area below it up to `limit`.
struct Curve {
    fpr: f64,
    pro: f64,
    area: f64,
    limit: f64,
}

impl Curve {
    fn add(&mut self, fpr: f64, pro: f64) {
        if self.fpr < self.limit {
            if fpr <= self.limit {
                self.area += (fpr - self.fpr) * (pro + self.pro) / 2.0;
            } else {
                let at = self.pro + (pro - self.pro) * (self.limit - self.fpr) / (fpr - self.fpr);
                self.area += (self.limit - self.fpr) * (at + self.pro) / 2.0;
            }
        }
        (self.fpr, self.pro) = (fpr, pro);
    }
}

/// The PRO curve and its area, over one chunk of the sorted pixels.
pub fn pro_pass(
    _isa: Isa,
    keys: &[u32],
    order: &[u32],
    pixels: u32,
    region: &[u32],
    regions: u32,
    shares: &[f64],
    background: f64,
    limit: f64,
    state: &mut [f64],
    previous: &mut [u32],
    points: Option<&mut [f64]>,
    points_used: &mut usize,
    span: Span,
) -> i32 {
    let [mut fp, mut covered, fpr, pro, area, open, ..] = *state else { return status::INTERNAL };
    let mut open = open != 0.0;
    let mut curve = Curve { fpr, pro, area, limit };
    let mut key = previous[0];
    let mut to = points.into_iter().flat_map(|points| points.chunks_exact_mut(2));
    let mut written = 0;
    let mut point = |fpr, pro| {
        curve.add(fpr, pro);
        if let Some(slot) = to.next() {
            slot.copy_from_slice(&[fpr, pro]);
            written += 2;
        }
    };
    for (&next, &i) in keys.iter().zip(order) {
        if open && next != key {
            point(fp / background, covered / f64::from(regions));
        }
        key = next;
        open = true;
        match region[i as usize] {
            0 => fp += 1.0,
            k => covered += shares[k as usize],
        }
    }
    if open && span.end == u64::from(pixels) {
        point(1.0, 1.0);
        open = false;
    }
    *points_used += written;
    previous[0] = key;
    state[..6].copy_from_slice(&[fp, covered, curve.fpr, curve.pro, curve.area, f64::from(u8::from(open))]);
    status::OK
}

#[cfg(test)]
#[path = "metrics/tests.rs"]
mod tests;
