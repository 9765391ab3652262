"""Trains a street detector, or goes on training it.

    train.py --model street_m --data DIR --out DIR --minutes 120

Every few minutes it writes OUT/MODEL.pt (whole or not at all) and a line of
OUT/MODEL.csv; the same command goes on from there, and the minutes count
across interruptions. At the end OUT/MODEL.onnx appears. The learning rate falls along
a cosine over the minutes given: progress is time, so the run ends when you say.

--init FILE.onnx starts from the weights of an exported model: fine-tuning to your own
street wants a few thousand crops, --lr 5e-4 and minutes, not hours. With a --model of another
size it takes over the layers that fit.

--teacher FILE.onnx lets a small network learn what a large one says, besides the labels: it sees
half as many crops in the same time, and makes more of each.
"""
import argparse
import copy
import csv
import math
import os
import sys
import time

import torch

import data
import export
import net as N
from loss import Loss

WARM_UP = 0.03  # of the time
EMA = 0.999
CURVE = ("elapsed_s", "step", "pictures", "per_s", "lr", "loss", "score", "box", "positives")


def parse_size(text):
    try:
        width, height = (int(part) for part in text.split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"found '{text}'; expected WIDTHxHEIGHT")
    step = N.STRIDES[-1]
    if width < 64 or height < 64 or width % step or height % step:
        raise argparse.ArgumentTypeError(
            f"found {text}; allowed: multiples of {step} from 64 on")
    return width, height


def positive(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"found '{text}'; expected a number above 0")
    return value


def whole(text):
    value = positive(text)
    if value != int(value):
        raise argparse.ArgumentTypeError(f"found '{text}'; expected a whole number")
    return int(value)


def parse(argv):
    p = argparse.ArgumentParser(description="Trains a street detector; the same command resumes.")
    p.add_argument("--model", choices=list(N.SIZES), help="which size [that of --init]")
    p.add_argument("--data", help="folder of shards made by render.py")
    p.add_argument("--out", required=True, help="folder of the checkpoint, curve and model")
    p.add_argument("--minutes", type=positive, default=120, help="training time in all [120]")
    p.add_argument("--init", metavar="FILE.onnx", help="start from an exported model's weights")
    p.add_argument("--teacher", metavar="FILE.onnx",
                   help="a better exported model, whose answers are learnt, too")
    p.add_argument("--size", type=parse_size, default=(320, 192), help="of a crop [320x192]")
    p.add_argument("--batch", type=whole, default=64, help="pictures of a step [64]")
    p.add_argument("--lr", type=positive, default=3e-3, help="highest learning rate [0.003]")
    p.add_argument("--seed", type=int, default=1, help="[1]")
    p.add_argument("--threads", type=whole, default=os.cpu_count(), help="[one for every core]")
    p.add_argument("--save-every", type=positive, default=3, metavar="MINUTES", help="[3]")
    p.add_argument("--precision", choices=("auto", "bf16", "f32"), default="auto",
                   help="of activations; auto is bf16 where the processor has it [auto]")
    p.add_argument("--export", action="store_true",
                   help="train no further: export the checkpoint")
    args = p.parse_args(argv)
    if not args.model and not args.init:
        p.error("--model or --init is needed")
    if not args.export and not args.data:
        p.error("--data is needed")
    return args


def has_bf16():
    try:
        with open("/proc/cpuinfo") as file:
            return "avx512_bf16" in file.read()
    except OSError:
        return False


def optimiser(net, lr):
    """Decay pulls kernels to zero, not scales and shifts."""
    kernels = [p for p in net.parameters() if p.dim() > 1]
    others = [p for p in net.parameters() if p.dim() <= 1]
    return torch.optim.AdamW([{"params": kernels, "weight_decay": 0.02},
                              {"params": others, "weight_decay": 0}], lr=lr)


def first_network(args):
    if not args.init:
        return N.Street(args.model)
    net = export.load(args.init)
    return export.borrow(net, args.model) if args.model and args.model != net.name else net


def teacher(path):
    """An exported model, folded: raw maps of what it sees."""
    return export.Deployed(export.load(path)).net.to(memory_format=torch.channels_last)


class Run:
    """One training run: its networks, where it stands, its files."""

    def __init__(self, args):
        torch.manual_seed(args.seed)
        self.args = args
        self.net = first_network(args)
        self.teacher = teacher(args.teacher) if args.teacher else None
        self.step = self.pictures = 0
        self.elapsed = 0.0
        self.fresh = True  # an --init still to be calibrated
        self.path = os.path.join(args.out, self.net.name)
        self.net.to(memory_format=torch.channels_last)
        self.ema = copy.deepcopy(self.net)
        self.adam = optimiser(self.net, args.lr)
        if os.path.exists(self.path + ".pt"):
            self.resume()
        elif args.export:
            raise SystemExit(f"{self.path}.pt: no such checkpoint: nothing to export")

    def resume(self):
        try:
            state = torch.load(self.path + ".pt", map_location="cpu")
            self.net.load_state_dict(state["net"])
            self.ema.load_state_dict(state["ema"])
            self.adam.load_state_dict(state["adam"])
            self.step, self.pictures = state["step"], state["pictures"]
            self.elapsed = state["elapsed"]
        except (RuntimeError, KeyError, ValueError, EOFError) as error:
            raise SystemExit(f"{self.path}.pt: cannot go on from it ({error}); "
                             "remove it to start anew")
        self.fresh = False
        print(f"goes on from {self.path}.pt: {self.elapsed / 60:.1f} minutes, "
              f"{self.step} steps", flush=True)

    def save(self):
        state = dict(model=self.net.name, net=self.net.state_dict(), ema=self.ema.state_dict(),
                     adam=self.adam.state_dict(), step=self.step, pictures=self.pictures,
                     elapsed=self.elapsed)
        torch.save(state, self.path + ".pt.part")
        os.replace(self.path + ".pt.part", self.path + ".pt")

    def export(self):
        export.write(self.ema, self.path + ".onnx")
        print(f"wrote {self.path}.onnx", flush=True)

    def note(self, row):
        """A line of the curve, on disk and for whoever watches."""
        path = self.path + ".csv"
        new = not os.path.exists(path)
        with open(path, "a", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow(CURVE)
            writer.writerow([f"{v:.6g}" for v in row])
        print("  ".join(f"{k} {v:.4g}" for k, v in zip(CURVE, row)), flush=True)

    def rate(self):
        done = min(self.elapsed / (self.args.minutes * 60), 1)
        warm = min(done / WARM_UP + 0.01, 1)
        return self.args.lr * warm * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)

    @torch.no_grad()
    def follow(self):
        """The average of the weights over the last steps: what is exported."""
        keep = min(EMA, (1 + self.step) / (10 + self.step))
        mine = self.net.state_dict()
        for key, value in self.ema.state_dict().items():
            if value.is_floating_point():
                value.lerp_(mine[key], 1 - keep)
            else:
                value.copy_(mine[key])

    @torch.no_grad()
    def taught(self, images):
        return N.flatten(self.teacher(images)) if self.teacher else None

    def learn(self, loss, batch, bf16):
        images, image, box, label = batch
        images = images.contiguous(memory_format=torch.channels_last)
        if self.fresh:
            if self.args.init:
                export.calibrate(self.net, images)
                self.ema.load_state_dict(self.net.state_dict())
            self.fresh = False
        for group in self.adam.param_groups:
            group["lr"] = self.rate()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            maps = self.net(images)
            taught = self.taught(images)
        total, *parts = loss(N.flatten(maps), image, box, label, taught)
        if not torch.isfinite(total):
            raise SystemExit(f"step {self.step}: the loss is {float(total)}: "
                             "go on from the checkpoint with a smaller --lr")
        self.adam.zero_grad(set_to_none=True)
        total.backward()
        if not torch.isfinite(torch.nn.utils.clip_grad_norm_(self.net.parameters(), 10)):
            raise SystemExit(f"step {self.step}: a gradient is no number: "
                             "go on from the checkpoint with a smaller --lr")
        self.adam.step()
        self.step += 1
        self.pictures += len(images)
        self.follow()
        return float(total.detach()), *(float(p) for p in parts)

    def train(self):
        args = self.args
        end, every = args.minutes * 60, args.save_every * 60
        if self.elapsed >= end:
            print(f"{self.elapsed / 60:.1f} minutes are done already")
            return
        shards = data.Shards(args.data, args.size)
        print(f"{self.net.name}: {len(shards)} pictures, "
              f"{N.gflops(self.net, 640, 352):.2f} GFLOPs at 640x352", flush=True)
        batches = data.Batches(shards, args.size, args.batch, (args.seed, self.step))
        loss = Loss(args.size[1], args.size[0])
        bf16 = args.precision == "bf16" or args.precision == "auto" and has_bf16()
        self.net.train()
        began, before = time.monotonic(), self.elapsed
        saved, sums, mark = self.elapsed, [], (self.elapsed, self.pictures)
        while self.elapsed < end:
            sums.append(self.learn(loss, next(batches), bf16))
            self.elapsed = before + time.monotonic() - began
            last = self.elapsed >= end
            # The curve has a point every 15 s, checkpoints are rarer.
            if last or self.elapsed - mark[0] >= 15:
                pace = (self.pictures - mark[1]) / max(self.elapsed - mark[0], 1e-9)
                self.note((self.elapsed, self.step, self.pictures, pace, self.rate(),
                           *(sum(c) / len(sums) for c in zip(*sums))))
                sums, mark = [], (self.elapsed, self.pictures)
            if last or self.elapsed - saved >= every:
                self.save()
                saved = self.elapsed


def main(argv=None):
    args = parse(argv)
    torch.set_num_threads(args.threads)
    for path in (args.init, args.teacher):
        if path and not os.path.exists(path):
            sys.exit(f"{path}: no such file")
    if args.data and not os.path.isdir(args.data):
        sys.exit(f"{args.data}: no such folder")
    os.makedirs(args.out, exist_ok=True)
    run = Run(args)
    if not args.export:
        run.train()
    run.export()


if __name__ == "__main__":
    main()
