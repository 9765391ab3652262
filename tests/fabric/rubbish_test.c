/*
 * Peers that no fabric made: they connect to a node's socket, or pose as a node, and send what
 * they like. Each time the good client of the same service must go on, the rubbish is counted,
 * and no descriptor stays.
 */
#include "fabric_support.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "fabric/seat.h"

static const struct kind local = {"local", true, 0};
enum { ALL_SEALS = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE };

/* ---- raw packets -------------------------------------------------------------------------- */

struct packet {
    struct head head;
    char body[1024];
    size_t len; /* of the body */
    int fd[8], fds;
    size_t cut; /* of the head's end; 0: all of it is sent */
};

static struct packet packet_of(enum frame_kind kind, const char *body) {
    struct packet p = {.head = {.magic = HEAD_MAGIC,
                                .version = HEAD_VERSION,
                                .kind = (uint8_t)kind,
                                .message_len = (uint32_t)strlen(body)},
                       .len = strlen(body)};
    memcpy(p.body, body, p.len);
    return p;
}

static void send_raw(int fd, struct packet *p) {
    struct iovec part[2] = {{&p->head, sizeof p->head - p->cut}, {p->body, p->cut ? 0 : p->len}};
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof p->fd)];
    } control = {0};
    struct msghdr message = {.msg_iov = part, .msg_iovlen = 2};
    if (p->fds) {
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE((size_t)p->fds * sizeof(int));
        struct cmsghdr *c = CMSG_FIRSTHDR(&message);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN((size_t)p->fds * sizeof(int));
        memcpy(CMSG_DATA(c), p->fd, (size_t)p->fds * sizeof(int));
    }
    assert_true(sendmsg(fd, &message, MSG_NOSIGNAL) >= 0);
}

static int memory_file(size_t size, int seals) {
    int fd = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    assert_true(fd >= 0);
    assert_int_equal(ftruncate(fd, (off_t)size), 0);
    if (seals)
        assert_int_equal(fcntl(fd, F_ADD_SEALS, seals), 0);
    return fd;
}

static struct sockaddr_un address_of(struct rig *rig, const char *name) {
    struct sockaddr_un addr = {.sun_family = AF_UNIX};
    snprintf(addr.sun_path, sizeof addr.sun_path, "%s/%s", rig->dir, name);
    return addr;
}

/* The next packet's head; false: the connection was closed. */
static bool read_head(int fd, struct head *ret) {
    char bytes[4096];
    struct pollfd poll_fd = {fd, POLLIN, 0};
    assert_int_equal(poll(&poll_fd, 1, 30000), 1);
    ssize_t n = recv(fd, bytes, sizeof bytes, 0);
    if (n < (ssize_t)sizeof *ret)
        return false;
    memcpy(ret, bytes, sizeof *ret);
    return true;
}

static void assert_closed(int fd) {
    struct head head;
    while (read_head(fd, &head)) /* adverts, and what had been answered */
        ;
    close(fd);
}

/* The answer to the ask, adverts aside. */
static void assert_refused(int fd, uint64_t id, int code) {
    struct head head;
    do
        assert_true(read_head(fd, &head));
    while (head.kind == FRAME_ADVERT);
    assert_int_equal(head.kind, FRAME_REPLY);
    assert_int_equal(head.id, id);
    assert_int_equal(head.value, code);
}

/* ---- rubbish for a server -------------------------------------------------------------------- */

struct stand {
    struct rig rig;
    struct node *a, *b;
    struct shop shop;
    struct weir_fabric_client *client;
    uint64_t rubbish;
};

static void stand_init(struct stand *s, void **state) {
    rig_init(&s->rig, *state);
    s->a = rig_node(&s->rig, "a");
    s->b = rig_node(&s->rig, "b");
    shop_open(&s->shop, s->b, "s", 4, true);
    s->client = client_of(s->a, "b", "s");
    s->rubbish = 0;
    await_seen(s->a, "b", "s");
}

static int raw_connect(struct stand *s) {
    struct sockaddr_un addr = address_of(&s->rig, "b.sock");
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof addr), 0);
    return fd;
}

static int raw_hello(struct stand *s) {
    struct packet hello = packet_of(FRAME_HELLO, "raw");
    int fd = raw_connect(s);
    send_raw(fd, &hello);
    return fd;
}

/* One more than before, told, and others go on. */
static void assert_noticed(struct stand *s, const char *text) {
    struct slip slip;
    s->rubbish++;
    AWAIT(&s->rig, stats_of(s->b).rubbish == s->rubbish);
    AWAIT(&s->rig, s->b->troubles == (int)s->rubbish);
    if (!strstr(s->b->trouble, text))
        fail_msg("it says: %s", s->b->trouble);
    assert_int_equal(ask(s->a, s->client, &slip, "unmoved", 100000), 0);
    assert_echoed(&slip, "unmoved");
}

static void test_what_is_no_frame_closes_its_connection_alone(void **state) {
    struct stand s;
    stand_init(&s, state);
    static const char *const bytes[] = {"x", "GET / HTTP/1.1\r\n\r\n",
                                        "0123456789012345678901234567890123456789012345678901234"};
    for (size_t i = 0; i < sizeof bytes / sizeof *bytes; i++) {
        int fd = raw_connect(&s);
        assert_true(send(fd, bytes[i], strlen(bytes[i]), MSG_NOSIGNAL) > 0);
        assert_closed(fd);
        assert_noticed(&s, "no frame");
    }
    struct packet cut = packet_of(FRAME_HELLO, "raw");
    cut.cut = 1;
    int fd = raw_connect(&s);
    send_raw(fd, &cut);
    assert_closed(fd);
    assert_noticed(&s, "no frame");
    rig_done(&s.rig);
}

static void test_random_bytes_do_no_harm(void **state) {
    enum { N = 300 };
    struct stand s;
    struct slip slip;
    stand_init(&s, state);
    struct weir_random r = {1};
    for (int i = 0; i < N; i++) {
        struct packet p = packet_of(FRAME_HELLO, "raw");
        int fd = raw_connect(&s);
        if (i % 2)
            send_raw(fd, &p);
        /* a good head with some bytes changed; a hello that happens to be good is no matter */
        p = packet_of((enum frame_kind)weir_random_below(&r, FRAME_KINDS), "some message");
        for (int k = 0; k < 3; k++)
            ((uint8_t *)&p.head)[weir_random_below(&r, sizeof p.head)] =
                (uint8_t)weir_random_below(&r, 256);
        p.len = (size_t)weir_random_below(&r, sizeof p.body);
        if (i % 5 == 0) {
            p.fd[0] = p.fd[1] = memory_file(100, i % 10 ? ALL_SEALS : 0);
            p.fds = 1 + i % 2;
        }
        send_raw(fd, &p);
        if (p.fds)
            close(p.fd[0]);
        close(fd);
    }
    assert_int_equal(ask(s.a, s.client, &slip, "unmoved", 100000), 0);
    assert_echoed(&slip, "unmoved");
    AWAIT(&s.rig, stats_of(s.b).rubbish > N / 2); /* those that were let in late, too */
    AWAIT(&s.rig, stats_of(s.b).peers == 3); /* a, and both ends to itself */
    rig_done(&s.rig);
}

static void test_an_empty_packet_is_the_end_of_its_connection(void **state) {
    struct stand s;
    struct slip slip;
    stand_init(&s, state);
    int fd = raw_hello(&s);
    assert_int_equal(send(fd, "", 0, MSG_NOSIGNAL), 0);
    assert_closed(fd);
    assert_int_equal(ask(s.a, s.client, &slip, "unmoved", 0), 0);
    assert_echoed(&slip, "unmoved");
    rig_done(&s.rig);
}

static void test_heads_that_are_wrong_close_their_connection(void **state) {
    struct stand s;
    stand_init(&s, state);
    struct {
        struct packet packet;
        const char *says;
        bool no_hello;
    } bad[12];
    int n = 0;
    bad[n].packet = packet_of(FRAME_CANCEL, "");
    bad[n].packet.head.magic++;
    bad[n].no_hello = false;
    bad[n++].says = "no frame";
    bad[n].packet = packet_of(FRAME_CANCEL, "");
    bad[n].packet.head.version++;
    bad[n].no_hello = false;
    bad[n++].says = "another version";
    bad[n].packet = packet_of(FRAME_KINDS, "");
    bad[n].no_hello = false;
    bad[n++].says = "does not belong here";
    bad[n].packet = packet_of(FRAME_REPLY, ""); /* askers do not reply */
    bad[n].no_hello = false;
    bad[n++].says = "does not belong here";
    bad[n].packet = packet_of(FRAME_ADVERT, "");
    bad[n].no_hello = false;
    bad[n++].says = "does not belong here";
    bad[n].packet = packet_of(FRAME_ASK, "?");
    bad[n].no_hello = true;
    bad[n++].says = "no hello";
    bad[n].packet = packet_of(FRAME_HELLO, "twice");
    bad[n].no_hello = false;
    bad[n++].says = "a hello twice";
    bad[n].packet = packet_of(FRAME_HELLO, "../escape");
    bad[n].no_hello = true;
    bad[n++].says = "without a name";
    bad[n].packet = packet_of(FRAME_HELLO, "");
    bad[n].no_hello = true;
    bad[n++].says = "without a name";
    bad[n].packet = packet_of(FRAME_CANCEL, "what for");
    bad[n].no_hello = false;
    bad[n++].says = "too long";
    for (int i = 0; i < n; i++) {
        int fd = bad[i].no_hello ? raw_connect(&s) : raw_hello(&s);
        send_raw(fd, &bad[i].packet);
        assert_closed(fd);
        assert_noticed(&s, bad[i].says);
    }
    rig_done(&s.rig);
}

static void test_lengths_that_are_lies_close_their_connection(void **state) {
    struct stand s;
    stand_init(&s, state);
    enum { CASES = 9 };
    struct packet lie[CASES];
    for (int i = 0; i < CASES; i++) {
        lie[i] = packet_of(FRAME_ASK, "12345678");
        lie[i].head.id = 1;
        lie[i].head.service = 1;
    }
    lie[0].head.message_len = 9;
    lie[1].head.message_len = 7;
    lie[2].head.message_len = UINT32_MAX;
    lie[3].head.place = PLACE_INLINE; /* a payload of no bytes */
    lie[4].head.place = PLACE_INLINE; /* more than there is */
    lie[4].head.payload_len = 1;
    lie[5].head.place = PLACE_INLINE; /* both together wrap around to what is there */
    lie[5].head.payload_len = 16;
    lie[5].head.message_len = UINT32_MAX - 7;
    lie[6].head.payload_len = 8; /* but nowhere */
    lie[7].head.place = PLACES;
    lie[7].head.payload_len = 8;
    lie[8].head.place = PLACE_MEMFD; /* without a descriptor */
    lie[8].head.payload_len = 8;
    for (int i = 0; i < CASES; i++) {
        int fd = raw_hello(&s);
        send_raw(fd, &lie[i]);
        assert_closed(fd);
        assert_noticed(&s, "lies about its length");
    }
    rig_done(&s.rig);
}

static void test_descriptors_where_none_or_one_belongs_close_their_connection(void **state) {
    struct stand s;
    stand_init(&s, state);
    for (int fds = 1; fds <= 8; fds++)
        for (int memfd = 0; memfd < 2; memfd++) {
            struct packet p = packet_of(FRAME_ASK, "?");
            p.head.service = 1;
            if (memfd) {
                p.head.place = PLACE_MEMFD;
                p.head.payload_len = 100;
            }
            if (memfd && fds == 1)
                continue; /* as it should be */
            p.fds = fds;
            for (int i = 0; i < fds; i++)
                p.fd[i] = memory_file(100, ALL_SEALS);
            int fd = raw_hello(&s);
            send_raw(fd, &p);
            for (int i = 0; i < fds; i++)
                close(p.fd[i]);
            assert_closed(fd);
            assert_noticed(&s, "lies about its length");
        }
    rig_done(&s.rig);
}

static void test_a_payload_that_could_still_change_is_refused_and_the_peer_stays(void **state) {
    struct stand s;
    stand_init(&s, state);
    static const int seals[] = {0,
                                F_SEAL_SHRINK,
                                F_SEAL_SHRINK | F_SEAL_GROW,
                                F_SEAL_GROW | F_SEAL_WRITE,
                                F_SEAL_SHRINK | F_SEAL_WRITE,
                                F_SEAL_SEAL};
    int fd = raw_hello(&s);
    uint64_t id = 0;
    for (size_t i = 0; i < sizeof seals / sizeof *seals; i++) {
        struct packet p = packet_of(FRAME_ASK, "?");
        p.head.id = ++id;
        p.head.service = 1;
        p.head.place = PLACE_MEMFD;
        p.head.payload_len = 4096;
        p.fd[0] = memory_file(4096, seals[i]);
        p.fds = 1;
        send_raw(fd, &p);
        if (!(seals[i] & F_SEAL_SHRINK)) /* would kill whoever had mapped it */
            assert_int_equal(ftruncate(p.fd[0], 0), 0);
        close(p.fd[0]);
        assert_refused(fd, id, WEIR_ECORRUPT);
        assert_noticed(&s, "payload could not be taken");
    }
    close(fd);
    rig_done(&s.rig);
}

static void test_a_payload_of_another_size_or_of_no_memory_file_is_refused(void **state) {
    struct stand s;
    int pipes[2];
    stand_init(&s, state);
    assert_int_equal(pipe2(pipes, O_CLOEXEC), 0);
    const char *path = test_path(s.rig.dir, "file");
    assert_int_equal(weir_file_write_all(path, "12345678", 8, NULL), 0);
    int fd = raw_hello(&s);
    const struct {
        int fd;
        uint32_t len;
    } bad[] = {
        {memory_file(4096, ALL_SEALS), 4097},
        {memory_file(4096, ALL_SEALS), 4095},
        {memory_file(0, ALL_SEALS), 1},
        {open(path, O_RDONLY | O_CLOEXEC), 8},
        {open("/dev/zero", O_RDONLY | O_CLOEXEC), 8},
        {open(s.rig.dir, O_RDONLY | O_CLOEXEC), 4096},
        {pipes[0], 8},
        {pipes[1], 8},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct packet p = packet_of(FRAME_ASK, "?");
        p.head.id = i + 1;
        p.head.service = 1;
        p.head.place = PLACE_MEMFD;
        p.head.payload_len = bad[i].len;
        p.fd[0] = bad[i].fd;
        p.fds = 1;
        send_raw(fd, &p);
        close(bad[i].fd);
        assert_refused(fd, i + 1, WEIR_ECORRUPT);
        assert_noticed(&s, "payload could not be taken");
    }
    close(fd);
    rig_done(&s.rig);
}

static void test_asks_for_what_is_not_there_and_beyond_the_window_are_refused(void **state) {
    struct stand s;
    struct shop held;
    stand_init(&s, state);
    shop_open(&held, s.b, "held", 2, false);
    int fd = raw_hello(&s);
    struct packet p = packet_of(FRAME_ASK, "?");
    p.head.id = 1;
    p.head.service = 77;
    send_raw(fd, &p);
    assert_refused(fd, 1, WEIR_ENOENT);
    p.head.service = 2;
    for (uint64_t id = 2; id <= 4; id++) {
        p.head.id = id;
        p.head.value = id == 2 ? -1 : INT64_MAX; /* budgets are the peer's word, no more */
        send_raw(fd, &p);
    }
    assert_refused(fd, 4, WEIR_EAGAIN);
    assert_noticed(&s, "beyond the window");
    struct weir_fabric_request *first = take_held(&held), *second = take_held(&held);
    int64_t now_ns = weir_clock_now(s.b->clock);
    assert_true(weir_fabric_request_deadline_ns(first) == now_ns);
    assert_true(weir_fabric_request_deadline_ns(second) == now_ns + WEIR_FABRIC_TIMEOUT_MAX_NS);
    struct packet cancel = packet_of(FRAME_CANCEL, "");
    cancel.head.id = 999; /* of nothing: it may have crossed with its reply */
    send_raw(fd, &cancel);
    cancel.head.id = 2;
    send_raw(fd, &cancel);
    AWAIT(&s.rig, weir_fabric_request_canceled(first));
    assert_false(weir_fabric_request_canceled(second));
    answer(first);
    answer(second);
    assert_refused(fd, 2, WEIR_ECANCELED);
    close(fd);
    rig_done(&s.rig);
}

static void test_who_does_not_say_who_he_is_is_let_go_in_time(void **state) {
    struct stand s;
    stand_init(&s, state);
    int fd = raw_connect(&s);
    AWAIT(&s.rig, stats_of(s.b).peers == 4);
    pass(s.b, 1499);
    assert_int_equal(stats_of(s.b).peers, 4);
    pass(s.b, 1);
    assert_closed(fd);
    assert_noticed(&s, "no hello in time");
    rig_done(&s.rig);
}

static void test_peers_have_a_limit_and_room_again_when_some_leave(void **state) {
    enum { N = WEIR_FABRIC_PEERS_MAX };
    static int fd[N];
    struct stand s;
    struct slip slip;
    stand_init(&s, state);
    for (int i = 0; i < N; i++)
        fd[i] = raw_hello(&s);
    AWAIT(&s.rig, strstr(s.b->trouble, "too many peers"));
    assert_int_equal(stats_of(s.b).peers, N);
    assert_int_equal(ask(s.a, s.client, &slip, "unmoved", 100000), 0);
    assert_echoed(&slip, "unmoved");
    for (int i = 0; i < N; i++)
        close(fd[i]);
    AWAIT(&s.rig, stats_of(s.b).peers == 3);
    close(raw_hello(&s));
    rig_done(&s.rig);
}

/* ---- rubbish for an asker: a false node ---------------------------------------------------------
 */

struct mock {
    struct rig rig;
    struct node *a;
    int listener, fd;
    uint64_t rubbish;
};

static void mock_accept(struct mock *f) {
    struct head head;
    struct pollfd poll_fd = {f->listener, POLLIN, 0};
    assert_int_equal(poll(&poll_fd, 1, 30000), 1);
    f->fd = accept4(f->listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(f->fd >= 0);
    assert_true(read_head(f->fd, &head));
    assert_int_equal(head.kind, FRAME_HELLO);
}

static void mock_init(struct mock *f, void **state) {
    rig_init(&f->rig, *state);
    struct sockaddr_un addr = address_of(&f->rig, "f.sock");
    f->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(f->listener, (struct sockaddr *)&addr, sizeof addr), 0);
    assert_int_equal(listen(f->listener, 4), 0);
    f->a = rig_node(&f->rig, "a");
    f->rubbish = 0;
    mock_accept(f);
}

static void mock_done(struct mock *f) {
    close(f->fd);
    close(f->listener);
    rig_done(&f->rig);
}

static struct packet advert_of(uint32_t number, const char *name, const char *data, int window) {
    char body[256];
    snprintf(body, sizeof body, "%s%s", name, data);
    struct packet p = packet_of(FRAME_ADVERT, body);
    p.head.service = number;
    p.head.name_len = (uint32_t)strlen(name);
    p.head.value = window;
    return p;
}

static void mock_noticed(struct mock *f, const char *text) {
    f->rubbish++;
    AWAIT(&f->rig, stats_of(f->a).rubbish == f->rubbish);
    AWAIT(&f->rig, f->a->troubles == (int)f->rubbish);
    if (!strstr(f->a->trouble, text))
        fail_msg("it says: %s", f->a->trouble);
}

static void test_adverts_that_make_no_sense_are_dropped(void **state) {
    struct mock f;
    mock_init(&f, state);
    struct packet bad[] = {
        advert_of(1, "", "no name", 1),     advert_of(1, "a/b", "", 1),
        advert_of(1, "s", "", -1),          advert_of(1, "s", "", WEIR_FABRIC_WINDOW_MAX + 1),
        packet_of(FRAME_ADVERT, "shorter"),
    };
    bad[4].head.name_len = 8;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        send_raw(f.fd, &bad[i]);
        mock_noticed(&f, "an advert that makes no sense");
    }
    struct packet good = advert_of(1, "s", "data", 1), other = advert_of(1, "t", "data", 1);
    send_raw(f.fd, &good);
    await_seen(f.a, "f", "s");
    send_raw(f.fd, &other); /* a service does not change its name */
    mock_noticed(&f, "under another name");
    assert_true(sees(f.a, "f", "s") && !sees(f.a, "f", "t"));
    struct packet successor = advert_of(2, "s", "newer", 1);
    send_raw(f.fd, &successor);
    AWAIT(&f.rig, strcmp(f.a->seen[0].data, "newer") == 0);
    mock_done(&f);
}

static void test_more_services_than_there_may_be_are_not_kept(void **state) {
    struct mock f;
    mock_init(&f, state);
    for (uint32_t i = 1; i <= 2 * WEIR_FABRIC_SERVICES_MAX + 1; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%u", i);
        struct packet p = advert_of(i, name, "", 1);
        send_raw(f.fd, &p);
    }
    mock_noticed(&f, "an advert too many");
    mock_done(&f);
}

static void test_an_advert_that_is_dropped_takes_nothing_from_another(void **state) {
    struct mock f;
    struct slip slip;
    struct head asked = {0};
    mock_init(&f, state);
    struct packet one = advert_of(1, "s", "", 2), two = advert_of(2, "t", "", 2),
                  false_name = advert_of(2, "s", "", 2);
    send_raw(f.fd, &one);
    send_raw(f.fd, &two);
    await_seen(f.a, "f", "s");
    struct weir_fabric_client *client = client_of(f.a, "f", "s");
    send_raw(f.fd, &false_name);
    mock_noticed(&f, "an advert under another name than before");
    assert_int_equal(ask(f.a, client, &slip, "?", 0), 0);
    assert_true(read_head(f.fd, &asked));
    assert_int_equal(asked.kind, FRAME_ASK);
    struct packet reply = packet_of(FRAME_REPLY, "12345678");
    reply.head.id = asked.id;
    send_raw(f.fd, &reply);
    assert_ended(&slip, WEIR_FABRIC_REPLIED, 0);
    mock_done(&f);
}

static void test_replies_that_nobody_waits_for_are_dropped(void **state) {
    struct mock f;
    struct slip slip;
    struct head asked = {0};
    mock_init(&f, state);
    struct packet advert = advert_of(1, "s", "", 2), reply = packet_of(FRAME_REPLY, "12345678");
    send_raw(f.fd, &advert);
    await_seen(f.a, "f", "s");
    struct weir_fabric_client *client = client_of(f.a, "f", "s");
    static const uint64_t ids[] = {0, 1, 4096, UINT64_MAX};
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        reply.head.id = ids[i];
        send_raw(f.fd, &reply);
        mock_noticed(&f, "a reply that nobody waits for");
    }
    assert_int_equal(ask(f.a, client, &slip, "?", 0), 0);
    assert_true(read_head(f.fd, &asked));
    assert_int_equal(asked.kind, FRAME_ASK);
    reply.head.id = asked.id;
    send_raw(f.fd, &reply);
    assert_ended(&slip, WEIR_FABRIC_REPLIED, 0);
    send_raw(f.fd, &reply); /* once is enough */
    mock_noticed(&f, "a reply that nobody waits for");
    assert_int_equal(slip.ends, 1);
    assert_int_equal(stats_of(f.a).under_way, 0);
    mock_done(&f);
}

static void test_a_reply_cannot_end_the_ask_of_another_node(void **state) {
    struct mock f;
    struct slip slip;
    struct shop shop;
    mock_init(&f, state);
    struct node *b = rig_node(&f.rig, "b");
    close(f.fd);
    f.fd = -1;
    struct weir_fabric_client *client = client_of(f.a, "b", "s");
    shop_open(&shop, b, "s", 1, false);
    await_seen(f.a, "b", "s");
    pass(f.a, 500); /* to the false node again */
    struct pollfd poll_fd = {f.listener, POLLIN, 0};
    /* b connected, too: a's is the one that comes with its name */
    for (char name[16] = ""; strcmp(name, "a") != 0;) {
        char bytes[256];
        assert_int_equal(poll(&poll_fd, 1, 30000), 1);
        if (f.fd >= 0)
            close(f.fd);
        f.fd = accept4(f.listener, NULL, NULL, SOCK_CLOEXEC);
        ssize_t n = recv(f.fd, bytes, sizeof bytes, 0);
        assert_true(n > (ssize_t)sizeof(struct head));
        memcpy(name, bytes + sizeof(struct head), 1);
        name[1] = '\0';
    }
    assert_int_equal(ask(f.a, client, &slip, "for b", 0), 0);
    struct packet reply = packet_of(FRAME_REPLY, "12345678forged");
    reply.head.id = slip.id;
    send_raw(f.fd, &reply);
    mock_noticed(&f, "a reply that nobody waits for");
    answer(take_held(&shop));
    assert_echoed(&slip, "for b");
    mock_done(&f);
}

static void test_a_reply_whose_payload_could_change_is_a_refusal(void **state) {
    struct mock f;
    struct slip slip;
    struct head asked = {0};
    mock_init(&f, state);
    struct packet advert = advert_of(1, "s", "", 2), reply = packet_of(FRAME_REPLY, "12345678");
    send_raw(f.fd, &advert);
    await_seen(f.a, "f", "s");
    struct weir_fabric_client *client = client_of(f.a, "f", "s");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(f.a, client, &slip, "?", 0), 0);
        assert_true(read_head(f.fd, &asked));
        reply.head.id = asked.id;
        reply.head.place = PLACE_MEMFD;
        reply.head.payload_len = 4096;
        reply.fd[0] = memory_file(4096, i == 2 ? ALL_SEALS : i ? F_SEAL_GROW | F_SEAL_WRITE : 0);
        reply.fds = 1;
        send_raw(f.fd, &reply);
        close(reply.fd[0]);
        if (i < 2)
            assert_ended(&slip, WEIR_FABRIC_REFUSED, WEIR_ECORRUPT);
        else
            assert_ended(&slip, WEIR_FABRIC_REPLIED, 0);
        if (i < 2)
            mock_noticed(&f, "payload could not be taken");
    }
    mock_done(&f);
}

static void test_a_refusal_of_no_known_code_is_one_all_the_same(void **state) {
    struct mock f;
    struct slip slip;
    struct head asked = {0};
    mock_init(&f, state);
    struct packet advert = advert_of(1, "s", "", 1), reply = packet_of(FRAME_REPLY, "");
    send_raw(f.fd, &advert);
    await_seen(f.a, "f", "s");
    struct weir_fabric_client *client = client_of(f.a, "f", "s");
    static const int64_t values[] = {1, INT64_MAX, INT64_MIN, -1000};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        assert_int_equal(ask(f.a, client, &slip, "?", 0), 0);
        assert_true(read_head(f.fd, &asked));
        reply.head.id = asked.id;
        reply.head.value = values[i];
        send_raw(f.fd, &reply);
        assert_ended(&slip, WEIR_FABRIC_REFUSED, WEIR_ECORRUPT);
    }
    mock_done(&f);
}

static void test_a_false_node_that_sends_rubbish_ends_its_own_asks_alone(void **state) {
    struct mock f;
    struct slip slip, other;
    struct shop shop;
    mock_init(&f, state);
    struct node *b = rig_node(&f.rig, "b");
    shop_open(&shop, b, "s", 1, false);
    await_seen(f.a, "b", "s");
    struct packet advert = advert_of(1, "s", "", 1), ask_back = packet_of(FRAME_ASK, "you?");
    send_raw(f.fd, &advert);
    await_seen(f.a, "f", "s");
    struct weir_fabric_client *client = client_of(f.a, "f", "s"), *good = client_of(f.a, "b", "s");
    assert_int_equal(ask(f.a, client, &slip, "?", 100000), 0);
    assert_int_equal(ask(f.a, good, &other, "!", 100000), 0);
    send_raw(f.fd, &ask_back); /* the served do not ask back */
    assert_ended(&slip, WEIR_FABRIC_GONE, WEIR_ECONN);
    await_lost(f.a, "f", "s");
    mock_noticed(&f, "does not belong here");
    answer(take_held(&shop));
    assert_echoed(&other, "!");
    mock_done(&f);
}

#define TEST(name)                                                                                 \
    { #name, name, NULL, NULL, (void *)&local }

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_no_frame_closes_its_connection_alone),
        TEST(test_random_bytes_do_no_harm),
        TEST(test_an_empty_packet_is_the_end_of_its_connection),
        TEST(test_heads_that_are_wrong_close_their_connection),
        TEST(test_lengths_that_are_lies_close_their_connection),
        TEST(test_descriptors_where_none_or_one_belongs_close_their_connection),
        TEST(test_a_payload_that_could_still_change_is_refused_and_the_peer_stays),
        TEST(test_a_payload_of_another_size_or_of_no_memory_file_is_refused),
        TEST(test_asks_for_what_is_not_there_and_beyond_the_window_are_refused),
        TEST(test_who_does_not_say_who_he_is_is_let_go_in_time),
        TEST(test_peers_have_a_limit_and_room_again_when_some_leave),
        TEST(test_adverts_that_make_no_sense_are_dropped),
        TEST(test_more_services_than_there_may_be_are_not_kept),
        TEST(test_an_advert_that_is_dropped_takes_nothing_from_another),
        TEST(test_replies_that_nobody_waits_for_are_dropped),
        TEST(test_a_reply_cannot_end_the_ask_of_another_node),
        TEST(test_a_reply_whose_payload_could_change_is_a_refusal),
        TEST(test_a_refusal_of_no_known_code_is_one_all_the_same),
        TEST(test_a_false_node_that_sends_rubbish_ends_its_own_asks_alone),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
