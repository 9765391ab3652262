/*
 * One thread a worker of the model, all taking the next image from a shared
 * counter: load it, detect, keep the boxes whose class the annotations know. Each image's boxes
 * have a place of their own, so the results do not depend on which thread came first. The thread
 * that called draws the progress and waits. The first failure stops all.
 */
#include "cli/eval_images.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/clip.h"
#include "cli/interrupt.h"

enum { TICK_NS = 100000000, NAMED_MAX = 5 };

struct shared {
    const struct cli_eval_images *job;
    const int *category; /* per class of the model; -1: not labelled */
    struct weir_dataset *results;
    struct weir_clock *clock;
    struct weir_stop stop;
    atomic_size_t next;
    pthread_mutex_t lock; /* guards what follows */
    pthread_cond_t changed;
    size_t done, running;
    int64_t busy_ns;
    struct weir_error err;
};

static int keep_boxes(struct shared *s, size_t image, struct weir_boxes *boxes) {
    weir_boxes_sort(boxes);
    size_t kept = 0;
    for (size_t i = 0; i < boxes->len && kept < s->job->max_boxes; i++) {
        const struct weir_box *b = &boxes->data[i];
        int category = b->class_id >= 0 && b->class_id < weir_model_desc(s->job->model)->classes
                           ? s->category[b->class_id]
                           : -1;
        if (category < 0)
            continue;
        struct weir_eval_box box = cli_clip_box(b, category);
        int rc = weir_dataset_add_box(s->results, image, &box);
        if (rc)
            return rc;
        kept++;
    }
    return 0;
}

static int run_image(struct shared *s, size_t image, int64_t *ret_ns, struct weir_error *err) {
    char *path = weir_path_join(s->job->dir, s->job->truth->image[image].name);
    struct weir_image *picture = NULL;
    struct weir_boxes boxes = {0};
    int rc =
        path ? weir_image_load(path, &picture, err) : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (rc)
        goto done;
    int64_t begin = weir_clock_now(s->clock);
    rc = weir_model_detect_image(s->job->model, picture, &boxes, err);
    *ret_ns = weir_clock_now(s->clock) - begin;
    if (rc)
        weir_fail_at(err, rc, "%s: ", path);
    else if ((rc = keep_boxes(s, image, &boxes)))
        weir_fail(err, rc, "out of memory");
done:
    weir_boxes_done(&boxes);
    weir_image_unref(&picture);
    free(path);
    return rc;
}

static void *work(void *arg) {
    struct shared *s = arg;
    while (!weir_stop_requested(&s->stop)) {
        size_t image = atomic_fetch_add(&s->next, 1);
        if (image >= s->job->truth->images)
            break;
        struct weir_error err = {0};
        int64_t ns = 0;
        int rc = run_image(s, image, &ns, &err);
        pthread_mutex_lock(&s->lock);
        s->done += !rc;
        s->busy_ns += rc ? 0 : ns;
        if (rc && !s->err.code)
            s->err = err;
        pthread_cond_signal(&s->changed);
        pthread_mutex_unlock(&s->lock);
        if (rc)
            weir_stop_request(&s->stop);
    }
    pthread_mutex_lock(&s->lock);
    s->running--;
    pthread_cond_signal(&s->changed);
    pthread_mutex_unlock(&s->lock);
    return NULL;
}

static void draw(struct cli_progress *progress, int64_t now, int64_t begin, size_t done,
                 size_t total) {
    struct weir_buf line = {0};
    double elapsed_s = (double)(now - begin) / (double)WEIR_NS_PER_S;
    cli_progress_count(&line, (int64_t)done, (int64_t)total, "images", elapsed_s);
    cli_progress_show(progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

/* Waits for the workers; called with the lock held. */
static void watch(struct shared *s) {
    struct cli_progress progress;
    int64_t begin = weir_clock_now(s->clock);
    cli_progress_init(&progress, stderr);
    while (s->running) {
        struct timespec until;
        clock_gettime(CLOCK_REALTIME, &until);
        until.tv_nsec += TICK_NS;
        until.tv_sec += until.tv_nsec / 1000000000;
        until.tv_nsec %= 1000000000;
        pthread_cond_timedwait(&s->changed, &s->lock, &until);
        size_t done = s->done, total = s->job->truth->images;
        pthread_mutex_unlock(&s->lock);
        int64_t now = weir_clock_now(s->clock);
        if (!s->job->quiet && cli_progress_due(&progress, now))
            draw(&progress, now, begin, done, total);
        pthread_mutex_lock(&s->lock);
    }
    cli_progress_clear(&progress);
}

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

static int run_workers(struct shared *s, struct weir_error *err) {
    int workers = weir_model_workers(s->job->model), started = 0;
    pthread_t *thread = calloc((size_t)workers, sizeof *thread);
    if (!thread)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    cli_interrupt_handle(s->job->interrupt, on_interrupt, &s->stop);
    pthread_mutex_lock(&s->lock);
    while (started < workers && !pthread_create(&thread[started], NULL, work, s))
        started++;
    s->running = (size_t)started;
    watch(s);
    pthread_mutex_unlock(&s->lock);
    for (int i = 0; i < started; i++)
        pthread_join(thread[i], NULL);
    free(thread);
    cli_interrupt_handle(s->job->interrupt, NULL, NULL);
    if (!started)
        return weir_fail(err, WEIR_ENOMEM, "no thread could be started");
    if (s->err.code) {
        if (err)
            *err = s->err;
        return s->err.code;
    }
    if (s->done < s->job->truth->images)
        return weir_fail(err, WEIR_ECANCELED, "interrupted after %zu of %zu images", s->done,
                         s->job->truth->images);
    return 0;
}

static int check_files(const struct cli_eval_images *job, struct weir_error *err) {
    struct weir_buf names = {0};
    size_t missing = 0;
    for (size_t i = 0; i < job->truth->images; i++) {
        const char *name = job->truth->image[i].name;
        char *path = weir_path_join(job->dir, name ? name : "");
        if (!path || !name || !weir_file_exists(path)) {
            if (missing++ < NAMED_MAX)
                weir_buf_printf(&names, "%s%s", missing > 1 ? ", " : "", name ? name : "?");
        }
        free(path);
    }
    int rc = 0;
    if (missing)
        rc = weir_fail(err, WEIR_ENOENT,
                       "%s: %zu of %zu annotated images are missing: %s%s; is --images the folder "
                       "that the annotations are about?",
                       job->dir, missing, job->truth->images, weir_buf_str(&names),
                       missing > NAMED_MAX ? ", …" : "");
    weir_buf_done(&names);
    return rc;
}

static int map_classes(const struct cli_eval_images *job, int *category, struct weir_error *err) {
    const struct weir_model_desc *desc = weir_model_desc(job->model);
    int known = 0;
    for (int c = 0; c < desc->classes; c++) {
        category[c] = weir_dataset_category(job->truth, weir_labels_name(desc->labels, c));
        known += category[c] >= 0;
    }
    if (!known)
        return weir_fail(err, WEIR_EMODEL,
                         "%s: none of its classes (%s, …) is among the categories of the "
                         "annotations (%s, …); name the classes in a sidecar",
                         weir_model_path(job->model), weir_labels_name(desc->labels, 0),
                         job->truth->categories ? job->truth->category[0].name : "none");
    return 0;
}

int cli_eval_images(const struct cli_eval_images *job, struct weir_dataset *ret_results,
                    double *ret_ms, struct weir_error *err) {
    struct shared s = {.job = job};
    struct weir_dataset results = {0};
    size_t classes = (size_t)weir_model_desc(job->model)->classes;
    int *category = malloc((classes + 1) * sizeof *category);
    int rc = category ? check_files(job, err) : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = map_classes(job, category, err);
    if (rc) {
        free(category);
        return rc;
    }
    s.category = category;
    s.results = &results;
    pthread_mutex_init(&s.lock, NULL);
    pthread_cond_init(&s.changed, NULL);
    s.clock = weir_clock_monotonic_new();
    rc = s.clock ? weir_dataset_like(job->truth, &results) : WEIR_ENOMEM;
    if (rc)
        weir_fail(err, rc, "out of memory");
    weir_stop_init(&s.stop, s.clock);
    if (!rc)
        rc = run_workers(&s, err);
    if (rc) {
        weir_dataset_done(&results);
    } else {
        *ret_results = results;
        *ret_ms = (double)s.busy_ns / (double)job->truth->images / (double)WEIR_NS_PER_MS;
    }
    weir_clock_free(s.clock);
    pthread_cond_destroy(&s.changed);
    pthread_mutex_destroy(&s.lock);
    free(category);
    return rc;
}
