/*
 * What audits of one way say of its accuracy, given that the reference errs, too: how many of its
 * boxes are right, from how many the reference had as well. Inside sched only.
 */
#ifndef WEIR_SCHED_AUDIT_H
#define WEIR_SCHED_AUDIT_H

#include "sched/floor.h"

/* Sums over audits: what was found, and what the model expected of these frames. */
struct audit_sums {
    double boxes, reference, matched; /* of the way, of the reference, in both */
    double right, reference_right, both; /* expected: true objects that they find */
    double alarms, reference_alarms; /* expected: false alarms */
    double objects; /* expected: true ones */
    double predicted; /* relative accuracy by the model, times the boxes of the reference */
};

/* What a box is worth. */
struct audit_split {
    double matched, unmatched; /* right, of a box of the way that is in both; that is not */
    double reference; /* right, of a box of the reference */
    double objects; /* true ones for each right box of the reference */
};

/* What one frame adds. */
struct audit_frame {
    double boxes, right, reference, reference_right, objects;
};

void audit_add(struct audit_sums *to, const struct audit_sums *of, double weight);
void audit_fade(struct audit_sums *sums, double keep);
struct audit_split audit_split_of(const struct audit_sums *sums);
struct audit_frame audit_frame_of(const struct audit_split *split, double boxes, double reference,
                                  double matched);
/* F1 of the way over F1 of the reference, of a sum of frames; NaN: nothing to say. */
double audit_relative(const struct audit_frame *sum);

/* How many boxes are in both: greedy by falling score, of one class, IoU of 0.5 and more. */
int audit_match(const struct weir_floor_box *box, int len, const struct weir_floor_box *reference,
                int reference_len);

#endif
