#include "order.h"

static bool timed(const struct order_entry *a, const struct order_entry *b) {
    int64_t ta = a->frame->media_ns, tb = b->frame->media_ns;
    return ta >= 0 && tb >= 0 && ta != tb;
}

/* Whether a is shown before b: by time where both have one, else in decode order. */
static bool before(const struct order_entry *a, const struct order_entry *b) {
    return timed(a, b) ? a->frame->media_ns < b->frame->media_ns : a->id < b->id;
}

/* The picture of shown came out; can that of e still come? */
static bool is_lost(const struct order_entry *e, const struct order_entry *shown, bool in_order) {
    if (e->id > shown->id)
        return false;
    return in_order || (timed(e, shown) ? before(e, shown) : e->overtaken > ORDER_OVERTAKEN_MAX);
}

static size_t find(const struct order *order, int64_t id) {
    size_t i = 0;
    while (i < order->len && order->inside[i].id != id)
        i++;
    return i;
}

static size_t first(const struct order *order) {
    size_t best = 0;
    for (size_t i = 1; i < order->len; i++)
        if (before(&order->inside[i], &order->inside[best]))
            best = i;
    return best;
}

/* Out of the decoder's reach, into the list that is pulled; numbered here. */
static void take_out(struct order *order, size_t i) {
    struct weir_frame *frame = order->inside[i].frame;

    if (frame->media_ns < 0) {
        size_t least = i;
        for (size_t k = 0; k < order->len; k++)
            if (order->inside[k].dts_ns < order->inside[least].dts_ns)
                least = k;
        frame->media_ns = order->inside[least].dts_ns;
        order->inside[least].dts_ns = order->inside[i].dts_ns;
    }
    if (!frame->image && !order->inside[i].settled)
        order->lost[order->inside[i].id % ORDER_MAX] = order->inside[i].id + 1;
    for (order->len--; i < order->len; i++)
        order->inside[i] = order->inside[i + 1];
    weir_packet_unref(&frame->packet);
    if (!frame->image && frame->outcome == WEIR_OUTCOME_NONE)
        frame->outcome = WEIR_OUTCOME_CORRUPT;
    frame->seq = order->next_seq++;
    if (frame->source_id < 0)
        frame->source_id = frame->seq;
    frame->next = NULL;
    if (order->tail)
        order->tail->next = frame;
    else
        order->head = frame;
    order->tail = frame;
}

/* Settled frames leave once nothing that is still awaited is shown before them. */
static void advance(struct order *order) {
    while (order->len) {
        size_t i = first(order);
        if (!order->inside[i].settled)
            return;
        take_out(order, i);
    }
}

void order_done(struct order *order) {
    order_flush(order);
    for (struct weir_frame *frame; (frame = order_pop(order));)
        weir_frame_free(frame);
}

/* The time of a frame whose medium does not say when it is shown. */
static void forget_time(struct order_entry *e) {
    if (e->dts_ns < 0)
        e->dts_ns = e->frame->media_ns;
    e->frame->media_ns = -1;
}

void order_enter(struct order *order, struct weir_frame *frame, int64_t id, int64_t dts_ns) {
    if (order->len == ORDER_MAX)
        take_out(order, first(order));
    bool settled = frame->outcome != WEIR_OUTCOME_NONE || frame->image;
    order->inside[order->len++] =
        (struct order_entry){.frame = frame, .id = id, .dts_ns = dts_ns, .settled = settled};
    if (order->distrusted)
        forget_time(&order->inside[order->len - 1]);
    advance(order);
}

struct weir_frame *order_find(const struct order *order, int64_t id) {
    size_t i = find(order, id);
    return i < order->len ? order->inside[i].frame : NULL;
}

void order_give_up(struct order *order, int64_t id) {
    size_t i = find(order, id);
    if (i == order->len)
        return;
    order->inside[i].settled = true;
    advance(order);
}

void order_leave(struct order *order, int64_t id, bool in_order) {
    size_t i = find(order, id);
    if (i == order->len)
        return;
    const struct order_entry shown = order->inside[i];

    for (size_t k = 0; k < i; k++)
        order->inside[k].overtaken++;
    for (;;) {
        size_t next = order->len;
        for (i = 0; i < order->len; i++) {
            const struct order_entry *e = &order->inside[i];
            if (e->id == id)
                continue;
            if ((is_lost(e, &shown, in_order) || (e->settled && before(e, &shown))) &&
                (next == order->len || before(e, &order->inside[next])))
                next = i;
        }
        if (next == order->len)
            break;
        take_out(order, next);
    }
    take_out(order, find(order, id));
    advance(order);
}

void order_too_late(struct order *order, int64_t id) {
    if (order->lost[id % ORDER_MAX] != id + 1)
        return; /* a second picture out of one packet */
    if (++order->too_late < ORDER_TOO_LATE_MAX)
        return; /* damage in the stream can do that, too */
    order->distrusted = true;
    for (size_t i = 0; i < order->len; i++)
        forget_time(&order->inside[i]);
}

void order_flush(struct order *order) {
    while (order->len)
        take_out(order, first(order));
}

struct weir_frame *order_pop(struct order *order) {
    struct weir_frame *frame = order->head;
    if (!frame)
        return NULL;
    order->head = frame->next;
    if (!order->head)
        order->tail = NULL;
    frame->next = NULL;
    return frame;
}
