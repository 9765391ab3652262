/*
 * Threads that do works, the one that is to end first before all others, so that what a fast node
 * does is not behind what a slow one does. One lock for all of it.
 */
#include <stdlib.h>
#include <time.h>

#include "emu/state.h"

int emu_pool_init(struct emu_pool *pool) {
    pthread_condattr_t attr;
    *pool = (struct emu_pool){0};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&pool->ready, &attr);
    pthread_cond_init(&pool->done, &attr);
    pthread_condattr_destroy(&attr);
    return 0;
}

void emu_pool_done(struct emu_pool *pool) {
    free(pool->heap);
    free(pool->over);
    pthread_cond_destroy(&pool->ready);
    pthread_cond_destroy(&pool->done);
    pthread_mutex_destroy(&pool->lock);
}

static bool before(const struct emu_task *a, const struct emu_task *b) {
    return a->work.end_ns < b->work.end_ns;
}

static int push(struct emu_pool *p, struct emu_task *task) {
    if (p->len == p->cap) {
        const size_t cap = p->cap ? 2 * p->cap : 64;
        struct emu_task **heap = realloc(p->heap, cap * sizeof *heap);
        if (!heap)
            return WEIR_ENOMEM;
        p->heap = heap;
        p->cap = cap;
    }
    size_t i = p->len++;
    for (; i && before(task, p->heap[(i - 1) / 2]); i = (i - 1) / 2)
        p->heap[i] = p->heap[(i - 1) / 2];
    p->heap[i] = task;
    pthread_cond_signal(&p->ready);
    return 0;
}

static struct emu_task *pop(struct emu_pool *p) {
    struct emu_task *first = p->heap[0], *last = p->heap[--p->len];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child + 1 < p->len && before(p->heap[child + 1], p->heap[child]))
            child++;
        if (child >= p->len || !before(p->heap[child], last))
            break;
        p->heap[i] = p->heap[child];
        i = child;
    }
    if (p->len)
        p->heap[i] = last;
    return first;
}

bool emu_task_after(struct emu_task *task, struct emu_task *earlier) {
    if (!earlier || earlier->over)
        return false;
    earlier->then[earlier->then[0] != NULL] = task;
    task->waits_for++;
    return true;
}

int emu_pool_put(struct emu_pool *pool, struct emu_task *task) {
    return task->waits_for ? 0 : push(pool, task);
}

static int tell(struct emu_pool *p, const struct sim_done *done) {
    if (p->over_len == p->over_cap) {
        const size_t cap = p->over_cap ? 2 * p->over_cap : 64;
        struct sim_done *ring = malloc(cap * sizeof *ring);
        if (!ring)
            return WEIR_ENOMEM;
        for (size_t i = 0; i < p->over_len; i++)
            ring[i] = p->over[(p->over_first + i) % p->over_cap];
        free(p->over);
        p->over = ring;
        p->over_cap = cap;
        p->over_first = 0;
    }
    p->over[(p->over_first + p->over_len++) % p->over_cap] = *done;
    pthread_cond_signal(&p->done);
    return 0;
}

/* What a job holds goes with its last task, once the world asks nothing more. */
void emu_job_let_go(struct emu_job *job) {
    if (job->tasks || !job->over)
        return;
    weir_packet_unref(&job->packet);
    weir_image_unref(&job->image);
}

static void finish(struct weir_emu *emu, struct emu_task *task, bool good, int64_t bytes) {
    struct emu_pool *p = &emu->pool;
    task->over = true;
    for (int i = 0; i < 2; i++)
        if (task->then[i] && --task->then[i]->waits_for == 0 && push(p, task->then[i]))
            emu->failed = WEIR_ENOMEM;
    if (task->kind != EMU_DECODE &&
        tell(p,
             &(struct sim_done){.kind = task->kind == EMU_SOURCE ? SIM_WORK_SOURCE : SIM_WORK_SLOT,
                                .number = task->work.number,
                                .at_ns = emu_now_ns(emu),
                                .bytes = bytes,
                                .failed = !good}))
        emu->failed = WEIR_ENOMEM;
    task->job->tasks--;
    emu_job_let_go(task->job);
}

static int64_t cpu_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * WEIR_NS_PER_S + t.tv_nsec;
}

void *emu_thread_run(void *arg) {
    struct emu_thread *me = arg;
    struct weir_emu *emu = me->emu;
    struct emu_pool *p = &emu->pool;
    pthread_mutex_lock(&p->lock);
    for (;;) {
        while (!p->stop && !p->len)
            pthread_cond_wait(&p->ready, &p->lock);
        if (p->stop)
            break;
        struct emu_task *task = pop(p);
        pthread_mutex_unlock(&p->lock);
        int64_t bytes = 0;
        const bool good = emu_task_do(emu, &me->tools, task, &bytes);
        pthread_mutex_lock(&p->lock);
        me->busy_ns = cpu_ns();
        finish(emu, task, good, bytes);
    }
    pthread_mutex_unlock(&p->lock);
    return NULL;
}

bool emu_pool_wait(struct weir_emu *emu, int64_t until_ns, struct sim_done *ret) {
    struct emu_pool *p = &emu->pool;
    bool over = false;
    pthread_mutex_lock(&p->lock);
    if (!emu->begin_ns) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        emu->begin_ns = (int64_t)now.tv_sec * WEIR_NS_PER_S + now.tv_nsec;
    }
    const int64_t real = until_ns == WEIR_FOREVER
                             ? WEIR_FOREVER
                             : emu->begin_ns + (int64_t)((double)until_ns * emu->conf.dilation);
    const struct timespec due = {real / WEIR_NS_PER_S, real % WEIR_NS_PER_S};
    while (!p->over_len && emu_now_ns(emu) < until_ns)
        if (real == WEIR_FOREVER)
            pthread_cond_wait(&p->done, &p->lock);
        else
            pthread_cond_timedwait(&p->done, &p->lock, &due);
    if (p->over_len && p->over[p->over_first].at_ns <= until_ns) {
        *ret = p->over[p->over_first];
        p->over_first = (p->over_first + 1) % p->over_cap;
        p->over_len--;
        over = true;
    }
    pthread_mutex_unlock(&p->lock);
    return over;
}
