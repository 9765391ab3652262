/* What a service says: adverts, replies, refusals, complaints; and what it reckons for them. */
#include <stdlib.h>
#include <string.h>

#include "node/service_state.h"

/* ---- times ------------------------------------------------------------------ */

static double pixels(struct weir_size size) {
    return (double)size.width * size.height;
}

int64_t service_estimate(const struct weir_service *s, struct weir_size size) {
    const struct service_time *near = NULL;
    double far = 0;
    for (int i = 0; i < s->times; i++) {
        const double ratio = pixels(size) / pixels(s->time[i].size);
        const double off = ratio > 1 ? ratio : 1 / ratio;
        if (near && off >= far)
            continue;
        near = &s->time[i];
        far = off;
    }
    return near ? (int64_t)(near->ns * pixels(size) / pixels(near->size)) : 0;
}

/* NULL: there is no room for another; its neighbours stand for it. */
static struct service_time *time_of(struct weir_service *s, struct weir_size size) {
    for (int i = 0; i < s->times; i++)
        if (s->time[i].size.width == size.width && s->time[i].size.height == size.height)
            return &s->time[i];
    if (s->times == SERVICE_TIMES)
        return NULL;
    const double ns = (double)service_estimate(s, size);
    s->time[s->times] = (struct service_time){.size = size, .ns = ns};
    return &s->time[s->times++];
}

void service_measured(struct weir_service *s, struct weir_size size, int64_t ns, bool here) {
    struct service_time *t = time_of(s, size);
    if (!t)
        return;
    t->ns = t->seen ? t->ns + ((double)ns - t->ns) / (t->seen < 16 ? (double)t->seen + 1 : 16)
                    : (double)ns;
    t->seen += here;
}

void service_doubt(struct weir_service *s, struct weir_size size) {
    struct service_time *t = time_of(s, size);
    if (t)
        t->ns *= 0.97;
}

struct service_weight service_weigh(struct weir_service *s, int64_t now_ns) {
    int64_t ahead_ns = weir_service_queue_work_ns(&s->queue, 1);
    const int64_t span_ns = now_ns - s->load_since_ns,
                  one = service_estimate(s, weir_model_size(s->conf.model));
    int idle = 0, credit = s->conf.places - s->used;
    for (int i = 0; i < s->conf.workers; i++) {
        const struct service_worker *w = &s->worker[i];
        idle += !w->busy;
        if (w->busy && w->free_ns > now_ns)
            ahead_ns += w->free_ns - now_ns;
    }
    if (span_ns >= WEIR_NS_PER_S) {
        const double load = (double)s->asked_ns / ((double)span_ns * s->conf.workers);
        s->load = load < WEIR_WIRE_MAX_LOAD ? (float)load : (float)WEIR_WIRE_MAX_LOAD;
        s->load_since_ns = now_ns;
        s->asked_ns = 0;
    }
    credit = credit < 1 ? 1 : credit > s->conf.window ? s->conf.window : credit;
    const int64_t wait_ns = idle && !s->queue.len ? 0 : ahead_ns / s->conf.workers;
    return (struct service_weight){
        .wait_us = wait_ns / 1000,
        .price_us = one / 1000 * (int64_t)s->queue.len / s->conf.workers,
        .load = s->load,
        .credit = credit,
    };
}

/* ---- adverts ----------------------------------------------------------------- */

static const char *const consumes[] = {"image/i420", "image/jpeg", "video/h264"};
static const char *const produces[] = {"boxes"};

int service_advert(struct weir_service *s, int64_t now_ns, struct weir_buf *out,
                   struct weir_error *err) {
    const struct weir_model_desc *desc = weir_model_desc(s->conf.model);
    const struct service_weight weight = service_weigh(s, now_ns);
    const int step = desc->stride > 0 ? desc->stride : 1;
    struct weir_wire_time times[SERVICE_TIMES];
    for (int i = 0; i < s->times; i++)
        times[i] = (struct weir_wire_time){s->time[i].size.width, s->time[i].size.height,
                                           (int64_t)(s->time[i].ns / 1000)};
    const struct weir_wire_advert advert = {
        .service = s->name,
        .epoch = s->epoch,
        .node = s->node,
        .tier = s->tier,
        .consume = consumes,
        .consumes = sizeof consumes / sizeof *consumes,
        .produce = produces,
        .produces = sizeof produces / sizeof *produces,
        .model = s->model_name,
        .class_name = (const char *const *)desc->labels->name,
        .classes = desc->labels->len,
        .min_width = desc->size.width ? desc->size.width : step,
        .max_width = desc->size.width ? desc->size.width : WEIR_SERVICE_INPUT_MAX / step * step,
        .slots = s->conf.workers,
        .batch = 1,
        .time = times,
        .times = (size_t)s->times,
        .wait_us = weight.wait_us,
        .load = weight.load,
        .price_us = weight.price_us,
    };
    s->said_ns = now_ns;
    s->said_wait_us = weight.wait_us;
    return weir_wire_write_advert(out, &advert, err);
}

void service_say(struct weir_service *s) {
    struct weir_buf advert = {0};
    const int64_t now = weir_clock_now(s->conf.clock);
    pthread_mutex_lock(&s->lock);
    bool idle = !s->queue.len;
    for (int i = 0; i < s->conf.workers; i++)
        idle = idle && !s->worker[i].busy;
    const bool due = s->offer && !s->stopping &&
                     (now - s->said_ns >= SERVICE_SAY_NS || (idle && s->said_wait_us));
    struct weir_fabric_service *offer = s->offer; /* stays while there are workers */
    int rc = due ? service_advert(s, now, &advert, NULL) : WEIR_EAGAIN;
    pthread_mutex_unlock(&s->lock);
    if (!rc)
        weir_fabric_advertise(offer, advert.data, advert.len); /* else what was said stays */
    weir_buf_done(&advert);
}

/* ---- replies ------------------------------------------------------------------ */

void service_reply(const struct weir_wire_work_request *asked, struct weir_fabric_request *request,
                   const struct weir_wire_work_reply *reply) {
    struct weir_wire_work_reply said = *reply;
    struct weir_buf out = {0};
    said.request_id = asked->request_id;
    said.stream = asked->stream;
    said.epoch = asked->epoch;
    said.frame = asked->frame;
    int rc = weir_wire_write_work_reply(&out, &said, NULL);
    if (!rc)
        rc = weir_fabric_reply(request, out.data, out.len, NULL);
    if (rc)
        weir_fabric_refuse(request, rc);
    weir_buf_done(&out);
}

/* One line of plain characters: what was found may be any bytes. */
static void clean(const char *text, char ret[static WEIR_WIRE_MAX_TEXT + 1]) {
    size_t len = 0;
    for (; text[len] && len < WEIR_WIRE_MAX_TEXT; len++) {
        const unsigned char c = (unsigned char)text[len];
        ret[len] = c < 0x20 || c >= 0x7f ? '?' : (char)c;
    }
    ret[len] = '\0';
}

void service_refuse(struct weir_fabric_request *request, uint64_t id, enum weir_wire_reason reason,
                    const char *text) {
    char line[WEIR_WIRE_MAX_TEXT + 1];
    struct weir_buf out = {0};
    clean(text, line);
    const struct weir_wire_refusal refusal = {id, reason, line, WEIR_WIRE_VERSION};
    int rc = weir_wire_write_refusal(&out, &refusal, NULL);
    if (!rc)
        rc = weir_fabric_reply(request, out.data, out.len, NULL);
    if (rc)
        weir_fabric_refuse(request, rc);
    weir_buf_done(&out);
}

void service_complain(struct weir_service *s, const char *node, const char *text) {
    char line[WEIR_WIRE_MAX_TEXT + 1];
    uint64_t unsaid = 0;
    clean(text, line);
    pthread_mutex_lock(&s->lock);
    const bool say = weir_wire_gate(&s->gate, node, weir_clock_now(s->conf.clock), &unsaid);
    pthread_mutex_unlock(&s->lock);
    if (say)
        weir_log(WEIR_LOG_WARN, "service", "node=%s error=\"%s\" more=%llu", node, line,
                 (unsigned long long)unsaid);
}
