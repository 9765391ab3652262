/*
 * Drives a target where there is no libFuzzer: every seed, then mutations of them, always the same
 * ones. Speaks TAP. An input on which the target dies, or takes over HANG_S, is left in a file.
 *
 *     fuzz_wire [--runs N] [--seconds S] [--corpus DIR]    the seeds and DIR's files, then N
 *                                                          mutations, or as many as S seconds take
 *     fuzz_wire --write-seeds DIR                          for libFuzzer
 *     fuzz_wire FILE...                                    these and no others
 */
#include "fuzz.h"

#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

enum { SIZE_MAX_BYTES = 1 << 16, HANG_S = 30, FILE_MAX = 1 << 24 };

struct input {
    uint8_t *data;
    size_t size;
};

struct pool {
    struct input *input;
    size_t len;
};

/* ---- an input that kills -------------------------------------------------------- */

static const uint8_t *current; /* what the target has now */
static size_t current_size;
static const char *program;

static void keep_current(void) {
    if (!current)
        return;
    char path[64];
    snprintf(path, sizeof path, "crash-%.40s.input", program);
    FILE *file = fopen(path, "wb");
    if (file && fwrite(current, 1, current_size, file) == current_size && !fclose(file))
        fprintf(stderr, "# the input is in %s (%zu bytes)\n", path, current_size);
    current = NULL;
}

static void on_signal(int number) {
    if (number == SIGALRM)
        fprintf(stderr, "# takes over %d s\n", HANG_S);
    keep_current();
    signal(number, SIG_DFL);
    raise(number);
}

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void watch(void) {
    static const int deaths[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGALRM};
    const bool sanitized = __sanitizer_set_death_callback;
    if (sanitized)
        __sanitizer_set_death_callback(keep_current);
    for (size_t i = 0; i < sizeof deaths / sizeof *deaths; i++)
        if (!sanitized || deaths[i] == SIGABRT || deaths[i] == SIGALRM)
            signal(deaths[i], on_signal);
}

/* A copy of its own length: one byte beyond it is nobody's. */
static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size ? size : 1);
    FUZZ_HOLDS(copy);
    if (size)
        memcpy(copy, data, size);
    current = copy;
    current_size = size;
    alarm(HANG_S);
    LLVMFuzzerTestOneInput(copy, size);
    alarm(0);
    current = NULL;
    free(copy);
}

/* ---- seeds ----------------------------------------------------------------------- */

static void add(void *arg, const char *name, const void *data, size_t size) {
    struct pool *pool = arg;
    (void)name;
    pool->input = realloc(pool->input, (pool->len + 1) * sizeof *pool->input);
    uint8_t *copy = malloc(size ? size : 1);
    FUZZ_HOLDS(pool->input && copy);
    if (size)
        memcpy(copy, data, size);
    pool->input[pool->len++] = (struct input){copy, size};
}

static void add_folder(struct pool *pool, const char *dir) {
    char pattern[4096];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/*", dir);
    if (glob(pattern, 0, NULL, &found))
        return;
    for (size_t i = 0; i < found.gl_pathc; i++) {
        char *data;
        size_t len;
        if (weir_file_read(found.gl_pathv[i], FILE_MAX, &data, &len, NULL))
            continue;
        add(pool, NULL, data, len);
        free(data);
    }
    globfree(&found);
}

static void pool_done(struct pool *pool) {
    for (size_t i = 0; i < pool->len; i++)
        free(pool->input[i].data);
    free(pool->input);
}

static void write_seed(void *arg, const char *name, const void *data, size_t size) {
    char *path = weir_path_join(arg, name);
    struct weir_error err = {0};
    FUZZ_HOLDS(path);
    if (weir_file_write_all(path, data, size, &err)) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    free(path);
}

static int run_files(char **path) {
    for (; *path; path++) {
        char *data;
        size_t len;
        struct weir_error err = {0};
        if (weir_file_read(*path, FILE_MAX, &data, &len, &err)) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        run((uint8_t *)data, len);
        free(data);
        printf("ok %s\n", *path);
    }
    return 0;
}

/* ---- mutations --------------------------------------------------------------------- */

struct draft {
    uint8_t data[SIZE_MAX_BYTES];
    size_t size;
};

static size_t below(struct weir_random *r, size_t n) {
    return n ? (size_t)weir_random_below(r, n > INT32_MAX ? INT32_MAX : (int)n) : 0;
}

/* Replaces `out` bytes at `at` by len others, as far as there is room. */
static void splice(struct draft *d, size_t at, size_t out, const uint8_t *in, size_t len) {
    const size_t behind = d->size - at - out;
    if (len > sizeof d->data - at - behind)
        len = sizeof d->data - at - behind;
    memmove(d->data + at + len, d->data + at + out, behind);
    if (len)
        memcpy(d->data + at, in, len);
    d->size = at + len + behind;
}

static void mutate_once(struct draft *d, const struct pool *pool, struct weir_random *r) {
    static const uint8_t edges[] = {0,   1,   0x7f, 0x80, 0xff, '\n', ' ',
                                    ':', '-', '0',  '9',  '{',  '"'};
    uint8_t piece[64];
    const size_t at = below(r, d->size), left = d->size - at;
    size_t len = 1 + below(r, sizeof piece);
    const int what = weir_random_below(r, 9);
    if (len > left)
        len = left;
    if (what == 0 && d->size)
        d->data[at] ^= (uint8_t)(1 << weir_random_below(r, 8));
    else if (what == 1 && d->size)
        d->data[at] = (uint8_t)weir_random_below(r, 256);
    else if (what == 2 && d->size)
        d->data[at] = edges[below(r, sizeof edges)];
    else if (what == 3)
        splice(d, at, len, NULL, 0);
    else if (what == 4) { /* once more what is there */
        memcpy(piece, d->data + at, len);
        splice(d, at, 0, piece, len);
    } else if (what == 5) {
        const uint8_t byte = edges[below(r, sizeof edges)];
        memset(piece, byte, sizeof piece);
        splice(d, at, 0, piece, 1 + below(r, sizeof piece));
    } else if (what == 6 && !weir_random_below(r, 4))
        d->size = at;
    else if (what == 7 && d->size) { /* a number goes up or down */
        const int by = weir_random_below(r, 9);
        d->data[at] = (uint8_t)(d->data[at] + by - 4);
    } else if (pool->len) { /* a piece of another input */
        const struct input *other = &pool->input[below(r, pool->len)];
        const size_t from = below(r, other->size), most = other->size - from;
        const size_t out = weir_random_chance(r, 0.5) ? len : 0;
        const size_t in = below(r, most < 256 ? most : 256);
        splice(d, at, out, other->size ? other->data + from : NULL, in);
    }
}

static void mutate(struct draft *d, const struct pool *pool, struct weir_random *r) {
    const struct input *from = &pool->input[below(r, pool->len)];
    d->size = from->size < sizeof d->data ? from->size : sizeof d->data;
    memcpy(d->data, from->data, d->size);
    int times = 1 + weir_random_below(r, 6);
    while (times--)
        mutate_once(d, pool, r);
}

/* Of runs or seconds the other is 0. */
static int64_t run_mutations(const struct pool *pool, int64_t runs, int64_t seconds) {
    struct weir_random r = weir_random_of(20, 0, 0);
    struct weir_clock *clock = weir_clock_monotonic_new();
    struct draft *d = malloc(sizeof *d);
    FUZZ_HOLDS(clock && d);
    const int64_t end = weir_clock_now(clock) + seconds * WEIR_NS_PER_S;
    int64_t done = 0;
    for (; seconds ? weir_clock_now(clock) < end : done < runs; done++) {
        mutate(d, pool, &r);
        run(d->data, d->size);
    }
    free(d);
    weir_clock_free(clock);
    return done;
}

int main(int argc, char **argv) {
    struct pool pool = {0};
    int64_t runs = 500, seconds = 0;
    int at = 1;
    program = weir_path_base(argv[0]);
    watch();
    for (; at + 1 < argc && argv[at][0] == '-'; at += 2) {
        if (!strcmp(argv[at], "--write-seeds")) {
            fuzz_seeds(write_seed, argv[at + 1]);
            return 0;
        }
        if (!strcmp(argv[at], "--corpus"))
            add_folder(&pool, argv[at + 1]);
        else if (!strcmp(argv[at], "--runs"))
            runs = atoll(argv[at + 1]);
        else if (!strcmp(argv[at], "--seconds"))
            seconds = atoll(argv[at + 1]);
    }
    if (at < argc)
        return run_files(argv + at);
    fuzz_seeds(add, &pool);
    if (!pool.len) {
        fprintf(stderr, "%s: there is nothing to begin with; name a folder: --corpus DIR\n",
                program);
        return 2;
    }
    run(NULL, 0);
    for (size_t i = 0; i < pool.len; i++)
        run(pool.input[i].data, pool.input[i].size);
    printf("1..2\nok 1 - %s takes its %zu seeds\n", program, pool.len);
    fflush(stdout);
    int64_t done = run_mutations(&pool, runs, seconds);
    printf("ok 2 - %s takes %lld mutations of them\n", program, (long long)done);
    pool_done(&pool);
    return 0;
}
