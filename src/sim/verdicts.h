/*
 * How right each setting is on each frame of a table, judged once: class-aware, IoU 0.5, as
 * eval/f1 judges. Constant once made: any thread may look.
 */
#ifndef WEIR_SIM_VERDICTS_H
#define WEIR_SIM_VERDICTS_H

#include "sim/table.h"

struct sim_counts {
    int64_t tp, fp, fn;
};

/* F1 of counts; NaN where there is nothing to find and nothing was found. */
double sim_f1(const struct sim_counts *counts);
void sim_counts_add(struct sim_counts *into, const struct sim_counts *more);

/* A frame of a clip. */
struct sim_picture {
    int clip;
    int64_t frame;
};

struct sim_verdicts;

/* least_height: pixels of the clip: lower false alarms count for nothing. The table outlives it.
 * ENOMEM. */
int sim_verdicts_new(const struct sim_table *table, double least_height, struct sim_verdicts **ret);
void sim_verdicts_free(struct sim_verdicts *verdicts); /* NULL allowed */
const struct sim_table *sim_verdicts_table(const struct sim_verdicts *verdicts);

/*
 * What a setting of the table found in the picture `shown` (-1: nothing was found), against
 * the truth of `now`: the same picture, or a later one for which nothing newer is there. Indices
 * within bounds.
 */
struct sim_counts sim_verdicts_of(const struct sim_verdicts *verdicts, int setting,
                                  struct sim_picture shown, struct sim_picture now);
/* Likewise of boxes that no setting found, [len]. */
struct sim_counts sim_verdicts_on(const struct sim_verdicts *verdicts,
                                  const struct sim_table_box *box, size_t len,
                                  struct sim_picture now);

#endif
