/*
 * What an agent believes of its streams' settings: bytes and accuracy, and which frames are worth
 * an audit. Behind it lies what was measured (sched/learnt.h), or something that a test or a
 * yardstick makes up. A beliefs object has this as its first member.
 */
#ifndef WEIR_SCHED_BELIEFS_H
#define WEIR_SCHED_BELIEFS_H

#include <stdbool.h>
#include <stdint.h>

/* Settings that are compared with the auditor in one audit, at most. */
enum { WEIR_COMPARED_MAX = 3 };

struct weir_beliefs {
    /* Of a frame as it is sent, on average; keyframes left out. > 0. */
    int64_t (*mean_bytes)(struct weir_beliefs *beliefs, int stream, int setting);
    /* Relative to the reference, [0,1], and what it may fall short of that. */
    void (*accuracy)(struct weir_beliefs *beliefs, int stream, int64_t frame, int setting,
                     double *ret_accuracy, double *ret_margin);
    /* Optional. Of a frame that begins H.264 anew; without it, no more than others. */
    int64_t (*key_bytes)(struct weir_beliefs *beliefs, int stream, int64_t frame, int setting);
    /* Optional, both or none. Is a frame to be audited? And: what else is to analyse it, where the
     * auditor does in that setting, though the viewer gets what setting finds (-1: nothing): the
     * number, of settings whose model and size count. */
    bool (*audits)(struct weir_beliefs *beliefs, int stream, int64_t frame);
    int (*compares)(struct weir_beliefs *beliefs, int stream, int setting, int auditor,
                    int ret_setting[WEIR_COMPARED_MAX]);
};

#endif
