/* What every fabric must do, whatever carries it. */
#include "fabric_support.h"

#include <stdio.h>
#include <stdlib.h>

static const struct kind kinds[] = {
    {"loop", false, 0},
    {"local", true, 0},
    {"local, memory files", true, 1},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Two nodes, a service at one, a client at the other. */
struct pair {
    struct rig rig;
    struct node *a, *b;
    struct shop shop;
    struct weir_fabric_client *client;
};

static void pair_init(struct pair *p, void **state, int window, bool echo) {
    rig_init(&p->rig, *state);
    p->a = rig_node(&p->rig, "a");
    p->b = rig_node(&p->rig, "b");
    shop_open(&p->shop, p->b, "s", window, echo);
    p->client = client_of(p->a, "b", "s");
    await_seen(p->a, "b", "s");
}

/* Ends what is in hand, too; nothing comes after its node is closed. */
static void pair_done(struct pair *p) {
    node_close(p->b);
    while (p->shop.taken < p->shop.came && !p->shop.echo)
        weir_fabric_refuse(take_held(&p->shop), WEIR_EINTERNAL);
    rig_done(&p->rig);
}

static void never_ends(void *user, struct weir_fabric_end *end) {
    abort();
}

static void never_called(void *user, struct weir_fabric_request *request) {
    abort();
}

/* ---- asking and answering ------------------------------------------------------------ */

static void test_an_ask_is_answered_with_message_and_payload(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 1, true);
    assert_int_equal(ask(p.a, p.client, &slip, "what is in the picture?", 46000), 0);
    assert_true(slip.id != 0);
    assert_echoed(&slip, "what is in the picture?");
    assert_int_equal(slip.payload_len, 46000);
    pair_done(&p);
}

static void test_payloads_of_all_sizes_arrive_as_they_were(void **state) {
    static const size_t sizes[] = {
        1,     7,      8191,   8192,   8193,    65535,   65536,
        65537, 131071, 131072, 131073, 1000000, 6220800, (size_t)20 << 20};
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 1, true);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        assert_int_equal(ask(p.a, p.client, &slip, "size", sizes[i]), 0);
        assert_echoed(&slip, "size");
        assert_int_equal(slip.payload_len, sizes[i]);
    }
    pair_done(&p);
}

static void test_a_payload_cannot_be_written_once_it_is_sent_in_vain_but_sent_again(void **state) {
    struct pair p;
    struct slip first, second;
    struct weir_fabric_payload *payload;
    pair_init(&p, state, 1, false);
    assert_int_equal(ask(p.a, p.client, &first, "takes the place", 0), 0);
    assert_int_equal(weir_fabric_payload_new(p.a->fabric, 100000, &payload), 0);
    assert_int_equal(weir_fabric_payload_len(payload), 100000);
    fill(weir_fabric_payload_data(payload), 100000, 1);
    uint64_t hash = hash_of(weir_fabric_payload_bytes(payload), 100000);
    struct weir_fabric_ask what = {.payload = payload, .timeout_ns = 1, .done = NULL};
    assert_int_equal(weir_fabric_ask(p.client, &what, NULL), WEIR_EINVAL);
    assert_non_null(weir_fabric_payload_data(payload)); /* it was not even tried */
    what.done = never_ends;
    for (int i = 0; i < 2; i++) {
        assert_int_equal(weir_fabric_ask(p.client, &what, NULL), WEIR_EAGAIN);
        assert_null(weir_fabric_payload_data(payload));
        assert_true(hash_of(weir_fabric_payload_bytes(payload), 100000) == hash);
    }
    answer(take_held(&p.shop));
    await_end(&first);
    assert_int_equal(ask(p.a, p.client, &second, "again", 100000), 0);
    struct weir_fabric_request *request = take_held(&p.shop);
    struct weir_fabric_payload *came = weir_fabric_request_payload(request);
    assert_null(weir_fabric_payload_data(came)); /* nobody writes what was received */
    assert_int_equal(weir_fabric_reply(request, NULL, 0, payload), 0);
    await_end(&second);
    assert_true(second.payload_hash == hash);
    pair_done(&p);
}

static void test_messages_may_be_empty_and_as_long_as_allowed_but_no_longer(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 1, true);
    char *text = malloc(WEIR_FABRIC_MESSAGE_MAX + 2);
    assert_non_null(text);
    memset(text, 'x', WEIR_FABRIC_MESSAGE_MAX + 1);
    text[WEIR_FABRIC_MESSAGE_MAX + 1] = '\0';
    assert_int_equal(ask(p.a, p.client, &slip, text, 0), WEIR_ERANGE);
    text[WEIR_FABRIC_MESSAGE_MAX] = '\0';
    assert_int_equal(ask(p.a, p.client, &slip, text, 90000), 0);
    assert_ended(&slip, WEIR_FABRIC_REPLIED, 0);
    assert_int_equal(slip.len, WEIR_FABRIC_MESSAGE_MAX);
    assert_int_equal(ask(p.a, p.client, &slip, "", 0), 0);
    assert_echoed(&slip, "");
    free(text);
    pair_done(&p);
}

static void test_a_reply_that_is_too_long_is_refused_to_its_service(void **state) {
    struct pair p;
    struct slip slip;
    struct weir_fabric_payload *payload;
    pair_init(&p, state, 1, false);
    assert_int_equal(ask(p.a, p.client, &slip, "?", 0), 0);
    struct weir_fabric_request *request = take_held(&p.shop);
    char *text = calloc(1, WEIR_FABRIC_MESSAGE_MAX + 1);
    assert_non_null(text);
    assert_int_equal(weir_fabric_payload_new(p.b->fabric, 5, &payload), 0);
    assert_int_equal(weir_fabric_reply(request, text, WEIR_FABRIC_MESSAGE_MAX + 1, payload),
                     WEIR_ERANGE);
    weir_fabric_payload_free(payload); /* still the caller's, as is the request */
    weir_fabric_refuse(request, WEIR_ERANGE);
    assert_ended(&slip, WEIR_FABRIC_REFUSED, WEIR_ERANGE);
    free(text);
    pair_done(&p);
}

static void test_payloads_of_no_bytes_or_too_many_are_not_made(void **state) {
    struct pair p;
    struct weir_fabric_payload *payload = NULL;
    pair_init(&p, state, 1, true);
    assert_int_equal(weir_fabric_payload_new(p.a->fabric, 0, &payload), WEIR_ERANGE);
    assert_int_equal(
        weir_fabric_payload_new(p.a->fabric, (size_t)WEIR_FABRIC_PAYLOAD_MAX + 1, &payload),
        WEIR_ERANGE);
    assert_int_equal(weir_fabric_payload_new(p.a->fabric, SIZE_MAX, &payload), WEIR_ERANGE);
    assert_null(payload);
    weir_fabric_payload_free(NULL);
    pair_done(&p);
}

static void test_asks_arrive_in_order_and_replies_in_any_order_find_them(void **state) {
    enum { N = 40 };
    struct pair p;
    static struct slip slip[N];
    struct weir_fabric_request *request[N];
    char text[N][16];
    pair_init(&p, state, N, false);
    for (int i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "ask %d", i);
        assert_int_equal(ask(p.a, p.client, &slip[i], text[i], i % 3 ? 0 : 3000 * (size_t)i + 1),
                         0);
    }
    for (int i = 0; i < N; i++) {
        request[i] = take_held(&p.shop);
        assert_true(request_says(request[i], text[i]));
    }
    for (int i = 0; i < N; i++) /* 7 and 40 have no common divisor */
        answer(request[(i * 7 + 3) % N]);
    for (int i = 0; i < N; i++)
        assert_echoed(&slip[i], text[i]);
    pair_done(&p);
}

static void test_a_request_tells_who_asks_and_until_when(void **state) {
    struct pair p;
    struct slip slip;
    size_t len;
    pair_init(&p, state, 1, false);
    pass(p.b, 77000); /* the clocks of two nodes have nothing in common */
    await_seen(p.a, "b", "s");
    assert_int_equal(ask_within(p.a, p.client, &slip, "soon", 0, 150), 0);
    struct weir_fabric_request *request = take_held(&p.shop);
    assert_string_equal(weir_fabric_request_node(request), "a");
    assert_true(weir_fabric_request_deadline_ns(request) ==
                weir_clock_now(p.b->clock) + 150 * WEIR_NS_PER_MS);
    assert_true((uintptr_t)weir_fabric_request_message(request, &len) % 16 == 0);
    assert_null(weir_fabric_request_payload(request));
    assert_null(weir_fabric_request_take_payload(request));
    answer(request);
    assert_echoed(&slip, "soon");
    pair_done(&p);
}

static void test_a_refusal_tells_its_reason(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 1, false);
    static const int codes[][2] = {{WEIR_EMODEL, WEIR_EMODEL},
                                   {WEIR_EAGAIN, WEIR_EAGAIN},
                                   {0, WEIR_EINTERNAL}, /* no reason is none */
                                   {22, WEIR_EINTERNAL}};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        assert_int_equal(ask(p.a, p.client, &slip, "?", 70000), 0);
        weir_fabric_refuse(take_held(&p.shop), codes[i][0]);
        assert_ended(&slip, WEIR_FABRIC_REFUSED, codes[i][1]);
    }
    pair_done(&p);
}

static void test_a_received_payload_can_be_kept_and_sent_on(void **state) {
    struct pair p;
    struct slip slip, second;
    pair_init(&p, state, 1, false);
    struct node *c = rig_node(&p.rig, "c");
    struct shop shop;
    shop_open(&shop, c, "s", 1, true);
    await_seen(p.b, "c", "s");
    struct weir_fabric_client *onward = client_of(p.b, "c", "s");
    static const size_t sizes[] = {30000, 300000};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(ask(p.a, p.client, &slip, "first", sizes[i]), 0);
        struct weir_fabric_request *request = take_held(&p.shop);
        struct weir_fabric_payload *payload = weir_fabric_request_take_payload(request);
        assert_null(weir_fabric_request_payload(request));
        answer(request); /* the payload lives on */
        await_end(&slip);
        assert_int_equal(ask(p.b, onward, &second, "first", sizes[i]), 0); /* the same bytes */
        await_end(&second);
        assert_true(hash_of(weir_fabric_payload_bytes(payload), sizes[i]) == second.told_hash);
        assert_int_equal(ask(p.a, p.client, &slip, "again", 0), 0);
        assert_int_equal(weir_fabric_reply(take_held(&p.shop), "12345678", 8, payload), 0);
        await_end(&slip);
        assert_true(slip.payload_hash == second.told_hash);
    }
    pair_done(&p);
}

static void test_a_node_can_ask_itself(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 2, true);
    await_seen(p.b, "b", "s");
    struct weir_fabric_client *client = client_of(p.b, "b", "s");
    assert_int_equal(ask(p.b, client, &slip, "me", 100000), 0);
    assert_echoed(&slip, "me");
    pair_done(&p);
}

static void test_what_makes_no_sense_is_not_asked(void **state) {
    struct pair p;
    struct slip slip;
    struct weir_fabric_client *client = NULL;
    char name[WEIR_FABRIC_NAME_MAX + 2];
    pair_init(&p, state, 1, true);
    memset(name, 'n', sizeof name);
    name[WEIR_FABRIC_NAME_MAX + 1] = '\0';
    static const int64_t timeouts[] = {0, -1, WEIR_FABRIC_TIMEOUT_MAX_NS + 1, WEIR_FOREVER};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        const struct weir_fabric_ask what = {.timeout_ns = timeouts[i], .done = never_ends};
        assert_int_equal(weir_fabric_ask(p.client, &what, NULL), WEIR_EINVAL);
    }
    assert_int_equal(weir_fabric_client_new(p.a->fabric, "", "s", &client), WEIR_EINVAL);
    assert_int_equal(weir_fabric_client_new(p.a->fabric, "b", "s.t", &client), WEIR_EINVAL);
    assert_int_equal(weir_fabric_client_new(p.a->fabric, "../b", "s", &client), WEIR_EINVAL);
    assert_int_equal(weir_fabric_client_new(p.a->fabric, "b", name, &client), WEIR_EINVAL);
    assert_null(client);
    name[WEIR_FABRIC_NAME_MAX] = '\0';
    client = client_of(p.a, "b", name);
    assert_int_equal(ask(p.a, client, &slip, "?", 0), WEIR_ENOENT);
    client = client_of(p.a, "nowhere", "s");
    assert_int_equal(ask(p.a, client, &slip, "?", 500000), WEIR_ENOENT);
    pair_done(&p);
}

/* ---- windows --------------------------------------------------------------------------- */

static void test_a_full_window_says_try_later_and_a_reply_makes_room(void **state) {
    struct pair p;
    struct slip slip[3], more;
    pair_init(&p, state, 3, false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(p.a, p.client, &slip[i], "held", 70000), 0);
    assert_int_equal(ask(p.a, p.client, &more, "one too many", 70000), WEIR_EAGAIN);
    struct weir_fabric_client *other = client_of(p.a, "b", "s"); /* shares the window */
    assert_int_equal(ask(p.a, other, &more, "one too many", 0), WEIR_EAGAIN);
    answer(take_held(&p.shop));
    assert_echoed(&slip[0], "held");
    assert_int_equal(ask(p.a, other, &more, "fits", 70000), 0);
    for (int i = 0; i < 3; i++)
        answer(take_held(&p.shop));
    assert_echoed(&more, "fits");
    assert_int_equal(stats_of(p.a).under_way, 0);
    pair_done(&p);
}

static void test_every_asker_has_a_window_of_its_own(void **state) {
    struct pair p;
    struct slip first, second, third;
    pair_init(&p, state, 1, false);
    struct node *c = rig_node(&p.rig, "c");
    await_seen(c, "b", "s");
    struct weir_fabric_client *other = client_of(c, "b", "s");
    assert_int_equal(ask(p.a, p.client, &first, "of a", 0), 0);
    assert_int_equal(ask(p.a, p.client, &third, "of a", 0), WEIR_EAGAIN);
    assert_int_equal(ask(c, other, &second, "of c", 0), 0);
    answer(take_held(&p.shop));
    answer(take_held(&p.shop));
    assert_echoed(&first, "of a");
    assert_echoed(&second, "of c");
    pair_done(&p);
}

static void test_a_service_can_grant_more_less_and_nothing(void **state) {
    struct pair p;
    struct slip slip[3];
    pair_init(&p, state, 0, false);
    assert_int_equal(ask(p.a, p.client, &slip[0], "?", 0), WEIR_EAGAIN);
    assert_int_equal(weir_fabric_grant(p.shop.service, 2), 0);
    AWAIT(&p.rig, p.a->seen[0].window == 2);
    assert_int_equal(ask(p.a, p.client, &slip[0], "0", 0), 0);
    assert_int_equal(ask(p.a, p.client, &slip[1], "1", 0), 0);
    assert_int_equal(ask(p.a, p.client, &slip[2], "2", 0), WEIR_EAGAIN);
    assert_int_equal(weir_fabric_grant(p.shop.service, 1), 0);
    AWAIT(&p.rig, p.a->seen[0].window == 1);
    answer(take_held(&p.shop)); /* both were let through by the earlier window */
    assert_echoed(&slip[0], "0");
    assert_int_equal(ask(p.a, p.client, &slip[2], "2", 0), WEIR_EAGAIN);
    answer(take_held(&p.shop));
    assert_echoed(&slip[1], "1");
    assert_int_equal(ask(p.a, p.client, &slip[2], "2", 0), 0);
    answer(take_held(&p.shop));
    assert_echoed(&slip[2], "2");
    assert_int_equal(weir_fabric_grant(p.shop.service, -1), WEIR_EINVAL);
    assert_int_equal(weir_fabric_grant(p.shop.service, WEIR_FABRIC_WINDOW_MAX + 1), WEIR_EINVAL);
    assert_int_equal(stats_of(p.b).rubbish, 0);
    pair_done(&p);
}

/* ---- timeouts and cancellation ------------------------------------------------------------ */

static void test_an_ask_times_out_once_and_its_late_reply_is_dropped(void **state) {
    struct pair p;
    struct slip slip, next;
    pair_init(&p, state, 1, false);
    assert_int_equal(ask_within(p.a, p.client, &slip, "slow", 70000, 150), 0);
    await_came(&p.shop, 1);
    pass(p.a, 149);
    assert_int_equal(stats_of(p.a).timed_out, 0);
    pass(p.a, 1);
    assert_ended(&slip, WEIR_FABRIC_TIMED_OUT, WEIR_ETIMEDOUT);
    /* the service still has it: it is not given more */
    assert_int_equal(ask(p.a, p.client, &next, "more", 0), WEIR_EAGAIN);
    struct weir_fabric_request *request = take_held(&p.shop);
    AWAIT(&p.rig, weir_fabric_request_canceled(request));
    answer(request);
    AWAIT(&p.rig, stats_of(p.a).late == 1);
    assert_int_equal(slip.ends, 1);
    assert_int_equal(ask(p.a, p.client, &next, "next", 0), 0);
    answer(take_held(&p.shop));
    assert_echoed(&next, "next");
    pair_done(&p);
}

static void test_only_asks_whose_time_has_come_time_out(void **state) {
    struct pair p;
    struct slip slip[3];
    pair_init(&p, state, 3, false);
    assert_int_equal(ask_within(p.a, p.client, &slip[0], "300", 0, 300), 0);
    assert_int_equal(ask_within(p.a, p.client, &slip[1], "100", 0, 100), 0);
    assert_int_equal(ask_within(p.a, p.client, &slip[2], "200", 0, 200), 0);
    pass(p.a, 100);
    assert_ended(&slip[1], WEIR_FABRIC_TIMED_OUT, WEIR_ETIMEDOUT);
    pass(p.a, 100);
    assert_ended(&slip[2], WEIR_FABRIC_TIMED_OUT, WEIR_ETIMEDOUT);
    assert_int_equal(slip[0].ends, 0);
    answer(take_held(&p.shop));
    assert_echoed(&slip[0], "300");
    pair_done(&p);
}

static void test_a_canceled_ask_ends_once_and_its_service_is_told(void **state) {
    struct pair p;
    struct slip slip, other;
    pair_init(&p, state, 2, false);
    assert_int_equal(ask(p.a, p.client, &slip, "never mind", 0), 0);
    assert_int_equal(ask(p.a, p.client, &other, "this one", 0), 0);
    struct weir_fabric_request *request = take_held(&p.shop), *kept = take_held(&p.shop);
    assert_false(weir_fabric_request_canceled(request));
    assert_int_equal(weir_fabric_cancel(p.a->fabric, slip.id), 0);
    assert_ended(&slip, WEIR_FABRIC_CANCELED, WEIR_ECANCELED);
    assert_int_equal(weir_fabric_cancel(p.a->fabric, slip.id), WEIR_ENOENT);
    AWAIT(&p.rig, weir_fabric_request_canceled(request));
    assert_false(weir_fabric_request_canceled(kept));
    answer(request);
    answer(kept);
    assert_echoed(&other, "this one");
    AWAIT(&p.rig, stats_of(p.a).late == 1);
    assert_int_equal(slip.ends, 1);
    assert_int_equal(stats_of(p.a).under_way, 0);
    pair_done(&p);
}

static void test_what_is_no_ask_or_has_ended_cannot_be_canceled(void **state) {
    struct pair p;
    struct slip slip, next;
    pair_init(&p, state, 1, true);
    assert_int_equal(ask(p.a, p.client, &slip, "?", 0), 0);
    assert_echoed(&slip, "?");
    assert_int_equal(weir_fabric_cancel(p.a->fabric, slip.id), WEIR_ENOENT);
    assert_int_equal(weir_fabric_cancel(p.a->fabric, 0), WEIR_ENOENT);
    assert_int_equal(weir_fabric_cancel(p.a->fabric, UINT64_MAX), WEIR_ENOENT);
    assert_int_equal(ask(p.a, p.client, &next, "!", 0), 0); /* may lie where slip's lay */
    assert_int_equal(weir_fabric_cancel(p.a->fabric, slip.id), WEIR_ENOENT);
    assert_echoed(&next, "!");
    pair_done(&p);
}

static void test_a_client_that_is_freed_has_its_asks_canceled(void **state) {
    struct pair p;
    struct slip slip[2], kept;
    pair_init(&p, state, 3, false);
    struct weir_fabric_client *other = client_of(p.a, "b", "s");
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(p.a, p.client, &slip[i], "?", 0), 0);
    assert_int_equal(ask(p.a, other, &kept, "other", 0), 0);
    weir_fabric_client_free(p.client);
    for (int i = 0; i < 2; i++) { /* told by now: nothing is waited for */
        assert_int_equal(slip[i].ends, 1);
        assert_int_equal(slip[i].how, WEIR_FABRIC_CANCELED);
    }
    for (int i = 0; i < 3; i++)
        answer(take_held(&p.shop));
    assert_echoed(&kept, "other");
    weir_fabric_client_free(NULL);
    pair_done(&p);
}

/* What waits behind a peer that does not read is bounded, in order, and can be taken back. */
static void test_a_peer_that_does_not_read_gets_the_rest_in_order_when_it_does(void **state) {
    enum { N = 200, EACH = 50000 };
    struct pair p;
    static struct slip slip[N];
    static char text[N][15000]; /* a payload may not weigh on the medium, a message does */
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pair_init(&p, state, N, false);
    p.shop.gate = &gate;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < N; i++) {
        snprintf(text[i], sizeof text[i], "%014000d", i);
        assert_int_equal(ask(p.a, p.client, &slip[i], text[i], EACH), 0);
    }
    assert_true(stats_of(p.a).unsent_bytes > 0);
    assert_true(stats_of(p.a).unsent_bytes < (uint64_t)N * (EACH + 16000));
    assert_int_equal(weir_fabric_cancel(p.a->fabric, slip[N - 1].id), 0); /* never left */
    assert_int_equal(weir_fabric_cancel(p.a->fabric, slip[N - 3].id), 0);
    assert_ended(&slip[N - 1], WEIR_FABRIC_CANCELED, WEIR_ECANCELED);
    assert_ended(&slip[N - 3], WEIR_FABRIC_CANCELED, WEIR_ECANCELED);
    assert_int_equal(stats_of(p.a).under_way, N - 2);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < N; i++) {
        if (i == N - 1 || i == N - 3)
            continue;
        struct weir_fabric_request *request = take_held(&p.shop);
        if (!request_says(request, text[i]))
            fail_msg("ask %d is another's place", i);
        answer(request);
        assert_echoed(&slip[i], text[i]);
    }
    assert_int_equal(stats_of(p.a).unsent_bytes, 0);
    assert_int_equal(stats_of(p.b).in_hand, 0);
    pair_done(&p);
}

/* ---- what is offered ------------------------------------------------------------------------ */

static void test_a_service_that_appears_later_is_seen_and_used(void **state) {
    struct rig rig;
    struct slip slip;
    struct shop shop;
    rig_init(&rig, *state);
    struct node *a = rig_node(&rig, "a");
    struct weir_fabric_client *client = client_of(a, "late", "s");
    assert_int_equal(ask(a, client, &slip, "?", 0), WEIR_ENOENT);
    struct node *late = rig_node(&rig, "late");
    shop_open(&shop, late, "s", 1, true);
    await_seen(a, "late", "s");
    assert_string_equal(a->seen[0].data, "advert");
    assert_int_equal(a->seen[0].window, 1);
    assert_int_equal(ask(a, client, &slip, "there you are", 0), 0);
    assert_echoed(&slip, "there you are");
    rig_done(&rig);
}

static void test_an_advert_that_changes_is_told_and_one_that_does_not_is_not(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 1, true);
    assert_int_equal(weir_fabric_advertise(p.shop.service, "busy", 4), 0);
    AWAIT(&p.rig, strcmp(p.a->seen[0].data, "busy") == 0);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weir_fabric_advertise(p.shop.service, "busy", 4), 0);
        pass(p.b, 500);
    }
    assert_int_equal(ask(p.a, p.client, &slip, "behind all those", 0), 0);
    assert_echoed(&slip, "behind all those");
    assert_int_equal(times_told(p.a, "b", "s"), 2);
    assert_int_equal(weir_fabric_advertise(p.shop.service, "", 0), 0);
    AWAIT(&p.rig, p.a->seen[0].data[0] == '\0');
    pair_done(&p);
}

static void test_an_advert_that_is_too_long_leaves_the_one_before(void **state) {
    struct pair p;
    struct weir_error err = {0};
    struct weir_fabric_service *service = NULL;
    pair_init(&p, state, 1, true);
    char *text = calloc(1, WEIR_FABRIC_ADVERT_MAX + 1);
    assert_non_null(text);
    assert_int_equal(
        weir_fabric_advertise(p.shop.service, text, (size_t)WEIR_FABRIC_ADVERT_MAX + 1),
        WEIR_ERANGE);
    assert_int_equal(weir_fabric_advertise(p.shop.service, text, WEIR_FABRIC_ADVERT_MAX), 0);
    AWAIT(&p.rig, p.a->seen[0].told == 2);
    const struct weir_fabric_offer offer = {.name = "t",
                                            .advert = text,
                                            .advert_len = (size_t)WEIR_FABRIC_ADVERT_MAX + 1,
                                            .handle = never_called};
    assert_int_equal(weir_fabric_offer(p.b->fabric, &offer, &service, &err), WEIR_ERANGE);
    test_error_says(&err, "16385 bytes");
    assert_null(service);
    free(text);
    pair_done(&p);
}

static void test_a_withdrawn_service_vanishes_at_once_and_may_come_back(void **state) {
    struct pair p;
    struct slip slip, held;
    pair_init(&p, state, 2, false);
    assert_int_equal(ask(p.a, p.client, &held, "in hand", 0), 0);
    struct weir_fabric_request *request = take_held(&p.shop);
    weir_fabric_withdraw(p.shop.service);
    await_lost(p.a, "b", "s");
    assert_int_equal(ask(p.a, p.client, &slip, "?", 0), WEIR_ENOENT);
    answer(request); /* what was in hand is still answered */
    assert_echoed(&held, "in hand");
    shop_open(&p.shop, p.b, "s", 1, true);
    await_seen(p.a, "b", "s");
    assert_int_equal(ask(p.a, p.client, &slip, "back", 0), 0);
    assert_echoed(&slip, "back");
    weir_fabric_withdraw(NULL);
    pair_done(&p);
}

static void test_an_ask_that_crosses_with_a_withdrawal_is_refused(void **state) {
    struct pair p;
    struct slip slip[2];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct shop other;
    pair_init(&p, state, 2, false);
    shop_open(&other, p.b, "other", 2, false);
    await_seen(p.a, "b", "other");
    struct weir_fabric_client *client = client_of(p.a, "b", "other");
    p.shop.gate = &gate;
    pthread_mutex_lock(&gate);
    assert_int_equal(ask(p.a, p.client, &slip[0], "holds up b's thread", 0), 0);
    AWAIT(&p.rig, stats_of(p.b).served == 1);
    assert_int_equal(ask(p.a, client, &slip[1], "to one that goes", 0), 0);
    weir_fabric_withdraw(other.service);
    pthread_mutex_unlock(&gate);
    assert_ended(&slip[1], WEIR_FABRIC_REFUSED, WEIR_ENOENT);
    answer(take_held(&p.shop));
    assert_echoed(&slip[0], "holds up b's thread");
    pair_done(&p);
}

static void test_a_silent_service_expires_by_the_askers_clock_and_is_found_again(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 2, false);
    assert_int_equal(ask(p.a, p.client, &slip, "before", 0), 0);
    pass(p.a, 1499);
    pass(p.a, 0);
    assert_int_equal(times_told(p.a, "b", "s"), 1);
    pass(p.a, 1);
    await_lost(p.a, "b", "s");
    struct slip next;
    assert_int_equal(ask(p.a, p.client, &next, "?", 0), WEIR_ENOENT);
    answer(take_held(&p.shop)); /* silent, not dead */
    assert_echoed(&slip, "before");
    pass(p.b, 500);
    await_seen(p.a, "b", "s");
    assert_int_equal(ask(p.a, p.client, &next, "after", 0), 0);
    answer(take_held(&p.shop));
    assert_echoed(&next, "after");
    pair_done(&p);
}

static void test_heartbeats_keep_a_service_alive(void **state) {
    struct pair p;
    struct slip slip;
    pair_init(&p, state, 1, true);
    for (int i = 1; i <= 10; i++) {
        pass(p.b, 500);
        assert_int_equal(ask(p.a, p.client, &slip, "behind the heartbeat", 0), 0);
        assert_echoed(&slip, "behind the heartbeat");
        pass(p.a, 500);
    }
    assert_int_equal(times_told(p.a, "b", "s"), 1);
    pair_done(&p);
}

static void test_names_that_cannot_be_and_names_that_are_taken_are_refused(void **state) {
    struct pair p;
    struct weir_error err = {0};
    struct weir_fabric *fabric = NULL;
    struct weir_fabric_service *service = NULL;
    pair_init(&p, state, 1, true);
    static const char *const bad[] = {"", ".", "a/b", "a b", "a.b", "\xc3\xa4", NULL};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(node_open(&p.rig, bad[i], p.a->clock, &fabric, &err), WEIR_EINVAL);
        test_error_says(&err, "is no name for a node");
        const struct weir_fabric_offer offer = {
            .name = bad[i], .window = 1, .handle = never_called};
        assert_int_equal(weir_fabric_offer(p.a->fabric, &offer, &service, &err), WEIR_EINVAL);
        test_error_says(&err, "is no name for a service");
    }
    assert_int_equal(node_open(&p.rig, "clockless", NULL, &fabric, &err), WEIR_EINVAL);
    struct weir_fabric_offer offer = {.name = "s", .window = 1, .handle = never_called};
    assert_int_equal(weir_fabric_offer(p.b->fabric, &offer, &service, &err), WEIR_EEXIST);
    test_error_says(&err, "offers a service s already");
    offer.window = WEIR_FABRIC_WINDOW_MAX + 1;
    offer.name = "t";
    assert_int_equal(weir_fabric_offer(p.b->fabric, &offer, &service, &err), WEIR_EINVAL);
    offer.window = 1;
    offer.handle = NULL;
    assert_int_equal(weir_fabric_offer(p.b->fabric, &offer, &service, &err), WEIR_EINVAL);
    assert_null(fabric);
    assert_null(service);
    weir_fabric_close(NULL);
    pair_done(&p);
}

static void test_a_node_that_serves_has_its_name_alone(void **state) {
    struct pair p;
    struct weir_error err = {0};
    struct weir_fabric_service *service = NULL;
    struct slip slip;
    pair_init(&p, state, 1, true);
    struct node *second = rig_node(&p.rig, "b"); /* may ask, under the same name */
    await_seen(second, "b", "s");
    const struct weir_fabric_offer offer = {.name = "t", .window = 1, .handle = never_called};
    assert_int_equal(weir_fabric_offer(second->fabric, &offer, &service, &err), WEIR_EEXIST);
    test_error_says(&err, "node b");
    assert_int_equal(ask(p.a, p.client, &slip, "still here", 0), 0);
    assert_echoed(&slip, "still here");
    node_close(p.b);
    await_lost(p.a, "b", "s");
    struct shop shop;
    shop_open(&shop, second, "s", 1, true); /* the name is free now */
    await_seen(p.a, "b", "s");
    assert_int_equal(ask(p.a, p.client, &slip, "the successor", 0), 0);
    assert_echoed(&slip, "the successor");
    pair_done(&p);
}

static void test_services_have_a_limit(void **state) {
    struct pair p;
    struct weir_error err = {0};
    struct weir_fabric_service *service = NULL;
    pair_init(&p, state, 1, true);
    for (int i = 1; i <= WEIR_FABRIC_SERVICES_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        const struct weir_fabric_offer offer = {.name = name, .handle = never_called};
        int rc = weir_fabric_offer(p.b->fabric, &offer, &service, &err);
        assert_int_equal(rc, i < WEIR_FABRIC_SERVICES_MAX ? 0 : WEIR_ENOSPC);
        if (rc == 0)
            await_seen(p.a, "b", name);
    }
    test_error_says(&err, "as many as it can");
    pair_done(&p);
}

/* ---- coming and going ---------------------------------------------------------------------------
 */

static void test_a_node_that_closes_ends_asks_at_once_and_its_services_vanish(void **state) {
    struct pair p;
    struct slip slip[3], next;
    pair_init(&p, state, 3, false);
    for (int i = 0; i < 3; i++)
        assert_int_equal(ask(p.a, p.client, &slip[i], "?", 100000), 0);
    await_came(&p.shop, 3);
    node_close(p.b);
    for (int i = 0; i < 3; i++) /* no clock has moved */
        assert_ended(&slip[i], WEIR_FABRIC_GONE, WEIR_ECONN);
    await_lost(p.a, "b", "s");
    assert_int_equal(ask(p.a, p.client, &next, "?", 0), WEIR_ENOENT);
    /* requests outlive their fabric, and are ended in vain */
    struct weir_fabric_request *request = take_held(&p.shop);
    assert_true(weir_fabric_request_canceled(request));
    assert_int_equal(weir_fabric_reply(request, "late", 4, NULL), 0);
    struct weir_fabric_payload *payload;
    assert_int_equal(weir_fabric_payload_new(p.a->fabric, 200000, &payload), 0);
    assert_int_equal(weir_fabric_reply(take_held(&p.shop), "late", 4, payload), 0);
    weir_fabric_refuse(take_held(&p.shop), WEIR_EIO);
    pair_done(&p);
}

static void test_a_node_that_comes_back_is_used_by_the_same_client(void **state) {
    struct pair p;
    pair_init(&p, state, 1, true);
    for (int i = 0; i < 5; i++) {
        struct slip slip;
        assert_int_equal(ask(p.a, p.client, &slip, "round", 80000), 0);
        assert_echoed(&slip, "round");
        node_close(p.b);
        await_lost(p.a, "b", "s");
        struct weir_error err = {0};
        assert_int_equal(node_open(&p.rig, "b", p.b->clock, &p.b->fabric, &err), 0);
        shop_open(&p.shop, p.b, "s", 1, true);
        await_seen(p.a, "b", "s");
    }
    assert_int_equal(stats_of(p.a).rubbish, 0);
    pair_done(&p);
}

static void test_closing_ends_ones_own_asks_as_canceled(void **state) {
    struct pair p;
    struct slip slip[2];
    pair_init(&p, state, 2, false);
    for (int i = 0; i < 2; i++)
        assert_int_equal(ask(p.a, p.client, &slip[i], "?", 0), 0);
    node_close(p.a);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(slip[i].ends, 1);
        assert_int_equal(slip[i].how, WEIR_FABRIC_CANCELED);
    }
    pair_done(&p);
}

static void test_requests_of_an_asker_that_left_are_canceled(void **state) {
    struct pair p;
    struct slip slip, other;
    pair_init(&p, state, 1, false);
    struct node *c = rig_node(&p.rig, "c");
    await_seen(c, "b", "s");
    struct weir_fabric_client *client = client_of(c, "b", "s");
    assert_int_equal(ask(p.a, p.client, &slip, "?", 100000), 0);
    struct weir_fabric_request *left = take_held(&p.shop);
    assert_int_equal(ask(c, client, &other, "!", 0), 0);
    struct weir_fabric_request *stays = take_held(&p.shop);
    node_close(p.a);
    AWAIT(&p.rig, weir_fabric_request_canceled(left));
    assert_false(weir_fabric_request_canceled(stays));
    answer(left);
    answer(stays);
    assert_echoed(&other, "!");
    AWAIT(&p.rig, stats_of(p.b).in_hand == 0);
    pair_done(&p);
}

static void test_an_asker_that_does_not_listen_holds_up_nobody_else(void **state) {
    enum { N = 100 };
    struct pair p;
    struct slip other;
    static struct slip slip[N];
    static char text[30001];
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    pair_init(&p, state, N, true);
    struct node *c = rig_node(&p.rig, "c");
    struct shop shop; /* to hold up a's thread with */
    shop_open(&shop, p.a, "gate", 1, true);
    await_seen(c, "a", "gate");
    await_seen(c, "b", "s");
    struct weir_fabric_client *client = client_of(c, "b", "s"), *closes = client_of(c, "a", "gate");
    struct slip closed;
    shop.gate = &gate;
    pthread_mutex_lock(&gate);
    assert_int_equal(ask(c, closes, &closed, "?", 0), 0);
    AWAIT(&p.rig, stats_of(p.a).served == 1);
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < N; i++) {
        assert_int_equal(ask(p.a, p.client, &slip[i], text, 60000), 0);
        AWAIT(&p.rig, p.shop.came > i); /* a's thread would not send what waits, either */
    }
    assert_int_equal(ask(c, client, &other, "passes by", 60000), 0);
    assert_echoed(&other, "passes by");
    assert_true(stats_of(p.b).unsent_bytes > 0);
    assert_int_equal(slip[0].ends, 0);
    pthread_mutex_unlock(&gate);
    for (int i = 0; i < N; i++)
        assert_echoed(&slip[i], text);
    assert_int_equal(stats_of(p.b).unsent_bytes, 0);
    pair_done(&p);
}

/* ---- many
 * ------------------------------------------------------------------------------------------ */

struct crowd {
    struct pair *pair;
    int number, wrong, full, replied;
    pthread_t thread;
};

/* Counts, for cmocka's assertions are the main thread's. */
static void *ask_many(void *arg) {
    enum { N = 150 };
    struct crowd *crowd = arg;
    for (int i = 0; i < N;) {
        struct slip slip;
        char text[32];
        snprintf(text, sizeof text, "%d of %d", i, crowd->number);
        int rc = ask(crowd->pair->a, crowd->pair->client, &slip, text,
                     i % 4 ? 0 : (size_t)(i * 997 + crowd->number));
        if (rc == WEIR_EAGAIN) {
            crowd->full++;
            sched_yield();
            continue;
        }
        crowd->wrong += rc != 0;
        if (i % 16 == 5)
            weir_fabric_cancel(crowd->pair->a->fabric, slip.id);
        await_end(&slip);
        if (slip.how == WEIR_FABRIC_REPLIED)
            crowd->wrong += strcmp(slip.text, text) != 0 || slip.told_hash != slip.hash;
        else
            crowd->wrong += slip.how != WEIR_FABRIC_CANCELED || i % 16 != 5;
        crowd->replied += slip.how == WEIR_FABRIC_REPLIED;
        i++;
    }
    return NULL;
}

static void test_many_threads_ask_at_once_and_each_gets_its_own_replies(void **state) {
    enum { N = 6 };
    struct pair p;
    struct crowd crowd[N];
    pair_init(&p, state, 4, true);
    for (int i = 0; i < N; i++) {
        crowd[i] = (struct crowd){.pair = &p, .number = i};
        assert_int_equal(pthread_create(&crowd[i].thread, NULL, ask_many, &crowd[i]), 0);
    }
    for (int i = 0; i < N; i++) {
        pthread_join(crowd[i].thread, NULL);
        assert_int_equal(crowd[i].wrong, 0);
        assert_true(crowd[i].replied > 100);
    }
    AWAIT(&p.rig, stats_of(p.a).under_way == 0);
    struct weir_fabric_stats a = stats_of(p.a);
    assert_int_equal(a.asked, a.replied + a.canceled);
    assert_int_equal(a.rubbish, 0);
    pair_done(&p);
}

static size_t resident_pages(void) {
    unsigned long all = 0, resident = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%lu %lu", &all, &resident), 2);
    fclose(file);
    return resident;
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
enum { SANITIZED = true };
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { SANITIZED = true };
#else
enum { SANITIZED = false };
#endif
#else
enum { SANITIZED = false };
#endif

static void test_memory_and_descriptors_stay_flat_over_many_asks(void **state) {
    enum { WARM = 300, N = 3000, EACH = 100000 };
    struct pair p;
    int fds = 0;
    size_t pages = 0;
    pair_init(&p, state, 4, true);
    for (int i = 0; i < N; i++) {
        struct slip slip;
        assert_int_equal(ask(p.a, p.client, &slip, "again and again", i % 2 ? EACH : 40000), 0);
        assert_echoed(&slip, "again and again");
        if (i == WARM) {
            AWAIT(&p.rig, stats_of(p.b).in_hand == 0);
            fds = open_fds();
            pages = resident_pages();
        }
    }
    AWAIT(&p.rig, stats_of(p.b).in_hand == 0);
    assert_true(open_fds() <= fds + 2); /* the last payload may be on its way out */
    if (!SANITIZED) /* they keep what was freed */
        assert_true(resident_pages() < pages + 512);
    assert_int_equal(stats_of(p.a).unsent_bytes, 0);
    pair_done(&p);
}

/* Ends may ask again, from within. */
struct chain {
    struct rig *rig;
    struct weir_fabric_client *client;
    int left, wrong;
};

static void next_link(void *user, struct weir_fabric_end *end) {
    struct chain *chain = user;
    struct weir_fabric_ask what = {.message = "link",
                                   .message_len = 4,
                                   .timeout_ns = WEIR_NS_PER_S,
                                   .done = next_link,
                                   .user = chain};
    pthread_mutex_lock(&chain->rig->lock);
    chain->wrong += end->how != WEIR_FABRIC_REPLIED;
    int left = --chain->left;
    pthread_mutex_unlock(&chain->rig->lock);
    if (left > 0 && weir_fabric_ask(chain->client, &what, NULL))
        chain->wrong++;
}

static void test_an_end_may_ask_again(void **state) {
    struct pair p;
    pair_init(&p, state, 1, true);
    struct chain chain = {.rig = &p.rig, .client = p.client, .left = 500};
    const struct weir_fabric_ask what = {
        .timeout_ns = WEIR_NS_PER_S, .done = next_link, .user = &chain};
    assert_int_equal(weir_fabric_ask(p.client, &what, NULL), 0);
    AWAIT(&p.rig, chain.left == 0);
    assert_int_equal(chain.wrong, 0);
    pair_done(&p);
}

static void test_every_way_to_end_has_a_name(void **state) {
    (void)state;
    assert_string_equal(weir_fabric_how_name(WEIR_FABRIC_REPLIED), "replied");
    assert_string_equal(weir_fabric_how_name(WEIR_FABRIC_TIMED_OUT), "timed out");
    assert_string_equal(weir_fabric_how_name(WEIR_FABRIC_GONE), "gone");
    assert_string_equal(weir_fabric_how_name((enum weir_fabric_how)99), "unknown");
    weir_fabric_hub_free(NULL);
}

#define TEST(name)                                                                                 \
    { #name, name, NULL, NULL, NULL }

static const struct CMUnitTest tests[] = {
    TEST(test_an_ask_is_answered_with_message_and_payload),
    TEST(test_payloads_of_all_sizes_arrive_as_they_were),
    TEST(test_a_payload_cannot_be_written_once_it_is_sent_in_vain_but_sent_again),
    TEST(test_messages_may_be_empty_and_as_long_as_allowed_but_no_longer),
    TEST(test_a_reply_that_is_too_long_is_refused_to_its_service),
    TEST(test_payloads_of_no_bytes_or_too_many_are_not_made),
    TEST(test_asks_arrive_in_order_and_replies_in_any_order_find_them),
    TEST(test_a_request_tells_who_asks_and_until_when),
    TEST(test_a_refusal_tells_its_reason),
    TEST(test_a_received_payload_can_be_kept_and_sent_on),
    TEST(test_a_node_can_ask_itself),
    TEST(test_what_makes_no_sense_is_not_asked),
    TEST(test_a_full_window_says_try_later_and_a_reply_makes_room),
    TEST(test_every_asker_has_a_window_of_its_own),
    TEST(test_a_service_can_grant_more_less_and_nothing),
    TEST(test_an_ask_times_out_once_and_its_late_reply_is_dropped),
    TEST(test_only_asks_whose_time_has_come_time_out),
    TEST(test_a_canceled_ask_ends_once_and_its_service_is_told),
    TEST(test_what_is_no_ask_or_has_ended_cannot_be_canceled),
    TEST(test_a_client_that_is_freed_has_its_asks_canceled),
    TEST(test_a_peer_that_does_not_read_gets_the_rest_in_order_when_it_does),
    TEST(test_a_service_that_appears_later_is_seen_and_used),
    TEST(test_an_advert_that_changes_is_told_and_one_that_does_not_is_not),
    TEST(test_an_advert_that_is_too_long_leaves_the_one_before),
    TEST(test_a_withdrawn_service_vanishes_at_once_and_may_come_back),
    TEST(test_an_ask_that_crosses_with_a_withdrawal_is_refused),
    TEST(test_a_silent_service_expires_by_the_askers_clock_and_is_found_again),
    TEST(test_heartbeats_keep_a_service_alive),
    TEST(test_names_that_cannot_be_and_names_that_are_taken_are_refused),
    TEST(test_a_node_that_serves_has_its_name_alone),
    TEST(test_services_have_a_limit),
    TEST(test_a_node_that_closes_ends_asks_at_once_and_its_services_vanish),
    TEST(test_a_node_that_comes_back_is_used_by_the_same_client),
    TEST(test_closing_ends_ones_own_asks_as_canceled),
    TEST(test_requests_of_an_asker_that_left_are_canceled),
    TEST(test_an_asker_that_does_not_listen_holds_up_nobody_else),
    TEST(test_many_threads_ask_at_once_and_each_gets_its_own_replies),
    TEST(test_memory_and_descriptors_stay_flat_over_many_asks),
    TEST(test_an_end_may_ask_again),
    TEST(test_every_way_to_end_has_a_name),
};
enum { TESTS = sizeof tests / sizeof *tests };

int main(int argc, char **argv) {
    static struct CMUnitTest each[KINDS * TESTS];
    static char name[KINDS * TESTS][128];
    for (int k = 0; k < KINDS; k++)
        for (int t = 0; t < TESTS; t++) {
            int i = k * TESTS + t;
            snprintf(name[i], sizeof name[i], "%s: %s", kinds[k].name, tests[t].name);
            each[i] = tests[t];
            each[i].name = name[i];
            each[i].initial_state = (void *)&kinds[k];
        }
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests(each, NULL, NULL);
}
