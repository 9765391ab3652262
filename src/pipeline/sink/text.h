/*
 * A text file that appears under its name when it is whole: text is gathered,
 * written in large pieces to a weir_file, and committed at the end.
 */
#ifndef WEIR_PIPELINE_SINK_TEXT_H
#define WEIR_PIPELINE_SINK_TEXT_H

#include "base/base.h"

struct weir_text {
    struct weir_file *file;
    struct weir_buf buf; /* append here */
};

/* Creates the temporary beside path. As weir_file_create. */
int weir_text_open(struct weir_text *text, const char *path, struct weir_error *err);
/*
 * After appending a record that began at offset mark of buf: writes the buffer
 * out once it is large. ENOMEM: the record did not fit and was taken back, the
 * text is as before. EIO, ENOSPC: the file is lost, only done may follow.
 */
int weir_text_end_record(struct weir_text *text, size_t mark, struct weir_error *err);
/* Writes the rest and renames. On failure the temporary is gone. */
int weir_text_commit(struct weir_text *text, struct weir_error *err);
/* Frees; what was not committed leaves nothing behind. Accepts zeroes. */
void weir_text_done(struct weir_text *text);

#endif
