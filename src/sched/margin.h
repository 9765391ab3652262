/*
 * How far windows fall short of what was predicted for them: adaptive conformal inference
 * (Gibbs and Candes, "Adaptive Conformal Inference Under Distribution Shift", NeurIPS 2021).
 * Inside sched only.
 */
#ifndef WEIR_SCHED_MARGIN_H
#define WEIR_SCHED_MARGIN_H

enum { MARGIN_WINDOWS = 128 };

struct margin {
    double miss; /* share of windows that may fall shorter than value */
    double level; /* 1 - level is the quantile; moves */
    double shortfall[MARGIN_WINDOWS], variance[MARGIN_WINDOWS];
    int len, next;
    double value; /* >= 0 */
};

void margin_init(struct margin *margin, double miss);
/* A window fell that much short (negative: it did better), as far as its audits can tell, with
 * that variance by their being few. */
void margin_told(struct margin *margin, double shortfall, double variance);

#endif
