/*
 * Boxes that were really found in a run's frames, in place of those of a recorded table.
 */
#ifndef WEIR_SIM_FINDS_H
#define WEIR_SIM_FINDS_H

#include "sim/table.h"

struct sim_finds {
    /* What a setting found in a stream's frame; borrowed, as long as finds live. Nothing: it did
     * not look. */
    const struct sim_table_box *(*boxes)(struct sim_finds *finds, int stream, int64_t frame,
                                         int setting, size_t *ret_len);
};

#endif
