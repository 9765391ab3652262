/*
 * A scenario: what a simulation runs. One YAML file:
 *
 *     scenario: paper
 *     site: paper.site.yaml          # beside this file
 *     table: paper.table             # of `weir record`; else paper.table.xz is unpacked
 *     sources:                       # what its clips are; weir bench shows them again
 *       - far=scene:seed=71,profile=far,size=640x360,fps=25,seconds=8
 *     seconds: 60
 *     warm_up_s: 10                  # what is due before does not count
 *     window_s: 10                   # over which accuracy is pooled
 *     seeds: 20
 *     users: [1, 2, 4, 8, 10]        # each has one camera
 *     cameras:                       # user k takes entry k of each list, over again from its end
 *       nodes: [edge-1, edge-2]
 *       clips: [far, near, mixed]    # of the table
 *       rate_fps: 25
 *       jitter_ms: 0                 # a frame comes up to that much later
 *     skip: 1                        # one frame of so many is detected, the tracker carries the
 *                                    # boxes of the others
 *     slo: { deadline_ms: 200, min_accuracy: 0.85 }
 *     reference: { model: street_m, width: 640, audit_width: 960 } # default: the table's first, at
 *                                    # the widest; audits look at the same picture, or enlarged
 *     models: [street_m, street_n]   # to choose from; default: all of the table
 *     widths: [640, 416]             # likewise
 *     codecs: [jpeg, h264]           # likewise; for what leaves its node
 *     strategies: [cloud-only, greedy, weir]   # default: all
 *     come: [ { user: 3, from_s: 20, to_s: 40 } ]   # streams that come and go; others stay
 *     cuts: [ { user: 0, at_s: 30, clip: far } ]    # what a camera shows changes
 *     variants:                      # each replaces what it names
 *       uplink-40: { site: paper-40.site.yaml }
 *       deadline-100: { slo: { deadline_ms: 100 } }
 *
 * No defaults have scenario, site, table, cameras.nodes, cameras.clips and slo; those of the others
 * are no sources, 60 s, 10 s, 10 s, 20 seeds, 1 user, 25 fps, no jitter and no skipping. A user
 * comes at most once, and her cuts are in the order of their time. Of a map a variant replaces the
 * keys that it names, of a list all.
 *
 * Paths are relative to the file. What does not fit the site or the table is found when
 * they are loaded, by whoever runs it.
 */
#ifndef WEIR_SPEC_SCENARIO_H
#define WEIR_SPEC_SCENARIO_H

#include "spec/option.h"

enum {
    WEIR_SCENARIO_MAX_USERS = 10000,
    WEIR_SCENARIO_MAX_CASES = 200,
    WEIR_SCENARIO_MAX_LIST = 5000, /* of any list */
    WEIR_SCENARIO_MAX_NAME = 100, /* bytes of a name in a list: each variant has its own */
    WEIR_SCENARIO_MAX_SKIP = 10,
};

struct weir_scenario_come {
    int user; /* from 0 */
    double from_s, to_s; /* 0 <= from < to */
    int line;
};

struct weir_scenario_cut {
    int user;
    double at_s;
    char *clip;
    int line;
};

/* Where each was said, for those who find later that it does not fit. 0: nowhere, the default
 * holds. */
struct weir_scenario_lines {
    int site, table, sources, seconds, nodes, clips, rate, deadline, floor, reference, models,
        widths, codecs;
};

/* One variant, complete: what the file says of it, and the rest as the scenario has it. */
struct weir_scenario_case {
    char *name; /* "" is the scenario as it stands */
    char *site, *table; /* paths, relative to the working directory or absolute */
    struct weir_strings sources; /* NAME=SOURCE: what the table's clips were recorded from; may lack
                                  * some, or all */
    double seconds, warm_up_s, window_s;
    int seeds;
    struct weir_strings nodes, clips; /* of cameras */
    double rate_fps, jitter_ms;
    int skip; /* 1 – 10: of how many frames one is detected */
    double deadline_ms, min_accuracy;
    char *reference_model; /* NULL: the table's first */
    int reference_width; /* 0: the widest */
    int audit_width; /* 0: as the reference */
    struct weir_strings models, codecs; /* empty: all */
    int *width; /* [widths]; none: all */
    int widths;
    struct weir_scenario_come *come;
    int comes;
    struct weir_scenario_cut *cut;
    int cuts;
    int line;
    struct weir_scenario_lines at;
};

struct weir_scenario {
    char *file; /* as it was named, for messages */
    char *name;
    int *users; /* [user_counts], each 1 – 10000, no two the same */
    int user_counts;
    struct weir_strings strategies; /* empty: all */
    int strategies_line; /* 0: nowhere */
    struct weir_scenario_case *cases; /* [case_count]; the first is the scenario itself */
    int case_count;
};

/* As weir_site_load: every error at once, "FILE:LINE: KEY: found …; allowed: …". EINVAL, ENOMEM,
 * ENOENT, EIO, ERANGE. Site and table are not opened. */
int weir_scenario_load(const char *path, struct weir_scenario *ret, struct weir_error *err);
int weir_scenario_parse(const char *file, const char *text, size_t len, struct weir_scenario *ret,
                        struct weir_error *err);
void weir_scenario_done(struct weir_scenario *scenario); /* NULL and {0} allowed */
/* Is the file a scenario's, right or wrong: has it `scenario` at its root? */
bool weir_scenario_seems(const char *path);

/* Appends it as a complete scenario, every key with its value, paths in full, and every variant
 * with all that it is; it reads back to the same, unless that became more than a document may
 * have (1 MiB, 50,000 values). */
void weir_scenario_print(const struct weir_scenario *scenario, struct weir_buf *out);

/* The index of a case by its name ("": the scenario itself); -1: there is none. */
int weir_scenario_case(const struct weir_scenario *scenario, const char *name);
/* The most users that it names. */
int weir_scenario_most_users(const struct weir_scenario *scenario);

#endif
