/*
 * What audits of one way say of its accuracy: how well it agrees with the auditor, held against how
 * well the reference does. Inside sched only.
 */
#ifndef WEIR_SCHED_AUDIT_H
#define WEIR_SCHED_AUDIT_H

#include "sched/floor.h"

/* Sums over audits. */
struct audit_sums {
    double boxes, auditor, matched; /* of the way, of the auditor, in both */
    double predicted; /* relative accuracy by the model, times the boxes of the auditor */
};

void audit_add(struct audit_sums *to, const struct audit_sums *of, double weight);
void audit_fade(struct audit_sums *sums, double keep);
/* F1 of the way's boxes against the auditor's, [0,1]; NaN: neither has any. */
double audit_agreement(const struct audit_sums *sums);
/* F1 of the way over F1 of the reference, both against what is really there, [0,1], where the
 * reference agrees with the auditor as well as that; self above 0; bend as in the estimator's conf.
 */
double audit_relative(double agreement, double self, double bend);
/* Of audit_relative, for each bit that the agreement rises. */
double audit_slope(double agreement, double self, double bend);

/* How many boxes are in both: greedy by falling score, of one class, IoU of 0.5 and more. */
int audit_match(const struct weir_floor_box *box, int len, const struct weir_floor_box *auditor,
                int auditor_len);

#endif
