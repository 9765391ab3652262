/* What an agent believes of a node, and how what comes back corrects it. */
#include "sched/sched.h"
#include "support/support.h"

#define MS WEIR_NS_PER_MS

static struct weir_sense far_away(void) {
    struct weir_sense sense;
    weir_sense_init(&sense, 2, false, 40 * MS, 8); /* 1 byte a microsecond */
    return sense;
}

/* A job of 10 ms that waited queue and took service, over a network of net. */
static void answered(struct weir_sense *sense, int64_t now, int64_t net, int64_t bytes,
                     int64_t queue, int64_t service, int64_t wait) {
    weir_sense_reply(sense, &(struct weir_reply){.sent_ns = now - net - queue - service,
                                                 .now_ns = now,
                                                 .bytes = bytes,
                                                 .queue_ns = queue,
                                                 .service_ns = service,
                                                 .profile_ns = 10 * MS,
                                                 .wait_ns = wait,
                                                 .slot_ns = 10 * MS});
}

static void test_it_begins_with_what_the_site_says(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    assert_int_equal(weir_sense_network(&sense, 0, 20000).mean_ns, 60 * MS);
    assert_true(weir_sense_network(&sense, 0, 20000).high_ns > 60 * MS);
    assert_int_equal(weir_sense_queue(&sense, 0).mean_ns, 0);
    assert_int_equal(weir_sense_service(&sense, 10 * MS).mean_ns, 10 * MS);
}

static void test_its_own_node_has_no_network(void **state) {
    (void)state;
    struct weir_sense sense;
    weir_sense_init(&sense, 1, true, 40 * MS, 8);
    assert_int_equal(weir_sense_network(&sense, 0, 0).mean_ns, 0);
    assert_true(weir_sense_reachable(&sense, 1000000 * MS));
}

static void test_a_slower_network_is_believed_after_some_replies(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    for (int i = 0; i < 60; i++)
        answered(&sense, 1000 * MS + i * 40 * MS, 140 * MS, 20000, 0, 10 * MS, 0);
    int64_t found = weir_sense_network(&sense, 0, 20000).mean_ns;
    assert_true(found > 139 * MS && found < 141 * MS);
    assert_true(weir_sense_network(&sense, 0, 10000).mean_ns < 95 * MS); /* it is the pace */
}

static void test_short_messages_that_wait_say_nothing_of_the_pace(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    for (int i = 0; i < 60; i++) /* 10 ms by itself, 30 ms behind others */
        answered(&sense, 1000 * MS + i * 40 * MS, 80 * MS, 10000, 0, 10 * MS, 0);
    int64_t same = weir_sense_network(&sense, 0, 10000).mean_ns,
            longer = weir_sense_network(&sense, 0, 20000).mean_ns;
    assert_true(same > 79 * MS && same < 81 * MS);
    assert_true(longer > 89 * MS && longer < 91 * MS);
}

static void test_an_answer_that_does_not_come_is_heard(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    int64_t before = weir_sense_network(&sense, 0, 1000).mean_ns;
    weir_sense_sent(&sense, 100 * MS, 10 * MS, 160 * MS, 1000);
    weir_sense_sent(&sense, 140 * MS, 10 * MS, 200 * MS, 1000);
    assert_int_equal(weir_sense_network(&sense, 160 * MS, 1000).mean_ns, before);
    assert_int_equal(weir_sense_network(&sense, 230 * MS, 1000).mean_ns, before + 3 * 70 * MS);
    weir_sense_lost(&sense, 100 * MS, 10 * MS);
    assert_int_equal(weir_sense_network(&sense, 230 * MS, 1000).mean_ns, before + 3 * 30 * MS);
}

static void test_an_answer_to_something_later_clears_the_network(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    weir_sense_sent(&sense, 100 * MS, 10 * MS, 160 * MS, 1000); /* lost at a node that fell */
    weir_sense_sent(&sense, 200 * MS, 10 * MS, 260 * MS, 1000);
    answered(&sense, 251 * MS, 41 * MS, 1000, 0, 10 * MS, 0);
    assert_true(weir_sense_network(&sense, 500 * MS, 1000).mean_ns < 43 * MS);
}

static void test_bytes_are_in_flight_until_they_are_answered_or_overtaken(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    assert_int_equal(sense.flying_bytes, 0);
    weir_sense_sent(&sense, 100 * MS, 10 * MS, 160 * MS, 5000);
    weir_sense_sent(&sense, 140 * MS, 10 * MS, 200 * MS, 700);
    weir_sense_sent(&sense, 240 * MS, 10 * MS, 300 * MS, 30);
    weir_sense_sent(&sense, 240 * MS, 10 * MS, WEIR_FOREVER, 9000); /* nobody waits for it */
    assert_int_equal(sense.flying_bytes, 5730);
    weir_sense_lost(&sense, 140 * MS, 10 * MS);
    assert_int_equal(sense.flying_bytes, 5030);
    weir_sense_lost(&sense, 141 * MS, 10 * MS); /* there was no such */
    assert_int_equal(sense.flying_bytes, 5030);
    answered(&sense, 290 * MS, 40 * MS, 30, 0, 10 * MS, 0);
    assert_int_equal(sense.flying_bytes, 0); /* the first is lost, or waits elsewhere */
}

static void test_of_more_than_it_can_wait_for_the_oldest_are_kept(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    int64_t before = weir_sense_network(&sense, 0, 1000).mean_ns;
    for (int i = 0; i < 50 * WEIR_SENSE_OPEN; i++) /* many cameras, and nothing comes back */
        weir_sense_sent(&sense, i * MS, 0, i * MS + 50 * MS, 1000);
    assert_int_equal(weir_sense_network(&sense, 1600 * MS, 1000).mean_ns, before + 3 * 1550 * MS);
}

static void test_a_node_in_use_is_not_forgiven_by_heartbeats(void **state) {
    (void)state;
    struct weir_sense used = far_away(), left = far_away();
    for (int i = 0; i < 40; i++) {
        answered(&used, 1000 * MS + i * 500 * MS, 60 * MS, 20000, 10 * MS, 10 * MS, 0);
        weir_sense_beat(&used, 1010 * MS + i * 500 * MS, 0);
        answered(&left, 1000 * MS + i * 500 * MS, 60 * MS, 20000, 10 * MS, 10 * MS, 0);
    }
    struct weir_guess guess = weir_sense_queue(&used, 60000 * MS);
    assert_true(guess.high_ns - guess.mean_ns > 19 * MS); /* 10 ms more than foreseen, always */
    for (int i = 0; i < 40; i++)
        weir_sense_beat(&left, 22000 * MS + i * 500 * MS, 0);
    guess = weir_sense_queue(&left, 60000 * MS);
    assert_true(guess.high_ns - guess.mean_ns < MS);
}

static void test_the_least_round_trip_counts(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    answered(&sense, 1000 * MS, 30 * MS, 0, 0, 10 * MS, 0);
    assert_int_equal(weir_sense_network(&sense, 0, 0).mean_ns, 30 * MS);
    answered(&sense, 1100 * MS, 90 * MS, 0, 0, 10 * MS, 0);
    assert_int_equal(weir_sense_network(&sense, 0, 0).mean_ns, 30 * MS);
}

static void test_a_node_slower_than_its_profile_is_found_out(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    for (int i = 0; i < 60; i++)
        answered(&sense, 1000 * MS + i * 40 * MS, 60 * MS, 20000, 0, 25 * MS, 0);
    int64_t found = weir_sense_service(&sense, 10 * MS).mean_ns;
    assert_true(found > 24 * MS && found < 26 * MS);
    assert_true(weir_sense_service(&sense, 20 * MS).mean_ns > 48 * MS);
}

static void test_a_reported_wait_runs_down(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    weir_sense_beat(&sense, 100 * MS, 120 * MS); /* said 20 ms ago, and it takes 20 ms there */
    assert_int_equal(weir_sense_queue(&sense, 100 * MS).mean_ns, 80 * MS);
    assert_int_equal(weir_sense_queue(&sense, 150 * MS).mean_ns, 30 * MS);
    assert_int_equal(weir_sense_queue(&sense, 300 * MS).mean_ns, 0);
}

static void test_what_was_sent_counts_before_the_node_can_say_so(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    weir_sense_sent(&sense, -40 * MS, 10 * MS, WEIR_FOREVER, 1000);
    for (int i = 0; i < 6; i++)
        weir_sense_sent(&sense, 0, 10 * MS, WEIR_FOREVER, 1000);
    assert_int_equal(weir_sense_queue(&sense, 0).mean_ns, 30 * MS); /* two slots */
    answered(&sense, 1 * MS, 40 * MS, 0, 0, 10 * MS, 0); /* it cannot know of them yet */
    assert_int_equal(weir_sense_queue(&sense, 10 * MS).mean_ns, 20 * MS);
    assert_int_equal(weir_sense_queue(&sense, 31 * MS).mean_ns, 0);
    for (int i = 0; i < 10; i++) { /* a job every 40 ms keeps no slot busy */
        assert_int_equal(weir_sense_queue(&sense, (100 + 40 * i) * MS).mean_ns, 0);
        weir_sense_sent(&sense, (100 + 40 * i) * MS, 10 * MS, WEIR_FOREVER, 1000);
    }
}

static void test_what_was_dropped_is_not_waited_for(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    for (int i = 0; i < 2000; i++) { /* far more than it can do, nearly all of it dropped */
        weir_sense_sent(&sense, i * 4 * MS, 10 * MS, WEIR_FOREVER, 1000);
        weir_sense_lost(&sense, i * 4 * MS, 10 * MS);
    }
    weir_sense_beat(&sense, 8000 * MS, 50 * MS);
    assert_true(weir_sense_queue(&sense, 8000 * MS).mean_ns <= 60 * MS);
}

static void test_waits_that_cannot_be_foreseen_widen_the_margin(void **state) {
    (void)state;
    struct weir_sense calm = far_away(), wild = far_away();
    for (int i = 0; i < 40; i++) {
        answered(&calm, 1000 * MS + i * 40 * MS, 60 * MS, 20000, 0, 10 * MS, 0);
        answered(&wild, 1000 * MS + i * 40 * MS, 60 * MS, 20000, i % 2 * 50 * MS, 10 * MS, 0);
    }
    struct weir_guess of_calm = weir_sense_queue(&calm, 9000 * MS),
                      of_wild = weir_sense_queue(&wild, 9000 * MS);
    assert_int_equal(of_calm.high_ns, of_calm.mean_ns);
    assert_true(of_wild.high_ns - of_wild.mean_ns > 20 * MS);
}

static void test_silence_makes_a_node_unreachable_and_a_word_brings_it_back(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    weir_sense_beat(&sense, 100 * MS, 0);
    assert_true(weir_sense_reachable(&sense, 1600 * MS));
    assert_false(weir_sense_reachable(&sense, 1601 * MS));
    weir_sense_beat(&sense, 1700 * MS, 0);
    assert_true(weir_sense_reachable(&sense, 1701 * MS));
    answered(&sense, 5000 * MS, 60 * MS, 20000, 0, 10 * MS, 0); /* a reply is a word, too */
    assert_true(weir_sense_reachable(&sense, 6000 * MS));
}

static void test_nonsense_in_a_reply_does_no_harm(void **state) {
    (void)state;
    struct weir_sense sense = far_away();
    for (int i = 0; i < 100; i++) /* it claims to have dwelt longer than it was away */
        answered(&sense, 1000 * MS + i * MS, -500 * MS, 20000, 600 * MS, 10 * MS, 0);
    assert_int_equal(weir_sense_network(&sense, 0, 20000).mean_ns, 60 * MS); /* as before */
    assert_int_equal(weir_sense_queue(&sense, 9000 * MS).mean_ns, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_begins_with_what_the_site_says),
        cmocka_unit_test(test_its_own_node_has_no_network),
        cmocka_unit_test(test_a_slower_network_is_believed_after_some_replies),
        cmocka_unit_test(test_short_messages_that_wait_say_nothing_of_the_pace),
        cmocka_unit_test(test_an_answer_that_does_not_come_is_heard),
        cmocka_unit_test(test_an_answer_to_something_later_clears_the_network),
        cmocka_unit_test(test_bytes_are_in_flight_until_they_are_answered_or_overtaken),
        cmocka_unit_test(test_of_more_than_it_can_wait_for_the_oldest_are_kept),
        cmocka_unit_test(test_a_node_in_use_is_not_forgiven_by_heartbeats),
        cmocka_unit_test(test_the_least_round_trip_counts),
        cmocka_unit_test(test_a_node_slower_than_its_profile_is_found_out),
        cmocka_unit_test(test_a_reported_wait_runs_down),
        cmocka_unit_test(test_what_was_sent_counts_before_the_node_can_say_so),
        cmocka_unit_test(test_what_was_dropped_is_not_waited_for),
        cmocka_unit_test(test_waits_that_cannot_be_foreseen_widen_the_margin),
        cmocka_unit_test(test_silence_makes_a_node_unreachable_and_a_word_brings_it_back),
        cmocka_unit_test(test_nonsense_in_a_reply_does_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
