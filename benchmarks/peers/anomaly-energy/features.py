"""Peers on features: Gaussians, neighbors, coresets, subspaces, rankings."""

import numpy as np

LOCATIONS, CHANNELS = 784, 100
PADIM, SHARED = "PaDiM, 784 locations × 100", "Mahalanobis, 784 × 336"
NEAREST, CENTERS = "nearest neighbor, 784 in 10,000 × 384", "k-center, 16 of 157,000 × 295"
as_is = lambda result: result


def location_model(job):
    """Means [u][c] and inverse covariances [u][c][c] in f64, and the test features [u][c]."""
    fitted = job.load("locations-fit.f32", -1, CHANNELS, LOCATIONS).astype(float)
    mean = fitted.mean(0).T
    inverse = np.empty((LOCATIONS, CHANNELS, CHANNELS))
    for u in range(LOCATIONS):
        inverse[u] = np.linalg.inv(np.cov(fitted[:, :, u], rowvar=False) + 0.01 * np.eye(CHANNELS))
    return mean, inverse, job.load("locations.f32", CHANNELS, LOCATIONS)


def numpy_peer(job):
    mean, inverse, x = location_model(job)

    def distances(mean, inverse):
        v = x.T - mean
        return np.sqrt((np.matmul(v[:, None], inverse)[:, 0] * v).sum(1))

    mean32, inverse32 = mean.astype(np.float32), inverse.astype(np.float32)
    reference = lambda: distances(mean, inverse)
    job.add("numpy", "numpy", PADIM, lambda: distances(mean32, inverse32), as_is, reference=reference)

    def by_einsum():
        v = x.T - mean32
        return np.sqrt(np.einsum("ui,uij,uj->u", v, inverse32, v))

    job.add("numpy, einsum", "numpy", PADIM, by_einsum, as_is)

    fitted = job.load("gaussian-fit.f32", -1, 336).astype(float)
    mu, rows = fitted.mean(0), job.load("gaussian.f32", -1, 336)
    q = np.linalg.inv(np.cov(fitted, rowvar=False) + 0.01 * np.eye(336))

    def mahalanobis(mu, q):
        v = rows - mu
        return 0.5 * (np.matmul(v, q) * v).sum(1)

    mu32, q32 = mu.astype(np.float32), q.astype(np.float32)
    job.add("numpy", "numpy", SHARED, lambda: mahalanobis(mu32, q32), as_is, reference=lambda: mahalanobis(mu, q))

    bank, queries = job.load("bank.f32", -1, 384), job.load("queries.f32", -1, 384)
    norms = (bank**2).sum(1)

    def nearest():
        squares = norms - 2 * (queries @ bank.T) + (queries**2).sum(1)[:, None]
        winner = squares.argmin(1)
        return np.sqrt(np.maximum(squares[np.arange(len(queries)), winner], 0))

    exact = lambda: np.array([np.sqrt(((bank.astype(float) - row) ** 2).sum(1).min()) for row in queries])
    job.add("numpy", "numpy", NEAREST, nearest, as_is, reference=exact)


def torch_peer(job):
    import torch

    torch.set_num_threads(1)
    mean, inverse, x = location_model(job)
    tensors = [torch.from_numpy(a.astype(np.float32)) for a in (mean, inverse, x.T.copy())]

    def padim():
        mean, inverse, rows = tensors
        v = rows - mean
        return torch.sqrt((torch.matmul(v[:, None], inverse)[:, 0] * v).sum(1))

    job.add("torch", "torch", PADIM, padim, as_is)
    bank, queries = (torch.from_numpy(job.load(name, -1, 384)) for name in ("bank.f32", "queries.f32"))
    job.add("torch", "torch", NEAREST, lambda: torch.cdist(queries, bank).min(1).values, as_is)
    rows = torch.from_numpy(job.load("rows.f32", -1, 295))

    def centers():
        """The usual greedy coreset; the first pick is row 0."""
        picks = [0]
        least = torch.full((len(rows),), torch.inf)
        for _ in range(16):
            least = torch.minimum(least, torch.linalg.norm(rows - rows[picks[-1]], dim=1))
            picks.append(int(least.argmax()))
        return rows[picks[:16]]

    job.add("torch", "torch", CENTERS, centers, as_is)


def faiss_peer(job):
    import faiss

    faiss.omp_set_num_threads(1)
    bank, queries = job.load("bank.f32", -1, 384), job.load("queries.f32", -1, 384)
    index = faiss.IndexFlatL2(384)
    index.add(bank)
    job.add("faiss", "faiss-cpu", NEAREST, lambda: index.search(queries, 1), lambda r: np.sqrt(r[0][:, 0]))


def sklearn_peer(job):
    from sklearn.decomposition import PCA
    from sklearn.metrics import roc_auc_score

    s, y = job.load("scores.f32"), job.load("labels.u8")
    job.add("scikit-learn", "scikit-learn", "pixel AUROC, 737,280", lambda: roc_auc_score(y, s), as_is)
    # Not the same work: the sort alone.
    job.add("numpy, argsort alone", "numpy", "pixel AUROC, 737,280", lambda: np.argsort(-s))
    train = job.load("train.f32", -1, 784)

    def residuals(pca):
        v = job.load("test.f32", -1, 784).astype(float) - pca.mean_
        return (v**2).sum(1) - (v @ pca.components_.T.astype(float))**2 @ np.ones(pca.n_components_)

    fit = lambda: PCA(24, svd_solver="full").fit(train.astype(float))
    job.add("scikit-learn", "scikit-learn", "FRE, 6000 × 784", fit, residuals)
