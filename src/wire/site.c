/* What a site says to itself: services that advertise, and the planner's plans. */
#include "wire/message.h"

/* ---- the advertisement ------------------------------------------------------ */

static void check_times(struct wire_check *check, const struct weir_wire_advert *a) {
    wire_check_list(check, "times", a->time, a->times, WEIR_WIRE_MAX_TIMES);
    check->list = "times";
    for (check->index = 0; !check->rc && check->index < a->times; check->index++) {
        const struct weir_wire_time *time = &a->time[check->index];
        wire_check_side(check, "width", time->width);
        wire_check_side(check, "height", time->height);
        wire_check_us(check, "time_us", time->time_us);
    }
    check->list = NULL;
}

static void check_advert(struct wire_check *check, const struct weir_wire *wire) {
    const struct weir_wire_advert *a = &wire->advert;
    wire_check_name(check, "service", a->service);
    wire_check_name(check, "node", a->node);
    wire_check_word(check, "tier", a->tier);
    wire_check_words(check, "consumes", a->consume, a->consumes, WEIR_WIRE_MAX_TYPES);
    wire_check_words(check, "produces", a->produce, a->produces, WEIR_WIRE_MAX_TYPES);
    wire_check_word(check, "model", a->model);
    wire_check_words(check, "class_names", a->class_name, a->classes, WEIR_WIRE_MAX_CLASSES);
    wire_check_side(check, "min_width", a->min_width);
    wire_check_int(check, "max_width", a->max_width, a->min_width, WEIR_WIRE_MAX_SIDE);
    wire_check_int(check, "slots", a->slots, 1, WEIR_WIRE_MAX_SLOTS);
    wire_check_int(check, "batch", a->batch, 1, WEIR_WIRE_MAX_SLOTS);
    check_times(check, a);
    wire_check_us(check, "wait_us", a->wait_us);
    wire_check_float(check, "load", a->load, 0, WEIR_WIRE_MAX_LOAD);
    wire_check_us(check, "price_us", a->price_us);
}

static int take_advert(struct wire_check *check, const Weir__V1__Envelope *envelope,
                       struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__Advert *p = envelope->advert;
    (void)check;
    struct weir_wire_time *time = wire_arena_take(arena, p->n_times, sizeof *time);
    if (!time)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < p->n_times; i++)
        time[i] = (struct weir_wire_time){(int)p->times[i]->width, (int)p->times[i]->height,
                                          (int64_t)p->times[i]->time_us};
    wire->advert = (struct weir_wire_advert){
        .service = p->service,
        .epoch = p->epoch,
        .node = p->node,
        .tier = p->tier,
        .consume = (const char *const *)p->consumes,
        .consumes = p->n_consumes,
        .produce = (const char *const *)p->produces,
        .produces = p->n_produces,
        .model = p->model,
        .class_name = (const char *const *)p->class_names,
        .classes = p->n_class_names,
        .min_width = (int)p->min_width,
        .max_width = (int)p->max_width,
        .slots = (int)p->slots,
        .batch = (int)p->batch,
        .time = time,
        .times = p->n_times,
        .wait_us = (int64_t)p->wait_us,
        .load = p->load,
        .price_us = (int64_t)p->price_us,
    };
    return 0;
}

static int give_times(const struct weir_wire_advert *a, struct wire_arena *arena,
                      Weir__V1__ServiceTime ***ret) {
    Weir__V1__ServiceTime *time = wire_arena_take(arena, a->times, sizeof *time);
    Weir__V1__ServiceTime **list = wire_arena_take(arena, a->times, sizeof *list);
    if (!time || !list)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < a->times; i++) {
        weir__v1__service_time__init(&time[i]);
        time[i].width = (uint32_t)a->time[i].width;
        time[i].height = (uint32_t)a->time[i].height;
        time[i].time_us = (uint64_t)a->time[i].time_us;
        list[i] = &time[i];
    }
    *ret = list;
    return 0;
}

static int give_advert(const struct weir_wire *wire, struct wire_arena *arena,
                       Weir__V1__Envelope *envelope) {
    const struct weir_wire_advert *a = &wire->advert;
    Weir__V1__Advert *p = wire_arena_take(arena, 1, sizeof *p);
    if (!p)
        return WEIR_ENOMEM;
    weir__v1__advert__init(p);
    p->service = (char *)a->service;
    p->epoch = a->epoch;
    p->node = (char *)a->node;
    p->tier = (char *)a->tier;
    p->consumes = (char **)a->consume;
    p->n_consumes = a->consumes;
    p->produces = (char **)a->produce;
    p->n_produces = a->produces;
    p->model = (char *)a->model;
    p->class_names = (char **)a->class_name;
    p->n_class_names = a->classes;
    p->min_width = (uint32_t)a->min_width;
    p->max_width = (uint32_t)a->max_width;
    p->slots = (uint32_t)a->slots;
    p->batch = (uint32_t)a->batch;
    p->n_times = a->times;
    p->wait_us = (uint64_t)a->wait_us;
    p->load = a->load;
    p->price_us = (uint64_t)a->price_us;
    envelope->advert = p;
    return give_times(a, arena, &p->times);
}

const struct wire_message wire_advert = {
    .name = "advert",
    .body = WEIR__V1__ENVELOPE__BODY_ADVERT,
    .check = check_advert,
    .take = take_advert,
    .give = give_advert,
};

/* ---- the plan ---------------------------------------------------------------- */

static void check_stream(struct wire_check *check, const struct weir_wire_plan *plan,
                         const struct weir_wire_stream_plan *stream) {
    wire_check_name(check, "stream", stream->stream);
    wire_check_int(check, "preferred", stream->preferred, -1, (int64_t)plan->settings - 1);
    for (size_t i = 0; stream->toll_us && !check->rc && i < plan->settings; i++)
        wire_check_us(check, "tolls_us", stream->toll_us[i]);
}

static void check_plan(struct wire_check *check, const struct weir_wire *wire) {
    const struct weir_wire_plan *plan = &wire->plan;
    wire_check_list(check, "settings", plan->setting, plan->settings, WEIR_WIRE_MAX_SETTINGS);
    check->list = "settings";
    for (check->index = 0; !check->rc && check->index < plan->settings; check->index++)
        wire_check_setting(check, &plan->setting[check->index]);
    check->list = NULL;
    wire_check_list(check, "streams", plan->stream, plan->streams, WEIR_WIRE_MAX_STREAMS);
    check->list = "streams";
    for (check->index = 0; !check->rc && check->index < plan->streams; check->index++)
        check_stream(check, plan, &plan->stream[check->index]);
    check->list = NULL;
}

static int take_stream(const Weir__V1__StreamPlan *p, struct wire_arena *arena,
                       struct weir_wire_stream_plan *stream) {
    *stream = (struct weir_wire_stream_plan){.stream = p->stream, .preferred = -1};
    if (p->advice_case == WEIR__V1__STREAM_PLAN__ADVICE_PREFERRED) /* -1 is no index */
        stream->preferred = p->preferred > INT32_MAX ? INT32_MAX : (int)p->preferred;
    if (!p->n_tolls_us)
        return 0;
    int64_t *toll = wire_arena_take(arena, p->n_tolls_us, sizeof *toll);
    if (!toll)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < p->n_tolls_us; i++)
        toll[i] = (int64_t)p->tolls_us[i];
    stream->toll_us = toll;
    return 0;
}

static int take_plan(struct wire_check *check, const Weir__V1__Envelope *envelope,
                     struct wire_arena *arena, struct weir_wire *wire) {
    const Weir__V1__Plan *p = envelope->plan;
    struct weir_wire_setting *setting = wire_arena_take(arena, p->n_settings, sizeof *setting);
    struct weir_wire_stream_plan *stream = wire_arena_take(arena, p->n_streams, sizeof *stream);
    if (!setting || !stream)
        return WEIR_ENOMEM;
    for (size_t i = 0; i < p->n_settings; i++)
        wire_take_setting(p->settings[i], &setting[i]);
    check->list = "streams";
    for (check->index = 0; check->index < p->n_streams; check->index++) {
        const Weir__V1__StreamPlan *from = p->streams[check->index];
        if (from->n_tolls_us && from->n_tolls_us != p->n_settings)
            wire_check_fail(check, "tolls_us",
                            "found %zu members; allowed: one for each of %zu settings",
                            from->n_tolls_us, p->n_settings);
        int rc = take_stream(from, arena, &stream[check->index]);
        if (rc)
            return rc;
    }
    check->list = NULL;
    wire->plan = (struct weir_wire_plan){
        .epoch = p->epoch,
        .number = p->number,
        .setting = setting,
        .settings = p->n_settings,
        .stream = stream,
        .streams = p->n_streams,
    };
    return 0;
}

static int give_settings(const struct weir_wire_plan *plan, struct wire_arena *arena,
                         Weir__V1__Plan *p) {
    Weir__V1__Setting *setting = wire_arena_take(arena, plan->settings, sizeof *setting);
    p->settings = wire_arena_take(arena, plan->settings, sizeof *p->settings);
    if (!setting || !p->settings)
        return WEIR_ENOMEM;
    p->n_settings = plan->settings;
    for (size_t i = 0; i < plan->settings; i++) {
        wire_give_setting(&plan->setting[i], &setting[i]);
        p->settings[i] = &setting[i];
    }
    return 0;
}

static int give_streams(const struct weir_wire_plan *plan, struct wire_arena *arena,
                        Weir__V1__Plan *p) {
    Weir__V1__StreamPlan *stream = wire_arena_take(arena, plan->streams, sizeof *stream);
    p->streams = wire_arena_take(arena, plan->streams, sizeof *p->streams);
    if (!stream || !p->streams)
        return WEIR_ENOMEM;
    p->n_streams = plan->streams;
    for (size_t i = 0; i < plan->streams; i++) {
        const struct weir_wire_stream_plan *from = &plan->stream[i];
        weir__v1__stream_plan__init(&stream[i]);
        stream[i].stream = (char *)from->stream;
        if (from->preferred >= 0) {
            stream[i].advice_case = WEIR__V1__STREAM_PLAN__ADVICE_PREFERRED;
            stream[i].preferred = (uint32_t)from->preferred;
        }
        /* The same bytes, signed or not: none is below 0. */
        stream[i].tolls_us = (uint64_t *)from->toll_us;
        stream[i].n_tolls_us = from->toll_us ? plan->settings : 0;
        p->streams[i] = &stream[i];
    }
    return 0;
}

static int give_plan(const struct weir_wire *wire, struct wire_arena *arena,
                     Weir__V1__Envelope *envelope) {
    const struct weir_wire_plan *plan = &wire->plan;
    Weir__V1__Plan *p = wire_arena_take(arena, 1, sizeof *p);
    if (!p)
        return WEIR_ENOMEM;
    weir__v1__plan__init(p);
    p->epoch = plan->epoch;
    p->number = plan->number;
    envelope->plan = p;
    int rc = give_settings(plan, arena, p);
    return rc ? rc : give_streams(plan, arena, p);
}

const struct wire_message wire_plan = {
    .name = "plan",
    .body = WEIR__V1__ENVELOPE__BODY_PLAN,
    .check = check_plan,
    .take = take_plan,
    .give = give_plan,
};
