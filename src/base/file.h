/*
 * Files as a reader sees them: whole, or not there. Writing goes to a
 * temporary name in the same folder and is renamed at the end.
 */
#ifndef WEIR_BASE_FILE_H
#define WEIR_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"

/* Reads a whole file of at most max_bytes into a NUL-terminated heap block
 * (free with free()). ENOENT, ERANGE (larger), EIO, ENOMEM. */
int weir_file_read(const char *path, size_t max_bytes, char **ret_data, size_t *ret_len,
                   struct weir_error *err);

/* A file being written. Not thread-safe. */
struct weir_file;

/* Creates path.XXXXXX.part beside path, missing folders above it included. */
int weir_file_create(const char *path, struct weir_file **ret_file, struct weir_error *err);
/* The temporary name, for libraries that open files themselves. */
const char *weir_file_tmp_path(const struct weir_file *file);
/* ENOSPC on a full disk; the file is then to be discarded. */
int weir_file_write(struct weir_file *file, const char *data, size_t len, struct weir_error *err);
/* Hands all that was written to the system, so that of several files none is renamed
 * before every one of them is known to fit. As weir_file_write. */
int weir_file_flush(struct weir_file *file, struct weir_error *err);
/* Flushes, renames to its path and frees *file, which becomes NULL; on failure
 * the temporary is removed. Accepts a NULL *file. */
int weir_file_commit(struct weir_file **file, struct weir_error *err);
/* Removes the temporary and frees. NULL allowed. */
void weir_file_discard(struct weir_file *file);

/* create, write, commit in one call */
int weir_file_write_all(const char *path, const char *data, size_t len, struct weir_error *err);

/* mkdir -p of a folder / of the folder that path lies in. */
int weir_dir_make(const char *path, struct weir_error *err);
int weir_dir_make_parent(const char *path, struct weir_error *err);
bool weir_file_exists(const char *path);
/* Do both name one existing file (through links, too)? */
bool weir_file_same(const char *a, const char *b);
/* "a/b" from a and b in a new heap string; NULL when out of memory. */
char *weir_path_join(const char *dir, const char *name);
/* The part after the last '/', inside path. */
const char *weir_path_base(const char *path);
/* The same without `ending`, if it ends so and is longer: inside path, *ret_len bytes. */
const char *weir_path_stem(const char *path, const char *ending, size_t *ret_len);

#endif
