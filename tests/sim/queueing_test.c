/*
 * Queues in virtual time against theory: mean waiting times within 2%. M/M/1 and
 * tandems of it (Burke 1956), M/D/1 (Pollaczek and Khinchine), M/D/c (Crommelin 1932).
 * And events come in order.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/events.h"
#include "sim/server.h"
#include "support/support.h"

#define SERVICE_NS 1000000 /* mean */
#define STATIONS_MAX 3

enum { ARRIVE, FINISH };

struct setup {
    int stations, slots;
    bool exponential; /* service; else always the mean */
    double load; /* of each station, (0,1) */
    int jobs;
};

struct run {
    struct setup setup;
    struct sim_events events;
    struct sim_server station[STATIONS_MAX];
    struct weir_random arrivals, services;
    int64_t *came_ns; /* at the station where a job is, by id */
    double waited[STATIONS_MAX];
    int64_t served[STATIONS_MAX];
};

static int64_t service_ns(struct run *r) {
    return r->setup.exponential ? llround(weir_random_exponential(&r->services, SERVICE_NS))
                                : SERVICE_NS;
}

static void serve(struct run *r, int k) {
    struct sim_batch batch;
    while (sim_server_next(&r->station[k], r->events.now_ns, &batch) == WEIR_SERVICE_RUN) {
        r->waited[k] += (double)(r->events.now_ns - r->came_ns[batch.job[0].id]);
        r->served[k]++;
        assert_int_equal(sim_events_add(&r->events, r->events.now_ns + service_ns(r), FINISH, k,
                                        (int64_t)batch.job[0].id),
                         0);
    }
}

static void enter(struct run *r, int k, int64_t id) {
    struct weir_job job = {.id = (uint64_t)id, .deadline_ns = WEIR_FOREVER};
    r->came_ns[id] = r->events.now_ns;
    assert_int_equal(weir_service_queue_push(&r->station[k].queue, &job), 0);
    serve(r, k);
}

/* Mean waiting time of each station, in services. */
static void simulate(const struct setup *setup, double ret_wait[STATIONS_MAX]) {
    struct run r = {.setup = *setup,
                    .arrivals = weir_random_of(11, 1, 0),
                    .services = weir_random_of(11, 2, 0)};
    double gap_ns = SERVICE_NS / (setup->load * setup->slots);
    struct sim_event e;
    r.came_ns = calloc((size_t)setup->jobs, sizeof *r.came_ns);
    assert_non_null(r.came_ns);
    for (int k = 0; k < setup->stations; k++)
        assert_int_equal(sim_server_init(&r.station[k], setup->slots, 100000, 1), 0);
    assert_int_equal(sim_events_add(&r.events, 0, ARRIVE, 0, 0), 0);
    while (sim_events_next(&r.events, &e)) {
        if (e.kind == ARRIVE) {
            int64_t gap = llround(weir_random_exponential(&r.arrivals, gap_ns));
            if (e.what + 1 < setup->jobs)
                assert_int_equal(sim_events_add(&r.events, e.at_ns + gap, ARRIVE, 0, e.what + 1),
                                 0);
            enter(&r, 0, e.what);
            continue;
        }
        sim_server_free_slot(&r.station[e.who]);
        if (e.who + 1 < setup->stations)
            enter(&r, e.who + 1, e.what);
        serve(&r, e.who);
    }
    for (int k = 0; k < setup->stations; k++) {
        assert_int_equal(r.served[k], setup->jobs); /* nobody is lost */
        ret_wait[k] = r.waited[k] / setup->jobs / SERVICE_NS;
        sim_server_done(&r.station[k]);
    }
    sim_events_done(&r.events);
    free(r.came_ns);
}

static void near(double found, double theory) {
    if (fabs(found - theory) > 0.02 * theory)
        fail_msg("waited %.4f services, theory says %.4f", found, theory);
}

static void test_one_exponential_server_waits_as_theory_says(void **state) {
    (void)state;
    static const double loads[] = {0.3, 0.6, 0.8};
    for (int i = 0; i < 3; i++) {
        double wait[STATIONS_MAX], rho = loads[i];
        simulate(&(struct setup){1, 1, true, rho, 2000000}, wait);
        near(wait[0], rho / (1 - rho));
    }
}

static void test_one_steady_server_waits_half_as_long(void **state) {
    (void)state;
    static const double loads[] = {0.3, 0.6, 0.8};
    for (int i = 0; i < 3; i++) {
        double wait[STATIONS_MAX], rho = loads[i];
        simulate(&(struct setup){1, 1, false, rho, 1500000}, wait);
        near(wait[0], rho / (2 * (1 - rho)));
    }
}

/* P(X >= n) of a Poisson variable with that mean. */
static double poisson_tail(double mean, int n) {
    double below = 0;
    for (int k = 0; k < n; k++)
        below += exp(k * log(mean) - mean - lgamma(k + 1.0));
    return fmax(0, 1 - below);
}

/* Crommelin's series: the mean wait in services where a = rate x service time. */
static double crommelin(int c, double a) {
    double sum = 0;
    for (int i = 1; i < 400; i++)
        sum += poisson_tail(i * a, i * c) - c / a * poisson_tail(i * a, i * c + 1);
    return sum;
}

static void test_steady_slots_share_a_queue_as_theory_says(void **state) {
    (void)state;
    assert_true(fabs(crommelin(1, 0.5) - 0.5) < 1e-6); /* M/D/1: rho / 2(1 - rho) */
    static const struct {
        int slots;
        double load;
    } rows[] = {{2, 0.7}, {4, 0.8}, {8, 0.85}};
    for (int i = 0; i < 3; i++) {
        double wait[STATIONS_MAX];
        simulate(&(struct setup){1, rows[i].slots, false, rows[i].load, 1500000}, wait);
        near(wait[0], crommelin(rows[i].slots, rows[i].load * rows[i].slots));
    }
}

static void test_a_tandem_waits_at_each_station_as_if_alone(void **state) {
    (void)state;
    double wait[STATIONS_MAX];
    simulate(&(struct setup){3, 1, true, 0.6, 2000000}, wait);
    for (int k = 0; k < 3; k++)
        near(wait[k], 0.6 / 0.4);
}

static void test_the_same_run_is_the_same_to_the_bit(void **state) {
    (void)state;
    double a[STATIONS_MAX], b[STATIONS_MAX];
    const struct setup setup = {2, 3, true, 0.7, 50000};
    simulate(&setup, a);
    simulate(&setup, b);
    assert_memory_equal(a, b, 2 * sizeof *a);
}

static void test_events_come_by_time_and_then_as_they_were_added(void **state) {
    (void)state;
    struct sim_events events = {0};
    struct weir_random r = weir_random_of(5, 1, 0);
    struct sim_event e, last = {.at_ns = -1};
    for (int i = 0; i < 5000; i++)
        assert_int_equal(sim_events_add(&events, weir_random_below(&r, 300), 0, 0, i), 0);
    for (int i = 0; i < 5000; i++) {
        assert_true(sim_events_next(&events, &e));
        assert_int_equal(events.now_ns, e.at_ns);
        assert_true(e.at_ns > last.at_ns || (e.at_ns == last.at_ns && e.what > last.what));
        last = e;
    }
    assert_false(sim_events_next(&events, &e));
    sim_events_done(&events);
}

static void test_the_past_is_refused_and_never_does_not_come(void **state) {
    (void)state;
    struct sim_events events = {0};
    struct sim_event e;
    assert_int_equal(sim_events_add(&events, 10, 0, 0, 0), 0);
    assert_true(sim_events_next(&events, &e));
    assert_int_equal(sim_events_add(&events, 9, 0, 0, 0), WEIR_EINVAL);
    assert_int_equal(sim_events_add(&events, WEIR_FOREVER, 0, 0, 0), 0);
    assert_false(sim_events_next(&events, &e));
    assert_int_equal(sim_events_add(&events, 10, 0, 0, 0), 0);
    assert_true(sim_events_next(&events, &e));
    sim_events_done(&events);
}

static void test_a_server_that_is_down_begins_nothing(void **state) {
    (void)state;
    struct sim_server s;
    struct sim_batch batch;
    assert_int_equal(sim_server_init(&s, 1, 8, 1), 0);
    assert_int_equal(weir_service_queue_push(&s.queue, &(struct weir_job){.deadline_ns = 100}), 0);
    s.up = false;
    assert_int_equal(sim_server_next(&s, 0, &batch), WEIR_SERVICE_IDLE);
    s.up = true;
    assert_int_equal(sim_server_next(&s, 101, &batch), WEIR_SERVICE_DROP);
    assert_int_equal(sim_server_next(&s, 101, &batch), WEIR_SERVICE_IDLE);
    sim_server_done(&s);
}

static void test_batches_fill_slots_one_by_one(void **state) {
    (void)state;
    struct sim_server s;
    struct sim_batch batch;
    assert_int_equal(sim_server_init(&s, 2, 8, 3), 0);
    for (uint64_t i = 0; i < 5; i++)
        weir_service_queue_push(
            &s.queue,
            &(struct weir_job){.id = i, .deadline_ns = 1000, .fixed_ns = 30, .each_ns = 5});
    assert_int_equal(sim_server_next(&s, 0, &batch), WEIR_SERVICE_RUN);
    assert_int_equal(batch.len, 3);
    assert_int_equal(sim_batch_ns(&batch), 45);
    assert_int_equal(sim_server_next(&s, 0, &batch), WEIR_SERVICE_RUN);
    assert_int_equal(batch.len, 2);
    assert_int_equal(sim_server_next(&s, 0, &batch), WEIR_SERVICE_IDLE);
    weir_service_queue_push(&s.queue, &(struct weir_job){.deadline_ns = 1000});
    assert_int_equal(sim_server_next(&s, 40, &batch), WEIR_SERVICE_IDLE); /* both are busy */
    sim_server_free_slot(&s);
    assert_int_equal(sim_server_next(&s, 45, &batch), WEIR_SERVICE_RUN);
    sim_server_done(&s);
}

static void test_nonsense_is_refused(void **state) {
    (void)state;
    struct sim_server s = {.slots = 77};
    assert_int_equal(sim_server_init(&s, 0, 8, 1), WEIR_EINVAL);
    assert_int_equal(sim_server_init(&s, 1, 0, 1), WEIR_EINVAL);
    assert_int_equal(sim_server_init(&s, 1, 8, 0), WEIR_EINVAL);
    assert_int_equal(sim_server_init(&s, 1, 8, WEIR_BATCH_MAX + 1), WEIR_EINVAL);
    assert_int_equal(s.slots, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_exponential_server_waits_as_theory_says),
        cmocka_unit_test(test_one_steady_server_waits_half_as_long),
        cmocka_unit_test(test_steady_slots_share_a_queue_as_theory_says),
        cmocka_unit_test(test_a_tandem_waits_at_each_station_as_if_alone),
        cmocka_unit_test(test_the_same_run_is_the_same_to_the_bit),
        cmocka_unit_test(test_events_come_by_time_and_then_as_they_were_added),
        cmocka_unit_test(test_the_past_is_refused_and_never_does_not_come),
        cmocka_unit_test(test_a_server_that_is_down_begins_nothing),
        cmocka_unit_test(test_batches_fill_slots_one_by_one),
        cmocka_unit_test(test_nonsense_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
