/* The cameras of one run: what of them is chance comes from seed and user, and nothing else. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/case.h"

enum { PURPOSE_PHASE = 3, PURPOSE_CLIP = 4 }; /* beside those of world and wires */

static int64_t any_frame(const struct sim_table *t, int clip, struct weir_random *random) {
    return (int64_t)(weir_random_unit(random) * t->clip[clip].frames);
}

/* The first frame that is due at or after a time. */
static int64_t frame_at(const struct sim_stream_conf *s, double at_s) {
    double frame = ceil((at_s - (double)s->phase_ns / 1e9) * s->rate_fps - 1e-6);
    return frame > 0 ? (int64_t)frame : 0;
}

static void put_scenes(const struct sim_case *ready, int user, uint64_t seed,
                       const struct sim_stream_conf *stream, struct sim_scene *scene,
                       struct sim_showing *ret) {
    const struct weir_scenario_case *of = ready->of;
    struct weir_random random = weir_random_of(seed, PURPOSE_CLIP, (uint64_t)user);
    const int clip = ready->clip[(size_t)user % of->clips.len];
    int len = 0;
    scene[len++] = (struct sim_scene){0, clip, any_frame(&ready->table, clip, &random)};
    for (int i = 0; i < of->cuts; i++) {
        if (of->cut[i].user != user)
            continue;
        struct sim_scene next = {frame_at(stream, of->cut[i].at_s), ready->cut_clip[i],
                                 any_frame(&ready->table, ready->cut_clip[i], &random)};
        len -= scene[len - 1].from == next.from; /* no frame of that one was seen */
        scene[len++] = next;
    }
    *ret = (struct sim_showing){scene, len};
}

static struct sim_stream_conf stream_of(const struct sim_case *ready, int user, uint64_t seed,
                                        const char *name) {
    const struct weir_scenario_case *of = ready->of;
    const int node = ready->node[(size_t)user % of->nodes.len];
    const struct sim_table_clip *clip =
        &ready->table.clip[ready->clip[(size_t)user % of->clips.len]];
    struct weir_random random = weir_random_of(seed, PURPOSE_PHASE, (uint64_t)user);
    struct sim_stream_conf s = {
        .name = name,
        .node = node,
        .rate_fps = of->rate_fps,
        .phase_ns = (int64_t)(weir_random_unit(&random) * 1e9 * of->skip / of->rate_fps),
        .jitter_ns = llround(of->jitter_ms * 1e6),
        .skip = of->skip,
        .width = clip->width,
        .height = clip->height,
        .deadline_ns = llround(of->deadline_ms * 1e6),
        .min_accuracy = of->min_accuracy,
        .reference = ready->reference[node],
        .audit_width =
            of->audit_width == ready->setting[ready->reference[node]].width ? 0 : of->audit_width,
    };
    for (int i = 0; i < of->comes; i++)
        if (of->come[i].user == user) {
            s.phase_ns += llround(of->come[i].from_s * 1e9);
            s.until_ns = llround(of->come[i].to_s * 1e9);
        }
    return s;
}

int sim_cameras_init(struct sim_cameras *cameras, const struct sim_case *ready, int users,
                     uint64_t seed) {
    const size_t n = (size_t)users;
    struct sim_cameras c = {
        .stream = calloc(n, sizeof *c.stream),
        .streams = users,
        .showing = calloc(n, sizeof *c.showing),
        .scene = calloc(n + (size_t)ready->of->cuts, sizeof *c.scene),
        .name = calloc(n, sizeof *c.name),
    };
    if (!c.stream || !c.showing || !c.scene || !c.name) {
        sim_cameras_done(&c);
        return WEIR_ENOMEM;
    }
    struct sim_scene *scene = c.scene;
    for (int i = 0; i < users; i++) {
        snprintf(c.name[i], sizeof c.name[i], "user-%d", i);
        c.stream[i] = stream_of(ready, i, seed, c.name[i]);
        put_scenes(ready, i, seed, &c.stream[i], scene, &c.showing[i]);
        scene += c.showing[i].scenes;
    }
    *cameras = c;
    return 0;
}

void sim_cameras_done(struct sim_cameras *cameras) {
    free(cameras->stream);
    free(cameras->showing);
    free(cameras->scene);
    free(cameras->name);
    *cameras = (struct sim_cameras){0};
}

struct sim_conf sim_case_conf(const struct sim_case *ready, const struct sim_cameras *cameras,
                              uint64_t seed) {
    return (struct sim_conf){
        .site = &ready->site,
        .stream = cameras->stream,
        .streams = cameras->streams,
        .model = ready->model,
        .models = ready->models,
        .setting = ready->setting,
        .cost = ready->cost,
        .settings = ready->settings,
        .audit_settings = ready->audit_settings,
        .seed = seed,
        .seconds = ready->of->seconds,
    };
}
