"""Makes the goldens of spec/anomaly-energy/ from anomaly_reference.py and anomaly_ranks.py, in float64, and checks them
against the figures fixed in the kernel's design.

    python scripts/oracles/anomaly_goldens.py          writes the files
    python scripts/oracles/anomaly_goldens.py --check  fails when a file differs
"""

import itertools
import json
import sys
from pathlib import Path

import numpy as np

import anomaly_ranks as ranks
import anomaly_reference as reference

SPEC = Path(__file__).parents[2] / "spec" / "anomaly-energy"


def fixed(found, *figures):
    """Every figure of the design is what was computed, to the digits that it has."""
    found = np.ravel(found)
    assert len(found) == len(figures), (found, figures)
    for value, figure in zip(found, figures):
        digits = len(figure.partition(".")[2].partition("e")[0])
        unit = 10.0 ** -(digits - int(figure.partition("e")[2] or 0))
        assert abs(value - float(figure)) <= 0.51 * unit, (value, figure)


def numbers(values):
    """As JSON: 15 digits are the same on every NumPy."""
    return [float(f"{v:.15g}") for v in np.ravel(values)]


def check_slopes(f, x, gradient):
    """Some slopes are those of finite differences, h = 1e-4, within 1e-6 of the largest."""
    for i in range(0, x.size, 11):
        step = np.zeros(x.size)
        step[i] = 1e-4
        slope = (f(x + step.reshape(x.shape)) - f(x - step.reshape(x.shape))) / 2e-4
        assert abs(slope - gradient.ravel()[i]) <= 1e-6 * np.abs(gradient).max(), (i, slope, gradient.ravel()[i])


def lse():
    cases = [([[1, 2, 3]], 1), ([[1, 2, 3]], 0.5), ([[0, -1, 2, 0.5]], 2), ([[1000, 0, -1000]], 1)]
    cases.append(([[((37 * (i + 5 * r)) % 101 - 50) / 16 for i in range(41)] for r in range(6)], 1.5))
    found = [(rows, t, *reference.free_energy(rows, t)) for rows, t in cases]
    first = np.array(cases[4][0][:1])
    check_slopes(lambda at: reference.free_energy(at, 1.5)[0][0], first, found[4][3][:1])
    fixed(found[0][2], "-3.4076059644")
    fixed(found[0][3], "-.0900305732", "-.2447284711", "-.6652409558")
    fixed([f[2][0] for f in found[1:4]], "-3.0714658142", "-3.4486871020", "-1000")
    return {"cases": [{"logits": numbers(rows), "k": len(rows[0]), "temperature": t, "energy": numbers(e),
                       "gradient": numbers(g)} for rows, t, e, g in found]}


def patch_case(p, mean, precision, x):
    c = len(x)
    energy, g, energies, energy_map = reference.patch_energy(x, p, mean, precision)
    kappa, bias = reference.kappa_of(p, c, mean, precision)
    check_slopes(lambda at: reference.patch_energy(at, p, mean, precision)[0], x, g)
    return {"patch": p, "channels": c, "mean": numbers(mean), "precision": numbers(precision), "shape": [1, *x.shape],
            "x": numbers(x), "energy": float(energy), "gradient": numbers(g), "patchEnergies": numbers(energies),
            "energyMap": numbers(energy_map), "kappa": numbers(kappa), "bias": numbers(bias)}


def patch():
    one = np.array([[2, -1, 0, 0], [-1, 3, -1, 0], [0, -1, 4, -1], [0, 0, -1, 2]], float)
    x = np.array([[[(4 * i + j) % 5 for j in range(4)] for i in range(4)]], float)
    first = patch_case(2, np.array([1, 0, 1, 2.0]), one, x)
    assert first["energy"] == 169 and first["bias"] == [-5]
    assert first["gradient"] == [-3, -1, 6, 8, 19, -20, -5, 7, 6, 30, -20, 0, -1, 7, 15, -7]
    assert first["patchEnergies"] == [28.5, 10, 11.5, 17, 28.5, 10, 18, 17, 28.5]
    assert first["kappa"] == [0, 0, -1, -2, 11, -2, -1, 0, 0]
    b = np.array([[(7 * i + 3 * j + i * j) % 5 - 2 for j in range(8)] for i in range(8)], float)
    x = np.array([[[(7 * (5 * c + 4 * i + j)) % 6 for j in range(4)] for i in range(3)] for c in range(2)], float)
    second = patch_case(2, np.array([(3 * k) % 4 for k in range(8)], float), b @ b.T + np.eye(8), x)
    assert second["energy"] == 3947
    assert second["gradient"][:12] == [-70, -81, 12, 76, 256, 428, -215, -34, 0, 145, 273, 56]
    assert second["gradient"][12:] == [91, -80, -7, 41, 6, 246, 482, -194, 55, 2, 45, 171]
    assert second["patchEnergies"] == [896, 811.5, 344, 372, 627.5, 896]
    return {"cases": [first, second]}


ROWS = np.array([[1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1], [2, 0, 1]], float)
QUERY = np.array([1, 1, 0.0])


def subspace():
    mean, s, _ = reference.subspace(ROWS)
    ratios = np.cumsum(s**2) / np.sum(s**2)
    scores = [reference.subspace_scores(ROWS, QUERY, k) for k in (1, 2)]
    fixed(mean, ".8", ".6", "1")
    fixed(s, "2.6565178818", "2.0495877040", ".8614539959")
    fixed(ratios, ".5880906", ".9381581", "1")
    fixed(scores, ".0235269550", "1.1781345851", ".8811374515", ".0003773652", "1.0315277016", ".8636363636")
    return {"rows": numbers(ROWS), "d": 3, "query": numbers(QUERY), "distance2": numbers([(QUERY - mean) @ (QUERY - mean)])[0],
            "singularValues": numbers(s), "explained": numbers(ratios),
            "cases": [dict(zip(("k", "fre", "nll", "ppca"), [k, *numbers(f)])) for k, f in zip((1, 2), scores)]}


def gaussian():
    found = [reference.mahalanobis2(ROWS, QUERY, ridge, 1) for ridge in (0, 0.01)]
    fixed(found, ".6909090909", ".6868388069")
    return {"rows": numbers(ROWS), "d": 3, "query": numbers(QUERY),
            "cases": [{"ridge": r, "ddof": 1, "mahalanobis2": numbers([m])[0]} for r, m in zip((0, 0.01), found)]}


def location():
    features, query = np.array([[1, 2], [3, 1], [2, 2], [0, 3]], float), np.array([2.0, 0])
    distance = np.sqrt(reference.mahalanobis2(features, query, 0.01, 1))
    fixed(distance, "6.0199313842")
    return {"features": numbers(features), "shape": [4, 2, 1, 1], "query": numbers(query),
            "distance": numbers([distance])[0]}


def neighbors():
    bank = np.array([[0, 0], [1, 0], [0, 2], [3, 3], [3, 4], [6, 0]], float)
    patches = np.array([[1, 1], [5, 4], [0, 0.5]])
    dist, index = reference.nearest(patches, bank)
    assert dist.tolist() == [1, 2, 0.5] and index.tolist() == [1, 4, 0]
    scores = {k: reference.image_score(patches, bank, k) for k in (1, 3, 6)}
    fixed(scores[3], "1.9370853893")
    line = np.array([[0], [1], [2], [4], [8], [16]], float)
    points = np.array([[0, 0], [4, 0], [0, 4], [4, 4], [2, 2], [1, 3], [3, 1], [4, 4]], float)
    picks, radii = reference.kcenter(line, 5, 0)
    assert (picks, radii) == ([0, 5, 4, 3, 2], [16, 8, 4, 2, 1])
    assert reference.kcenter(points, 6, 0)[0] == [0, 3, 1, 2, 4, 5]
    return {"bank": numbers(bank), "d": 2, "patches": numbers(patches), "dist": numbers(dist), "index": index.tolist(),
            "imageScores": [{"k": k, "score": numbers([s])[0]} for k, s in scores.items()],
            "coresets": [{"rows": numbers(x), "d": x.shape[1], "m": m, "picks": reference.kcenter(x, m, 0)[0]}
                         for x, m in ((line, 5), (points, 6), (points, 8))]}


def langevin():
    a, epsilon = 2, 0.5
    h = epsilon**2 * a / 2
    with_step = epsilon**2 / (1 - (1 - h) ** 2)
    variances = [("with-step", with_step), ("first", with_step * (1 - h) ** 2)]
    fixed([v for _, v in variances], ".571429", ".321429")
    return {"a": a, "epsilon": epsilon, "chains": 200_000, "tolerance": 0.006,
            "cases": [{"noiseOrder": order, "variance": numbers([v])[0]} for order, v in variances]}


def adam():
    """One step with β₁ = 0 after clipping the gradient's norm: θ − η·g / (|g| + ε), whatever β₂ is."""
    theta, gradient, norm, rate = np.ones(3), np.array([0.3, -2, 0]), 0.5, 3e-4
    clipped = gradient * min(1, norm / np.linalg.norm(gradient))
    after = theta - rate * clipped / (np.abs(clipped) + 1e-8)
    fixed(after, ".9997", "1.0003", "1")
    return {"theta": numbers(theta), "gradient": numbers(gradient), "gradNorm": norm, "learningRate": rate,
            "after": numbers(after)}


def conv():
    layers = [[4, 4, 2, 1, "silu"], [6, 3, 1, 1, "silu"], [1, 1, 1, 0, "none"]]
    params = np.array([((37 * i + 11) % 101 - 50) / 200 for i in range(297)])
    x = np.array([((53 * i + 7) % 97) / 48 - 1 for i in range(144)]).reshape(1, 12, 12)
    local, g, dp = reference.conv_energy(x, layers, params)
    assert len(dp) == len(params)
    check_slopes(lambda at: reference.conv_energy(at, layers, params)[0].sum(), x, g)
    check_slopes(lambda at: reference.conv_energy(x, layers, at)[0].sum(), params, dp)
    fixed([local.sum(), local[0, 0], g.sum(), np.abs(g).sum(), np.sqrt((g**2).sum()), g[0, 0, 0], g[0, 5, 7]],
          "-.5069450475", "-.0014835664", ".0835699847", "1.1871399646", ".1245925274", ".0001457918", "-.0123239251")
    fixed([np.sqrt((dp**2).sum()), dp[0], dp[-1]], "38.3864720553", "-.0637546492", "36")
    names = ("out", "kernel", "stride", "pad", "act")
    return {"layers": [dict(zip(names, layer)) for layer in layers], "params": numbers(params), "shape": [1, 1, 12, 12],
            "x": numbers(x), "energy": numbers([local.sum()])[0], "local": numbers(local), "gradient": numbers(g),
            "parameterGradient": numbers(dp)}


def maps():
    taps = reference.gaussian_taps(4)
    fixed([len(taps), taps[16], taps[0]], "33", ".0997390995", "3.345874e-5")
    spots = np.zeros((5, 7))
    spots[0, 1], spots[3, 5] = 1, 2
    blurred, wide = reference.blur(spots, 1), reference.blur(np.eye(16), 4)
    fixed([blurred[0, 0], blurred[2, 3], blurred[4, 6]], ".1896868274", ".0292973967", ".1751876893")
    fixed([wide[0, 0], wide[7, 8], wide[0, 15]], ".1399639397", ".0720122927", ".0054388217")
    tiny = np.arange(6).reshape(3, 2)
    grid = np.array([[1, 2, 4], [0, 3, 5.0]])
    resized = reference.bilinear(grid, 4, 5)
    fixed(resized, "1", "1.4", "2", "3.2", "4", ".75", "1.35", "2.25", "3.45", "4.25", ".25", "1.25", "2.75", "3.95",
          "4.75", "0", "1.2", "3", "4.2", "5")
    blurs = [(spots, 1, blurred), (np.eye(16), 4, wide), (tiny, 3, reference.blur(tiny, 3))]
    resizes = [(grid, resized), (grid, reference.bilinear(grid, 1, 2)), (tiny, reference.bilinear(tiny, 7, 9))]
    return {"sigma": 4, "taps": numbers(taps),
            "blur": [{"h": m.shape[0], "w": m.shape[1], "m": numbers(m), "sigma": s, "out": numbers(o)}
                     for m, s, o in blurs],
            "bilinear": [{"h": m.shape[0], "w": m.shape[1], "m": numbers(m), "to": list(o.shape), "out": numbers(o)}
                         for m, o in resizes]}


def metrics():
    cases = [([0, 0, 1, 1, 0, 1], [0.1, 0.5, 0.5, 0.9, 0.5, 0.1]),
             ([0, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1], [3, 3, 1, 4, 4, 4, 0, 2, 2, -1, 5, 6])]
    rankings = []
    for y, s in cases:
        labels, scores = np.array(y), np.array(s, float)
        f1, at = ranks.f1_max(scores, labels)
        rankings.append({"y": y, "s": s, "auroc": ranks.auroc(scores, labels), "f1": f1, "threshold": float(at),
                         "averagePrecision": ranks.average_precision(scores, labels),
                         "fpr95": float(ranks.fpr_at_tpr(scores, labels))})
    names = ("auroc", "averagePrecision", "f1", "threshold", "fpr95")
    fixed([[r[name] for name in names] for r in rankings], ".6111111111", ".6666666667", ".6666666667", ".1", "1",
          ".7428571429", ".6653968254", ".7142857143", "2", ".5714285714")
    found = np.array([[[9, 8, 1, 0], [7, 5, 0, 0], [0, 0, 2, 6], [0, 3, 0, 4]],
                      [[0, 0, 1, 1], [0, 2, 2, 0], [0, 0, 0, 0], [5, 0, 0, 0]]], float)
    masks = np.zeros(found.shape, int)
    for at in [(0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1), (0, 2, 3), (0, 3, 2), (1, 1, 2)]:
        masks[at] = 1
    pros = [(limit, *ranks.aupro(found, masks, limit)) for limit in (0.3, 1)]
    pixel = [ranks.auroc(found.ravel(), masks.ravel()), ranks.average_precision(found.ravel(), masks.ravel())]
    fixed([v for _, v, _ in pros] + pixel, ".65", ".835", ".88", ".7996482684")
    assert all(regions == 3 for _, _, regions in pros)
    return {"rankings": [{k: v if isinstance(v, list) else float(f"{v:.15g}") for k, v in r.items()} for r in rankings],
            "shape": [2, 1, 4, 4], "maps": numbers(found), "masks": masks.ravel().tolist(),
            "aupro": [{"limit": limit, "value": numbers([v])[0], "regions": n} for limit, v, n in pros],
            "pixelAuroc": numbers(pixel[:1])[0], "pixelAveragePrecision": numbers(pixel[1:])[0]}


def calibrate():
    values = np.arange(1, 10)
    upper, lower = ([[v, numbers([p(values, v)])[0]] for v in (0.5, 1, 5, 8.5, 9, 9.5)]
                    for p in (ranks.p_upper, ranks.p_lower))
    thresholds = [[fpr, ranks.threshold(values, fpr)] for fpr in (0.05, 0.1, 0.2, 0.5)]
    fixed([upper[3][1], upper[5][1], lower[0][1], thresholds[2][1]], ".2", ".1", ".1", "8")
    assert thresholds[0][1] is None
    return {"values": values.tolist(), "upper": upper, "lower": lower, "thresholds": thresholds}


TOPICS = (lse, patch, subspace, gaussian, location, neighbors, langevin, adam, conv, maps, metrics, calibrate)


def main():
    for make in TOPICS:
        path = SPEC / f"{make.__name__}.json"
        text = json.dumps({"madeBy": "scripts/oracles/anomaly_goldens.py", **make()}) + "\n"
        if "--check" not in sys.argv:
            path.write_text(text)
        elif path.read_text() != text:
            raise SystemExit(f"{path} differs from what {Path(__file__).name} computes")
    print(f"{len(TOPICS)} files: every figure of the design is theirs")


if __name__ == "__main__":
    main()
