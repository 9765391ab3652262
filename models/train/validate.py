"""AP50 of a detector on full frames of scenes kept apart, quickly.

    validate.py MODEL.onnx|MODEL.pt --weir build/weir

The rules are those of the project's evaluation: objects of at least 12 pixels' height of
which at least 35% show count; others may be found or not; a detection lower than 12
pixels that finds nothing is not held against the model. AP is the mean precision at
101 recalls (COCO), over all scores from 0.01 on. Frames are made once and kept in
--cache. `weir eval` gives the figures to publish; this one shows how training goes.
"""
import argparse
import os
import sys

import numpy as np
from PIL import Image
import torch

import export
import net as N
import render
from data import VISIBLE

LEAST, GOOD, LOWEST, NMS, MOST = 12, 0.5, 0.01, 0.45, 300
PROFILES = ("mixed", "rush", "mixed", "calm", "mixed", "far")
HEIGHTS = ((12, 1e9), (12, 24), (24, 48), (48, 96), (96, 1e9))


def load(path):
    """A network with decoded output, of an exported model or a checkpoint."""
    if path.endswith(".onnx"):
        net = export.load(path)
    else:
        state = torch.load(path, map_location="cpu")
        net = N.Street(state["model"])
        net.load_state_dict(state["ema"])
    return net.name, export.Deployed(net).eval()


def ious(one, many):
    low, high = np.maximum(one[:2], many[:, :2]), np.minimum(one[2:], many[:, 2:])
    inter = np.clip(high - low, 0, None).prod(1)
    area = (many[:, 2:] - many[:, :2]).prod(1) + (one[2:] - one[:2]).prod()
    return inter / np.maximum(area - inter, 1e-6)


def suppress(boxes, scores):
    """Indices of what is left of one class, best first."""
    order, kept = np.argsort(-scores, kind="stable"), []
    while len(order) and len(kept) < MOST:
        kept.append(order[0])
        order = order[1:][ious(boxes[order[0]], boxes[order[1:]]) <= NMS]
    return np.array(kept, int)


@torch.no_grad()
def detect(model, pixels, width):
    """[n, 6] of class, corners in pixels of the frame, score."""
    height = round(pixels.shape[0] * width / pixels.shape[1])
    scale = width / pixels.shape[1]
    if width != pixels.shape[1]:
        pixels = np.asarray(Image.fromarray(pixels).resize((width, height), Image.BILINEAR))
    step = N.STRIDES[-1]
    wide, high = (-(-side // step) * step for side in (width, height))
    left, top = (wide - width) // 2, (high - height) // 2
    canvas = np.full((high, wide, 3), 114, np.uint8)
    canvas[top:top + height, left:left + width] = pixels
    images = torch.from_numpy(canvas.transpose(2, 0, 1)[None] / np.float32(255))
    out = model(images.contiguous(memory_format=torch.channels_last))[0].numpy()
    kind, score = out[N.BOX:].argmax(0), out[N.BOX:].max(0)
    take = np.argsort(-score)[:3000]
    take = take[score[take] >= LOWEST]
    middle, half = out[:2, take].T - (left, top), out[2:4, take].T / 2
    boxes = np.concatenate([middle - half, middle + half], 1) / scale
    limit = np.array([width, height, width, height]) / scale
    boxes = np.clip(boxes, 0, limit)
    found = []
    for c in range(len(N.CLASSES)):
        own = np.flatnonzero(kind[take] == c)
        own = own[suppress(boxes[own], score[take][own])]
        found.append(np.column_stack([np.full(len(own), c), boxes[own], score[take][own]]))
    found = np.concatenate(found)
    return found[np.argsort(-found[:, 5], kind="stable")[:MOST]]


def judge(found, truth, kind, low, high):
    """(score, right) of one class's detections in one frame that count, and how many
    objects there were to find."""
    truth = truth[truth[:, 0] == kind]
    tall = truth[:, 4] - truth[:, 2]
    counts = (tall >= low) & (tall < high) & (truth[:, 5] >= VISIBLE)
    left = np.ones(len(truth), bool)
    rows = []
    for row in found[found[:, 0] == kind]:
        overlap = ious(row[1:5], truth[:, 1:5]) if len(truth) else np.zeros(0)
        fits = (overlap >= GOOD) & left
        if (fits & counts).any():
            left[np.argmax(np.where(fits & counts, overlap, -1))] = False
            rows.append((row[5], 1))
        elif not (overlap[~counts] >= GOOD).any() and low <= row[4] - row[2] < high:
            rows.append((row[5], 0))
    return rows, int(counts.sum())


def average_precision(rows, objects):
    if not objects:
        return float("nan")
    if not rows:
        return 0.0
    rows = np.array(rows)
    right = rows[np.argsort(-rows[:, 0], kind="stable"), 1].cumsum()
    precision = right / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    at = np.searchsorted(right / objects, np.linspace(0, 1, 101))
    return float(np.append(precision, 0)[at].mean())


def table(results):
    """AP50 by height of the object (rows of HEIGHTS) and class, and numbers of objects."""
    shape = len(HEIGHTS), len(N.CLASSES)
    ap, objects = np.full(shape, np.nan), np.zeros(shape, int)
    for i, (low, high) in enumerate(HEIGHTS):
        for kind in range(len(N.CLASSES)):
            rows = []
            for found, truth in results:
                more, count = judge(found, truth, kind, low, high)
                rows += more
                objects[i, kind] += count
            ap[i, kind] = average_precision(rows, objects[i, kind])
    return ap, objects


def validation_frames(args):
    """Paths of the scenes, made where they are not there yet."""
    os.makedirs(args.cache, exist_ok=True)
    for seed in args.seeds:
        profile = PROFILES[seed % len(PROFILES)]
        path = os.path.join(args.cache, f"{seed}-{profile}-{args.fps:g}-{args.seconds:g}.y4m")
        if not os.path.exists(path):
            render.scene(args.weir, path, seed, profile, (1280, 720), args.fps, args.seconds)
        yield path


def add_scene_options(p):
    """The scenes to look at, for validation_frames()."""
    p.add_argument("--weir", default="build/weir", help="[build/weir]")
    p.add_argument("--seeds", type=render.parse_seeds, default=range(900000, 900018),
                   metavar="FIRST-LAST", help="[900000-900017]")
    p.add_argument("--fps", type=render.positive, default=0.1, help="[0.1]")
    p.add_argument("--seconds", type=render.positive, default=60, help="[60]")
    p.add_argument("--cache", default="out/validation", help="[out/validation]")


def main(argv=None):
    p = argparse.ArgumentParser(description="AP50 on full frames of scenes kept apart.")
    p.add_argument("model", help=".onnx, or a .pt checkpoint")
    add_scene_options(p)
    p.add_argument("--width", type=render.whole, default=1280, help="the model sees [1280]")
    p.add_argument("--threads", type=render.whole, default=os.cpu_count())
    args = p.parse_args(argv)
    if not os.path.exists(args.model):
        sys.exit(f"{args.model}: no such file")
    torch.set_num_threads(args.threads)
    name, model = load(args.model)
    results = []
    try:
        for path in validation_frames(args):
            results += [(detect(model, pixels, args.width), truth)
                        for pixels, truth in render.frames(path)]
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
    ap, objects = table(results)
    print(f"{name} at {args.width} pixels' width, {len(results)} frames: AP50 (objects)")
    print(f"{'height':>9}  {'mean':>5}  " + "  ".join(f"{c:>13}" for c in N.CLASSES))
    for (low, high), row, count in zip(HEIGHTS, ap, objects):
        span = f"{low}-{high:g}" if high < 1e9 else f"{low} on"
        mean = np.nanmean(row) if count.any() else float("nan")
        print(f"{span:>9}  {mean:5.3f}  "
              + "  ".join(f"{a:5.3f} {'(%d)' % n:>7}" for a, n in zip(row, count)))


if __name__ == "__main__":
    main()
