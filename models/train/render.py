"""Makes training shards of generated street scenes.

    render.py --weir build/weir --seeds 1000-1400 --out DIR

For each seed, `weir scene` writes a minute of street at a low frame rate, so that frames
differ. Half of the scenes have far more buses, trucks and cyclists than streets have:
what is rare must be seen often to be learnt. Of each frame some crops are cut, mostly where objects are, at random scale
(shrunk by up to 4, enlarged by up to 1.5), made worse as cameras and codecs make them,
and written as one shard. The video is deleted. A shard that is there already is kept:
the same command goes on where it was stopped.

Seeds 0-999 are for evaluation and 900000-999999 for validate.py: both are refused.
"""
import argparse
import functools
import io
import json
import math
import multiprocessing
import os
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageFilter

from data import IGNORE, LEAST_HEIGHT, VISIBLE, write_shard
from net import CLASSES
from train import parse_size, positive, whole

RESERVED = ((0, 999, "evaluation"), (900000, 999999, "validation"))
MARGIN = 1.1  # a shard's pictures are this much larger: windows of them differ
SHRINK, ENLARGE = 4.0, 1.5
PROFILES = "mixed:5,rush:2,calm:2,far:1"
RICH_HEAVY, RICH_CYCLISTS = (0.4, 0.9), (2, 5)  # for weir scene


def parse_seeds(text):
    """"1000-1400" or "1000": a range, both ends in it."""
    first, dash, last = text.partition("-")
    try:
        first, last = int(first), int(last) if dash else int(first)
    except ValueError:
        raise argparse.ArgumentTypeError(f"found '{text}'; expected FIRST-LAST")
    if last < first or first < 0:
        raise argparse.ArgumentTypeError(f"found '{text}'; expected a rising range from 0 on")
    return range(first, last + 1)


def training_seeds(text):
    seeds = parse_seeds(text)
    for low, high, use in RESERVED:
        if seeds[0] <= high and seeds[-1] >= low:
            raise argparse.ArgumentTypeError(
                f"found {text}; seeds {low}-{high} are reserved for {use}: "
                "a detector trained on them would be judged on what it has seen")
    return seeds


def share(text):
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"found '{text}'; expected 0 to 1")
    return value


def parse_profiles(text):
    """"mixed:5,calm:1" to names and shares."""
    names, shares = [], []
    for part in text.split(","):
        name, _, share = part.partition(":")
        names.append(name)
        try:
            shares.append(float(share or 1))
        except ValueError:
            shares.append(-1)
        if not name or not shares[-1] > 0:
            raise argparse.ArgumentTypeError(f"found '{text}'; expected NAME:SHARE,…")
    return names, np.array(shares) / sum(shares)


def scene(weir, path, seed, profile, size, fps, seconds, *more):
    """Lets weir write path (.y4m) and its labels."""
    command = [weir, "scene", "--seed", str(seed), "--profile", profile, "--size",
               f"{size[0]}x{size[1]}", "--fps", f"{fps:g}", "--seconds", f"{seconds:g}",
               "-o", path, "--quiet", *more]
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                          text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: exit code {done.returncode}: "
                           f"{done.stderr.strip()[:500]}")


def enlarge(plane, width, height):
    return np.asarray(Image.fromarray(plane).resize((width, height), Image.BILINEAR),
                      np.float32)


def to_rgb(y, u, v):
    """I420 planes, BT.709 limited range, to RGB [H, W, 3] of bytes."""
    height, width = y.shape
    luma = (y.astype(np.float32) - 16) * (255 / 219)
    cb = (enlarge(u, width, height) - 128) * (255 / 224)
    cr = (enlarge(v, width, height) - 128) * (255 / 224)
    rgb = np.stack([luma + 1.5748 * cr, luma - 0.1873 * cb - 0.4681 * cr, luma + 1.8556 * cb], -1)
    return np.clip(np.rint(rgb), 0, 255).astype(np.uint8)


def read_y4m(path):
    """Every frame as RGB [H, W, 3]."""
    with open(path, "rb") as file:
        head = file.readline().split()
        size = {word[:1]: word[1:] for word in head[1:]}
        if head[:1] != [b"YUV4MPEG2"] or not size.get(b"C", b"420").startswith(b"420"):
            raise RuntimeError(f"{path}: not 8-bit 4:2:0 in YUV4MPEG2")
        width, height = int(size[b"W"]), int(size[b"H"])
        luma, chroma = width * height, (width // 2) * (height // 2)
        while file.readline():
            data = np.frombuffer(file.read(luma + 2 * chroma), np.uint8)
            if len(data) < luma + 2 * chroma:
                raise RuntimeError(f"{path}: ends in the middle of a frame")
            half = (height // 2, width // 2)
            yield to_rgb(data[:luma].reshape(height, width),
                         data[luma:luma + chroma].reshape(half),
                         data[luma + chroma:].reshape(half))


def read_labels(path):
    """For each image id: [n, 6] of class, corners, visibility."""
    with open(path) as file:
        coco = json.load(file)
    number = {c["id"]: CLASSES.index(c["name"]) for c in coco["categories"]
              if c["name"] in CLASSES}
    rows = {image["id"]: [] for image in coco["images"]}
    for a in coco["annotations"]:
        x, y, w, h = a["bbox"]
        if a["category_id"] in number:
            rows[a["image_id"]].append((number[a["category_id"]], x, y, x + w, y + h,
                                        a.get("visibility", 1)))
    return [np.array(rows[i], np.float32).reshape(-1, 6) for i in sorted(rows)]


def frames(path):
    """(picture, labels) of every frame of a scene."""
    yield from zip(read_y4m(path), read_labels(os.path.splitext(path)[0] + ".coco.json"))


def choose(objects, width, height, size, rng):
    """Where to cut: left, top, and how many pixels of the frame make one of the crop."""
    most = min(SHRINK, width / size[0], height / size[1])
    if rng.random() < 0.45:
        scale = min(rng.uniform(0.9, 1.15), most)  # full resolution is what is judged
    else:
        scale = math.exp(rng.uniform(math.log(1 / ENLARGE), math.log(most)))
    seen = objects[(objects[:, 5] >= VISIBLE) & (objects[:, 4] - objects[:, 2] >= 8)]
    target = None
    if len(seen) and rng.random() < 0.55:
        # Every class as often as the others: streets hold few buses and many people.
        kind = rng.choice(np.unique(seen[:, 0]))
        target = rng.choice(seen[seen[:, 0] == kind])
        need = max((target[3] - target[1]) / size[0], (target[4] - target[2]) / size[1])
        scale = min(max(scale, need * 1.15), most)
    place = []
    for axis, whole_frame in enumerate((width, height)):
        span = size[axis] * scale
        low, high = 0.0, whole_frame - span
        if target is not None:
            low = max(low, min(target[3 + axis] - span, high))
            high = max(low, min(high, target[1 + axis]))
        place.append(rng.uniform(low, high))
    return place[0], place[1], scale


def worsen(image, rng):
    """As cameras and codecs do."""
    if rng.random() < 0.15:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.0)))
    if rng.random() < 0.4:
        pixels = np.asarray(image, np.float32)
        noise = rng.standard_normal(pixels.shape[:2] + (rng.choice((1, 3)),), np.float32)
        pixels = pixels + noise * np.float32(rng.uniform(1, 9))
        image = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    if rng.random() < 0.5:
        coded = io.BytesIO()
        image.save(coded, "JPEG", quality=int(rng.integers(30, 96)))
        image = Image.open(coded).convert("RGB")
    return image


def crop(frame, objects, size, rng):
    """A picture [3, H, W], its labels and boxes."""
    left, top, scale = choose(objects, frame.width, frame.height, size, rng)
    right = min(left + size[0] * scale, frame.width)
    bottom = min(top + size[1] * scale, frame.height)
    way = Image.BOX if scale > 1 and rng.random() < 0.6 else Image.BILINEAR
    image = frame.resize(size, way, box=(left, top, right, bottom))
    image = worsen(image, rng)
    places = (objects[:, 1:5] - np.array([left, top, left, top], np.float32)) / scale
    box = np.clip(places, 0, np.array(size + size, np.float32))
    side, before = box[:, 2:] - box[:, :2], places[:, 2:] - places[:, :2]
    kept = side.prod(1) / np.maximum(before.prod(1), 1e-6)
    label = objects[:, 0].astype(np.int64)
    label[(objects[:, 5] * kept < VISIBLE) | (side[:, 1] < LEAST_HEIGHT)] = IGNORE
    seen = (side > 0.5).all(1)
    return np.asarray(image).transpose(2, 0, 1), label[seen], box[seen]


def make_shard(seed, args, size):
    """One seed to one shard; what was done, in a line."""
    path = os.path.join(args.out, f"{seed:09d}")
    if os.path.exists(path + ".npz"):
        return f"{seed}: there already"
    rng = np.random.default_rng(seed)
    names, shares = args.profiles
    profile = rng.choice(names, p=shares)
    mix = []
    if rng.random() < args.rich:
        mix = ["--heavy", f"{rng.uniform(*RICH_HEAVY):.3f}",
               "--cyclists", f"{rng.uniform(*RICH_CYCLISTS):.3f}"]
    images, first, labels, boxes = [], [0], [], []
    with tempfile.TemporaryDirectory(dir=args.out, prefix=f"{seed}-") as folder:
        video = os.path.join(folder, "scene.y4m")
        scene(args.weir, video, seed, profile, args.frame, args.fps, args.seconds, *mix)
        for pixels, objects in frames(video):
            frame = Image.fromarray(pixels)
            for _ in range(args.crops):
                image, label, box = crop(frame, objects, size, rng)
                images.append(image)
                labels.append(label)
                boxes.append(box)
                first.append(first[-1] + len(label))
    label = np.concatenate(labels)
    write_shard(path, np.stack(images), first, label, np.concatenate(boxes))
    return (f"{seed}: {profile}{', rich' if mix else ''}, {len(images)} crops, {(label != IGNORE).sum()} objects, "
            f"{(label == IGNORE).sum()} ignored")


def attempt(seed, args, size):
    try:
        return make_shard(seed, args, size), True
    except (RuntimeError, OSError) as error:
        return str(error), False


def main(argv=None):
    p = argparse.ArgumentParser(description="Makes training shards of generated scenes.")
    p.add_argument("--weir", default="build/weir", help="the program [build/weir]")
    p.add_argument("--seeds", type=training_seeds, required=True, metavar="FIRST-LAST")
    p.add_argument("--out", required=True, help="folder of the shards")
    p.add_argument("--size", type=parse_size, default=(320, 192),
                   help="of the crops to train on; shards are a tenth larger [320x192]")
    p.add_argument("--crops", type=whole, default=4, help="of each frame [4]")
    p.add_argument("--fps", type=positive, default=0.4, help="frames a second of scene [0.4]")
    p.add_argument("--seconds", type=positive, default=60, help="of each scene [60]")
    p.add_argument("--profiles", type=parse_profiles, default=parse_profiles(PROFILES),
                   help=f"how often which [{PROFILES}]")
    p.add_argument("--rich", type=share, default=0.5,
                   help="share of the scenes with many buses, trucks and cyclists [0.5]")
    p.add_argument("--jobs", type=whole, default=2, help="scenes at a time [2]")
    args = p.parse_args(argv)
    args.frame = (1280, 720)
    if not os.path.exists(args.weir):
        sys.exit(f"{args.weir}: no such program: build it, or say where with --weir")
    os.makedirs(args.out, exist_ok=True)
    size = tuple(min(int(side * MARGIN) // 16 * 16, limit)
                 for side, limit in zip(args.size, args.frame))
    with multiprocessing.get_context("spawn").Pool(args.jobs) as pool:
        work = functools.partial(attempt, args=args, size=size)
        for line, good in pool.imap_unordered(work, args.seeds):
            print(line, flush=True)
            if not good:
                pool.terminate()
                sys.exit(1)


if __name__ == "__main__":
    main()
