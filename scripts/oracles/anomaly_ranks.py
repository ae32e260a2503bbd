"""The metrics of anomaly-energy, counted out pair by pair and threshold by threshold."""

import numpy as np


def auroc(s, y):
    """Share of pairs (anomalous, good) in the right order, ties a half."""
    p, n = s[y == 1], s[y == 0]
    return ((p[:, None] > n).sum() + 0.5 * (p[:, None] == n).sum()) / (len(p) * len(n))


def points(s, y):
    """(threshold, TP, FP) at every distinct score, descending; predicted where s ≥ threshold."""
    return [(t, int(y[s >= t].sum()), int((1 - y[s >= t]).sum())) for t in np.unique(s)[::-1]]


def average_precision(s, y):
    total, before, result = y.sum(), 0, 0.0
    for _, tp, fp in points(s, y):
        result += (tp - before) / total * tp / (tp + fp)
        before = tp
    return result


def f1_max(s, y):
    """Largest F1, and the highest threshold that has it."""
    return max((2 * tp / (tp + fp + y.sum()), t) for t, tp, fp in points(s, y))


def fpr_at_tpr(s, y, tpr=0.95):
    return min(fp for _, tp, fp in points(s, y) if tp >= tpr * y.sum()) / (1 - y).sum()


def components(mask):
    """Labels of 8-connected regions, in raster order of their first pixel."""
    labels, count = np.zeros(mask.shape, int), 0
    for start in zip(*np.nonzero(mask)):
        if labels[start]:
            continue
        count += 1
        stack = [start]
        while stack:
            y, x = stack.pop()
            if not (0 <= y < mask.shape[0] and 0 <= x < mask.shape[1]) or not mask[y, x] or labels[y, x]:
                continue
            labels[y, x] = count
            stack += [(y + a, x + b) for a in (-1, 0, 1) for b in (-1, 0, 1)]
    return labels, count


def pro_curve(maps, masks):
    """FPR over all good pixels and mean coverage of all regions, a point per distinct score; (0, 0) first."""
    regions = []
    for i, mask in enumerate(masks):
        labels, count = components(mask)
        regions += [maps[i][labels == k + 1] for k in range(count)]
    good = maps[masks == 0]
    curve = [(0.0, 0.0)]
    for t in np.unique(maps)[::-1]:
        curve.append(((good >= t).mean(), np.mean([(r >= t).mean() for r in regions])))
    return np.array(curve).T, len(regions)


def aupro(maps, masks, limit):
    (fpr, pro), regions = pro_curve(maps, masks)
    inside = fpr <= limit
    x = np.append(fpr[inside], limit)
    y = np.append(pro[inside], np.interp(limit, fpr, pro))
    return float(((x[1:] - x[:-1]) * (y[1:] + y[:-1]) / 2).sum() / limit), regions


def p_upper(values, v):
    return (1 + np.sum(values >= v)) / (len(values) + 1)


def p_lower(values, v):
    return (1 + np.sum(values <= v)) / (len(values) + 1)


def threshold(values, fpr):
    """The (k + 1)-th largest, k = ⌊fpr(n + 1) + 1e-9⌋ − 1."""
    k = int(np.floor(fpr * (len(values) + 1) + 1e-9)) - 1
    return None if k < 0 else float(np.sort(values)[::-1][k])
