"""The street detectors: one anchor-free network in three sizes.

    picture -> stem (stride 4) -> stages at 8, 16, 32 -> top-down neck
            -> one light head shared by 8, 16 and 32, a finer one for stride 4

Small objects decide here, so the network predicts at stride 4 too. Doing that
the usual way (a wide neck level of stride 4) would cost more than all the rest:
instead, each cell of the stride-8 level says what its four sub-cells hold (a 1x1
convolution and a pixel shuffle), and a thin lateral from the stem sharpens it.

Two kinds of block, both chosen by timing them: a dense 3x3 convolution with an
identity beside it, which export folds into the kernel (RepVGG's idea), and a
depthwise one with a 1x1 behind it: 3x3, and 5x5 from stride 16 on, where it is cheap
and large objects need to be seen whole.
Widths are multiples of 16, ONNX Runtime's block of channels on AVX-512.

A cell says: class scores (logits), and its box as offset of the centre from the
cell's centre and logarithm of width and height, all in units of the stride.
"""
import math

import torch
from torch import nn
import torch.nn.functional as F

from fused import depthwise, norm

CLASSES = ("person", "bicycle", "car", "bus", "truck")
STRIDES = (4, 8, 16, 32)
BOX = 4

# stem: widths of its convolutions (one: 6x6 by stride 4; two: 3x3 by stride 2 each);
# stages: (width, blocks) of strides 4, 8, 16, 32; dense: strides whose blocks, down:
# strides whose first convolutions are dense; neck: width of levels 8, 16, 32; head: its
# blocks; fine: width and blocks of level 4.
SIZES = {
    "street_n": dict(stem=(16,), stages=((16, 0), (32, 2), (96, 3), (160, 2)),
                     dense=(), down=(8,), neck=32, head=1, fine=(16, 1)),
    "street_s": dict(stem=(32,), stages=((32, 0), (48, 2), (96, 2), (128, 2)),
                     dense=(), down=(8,), neck=48, head=1, fine=(16, 1)),
    "street_m": dict(stem=(16, 32), stages=((32, 1), (64, 1), (128, 1), (160, 2)),
                     dense=(8, 16), down=(8, 16, 32), neck=64, head=2, fine=(16, 1)),
}


class Conv(nn.Module):
    """Convolution, batch normalisation, perhaps a second input's sum and a ReLU; `same`
    adds its own input, which folds into the kernel."""

    def __init__(self, cin, cout, k, stride=1, groups=1, act=True, same=False, pad=None):
        super().__init__()
        pad = k // 2 if pad is None else pad
        self.conv = nn.Conv2d(cin, cout, k, stride, pad, groups=groups, bias=False)
        self.bn = nn.BatchNorm2d(cout, eps=1e-3, momentum=0.03)
        self.act, self.same = act, same

    def forward(self, x, plus=None):
        if self.bn is not None:
            y = self.conv(x) if self.conv.groups == 1 else depthwise(x, self.conv)
            return norm(y, self.bn, x if self.same else plus, self.act)
        y = self.conv(x) if plus is None else self.conv(x) + plus
        return F.relu(y, inplace=True) if self.act else y

    def identity(self):
        """The kernel that changes nothing."""
        eye = torch.zeros_like(self.conv.weight)
        mid = eye.shape[2] // 2
        for i in range(eye.shape[0]):
            eye[i, i if self.conv.groups == 1 else 0, mid, mid] = 1
        return eye

    @torch.no_grad()
    def fold(self):
        """Turns the three parts into one convolution with a bias."""
        bn, old = self.bn, self.conv
        factor = bn.weight / torch.sqrt(bn.running_var + bn.eps)
        weight = old.weight * factor[:, None, None, None]
        if self.same:
            weight = weight + self.identity()
        new = nn.Conv2d(old.in_channels, old.out_channels, old.kernel_size, old.stride,
                        old.padding, groups=old.groups)
        new.weight.copy_(weight)
        new.bias.copy_(bn.bias - bn.running_mean * factor)
        self.conv, self.bn = new, None

    @torch.no_grad()
    def unfold_from(self, weight, bias):
        """The inverse, as far as one convolution tells: statistics of mean 0, variance 1."""
        if self.same:
            weight = weight - self.identity()
        self.conv.weight.copy_(weight)
        self.bn.running_mean.zero_()
        self.bn.running_var.fill_(1)
        self.bn.weight.fill_(math.sqrt(1 + self.bn.eps))
        self.bn.bias.copy_(bias)


class Separable(nn.Module):
    """Depthwise k x k, then 1x1; adds its input where the shape stays."""

    def __init__(self, cin, cout, k, stride=1):
        super().__init__()
        self.depth = Conv(cin, cin, k, stride, groups=cin)
        self.point = Conv(cin, cout, 1)
        self.same = stride == 1 and cin == cout

    def forward(self, x):
        return self.point(self.depth(x), x if self.same else None)


def block(width, dense, k=3):
    return Conv(width, width, 3, same=True) if dense else Separable(width, width, k)


class Head(nn.Module):
    """Blocks, then scores and box of every cell: [B, 4 + C, h, w]."""

    def __init__(self, width, blocks, dense, prior=0.01):
        super().__init__()
        self.body = nn.Sequential(*[block(width, dense) for _ in range(blocks)])
        self.out = nn.Conv2d(width, BOX + len(CLASSES), 1)
        nn.init.normal_(self.out.weight, std=0.01)
        nn.init.zeros_(self.out.bias)
        with torch.no_grad():
            self.out.bias[BOX:] = -math.log(1 / prior - 1)
            self.out.bias[2:BOX] = math.log(3)

    def forward(self, x):
        return self.out(self.body(x))


class Street(nn.Module):
    def __init__(self, name):
        super().__init__()
        c = SIZES[name]
        self.name = name
        if len(c["stem"]) == 1:
            self.stem = nn.Sequential(Conv(3, c["stem"][0], 6, 4, pad=1))
        else:
            self.stem = nn.Sequential(Conv(3, c["stem"][0], 3, 2), Conv(*c["stem"], 3, 2))
        stages, before = [], None
        for stride, (width, blocks) in zip(STRIDES, c["stages"]):
            parts = []
            if before:
                parts.append(Conv(before, width, 3, 2) if stride in c["down"]
                             else Separable(before, width, 5, 2))
            wide = 5 if stride >= 16 else 3
            parts += [block(width, stride in c["dense"], wide) for _ in range(blocks)]
            stages.append(nn.Sequential(*parts))
            before = width
        self.stages = nn.ModuleList(stages)
        neck, (fine, fine_blocks) = c["neck"], c["fine"]
        widths = [w for w, _ in c["stages"]]
        self.lateral = nn.ModuleList([Conv(w, neck, 1) for w in widths[1:]])
        self.smooth = nn.ModuleList([Separable(neck, neck, 3) for _ in STRIDES[1:3]])
        self.fine_lateral = Conv(widths[0], fine, 1)
        self.fine_split = Conv(neck, 4 * fine, 1, act=False)
        self.head = Head(neck, c["head"], False)
        self.fine_head = Head(fine, fine_blocks, True)

    def forward(self, x):
        """Raw maps [B, 4 + C, h, w] of strides 4, 8, 16, 32."""
        b4 = self.stages[0](self.stem(x))
        b8 = self.stages[1](b4)
        b16 = self.stages[2](b8)
        b32 = self.stages[3](b16)
        p32 = self.lateral[2](b32)
        up = F.interpolate(p32, scale_factor=2.0, mode="nearest")
        p16 = self.smooth[1](self.lateral[1](b16, up))
        up = F.interpolate(p16, scale_factor=2.0, mode="nearest")
        p8 = self.smooth[0](self.lateral[0](b8, up))
        p4 = self.fine_lateral(b4, F.pixel_shuffle(self.fine_split(p8), 2))
        return [self.fine_head(p4)] + [self.head(p) for p in (p8, p16, p32)]


def flatten(maps):
    """Maps of the levels to [B, cells, 4 + C], float."""
    return torch.cat([m.flatten(2) for m in maps], 2).transpose(1, 2).float()


def cell_table(height, width):
    """For a picture: centres [cells, 2] and strides [cells], in the order of flatten."""
    centres, strides = [], []
    for s in STRIDES:
        y, x = torch.meshgrid(torch.arange(height // s), torch.arange(width // s),
                              indexing="ij")
        centres.append((torch.stack([x, y], -1).reshape(-1, 2) + 0.5) * s)
        strides.append(torch.full((len(centres[-1]),), float(s)))
    return torch.cat(centres), torch.cat(strides)


def boxes_of(raw, centres, strides):
    """Corners in pixels of raw boxes [..., 4] at cells with these centres, strides."""
    s = strides[..., None]
    mid = centres + raw[..., :2] * s
    half = raw[..., 2:4].clamp(-6, 6).exp() * s / 2
    return torch.cat([mid - half, mid + half], -1)


def convs(net):
    return [m for m in net.modules() if isinstance(m, Conv)]


def gflops(net, width, height):
    """Multiply-adds times two of the convolutions, for one picture."""
    total = 0

    def count(conv, _, out):
        nonlocal total
        total += 2 * out.numel() * conv.weight[0].numel()

    hooks = [m.register_forward_hook(count) for m in net.modules()
             if isinstance(m, nn.Conv2d)]
    was = net.training
    with torch.no_grad():
        net.eval()(torch.zeros(1, 3, height, width))
    net.train(was)
    for hook in hooks:
        hook.remove()
    return total / 1e9
