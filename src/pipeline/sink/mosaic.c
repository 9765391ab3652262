/*
 * Each place keeps a short line of tiles that wait for their time. The time of
 * the next picture goes on by one interval as soon as no place can still bring
 * something older, so nobody ever waits for another: a place that lags behind
 * by a full line of the others keeps its last tile meanwhile. Where no place has
 * anything for long (the network was away), one picture stands for minutes of it.
 *
 * The thread "weir-mosaic" composes and encodes, so that no stream's results wait for
 * the encoder; a stream waits only where two lines' worth of its tiles do (files that
 * are read faster than they can be encoded). It ends when every place has ended.
 */
#include "pipeline/sink/mosaic.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum { LINE_MAX_TILES = 50, LINE_LIMIT = 2 * LINE_MAX_TILES };

/* Of so long a time without anything new there are pictures nonetheless. */
static const int64_t still_max_ns = 2 * (int64_t)WEIR_NS_PER_S;
/* Readers of MP4 do not believe times that lie half an hour apart in the order of decoding. */
static const int64_t picture_max_ns = 300 * (int64_t)WEIR_NS_PER_S;

struct weir_tile {
    struct weir_tile *next;
    int64_t t_ns;
    int width, height;
    uint8_t data[]; /* Y, U, V without gaps */
};

struct place {
    struct weir_tile *shown; /* NULL: nothing yet */
    struct weir_tile *first, **last; /* waiting, oldest first */
    int waiting;
    int64_t newest_ns; /* of the tile that came last */
    bool joined, ended, whole; /* ended: brings no more; whole: and all that it had came */
};

struct weir_mosaic {
    struct weir_ref ref;
    struct weir_video *video; /* the thread's until it has ended */
    pthread_mutex_t lock; /* everything below; the only lock taken here */
    pthread_cond_t changed;
    pthread_t thread;
    bool started, closing;
    struct weir_error failure; /* of the thread; code 0: none */
    int width, height, columns, rows, tile_width, tile_height;
    int64_t interval_ns, next_ns; /* next_ns: of the picture to come */
    bool any;
    size_t len;
    struct place place[];
};

struct weir_mosaic *weir_mosaic_ref(struct weir_mosaic *mosaic) {
    weir_ref_take(&mosaic->ref);
    return mosaic;
}

void weir_mosaic_tile_size(const struct weir_mosaic *mosaic, int *ret_width, int *ret_height) {
    *ret_width = mosaic->tile_width;
    *ret_height = mosaic->tile_height;
}

static size_t luma_size(int width, int height) {
    return (size_t)width * (size_t)height;
}

struct weir_tile *weir_tile_new(const struct weir_mosaic *mosaic) {
    size_t luma = luma_size(mosaic->tile_width, mosaic->tile_height);
    struct weir_tile *tile = malloc(sizeof *tile + luma + luma / 2);
    if (!tile)
        return NULL;
    tile->next = NULL;
    tile->width = mosaic->tile_width;
    tile->height = mosaic->tile_height;
    memset(tile->data, 16, luma);
    memset(tile->data + luma, 128, luma / 2);
    return tile;
}

void weir_tile_free(struct weir_tile *tile) {
    free(tile);
}

struct weir_canvas weir_tile_canvas(struct weir_tile *tile) {
    size_t luma = luma_size(tile->width, tile->height);
    return (struct weir_canvas){
        .plane = {tile->data, tile->data + luma, tile->data + luma + luma / 4},
        .stride = {tile->width, tile->width / 2, tile->width / 2},
        .width = tile->width,
        .height = tile->height,
    };
}

/* Copies a tile (NULL: black) to its place on the canvas. */
static void lay(const struct weir_mosaic *m, const struct weir_canvas *canvas, size_t i,
                struct weir_tile *tile) {
    struct weir_canvas from = {0};
    if (tile)
        from = weir_tile_canvas(tile);
    for (int p = 0; p < 3; p++) {
        int shift = p > 0, w = m->tile_width >> shift, h = m->tile_height >> shift;
        int x = (int)i % m->columns * w, y = (int)i / m->columns * h;
        for (int row = 0; row < h; row++) {
            uint8_t *to = canvas->plane[p] + (y + row) * canvas->stride[p] + x;
            if (tile)
                memcpy(to, from.plane[p] + row * from.stride[p], (size_t)w);
            else
                memset(to, p ? 128 : 16, (size_t)w);
        }
    }
}

/* What each place shows at time next_ns, put on the canvas. */
static void compose(struct weir_mosaic *m, const struct weir_canvas *canvas) {
    for (size_t i = 0; i < (size_t)(m->columns * m->rows); i++) {
        struct place *place = i < m->len ? &m->place[i] : NULL;
        while (place && place->first && place->first->t_ns <= m->next_ns + m->interval_ns / 4) {
            weir_tile_free(place->shown);
            place->shown = place->first;
            place->first = place->shown->next;
            place->waiting--;
            if (!place->first)
                place->last = &place->first;
        }
        lay(m, canvas, i, place ? place->shown : NULL);
    }
}

/* Whether the next picture is complete: every place has come as far or has ended, or
 * one has kept another waiting for too long. */
static bool is_due(const struct weir_mosaic *m) {
    bool all = true, some = false;
    for (size_t i = 0; i < m->len; i++) {
        if (m->place[i].waiting >= LINE_MAX_TILES)
            return true;
        const struct place *place = &m->place[i];
        bool there = place->first && place->newest_ns + m->interval_ns / 4 >= m->next_ns;
        all = all && (place->ended || there);
        some = some || place->first;
    }
    return all && some;
}

/* Goes on to just before what waits, where that is for a time long after. */
static void skip_stillness(struct weir_mosaic *m) {
    int64_t first = INT64_MAX;
    for (size_t i = 0; i < m->len; i++)
        if (m->place[i].first && m->place[i].first->t_ns < first)
            first = m->place[i].first->t_ns;
    if (first == INT64_MAX || first - m->next_ns <= still_max_ns)
        return;
    int64_t still = first - m->next_ns;
    still = still < picture_max_ns ? still : picture_max_ns;
    m->next_ns += still / m->interval_ns * m->interval_ns;
}

/* Everyone who joined has brought all. */
static bool is_whole(const struct weir_mosaic *m) {
    bool whole = m->any && !m->failure.code;
    for (size_t i = 0; i < m->len; i++)
        whole = whole && (m->place[i].whole || !m->place[i].joined);
    return whole;
}

/* One picture; the lock is held on entry and on return, but not while encoding. */
static int encode(struct weir_mosaic *m, struct weir_error *err) {
    struct weir_canvas canvas;
    int rc = weir_video_begun(m->video)
                 ? 0
                 : weir_video_begin(m->video, m->width, m->height, WEIR_MATRIX_BT709, err);
    if (!rc)
        rc = weir_video_canvas(m->video, &canvas, err);
    if (rc)
        return rc;
    skip_stillness(m);
    compose(m, &canvas);
    int64_t t_ns = m->next_ns;
    m->next_ns += m->interval_ns;
    pthread_cond_broadcast(&m->changed); /* lines are shorter */
    pthread_mutex_unlock(&m->lock);
    rc = weir_video_write(m->video, t_ns, err);
    pthread_mutex_lock(&m->lock);
    return rc;
}

static void *encode_thread(void *arg) {
    struct weir_mosaic *m = arg;
    struct weir_error err = {0};
    prctl(PR_SET_NAME, "weir-mosaic");
    pthread_mutex_lock(&m->lock);
    while (!m->failure.code) {
        while (!m->closing && !is_due(m))
            pthread_cond_wait(&m->changed, &m->lock);
        if (!is_due(m))
            break;
        if (encode(m, &err))
            m->failure = err;
    }
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    return NULL;
}

/* Nobody brings more: lets the thread come to its end, then ends the video. */
static int finish(struct weir_mosaic *m, struct weir_error *err) {
    pthread_mutex_lock(&m->lock);
    bool started = m->started;
    m->started = false;
    m->closing = true;
    pthread_cond_broadcast(&m->changed);
    pthread_mutex_unlock(&m->lock);
    if (!started)
        return 0;
    pthread_join(m->thread, NULL);
    int rc = is_whole(m) ? weir_video_finish(m->video, err) : 0;
    weir_video_free(m->video); /* what was not finished is given up */
    m->video = NULL;
    return rc;
}

int weir_mosaic_new(const char *path, const struct weir_video_conf *video, int width, int height,
                    size_t tiles, struct weir_mosaic **ret_mosaic, struct weir_error *err) {
    struct weir_mosaic *m = calloc(1, sizeof *m + tiles * sizeof *m->place);
    if (!m)
        return weir_fail(err, WEIR_ENOMEM, "no memory for the mosaic %s", path);
    weir_ref_init(&m->ref);
    pthread_mutex_init(&m->lock, NULL);
    pthread_cond_init(&m->changed, NULL);
    m->len = tiles;
    m->columns = (int)ceil(sqrt((double)tiles));
    m->rows = ((int)tiles + m->columns - 1) / m->columns;
    m->tile_width = width / m->columns & ~1;
    m->tile_height = height / m->rows & ~1;
    m->width = m->tile_width * m->columns;
    m->height = m->tile_height * m->rows;
    m->interval_ns = (int64_t)((double)WEIR_NS_PER_S / video->rate_fps);
    for (size_t i = 0; i < tiles; i++)
        m->place[i].last = &m->place[i].first;
    int rc = weir_video_new(path, video, &m->video, err);
    if (!rc) {
        m->started = !pthread_create(&m->thread, NULL, encode_thread, m);
        if (!m->started)
            rc = weir_fail(err, WEIR_ENOMEM, "cannot start a thread for the mosaic %s", path);
    }
    if (rc) {
        weir_mosaic_unref(&m);
        return rc;
    }
    *ret_mosaic = m;
    return 0;
}

void weir_mosaic_unref(struct weir_mosaic **mosaic) {
    struct weir_mosaic *m = *mosaic;
    *mosaic = NULL;
    if (!m || !weir_ref_drop(&m->ref))
        return;
    pthread_mutex_lock(&m->lock); /* its thread may still be there */
    for (size_t i = 0; i < m->len; i++) /* a stream that never began spoils nothing */
        m->place[i].ended = m->place[i].ended || !m->place[i].joined;
    pthread_mutex_unlock(&m->lock);
    finish(m, NULL);
    for (size_t i = 0; i < m->len; i++) {
        weir_tile_free(m->place[i].shown);
        while (m->place[i].first) {
            struct weir_tile *tile = m->place[i].first;
            m->place[i].first = tile->next;
            weir_tile_free(tile);
        }
    }
    weir_video_free(m->video);
    pthread_cond_destroy(&m->changed);
    pthread_mutex_destroy(&m->lock);
    free(m);
}

int weir_mosaic_show(struct weir_mosaic *mosaic, size_t i, struct weir_tile *tile, int64_t t_ns,
                     struct weir_error *err) {
    struct place *place = &mosaic->place[i];
    pthread_mutex_lock(&mosaic->lock);
    while (place->waiting >= LINE_LIMIT && !mosaic->failure.code)
        pthread_cond_wait(&mosaic->changed, &mosaic->lock);
    int rc = mosaic->failure.code;
    if (rc) {
        if (err)
            *err = mosaic->failure;
        weir_tile_free(tile);
    } else {
        if (!mosaic->any)
            mosaic->next_ns = t_ns;
        mosaic->any = true;
        tile->t_ns = t_ns;
        tile->next = NULL;
        *place->last = tile;
        place->last = &tile->next;
        place->waiting++;
        place->newest_ns = t_ns;
        pthread_cond_broadcast(&mosaic->changed);
    }
    pthread_mutex_unlock(&mosaic->lock);
    return rc;
}

void weir_mosaic_join(struct weir_mosaic *mosaic, size_t i) {
    pthread_mutex_lock(&mosaic->lock);
    mosaic->place[i].joined = true;
    pthread_mutex_unlock(&mosaic->lock);
}

static bool all_ended(const struct weir_mosaic *m) {
    bool all = true;
    for (size_t i = 0; i < m->len; i++)
        all = all && m->place[i].ended;
    return all;
}

int weir_mosaic_end(struct weir_mosaic *mosaic, size_t i, bool whole, struct weir_error *err) {
    pthread_mutex_lock(&mosaic->lock);
    bool first = !mosaic->place[i].ended;
    if (first) {
        mosaic->place[i].ended = true;
        mosaic->place[i].whole = whole;
    }
    bool last = first && all_ended(mosaic);
    int rc = first ? mosaic->failure.code : 0;
    if (rc && err)
        *err = mosaic->failure;
    pthread_cond_broadcast(&mosaic->changed);
    pthread_mutex_unlock(&mosaic->lock);
    if (!last)
        return rc;
    int finished = finish(mosaic, err);
    if (!finished && mosaic->failure.code) { /* of the last pictures */
        if (err)
            *err = mosaic->failure;
        finished = mosaic->failure.code;
    }
    return rc ? rc : finished;
}
