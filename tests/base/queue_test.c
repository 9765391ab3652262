/* The bounded queue: order, limits, and many threads at once. */
#include "support/support.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

enum { PRODUCERS = 4, CONSUMERS = 3, EACH = 3000 };

/* An item is a number; 0 would be NULL. */
static void *item_of(uintptr_t number) {
    return (void *)number;
}

static void push(struct weir_queue *queue, uintptr_t number) {
    assert_int_equal(weir_queue_push(queue, item_of(number)), 0);
}

static uintptr_t pop(struct weir_queue *queue) {
    void *item = NULL;
    assert_int_equal(weir_queue_pop(queue, &item), 0);
    return (uintptr_t)item;
}

static void test_items_leave_in_the_order_in_which_they_came(void **state) {
    struct weir_queue *queue = weir_queue_new(3);
    for (uintptr_t i = 1; i < 20; i += 2) { /* goes around the ring */
        push(queue, i);
        push(queue, i + 1);
        assert_int_equal(weir_queue_len(queue), 2);
        assert_int_equal(pop(queue), i);
        assert_int_equal(pop(queue), i + 1);
    }
    assert_int_equal(weir_queue_len(queue), 0);
    weir_queue_free(queue);
}

static void test_nothing_enters_a_closed_queue(void **state) {
    struct weir_queue *queue = weir_queue_new(1);
    weir_queue_close(queue);
    assert_int_equal(weir_queue_push(queue, item_of(1)), WEIR_ECANCELED);
    assert_int_equal(weir_queue_len(queue), 0);
    weir_queue_free(queue);
}

static void test_what_is_inside_a_closed_queue_still_leaves(void **state) {
    struct weir_queue *queue = weir_queue_new(4);
    void *item = item_of(9);
    push(queue, 1);
    push(queue, 2);
    weir_queue_close(queue);
    weir_queue_close(queue);
    assert_int_equal(pop(queue), 1);
    assert_int_equal(pop(queue), 2);
    assert_int_equal(weir_queue_pop(queue, &item), WEIR_EEOF);
    assert_ptr_equal(item, item_of(9));
    weir_queue_free(queue);
}

static void test_no_item_is_refused(void **state) {
    struct weir_queue *queue = weir_queue_new(1);
    assert_int_equal(weir_queue_push(queue, NULL), WEIR_EINVAL);
    assert_int_equal(weir_queue_len(queue), 0);
    weir_queue_free(queue);
    weir_queue_free(NULL);
}

static void test_a_queue_larger_than_memory_is_refused(void **state) {
    assert_null(weir_queue_new(SIZE_MAX / 2));
}

struct party {
    struct weir_queue *queue;
    int number;
    int rc;
    size_t popped;
    atomic_int *seen; /* one counter an item */
    uintptr_t last[PRODUCERS];
    bool disordered;
    pthread_t thread;
};

static void count_item(struct party *party, void *item) {
    uintptr_t index = (uintptr_t)item - 1, producer = index / EACH;
    atomic_fetch_add(&party->seen[index], 1);
    if (party->last[producer] >= (uintptr_t)item)
        party->disordered = true;
    party->last[producer] = (uintptr_t)item;
}

static void *produce(void *arg) {
    struct party *party = arg;
    for (int i = 0; i < EACH && !party->rc; i++) {
        uintptr_t number = (uintptr_t)party->number * EACH + (uintptr_t)i + 1;
        party->rc = weir_queue_push(party->queue, item_of(number));
    }
    return NULL;
}

static void *consume(void *arg) {
    struct party *party = arg;
    void *item;
    while (!(party->rc = weir_queue_pop(party->queue, &item))) {
        count_item(party, item);
        party->popped++;
    }
    return NULL;
}

static void start(struct party *party, void *(*run)(void *)) {
    assert_int_equal(pthread_create(&party->thread, NULL, run, party), 0);
}

static void test_under_many_threads_every_item_leaves_once_and_in_order(void **state) {
    struct weir_queue *queue = weir_queue_new(5);
    atomic_int *seen = calloc((size_t)PRODUCERS * EACH, sizeof *seen);
    assert_non_null(seen);
    struct party producer[PRODUCERS] = {0}, consumer[CONSUMERS] = {0};
    for (int i = 0; i < CONSUMERS; i++) {
        consumer[i] = (struct party){.queue = queue, .number = i, .seen = seen};
        start(&consumer[i], consume);
    }
    for (int i = 0; i < PRODUCERS; i++) {
        producer[i] = (struct party){.queue = queue, .number = i, .seen = seen};
        start(&producer[i], produce);
    }
    size_t popped = 0;
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(producer[i].thread, NULL);
        assert_int_equal(producer[i].rc, 0);
        assert_true(weir_queue_len(queue) <= 5);
    }
    weir_queue_close(queue);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(consumer[i].thread, NULL);
        assert_int_equal(consumer[i].rc, WEIR_EEOF);
        assert_false(consumer[i].disordered);
        popped += consumer[i].popped;
    }
    assert_int_equal(popped, PRODUCERS * EACH);
    for (int i = 0; i < PRODUCERS * EACH; i++)
        assert_int_equal(atomic_load(&seen[i]), 1);
    free(seen);
    weir_queue_free(queue);
}

static void *push_one(void *arg) {
    struct party *party = arg;
    party->rc = weir_queue_push(party->queue, item_of((uintptr_t)party->number));
    return NULL;
}

static void test_a_full_queue_makes_its_producer_wait_for_a_pop(void **state) {
    struct weir_queue *queue = weir_queue_new(1);
    struct party producer = {.queue = queue, .number = 2, .rc = 1};
    push(queue, 1);
    start(&producer, push_one);
    assert_int_equal(weir_queue_len(queue), 1);
    assert_int_equal(pop(queue), 1);
    assert_int_equal(pop(queue), 2);
    pthread_join(producer.thread, NULL);
    assert_int_equal(producer.rc, 0);
    weir_queue_free(queue);
}

static void test_a_narrowed_queue_keeps_what_is_inside_and_takes_no_more(void **state) {
    struct weir_queue *queue = weir_queue_new(5);
    struct party producer = {.queue = queue, .number = 4, .rc = 1};
    for (uintptr_t i = 1; i <= 3; i++)
        push(queue, i);
    weir_queue_narrow(queue, 2);
    weir_queue_narrow(queue, 9); /* never wider */
    start(&producer, push_one);
    assert_int_equal(pop(queue), 1);
    assert_int_equal(weir_queue_len(queue), 2); /* full as it is now */
    for (uintptr_t i = 2; i <= 4; i++)
        assert_int_equal(pop(queue), i);
    pthread_join(producer.thread, NULL);
    assert_int_equal(producer.rc, 0);
    weir_queue_free(queue);
}

static void test_closing_wakes_every_consumer(void **state) {
    struct weir_queue *queue = weir_queue_new(1);
    struct party consumer[CONSUMERS];
    for (int i = 0; i < CONSUMERS; i++) {
        consumer[i] = (struct party){.queue = queue, .rc = 1};
        start(&consumer[i], consume);
    }
    weir_queue_close(queue);
    for (int i = 0; i < CONSUMERS; i++) {
        pthread_join(consumer[i].thread, NULL);
        assert_int_equal(consumer[i].rc, WEIR_EEOF);
    }
    weir_queue_free(queue);
}

static void test_closing_wakes_every_producer_and_leaves_it_its_item(void **state) {
    struct weir_queue *queue = weir_queue_new(1);
    struct party producer[PRODUCERS];
    push(queue, 1);
    for (int i = 0; i < PRODUCERS; i++) {
        producer[i] = (struct party){.queue = queue, .number = i + 2, .rc = 1};
        start(&producer[i], push_one);
    }
    weir_queue_close(queue);
    for (int i = 0; i < PRODUCERS; i++) {
        pthread_join(producer[i].thread, NULL);
        assert_int_equal(producer[i].rc, WEIR_ECANCELED);
    }
    assert_int_equal(weir_queue_len(queue), 1);
    assert_int_equal(pop(queue), 1);
    weir_queue_free(queue);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_items_leave_in_the_order_in_which_they_came),
        cmocka_unit_test(test_nothing_enters_a_closed_queue),
        cmocka_unit_test(test_what_is_inside_a_closed_queue_still_leaves),
        cmocka_unit_test(test_no_item_is_refused),
        cmocka_unit_test(test_a_queue_larger_than_memory_is_refused),
        cmocka_unit_test(test_under_many_threads_every_item_leaves_once_and_in_order),
        cmocka_unit_test(test_a_full_queue_makes_its_producer_wait_for_a_pop),
        cmocka_unit_test(test_a_narrowed_queue_keeps_what_is_inside_and_takes_no_more),
        cmocka_unit_test(test_closing_wakes_every_consumer),
        cmocka_unit_test(test_closing_wakes_every_producer_and_leaves_it_its_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
