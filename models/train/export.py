"""ONNX files of the street detectors: written here, and read back as a start.

The graph is what weir knows as YOLOv8's: input 'images' [batch, 3, height, width],
RGB 0-1, height and width multiples of 32; output [batch, 4 + C, cells]: centre, size
in input pixels, then scores after the sigmoid. Batch normalisation is folded into
the convolutions; class names and stride are in the metadata.

A model file is protobuf, of which this file needs two things, each a few lines: to
append metadata (fields of a message may follow in any order) and to find the
initialisers. So no package beside PyTorch is needed.
"""
import argparse
import copy
import io
import os
import sys
import warnings

import numpy as np
import torch
from torch import nn

import net as N

METADATA, GRAPH, INITIALISER, OUTPUT = 14, 7, 5, 12
DIMS, DATA_TYPE, FLOAT_DATA, NAME, RAW_DATA = 1, 2, 4, 8, 9
FLOAT, LENGTH_DELIMITED = 1, 2


class Deployed(nn.Module):
    """The folded network with its boxes decoded."""

    def __init__(self, net):
        super().__init__()
        self.net = copy.deepcopy(net).float().cpu().eval()
        for conv in N.convs(self.net):
            conv.fold()

    def forward(self, images):
        parts = []
        for raw, stride in zip(self.net(images), N.STRIDES):
            y = torch.arange(raw.shape[2], dtype=torch.float32)[:, None]
            x = torch.arange(raw.shape[3], dtype=torch.float32)[None, :]
            cx = (raw[:, 0] + x + 0.5) * stride
            cy = (raw[:, 1] + y + 0.5) * stride
            size = raw[:, 2:4].clamp(-6, 6).exp() * stride
            scores = raw[:, N.BOX:].sigmoid()
            whole = torch.cat([cx[:, None], cy[:, None], size, scores], 1)
            parts.append(whole.flatten(2))
        return torch.cat(parts, 2)


def varint(n):
    out = bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    return bytes(out + bytes([n]))


def field(number, payload):
    return varint(number << 3 | LENGTH_DELIMITED) + varint(len(payload)) + payload


def metadata(pairs):
    return b"".join(field(METADATA, field(1, k.encode()) + field(2, v.encode()))
                    for k, v in pairs.items())


def with_output(model, value_info):
    """The model's bytes with its output described anew."""
    def rewrite(message, changed):
        return b"".join(varint(number << 3) + varint(value) if isinstance(value, int)
                        else field(number, changed(number, value))
                        for number, value in fields(message))

    return rewrite(model, lambda number, value: bytes(value) if number != GRAPH else
                   rewrite(value, lambda inner, v: value_info if inner == OUTPUT else bytes(v)))


def describe(name, dims):
    """A ValueInfoProto: a float tensor whose dimensions are numbers or symbols."""
    shape = b"".join(field(1, varint(1 << 3) + varint(d) if isinstance(d, int)
                           else field(2, d.encode())) for d in dims)
    kind = field(1, varint(1 << 3) + varint(FLOAT) + field(2, shape))
    return field(1, name.encode()) + field(2, kind)


def write(net, path, size=(640, 352), note=""):
    """Exports net to path; the file appears whole or not at all."""
    # In training mode the exporter keeps equal initialisers apart, so that each can be
    # read back by name; once folded, the network computes the same in both modes.
    deployed = Deployed(net).train()
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.onnx.export(deployed, torch.zeros(2, 3, 96, 160), buffer, opset_version=13,
                          training=torch.onnx.TrainingMode.PRESERVE,
                          input_names=["images"], output_names=["output0"],
                          dynamic_axes={"images": {0: "batch", 2: "height", 3: "width"},
                                        "output0": {0: "batch", 2: "cells"}})
    # The exporter loses that the second dimension is fixed.
    model = with_output(buffer.getvalue(),
                        describe("output0", ("batch", N.BOX + len(N.CLASSES), "cells")))
    names = ", ".join(f"{i}: '{name}'" for i, name in enumerate(N.CLASSES))
    extra = metadata({"names": "{" + names + "}", "stride": str(N.STRIDES[-1]),
                      "task": "detect", "imgsz": f"[{size[1]}, {size[0]}]",
                      "model": net.name, "description": note or f"Weir {net.name}"})
    part = f"{path}.part"
    with open(part, "wb") as out:
        out.write(model + extra)
    os.replace(part, path)


def fields(data):
    """The (number, value) of a message: integers, or bytes (of fixed-size fields, too)."""
    at = 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            if at >= len(data):
                raise ValueError("ends too early")
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = number()
        kind = key & 7
        if kind == 0:
            yield key >> 3, number()
            continue
        if kind not in (1, LENGTH_DELIMITED, 5):
            raise ValueError("is not a protobuf message")
        size = {1: 8, 5: 4}.get(kind) or number()
        if at + size > len(data):
            raise ValueError("ends too early")
        yield key >> 3, data[at:at + size]
        at += size


def tensor(data):
    """Name and array of an initialiser; None for what is not float."""
    dims, name, values, kind = [], "", b"", 0
    for number, value in fields(data):
        if number == DIMS:
            dims += [value] if isinstance(value, int) else list(value)  # packed: all below 128
        elif number == DATA_TYPE:
            kind = value
        elif number == NAME:
            name = bytes(value).decode()
        elif number in (RAW_DATA, FLOAT_DATA):
            values = bytes(value)
    if kind != FLOAT:
        return name, None
    return name, np.frombuffer(values, "<f4").reshape(dims).copy()


def read(path):
    """The model's name (None where it does not say) and its float initialisers."""
    with open(path, "rb") as file:
        data = memoryview(file.read())
    found, name = {}, None
    for number, value in fields(data):
        if number == METADATA:
            pair = {k: bytes(v).decode() for k, v in fields(value)}
            name = pair.get(2) if pair.get(1) == "model" else name
        if number != GRAPH:
            continue
        for inner, init in fields(value):
            if inner == INITIALISER:
                key, array = tensor(init)
                if array is not None:
                    found[key] = torch.from_numpy(array)
    return name, found


def load(path):
    """A network with the weights of an exported model, ready to be trained on.

    Until calibrate() its batch statistics are placeholders: right for evaluation,
    not for training.
    """
    try:
        name, found = read(path)
    except (ValueError, UnicodeDecodeError) as error:
        raise SystemExit(f"{path}: not an ONNX model: {error}")
    if name not in N.SIZES:
        raise SystemExit(f"{path}: says that it is '{name}'; expected one of "
                         f"{', '.join(N.SIZES)}")
    net, left = N.Street(name), dict(found)
    inside = set()
    with torch.no_grad():
        for key, module in net.named_modules():
            if isinstance(module, N.Conv):
                inside.add(module.conv)
            elif not isinstance(module, nn.Conv2d) or module in inside:
                continue
            weight, bias = (left.pop(f"net.{key}{part}", None) for part in
                            ((".conv.weight", ".conv.bias") if isinstance(module, N.Conv)
                             else (".weight", ".bias")))
            plain = getattr(module, "conv", module)
            block = net.get_submodule(key.rpartition(".")[0])
            if weight is None and isinstance(block, N.Separable) and block.same:
                # The file's network is less deep: a block that changes nothing yet.
                block.point.bn.weight.zero_()
                continue
            if not fits(weight, plain.weight) or not fits(bias, weight[:, 0, 0, 0]):
                raise SystemExit(f"{path}: no weights for {key}, at most {list(plain.weight.shape)}: "
                                 "it was made by another version of this program")
            put(module, plain, weight, bias)
    over = [key for key in left if key.startswith("net.") and "weight" in key]
    if over:
        raise SystemExit(f"{path}: has {over[0]}, for which this {name} has no place: "
                         "it was made by another version of this program")
    return net


def borrow(source, name):
    """A new network of size `name` with those layers of another that fit: the first ones see the
    same edges in every size. Its `new` are the layers that it has of its own, which calibrate()
    leaves as they are, but for their statistics."""
    net, known = N.Street(name), dict(source.named_modules())
    net.new = set()
    for key, module in net.named_modules():
        if not isinstance(module, N.Conv):
            continue
        theirs = known.get(key)
        if isinstance(theirs, N.Conv) and theirs.conv.weight.shape == module.conv.weight.shape:
            module.load_state_dict(theirs.state_dict())
        else:
            net.new.add(module)
    return net


def fits(value, like):
    return (value is not None and value.dim() == like.dim()
            and all(a <= b for a, b in zip(value.shape, like.shape)))


def put(module, plain, weight, bias):
    """Weights into a convolution that may be wider than they are: what it computed stays, since
    the old channels do not hear the new ones, whose random weights wait to be of use
    (Net2Net's idea, Chen, Goodfellow, Shlens 2016)."""
    out, into = weight.shape[:2]
    whole = plain.weight.clone()
    whole[:out] = 0
    whole[:out, :into] = weight
    shift = torch.zeros(len(whole))
    shift[:out] = bias
    if module is plain:
        plain.weight.copy_(whole)
        plain.bias.copy_(shift)
    else:
        module.unfold_from(whole, shift)


@torch.no_grad()
def calibrate(net, images):
    """Makes batch statistics those of these pictures and leaves the function as it is.

    A folded convolution says nothing of the statistics it was trained with; training
    on with wrong ones would throw the weights away in the first step. Each layer's
    are taken as the picture passes through, then its scale and shift are set to undo
    what normalising with them does.
    """
    new = {conv.bn for conv in getattr(net, "new", ())}

    def measure(bn, inputs):
        x = inputs[0].float()
        mean = x.mean((0, 2, 3))
        var = x.var((0, 2, 3), unbiased=False)
        if bn in new:
            bn.running_mean.copy_(mean)
            bn.running_var.copy_(var)
            return
        old = bn.weight / torch.sqrt(bn.running_var + bn.eps)
        shift = bn.bias - bn.running_mean * old
        bn.weight.copy_(old * torch.sqrt(var + bn.eps))
        bn.bias.copy_(shift + mean * old)
        bn.running_mean.copy_(mean)
        bn.running_var.copy_(var)

    hooks = [conv.bn.register_forward_pre_hook(measure) for conv in N.convs(net)]
    was = net.training
    net.eval()(images)
    net.train(was)
    for hook in hooks:
        hook.remove()


def main():
    parser = argparse.ArgumentParser(description="Exports a checkpoint of train.py to ONNX.")
    parser.add_argument("checkpoint", help="a .pt file of train.py")
    parser.add_argument("output", help="the .onnx file to write")
    args = parser.parse_args()
    if not os.path.exists(args.checkpoint):
        sys.exit(f"{args.checkpoint}: no such file")
    state = torch.load(args.checkpoint, map_location="cpu")
    net = N.Street(state["model"])
    net.load_state_dict(state["ema"])
    write(net, args.output)


if __name__ == "__main__":
    main()
