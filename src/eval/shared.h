/*
 * How many frames each track of the truth shares with each of the results, and which tracks are
 * then one and the same. Inside eval only.
 */
#ifndef WEIR_EVAL_SHARED_H
#define WEIR_EVAL_SHARED_H

#include <stddef.h>
#include <stdint.h>

#include "vision/vision.h"

/* Two tracks that met, by their numbers. */
struct eval_meeting {
    int truth, found;
    int group; /* while they are assigned */
    int64_t frames;
};

struct eval_shared { /* zeroed at first */
    struct eval_meeting *meeting;
    size_t len, cap;
};

/* They share one more frame. 0, ENOMEM. */
int eval_shared_add(struct eval_shared *shared, int truth, int found);
/* The most frames that are shared where each track is assigned to one other at most. Numbers are
 * below truths and founds. 0, ENOMEM. */
int eval_shared_most(struct eval_shared *shared, size_t truths, size_t founds,
                     struct weir_assign *assign, int64_t *ret_frames);
void eval_shared_done(struct eval_shared *shared);

#endif
