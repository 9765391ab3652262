/* A worker: takes the job whose deadline is next, decodes, infers, replies. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/service_state.h"

struct weir_stage_conf service_stage_conf(struct weir_service *s, struct weir_model *model) {
    return (struct weir_stage_conf){.workflow = &s->workflow,
                                    .stream = -1,
                                    .sink = -1,
                                    .clock = s->conf.clock,
                                    .stop = &s->stop,
                                    .model = model};
}

/* ---- decoding ------------------------------------------------------------------ */

static void free_payload(struct weir_image *image, void *owner) {
    (void)image;
    weir_fabric_payload_free(owner);
}

/* The payload is the picture: it goes to the image. */
static int take_raw(struct service_job *job, struct weir_image **ret, struct weir_error *err) {
    const struct weir_wire_work_request *r = &job->wire.work_request;
    struct weir_image *image = weir_image_new();
    struct weir_fabric_payload *payload = weir_fabric_request_payload(job->request);
    const uint8_t *bytes = weir_fabric_payload_bytes(payload);
    if (!image || !bytes) {
        weir_image_unref(&image);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    const int width = r->picture_width, height = r->picture_height, half = (width + 1) / 2;
    image->pixel = WEIR_PIXEL_I420;
    image->width = width;
    image->height = height;
    image->matrix = r->matrix;
    image->full_range = r->full_range;
    image->plane[0] = bytes;
    image->plane[1] = bytes + (size_t)width * (size_t)height;
    image->plane[2] = image->plane[1] + (size_t)half * (size_t)((height + 1) / 2);
    image->stride[0] = width;
    image->stride[1] = image->stride[2] = half;
    image->free = free_payload;
    image->owner = weir_fabric_request_take_payload(job->request);
    *ret = image;
    return 0;
}

static void free_bytes(struct weir_packet *packet, void *owner) {
    (void)packet;
    free(owner);
}

static int make_packet(struct service_job *job, struct weir_codec *codec, struct weir_packet **ret,
                       struct weir_error *err) {
    struct weir_fabric_payload *payload = weir_fabric_request_payload(job->request);
    const size_t len = weir_fabric_payload_len(payload);
    const uint8_t *bytes = weir_fabric_payload_bytes(payload);
    uint8_t *copy = malloc(len + WEIR_PACKET_PADDING); /* decoders read ahead */
    struct weir_packet *packet = weir_packet_new(codec);
    if (!bytes || !copy || !packet) {
        free(copy);
        weir_packet_unref(&packet);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    memcpy(copy, bytes, len);
    memset(copy + len, 0, WEIR_PACKET_PADDING);
    packet->data = copy;
    packet->len = len;
    packet->keyframe = job->wire.work_request.after_frame < 0;
    packet->free = free_bytes;
    packet->owner = copy;
    *ret = packet;
    return 0;
}

static int unpack(struct weir_service *s, struct service_job *job, struct weir_codec *codec,
                  struct weir_stage **decoder, struct weir_image **ret, struct weir_error *err) {
    const struct weir_wire_work_request *r = &job->wire.work_request;
    const struct weir_stage_conf conf = service_stage_conf(s, NULL);
    struct weir_packet *packet = NULL;
    struct weir_frame *frame = NULL;
    int rc = *decoder ? 0 : weir_stage_decode.open(&conf, decoder, err);
    if (!rc)
        rc = make_packet(job, codec, &packet, err);
    if (!rc)
        rc = weir_decode_by_hand(*decoder, packet, &frame, err);
    weir_packet_unref(&packet);
    struct weir_image *image = rc ? NULL : weir_image_ref(frame->image);
    weir_frame_free(frame);
    if (!rc && (image->width != r->picture_width || image->height != r->picture_height))
        rc = weir_fail(err, WEIR_ECORRUPT, "found a picture of %dx%d; %dx%d was said", image->width,
                       image->height, r->picture_width, r->picture_height);
    if (rc) {
        weir_image_unref(&image);
        weir_stage_free(*decoder); /* whatever it holds is in nobody's way */
        *decoder = NULL;
        return rc;
    }
    if (r->codec == WEIR_WIRE_CODEC_JPEG)
        image->matrix = r->matrix; /* which JPEG cannot say */
    *ret = image;
    return 0;
}

void service_decode(struct weir_service *s, struct service_job *job, struct weir_codec *codec,
                    struct weir_stage **decoder) {
    struct weir_error err = {0};
    const int64_t begin = weir_clock_now(s->conf.clock);
    int rc = job->wire.work_request.codec == WEIR_WIRE_CODEC_I420
                 ? take_raw(job, &job->image, &err)
                 : unpack(s, job, codec, decoder, &job->image, &err);
    job->decode_ns = weir_clock_now(s->conf.clock) - begin;
    if (rc) {
        job->outcome = rc == WEIR_ENOMEM ? WEIR_OUTCOME_OVERLOAD : WEIR_OUTCOME_CORRUPT;
        snprintf(job->why, sizeof job->why, "%.*s", (int)sizeof job->why - 1, err.text);
    }
}

/* ---- inferring ----------------------------------------------------------------- */

bool service_size_fits(const struct weir_service *s, struct weir_size size) {
    const struct weir_model_desc *desc = weir_model_desc(s->conf.model);
    const int step = desc->stride > 0 ? desc->stride : 1;
    if (desc->size.width)
        return size.width == desc->size.width && size.height == desc->size.height;
    return size.width > 0 && size.height > 0 && size.width <= WEIR_SERVICE_INPUT_MAX &&
           size.height <= WEIR_SERVICE_INPUT_MAX && size.width % step == 0 &&
           size.height % step == 0;
}

void service_look_done(struct service_look *look) {
    weir_stage_free(look->detect);
    weir_model_unref(&look->model);
    *look = (struct service_look){0};
}

/* The worker's stage at that size, opened where it was not used lately. */
static int look_at(struct service_worker *w, struct weir_size size, struct weir_stage **ret,
                   struct weir_error *err) {
    struct service_look *at = &w->look[0];
    for (int i = 0; i < SERVICE_LOOKS; i++) {
        struct service_look *l = &w->look[i];
        const struct weir_size has = l->model ? weir_model_size(l->model) : (struct weir_size){0};
        if (l->model && has.width == size.width && has.height == size.height) {
            l->used = ++w->looks;
            *ret = l->detect;
            return 0;
        }
        if (l->used < at->used)
            at = l;
    }
    service_look_done(at);
    int rc = weir_model_at(w->service->conf.model, size, &at->model, err);
    const struct weir_stage_conf conf = service_stage_conf(w->service, at->model);
    if (!rc)
        rc = weir_stage_detect.open(&conf, &at->detect, err);
    if (rc) {
        service_look_done(at);
        return rc;
    }
    at->used = ++w->looks;
    *ret = at->detect;
    return 0;
}

int service_infer(struct service_worker *w, struct weir_size size, struct weir_image *image,
                  struct weir_frame **ret, struct weir_error *err) {
    struct weir_stage *detect = NULL;
    int rc = look_at(w, size, &detect, err);
    return rc ? rc : weir_detect_by_hand(detect, image, ret, err);
}

static bool wanted(const struct weir_wire_work_request *r, const struct weir_box *box) {
    bool listed = !r->class_ids;
    for (size_t i = 0; i < r->class_ids && !listed; i++)
        listed = r->class_id[i] == (uint32_t)box->class_id;
    return listed && box->score >= r->min_score;
}

/* What was asked for, in pixels of the source; the best come first. */
static void choose_boxes(const struct weir_wire_work_request *r, struct weir_boxes *boxes) {
    const float x = (float)r->source_width / (float)r->picture_width,
                y = (float)r->source_height / (float)r->picture_height;
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len && kept < WEIR_SERVICE_BOXES_MAX; i++) {
        struct weir_box box = boxes->data[i];
        if (!wanted(r, &box))
            continue;
        box.x0 = fminf(box.x0 * x, (float)r->source_width);
        box.x1 = fminf(box.x1 * x, (float)r->source_width);
        box.y0 = fminf(box.y0 * y, (float)r->source_height);
        box.y1 = fminf(box.y1 * y, (float)r->source_height);
        boxes->data[kept++] = box;
    }
    boxes->len = kept;
}

static void detect(struct service_worker *w, struct service_job *job, struct weir_boxes *boxes) {
    const struct weir_wire_work_request *r = &job->wire.work_request;
    const int64_t begin = weir_clock_now(w->service->conf.clock);
    struct weir_frame *frame = NULL;
    struct weir_error err = {0};
    int rc = service_infer(w, (struct weir_size){r->input_width, r->input_height}, job->image,
                           &frame, &err);
    job->inference_ns = weir_clock_now(w->service->conf.clock) - begin;
    if (rc) {
        job->outcome = rc == WEIR_ENOMEM ? WEIR_OUTCOME_OVERLOAD : WEIR_OUTCOME_CORRUPT;
        snprintf(job->why, sizeof job->why, "%.*s", (int)sizeof job->why - 1, err.text);
        return;
    }
    *boxes = frame->boxes;
    frame->boxes = (struct weir_boxes){0};
    weir_frame_free(frame);
    choose_boxes(r, boxes);
    job->outcome = WEIR_OUTCOME_DETECT;
}

/* ---- a job ---------------------------------------------------------------------- */

/* Under the lock, which it gives away: reply, and the place is free. */
static void finish(struct service_worker *w, struct service_job *job, struct weir_boxes *boxes) {
    struct weir_service *s = w->service;
    const struct weir_wire_work_request *r = &job->wire.work_request;
    const int64_t now = weir_clock_now(s->conf.clock);
    struct weir_wire wire = job->wire;
    struct weir_fabric_request *request = job->request;
    struct weir_image *image = job->image;
    char why[sizeof job->why];
    const bool log = job->outcome == WEIR_OUTCOME_CORRUPT && !job->quiet;
    memcpy(why, job->why, sizeof why);
    if (job->inference_ns && job->outcome == WEIR_OUTCOME_DETECT)
        service_measured(s, (struct weir_size){r->input_width, r->input_height}, job->inference_ns,
                         true);
    s->stats.outcome[job->outcome]++;
    s->used--;
    s->bytes -= job->bytes;
    w->busy = false;
    const int64_t queue_ns = now - job->arrived_ns - job->decode_ns - job->inference_ns;
    const struct service_weight weight = service_weigh(s, now);
    const struct weir_wire_work_reply reply = {
        .outcome = job->outcome,
        .box = boxes->data,
        .boxes = boxes->len,
        .queue_us = queue_ns > 0 ? queue_ns / 1000 : 0,
        .decode_us = job->decode_ns / 1000,
        .inference_us = job->inference_ns / 1000,
        .wait_us = weight.wait_us,
        .load = weight.load,
        .price_us = weight.price_us,
        .credit = weight.credit,
        .needs_keyframe = job->needs_keyframe,
    };
    if (job->chain)
        job->chain->jobs--;
    *job = (struct service_job){0};
    pthread_mutex_unlock(&s->lock);
    if (log)
        service_complain(s, weir_fabric_request_node(request), why);
    service_reply(&wire.work_request, request, &reply);
    weir_wire_done(&wire);
    weir_image_unref(&image);
    weir_boxes_done(boxes);
    service_say(s);
    pthread_mutex_lock(&s->lock);
}

/* Under the lock, which it gives away meanwhile. */
static void serve(struct service_worker *w, struct service_job *job, bool late) {
    struct weir_service *s = w->service;
    const struct weir_wire_work_request *r = &job->wire.work_request;
    struct weir_boxes boxes = {0};
    const struct weir_size size = {r->input_width, r->input_height};
    const int64_t now = weir_clock_now(s->conf.clock);
    w->busy = true;
    w->free_ns = now + (late ? 0 : service_estimate(s, size));
    if (late && now < job->deadline_ns)
        service_doubt(s, size);
    late = late || weir_fabric_request_canceled(job->request);
    if (job->chain)
        service_chain_reach(s, job);
    pthread_mutex_unlock(&s->lock);
    if (!job->chain && !late)
        service_decode(s, job, s->jpeg, &w->jpeg);
    late = late || weir_clock_now(s->conf.clock) >= job->deadline_ns;
    if (!job->outcome && late)
        job->outcome = WEIR_OUTCOME_LATE;
    if (!job->outcome)
        detect(w, job, &boxes);
    pthread_mutex_lock(&s->lock);
    finish(w, job, &boxes);
}

void *service_worker_main(void *arg) {
    struct service_worker *w = arg;
    struct weir_service *s = w->service;
    struct weir_job batch[WEIR_BATCH_MAX];
    size_t len = 0;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping) {
        const enum weir_service_step step =
            weir_service_queue_next(&s->queue, weir_clock_now(s->conf.clock), 1, batch, &len);
        if (step == WEIR_SERVICE_IDLE)
            pthread_cond_wait(&s->work, &s->lock);
        else
            serve(w, &s->place[batch[0].id], step == WEIR_SERVICE_DROP);
    }
    pthread_mutex_unlock(&s->lock);
    return NULL;
}
