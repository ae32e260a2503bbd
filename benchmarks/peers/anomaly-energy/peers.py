"""Times the Python peers once, in this process, and writes what they took as JSON.

    python peers.py '{ "data": FOLDER, "out": FILE, "seconds": 0.2, "threads": CORES, "bounds": {…}, "bias": … }'

A result: peer, operation, n, threads, ns per element (median of this process). Results are compared before they are
timed: the first of an operation, or its reference in f64, goes to a file that all others are held against.
"""

import json
import os
import re
import sys
from importlib.metadata import version
from pathlib import Path

# One thread for BLAS and OpenMP, which read this when they are first imported; torch's number is set where it differs.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy as np

import features
import images

sys.path.insert(0, str(Path(__file__).parents[1]))
from timing import timed

PEERS = {
    "scipy": (images.scipy_peer, "scipy"),
    "numpy": (images.numpy_peer, "numpy"),
    "torch": (images.torch_peer, "torch"),
    "torch, networks": (images.torch_networks, "torch"),
    "numpy, features": (features.numpy_peer, "numpy"),
    "torch, features": (features.torch_peer, "torch"),
    "faiss": (features.faiss_peer, "faiss-cpu"),
    "scikit-learn": (features.sklearn_peer, "scikit-learn"),
}


class Job:
    """What peers read their inputs from and give their results to."""

    def __init__(self, given):
        self.data, self.given = Path(given["data"]), given
        self.references, self.results, self.absent = {}, [], []

    def load(self, name, *shape):
        kind = {"f32": np.float32, "f64": np.float64, "u8": np.uint8}[name.split(".")[1]]
        return np.fromfile(self.data / f"anomaly-{name}", kind).reshape(shape or -1)

    def check(self, operation, n, found):
        found = np.asarray(found, np.float64).ravel()
        if (operation, n) not in self.references:
            self.references[operation, n] = found
            key = operation if n == 1 else f"{operation}, {n}"
            found.tofile(self.data / f"{re.sub('[^a-zA-Z0-9]+', '-', key)}.reference.f64")
        expected = self.references[operation, n]
        error = np.abs(found - expected).max() / np.abs(expected).max()
        bound = self.given["bounds"][operation][0]
        if not error <= bound:
            raise ValueError(f"{operation}: a relative difference of {error} (allowed: {bound})")

    def add(self, peer, package, operation, run, result_of=None, n=1, threads=1, reference=None):
        """Compares and times one call. `result_of` picks from its result what is compared, None where that is random."""
        try:
            if reference is not None and (operation, n) not in self.references:
                self.check(operation, n, reference())
            if result_of:
                self.check(operation, n, result_of(run()))
            ns = timed(run, self.given["seconds"]) / n
            row = {"peer": peer, "version": version(package), "operation": operation, "n": n, "threads": threads}
            self.results.append({**row, "ns": ns, "digest": None})
            print(f"{peer}: {operation}, {ns * n / 1e6:.3f} ms", file=sys.stderr)
        except Exception as error:  # A peer that fails is absent, not beaten.
            self.absent.append({"peer": f"{peer}: {operation}", "reason": f"{type(error).__name__}: {error}"[:300]})


def main():
    job = Job(json.loads(sys.argv[1]))
    for name, (measure, package) in PEERS.items():
        try:
            version(package)
            measure(job)
        except Exception as error:
            job.absent.append({"peer": name, "reason": f"{type(error).__name__}: {error}"[:300]})
    Path(job.given["out"]).write_text(json.dumps({"results": job.results, "absent": job.absent}))


if __name__ == "__main__":
    main()
