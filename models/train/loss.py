"""What the network should have said, and how wrong it was.

Assignment is task-aligned (TOOD) but sparse: an object may only be learnt by the 3x3
cells around its centre on the two levels that fit its size, 18 candidates whatever
the picture's size. Of these the best few are positive, by how well they already score
and place it; how many, the sum of their IoUs says (SimOTA). Everything works on
[objects, 18], so it costs next to nothing on a CPU.

A positive's target score is the quality of its box; scores are learnt by the quality
focal loss, boxes by CIoU. The focal factor all but forgives a second class that is half
sure, so a bus stays a truck, too: a cross entropy among the classes of positives parts them. Cells inside objects that hardly show (class -1) are
neither right nor wrong.
"""
import math
import warnings

import torch
import torch.nn.functional as F

import net as N

IGNORE = -1
# Twice this, in pixels, is where objects leave levels 4 and 8 for 8 and 16, and so on: by the
# root of their area, times SLIM; people are slim, and stand close together.
SMALLEST, SLIM = 16, 1.2
NEAR = 9
MOST = 6  # positives of one object
BOX_GAIN, CLASS_GAIN, TEACHER_GAIN = 2.0, 1.0, 1.0
SURE = 0.1  # a teacher's box counts where its score is above this
# What finding one is worth, by class: streets hold 60 people for each bus, and the
# figure that counts is the mean over classes.
WORTH = (1.0, 2.0, 1.0, 4.0, 3.0)

warnings.filterwarnings("ignore", message="scatter_reduce")  # PyTorch 1.13 calls it beta


def iou_of(a, b, complete=False):
    """IoU of corner boxes [..., 4] pair by pair; CIoU where complete."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    inter = (high - low).clamp(min=0).prod(-1)
    size_a, size_b = a[..., 2:] - a[..., :2], b[..., 2:] - b[..., :2]
    iou = inter / (size_a.prod(-1) + size_b.prod(-1) - inter + 1e-7)
    if not complete:
        return iou
    hull = torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])
    apart = (a[..., :2] + a[..., 2:] - b[..., :2] - b[..., 2:]).pow(2).sum(-1) / 4
    angle = (torch.atan2(size_a[..., 0], size_a[..., 1] + 1e-7)
             - torch.atan2(size_b[..., 0], size_b[..., 1] + 1e-7))
    shape = 4 / math.pi ** 2 * angle.pow(2)
    with torch.no_grad():
        weight = shape / (1 - iou + shape + 1e-7)
    return iou - apart / (hull.pow(2).sum(-1) + 1e-7) - weight * shape


class Loss:
    """For pictures of one size. Call with raw [B, cells, 4 + C] and flat targets."""

    def __init__(self, height, width):
        self.height, self.width = height, width
        self.centres, self.strides = N.cell_table(height, width)
        self.grid = torch.tensor([[width // s, height // s] for s in N.STRIDES])
        sizes = self.grid.prod(1)
        self.cells = int(sizes.sum())
        self.first = torch.cumsum(sizes, 0) - sizes
        near = torch.arange(NEAR)
        self.near = torch.stack([near % 3 - 1, torch.div(near, 3, rounding_mode="floor") - 1], 1)

    def candidates(self, box):
        """Cells [T, 18] that may learn each box, and which of them exist."""
        side = (box[:, 2:] - box[:, :2]).clamp(min=1).prod(1).sqrt() * SLIM
        lowest = (side / SMALLEST).log2().clamp(0, len(N.STRIDES) - 2).floor().long()
        level = torch.stack([lowest, lowest + 1], 1)                            # [T, 2]
        stride = torch.tensor(N.STRIDES)[level]
        middle = (box[:, None, :2] + box[:, None, 2:]) / 2
        at = (middle / stride[..., None]).floor().long()
        at = at[:, :, None, :] + self.near                                      # [T, 2, 9, 2]
        grid = self.grid[level][:, :, None, :]
        exists = ((at >= 0) & (at < grid)).all(-1)
        cell = self.first[level][..., None] + at[..., 1] * grid[..., 0] + at[..., 0]
        return torch.where(exists, cell, 0).flatten(1), exists.flatten(1)

    @torch.no_grad()
    def assign(self, raw, image, box, label):
        """(picture, cell, object, target score) of every positive."""
        cell, exists = self.candidates(box)
        said = raw[image[:, None], cell]
        iou = iou_of(N.boxes_of(said, self.centres[cell], self.strides[cell]), box[:, None])
        own = label[:, None, None].expand(-1, cell.shape[1], 1)
        score = said[..., N.BOX:].gather(2, own)[..., 0].sigmoid()
        iou = iou * exists
        align = (score.sqrt() * iou.pow(4) + 1e-9) * exists
        count = iou.topk(NEAR, 1).values.sum(1).long().clamp(1, MOST)
        best, order = align.topk(MOST, 1)
        chosen = (torch.arange(MOST) < count[:, None]) & (best > 0)
        obj, rank = chosen.nonzero(as_tuple=True)
        slot = order[obj, rank]
        where = image[obj] * self.cells + cell[obj, slot]
        # Of two objects that want one cell, the better aligned has it.
        winner = torch.zeros(raw.shape[0] * self.cells)
        winner = winner.scatter_reduce(0, where, best[obj, rank], "amax")
        won = best[obj, rank] >= winner[where]
        obj, slot, where = obj[won], slot[won], where[won]
        target = align[obj, slot] / best[obj, 0] * iou.amax(1)[obj]
        return image[obj], cell[obj, slot], obj, target.clamp(0.05, 1)

    def excused(self, pictures, image, box):
        """Cells [B, cells] whose centre lies in one of the boxes: by differences along
        both axes, summed up, on the finest grid."""
        fine = N.STRIDES[0]
        w, h = self.width // fine, self.height // fine
        edge = torch.zeros(pictures, h + 1, w + 1)
        x0, y0 = ((box[:, i] / fine).floor().long().clamp(0, m) for i, m in ((0, w), (1, h)))
        x1, y1 = ((box[:, i] / fine).ceil().long().clamp(0, m) for i, m in ((2, w), (3, h)))
        for y, x, sign in ((y0, x0, 1.), (y0, x1, -1.), (y1, x0, -1.), (y1, x1, 1.)):
            edge.index_put_((image, y, x), torch.full((len(box),), sign), accumulate=True)
        inside = edge.cumsum(1).cumsum(2) > 0.5
        x, y = (self.centres / fine).long().unbind(1)
        return inside[:, y, x]

    def imitation(self, raw, taught):
        """How far an answer is from a better network's, cell by cell: knowledge distillation
        (Hinton, Vinyals, Dean 2015) with the focal factor that dense detectors need."""
        target = taught[..., N.BOX:].sigmoid()
        sure = target.amax(-1)
        norm = sure.sum().clamp(min=1)
        logits = raw[..., N.BOX:]
        with torch.no_grad():
            focus = (target - logits.sigmoid()).abs_().mul_(torch.tensor(WORTH))
        score = (F.binary_cross_entropy_with_logits(logits, target, reduction="none")
                 * focus).sum() / norm
        where, cell = (sure > SURE).nonzero(as_tuple=True)
        said, meant = (N.boxes_of(r[where, cell], self.centres[cell], self.strides[cell])
                       for r in (raw, taught))
        place = ((1 - iou_of(said, meant, complete=True)) * sure[where, cell]).sum() / norm
        return score + BOX_GAIN * place

    def __call__(self, raw, image, box, label, taught=None):
        """(sum, score part, box part, positives); image, label [T] and box [T, 4] list
        the objects of all pictures."""
        pictures = raw.shape[0]
        real = label != IGNORE
        pos_image, pos_cell, obj, quality = self.assign(raw.detach(), image[real], box[real],
                                                        label[real])
        target = torch.zeros(pictures, self.cells, len(N.CLASSES))
        kind = label[real][obj]
        target[pos_image, pos_cell, kind] = quality
        worth = torch.tensor(WORTH)[kind]
        weight = torch.ones(pictures, self.cells)
        if not real.all():
            weight[self.excused(pictures, image[~real], box[~real])] = 0
            weight[pos_image, pos_cell] = 1
        logits = raw[..., N.BOX:]
        with torch.no_grad():
            focus = (target - logits.sigmoid()).pow_(2).mul_(weight[..., None])
            focus[pos_image, pos_cell, kind] *= worth
        share = quality * worth
        norm = share.sum().clamp(min=1)
        score = (F.binary_cross_entropy_with_logits(logits, target, reduction="none")
                 * focus).sum() / norm
        said = N.boxes_of(raw[pos_image, pos_cell], self.centres[pos_cell],
                          self.strides[pos_cell])
        place = ((1 - iou_of(said, box[real][obj], complete=True)) * share).sum() / norm
        which = (F.cross_entropy(logits[pos_image, pos_cell], kind, reduction="none")
                 * share).sum() / norm
        total = score + CLASS_GAIN * which + BOX_GAIN * place
        if taught is not None:
            total = total + TEACHER_GAIN * self.imitation(raw, taught)
        return total, score.detach(), place.detach(), len(obj)
