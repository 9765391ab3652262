"""Checks of the training programs, in about a minute, without scenes.

They speak TAP. Without PyTorch all are skipped, by name.
"""
import argparse
import contextlib
import io
import os
import subprocess
import sys
import tempfile
import time

CHECKS = []


def check(function):
    CHECKS.append(function)
    return function


def picture(rng, width, height):
    """Coloured bars on a checkered ground, with their labels and boxes."""
    ground = rng.integers(40, 110, (3, height // 8, width // 8)).repeat(8, 1).repeat(8, 2)
    labels, boxes = [], []
    for _ in range(rng.integers(1, 7)):
        kind, tall = int(rng.integers(5)), int(rng.integers(8, height // 2))
        wide = max(4, int(tall * (0.4, 1.3, 1.8, 2.4, 1.1)[kind]))
        x, y = int(rng.integers(width - 4)), int(rng.integers(height - tall))
        wide = min(wide, width - x)
        colour = ((230, 60, 60), (60, 220, 60), (70, 70, 240), (220, 220, 60), (210, 70, 210))
        ground[:, y:y + tall, x:x + wide] = np.array(colour[kind])[:, None, None]
        labels.append(kind)
        boxes.append((x, y, x + wide, y + tall))
    return ground.astype(np.uint8), labels, boxes


def shards(folder, count=16, size=(160, 96)):
    rng = np.random.default_rng(3)
    images, first, labels, boxes = [], [0], [], []
    for _ in range(count):
        image, label, box = picture(rng, *size)
        images.append(image)
        labels += label
        boxes += box
        first.append(len(labels))
    data.write_shard(os.path.join(folder, "a"), np.stack(images), first, labels, boxes)


def shaken(name):
    """A network whose batch statistics are not those of a new one."""
    torch.manual_seed(5)
    net = N.Street(name)
    for conv in N.convs(net):
        torch.nn.init.normal_(conv.bn.running_mean, std=0.1)
        torch.nn.init.uniform_(conv.bn.running_var, 0.5, 2)
        torch.nn.init.uniform_(conv.bn.weight, 0.5, 1.5)
        torch.nn.init.normal_(conv.bn.bias, std=0.1)
    return net.eval()


def same(a, b, tolerance=1e-3):
    worst = float((a - b).abs().max())
    assert worst < tolerance, f"differ by {worst}"


@check
def loss_falls_on_sixteen_pictures(folder):
    shards(folder)
    batches = data.Batches(data.Shards(folder, (160, 96)), (160, 96), 16, 1)
    torch.manual_seed(1)
    net = N.Street("street_n").train()
    adam = torch.optim.AdamW(net.parameters(), lr=3e-3)
    loss, said, end = Loss(96, 160), [], time.monotonic() + 40
    while len(said) < 100 and time.monotonic() < end:
        images, *target = next(batches)
        total = loss(N.flatten(net(images)), *target)[0]
        adam.zero_grad()
        total.backward()
        adam.step()
        said.append(float(total.detach()))
    early, late = np.mean(said[:5]), np.mean(said[-5:])
    assert late < 0.75 * early, f"from {early:.2f} to {late:.2f} in {len(said)} steps"


@check
def empty_and_ignored_pictures_have_a_finite_loss(_):
    loss = Loss(96, 160)
    raw = torch.zeros(2, loss.cells, 9, requires_grad=True)
    nothing = loss(raw, torch.zeros(0, dtype=torch.long), torch.zeros(0, 4),
                   torch.zeros(0, dtype=torch.long))[0]
    ignored = loss(raw, torch.tensor([1]), torch.tensor([[0., 0., 160., 96.]]),
                   torch.tensor([-1]))[0]
    assert torch.isfinite(nothing) and torch.isfinite(ignored)
    same(ignored * 2, nothing)  # one of two pictures does not count


def way_back(function, x, plus, seed):
    """y, and the gradients of x and plus, of a sum with weights that the seed gives."""
    x = x.clone().requires_grad_()
    plus = None if plus is None else plus.clone().requires_grad_()
    y = function(x, plus)
    torch.manual_seed(seed)
    (y.float() * torch.randn(y.shape)).sum().backward()
    return [t.float() for t in (y.detach(), x.grad, *([] if plus is None else [plus.grad]))]


def alike(got, want):
    for a, b in zip(got, want):
        worst, scale = float((a - b).abs().max()), float(b.abs().max())
        assert worst < 0.02 * scale, f"differ by {worst} of {scale}"


def halves(*shape):
    return torch.randn(*shape).bfloat16().contiguous(memory_format=torch.channels_last)


@check
def fused_normalisation_is_pytorchs(_):
    if fused.library() is None:
        return "no C compiler"
    torch.manual_seed(7)
    for act, both in ((True, True), (True, False), (False, True), (False, False)):
        x, plus = halves(3, 48, 20, 12) * 2 + 1, halves(3, 48, 20, 12) if both else None
        found = []
        for kind in (torch.bfloat16, torch.float32):
            bn = torch.nn.BatchNorm2d(48, eps=1e-3, momentum=0.03)
            with torch.no_grad():
                bn.weight.copy_(torch.linspace(0.5, 1.5, 48))
            grads = way_back(lambda a, b: fused.norm(a, bn, b, act), x.to(kind),
                             None if plus is None else plus.to(kind), 1)
            found.append(grads + [bn.weight.grad, bn.bias.grad, bn.running_mean, bn.running_var])
        alike(*found)


@check
def fused_depthwise_is_pytorchs(_):
    if fused.library() is None:
        return "no C compiler"
    torch.manual_seed(8)
    for side, stride, size in ((3, 1, (13, 7)), (3, 2, (12, 20)), (5, 1, (6, 10)), (5, 2, (13, 7))):
        conv = torch.nn.Conv2d(32, 32, side, stride, side // 2, groups=32, bias=False)
        x, found = halves(3, 32, *size), []
        for kind in (torch.bfloat16, torch.float32):
            conv.zero_grad()
            grads = way_back(lambda a, _: fused.depthwise(a, conv), x.to(kind), None, 2)
            found.append(grads + [conv.weight.grad.clone()])
        alike(*found)


@check
def what_fused_code_does_not_do_is_left_to_pytorch(_):
    x = halves(2, 8, 6, 6)  # no multiple of 16 channels
    bn, conv = torch.nn.BatchNorm2d(8), torch.nn.Conv2d(16, 16, 7, padding=3, groups=16)
    assert fused.norm(x, bn).dtype == x.dtype and "Norm" not in str(fused.norm(x, bn).grad_fn)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        y = fused.depthwise(halves(2, 16, 9, 9), conv)
    assert y.shape == (2, 16, 9, 9) and "Depthwise" not in str(y.grad_fn)


@check
def folded_network_says_the_same(_):
    for name in N.SIZES:
        net, images = shaken(name), torch.rand(2, 3, 96, 160)
        with torch.no_grad():
            raw = N.flatten(net(images))
            out = export.Deployed(net)(images).transpose(1, 2)
            box = N.boxes_of(raw, *N.cell_table(96, 160))
        same(out[..., :2], (box[..., :2] + box[..., 2:]) / 2, 0.05)
        same(out[..., 2:4], box[..., 2:] - box[..., :2], 0.05)
        same(out[..., 4:], raw[..., 4:].sigmoid())


@check
def exported_weights_come_back(folder):
    path = os.path.join(folder, "m.onnx")
    for name in N.SIZES:
        net, images = shaken(name), torch.rand(4, 3, 96, 160)
        export.write(net, path)
        back = export.load(path)
        with torch.no_grad():
            want = N.flatten(net(images))
            same(want, N.flatten(back.eval()(images)))
            export.calibrate(back, images)
            same(want, N.flatten(back.eval()(images)))
            same(want, N.flatten(back.train()(images)), 0.05)


@check
def a_smaller_network_starts_a_larger_one(folder):
    path, larger = os.path.join(folder, "m.onnx"), N.SIZES["street_n"]
    smaller = dict(larger, stages=((16, 0), (32, 1), (64, 1), (96, 1)), neck=16)
    try:
        N.SIZES["street_n"] = smaller
        net, images = shaken("street_n"), torch.rand(4, 3, 96, 160)
        export.write(net, path)
    finally:
        N.SIZES["street_n"] = larger
    grown = export.load(path)
    with torch.no_grad():
        want = N.flatten(net(images))
        same(want, N.flatten(grown.eval()(images)))
        export.calibrate(grown, images)
        same(want, N.flatten(grown.eval()(images)))
        export.write(grown, path)
    shallow = dict(larger, stages=((16, 0), (32, 1), (96, 3), (160, 2)))
    for size, words in ((smaller, "at most"), (shallow, "no place")):
        N.SIZES["street_n"] = size
        try:
            export.load(path)
        except SystemExit as error:
            assert words in str(error), error
        else:
            assert False, "a larger network was taken for a smaller one"
        finally:
            N.SIZES["street_n"] = larger


@check
def another_size_starts_with_the_layers_that_fit(folder):
    path = os.path.join(folder, "m.onnx")
    source, images = shaken("street_m"), torch.rand(4, 3, 96, 160)
    export.write(source, path)
    usual = N.SIZES["street_s"]
    try:
        N.SIZES["street_s"] = dict(usual, stem=(16, 32))
        net = export.borrow(export.load(path), "street_s")
    finally:
        N.SIZES["street_s"] = usual
    with torch.no_grad():
        export.calibrate(net, images)
        same(source.stem(images), net.eval().stem(images))
        for conv in net.new:  # normalised, as fresh ones are
            assert (conv.bn.weight == 1).all() and (conv.bn.bias == 0).all()
            assert (conv.bn.running_var != 1).any()
        assert torch.isfinite(N.flatten(net(images))).all()
    assert net.name == "street_s" and 0 < len(net.new) < len(N.convs(net))


@check
def a_teacher_pulls_towards_what_it_says(_):
    torch.manual_seed(1)
    loss = Loss(96, 160)
    taught = torch.randn(2, loss.cells, N.BOX + len(N.CLASSES))
    taught[..., N.BOX:] -= 4
    taught[:, ::50, N.BOX + 2] = 3
    own = (taught + 0.5 * torch.randn_like(taught)).requires_grad_()
    far = loss.imitation(own, taught)
    far.backward()
    near = loss.imitation((own - 0.5 * own.grad / own.grad.abs().max()).detach(), taught)
    assert near < far and loss.imitation(taught.clone(), taught) < 1e-6 < far
    empty = torch.full_like(taught, -20)
    assert torch.isfinite(loss.imitation(own, empty))


@check
def the_models_that_ship_can_be_trained_on(_):
    for name in N.SIZES:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", name + ".onnx")
        assert export.load(path).name == name


@check
def broken_models_are_refused(folder):
    whole = os.path.join(folder, "m.onnx")
    export.write(N.Street("street_n"), whole)
    with open(whole, "rb") as file:
        model = file.read()
    for cut in (b"", b"not a model", model[:1000], model[:-7]):
        with open(whole, "wb") as file:
            file.write(cut)
        try:
            export.load(whole)
        except SystemExit as error:
            assert str(error).startswith(whole), error
        else:
            assert False, f"{len(cut)} bytes were taken for a model"


@check
def weir_finds_what_the_network_finds(folder):
    """The graph in ONNX Runtime, by way of the program: where it is built."""
    weir = os.environ.get("WEIR", os.path.join(os.path.dirname(__file__), "../../build/weir"))
    if not os.path.exists(weir):
        return "weir is not built"
    path = os.path.join(folder, "m.onnx")
    net = shaken("street_n")
    with torch.no_grad():  # some scores to find, not thousands
        for head in (net.head, net.fine_head):
            torch.nn.init.normal_(head.out.weight, std=0.15)
            head.out.bias[N.BOX:].fill_(-3)
    export.write(net, path)
    pixels = np.random.default_rng(1).integers(0, 256, (96, 160, 3), np.uint8)
    Image.fromarray(pixels).save(os.path.join(folder, "a.png"))
    out = os.path.join(folder, "out")
    subprocess.run([weir, "run", os.path.join(folder, "a.png"), "--model", path, "--size",
                    "160x96", "--conf", "0.05", "--no-track", "--out", out, "--formats", "coco",
                    "--quiet"], check=True, stdout=subprocess.DEVNULL)
    with torch.no_grad():
        expected = validate.detect(export.Deployed(net), pixels, 160)
    expected = expected[expected[:, 5] >= 0.05]
    found = []
    for base, _, files in os.walk(out):
        for name in (f for f in files if f.endswith(".json") and "summary" not in f):
            with open(os.path.join(base, name)) as file:
                rows = json.load(file)
            rows = rows if isinstance(rows, list) else rows.get("annotations", [])
            found += [r["bbox"] + [r["score"]] for r in rows]
    assert len(expected) and found, f"{len(expected)} expected, {len(found)} found"
    found = np.array(found)
    found[:, 2:4] += found[:, :2]
    for row in expected[:50]:
        near = np.abs(found - row[1:]).max(1).min()
        assert near < 0.1, f"no detection like {row}: {near}"


@check
def training_resumes_and_exports(folder):
    shards(folder)
    out = os.path.join(folder, "out")
    common = ["--data", folder, "--out", out, "--size", "128x96", "--batch", "4"]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        train.main(["--model", "street_n", "--minutes", "0.03", *common])
        train.main(["--model", "street_n", "--minutes", "0.06", *common])
        os.replace(os.path.join(out, "street_n.onnx"), os.path.join(folder, "first.onnx"))
        os.remove(os.path.join(out, "street_n.pt"))
        train.main(["--init", os.path.join(folder, "first.onnx"), "--minutes", "0.02", *common])
        train.main(["--init", os.path.join(folder, "first.onnx"), "--model", "street_s",
                    "--teacher", os.path.join(folder, "first.onnx"), "--minutes", "0.02", *common])
    assert os.path.exists(os.path.join(out, "street_s.onnx"))
    for flag in ("--init", "--teacher"):
        try:
            train.main(["--model", "street_n", flag, os.path.join(folder, "none.onnx"), *common])
        except SystemExit as error:
            assert "none.onnx: no such file" in str(error), error
        else:
            assert False, f"{flag} took a file that is not there"
    assert "goes on from" in said.getvalue()
    assert os.path.exists(os.path.join(out, "street_n.onnx"))
    assert not [f for f in os.listdir(out) if f.endswith(".part")]


@check
def reserved_seeds_are_refused(_):
    for text in ("0-10", "999", "500-1500", "899999-900000", "0-2000000"):
        try:
            render.training_seeds(text)
        except argparse.ArgumentTypeError as error:
            assert "reserved" in str(error), error
        else:
            assert False, f"{text} was taken"
    assert list(render.training_seeds("1000-1002")) == [1000, 1001, 1002]


@check
def crops_keep_their_labels(_):
    rng = np.random.default_rng(2)
    pixels = np.zeros((720, 1280, 3), np.uint8)
    pixels[300:400, 600:650] = 255
    objects = np.array([[0, 600, 300, 650, 400, 1.0]], np.float32)
    quiet, render.worsen = render.worsen, lambda image, rng: image
    for _ in range(50):
        image, label, box = render.crop(Image.fromarray(pixels), objects, (352, 208), rng)
        lit = image[0] > 127
        if not (label == 0).any():
            continue
        rows, columns = np.flatnonzero(lit.any(1)), np.flatnonzero(lit.any(0))
        seen = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
        assert np.abs(box[0] - seen).max() <= 1, (box[0], seen)
    render.worsen = quiet


@check
def calibrated_scores_are_probabilities(folder):
    rng = np.random.default_rng(4)
    logits = rng.normal(-1, 1.5, 20000)
    right = rng.random(20000) < 1 / (1 + np.exp(-(1.7 * logits + 0.6)))
    a, b = calibrate.fit(logits, right)
    assert abs(a - 1.7) < 0.1 and abs(b - 0.6) < 0.1, (a, b)
    net, images = shaken("street_s"), torch.rand(1, 3, 96, 160)
    path = os.path.join(folder, "m.onnx")
    with torch.no_grad():
        before = N.flatten(net(images))[..., N.BOX:]
        calibrate.rescale(net, 1.7, 0.6)
        export.write(net, path)
        after = N.flatten(export.load(path).eval()(images))[..., N.BOX:]
    same(after, before * 1.7 + 0.6, 0.01)


@check
def a_model_that_finds_nothing_is_not_calibrated(folder):
    path = os.path.join(folder, "m.onnx")
    export.write(N.Street("street_n"), path)
    weir = os.environ.get("WEIR", os.path.join(os.path.dirname(__file__), "../../build/weir"))
    if not os.path.exists(weir):
        return "weir is not built"
    try:
        calibrate.main([path, "--weir", weir, "--seeds", "900000", "--seconds", "10",
                        "--cache", folder, "--width", "320"])
    except SystemExit as error:
        assert "too little" in str(error), error
    else:
        assert False, "it was calibrated"


@check
def average_precision_counts_by_the_rules(_):
    truth = np.array([[0, 0, 0, 20, 40, 1], [0, 50, 0, 60, 8, 1], [0, 100, 0, 120, 40, 0.2]])
    found = np.array([[0, 0, 0, 20, 40, 0.9],     # right
                      [0, 50, 0, 60, 8, 0.8],     # too small to count
                      [0, 100, 0, 120, 40, 0.7],  # too hidden to count
                      [0, 200, 0, 205, 9, 0.6],   # nothing, but small
                      [0, 200, 0, 220, 40, 0.5]])  # wrong
    rows, objects = validate.judge(found, truth, 0, 12, 1e9)
    assert objects == 1 and rows == [(0.9, 1), (0.5, 0)], rows
    assert validate.average_precision(rows, objects) == 1
    assert validate.average_precision([(0.9, 0), (0.5, 1)], 1) == 0.5
    assert validate.average_precision([(0.9, 1)], 2) == 51 / 101


def main():
    print(f"1..{len(CHECKS)}")
    failed = 0
    for number, function in enumerate(CHECKS, 1):
        name = function.__name__
        if torch is None:
            print(f"ok {number} {name} # SKIP python3-torch, numpy or PIL is not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            try:
                why = function(folder)
                print(f"ok {number} {name}" + (f" # SKIP {why}" if why else ""), flush=True)
            except (Exception, SystemExit) as error:
                failed += 1
                print(f"not ok {number} {name}\n# {type(error).__name__}: {error}", flush=True)
    return 1 if failed else 0


try:
    import json
    import numpy as np
    from PIL import Image
    import torch
    import calibrate
    import data
    import export
    import fused
    import net as N
    import render
    import train
    import validate
    from loss import Loss
except ImportError:
    torch = None

if __name__ == "__main__":
    sys.exit(main())
