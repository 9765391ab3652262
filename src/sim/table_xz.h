/* Tables that lie compressed: unpacked once, into a cache. */
#ifndef WEIR_SIM_TABLE_XZ_H
#define WEIR_SIM_TABLE_XZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"

/*
 * Where `packed` ("a.table.xz") lies unpacked; heap. That is beside it ("a.table.unpacked") or,
 * where nothing can be written there, in the user's cache folder. What lies there is taken if it
 * bears packed's time of change and anew is false, else it is made; *ret_made says which. Of what
 * is in it only the beginning is looked at. ENOENT, EIO, ENOSPC, ENOMEM; ECORRUPT (cut short,
 * damaged, no .xz, no table).
 */
int sim_table_unpack(const char *packed, bool anew, char **ret_path, bool *ret_made,
                     struct weir_error *err);

/* How long a table is that begins with these bytes, as it says itself, at most 16 GiB; 0: they are
 * none's. (In table.c.) */
uint64_t sim_table_says(const void *bytes, size_t len);

#endif
