/*
 * An atomic reference count, embedded in the object it counts. Take with
 * weir_ref_take, give back with weir_ref_drop: true tells the caller that it
 * was the last and must free the object.
 */
#ifndef WEIR_BASE_REF_H
#define WEIR_BASE_REF_H

#include <stdatomic.h>
#include <stdbool.h>

struct weir_ref {
    atomic_int count;
};

static inline void weir_ref_init(struct weir_ref *ref) {
    atomic_init(&ref->count, 1);
}

static inline void weir_ref_take(struct weir_ref *ref) {
    atomic_fetch_add_explicit(&ref->count, 1, memory_order_relaxed);
}

static inline bool weir_ref_drop(struct weir_ref *ref) {
    return atomic_fetch_sub_explicit(&ref->count, 1, memory_order_acq_rel) == 1;
}

#endif
