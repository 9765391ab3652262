/*
 * All points are known before the first is measured: each gets an equal share of the time that
 * is left, cheap ones first, so that what these do not need goes to the dear ones.
 *
 *   pictures of a street -> reduced to a width -> encode, decode
 *                                              -> detect, as many as a batch has
 */
#include <stdlib.h>

#include "cli/interrupt.h"
#include "cli/profile_work.h"
#include "scene/scene.h"

void cli_profile_done(struct cli_profile *profile) {
    weir_costs_done(&profile->costs);
    for (size_t m = 0; m < profile->paths.len; m++)
        free(profile->paths.item[m]);
    free(profile->paths.item);
    *profile = (struct cli_profile){0};
}

static int draw(struct cli_profile_work *w, struct weir_error *err) {
    struct weir_scene_conf conf = weir_scene_defaults;
    struct weir_scene *scene = NULL;
    struct weir_truth truth = {0};
    conf.profile = WEIR_SCENE_RUSH;
    conf.width = CLI_PROFILE_WIDE;
    for (size_t i = 0; i < w->job->widths; i++)
        if (w->job->width[i] > conf.width)
            conf.width = w->job->width[i];
    conf.height = cli_profile_height(conf.width);
    conf.seconds = CLI_PROFILE_FRAMES / conf.fps;
    int rc = weir_scene_new(&conf, &scene, err);
    for (int i = 0; !rc && i < CLI_PROFILE_FRAMES; i++)
        rc = weir_stop_requested(&w->stop) ? WEIR_ECANCELED
                                           : weir_scene_next(scene, &w->drawn[i], &truth, err);
    weir_scene_free(scene);
    weir_truth_done(&truth);
    return rc;
}

static void show_progress(struct cli_profile_work *w) {
    int64_t now = weir_clock_now(w->clock);
    if (w->job->quiet || !cli_progress_due(&w->progress, now))
        return;
    struct weir_buf line = {0};
    cli_progress_count(&line, (int64_t)w->done, (int64_t)w->points, "points",
                       (double)(now - w->begin_ns) / (double)WEIR_NS_PER_S);
    cli_progress_show(&w->progress, now, weir_buf_str(&line));
    weir_buf_done(&line);
}

static int measure_all(struct cli_profile_work *w, struct weir_error *err) {
    int rc = 0;
    for (; !rc && w->done < w->points && !weir_stop_requested(&w->stop); w->done++) {
        int64_t now = weir_clock_now(w->clock), left = w->end_ns - now;
        show_progress(w);
        w->point_ns = w->cpu_ns;
        w->share_ns = now + (left > 0 ? left / (int64_t)(w->points - w->done) : 0);
        rc = cli_profile_point(w, &w->point[w->done], err);
    }
    return rc;
}

static void on_interrupt(void *arg) {
    weir_stop_request(arg);
}

int cli_profile_measure(const struct cli_profile_job *job, struct cli_profile *ret,
                        struct weir_error *err) {
    struct cli_profile_work w = {.job = job, .out = ret};
    *ret = (struct cli_profile){0};
    w.clock = weir_clock_monotonic_new();
    if (!w.clock || weir_workflow_init(&w.workflow)) {
        weir_clock_free(w.clock);
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    }
    weir_stop_init(&w.stop, w.clock);
    cli_progress_init(&w.progress, stderr);
    w.begin_ns = weir_clock_now(w.clock);
    w.end_ns = w.begin_ns + (int64_t)(job->seconds * (double)WEIR_NS_PER_S);
    cli_interrupt_handle(job->interrupt, on_interrupt, &w.stop);
    int rc = cli_profile_points(&w, err);
    if (!rc)
        rc = draw(&w, err);
    if (!rc)
        rc = measure_all(&w, err);
    cli_interrupt_handle(job->interrupt, NULL, NULL);
    cli_progress_clear(&w.progress);
    if (weir_stop_requested(&w.stop))
        rc = weir_fail(err, WEIR_ECANCELED,
                       "interrupted after %zu of %zu points: nothing is written", w.done, w.points);
    weir_costs_sort(&ret->costs);
    weir_costs_this_machine(&ret->costs.machine);
    ret->took_s = (double)(weir_clock_now(w.clock) - w.begin_ns) / (double)WEIR_NS_PER_S;
    if (w.wall_ns > w.cpu_ns)
        ret->waited = 1 - (double)w.cpu_ns / (double)w.wall_ns;
    for (int i = 0; i < CLI_PROFILE_FRAMES; i++) {
        weir_image_unref(&w.drawn[i]);
        weir_image_unref(&w.picture[i]);
    }
    free(w.point);
    weir_workflow_done(&w.workflow);
    weir_clock_free(w.clock);
    return rc;
}
