/*
 * How far one comes on generated scenes without a detector that has learnt what
 * things look like: background subtraction, and rules on size and shape. It is
 * given much that a real camera's owner would not have: the scene's own ground
 * perspective (the height of a person by where they stand, fitted to the truth of the
 * very scene), and what sizes and shapes the classes have (of the very scenes).
 *
 *   bench_scene_baseline [FIRST_SEED [SEEDS]]
 *
 * Each scene runs at 5 pictures a second; one a second is judged, as `weir eval
 * scenes` does by default, after the background was learnt. AP50 is told over all
 * truth, and over what has moved since the second before alone.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "eval/eval.h"
#include "scene/scene.h"
#include "subtract.h"

enum {
    FPS = 5,
    SECONDS = 45,
    LEARN_S = 10, /* not judged */
    HISTORY = 100,
    CLASSES = 5,
    PERSON = 0,
    MIN_AREA = 20,
};

static const double least_visible = 0.8; /* of truth that is learnt from */
static const struct weir_eval_limits limits = {.min_height = 12, .min_visibility = 0.35};

static struct weir_scene *open_scene(int64_t seed) {
    struct weir_scene_conf conf = weir_scene_defaults;
    struct weir_scene *scene = NULL;
    struct weir_error err = {0};
    conf.seed = (uint64_t)seed;
    conf.fps = FPS;
    conf.seconds = SECONDS;
    bench_require(weir_scene_new(&conf, &scene, &err) == 0, err.text);
    return scene;
}

/* ---- what is learnt ------------------------------------------------------ */

/* Sums for the least squares fit of height over bottom. */
struct fit {
    double n, y, h, yy, yh;
};

/* Height of a person who stands with the feet at y: slope * y + offset. */
struct ground {
    double slope, offset;
};

static double person_at(const struct ground *g, double y) {
    return fmax(g->slope * y + g->offset, 4);
}

static void fit_add(struct fit *f, double y, double h) {
    f->n++;
    f->y += y;
    f->h += h;
    f->yy += y * y;
    f->yh += y * h;
}

static struct ground fit_line(const struct fit *f) {
    double det = f->n * f->yy - f->y * f->y;
    if (f->n < 2 || fabs(det) < 1e-6)
        return (struct ground){0.3, 0}; /* nobody to learn from */
    double slope = (f->n * f->yh - f->y * f->h) / det;
    return (struct ground){slope, (f->h - slope * f->y) / f->n};
}

/* Of a class: height in persons and width over height, both as logarithms. */
struct shape {
    double n, sum[2], square[2];
};

static void shape_of(const struct ground *g, double w, double h, double bottom, double ret[2]) {
    ret[0] = log(fmax(h, 1) / person_at(g, bottom));
    ret[1] = log(fmax(w, 1) / fmax(h, 1));
}

/* A whole object, not cut off by the picture's edge. */
static bool is_whole(const struct weir_truth_object *o, const struct weir_scene_conf *conf) {
    return o->visibility >= least_visible && o->box.x0 > 1 && o->box.y0 > 1 &&
           o->box.x1 < (float)conf->width - 1 && o->box.y1 < (float)conf->height - 1;
}

static struct ground learn(int64_t seed, struct shape shapes[static CLASSES]) {
    struct weir_scene *scene = open_scene(seed);
    struct weir_truth truth = {0}, all = {0};
    struct fit fit = {0};
    struct weir_image *image = NULL;
    while (weir_scene_next(scene, &image, &truth, NULL) == 0) {
        weir_image_unref(&image);
        for (size_t i = 0; i < truth.len; i++) {
            const struct weir_truth_object *o = &truth.data[i];
            if (!is_whole(o, &weir_scene_defaults))
                continue;
            if (o->box.class_id == PERSON)
                fit_add(&fit, o->box.y1, (double)o->box.y1 - o->box.y0);
            bench_require(weir_truth_add(&all, *o) == 0, "out of memory");
        }
        weir_scene_skip(scene, FPS - 1);
    }
    struct ground ground = fit_line(&fit);
    for (size_t i = 0; i < all.len; i++) {
        const struct weir_box *b = &all.data[i].box;
        double v[2];
        shape_of(&ground, (double)b->x1 - b->x0, (double)b->y1 - b->y0, b->y1, v);
        struct shape *s = &shapes[b->class_id];
        s->n++;
        for (int k = 0; k < 2; k++) {
            s->sum[k] += v[k];
            s->square[k] += v[k] * v[k];
        }
    }
    weir_truth_done(&truth);
    weir_truth_done(&all);
    weir_scene_free(scene);
    return ground;
}

/* ---- what is found ------------------------------------------------------- */

/* The likeliest class of a region; its score falls with how unlike that class it is, and
 * with how little of its box moves. -1: like none. */
static int classify(const struct region *r, const struct ground *ground,
                    const struct shape shapes[static CLASSES], double *ret_score) {
    double v[2], best = -1e9, total = 0;
    int found = -1;
    shape_of(ground, r->x1 - r->x0, r->y1 - r->y0, r->y1, v);
    for (int c = 0; c < CLASSES; c++)
        total += shapes[c].n;
    for (int c = 0; c < CLASSES; c++) {
        const struct shape *s = &shapes[c];
        double distance = 0, log_spread = 0;
        if (s->n < 10)
            continue;
        for (int k = 0; k < 2; k++) {
            double mean = s->sum[k] / s->n;
            double variance = fmax(s->square[k] / s->n - mean * mean, 0.01);
            distance += (v[k] - mean) * (v[k] - mean) / variance;
            log_spread += log(variance) / 2;
        }
        double likelihood = log(s->n / total) - log_spread - distance / 2;
        if (distance < 16 && likelihood > best) {
            best = likelihood;
            found = c;
            *ret_score =
                exp(-distance / 8) * r->area / ((double)(r->x1 - r->x0) * (double)(r->y1 - r->y0));
        }
    }
    return found;
}

static void add_found(struct weir_dataset *found, size_t image, const struct region *region,
                      size_t len, const struct ground *ground,
                      const struct shape shapes[static CLASSES]) {
    for (size_t i = 0; i < len; i++) {
        const struct region *r = &region[i];
        double score = 0;
        int c = classify(r, ground, shapes, &score);
        struct weir_eval_box box = {.x = r->x0,
                                    .y = r->y0,
                                    .w = r->x1 - r->x0,
                                    .h = r->y1 - r->y0,
                                    .score = score,
                                    .track_id = -1,
                                    .category = c};
        box.area = box.w * box.h;
        if (c >= 0)
            bench_require(weir_dataset_add_box(found, image, &box) == 0, "out of memory");
    }
}

static const struct weir_truth_object *same_object(const struct weir_truth *truth, int track_id) {
    for (size_t i = 0; i < truth->len; i++)
        if (truth->data[i].box.track_id == track_id)
            return &truth->data[i];
    return NULL;
}

/* By at least a seventh of its height, or it has just come. */
static bool has_moved(const struct weir_box *now, const struct weir_truth *before) {
    const struct weir_truth_object *o = same_object(before, now->track_id);
    if (!o)
        return true;
    double dx = ((double)now->x0 + now->x1 - o->box.x0 - o->box.x1) / 2;
    double dy = (double)now->y1 - o->box.y1;
    return 7 * hypot(dx, dy) > (double)now->y1 - now->y0;
}

static void add_truth(struct weir_dataset *all, struct weir_dataset *moving,
                      const struct weir_truth *truth, const struct weir_truth *before) {
    size_t image = 0;
    bench_require(weir_dataset_add_image(all, (int64_t)all->images, NULL, &image) == 0 &&
                      weir_dataset_add_image(moving, (int64_t)image, NULL, NULL) == 0,
                  "out of memory");
    for (size_t i = 0; i < truth->len; i++) {
        const struct weir_truth_object *o = &truth->data[i];
        struct weir_eval_box box = {.x = o->box.x0,
                                    .y = o->box.y0,
                                    .w = (double)o->box.x1 - o->box.x0,
                                    .h = (double)o->box.y1 - o->box.y0,
                                    .area = weir_box_area(&o->box),
                                    .score = 1,
                                    .track_id = o->box.track_id,
                                    .visibility = o->visibility,
                                    .category = o->box.class_id};
        bench_require(weir_dataset_add_box(all, image, &box) == 0, "out of memory");
        box.ignore = !has_moved(&o->box, before);
        bench_require(weir_dataset_add_box(moving, image, &box) == 0, "out of memory");
    }
}

struct sums {
    struct weir_dataset truth, moving, found;
    double ms;
    int64_t frames;
};

static void watch(int64_t seed, const struct ground *ground,
                  const struct shape shapes[static CLASSES], struct sums *sums) {
    struct weir_scene *scene = open_scene(seed);
    struct subtract *subtract =
        subtract_new(weir_scene_defaults.width, weir_scene_defaults.height, HISTORY);
    struct weir_truth truth = {0}, before = {0};
    struct weir_image *image = NULL;
    bench_require(subtract, "out of memory");
    for (int64_t i = 0; weir_scene_next(scene, &image, &truth, NULL) == 0; i++) {
        const struct region *region;
        double begin = bench_ms(CLOCK_MONOTONIC);
        size_t len = subtract_next(subtract, image, MIN_AREA, &region);
        sums->ms += bench_ms(CLOCK_MONOTONIC) - begin;
        sums->frames++;
        weir_image_unref(&image);
        if (i % FPS)
            continue;
        if (i >= LEARN_S * FPS) {
            size_t at = 0;
            add_truth(&sums->truth, &sums->moving, &truth, &before);
            bench_require(
                weir_dataset_add_image(&sums->found, (int64_t)sums->found.images, NULL, &at) == 0,
                "out of memory");
            add_found(&sums->found, at, region, len, ground, shapes);
        }
        bench_require(weir_truth_copy(&before, &truth) == 0, "out of memory");
    }
    weir_truth_done(&truth);
    weir_truth_done(&before);
    subtract_free(subtract);
    weir_scene_free(scene);
}

static void name_classes(struct weir_dataset *d) {
    struct weir_labels *labels = weir_scene_labels();
    bench_require(labels && labels->len == CLASSES, "the classes of scenes are others");
    for (int c = 0; c < CLASSES; c++)
        bench_require(weir_dataset_add_category(d, c, weir_labels_name(labels, c), NULL) == 0,
                      "out of memory");
    weir_labels_unref(&labels);
}

int main(int argc, char **argv) {
    const int64_t first = argc > 1 ? atoll(argv[1]) : 0;
    const int seeds = argc > 2 ? atoi(argv[2]) : 4;
    bench_require(first >= 0 && seeds >= 1 && seeds <= 1000, "FIRST_SEED from 0, 1 to 1000 SEEDS");
    struct ground *ground = calloc((size_t)seeds, sizeof *ground);
    struct shape shapes[CLASSES] = {0};
    struct sums sums = {0};
    struct weir_coco_ap all, moving;
    struct weir_verdicts verdicts = {0};
    struct weir_error err = {0};

    bench_require(ground, "out of memory");
    for (int i = 0; i < seeds; i++)
        ground[i] = learn(first + i, shapes);
    name_classes(&sums.truth);
    name_classes(&sums.moving);
    name_classes(&sums.found);
    for (int i = 0; i < seeds; i++)
        watch(first + i, &ground[i], shapes, &sums);
    bench_require(weir_dataset_limit(&sums.truth, &sums.found, &limits, &err) == 0 &&
                      weir_dataset_limit(&sums.moving, &sums.found, &limits, &err) == 0 &&
                      weir_coco_eval(&sums.truth, &sums.found, &all, &err) == 0 &&
                      weir_coco_eval(&sums.moving, &sums.found, &moving, &err) == 0 &&
                      weir_f1_judge(&sums.truth, &sums.found, 0.5, &verdicts, &err) == 0,
                  err.text);
    struct weir_f1 f1 = weir_f1_at(&verdicts, weir_f1_best(&verdicts));
    bench_require(f1.tp > 0, "it found nothing at all");
    printf("{\"bench\":\"scene_baseline\",\"first_seed\":%lld,\"seeds\":%d,\"pictures\":%zu,"
           "\"ap50\":%.4f,\"ap\":%.4f,\"f1\":%.4f,\"ap50_moving\":%.4f,\"ms_per_picture\":%.1f}\n",
           (long long)first, seeds, sums.truth.images, all.ap50, all.ap, f1.f1, moving.ap50,
           sums.ms / (double)sums.frames);
    weir_verdicts_done(&verdicts);
    weir_dataset_done(&sums.truth);
    weir_dataset_done(&sums.moving);
    weir_dataset_done(&sums.found);
    free(ground);
    return 0;
}
