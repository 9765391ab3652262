/*
 * The threads of one stream. Who may block on what:
 *
 *   read     the source (time-outs), the packet queue when it is full
 *   decode   the packet queue when empty; the lane and the inbox when full
 *   deliver  the lane; the media that sinks write to
 *
 * Nobody waits for somebody to the left, so the chain always drains. Counting:
 * `read` counts frames in, `deliver` counts outcomes; nothing else does.
 *
 * A live source does not wait for what comes after it. When the decoder lags,
 * packets are given up as `replaced` up to the next keyframe, for a picture that
 * refers to a missing one would be wrong; when the sinks lag, pictures are shed as
 * `overload`. What was given up weighs next to nothing, so many such frames fit
 * into the queue and the lane; only a sink that hangs for a thousand makes it wait.
 */
#include "run/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>

enum {
    PACKETS = 16, /* of a file between read and decode */
    LIVE_BACKLOG = 8, /* packets of a live stream before it skips to a keyframe */
    LIVE_FRAMES = 1024, /* of a live stream in the queue or the lane, mostly given up */
    PICTURES = 16, /* under way, besides those that wait for workers or are with them */
    TIMER_SLACK_NS = 1000,
};

void weir_thread_name(const char *job, int index) {
    char name[16];
    snprintf(name, sizeof name, "weir-%s-%d", job, index);
    prctl(PR_SET_NAME, name);
}

static struct weir_stage_conf stage_conf(const struct weir_stream *stream) {
    return (struct weir_stage_conf){
        .workflow = stream->shared->conf->workflow,
        .stream = stream->index,
        .sink = -1,
        .clock = stream->shared->clock,
        .stop = &stream->shared->stop,
        .model = weir_run_models_reference(&stream->shared->models),
        .common = stream->shared->common,
    };
}

static const char *stream_name(const struct weir_stream *stream) {
    return stream->shared->conf->workflow->stream[stream->index].name;
}

static void remember(struct weir_stream *stream, struct weir_error *into,
                     const struct weir_error *err) {
    pthread_mutex_lock(&stream->lock);
    bool first = !into->code;
    if (first)
        *into = *err;
    pthread_mutex_unlock(&stream->lock);
    const struct weir_run_conf *conf = stream->shared->conf;
    if (first && conf->event)
        conf->event(conf->event_arg, stream_name(stream), err->text);
}

void weir_stream_fail(struct weir_stream *stream, const struct weir_error *err) {
    remember(stream, &stream->failure, err);
}

/* ---- read ---------------------------------------------------------------- */

/* Gives the frame up before it was decoded: without a packet or a picture it passes through. */
static void give_up(struct weir_frame *frame, enum weir_outcome outcome) {
    weir_packet_unref(&frame->packet);
    weir_image_unref(&frame->image);
    frame->outcome = outcome;
}

static void read_packets(struct weir_stream *stream) {
    const int64_t max_frames = stream->shared->conf->workflow->set.run.max_frames;
    const bool live = stream->source->live;
    bool skipping = false;

    for (int64_t n = 0; !max_frames || n < max_frames; n++) {
        struct weir_error err = {0};
        struct weir_frame *frame = NULL;
        int rc = stream->source->ops->pull(stream->source, &frame, &err);
        if (rc == WEIR_EEOF || rc == WEIR_ECANCELED)
            return;
        if (rc) {
            weir_stream_fail(stream, &err);
            return;
        }
        weir_meter_enter(&stream->meter, frame->times.capture,
                         weir_clock_now(stream->shared->clock));
        if (live) {
            bool keyframe = frame->image || (frame->packet && frame->packet->keyframe);
            bool lagging = weir_queue_len(stream->packets) >= LIVE_BACKLOG;
            skipping = (skipping && !keyframe) || lagging;
            if (skipping)
                give_up(frame, WEIR_OUTCOME_REPLACED);
        }
        weir_queue_push(stream->packets, frame); /* not closed: that is this thread's to do */
    }
}

static int open_stages(struct weir_stream *stream, struct weir_error *err) {
    struct weir_stage_conf conf = stage_conf(stream);
    int rc;

    if ((rc = weir_stage_source.open(&conf, &stream->source, err)) ||
        (rc = weir_stage_decode.open(&conf, &stream->decode, err)))
        return rc;
    struct weir_stage_conf track = conf;
    if (stream->shared->choices)
        track.model = NULL; /* each model has held its own threshold already */
    if ((rc = weir_stage_track.open(&track, &stream->track, err)))
        return rc;
    for (conf.sink = 0; conf.sink < (int)stream->sink_len; conf.sink++)
        if ((rc = weir_stage_sink.open(&conf, &stream->sink[conf.sink], err)))
            return rc;
    return 0;
}

/* Opens the stream's stages, then reads; the others sleep on empty queues until
 * the first packet, so what was opened here is theirs from then on. */
static void *read_thread(void *arg) {
    struct weir_stream *stream = arg;
    struct weir_error err = {0};

    weir_thread_name("read", stream->index);
    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    if (open_stages(stream, &err) == 0) {
        stream->opened = true;
        if (!stream->source->live)
            weir_queue_narrow(stream->packets, PACKETS);
        atomic_store(&stream->live, stream->source->live);
        atomic_store(&stream->frames_total, stream->source->frames_total);
        read_packets(stream);
    } else if (!weir_stop_requested(&stream->shared->stop)) {
        weir_stream_fail(stream, &err);
    }
    weir_queue_close(stream->packets);
    return NULL;
}

/* ---- decode -------------------------------------------------------------- */

/* A frame with its outcome goes past the workers. */
static void drop(struct weir_stream *stream, struct weir_frame *frame) {
    if (frame->setting >= 0)
        weir_choices_told(stream->shared->choices, frame, (struct weir_choose_told){0});
    if (!stream->shared->keep_images || !weir_outcome_is_result(frame->outcome))
        weir_image_unref(&frame->image);
    weir_lane_put(stream->lane, frame);
}

/* How it is to be detected, or an outcome: not at all. */
static void choose(struct weir_stream *stream, struct weir_frame *frame) {
    const struct weir_workflow *wf = stream->shared->conf->workflow;
    struct weir_error err = {0};
    if (frame->seq % wf->set.detect.skip) {
        frame->outcome = WEIR_OUTCOME_TRACK;
    } else if (stream->shared->choices &&
               weir_choices_choose(stream->shared->choices, frame, stream->source->live, &err)) {
        weir_stream_fail(stream, &err);
        frame->outcome = WEIR_OUTCOME_CORRUPT;
    }
}

static void give(struct weir_stream *stream, struct weir_frame *frame, bool live,
                 struct weir_frame **ret_replaced) {
    struct weir_shared *shared = stream->shared;
    if (shared->agenda)
        weir_agenda_put(shared->agenda, frame, live,
                        weir_choices_cost(shared->choices, frame->setting), ret_replaced);
    else
        weir_inbox_put(shared->inbox, frame, live, ret_replaced);
}

void weir_shared_end(struct weir_shared *shared, size_t stream) {
    if (shared->agenda)
        weir_agenda_end(shared->agenda, stream);
    else
        weir_inbox_end(shared->inbox, stream);
}

/* A frame out of the decoder, with its seq: to the workers, or past them. */
static void route(struct weir_stream *stream, struct weir_frame *frame) {
    const bool live = stream->source->live;
    struct weir_frame *replaced;

    if (live && stream->shared->deadline_ns)
        frame->deadline_ns = frame->times.capture + stream->shared->deadline_ns;
    weir_lane_enter(stream->lane, live ? LIVE_FRAMES : stream->pictures, frame->deadline_ns);
    if (frame->outcome == WEIR_OUTCOME_NONE) {
        if (weir_stop_requested(&stream->shared->stop))
            frame->outcome = WEIR_OUTCOME_STOPPED;
        else if (live && weir_lane_results(stream->lane) >= stream->pictures)
            frame->outcome = WEIR_OUTCOME_OVERLOAD;
    }
    if (frame->outcome == WEIR_OUTCOME_NONE)
        choose(stream, frame);
    if (frame->outcome != WEIR_OUTCOME_NONE) {
        drop(stream, frame);
        return;
    }
    give(stream, frame, live, &replaced);
    if (replaced) {
        replaced->outcome = WEIR_OUTCOME_REPLACED;
        drop(stream, replaced);
    }
}

/* Moves what the decoder has ready; returns its last word (EAGAIN, EEOF, …). */
static int pull_pictures(struct weir_stream *stream, struct weir_error *err) {
    struct weir_frame *frame;
    int rc;
    while ((rc = stream->decode->ops->pull(stream->decode, &frame, err)) == 0)
        route(stream, frame);
    return rc;
}

/* Pushes; where the decoder wants to be pulled first, does that. */
static int push_packet(struct weir_stream *stream, struct weir_frame *frame,
                       struct weir_error *err) {
    int rc;
    while ((rc = stream->decode->ops->push(stream->decode, frame, err)) == WEIR_EAGAIN)
        if ((rc = pull_pictures(stream, err)) != WEIR_EAGAIN)
            break;
    return rc;
}

static void decode_packets(struct weir_stream *stream) {
    struct weir_error err = {0};
    void *item;

    while (weir_queue_pop(stream->packets, &item) == 0) {
        struct weir_frame *frame = item;
        if (frame->outcome == WEIR_OUTCOME_NONE && weir_stop_requested(&stream->shared->stop))
            give_up(frame, WEIR_OUTCOME_STOPPED);
        if (push_packet(stream, frame, &err)) {
            /* the decoder would not have it: it goes through as corrupt */
            weir_stream_fail(stream, &err);
            give_up(frame, WEIR_OUTCOME_CORRUPT);
            if (push_packet(stream, frame, NULL))
                weir_frame_free(frame); /* shows as a broken sum at the end */
        }
        pull_pictures(stream, &err);
    }
    if (stream->decode && stream->decode->ops->drain(stream->decode, &err) == 0)
        pull_pictures(stream, &err);
}

static void *decode_thread(void *arg) {
    struct weir_stream *stream = arg;

    weir_thread_name("decode", stream->index);
    decode_packets(stream);
    weir_shared_end(stream->shared, (size_t)stream->index);
    weir_lane_close(stream->lane);
    return NULL;
}

/* ---- deliver ------------------------------------------------------------- */

/* A frame that cannot be tracked was not filtered either: it is no result. */
static void track(struct weir_stream *stream, struct weir_frame **frame) {
    struct weir_error err = {0};
    struct weir_frame *tracked;

    if (stream->track->ops->push(stream->track, *frame, &err) == 0 &&
        stream->track->ops->pull(stream->track, &tracked, &err) == 0) {
        *frame = tracked;
        return;
    }
    weir_stream_fail(stream, &err);
    weir_boxes_reset(&(*frame)->boxes);
    (*frame)->outcome = WEIR_OUTCOME_CORRUPT;
}

static void stop_sink(struct weir_stream *stream, size_t i, const struct weir_error *err) {
    remember(stream, &stream->sink_failure, err);
    weir_stage_free(stream->sink[i]);
    stream->sink[i] = NULL;
}

static void *deliver_thread(void *arg) {
    struct weir_stream *stream = arg;
    struct weir_frame *frame;

    weir_thread_name("deliver", stream->index);
    while (weir_lane_next(stream->lane, &frame) == 0) {
        track(stream, &frame);
        frame->times.deliver = weir_clock_now(stream->shared->clock);
        for (size_t i = 0; i < stream->sink_len; i++) {
            struct weir_error err = {0};
            if (stream->sink[i] && stream->sink[i]->ops->push(stream->sink[i], frame, &err))
                stop_sink(stream, i, &err);
        }
        if (frame->setting >= 0 && frame->outcome == WEIR_OUTCOME_DETECT)
            weir_choices_delivered(stream->shared->choices, frame);
        weir_meter_leave(&stream->meter, frame, weir_clock_now(stream->shared->clock));
        weir_frame_free(frame);
        weir_lane_leave(stream->lane);
    }
    for (size_t i = 0; stream->opened && i < stream->sink_len; i++) {
        struct weir_error err = {0};
        if (stream->sink[i] && stream->sink[i]->ops->drain &&
            stream->sink[i]->ops->drain(stream->sink[i], &err))
            stop_sink(stream, i, &err);
    }
    weir_meter_end(&stream->meter, stream->shared->deadline_ns);
    atomic_store(&stream->over, true);
    stream->shared->ended(stream->shared);
    return NULL;
}

/* ---- life ---------------------------------------------------------------- */

int weir_stream_init(struct weir_stream *stream, struct weir_shared *shared, int index) {
    stream->shared = shared;
    stream->index = index;
    stream->sink_len = shared->conf->workflow->sink_len;
    atomic_init(&stream->frames_total, -1);
    pthread_mutex_init(&stream->lock, NULL);
    weir_meter_init(&stream->meter);
    const struct weir_model *reference = weir_run_models_reference(&shared->models);
    stream->pictures = PICTURES + ((size_t)weir_model_workers(reference) + 1) *
                                      (size_t)weir_run_models_batch(&shared->models);
    stream->packets = weir_queue_new(LIVE_FRAMES);
    stream->lane = weir_lane_new(LIVE_FRAMES, shared->deadline_ns ? shared->clock : NULL);
    stream->sink = calloc(stream->sink_len + 1, sizeof *stream->sink);
    if (shared->deadline_ns && weir_meter_measure_age(&stream->meter))
        return WEIR_ENOMEM;
    return stream->packets && stream->lane && stream->sink ? 0 : WEIR_ENOMEM;
}

int weir_stream_start(struct weir_stream *stream, struct weir_error *err) {
    /* from the right to the left: a thread that cannot start leaves no frame stranded */
    if (pthread_create(&stream->deliverer, NULL, deliver_thread, stream))
        goto fail;
    stream->threads = 1;
    if (pthread_create(&stream->decoder, NULL, decode_thread, stream)) {
        weir_shared_end(stream->shared, (size_t)stream->index);
        weir_lane_close(stream->lane);
        goto fail;
    }
    stream->threads = 2;
    if (pthread_create(&stream->reader, NULL, read_thread, stream)) {
        weir_queue_close(stream->packets);
        goto fail;
    }
    stream->threads = 3;
    return 0;
fail:
    return weir_fail(err, WEIR_ENOMEM, "%s: cannot start a thread", stream_name(stream));
}

void weir_stream_join(struct weir_stream *stream) {
    if (stream->threads > 2)
        pthread_join(stream->reader, NULL);
    if (stream->threads > 1)
        pthread_join(stream->decoder, NULL);
    if (stream->threads > 0)
        pthread_join(stream->deliverer, NULL);
    stream->threads = 0;
}

void weir_stream_done(struct weir_stream *stream) {
    for (size_t i = 0; stream->sink && i < stream->sink_len; i++)
        weir_stage_free(stream->sink[i]);
    free(stream->sink);
    weir_stage_free(stream->track);
    weir_stage_free(stream->decode);
    weir_stage_free(stream->source);
    weir_lane_free(stream->lane);
    weir_queue_free(stream->packets);
    weir_meter_done(&stream->meter);
    pthread_mutex_destroy(&stream->lock);
}
