/*
 * Memory that runs out: each allocation of a whole life (two nodes meet, one asks, the other
 * answers, both leave) fails once, in turn. Nothing may crash, hang or be lost; who asks again is
 * answered. The program is linked so that its own allocations come by here.
 */
#include "fabric_support.h"

#include <stdatomic.h>
#include <stdlib.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t len, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t len, size_t size);
void *__wrap_realloc(void *old, size_t size);

static atomic_long left; /* until one fails; below 0: none does */

static bool fails(void) {
    return atomic_load(&left) >= 0 && atomic_fetch_sub(&left, 1) == 0;
}

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t len, size_t size) {
    return fails() ? NULL : __real_calloc(len, size);
}

void *__wrap_realloc(void *old, size_t size) {
    return fails() ? NULL : __real_realloc(old, size);
}

static const struct kind kinds[] = {
    {"loop", false, 0},
    {"local", true, 0},
    {"local, memory files", true, 1},
};

static void note_end(void *user, struct weir_fabric_end *end) {
    struct slip *slip = user;
    pthread_mutex_lock(&slip->rig->lock);
    slip->how = end->how;
    slip->code = end->code;
    slip->ends++;
    pthread_cond_broadcast(&slip->rig->news);
    pthread_mutex_unlock(&slip->rig->lock);
}

/* Until it is answered. What is lost with a connection comes again with a heartbeat. */
static void ask_until_answered(struct node *a, struct node *b, struct weir_fabric_client *client) {
    for (int attempts = 0; attempts < 5; attempts++) {
        struct slip slip = {.rig = a->rig};
        struct weir_fabric_payload *payload = NULL;
        AWAIT(a->rig, sees(a, "b", "s") || (pass(b, 500), pass(a, 500), false));
        int rc = weir_fabric_payload_new(a->fabric, 20000, &payload);
        if (!rc) {
            fill(weir_fabric_payload_data(payload), 20000, 1);
            const struct weir_fabric_ask what = {.message = "?",
                                                 .message_len = 1,
                                                 .payload = payload,
                                                 .timeout_ns = 3600 * WEIR_NS_PER_S,
                                                 .done = note_end,
                                                 .user = &slip};
            rc = weir_fabric_ask(client, &what, NULL);
            if (rc)
                weir_fabric_payload_free(payload);
        }
        if (rc) {
            assert_true(rc == WEIR_ENOMEM || rc == WEIR_ECONN || rc == WEIR_ENOENT);
            continue;
        }
        await_end(&slip);
        assert_int_equal(slip.ends, 1);
        if (slip.how == WEIR_FABRIC_REPLIED)
            return;
        assert_true(slip.how == WEIR_FABRIC_GONE ||
                    (slip.how == WEIR_FABRIC_REFUSED && slip.code == WEIR_ENOMEM));
    }
    fail_msg("five attempts were not enough");
}

static bool live(const struct kind *kind, long nth) {
    struct rig rig;
    struct shop shop;
    rig_init(&rig, kind);
    atomic_store(&left, nth);
    struct node *a = rig_node(&rig, "a"), *b = rig_node(&rig, "b");
    shop_open(&shop, b, "s", 2, true);
    shop.with_payload = false;
    struct weir_fabric_client *client = client_of(a, "b", "s");
    for (int i = 0; i < 3; i++)
        ask_until_answered(a, b, client);
    assert_true(weir_fabric_advertise(shop.service, "news", 4) != WEIR_ERANGE);
    weir_fabric_withdraw(shop.service);
    bool used_up = atomic_load(&left) < 0;
    atomic_store(&left, -1);
    AWAIT(&rig, !sees(a, "b", "s") || (pass(a, 500), false)); /* at the latest it expires */
    rig_done(&rig);
    return used_up;
}

static void test_each_allocation_may_fail_once(void **state) {
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        long n = 0;
        while (live(&kinds[k], n))
            n++;
        if (n < 20)
            fail_msg("%s: only %ld allocations were seen", kinds[k].name, n);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_allocation_may_fail_once)};
    atomic_store(&left, -1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
