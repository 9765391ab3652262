/* Tables that lie compressed: unpacked once, into a cache. */
#ifndef WEIR_SIM_TABLE_XZ_H
#define WEIR_SIM_TABLE_XZ_H

#include <stdbool.h>

#include "base/base.h"

/*
 * Where `packed` ("a.table.xz") lies unpacked; heap. That is beside it ("a.table.unpacked") or,
 * where nothing can be written there, in the user's cache folder. What lies there is taken if it
 * bears packed's time of change and anew is false, else it is made; *ret_made says which. What is
 * in it is not looked at. ENOENT, EIO, ENOSPC, ENOMEM; ECORRUPT (cut short, damaged, no .xz).
 */
int sim_table_unpack(const char *packed, bool anew, char **ret_path, bool *ret_made,
                     struct weir_error *err);

#endif
