/*
 * The fabric between the processes of one user on one host. A frame is one packet of a Unix
 * seqpacket socket: the head, then a small payload, then the message; a large payload is a sealed
 * memory file whose descriptor goes along. Frames are sent from the thread that has something to
 * say, straight into the socket; what does not fit waits in the link's outbox.
 *
 * A packet is received into one block that is as large as any can be. A payload in it keeps the
 * block, shrunk to what is used, so that it is not copied again; else the block serves the next.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fabric/meet.h"
#include "fabric/seat.h"

enum {
    BLOCK = WEIR_FABRIC_INLINE_MAX + WEIR_FABRIC_MESSAGE_MAX,
    KEEP = 8 << 10, /* payloads below are copied out of the block rather than keeping it */
    SEND_BUFFER = 1 << 20, /* asked for; the system's limit holds */
    FDS = 4, /* of one packet, to see that there are too many; more are dropped by the kernel */
    ACCEPTS = 16, /* connections a turn */
};
_Static_assert(BLOCK + 4096 < 212992, "a frame fits into any socket's buffer");

struct wire {
    struct link link;
    struct source source; /* the socket */
    bool full; /* waits for room */
};

struct local {
    struct weir_fabric seat;
    struct meet meet;
    struct source listener; /* fd -1: offers nothing */
    bool resting; /* the listener: no descriptors were left */
    struct source watch; /* of the folder; fd -1: the system has no more, heartbeats do */
    uint8_t *block; /* [BLOCK], NULL: to be made */
    uint8_t *message; /* [WEIR_FABRIC_MESSAGE_MAX]: of a packet whose payload keeps the block */
};

static struct local *local_of(struct weir_fabric *seat) {
    return (struct local *)seat;
}

static struct wire *wire_of(struct link *link) {
    return (struct wire *)link;
}

/* ---- sending ------------------------------------------------------------------------------- */

static int send_error(struct wire *wire, int why) {
    switch (why) {
    case EAGAIN:
        if (!wire->full &&
            seat_watch_again(wire->link.seat, &wire->source, EPOLLIN | EPOLLOUT) == 0)
            wire->full = true;
        return WEIR_EAGAIN;
    case ENOBUFS:
    case ENOMEM:
    case ETOOMANYREFS: /* of descriptors under way; the heartbeat tries again */
        return WEIR_EAGAIN;
    case EPIPE:
    case ECONNRESET:
        return WEIR_ECONN; /* what it sent before may still lie here: the end comes after that */
    default:
        link_break(&wire->link);
        return WEIR_ECONN;
    }
}

static int local_send(struct link *link, const struct head *head, const void *message,
                      struct weir_fabric_payload *payload) {
    struct wire *wire = wire_of(link);
    const bool inside = head->place == PLACE_INLINE;
    struct iovec part[3] = {
        {(void *)head, sizeof *head},
        {inside ? payload->bytes : NULL, inside ? payload->len : 0},
        {(void *)message, head->message_len},
    };
    struct msghdr packet = {.msg_iov = part, .msg_iovlen = 3};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    if (head->place == PLACE_MEMFD) {
        packet.msg_control = &control;
        packet.msg_controllen = sizeof control;
        struct cmsghdr *c = CMSG_FIRSTHDR(&packet);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(c), &payload->fd, sizeof(int));
    }
    ssize_t n;
    do
        n = sendmsg(wire->source.fd, &packet, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return send_error(wire, errno);
    weir_fabric_payload_free(payload);
    return 0;
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* All descriptors that came; how many, of which the first is *ret_fd. */
static int take_fds(struct msghdr *packet, int *ret_fd) {
    int n = 0;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(packet); c; c = CMSG_NXTHDR(packet, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof fd);
            if (n++ == 0)
                *ret_fd = fd;
            else
                close(fd);
        }
    }
    return n;
}

/* The payload that lies at the beginning of the block. */
static int keep_block(struct local *local, const struct head *head, struct arrival *arrival) {
    const size_t len = head->payload_len;
    uint8_t *block = malloc(len < KEEP ? len : 1);
    struct weir_fabric_payload *payload = block ? payload_of_block(block, len) : NULL;
    if (!payload) {
        free(block);
        return WEIR_ENOMEM;
    }
    if (len < KEEP) {
        memcpy(block, local->block, len);
    } else {
        free(block);
        memcpy(local->message, arrival->message, head->message_len);
        arrival->message = local->message;
        uint8_t *shrunk = realloc(local->block, len);
        payload->bytes = shrunk ? shrunk : local->block;
        local->block = NULL;
    }
    arrival->payload = payload;
    return 0;
}

/* Do the lengths that the head tells agree with what came? Else what is wrong. */
static const char *take_body(struct local *local, size_t body, int fds, int fd, bool fds_lost,
                             struct arrival *arrival) {
    const struct head *head = &arrival->head;
    const size_t inside = head->place == PLACE_INLINE ? head->payload_len : 0;
    if (head->place >= PLACES || (head->place == PLACE_NONE) != (head->payload_len == 0) ||
        (uint64_t)inside + head->message_len != body)
        goto lie;
    if (head->place == PLACE_MEMFD ? fds != 1 && !(fds == 0 && fds_lost) : fds != 0 || fds_lost)
        goto lie;
    arrival->message = local->block + inside;
    if (head->place == PLACE_INLINE)
        arrival->code = keep_block(local, head, arrival);
    else if (head->place == PLACE_MEMFD && head->payload_len <= WEIR_FABRIC_PAYLOAD_MAX)
        arrival->code = fds ? payload_of_fd(fd, head->payload_len, &arrival->payload) : WEIR_ENOMEM;
    else if (fds)
        close(fd);
    return NULL;

lie:
    if (fds)
        close(fd);
    return "a frame that lies about its length: connection closed";
}

static void hear(struct local *local, struct wire *wire, size_t len, struct msghdr *packet,
                 struct arrival *arrival) {
    int fd = -1;
    const int fds = take_fds(packet, &fd);
    const char *wrong = len < sizeof arrival->head || packet->msg_flags & MSG_TRUNC ||
                                arrival->head.magic != HEAD_MAGIC
                            ? "no frame: connection closed"
                            : NULL;
    if (wrong && fds)
        close(fd);
    if (!wrong)
        wrong = take_body(local, len - sizeof arrival->head, fds, fd,
                          packet->msg_flags & MSG_CTRUNC, arrival);
    if (wrong)
        link_down(&wire->link, wrong);
    else
        link_receive(&wire->link, arrival);
}

/* One packet; others have their turn before the next. */
static void receive(struct local *local, struct wire *wire) {
    struct arrival arrival = {0};
    struct iovec part[2] = {{&arrival.head, sizeof arrival.head}, {NULL, BLOCK}};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(FDS * sizeof(int))];
    } control;
    struct msghdr packet = {.msg_iov = part,
                            .msg_iovlen = 2,
                            .msg_control = &control,
                            .msg_controllen = sizeof control};
    if (!local->block)
        local->block = malloc(BLOCK);
    part[1].iov_base = local->block;
    if (!local->block) {
        link_down(&wire->link, "no memory to receive: connection closed");
        return;
    }
    ssize_t n;
    do /* a reset is told once; what was sent before it can still be read */
        n = recvmsg(wire->source.fd, &packet, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    while (n < 0 && (errno == EINTR || errno == ECONNRESET));
    if (n < 0 && errno == EAGAIN)
        return;
    if (n > 0)
        hear(local, wire, (size_t)n, &packet, &arrival);
    else
        link_down(&wire->link, NULL);
}

static void wire_ready(struct source *source, uint32_t events) {
    struct wire *wire = (struct wire *)((char *)source - offsetof(struct wire, source));
    if (wire->link.down)
        return;
    if (events & EPOLLOUT) {
        seat_lock(wire->link.seat);
        wire->full = false;
        seat_watch_again(wire->link.seat, source, EPOLLIN);
        seat_unlock(wire->link.seat);
        link_flush(&wire->link);
    }
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        receive(local_of(wire->link.seat), wire);
}

/* ---- connections ---------------------------------------------------------------------------- */

/* Takes fd. */
static int wire_up(struct local *local, int fd, bool asker, const char *node) {
    const int buffer = SEND_BUFFER;
    struct wire *wire = calloc(1, sizeof *wire);
    if (!wire) {
        close(fd);
        return WEIR_ENOMEM;
    }
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
    wire->link.seat = &local->seat;
    wire->source = (struct source){wire_ready, fd};
    int rc = seat_watch(&local->seat, &wire->source, EPOLLIN);
    if (!rc) {
        rc = link_up(&local->seat, &wire->link, asker, node);
        if (rc)
            seat_unwatch(&local->seat, &wire->source);
    }
    if (rc) {
        close(fd);
        free(wire);
    }
    return rc;
}

static void local_drop(struct link *link) {
    struct wire *wire = wire_of(link);
    seat_unwatch(link->seat, &wire->source);
    close(wire->source.fd);
    free(wire);
}

static bool is_ours(int fd) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 && peer.uid == geteuid();
}

static void listener_ready(struct source *source, uint32_t events) {
    struct local *local = (struct local *)((char *)source - offsetof(struct local, listener));
    for (int i = 0; i < ACCEPTS; i++) {
        int fd = accept4(source->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
            seat_unwatch(&local->seat, source); /* until the next heartbeat: it would not stop */
            local->resting = true;
            seat_trouble(&local->seat, "", false, "out of descriptors or memory: a peer waits");
            return;
        }
        if (fd < 0)
            return;
        if (is_ours(fd))
            wire_up(local, fd, false, NULL);
        else
            close(fd);
    }
}

static int local_listen(struct weir_fabric *seat, struct weir_error *err) {
    struct local *local = local_of(seat);
    int fd, rc = meet_claim(&local->meet, seat->node, &fd, err);
    if (rc)
        return rc;
    local->listener = (struct source){listener_ready, fd};
    rc = seat_watch(seat, &local->listener, EPOLLIN);
    if (rc) {
        meet_leave(&local->meet);
        close(fd);
        local->listener.fd = -1;
        return weir_fail(err, rc, "fabric: node %s cannot watch its socket", seat->node);
    }
    return 0;
}

static void local_scan(struct weir_fabric *seat) {
    struct local *local = local_of(seat);
    char node[WEIR_FABRIC_NAME_MAX + 1];
    if (local->resting && seat_watch(seat, &local->listener, EPOLLIN) == 0)
        local->resting = false;
    for (bool first = true; meet_next(&local->meet, first, node); first = false) {
        int fd;
        if (seat_asks(seat, node))
            continue;
        int rc = meet_connect(&local->meet, node, &fd);
        if (rc == 0)
            rc = wire_up(local, fd, true, node);
        if (rc == WEIR_ENOMEM)
            seat_trouble(seat, node, false, "out of descriptors or memory: it is not connected to");
    }
}

/* What happened does not matter, only that something did. */
static void folder_changed(struct source *source, uint32_t events) {
    struct local *local = (struct local *)((char *)source - offsetof(struct local, watch));
    char skip[4096] __attribute__((aligned(8)));
    while (read(source->fd, skip, sizeof skip) > 0)
        ;
    local_scan(&local->seat);
}

/* Before the first look into the folder, so that nobody comes in between unseen. */
static void watch_folder(struct local *local) {
    local->watch = (struct source){folder_changed, inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (local->watch.fd < 0)
        return;
    if (inotify_add_watch(local->watch.fd, local->meet.dir, IN_MOVED_TO) >= 0)
        return;
    close(local->watch.fd);
    local->watch.fd = -1;
}

/* ---- opening and closing -----------------------------------------------------------------------
 */

static void local_leave(struct weir_fabric *seat) {
    struct local *local = local_of(seat);
    meet_leave(&local->meet);
    if (local->listener.fd >= 0)
        close(local->listener.fd);
    local->listener.fd = -1;
}

static void local_close(struct weir_fabric *seat) {
    struct local *local = local_of(seat);
    local_leave(seat);
    meet_close(&local->meet);
    if (local->watch.fd >= 0)
        close(local->watch.fd);
    free(local->block);
    free(local->message);
}

static const struct medium local_medium = {
    .listen = local_listen,
    .scan = local_scan,
    .send = local_send,
    .drop = local_drop,
    .leave = local_leave,
    .close = local_close,
};

int weir_fabric_open_local(const char *dir, const struct weir_fabric_conf *conf,
                           struct weir_fabric **ret_fabric, struct weir_error *err) {
    struct weir_fabric_conf own = *conf;
    int rc = seat_check(conf, err);
    if (rc)
        return rc;
    if (conf->inline_bytes > WEIR_FABRIC_INLINE_MAX)
        return weir_fail(err, WEIR_EINVAL, "fabric: inline_bytes is %zu; allowed: up to %d",
                         conf->inline_bytes, WEIR_FABRIC_INLINE_MAX);
    if (own.inline_bytes == 0)
        own.inline_bytes = WEIR_FABRIC_INLINE_MAX;
    struct local *local = calloc(1, sizeof *local);
    if (!local)
        return weir_fail(err, WEIR_ENOMEM, "fabric: no memory for node %s", conf->node);
    local->listener.fd = local->watch.fd = local->meet.life_fd = -1;
    local->message = malloc(WEIR_FABRIC_MESSAGE_MAX);
    rc = local->message ? meet_open(&local->meet, dir, err) : WEIR_ENOMEM;
    if (!rc) {
        watch_folder(local);
        rc = seat_start(&local->seat, &local_medium, &own, err);
    }
    if (rc) {
        local_close(&local->seat);
        free(local);
        return rc;
    }
    if (local->watch.fd >= 0) /* without it heartbeats do */
        seat_watch(&local->seat, &local->watch, EPOLLIN);
    *ret_fabric = &local->seat;
    return 0;
}
