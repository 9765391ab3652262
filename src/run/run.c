/*
 * The graph of one process: streams on the left, workers of the detector in the
 * middle, one lane back to each stream. Threads are started from the right to
 * the left and end from the left to the right: a source ends, its queue closes,
 * its decoder drains, the inbox ends, the workers run dry, the lanes empty.
 */
#include "run/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "run/stream.h"
#include "run/worker.h"

enum { PLACES = 4 }; /* frames of a file that may wait for a worker; a batch, if that is more */

struct weir_run {
    struct weir_run_conf conf;
    struct weir_shared shared;
    struct weir_stream *stream;
    size_t stream_len;
    struct weir_worker *worker;
    size_t worker_len;
    pthread_mutex_t lock;
    pthread_cond_t done;
    size_t under_way; /* streams that have not ended */
    int64_t begin_ns, end_ns;
    double begin_cpu_s;
    bool started, saved;
    int profile_points;
};

static void stream_ended(struct weir_shared *shared) {
    struct weir_run *run = (struct weir_run *)((char *)shared - offsetof(struct weir_run, shared));
    pthread_mutex_lock(&run->lock);
    if (--run->under_way == 0) {
        run->end_ns = weir_clock_now(shared->clock);
        pthread_cond_broadcast(&run->done);
    }
    pthread_mutex_unlock(&run->lock);
}

static double cpu_seconds(void) {
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
           (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static bool any_paced(const struct weir_workflow *wf) {
    for (size_t i = 0; i < wf->stream_len; i++)
        if (wf->stream[i].live || wf->set.run.live || weir_source_is_live(wf->stream[i].source))
            return true;
    return false;
}

static bool any_sink_wants_images(const struct weir_workflow *wf) {
    for (size_t i = 0; i < wf->sink_len; i++)
        if (weir_sink_wants_image(wf->sink[i].kind))
            return true;
    return false;
}

int weir_run_check(const struct weir_workflow *wf, struct weir_error *err) {
    struct weir_error all = {0};
    weir_workflow_check(wf, &all);
    if (!all.code || all.code == WEIR_EINVAL)
        weir_choosers_check(wf, &all);
    return all.code ? weir_fail(err, all.code, "%s", all.text) : 0;
}

int weir_run_check_models(const struct weir_workflow *wf, const char *const *model_path,
                          struct weir_error *err) {
    struct weir_run_models models;
    int rc = weir_run_models_open(&models, wf, model_path, true, err);
    weir_run_models_done(&models);
    return rc;
}

static void tell_refused(void *arg, int stream) {
    const struct weir_run_conf *conf = arg;
    if (conf->event)
        conf->event(conf->event_arg, conf->workflow->stream[stream].name,
                    "the strategy gave an answer that makes no sense; such frames go to the "
                    "reference, and are counted");
}

static void tell_all(void *arg, const char *text) {
    const struct weir_run_conf *conf = arg;
    if (conf->event)
        conf->event(conf->event_arg, NULL, text);
}

/* Who chooses, where anybody does. */
static int init_choices(struct weir_run *run, struct weir_error *err) {
    const struct weir_workflow *wf = run->conf.workflow;
    struct weir_choices_conf conf = {
        .workflow = wf,
        .ops = run->conf.chooser,
        .strategy = "",
        .options = "",
        .models = &run->shared.models,
        .model_path = run->conf.model_path,
        .costs = weir_timing_costs(run->shared.timing),
        .clock = run->shared.clock,
        .refused = tell_refused,
        .refused_arg = &run->conf,
        .event = tell_all,
        .event_arg = &run->conf,
    };
    if (!conf.ops && !weir_workflow_chooses(wf))
        return 0;
    if (!conf.ops && !(conf.ops = weir_chooser_find(wf, &conf.strategy, &conf.options)))
        return weir_choosers_check(wf, err);
    return weir_choices_new(&conf, &run->shared.choices, err);
}

static int init_parts(struct weir_run *run, struct weir_error *err) {
    const struct weir_workflow *wf = run->conf.workflow;
    int rc;

    run->shared.conf = &run->conf;
    run->shared.ended = stream_ended;
    run->shared.clock = weir_clock_monotonic_new();
    if (!run->shared.clock)
        return WEIR_ENOMEM;
    weir_stop_init(&run->shared.stop, run->shared.clock);
    run->shared.keep_images = any_sink_wants_images(wf);
    rc = weir_run_models_open(&run->shared.models, wf, run->conf.model_path, any_paced(wf), err);
    if (rc)
        return rc;
    struct weir_model *reference = weir_run_models_reference(&run->shared.models);
    const int batch = weir_run_models_batch(&run->shared.models);
    run->shared.timing = weir_timing_new(&run->conf);
    if (!run->shared.timing)
        return WEIR_ENOMEM;
    if ((rc = init_choices(run, err)))
        return rc;
    run->shared.common = weir_sink_common_new(wf);
    const size_t places = (size_t)(batch > PLACES ? batch : PLACES);
    if (wf->set.slo.deadline_ms >= 0 && run->shared.choices) {
        run->shared.deadline_ns = llround(wf->set.slo.deadline_ms * (double)WEIR_NS_PER_MS);
        run->shared.agenda = weir_agenda_new(wf->stream_len, places, weir_model_workers(reference),
                                             run->shared.clock);
    } else {
        run->shared.inbox = weir_inbox_new(wf->stream_len, places);
    }
    run->stream = calloc(wf->stream_len, sizeof *run->stream);
    size_t workers = (size_t)weir_model_workers(reference);
    run->worker = calloc(workers, sizeof *run->worker);
    if (!run->shared.common || (!run->shared.inbox && !run->shared.agenda) || !run->stream ||
        !run->worker)
        return WEIR_ENOMEM;
    while (run->stream_len < wf->stream_len) {
        size_t i = run->stream_len++;
        if ((rc = weir_stream_init(&run->stream[i], &run->shared, (int)i)))
            return rc;
    }
    while (run->worker_len < workers) {
        size_t i = run->worker_len++;
        if ((rc = weir_worker_init(&run->worker[i], &run->shared, run->stream, (int)i, batch,
                                   run->shared.keep_images, err)))
            return rc;
    }
    return 0;
}

int weir_run_new(const struct weir_run_conf *conf, struct weir_run **ret_run,
                 struct weir_error *err) {
    struct weir_run *run = calloc(1, sizeof *run);
    if (!run)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    run->conf = *conf;
    pthread_mutex_init(&run->lock, NULL);
    pthread_condattr_t attr;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&run->done, &attr);
    pthread_condattr_destroy(&attr);

    struct weir_error reason = {0};
    int rc = init_parts(run, &reason);
    if (rc) {
        weir_run_free(run);
        return weir_fail(err, rc, "%s", reason.code ? reason.text : weir_err_str(rc));
    }
    *ret_run = run;
    return 0;
}

int weir_run_start(struct weir_run *run, struct weir_error *err) {
    int rc = 0;

    run->begin_ns = weir_clock_now(run->shared.clock);
    run->begin_cpu_s = cpu_seconds();
    run->started = true;
    run->under_way = run->stream_len;
    for (size_t i = 0; i < run->worker_len && !rc; i++)
        rc = weir_worker_start(&run->worker[i], err);
    for (size_t i = 0; i < run->stream_len; i++) {
        if (!rc)
            rc = weir_stream_start(&run->stream[i], err);
        if (!run->stream[i].threads) {
            weir_shared_end(&run->shared, i);
            stream_ended(&run->shared); /* it will not say so itself */
        }
    }
    if (rc)
        weir_run_stop(run);
    return rc;
}

void weir_run_stop(struct weir_run *run) {
    weir_stop_request(&run->shared.stop);
}

int weir_run_wait(struct weir_run *run, int64_t timeout_ns) {
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_sec += timeout_ns / WEIR_NS_PER_S;
    until.tv_nsec += timeout_ns % WEIR_NS_PER_S;
    if (until.tv_nsec >= WEIR_NS_PER_S) {
        until.tv_sec++;
        until.tv_nsec -= WEIR_NS_PER_S;
    }
    pthread_mutex_lock(&run->lock);
    int rc = 0;
    while (run->under_way && !rc)
        rc = pthread_cond_timedwait(&run->done, &run->lock, &until);
    rc = run->under_way ? WEIR_EAGAIN : 0;
    pthread_mutex_unlock(&run->lock);
    return rc;
}

void weir_run_snapshot(struct weir_run *run, size_t stream, struct weir_snapshot *ret) {
    struct weir_stream *s = &run->stream[stream];
    pthread_mutex_lock(&s->lock);
    bool failed = s->failure.code != 0;
    pthread_mutex_unlock(&s->lock);
    *ret = (struct weir_snapshot){
        .counts = weir_meter_counts(&s->meter),
        .frames_total = atomic_load(&s->frames_total),
        .live = atomic_load(&s->live),
        .ended = atomic_load(&s->over),
        .failed = failed,
    };
}

static void join(struct weir_run *run) {
    for (size_t i = 0; i < run->stream_len; i++)
        weir_stream_join(&run->stream[i]);
    for (size_t i = 0; i < run->worker_len; i++)
        weir_worker_join(&run->worker[i]);
}

static void add_counts(struct weir_counts *into, const struct weir_counts *from) {
    into->frames_in += from->frames_in;
    into->boxes += from->boxes;
    into->on_time += from->on_time;
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        into->outcome[i] += from->outcome[i];
}

static void merge_times(struct weir_report_times *into, const struct weir_report_times *from) {
    weir_hist_merge(&into->latency, &from->latency);
    weir_hist_merge(&into->overhead, &from->overhead);
    weir_hist_merge(&into->age, &from->age);
    for (int i = 0; i < WEIR_PART_COUNT; i++)
        weir_hist_merge(&into->part[i], &from->part[i]);
}

static struct weir_report_times *times_of(const struct weir_meter *meter) {
    struct weir_report_times *times = calloc(1, sizeof *times);
    if (!times)
        return NULL;
    times->latency = meter->latency;
    times->overhead = meter->overhead;
    times->age = meter->age;
    memcpy(times->part, meter->part, sizeof times->part);
    return times;
}

static int report_stream(const struct weir_run *run, size_t i, struct weir_stream_report *ret) {
    const struct weir_stream *stream = &run->stream[i];
    const struct weir_stream_spec *spec = &run->conf.workflow->stream[i];

    *ret = (struct weir_stream_report){
        .name = strdup(spec->name),
        .source = strdup(spec->source),
        .live = atomic_load(&stream->live),
        .counts = stream->meter.counts,
        .times = times_of(&stream->meter),
        .failure = stream->failure,
        .sink_failure = stream->sink_failure,
    };
    if (ret->times && !ret->live) /* of what is read as fast as it goes an age says nothing */
        weir_hist_init(&ret->times->age);
    return ret->name && ret->source && ret->times ? 0 : WEIR_ENOMEM;
}

static int by_frames(const void *a, const void *b) {
    const struct weir_report_setting *x = a, *y = b;
    return (y->frames > x->frames) - (y->frames < x->frames);
}

static int report_settings(struct weir_run *run, struct weir_report_choice *ret) {
    struct weir_choices *choices = run->shared.choices;
    struct weir_choices_counts *counts = malloc(sizeof *counts);
    const int settings = weir_choices_settings(choices);
    ret->setting = calloc((size_t)settings + 1, sizeof *ret->setting);
    if (!counts || !ret->setting) {
        free(counts);
        return WEIR_ENOMEM;
    }
    weir_choices_counts(choices, counts);
    ret->refused = counts->refused;
    ret->below_floor = counts->below_floor;
    ret->audits = counts->audits;
    for (int i = 0; i < settings; i++) {
        const struct weir_way *way = &weir_choices_setting(choices, i)->way;
        if (counts->frames[i])
            ret->setting[ret->settings++] = (struct weir_report_setting){
                strdup(way->model), way->width, way->height, counts->frames[i]};
    }
    free(counts);
    qsort(ret->setting, (size_t)ret->settings, sizeof *ret->setting, by_frames);
    for (int i = 0; i < ret->settings; i++)
        if (!ret->setting[i].model)
            return WEIR_ENOMEM;
    return 0;
}

static int report_choice(struct weir_run *run, struct weir_report_choice *ret) {
    const struct weir_run_models *models = &run->shared.models;
    if (!run->shared.choices)
        return 0;
    ret->strategy = strdup(run->conf.chooser ? run->conf.chooser->name
                                             : weir_workflow_strategy(run->conf.workflow));
    ret->model = calloc((size_t)models->len, sizeof *ret->model);
    if (!ret->strategy || !ret->model)
        return WEIR_ENOMEM;
    while (ret->models < models->len) {
        const struct weir_run_model *m = &models->item[ret->models];
        if (!(ret->model[ret->models].name = strdup(m->name)))
            return WEIR_ENOMEM;
        ret->model[ret->models++].memory_bytes = m->memory_bytes;
    }
    return report_settings(run, ret);
}

/* Only live streams have deadlines. */
static void add_slo(struct weir_report *report, const struct weir_stream_report *stream) {
    report->wanted += weir_counts_out(&stream->counts) - stream->counts.outcome[WEIR_OUTCOME_TRACK];
}

static int report_new(struct weir_run *run, struct weir_report *report) {
    struct weir_model *model = weir_run_models_reference(&run->shared.models);
    struct rusage use;

    getrusage(RUSAGE_SELF, &use);
    *report = (struct weir_report){
        .model = strdup(weir_path_base(weir_model_path(model))),
        .head = weir_model_head_name(weir_model_desc(model)),
        .provider = weir_model_provider(model),
        .size = weir_model_size(model),
        .workers = weir_model_workers(model),
        .threads = weir_model_threads(model),
        .stopped = weir_stop_requested(&run->shared.stop),
        .consistent = true,
        .wall_s = (double)(run->end_ns - run->begin_ns) / (double)WEIR_NS_PER_S,
        .cpu_s = cpu_seconds() - run->begin_cpu_s,
        .max_rss_bytes = (int64_t)use.ru_maxrss * 1024,
        .profile_points = run->profile_points,
        .deadline_ms = (double)run->shared.deadline_ns / (double)WEIR_NS_PER_MS,
        .stream = calloc(run->stream_len, sizeof *report->stream),
        .times = calloc(1, sizeof *report->times),
    };
    if (!report->model || !report->stream || !report->times || report_choice(run, &report->choice))
        return WEIR_ENOMEM;
    while (report->stream_len < run->stream_len) {
        struct weir_stream_report *stream = &report->stream[report->stream_len];
        if (report_stream(run, report->stream_len++, stream))
            return WEIR_ENOMEM;
        add_counts(&report->total, &stream->counts);
        if (stream->live && report->deadline_ms > 0)
            add_slo(report, stream);
        merge_times(report->times, stream->times);
        if (weir_counts_out(&stream->counts) != stream->counts.frames_in)
            report->consistent = false;
    }
    return 0;
}

int weir_run_report(struct weir_run *run, struct weir_report *ret_report, struct weir_error *err) {
    struct weir_report report;

    join(run);
    if (!run->saved) {
        run->saved = true;
        run->profile_points = weir_timing_save(run->shared.timing);
    }
    if (report_new(run, &report)) {
        weir_report_done(&report);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    *ret_report = report;
    if (!report.consistent)
        return weir_fail(err, WEIR_EINTERNAL,
                         "%lld frames came in but %lld outcomes went out: please report this",
                         (long long)report.total.frames_in,
                         (long long)weir_counts_out(&report.total));
    return 0;
}

void weir_run_free(struct weir_run *run) {
    if (!run)
        return;
    if (run->started) {
        weir_run_stop(run);
        join(run);
    }
    for (size_t i = 0; i < run->stream_len; i++)
        weir_stream_done(&run->stream[i]);
    for (size_t i = 0; i < run->worker_len; i++)
        weir_worker_done(&run->worker[i]);
    free(run->stream);
    free(run->worker);
    weir_sink_common_free(run->shared.common);
    weir_inbox_free(run->shared.inbox);
    weir_agenda_free(run->shared.agenda);
    weir_timing_free(run->shared.timing);
    weir_choices_free(run->shared.choices);
    weir_run_models_done(&run->shared.models);
    weir_clock_free(run->shared.clock);
    pthread_cond_destroy(&run->done);
    pthread_mutex_destroy(&run->lock);
    free(run);
}
