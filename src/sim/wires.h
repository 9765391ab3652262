/*
 * The links of a site as links in virtual time: its rates with the steps and outages of its
 * events, its recorded traces. Inside sim only.
 */
#ifndef WEIR_SIM_WIRES_H
#define WEIR_SIM_WIRES_H

#include "link/link.h"
#include "spec/spec.h"

struct sim_wires {
    struct weir_link (*link)[WEIR_SITE_WAYS]; /* [link_len] of the site */
    struct weir_link_rate **rate; /* what they borrow; [2 * link_len] */
    struct weir_trace *trace; /* likewise */
    size_t len; /* links */
};

/* seed: where in its trace each link begins. EINVAL (a trace), ENOENT, EIO, ENOMEM. */
int sim_wires_init(struct sim_wires *wires, const struct weir_site *site, uint64_t seed,
                   struct weir_error *err);
/* What the site says of one way of a link, events aside; the mean of a trace. */
double sim_wires_mbit_per_s(const struct sim_wires *wires, const struct weir_site *site, int link,
                            int way);
void sim_wires_done(struct sim_wires *wires); /* zeroed allowed */

#endif
