/*
 * What a viewer sees in frames that are not detected: the boxes of the last result that was there
 * when such a frame was due, moved on by the very tracker of a pipeline. It learns of results in
 * their order, at the time of their frames in the medium, as a tracker beside the camera would.
 * Inside sim only.
 */
#ifndef WEIR_SIM_CARRY_H
#define WEIR_SIM_CARRY_H

#include "sim/finds.h"
#include "sim/showing.h"
#include "sim/world.h"
#include "vision/vision.h"

struct sim_carry {
    const struct sim_table *table;
    const struct sim_showing *showing; /* of the stream */
    const struct sim_stream_result *result; /* likewise */
    const int *table_setting; /* of the run's settings, the table's */
    struct sim_finds *finds; /* what was really found; NULL: what was recorded */
    int stream; /* which one of theirs it is */
    double rate_fps;
    struct weir_tracker *tracker;
    struct weir_boxes known, moved; /* of the last result, with their tracks; as they are shown */
    int64_t next; /* the first frame that the tracker was not told of */
    int64_t frame; /* the one that was asked for last; -1: none */
    struct sim_table_box *box; /* [len]: what is shown in it */
    size_t len, cap;
};

/* carry has its borrowed parts and its rate, and zeroes. ENOMEM. */
int sim_carry_init(struct sim_carry *carry);
void sim_carry_done(struct sim_carry *carry); /* zeroed allowed */
/* What is shown in that frame, later than the one before: into box and len. ENOMEM. */
int sim_carry_to(struct sim_carry *carry, int64_t frame);

#endif
