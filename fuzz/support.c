/* What the targets share. */
#include "fuzz.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"

void fuzz_broken(const char *file, int line, const char *condition) {
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    abort();
}

void fuzz_saw(uint64_t what) {
    __asm__ volatile("" : : "r"(what));
}

static char folder[512];

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at) {
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static void remove_folder(void) {
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* In memory where that can be: a disk takes longer than what is tested. */
const char *fuzz_folder(void) {
    const char *tmp = getenv("TMPDIR");
    if (folder[0])
        return folder;
    if (!tmp)
        tmp = access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm";
    snprintf(folder, sizeof folder, "%s/weir-fuzz-XXXXXX", tmp);
    FUZZ_HOLDS(mkdtemp(folder));
    atexit(remove_folder);
    return folder;
}

const char *fuzz_file(const char *name, const void *data, size_t size) {
    static char path[1024];
    snprintf(path, sizeof path, "%s/%s", fuzz_folder(), name);
    FILE *file = fopen(path, "wb");
    FUZZ_HOLDS(file && fwrite(data, 1, size, file) == size && !fclose(file));
    return path;
}

void fuzz_give_file(fuzz_give *give, void *arg, const char *relative) {
    const char *root = getenv("WEIR_SOURCE_ROOT");
    char *path = weir_path_join(root ? root : ".", relative), *data;
    size_t len;
    if (path && !weir_file_read(path, 1 << 20, &data, &len, NULL)) {
        give(arg, weir_path_base(relative), data, len);
        free(data);
    }
    free(path);
}
