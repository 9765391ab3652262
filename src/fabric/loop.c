/*
 * The fabric within one process. Seats meet in a hub, which has one lock over both ends of all
 * links. Each end has an inbox of frames that the other end fills, up to ROOM, and then a bell is
 * rung at the seat that is to empty it. A message is copied, a payload changes hands; after that
 * only the receiver has it.
 */
#include <stdlib.h>
#include <string.h>

#include "fabric/seat.h"

enum { ROOM = 64, ROOM_AGAIN = 16 };

struct end {
    struct link link;
    struct end *next; /* of those that the seat has not seen yet */
    struct end *other; /* NULL: gone. All of this under the hub's lock */
    struct frames inbox;
    bool full; /* the other end waits for room here */
    bool room; /* there is room at the other end again */
};

struct loop {
    struct weir_fabric seat;
    struct weir_fabric_hub *hub;
    struct loop *next;
    bool found; /* others may connect to it */
    bool look; /* somebody new can be found */
    struct end *fresh; /* connections from others */
};

struct weir_fabric_hub {
    pthread_mutex_t lock;
    struct loop *seats;
};

struct weir_fabric_hub *weir_fabric_hub_new(void) {
    struct weir_fabric_hub *hub = calloc(1, sizeof *hub);
    if (hub)
        pthread_mutex_init(&hub->lock, NULL);
    return hub;
}

void weir_fabric_hub_free(struct weir_fabric_hub *hub) {
    if (!hub)
        return;
    pthread_mutex_destroy(&hub->lock);
    free(hub);
}

static struct loop *loop_of(struct weir_fabric *seat) {
    return (struct loop *)seat;
}

static struct end *end_of(struct link *link) {
    return (struct end *)link;
}

/* ---- finding each other ---------------------------------------------------------------------- */

static int loop_listen(struct weir_fabric *seat, struct weir_error *err) {
    struct loop *loop = loop_of(seat);
    bool taken = false;
    pthread_mutex_lock(&loop->hub->lock);
    for (struct loop *l = loop->hub->seats; l; l = l->next)
        taken |= l->found && strcmp(l->seat.node, seat->node) == 0;
    loop->found = !taken;
    for (struct loop *l = taken ? NULL : loop->hub->seats; l; l = l->next) {
        l->look = true;
        weir_fabric_wake(&l->seat);
    }
    pthread_mutex_unlock(&loop->hub->lock);
    return taken ? weir_fail(err, WEIR_EEXIST, "fabric: another node %s offers services here",
                             seat->node)
                 : 0;
}

/* The hub's lock is held. */
static struct end *connect_to(struct loop *loop, struct loop *peer) {
    struct end *here = calloc(1, sizeof *here), *there = calloc(1, sizeof *there);
    if (!here || !there) {
        free(here);
        free(there);
        return NULL;
    }
    here->other = there;
    there->other = here;
    here->link.seat = &loop->seat;
    there->link.seat = &peer->seat;
    there->next = peer->fresh;
    peer->fresh = there;
    weir_fabric_wake(&peer->seat);
    return here;
}

static void end_free(struct end *end) {
    frames_clear(&end->inbox);
    free(end);
}

/* The hub's lock is held. */
static void part(struct end *end) {
    if (end->other) {
        end->other->other = NULL;
        weir_fabric_wake(end->other->link.seat);
    }
    end->other = NULL;
}

static void use(struct loop *loop, struct end *end, bool asker, const char *node) {
    if (link_up(&loop->seat, &end->link, asker, node) == 0)
        return;
    pthread_mutex_lock(&loop->hub->lock);
    part(end);
    pthread_mutex_unlock(&loop->hub->lock);
    end_free(end);
}

static void loop_scan(struct weir_fabric *seat) {
    struct loop *loop = loop_of(seat);
    char node[WEIR_FABRIC_NAME_MAX + 1];
    for (;;) {
        struct end *end = NULL;
        pthread_mutex_lock(&loop->hub->lock);
        for (struct loop *l = loop->hub->seats; l && !end; l = l->next)
            if (l->found && !seat_asks(seat, l->seat.node)) {
                end = connect_to(loop, l);
                strcpy(node, l->seat.node);
            }
        pthread_mutex_unlock(&loop->hub->lock);
        if (!end)
            return;
        use(loop, end, true, node);
        if (!seat_asks(seat, node))
            return; /* no room for more */
    }
}

/* ---- frames ------------------------------------------------------------------------------------
 */

static int loop_send(struct link *link, const struct head *head, const void *message,
                     struct weir_fabric_payload *payload) {
    struct weir_fabric_hub *hub = loop_of(link->seat)->hub;
    int rc = 0;
    pthread_mutex_lock(&hub->lock);
    struct end *other = end_of(link)->other;
    if (!other) {
        rc = WEIR_ECONN;
    } else if (other->inbox.len >= ROOM) {
        other->full = true;
        rc = WEIR_EAGAIN;
    } else {
        struct frame *frame = frame_new(head, message, payload);
        if (frame) {
            frames_push(&other->inbox, frame);
            weir_fabric_wake(other->link.seat);
        } else {
            rc = WEIR_ENOMEM;
        }
    }
    pthread_mutex_unlock(&hub->lock);
    return rc;
}

/* What one end has for us; false: nothing. */
static bool attend(struct loop *loop, struct end *end) {
    pthread_mutex_lock(&loop->hub->lock);
    struct frame *frame = frames_pop(&end->inbox);
    const bool gone = !frame && !end->other, room = end->room;
    end->room = false;
    if (frame && end->full && end->inbox.len <= ROOM_AGAIN && end->other) {
        end->full = false;
        end->other->room = true;
        weir_fabric_wake(end->other->link.seat);
    }
    pthread_mutex_unlock(&loop->hub->lock);
    if (room)
        link_flush(&end->link);
    if (frame) {
        struct arrival arrival = {
            .head = frame->head, .message = frame->message, .payload = frame->payload};
        frame->payload = NULL;
        link_receive(&end->link, &arrival);
        frame_free(frame);
    }
    if (gone)
        link_down(&end->link, NULL);
    return frame;
}

static void loop_turn(struct weir_fabric *seat) {
    struct loop *loop = loop_of(seat);
    pthread_mutex_lock(&loop->hub->lock);
    struct end *fresh = loop->fresh;
    const bool look = loop->look;
    loop->fresh = NULL;
    loop->look = false;
    pthread_mutex_unlock(&loop->hub->lock);
    for (struct end *next; fresh; fresh = next) {
        next = fresh->next;
        use(loop, fresh, false, NULL);
    }
    bool more = false; /* one frame of each, so that none waits for another's backlog */
    for (struct link *next, *l = seat->links; l; l = next) {
        next = l->next;
        more |= attend(loop, end_of(l));
    }
    if (more)
        weir_fabric_wake(seat);
    if (look) /* after those that left have been noticed: a successor has the same name */
        loop_scan(seat);
}

static void loop_drop(struct link *link) {
    struct weir_fabric_hub *hub = loop_of(link->seat)->hub;
    pthread_mutex_lock(&hub->lock);
    part(end_of(link));
    pthread_mutex_unlock(&hub->lock);
    end_free(end_of(link));
}

/* ---- opening and closing
 * ------------------------------------------------------------------------- */

static void loop_leave(struct weir_fabric *seat) {
    struct loop *loop = loop_of(seat);
    pthread_mutex_lock(&loop->hub->lock);
    loop->found = false;
    pthread_mutex_unlock(&loop->hub->lock);
}

static void loop_close(struct weir_fabric *seat) {
    struct loop *loop = loop_of(seat);
    pthread_mutex_lock(&loop->hub->lock);
    for (struct loop **at = &loop->hub->seats; *at; at = &(*at)->next)
        if (*at == loop) {
            *at = loop->next;
            break;
        }
    for (struct end *next, *end = loop->fresh; end; end = next) {
        next = end->next;
        part(end);
        end_free(end);
    }
    pthread_mutex_unlock(&loop->hub->lock);
}

static const struct medium loop_medium = {
    .listen = loop_listen,
    .scan = loop_scan,
    .turn = loop_turn,
    .send = loop_send,
    .drop = loop_drop,
    .leave = loop_leave,
    .close = loop_close,
};

int weir_fabric_open_loop(struct weir_fabric_hub *hub, const struct weir_fabric_conf *conf,
                          struct weir_fabric **ret_fabric, struct weir_error *err) {
    int rc = seat_check(conf, err);
    if (rc)
        return rc;
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return weir_fail(err, WEIR_ENOMEM, "fabric: no memory for node %s", conf->node);
    struct weir_fabric_conf own = *conf;
    own.inline_bytes = WEIR_FABRIC_PAYLOAD_MAX; /* what lies on the heap is handed over anyway */
    loop->hub = hub;
    rc = seat_start(&loop->seat, &loop_medium, &own, err);
    if (rc) {
        free(loop);
        return rc;
    }
    pthread_mutex_lock(&hub->lock);
    loop->next = hub->seats;
    hub->seats = loop;
    loop->look = true;
    pthread_mutex_unlock(&hub->lock);
    weir_fabric_wake(&loop->seat);
    *ret_fabric = &loop->seat;
    return 0;
}
