/*
 * track: gives boxes their identity, then holds the user's confidence.
 *
 * In: frames of one stream in display order, with the boxes of the detector
 * down to min(detect.conf, track.low). Out: the same frames, one at a time.
 * The tracker sees every box, weak ones included, since these are what carries
 * an object through a bad moment; afterwards only boxes at or above the
 * confidence stay. A frame that nobody looked at (`by: track`) gets the boxes of the last one
 * that somebody did, moved to where their tracks are predicted to be by then. Dropped frames pass
 * untouched and do not move the tracker,
 * which learns of the gap from the time. Its time axis is made here and always
 * rises: steps of the medium's time where both ends know it, else of the
 * capture time, else one nominal frame. One thread at a time; never blocks.
 */
#include <stdlib.h>

#include "pipeline/pipeline.h"
#include "vision/vision.h"

struct track {
    struct weir_stage stage;
    struct weir_tracker *tracker; /* NULL: tracking is off */
    float conf; /* least score that leaves */
    int64_t nominal_ns; /* one frame, where no time is known */
    int64_t t_ns; /* the tracker's time; rises with every update */
    int64_t media_ns, capture_ns; /* of the frame last tracked; -1, 0: unknown */
    bool begun;
    bool carries; /* there may be frames that nobody looks at */
    struct weir_boxes last; /* of the frame last tracked, for those that nobody looks at */
    struct weir_frame *held; /* pushed and not yet pulled */
    bool drained;
};

static bool dropped(const struct weir_frame *frame) {
    return frame->outcome != WEIR_OUTCOME_NONE && !weir_outcome_is_result(frame->outcome);
}

static int64_t next_time(const struct track *track, const struct weir_frame *frame) {
    int64_t step = track->nominal_ns;
    if (!track->begun)
        return 0;
    if (track->media_ns >= 0 && frame->media_ns > track->media_ns)
        step = frame->media_ns - track->media_ns;
    else if (track->capture_ns > 0 && frame->times.capture > track->capture_ns)
        step = frame->times.capture - track->capture_ns;
    return track->t_ns + step;
}

static int follow(struct track *track, struct weir_frame *frame, struct weir_error *err) {
    int64_t t = next_time(track, frame);
    int rc = weir_tracker_update(track->tracker, &frame->boxes, t);
    if (rc)
        return weir_fail(err, rc, "frame %lld could not be tracked: %s", (long long)frame->seq,
                         weir_err_str(rc));
    track->t_ns = t;
    track->media_ns = frame->media_ns;
    track->capture_ns = frame->times.capture;
    track->begun = true;
    return 0;
}

/* Nothing is shown beside the picture. */
static void clip_to(struct weir_boxes *boxes, float width, float height) {
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len; i++) {
        struct weir_box b = boxes->data[i];
        b.x0 = b.x0 > 0 ? b.x0 : 0;
        b.y0 = b.y0 > 0 ? b.y0 : 0;
        b.x1 = b.x1 < width ? b.x1 : width;
        b.y1 = b.y1 < height ? b.y1 : height;
        if (b.x0 < b.x1 && b.y0 < b.y1)
            boxes->data[kept++] = b;
    }
    boxes->len = kept;
}

/* Into a frame that nobody looked at: what the last one had, and where it is by now. */
static int carry(const struct track *track, struct weir_frame *frame, struct weir_error *err) {
    if (weir_boxes_copy(&frame->boxes, &track->last))
        return weir_fail(err, WEIR_ENOMEM, "frame %lld could not be tracked: out of memory",
                         (long long)frame->seq);
    if (track->tracker && track->begun) {
        weir_tracker_carry(track->tracker, &frame->boxes, next_time(track, frame));
        clip_to(&frame->boxes, (float)frame->width, (float)frame->height);
    }
    return 0;
}

/* A score that is not a number is below every confidence. */
static void keep_confident(struct weir_boxes *boxes, float conf) {
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len; i++)
        if (boxes->data[i].score >= conf)
            boxes->data[kept++] = boxes->data[i];
    boxes->len = kept;
}

static int track_push(struct weir_stage *stage, struct weir_frame *frame, struct weir_error *err) {
    struct track *track = (struct track *)stage;
    if (track->held)
        return WEIR_EAGAIN;
    if (frame->outcome == WEIR_OUTCOME_TRACK) {
        int rc = carry(track, frame, err);
        if (rc)
            return rc;
    } else if (!dropped(frame)) {
        int rc = track->tracker ? follow(track, frame, err) : 0;
        if (rc)
            return rc;
        keep_confident(&frame->boxes, track->conf);
        if (track->carries && weir_boxes_copy(&track->last, &frame->boxes))
            return weir_fail(err, WEIR_ENOMEM, "no memory for the boxes of frame %lld",
                             (long long)frame->seq);
    }
    track->held = frame;
    return 0;
}

static int track_pull(struct weir_stage *stage, struct weir_frame **ret_frame,
                      struct weir_error *err) {
    struct track *track = (struct track *)stage;
    (void)err;
    if (!track->held)
        return track->drained ? WEIR_EEOF : WEIR_EAGAIN;
    *ret_frame = track->held;
    track->held = NULL;
    return 0;
}

static int track_drain(struct weir_stage *stage, struct weir_error *err) {
    (void)err;
    ((struct track *)stage)->drained = true;
    return 0;
}

static void track_free(struct weir_stage *stage) {
    struct track *track = (struct track *)stage;
    if (!track)
        return;
    weir_tracker_free(track->tracker);
    weir_boxes_done(&track->last);
    weir_frame_free(track->held);
    free(track);
}

static const struct weir_stage_ops bytetrack_ops = {
    .name = "bytetrack",
    .push = track_push,
    .pull = track_pull,
    .drain = track_drain,
    .free = track_free,
};

static const struct weir_stage_ops filter_ops = {
    .name = "filter",
    .push = track_push,
    .pull = track_pull,
    .drain = track_drain,
    .free = track_free,
};

/* The user's confidence, else the model's own; without a model nothing is cut. */
static float least_score(const struct weir_stage_conf *conf) {
    double own = conf->workflow->set.detect.conf;
    if (own >= 0)
        return (float)own;
    return conf->model ? weir_model_desc(conf->model)->conf : 0.0f;
}

static int track_open(const struct weir_stage_conf *conf, struct weir_stage **ret_stage,
                      struct weir_error *err) {
    const struct weir_settings *set = &conf->workflow->set;
    struct track *track = calloc(1, sizeof *track);
    if (!track)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the track stage");
    track->stage.ops = set->track.enabled ? &bytetrack_ops : &filter_ops;
    track->stage.frames_total = -1;
    track->conf = least_score(conf);
    track->media_ns = -1;
    track->carries = set->detect.skip > 1;
    track->nominal_ns = WEIR_NS_PER_S / 25;
    if (set->source.rate_fps > 0 && set->source.rate_fps <= 1e6)
        track->nominal_ns = (int64_t)((double)WEIR_NS_PER_S / set->source.rate_fps);
    if (set->track.enabled) {
        struct weir_tracker_params params = {
            .high = set->track.high,
            .low = set->track.low,
            .fresh = set->track.fresh,
            .match = set->track.match,
            .match_low = set->track.match_low,
            .lost_s = set->track.lost_s,
        };
        track->tracker = weir_tracker_new(&params);
        if (!track->tracker) {
            track_free(&track->stage);
            return weir_fail(err, WEIR_ENOMEM, "no memory for the tracker");
        }
    }
    *ret_stage = &track->stage;
    return 0;
}

static bool track_kind(size_t i, const char **ret_name, const char **ret_about) {
    static const char *const kinds[][2] = {
        {"bytetrack", "stable ids: two-step association over a Kalman filter"},
        {"filter", "no ids, only the confidence (track off)"},
    };
    if (i >= sizeof kinds / sizeof *kinds)
        return false;
    *ret_name = kinds[i][0];
    *ret_about = kinds[i][1];
    return true;
}

const struct weir_stage_type weir_stage_track = {
    .name = "track",
    .consumes = "boxes",
    .produces = "boxes",
    .about = "follows objects from frame to frame and removes boxes below the confidence",
    .open = track_open,
    .kind = track_kind,
};
