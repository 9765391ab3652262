"""Shards of labelled crops, and batches made of them.

A shard is two files: NAME.npy, uint8 pictures [N, 3, H, W], RGB, mapped into memory
so that the page cache does the caching; and NAME.npz with first [N + 1] (the labels of
picture i are first[i] to first[i + 1]), label [T] (-1: ignore), box [T, 4] (corners in
pixels of the picture). A shard is complete when its .npz is there: it is written last.

Batches of `size` are windows at random places of the pictures, mirrored half of the
time, in other light. A thread makes the next batch while this one is learnt.
"""
import glob
import os
import queue
import threading

import numpy as np
import torch

from loss import IGNORE
from net import CLASSES

VISIBLE = 0.35  # of an object that the window cuts: less is ignored
LEAST_HEIGHT = 6  # pixels: smaller is ignored
COMMON, REPEAT_MOST = 0.4, 4.0  # classes in fewer pictures than this are shown more often


def write_shard(path, images, first, label, box):
    """path without suffix; both files appear whole or not at all."""
    with open(path + ".npy.part", "wb") as out:
        np.save(out, images)
    os.replace(path + ".npy.part", path + ".npy")
    with open(path + ".npz.part", "wb") as out:
        np.savez(out, first=np.asarray(first, np.int64), label=np.asarray(label, np.int64),
                 box=np.asarray(box, np.float32).reshape(-1, 4))
    os.replace(path + ".npz.part", path + ".npz")


class Shards:
    """All shards of a folder whose pictures are at least of this size."""

    def __init__(self, folder, size):
        paths = sorted(glob.glob(os.path.join(folder, "*.npz")))
        if not paths:
            raise SystemExit(f"{folder}: no shards (*.npz): make some with render.py")
        width, height = size
        self.images, self.labels, self.index = [], [], []
        for i, path in enumerate(paths):
            images = np.load(path[:-1] + "y", mmap_mode="r")
            if images.shape[2] < height or images.shape[3] < width:
                raise SystemExit(f"{path}: pictures of {images.shape[3]}x{images.shape[2]}; "
                                 f"--size {width}x{height} needs at least that")
            with np.load(path) as labels:
                self.labels.append({k: labels[k] for k in ("first", "label", "box")})
            self.images.append(images)
            self.index += [(i, j) for j in range(len(images))]
        if not self.index:
            raise SystemExit(f"{folder}: its shards hold no pictures")

    def __len__(self):
        return len(self.index)

    def repeats(self):
        """How often each picture is worth showing: repeat factor sampling (Gupta, Dollar,
        Girshick 2019), the largest of sqrt(COMMON / share of the pictures with the class)."""
        holds = np.zeros((len(self), len(CLASSES)), bool)
        for at, (shard, i) in enumerate(self.index):
            first, label = self.labels[shard]["first"], self.labels[shard]["label"]
            found = label[first[i]:first[i + 1]]
            holds[at, found[found != IGNORE]] = True
        worth = np.sqrt(COMMON / np.maximum(holds.mean(0), 1 / len(self))).clip(1, REPEAT_MOST)
        return np.where(holds, worth, 1).max(1)

    def window(self, at, width, height, rng, out):
        """Cuts a window of picture `at` into out; its labels and boxes."""
        shard, i = self.index[at]
        image, labels = self.images[shard][i], self.labels[shard]
        y = rng.integers(image.shape[1] - height + 1)
        x = rng.integers(image.shape[2] - width + 1)
        cut = image[:, y:y + height, x:x + width]
        mirror = rng.random() < 0.5
        out[:] = cut[:, :, ::-1] if mirror else cut
        part = slice(labels["first"][i], labels["first"][i + 1])
        whole = labels["box"][part] - np.array([x, y, x, y], np.float32)
        label = labels["label"][part].copy()
        box = np.clip(whole, 0, np.array([width, height, width, height], np.float32))
        kept = ((box[:, 2:] - box[:, :2]).prod(1)
                / np.maximum((whole[:, 2:] - whole[:, :2]).prod(1), 1e-6))
        label[(kept < VISIBLE) | (box[:, 3] - box[:, 1] < LEAST_HEIGHT)] = IGNORE
        seen = (box[:, 2] - box[:, 0] > 1) & (box[:, 3] - box[:, 1] > 1)
        if mirror:
            box[:, [0, 2]] = width - box[:, [2, 0]]
        return label[seen], box[seen]


def relight(images, generator):
    """Bytes to 0-1 in other light: contrast, brightness, tint, saturation of each picture."""
    count = len(images)

    def uniform(low, high, *shape):
        return torch.rand(count, *shape, 1, 1, generator=generator) * (high - low) + low

    x = images.float().div_(255)
    gain, shift = uniform(0.8, 1.2, 1) * uniform(0.96, 1.04, 3), uniform(-0.08, 0.08, 1)
    colour = uniform(0.6, 1.2, 1)
    gray = x.mean(1, keepdim=True)
    x.sub_(gray).mul_(colour).add_(gray)
    return x.sub_(0.45).mul_(gain).add_(0.45 + shift).clamp_(0, 1)


class Batches:
    """An endless iterator of (images [B, 3, H, W], image, box, label)."""

    def __init__(self, shards, size, batch, seed):
        self.shards, self.size, self.batch = shards, size, batch
        self.rng = np.random.default_rng(seed)
        self.generator = torch.Generator().manual_seed(int(self.rng.integers(2 ** 62)))
        self.ready = queue.Queue(2)
        threading.Thread(target=self._fill, daemon=True).start()

    def _order(self):
        """Pictures with rare classes come more often; a fraction of once is a chance."""
        repeats = self.shards.repeats()
        while True:
            times = np.floor(repeats + self.rng.random(len(repeats))).astype(np.int64)
            yield from self.rng.permutation(np.repeat(np.arange(len(repeats)), times))

    def _fill(self):
        try:
            width, height = self.size
            order = self._order()
            while True:
                images = np.empty((self.batch, 3, height, width), np.uint8)
                parts = [self.shards.window(next(order), width, height, self.rng, images[i])
                         for i in range(self.batch)]
                image = np.repeat(np.arange(self.batch), [len(p[0]) for p in parts])
                self.ready.put((relight(torch.from_numpy(images), self.generator),
                                torch.from_numpy(image),
                                torch.from_numpy(np.concatenate([p[1] for p in parts])),
                                torch.from_numpy(np.concatenate([p[0] for p in parts]))))
        except Exception as error:  # reaches the learner, which would wait for ever
            self.ready.put(error)

    def __iter__(self):
        return self

    def __next__(self):
        item = self.ready.get()
        if isinstance(item, Exception):
            raise item
        return item
