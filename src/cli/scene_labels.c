/*
 * Annotations are written as they come, and the list of images, which follows
 * from their number alone, at the end: nothing grows with the length of the video.
 */
#include "cli/scene_labels.h"

#include <stdlib.h>
#include <string.h>

static int write_out(struct cli_scene_labels *l, struct weir_file *file, struct weir_error *err) {
    int rc = l->text.failed ? weir_fail(err, WEIR_ENOMEM, "no memory for the labels of %s", l->name)
                            : weir_file_write(file, weir_buf_str(&l->text), l->text.len, err);
    weir_buf_reset(&l->text);
    return rc;
}

/* "dir/street.mp4": "dir/street" */
static char *stem_of(const char *video) {
    const char *base = weir_path_base(video), *dot = strrchr(base, '.');
    return dot && dot > base ? strndup(video, (size_t)(dot - video)) : strdup(video);
}

static int create(struct cli_scene_labels *l, const char *suffix, struct weir_file **ret_file,
                  struct weir_error *err) {
    weir_buf_reset(&l->text);
    weir_buf_printf(&l->text, "%s%s", l->stem, suffix);
    if (l->text.failed)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the labels of %s", l->name);
    return weir_file_create(weir_buf_str(&l->text), ret_file, err);
}

int cli_scene_labels_open(struct cli_scene_labels *l, const char *video, struct weir_labels *labels,
                          int width, int height, struct weir_error *err) {
    *l = (struct cli_scene_labels){.stem = stem_of(video), .width = width, .height = height};
    if (!l->stem)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the labels of %s", video);
    l->name = weir_path_base(l->stem);
    l->labels = weir_labels_ref(labels);
    int rc = create(l, ".coco.json", &l->coco, err);
    if (!rc)
        rc = create(l, ".mot.txt", &l->mot, err);
    if (rc)
        cli_scene_labels_done(l);
    return rc;
}

int cli_scene_labels_begin(struct cli_scene_labels *l, const char *about, struct weir_error *err) {
    struct weir_json json;
    weir_buf_reset(&l->text);
    weir_json_init(&json, &l->text);
    weir_json_object(&json);
    weir_json_key(&json, "info");
    weir_json_object(&json);
    weir_json_key_str(&json, "description", about);
    weir_json_end_object(&json);
    weir_json_key(&json, "categories");
    weir_json_array(&json);
    for (size_t k = 0; k < l->labels->len; k++) {
        weir_json_object(&json);
        weir_json_key_int(&json, "id", weir_labels_coco_id(l->labels, (int)k));
        weir_json_key_str(&json, "name", weir_labels_name(l->labels, (int)k));
        weir_json_end_object(&json);
    }
    weir_json_end_array(&json);
    weir_buf_puts(&l->text, ",\n\"annotations\":[");
    return write_out(l, l->coco, err);
}

static void add_annotation(struct cli_scene_labels *l, const struct weir_truth_object *object) {
    const struct weir_box *b = &object->box;
    struct weir_json json;
    weir_buf_puts(&l->text, l->objects++ ? ",\n" : "\n");
    weir_json_init(&json, &l->text);
    weir_json_object(&json);
    weir_json_key_int(&json, "id", l->objects);
    weir_json_key_int(&json, "image_id", l->frames);
    weir_json_key_int(&json, "category_id", weir_labels_coco_id(l->labels, b->class_id));
    weir_json_key(&json, "bbox");
    weir_json_array(&json);
    weir_json_num(&json, b->x0, 3);
    weir_json_num(&json, b->y0, 3);
    weir_json_num(&json, (double)b->x1 - b->x0, 3);
    weir_json_num(&json, (double)b->y1 - b->y0, 3);
    weir_json_end_array(&json);
    weir_json_key_num(&json, "area", weir_box_area(b), 3);
    weir_json_key_int(&json, "iscrowd", 0);
    weir_json_key_num(&json, "visibility", object->visibility, 4);
    weir_json_key_int(&json, "track_id", b->track_id);
    weir_json_end_object(&json);
}

int cli_scene_labels_add(struct cli_scene_labels *l, const struct weir_truth *truth,
                         struct weir_error *err) {
    for (size_t i = 0; i < truth->len; i++)
        add_annotation(l, &truth->data[i]);
    int rc = write_out(l, l->coco, err);
    if (rc)
        return rc;
    l->frames++;
    for (size_t i = 0; i < truth->len; i++) {
        const struct weir_box *b = &truth->data[i].box;
        weir_buf_printf(&l->text, "%lld,%d,%.2f,%.2f,%.2f,%.2f,1,%d,%.4f\n", (long long)l->frames,
                        (int)b->track_id, (double)b->x0 + 1, (double)b->y0 + 1,
                        (double)b->x1 - b->x0, (double)b->y1 - b->y0,
                        weir_labels_coco_id(l->labels, b->class_id),
                        (double)truth->data[i].visibility);
    }
    return write_out(l, l->mot, err);
}

/* file_name: numbered as the ids, so that frames which were taken out of the video under
 * these names are found by name and by number. */
static int write_images(struct cli_scene_labels *l, struct weir_error *err) {
    enum { PIECE = 256 };
    int rc = 0;
    weir_buf_puts(&l->text, l->objects ? "\n],\n\"images\":[" : "],\n\"images\":[");
    for (int64_t i = 0; !rc && i < l->frames; i++) {
        struct weir_json json;
        char number[32];
        struct weir_buf file = {0};
        snprintf(number, sizeof number, "/%06lld.png", (long long)i);
        weir_buf_printf(&file, "%s%s", l->name, number);
        weir_buf_puts(&l->text, i ? ",\n" : "\n");
        weir_json_init(&json, &l->text);
        weir_json_object(&json);
        weir_json_key_int(&json, "id", i);
        weir_json_key_str(&json, "file_name", weir_buf_str(&file));
        weir_json_key_int(&json, "width", l->width);
        weir_json_key_int(&json, "height", l->height);
        weir_json_end_object(&json);
        l->text.failed |= file.failed;
        weir_buf_done(&file);
        if (i % PIECE == PIECE - 1)
            rc = write_out(l, l->coco, err);
    }
    weir_buf_puts(&l->text, "\n]}\n");
    return rc ? rc : write_out(l, l->coco, err);
}

int cli_scene_labels_seal(struct cli_scene_labels *l, struct weir_error *err) {
    int rc = write_images(l, err);
    if (!rc)
        rc = weir_file_flush(l->coco, err);
    if (!rc)
        rc = weir_file_flush(l->mot, err);
    return rc;
}

int cli_scene_labels_commit(struct cli_scene_labels *l, struct weir_error *err) {
    int rc = weir_file_commit(&l->coco, err);
    return rc ? rc : weir_file_commit(&l->mot, err);
}

void cli_scene_labels_done(struct cli_scene_labels *l) {
    weir_file_discard(l->coco);
    weir_file_discard(l->mot);
    weir_buf_done(&l->text);
    weir_labels_unref(&l->labels);
    free(l->stem);
    *l = (struct cli_scene_labels){0};
}
