/*
 * Work that is done for real while a world waits for it: what an emulator puts in the place of
 * costs out of a profile. A world without it lives in virtual time. With it time is the works'
 * clock, bytes are those that an encoder made, and a stage is over when the work is, but not before
 * its cost says: a machine that is faster than a node stands for it.
 */
#ifndef WEIR_SIM_WORKS_H
#define WEIR_SIM_WORKS_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/sched.h"

enum sim_work_kind {
    SIM_WORK_SOURCE, /* reduce the picture, and encode it where it travels */
    SIM_WORK_SLOT, /* decode it, unless it was, and analyse it */
};

/* Of a frame, or of its audit. */
struct sim_work {
    int64_t number; /* names it */
    int stream;
    int64_t frame; /* as content counts */
    int setting;
    bool audit;
    bool is_done; /* an audit whose auditor is the setting of the frame itself */
    int64_t after; /* of H.264: the frame that it goes on from; -1: a keyframe */
    int compared[WEIR_COMPARED_MAX], compares; /* SLOT, of an audit: what else analyses it */
    int64_t end_ns; /* when it is to be over, by what it costs */
};

/* A work is over. */
struct sim_done {
    enum sim_work_kind kind;
    int64_t number, at_ns; /* at_ns: when it really was */
    int64_t bytes; /* SOURCE: of its packet; 0: it stays */
    bool failed; /* it gave nothing: the frame is corrupt */
};

struct sim_works {
    /* Returns at once. WEIR_ENOMEM. */
    int (*begin)(struct sim_works *works, enum sim_work_kind kind, const struct sim_work *work);
    /* A frame in H.264 is at its node: whatever becomes of it, it is decoded. */
    int (*arrived)(struct sim_works *works, const struct sim_work *work);
    /* Nothing more is asked of it. */
    void (*over)(struct sim_works *works, int64_t number);
    /* Blocks until until_ns by the works' clock (WEIR_FOREVER: without end): false; or until a work
     * is over: true. */
    bool (*wait)(struct sim_works *works, int64_t until_ns, struct sim_done *ret);
};

#endif
