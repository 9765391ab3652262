/* Scenes, drawn once each, and shown to all models. */
#include "cli/eval_scenes.h"

#include <math.h>

static int64_t frames_of(const struct weir_scene_conf *conf) {
    int64_t frames = llround(conf->seconds * conf->fps);
    return frames < 1 ? 1 : frames;
}

static int begin_truth(struct weir_dataset *truth, struct weir_error *err) {
    struct weir_labels *labels = weir_scene_labels();
    int rc = labels ? 0 : WEIR_ENOMEM;
    for (size_t k = 0; !rc && k < labels->len; k++)
        rc = weir_dataset_add_category(truth, weir_labels_coco_id(labels, (int)k),
                                       weir_labels_name(labels, (int)k), NULL);
    weir_labels_unref(&labels);
    return rc ? weir_fail(err, rc, "out of memory") : 0;
}

static int run_scene(const struct cli_eval_scenes *job, uint64_t seed, struct cli_accuracy *a,
                     struct weir_error *err) {
    struct weir_scene_conf conf = job->scene;
    struct weir_scene *scene = NULL;
    struct weir_truth truth = {0};
    conf.seed = seed;
    int rc = weir_scene_new(&conf, &scene, err);
    while (!rc && !weir_stop_requested(&a->stop)) {
        struct weir_image *image = NULL;
        rc = weir_scene_next(scene, &image, &truth, err);
        if (!rc && cli_accuracy_add_scene(&a->truth, &truth, NULL))
            rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
        if (!rc)
            rc = cli_accuracy_push(a, &image, err);
        weir_image_unref(&image);
    }
    if (rc == WEIR_EEOF)
        rc = cli_accuracy_flush(a, err);
    weir_truth_done(&truth);
    weir_scene_free(scene);
    return rc;
}

int cli_eval_scenes(const struct cli_eval_scenes *job, struct cli_accuracy *a,
                    struct weir_error *err) {
    int rc = begin_truth(&a->truth, err);
    if (!rc)
        rc = cli_accuracy_open(a, err);
    for (size_t i = 0; !rc && i < job->seeds && !weir_stop_requested(&a->stop); i++)
        rc = run_scene(job, job->seed[i], a, err);
    cli_accuracy_close(a);
    return rc ? rc : cli_accuracy_judge(a, err);
}

void cli_eval_scenes_frames(const struct cli_eval_scenes *job, struct cli_accuracy_job *ret) {
    ret->picture = (struct weir_size){job->scene.width, job->scene.height};
    ret->frames = (int64_t)job->seeds * frames_of(&job->scene);
}
