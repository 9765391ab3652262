/*
 * The auditor errs, too, so that F1 of a way's boxes against the auditor's is not what F1 against
 * the truth would be: what one of them misses or mistakes by chance counts against the way. How
 * much of that there is differs from street to street, and can be had: the reference is held
 * against the same auditor (where that is the reference itself, its boxes in the same frame as
 * another codec left it), and
 *
 *     relative = (agreement with the auditor / agreement of the reference with the auditor) ^ bend.
 *
 * Where the auditor is right, or errors are independent, bend is 1: a way that finds a share p of T
 * objects and an auditor that finds r agree by 2 p r / (p + r), a reference that finds r', too, by
 * 2 r' r / (r' + r), and the ratio is near that of F1s, 2 p / (1 + p) and 2 r' / (1 + r'), the
 * nearer r is to 1. What the models of a family see and overlook is alike, the more so the closer
 * they are, and then agreement falls sooner than accuracy: bend is below 1.
 */
#include "sched/audit.h"

#include <math.h>

void audit_add(struct audit_sums *to, const struct audit_sums *of, double weight) {
    to->boxes += weight * of->boxes;
    to->auditor += weight * of->auditor;
    to->matched += weight * of->matched;
    to->predicted += weight * of->predicted;
}

void audit_fade(struct audit_sums *sums, double keep) {
    struct audit_sums faded = {0};
    audit_add(&faded, sums, keep);
    *sums = faded;
}

double audit_agreement(const struct audit_sums *sums) {
    double all = sums->boxes + sums->auditor;
    return all > 0 ? 2 * sums->matched / all : NAN;
}

double audit_relative(double agreement, double self, double bend) {
    return agreement < self ? pow(agreement / self, bend) : isnan(agreement) ? NAN : 1;
}

double audit_slope(double agreement, double self, double bend) {
    return agreement >= self ? 0
                             : bend * audit_relative(agreement, self, bend) / fmax(agreement, 1e-3);
}

static double iou(const struct weir_floor_box *a, const struct weir_floor_box *b) {
    double w = fmin(a->x1, b->x1) - fmax(a->x0, b->x0), h = fmin(a->y1, b->y1) - fmax(a->y0, b->y0);
    if (w <= 0 || h <= 0)
        return 0;
    double both = w * h;
    return both / ((double)(a->x1 - a->x0) * (a->y1 - a->y0) +
                   (double)(b->x1 - b->x0) * (b->y1 - b->y0) - both);
}

int audit_match(const struct weir_floor_box *box, int len, const struct weir_floor_box *auditor,
                int auditor_len) {
    bool taken[WEIR_FLOOR_BOXES_MAX] = {false};
    int order[WEIR_FLOOR_BOXES_MAX], matched = 0;
    for (int i = 0; i < len; i++) { /* they mostly come by falling score: then this is linear */
        int k = i;
        for (; k > 0 && box[order[k - 1]].score < box[i].score; k--)
            order[k] = order[k - 1];
        order[k] = i;
    }
    for (int i = 0; i < len; i++) {
        const struct weir_floor_box *b = &box[order[i]];
        int best = -1;
        double most = 0;
        for (int k = 0; k < auditor_len; k++) {
            if (taken[k] || auditor[k].class_id != b->class_id)
                continue;
            double over = iou(b, &auditor[k]);
            if (over >= 0.5 && over > most) {
                best = k;
                most = over;
            }
        }
        if (best >= 0) {
            taken[best] = true;
            matched++;
        }
    }
    return matched;
}
