/*
 * Worlds whose works are done by somebody: here by nobody, in a time of the test's own. Where works
 * take what they cost, all is as in virtual time; where they take longer, or go wrong, frames say
 * so.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/small_world.h"
#include "support/support.h"

enum { OPEN_MAX = 4096 };

/* Works that are over some time after they cost, in order of their ends. */
struct fake {
    struct sim_works base; /* the first */
    const struct small_world *world;
    struct sim_done open[OPEN_MAX];
    int opens, slots, over, arrived;
    int64_t late_ns; /* each is over so much later */
    int64_t bytes; /* of every packet */
    bool spoil_source, spoil_slot;
};

static struct fake *of(struct sim_works *works) {
    return (struct fake *)works;
}

static int begin(struct sim_works *works, enum sim_work_kind kind, const struct sim_work *work) {
    struct fake *f = of(works);
    const struct weir_setting *s = &f->world->setting[work->setting];
    assert_true(f->opens < OPEN_MAX);
    assert_in_range(work->stream, 0, f->world->conf.streams - 1);
    f->slots += kind == SIM_WORK_SLOT;
    f->open[f->opens++] = (struct sim_done){
        .kind = kind,
        .number = work->number,
        .at_ns = work->end_ns + f->late_ns,
        .bytes = s->travel == WEIR_TRAVEL_NONE ? 0 : f->bytes,
        .failed = kind == SIM_WORK_SOURCE ? f->spoil_source : f->spoil_slot,
    };
    return 0;
}

static int arrived(struct sim_works *works, const struct sim_work *work) {
    (void)work;
    of(works)->arrived++;
    return 0;
}

static void over(struct sim_works *works, int64_t number) {
    (void)number;
    of(works)->over++;
}

static bool wait_for(struct sim_works *works, int64_t until_ns, struct sim_done *ret) {
    struct fake *f = of(works);
    int first = -1;
    for (int i = 0; i < f->opens; i++)
        if (f->open[i].at_ns <= until_ns && (first < 0 || f->open[i].at_ns < f->open[first].at_ns))
            first = i;
    if (first < 0)
        return false;
    *ret = f->open[first];
    memmove(&f->open[first], &f->open[first + 1], (size_t)(--f->opens - first) * sizeof *f->open);
    return true;
}

static struct fake *fake_new(struct small_world *world, int64_t bytes) {
    struct fake *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->base = (struct sim_works){begin, arrived, over, wait_for};
    f->world = world;
    f->bytes = bytes;
    world->conf.works = &f->base;
    return f;
}

static struct small_world *world_of(const char *strategy) {
    struct small_world *w = small_world_new("", 4, weir_strategy_find(strategy), NULL);
    w->conf.seconds = 5;
    return w;
}

static int64_t count(const struct small_world *w, enum weir_outcome outcome) {
    int64_t n = 0;
    for (int i = 0; i < w->result.streams; i++)
        for (int64_t k = 0; k < w->result.stream[i].frames; k++)
            n += w->result.stream[i].frame[k].outcome == outcome;
    return n;
}

/* Every frame has one outcome, whatever its works do. */
static void all_have_left(const struct small_world *w) {
    assert_int_equal(count(w, WEIR_OUTCOME_NONE), 0);
}

static int64_t bytes_of_first(struct small_world *w) {
    return w->content.bytes(&w->content, 0, 0, w->result.stream[0].frame[0].setting);
}

static void test_works_that_take_what_they_cost_change_nothing(void **state) {
    (void)state;
    struct small_world *virtual = world_of("cloud-only"), *real = world_of("cloud-only");
    small_world_run(virtual);
    struct fake *f = fake_new(real, bytes_of_first(virtual));
    small_world_run(real);
    for (int i = 0; i < real->result.streams; i++)
        for (int64_t k = 0; k < real->result.stream[i].frames; k++) {
            const struct sim_frame *a = &virtual->result.stream[i].frame[k],
                                   *b = &real->result.stream[i].frame[k];
            assert_int_equal(a->setting, b->setting);
            assert_int_equal(a->outcome, b->outcome);
            assert_int_equal(a->delivered_ns, b->delivered_ns);
            assert_int_equal(a->bytes, b->bytes);
        }
    assert_int_equal(real->result.late, 0);
    assert_int_equal(f->opens, 0);
    free(f);
    small_world_free(virtual);
    small_world_free(real);
}

static void test_bytes_are_those_that_were_made(void **state) {
    (void)state;
    struct small_world *w = world_of("cloud-only");
    struct fake *f = fake_new(w, 12345);
    small_world_run(w);
    for (int64_t k = 0; k < w->result.stream[0].frames; k++)
        assert_int_equal(w->result.stream[0].frame[k].bytes, 12345);
    free(f);
    small_world_free(w);
}

static void test_larger_packets_arrive_later(void **state) {
    (void)state;
    struct small_world *small = world_of("cloud-only"), *large = world_of("cloud-only");
    struct fake *f = fake_new(small, 10000), *g = fake_new(large, 60000);
    small_world_run(small);
    small_world_run(large);
    assert_true(small_world_tally(small, 0, 5).mean_ms + 2 <
                small_world_tally(large, 0, 5).mean_ms);
    free(f);
    free(g);
    small_world_free(small);
    small_world_free(large);
}

static void test_works_that_are_late_are_counted_and_delay_their_frames(void **state) {
    (void)state;
    struct small_world *w = world_of("cloud-only"), *punctual = world_of("cloud-only");
    struct fake *f = fake_new(w, 20000), *g = fake_new(punctual, 20000);
    f->late_ns = 3 * WEIR_NS_PER_MS;
    small_world_run(w);
    small_world_run(punctual);
    all_have_left(w);
    assert_int_equal(w->result.late, 4 * 125);
    const double late = small_world_tally(w, 0, 5).mean_ms,
                 own = small_world_tally(punctual, 0, 5).mean_ms;
    assert_true(late > own + 5); /* at the source, and in the slot */
    free(f);
    free(g);
    small_world_free(w);
    small_world_free(punctual);
}

static void test_works_a_little_late_are_not_held_against_a_run(void **state) {
    (void)state;
    struct small_world *w = world_of("weir"), *punctual = world_of("weir");
    struct fake *f = fake_new(w, 20000), *g = fake_new(punctual, 20000);
    f->late_ns = 5000;
    small_world_run(w);
    small_world_run(punctual);
    assert_int_equal(w->result.late, 0);
    const struct small_tally a = small_world_tally(w, 1, 5), b = small_world_tally(punctual, 1, 5);
    for (int n = 0; n < SMALL_NODES; n++) /* nor do agents lose faith in a node for it */
        assert_true(10 * llabs(a.at[n] - b.at[n]) <= b.at[n] + 50);
    free(f);
    free(g);
    small_world_free(w);
    small_world_free(punctual);
}

static void test_works_that_never_end_leave_their_frames_unreachable(void **state) {
    (void)state;
    struct small_world *w = world_of("edge-only");
    struct fake *f = fake_new(w, 20000);
    f->late_ns = 1000 * WEIR_NS_PER_S;
    small_world_run(w);
    all_have_left(w);
    assert_int_equal(count(w, WEIR_OUTCOME_DETECT), 0);
    assert_true(count(w, WEIR_OUTCOME_UNREACHABLE) > 0);
    free(f);
    small_world_free(w);
}

static void test_a_source_that_gives_nothing_makes_its_frame_corrupt(void **state) {
    (void)state;
    struct small_world *w = world_of("cloud-only");
    struct fake *f = fake_new(w, 20000);
    f->spoil_source = true;
    small_world_run(w);
    all_have_left(w);
    assert_int_equal(count(w, WEIR_OUTCOME_CORRUPT), 4 * 125);
    assert_int_equal(f->slots, 0);
    free(f);
    small_world_free(w);
}

static void test_a_slot_that_finds_nothing_makes_its_frame_corrupt(void **state) {
    (void)state;
    struct small_world *w = world_of("cloud-only");
    struct fake *f = fake_new(w, 20000);
    f->spoil_slot = true;
    small_world_run(w);
    all_have_left(w);
    assert_int_equal(count(w, WEIR_OUTCOME_CORRUPT), 4 * 125);
    free(f);
    small_world_free(w);
}

static void test_every_job_is_told_to_be_over(void **state) {
    (void)state;
    struct small_world *w = world_of("weir");
    struct fake *f = fake_new(w, 20000);
    small_world_run(w);
    all_have_left(w);
    assert_true(f->over >= count(w, WEIR_OUTCOME_DETECT));
    free(f);
    small_world_free(w);
}

/* A node that goes takes its works with it: what they come to later is nobody's. */
static void test_a_node_that_fails_forgets_its_works(void **state) {
    (void)state;
    struct small_world *w = small_world_new("events:\n  - { at_s: 2, node: cloud, down_s: 1 }\n", 4,
                                            weir_strategy_find("cloud-only"), NULL);
    w->conf.seconds = 5;
    struct fake *f = fake_new(w, 20000);
    small_world_run(w);
    all_have_left(w);
    assert_true(count(w, WEIR_OUTCOME_DETECT) < 4 * 125 - 90); /* a second of four cameras */
    assert_true(small_world_tally(w, 3.5, 5).detected > 0);
    free(f);
    small_world_free(w);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_works_that_take_what_they_cost_change_nothing),
        cmocka_unit_test(test_bytes_are_those_that_were_made),
        cmocka_unit_test(test_larger_packets_arrive_later),
        cmocka_unit_test(test_works_that_are_late_are_counted_and_delay_their_frames),
        cmocka_unit_test(test_works_a_little_late_are_not_held_against_a_run),
        cmocka_unit_test(test_works_that_never_end_leave_their_frames_unreachable),
        cmocka_unit_test(test_a_source_that_gives_nothing_makes_its_frame_corrupt),
        cmocka_unit_test(test_a_slot_that_finds_nothing_makes_its_frame_corrupt),
        cmocka_unit_test(test_every_job_is_told_to_be_over),
        cmocka_unit_test(test_a_node_that_fails_forgets_its_works),
    };
    return cmocka_run_group_tests_name("works", tests, NULL, NULL);
}
