/*
 * A stream's hops. send (one thread) makes the picture small, encodes it and asks; the fabric's
 * thread ends what was asked. They share, under the lock, what is known of the services that were
 * used lately, and whether the chain of H.264 still holds.
 */
#include <stdlib.h>
#include <string.h>

#include "node/remote_state.h"

enum { STEP = 32 }; /* of a model's input, where nobody says how large */

/* A frame under way. */
struct ride {
    struct weir_remote *remote;
    struct remote_target *target;
    void (*done)(void *user, const struct weir_remote_result *result);
    void *user;
    uint64_t request_id;
    int64_t frame, sent_ns;
    size_t bytes;
    bool chained, keyframe;
    bool asked; /* it has a part of its target's credit */
};

int weir_remote_new(const struct weir_remote_conf *conf, struct weir_remote **ret_remote,
                    struct weir_error *err) {
    const size_t len = strlen(conf->stream);
    if (!len || len > WEIR_WIRE_MAX_NAME)
        return weir_fail(err, WEIR_EINVAL, "stream: found \"%s\"; allowed: 1 to %d characters",
                         conf->stream, WEIR_WIRE_MAX_NAME);
    if (!(conf->rate_fps >= 0.01 && conf->rate_fps <= 1000))
        return weir_fail(err, WEIR_EINVAL, "rate_fps: found %g; allowed: 0.01 to 1000",
                         conf->rate_fps);
    struct weir_remote *r = calloc(1, sizeof *r);
    if (!r)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    pthread_mutex_init(&r->lock, NULL);
    r->conf = *conf;
    memcpy(r->stream, conf->stream, len + 1);
    *ret_remote = r;
    return 0;
}

void weir_remote_free(struct weir_remote *remote) {
    if (!remote)
        return;
    for (int i = 0; i < WEIR_REMOTE_SERVICES; i++)
        weir_fabric_client_free(remote->target[i].client);
    for (int i = 0; i < REMOTE_JPEGS; i++)
        weir_encoder_free(remote->jpeg[i].encoder);
    weir_encoder_free(remote->h264.encoder);
    pthread_mutex_destroy(&remote->lock);
    free(remote);
}

void weir_remote_stats(struct weir_remote *remote, struct weir_remote_stats *ret) {
    pthread_mutex_lock(&remote->lock);
    *ret = remote->stats;
    pthread_mutex_unlock(&remote->lock);
}

/* ---- ends -------------------------------------------------------------------------- */

/* The one way out of a ride. */
static void end_ride(struct ride *ride, struct weir_remote_result *result) {
    struct weir_remote *r = ride->remote;
    pthread_mutex_lock(&r->lock);
    ride->target->under_way -= ride->asked;
    r->stats.under_way--;
    r->stats.outcome[result->outcome]++;
    pthread_mutex_unlock(&r->lock);
    result->frame = ride->frame;
    result->sent_bytes = ride->asked ? ride->bytes : 0;
    result->keyframe = ride->asked && ride->chained && ride->keyframe;
    result->why = result->why ? result->why : "";
    ride->done(ride->user, result);
}

/* The chain is broken at a frame, unless a keyframe was sent since. */
static void break_chain(struct ride *ride) {
    struct weir_remote *r = ride->remote;
    pthread_mutex_lock(&r->lock);
    if (ride->chained && ride->frame >= r->chain.key)
        r->chain.whole = false;
    pthread_mutex_unlock(&r->lock);
}

static enum weir_outcome outcome_of_code(int code) {
    switch (code) {
    case WEIR_EAGAIN:
    case WEIR_ENOMEM:
        return WEIR_OUTCOME_OVERLOAD;
    case WEIR_ETIMEDOUT:
        return WEIR_OUTCOME_LATE;
    case WEIR_ECANCELED:
        return WEIR_OUTCOME_STOPPED;
    case WEIR_ENOENT:
    case WEIR_ECONN:
        return WEIR_OUTCOME_UNREACHABLE;
    default:
        return WEIR_OUTCOME_CORRUPT;
    }
}

static enum weir_outcome outcome_of_refusal(enum weir_wire_reason reason) {
    switch (reason) {
    case WEIR_WIRE_REASON_MALFORMED:
        return WEIR_OUTCOME_CORRUPT;
    case WEIR_WIRE_REASON_CREDIT:
        return WEIR_OUTCOME_OVERLOAD;
    case WEIR_WIRE_REASON_STALE:
        return WEIR_OUTCOME_LATE;
    default:
        return WEIR_OUTCOME_UNREACHABLE;
    }
}

/* Is it the answer to what was asked, and of the frame that it was asked about? */
static bool belongs(const struct ride *ride, const struct weir_wire_work_reply *reply) {
    const struct weir_remote *r = ride->remote;
    return reply->request_id == ride->request_id && reply->frame == ride->frame &&
           reply->epoch == r->conf.epoch && !strcmp(reply->stream, r->stream);
}

static const char *why_of(const struct weir_wire_work_reply *reply) {
    switch (reply->outcome) {
    case WEIR_OUTCOME_DETECT:
        return "";
    case WEIR_OUTCOME_LATE:
        return "it could not be done there in time";
    case WEIR_OUTCOME_OVERLOAD:
        return "too much waits there";
    case WEIR_OUTCOME_STOPPED:
        return "the service is stopping";
    default:
        return reply->needs_keyframe ? "the chain of H.264 is broken there"
                                     : "it could not be decoded or inferred there";
    }
}

static void take_reply(struct ride *ride, const struct weir_wire_work_reply *reply,
                       struct weir_remote_result *result) {
    struct weir_remote *r = ride->remote;
    const int64_t round_ns = weir_clock_now(r->conf.clock) - ride->sent_ns;
    result->outcome =
        reply->outcome == WEIR_OUTCOME_STOPPED ? WEIR_OUTCOME_UNREACHABLE : reply->outcome;
    result->why = why_of(reply);
    result->box = reply->box;
    result->boxes = reply->boxes;
    result->queue_ns = reply->queue_us * 1000;
    result->decode_ns = reply->decode_us * 1000;
    result->inference_ns = reply->inference_us * 1000;
    result->wait_ns = reply->wait_us * 1000;
    result->price_ns = reply->price_us * 1000;
    result->load = reply->load;
    const int64_t network_ns =
        round_ns - result->queue_ns - result->decode_ns - result->inference_ns;
    result->network_ns = network_ns > 0 ? network_ns : 0;
    pthread_mutex_lock(&r->lock);
    ride->target->credit = reply->credit > 0 ? reply->credit : 1; /* one may ask again */
    pthread_mutex_unlock(&r->lock);
    if (reply->needs_keyframe)
        break_chain(ride);
}

static void strange(struct ride *ride, struct weir_remote_result *result, const char *why) {
    struct weir_remote *r = ride->remote;
    pthread_mutex_lock(&r->lock);
    r->stats.strange++;
    pthread_mutex_unlock(&r->lock);
    break_chain(ride);
    result->outcome = WEIR_OUTCOME_CORRUPT;
    result->why = why;
}

static void read_reply(struct ride *ride, const struct weir_fabric_end *end, struct weir_wire *wire,
                       struct weir_error *err, struct weir_remote_result *result) {
    if (weir_wire_read(end->message, end->message_len, 0, wire, err))
        strange(ride, result, err->text);
    else if (wire->kind == WEIR_WIRE_WORK_REPLY && belongs(ride, &wire->work_reply))
        take_reply(ride, &wire->work_reply, result);
    else if (wire->kind == WEIR_WIRE_WORK_REPLY)
        strange(ride, result, "the reply is another frame's");
    else if (wire->kind == WEIR_WIRE_REFUSAL) {
        break_chain(ride);
        result->outcome = outcome_of_refusal(wire->refusal.reason);
        result->why = wire->refusal.text;
    } else
        strange(ride, result, "the reply is none");
}

static void on_end(void *user, struct weir_fabric_end *end) {
    struct ride *ride = user;
    struct weir_remote_result result = {0};
    struct weir_wire wire = {0};
    struct weir_error err = {0};
    if (end->how == WEIR_FABRIC_REPLIED) {
        read_reply(ride, end, &wire, &err, &result);
    } else {
        /* what only timed out has arrived, or will, before what is sent next */
        if (end->how != WEIR_FABRIC_TIMED_OUT)
            break_chain(ride);
        result.outcome = outcome_of_code(end->code);
        result.why = weir_err_str(end->code);
    }
    end_ride(ride, &result);
    weir_wire_done(&wire);
    free(ride);
}

/* ---- sending ---------------------------------------------------------------------------- */

static int target_of(struct weir_remote *r, const struct weir_wire_advert *to, int *ret,
                     struct weir_error *err) {
    int at = -1;
    for (int i = 0; i < WEIR_REMOTE_SERVICES; i++) {
        struct remote_target *t = &r->target[i];
        if (t->client && !strcmp(t->node, to->node) && !strcmp(t->service, to->service)) {
            t->used = ++r->uses;
            *ret = i;
            return 0;
        }
        pthread_mutex_lock(&r->lock);
        if (!t->under_way && (at < 0 || t->used < r->target[at].used))
            at = i;
        pthread_mutex_unlock(&r->lock);
    }
    if (at < 0)
        return weir_fail(err, WEIR_EAGAIN, "frames are under way at %d other services",
                         WEIR_REMOTE_SERVICES);
    struct remote_target *t = &r->target[at];
    struct weir_fabric_client *client = NULL;
    int rc = weir_fabric_client_new(r->conf.fabric, to->node, to->service, &client);
    if (rc)
        return weir_fail(err, rc, "%s at %s: %s", to->service, to->node, weir_err_str(rc));
    pthread_mutex_lock(&r->lock);
    r->chain.whole = r->chain.whole && r->chain.target != at;
    pthread_mutex_unlock(&r->lock);
    weir_fabric_client_free(t->client);
    *t = (struct remote_target){.client = client, .used = ++r->uses};
    snprintf(t->node, sizeof t->node, "%s", to->node);
    snprintf(t->service, sizeof t->service, "%s", to->service);
    *ret = at;
    return 0;
}

static int up(int side) {
    return (side + STEP - 1) / STEP * STEP;
}

static int write_request(const struct weir_remote *r, const struct weir_remote_job *job,
                         const struct ride *ride, const struct weir_image *image,
                         int64_t after_frame, int64_t left_ns, struct weir_buf *out,
                         struct weir_error *err) {
    const struct weir_remote_setting *set = &job->setting;
    const struct weir_wire_work_request request = {
        .request_id = ride->request_id,
        .stream = r->stream,
        .epoch = r->conf.epoch,
        .frame = job->frame,
        .budget_us = left_ns / 1000,
        .model = job->to->model,
        .input_width = set->input_width ? set->input_width : up(image->width),
        .input_height = set->input_height ? set->input_height : up(image->height),
        .source_width = job->image->width,
        .source_height = job->image->height,
        .picture_width = image->width,
        .picture_height = image->height,
        .payload_bytes = (uint32_t)ride->bytes,
        .codec = set->codec,
        .quality = set->quality,
        .matrix = image->matrix,
        .full_range = image->full_range,
        .after_frame = after_frame,
        .min_score = job->min_score,
        .audit = job->audit,
    };
    return weir_wire_write_work_request(out, &request, err);
}

/* Whether the next packet of H.264 must be a keyframe. */
static bool wants_key(struct weir_remote *r, const struct weir_remote_job *job, int target,
                      const struct weir_image *image) {
    const struct remote_coder *c = &r->h264;
    pthread_mutex_lock(&r->lock);
    const bool whole = r->chain.whole;
    pthread_mutex_unlock(&r->lock);
    return !whole || r->chain.target != target || r->chain.service_epoch != job->to->epoch ||
           job->frame <= r->chain.last || !c->encoder || c->width != image->width ||
           c->height != image->height || c->quality != job->setting.quality;
}

/* Under way from now on; EAGAIN: the service gives no credit for it. */
static int depart(struct weir_remote *r, struct ride *ride, int target, uint64_t service_epoch) {
    struct remote_target *t = &r->target[target];
    pthread_mutex_lock(&r->lock);
    const bool may = !t->credit || t->under_way < t->credit;
    if (may) {
        ride->asked = true;
        t->under_way++;
        if (ride->chained) {
            r->stats.keyframes += ride->keyframe;
            r->chain.whole = true;
            r->chain.last = ride->frame;
            if (ride->keyframe)
                r->chain.key = ride->frame;
            r->chain.target = target;
            r->chain.service_epoch = service_epoch;
        }
    }
    pthread_mutex_unlock(&r->lock);
    return may ? 0 : WEIR_EAGAIN;
}

static void undo_departure(struct weir_remote *r, struct ride *ride) {
    pthread_mutex_lock(&r->lock);
    ride->asked = false;
    ride->target->under_way--;
    r->stats.keyframes -= ride->chained && ride->keyframe;
    r->chain.whole = r->chain.whole && !ride->chained;
    pthread_mutex_unlock(&r->lock);
}

static bool has_credit(struct weir_remote *r, int target) {
    pthread_mutex_lock(&r->lock);
    const struct remote_target *t = &r->target[target];
    const bool has = !t->credit || t->under_way < t->credit;
    pthread_mutex_unlock(&r->lock);
    return has;
}

/* 0: the fabric will end the ride. Else it is still the caller's. */
static int send_off(struct weir_remote *r, const struct weir_remote_job *job, struct ride *ride,
                    int64_t due_ns, struct weir_error *err) {
    const struct weir_remote_setting *set = &job->setting;
    const int width = set->width < job->image->width ? set->width : job->image->width,
              height = set->height < job->image->height ? set->height : job->image->height;
    struct weir_image *image = NULL;
    struct weir_fabric_payload *payload = NULL;
    struct weir_buf request = {0};
    int target = 0;
    int rc = target_of(r, job->to, &target, err);
    if (rc)
        return rc;
    ride->target = &r->target[target];
    if (!has_credit(r, target)) /* before anything is spent on it */
        return weir_fail(err, WEIR_EAGAIN, "the service gives no credit for more");
    ride->chained = set->codec == WEIR_WIRE_CODEC_H264;
    rc = weir_reduce_image(job->image, width, height, &image, err);
    if (!rc) {
        ride->keyframe = ride->chained && wants_key(r, job, target, image);
        rc = set->codec == WEIR_WIRE_CODEC_I420
                 ? remote_pack_raw(r, image, &payload, err)
                 : remote_pack_coded(r, image, set, &ride->keyframe, &payload, err);
    }
    const int64_t now = weir_clock_now(r->conf.clock), left_ns = due_ns - now;
    if (!rc && left_ns < 1000)
        rc = weir_fail(err, WEIR_ETIMEDOUT, "its time was over before it was sent");
    if (!rc) {
        ride->bytes = weir_fabric_payload_len(payload);
        ride->sent_ns = now;
        ride->request_id = ++r->requests;
        rc = write_request(r, job, ride, image,
                           ride->chained && !ride->keyframe ? r->chain.last : -1, left_ns, &request,
                           err);
    }
    if (!rc && (rc = depart(r, ride, target, job->to->epoch)))
        weir_fail(err, rc, "the service gives no credit for more");
    if (!rc) {
        const struct weir_fabric_ask ask = {.message = request.data,
                                            .message_len = request.len,
                                            .payload = payload,
                                            .timeout_ns = left_ns,
                                            .done = on_end,
                                            .user = ride};
        rc = weir_fabric_ask(ride->target->client, &ask, NULL);
        if (rc) {
            weir_fail(err, rc, "%s at %s: %s", job->to->service, job->to->node, weir_err_str(rc));
            undo_departure(r, ride);
        } else {
            payload = NULL;
        }
    } else if (ride->chained) { /* what the encoder made, the next would go on from */
        pthread_mutex_lock(&r->lock);
        r->chain.whole = false;
        pthread_mutex_unlock(&r->lock);
    }
    weir_fabric_payload_free(payload);
    weir_image_unref(&image);
    weir_buf_done(&request);
    return rc;
}

void weir_remote_send(struct weir_remote *remote, const struct weir_remote_job *job) {
    const int64_t due_ns = weir_clock_now(remote->conf.clock) + job->timeout_ns;
    struct weir_error err = {0};
    struct ride *ride = malloc(sizeof *ride), spare;
    const struct ride fresh = {.remote = remote,
                               .target = &remote->target[0],
                               .done = job->done,
                               .user = job->user,
                               .frame = job->frame};
    struct ride *mine = ride ? ride : &spare;
    *mine = fresh;
    pthread_mutex_lock(&remote->lock);
    remote->stats.sent++;
    remote->stats.under_way++;
    pthread_mutex_unlock(&remote->lock);
    int rc = ride ? send_off(remote, job, ride, due_ns, &err)
                  : weir_fail(&err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        return;
    struct weir_remote_result result = {.outcome = outcome_of_code(rc), .why = err.text};
    end_ride(mine, &result);
    free(ride);
}
