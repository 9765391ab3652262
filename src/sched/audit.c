/*
 * The reference errs, so that F1 of a way's boxes against the reference's is not the way's F1
 * over the reference's: what both miss is in neither, what is right and the reference lacks
 * counts against the way, and so do the reference's false alarms. Let D and R be the numbers of
 * their boxes, M of those in both, T of true objects; F1(way) = 2 right_D / (D + T), so
 *
 *     relative = right_D (R + T) / (right_R (D + T)).
 *
 * The model gives the reference's precision and recall: right_R = R prec_R, T = right_R / rec_R.
 * If the two err independently but for what height and class explain, right_D of the boxes of
 * the way are right, and the reference finds a share h_D = both / right of them: M = right_D h_D
 * (capture and recapture). Real models err alike, the more so the closer kin they are: where
 * M is more than independence explains, by a share c of what is left to explain, the
 * reference finds h_D + c (1 - h_D) of them, the way h_R + c (1 - h_R) of what the reference has
 * right, and sqrt(c) of its false alarms. (The root errs on the safe side: false alarms are
 * shared sooner than misses. c is 0 for independent ones and 1 for the same model twice, where
 * all of this gives 1, as it must.) So a matched box is right with
 *
 *     q = prec_R m_R / (prec_R m_R + (1 - prec_R) sqrt(c)),   m_R = h_R + c (1 - h_R),
 *
 * and of the D - M unmatched as many as recapture says, but no more than the expected share of
 * right ones to false alarms allows: that guards against models that err alike in other ways.
 */
#include "sched/audit.h"

#include <math.h>
#include <string.h>

#define FEW 20.0 /* boxes of the reference; fewer say little of how alike the two err */

void audit_add(struct audit_sums *to, const struct audit_sums *of, double weight) {
    to->boxes += weight * of->boxes;
    to->reference += weight * of->reference;
    to->matched += weight * of->matched;
    to->right += weight * of->right;
    to->reference_right += weight * of->reference_right;
    to->both += weight * of->both;
    to->alarms += weight * of->alarms;
    to->reference_alarms += weight * of->reference_alarms;
    to->objects += weight * of->objects;
    to->predicted += weight * of->predicted;
}

void audit_fade(struct audit_sums *sums, double keep) {
    struct audit_sums faded = {0};
    audit_add(&faded, sums, keep);
    *sums = faded;
}

/* 0 where there is nothing to divide by. */
static double share(double part, double whole) {
    return whole > 0 ? fmin(part / whole, 1) : 0;
}

struct audit_split audit_split_of(const struct audit_sums *s) {
    /* Of the reference's boxes those beyond the expected false alarms are right. */
    const double precision =
                     (FEW * share(s->reference_right, s->reference_right + s->reference_alarms) +
                      fmax(s->reference - s->reference_alarms, 0)) /
                     (FEW + fmax(s->reference, s->reference_alarms)),
                 false_r = s->reference * (1 - precision);
    /* The way finds more or fewer than expected: its hits with it. */
    const double more = s->boxes / fmax(s->right + s->alarms, 1e-9),
                 hit_r = fmin(share(s->both, s->reference_right) * more, 1),
                 hit_d = share(s->both, s->right), explained = precision * hit_r,
                 matched = share(s->matched, s->reference);
    double alike = explained < 1 ? fmax(matched - explained, 0) / (1 - explained) : 0;
    alike *= s->reference / (s->reference + FEW);
    const double right = precision * (hit_r + alike * (1 - hit_r)), wrong = 1 - precision,
                 shared = sqrt(alike), q = share(right, right + wrong * shared);
    const double found = hit_d + alike * (1 - hit_d), unmatched = fmax(s->boxes - s->matched, 0),
                 recaptured = found > 0 ? s->matched * q * (1 / found - 1) : 0,
                 alarms =
                     fmax(s->boxes * share(s->alarms, s->right + s->alarms) - false_r * shared, 0);
    /* Nothing was matched, as where the way is blind: the model alone must say. */
    const double likely = recaptured + alarms > 0 ? recaptured / (recaptured + alarms)
                                                  : share(s->right, s->right + s->alarms);
    return (struct audit_split){
        .matched = q,
        .unmatched =
            unmatched > 0 && s->matched > 0 ? fmin(likely, recaptured / unmatched) : likely,
        .reference = precision,
        .objects = s->reference_right > 0 ? s->objects / s->reference_right : 1,
    };
}

struct audit_frame audit_frame_of(const struct audit_split *split, double boxes, double reference,
                                  double matched) {
    struct audit_frame f = {.boxes = boxes, .reference = reference};
    f.right = matched * split->matched + (boxes - matched) * split->unmatched;
    f.reference_right = reference * split->reference;
    f.objects = f.reference_right * split->objects;
    return f;
}

double audit_relative(const struct audit_frame *f) {
    if (!(f->reference_right > 0))
        return NAN;
    return f->right * (f->reference + f->objects) / (f->reference_right * (f->boxes + f->objects));
}

static double iou(const struct weir_floor_box *a, const struct weir_floor_box *b) {
    double w = fmin(a->x1, b->x1) - fmax(a->x0, b->x0), h = fmin(a->y1, b->y1) - fmax(a->y0, b->y0);
    if (w <= 0 || h <= 0)
        return 0;
    double both = w * h;
    return both / ((double)(a->x1 - a->x0) * (a->y1 - a->y0) +
                   (double)(b->x1 - b->x0) * (b->y1 - b->y0) - both);
}

int audit_match(const struct weir_floor_box *box, int len, const struct weir_floor_box *reference,
                int reference_len) {
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
        for (int k = 0; k < reference_len; k++) {
            if (taken[k] || reference[k].class_id != b->class_id)
                continue;
            double over = iou(b, &reference[k]);
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
