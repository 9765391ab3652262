/*
 * A clip that was recorded, as a file of its own in FILE.part.d/, so that an interrupted
 * recording goes on. It begins with everything that determines it, as text: the program, the
 * machine, models by their checksum, settings, the clip. Where that is not what this command
 * would record, the part is of no use.
 *
 *   header, then padded to 8 bytes each: key, bytes, ends, boxes, times
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/record.h"
#include "model/model.h"

#define MAGIC "WEIRPRT1"
static const size_t file_max_bytes = (size_t)4 << 30;

struct header {
    char magic[8];
    uint64_t sum; /* of all behind the header */
    uint64_t key_len;
    uint32_t frames, settings, boxes;
    uint16_t width, height;
    float rate_fps;
    uint32_t zero;
};
_Static_assert(sizeof(struct header) == 48, "the layout is the file's");

enum { PIECES = 4 + RECORD_COSTS };

struct piece {
    void *data;
    size_t len;
};

static size_t padded(size_t len) {
    return (len + 7) & ~(size_t)7;
}

/* FNV-1a */
static uint64_t sum_of(uint64_t sum, const void *data, size_t len) {
    const unsigned char *at = data;
    for (size_t i = 0; i < len; i++)
        sum = (sum ^ at[i]) * 0x100000001b3u;
    return sum;
}
static const uint64_t sum_start = 0xcbf29ce484222325u;

/* In the order of the file. */
static void lay_out(const struct header *h, char *key, struct record_take *take,
                    struct piece ret[PIECES]) {
    const size_t cells = (size_t)h->settings * h->frames;
    ret[0] = (struct piece){key, h->key_len};
    ret[1] = (struct piece){take->draft.bytes, cells * sizeof(uint32_t)};
    ret[2] = (struct piece){take->draft.ends, (cells + h->frames) * sizeof(uint32_t)};
    ret[3] = (struct piece){take->draft.box, h->boxes * sizeof(struct sim_table_box)};
    for (int k = 0; k < RECORD_COSTS; k++)
        ret[4 + k] = (struct piece){take->ns[k], cells * sizeof(uint32_t)};
}

/* ---- names --------------------------------------------------------------------- */

char *record_parts_dir(const char *out) {
    struct weir_buf dir = {0};
    weir_buf_printf(&dir, "%s.part.d", out);
    if (dir.failed)
        weir_buf_done(&dir);
    return dir.data;
}

static char *part_path(const char *dir, const struct cli_clip *clip) {
    struct weir_buf path = {0};
    weir_buf_printf(&path, "%s/%s.part", dir, clip->name);
    if (path.failed)
        weir_buf_done(&path);
    return path.data;
}

/* ---- what determines a part ------------------------------------------------------ */

static int print_model(const char *role, const struct record_model *m, struct weir_buf *out,
                       struct weir_error *err) {
    char sum[65];
    int rc = weir_sha256_file(m->path, sum, err);
    if (rc)
        return rc;
    struct weir_buf sidecar = {0};
    weir_buf_printf(&sidecar, "%.*s%s.yaml", (int)(weir_path_base(m->path) - m->path), m->path,
                    m->name);
    weir_buf_printf(out, "%s %s %s conf %.9g\n", role, m->name, sum, m->conf);
    if (!sidecar.failed && weir_file_exists(weir_buf_str(&sidecar))) {
        rc = weir_sha256_file(weir_buf_str(&sidecar), sum, err);
        if (!rc)
            weir_buf_printf(out, "sidecar %s\n", sum);
    }
    weir_buf_done(&sidecar);
    return rc;
}

int record_part_print(struct record_plan *plan, struct weir_error *err) {
    const struct weir_settings *set = &plan->ask->wf.set;
    struct weir_buf *out = &plan->print;
    char program[65];
    int rc = weir_sha256_file("/proc/self/exe", program, err);
    if (rc)
        return rc;
    weir_buf_printf(out, "program %s\nmachine %s\n", program, plan->machine);
    weir_buf_printf(out, "nms %.9g most %d provider %d threads %d graph %d\n", set->detect.nms_iou,
                    set->detect.max_boxes, (int)set->detect.provider, set->detect.threads,
                    (int)set->detect.graph);
    weir_buf_printf(out, "least %.9g high, %.9g visible; frames %lld\n",
                    plan->ask->limits.min_height, plan->ask->limits.min_visibility,
                    (long long)set->run.max_frames);
    if (plan->ask->reference)
        rc = print_model("reference", &plan->reference, out, err);
    for (size_t m = 0; !rc && m < plan->models; m++)
        rc = print_model("model", &plan->model[m], out, err);
    for (int k = 0; k < plan->classes; k++)
        weir_buf_printf(out, "class %s\n", plan->class_name[k]);
    for (int s = 0; s < plan->settings; s++) {
        const struct sim_table_setting *x = &plan->setting[s];
        weir_buf_printf(out, "setting %d %dx%d %d %d\n", x->model, x->width, x->height, x->travel,
                        x->quality);
    }
    if (!rc && out->failed)
        rc = weir_fail(err, WEIR_ENOMEM, "out of memory");
    return rc;
}

/* A file is told by its size and time of change: videos are too large to be read once more. */
static void print_file(const char *what, const char *path, struct weir_buf *out) {
    struct stat st;
    weir_buf_printf(out, "%s %s", what, path);
    if (!stat(path, &st))
        weir_buf_printf(out, " %lld bytes, %lld.%09ld", (long long)st.st_size,
                        (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
    weir_buf_putc(out, '\n');
}

int record_part_key(const struct record_plan *plan, size_t clip, struct weir_buf *ret_key,
                    struct weir_error *err) {
    const struct cli_clip *c = &plan->clip[clip];
    const char *source = c->source;
    if (!strncmp(source, "file:", 5))
        source += strncmp(source, "file://", 7) ? 5 : 7;
    weir_buf_puts(ret_key, weir_buf_str(&plan->print));
    print_file("source", source, ret_key);
    if (c->truth_path)
        print_file("truth", c->truth_path, ret_key);
    weir_buf_printf(ret_key, "rate %.9g\n", c->rate_fps);
    return ret_key->failed ? weir_fail(err, WEIR_ENOMEM, "out of memory") : 0;
}

/* ---- writing --------------------------------------------------------------------- */

static int put(struct weir_file *file, const struct piece *piece, struct weir_error *err) {
    static const char zeros[8];
    const size_t gap = padded(piece->len) - piece->len;
    int rc = piece->len ? weir_file_write(file, piece->data, piece->len, err) : 0;
    return rc || !gap ? rc : weir_file_write(file, zeros, gap, err);
}

int record_part_write(const char *dir, const struct record_plan *plan, size_t clip,
                      const struct weir_buf *key, const struct record_take *take,
                      struct weir_error *err) {
    const struct sim_table_clip *c = &take->draft.clip;
    struct header h = {
        .sum = sum_start,
        .key_len = key->len,
        .frames = c->frames,
        .settings = (uint32_t)plan->settings,
        .boxes = c->boxes,
        .width = c->width,
        .height = c->height,
        .rate_fps = c->rate_fps,
    };
    struct piece piece[PIECES];
    struct record_take copy = *take;
    struct weir_file *file = NULL;
    memcpy(h.magic, MAGIC, sizeof h.magic);
    lay_out(&h, key->data, &copy, piece);
    for (int i = 0; i < PIECES; i++)
        h.sum = sum_of(h.sum, piece[i].data, piece[i].len);
    h.sum = sum_of(h.sum, &h.key_len, sizeof h - offsetof(struct header, key_len));
    char *path = part_path(dir, &plan->clip[clip]);
    int rc =
        path ? weir_file_create(path, &file, err) : weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!rc)
        rc = weir_file_write(file, (const char *)&h, sizeof h, err);
    for (int i = 0; !rc && i < PIECES; i++)
        rc = put(file, &piece[i], err);
    if (!rc)
        rc = weir_file_commit(&file, err);
    else
        weir_file_discard(file);
    free(path);
    return rc;
}

/* ---- reading --------------------------------------------------------------------- */

static int allocate(const struct header *h, struct record_take *take) {
    const size_t cells = (size_t)h->settings * h->frames;
    struct sim_table_draft *d = &take->draft;
    d->bytes = malloc(cells * sizeof *d->bytes);
    d->ends = malloc((cells + h->frames) * sizeof *d->ends);
    d->box = malloc(((size_t)h->boxes + 1) * sizeof *d->box);
    bool failed = !d->bytes || !d->ends || !d->box;
    for (int k = 0; k < RECORD_COSTS; k++)
        failed |= !(take->ns[k] = malloc(cells * sizeof(uint32_t)));
    return failed ? WEIR_ENOMEM : 0;
}

/* What is in memory, checked, into a take. 0, EEXIST, ECORRUPT, ENOMEM. */
static int parse(const char *data, size_t len, int settings, const struct weir_buf *key,
                 struct record_take *take) {
    struct header h;
    struct piece piece[PIECES];
    struct record_take none = {0};
    if (len < sizeof h)
        return WEIR_ECORRUPT;
    memcpy(&h, data, sizeof h);
    if (memcmp(h.magic, MAGIC, sizeof h.magic) != 0 || h.key_len > len ||
        h.settings > RECORD_SETTINGS_MAX || !h.settings || !h.frames)
        return WEIR_ECORRUPT;
    lay_out(&h, NULL, &none, piece);
    size_t at = sizeof h;
    uint64_t sum = sum_start;
    for (int i = 0; i < PIECES; i++) {
        if (padded(piece[i].len) > len - at)
            return WEIR_ECORRUPT;
        sum = sum_of(sum, data + at, piece[i].len);
        at += padded(piece[i].len);
    }
    sum = sum_of(sum, &h.key_len, sizeof h - offsetof(struct header, key_len));
    if (sum != h.sum || at != len)
        return WEIR_ECORRUPT;
    if (h.settings != (uint32_t)settings || h.key_len != key->len ||
        memcmp(data + sizeof h, key->data, key->len) != 0)
        return WEIR_EEXIST;
    if (allocate(&h, take))
        return WEIR_ENOMEM;
    lay_out(&h, NULL, take, piece);
    at = sizeof h + padded(piece[0].len);
    for (int i = 1; i < PIECES; i++) {
        if (piece[i].len)
            memcpy(piece[i].data, data + at, piece[i].len);
        at += padded(piece[i].len);
    }
    take->draft.clip = (struct sim_table_clip){
        .frames = h.frames,
        .width = h.width,
        .height = h.height,
        .rate_fps = h.rate_fps,
        .boxes = h.boxes,
    };
    return 0;
}

int record_part_read(const char *dir, const struct record_plan *plan, size_t clip,
                     const struct weir_buf *key, struct record_take *ret, struct weir_error *err) {
    const char *name = plan->clip[clip].name;
    struct record_take take = {0};
    char *data = NULL, *path = part_path(dir, &plan->clip[clip]);
    size_t len = 0;
    if (!path)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    if (!weir_file_exists(path)) {
        free(path);
        return WEIR_ENOENT;
    }
    int rc = weir_file_read(path, file_max_bytes, &data, &len, err);
    if (!rc)
        rc = parse(data, len, plan->settings, key, &take);
    if (rc == WEIR_EEXIST)
        weir_fail(err, rc, "%s: what is kept of it was recorded in another way", name);
    else if (rc == WEIR_ECORRUPT)
        weir_fail(err, rc, "%s: what is kept of it, %s, is damaged", name, path);
    else if (rc == WEIR_ENOMEM)
        weir_fail(err, rc, "out of memory");
    if (rc) {
        record_take_done(&take);
    } else {
        snprintf(take.draft.clip.name, sizeof take.draft.clip.name, "%s", name);
        *ret = take;
    }
    free(data);
    free(path);
    return rc;
}

void record_parts_remove(const char *dir) {
    DIR *folder = opendir(dir);
    struct dirent *entry;
    while (folder && (entry = readdir(folder))) {
        const size_t len = strlen(entry->d_name);
        if (len > 5 && !strcmp(entry->d_name + len - 5, ".part"))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder)
        closedir(folder);
    rmdir(dir);
}
