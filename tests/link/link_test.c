/* What comes out of a link when, at a rate with steps. */
#include "link/link.h"

#include <math.h>

#include "support/support.h"

#define MS WEIR_NS_PER_MS

static struct weir_link link_of(struct weir_link_conf conf) {
    struct weir_link link;
    struct weir_error err = {0};
    if (weir_link_init(&link, &conf, &err))
        fail_msg("%s", err.text);
    return link;
}

static const struct weir_link_rate eight = {0, 8}; /* 1 byte a microsecond */

static void sends(struct weir_link *link, int64_t now, int64_t bytes, int64_t left, int64_t there) {
    int64_t foreseen = weir_link_foresee(link, now, bytes), left_ns, there_ns;
    assert_int_equal(weir_link_send(link, now, bytes, &left_ns, &there_ns), 0);
    assert_int_equal(left_ns, left);
    assert_int_equal(there_ns, there);
    assert_int_equal(foreseen, there);
}

static void test_a_message_takes_its_bytes_and_the_delay(void **state) {
    (void)state;
    struct weir_link link = link_of((struct weir_link_conf){&eight, 1, .delay_ns = 20 * MS});
    sends(&link, 5 * MS, 1000, 6 * MS, 26 * MS);
}

static void test_messages_wait_for_each_other(void **state) {
    (void)state;
    struct weir_link link = link_of((struct weir_link_conf){&eight, 1, .delay_ns = MS});
    sends(&link, 0, 4000, 4 * MS, 5 * MS);
    sends(&link, 1 * MS, 2000, 6 * MS, 7 * MS);
    assert_int_equal(weir_link_waiting_bytes(&link, 1 * MS), 5000);
    assert_int_equal(weir_link_waiting_bytes(&link, 6 * MS), 0);
    sends(&link, 9 * MS, 1000, 10 * MS, 11 * MS); /* it was idle: nothing is saved up */
}

static void test_loss_takes_capacity(void **state) {
    (void)state;
    struct weir_link link = link_of((struct weir_link_conf){&eight, 1, .loss = 0.5});
    sends(&link, 0, 1000, 2 * MS, 2 * MS);
    assert_int_equal(weir_link_waiting_bytes(&link, MS), 500);
}

static void test_a_full_queue_takes_nothing(void **state) {
    (void)state;
    struct weir_link link = link_of((struct weir_link_conf){&eight, 1, .queue_bytes = 3000});
    int64_t left = 77, there = 77;
    sends(&link, 0, 2000, 2 * MS, 2 * MS);
    assert_int_equal(weir_link_send(&link, 0, 1001, &left, &there), WEIR_EAGAIN);
    assert_int_equal(left, 77);
    assert_int_equal(there, 77);
    sends(&link, 0, 1000, 3 * MS, 3 * MS);
    sends(&link, MS, 1000, 4 * MS, 4 * MS); /* 1000 bytes have left */
}

static void test_a_step_falls_into_a_message(void **state) {
    (void)state;
    static const struct weir_link_rate steps[] = {{0, 40}, {10 * MS, 4}, {30 * MS, 40}};
    struct weir_link link = link_of((struct weir_link_conf){steps, 3});
    sends(&link, 8 * MS, 11000, 12 * MS, 12 * MS); /* 10000 bytes in 2 ms, 1000 in 2 */
    sends(&link, 12 * MS, 14000, 31 * MS, 31 * MS); /* 9000 in 18 ms, 5000 in 1 */
    sends(&link, 100 * MS, 5000, 101 * MS, 101 * MS);
}

static void test_what_waits_outlasts_an_outage(void **state) {
    (void)state;
    static const struct weir_link_rate steps[] = {{0, 8}, {2 * MS, 0}, {9 * MS, 8}};
    struct weir_link link = link_of((struct weir_link_conf){steps, 3, .delay_ns = MS});
    sends(&link, 0, 3000, 10 * MS, 11 * MS);
    assert_int_equal(weir_link_waiting_bytes(&link, 5 * MS), 1000);
    assert_true(weir_link_passes(&link, 1 * MS));
    assert_false(weir_link_passes(&link, 2 * MS));
    assert_true(weir_link_passes(&link, 9 * MS));
    sends(&link, 5 * MS, 1000, 11 * MS, 12 * MS);
}

static void test_a_link_that_ends_never_delivers(void **state) {
    (void)state;
    static const struct weir_link_rate steps[] = {{0, 8}, {2 * MS, 0}};
    struct weir_link link = link_of((struct weir_link_conf){steps, 2, .queue_bytes = 5000});
    int64_t left, there;
    sends(&link, 0, 1000, MS, MS);
    sends(&link, MS, 2000, WEIR_FOREVER, WEIR_FOREVER);
    assert_int_equal(weir_link_foresee(&link, 2 * MS, 1), WEIR_FOREVER);
    assert_int_equal(weir_link_send(&link, 2 * MS, 1, &left, &there), WEIR_EAGAIN);
}

static void test_more_rate_never_delivers_later(void **state) {
    (void)state;
    struct weir_link_rate slow[4], fast[4];
    uint64_t seed = 1;
    for (int round = 0; round < 200; round++) {
        for (int i = 0; i < 4; i++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            slow[i] = (struct weir_link_rate){i * 7 * MS, (double)(seed >> 60)};
            fast[i] = slow[i];
            fast[i].mbit_per_s += 1;
        }
        struct weir_link a = link_of((struct weir_link_conf){slow, 4}),
                         b = link_of((struct weir_link_conf){fast, 4});
        for (int i = 0; i < 20; i++) {
            int64_t left, of_slow, of_fast;
            weir_link_send(&a, i * 2 * MS, 700 + 100 * i, &left, &of_slow);
            weir_link_send(&b, i * 2 * MS, 700 + 100 * i, &left, &of_fast);
            assert_true(of_fast <= of_slow);
        }
    }
}

static void test_nonsense_is_refused_by_name(void **state) {
    (void)state;
    static const struct weir_link_rate late = {5, 8}, negative = {0, -1}, nan = {0, NAN},
                                       back[] = {{0, 8}, {10, 8}, {10, 4}};
    uint32_t at[] = {1};
    const struct weir_trace trace = {at, 1};
    const struct {
        struct weir_link_conf conf;
        const char *words;
    } rows[] = {
        {{0}, "neither"},
        {{&eight, 1, &trace}, "both"},
        {{&late, 1}, "the first at 0"},
        {{&negative, 1}, "-1 Mbit/s"},
        {{&nan, 1}, "Mbit/s"},
        {{back, 3}, "rate 2 begins at 10 ns"},
        {{&eight, 1, .delay_ns = -1}, "delay"},
        {{&eight, 1, .queue_bytes = -1}, "queue"},
        {{&eight, 1, .loss = 0.95}, "loss is 0.95; allowed: 0 to 0.9"},
        {{&eight, 1, .loss = NAN}, "loss"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct weir_link link = {.next = 77};
        struct weir_error err = {0};
        assert_int_equal(weir_link_init(&link, &rows[i].conf, &err), WEIR_EINVAL);
        test_error_says(&err, rows[i].words);
        assert_int_equal(link.next, 77);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_message_takes_its_bytes_and_the_delay),
        cmocka_unit_test(test_messages_wait_for_each_other),
        cmocka_unit_test(test_loss_takes_capacity),
        cmocka_unit_test(test_a_full_queue_takes_nothing),
        cmocka_unit_test(test_a_step_falls_into_a_message),
        cmocka_unit_test(test_what_waits_outlasts_an_outage),
        cmocka_unit_test(test_a_link_that_ends_never_delivers),
        cmocka_unit_test(test_more_rate_never_delivers_later),
        cmocka_unit_test(test_nonsense_is_refused_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
