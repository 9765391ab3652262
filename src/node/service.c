/* A service's life, and what happens to a request before a worker sees it: it is read, held to what
 * the service can do, and given a place. All of that is the fabric's thread's. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "node/service_state.h"

/* ---- a request comes ------------------------------------------------------------ */

static void count_refusal(struct weir_service *s, bool unreadable) {
    pthread_mutex_lock(&s->lock);
    s->stats.asked++;
    s->stats.refused++;
    s->stats.unreadable += unreadable;
    pthread_mutex_unlock(&s->lock);
}

/* What the service cannot do for that request; 0: nothing. */
static int misfit(const struct weir_service *s, const struct weir_wire_work_request *r,
                  struct weir_error *err) {
    const struct weir_model_desc *desc = weir_model_desc(s->conf.model);
    if (strcmp(r->model, s->model_name) != 0) {
        weir_fail(err, WEIR_EINVAL, "found model %s; allowed: %s", r->model, s->model_name);
        return WEIR_WIRE_REASON_MODEL;
    }
    if (!service_size_fits(s, (struct weir_size){r->input_width, r->input_height})) {
        if (desc->size.width)
            weir_fail(err, WEIR_EINVAL, "found input %dx%d; allowed: %dx%d", r->input_width,
                      r->input_height, desc->size.width, desc->size.height);
        else
            weir_fail(err, WEIR_EINVAL, "found input %dx%d; allowed: multiples of %d up to %d",
                      r->input_width, r->input_height, desc->stride, WEIR_SERVICE_INPUT_MAX);
        return WEIR_WIRE_REASON_SIZE;
    }
    if (r->picture_width > WEIR_SERVICE_SIDE_MAX || r->picture_height > WEIR_SERVICE_SIDE_MAX) {
        weir_fail(err, WEIR_EINVAL, "found a picture of %dx%d; allowed: sides up to %d",
                  r->picture_width, r->picture_height, WEIR_SERVICE_SIDE_MAX);
        return WEIR_WIRE_REASON_SIZE;
    }
    return 0;
}

static struct service_job *free_place(struct weir_service *s) {
    for (int i = 0; i < s->conf.places; i++)
        if (!s->place[i].used)
            return &s->place[i];
    return NULL;
}

/* Under the lock: the request and what was read go to a place. false: there is none. */
static bool admit(struct weir_service *s, struct weir_fabric_request *request,
                  struct weir_wire *wire, int64_t now_ns) {
    const struct weir_wire_work_request *r = &wire->work_request;
    const bool chained = r->codec == WEIR_WIRE_CODEC_H264;
    const size_t picture = (size_t)r->picture_width * (size_t)r->picture_height * 3 / 2;
    const size_t bytes = r->payload_bytes > picture ? r->payload_bytes : picture;
    struct service_job *job = free_place(s);
    if (!job || bytes > s->conf.bytes || s->bytes > s->conf.bytes - bytes)
        return false;
    struct service_chain *chain =
        chained ? service_chain_of(s, weir_fabric_request_node(request), r) : NULL;
    if (chained && !chain)
        return false;
    const int64_t given_up_ns = weir_fabric_request_deadline_ns(request),
                  budget_ns = now_ns + r->budget_us * 1000,
                  cost = service_estimate(s, (struct weir_size){r->input_width, r->input_height});
    *job = (struct service_job){.used = true,
                                .request = request,
                                .wire = *wire,
                                .arrived_ns = now_ns,
                                .deadline_ns = budget_ns < given_up_ns ? budget_ns : given_up_ns,
                                .bytes = bytes};
    if (chain)
        service_chain_add(chain, job);
    const struct weir_job line = {.id = (uint64_t)(job - s->place),
                                  .deadline_ns = r->audit ? WEIR_FOREVER : job->deadline_ns,
                                  .kind = r->input_width * 4096 + r->input_height,
                                  .each_ns = cost};
    weir_service_queue_push(&s->queue, &line); /* as long as there are places */
    s->used++;
    s->bytes += bytes;
    return true;
}

/* It has no place: its asker is told so at once. */
static void turn_away(struct weir_service *s, struct weir_fabric_request *request,
                      const struct weir_wire_work_request *r, enum weir_outcome outcome,
                      struct service_weight weight) {
    const struct weir_wire_work_reply reply = {
        .outcome = outcome,
        .wait_us = weight.wait_us,
        .load = weight.load,
        .price_us = weight.price_us,
        .credit = weight.credit,
        .needs_keyframe = r->codec == WEIR_WIRE_CODEC_H264,
    };
    (void)s;
    service_reply(r, request, &reply);
}

static void take_work(struct weir_service *s, struct weir_fabric_request *request,
                      struct weir_wire *wire) {
    const struct weir_wire_work_request *r = &wire->work_request;
    const int64_t now = weir_clock_now(s->conf.clock);
    struct weir_error err = {0};
    const int reason = misfit(s, r, &err);
    if (reason) {
        count_refusal(s, false);
        service_refuse(request, r->request_id, (enum weir_wire_reason)reason, err.text);
        weir_wire_done(wire);
        return;
    }
    pthread_mutex_lock(&s->lock);
    const struct service_weight weight = service_weigh(s, now);
    s->asked_ns += service_estimate(s, (struct weir_size){r->input_width, r->input_height});
    const bool in = !s->stopping && admit(s, request, wire, now);
    const enum weir_outcome outcome = s->stopping ? WEIR_OUTCOME_STOPPED : WEIR_OUTCOME_OVERLOAD;
    s->stats.asked++;
    s->stats.outcome[outcome] += !in;
    pthread_cond_signal(&s->work);
    pthread_mutex_unlock(&s->lock);
    if (in)
        return;
    turn_away(s, request, r, outcome, weight);
    weir_wire_done(wire);
}

static void handle(void *user, struct weir_fabric_request *request) {
    struct weir_service *s = user;
    size_t len;
    const uint8_t *message = weir_fabric_request_message(request, &len);
    struct weir_fabric_payload *payload = weir_fabric_request_payload(request);
    struct weir_error err = {0};
    struct weir_wire wire = {0};
    int rc =
        weir_wire_read(message, len, payload ? weir_fabric_payload_len(payload) : 0, &wire, &err);
    if (!rc && wire.kind != WEIR_WIRE_WORK_REQUEST)
        rc = weir_fail(&err, WEIR_ECORRUPT, "found a %s; allowed: a work_request",
                       weir_wire_kind_name(wire.kind));
    if (!rc) {
        take_work(s, request, &wire);
        return;
    }
    weir_wire_done(&wire);
    count_refusal(s, true);
    service_complain(s, weir_fabric_request_node(request), err.text);
    if (rc == WEIR_ENOMEM)
        weir_fabric_refuse(request, rc);
    else
        service_refuse(request, 0,
                       rc == WEIR_EUNSUPPORTED ? WEIR_WIRE_REASON_VERSION
                                               : WEIR_WIRE_REASON_MALFORMED,
                       err.text);
}

/* ---- a service's life -------------------------------------------------------------- */

static int check(struct weir_service_conf *conf, struct weir_error *err) {
    if (!conf->places)
        conf->places = WEIR_SERVICE_PLACES;
    if (!conf->bytes)
        conf->bytes = WEIR_SERVICE_BYTES;
    if (!conf->window)
        conf->window = WEIR_SERVICE_WINDOW;
    if (conf->workers < 1 || conf->workers > WEIR_SERVICE_WORKERS_MAX)
        return weir_fail(err, WEIR_EINVAL, "workers: found %d; allowed: 1 to %d", conf->workers,
                         WEIR_SERVICE_WORKERS_MAX);
    if (conf->places < 1 || conf->places > WEIR_SERVICE_PLACES_MAX)
        return weir_fail(err, WEIR_EINVAL, "places: found %d; allowed: 1 to %d", conf->places,
                         WEIR_SERVICE_PLACES_MAX);
    if (conf->window < 1 || conf->window > WEIR_FABRIC_WINDOW_MAX)
        return weir_fail(err, WEIR_EINVAL, "window: found %d; allowed: 1 to %d", conf->window,
                         WEIR_FABRIC_WINDOW_MAX);
    return 0;
}

static int copy_name(char *into, size_t size, const char *what, const char *name,
                     struct weir_error *err) {
    if (!*name || strlen(name) >= size)
        return weir_fail(err, WEIR_EINVAL, "%s: found \"%s\"; allowed: 1 to %zu characters", what,
                         name, size - 1);
    memcpy(into, name, strlen(name) + 1);
    return 0;
}

static int take_conf(struct weir_service *s, struct weir_error *err) {
    struct weir_service_conf *c = &s->conf;
    int rc = check(c, err);
    if (!rc)
        rc = copy_name(s->node, sizeof s->node, "node", c->node, err);
    if (!rc)
        rc = copy_name(s->name, sizeof s->name, "service", c->name, err);
    if (!rc)
        rc = copy_name(s->tier, sizeof s->tier, "tier", c->tier, err);
    if (!rc)
        rc = copy_name(s->model_name, sizeof s->model_name, "model", c->model_name, err);
    return rc;
}

/* What the profile knows; and what one inference takes now, on a grey picture. */
static int measure(struct weir_service *s, const struct weir_costs *costs, struct weir_error *err) {
    const struct weir_size size = weir_model_size(s->conf.model);
    struct weir_image *image = weir_image_alloc(WEIR_PIXEL_I420, size.width, size.height);
    int rc = image ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int p = 0; !rc && p < 3; p++)
        memset(weir_image_data(image, p), 128,
               (size_t)image->stride[p] * (size_t)(p ? (size.height + 1) / 2 : size.height));
    for (int i = 0; costs && i < costs->infers; i++)
        if (costs->infer[i].batch == 1 && !strcmp(costs->infer[i].model, s->model_name) &&
            service_size_fits(s, (struct weir_size){costs->infer[i].width, costs->infer[i].height}))
            service_measured(s, (struct weir_size){costs->infer[i].width, costs->infer[i].height},
                             (int64_t)(costs->infer[i].ms * (double)WEIR_NS_PER_MS), false);
    for (int i = 0; !rc && i < 3; i++) { /* the first warms up */
        const int64_t begin = weir_clock_now(s->conf.clock);
        struct weir_frame *frame = NULL;
        rc = service_infer(&s->worker[0], size, image, &frame, err);
        weir_frame_free(frame);
        if (!rc && i)
            service_measured(s, size, weir_clock_now(s->conf.clock) - begin, true);
    }
    weir_image_unref(&image);
    return rc;
}

static int init(struct weir_service *s, struct weir_error *err) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    s->epoch = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    s->said_ns = s->load_since_ns = weir_clock_now(s->conf.clock);
    s->place = calloc((size_t)s->conf.places, sizeof *s->place);
    s->jpeg = weir_codec_new("mjpeg");
    s->h264 = weir_codec_new("h264");
    for (int i = 0; i < s->conf.workers; i++)
        s->worker[i].service = s;
    if (!s->place || !s->jpeg || !s->h264 ||
        weir_service_queue_init(&s->queue, (size_t)s->conf.places))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    s->workflow.set.source.max_width = s->workflow.set.source.max_height = WEIR_SERVICE_SIDE_MAX;
    return 0;
}

static int start(struct weir_service *s, struct weir_error *err) {
    for (int i = 0; i < s->conf.workers; i++) {
        struct service_worker *w = &s->worker[i];
        if (pthread_create(&w->thread, NULL, service_worker_main, w))
            return weir_fail(err, WEIR_ENOMEM, "no thread can be started");
        w->started = true;
        char name[16];
        snprintf(name, sizeof name, "weir-serve%d", i % 100);
        pthread_setname_np(w->thread, name);
    }
    struct weir_buf advert = {0};
    struct weir_fabric_service *offer = NULL;
    pthread_mutex_lock(&s->lock);
    int rc = service_advert(s, weir_clock_now(s->conf.clock), &advert, err);
    pthread_mutex_unlock(&s->lock);
    const struct weir_fabric_offer conf = {.name = s->name,
                                           .window = s->conf.window,
                                           .advert = advert.data,
                                           .advert_len = advert.len,
                                           .handle = handle,
                                           .user = s};
    if (!rc)
        rc = weir_fabric_offer(s->conf.fabric, &conf, &offer, err);
    pthread_mutex_lock(&s->lock);
    s->offer = offer;
    pthread_mutex_unlock(&s->lock);
    weir_buf_done(&advert);
    return rc;
}

int weir_service_new(const struct weir_service_conf *conf, struct weir_service **ret_service,
                     struct weir_error *err) {
    struct weir_service *s = calloc(1, sizeof *s);
    if (!s)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    pthread_mutex_init(&s->lock, NULL);
    pthread_cond_init(&s->work, NULL);
    pthread_cond_init(&s->chains, NULL);
    s->conf = *conf;
    s->conf.model = weir_model_ref(conf->model);
    weir_stop_init(&s->stop, conf->clock);
    int rc = weir_workflow_init(&s->workflow) ? weir_fail(err, WEIR_ENOMEM, "out of memory") : 0;
    if (!rc)
        rc = take_conf(s, err);
    if (!rc)
        rc = init(s, err);
    if (!rc)
        rc = measure(s, conf->costs, err);
    if (!rc)
        rc = start(s, err);
    if (rc) {
        weir_service_free(s, NULL);
        return rc;
    }
    *ret_service = s;
    return 0;
}

void weir_service_stats(struct weir_service *service, struct weir_service_stats *ret) {
    pthread_mutex_lock(&service->lock);
    *ret = service->stats;
    pthread_mutex_unlock(&service->lock);
}

double weir_service_infer_ms(struct weir_service *service) {
    pthread_mutex_lock(&service->lock);
    const int64_t ns = service_estimate(service, weir_model_size(service->conf.model));
    pthread_mutex_unlock(&service->lock);
    return (double)ns / (double)WEIR_NS_PER_MS;
}

/* What still waits when nobody works any more. */
static void end_waiting(struct weir_service *s) {
    for (int i = 0; s->place && i < s->conf.places; i++) {
        struct service_job *job = &s->place[i];
        if (!job->used)
            continue;
        s->stats.outcome[WEIR_OUTCOME_STOPPED]++;
        turn_away(s, job->request, &job->wire.work_request, WEIR_OUTCOME_STOPPED,
                  (struct service_weight){.credit = 0});
        weir_wire_done(&job->wire);
        weir_image_unref(&job->image);
    }
}

void weir_service_free(struct weir_service *s, struct weir_service_stats *ret_stats) {
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < WEIR_SERVICE_WORKERS_MAX; i++)
        if (s->worker[i].started)
            pthread_join(s->worker[i].thread, NULL);
    weir_fabric_withdraw(s->offer);
    end_waiting(s);
    if (ret_stats)
        *ret_stats = s->stats;
    for (int i = 0; i < WEIR_SERVICE_WORKERS_MAX; i++) {
        for (int k = 0; k < SERVICE_LOOKS; k++)
            service_look_done(&s->worker[i].look[k]);
        weir_stage_free(s->worker[i].jpeg);
    }
    for (int i = 0; i < WEIR_SERVICE_CHAINS; i++)
        weir_stage_free(s->chain[i].decode);
    weir_service_queue_done(&s->queue);
    free(s->place);
    weir_codec_unref(&s->jpeg);
    weir_codec_unref(&s->h264);
    weir_workflow_done(&s->workflow);
    weir_model_unref(&s->conf.model);
    pthread_cond_destroy(&s->chains);
    pthread_cond_destroy(&s->work);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
