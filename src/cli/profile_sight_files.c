/*
 * NAME.accuracy.json of each model: all are written to the end before the first is renamed to its
 * place. Beside a model one that is there already stays: the user may not know of it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/profile_sight.h"
#include "profile/profile.h"

static int name_file(const struct cli_sight *s, size_t m, char **ret_path, struct weir_error *err) {
    const struct cli_accuracy_model *model = &s->seen.model[m];
    char *beside = weir_sight_path(model->path), *path = beside;
    if (beside && s->ask->out) {
        path = weir_path_join(s->ask->out, weir_path_base(beside));
        free(beside);
    }
    if (!path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    *ret_path = path;
    return 0;
}

/* A file is begun and thrown away: what would stand in the way at the end does so now. */
static int check_place(const struct cli_sight *s, const char *path, struct weir_error *err) {
    struct weir_file *file = NULL;
    struct stat st;
    const bool there = !stat(path, &st);
    if (there && !S_ISREG(st.st_mode))
        return weir_fail(err, WEIR_EINVAL, "%s: is no file; remove it, or name a folder with -o",
                         path);
    if (there && !s->ask->out)
        return weir_fail(err, WEIR_EEXIST,
                         "%s is there already; to replace it, name its folder: -o %.*s", path,
                         weir_path_base(path) > path ? (int)(weir_path_base(path) - path) : 1,
                         weir_path_base(path) > path ? path : ".");
    int rc = weir_file_create(path, &file, err);
    weir_file_discard(file);
    return rc;
}

/* What reads the file holds names of that length, and so many classes. */
static int check_model(const struct cli_sight *s, size_t m, struct weir_error *err) {
    const struct cli_accuracy_model *model = &s->seen.model[m];
    size_t classes = 0;
    for (size_t k = 0; k < s->seen.truth.categories; k++)
        classes += model->has[k];
    if (strlen(model->name) >= WEIR_SIGHT_NAME)
        return weir_fail(err, WEIR_EINVAL,
                         "%s: a profile holds names of at most %d bytes; rename it", model->path,
                         WEIR_SIGHT_NAME - 1);
    if (classes > WEIR_SIGHT_CLASSES_MAX)
        return weir_fail(err, WEIR_ERANGE,
                         "%s: %zu of its classes count, and a profile holds %d; name those that "
                         "count with --classes A,B,…",
                         model->path, classes, WEIR_SIGHT_CLASSES_MAX);
    return 0;
}

int cli_sight_files_open(struct cli_sight *s, struct weir_error *err) {
    s->file = calloc(s->seen.models + 1, sizeof *s->file);
    int rc = s->file ? 0 : weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (size_t m = 0; !rc && m < s->seen.models; m++) {
        rc = check_model(s, m, err);
        if (!rc)
            rc = name_file(s, m, &s->file[m], err);
        if (!rc)
            rc = check_place(s, s->file[m], err);
    }
    return rc;
}

void cli_sight_files_done(struct cli_sight *s) {
    for (size_t m = 0; s->file && m < s->seen.models; m++)
        free(s->file[m]);
    free(s->file);
}

void cli_sight_sources_json(const struct cli_sight *s, struct weir_json *json) {
    char size[32];
    snprintf(size, sizeof size, "%dx%d", s->job.picture.width, s->job.picture.height);
    weir_json_key(json, "sources");
    weir_json_object(json);
    weir_json_key(json, "clips");
    weir_json_array(json);
    for (size_t i = 0; i < s->clips; i++)
        weir_json_str(json, s->clip[i].source);
    weir_json_end_array(json);
    weir_json_key_str(json, "size", size);
    weir_json_key_int(json, "frames", (int64_t)s->seen.truth.images);
    if (s->reference.name) {
        weir_json_key_str(json, "reference", s->reference.name);
        weir_json_key_num(json, "reference_conf", s->reference.conf, 6);
    }
    weir_json_key_num(json, "min_height", s->ask->limits.min_height, 6);
    if (!s->reference.name)
        weir_json_key_num(json, "min_visibility", s->ask->limits.min_visibility, 6);
    weir_json_end_object(json);
}

static int write_text(const struct cli_sight *s, size_t m, struct weir_file *file,
                      struct weir_error *err) {
    struct weir_buf text = {0};
    struct weir_json json;
    weir_json_init(&json, &text);
    weir_json_object(&json);
    cli_accuracy_file_head(&s->seen, m, &json);
    cli_sight_sources_json(s, &json);
    cli_accuracy_file_counts(&s->seen, m, &json);
    weir_json_end_object(&json);
    weir_buf_putc(&text, '\n');
    int rc = text.failed ? weir_fail(err, WEIR_ENOMEM, "out of memory")
                         : weir_file_write(file, text.data, text.len, err);
    weir_buf_done(&text);
    return rc ? rc : weir_file_flush(file, err);
}

int cli_sight_files_write(const struct cli_sight *s, struct weir_error *err) {
    struct weir_file *file[CLI_ACCURACY_MODELS_MAX] = {NULL};
    int rc = 0;
    for (size_t m = 0; !rc && m < s->seen.models; m++) {
        rc = weir_file_create(s->file[m], &file[m], err);
        if (!rc)
            rc = write_text(s, m, file[m], err);
    }
    for (size_t m = 0; !rc && m < s->seen.models; m++)
        rc = weir_file_commit(&file[m], err);
    for (size_t m = 0; m < s->seen.models; m++)
        weir_file_discard(file[m]);
    return rc;
}
