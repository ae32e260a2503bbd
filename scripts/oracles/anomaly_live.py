"""What scipy and scikit-learn make of the inputs of anomaly-energy's differential tests.

    python scripts/oracles/anomaly_live.py FOLDER

writes cases.json: by topic, cases with their inputs and what the other system gives; and index.json.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy import ndimage, signal
from scipy.special import logsumexp, softmax
from sklearn.covariance import EmpiricalCovariance
from sklearn.decomposition import PCA
from sklearn.metrics import average_precision_score, precision_recall_curve, roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors

from anomaly_reference import kappa_of, patches_of

RNG = np.random.default_rng(0)


def uniform(*shape):
    """Numbers that are f32."""
    return RNG.random(shape, np.float32).astype(np.float64)


def free_energy():
    """scipy.special.logsumexp, softmax."""
    for n, k, t in ((50, 3, 1.0), (20, 10, 0.5), (7, 129, 2.0)):
        f = uniform(n, k) * 40 - 20
        yield {"logits": f, "k": k, "temperature": t, "energy": -t * logsumexp(f / t, axis=1),
               "gradient": -softmax(f / t, axis=1)}


def blur():
    """scipy.ndimage.gaussian_filter, also where the filter reaches over the image more than once."""
    for h, w, sigma in ((20, 31, 1.0), (64, 64, 4.0), (5, 9, 3.0), (1, 40, 2.5), (2, 3, 4.0)):
        m = uniform(h, w)
        yield {"m": m, "shape": [1, 1, h, w], "sigma": sigma, "out": ndimage.gaussian_filter(m, sigma)}


def components():
    """scipy.ndimage.label with both structures."""
    for h, w, share in ((17, 23, 0.3), (40, 40, 0.45), (64, 48, 0.6), (1, 50, 0.5)):
        mask = (RNG.random((h, w)) < share).astype(int)
        for connectivity, structure in ((4, ndimage.generate_binary_structure(2, 1)), (8, np.ones((3, 3)))):
            labels, count = ndimage.label(mask, structure)
            yield {"mask": mask, "h": h, "w": w, "connectivity": connectivity, "labels": labels, "count": count}


def rankings():
    """sklearn.metrics, with and without ties."""
    for n, levels in ((30, 5), (500, 40), (2000, 2**20)):
        y = (RNG.random(n) < 0.3).astype(int)
        s = np.float32(np.round(RNG.random(n) * levels + y * levels / 4)) / np.float32(levels)
        fpr, tpr, _ = roc_curve(y, s, drop_intermediate=False)
        precision, recall, thresholds = precision_recall_curve(y, s)
        f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-300)
        yield {"y": y, "s": s, "auroc": roc_auc_score(y, s), "averagePrecision": average_precision_score(y, s),
               "fpr95": fpr[tpr >= 0.95].min(), "f1": f1.max(), "threshold": thresholds[f1[:-1] >= f1.max()].max()}


def subspaces():
    """sklearn.decomposition.PCA; n < d takes the dual path here."""
    for n, d, k in ((60, 7, 3), (12, 40, 5), (300, 20, 12)):
        x = uniform(n, d) @ uniform(d, d)
        x = np.float32(x).astype(float)
        pca = PCA(k, svd_solver="full").fit(x)
        residual = x - pca.inverse_transform(pca.transform(x))
        yield {"rows": x, "d": d, "k": k, "singularValues": pca.singular_values_, "projected": pca.transform(x),
               "explained": pca.explained_variance_ratio_.sum(), "fre": (residual**2).sum(1)}


def gaussians():
    """sklearn.covariance.EmpiricalCovariance: Σ divided by n."""
    for n, d in ((40, 3), (400, 24)):
        x = np.float32(uniform(n, d) @ uniform(d, d)).astype(float)
        fit = EmpiricalCovariance().fit(x)
        yield {"rows": x, "d": d, "mahalanobis2": fit.mahalanobis(x), "logDet": np.linalg.slogdet(fit.covariance_)[1]}


def neighbors():
    """sklearn.neighbors, brute force."""
    for n, m, d, k in ((20, 300, 5, 4), (10, 100, 65, 9)):
        bank, q = uniform(m, d), uniform(n, d)
        dist, index = NearestNeighbors(n_neighbors=k, algorithm="brute").fit(bank).kneighbors(q)
        yield {"bank": bank, "q": q, "d": d, "k": k, "dist": dist, "index": index}


def patch_energies():
    """A fit by numpy.cov, and scipy.signal.convolve of the image with κ away from its border."""
    for p, c in ((3, 1), (5, 2)):
        ridge, x = 1e-2, uniform(c, 26, 29)
        at, rows = patches_of(x, p)
        rows = rows[[y % 2 == 0 and u % 2 == 0 for y, u in at]]
        mean = rows.mean(0)
        precision = np.linalg.inv(np.cov(rows.T) + ridge * np.eye(c * p * p))
        kappa, bias = kappa_of(p, c, mean, precision)
        g = [sum(signal.convolve(x[b], kappa[a, b], mode="valid") for b in range(c)) + bias[a] for a in range(c)]
        yield {"patch": p, "ridge": ridge, "x": x, "shape": [1, *x.shape], "mean": mean, "kappa": kappa, "inner": g}


TOPICS = (free_energy, blur, components, rankings, subspaces, gaussians, neighbors, patch_energies)


def plain(value):
    if isinstance(value, (list, np.ndarray)) and np.size(value) > 4:
        return np.ravel(value).tolist()
    return value.tolist() if isinstance(value, (np.ndarray, np.generic)) else value


def main(folder):
    cases = {make.__name__: [{k: plain(v) for k, v in case.items()} for case in make()] for make in TOPICS}
    (folder / "cases.json").write_text(json.dumps(cases))
    (folder / "index.json").write_text(json.dumps(["cases.json"]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
