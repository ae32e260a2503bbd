"""The definitions of anomaly-energy in float64, as plainly as they can be written: no filter instead of patches, no
running sums, no chunks. What the goldens of spec/anomaly-energy are made with."""

import itertools

import numpy as np


def free_energy(logits, temperature=1.0):
    """E = −T·log Σ exp(f/T) of every row, and ∂E/∂f = −softmax(f/T)."""
    z = np.asarray(logits, float) / temperature
    top = z.max(1, keepdims=True)
    e = np.exp(z - top)
    return -temperature * (top[:, 0] + np.log(e.sum(1))), -e / e.sum(1, keepdims=True)


def patches_of(x, p):
    """All p × p windows of one image [c, h, w]: [(y, x), …], [patches, c·p·p] with index (c·p + a_y)·p + a_x."""
    _, h, w = x.shape
    at = list(itertools.product(range(h - p + 1), range(w - p + 1)))
    return at, np.array([x[:, y : y + p, u : u + p].ravel() for y, u in at])


def patch_energy(x, p, mean, precision):
    """Energy, gradient (overlap-add), energies of the patches, and their average at every pixel."""
    c, h, w = x.shape
    at, rows = patches_of(x, p)
    slopes = (rows - mean) @ precision
    energies = 0.5 * ((rows - mean) * slopes).sum(1)
    g, total, count = np.zeros_like(x), np.zeros((h, w)), np.zeros((h, w))
    for (y, u), slope, energy in zip(at, slopes, energies):
        g[:, y : y + p, u : u + p] += slope.reshape(c, p, p)
        total[y : y + p, u : u + p] += energy
        count[y : y + p, u : u + p] += 1
    return energies.sum(), g, energies.reshape(h - p + 1, w - p + 1), total / count


def kappa_of(p, channels, mean, precision):
    """κ_cc'(δ) = Σ_{a−b=δ} A_(c,a),(c',b) and b_c = −Σ_a (Aμ)_(c,a)."""
    a = precision.reshape(channels, p, p, channels, p, p)
    kappa = np.zeros((channels, channels, 2 * p - 1, 2 * p - 1))
    for ay, ax, by, bx in itertools.product(range(p), repeat=4):
        kappa[:, :, ay - by + p - 1, ax - bx + p - 1] += a[:, ay, ax, :, by, bx]
    return kappa, -(precision @ mean).reshape(channels, -1).sum(1)


def subspace(x):
    """Mean, singular values and directions of centered rows."""
    mean = x.mean(0)
    _, s, vt = np.linalg.svd(x - mean, full_matrices=False)
    return mean, s, vt


def subspace_scores(x, h, k):
    """FRE, NLL and PPCA of one row with k directions."""
    (n, d), (mean, s, vt) = x.shape, subspace(x)
    z, lam = vt[:k] @ (h - mean), s[:k] ** 2 / n
    fre = max(0.0, np.sum((h - mean - vt[:k].T @ z) ** 2))
    sigma2 = np.sum(s[k:] ** 2) / (n * (d - k))
    return fre, np.sum(z**2 / lam) + np.sum(np.log(lam)), np.sum(z**2 / lam) + fre / sigma2


def mahalanobis2(x, h, ridge, ddof):
    cov = np.cov(x.T, ddof=ddof) + ridge * np.eye(x.shape[1])
    return (h - x.mean(0)) @ np.linalg.solve(cov, h - x.mean(0))


def nearest(q, bank):
    d = np.sqrt(((q[:, None] - bank[None]) ** 2).sum(2))
    return d.min(1), d.argmin(1)


def image_score(q, bank, k):
    """PatchCore: s = (1 − softmax_j(‖q* − b_j‖)[0])·s*; with k = 1, s*."""
    dist, index = nearest(q, bank)
    worst = dist.argmax()
    if k == 1:
        return dist[worst]
    winner = bank[index[worst]]
    around = np.argsort(((bank - winner) ** 2).sum(1), kind="stable")[:k]
    distances = np.sqrt(((q[worst] - bank[around]) ** 2).sum(1))
    e = np.exp(distances - distances.max())
    return (1 - e[0] / e.sum()) * dist[worst]


def kcenter(x, m, start):
    """Greedy k-center: picks, and the radius after each pick; ties go to the lowest row."""
    picks, radii = [start], []
    d = np.sqrt(((x - x[start]) ** 2).sum(1))
    while len(picks) < m and d.max() > 0:
        radii.append(d.max())
        picks.append(int(d.argmax()))
        d = np.minimum(d, np.sqrt(((x - x[picks[-1]]) ** 2).sum(1)))
    return picks, [*radii, d.max()]


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def conv(x, w, b, stride, pad):
    """Cross-correlation of [c, h, w] with [out][in][ky][kx]."""
    x = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    k = w.shape[2]
    oh, ow = ((s - k) // stride + 1 for s in x.shape[1:])
    z = np.empty((len(w), oh, ow))
    for y, u in itertools.product(range(oh), range(ow)):
        window = x[:, y * stride : y * stride + k, u * stride : u * stride + k]
        z[:, y, u] = np.tensordot(w, window, 3) + b
    return z


def conv_back(x, w, dz, stride, pad):
    """∂/∂x, ∂/∂w and ∂/∂b of ⟨conv x, dz⟩."""
    padded = np.pad(x, ((0, 0), (pad, pad), (pad, pad)))
    dx, dw, k = np.zeros_like(padded), np.zeros_like(w), w.shape[2]
    for y, u in itertools.product(range(dz.shape[1]), range(dz.shape[2])):
        at = (slice(None), slice(y * stride, y * stride + k), slice(u * stride, u * stride + k))
        dx[at] += np.tensordot(dz[:, y, u], w, 1)
        dw += dz[:, y, u, None, None, None] * padded[at]
    h, wide = x.shape[1:]
    return dx[:, pad : pad + h, pad : pad + wide], dw, dz.sum((1, 2))


def conv_energy(x, layers, params):
    """E = Σ_u e(u) with SiLU between layers: local energies, ∂E/∂x and ∂E/∂θ (flat, layer by layer)."""
    at, inputs, weights, zs = 0, [x], [], []
    for out, kernel, stride, pad, act in layers:
        shape = (out, len(inputs[-1]), kernel, kernel)
        size = int(np.prod(shape))
        weights.append((params[at : at + size].reshape(shape), params[at + size : at + size + out]))
        at += size + out
        zs.append(conv(inputs[-1], *weights[-1], stride, pad))
        inputs.append(zs[-1] * sigmoid(zs[-1]) if act == "silu" else zs[-1])
    d, flat = np.ones_like(zs[-1]), []
    for i in reversed(range(len(layers))):
        _, _, stride, pad, act = layers[i]
        if act == "silu":
            s = sigmoid(zs[i])
            d = d * s * (1 + zs[i] * (1 - s))
        d, dw, db = conv_back(inputs[i], weights[i][0], d, stride, pad)
        flat = [dw.ravel(), db, *flat]
    return inputs[-1][0], d, np.concatenate(flat)


def gaussian_taps(sigma, truncate=4.0):
    radius = int(truncate * sigma + 0.5)
    w = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return w / w.sum()


def blur(m, sigma):
    """Separable, reflected with the edge repeated (d c b a | a b c d), as often as it takes."""
    taps = gaussian_taps(sigma)
    radius = len(taps) // 2

    def along(line):
        n = len(line)
        index = np.arange(-radius, n + radius) % (2 * n)
        padded = line[np.where(index < n, index, 2 * n - 1 - index)]
        return np.array([padded[i : i + len(taps)] @ taps for i in range(n)])

    return np.apply_along_axis(along, 1, np.apply_along_axis(along, 0, m))


def bilinear(m, h, w):
    """align_corners = false."""

    def weights(n, size):
        at = np.clip((np.arange(size) + 0.5) * n / size - 0.5, 0, n - 1)
        low = np.floor(at).astype(int)
        matrix = np.zeros((size, n))
        for i, (l, f) in enumerate(zip(low, at - low)):
            matrix[i, l] += 1 - f
            matrix[i, min(l + 1, n - 1)] += f
        return matrix

    return weights(m.shape[0], h) @ m @ weights(m.shape[1], w).T
