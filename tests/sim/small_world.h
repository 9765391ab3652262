/*
 * A small world for tests of what runs in one: cameras at two edges, a core and a cloud behind
 * them. The content is made up: bytes go by pixels and quality, accuracy by width and quality.
 */
#ifndef WEIR_TESTS_SIM_SMALL_WORLD_H
#define WEIR_TESTS_SIM_SMALL_WORLD_H

#include "sim/sim.h"

enum {
    SMALL_NODES = 4,
    SMALL_SIZES = 4,
    SMALL_WAYS = 3, /* as it is, JPEG 80, JPEG 50 */
    SMALL_SETTINGS = SMALL_NODES * SMALL_SIZES * SMALL_WAYS,
    SMALL_CAMERAS = 16,
};

/* YAML of the site: edge-1, edge-2, core, cloud; links edge-1-core, edge-2-core, core-cloud. */
extern const char small_site[];

struct small_world {
    struct weir_site site;
    int ways;
    struct weir_setting setting[SMALL_SETTINGS];
    struct sim_cost cost[SMALL_SETTINGS];
    struct sim_stream_conf stream[SMALL_CAMERAS];
    struct sim_content content; /* looks at setting */
    struct sim_conf conf; /* 20 s, 25 frames a second, within 200 ms, floor 0.85 */
    struct sim_result result;
};

/* events: YAML under small_site, "" for none. A heap object; fails the test where the site is none.
 */
struct small_world *small_world_new(const char *events, int cameras,
                                    const struct weir_strategy *strategy, const char *options);
/* The same on a site of one's own (whole YAML, up to SMALL_NODES nodes; cameras are at the first
 * two in turn), with the first so many ways. */
struct small_world *small_world_at(const char *yaml, int ways, int cameras,
                                   const struct weir_strategy *strategy, const char *options);
void small_world_free(struct small_world *world);
/* Runs it, or fails the test. What was there of a run before goes. */
void small_world_run(struct small_world *world);

struct small_tally {
    int64_t frames, detected, on_time;
    int64_t at[SMALL_NODES], width[SMALL_SIZES]; /* of frames that were sent */
    double mean_ms, mean_accuracy; /* of results */
};
/* Of frames due in [from, to) seconds. */
struct small_tally small_world_tally(const struct small_world *world, double from_s, double to_s);

#endif
