/*
 * A case of a scenario made ready: its site and table are read, what it names is found in
 * them, its settings have their costs. And the cameras of one run of it. Constant once open:
 * any thread may look, and several runs may go on at the same time.
 */
#ifndef WEIR_SIM_CASE_H
#define WEIR_SIM_CASE_H

#include "sim/showing.h"
#include "sim/world.h"

struct sim_case {
    const struct weir_scenario *scenario; /* borrowed */
    const struct weir_scenario_case *of; /* borrowed of it */
    struct weir_site site;
    struct sim_table table;
    const char **model; /* [models]: names, the slower first; the table's */
    int models;
    struct weir_setting *setting;
    struct sim_cost *cost; /* [settings + audit_settings] */
    int settings, audit_settings; /* as in sim_conf */
    int *node; /* [of->nodes]: index of the site's */
    int *clip, *cut_clip; /* [of->clips], [of->cuts]: index of the table's */
    int *reference; /* [nodes of the site]: of a camera there, into setting; -1: no camera is */
};

/*
 * The scenario outlives it. EINVAL: all that does not fit, a line each, "FILE:LINE: KEY: found …;
 * allowed: …", or what is wrong with the site; ENOENT (site, table: how to make it); ECORRUPT,
 * EIO, ENOMEM.
 */
int sim_case_open(const struct weir_scenario *scenario, int which, struct sim_case *ret,
                  struct weir_error *err);
void sim_case_done(struct sim_case *ready); /* zeroed allowed */

/* Appends the command that would record the case's table; its site is read. */
void sim_case_print_record(const struct sim_case *ready, struct weir_buf *out);
/* "street_m 640x360 jpeg 80 at cloud" */
void sim_case_print_setting(const struct sim_case *ready, int setting, struct weir_buf *out);
/* "uplink-40", or the scenario's name where it is the scenario itself. */
const char *sim_case_name(const struct sim_case *ready);

/*
 * User i is a camera at node i of the case's nodes, showing clip i of its clips, each list over
 * again from its end; her frames begin at a random time before a second one would be detected, her
 * clip and what comes after a cut at a random frame, both by seed and user alone: the same for
 * every strategy.
 */
struct sim_cameras {
    struct sim_stream_conf *stream; /* [streams] */
    int streams;
    struct sim_showing *showing; /* [streams] */
    struct sim_scene *scene; /* of all of them */
    char (*name)[24]; /* [streams] */
};

/* ENOMEM. */
int sim_cameras_init(struct sim_cameras *cameras, const struct sim_case *ready, int users,
                     uint64_t seed);
void sim_cameras_done(struct sim_cameras *cameras); /* zeroed allowed */

/* All of a run but content, strategy, options and observer. Borrows of both. */
struct sim_conf sim_case_conf(const struct sim_case *ready, const struct sim_cameras *cameras,
                              uint64_t seed);

#endif
