"""Makes spec/anomaly-energy/oracle-*.json: what systems of several GB make of the inputs of differential tests.

    python -m venv VENV && VENV/bin/pip install torch==2.15.0 faiss-cpu==1.15.1 anomalib==2.7.0
    VENV/bin/python scripts/oracles/anomaly_recorded.py [torch faiss anomalib]

Inputs are made on both sides: `numbers(n, seed)` here is `recordedInput` in packages/anomaly-energy/test.
"""

import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

SPEC = Path(__file__).parents[2] / "spec" / "anomaly-energy"


def numbers(seed, *shape):
    """f32 in [0, 1): (31 i² + 7919 i + 104729 seed) mod 10007, ÷ 10007."""
    i = np.arange(np.prod(shape), dtype=np.int64)
    return ((31 * i * i + 7919 * i + 104729 * seed) % 10007 / 10007).astype(np.float32).reshape(shape)


def plain(values):
    return [float(f"{v:.9g}") for v in np.ravel(values)]


def torch_interpolate(torch):
    for seed, shape, size in ((1, (2, 3, 5, 4), (11, 9)), (2, (1, 1, 7, 7), (16, 16)), (3, (1, 2, 13, 17), (4, 5))):
        x = torch.from_numpy(numbers(seed, *shape)).double()
        out = torch.nn.functional.interpolate(x, size, mode="bilinear", align_corners=False)
        yield {"seed": seed, "shape": shape, "to": size, "out": plain(out)}


def torch_pool(torch):
    x = torch.from_numpy(numbers(4, 2, 3, 5, 6)).double()
    yield {"seed": 4, "shape": x.shape, "out": plain(torch.nn.functional.avg_pool2d(x, 3, 1, 1))}


def torch_networks(torch):
    """Energies, local energies and input gradients by autograd."""
    activations = {"silu": torch.nn.functional.silu, "leaky-relu": lambda z: torch.nn.functional.leaky_relu(z, 0.2),
                   "none": lambda z: z}
    default = [[24, 4, 2, 1, "silu"], [48, 3, 1, 1, "silu"], [48, 4, 2, 1, "silu"], [48, 3, 1, 1, "silu"],
               [1, 1, 1, 0, "none"]]
    odd = [[3, 3, 2, 0, "leaky-relu"], [2, 4, 2, 1, "silu"], [1, 3, 1, 1, "none"]]
    for seed, layers, shape in ((5, default, (2, 1, 16, 20)), (6, odd, (3, 2, 13, 15))):
        x = torch.from_numpy(numbers(seed, *shape)).double().requires_grad_()
        inputs, params, at = shape[1], [], 0
        total = sum(o * k * k * i + o for i, (o, k, *_) in zip([inputs] + [l[0] for l in layers], layers))
        flat = (numbers(seed + 100, total).astype(float) - 0.5) / 4
        a = 2 * x - 1
        for out, kernel, stride, pad, act in layers:
            size = out * inputs * kernel * kernel
            w = torch.from_numpy(flat[at : at + size].reshape(out, inputs, kernel, kernel))
            b = torch.from_numpy(flat[at + size : at + size + out])
            a, at, inputs = activations[act](torch.nn.functional.conv2d(a, w, b, stride, pad)), at + size + out, out
        a.sum().backward()
        names = ("out", "kernel", "stride", "pad", "act")
        yield {"seed": seed, "shape": shape, "layers": [dict(zip(names, layer)) for layer in layers], "params": total,
               "energy": plain(a.detach().sum((1, 2, 3))), "local": plain(a.detach()), "gradient": plain(x.grad)}


def torch_patches(torch):
    """½ Σ (P x − μ)ᵀ A (P x − μ) over unfolded patches, its gradient by autograd; A = B Bᵀ / d + ½ I."""
    for seed, p, shape in ((7, 5, (2, 1, 14, 11)), (8, 3, (1, 3, 9, 12))):
        x = torch.from_numpy(numbers(seed, *shape)).double().requires_grad_()
        d = shape[1] * p * p
        b = numbers(seed + 100, d, d).astype(float)
        a = torch.from_numpy(b @ b.T / d + np.eye(d) / 2)
        mean = torch.from_numpy(numbers(seed + 200, d).astype(float))
        v = torch.nn.functional.unfold(x, p).transpose(1, 2) - mean
        energy = 0.5 * ((v @ a) * v).sum((1, 2))
        energy.sum().backward()
        yield {"seed": seed, "patch": p, "shape": shape, "energy": plain(energy.detach()), "gradient": plain(x.grad)}


def make_torch():
    import torch

    topics = (torch_interpolate, torch_pool, torch_networks, torch_patches)
    return {"torch": version("torch"), **{f.__name__.removeprefix("torch_"): list(f(torch)) for f in topics}}


def make_faiss():
    import faiss

    cases = []
    for seed, n, m, d, k in ((1, 20, 700, 33, 5), (2, 9, 100, 4, 9)):
        index = faiss.IndexFlatL2(d)
        index.add(numbers(seed, m, d))
        squares, found = index.search(numbers(seed + 100, n, d), k)
        cases.append({"seed": seed, "n": n, "m": m, "d": d, "k": k, "dist": plain(np.sqrt(squares)),
                      "index": found.ravel().tolist()})
    return {"faiss-cpu": version("faiss-cpu"), "search": cases}


def regions(seed, n, h, w):
    """Masks with some rectangles; the first image has none."""
    masks = np.zeros((n, h, w), np.uint8)
    for i, (y, x, a, b) in enumerate((numbers(seed, 3 * (n - 1), 4) * [h - 5, w - 5, 5, 5]).astype(int)):
        masks[1 + i // 3, y : y + a + 1, x : x + b + 1] = 1
    return masks


def make_anomalib():
    import torch
    from anomalib.metrics.aupro import _AUPRO
    from anomalib.models.components.stats import MultiVariateGaussian
    from anomalib.models.image.padim.anomaly_map import AnomalyMapGenerator

    n, h, w = 4, 24, 20
    masks, aupro = regions(9, n, h, w), []
    maps = (numbers(10, n, h, w) + masks / 2).astype(np.float32)
    for limit in (0.05, 0.3, 1.0):
        metric = _AUPRO(fpr_limit=limit)
        metric.update(torch.from_numpy(maps), torch.from_numpy(masks).int())
        aupro.append({"limit": limit, "value": plain([float(metric.compute())])[0]})
    features = torch.from_numpy(numbers(11, 30, 4, 3, 5))
    stats = MultiVariateGaussian()
    stats.fit(features)
    distances = AnomalyMapGenerator.compute_distance(features, [stats.mean, stats.inv_covariance])
    return {"anomalib": version("anomalib"), "shape": [n, 1, h, w], "masks": masks.ravel().tolist(), "aupro": aupro,
            "padim": {"seed": 11, "shape": list(features.shape), "distances": plain(distances)}}


MAKERS = {"torch": make_torch, "faiss": make_faiss, "anomalib": make_anomalib}


def main():
    for name in sys.argv[1:] or MAKERS:
        made = {"madeBy": "scripts/oracles/anomaly_recorded.py", **MAKERS[name]()}
        (SPEC / f"oracle-{name}.json").write_text(json.dumps(made) + "\n")


if __name__ == "__main__":
    main()
