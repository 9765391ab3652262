/*
 * What goes over a link: frames that wait for room, in order, and the table of what each kind of
 * frame must look like. A frame that does not, ends its link: whoever sends such a thing may have
 * lost count, and nothing that follows could be trusted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fabric/seat.h"

/* ---- frames that wait ---------------------------------------------------------- */

static size_t frame_bytes(const struct frame *frame) {
    return sizeof *frame + frame->head.message_len + frame->head.payload_len;
}

struct frame *frame_new(const struct head *head, const void *message,
                        struct weir_fabric_payload *payload) {
    struct frame *frame = malloc(sizeof *frame + head->message_len);
    if (!frame)
        return NULL;
    frame->next = NULL;
    frame->head = *head;
    frame->payload = payload;
    if (head->message_len)
        memcpy(frame->message, message, head->message_len);
    return frame;
}

void frame_free(struct frame *frame) {
    if (!frame)
        return;
    weir_fabric_payload_free(frame->payload);
    free(frame);
}

void frames_push(struct frames *frames, struct frame *frame) {
    if (!frames->first)
        frames->end = &frames->first;
    *frames->end = frame;
    frames->end = &frame->next;
    frames->len++;
    frames->bytes += frame_bytes(frame);
}

/* The frame that *at points to. */
static struct frame *take_out(struct frames *frames, struct frame **at) {
    struct frame *frame = *at;
    *at = frame->next;
    if (frames->end == &frame->next)
        frames->end = at;
    frames->len--;
    frames->bytes -= frame_bytes(frame);
    frame->next = NULL;
    return frame;
}

struct frame *frames_pop(struct frames *frames) {
    return frames->first ? take_out(frames, &frames->first) : NULL;
}

void frames_clear(struct frames *frames) {
    while (frames->first)
        frame_free(frames_pop(frames));
}

/* ---- sending -------------------------------------------------------------------- */

void link_break(struct link *link) {
    link->broken = link->seat->some_broken = true;
    weir_fabric_wake(link->seat);
}

int link_send(struct link *link, const struct head *part, const void *message,
              struct weir_fabric_payload *payload, bool queue) {
    struct weir_fabric *seat = link->seat;
    struct head head = *part;
    if (link->down || link->broken)
        return WEIR_ECONN;
    head.magic = HEAD_MAGIC;
    head.version = HEAD_VERSION;
    head.payload_len = payload ? (uint32_t)payload->len : 0;
    head.place = !payload ? PLACE_NONE : payload->fd < 0 ? PLACE_INLINE : PLACE_MEMFD;
    int rc = WEIR_EAGAIN; /* those that wait go first */
    if (!link->outbox.first)
        rc = seat->medium->send(link, &head, message, payload);
    if (rc == WEIR_EAGAIN && queue) {
        struct frame *frame = frame_new(&head, message, payload);
        if (!frame)
            return WEIR_ENOMEM;
        frames_push(&link->outbox, frame);
        rc = 0;
    }
    return rc;
}

bool link_take_back(struct link *link, uint64_t id) {
    for (struct frame **at = &link->outbox.first; *at; at = &(*at)->next)
        if ((*at)->head.kind == FRAME_ASK && (*at)->head.id == id) {
            frame_free(take_out(&link->outbox, at));
            return true;
        }
    return false;
}

void link_flush(struct link *link) {
    struct weir_fabric *seat = link->seat;
    seat_lock(seat);
    while (!link->down && link->outbox.first) {
        struct frame *frame = link->outbox.first;
        int rc = seat->medium->send(link, &frame->head, frame->message, frame->payload);
        if (rc)
            break;
        frame->payload = NULL;
        frame_free(frames_pop(&link->outbox));
    }
    seat_unlock(seat);
}

/* ---- coming and going ------------------------------------------------------------ */

int link_up(struct weir_fabric *seat, struct link *link, bool asker, const char *node) {
    const struct head hello = {.kind = FRAME_HELLO, .message_len = (uint32_t)strlen(seat->node)};
    int rc = 0;
    link->asker = asker;
    if (node)
        snprintf(link->node, sizeof link->node, "%s", node);
    seat_lock(seat);
    if (seat->links_len >= WEIR_FABRIC_PEERS_MAX)
        rc = WEIR_ENOSPC;
    if (!rc) {
        link->since_ns = weir_clock_now(seat->conf.clock);
        link->next = seat->links;
        seat->links = link;
        seat->links_len++;
        if (asker && link_send(link, &hello, seat->node, NULL, true))
            link_break(link);
        if (!asker)
            seat_due(seat, link->since_ns + WEIR_FABRIC_EXPIRY_NS);
    }
    seat_unlock(seat);
    if (rc)
        seat_trouble(seat, node ? node : "", false, "too many peers: one is left alone");
    return rc;
}

void link_down(struct link *link, const char *why) {
    struct weir_fabric *seat = link->seat;
    if (link->down)
        return;
    seat_lock(seat);
    link->down = true;
    for (struct link **at = &seat->links; *at; at = &(*at)->next)
        if (*at == link) {
            *at = link->next;
            break;
        }
    seat->links_len--;
    link->next = seat->dropped;
    seat->dropped = link;
    frames_clear(&link->outbox);
    seat->look |= link->heard;
    seat_unlock(seat);
    if (why)
        seat_trouble(seat, link->node, true, why);
    if (link->asker)
        asks_link_down(link);
    else
        serve_link_down(link);
}

/* ---- receiving ------------------------------------------------------------------- */

static void hear_hello(struct link *link, struct arrival *arrival) {
    const char *node = (const char *)arrival->message;
    if (link->greeted || !name_is_valid(node, arrival->head.message_len)) {
        link_down(link, "a hello twice, or without a name: connection closed");
        return;
    }
    seat_lock(link->seat);
    link->greeted = true;
    memcpy(link->node, node, arrival->head.message_len);
    serve_advertise(link->seat, link);
    seat_unlock(link->seat);
}

static const struct {
    bool to_asker; /* else to the server */
    uint32_t message_max;
    bool payload;
    void (*hear)(struct link *link, struct arrival *arrival);
} kinds[FRAME_KINDS] = {
    [FRAME_HELLO] = {false, WEIR_FABRIC_NAME_MAX, false, hear_hello},
    [FRAME_ADVERT] = {true, WEIR_FABRIC_NAME_MAX + WEIR_FABRIC_ADVERT_MAX, false, asks_hear_advert},
    [FRAME_GONE] = {true, 0, false, asks_hear_gone},
    [FRAME_ASK] = {false, WEIR_FABRIC_MESSAGE_MAX, true, serve_ask},
    [FRAME_CANCEL] = {false, 0, false, serve_cancel},
    [FRAME_REPLY] = {true, WEIR_FABRIC_MESSAGE_MAX, true, asks_hear_reply},
};

static const char *what_is_wrong(const struct link *link, const struct head *head) {
    if (head->magic != HEAD_MAGIC)
        return "no frame: connection closed";
    if (head->version != HEAD_VERSION)
        return "a frame of another version: connection closed";
    if (head->kind >= FRAME_KINDS || kinds[head->kind].to_asker != link->asker)
        return "a frame of a kind that does not belong here: connection closed";
    if (!link->asker && !link->greeted && head->kind != FRAME_HELLO)
        return "no hello: connection closed";
    if (head->message_len > kinds[head->kind].message_max ||
        head->payload_len > WEIR_FABRIC_PAYLOAD_MAX)
        return "a frame that is too long: connection closed";
    if (head->payload_len && !kinds[head->kind].payload)
        return "a payload where none belongs: connection closed";
    return NULL;
}

void link_receive(struct link *link, struct arrival *arrival) {
    const char *wrong = link->down ? NULL : what_is_wrong(link, &arrival->head);
    if (wrong)
        link_down(link, wrong);
    else if (!link->down)
        kinds[arrival->head.kind].hear(link, arrival);
    weir_fabric_payload_free(arrival->payload);
    arrival->payload = NULL;
}
