"""Times the Python peers once, in this process, and writes what they took as JSON.

    python peers.py '{ "data": FOLDER, "out": FILE, "seconds": 0.2, "threads": CORES, "model": FILE }'

A result: peer, operation, n, threads, ns per element (median of this process), and the digest of what was computed:
the first 16 hexadecimal digits of its SHA-256, or null where random numbers took part.
"""

import hashlib
import json
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from timing import timed

FORMATS = {"e4m3fn": "float8_e4m3fn", "e5m2": "float8_e5m2", "e3m2fn": "float6_e3m2fn", "e2m1fn": "float4_e2m1fn"}
KI, MI = 1 << 10, 1 << 20


def load(job, n):
    return np.fromfile(Path(job["data"]) / f"gradients-{n}.f32", np.float32)


def digest(*arrays):
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(np.ascontiguousarray(array).tobytes())
    return sha.hexdigest()[:16]


def ml_dtypes_peer(job, add):
    import ml_dtypes

    for n in (256 * KI, 16 * MI):
        x = load(job, n)
        for name, dtype in FORMATS.items():
            cast = lambda dtype=getattr(ml_dtypes, dtype): x.astype(dtype)
            add("ml-dtypes", f"encode {name} rne, bytes", n, 1, cast, lambda r: digest(r.view(np.uint8)))


def gfloat_peer(job, add):
    import gfloat.formats as known
    from gfloat import encode_float, encode_ndarray, round_float, round_ndarray

    infos = {
        "e4m3fn": known.format_info_ocp_e4m3,
        "e5m2": known.format_info_ocp_e5m2,
        "e3m2fn": known.format_info_ocp_e3m2,
        "e2m1fn": known.format_info_ocp_e2m1,
    }
    x = load(job, 256 * KI)
    few = x[: 2 * KI].astype(float).tolist()
    for name, info in infos.items():
        operation = f"encode {name} rne, bytes"
        scalar = lambda info=info: [encode_float(info, round_float(info, v, sat=True)) for v in few]
        add("gfloat, one by one", operation, 2 * KI, 1, scalar, lambda r: digest(np.array(r, np.uint8)))
        array = lambda info=info: encode_ndarray(info, round_ndarray(info, x, sat=True))
        add("gfloat, arrays", operation, 256 * KI, 1, array, lambda r: digest(r.astype(np.uint8)))


def torch_peer(job, add):
    import torch

    for n in (256 * KI, 16 * MI):
        x = torch.from_numpy(load(job, n))
        for name in ("e4m3fn", "e5m2"):
            cast = lambda dtype=getattr(torch, FORMATS[name]): x.to(dtype)
            for threads in sorted({1, job["threads"]}):
                torch.set_num_threads(threads)
                add("torch", f"encode {name} rne, bytes", n, threads, cast, lambda r: digest(r.view(torch.uint8).numpy()))
    torch.set_num_threads(1)


def torchao_peer(job, add):
    import torch
    from torchao.prototype.mx_formats.mx_tensor import ScaleCalculationMode, to_mx
    from torchao.prototype.mx_formats.nvfp4_tensor import nvfp4_quantize, per_tensor_amax_to_scale

    torch.set_num_threads(1)
    rows = torch.from_numpy(load(job, MI)).reshape(-1, 1024)
    both = lambda r: digest(r[1].view(torch.uint8).numpy(), r[0].view(torch.uint8).numpy())
    for name, dtype in (("mxfp8e4m3", torch.float8_e4m3fn), ("mxfp4", torch.float4_e2m1fn_x2)):
        for mode in ("rceil", "floor", "ceil", "even"):
            quantize = lambda dtype=dtype, mode=ScaleCalculationMode(mode): to_mx(rows, dtype, 32, mode)
            add("torchao", f"encode {name} {mode}", MI, 1, quantize, both)
    quantize = lambda: nvfp4_quantize(rows, 16, per_tensor_amax_to_scale(rows.abs().max()))
    add("torchao", "encode nvfp4", MI, 1, quantize, both)


def qtorch_peer(job, add):
    import torch
    from qtorch.quant import float_quantize

    torch.set_num_threads(1)
    x = torch.from_numpy(load(job, 256 * KI))
    for exp, man in ((4, 3), (5, 2)):
        quantize = lambda exp=exp, man=man: float_quantize(x, exp, man, "stochastic")
        add("qtorch", f"fake quantize ieee({exp},{man}) sr", 256 * KI, 1, quantize, None)


def luq(x):
    """LUQ with the tensor operations of its released code, in their order: threshold, noise, power of two, floor."""
    import torch

    alpha = x.max() / 2.0**7
    threshold = alpha * torch.rand(x.shape)
    magnitude, zero = x.abs(), torch.tensor([0.0])
    kept = torch.where(magnitude < alpha, alpha * torch.sign(x), x)
    kept = torch.where(magnitude < threshold, zero, kept)
    noise = 2 ** torch.floor(torch.log2(kept.abs() / alpha)) * torch.empty_like(kept).uniform_(-0.5, 0.5)
    rounded = 2 ** torch.floor(torch.log2((kept.abs() / alpha + noise) * 4 / 3)) * alpha
    least = alpha * 2 ** torch.floor(torch.log2(kept.abs() / alpha))
    rounded = torch.sign(kept) * torch.where(rounded < least, least, rounded)
    return torch.where(kept == 0, zero, rounded)


def prune(x, tau):
    """Stochastic pruning with the tensor operations of the paper's released code."""
    import torch

    threshold = tau * torch.rand(x.shape, dtype=torch.float32)
    magnitude = x.abs()
    kept = torch.where(magnitude < tau, tau * torch.sign(x), x)
    return torch.where(magnitude < threshold, torch.tensor([0.0]), kept)


def released_peer(job, add):
    import torch

    torch.set_num_threads(1)
    torch.manual_seed(7)
    for n in (256 * KI, 16 * MI):
        x, tau = torch.from_numpy(load(job, n)), torch.tensor(job["alpha"])
        add("torch, LUQ as released", "luq", n, 1, lambda: luq(x), None)
        add("torch, pruning as released", "prune 90 %", n, 1, lambda: prune(x, tau), None)


def onnx_model(job):
    """Cast to FP8 and back, for onnxruntime in Node."""
    from onnx import TensorProto, helper

    nodes = [
        helper.make_node("Cast", ["x"], ["q"], to=TensorProto.FLOAT8E4M3FN, saturate=1),
        helper.make_node("Cast", ["q"], ["y"], to=TensorProto.FLOAT),
    ]
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n"]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "cast", info[:1], info[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    Path(job["model"]).write_bytes(model.SerializeToString())


PEERS = {
    "ml-dtypes": (ml_dtypes_peer, "ml-dtypes"),
    "gfloat": (gfloat_peer, "gfloat"),
    "torch": (torch_peer, "torch"),
    "torchao": (torchao_peer, "torchao"),
    "qtorch": (qtorch_peer, "qtorch"),
    "LUQ and pruning as released": (released_peer, "torch"),
}


def main():
    job = json.loads(sys.argv[1])
    results, absent, versions = [], [], {}
    try:
        onnx_model(job)
    except ImportError as error:
        absent.append({"peer": "onnxruntime-node", "reason": str(error)})
    for name, (measure, package) in PEERS.items():

        def add(peer, operation, n, threads, run, digest_of, package=package):
            ns = timed(run, job["seconds"]) / n
            found = digest_of(run()) if digest_of else None
            row = {"peer": peer, "version": versions[package], "operation": operation, "n": n, "threads": threads}
            results.append({**row, "ns": ns, "digest": found})
            print(f"{peer}: {operation}, {n}", file=sys.stderr)

        try:
            versions[package] = version(package)
            measure(job, add)
        except Exception as error:  # A peer that fails is absent, not beaten.
            absent.append({"peer": name, "reason": f"{type(error).__name__}: {error}"[:300]})
    Path(job["out"]).write_text(json.dumps({"results": results, "absent": absent}))


if __name__ == "__main__":
    main()
