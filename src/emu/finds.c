/* Few settings look at a frame: its finds are a short list. */
#include <stdlib.h>
#include <string.h>

#include "emu/state.h"

static const struct emu_find *find(const struct emu_finds *f, int stream, int64_t frame,
                                   int setting) {
    const struct emu_find *at = f->frame[stream][frame];
    while (at && at->setting != setting)
        at = at->next;
    return at;
}

static const struct sim_table_box *boxes(struct sim_finds *finds, int stream, int64_t frame,
                                         int setting, size_t *ret_len) {
    struct emu_finds *f = (struct emu_finds *)finds;
    pthread_mutex_lock(&f->lock);
    const struct emu_find *found = find(f, stream, frame, setting);
    pthread_mutex_unlock(&f->lock);
    *ret_len = found ? found->len : 0;
    return found ? found->box : NULL;
}

bool emu_finds_has(struct emu_finds *f, int stream, int64_t frame, int setting) {
    pthread_mutex_lock(&f->lock);
    const bool has = find(f, stream, frame, setting) != NULL;
    pthread_mutex_unlock(&f->lock);
    return has;
}

int emu_finds_init(struct emu_finds *f, int streams, const int64_t *frames) {
    *f = (struct emu_finds){.base = {boxes}, .streams = streams};
    pthread_mutex_init(&f->lock, NULL);
    f->frame = calloc((size_t)streams + 1, sizeof *f->frame);
    f->frames = calloc((size_t)streams + 1, sizeof *f->frames);
    if (!f->frame || !f->frames)
        return WEIR_ENOMEM;
    memcpy(f->frames, frames, (size_t)streams * sizeof *frames);
    for (int i = 0; i < streams; i++)
        if (!(f->frame[i] = calloc((size_t)frames[i] + 1, sizeof **f->frame)))
            return WEIR_ENOMEM;
    return 0;
}

void emu_finds_done(struct emu_finds *f) {
    for (int i = 0; f->frame && i < f->streams; i++) {
        for (int64_t k = 0; f->frame[i] && k < f->frames[i]; k++)
            for (struct emu_find *at = f->frame[i][k], *next; at; at = next) {
                next = at->next;
                free(at);
            }
        free(f->frame[i]);
    }
    free(f->frame);
    free(f->frames);
    pthread_mutex_destroy(&f->lock);
}

int emu_finds_add(struct emu_finds *f, int stream, int64_t frame, int setting,
                  struct weir_boxes *found, const struct weir_image *image, const int *class_of,
                  const struct sim_table_clip *clip) {
    const float sx = (float)clip->width / (float)image->width,
                sy = (float)clip->height / (float)image->height;
    struct emu_find *mine = malloc(sizeof *mine + found->len * sizeof *mine->box);
    if (!mine)
        return WEIR_ENOMEM;
    mine->setting = setting;
    mine->len = 0;
    weir_boxes_sort(found);
    for (size_t i = 0; i < found->len; i++) {
        const struct weir_box *b = &found->data[i];
        const int class_id = class_of[b->class_id];
        if (class_id >= 0)
            mine->box[mine->len++] = sim_table_pack(&(struct weir_box){
                b->x0 * sx, b->y0 * sy, b->x1 * sx, b->y1 * sy, b->score, class_id, 0});
    }
    pthread_mutex_lock(&f->lock);
    mine->next = f->frame[stream][frame];
    f->frame[stream][frame] = mine;
    pthread_mutex_unlock(&f->lock);
    return 0;
}
