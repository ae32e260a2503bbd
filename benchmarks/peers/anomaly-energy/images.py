"""Peers on images: patch energies, networks, blur, regions."""

import numpy as np

PATCH, TAPS = 7, 13
GRADIENT_LARGE, GRADIENT_SMALL = "PatchEnergy gradient, 1920 × 1080", "PatchEnergy gradient, 64 × 64"
as_is = lambda result: result


def scipy_peer(job):
    from scipy import ndimage
    from scipy.signal import fftconvolve
    from scipy.special import logsumexp

    logits = job.load("logits.f32", -1, 10)
    job.add("scipy", "scipy", "free energy of 10 logits", lambda: -logsumexp(logits, axis=1), as_is, logits.size)

    center = np.float32(job.load("mean.f64").mean())
    x, kappa = job.load("image-1080.f32", 1080, 1920) - center, job.load("kappa.f32", TAPS, TAPS)
    bias, edge = np.float32(job.given["bias"]), PATCH - 1
    inner = (slice(edge, -edge), slice(edge, -edge))
    reference = lambda: fftconvolve(x.astype(float), kappa.astype(float), "valid") + job.given["bias"]
    by_fft = lambda: fftconvolve(x, kappa, "valid") + bias
    job.add("scipy, fftconvolve", "scipy", GRADIENT_LARGE, by_fft, as_is, reference=reference)
    direct = lambda: ndimage.correlate(x, kappa[::-1, ::-1]) + bias
    job.add("scipy, correlate", "scipy", GRADIENT_LARGE, direct, lambda g: g[inner])

    maps = job.load("maps.f32", 64, 256, 256)
    blur_all = lambda: ndimage.gaussian_filter(maps, (0, 4, 4))
    job.add("scipy", "scipy", "blur σ 4", blur_all, as_is, maps.size)
    large = job.load("image-1080.f32", 1080, 1920)
    job.add("scipy", "scipy", "blur σ 4", lambda: ndimage.gaussian_filter(large, 4), as_is, large.size)

    mask, eight = job.load("mask.u8", 1080, 1920), np.ones((3, 3))
    job.add("scipy", "scipy", "regions, 1920 × 1080", lambda: ndimage.label(mask, eight), lambda r: r[0])


def numpy_peer(job):
    mean, precision = job.load("mean.f64"), job.load("precision.f64", PATCH**2, PATCH**2)
    x = job.load("image-64.f32", 64, 64)
    places = 64 - PATCH + 1

    def weighted(kind):
        windows = np.lib.stride_tricks.sliding_window_view(x, (PATCH, PATCH)).reshape(-1, PATCH**2)
        centered = windows.astype(kind) - mean.astype(kind)
        return centered, centered @ precision.astype(kind)

    def gradient(kind=np.float32):
        _, each = weighted(kind)
        each = each.reshape(places, places, PATCH, PATCH)
        g = np.zeros((64, 64), kind)
        for i in range(PATCH):
            for j in range(PATCH):
                g[i : i + places, j : j + places] += each[:, :, i, j]
        return g

    def energy_map(kind=np.float32):
        centered, each = weighted(kind)
        energy = 0.5 * np.einsum("ij,ij->i", centered, each).reshape(places, places)
        total, count = np.zeros((64, 64), kind), np.zeros((64, 64), kind)
        for i in range(PATCH):
            for j in range(PATCH):
                total[i : i + places, j : j + places] += energy
                count[i : i + places, j : j + places] += 1
        return total / count

    job.add("numpy", "numpy", GRADIENT_SMALL, gradient, as_is, reference=lambda: gradient(float))
    job.add("numpy", "numpy", "PatchEnergy energy map, 64 × 64", energy_map, as_is, reference=lambda: energy_map(float))

    image = job.load("image-fit.f32", 512, 256)

    def fit():
        windows = np.lib.stride_tricks.sliding_window_view(image, (PATCH, PATCH))[::2, ::2]
        rows = windows.reshape(-1, PATCH**2).astype(float)
        return np.linalg.inv(np.cov(rows, rowvar=False) + 1e-4 * np.eye(PATCH**2))

    job.add("numpy", "numpy", "PatchEnergy fit, 512 × 256", fit, as_is)


def torch_peer(job):
    import torch
    from torch.nn.functional import conv2d, pad

    torch.set_num_threads(1)
    center = np.float32(job.load("mean.f64").mean())
    x = torch.from_numpy(job.load("image-1080.f32", 1, 1, 1080, 1920) - center)
    flipped = torch.from_numpy(job.load("kappa.f32", TAPS, TAPS)[::-1, ::-1].copy())[None, None]
    bias = torch.tensor([job.given["bias"]])
    with torch.no_grad():
        job.add("torch", "torch", GRADIENT_LARGE, lambda: conv2d(x, flipped, bias), as_is)
        line = torch.exp(-torch.arange(-16, 17) ** 2 / 32.0)
        dense = (line[:, None] * line[None]) / line.sum() ** 2
        for name, shape in (("maps.f32", (64, 1, 256, 256)), ("image-1080.f32", (1, 1, 1080, 1920))):
            maps = torch.from_numpy(job.load(name, *shape))
            run = lambda maps=maps: conv2d(pad(maps, (16,) * 4, mode="reflect"), dense[None, None])
            # Its border repeats no edge pixel, so that only the time can be compared.
            job.add("torch, dense 33 × 33", "torch", "blur σ 4", run, None, maps.numel())


def energy_net(job):
    """The network of 68,569 parameters, with its weights from the flat order [out][in][ky][kx], bias, per layer."""
    import torch
    from torch import nn

    shapes = ((1, 24, 4, 2, 1), (24, 48, 3, 1, 1), (48, 48, 4, 2, 1), (48, 48, 3, 1, 1), (48, 1, 1, 1, 0))
    layers = [nn.Conv2d(*shape) for shape in shapes]
    flat, at = torch.from_numpy(job.load("net.f32")), 0
    for layer in layers:
        for p in (layer.weight, layer.bias):
            p.data.copy_(flat[at : at + p.numel()].reshape(p.shape))
            at += p.numel()
    return nn.Sequential(*[m for layer in layers for m in (layer, nn.SiLU())][:-1])


def cd_iteration(net, crops):
    """One iteration of contrastive divergence with the recipe's constants."""
    import copy

    import torch

    ema = copy.deepcopy(net)
    buffer = torch.rand(1024, 1, 32, 32) * 2 - 1
    adam = torch.optim.Adam(net.parameters(), 3e-4, (0.0, 0.999))

    def run():
        positive = (crops * 2 - 1 + 0.01 * torch.randn_like(crops)).clamp(-1, 1)
        slots = torch.randperm(1024)[:32]
        x = buffer[slots]
        anew = torch.rand(32) < 0.05
        x[anew] = torch.rand(int(anew.sum()), 1, 32, 32) * 2 - 1
        for p in net.parameters():
            p.requires_grad_(False)
        for _ in range(15):
            x = (x + 0.01 * torch.randn_like(x)).requires_grad_()
            (g,) = torch.autograd.grad(net(x).sum(), x)
            x = (x.detach() - (0.5 * g).clamp(-0.03, 0.03)).clamp(-1, 1)
        buffer[slots] = x
        for p in net.parameters():
            p.requires_grad_(True)
        plus, minus = net(positive).sum((1, 2, 3)), net(x).sum((1, 2, 3))
        regular = ((plus / 64) ** 2).mean() + ((minus / 64) ** 2).mean()
        adam.zero_grad()
        ((plus.mean() - minus.mean()) / 64 + 1e-3 * regular).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 0.5)
        adam.step()
        with torch.no_grad():
            for kept, p in zip(ema.parameters(), net.parameters()):
                kept.mul_(0.99).add_(p, alpha=0.01)

    return run


def torch_networks(job):
    import torch

    torch.manual_seed(0)
    net = energy_net(job)
    small = torch.from_numpy(job.load("image-32.f32", 32, 1, 32, 32))
    single = torch.from_numpy(job.load("image-64.f32", 1, 1, 64, 64))

    def gradient(images):
        x = images.clone().requires_grad_()
        (g,) = torch.autograd.grad(net(x * 2 - 1).sum(), x)
        return g

    torch.set_num_threads(1)
    for p in net.parameters():
        p.requires_grad_(False)
    for name, images in (("64 × 64", single), ("32 of 32 × 32", small)):
        run = lambda images=images: gradient(images)
        job.add("torch", "torch", f"ConvEnergy gradient, {name}", run, as_is)
    for threads in sorted({1, job.given["threads"]}):
        torch.set_num_threads(threads)
        training = cd_iteration(energy_net(job), small)
        job.add("torch", "torch", "CD iteration, 32 of 32 × 32, K 15", training, threads=threads)
    torch.set_num_threads(1)
