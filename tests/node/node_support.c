#include "node_support.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "scene/scene.h"

enum { PATIENCE_S = 60 };

struct weir_clock *clock_;
struct weir_model *model;
struct weir_image *shot[SHOTS];
struct weir_boxes truth[SHOTS];

const struct weir_remote_setting
    raw = {.width = WIDTH, .height = HEIGHT, .codec = WEIR_WIRE_CODEC_I420},
    jpeg = {.width = WIDTH, .height = HEIGHT, .codec = WEIR_WIRE_CODEC_JPEG, .quality = 90},
    h264 = {.width = WIDTH, .height = HEIGHT, .codec = WEIR_WIRE_CODEC_H264, .quality = 18};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t ended = PTHREAD_COND_INITIALIZER;

/* ---- pictures ------------------------------------------------------------------- */

static void open_model(void) {
    struct weir_workflow wf;
    struct weir_model *own = NULL;
    struct weir_error err = {0};
    assert_int_equal(weir_workflow_init(&wf), 0);
    wf.set.detect.threads = wf.set.detect.workers = 1;
    if (weir_model_open(test_source("models/street_n.onnx"), &wf.set, true, &own, &err))
        fail_msg("%s", err.text);
    assert_int_equal(
        weir_model_at(own, (struct weir_size){INPUT_WIDTH, INPUT_HEIGHT}, &model, &err), 0);
    weir_model_unref(&own);
    weir_workflow_done(&wf);
}

int make_shots(void **state) {
    struct weir_error err = {0};
    (void)state;
    clock_ = weir_clock_monotonic_new();
    assert_non_null(clock_);
    open_model();
    for (int i = 0; i < SHOTS; i++) {
        struct weir_scene_conf conf = weir_scene_defaults;
        struct weir_scene *scene = NULL;
        struct weir_truth seen = {0};
        conf.seed = (uint64_t)i + 1;
        conf.width = WIDTH;
        conf.height = HEIGHT;
        conf.seconds = 10;
        conf.profile = WEIR_SCENE_RUSH;
        if (weir_scene_new(&conf, &scene, &err))
            fail_msg("%s", err.text);
        weir_scene_skip(scene, 100);
        assert_int_equal(weir_scene_next(scene, &shot[i], &seen, &err), 0);
        weir_truth_done(&seen);
        weir_scene_free(scene);
        if (weir_model_detect_image(model, shot[i], &truth[i], &err))
            fail_msg("%s", err.text);
        assert_true(truth[i].len > 1); /* or nothing would be told apart */
    }
    return 0;
}

int drop_shots(void **state) {
    (void)state;
    for (int i = 0; i < SHOTS; i++) {
        weir_image_unref(&shot[i]);
        weir_boxes_done(&truth[i]);
    }
    weir_model_unref(&model);
    weir_clock_free(clock_);
    return 0;
}

bool same_boxes(const struct weir_box *box, size_t boxes, const struct weir_boxes *other) {
    bool same = boxes == other->len;
    for (size_t i = 0; i < boxes && same; i++) {
        const struct weir_box *a = &box[i], *b = &other->data[i];
        same = a->x0 == b->x0 && a->y0 == b->y0 && a->x1 == b->x1 && a->y1 == b->y1 &&
               a->score == b->score && a->class_id == b->class_id;
    }
    return same;
}

double alike(const struct weir_box *box, size_t boxes, const struct weir_boxes *other) {
    bool *taken = calloc(other->len + 1, sizeof *taken);
    size_t hits = 0;
    for (size_t i = 0; i < boxes; i++)
        for (size_t k = 0; k < other->len; k++)
            if (!taken[k] && other->data[k].class_id == box[i].class_id &&
                weir_iou(&box[i], &other->data[k]) >= 0.5F) {
                taken[k] = true;
                hits++;
                break;
            }
    free(taken);
    return boxes + other->len ? 2.0 * (double)hits / (double)(boxes + other->len) : 1;
}

int closest_shot(const struct weir_box *box, size_t boxes) {
    int best = 0;
    for (int i = 1; i < SHOTS; i++)
        if (alike(box, boxes, &truth[i]) > alike(box, boxes, &truth[best]))
            best = i;
    return best;
}

uint8_t *shot_bytes(int i) {
    const struct weir_image *image = shot[i];
    uint8_t *bytes = malloc(WIDTH * HEIGHT * 3 / 2), *at = bytes;
    for (int p = 0; p < 3; p++)
        for (int y = 0; y < (p ? HEIGHT / 2 : HEIGHT); y++) {
            const int width = p ? WIDTH / 2 : WIDTH;
            memcpy(at, image->plane[p] + y * image->stride[p], (size_t)width);
            at += width;
        }
    return bytes;
}

/* ---- a site ---------------------------------------------------------------------- */

static void open_seat(struct site *site, const char *node, struct weir_offers *offers,
                      struct weir_fabric **ret) {
    struct weir_error err = {0};
    const struct weir_fabric_conf conf = {
        .node = node, .clock = clock_, .seen = offers ? weir_offers_saw : NULL, .user = offers};
    int rc = site->dir ? weir_fabric_open_local(site->dir, &conf, ret, &err)
                       : weir_fabric_open_loop(site->hub, &conf, ret, &err);
    if (rc)
        fail_msg("%s", err.text);
}

void site_init(struct site *site, struct site_conf conf) {
    struct weir_error err = {0};
    *site = (struct site){.dir = conf.local ? test_scratch() : NULL,
                          .hub = conf.local ? NULL : weir_fabric_hub_new(),
                          .offers = weir_offers_new(clock_)};
    if (!conf.alone)
        open_seat(site, "core", NULL, &site->core);
    open_seat(site, "edge", site->offers, &site->edge);
    const struct weir_service_conf service = {.fabric = site->core,
                                              .clock = clock_,
                                              .node = "core",
                                              .name = "detect",
                                              .tier = "core",
                                              .model = model,
                                              .model_name = "street_n",
                                              .workers = conf.workers,
                                              .places = conf.places,
                                              .bytes = conf.bytes};
    if (conf.workers && weir_service_new(&service, &site->service, &err))
        fail_msg("%s", err.text);
    const struct weir_remote_conf remote = {
        .fabric = site->edge, .clock = clock_, .stream = "gate", .epoch = 3, .rate_fps = 25};
    assert_int_equal(weir_remote_new(&remote, &site->remote, &err), 0);
}

void site_done(struct site *site) {
    struct weir_service_stats stats = {0};
    uint64_t sum = 0;
    weir_remote_free(site->remote);
    weir_service_free(site->service, &stats);
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        sum += stats.outcome[i];
    assert_int_equal(stats.asked, sum + stats.refused); /* whatever came was answered once */
    weir_fabric_close(site->edge);
    weir_fabric_close(site->core);
    weir_offers_free(site->offers);
    weir_fabric_hub_free(site->hub);
    if (site->dir)
        test_scratch_remove(site->dir);
}

static struct weir_wire advert_until(struct site *site, const char *node, const char *service,
                                     uint64_t not_epoch) {
    struct weir_wire wire = {0};
    const int64_t end = weir_clock_now(clock_) + PATIENCE_S * WEIR_NS_PER_S;
    while (weir_clock_now(clock_) < end) {
        if (!weir_offers_find(site->offers, node, service, &wire, NULL)) {
            if (wire.advert.epoch != not_epoch)
                return wire;
            weir_wire_done(&wire);
        }
        weir_clock_wait(clock_, weir_clock_now(clock_) + WEIR_NS_PER_MS, NULL);
    }
    fail_msg("%s is not offered at %s", service, node);
    return wire;
}

struct weir_wire site_advert(struct site *site, const char *node, const char *service) {
    return advert_until(site, node, service, 0);
}

struct weir_wire site_advert_after(struct site *site, const char *node, uint64_t epoch) {
    return advert_until(site, node, "detect", epoch);
}

/* ---- frames ------------------------------------------------------------------------ */

static void take(void *user, const struct weir_remote_result *result) {
    struct slip *slip = user;
    pthread_mutex_lock(&lock);
    slip->ends++;
    slip->frame = result->frame;
    slip->outcome = result->outcome;
    slip->sent_bytes = result->sent_bytes;
    slip->keyframe = result->keyframe;
    slip->inference_ns = result->inference_ns;
    snprintf(slip->why, sizeof slip->why, "%.*s", (int)sizeof slip->why - 1, result->why);
    weir_boxes_reset(&slip->boxes);
    for (size_t i = 0; i < result->boxes; i++)
        weir_boxes_add(&slip->boxes, result->box[i]);
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
}

void send_frame(struct site *site, const struct weir_wire_advert *to, int64_t frame,
                struct weir_remote_setting setting, int64_t timeout_ms, struct slip *slip) {
    weir_remote_send(site->remote,
                     &(struct weir_remote_job){.to = to,
                                               .image = shot[frame % SHOTS],
                                               .frame = frame,
                                               .setting = setting,
                                               .timeout_ns = timeout_ms * WEIR_NS_PER_MS,
                                               .done = take,
                                               .user = slip});
}

static void await(const int *count) {
    struct timespec until;
    int rc = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += PATIENCE_S;
    pthread_mutex_lock(&lock);
    while (!*count && !rc)
        rc = pthread_cond_timedwait(&ended, &lock, &until);
    pthread_mutex_unlock(&lock);
    assert_int_equal(rc, 0);
}

void await_end(struct slip *slip) {
    await(&slip->ends);
}

void sent(struct site *site, const struct weir_wire_advert *to, int64_t frame,
          struct weir_remote_setting setting, struct slip *slip) {
    slip_done(slip);
    send_frame(site, to, frame, setting, 50000, slip);
    await_end(slip);
    assert_int_equal(slip->frame, frame);
}

void slip_done(struct slip *slip) {
    weir_boxes_done(&slip->boxes);
    *slip = (struct slip){0};
}

void assert_outcome(const struct slip *slip, enum weir_outcome outcome, const char *why) {
    if (slip->outcome != outcome || (why && !strstr(slip->why, why)))
        fail_msg("frame %lld: %s, %s; expected %s, %s", (long long)slip->frame,
                 weir_outcome_name(slip->outcome), slip->why, weir_outcome_name(outcome),
                 why ? why : "whatever");
}

void assert_accounts(struct site *site, const struct slip *slip, size_t slips) {
    struct weir_remote_stats stats;
    uint64_t sum = 0;
    weir_remote_stats(site->remote, &stats);
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        sum += stats.outcome[i];
    assert_int_equal(stats.under_way, 0);
    assert_int_equal(stats.sent, sum);
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < slips; i++)
        if (slip[i].ends != 1)
            fail_msg("frame %zu ended %d times", i, slip[i].ends);
    pthread_mutex_unlock(&lock);
}

/* ---- asking by hand ------------------------------------------------------------------- */

struct weir_wire_work_request a_request(void) {
    return (struct weir_wire_work_request){.request_id = 11,
                                           .stream = "hand",
                                           .epoch = 1,
                                           .frame = 0,
                                           .budget_us = 50000000,
                                           .model = "street_n",
                                           .input_width = INPUT_WIDTH,
                                           .input_height = INPUT_HEIGHT,
                                           .source_width = WIDTH,
                                           .source_height = HEIGHT,
                                           .picture_width = WIDTH,
                                           .picture_height = HEIGHT,
                                           .payload_bytes = WIDTH * HEIGHT * 3 / 2,
                                           .codec = WEIR_WIRE_CODEC_I420,
                                           .matrix = shot[0]->matrix,
                                           .full_range = shot[0]->full_range,
                                           .after_frame = -1};
}

struct answer {
    int there;
    struct weir_wire wire;
};

static void keep(void *user, struct weir_fabric_end *end) {
    struct answer *answer = user;
    pthread_mutex_lock(&lock);
    if (end->how == WEIR_FABRIC_REPLIED)
        weir_wire_read(end->message, end->message_len, 0, &answer->wire, NULL);
    answer->there = 1;
    pthread_cond_broadcast(&ended);
    pthread_mutex_unlock(&lock);
}

struct weir_wire ask_bytes(struct site *site, const void *message, size_t len, const void *picture,
                           size_t picture_len) {
    struct weir_wire advert = site_advert(site, "core", "detect");
    struct weir_fabric_client *client = NULL;
    struct weir_fabric_payload *payload = NULL;
    struct answer answer = {0};
    weir_wire_done(&advert);
    assert_int_equal(weir_fabric_client_new(site->edge, "core", "detect", &client), 0);
    if (picture_len) {
        assert_int_equal(weir_fabric_payload_new(site->edge, picture_len, &payload), 0);
        memcpy(weir_fabric_payload_data(payload), picture, picture_len);
    }
    const struct weir_fabric_ask ask = {.message = message,
                                        .message_len = len,
                                        .payload = payload,
                                        .timeout_ns = PATIENCE_S * WEIR_NS_PER_S,
                                        .done = keep,
                                        .user = &answer};
    assert_int_equal(weir_fabric_ask(client, &ask, NULL), 0);
    await(&answer.there);
    weir_fabric_client_free(client);
    return answer.wire;
}

struct weir_wire ask_service(struct site *site, struct weir_wire_work_request *request,
                             const void *picture) {
    struct weir_buf message = {0};
    struct weir_error err = {0};
    if (weir_wire_write_work_request(&message, request, &err))
        fail_msg("%s", err.text);
    struct weir_wire wire =
        ask_bytes(site, message.data, message.len, picture, request->payload_bytes);
    weir_buf_done(&message);
    return wire;
}

void asked(struct site *site, struct weir_wire_work_request *request, const void *picture,
           enum weir_outcome outcome, bool needs_keyframe) {
    struct weir_wire wire = ask_service(site, request, picture);
    assert_int_equal(wire.kind, WEIR_WIRE_WORK_REPLY);
    assert_string_equal(weir_outcome_name(wire.work_reply.outcome), weir_outcome_name(outcome));
    assert_int_equal(wire.work_reply.needs_keyframe, needs_keyframe);
    assert_int_equal(wire.work_reply.request_id, request->request_id);
    assert_int_equal(wire.work_reply.frame, request->frame);
    assert_true(wire.work_reply.credit >= 1);
    weir_wire_done(&wire);
}
