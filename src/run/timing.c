#include "run/timing.h"

#include <pthread.h>
#include <stdlib.h>

struct weir_timing {
    const struct weir_run_conf *conf;
    struct weir_costs costs;
    bool usable; /* the file is there, whole, and this machine's */
    pthread_mutex_t lock; /* guards refresh */
    struct weir_refresh *refresh;
};

static void tell(const struct weir_timing *timing, const char *text) {
    if (timing->conf->event)
        timing->conf->event(timing->conf->event_arg, NULL, text);
}

static void read_profile(struct weir_timing *timing) {
    struct weir_error err = {0};
    struct weir_costs_machine here;
    int rc = weir_costs_read(timing->conf->profile_path, &timing->costs, &err);
    if (rc == WEIR_ENOENT)
        return;
    weir_costs_this_machine(&here);
    if (!rc && !weir_costs_same_machine(&timing->costs.machine, &here)) {
        rc = weir_fail(&err, WEIR_EUNSUPPORTED, "%s is another machine's (%s, %d cores)",
                       timing->conf->profile_path, timing->costs.machine.cpu,
                       timing->costs.machine.cores);
        weir_costs_done(&timing->costs);
    }
    timing->usable = !rc;
    if (rc) {
        weir_fail_at(&err, rc, "the profile is neither used nor updated: ");
        tell(timing, err.text);
    }
}

struct weir_timing *weir_timing_new(const struct weir_run_conf *conf) {
    struct weir_timing *timing = calloc(1, sizeof *timing);
    if (!timing)
        return NULL;
    timing->conf = conf;
    pthread_mutex_init(&timing->lock, NULL);
    if (conf->profile_path)
        read_profile(timing);
    timing->refresh = weir_refresh_new(&timing->costs);
    if (!timing->refresh) {
        weir_timing_free(timing);
        return NULL;
    }
    return timing;
}

void weir_timing_free(struct weir_timing *timing) {
    if (!timing)
        return;
    weir_refresh_free(timing->refresh);
    weir_costs_done(&timing->costs);
    pthread_mutex_destroy(&timing->lock);
    free(timing);
}

const struct weir_costs *weir_timing_costs(const struct weir_timing *timing) {
    return &timing->costs;
}

void weir_timing_saw(struct weir_timing *timing, const char *model, struct weir_size size,
                     int batch, int64_t cpu_ns) {
    struct weir_refresh_news news;
    if (!timing->usable)
        return;
    pthread_mutex_lock(&timing->lock);
    bool told =
        weir_refresh_saw(timing->refresh, model, size.width, size.height, batch, cpu_ns, &news);
    pthread_mutex_unlock(&timing->lock);
    if (!told)
        return;
    struct weir_buf text = {0};
    weir_buf_printf(&text, "%s at %dx%d", news.model, news.width, news.height);
    if (news.batch > 1)
        weir_buf_printf(&text, ", %d at a time,", news.batch);
    weir_buf_printf(&text, " takes %.1f times what the profile says: %.1f ms instead of %.1f",
                    news.ms / news.profile_ms, news.ms, news.profile_ms);
    tell(timing, weir_buf_str(&text));
    weir_buf_done(&text);
}

int weir_timing_save(struct weir_timing *timing) {
    struct weir_error err = {0};
    int points = 0;
    if (!timing->usable || !timing->conf->workflow->set.run.profile_update)
        return 0;
    int rc = weir_refresh_save(timing->refresh, timing->conf->profile_path, &points, &err);
    if (rc) {
        weir_fail_at(&err, rc, "the profile was not updated: ");
        tell(timing, err.text);
    }
    return points;
}
