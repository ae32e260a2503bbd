"""Makes spec/gradient-quantization/oracle-*.json: digests of what large or foreign systems make of the tests' inputs.

    npm run bench:peers -- gradient-quantization      installs torch, torchao, qtorch, onnx and onnxruntime, once
    .cache/peers/gradient-quantization/bin/python scripts/oracles/recorded.py [torch torchao qtorch onnx microfloat]

A case says with which options the kernel gives the same bytes. Where a system differs from every option, the case
leaves those inputs out (`leftOut`: ranges of bit patterns that become 1.0) and `differences` pins one of them:
bits of the f32, their code, ours. Inputs: X, X5 and Q as in goldens.py.
"""

import hashlib
import json
import os
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np

from reference import F32, FORMATS, Format, bits_of, decode_table, encode, floats, gradients, quick_set
from reference_blocks import MX_ELEMENTS, mx_encode, nvfp4_encode

HERE = Path(__file__).parent
SPEC = HERE.parents[1] / "spec" / "gradient-quantization"
Q = quick_set()
INPUTS = {"X": gradients(65536, 1), "X5": gradients(65536, 1, -5), "Q": Q}
POSITIVE_NAN, NEGATIVE_NAN = (0x7F800001, 0x7FFFFFFF), (0xFF800001, 0xFFFFFFFF)


def sha256(view):
    return hashlib.sha256(np.ascontiguousarray(view).tobytes()).hexdigest()


def same(theirs, ours, what):
    if sha256(theirs) != sha256(ours):
        raise SystemExit(f"{what}: {int((theirs != ours).sum())} of {len(ours)} differ")


def shape(f):
    return {"format": f.name, "expBits": f.exp, "manBits": f.man, "bias": f.bias, "special": f.special}


def leave_out(x, ranges):
    bits = bits_of(x).copy()
    for low, high in ranges:
        bits[(bits >= low) & (bits <= high)] = 0x3F800000
    return floats(bits)


def element_case(name, cast, overflow, left_out=()):
    """A cast of Q, compared code by code."""
    f, x = FORMATS[name], leave_out(Q, left_out)
    theirs = cast(name, x)
    same(theirs, encode(x, f, "rne", overflow), f"{name} {overflow}")
    ranges = [[f"{bits:08x}" for bits in pair] for pair in left_out]
    return {**shape(f), "input": "Q", "leftOut": ranges, "overflow": overflow, "sha256": sha256(theirs)}


def difference(what, name, bits, cast, overflow="non-saturating"):
    """One input on which a system differs from the kernel with the given options."""
    x = floats(np.array([bits], np.uint32))
    theirs, ours = int(cast(name, x)[0]), int(encode(x, FORMATS[name], overflow=overflow)[0])
    if ours == theirs:
        raise SystemExit(f"{what}: no difference at {bits:08x}")
    row = {"what": what, **shape(FORMATS[name]), "overflow": overflow}
    return {**row, "bits": f"{bits:08x}", "theirs": theirs, "ours": ours}


def torch_spec():
    import torch

    def cast(name, x):
        return torch.from_numpy(x.copy()).to(getattr(torch, f"float8_{name}")).view(torch.uint8).numpy()

    cases = [element_case("e4m3fn", cast, "saturate")]
    cases += [element_case(n, cast, "non-saturating") for n in ("e4m3fnuz", "e5m2fnuz")]
    cases += [element_case("e5m2", cast, "non-saturating", [POSITIVE_NAN, NEGATIVE_NAN])]
    cases += [element_case("e8m0fnu", cast, "non-saturating", [(0, 0x7FFFFF), (0x80000000, 0xFFFFFFFF)])]
    differences = [
        difference("NaN of e5m2 is 7F", "e5m2", 0x7FC00000, cast),
        difference("e8m0fnu ignores the sign", "e8m0fnu", 0xBF800000, cast),
        difference("0 in e8m0fnu is 00", "e8m0fnu", 0, cast),
    ]
    return {"versions": {"torch": torch.__version__}, "cases": cases, "differences": differences}


def torchao_spec():
    import torch
    from torchao.prototype.mx_formats.mx_tensor import ScaleCalculationMode, to_mx
    from torchao.prototype.mx_formats.nvfp4_tensor import nvfp4_quantize, per_tensor_amax_to_scale

    dtypes = {
        "mxfp8e4m3": torch.float8_e4m3fn, "mxfp8e5m2": torch.float8_e5m2, "mxfp6e3m2": "fp6_e3m2",
        "mxfp6e2m3": "fp6_e2m3", "mxfp4": torch.float4_e2m1fn_x2,
    }  # fmt: skip
    cases = []
    for x in ("X", "X5"):
        rows = torch.from_numpy(INPUTS[x]).reshape(-1, 1024)
        for name, dtype in dtypes.items():
            for mode in ("floor", "rceil", "ceil", "even"):
                scales, data = to_mx(rows, dtype, 32, ScaleCalculationMode(mode))
                scales, data = (t.view(torch.uint8).numpy().reshape(-1) for t in (scales, data))
                ours, our_scales = mx_encode(INPUTS[x], name, mode)
                packing = "bytes" if len(data) == 65536 and FORMATS[MX_ELEMENTS[name][0]].bits < 8 else "bits"
                if packing == "bytes":
                    bits = FORMATS[MX_ELEMENTS[name][0]].bits
                    data = np.packbits((data[:, None] >> np.arange(bits)) & 1, bitorder="little")
                same(data, ours, f"{name} {mode} {x}")
                same(scales, our_scales, f"{name} {mode} {x} scales")
                cases.append({"format": name, "scaleMode": mode, "input": x, "rowLength": 1024, "theirPacking": packing,
                              "data": sha256(data), "scales": sha256(scales)})
        tensor_scale = per_tensor_amax_to_scale(rows.abs().max())
        scales, data = nvfp4_quantize(rows, 16, tensor_scale)
        scales, data = (t.view(torch.uint8).numpy().reshape(-1) for t in (scales, data))
        ours, our_scales, _ = nvfp4_encode(INPUTS[x])
        same(data, ours, f"nvfp4 {x}")
        same(scales, our_scales, f"nvfp4 {x} scales")
        cases.append({"format": "nvfp4", "input": x, "rowLength": 1024, "data": sha256(data), "scales": sha256(scales)})
    return {"versions": {n: version(n) for n in ("torch", "torchao")}, "cases": cases}


def qtorch_spec():
    import torch
    from qtorch.quant import float_quantize

    cases = []
    for exp, man in ((4, 3), (5, 2), (2, 1), (3, 2)):
        f = Format(f"finite({exp},{man})", exp, man, 2 ** (exp - 1) - 1, "finite")
        for x in ("X", "X5"):
            theirs = float_quantize(torch.from_numpy(INPUTS[x].copy()), exp, man, "nearest").numpy()
            # qtorch drops the sign of zeros: + 0 does so here.
            ours = decode_table(f)[encode(INPUTS[x], f, "rna")] + F32(0)
            same(theirs + F32(0), ours, f"{f.name} {x}")
            cases.append({**shape(f), "input": x, "rounding": "rna", "overflow": "saturate", "values": sha256(ours)})
    below_tie = floats(np.array([0x3A7FFFFF], np.uint32))
    theirs = float_quantize(torch.from_numpy(below_tie.copy()), 4, 3, "nearest").numpy()
    differences = [{
        "what": "rounds twice below the normals: just under half the smallest subnormal goes up", "expBits": 4,
        "manBits": 3, "bias": 7, "special": "finite", "rounding": "rna", "bits": "3a7fffff", "theirs": float(theirs[0]),
        "ours": 0.0,
    }]  # fmt: skip
    return {"versions": {n: version(n) for n in ("torch", "qtorch")}, "cases": cases, "differences": differences}


def onnx_model(name, saturate):
    """Cast to FP8 and back to f32: onnxruntime's arrays have no type for FNUZ."""
    from onnx import TensorProto, helper

    to = getattr(TensorProto, f"FLOAT8{name.upper()}")
    nodes = [helper.make_node("Cast", ["x"], ["q"], to=to, saturate=saturate),
             helper.make_node("Cast", ["q"], ["y"], to=TensorProto.FLOAT)]  # fmt: skip
    info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, ["n"]) for n in ("x", "y")]
    graph = helper.make_graph(nodes, "cast", info[:1], info[1:])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)


def onnx_reference(name, x):
    from onnx.reference import ReferenceEvaluator

    return ReferenceEvaluator(onnx_model(name, 1)).run(None, {"x": x})[0]


def onnx_cast(name, x, saturate):
    import onnxruntime

    model = onnx_model(name, saturate)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"x": x})[0]


def canonical(values):
    return np.where(np.isnan(values), floats(np.array([0x7FC00000], np.uint32)), values).astype(F32)


def onnx_spec():
    cases = []
    for name in ("e4m3fn", "e5m2", "e4m3fnuz", "e5m2fnuz"):
        f = FORMATS[name]
        values = canonical(decode_table(f)[encode(Q, f)])
        same(canonical(onnx_cast(name, Q, 1)), values, f"{name} saturate=1")
        cases.append({**shape(f), "input": "Q", "leftOut": [], "overflow": "saturate", "values": sha256(values)})
    inf, beyond = floats(np.array([0x7F800000], np.uint32)), floats(np.array([0x43F00000], np.uint32))
    facts = {
        "fnuzInfSaturated": {
            "specification": [str(onnx_reference(n, inf)[0]) for n in ("e4m3fnuz", "e5m2fnuz")],
            "onnxruntime": [str(onnx_cast(n, inf, 1)[0]) for n in ("e4m3fnuz", "e5m2fnuz")],
        },
        "e4m3fnOf480Unsaturated": str(onnx_cast("e4m3fn", beyond, 0)[0]),
    }
    versions = {n: version(n) for n in ("onnx", "onnxruntime")}
    return {"versions": versions, "cases": cases, "facts": facts}


def microfloat_spec():
    folder = HERE / "microfloat"
    target = os.environ.get("CARGO_TARGET_DIR", str(HERE.parents[1] / ".cache" / "microfloat"))
    env = {**os.environ, "CARGO_TARGET_DIR": target}
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=folder, env=env, check=True)
    program = str(Path(target) / "release" / "microfloat-oracle")

    def cast(name, x):
        done = subprocess.run([program, name], input=x.tobytes(), capture_output=True, check=True)
        return np.frombuffer(done.stdout, np.uint8)

    left_out = {
        "e4m3fn": [(0x43E80000, 0x43E80000), (0xC3E80000, 0xC3E80000)],
        "e8m0fnu": [(0x400001, 0x7FFFFF), (0x7F400000, 0x7F7FFFFF)],
    }
    left_out |= {n: [NEGATIVE_NAN] for n in ("e2m3fn", "e3m2fn", "e2m1fn")}
    names = [n for n in FORMATS if "(" not in n]
    cases = [element_case(n, cast, "non-saturating", left_out.get(n, ())) for n in names]
    differences = [
        difference("464, a tie, becomes NaN", "e4m3fn", 0x43E80000, cast),
        difference("NaN is the sign bit, whatever its sign", "e2m1fn", 0xFFC00000, cast),
        difference("subnormals become 2^-127", "e8m0fnu", 0x400001, cast),
        difference("e8m0fnu saturates", "e8m0fnu", 0x7F400000, cast),
    ]
    return {"versions": {"microfloat": "0.1.3"}, "cases": cases, "differences": differences}


SYSTEMS = {"torch": torch_spec, "torchao": torchao_spec, "qtorch": qtorch_spec, "onnx": onnx_spec,
           "microfloat": microfloat_spec}  # fmt: skip


def main():
    for name in sys.argv[1:] or SYSTEMS:
        spec = {"madeBy": "scripts/oracles/recorded.py", **SYSTEMS[name]()}
        lines = {k: "[\n" + ",\n".join(json.dumps(c) for c in v) + "\n]" if isinstance(v, list) else json.dumps(v)
                 for k, v in spec.items()}
        text = "{\n" + ",\n".join(f"{json.dumps(k)}: {v}" for k, v in lines.items()) + "\n}\n"
        (SPEC / f"oracle-{name}.json").write_text(text)
        print(f"oracle-{name}.json: {len(spec['cases'])} cases agree")


if __name__ == "__main__":
    np.seterr(all="ignore")
    main()
