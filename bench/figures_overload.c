#include <math.h>
#include <stdlib.h>

#include "bench.h"
#include "figures.h"

/* Frames that left their source: over a link, or into a slot there. */
struct admitted {
    struct sim_observer observer; /* first: it is what the run knows of this */
    const struct sim_conf *conf;
    bool **is; /* [streams][frames] */
};

static void happened(struct sim_observer *observer, const struct sim_happening *what) {
    struct admitted *a = (struct admitted *)observer;
    const bool away = what->step == SIM_STEP_LINK && !what->back,
               served =
                   what->step == SIM_STEP_SLOT && what->where == a->conf->stream[what->stream].node;
    if (!what->audit && (away || served))
        a->is[what->stream][what->frame] = true;
}

/* What came of all seeds of so many users. */
struct overload {
    struct sim_tally tally;
    struct sim_accuracy accuracy;
    double full_fps, floor_fps; /* capacity: in full resolution, in the cheapest settings that
                                   meet the floor */
    double busy; /* share of slot time that was used */
    double *on_time; /* [users]: share of each camera's frames */
    int64_t admitted, admitted_on_time, audits;
};

/* With room for every frame that may be due. */
static void admitted_init(struct admitted *a, const struct sim_conf *conf) {
    *a = (struct admitted){.observer = {.happened = happened}, .conf = conf};
    a->is = calloc((size_t)conf->streams, sizeof *a->is);
    bench_require(a->is, "out of memory");
    for (int i = 0; i < conf->streams; i++) {
        a->is[i] = calloc((size_t)ceil(conf->seconds * conf->stream[i].rate_fps) + 2, 1);
        bench_require(a->is[i], "out of memory");
    }
}

static void admitted_done(struct admitted *a) {
    for (int i = 0; i < a->conf->streams; i++)
        free(a->is[i]);
    free(a->is);
}

static void count_admitted(const struct admitted *a, const struct sim_result *result,
                           double warm_up_s, int seeds, struct overload *o) {
    for (int i = 0; i < result->streams; i++) {
        const struct sim_stream_result *r = &result->stream[i];
        int64_t frames = 0, on_time = 0;
        for (int64_t k = 0; k < r->frames; k++) {
            const struct sim_frame *f = &r->frame[k];
            if ((double)f->due_ns < warm_up_s * 1e9)
                continue;
            const bool good = weir_outcome_is_result(f->outcome) &&
                              f->delivered_ns - f->due_ns <= a->conf->stream[i].deadline_ns;
            frames++;
            on_time += good;
            o->admitted += a->is[i][k];
            o->admitted_on_time += good && a->is[i][k];
        }
        o->on_time[i] += (double)on_time / (double)frames / seeds;
    }
}

/* By the truth of the run with that seed. */
static void add_capacities(const struct cli_sim *sim, int users, uint64_t seed, int seeds,
                           struct overload *o) {
    const struct cli_sim_case *c = &sim->at[0];
    struct weir_error err = {0};
    struct sim_cameras cameras;
    struct sim_recorded *recorded = NULL;
    double *truth = NULL;
    bench_require(sim_cameras_init(&cameras, &c->ready, users, seed) == 0, "out of memory");
    struct sim_conf conf = sim_case_conf(&c->ready, &cameras, seed);
    bench_require(cli_sim_truth(c, &cameras, &conf, &recorded, &truth, &err) == 0, err.text);
    const int cells = conf.streams * conf.settings;
    bool *full = calloc((size_t)cells, sizeof *full), *meets = calloc((size_t)cells, sizeof *meets);
    bench_require(full && meets, "out of memory");
    for (int i = 0; i < cells; i++) {
        const struct weir_setting *s = &conf.setting[i % conf.settings],
                                  *best = &conf.setting[conf.stream[i / conf.settings].reference];
        full[i] = s->model == best->model && s->width == best->width;
        meets[i] = sim_promise_meets(truth[i], c->ready.of->min_accuracy);
    }
    o->full_fps += figures_capacity_fps(&conf, full) / seeds;
    o->floor_fps += figures_capacity_fps(&conf, meets) / seeds;
    free(full);
    free(meets);
    free(truth);
    sim_recorded_free(recorded);
    sim_cameras_done(&cameras);
}

static double busy_share(const struct sim_conf *conf, const struct sim_result *result) {
    double busy = 0, slots = 0;
    for (size_t n = 0; n < conf->site->node_len; n++) {
        busy += (double)result->busy_ns[n] / 1e9;
        slots += conf->site->node[n].slots;
    }
    return busy / (slots * conf->seconds);
}

static void add_seed(const struct cli_sim *sim, int users, uint64_t seed, struct overload *o) {
    const struct sim_case *ready = &sim->at[0].ready;
    const int seeds = ready->of->seeds;
    const double warm_up_s = ready->of->warm_up_s;
    struct weir_error err = {0};
    struct sim_cameras planned, cameras;
    struct sim_result result = {0};
    struct sim_accuracy accuracy = {0};
    struct admitted admitted;
    /* those of the run are made in it, and are the same */
    bench_require(sim_cameras_init(&planned, ready, users, seed) == 0, "out of memory");
    const struct sim_conf conf = sim_case_conf(ready, &planned, seed);
    admitted_init(&admitted, &conf);
    add_capacities(sim, users, seed, seeds, o);
    bench_require(cli_sim_one(sim, 0, users, 0, seed, &admitted.observer, NULL, &cameras, &result,
                              &err) == 0 &&
                      cli_sim_judge(sim, 0, &cameras, seed, &result, &accuracy, &err) == 0,
                  err.text);
    count_admitted(&admitted, &result, warm_up_s, seeds, o);
    bench_require(sim_tally_add(&o->tally, &conf, &result, warm_up_s) == 0 &&
                      sim_accuracy_join(&o->accuracy, &accuracy) == 0,
                  "out of memory");
    o->busy += busy_share(&conf, &result) / seeds;
    o->audits += result.audits;
    admitted_done(&admitted);
    sim_result_done(&result);
    sim_accuracy_done(&accuracy);
    sim_cameras_done(&cameras);
    sim_cameras_done(&planned);
}

static void say_overload(struct figures_line *line, const struct overload *o, int users,
                         double load, const struct sim_measures *m) {
    double least = 1, most = 0;
    for (int i = 0; i < users; i++) {
        least = fmin(least, o->on_time[i]);
        most = fmax(most, o->on_time[i]);
    }
    weir_json_key_int(&line->json, "users", users);
    weir_json_key_num(&line->json, "load", load, 3);
    weir_json_key_num(&line->json, "full_resolution_fps", o->full_fps, 1);
    weir_json_key_num(&line->json, "floor_fps", o->floor_fps, 1);
    weir_json_key_num(&line->json, "on_time", m->on_time, 4);
    weir_json_key_num(&line->json, "least_camera", least, 4);
    weir_json_key_num(&line->json, "most_camera", most, 4);
    weir_json_key_int(&line->json, "frames", m->frames);
    for (int i = 0; i < WEIR_OUTCOME_COUNT; i++)
        if (m->outcome[i])
            weir_json_key_int(&line->json, weir_outcome_name((enum weir_outcome)i), m->outcome[i]);
    weir_json_key_int(&line->json, "admitted", o->admitted);
    weir_json_key_num(&line->json, "slots_busy", o->busy, 3);
    weir_json_key_int(&line->json, "audits", o->audits);
    figures_say_windows(line, o->accuracy.held, o->accuracy.judged);
    figures_end(line);
}

/* The first number of users is too much in full resolution, the second even at the floor. */
void figures_tell_overload(const struct cli_sim *sim) {
    const struct weir_scenario_case *of = sim->at[0].ready.of;
    bench_require(sim->user_counts == 2, "two numbers of users make an overload");
    for (int u = 0; u < 2; u++) {
        const int users = sim->users[u];
        struct overload o = {0};
        struct sim_measures m;
        struct figures_line line;
        o.on_time = calloc((size_t)users, sizeof *o.on_time);
        bench_require(o.on_time, "out of memory");
        for (int seed = 1; seed <= of->seeds; seed++)
            add_seed(sim, users, (uint64_t)seed, &o);
        sim_tally_measures(&o.tally, &m);
        const double due_fps = users * of->rate_fps,
                     load = due_fps / (u ? o.floor_fps : o.full_fps);
        const bool floor_held = (double)o.accuracy.held >= FIGURES_HELD * (double)o.accuracy.judged;
        bench_require(load > 1.4 && load < 1.6, "an overload of another size");
        if (!u) {
            figures_begin(&line, "overload_in_full_resolution_on_time", m.on_time, FIGURES_AT_LEAST,
                          0.95, floor_held);
            say_overload(&line, &o, users, load, &m);
        } else {
            figures_begin(&line, "overload_at_the_floor_capacity_used",
                          m.on_time * due_fps / o.floor_fps, FIGURES_AT_LEAST, 0.95, true);
            say_overload(&line, &o, users, load, &m);
            figures_begin(&line, "overload_at_the_floor_admitted_on_time",
                          (double)o.admitted_on_time / (double)o.admitted, FIGURES_AT_LEAST, 0.99,
                          true);
            figures_end(&line);
            figures_begin(&line, "overload_at_the_floor_jain", m.jain, FIGURES_AT_LEAST, 0.95,
                          true);
            figures_end(&line);
        }
        sim_tally_done(&o.tally);
        sim_accuracy_done(&o.accuracy);
        free(o.on_time);
    }
}
