/*
 * How long a frame would take if nobody else were there: the same stages, links and slots as in a
 * run, and nothing that waits. Inside sim only.
 */
#ifndef WEIR_SIM_ALONE_H
#define WEIR_SIM_ALONE_H

#include "sim/state.h"

struct sim_alone {
    struct sim_world world; /* of which only the ways and the links are there */
};

/* conf was checked, outlives it, and its content is asked. EINVAL, ENOENT, EIO (a trace), ENOMEM.
 */
int sim_alone_init(struct sim_alone *alone, const struct sim_conf *conf, struct weir_error *err);
void sim_alone_done(struct sim_alone *alone); /* zeroed allowed */

/* Is there a way for a stream's frames to that setting, and is it served there? */
bool sim_alone_reaches(const struct sim_alone *alone, int stream, int setting);
/* From due_ns to delivery of a frame of so many bytes; WEIR_FOREVER: it never arrives, or its
 * node is down. The setting is one that it reaches. */
int64_t sim_alone_ns(const struct sim_alone *alone, int stream, int setting, int64_t due_ns,
                     int64_t bytes);
/* The mean over some moments of the run at which it arrives, for frames of mean size, ms; NaN: it
 * cannot be reached, or never arrives. */
double sim_alone_ms(const struct sim_alone *alone, int stream, int setting);

#endif
