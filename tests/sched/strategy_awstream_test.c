/*
 * Our reading of AWStream: a camera behind a link whose rate the test sets; frames wait in line
 * there, and answers come back 40 ms later. A second, weaker machine beside the cloud.
 */
#include <string.h>

#include "sched/strategy_support.h"
#define RTT (40 * MS)
#define PERIOD (40 * MS)

enum { HERE, SKY, BOX, NODES };
/* Rising on the front, but for WASTE (more bytes than TOP, no more accuracy) and LOW (below the
 * floor). */
enum { LOW, FLOOR, MIDDLE, GOOD, TOP, WASTE, SETTINGS };

static const struct {
    int64_t bytes;
    double accuracy;
} way[SETTINGS] = {{2000, 0.7},   {5000, 0.86}, {10000, 0.92},
                   {20000, 0.97}, {40000, 1.0}, {60000, 1.0}};
static const struct weir_node_view with_cloud[NODES] = {{"gate", "edge", 1, 4},
                                                        {"sky", "cloud", 4, 0.5},
                                                        {"box", "core", 1, 2}},
                                   without[NODES] = {{"gate", "edge", 1, 4},
                                                     {"sky", "hub", 4, 0.5},
                                                     {"box", "core", 1, 2}};
static const int links[1] = {0}, ways[1] = {0};
static const struct weir_route_view routes[NODES * NODES] = {
    {links, ways, 0}, {links, ways, 1}, {links, ways, 1}};
static const char *const models[] = {"street_m"};
static const struct weir_stream_view streams[] = {{"a", HERE, 25, 640, 360, 200 * MS, 0.85, TOP},
                                                  {"b", BOX, 25, 640, 360, 200 * MS, 0.85, TOP}};
static struct weir_setting settings[2 * SETTINGS]; /* in the sky, then in the box */
static struct weir_site_view site;
static struct weir_strategy_state *agent;

/* The world: what waits at the link, and what has not been answered. */
static struct {
    double bytes_per_s;
    int64_t now, free_ns, frame;
    struct {
        int64_t frame, at_ns, sent_ns;
        int setting;
        bool lost;
    } answer[256];
    int answers;
    bool cut; /* what is sent now is lost */
} wire;

static void setup_site(const struct weir_node_view *nodes, const char *options) {
    for (int i = 0; i < 2 * SETTINGS; i++)
        settings[i] =
            (struct weir_setting){i < SETTINGS ? SKY : BOX, 0, 640, 360, WEIR_TRAVEL_JPEG, 80};
    site = (struct weir_site_view){SITE_OF(with_cloud, routes, models, settings, streams)};
    site.node = nodes;
    memset(&wire, 0, sizeof wire);
    wire.bytes_per_s = 1e9;
    agent = opened(&weir_strategy_awstream, &site, HERE, options);
}

static int setup(void **state) {
    (void)state;
    setup_site(with_cloud, "target=0.8");
    return 0;
}

static int teardown(void **state) {
    (void)state;
    weir_strategy_awstream.close(agent);
    agent = NULL;
    return 0;
}

static struct weir_offer offer(int setting, int ms) {
    const int i = setting % SETTINGS;
    return (struct weir_offer){.setting = setting,
                               .accuracy = way[i].accuracy,
                               .mean_ns = ms * MS,
                               .high_ns = ms * MS,
                               .service_ns = setting < SETTINGS ? 8 * MS : 32 * MS,
                               .bytes = way[i].bytes};
}

/* The setting that is taken; -1: dropped. */
static int takes(const struct weir_offer *offers, int len) {
    struct weir_frame_view view = frame_of(&site, offers, len);
    view.frame = wire.frame++;
    view.now_ns = view.capture_ns = wire.now;
    view.deadline_ns += wire.now;
    int i = weir_strategy_awstream.choose(agent, &view);
    return i < 0 ? -1 : offers[i].setting;
}

static void answer_until(int64_t now) {
    int left = 0;
    for (int i = 0; i < wire.answers; i++) {
        if (wire.answer[i].at_ns > now) {
            wire.answer[left++] = wire.answer[i];
            continue;
        }
        weir_strategy_awstream.result(
            agent, &(struct weir_result_view){.frame = wire.answer[i].frame,
                                              .now_ns = wire.answer[i].at_ns,
                                              .setting = wire.answer[i].setting,
                                              .delivered = !wire.answer[i].lost,
                                              .latency_ns =
                                                  wire.answer[i].at_ns - wire.answer[i].sent_ns});
    }
    wire.answers = left;
}

/* One frame of the camera in this world; the setting it was sent in. */
static int step(void) {
    struct weir_offer offers[SETTINGS];
    for (int i = 0; i < SETTINGS; i++)
        offers[i] = offer(i, 48);
    answer_until(wire.now);
    const int64_t frame = wire.frame;
    const int setting = takes(offers, SETTINGS);
    assert_in_range(setting, 0, SETTINGS - 1);
    int64_t begin = wire.free_ns > wire.now ? wire.free_ns : wire.now;
    wire.free_ns = begin + (int64_t)((double)way[setting].bytes * 1e9 / wire.bytes_per_s);
    assert_true(wire.answers < 256);
    wire.answer[wire.answers].frame = frame;
    wire.answer[wire.answers].setting = setting;
    wire.answer[wire.answers].sent_ns = wire.now;
    wire.answer[wire.answers].lost = wire.cut;
    wire.answer[wire.answers++].at_ns = wire.free_ns + RTT;
    wire.now += PERIOD;
    return setting;
}

/* So many seconds; how often each was taken in the last of them. */
static void run(double seconds, double bytes_per_s, int ret_count[SETTINGS]) {
    const int frames = (int)(seconds * 25);
    wire.bytes_per_s = bytes_per_s;
    memset(ret_count, 0, SETTINGS * sizeof *ret_count);
    for (int i = 0; i < frames; i++) {
        const int setting = step();
        if (i >= frames - 25)
            ret_count[setting]++;
    }
    for (int i = 0; i < SETTINGS; i++)
        if (i == LOW || i == WASTE)
            assert_int_equal(ret_count[i], 0);
}

static void test_it_begins_at_the_floor_and_goes_up_step_by_step(void **state) {
    (void)state;
    int last = FLOOR, seen = 1 << FLOOR;
    assert_int_equal(step(), FLOOR);
    for (int i = 0; i < 50; i++) {
        const int now = step();
        assert_true(now == last || now == last + 1);
        last = now;
        seen |= 1 << now;
    }
    assert_int_equal(last, TOP);
    assert_int_equal(seen, 1 << FLOOR | 1 << MIDDLE | 1 << GOOD | 1 << TOP);
}

static void test_what_the_bandwidth_carries_is_what_is_sent(void **state) {
    /* 25 frames a second of 10000 bytes are 250 kB/s, of 20000 500 kB/s */
    static const struct {
        double bytes_per_s;
        int least, most;
    } rows[] = {{150e3, FLOOR, MIDDLE}, {400e3, MIDDLE, GOOD}, {700e3, GOOD, TOP}, {9e6, TOP, TOP}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        int count[SETTINGS], at_least = 0;
        for (int second = 0; second < 40; second++) {
            run(1, rows[r].bytes_per_s, count);
            for (int i = FLOOR; i < SETTINGS; i++) {
                if (second >= 20 && (i > rows[r].most))
                    assert_int_equal(count[i], 0);
                if (second >= 20 && i >= rows[r].least)
                    at_least += count[i];
            }
        }
        if (at_least < 20 * 25 * 9 / 10)
            fail_msg("at %g B/s only %d of 500 frames were as large as it carries",
                     rows[r].bytes_per_s, at_least);
        teardown(state);
        setup(state);
    }
}

static void test_a_drop_is_followed_within_a_second_and_a_rise_is_found_again(void **state) {
    (void)state;
    int count[SETTINGS];
    run(5, 9e6, count);
    assert_int_equal(count[TOP], 25);
    run(3, 300e3, count); /* carries MIDDLE */
    assert_int_equal(count[GOOD] + count[TOP], 0);
    assert_true(wire.free_ns - wire.now < 200 * MS); /* what had piled up is gone */
    run(20, 9e6, count);
    assert_int_equal(count[TOP], 25);
}

static void test_below_the_floor_it_never_goes_however_little_the_link_carries(void **state) {
    (void)state;
    int count[SETTINGS];
    run(5, 9e6, count);
    run(5, 100e3, count); /* FLOOR needs 125e3 */
    assert_int_equal(count[FLOOR], 25);
}

static void test_probing_begins_with_some_of_the_frames(void **state) {
    (void)state;
    int count[SETTINGS], first = -1, at_first = 0;
    run(1, 300e3, count); /* startup went too far, and degrade is settling */
    for (int i = 0; i < 500 && (first < 0 || wire.frame < first + 6); i++) {
        const int64_t frame = wire.frame;
        const int setting = step();
        if (first < 0 && setting == GOOD && i > 25)
            first = (int)frame;
        at_first += first >= 0 && setting == GOOD;
    }
    assert_true(first > 0);
    assert_int_equal(first % 4, 0);
    assert_int_equal(at_first, 2); /* of six: the first and the fifth */
}

static void test_a_probe_that_failed_is_not_repeated_soon(void **state) {
    (void)state;
    int count[SETTINGS], early = 0, late = 0;
    run(2, 300e3, count);
    for (int i = 0; i < 20; i++) {
        run(1, 300e3, count);
        early += count[GOOD] + count[TOP];
    }
    for (int i = 0; i < 40; i++)
        run(1, 300e3, count);
    for (int i = 0; i < 20; i++) {
        run(1, 300e3, count);
        late += count[GOOD] + count[TOP];
    }
    assert_true(early > 0);
    assert_true(2 * late < early);
}

static void test_losses_are_congestion(void **state) {
    (void)state;
    int count[SETTINGS];
    run(5, 9e6, count);
    wire.cut = true;
    run(2, 9e6, count);
    assert_int_equal(count[FLOOR], 25);
    wire.cut = false;
    run(20, 9e6, count);
    assert_int_equal(count[TOP], 25);
}

static void test_silence_is_congestion(void **state) {
    (void)state;
    int count[SETTINGS];
    run(5, 9e6, count);
    for (int i = 0; i < 6; i++) { /* 240 ms without any answer */
        wire.answers = 0;
        step();
    }
    wire.answers = 0;
    assert_true(step() < TOP);
}

static void test_the_predicted_latency_is_congestion_once_answers_speak_of_now(void **state) {
    (void)state;
    int count[SETTINGS];
    struct weir_offer slow[SETTINGS];
    run(5, 9e6, count);
    for (int i = 0; i < SETTINGS; i++)
        slow[i] = offer(i, i == TOP ? 161 : 60);
    answer_until(wire.now);
    assert_int_equal(takes(slow, SETTINGS), GOOD);
    for (int i = 0; i < SETTINGS; i++)
        slow[i] = offer(i, 161);
    wire.now += PERIOD;
    assert_int_equal(takes(slow, SETTINGS), GOOD); /* nothing was heard since */
}

/* A step whose prediction is over the target is not even tried. */
static void test_what_is_predicted_to_be_late_is_not_probed(void **state) {
    (void)state;
    struct weir_offer offers[SETTINGS];
    for (int i = 0; i < 250; i++) {
        for (int k = 0; k < SETTINGS; k++)
            offers[k] = offer(k, k >= GOOD ? 170 : 60);
        const int setting = takes(offers, SETTINGS);
        assert_true(setting == FLOOR || setting == MIDDLE);
        weir_strategy_awstream.result(agent,
                                      &(struct weir_result_view){.frame = wire.frame - 1,
                                                                 .now_ns = wire.now + 60 * MS,
                                                                 .setting = setting,
                                                                 .delivered = true,
                                                                 .latency_ns = 60 * MS});
        wire.now += PERIOD;
    }
}

static void test_the_cloud_is_where_it_sends_and_nowhere_else(void **state) {
    (void)state;
    const struct weir_offer box[] = {offer(SETTINGS + TOP, 20), offer(SETTINGS + FLOOR, 10)},
                            both[] = {offer(SETTINGS + TOP, 20), offer(TOP, 60)};
    assert_int_equal(takes(box, 2), -1);
    assert_int_equal(takes(both, 2), TOP);
    assert_int_equal(takes(both, 0), -1);
}

static void test_without_a_cloud_the_strongest_node_is_the_service(void **state) {
    const struct weir_offer both[] = {offer(SETTINGS + TOP, 20), offer(TOP, 60)};
    teardown(state);
    setup_site(without, "");
    assert_int_equal(takes(both, 2), TOP); /* 8 ms on one of four slots */
    assert_int_equal(takes(both, 1), SETTINGS + TOP); /* while it cannot be reached */
    assert_int_equal(takes(both, 0), -1);
}

static void test_where_nothing_meets_the_floor_the_most_accurate_is_sent(void **state) {
    (void)state;
    struct weir_offer two[] = {offer(LOW, 50), offer(FLOOR, 50)};
    two[1].margin = 0.05;
    assert_int_equal(takes(two, 2), FLOOR);
    assert_int_equal(takes(two, 1), LOW);
}

static void test_of_equal_bytes_the_most_accurate_then_the_fastest_is_sent(void **state) {
    (void)state;
    struct weir_offer three[] = {offer(FLOOR, 50), offer(FLOOR, 55), offer(FLOOR, 52)};
    three[1].setting = MIDDLE; /* other models, say: as many bytes */
    three[2].setting = GOOD;
    three[1].accuracy = three[2].accuracy = 0.9;
    assert_int_equal(takes(three, 3), GOOD);
}

/* As after a change of scene: only the reference is known to meet the floor. */
static void test_what_the_floor_demanded_and_the_link_carried_is_kept(void **state) {
    (void)state;
    struct weir_offer offers[SETTINGS];
    for (int i = 0; i < 10; i++) {
        answer_until(wire.now);
        for (int k = 0; k < SETTINGS; k++) {
            offers[k] = offer(k, 48);
            if (i < 5 && k < TOP)
                offers[k].accuracy = 0;
        }
        assert_int_equal(takes(offers, SETTINGS), TOP);
        weir_strategy_awstream.result(agent,
                                      &(struct weir_result_view){.frame = wire.frame - 1,
                                                                 .now_ns = wire.now + 30 * MS,
                                                                 .setting = TOP,
                                                                 .delivered = true,
                                                                 .latency_ns = 30 * MS});
        wire.now += PERIOD;
    }
}

static void test_results_of_frames_it_does_not_know_change_nothing(void **state) {
    (void)state;
    int count[SETTINGS];
    run(5, 9e6, count);
    for (int i = 0; i < 3; i++)
        weir_strategy_awstream.result(
            agent, &(struct weir_result_view){.frame = i ? 1000000 : 0, .now_ns = wire.now});
    assert_int_equal(step(), TOP);
}

static void test_options_that_make_no_sense_are_refused(void **state) {
    (void)state;
    refused(&weir_strategy_awstream, &site, HERE, "target=2",
            "target is \"2\"; allowed: 0.05 to 1, of the deadline");
    refused(&weir_strategy_awstream, &site, HERE, "rate=3",
            "unknown option \"rate\"; allowed: target");
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(test_it_begins_at_the_floor_and_goes_up_step_by_step),
        T(test_what_the_bandwidth_carries_is_what_is_sent),
        T(test_a_drop_is_followed_within_a_second_and_a_rise_is_found_again),
        T(test_below_the_floor_it_never_goes_however_little_the_link_carries),
        T(test_probing_begins_with_some_of_the_frames),
        T(test_a_probe_that_failed_is_not_repeated_soon),
        T(test_losses_are_congestion),
        T(test_silence_is_congestion),
        T(test_the_predicted_latency_is_congestion_once_answers_speak_of_now),
        T(test_what_is_predicted_to_be_late_is_not_probed),
        T(test_the_cloud_is_where_it_sends_and_nowhere_else),
        T(test_without_a_cloud_the_strongest_node_is_the_service),
        T(test_where_nothing_meets_the_floor_the_most_accurate_is_sent),
        T(test_of_equal_bytes_the_most_accurate_then_the_fastest_is_sent),
        T(test_what_the_floor_demanded_and_the_link_carried_is_kept),
        T(test_results_of_frames_it_does_not_know_change_nothing),
        T(test_options_that_make_no_sense_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
