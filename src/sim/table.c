/*
 * The layout of the file, in one place: reading checks exactly what writing makes.
 */
#include "sim/table.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/table_xz.h"

#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "tables are little-endian, and so must the machine be"
#endif

#define MAGIC "WEIRTAB1"
enum { MODELS_MAX = 256, CLASSES_MAX = 255, SETTINGS_MAX = 4096, CLIPS_MAX = 65535 };

struct header {
    char magic[8];
    uint32_t models, classes, settings, clips;
    uint64_t size, sum; /* of the file; of all behind the header */
    char machine[128];
};

_Static_assert(sizeof(struct header) == 168 && sizeof(struct sim_table_setting) == 24 &&
                   sizeof(struct sim_table_clip) == 88 && sizeof(struct sim_table_box) == 10,
               "the layout is the file's");

/* FNV-1a over words of 8 bytes (the file is a multiple of them). */
static uint64_t sum_of(uint64_t sum, const void *data, size_t len) {
    const char *at = data;
    for (size_t i = 0; i + 8 <= len; i += 8) {
        uint64_t word;
        memcpy(&word, at + i, 8);
        sum = (sum ^ word) * 0x100000001b3u;
        sum ^= sum >> 29;
    }
    return sum;
}

static const uint64_t sum_start = 0xcbf29ce484222325u;

static uint64_t padded(uint64_t len) {
    return (len + 7) & ~(uint64_t)7;
}

static uint64_t names_at(void) {
    return sizeof(struct header);
}

static uint64_t settings_at(const struct header *h) {
    return names_at() + (uint64_t)(h->models + h->classes) * SIM_TABLE_NAME;
}

static uint64_t clips_at(const struct header *h) {
    return settings_at(h) + (uint64_t)h->settings * sizeof(struct sim_table_setting);
}

/* Sets where a clip's arrays begin, after `at`; returns where they end. */
static uint64_t place(struct sim_table_clip *clip, uint64_t settings, uint64_t at) {
    clip->bytes_at = at;
    clip->ends_at = clip->bytes_at + padded(settings * clip->frames * 4);
    clip->boxes_at = clip->ends_at + padded((settings + 1) * clip->frames * 4);
    return clip->boxes_at + padded((uint64_t)clip->boxes * sizeof(struct sim_table_box));
}

/* ---- reading ------------------------------------------------------------- */

static int bad(const char *path, const char *what, struct weir_error *err) {
    return weir_fail(err, WEIR_ECORRUPT, "%s: %s; record it anew", path, what);
}

static bool names_end(const char (*name)[SIM_TABLE_NAME], uint32_t len) {
    for (uint32_t i = 0; i < len; i++)
        if (!memchr(name[i], 0, SIM_TABLE_NAME))
            return false;
    return true;
}

static bool settings_fit(const struct sim_table *t) {
    for (int i = 0; i < t->settings; i++)
        if (t->setting[i].model >= t->models || !t->setting[i].width || !t->setting[i].height ||
            t->setting[i].travel > WEIR_TRAVEL_H264)
            return false;
    return true;
}

/* What a clip says of itself: reading and writing hold it to the same. */
static bool clip_makes_sense(const struct sim_table_clip *c, const uint32_t *end,
                             const struct sim_table_box *box, int settings, int classes) {
    uint32_t last = 0;
    if (!c->frames || !c->width || !c->height || !(c->rate_fps > 0 && c->rate_fps <= 1000) ||
        !memchr(c->name, 0, SIM_TABLE_NAME))
        return false;
    for (uint64_t k = 0; k < (uint64_t)(settings + 1) * c->frames; k++) {
        if (end[k] < last)
            return false;
        last = end[k];
    }
    if (last != c->boxes)
        return false;
    for (uint32_t i = 0; i < c->boxes; i++)
        if (box[i].class_id >= classes)
            return false;
    return true;
}

/* Are a clip's arrays where they belong, and do they make sense? */
static bool clip_fits(const struct sim_table *t, int i, uint64_t *at) {
    struct sim_table_clip want = t->clip[i];
    *at = place(&want, (uint64_t)t->settings, *at);
    const struct sim_table_clip *c = &t->clip[i];
    if (*at > t->size || c->bytes_at != want.bytes_at || c->ends_at != want.ends_at ||
        c->boxes_at != want.boxes_at)
        return false;
    const char *base = t->map;
    return clip_makes_sense(c, (const uint32_t *)(base + c->ends_at),
                            (const struct sim_table_box *)(base + c->boxes_at), t->settings,
                            t->classes);
}

uint64_t sim_table_says(const void *bytes, size_t len) {
    const uint64_t most = (uint64_t)16 << 30;
    struct header h;
    if (len < sizeof h)
        return 0;
    memcpy(&h, bytes, sizeof h);
    if (memcmp(h.magic, MAGIC, sizeof h.magic) != 0)
        return 0;
    return h.size < most ? h.size : most;
}

static int check(const char *path, struct sim_table *t, struct weir_error *err) {
    const struct header *h = t->map;
    if (t->size < sizeof *h || memcmp(h->magic, MAGIC, sizeof h->magic) != 0)
        return bad(path, "is no recorded table of this version", err);
    if (h->size != t->size || t->size % 8)
        return bad(path, "is cut short", err);
    if (!h->models || h->models > MODELS_MAX || h->classes > CLASSES_MAX || !h->settings ||
        h->settings > SETTINGS_MAX || !h->clips || h->clips > CLIPS_MAX ||
        clips_at(h) + h->clips * sizeof(struct sim_table_clip) > t->size)
        return bad(path, "has counts that cannot be", err);
    if (sum_of(sum_start, (const char *)t->map + sizeof *h, t->size - sizeof *h) != h->sum)
        return bad(path, "is damaged: its checksum is wrong", err);
    const char *base = t->map;
    t->model = (const char(*)[SIM_TABLE_NAME])(base + names_at());
    t->class_name = t->model + h->models;
    t->setting = (const struct sim_table_setting *)(base + settings_at(h));
    t->clip = (const struct sim_table_clip *)(base + clips_at(h));
    t->models = (int)h->models;
    t->classes = (int)h->classes;
    t->settings = (int)h->settings;
    t->clips = (int)h->clips;
    memcpy(t->machine, h->machine, sizeof t->machine);
    t->machine[sizeof t->machine - 1] = 0;
    if (!names_end(t->model, h->models + h->classes) || !settings_fit(t))
        return bad(path, "has settings that cannot be", err);
    uint64_t at = clips_at(h) + h->clips * sizeof(struct sim_table_clip);
    for (int i = 0; i < t->clips; i++)
        if (!clip_fits(t, i, &at))
            return bad(path, "has a clip whose parts do not fit", err);
    return at == t->size ? 0 : bad(path, "is longer than its parts", err);
}

static int open_plain(const char *path, struct sim_table *ret, struct weir_error *err) {
    struct sim_table t = {0};
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st)) {
        int code = errno;
        if (fd >= 0)
            close(fd);
        const char *why = strerrordesc_np(code);
        return weir_fail(err, weir_err_from_errno(code), "%s: cannot be opened: %s", path,
                         why ? why : "unknown error");
    }
    if (!S_ISREG(st.st_mode) || st.st_size < (off_t)sizeof(struct header)) {
        close(fd);
        return bad(path, "is no recorded table of this version", err);
    }
    t.size = (size_t)st.st_size;
    t.map = mmap(NULL, t.size, PROT_READ, MAP_PRIVATE, fd, 0);
    close(fd);
    if (t.map == MAP_FAILED)
        return weir_fail(err, WEIR_EIO, "%s: cannot be mapped into memory", path);
    int rc = check(path, &t, err);
    if (rc)
        sim_table_close(&t);
    else
        *ret = t;
    return rc;
}

static int find(const struct sim_table *t, const char *model, const struct weir_setting *s) {
    for (int i = 0; i < t->settings; i++) {
        const struct sim_table_setting *have = &t->setting[i];
        if (!strcmp(t->model[have->model], model) && have->width == s->width &&
            have->height == s->height && have->travel == s->travel &&
            (s->travel == WEIR_TRAVEL_NONE || have->quality == s->quality))
            return i;
    }
    return -1;
}

int sim_table_find_all(const struct sim_table *table, const char *const *model,
                       const struct weir_setting *setting, int settings, int **ret,
                       struct weir_error *err) {
    int *found = calloc((size_t)settings + 1, sizeof *found);
    if (!found)
        return weir_fail(err, WEIR_ENOMEM, "out of memory");
    for (int i = 0; i < settings; i++)
        if ((found[i] = find(table, model[setting[i].model], &setting[i])) < 0) {
            free(found);
            return weir_fail(err, WEIR_EINVAL,
                             "the table has no %s at %dx%d, quality %d; record it with that, too",
                             model[setting[i].model], setting[i].width, setting[i].height,
                             setting[i].quality);
        }
    *ret = found;
    return 0;
}

/* What was unpacked at another time may have been damaged since: then once more. */
static int open_packed(const char *packed, struct sim_table *ret, struct weir_error *err) {
    char *path = NULL;
    bool made = false;
    int rc = sim_table_unpack(packed, false, &path, &made, err);
    if (!rc)
        rc = open_plain(path, ret, err);
    if (rc == WEIR_ECORRUPT && path && !made) {
        free(path);
        path = NULL;
        rc = sim_table_unpack(packed, true, &path, &made, err);
        if (!rc)
            rc = open_plain(path, ret, err);
    }
    if (rc && path)
        weir_fail_at(err, rc, "%s: unpacked, it is no good: ", packed);
    free(path);
    return rc;
}

int sim_table_open(const char *path, struct sim_table *ret, struct weir_error *err) {
    const size_t len = strlen(path);
    if (len > 3 && !strcmp(path + len - 3, ".xz"))
        return open_packed(path, ret, err);
    int rc = open_plain(path, ret, err);
    if (rc != WEIR_ENOENT)
        return rc;
    struct weir_buf packed = {0};
    weir_buf_printf(&packed, "%s.xz", path);
    if (!packed.failed && weir_file_exists(weir_buf_str(&packed)))
        rc = open_packed(weir_buf_str(&packed), ret, err);
    weir_buf_done(&packed);
    return rc;
}

void sim_table_close(struct sim_table *table) {
    if (table->map)
        munmap(table->map, table->size);
    *table = (struct sim_table){0};
}

/* ---- writing ------------------------------------------------------------- */

void sim_table_draft_done(struct sim_table_draft *draft) {
    free(draft->bytes);
    free(draft->ends);
    free(draft->box);
    *draft = (struct sim_table_draft){0};
}

static uint16_t eighths(float pixels) {
    float v = roundf(pixels * 8);
    return (uint16_t)(v < 0 ? 0 : v > UINT16_MAX ? UINT16_MAX : v);
}

struct sim_table_box sim_table_pack(const struct weir_box *box) {
    float score = roundf(box->score * 255);
    int class_id = box->class_id;
    return (struct sim_table_box){
        .x0 = eighths(box->x0),
        .y0 = eighths(box->y0),
        .x1 = eighths(box->x1),
        .y1 = eighths(box->y1),
        .class_id = (uint8_t)(class_id < 0             ? 0
                              : class_id > CLASSES_MAX ? CLASSES_MAX
                                                       : class_id),
        .score = (uint8_t)(score < 0     ? 0
                           : score > 255 ? 255
                                         : score),
    };
}

struct writer {
    struct weir_file *file;
    uint64_t sum;
    int rc;
    struct weir_error *err;
};

static void put(struct writer *w, const void *data, uint64_t len) {
    static const char zeros[8];
    uint64_t whole = len & ~(uint64_t)7;
    char rest[8] = {0};
    if (w->rc || !len)
        return;
    memcpy(rest, (const char *)data + whole, len - whole);
    w->sum = sum_of(w->sum, data, whole);
    if (len > whole)
        w->sum = sum_of(w->sum, rest, 8);
    if (!w->file) /* only the sum is wanted */
        return;
    w->rc = weir_file_write(w->file, data, len, w->err);
    if (!w->rc && padded(len) > len)
        w->rc = weir_file_write(w->file, zeros, padded(len) - len, w->err);
}

/* What lies behind the end of a name in memory is nobody's business. */
static void put_names(struct writer *w, const char (*name)[SIM_TABLE_NAME], int len) {
    for (int i = 0; i < len; i++) {
        char clean[SIM_TABLE_NAME] = {0};
        memcpy(clean, name[i], strnlen(name[i], SIM_TABLE_NAME - 1));
        put(w, clean, sizeof clean);
    }
}

/* All behind the header. */
static void put_body(struct writer *w, const struct sim_table *shape,
                     const struct sim_table_draft *draft, const struct sim_table_clip *clip) {
    const uint64_t settings = (uint64_t)shape->settings;
    put_names(w, shape->model, shape->models);
    put_names(w, shape->class_name, shape->classes);
    put(w, shape->setting, settings * sizeof *shape->setting);
    put(w, clip, (uint64_t)shape->clips * sizeof *clip);
    for (int i = 0; i < shape->clips; i++) {
        put(w, draft[i].bytes, settings * clip[i].frames * 4);
        put(w, draft[i].ends, (settings + 1) * clip[i].frames * 4);
        put(w, draft[i].box, (uint64_t)clip[i].boxes * sizeof(struct sim_table_box));
    }
}

/* The sum comes first in the file, so the body is gone through twice. */
static int write_all(const char *path, struct header *h, const struct sim_table *shape,
                     const struct sim_table_draft *draft, const struct sim_table_clip *clip,
                     struct weir_error *err) {
    struct writer dry = {.sum = sum_start}, w = {.sum = sum_start, .err = err};
    put_body(&dry, shape, draft, clip);
    h->sum = dry.sum;
    int rc = weir_file_create(path, &w.file, err);
    if (rc)
        return rc;
    w.rc = weir_file_write(w.file, (const char *)h, sizeof *h, err);
    put_body(&w, shape, draft, clip);
    if (!w.rc)
        return weir_file_commit(&w.file, err);
    weir_file_discard(w.file);
    return w.rc;
}

int sim_table_write(const char *path, const struct sim_table *shape,
                    const struct sim_table_draft *draft, struct weir_error *err) {
    struct header h = {.models = (uint32_t)shape->models,
                       .classes = (uint32_t)shape->classes,
                       .settings = (uint32_t)shape->settings,
                       .clips = (uint32_t)shape->clips};
    if (shape->models < 1 || shape->models > MODELS_MAX || shape->classes < 0 ||
        shape->classes > CLASSES_MAX || shape->settings < 1 || shape->settings > SETTINGS_MAX ||
        shape->clips < 1 || shape->clips > CLIPS_MAX || !settings_fit(shape))
        return weir_fail(err, WEIR_EINVAL,
                         "%s: a table of %d models, %d classes, %d settings, %d clips; allowed: up "
                         "to %d, %d, %d, %d, and settings of these models",
                         path, shape->models, shape->classes, shape->settings, shape->clips,
                         MODELS_MAX, CLASSES_MAX, SETTINGS_MAX, CLIPS_MAX);
    for (int i = 0; i < shape->clips; i++)
        if (!clip_makes_sense(&draft[i].clip, draft[i].ends, draft[i].box, shape->settings,
                              shape->classes))
            return weir_fail(err, WEIR_EINVAL, "%s: clip %d has parts that do not fit", path, i);
    struct sim_table_clip *clip = calloc((size_t)shape->clips, sizeof *clip);
    if (!clip)
        return weir_fail(err, WEIR_ENOMEM, "%s: out of memory", path);
    memcpy(h.magic, MAGIC, sizeof h.magic);
    snprintf(h.machine, sizeof h.machine, "%s", shape->machine);
    uint64_t at = clips_at(&h) + h.clips * sizeof *clip;
    for (int i = 0; i < shape->clips; i++) {
        clip[i] = draft[i].clip;
        memset(clip[i].name, 0, sizeof clip[i].name);
        memcpy(clip[i].name, draft[i].clip.name, strlen(draft[i].clip.name));
        at = place(&clip[i], h.settings, at);
    }
    h.size = at;
    int rc = write_all(path, &h, shape, draft, clip, err);
    free(clip);
    return rc;
}
