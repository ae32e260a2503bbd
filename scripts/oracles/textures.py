"""Crops of skimage's textures with six kinds of defects, drawn by NumPy's default_rng(0), as files for tests.

    python scripts/oracles/textures.py FOLDER

Per texture NAME: NAME.left.f32 (the left half), NAME.train.f32 (400 crops of it, 64 x 64), NAME.crops.f32 (180 test
crops), NAME.masks.u8; facts.json with the SHA-256 of the good crops and of the masks, and index.json with the names of
all. The order of the draws is the protocol's definition.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import skimage
from scipy.ndimage import gaussian_filter
from skimage.io import imread

OTHER = {"brick": "gravel", "grass": "brick"}
KINDS = ("scratch", "stain", "blur", "swap", "noise", "shuffle")
S = 64


def texture(name):
    path = Path(skimage.__file__).parent / "data" / f"{name}.png"
    return imread(path).astype(np.float32) / np.float32(255)


def crop(rng, a):
    i = rng.integers(0, a.shape[0] - S + 1)
    j = rng.integers(0, a.shape[1] - S + 1)
    return a[i : i + S, j : j + S].copy()


def scratch(rng, x, columns, rows):
    angle = rng.uniform(0, np.pi)
    cx, cy = rng.uniform(16, 48), rng.uniform(16, 48)
    length, width = rng.uniform(14, 26), rng.uniform(1, 2)
    sign = rng.choice([-1, 1])
    u = (columns - cx) * np.cos(angle) + (rows - cy) * np.sin(angle)
    v = -(columns - cx) * np.sin(angle) + (rows - cy) * np.cos(angle)
    mask = (np.abs(u) < length) & (np.abs(v) < width)
    x[mask] = np.clip(x[mask] + 0.35 * sign, 0, 1)
    return mask


def spot(rng, kind, x, columns, rows, other):
    cx, cy = rng.uniform(14, 50), rng.uniform(14, 50)
    rx, ry = rng.uniform(5, 11), rng.uniform(5, 11)
    mask = ((columns - cx) / rx) ** 2 + ((rows - cy) / ry) ** 2 < 1
    if kind == "stain":
        x[mask] *= 0.6
    elif kind == "blur":
        x[mask] = gaussian_filter(x, 2.5)[mask]
    elif kind == "noise":
        x[mask] = x[mask] + rng.normal(0, 0.15, mask.sum())
    elif kind == "shuffle":
        x[mask] = rng.permutation(x[mask])
    else:
        i, j = rng.integers(0, 512 - S), rng.integers(0, 512 - S)
        q = other[i : i + S, j : j + S]
        q = (q - q[mask].mean()) / (q[mask].std() + 1e-6) * x[mask].std() + x[mask].mean()
        x[mask] = q[mask]
    np.clip(x, 0, 1, out=x)
    return mask


def protocol(name):
    rng = np.random.default_rng(0)
    whole, other = texture(name), texture(OTHER[name])
    left, right = whole[:, :256], whole[:, 256:]
    train = [crop(rng, left) for _ in range(400)]
    crops = [crop(rng, right) for _ in range(60)]
    masks = [np.zeros((S, S), bool)] * 60
    rows, columns = np.mgrid[0:S, 0:S].astype(float)
    for kind in KINDS:
        for _ in range(20):
            x = crop(rng, right)
            draw = scratch(rng, x, columns, rows) if kind == "scratch" else spot(rng, kind, x, columns, rows, other)
            crops.append(x)
            masks.append(draw)
    return np.ascontiguousarray(left), np.stack(train), np.stack(crops).astype(np.float32), np.stack(masks).astype(np.uint8)


def main(folder):
    facts, names = {}, ["facts.json"]
    for name in OTHER:
        left, train, crops, masks = protocol(name)
        good = np.round(crops[:60] * 255).astype(np.uint8)
        facts[name] = {
            "good": hashlib.sha256(good.tobytes()).hexdigest()[:16],
            "masks": hashlib.sha256(masks.tobytes()).hexdigest()[:16],
            "pixels": int(masks.sum()),
            "mean": float(crops.mean(dtype=np.float64)),
        }
        for suffix, array in (("left.f32", left), ("train.f32", train), ("crops.f32", crops), ("masks.u8", masks)):
            array.tofile(folder / f"{name}.{suffix}")
            names.append(f"{name}.{suffix}")
    (folder / "facts.json").write_text(json.dumps(facts))
    (folder / "index.json").write_text(json.dumps(names))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
