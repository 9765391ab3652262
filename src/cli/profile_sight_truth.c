/*
 * What is there to be found. The truth's categories are what scenes, label files or the reference
 * name, as far as --classes wants it; in a clip where one of them is not labelled, nothing that
 * models find of it counts.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/profile_sight.h"
#include "model/model.h"
#include "profile/profile.h"
#include "scene/scene.h"

struct weir_stage_conf cli_sight_stage_conf(struct cli_sight *s, size_t clip) {
    return (struct weir_stage_conf){.workflow = s->ask->wf,
                                    .stream = (int)clip,
                                    .sink = -1,
                                    .clock = s->seen.clock,
                                    .stop = &s->seen.stop};
}

/* ---- classes ------------------------------------------------------------------- */

static bool is_wanted(const struct cli_sight *s, const char *name) {
    const struct weir_strings *list = &s->ask->wf->set.detect.classes;
    for (size_t i = 0; i < list->len; i++)
        if (!strcmp(list->item[i], name))
            return true;
    return !list->len;
}

/* Unless it is there already. from: who names it. */
static int add_class(struct cli_sight *s, const char *from, const char *name,
                     struct weir_error *err) {
    struct weir_dataset *truth = &s->seen.truth;
    if (!is_wanted(s, name) || weir_dataset_category(truth, name) >= 0)
        return 0;
    if (!*name || strlen(name) >= WEIR_SIGHT_NAME || !strcmp(name, "all"))
        return weir_fail(err, WEIR_EINVAL,
                         "%s: it has a class '%s'; allowed: names of 1 to %d bytes, not 'all'; "
                         "rename it, or name those that count with --classes A,B,…",
                         from, name, WEIR_SIGHT_NAME - 1);
    return weir_dataset_add_category(truth, (int64_t)truth->categories + 1, name, NULL)
               ? weir_fail(err, WEIR_ENOMEM, "out of memory")
               : 0;
}

static int add_labels(struct cli_sight *s, const char *from, const struct weir_labels *labels,
                      struct weir_error *err) {
    int rc = 0;
    for (size_t k = 0; !rc && k < labels->len; k++)
        rc = add_class(s, from, weir_labels_name(labels, (int)k), err);
    return rc;
}

static int check_wanted(const struct cli_sight *s, struct weir_error *err) {
    const struct weir_strings *list = &s->ask->wf->set.detect.classes;
    const struct weir_dataset *truth = &s->seen.truth;
    const char *by = s->reference.name ? s->reference.name : "the truth";
    for (size_t i = 0; i < list->len; i++)
        if (weir_dataset_category(truth, list->item[i]) < 0)
            return weir_fail(err, WEIR_EINVAL, "--classes: found '%s'; %s has no such class",
                             list->item[i], by);
    return truth->categories ? 0
                             : weir_fail(err, WEIR_EMODEL,
                                         "%s: it names no class; label what is to "
                                         "be found, or use --against MODEL",
                                         s->clip[0].truth_path ? s->clip[0].truth_path : by);
}

/* ---- clips --------------------------------------------------------------------- */

static int scene_classes(struct cli_sight *s, const struct cli_clip *clip, struct weir_error *err) {
    struct weir_labels *labels = weir_scene_labels();
    int rc = labels ? add_labels(s, clip->name, labels, err)
                    : weir_fail(err, WEIR_ENOMEM, "out of memory");
    weir_labels_unref(&labels);
    return rc;
}

static int load_truth(struct cli_sight *s, struct cli_clip *clip, struct weir_error *err) {
    int rc = cli_clip_truth(clip, "--against", err);
    for (size_t k = 0; !rc && k < clip->truth.categories; k++)
        rc = add_class(s, clip->truth_path, clip->truth.category[k].name, err);
    return rc;
}

static int open_clip(struct cli_sight *s, size_t index, struct weir_error *err) {
    struct cli_clip *clip = &s->clip[index];
    const struct cli_clip *first = &s->clip[0];
    struct weir_stage_conf conf = cli_sight_stage_conf(s, index);
    int rc = cli_clip_look(&conf, clip, err);
    if (!rc && (clip->width != first->width || clip->height != first->height))
        rc = weir_fail(err, WEIR_EINVAL,
                       "%s is %dx%d, but %s is %dx%d; a profile's clips are of one size: leave one "
                       "out, or resize the video",
                       clip->name, clip->width, clip->height, first->name, first->width,
                       first->height);
    if (!rc && !s->ask->against)
        rc = clip->drawn ? scene_classes(s, clip, err) : load_truth(s, clip, err);
    return rc;
}

typedef bool is_such(const struct cli_sight *s, const struct weir_dataset *truth,
                     const struct weir_eval_box *box);

/* Is there such a label? Of a scene it is not known before it is drawn: it may be. */
static bool any_label(const struct cli_sight *s, is_such *such) {
    for (size_t c = 0; c < s->clips; c++) {
        const struct weir_dataset *truth = &s->clip[c].truth;
        if (s->clip[c].drawn)
            return true;
        for (size_t i = 0; i < truth->images; i++)
            for (size_t b = 0; b < truth->image[i].len; b++)
                if (such(s, truth, &truth->image[i].box[b]))
                    return true;
    }
    return false;
}

/* It says how much of its object is to be seen. */
static bool states_visibility(const struct cli_sight *s, const struct weir_dataset *truth,
                              const struct weir_eval_box *box) {
    (void)s;
    (void)truth;
    return box->visibility > 0;
}

static bool is_wanted_label(const struct cli_sight *s, const struct weir_dataset *truth,
                            const struct weir_eval_box *box) {
    return is_wanted(s, truth->category[box->category].name);
}

static int open_clips(struct cli_sight *s, struct weir_error *err) {
    const size_t clips = s->ask->wf->stream_len;
    int rc = 0;
    s->clip = calloc(clips, sizeof *s->clip);
    if (!s->clip)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t i = 0; !rc && i < clips; i++) {
        s->clips++;
        rc = open_clip(s, i, err);
        if (!rc)
            s->job.frames =
                s->clip[i].frames < 0 || s->job.frames < 0 ? -1 : s->job.frames + s->clip[i].frames;
    }
    if (!rc && !s->ask->against && !any_label(s, is_wanted_label))
        rc = weir_fail(
            err, WEIR_EMODEL,
            "%s: nothing %sis labelled in it; label what is to be found, or use --against "
            "MODEL",
            s->clip[0].truth_path,
            s->ask->wf->set.detect.classes.len ? "of the --classes named " : "");
    s->job.picture = (struct weir_size){s->clip[0].width, s->clip[0].height};
    if (!rc && s->ask->visibility_given && !any_label(s, states_visibility))
        rc = weir_fail(err, WEIR_EINVAL,
                       "--min-visibility: %s does not state how much of its objects is to be seen "
                       "(\"visibility\" in its annotations); leave it out",
                       s->clip[0].truth_path);
    return rc;
}

/* ---- widths -------------------------------------------------------------------- */

static int choose_widths(struct cli_sight *s, struct weir_error *err) {
    const struct cli_sight_ask *ask = s->ask;
    const int own = s->job.picture.width;
    size_t len = 0;
    for (size_t i = 0; i < ask->widths; i++) {
        if (ask->width[i] > own)
            return weir_fail(err, WEIR_EINVAL,
                             "--widths: found %d; the pictures are %d wide, and nothing is "
                             "enlarged: allowed: up to %d",
                             ask->width[i], own, own);
        s->width[len++] = ask->width[i];
    }
    for (size_t i = 0; !ask->widths && i < WEIR_REDUCE_LADDER; i++)
        if (weir_reduce_ladder[i] < own)
            s->width[len++] = weir_reduce_ladder[i];
    if (!ask->widths)
        s->width[len++] = own;
    s->job.width = s->width;
    s->job.widths = len;
    s->job.rounded = !ask->widths;
    return 0;
}

/* ---- the reference --------------------------------------------------------------- */

static int map_reference(struct cli_sight *s, const struct weir_labels *labels, int classes,
                         struct weir_error *err) {
    struct cli_sight_reference *r = &s->reference;
    r->category = malloc(((size_t)classes + 1) * sizeof *r->category);
    int rc = r->category ? add_labels(s, r->path, labels, err)
                         : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int c = 0; !rc && c < classes; c++)
        r->category[c] = weir_dataset_category(&s->seen.truth, weir_labels_name(labels, c));
    return rc;
}

static int open_reference(struct cli_sight *s, struct weir_error *err) {
    struct cli_sight_reference *r = &s->reference;
    struct weir_model *own = NULL; /* at its own preferred size */
    r->conf = -1;
    int rc = weir_model_find(s->ask->against, &r->path, err);
    if (!rc && !(r->name = weir_model_name(r->path)))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = weir_sight_conf(r->path, &r->conf, err);
    if (!rc)
        rc = cli_accuracy_model_at(&s->job, r->path, (struct weir_size){0, 0}, r->conf, &own, err);
    if (rc)
        return rc;
    const struct weir_model_desc *desc = weir_model_desc(own);
    if (r->conf < 0)
        r->conf = (double)desc->conf;
    rc = map_reference(s, desc->labels, desc->classes, err);
    if (!rc && desc->size.width > 0)
        fprintf(stderr, "weir: %s is fixed in size: it looks at %dx%d\n", r->name, desc->size.width,
                desc->size.height);
    if (!rc)
        rc = weir_model_at(own, weir_model_fit(own, s->job.picture), &r->handle, err);
    weir_model_unref(&own);
    return rc;
}

/* ---- all of it ------------------------------------------------------------------- */

int cli_sight_truth_open(struct cli_sight *s, struct weir_error *err) {
    int rc = open_clips(s, err);
    if (!rc)
        rc = choose_widths(s, err);
    if (!rc && s->ask->against)
        rc = open_reference(s, err);
    if (!rc)
        rc = check_wanted(s, err);
    if (rc)
        return rc;
    if (s->ask->against)
        s->job.before = s->job.frames;
    struct weir_labels *scene = weir_scene_labels();
    s->labelled = calloc(s->seen.truth.categories + 1, sizeof *s->labelled);
    s->scene_category = scene ? calloc(scene->len + 1, sizeof *s->scene_category) : NULL;
    if (!s->labelled || !s->scene_category)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t k = 0; !rc && k < scene->len; k++)
        s->scene_category[k] =
            weir_dataset_category(&s->seen.truth, weir_labels_name(scene, (int)k));
    weir_labels_unref(&scene);
    return rc;
}

void cli_sight_truth_done(struct cli_sight *s) {
    for (size_t i = 0; i < s->clips; i++)
        cli_clip_done(&s->clip[i]);
    free(s->clip);
    weir_model_unref(&s->reference.handle);
    free(s->reference.path);
    free(s->reference.name);
    free(s->reference.category);
    free(s->labelled);
    free(s->scene_category);
}

/* ---- frames ---------------------------------------------------------------------- */

void cli_sight_truth_begin(struct cli_sight *s, size_t index) {
    const struct cli_clip *clip = &s->clip[index];
    const struct weir_dataset *truth = &s->seen.truth;
    if (s->ask->against)
        return;
    memset(s->labelled, 0, truth->categories * sizeof *s->labelled);
    for (size_t k = 0; !clip->drawn && k < truth->categories; k++)
        s->labelled[k] = weir_dataset_category(&clip->truth, truth->category[k].name) >= 0;
    struct weir_labels *scene = clip->drawn ? weir_scene_labels() : NULL;
    for (size_t k = 0; scene && k < scene->len; k++)
        if (s->scene_category[k] >= 0)
            s->labelled[s->scene_category[k]] = true;
    weir_labels_unref(&scene);
    s->seen.labelled = s->labelled;
}

static int add_labelled(struct weir_dataset *to, const struct weir_dataset *from,
                        const struct weir_eval_image *image) {
    size_t index = 0;
    int rc = weir_dataset_add_image(to, (int64_t)to->images, NULL, &index);
    for (size_t i = 0; !rc && i < image->len; i++) {
        struct weir_eval_box box = image->box[i];
        box.category = weir_dataset_category(to, from->category[box.category].name);
        if (box.category >= 0)
            rc = weir_dataset_add_box(to, index, &box);
    }
    return rc;
}

int cli_sight_truth_of(struct cli_sight *s, size_t index, int64_t number,
                       const struct weir_frame *frame, struct weir_error *err) {
    const struct cli_clip *clip = &s->clip[index];
    struct weir_dataset *truth = &s->seen.truth;
    const struct weir_eval_image *image = NULL;
    int rc = clip->drawn ? 0 : cli_clip_labels(clip, number, &image, err);
    if (rc)
        return rc;
    if (clip->drawn ? cli_accuracy_add_scene(truth, frame->truth, s->scene_category)
                    : add_labelled(truth, &clip->truth, image))
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    /* here, since some clips may state it and some not */
    struct weir_eval_image *added = &truth->image[truth->images - 1];
    for (size_t i = 0; i < added->len; i++)
        if (added->box[i].visibility > 0 &&
            added->box[i].visibility < s->ask->limits.min_visibility)
            added->box[i].ignore = true;
    return 0;
}

int cli_sight_truth_find(struct cli_sight *s, const struct weir_image *image,
                         struct weir_error *err) {
    struct weir_dataset *truth = &s->seen.truth;
    struct weir_boxes boxes = {0};
    size_t index = 0;
    int rc = weir_model_detect_image(s->reference.handle, image, &boxes, err);
    if (rc)
        weir_fail_at(err, rc, "%s: ", s->reference.path);
    else if (weir_dataset_add_image(truth, (int64_t)truth->images, NULL, &index) ||
             cli_accuracy_add_boxes(truth, index, &boxes, s->reference.category, NULL))
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    weir_boxes_done(&boxes);
    s->seen.done += !rc;
    return rc;
}

/* ---- is there any? ----------------------------------------------------------------- */

static bool any_counts(const struct cli_sight *s, const bool *has) {
    const struct weir_dataset *truth = &s->seen.truth;
    for (size_t i = 0; i < truth->images; i++)
        for (size_t b = 0; b < truth->image[i].len; b++) {
            const struct weir_eval_box *box = &truth->image[i].box[b];
            if (has[box->category] && !box->ignore && !box->crowd &&
                box->h >= s->ask->limits.min_height)
                return true;
        }
    return false;
}

int cli_sight_truth_check(const struct cli_sight *s, struct weir_error *err) {
    for (size_t m = 0; m < s->seen.models; m++) {
        const struct cli_accuracy_model *model = &s->seen.model[m];
        if (any_counts(s, model->has))
            continue;
        if (s->reference.name)
            return weir_fail(err, WEIR_EMODEL,
                             "%s: it finds nothing in %s%s that %s could find, too, and that is %g "
                             "pixels high (--min-height); show it another clip, or take another "
                             "reference",
                             s->reference.path, s->clip[0].name, s->clips > 1 ? ", …" : "",
                             model->name, s->ask->limits.min_height);
        return weir_fail(err, WEIR_EMODEL,
                         "%s%s: nothing is labelled that %s could find, and that is %g pixels high "
                         "(--min-height); label it, take another clip, or use --against MODEL",
                         s->clip[0].truth_path ? s->clip[0].truth_path : s->clip[0].name,
                         s->clips > 1 ? ", …" : "", model->name, s->ask->limits.min_height);
    }
    return 0;
}
