"""What PyTorch is slow at on a CPU: fused.c, and who calls it.

norm(x, bn, plus, act) is act(bn(x) + plus). Where x is bfloat16, channels last, on a CPU
and a C compiler is there, fused.c does it, in two passes over memory for PyTorch's
seven; so it does the way back of depthwise(x, conv). Everywhere else PyTorch does all.
Both give the same to bfloat16's precision (check.py).
"""
import ctypes
import functools
import os
import shutil
import subprocess
import sys
import tempfile

import torch
import torch.nn.functional as F

LANES = 16  # fused.c takes multiples of so many channels
SIDES = (3, 5)  # and depthwise kernels of these
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "fused.c")
FLAGS = ("-O3", "-march=native", "-fno-math-errno", "-fno-trapping-math", "-fopenmp", "-fPIC",
         "-shared")


@functools.lru_cache(None)
def library():
    """fused.c as compiled for this machine; None where that cannot be, said once."""
    compiler = shutil.which(os.environ.get("CC", "cc")) or shutil.which("gcc")
    if not compiler:
        return None
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "fused.so")
        done = subprocess.run([compiler, *FLAGS, SOURCE, "-o", path, "-lm"],
                              stderr=subprocess.PIPE, text=True)
        if done.returncode:
            print(f"fused.c: {done.stderr.strip()[:500]}: training goes on without it",
                  file=sys.stderr)
            return None
        try:
            return ctypes.CDLL(path)  # stays mapped when the file is gone
        except OSError as error:  # a folder for temporary files without programs, no libgomp
            print(f"fused.c: {error}: training goes on without it", file=sys.stderr)
            return None


def at(tensor):
    return ctypes.c_void_p(tensor.data_ptr() if tensor is not None else None)


def rows(x):
    return ctypes.c_int64(x.numel() // x.shape[1])


def last(x):
    return x.contiguous(memory_format=torch.channels_last)


class Norm(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, plus, gamma, beta, eps, act):
        """(act(norm + plus), mean [C], 1 / standard deviation [C])."""
        channels = x.shape[1]
        y = torch.empty_like(x)
        mean, inv_std = x.new_empty(2, channels, dtype=torch.float32)
        if library().weir_fused_forward(at(x), at(plus), rows(x), channels, at(gamma), at(beta),
                                        ctypes.c_float(eps), act, at(y), at(mean), at(inv_std)):
            raise ValueError(f"fused.c takes no {channels} channels")
        ctx.save_for_backward(x, y, gamma, mean, inv_std)
        ctx.act, ctx.plus = act, plus is not None
        ctx.mark_non_differentiable(mean, inv_std)
        return y, mean, inv_std

    @staticmethod
    def backward(ctx, dy, *_):
        x, y, gamma, mean, inv_std = ctx.saved_tensors
        dy = last(dy.to(x.dtype))
        dx = torch.empty_like(x)
        dplus = torch.empty_like(x) if ctx.plus else None
        dgamma, dbeta = torch.empty_like(mean), torch.empty_like(mean)
        library().weir_fused_backward(at(dy), at(x), at(y), rows(x), x.shape[1], at(gamma),
                                      at(mean), at(inv_std), ctx.act, at(dx), at(dplus),
                                      at(dgamma), at(dbeta))
        return dx, dplus, dgamma, dbeta, None, None


class Depthwise(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, weight, stride):
        side = weight.shape[2]
        ctx.save_for_backward(x, weight)
        ctx.stride = stride
        return F.conv2d(x, weight.to(x.dtype), None, stride, side // 2, groups=len(weight))

    @staticmethod
    def backward(ctx, dy):
        x, weight = ctx.saved_tensors
        dy = last(dy.to(x.dtype))
        dx = torch.empty_like(x)
        flat = weight.float().flatten(1).t().contiguous()
        dflat = torch.zeros_like(flat)
        if library().weir_fused_depthwise_backward(
                at(dy), at(x), x.shape[0], x.shape[1], x.shape[2], x.shape[3], weight.shape[2],
                ctx.stride, at(flat), at(dx), at(dflat)):
            raise MemoryError("fused.c: out of memory")
        return dx, dflat.t().reshape(weight.shape), None


def depthwise(x, conv):
    """conv(x) of a depthwise convolution, padded by half its kernel."""
    side, plain = conv.kernel_size[0], conv.bias is None and conv.dilation == (1, 1)
    square = conv.kernel_size == (side, side) and conv.stride == conv.stride[:1] * 2
    if (not conv.training or side not in SIDES or not square or not plain
            or conv.padding != (side // 2,) * 2 or conv.out_channels != conv.in_channels
            or not usable(x)):
        return conv(x)
    return Depthwise.apply(last(x), conv.weight, conv.stride[0])


def usable(x):
    return (x.dtype == torch.bfloat16 and not x.is_cuda and x.shape[1] % LANES == 0
            and library() is not None)


def norm(x, bn, plus=None, act=True):
    """act(bn(x) + plus) of x [B, C, H, W]; in training bn's running statistics follow."""
    if not bn.training or not usable(x):
        y = bn(x) if plus is None else bn(x) + plus
        return F.relu(y, inplace=True) if act else y
    plus = None if plus is None else last(plus.to(x.dtype))
    y, mean, inv_std = Norm.apply(last(x), plus, bn.weight, bn.bias, bn.eps, int(act))
    with torch.no_grad():
        count = x.numel() / x.shape[1]
        var = (inv_std.pow(-2) - bn.eps) * (count / max(count - 1, 1))
        bn.running_mean.lerp_(mean, bn.momentum)
        bn.running_var.lerp_(var, bn.momentum)
        bn.num_batches_tracked += 1
    return y
