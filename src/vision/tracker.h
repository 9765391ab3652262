/*
 * A tracker of boxes over the frames of one stream: ByteTrack's association
 * (Zhang et al., "ByteTrack: Multi-Object Tracking by Associating Every
 * Detection Box", ECCV 2022) over a constant-velocity Kalman filter on
 * (centre x, centre y, aspect, height), as in SORT and DeepSORT. Tracks are per class.
 * Pure: no clock, no threads; one tracker per stream.
 */
#ifndef WEIR_VISION_TRACKER_H
#define WEIR_VISION_TRACKER_H

#include "base/base.h"
#include "media/media.h"

struct weir_tracker_params {
    double high; /* score from which a box takes part in the first step (published: 0.6) */
    double low; /* … in the second step (0.1) */
    double fresh; /* … may start a track (0.7) */
    double match; /* first step: greatest cost 1 - IoU * score (0.8) */
    double match_low; /* second step: greatest cost 1 - IoU (0.5) */
    double lost_s; /* a lost track is kept this long (1.0 = 30 frames at 30 fps) */
};

struct weir_tracker;

struct weir_tracker_params weir_tracker_defaults(void);
struct weir_tracker *weir_tracker_new(const struct weir_tracker_params *params);
void weir_tracker_free(struct weir_tracker *tracker);

/*
 * One frame: gives the boxes their track_id (0 for those that belong to no
 * confirmed track) and refines nothing else. t_ns rises from call to call; a gap moves
 * the prediction on by as many frame intervals. 0, EINVAL (t_ns not rising, or a
 * coordinate or score that is not finite), ENOMEM; a failed call changes nothing.
 */
int weir_tracker_update(struct weir_tracker *tracker, struct weir_boxes *boxes, int64_t t_ns);

/*
 * A frame that nobody looked at, at t_ns: moves boxes, those of the last update, to where their
 * tracks are predicted to be by then; one without a track_id stays where it is. Changes nothing in
 * the tracker. 0, EINVAL (t_ns before the last update, or there was none; nothing is moved).
 */
int weir_tracker_carry(const struct weir_tracker *tracker, struct weir_boxes *boxes, int64_t t_ns);

#endif
