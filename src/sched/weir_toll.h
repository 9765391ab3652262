/*
 * What the others wait for because one stream goes somewhere. For each stream and setting: what
 * all others would wait longer if a part of its frames went there, from how busy nodes and links
 * are without it. Agents add it to their own latency when the plan's setting will not do,
 * so that weak nodes are used before strong ones are full.
 *
 * A queue of c servers at load r, whose jobs take d, waits W = k d/c r^(sqrt(2(c+1))-1) / 2(1-r)
 * (Sakasegawa 1977, half of it for constant service). k tells how regular arrivals are and is
 * learnt from the waits that were measured: 1 for chance, near 0 for cameras that keep out of
 * each other's way. Inside sched only.
 */
#ifndef WEIR_SCHED_WEIR_TOLL_H
#define WEIR_SCHED_WEIR_TOLL_H

#include "weir/strategy.h"

struct weir_toll;

struct weir_toll *weir_toll_new(const struct weir_site_view *site); /* NULL: out of memory */
void weir_toll_free(struct weir_toll *toll); /* NULL allowed */
/* An eighth of the streams has its tolls renewed by each call. */
void weir_toll_plan(struct weir_toll *toll, const struct weir_plan_view *view,
                    int64_t *ret_toll_ns);

/* Links as a plan would fill them: nobody is there at first; then streams come and go, with all
 * their frames in one setting. */
void weir_toll_empty(struct weir_toll *toll);
void weir_toll_come(struct weir_toll *toll, const struct weir_plan_view *view, int stream,
                    int setting);
void weir_toll_go(struct weir_toll *toll, const struct weir_plan_view *view, int stream,
                  int setting);
/* What those on the way to setting would wait longer for each frame of a stream that is in none. */
int64_t weir_toll_links(const struct weir_toll *toll, const struct weir_plan_view *view, int stream,
                        int setting);

#endif
