#include <math.h>
#include <stdlib.h>

#include "bench.h"
#include "figures.h"

/* What came of one number of users, over all seeds and events. */
struct back {
    double worst_s, sum_s, below_s, first_second; /* all but the first: sums; first_second:
                                                   * shares on time */
    int within, never, looks; /* within: of the looks, back within a second */
};

/* All frames of a run; to be freed. */
static struct figures_due *list_due(const struct sim_conf *conf, const struct sim_result *result,
                                    size_t *ret_len) {
    size_t len = 0;
    for (int i = 0; i < result->streams; i++)
        len += (size_t)result->stream[i].frames;
    struct figures_due *due = calloc(len + 1, sizeof *due), *at = due;
    bench_require(due, "out of memory");
    for (int i = 0; i < result->streams; i++)
        for (int64_t k = 0; k < result->stream[i].frames; k++) {
            const struct sim_frame *f = &result->stream[i].frame[k];
            *at++ = (struct figures_due){f->due_ns, weir_outcome_is_result(f->outcome) &&
                                                        f->delivered_ns - f->due_ns <=
                                                            conf->stream[i].deadline_ns};
        }
    *ret_len = len;
    return due;
}

/* The share on time of the second that begins there. */
static double second_from(const struct figures_due *due, size_t len, int64_t from_ns) {
    int64_t frames = 0, on_time = 0;
    for (size_t i = 0; i < len; i++)
        if (due[i].due_ns >= from_ns && due[i].due_ns < from_ns + WEIR_NS_PER_S) {
            frames++;
            on_time += due[i].on_time;
        }
    bench_require(frames, "no frame is due after an event");
    return (double)on_time / (double)frames;
}

static void look(struct figures_due *due, size_t len, int64_t from_ns, int64_t until_ns,
                 struct back *b) {
    const struct figures_back back = figures_back(due, len, from_ns, until_ns);
    b->first_second += second_from(due, len, from_ns);
    b->worst_s = fmax(b->worst_s, back.back_s);
    b->sum_s += back.back_s;
    b->below_s += back.below_s;
    b->within += back.back_s <= 1;
    b->never += isinf(back.back_s);
    b->looks++;
}

static struct back look_at_users(const struct cli_sim *sim, int users, bool of_nodes) {
    const struct sim_case *ready = &sim->at[0].ready;
    const struct weir_site *site = &ready->site;
    struct back b = {0};
    for (int seed = 1; seed <= ready->of->seeds; seed++) {
        struct weir_error err = {0};
        struct sim_cameras cameras;
        struct sim_result result = {0};
        size_t len;
        bench_require(
            cli_sim_one(sim, 0, users, 0, (uint64_t)seed, NULL, NULL, &cameras, &result, &err) == 0,
            err.text);
        const struct sim_conf conf = sim_case_conf(ready, &cameras, (uint64_t)seed);
        struct figures_due *due = list_due(&conf, &result, &len);
        for (size_t i = 0; i < site->event_len; i++) {
            const double end_s =
                i + 1 < site->event_len ? site->event[i + 1].at_s : ready->of->seconds;
            if ((site->event[i].node >= 0) == of_nodes)
                look(due, len, llround(site->event[i].at_s * 1e9), llround(end_s * 1e9), &b);
        }
        free(due);
        sim_result_done(&result);
        sim_cameras_done(&cameras);
    }
    bench_require(b.looks, "nothing happens there");
    return b;
}

void figures_tell_back(const struct cli_sim *sim, const char *figure, bool of_nodes) {
    struct figures_line line;
    struct back *b = calloc((size_t)sim->user_counts, sizeof *b);
    double worst_s = 0;
    bench_require(b, "out of memory");
    for (int u = 0; u < sim->user_counts; u++) {
        b[u] = look_at_users(sim, sim->users[u], of_nodes);
        worst_s = fmax(worst_s, b[u].worst_s);
    }
    figures_begin(&line, figure, worst_s, FIGURES_AT_MOST, 1, true);
    weir_json_key(&line.json, "each");
    weir_json_array(&line.json);
    for (int u = 0; u < sim->user_counts; u++) {
        weir_json_object(&line.json);
        weir_json_key_int(&line.json, "users", sim->users[u]);
        weir_json_key_num(&line.json, "worst_s", b[u].worst_s, 3);
        weir_json_key_num(&line.json, "mean_s", b[u].sum_s / b[u].looks, 3);
        weir_json_key_num(&line.json, "below_s", b[u].below_s / b[u].looks, 3);
        weir_json_key_int(&line.json, "within_1_s", b[u].within);
        weir_json_key_int(&line.json, "never", b[u].never);
        weir_json_key_int(&line.json, "looks", b[u].looks);
        weir_json_key_num(&line.json, "first_second_on_time", b[u].first_second / b[u].looks, 4);
        weir_json_end_object(&line.json);
    }
    weir_json_end_array(&line.json);
    figures_end(&line);
    free(b);
}
