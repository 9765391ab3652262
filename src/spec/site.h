/*
 * The site document (site.yaml): which nodes there are, which links lie between them,
 * and what happens to both. Priors for a real site, truth for an emulated or simulated
 * one. Whatever has a default may be left out; the defaults stand here:
 *
 *   site: site               # its name, for reports
 *   nodes:                   # by name, 1 to 1000 of them
 *     edge-1:
 *       tier: edge           # no default; edge, core, cloud, or any other word
 *       slots: 1             # inferences that run at the same time, 1–1024
 *       slowdown: 1          # time on one of its slots / time on one core of the machine
 *                            # that was profiled, 0.0001–10000
 *       fixed_ms: 0          # instead of slowdown, one of the two or both, 0–600000 each and
 *       each_ms: 0           # not both 0: n frames take fixed_ms + n * each_ms, whatever the model
 *       batch: 1             # most frames in one inference, 1–1024
 *       models: [street_s]   # those it can serve; absent: every model, []: none
 *   links:                   # at most 5000; with several nodes, each must be on one
 *     - from: edge-1         # no default
 *       to: core             # no default
 *       name: edge-1-core    # FROM-TO; no two links may have the same
 *       mbit_per_s: 100      # no default; 0.001–1000000; or instead of it
 *       trace: LTE.up        # a recorded capacity, in mahimahi's format; a relative path
 *                            # begins at the document's folder, else at $WEIR_DATA/traces
 *       mbit_per_s_back: 100 # of the way from "to" to "from": the same as forward
 *       trace_back: LTE.up   # likewise
 *       rtt_ms: 0            # there and back, half of it each way, 0–600000
 *       loss: 0              # share of packets that must be sent again, 0–0.9
 *       queue_kb: 0          # what may wait, each way (1000 bytes); 0: no limit; up to
 *                            # 10000000. What is larger than it never passes
 *       one_way: false       # true: nothing passes from "to" to "from"
 *   events:                  # at most 5000, in the order of their time
 *     - at_s: 20             # no default; from the beginning of the run, 0–10000000
 *       link: edge-1-core    # by name; or
 *       node: cloud          # by name, with down_s
 *       mbit_per_s: 4        # of a link: from then on, until its next step; 0–1000000, 0: nothing
 *                            # passes. Links with a trace have no steps
 *       mbit_per_s_back: 4   # the same as forward
 *       down_s: 5            # instead: nothing passes, or nothing is served, that long,
 *                            # 0.001–10000000; then it goes on as before
 *
 * A link is two queues, one each way, first in, first out, and shared by all that pass.
 */
#ifndef WEIR_SPEC_SITE_H
#define WEIR_SPEC_SITE_H

#include <stdbool.h>
#include <stddef.h>

#include "spec/workflow.h"

enum {
    WEIR_SITE_MAX_NODES = 1000,
    WEIR_SITE_MAX_LINKS = 5000,
    WEIR_SITE_MAX_EVENTS = 5000,
};

/* The ways of a link: from "from" to "to", and back. */
enum weir_site_way { WEIR_SITE_FORWARD, WEIR_SITE_BACK, WEIR_SITE_WAYS };

struct weir_site_node {
    char *name, *tier;
    int slots; /* >= 1 */
    double slowdown; /* > 0; 0: fixed_ms and each_ms say how long an inference takes */
    double fixed_ms, each_ms; /* both 0 where slowdown says it */
    int batch; /* >= 1 */
    bool any_model; /* models is empty then */
    struct weir_strings models;
    int line; /* in the document; likewise below */
};

struct weir_site_capacity {
    double mbit_per_s; /* 0 where there is a trace, or no such way */
    char *trace; /* path of a file that was there when the document was read; NULL: a rate */
};

struct weir_site_link {
    char *name;
    int from, to; /* indices of nodes, never the same */
    bool one_way; /* there is no WEIR_SITE_BACK */
    struct weir_site_capacity capacity[WEIR_SITE_WAYS];
    double rtt_ms, loss, queue_kb;
    int line;
};

/* Either the node or the link is -1. */
struct weir_site_event {
    double at_s; /* never less than that of the event before */
    int node, link;
    double down_s; /* > 0: out of service that long; 0: a step of the link's rate, */
    double mbit_per_s[WEIR_SITE_WAYS]; /* to this; of a one-way link, only forward counts */
    int line;
};

/* Owns all it points to; constant once it is read, so that any thread may look at it. */
struct weir_site {
    char *name;
    struct weir_site_node *node; /* in the order of the document; likewise below */
    size_t node_len;
    struct weir_site_link *link;
    size_t link_len;
    struct weir_site_event *event;
    size_t event_len;
};

/*
 * From a file of at most 1 MiB, or from text, where file names it in messages and its
 * folder is where relative paths begin. On failure err->text holds every error found, one a
 * line: "FILE:LINE: KEY: found …; allowed: …" (and how many more there are if they do not
 * fit). EINVAL, ENOMEM; load also ENOENT, EIO, ERANGE (too large).
 */
int weir_site_load(const char *path, struct weir_site *ret, struct weir_error *err);
int weir_site_parse(const char *file, const char *text, size_t len, struct weir_site *ret,
                    struct weir_error *err);
/* NULL and {0} allowed. */
void weir_site_done(struct weir_site *site);

/* Is the file a site's, right or wrong: has it nodes or links at its root? False where that
 * cannot be told, for a pipe, too, which would be used up by looking. */
bool weir_site_seems(const char *path);

/* Appends the site as a complete site.yaml, every key with its value. */
void weir_site_print(const struct weir_site *site, struct weir_buf *out);

/* The index of a node or a link by name; -1: there is none. */
int weir_site_node(const struct weir_site *site, const char *name);
int weir_site_link(const struct weir_site *site, const char *name);
/* Can this node serve that model? */
bool weir_site_serves(const struct weir_site_node *node, const char *model);

/*
 * The links from one node to another, in order, along the way of the fewest links; of several
 * such ways, that of the least sum of rtt_ms, then the one found first. No link is passed
 * against its one_way; where none is on the route, its way back is the same links backwards.
 * ret_links has room for cap; node_len - 1 are always enough. From a node to itself: none.
 *
 *     int at = from;
 *     for (size_t i = 0; i < len; i++) {
 *         const struct weir_site_link *link = &site->link[links[i]];
 *         enum weir_site_way way = at == link->from ? WEIR_SITE_FORWARD : WEIR_SITE_BACK;
 *         at = way == WEIR_SITE_FORWARD ? link->to : link->from;
 *     }
 *
 * Searched anew by every call, in time and memory that grow with nodes + links. ENOENT: there
 * is no way; EINVAL: no such node; ERANGE: more links than cap; ENOMEM.
 */
int weir_site_route(const struct weir_site *site, int from, int to, int *ret_links, size_t cap,
                    size_t *ret_len);

#endif
