"""Makes a detector's scores say how likely a box is right.

    calibrate.py MODEL.onnx --weir build/weir

What training leaves as a score is the IoU that a box may have, 0.3 for good ones of small
objects; thresholds that people know (0.25 to show a box, 0.7 to begin a track) then find
little. This fits P(right) = sigmoid(a logit + b) (Platt 1999) to what the model finds in
validation scenes, and puts a and b into its last convolutions. The order of boxes stays,
and with it AP. Right is as validate.py has it.
"""
import argparse
import os
import sys

import numpy as np
import torch

import export
import net as N
import render
import validate

LEAST = 200  # detections, and of these as many right and wrong ones as a twentieth


def fit(logits, right, steps=100):
    """(a, b) of the likeliest sigmoid, by Newton's method from (1, 0)."""
    x = np.column_stack([logits, np.ones(len(logits))])
    w = np.array([1.0, 0.0])
    for _ in range(steps):
        p = 1 / (1 + np.exp(-(x @ w).clip(-30, 30)))
        slope = x.T @ (right - p) - 1e-3 * (w - (1, 0))
        curve = (x * (p * (1 - p))[:, None]).T @ x + 1e-3 * np.eye(2)
        step = np.linalg.solve(curve, slope)
        w += step.clip(-1, 1)
        if np.abs(step).max() < 1e-9:
            break
    return float(w[0]), float(w[1])


@torch.no_grad()
def rescale(net, a, b):
    """Scores' logits become a logit + b."""
    for head in (net.head, net.fine_head):
        head.out.weight[N.BOX:] *= a
        head.out.bias[N.BOX:] = head.out.bias[N.BOX:] * a + b


def verdicts(model, paths, width):
    """[n, 2] of score and right (1 or 0) of all that counts, over some scenes."""
    rows = []
    for path in paths:
        for pixels, truth in render.frames(path):
            found = validate.detect(model, pixels, width)
            for kind in range(len(N.CLASSES)):
                rows += validate.judge(found, truth, kind, validate.LEAST, 1e9)[0]
    return np.array(rows).reshape(-1, 2)


def main(argv=None):
    p = argparse.ArgumentParser(description="Makes scores probabilities.")
    p.add_argument("model", help="an exported model, .onnx")
    p.add_argument("--out", metavar="FILE.onnx", help="where to write it [over the model]")
    p.add_argument("--width", type=render.whole, default=1280, help="the model sees [1280]")
    validate.add_scene_options(p)
    args = p.parse_args(argv)
    if not os.path.exists(args.model):
        sys.exit(f"{args.model}: no such file")
    net = export.load(args.model)
    try:
        found = verdicts(export.Deployed(net).eval(), validate.validation_frames(args), args.width)
    except (RuntimeError, OSError) as error:
        sys.exit(str(error))
    hits = found[:, 1].sum()
    if len(found) < LEAST or min(hits, len(found) - hits) < LEAST / 20:
        sys.exit(f"{args.model}: finds too little to tell ({len(found)} boxes, {hits:.0f} right)")
    scores = found[:, 0].clip(1e-6, 1 - 1e-6)
    a, b = fit(np.log(scores / (1 - scores)), found[:, 1])
    if a <= 0:
        sys.exit(f"{args.model}: its scores mean nothing (a = {a:.3f})")
    rescale(net, a, b)
    export.write(net, args.out or args.model)
    print(f"{net.name}: P(right) = sigmoid({a:.3f} logit {b:+.3f}), from {len(found)} boxes, "
          f"{hits:.0f} right")


if __name__ == "__main__":
    main()
