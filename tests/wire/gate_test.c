/* Complaints: once per peer and minute, within bounds. */
#include "samples.h"

#include <stdio.h>
#include <string.h>

#define S WEIR_NS_PER_S

static bool asks(struct weir_wire_gate *gate, const char *peer, int64_t at_s, uint64_t *unsaid) {
    *unsaid = 99;
    return weir_wire_gate(gate, peer, at_s * S, unsaid);
}

static void says(struct weir_wire_gate *gate, const char *peer, int64_t at_s, uint64_t expected) {
    uint64_t unsaid;
    if (!asks(gate, peer, at_s, &unsaid))
        fail_msg("%s is silent at %lld s", peer, (long long)at_s);
    assert_int_equal(unsaid, expected);
}

static void is_silent(struct weir_wire_gate *gate, const char *peer, int64_t at_s) {
    uint64_t unsaid;
    if (asks(gate, peer, at_s, &unsaid))
        fail_msg("%s is not silent at %lld s", peer, (long long)at_s);
    assert_int_equal(unsaid, 99);
}

static void test_a_peer_is_complained_about_once_a_minute(void **state) {
    (void)state;
    struct weir_wire_gate gate = {0};
    says(&gate, "edge-1", 5, 0);
    for (int s = 5; s < 65; s++)
        is_silent(&gate, "edge-1", s);
    says(&gate, "edge-1", 65, 60);
    is_silent(&gate, "edge-1", 66);
    says(&gate, "edge-1", 1000, 1);
    says(&gate, "edge-1", 2000, 0);
    assert_int_equal(gate.suppressed, 61);
}

static void test_one_peer_does_not_silence_another(void **state) {
    (void)state;
    struct weir_wire_gate gate = {0};
    says(&gate, "edge-1", 0, 0);
    says(&gate, "edge-2", 1, 0);
    says(&gate, "edge-10", 1, 0);
    says(&gate, "", 1, 0);
    is_silent(&gate, "edge-1", 59);
    is_silent(&gate, "", 59);
    says(&gate, "edge-1", 60, 1);
    is_silent(&gate, "edge-2", 60);
    says(&gate, "edge-2", 61, 1);
}

static void test_the_clock_may_begin_anywhere(void **state) {
    (void)state;
    struct weir_wire_gate gate = {0};
    says(&gate, "edge-1", -100, 0);
    is_silent(&gate, "edge-1", -41);
    says(&gate, "edge-1", -40, 1);
}

static void test_peers_without_number_share_one_line_a_minute(void **state) {
    (void)state;
    struct weir_wire_gate gate = {0};
    uint64_t unsaid;
    int lines = 0;
    char name[32];
    for (int i = 0; i < 10000; i++) {
        snprintf(name, sizeof name, "peer-%d", i);
        lines += asks(&gate, name, 1, &unsaid);
    }
    assert_int_equal(lines, WEIR_WIRE_GATE_PEERS + 1);
    assert_int_equal(gate.suppressed, 10000 - WEIR_WIRE_GATE_PEERS - 1);
    is_silent(&gate, "peer-0", 2);
    is_silent(&gate, "peer-9999", 60);
    says(&gate, "peer-0", 61, 1); /* all rows are free again */
    says(&gate, "peer-9999", 61, 0);
    assert_int_equal(gate.peers, WEIR_WIRE_GATE_PEERS);
}

static void test_the_others_line_says_how_many_it_stands_for(void **state) {
    (void)state;
    struct weir_wire_gate gate = {0};
    char name[32];
    for (int i = 0; i < WEIR_WIRE_GATE_PEERS; i++) {
        snprintf(name, sizeof name, "peer-%d", i);
        says(&gate, name, 30, 0);
    }
    says(&gate, "a", 0 + 31, 0);
    is_silent(&gate, "b", 32);
    is_silent(&gate, "c", 33);
    for (int i = 0; i < WEIR_WIRE_GATE_PEERS; i++) { /* who was there before comes again */
        snprintf(name, sizeof name, "peer-%d", i);
        says(&gate, name, 90, 0);
    }
    says(&gate, "d", 91, 2);
}

static void test_long_names_are_told_apart_by_their_beginning(void **state) {
    (void)state;
    struct weir_wire_gate gate = {0};
    char name[3000];
    memset(name, 'x', sizeof name);
    name[sizeof name - 1] = 0;
    says(&gate, name, 0, 0);
    is_silent(&gate, name, 1);
    name[2000] = 'y';
    is_silent(&gate, name, 1);
    name[10] = 'y';
    says(&gate, name, 1, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_peer_is_complained_about_once_a_minute),
        cmocka_unit_test(test_one_peer_does_not_silence_another),
        cmocka_unit_test(test_the_clock_may_begin_anywhere),
        cmocka_unit_test(test_peers_without_number_share_one_line_a_minute),
        cmocka_unit_test(test_the_others_line_says_how_many_it_stands_for),
        cmocka_unit_test(test_long_names_are_told_apart_by_their_beginning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
