//! Ranking metrics and the PRO curve: one walk over scores in descending order, group by group of equal keys.

use common_rs::Isa;
use common_rs::abi::{Span, status};

/// `counts` and `sums` of the row while a chunk is walked.
struct Ranking {
    twice_u: u64,
    best_key: u64,
    fp_at_tpr: u64,
    reached: u64,
    tp: u64,
    fp: u64,
    dtp: u64,
    dfp: u64,
    precision: f64,
    best_f1: f64,
    positives: f64,
    tpr: f64,
}

impl Ranking {
    fn end_group(&mut self, key: u32) {
        let (dtp, dfp) = (core::mem::take(&mut self.dtp), core::mem::take(&mut self.dfp));
        let first = self.tp + self.fp == 0;
        self.twice_u += dfp * (2 * self.tp + dtp);
        self.tp += dtp;
        self.fp += dfp;
        // Without a positive the precision gains +0, F1 falls, and the rate is what it was: nothing to compute.
        if dtp == 0 && !first {
            return;
        }
        let (tp, fp) = (self.tp as f64, self.fp as f64);
        self.precision += dtp as f64 * (tp / (tp + fp));
        let f1 = 2.0 * tp / (tp + fp + self.positives);
        if f1 > self.best_f1 {
            self.best_f1 = f1;
            self.best_key = u64::from(key);
        }
        if self.reached == 0 && tp / self.positives >= self.tpr {
            self.reached = 1;
            self.fp_at_tpr = self.fp;
        }
    }
}

/// Counts and sums of the groups of equal keys, over one chunk of the sorted scores.
pub fn auc_pass(
    _isa: Isa,
    keys: &[u32],
    order: &[u32],
    items: u32,
    labels: &[u8],
    positives: f64,
    tpr: f64,
    counts: &mut [u64],
    sums: &mut [f64],
    previous: &mut [u32],
    span: Span,
) -> i32 {
    let [twice_u, best_key, fp_at_tpr, reached, tp, fp, dtp, dfp] = counts else { return status::INTERNAL };
    let [precision, best_f1] = sums else { return status::INTERNAL };
    let mut r = Ranking {
        twice_u: *twice_u,
        best_key: *best_key,
        fp_at_tpr: *fp_at_tpr,
        reached: *reached,
        tp: *tp,
        fp: *fp,
        dtp: *dtp,
        dfp: *dfp,
        precision: *precision,
        best_f1: *best_f1,
        positives,
        tpr,
    };
    let mut key = previous[0];
    for (&next, &i) in keys.iter().zip(order) {
        if next != key && r.dtp + r.dfp > 0 {
            r.end_group(key);
        }
        key = next;
        let positive = u64::from(labels[i as usize] != 0);
        r.dtp += positive;
        r.dfp += 1 - positive;
    }
    if span.end == u64::from(items) && r.dtp + r.dfp > 0 {
        r.end_group(key);
    }
    previous[0] = key;
    (*twice_u, *best_key, *fp_at_tpr, *reached) = (r.twice_u, r.best_key, r.fp_at_tpr, r.reached);
    (*tp, *fp, *dtp, *dfp) = (r.tp, r.fp, r.dtp, r.dfp);
    (*precision, *best_f1) = (r.precision, r.best_f1);
    status::OK
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
