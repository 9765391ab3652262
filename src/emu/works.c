/*
 * What the world asks for, as tasks. A frame's source stages, its decoding in H.264 and its slot
 * are three; of one stream's H.264 encodings come one after the other, and so do decodings, each
 * before the slot that wants its picture.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/state.h"

int64_t emu_now_ns(const struct weir_emu *emu) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    const int64_t now = (int64_t)t.tv_sec * WEIR_NS_PER_S + t.tv_nsec;
    return (int64_t)((double)(now - emu->begin_ns) / emu->conf.dilation);
}

static const struct weir_setting *setting_of(const struct weir_emu *emu, int setting) {
    return &emu->conf.stock->conf.setting[setting];
}

static bool complain(struct weir_emu *emu, int rc, const struct weir_error *err) {
    pthread_mutex_lock(&emu->pool.lock);
    if (!emu->failed) {
        emu->failed = rc;
        emu->failure = *err;
    }
    pthread_mutex_unlock(&emu->pool.lock);
    return false;
}

/* ---- doing it ----------------------------------------------------------------- */

static int do_source(struct weir_emu *emu, struct emu_tools *tools, struct emu_task *task,
                     struct weir_error *err) {
    struct weir_emu_stock *stock = emu->conf.stock;
    const struct sim_work *w = &task->work;
    const struct sim_picture at = sim_shown(&emu->showing[w->stream], stock->conf.table, w->frame);
    struct weir_image *whole = stock->conf.clip[at.clip].picture[at.frame], *small = NULL;
    const struct weir_size size = stock->travels[w->setting];
    struct emu_job *job = task->job;
    int rc = weir_reduce_image(whole, size.width, size.height, &small, err);
    if (rc)
        return rc;
    job->matrix = small->matrix;
    switch (setting_of(emu, w->setting)->travel) {
    case WEIR_TRAVEL_NONE:
        job->image = small;
        return 0;
    case WEIR_TRAVEL_JPEG:
        rc = emu_encode_jpeg(tools, w->setting, small, &job->packet, err);
        break;
    case WEIR_TRAVEL_H264:
        rc = emu_encode_h264(stock, &emu->chain[w->stream], w->setting, emu->rate_fps[w->stream],
                             w->after < 0, small, &job->packet, err);
        break;
    }
    weir_image_unref(&small);
    return rc;
}

static int look(struct weir_emu *emu, struct emu_tools *tools, const struct sim_work *w,
                int setting, struct weir_image *image, struct weir_error *err) {
    struct weir_emu_stock *stock = emu->conf.stock;
    struct weir_frame *frame = NULL;
    int rc = emu_detect(tools, setting, image, &frame, err);
    if (rc)
        return rc;
    if (emu_finds_add(&emu->finds, w->stream, w->frame, setting, &frame->boxes, image,
                      stock->looker[stock->looks[setting]].class_of, emu_clip(stock)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    weir_frame_free(frame);
    return rc;
}

static int compare(struct weir_emu *emu, struct emu_tools *tools, const struct sim_work *w,
                   int setting, struct weir_image *image, struct weir_error *err) {
    const struct weir_size size = emu->conf.stock->travels[setting];
    struct weir_image *small = NULL;
    int rc = weir_reduce_image(image, size.width, size.height, &small, err);
    if (!rc)
        rc = look(emu, tools, w, setting, small, err);
    weir_image_unref(&small);
    return rc;
}

static int do_slot(struct weir_emu *emu, struct emu_tools *tools, struct emu_task *task,
                   struct weir_error *err) {
    const struct sim_work *w = &task->work;
    struct emu_job *job = task->job;
    int rc = 0;
    if (!job->image && !job->packet)
        return weir_fail(err, WEIR_ECORRUPT, "a frame came without its picture");
    if (!job->image && setting_of(emu, w->setting)->travel == WEIR_TRAVEL_JPEG)
        rc = emu_decode_jpeg(tools, w->setting, job->packet, job->matrix, &job->image, err);
    if (!rc && !job->image)
        return weir_fail(err, WEIR_ECORRUPT, "a frame could not be decoded");
    if (!rc && !(w->is_done && emu_finds_has(&emu->finds, w->stream, w->frame, w->setting)))
        rc = look(emu, tools, w, w->setting, job->image, err);
    for (int i = 0; !rc && i < w->compares; i++)
        rc = compare(emu, tools, w, w->compared[i], job->image, err);
    return rc;
}

bool emu_task_do(struct weir_emu *emu, struct emu_tools *tools, struct emu_task *task,
                 int64_t *ret_bytes) {
    struct weir_error err = {0};
    struct emu_job *job = task->job;
    int rc = 0;
    switch (task->kind) {
    case EMU_SOURCE:
        rc = do_source(emu, tools, task, &err);
        *ret_bytes = !rc && job->packet ? (int64_t)job->packet->len : 0;
        break;
    case EMU_DECODE:
        if (job->packet)
            rc = emu_decode_h264(emu->conf.stock, &emu->chain[task->work.stream],
                                 task->work.after < 0, job->packet, &job->image, &err);
        break;
    case EMU_SLOT:
        rc = do_slot(emu, tools, task, &err);
        break;
    }
    return rc ? complain(emu, rc, &err) : true;
}

/* ---- asking for it --------------------------------------------------------------- */

static struct weir_emu *of(struct sim_works *works) {
    return (struct weir_emu *)works;
}

static struct emu_job *job_of(struct weir_emu *emu, int64_t number) {
    const size_t n = (size_t)number;
    if (n >= emu->jobs) {
        const size_t jobs = 2 * n + 64;
        struct emu_job **more = realloc(emu->job, jobs * sizeof *more);
        if (!more)
            return NULL;
        memset(more + emu->jobs, 0, (jobs - emu->jobs) * sizeof *more);
        emu->job = more;
        emu->jobs = jobs;
    }
    if (!emu->job[n])
        emu->job[n] = calloc(1, sizeof *emu->job[n]);
    return emu->job[n];
}

static int ask(struct weir_emu *emu, enum emu_task_kind kind, const struct sim_work *work) {
    const bool chained = setting_of(emu, work->setting)->travel == WEIR_TRAVEL_H264;
    struct emu_job *job = job_of(emu, work->number);
    struct emu_task *task = job ? &job->task[kind] : NULL;
    if (!job)
        return WEIR_ENOMEM;
    *task = (struct emu_task){.work = *work, .kind = kind, .job = job};
    job->tasks++;
    struct emu_task **last = NULL;
    if (chained && kind == EMU_SOURCE)
        last = &emu->encodes[work->stream];
    else if (kind == EMU_DECODE)
        last = &emu->decodes[work->stream];
    else if (chained)
        emu_task_after(task, job->task[EMU_DECODE].job ? &job->task[EMU_DECODE] : NULL);
    if (last) {
        emu_task_after(task, *last);
        *last = task;
    }
    return emu_pool_put(&emu->pool, task);
}

static int begin(struct sim_works *works, enum sim_work_kind kind, const struct sim_work *work) {
    struct weir_emu *emu = of(works);
    pthread_mutex_lock(&emu->pool.lock);
    int rc = ask(emu, kind == SIM_WORK_SOURCE ? EMU_SOURCE : EMU_SLOT, work);
    pthread_mutex_unlock(&emu->pool.lock);
    return rc;
}

static int arrived(struct sim_works *works, const struct sim_work *work) {
    struct weir_emu *emu = of(works);
    pthread_mutex_lock(&emu->pool.lock);
    int rc = ask(emu, EMU_DECODE, work);
    pthread_mutex_unlock(&emu->pool.lock);
    return rc;
}

static void over(struct sim_works *works, int64_t number) {
    struct weir_emu *emu = of(works);
    pthread_mutex_lock(&emu->pool.lock);
    if ((size_t)number < emu->jobs && emu->job[number]) {
        emu->job[number]->over = true;
        emu_job_let_go(emu->job[number]);
    }
    pthread_mutex_unlock(&emu->pool.lock);
}

static bool wait_for(struct sim_works *works, int64_t until_ns, struct sim_done *ret) {
    struct weir_emu *emu = of(works);
    const bool over = emu_pool_wait(emu, until_ns, ret);
    if (emu->conf.came)
        emu->conf.came(emu->conf.came_arg, over ? ret->at_ns : until_ns);
    return over;
}

/* ---- life --------------------------------------------------------------------------- */

int weir_emu_new(const struct weir_emu_conf *conf, struct weir_emu **ret, struct weir_error *err) {
    const size_t streams = (size_t)conf->streams;
    struct weir_emu *emu = calloc(1, sizeof *emu);
    if (!emu)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    emu->base = (struct sim_works){begin, arrived, over, wait_for};
    emu->conf = *conf;
    emu->chain = calloc(streams + 1, sizeof *emu->chain);
    emu->encodes = calloc(streams + 1, sizeof *emu->encodes);
    emu->decodes = calloc(streams + 1, sizeof *emu->decodes);
    emu->thread = calloc((size_t)conf->threads, sizeof *emu->thread);
    emu->showing = calloc(streams + 1, sizeof *emu->showing);
    emu->rate_fps = calloc(streams + 1, sizeof *emu->rate_fps);
    int rc = emu_pool_init(&emu->pool);
    if (!rc)
        rc = emu_finds_init(&emu->finds, conf->streams, conf->frames);
    if (!emu->chain || !emu->encodes || !emu->decodes || !emu->thread || !emu->showing ||
        !emu->rate_fps)
        rc = WEIR_ENOMEM;
    for (size_t i = 0; !rc && i < streams; i++) {
        emu->chain[i].coder = -1;
        emu->showing[i] = conf->showing[i];
        emu->rate_fps[i] = conf->rate_fps[i];
    }
    for (int i = 0; !rc && i < conf->threads; i++) {
        struct emu_thread *t = &emu->thread[i];
        t->emu = emu;
        emu->threads++;
        rc = emu_tools_init(&t->tools, conf->stock);
        if (!rc && pthread_create(&t->thread, NULL, emu_thread_run, t))
            rc = WEIR_ENOMEM;
        t->started = !rc;
    }
    if (rc) {
        weir_emu_free(emu);
        return weir_fail(err, rc, "out of memory");
    }
    *ret = emu;
    return 0;
}

void weir_emu_free(struct weir_emu *emu) {
    if (!emu)
        return;
    pthread_mutex_lock(&emu->pool.lock);
    emu->pool.stop = true;
    pthread_cond_broadcast(&emu->pool.ready);
    pthread_mutex_unlock(&emu->pool.lock);
    for (int i = 0; i < emu->threads; i++) {
        if (emu->thread[i].started)
            pthread_join(emu->thread[i].thread, NULL);
        emu_tools_done(&emu->thread[i].tools);
    }
    for (size_t i = 0; i < emu->jobs; i++)
        if (emu->job[i]) {
            weir_packet_unref(&emu->job[i]->packet);
            weir_image_unref(&emu->job[i]->image);
            free(emu->job[i]);
        }
    for (int i = 0; emu->chain && i < emu->conf.streams; i++)
        emu_chain_done(&emu->chain[i]);
    free(emu->job);
    free(emu->chain);
    free(emu->showing);
    free(emu->rate_fps);
    free(emu->encodes);
    free(emu->decodes);
    free(emu->thread);
    emu_finds_done(&emu->finds);
    emu_pool_done(&emu->pool);
    free(emu);
}

struct sim_works *weir_emu_works(struct weir_emu *emu) {
    return &emu->base;
}

struct sim_finds *weir_emu_finds(struct weir_emu *emu) {
    return &emu->finds.base;
}

int weir_emu_failure(struct weir_emu *emu, struct weir_error *err) {
    pthread_mutex_lock(&emu->pool.lock);
    const int rc = emu->failed;
    if (rc)
        weir_fail(err, rc, "%s", *emu->failure.text ? emu->failure.text : weir_err_str(rc));
    pthread_mutex_unlock(&emu->pool.lock);
    return rc;
}

double weir_emu_busy_s(struct weir_emu *emu) {
    double sum = 0;
    pthread_mutex_lock(&emu->pool.lock);
    for (int i = 0; i < emu->threads; i++)
        sum += (double)emu->thread[i].busy_ns / 1e9;
    pthread_mutex_unlock(&emu->pool.lock);
    return sum;
}
