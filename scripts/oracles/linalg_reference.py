"""The exact functions of symmetric matrices once more, number by number: independent of Rust and AssemblyScript.

    python scripts/oracles/linalg_reference.py          writes spec/common/linalg-goldens.json
    python scripts/oracles/linalg_reference.py --check  fails when it differs

X [n][d] are the words of math_reference.sequence, as w · 2^−31 − 1. A = Xᵀ X, its diagonal plus 1.
"""

import json
import math
import sys
from pathlib import Path

import numpy as np

from math_reference import digest, log64, sequence

FILE = Path(__file__).parents[2] / "spec" / "common" / "linalg-goldens.json"


def outer_sums(x, depth, rows, columns):
    out = np.zeros((len(rows), len(columns)))
    for k in depth:
        out = out + np.outer(x[k, rows], x[k, columns])
    return out


def sum8(products):
    s = [0.0] * 8
    for k, product in enumerate(products):
        s[k % 8] += product
    return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))


def cholesky(a):
    d = len(a)
    out = a.tolist()
    for i in range(d):
        for j in range(i + 1):
            v = out[i][j] - sum8([out[i][k] * out[j][k] for k in range(j)])
            out[i][j] = math.sqrt(v) if i == j else v / out[j][j]
    return out


def inverse(l):
    d = len(l)
    w = [[0.0] * d for _ in range(d)]
    for i in range(d):
        r = 1 / l[i][i]
        for j in range(i):
            s = 0.0
            for k in range(j, i):
                s += l[i][k] * w[k][j]
            w[i][j] = -(s * r)
        w[i][i] = r
    return w


def case(n, d):
    x = sequence(n * d).astype(np.float64).reshape(n, d) * 2.0**-31 - 1
    scatter = outer_sums(x, range(n), range(d), range(d))
    a = scatter + np.eye(d)
    l = cholesky(a)
    w = np.array(inverse(l))
    log_det = 2 * sum(float(v) for v in log64(np.array([l[i][i] for i in range(d)])))
    parts = [range(n // 3, n), range(d // 2, d), range(d // 4, d)]
    return {
        "n": n,
        "d": d,
        "scatter": digest(scatter.ravel()),
        "part": digest(outer_sums(x, *parts).ravel()),
        "cholesky": digest(np.array(l).ravel()),
        "inverse": digest(w.ravel()),
        "precision": digest(outer_sums(w, range(d), range(d), range(d)).ravel()),
        "logDeterminant": digest(np.array([log_det])),
    }


def text():
    cases = [case(*shape) for shape in [(1, 1), (5, 3), (20, 8), (70, 17), (256, 49), (100, 101)]]
    return json.dumps({"madeBy": "scripts/oracles/linalg_reference.py", "cases": cases}, indent=1) + "\n"


if __name__ == "__main__":
    found = text()
    if "--check" in sys.argv:
        sys.exit(None if FILE.read_text() == found else f"{FILE} differs from what {Path(__file__).name} makes")
    FILE.write_text(found)
